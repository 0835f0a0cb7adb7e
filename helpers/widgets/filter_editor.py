"""Chapter 05's editor: type the numbers of a filter and see what it makes of an image."""

import io
import warnings
from pathlib import Path

import ipywidgets
import numpy as np
from ipywidgets.widgets.trait_types import TypedTuple
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image, ImageOps

from helpers.plotting import check_shades
from helpers.synthetic import SHAPE_NAMES, make_digits, make_shapes
from helpers.widgets.controls import Note, choice, explained, labelled, read_number, slider
from helpers.widgets.explorer import Explorer, new_figure
from helpers.widgets.letters import written

LONGEST_SIDE = 112  # Pixels: a learner's own image is made smaller until neither side is longer.
_EDGES = ((2, 1, 0, -1, -2), (3, 2, 0, -2, -3), (4, 3, 0, -3, -4), (3, 2, 0, -2, -3), (2, 1, 0, -1, -2))
PRESETS = {
    "identity": (((0, 0, 0), (0, 1, 0), (0, 0, 0)), 1),
    "average": (((1, 1, 1), (1, 1, 1), (1, 1, 1)), 9),
    "vertical 3×3": (((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)), 1),
    "horizontal 3×3": (((-1, -1, -1), (0, 0, 0), (1, 1, 1)), 1),
    "sharpen": (((0, -1, 0), (-1, 5, -1), (0, -1, 0)), 1),
    "vertical 5×5": (_EDGES, 23),
    "horizontal 5×5": (tuple(zip(*_EDGES, strict=True)), 23),
}
"""Filters by name: the numbers in the grid, and what all of them are divided by."""

OWN_NUMBERS = "my own numbers"
_OWN_IMAGE = "my own image"
_LARGEST_NUMBER = 99
_MOST_BYTES = 20_000_000
_MOST_PIXELS = 50_000_000


def read_image(source, name="the file"):
    """Read an image file as grey values (height, width), float32 in [0, 1]; 0 is black, transparent is white.

    The source is a path, or what is in a file of that name. Large images become small: neither side is longer
    than `LONGEST_SIDE`. If there is no image to be read, or it is too large, a ValueError says so in one
    sentence for the learner.
    """
    content = source
    if not isinstance(source, bytes | bytearray | memoryview):
        path = Path(source).expanduser()
        name = path.name
        try:
            with path.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ValueError(f"{name} cannot be opened ({reason}): check the path") from None
    if len(content) > _MOST_BYTES:
        raise ValueError(f"{name} is larger than 20 MB: choose a smaller image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remark about many pixels; they are counted here.
            image = Image.open(io.BytesIO(content))
            too_large = image.width * image.height > _MOST_PIXELS
            grey = None if too_large else _to_grey(image)
    except Exception:  # Pillow answers a damaged file with almost any exception.
        raise ValueError(f"{name} is not an image that can be read: choose a PNG or JPEG file") from None
    if too_large:
        raise ValueError(f"{name} has more than 50 million pixels: choose a smaller image")
    if min(grey.size) < 2:
        raise ValueError(f"{name} is only {grey.width} × {grey.height} pixels: choose a larger image")
    return np.asarray(grey, dtype=np.float32) / 255


def filter_stages(image, kernel, cutoff):
    """Compute the chapter's pipeline, with zeros around the image ("same" padding) and stride 1.

    Returns the sums of patch · kernel around every pixel, their absolute value, relu(absolute − cutoff), all
    of the image's shape, at least (2, 2), and the largest value of each 2×2 block of the last.
    """
    image, kernel = np.asarray(image, dtype=np.float64), np.asarray(kernel, dtype=np.float64)
    if image.ndim != 2 or kernel.ndim != 2 or min(image.shape) < 2:
        raise ValueError(f"image {image.shape} and kernel {kernel.shape}; expected (height, width) for both")
    h, w = kernel.shape
    padded = np.pad(image, [((h - 1) // 2, h // 2), ((w - 1) // 2, w // 2)])
    filtered = np.einsum("ijhw,hw->ij", sliding_window_view(padded, (h, w)), kernel)
    absolute = np.abs(filtered)
    cut = np.maximum(absolute - cutoff, 0)
    return filtered, absolute, cut, sliding_window_view(cut, (2, 2))[::2, ::2].max(axis=(2, 3))


def size_of(image):
    """Write how many rows and columns an image has."""
    return f"{image.shape[0]} × {image.shape[1]}"


def draw(image, numbers, divisor, cutoff, name="image"):
    """Draw an image in [0, 1], a filter, and the four stages of the pipeline.

    The filter is the numbers divided by the divisor. A digit or shape, whose 1 is ink, is drawn dark on
    light; an image of the learner's own light on dark, as it is.
    """
    image, numbers = np.asarray(image), np.asarray(numbers, dtype=np.float64)
    kernel = numbers / divisor
    filtered, absolute, cut, pooled = filter_stages(image, kernel, cutoff)
    limit = max(np.abs(filtered).max(), 1e-9)
    # Paler than the pictures, so that numbers can be read on it.
    pale = 1.6 * max(float(np.abs(numbers).max()), 1e-9)
    divided = "" if divisor == 1 else f" / {written(divisor)}"
    paper = "gray" if name == _OWN_IMAGE else "gray_r"
    panels = [
        (image, f"{name}, {size_of(image)}", paper, (0, 1)),
        (numbers, f"filter{divided}, sum {written(kernel.sum())}", "RdBu_r", (-pale, pale)),
        (filtered, "1 filtered", "RdBu_r", (-limit, limit)),
        (absolute, "2 absolute value", "gray_r", (0, limit)),
        (cut, f"3 minus {cutoff:.2f}, cut off at 0", "gray_r", (0, limit)),
        (pooled, f"4 pooled, {size_of(pooled)}", "gray_r", (0, limit)),
    ]
    fig = new_figure(height=4.05)
    for i, (values, title, cmap, (low, high)) in enumerate(panels):
        ax = fig.add_axes((0.01 + 0.335 * (i % 3), 0.56 - 0.5 * (i // 3), 0.31, 0.37))
        ax.imshow(values, cmap=cmap, vmin=low, vmax=high, interpolation="nearest")
        ax.set(xticks=[], yticks=[])
        ax.set_title(title, fontsize=11, pad=4)
        if i >= 2:
            ax.set_xlabel(f"{written(values.min())} to {written(values.max())}", fontsize=10, labelpad=3)
    for (row, column), value in np.ndenumerate(numbers):
        ink = "white" if abs(value) > 0.65 * np.abs(numbers).max() else "black"
        text, size = _in_field(value, len(numbers)), 11 if len(numbers) < 5 else 9
        fig.axes[1].text(column, row, text, fontsize=size, color=ink, ha="center", va="center")
    return fig


def alt(image, numbers, divisor, cutoff, name="image"):
    """Say in a sentence what `draw` shows for the same state."""
    filtered, _, cut, pooled = filter_stages(image, np.asarray(numbers) / divisor, cutoff)
    return (
        f"Six pictures: {name}, a filter of {len(numbers)} × {len(numbers)} numbers, the filtered image from "
        f"{written(filtered.min())} to {written(filtered.max())}, its absolute value, what is left above "
        f"{cutoff:.2f} ({(cut > 0).mean():.0%} of the pixels), and the {size_of(pooled)} image after "
        f"pooling, up to {written(pooled.max())}."
    )


class NumberGrid(ipywidgets.GridBox):
    """A square of number fields. Its `value` is a tuple of tuples of float; 3 or 5 rows of as many.

    Fields take "1/9" and "0,5", too; `say` gets a sentence about what is no number, and "" when all is well.
    """

    value = TypedTuple()

    def __init__(self, value, say=len):
        self._held, self._say = False, say
        super().__init__()
        self.observe(self._show, names="value")
        self.value = _rows(value)

    def _show(self, change):
        side = len(self.value)
        if len(self.children) != side**2:
            # Fields shrink where the page is narrower than the grid.
            columns = f"repeat({side}, minmax(0, 62px))"
            self.layout = {"grid_template_columns": columns, "width": f"{62 * side}px", "max_width": "98%"}
            self.children = [self._field(*divmod(i, side)) for i in range(side**2)]
        self._held = True
        for field, number in zip(self.children, np.ravel(self.value), strict=True):
            if read_number(field.value) != number:  # "1/9" stays as it was typed.
                field.value = f"{number:.6g}"
        self._held = False

    def _field(self, row, column):
        layout = {"width": "auto", "min_width": "0", "margin": "1px"}
        field = ipywidgets.Text(continuous_update=False, layout=layout)
        field.observe(self._on_field, names="value")
        return explained(field, f"Row {row + 1}, column {column + 1} of the filter.")

    def _on_field(self, change):
        if self._held:
            return
        number = read_number(change["new"])
        if number is None or abs(number) > _LARGEST_NUMBER:
            one = "write one such as 2, −0.5 or 1/9. The number before stands again."
            self._say(f"{change['new']!r} is no number from −{_LARGEST_NUMBER} to {_LARGEST_NUMBER}: {one}")
            self._show(None)
            return
        self._say("")
        numbers = np.array(self.value)
        numbers.flat[self.children.index(change["owner"])] = number
        self.value = _rows(numbers)


class FilterEditor(Explorer):
    """Type the numbers of a filter; see an image filtered, made positive, cut off and pooled.

    Parameters
    ----------
    digit : array_like of shape (28, 28), optional
        uint8, or float in [0, 1]; 1 or 255 is ink. Without it the course draws one.
    path : str or Path, optional
        An image file of the learner's own; a ValueError says what is wrong with it.
    """

    def __init__(self, digit=None, path=None):
        if digit is None:
            images, labels = make_digits(60, np.random.default_rng(5))
            digit = images[np.flatnonzero(labels == 4)[0]]
        digit = np.asarray(digit)
        if digit.ndim != 2 or digit.dtype.kind not in "buif" or min(digit.shape) < 2:
            raise ValueError(
                f"digit has shape {digit.shape} and dtype {digit.dtype}; expected grey pixels (height, "
                "width), such as images_train[0]; for a file: FilterEditor(path=...)"
            )
        digit = digit / 255 if digit.dtype == np.uint8 else digit
        check_shades(digit)
        named = zip(*make_shapes(3, np.random.default_rng(1)), strict=True)
        self.images = {"digit": digit} | {SHAPE_NAMES[label]: shape / 255 for shape, label in named}
        preset = "vertical 5×5"
        numbers, divisor = PRESETS[preset]
        self._note = Note()
        grid = NumberGrid(numbers, self._note.say)
        about_preset = "Puts the numbers of a known filter into the grid."
        about_size = "3 keeps the middle of a larger grid, 5 puts zeros around a smaller one."
        divide = ipywidgets.BoundedFloatText(value=divisor, min=0.1, max=999, description="Divide all by")
        about_cutoff = "Subtracted in stage 3; what is below 0 then becomes 0."
        controls = {
            "image": choice("Image", list(self.images), "What the filter is applied to."),
            "preset": choice("Filter", [*PRESETS, OWN_NUMBERS], about_preset, preset),
            "size": choice("Numbers each way", [3, 5], about_size, 5),
            "divisor": labelled(divide, "All numbers of the grid are divided by this one."),
            "cutoff": slider("Cut-off", 0.2, 0, 1, about_cutoff, step=0.05, digits=2),
            "numbers": grid,
        }
        self.upload = ipywidgets.FileUpload(accept="image/*", multiple=False, description="Own image")
        super().__init__(draw, alt, controls, beside=[grid, self.upload], above=[self._note])
        self.upload.observe(self._on_upload, names="value")
        if path is not None:
            self.open_file(path)

    @property
    def state(self):
        """What `draw` gets: the image and its name, the grid's numbers, divisor and cut-off."""
        name = self.controls["image"].value
        values = {key: self.controls[key].value for key in ("numbers", "divisor", "cutoff")}
        return {"image": self.images[name], "name": name, **values}

    def open_file(self, path):
        """Filter an image file of one's own; if it cannot be read, see `read_image`, the picture stays."""
        self._take(read_image(path), Path(path).name)

    def set(self, **state):
        """Move controls in the order given, then draw once; see `Explorer.set`."""
        if "numbers" in state:
            state["numbers"] = _rows(state["numbers"])  # Lists and arrays will do, too.
        super().set(**state)

    def _follow(self, moved):
        _, preset, size, divisor, _, grid = self.controls.values()
        if moved is preset and preset.value in PRESETS:
            grid.value, divisor.value = PRESETS[preset.value]
        elif moved is size and size.value != len(grid.value):
            numbers = np.array(grid.value)
            grid.value = _rows(numbers[1:-1, 1:-1] if size.value == 3 else np.pad(numbers, 1))
        size.value = len(grid.value)
        known = (name for name, filter_ in PRESETS.items() if filter_ == (grid.value, divisor.value))
        preset.value = next(known, OWN_NUMBERS)

    def _on_upload(self, change):
        # ipywidgets 7 gives a dict by file name, ipywidgets 8 a tuple of dicts.
        value = change["new"]
        named = value.items() if isinstance(value, dict) else [(file["name"], file) for file in value]
        for name, file in list(named)[-1:]:
            try:
                self._take(read_image(file["content"], name), name)
            except ValueError as error:
                self._note.say(str(error))

    def _take(self, image, name):
        self.images[_OWN_IMAGE] = image
        self._note.say(f"{name}: {image.shape[1]} × {image.shape[0]} grey pixels.")
        with self._holding():  # New options set the choice back to the first one: one picture is enough.
            self.controls["image"].options = list(self.images)
            self.controls["image"].value = _OWN_IMAGE
        self._redraw()


def _rows(numbers):
    rows = tuple(tuple(float(number) for number in row) for row in numbers)
    if len(rows) not in (3, 5) or any(len(row) != len(rows) for row in rows):
        raise ValueError(f"{rows} is no square of 3 × 3 or 5 × 5 numbers")
    return rows


def _in_field(value, side):
    if side < 5:
        return written(value)
    text = written(value).replace("−0.", "−.").removeprefix("0")
    if len(text) > 3 + (value > 0):  # There is room for no more.
        text = written(round(value, int(abs(value) < 10))).replace("−0.", "−.")
    return text or "0"


def _to_grey(image):
    image.draft("L", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))  # A large JPEG is decoded small at once.
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):
        # More than 8 bits a pixel: Pillow would cut off what is above 255.
        values = np.asarray(image, dtype=np.float64)
        image = Image.fromarray((255 * values / max(values.max(), 1)).clip(0, 255).astype(np.uint8))
    if image.mode in ("LA", "PA", "RGBA", "P") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("L")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return image
