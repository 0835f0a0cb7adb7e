"""Chapter 05's stepper: a filter on a window of a small image, the products, their sum, and where it goes."""

import numpy as np
from matplotlib.patches import Rectangle

from helpers.plotting import ORANGE
from helpers.widgets.controls import choice, slider
from helpers.widgets.explorer import axes_at, new_figure
from helpers.widgets.filter_editor import PRESETS, size_of
from helpers.widgets.letters import written
from helpers.widgets.pointed import PointedExplorer

IMAGE = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [0, 9, 9, 9, 9, 0],
        [0, 0, 0, 3, 9, 0],
        [0, 0, 2, 9, 2, 0],
        [0, 0, 8, 4, 0, 0],
        [0, 3, 9, 0, 0, 0],
    ]
)
"""A 7 of 6 × 6 pixels, 0 to 9."""

FILTERS = {
    name.removesuffix(" 3×3"): (np.array(PRESETS[name][0]), PRESETS[name][1])
    for name in ("average", "vertical 3×3", "horizontal 3×3", "sharpen")
}
"""Filters of 3 × 3 numbers by name, and what all of them are divided by."""

PADDINGS = ("valid", "same")
_WIDTH, _HEIGHT = 700, 300  # Pixels.
_LARGEST = len(IMAGE)  # Rows of the largest result.
_RESULT = (480, 52, 210, 210)  # Left, bottom, width and height of the result's axes, in pixels.


def result_of(filter, stride, padding):
    """Filter `IMAGE` with one of `FILTERS`, a stride of 1 or more, and one of `PADDINGS`.

    Returns the image with its zeros around, (n, n), and the result, (m, m), with m = (n − 3) // stride + 1.
    "same" is TensorFlow's: as many zeros as the windows need, an odd one at the bottom and right.
    """
    numbers, divisor = FILTERS[filter]
    positions = -(-len(IMAGE) // stride)
    zeros = max((positions - 1) * stride + 3 - len(IMAGE), 0) if padding == "same" else 0
    padded = np.pad(IMAGE, (zeros // 2, zeros - zeros // 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))[::stride, ::stride]
    return padded, np.einsum("ijab,ab->ij", windows, numbers) / divisor


def draw(filter, stride, padding, row, column):
    """Draw the image with its window, the products, and where in the result, from 0, their sum belongs."""
    padded, result = result_of(filter, stride, padding)
    numbers, divisor = FILTERS[filter]
    edge = (len(padded) - len(IMAGE)) // 2
    top, left = row * stride, column * stride
    window = padded[top : top + 3, left : left + 3]
    fig = new_figure(height=_HEIGHT / 100)
    image = _cells(fig, (10, 52, 210, 210), f"image, {size_of(IMAGE)}", padded, "gray_r", (0, 16))
    if len(padded) > len(IMAGE):
        corner, side = (edge - 0.5, edge - 0.5), len(IMAGE)
        image.add_patch(Rectangle(corner, side, side, fill=False, color="0.3", linestyle=":"))
    _frame(image, top, left, 3)
    factors = zip(window.flat, numbers.flat, strict=True)
    words = [f"{written(pixel)}·{_in_brackets(number)}" for pixel, number in factors]
    box, colours = (250, 94, 200, 126), ("RdBu_r", (-90, 90))
    products = _cells(fig, box, "window × filter", window * numbers, *colours, 12, words)
    _frame(products, 0, 0, 3)
    products.set_aspect("auto")
    limit = 1.6 * max(np.abs(result).max(), 1)
    answer = _cells(fig, _RESULT, f"result, {size_of(result)}", result.round(1), "RdBu_r", (-limit, limit))
    _frame(answer, row, column, 1)
    # All results have pixels of the same size.
    answer.set(xlim=(-0.5, _LARGEST - 0.5), ylim=(_LARGEST - 0.5, -0.5))
    total = f"sum {written((window * numbers).sum())}"
    if divisor != 1:
        total += f" / {divisor} = {written(result[row, column])}"
    fig.text(350 / _WIDTH, 64 / _HEIGHT, total, fontsize=13, weight="bold", ha="center")
    rules = {"valid": f"({len(IMAGE)} − 3) // {stride} + 1", "same": f"{len(IMAGE)} / {stride}, rounded up"}
    fig.text(480 / _WIDTH, 22 / _HEIGHT, f"rows: {rules[padding]} = {len(result)}", fontsize=11)
    begins = f"row {written(top - edge)}, column {written(left - edge)}"
    place = f"row {row}, column {column}: the window begins at {begins}"
    fig.text(10 / _WIDTH, 22 / _HEIGHT, place, fontsize=11)
    return fig


def alt(filter, stride, padding, row, column):
    """Say in a sentence what `draw` shows for the same state."""
    _, result = result_of(filter, stride, padding)
    return (
        f"A small image of a 7 with a window of 3 × 3 pixels, nine products with the filter {filter}, and "
        f"the result of {size_of(result)} numbers, with stride {stride} and padding {padding}: at row {row}, "
        f"column {column} stands {written(result[row, column])}."
    )


class WindowStepper(PointedExplorer):
    """Point at a pixel of the result, or move the sliders; see the window and the sum that it comes from."""

    def __init__(self):
        controls = {
            "filter": choice("Filter", list(FILTERS), "Nine numbers.", "vertical"),
            "stride": slider("Stride", 1, 1, 3, "By how many pixels the window moves on."),
            "padding": choice("Padding", PADDINGS, "Nothing around the image, or zeros."),
            "row": slider("Row", 1, 0, _LARGEST - 1, "Row of the result, from 0."),
            "column": slider("Column", 1, 0, _LARGEST - 1, "Column of the result, from 0."),
        }
        super().__init__(draw, alt, controls)

    def _follow(self, control):
        *how, row, column = self.controls.values()
        _, result = result_of(*(control.value for control in how))
        row.max = column.max = len(result) - 1

    def _pointed_at(self, x, y):
        row, column = self._pixel(x, y, _RESULT, (_LARGEST, _LARGEST))
        return {"row": int(np.floor(row)), "column": int(np.floor(column))}

    def _redraw(self):
        with self._holding():  # A place outside of the result cannot be drawn.
            self._follow(None)
        super()._redraw()


def _cells(fig, box, title, values, cmap, limits, size=11, words=None):
    """Show numbers as coloured cells with the numbers, or other words, on them."""
    ax = axes_at(fig, *box)
    ax.set_title(title, fontsize=12, pad=6)
    ax.imshow(values, cmap=cmap, vmin=limits[0], vmax=limits[1])
    ax.axis("off")
    ax.set(xticks=[], yticks=[])
    for (row, column), text in zip(np.ndindex(values.shape), words or map(written, values.flat), strict=True):
        ax.text(column, row, text, fontsize=size, ha="center", va="center")
    return ax


def _frame(ax, row, column, side):
    place = column - 0.5, row - 0.5
    ax.add_patch(Rectangle(place, side, side, fill=False, color=ORANGE, linewidth=3, clip_on=False))


def _in_brackets(number):
    return f"({written(number)})" if number < 0 else written(number)
