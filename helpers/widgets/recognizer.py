"""Chapter 07's recognizer: write a digit, see what the network makes of it, teach it your own hand.

After every stroke the drawing is prepared (`strokes_to_image`), read (`helpers.handwriting.read`) and shown:
the answer, the image that the network sees, ten probabilities, the feature maps of two convolution layers.
`Reader` does all that without a browser.
"""

import html
from typing import NamedTuple

import ipywidgets
import numpy as np
import traitlets
from PIL import Image

from helpers import handwriting
from helpers.handwriting.own_digits import OwnDigits
from helpers.handwriting.recognizer import DOUBT, a_digit, check_model
from helpers.plotting import BLUE, ORANGE, tile_images
from helpers.widgets.canvas import DrawingCanvas, picture_of, sample_digit
from helpers.widgets.controls import Screen, explained, joined, styled
from helpers.widgets.explorer import StillPicture, new_figure, style_sheet
from helpers.widgets.recognizer_maps import is_convolution, model_of_maps, names_of_maps, switch_off

EXAMPLE = 5
"""The digit in the still picture."""

_LARGE = "min-height: 1.3em; font-size: 32px; font-weight: bold; line-height: 1.3"
AT_ONCE = 6
"""Feature maps that are switched off together: a trained network hardly misses one."""

_MAPS_IN_A_ROW = 16
_FRAME = 90  # Of 255: darkness of the lines between maps.
_STEPS = 120  # Of the fine-tuning.
_REPLAYED = 5_000  # MNIST training images among which others' digits are drawn while learning one's own.
_TESTED = 2_000  # MNIST test images, always the same ones.


# Reading


class FeatureMaps(NamedTuple):
    """What one convolution layer makes of an image: its name and values of shape (height, width, maps)."""

    name: str
    values: np.ndarray


class NetworkReading(NamedTuple):
    """A drawing as the network sees and reads it.

    Attributes
    ----------
    image : ndarray of shape (28, 28), float32 in [0, 1]
    answer : helpers.handwriting.Reading
    layers : list of FeatureMaps
        Of two layers; empty where nothing is drawn or the model has no convolution layers.
    """

    image: np.ndarray
    answer: handwriting.Reading
    layers: list


class Reader:
    """A model that reads drawings and shows what happens inside it.

    Parameters
    ----------
    model : keras.Model
        From images (n, 28, 28) or (n, 28, 28, 1) to ten probabilities.

    Raises
    ------
    ValueError
        If the model takes something else than such images, or its outputs are no ten probabilities.
    """

    def __init__(self, model):
        check_model(model)
        self.model = model
        self._off = ()
        self._working = model
        if any(is_convolution(layer) for layer in model.layers):
            import keras

            # Maps are switched off in a copy: the model itself stays as it is.
            self._working = keras.models.clone_model(model)
            self._working.set_weights(model.get_weights())
        self._names, self._inside = model_of_maps(self._working)
        self.read(sample_digit(EXAMPLE))  # The first call takes long.

    @property
    def off(self):
        """The feature maps that are switched off, pairs of a layer's name and a number; may be set."""
        return self._off

    @off.setter
    def off(self, maps):
        self._working.set_weights(self.model.get_weights())
        for name, number in maps:
            switch_off(self._working, name, number)
        self._off = tuple(maps)

    def read(self, strokes, centre=True, canvas_size=280):
        """Prepare strokes and read them.

        Parameters
        ----------
        strokes : sequence of array_like of shape (points, 2)
        centre : bool
            Whether to fit and centre the drawing as MNIST's digits were.
        canvas_size : float or (float, float)
            Used where `centre` is False.

        Returns
        -------
        NetworkReading
        """
        if not centre:
            strokes = handwriting.strokes_to_image(strokes, centre=False, canvas_size=canvas_size)
        answer = handwriting.read(strokes, self._working)
        image = answer.image
        layers = []
        if image.any() and self._inside is not None:
            values = self._inside(image.reshape(1, *self.model.input_shape[1:]))
            layers = [FeatureMaps(n, np.asarray(v)[0]) for n, v in zip(self._names, values, strict=True)]
        return NetworkReading(image, answer, layers)

    def matter_most(self, strokes, centre=True, canvas_size=280):
        """Find the feature maps without which, one by one, the network believes least in its answer.

        Returns
        -------
        list of (str, int)
            Layers' names and numbers of maps, `AT_ONCE` of them, the most important first; none where
            nothing is drawn.
        """
        reading, off = self.read(strokes, centre, canvas_size), self.off
        shares = {}
        for layer in reading.layers:
            for number in np.flatnonzero(layer.values.any(axis=(0, 1))):
                one_more = (layer.name, int(number))
                self.off = (*off, one_more)
                shares[one_more] = self.read(reading.image).answer.probabilities[reading.answer.digit]
        self.off = off
        return sorted(shares, key=shares.get)[:AT_ONCE]


def sentence_of(reading):
    """Say a reading in words.

    Parameters
    ----------
    reading : NetworkReading

    Returns
    -------
    str
    """
    answer = reading.answer
    if answer.digit is None:
        return answer.reason
    second = f"second choice {answer.runner_up} ({percent(answer.probabilities[answer.runner_up])})"
    if not answer.sure:
        return (
            f"Unsure. {answer.reason} First choice {answer.digit} ({percent(answer.probability)}), {second}."
        )
    return f"I read {a_digit(answer.digit)} ({percent(answer.probability)}); {second}."


def percent(share):
    """Write a probability in whole per cent; none becomes 0% or 100%."""
    if share < 0.01:
        return "under 1%"
    return "over 99%" if share > 0.99 else f"{share:.0%}"


def large_of(answer):
    """What stands in large beside a drawing: the digit, with a question mark where another one is near.

    Parameters
    ----------
    answer : helpers.handwriting.Reading

    Returns
    -------
    str
    """
    if answer.digit is None:
        return ""
    if answer.sure:
        return str(answer.digit)
    return "?" if answer.no_digit > DOUBT else f"{answer.digit}?"


def as_bytes(values):
    """Turn values >= 0 into bytes; in each map the largest value becomes 255.

    Parameters
    ----------
    values : ndarray of shape (height, width) or (height, width, maps)

    Returns
    -------
    ndarray of the same shape, uint8
    """
    values = np.maximum(np.nan_to_num(values), 0)
    return np.rint(values * (255 / np.maximum(values.max(axis=(0, 1), initial=0), 1e-9))).astype(np.uint8)


# The still picture


def draw(strokes, reading, size):
    """Draw what the recognizer shows, for pages without a kernel.

    Parameters
    ----------
    strokes : list of list of [float, float]
    reading : NetworkReading
    size : (int, int)
        Of the canvas.

    Returns
    -------
    matplotlib.figure.Figure
    """
    tiles = [_tiled(layer.values) for layer in reading.layers]
    tall = [6.9 * tile.shape[0] / tile.shape[1] for tile in tiles]
    fig = new_figure(height=round(2.5 + sum(0.32 + height for height in tall), 2))
    high = fig.get_size_inches()[1]

    def axes(left, top, width, height):
        return fig.add_axes((left / 7, 1 - (top + height) / high, width / 7, height / high))

    pictures = [
        ("drawn", picture_of(strokes, *size), 0.05),
        ("what the network sees", 1 - reading.image, 2.35),
    ]
    for title, picture, left in pictures:
        ax = axes(left, 0.3, 2.1, 2.1)
        ax.imshow(picture, cmap="gray", interpolation="nearest" if picture is reading.image else None)
        ax.set(xticks=[], yticks=[])
        ax.set_title(title, fontsize=11)
        ax.spines[:].set_visible(True)
    ax = axes(4.95, 0.3, 1.6, 2.1)
    answer = reading.answer
    colours = ["gray"] * 10
    if answer.digit is not None:
        colours[answer.digit], colours[answer.runner_up] = BLUE, ORANGE
    ax.barh(range(10), answer.probabilities, color=colours)
    ax.set(xlim=(0, 1), xticks=[], yticks=range(10))
    ax.invert_yaxis()
    ax.set_title("probability", fontsize=11)
    for i, p in enumerate(answer.probabilities):
        text = percent(p).replace("under ", "<").replace("over ", ">")
        ax.text(1.02, i, text, va="center", fontsize=9)
    top = 2.5
    for layer, tile, height in zip(reading.layers, tiles, tall, strict=True):
        ax = axes(0.05, top + 0.27, 6.9, height)
        ax.imshow(tile, cmap="gray_r", vmin=0, vmax=255, aspect="auto", interpolation="nearest")
        ax.axis("off")
        cut = ", the first 32 shown" if layer.values.shape[-1] > 2 * _MAPS_IN_A_ROW else ""
        ax.set_title(_title(layer) + cut, fontsize=11, loc="left", pad=3)
        top += 0.32 + height
    return fig


def alt(strokes, reading, size):
    """Say in a sentence what `draw` shows."""
    return (
        f"A drawn digit, the same as an image of 28 × 28 pixels, and ten bars. {sentence_of(reading)} "
        f"Below, the feature maps of {len(reading.layers)} layers."
    )


def _tiled(values):
    """Maps side by side, each in a frame, two rows at most: a still picture needs no more."""
    maps = as_bytes(values).transpose(2, 0, 1)[: 2 * _MAPS_IN_A_ROW]
    framed = np.pad(maps, ((0, 0), (0, 1), (0, 1)), constant_values=_FRAME)
    columns = min(len(maps), _MAPS_IN_A_ROW)
    return np.pad(tile_images(framed, columns, 0), ((1, 0), (1, 0)), constant_values=_FRAME)


def _title(layer):
    height, width, count = layer.values.shape
    return f"Layer {layer.name}: {count} feature maps of {height} × {width}, each at its own scale"


# The widgets


class _View(Screen):
    """What `recognizer.js` shows of a reading."""

    _esm = joined("recognizer.js")
    _css = styled("recognizer.css")
    part = traitlets.Unicode().tag(sync=True)


class AnswerView(_View):
    """The answer, the image that the network sees, and ten bars; `show` brings them up to date."""

    part = traitlets.Unicode("answer").tag(sync=True)
    large = traitlets.Unicode("", help="See `large_of`.").tag(sync=True)
    answer = traitlets.Int(-1, help="The likeliest digit, sure or not; -1 where nothing is drawn.").tag(
        sync=True
    )
    runner_up = traitlets.Int(-1).tag(sync=True)
    sentence = traitlets.Unicode("").tag(sync=True)
    probabilities = traitlets.List().tag(sync=True)
    image = traitlets.Bytes(bytes(784)).tag(sync=True)
    image_alt = traitlets.Unicode("").tag(sync=True)

    def show(self, reading):
        """Show a NetworkReading."""
        answer = reading.answer
        drawn = answer.digit is not None
        super().show(
            large=large_of(answer),
            answer=answer.digit if drawn else -1,
            runner_up=answer.runner_up if drawn else -1,
            sentence=sentence_of(reading),
            probabilities=[round(float(p), 4) for p in answer.probabilities] if drawn else [],
            image=(255 * reading.image).astype(np.uint8).tobytes(),
            image_alt=f"The drawing as 28 × 28 pixels, {np.count_nonzero(reading.image > 0.5)} of them ink",
        )


class MapsView(_View):
    """The feature maps of two layers; `show` brings them up to date."""

    part = traitlets.Unicode("maps").tag(sync=True)
    layers = traitlets.List().tag(sync=True)
    maps = traitlets.Bytes().tag(sync=True)
    clickable = traitlets.Bool(False).tag(sync=True)
    clicked = traitlets.List(help="Number of a layer, of a map in it, and of the click.").tag(sync=True)

    def show(self, reading, off=()):
        """Show a NetworkReading; the maps `off`, pairs of a layer's name and a number, are crossed out."""
        layers, values = [], []
        for layer in reading.layers:
            height, width, count = layer.values.shape
            columns = count if count < _MAPS_IN_A_ROW else max(_MAPS_IN_A_ROW, -(-count // 2))
            size = {"height": height, "width": width, "count": count, "columns": columns}
            crossed = [number for name, number in off if name == layer.name]
            layers.append({"title": _title(layer), "off": crossed, **size})
            # One map after the other, each as rows of pixels.
            values.append(as_bytes(layer.values).transpose(2, 0, 1).tobytes())
        super().show(layers=layers, maps=b"".join(values))


class Recognizer:
    """Write a digit and watch the network read it. End a cell with it to show it.

    Parameters
    ----------
    model : keras.Model, optional
        From images (n, 28, 28) or (n, 28, 28, 1) to ten probabilities; the one that ships with the course by
        default. It stays as it is; fine-tuning trains a copy.
    name : str, optional
        What to call the model on the page.
    own_digits : str or Path, optional
        File in which one's own digits are kept; see `helpers.handwriting.own_digits`.
    canvas_size : int
        Pixels each way.
    collect : bool
        Whether own digits can be kept and learned.

    Attributes
    ----------
    canvas : DrawingCanvas
    answer_view, maps_view : AnswerView, MapsView
    reader : Reader
    reading : NetworkReading
        Of what is on the canvas.
    digits : OwnDigits
        The learner's own; with `collect` only.
    widget : ipywidgets.VBox
        All of it, to be put into a larger widget.
    """

    def __init__(self, model=None, name=None, own_digits=None, canvas_size=280, collect=True):
        if model is None:
            model, name = handwriting.load_recognizer(), name or "the model that ships with the course"
        self.reader = Reader(model)
        self.canvas = DrawingCanvas(
            canvas_size, canvas_size, label="Drawing canvas for one digit", hint="Write a digit here"
        )
        self.answer_view, self.maps_view = AnswerView(), MapsView()
        self.maps_view.layout.max_width = "700px"
        self._centre = ipywidgets.Checkbox(
            value=True, description="Prepare as MNIST: fit and centre", indent=False
        )
        explained(self._centre, "Without it, the canvas is only made smaller, wherever the digit stands.")
        self._centre.layout.width = "auto"
        self.canvas.observe(self._on_drawing, names="strokes")
        self._centre.observe(self._on_drawing, names="value")
        self._read()
        named = f"Model: {html.escape(name)}" if name else ""
        hide = style_sheet(f".{self.canvas.still} {{display: none}}")
        left = ipywidgets.VBox([self.canvas, self._centre], layout=_layout(f"{canvas_size + 16}px"))
        right = ipywidgets.VBox([ipywidgets.HTML(named), self.answer_view], layout=_layout("380px"))
        wrap = ipywidgets.Layout(flex_flow="row wrap", max_width="700px")
        parts = [hide, ipywidgets.Box([left, right], layout=wrap), self.maps_view]
        if collect:
            self._switches = _Switches(self)
            parts[-1:] = [self._switches.tools, self.maps_view, self._switches.note]
            self._lessons = _Lessons(self, own_digits)
            self.digits = self._lessons.digits
            right.children = (*right.children, self._lessons.question)
            parts.append(self._lessons.tools)
        self.widget = ipywidgets.VBox(parts)

    @property
    def centre(self):
        """Whether drawings are fitted and centred as MNIST's digits were; may be set."""
        return self._centre.value

    @centre.setter
    def centre(self, value):
        self._centre.value = value

    def fine_tune(self):
        """Go over to a copy of the model that has learned one's own digits; the same as the button.

        Returns
        -------
        FineTuning
            What it has changed; None without own digits.
        """
        return self._lessons.fine_tune()

    def take(self, model):
        """Read with another model from now on, with the same feature maps switched off.

        Parameters
        ----------
        model : keras.Model
        """
        off = self.reader.off
        self.reader = Reader(model)
        self.switch_off(off)

    def switch_off(self, maps):
        """Switch off these feature maps, and all others on.

        Parameters
        ----------
        maps : sequence of (str, int)
            Names of layers, and numbers of maps in them from 0.
        """
        self.reader.off = maps
        self._read()

    def _on_drawing(self, change):
        self._read()

    def _read(self):
        self.reading = self.reader.read(*self._drawing)
        self.answer_view.show(self.reading)
        self.maps_view.show(self.reading, self.reader.off)

    @property
    def _drawing(self):
        return self.canvas.strokes, self.centre, (self.canvas.width, self.canvas.height)

    def __repr__(self):
        # Compared strictly between two runs of a notebook: nothing here may vary.
        return f"{type(self).__name__}: run this cell to write a digit"

    def _ipython_display_(self):
        size = self.canvas.width, self.canvas.height
        side = min(size)
        strokes = self.canvas.strokes or sample_digit(EXAMPLE, 0.68 * side, 0.2 * side, 0.16 * side)
        state = {"strokes": strokes, "reading": self.reader.read(strokes, self.centre, size), "size": size}
        still = StillPicture.of_state(draw, alt, state)
        still.publish_beside(self, self.widget.model_id, self.canvas.still)


class DigitField:
    """A wide canvas for several digits; a function of yours reads them. End a cell with it to show it.

    Parameters
    ----------
    read : callable
        `read(strokes)` is called after every stroke with all of them, a list of lists of [x, y] points. It
        returns what to show: a str, or (str, images) with images of shape (n, height, width) in [0, 1].
    width, height : int
        Of the canvas, pixels.

    Attributes
    ----------
    canvas : DrawingCanvas
    text : str
        What `read` has said last.
    widget : ipywidgets.VBox
    """

    def __init__(self, read, width=700, height=200):
        self._read = read
        self.text = ""
        self.canvas = DrawingCanvas(
            width, height, label="Drawing canvas for several digits", hint="Write a number here"
        )
        self._shown = ipywidgets.HTML()
        hide = style_sheet(f".{self.canvas.still} {{display: none}}")
        self.widget = ipywidgets.VBox([hide, self.canvas, self._shown])
        self.canvas.observe(self._on_drawing, names="strokes")
        self._on_drawing(None)

    def _on_drawing(self, change):
        try:
            answer = self._read(self.canvas.strokes)
            text, images = answer if isinstance(answer, tuple) else (answer, ())
            self.text, pictures = str(text), "".join(_picture_html(image) for image in images)
            self._shown.value = (
                f"<div style='{_LARGE}' role='status'>{html.escape(self.text)}</div>{pictures}"
            )
        except (
            Exception
        ) as error:  # The function is the learner's: any mistake of it is to be seen, not fatal.
            self.text = ""
            said = html.escape(f"{type(error).__name__}: {error}")
            self._shown.value = f"<div role='status'>Your function stopped with {said}</div>"

    def __repr__(self):
        # Compared strictly between two runs of a notebook: nothing here may vary.
        return f"{type(self).__name__}: run this cell to write a number"

    def _ipython_display_(self):
        canvas = self.canvas
        strokes = canvas.strokes
        for i, digit in enumerate(() if strokes else (2, 0, 2, 6)):
            size, left = 0.6 * canvas.height, canvas.width * (0.12 + 0.2 * i)
            strokes = strokes + sample_digit(digit, size, left, 0.2 * canvas.height)
        image = picture_of(strokes, canvas.width, canvas.height, pen_width=canvas.pen_width)
        still = StillPicture.of_image(image, "A wide drawing canvas on which 2026 is written.")
        still.publish_beside(self, self.widget.model_id, canvas.still)


class _Switches:
    """A Recognizer's list of feature maps, to switch them off and see what becomes of the answer."""

    def __init__(self, recognizer):
        self._recognizer = recognizer
        names = names_of_maps(recognizer.reader.model)
        options = [
            (f"{layer}, map {number + 1}{f': {said}' if said else ''}", (layer, number))
            for (layer, number), said in names.items()
        ]
        self.list = ipywidgets.SelectMultiple(options=options, rows=5, layout=_layout("330px"))
        explained(self.list, "Feature maps that are switched off; Ctrl or Shift chooses several.")
        more = ipywidgets.Button(
            description=f"Switch off {AT_ONCE} that matter most", layout=_layout("220px")
        )
        explained(more, "Those without which, one by one, the network believes least in its answer.")
        more.on_click(lambda _: self.switch_off_most())
        every = ipywidgets.Button(description="All on", layout=_layout("80px"))
        every.on_click(lambda _: self._set(()))
        said = ipywidgets.HTML("Take it apart: click a map, or choose here, to switch it off.")
        row = ipywidgets.Layout(flex_flow="row wrap", max_width="700px")
        self.tools = ipywidgets.VBox([said, ipywidgets.Box([self.list, more, every], layout=row)])
        self.note = ipywidgets.HTML()
        self.list.observe(lambda change: recognizer.switch_off(change["new"]), names="value")
        recognizer.maps_view.clickable = bool(options)
        recognizer.maps_view.observe(self._on_click, names="clicked")
        recognizer.answer_view.observe(lambda change: self._say(), names="number")
        if not options:
            self.tools.layout.display = "none"

    def switch_off_most(self):
        """Switch off more maps: those on which the answer depends most."""
        self._set({*self.list.value, *self._recognizer.reader.matter_most(*self._recognizer._drawing)})

    def _on_click(self, change):
        layer, number, _ = change["new"]
        clicked = (self._recognizer.reading.layers[layer].name, number)
        self._set(set(self.list.value) ^ {clicked})

    def _set(self, maps):
        self.list.value = [value for _, value in self.list.options if value in maps]

    def _say(self):
        reader, text = self._recognizer.reader, ""
        if reader.off:
            said = [label for label, value in self.list.options if value in reader.off]
            text = f"Switched off: {'; '.join(said)}."
            if self._recognizer.reading.answer.digit is not None:
                whole = handwriting.read(self._recognizer.reading.image, reader.model)
                text += f" With all maps: {sentence_of(NetworkReading(None, whole, []))}"
        self.note.value = f"<div role='status' style='max-width: 700px'>{html.escape(text)}</div>"


class _Lessons:
    """A Recognizer's buttons: keep digits with their labels, learn them, take it back."""

    def __init__(self, recognizer, path):
        from helpers.handwriting.training import DRAWN_PARTS  # loads SciPy, which takes a moment

        self._recognizer = recognizer
        self.digits = OwnDigits(path)
        self._before = None
        self._labels = [ipywidgets.Button(description=str(i)) for i in range(10)]
        for i, button in enumerate(self._labels):
            button.layout = ipywidgets.Layout(width="34px", margin="2px 0px 2px 2px", padding="0px")
            explained(button, f"Keep the drawing as {a_digit(i)}.")
            button.on_click(lambda _, digit=i: self.keep(digit))
        self._drop = self._button("Drop the last one", "Forget the digit that was kept last.", self.drop)
        self._train = self._button("Learn my digits", "Train the network on your digits.", self.fine_tune)
        self._back = self._button("Take it back", "Give the network its old weights.", self.take_back)
        self._progress = ipywidgets.IntProgress(0, 0, _STEPS + DRAWN_PARTS + 1, description="Learning")
        self._progress.layout.visibility = "hidden"
        self._message = ipywidgets.HTML()
        self._table = ipywidgets.HTML()
        wrap = ipywidgets.Layout(flex_flow="row wrap", max_width="700px")
        said = ipywidgets.HTML("Wrong, or to be remembered? Say what you wrote:")
        self.question = ipywidgets.VBox([said, ipywidgets.Box(self._labels, layout=wrap), self._message])
        buttons = [self._train, self._back, self._drop, self._progress]
        self.tools = ipywidgets.VBox([ipywidgets.Box(buttons, layout=wrap), self._table])
        self._say("")

    def _button(self, description, tooltip, action):
        button = ipywidgets.Button(description=description, layout=ipywidgets.Layout(width="140px"))
        explained(button, tooltip)
        button.on_click(lambda _: action())
        return button

    def keep(self, label):
        """Keep what is on the canvas as a digit of the learner's own."""
        strokes = self._recognizer.canvas.strokes
        if not strokes:
            self._say("There is nothing on the canvas: write a digit first.")
            return
        try:
            self.digits.add(strokes, label)
        except (OSError, ValueError) as error:
            self._say(f"Not kept: {error}")
            return
        self._recognizer.canvas.clear()
        self._say(f"Kept as {a_digit(label)}.")

    def drop(self):
        """Forget the digit that was kept last."""
        if len(self.digits):
            self.digits.remove_last()
            self._say("The last one is dropped.")

    def fine_tune(self):
        """Train on the own digits, and show what has changed."""
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

    def take_back(self):
        """Go back to the network as it was before it learned."""
        if self._before is not None:
            self._recognizer.take(self._before)
            self._before = None
            self._table.value = ""
            self._say("The network is as it was.")

    def advance(self):
        """Count a step of the training."""
        self._progress.value += 1

    def _say(self, text):
        text = f"{text} {counts_of(self.digits)} {self.digits.message}"
        self._message.value = f'<span role="status">{html.escape(text)}</span>'
        self._train.disabled = self._drop.disabled = not len(self.digits)
        self._back.disabled = self._before is None


def counts_of(digits):
    """Say how many own digits of each class there are."""
    if not len(digits):
        return "None of your own digits is kept yet."
    counts = ", ".join(f"{digit}: {count}" for digit, count in enumerate(digits.counts()) if count)
    return f"Yours so far: {len(digits)} ({counts})."


# Learning own digits


class FineTuning(NamedTuple):
    """Shares of digits read rightly, before and after; None where there are no such digits.

    Attributes
    ----------
    learned, held_back, mnist : (float, float) or None
        Of the own digits that were trained on, of those that were not, of test images.
    counts : (int, int, int)
        How many they are.
    """

    learned: tuple
    held_back: tuple
    mnist: tuple
    counts: tuple


def held_back(labels):
    """Choose digits to test with: of each class the fourth, the eighth and so on.

    Parameters
    ----------
    labels : ndarray of shape (n,), int

    Returns
    -------
    ndarray of shape (n,), bool
    """
    labels = np.asarray(labels)
    rank = np.array([np.count_nonzero(labels[:i] == label) for i, label in enumerate(labels)], int)
    return rank % 4 == 3


def learn(model, images, labels, progress=None):
    """Fine-tune a copy of a model on own digits, and measure both.

    Parameters
    ----------
    model : keras.Model
        Stays as it is.
    images : ndarray of shape (n, 28, 28), float32 in [0, 1]
    labels : ndarray of shape (n,), int
    progress : object with a method `advance`, optional
        Called at once, while others' digits are drawn, and after each of 120 steps.

    Returns
    -------
    tuned : keras.Model
    result : FineTuning
    """
    from helpers.datasets import load_mnist

    if progress is not None:
        progress.advance()
    (x_train, t_train), (x_test, t_test) = load_mnist()
    back = held_back(labels)
    replay = x_train[:_REPLAYED], t_train[:_REPLAYED]
    tuned = handwriting.fine_tune(
        model, images[~back], labels[~back], replay=replay, steps=_STEPS, progress=progress
    )
    tests = [
        (images[~back], labels[~back]),
        (images[back], labels[back]),
        (x_test[:_TESTED].astype(np.float32) / 255, t_test[:_TESTED]),
    ]
    pairs = [tuple(accuracy(m, *test) for m in (model, tuned)) if len(test[1]) else None for test in tests]
    return tuned, FineTuning(*pairs, tuple(len(t) for _, t in tests))


def accuracy(model, images, labels):
    """Share of images of shape (n, 28, 28) whose likeliest digit is the label."""
    images = images.reshape(-1, *model.input_shape[1:])
    parts = [model(images[i : i + 500], training=False) for i in range(0, len(images), 500)]
    return float((np.concatenate(parts).argmax(axis=1) == labels).mean())


def table_of(result):
    """Write a FineTuning as a table in HTML."""
    names = ("Your digits, learned", "Your digits, held back", f"MNIST, {_TESTED:,} test images")
    rows = [
        f"<tr><th scope=row style='text-align: left'>{name}</th><td>{count:,}</td>"
        + "".join(f"<td style='text-align: right'>{share:.1%}</td>" for share in pair)
        + "</tr>"
        for name, pair, count in zip(names, result[:3], result.counts, strict=True)
        if pair is not None
    ]
    head = "<tr><th></th><th>digits</th><th>right before</th><th>right after</th></tr>"
    return f"<table style='border-spacing: 12px 2px'>{head}{''.join(rows)}</table>"


def _picture_html(image):
    """A small image, 0 paper and 1 ink, as an HTML element."""
    grey = Image.fromarray(255 - as_bytes(np.asarray(image, np.float64)))
    large = grey.resize((4 * grey.width, 4 * grey.height), Image.Resampling.NEAREST)
    picture = StillPicture.of_image(large, "").html
    return f"<div style='display: inline-block; margin-right: 6px'>{picture}</div>"


def _layout(width):
    return ipywidgets.Layout(width=width, max_width="98%")
