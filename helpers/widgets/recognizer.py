"""Chapter 07's recognizer: write a digit, see what the network makes of it, teach it your own hand.

After every stroke the drawing is prepared (`strokes_to_image`), read (`helpers.handwriting.read`) and shown:
the answer, the image that the network sees, ten probabilities, the feature maps of two convolution layers.
`Reader` does that without a browser.
"""

import html
from functools import partial

import ipywidgets
import numpy as np
import traitlets
from PIL import Image

from helpers import handwriting
from helpers.handwriting.own_digits import OwnDigits
from helpers.handwriting.recognizer import DOUBT, a_digit, accuracy, check_model
from helpers.plotting import BLUE, ORANGE, tile_images
from helpers.widgets.canvas import DrawingCanvas, picture_of, sample_digit
from helpers.widgets.controls import Note, Screen, button, explained, joined, styled
from helpers.widgets.explorer import Displayed, StillPicture, axes_at, new_figure
from helpers.widgets.recognizer_maps import is_convolution, maps_inside, names_of_maps, switch_off

EXAMPLE = 5  # The digit in the still picture.
AT_ONCE = 6  # Feature maps that are switched off together: a trained network hardly misses one.
_MAPS_IN_A_ROW = 16
_FRAME = 90  # Of 255: darkness of the lines between maps.
_STEPS = 120  # Of the fine-tuning.
_REPLAYED = 5_000  # MNIST training images among which others' digits are drawn while learning one's own.
_TESTED = 2_000  # MNIST test images, always the same ones.
_ROW = {"flex_flow": "row wrap", "max_width": "700px"}


class Reader:
    """A model that reads drawings; what happens inside it can be seen, and taken apart.

    It takes images (n, 28, 28) or (n, 28, 28, 1) and gives ten probabilities: else it is a ValueError. `off`
    are the feature maps that are switched off, pairs of a layer's name and a number from 0.
    """

    def __init__(self, model):
        check_model(model)
        self.model = self._working = model
        self.off = ()
        if any(map(is_convolution, model.layers)):
            import keras

            # Maps are switched off in a copy: the model itself stays as it is.
            self._working = keras.models.clone_model(model)
            self._working.set_weights(model.get_weights())
        self._inside = maps_inside(self._working)
        self.maps(self.read(sample_digit(EXAMPLE)).image)  # The first call takes long.

    def switch_off(self, maps):
        """Switch off these feature maps, and all others on."""
        self._working.set_weights(self.model.get_weights())
        for name, number in maps:
            switch_off(self._working, name, number)
        self.off = tuple(maps)

    def read(self, drawing):
        """Read strokes, or an image that was prepared already, as `handwriting.read` does."""
        return handwriting.read(drawing, self._working)

    def maps(self, image):
        """Feature maps (height, width, maps) of an image (28, 28), by layer; none where it is empty."""
        return {name: maps[0] for name, maps in self._inside(image[None]).items()} if image.any() else {}

    def matter_most(self, drawing):
        """Find the `AT_ONCE` maps without which, one by one, the network believes least in its answer.

        They are pairs as in `off`, the most important first; none where no digit is read.
        """
        reading, off, shares = self.read(drawing), self.off, {}
        if reading.digit is None:
            return []
        for name, maps in self.maps(reading.image).items():
            for number in np.flatnonzero(maps.any(axis=(0, 1))).tolist():
                self.switch_off([*off, (name, number)])
                shares[name, number] = self.read(reading.image).probabilities[reading.digit]
        self.switch_off(off)
        return sorted(shares, key=shares.get)[:AT_ONCE]


def sentence_of(reading):
    """Say a `handwriting.Reading` in words."""
    if reading.digit is None:
        return reading.reason
    first = percent(reading.probability)
    second = f"second choice {reading.runner_up} ({percent(reading.probabilities[reading.runner_up])})"
    if not reading.sure:
        return f"Unsure. {reading.reason} First choice {reading.digit} ({first}), {second}."
    return f"I read {a_digit(reading.digit)} ({first}); {second}."


def percent(share):
    """Write a probability in whole per cent; none becomes 0% or 100%."""
    if share < 0.01:
        return "under 1%"
    return "over 99%" if share > 0.99 else f"{share:.0%}"


def large_of(reading):
    """What stands in large beside a drawing: the digit, with a question mark where another one is near."""
    if reading.digit is None:
        return ""
    if reading.sure:
        return str(reading.digit)
    return "?" if reading.no_digit > DOUBT else f"{reading.digit}?"


def as_bytes(values):
    """Values >= 0, (height, width) or (height, width, maps), as uint8; each map's largest becomes 255."""
    values = np.maximum(np.nan_to_num(values), 0)
    return np.rint(values * (255 / np.maximum(values.max(axis=(0, 1), initial=0), 1e-9))).astype(np.uint8)


def draw(strokes, reading, maps, size):
    """Draw strokes on a canvas of a size, their `Reading` and `Reader.maps`, for pages without a kernel."""
    tiles = {name: _tiled(values) for name, values in maps.items()}
    tall = {name: 690 * tile.shape[0] / tile.shape[1] for name, tile in tiles.items()}
    high = round(250 + sum(32 + height for height in tall.values()))
    fig, bottom = new_figure(height=high / 100), high - 240
    ink = {"drawn": picture_of(strokes, *size), "what the network sees": 1 - reading.image}
    for left, (title, picture) in zip((5, 235), ink.items(), strict=True):
        ax = axes_at(fig, left, bottom, 210, 210)
        ax.imshow(picture, cmap="gray")
        ax.set(xticks=[], yticks=[])
        ax.set_title(title, fontsize=11)
    ax = axes_at(fig, 495, bottom, 160, 210)
    colours = ["gray"] * 10
    if reading.digit is not None:
        colours[reading.digit], colours[reading.runner_up] = BLUE, ORANGE
    ax.barh(range(10), reading.probabilities, color=colours)
    ax.set(xlim=(0, 1), xticks=[], yticks=range(10))
    ax.invert_yaxis()
    ax.set_title("probability", fontsize=11)
    for i, p in enumerate(reading.probabilities):
        text = percent(p).replace("under ", "<").replace("over ", ">")
        ax.text(1.02, i, text, va="center", fontsize=9)
    bottom -= 5
    for name, tile in tiles.items():
        bottom -= 32 + tall[name]
        ax = axes_at(fig, 5, bottom, 690, tall[name])
        ax.imshow(tile, cmap="gray_r", vmin=0, vmax=255, aspect="auto", interpolation="nearest")
        ax.axis("off")
        cut = ", the first 32 shown" if maps[name].shape[-1] > 2 * _MAPS_IN_A_ROW else ""
        ax.set_title(_title(name, maps[name]) + cut, fontsize=11, loc="left", pad=3)
    return fig


def alt(strokes, reading, maps, size):
    """Say in a sentence what `draw` shows."""
    return (
        f"A drawn digit, the same as an image of 28 × 28 pixels, and ten bars. {sentence_of(reading)} "
        f"Below, the feature maps of {len(maps)} layers."
    )


def _tiled(values):
    """Maps side by side, each in a frame, two rows at most: a still picture needs no more."""
    maps = as_bytes(values).transpose(2, 0, 1)[: 2 * _MAPS_IN_A_ROW]
    framed = np.pad(maps, ((0, 0), (0, 1), (0, 1)), constant_values=_FRAME)
    return np.pad(tile_images(framed, _MAPS_IN_A_ROW, 0), ((1, 0), (1, 0)), constant_values=_FRAME)


def _title(name, values):
    height, width, count = values.shape
    return f"Layer {name}: {count} feature maps of {height} × {width}, each at its own scale"


class _View(Screen):
    """What `recognizer.js` shows of a reading; `show` brings it up to date."""

    _esm = joined("recognizer.js")
    _css = styled("recognizer.css")


class AnswerView(_View):
    """The answer, the image that the network sees, and ten bars."""

    part = traitlets.Unicode("answer").tag(sync=True)
    large = traitlets.Unicode(help="See `large_of`.").tag(sync=True)
    answer = traitlets.Int(-1, help="The likeliest, sure or not; -1 where nothing is drawn.").tag(sync=True)
    runner_up = traitlets.Int(-1).tag(sync=True)
    sentence = traitlets.Unicode().tag(sync=True)
    probabilities = traitlets.List().tag(sync=True)
    image = traitlets.Bytes(bytes(784)).tag(sync=True)
    image_alt = traitlets.Unicode().tag(sync=True)

    def show(self, reading):
        """Show a `handwriting.Reading`."""
        drawn = reading.digit is not None
        super().show(
            large=large_of(reading),
            answer=reading.digit if drawn else -1,
            runner_up=reading.runner_up if drawn else -1,
            sentence=sentence_of(reading),
            probabilities=[round(float(p), 4) for p in reading.probabilities] if drawn else [],
            image=(255 * reading.image).astype(np.uint8).tobytes(),
            image_alt=f"The drawing as 28 × 28 pixels, {np.count_nonzero(reading.image > 0.5)} of them ink",
        )


class MapsView(_View):
    """The feature maps of two layers."""

    part = traitlets.Unicode("maps").tag(sync=True)
    layers = traitlets.List().tag(sync=True)
    maps = traitlets.Bytes().tag(sync=True)
    clickable = traitlets.Bool(False).tag(sync=True)
    clicked = traitlets.List(help="Number of a layer, of a map in it, and of the click.").tag(sync=True)

    def show(self, maps, off=()):
        """Show what `Reader.maps` gives; the maps `off`, as in `Reader.off`, are crossed out."""
        layers, pixels = [], []
        for name, values in maps.items():
            height, width, count = values.shape
            columns = count if count < _MAPS_IN_A_ROW else max(_MAPS_IN_A_ROW, -(-count // 2))
            size = {"height": height, "width": width, "count": count, "columns": columns}
            crossed = [number for layer, number in off if layer == name]
            layers.append({"title": _title(name, values), "off": crossed, **size})
            # One map after the other, each as rows of pixels.
            pixels.append(as_bytes(values).transpose(2, 0, 1).tobytes())
        super().show(layers=layers, maps=b"".join(pixels))


class Recognizer(Displayed):
    """Write a digit and watch the network read it. End a cell with it to show it.

    Parameters
    ----------
    model : keras.Model, optional
        From images (n, 28, 28) or (n, 28, 28, 1) to ten probabilities, else a ValueError; the one that ships
        with the course by default. It stays as it is; fine-tuning trains a copy.
    name : str, optional
        What to call the model on the page.
    own_digits : str or Path, optional
        File of one's own digits; `own_digits_path()` by default.
    canvas_size : int
        Pixels each way.
    collect : bool
        Whether own digits can be kept and learned, and feature maps switched off.

    Attributes
    ----------
    canvas, answer_view, maps_view, reader : DrawingCanvas, AnswerView, MapsView, Reader
    centre : ipywidgets.Checkbox
        Whether drawings are fitted and centred as MNIST's digits were.
    reading, maps : helpers.handwriting.Reading, dict
        Of what is on the canvas; see `Reader`.
    digits : OwnDigits
        The learner's own; with `collect` only.
    widget : ipywidgets.VBox
        All of it, to be put into a larger widget.
    """

    run_to = "write a digit"

    def __init__(self, model=None, name=None, own_digits=None, canvas_size=280, collect=True):
        if model is None:
            model, name = handwriting.load_recognizer(), name or "the model that ships with the course"
        self.reader = Reader(model)
        words = {"label": "Drawing canvas for one digit", "hint": "Write a digit here"}
        self.canvas = DrawingCanvas(canvas_size, canvas_size, **words)
        self.answer_view, self.maps_view = AnswerView(), MapsView(layout={"max_width": "700px"})
        fit = "Prepare as MNIST: fit and centre"
        self.centre = ipywidgets.Checkbox(value=True, description=fit, indent=False, layout={"width": "auto"})
        explained(self.centre, "Without it, the canvas is only made smaller, wherever the digit stands.")
        self.canvas.observe(lambda _: self.read(), names="strokes")
        self.centre.observe(lambda _: self.read(), names="value")
        self.read()
        named = ipywidgets.HTML(f"Model: {html.escape(name)}" if name else "")
        left = ipywidgets.VBox([self.canvas, self.centre], layout=_wide(canvas_size + 16))
        right = ipywidgets.VBox([named, self.answer_view], layout=_wide(380))
        parts = [ipywidgets.Box([left, right], layout=_ROW), self.maps_view]
        if collect:
            self._switches, self._lessons = _Switches(self), _Lessons(self, own_digits)
            self.digits = self._lessons.digits
            right.children += (self._lessons.question,)
            parts[-1:] = [self._switches.tools, self.maps_view, self._switches.note, self._lessons.tools]
        self.widget = ipywidgets.VBox(parts)

    def prepared(self, strokes):
        """Strokes on the canvas as they are to be read: made smaller already, unless they are centred."""
        if self.centre.value:
            return strokes
        return handwriting.strokes_to_image(strokes, centre=False, canvas_size=self.canvas.width)

    def read(self):
        """Read what is on the canvas, and show that."""
        self.reading = self.reader.read(self.prepared(self.canvas.strokes))
        self.maps = self.reader.maps(self.reading.image)
        self.answer_view.show(self.reading)
        self.maps_view.show(self.maps, self.reader.off)

    def take(self, model):
        """Read with another model from now on, with the same feature maps switched off."""
        off = self.reader.off
        self.reader = Reader(model)
        self.switch_off(off)

    def switch_off(self, maps):
        """Switch off these feature maps, as `Reader.off` has them, and show what is read now."""
        self.reader.switch_off(maps)
        self.read()

    def _ipython_display_(self):
        side = self.canvas.width
        strokes = self.canvas.strokes or sample_digit(EXAMPLE, 0.68 * side, 0.2 * side, 0.16 * side)
        reading = self.reader.read(self.prepared(strokes))
        maps = self.reader.maps(reading.image)
        state = {"strokes": strokes, "reading": reading, "maps": maps, "size": (side, side)}
        StillPicture.of_state(draw, alt, state).publish_beside(self, self.widget.model_id, self.canvas.still)


class DigitField(Displayed):
    """A wide canvas for several digits; a function of yours reads them. End a cell with it to show it.

    Parameters
    ----------
    read : callable
        `read(strokes)` is called after every stroke with all of them, a list of lists of [x, y] points. It
        returns what to show: a str, or (str, images) with images of shape (n, height, width) in [0, 1].

    Attributes
    ----------
    canvas, widget : DrawingCanvas, ipywidgets.VBox
    text : str
        What `read` has said last.
    """

    run_to = "write a number"

    def __init__(self, read):
        self._read = read
        words = {"label": "Drawing canvas for several digits", "hint": "Write a number here"}
        self.canvas = DrawingCanvas(700, 200, **words)
        self._shown = ipywidgets.HTML()
        self.widget = ipywidgets.VBox([self.canvas, self._shown])
        self.canvas.observe(lambda _: self._on_drawing(), names="strokes")
        self._on_drawing()

    def _on_drawing(self):
        large = "min-height: 1.3em; font-size: 32px; font-weight: bold; line-height: 1.3"
        try:
            answer = self._read(self.canvas.strokes)
            text, images = answer if isinstance(answer, tuple) else (answer, ())
            self.text, pictures = str(text), "".join(map(_picture_html, images))
            said = f"<div style='{large}' role='status'>{html.escape(self.text)}</div>{pictures}"
        except Exception as error:  # The function is the learner's: a mistake is to be seen, not fatal.
            self.text, problem = "", html.escape(f"{type(error).__name__}: {error}")
            said = f"<div role='status'>Your function stopped with {problem}</div>"
        self._shown.value = said

    def _ipython_display_(self):
        width, height, strokes = self.canvas.width, self.canvas.height, self.canvas.strokes
        for i, digit in enumerate(() if strokes else (2, 0, 2, 6)):
            strokes = strokes + sample_digit(digit, 0.6 * height, width * (0.12 + 0.2 * i), 0.2 * height)
        image = picture_of(strokes, width, height, pen_width=self.canvas.pen_width)
        still = StillPicture.of_image(image, "A wide drawing canvas on which 2026 is written.")
        still.publish_beside(self, self.widget.model_id, self.canvas.still)


def _picture_html(image):
    """A small image, 0 paper and 1 ink, as an HTML element."""
    grey = Image.fromarray(255 - as_bytes(np.asarray(image, np.float64)))
    large = grey.resize((4 * grey.width, 4 * grey.height), Image.Resampling.NEAREST)
    picture = StillPicture.of_image(large, "").html
    return f"<div style='display: inline-block; margin-right: 6px'>{picture}</div>"


class _Switches:
    """A Recognizer's list of feature maps, to switch them off and see what becomes of the answer."""

    def __init__(self, recognizer):
        self._recognizer = recognizer
        options = [
            (f"{layer}, map {number + 1}{said and f': {said}'}", (layer, number))
            for (layer, number), said in names_of_maps(recognizer.reader.model).items()
        ]
        self.list = ipywidgets.SelectMultiple(options=options, rows=5, layout=_wide(330))
        explained(self.list, "Feature maps that are switched off; Ctrl or Shift chooses several.")
        about = "Those without which, one by one, the network believes least in its answer."
        most = button(f"Switch off {AT_ONCE} that matter most", about, self.switch_off_most, **_wide(220))
        all_on = button("All on", "", partial(self.set, ()), **_wide(80))
        said = ipywidgets.HTML("Take it apart: click a map, or choose here, to switch it off.")
        self.tools = ipywidgets.VBox([said, ipywidgets.Box([self.list, most, all_on], layout=_ROW)])
        self.tools.layout.display = "" if options else "none"
        self.note = ipywidgets.HTML()
        self.list.observe(lambda change: recognizer.switch_off(change["new"]), names="value")
        recognizer.maps_view.clickable = bool(options)
        recognizer.maps_view.observe(self._on_click, names="clicked")
        recognizer.answer_view.observe(self._say, names="number")

    def set(self, maps):
        """Switch off these maps, and all others on."""
        self.list.value = [value for _, value in self.list.options if value in maps]

    def switch_off_most(self):
        """Switch off more maps: those on which the answer depends most."""
        shown = self._recognizer
        self.set({*self.list.value, *shown.reader.matter_most(shown.prepared(shown.canvas.strokes))})

    def _on_click(self, change):
        layer, number, _ = change["new"]
        self.set(set(self.list.value) ^ {(list(self._recognizer.maps)[layer], number)})

    def _say(self, change):
        reader, reading, text = self._recognizer.reader, self._recognizer.reading, ""
        if reader.off:
            text = "; ".join(label for label, value in self.list.options if value in reader.off)
            text = f"Switched off: {text}."
            if reading.digit is not None:
                text += f" With all maps: {sentence_of(handwriting.read(reading.image, reader.model))}"
        self.note.value = f"<div role='status' style='max-width: 700px'>{html.escape(text)}</div>"


class _Lessons:
    """A Recognizer's buttons: keep digits with their labels, learn them, take it back."""

    def __init__(self, recognizer, path):
        from helpers.handwriting.training import DRAWN_PARTS  # loads SciPy, which takes a moment

        self._recognizer, self._before = recognizer, None
        self.digits = OwnDigits(path)
        small = {"width": "34px", "margin": "2px 0px 2px 2px", "padding": "0px"}
        self._labels = [
            button(str(digit), f"Keep the drawing as {a_digit(digit)}.", partial(self.keep, digit), **small)
            for digit in range(10)
        ]
        wide, hidden = {"width": "140px"}, {"visibility": "hidden"}
        self._train = button("Learn my digits", "Train the network on your digits.", self.fine_tune, **wide)
        self._back = button("Take it back", "Give the network its old weights.", self.take_back, **wide)
        self._drop = button("Drop the last one", "Forget the digit that was kept last.", self.drop, **wide)
        steps = _STEPS + DRAWN_PARTS + 1
        self._progress = ipywidgets.IntProgress(max=steps, description="Learning", layout=hidden)
        self._message, self._table = Note(), ipywidgets.HTML()
        said = ipywidgets.HTML("Wrong, or to be remembered? Say what you wrote:")
        self.question = ipywidgets.VBox([said, ipywidgets.Box(self._labels, layout=_ROW), self._message])
        row = ipywidgets.Box([self._train, self._back, self._drop, self._progress], layout=_ROW)
        self.tools = ipywidgets.VBox([row, self._table])
        self._say("")

    def keep(self, label):
        """Keep what is on the canvas as a digit of the learner's own."""
        canvas = self._recognizer.canvas
        if not canvas.strokes:
            self._say("There is nothing on the canvas: write a digit first.")
            return
        try:
            self.digits.add(canvas.strokes, label)
        except (OSError, ValueError) as error:
            self._say(f"Not kept: {error}")
            return
        canvas.clear()
        self._say(f"Kept as {a_digit(label)}.")

    def drop(self):
        """Forget the digit that was kept last."""
        if len(self.digits):
            self.digits.remove_last()
            self._say("The last one is dropped.")

    def fine_tune(self):
        """Go over to a copy of the network that has learned the own digits; return what `learn` measured."""
        if not len(self.digits):
            self._say("Keep a few of your digits first.")
            return None
        model = self._recognizer.reader.model
        self._progress.value = 0
        self._progress.layout.visibility = "visible"
        self._say("Learning, with MNIST's images among yours ...")
        self._train.disabled = True
        try:
            tuned, result = learn(model, *self.digits.images(), self)
            self._before = self._before or model
            self._table.value = table_of(result)
            self._recognizer.take(tuned)
            self._say("The network has learned your digits.")
        except BaseException:
            self._say("Learning was stopped.")
            raise
        finally:
            self._progress.layout.visibility = "hidden"
        return result

    def advance(self):
        """Count a step of the training."""
        self._progress.value += 1

    def take_back(self):
        """Go back to the network as it was before it learned."""
        if self._before is not None:
            self._recognizer.take(self._before)
            self._before = None
            self._table.value = ""
            self._say("The network is as it was.")

    def _say(self, text):
        self._message.say(f"{text} {counts_of(self.digits)} {self.digits.message}")
        self._train.disabled = self._drop.disabled = not len(self.digits)
        self._back.disabled = self._before is None


def _wide(pixels):
    return {"width": f"{pixels}px", "max_width": "98%"}


def counts_of(digits):
    """Say how many own digits of each class there are."""
    if not len(digits):
        return "None of your own digits is kept yet."
    counts = ", ".join(f"{digit}: {count}" for digit, count in enumerate(digits.counts()) if count)
    return f"Yours so far: {len(digits)} ({counts})."


def held_back(labels):
    """Choose digits to test with: True for the fourth of each class, the eighth and so on; bool (n,)."""
    labels = np.asarray(labels)
    rank = np.array([np.count_nonzero(labels[:i] == label) for i, label in enumerate(labels)], int)
    return rank % 4 == 3


def learn(model, images, labels, progress):
    """Fine-tune a copy of a model on own digits (n, 28, 28), float32 in [0, 1], and measure both.

    `progress.advance()` is called at once, while others' digits are drawn, and after each of 120 steps.
    Returns the copy and, by kind of digits, how many they are and the shares read rightly before and after.
    """
    from helpers.datasets import load_mnist

    progress.advance()
    (x_train, t_train), (x_test, t_test) = load_mnist()
    back = held_back(labels)
    own, replay = (images[~back], labels[~back]), (x_train[:_REPLAYED], t_train[:_REPLAYED])
    tuned = handwriting.fine_tune(model, *own, replay=replay, steps=_STEPS, progress=progress)
    kinds = {
        "Your digits, learned": own,
        "Your digits, held back": (images[back], labels[back]),
        f"MNIST, {_TESTED:,} test images": (x_test[:_TESTED] / np.float32(255), t_test[:_TESTED]),
    }
    kinds = {name: (x, t) for name, (x, t) in kinds.items() if len(t)}
    # One network after the other: each is compiled only once.
    before, after = ([accuracy(each, x, t) for x, t in kinds.values()] for each in (model, tuned))
    counts = [len(t) for _, t in kinds.values()]
    return tuned, dict(zip(kinds, zip(counts, before, after, strict=True), strict=True))


def table_of(result):
    """Write what `learn` has measured as a table in HTML."""
    rows = [
        f"<tr><th scope=row style='text-align: left'>{name}</th><td>{count:,}</td>"
        + "".join(f"<td style='text-align: right'>{share:.1%}</td>" for share in shares)
        + "</tr>"
        for name, (count, *shares) in result.items()
    ]
    head = "<tr><th></th><th>digits</th><th>right before</th><th>right after</th></tr>"
    return f"<table style='border-spacing: 12px 2px'>{head}{''.join(rows)}</table>"
