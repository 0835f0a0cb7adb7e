"""Chapter 03's playground: a small network learns to part the plane while one watches and turns its knobs.

The kernel trains (NumPy) and draws (Pillow); the browser shows one frame and says so, and only then the next
one is made. So there is never more than one frame under way: a pause takes effect at once, a slow browser
gets fewer frames instead of old ones, and a closed page stops the training.
"""

import io
import math
from functools import lru_cache
from pathlib import Path

import ipywidgets
import matplotlib as mpl
import numpy as np
import traitlets
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from PIL import Image, ImageDraw, ImageFont

from helpers.plotting import BLUE, ORANGE
from helpers.widgets.controls import Screen, choice, labelled, power_slider, slider
from helpers.widgets.explorer import Explorer, new_figure

DATA_SETS = ("circle", "XOR", "spirals", "blobs")
ACTIVATIONS = {
    "tanh": (np.tanh, lambda A: 1 - A * A),
    "ReLU": (lambda F: np.maximum(F, 0), lambda A: A > 0),
    "sigmoid": (lambda F: 0.5 * (1 + np.tanh(F / 2)), lambda A: A * (1 - A)),
    "none": (lambda F: F, np.ones_like),
}
"""What a hidden unit does with its sum F, and the slope of that as computed from the result A."""

STRENGTHS = (0.0, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1)
"""Strengths of the regularisation to choose from."""

MOST_LAYERS, MOST_UNITS = 4, 8
STEPS_PER_FRAME, STILL_FRAMES = 20, 20
SIZE = (700, 390)
"""Width and height of the picture in pixels on the page."""

_SIDE = 6.0  # The plane shown goes from -6 to 6 both ways.
_POINTS = 200  # Half of them to train on, half held out.
_MOST_LOSSES = 400  # Kept for the curve; the older ones are thinned out, so that memory stays bounded.
_GRID = 60  # Places each way at which the network is asked for the decision surface.
_SHARPNESS = 2  # Pixels in the file per pixel on the page.

# Not the full colour at the ends: the points have that.
_ENDS = [0.35 + 0.65 * np.array(to_rgb(colour)) for colour in (BLUE, "white", ORANGE)]
_PALETTE = LinearSegmentedColormap.from_list("plane", _ENDS)

_ESM = """
function render({ model, el }) {
  const image = document.createElement("img");
  const [width, height] = model.get("size");
  Object.assign(image, { width, height });
  image.style.cssText = "display: block; max-width: 100%; height: auto";
  el.append(image);
  let alive = true, timer = 0, shownAt = 0;
  async function show() {
    const number = model.get("number");
    const url = URL.createObjectURL(new Blob([model.get("frame")], { type: model.get("format") }));
    image.alt = model.get("alt");
    image.src = url;
    try { await image.decode(); } catch { /* Replaced by a newer frame meanwhile. */ }
    URL.revokeObjectURL(url);
    if (!alive) return;
    image.dataset.number = number;
    const wait = Math.max(0, shownAt + model.get("interval") - performance.now());
    clearTimeout(timer);
    timer = setTimeout(() => {
      shownAt = performance.now();
      model.send({ shown: number });
    }, wait);
  }
  model.on("change:number", show);
  show();
  return () => {
    alive = false;
    clearTimeout(timer);
    model.off("change:number", show);
  };
}
export default { render };
"""


# The problem and the network


@lru_cache(maxsize=32)
def make_points(data, noise):
    """Draw the points of a data set; the same ones at each call, shifted more with more noise.

    Parameters
    ----------
    data : str
        One of `DATA_SETS`.
    noise : int in 0 … 50
        Per cent.

    Returns
    -------
    X : ndarray of shape (200, 2), float64
        Points (x, y). The first half is for training, the second is held out.
    t : ndarray of shape (200,), float64
        Labels 0 and 1. Not to be written to: they are kept for the next call.

    Notes
    -----
    After the data sets of D. Smilkov and S. Carter's TensorFlow Playground (2016).
    """
    rng = np.random.default_rng(3)
    t = np.arange(_POINTS) % 2.0
    part = rng.random(_POINTS)
    angle = 2 * math.pi * rng.random(_POINTS)
    shift = rng.standard_normal((_POINTS, 2)) * noise / 100
    if data == "circle":
        radius = np.where(t == 1, 2.3 * np.sqrt(part), 3.4 + 1.4 * part)
        X = _polar(radius, angle) + 2.0 * shift
    elif data == "XOR":
        X = rng.uniform(0.4, 4.8, (_POINTS, 2)) * rng.choice([-1.0, 1.0], (_POINTS, 2))
        # Opposite quadrants share a label: move a point whose quadrant has the other one.
        X[:, 0] *= np.where((X[:, 0] * X[:, 1] > 0) == (t == 0), 1, -1)
        X = X + 2.5 * shift
    elif data == "spirals":
        X = _polar(0.4 + 4.6 * part, 3.5 * math.pi * part + math.pi * t) + 1.0 * shift
    elif data == "blobs":
        X = np.where(t[:, None] == 1, 2.0, -2.0) + 0.8 * rng.standard_normal((_POINTS, 2)) + 4.0 * shift
    else:
        raise ValueError(f"data is {data!r}; expected one of {', '.join(DATA_SETS)}")
    return X, t


class Network:
    """A network of dense layers that gives P(label 1) of points in the plane, trained with Adam.

    Parameters
    ----------
    layers, units : int
        Hidden layers (0 makes it logistic regression) and units in each.
    activation : str
        One of `ACTIVATIONS`.
    seed : int
        Of the initial weights.
    """

    def __init__(self, layers, units, activation, seed=0):
        rng = np.random.default_rng(seed)
        sizes = [2] + [units] * layers + [1]
        gain = 2.0 if activation == "ReLU" else 1.0
        self.activation = activation
        self.weights = [
            rng.normal(0, math.sqrt(gain / n), (n, m)) for n, m in zip(sizes, sizes[1:], strict=False)
        ]
        self.biases = [np.zeros(m) for m in sizes[1:]]
        self.steps = 0
        self._means = [np.zeros_like(p) for p in self._parameters]
        self._squares = [np.zeros_like(p) for p in self._parameters]

    @property
    def _parameters(self):
        return self.weights + self.biases

    def forward(self, X):
        """Compute all layers.

        Parameters
        ----------
        X : ndarray of shape (points, 2)

        Returns
        -------
        hidden : list of ndarray, each of shape (points, units)
        P : ndarray of shape (points,)
        """
        # The plane's -6 … 6 become -2 … 2, which suits the initial weights.
        A, hidden = X / 3, []
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            A = ACTIVATIONS[self.activation][0](A @ W + b)  # (points, units)
            hidden.append(A)
        return hidden, ACTIVATIONS["sigmoid"][0](A @ self.weights[-1] + self.biases[-1])[:, 0]

    def train(self, X, t, steps, learning_rate, regularisation=0.0):
        """Make steps of Adam on the cross-entropy of all points plus λ/2 times the sum of squared weights.

        Parameters
        ----------
        X : ndarray of shape (points, 2)
        t : ndarray of shape (points,)
            Labels 0 and 1.
        steps : int
        learning_rate, regularisation : float
        """
        for _ in range(steps):
            self.steps += 1
            # Adam's correction for means that start at zero.
            rate = learning_rate * math.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)
            gradients = self.gradients(X, t, regularisation)
            for p, g, m, s in zip(self._parameters, gradients, self._means, self._squares, strict=True):
                m += 0.1 * (g - m)
                s += 0.001 * (g * g - s)
                p -= rate * m / (np.sqrt(s) + 1e-7)

    def gradients(self, X, t, regularisation=0.0):
        """Compute the slopes of the error that `train` goes down, by backpropagation.

        Returns
        -------
        list of ndarray
            For all weights, then for all biases, first layer first.
        """
        hidden, P = self.forward(X)
        inputs = [X / 3, *hidden]
        D = ((P - t) / len(t))[:, None]  # (points, 1)
        for_weights, for_biases = [], []
        for i in reversed(range(len(self.weights))):
            for_weights.append(inputs[i].T @ D + regularisation * self.weights[i])
            for_biases.append(D.sum(axis=0))
            if i:
                D = (D @ self.weights[i].T) * ACTIVATIONS[self.activation][1](inputs[i])  # (points, units)
        return for_weights[::-1] + for_biases[::-1]


class Run:
    """A network in training, with the curve of its losses.

    Parameters
    ----------
    data, noise, layers, units, activation, learning_rate, regularisation
        As the playground's controls give them.
    seed : int
    """

    def __init__(
        self, data, noise, layers, units, activation, learning_rate=0.01, regularisation=0.0, seed=0
    ):
        self.problem = data, noise
        self.points = make_points(data, noise)
        self.network = Network(layers, units, activation, seed)
        self.learning_rate, self.regularisation = learning_rate, regularisation
        self.curve = []  # (step, training loss, held-out loss)
        self._measure()

    def advance(self, steps=STEPS_PER_FRAME):
        """Train for some steps, then measure both losses."""
        X, t = (array[: _POINTS // 2] for array in self.points)
        self.network.train(X, t, steps, self.learning_rate, self.regularisation)
        self._measure()

    def _measure(self):
        X, t = self.points
        _, P = self.network.forward(X)
        right = np.clip(np.where(t == 1, P, 1 - P), 1e-12, 1).reshape(2, -1)  # Training, held out.
        self.training_accuracy, self.held_out_accuracy = (right > 0.5).mean(axis=1)
        self.curve.append((self.network.steps, *-np.log(right).mean(axis=1)))
        if len(self.curve) > _MOST_LOSSES:
            self.curve = self.curve[:-1:2] + self.curve[-1:]


# The picture


@lru_cache(maxsize=4)
def _trained(**state):
    run = Run(**state)
    for _ in range(STILL_FRAMES):
        run.advance()
    return run


def draw(**state):
    """Draw a network after `STILL_FRAMES` frames of training; the film draws its own frames of a `Run`.

    Parameters
    ----------
    **state
        As for `Run`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig = new_figure(SIZE[1] / 100, SIZE[0] / 100)
    ax = fig.add_axes((0, 0, 1, 1))
    ax.imshow(draw_run(_trained(**state)), aspect="auto", interpolation="nearest")
    ax.axis("off")
    return fig


def alt(**state):
    """Say in a sentence what `draw` shows for the same state."""
    return alt_of(_trained(**state))


def draw_run(run):
    """Draw the decision surface with the points, what each hidden unit answers, and the losses.

    Parameters
    ----------
    run : Run
        Not changed.

    Returns
    -------
    PIL.Image.Image
        Twice `SIZE` pixels, in a few thousandths of a second: matplotlib would be too slow for a film.
    """
    grid = _grid()
    hidden, P = run.network.forward(grid)
    image = _background().copy()
    surface = _colours(2 * P - 1).reshape(_GRID, _GRID, 3)
    plane = Image.fromarray(surface).resize(_pixels(310, 310), Image.Resampling.BILINEAR)
    marks = _marks(*run.problem)
    plane.paste(marks, (0, 0), marks)
    image.paste(plane, _pixels(28, 50))
    _draw_units(image, run.network.activation, hidden)
    draw = ImageDraw.Draw(image)
    _draw_losses(draw, run)
    _text(draw, (28, 8), f"step {run.network.steps}", size=16, bold=True)
    _text(
        draw, (150, 10), f"right: {run.training_accuracy:.0%} of the training points, "
        f"{run.held_out_accuracy:.0%} of the points held out", size=14,
    )  # fmt: skip
    return image


def alt_of(run):
    """Say in a sentence what `draw_run` shows."""
    step, training, held_out = run.curve[-1]
    layers = len(run.network.weights) - 1
    return (
        f"A plane coloured by the network's probability, with the points of two classes; {layers} rows of "
        f"small pictures of what each hidden unit answers; the curves of both losses. After {step} steps "
        f"the training loss is {training:.3f} with {run.training_accuracy:.0%} right, the loss of the points "
        f"held out is {held_out:.3f} with {run.held_out_accuracy:.0%} right."
    )


def _draw_units(image, activation, hidden):
    side, gap = 37, 3
    for i, A in enumerate(hidden):
        limit = max(float(np.abs(A).max()), 1e-9)
        # tanh, ReLU and "none" have a natural zero; the sigmoid's middle is one half.
        shown = 2 * A - 1 if activation == "sigmoid" else A / limit  # (places, units)
        small = _colours(shown.reshape(_GRID, _GRID, -1)[::2, ::2])  # (30, 30, units, 3)
        for k in range(A.shape[1]):
            picture = Image.fromarray(np.ascontiguousarray(small[:, :, k]))
            picture = picture.resize(_pixels(side, side), Image.Resampling.BILINEAR)
            image.paste(picture, _pixels(378 + k * (side + gap), 50 + i * (side + gap)))
    if not hidden:
        _text(ImageDraw.Draw(image), (378, 60), "no hidden layer: logistic regression", size=13)


def _draw_losses(draw, run):
    left, top, width, height = 388, 248, 300, 112
    steps, training, held_out = np.array(run.curve).T
    highest = max(0.8, 1.1 * float(np.max([training[0], held_out[0]])))
    last = max(steps[-1], 100)
    for value in (0.0, 0.25, 0.5, 0.75):
        if value <= highest:
            y = top + height * (1 - value / highest)
            draw.line([_pixels(left, y), _pixels(left + width, y)], "#dddddd", 2)
            _text(draw, (left - 36, y - 8), f"{value:.2f}", size=12)
    for values, colour, dashed in ((held_out, ORANGE, True), (training, BLUE, False)):
        x = left + width * steps / last
        y = top + height * (1 - np.minimum(values, highest) / highest)
        line = [_pixels(*place) for place in zip(x, y, strict=True)]
        _draw_line(draw, line, colour, dashed)
    _text(draw, (left + width, top + height + 5), f"step {last:.0f}", size=12, anchor="ra")
    _text(draw, (left, top + height + 5), "0", size=12)


def _draw_line(draw, line, colour, dashed):
    if len(line) < 2:
        draw.circle(line[0], 5, colour)
    elif not dashed:
        draw.line(line, colour, 4, joint="curve")
    else:
        line = np.array(line, dtype=float)
        length = np.append(0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
        for start in np.arange(0, length[-1], 20):
            at = np.linspace(start, min(start + 12, length[-1]), 4)
            dash = np.column_stack([np.interp(at, length, column) for column in line.T])
            draw.line([tuple(place) for place in dash], colour, 4)


@lru_cache(maxsize=1)
def _background():
    """All that never changes, in the picture's colours and size."""
    image = Image.new("RGB", _pixels(*SIZE), "white")
    draw = ImageDraw.Draw(image)
    _text(draw, (28, 31), "Blue: label 0, orange: label 1, white: unsure", size=13)
    _text(draw, (183, 370), "x", size=13, anchor="ma")
    for x, text in ((43, "−6"), (323, "6")):
        _text(draw, (x, 364), text, size=12, anchor="ma")
    _text(draw, (10, 196), "y", size=13)
    _text(draw, (24, 344), "−6", size=12, anchor="ra")
    _text(draw, (24, 50), "6", size=12, anchor="ra")
    _text(draw, (378, 31), "What each hidden unit answers", size=13)
    for i in range(MOST_LAYERS):
        _text(draw, (371, 61 + 40 * i), f"{i + 1}", size=13, anchor="ra")
        for k in range(MOST_UNITS):
            x, y = 378 + 40 * k, 50 + 40 * i
            draw.rectangle((*_pixels(x, y), *_pixels(x + 37, y + 37)), "#f3f3f3")
    draw.line([_pixels(388, 234), _pixels(416, 234)], BLUE, 4)
    _text(draw, (421, 226), "training loss", size=13)
    for start in range(0, 28, 10):
        draw.line([_pixels(530 + start, 234), _pixels(min(536 + start, 558), 234)], ORANGE, 4)
    _text(draw, (563, 226), "held-out loss", size=13)
    return image


@lru_cache(maxsize=8)
def _marks(data, noise):
    """The training points on nothing; drawn large and made smaller, so that edges are smooth."""
    X, t = make_points(data, noise)
    width, height = _pixels(310, 310)
    marks = Image.new("RGBA", (2 * width, 2 * height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(marks)
    half = len(t) // 2
    for (x, y), label in zip(X[:half], t[:half], strict=True):
        u, v, r = width * (1 + x / _SIDE), height * (1 - y / _SIDE), 15
        if label:
            corners = [(u, v - 1.2 * r), (u - 1.1 * r, v + 0.8 * r), (u + 1.1 * r, v + 0.8 * r)]
            draw.polygon(corners, ORANGE, "white", 3)
        else:
            draw.ellipse((u - r, v - r, u + r, v + r), BLUE, "white", 3)
    return marks.resize((width, height), Image.Resampling.BOX)


@lru_cache(maxsize=1)
def _grid():
    """Places of the decision surface, top row first; (60 * 60, 2)."""
    side = np.linspace(-_SIDE, _SIDE, _GRID)
    x, y = np.meshgrid(side, -side)
    return np.column_stack([x.ravel(), y.ravel()])


def _colours(values):
    """Colours of values in [-1, 1]: blue, white in the middle, orange; shape (...) -> (..., 3), uint8."""
    return _PALETTE(np.nan_to_num(values + 1, nan=1) / 2, bytes=True)[..., :3]


@lru_cache(maxsize=8)
def _font(size, bold):
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / name, size * _SHARPNESS)


def _text(draw, place, text, size, bold=False, anchor="la"):
    draw.text(_pixels(*place), text, "black", _font(size, bold), anchor)


def _pixels(x, y):
    return round(x * _SHARPNESS), round(y * _SHARPNESS)


def _encoded(image):
    """A frame as JPEG: a third of the time and of the bytes that PNG takes."""
    buffer = io.BytesIO()
    image.save(buffer, "jpeg", quality=88, subsampling=0)
    return buffer.getvalue()


# In the browser


class _Film(Screen):
    """An image that says which frame it has shown."""

    _esm = _ESM
    frame = traitlets.Bytes().tag(sync=True)
    format = traitlets.Unicode("image/jpeg").tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    size = traitlets.Tuple(SIZE).tag(sync=True)


class Playground(Explorer):
    """A network that learns while one watches: data, layers, units and more to choose; play, pause, step.

    Attributes
    ----------
    run : Run
        The network in training.
    playing : bool
    """

    few_colours = False  # The plane fades from colour to colour.

    def __init__(self):
        self._built_from = None
        self._seed = 0
        self._play = ipywidgets.ToggleButton(value=False, description="Play", icon="play")
        self._step = ipywidgets.Button(description="Step", icon="step-forward")
        self._again = ipywidgets.Button(description="New weights", icon="refresh")
        explain = {
            self._play: "Train, or pause.",
            self._step: f"Train {STEPS_PER_FRAME} steps.",
            self._again: "Start again from other random weights.",
        }
        for button, tooltip in explain.items():
            button.tooltip = tooltip
            button.layout.width = "92px"
        self._again.layout.width = "136px"
        buttons = ipywidgets.Box([self._play, self._step, self._again], layout={"flex_flow": "row wrap"})
        super().__init__(draw, alt, _controls(), {"regularisation": buttons}, screen=_Film())
        self._play.observe(self._on_play, names="value")
        self._step.on_click(lambda _: self.step())
        self._again.on_click(lambda _: self.start_again())
        self._screen.on_msg(self._on_shown)

    @property
    def state(self):
        """What `draw` gets: the controls' values and the seed of the initial weights."""
        return {**super().state, "seed": self._seed}

    @property
    def playing(self):
        return self._play.value

    @playing.setter
    def playing(self, value):
        self._play.value = value

    def step(self):
        """Train one frame's steps and show it."""
        self.run.advance()
        self._show()

    def start_again(self):
        """Start from other random weights."""
        self._seed += 1
        self._redraw()

    def _redraw(self):
        state = self.state
        # These two take effect in the middle of a run.
        on_the_way = {name: state[name] for name in ("learning_rate", "regularisation")}
        built_from = {name: value for name, value in state.items() if name not in on_the_way}
        if self._built_from != built_from:
            self._built_from, self.run = built_from, Run(**state)
        self.run.learning_rate, self.run.regularisation = on_the_way.values()
        self._show()

    def _show(self):
        self._screen.show(frame=_encoded(draw_run(self.run)), alt=alt_of(self.run))

    def _on_play(self, change):
        self._play.description, self._play.icon = ("Pause", "pause") if change["new"] else ("Play", "play")
        if change["new"]:
            self.step()

    def _on_shown(self, _, content, buffers):
        # Only the newest frame counts: of two views of this playground, the first one sets the pace.
        if self.playing and content.get("shown") == self._screen.number:
            self.step()


def _controls():
    strengths = [(f"{value:g}" if value else "none", value) for value in STRENGTHS]
    regularisation = ipywidgets.SelectionSlider(value=0.0, options=strengths, description="Regularisation λ")
    about_units = "Number of units in each hidden layer."
    about_layers = "Number of hidden layers; 0 is logistic regression."
    about_price = "Price of large weights: λ/2 times the sum of their squares is added to the loss."
    return {
        "data": choice("Data", DATA_SETS, "Which points to part."),
        "noise": slider("Noise (%)", 10, 0, 50, "How far the points are shifted at random.", step=5),
        "layers": slider("Hidden layers", 1, 0, MOST_LAYERS, about_layers),
        "units": slider("Units per layer", 4, 1, MOST_UNITS, about_units),
        "activation": choice("Activation", list(ACTIVATIONS), "What each hidden unit does with its sum."),
        "learning_rate": power_slider("Learning rate", 0.01, -4, 0, "Length of Adam's steps.", step=0.25),
        "regularisation": labelled(regularisation, about_price),
    }


def _polar(radius, angle):
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
