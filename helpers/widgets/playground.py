"""Chapter 03's playground: a small network learns to part the plane while one watches and turns its knobs.

The kernel trains (NumPy) and draws (Pillow); the browser shows one frame and says so, and only then the next
one is made. So there is never more than one frame under way: a pause takes effect at once, a slow browser
gets fewer frames instead of old ones, and a closed page stops the training.
"""

import io
import math
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path

import ipywidgets
import matplotlib as mpl
import numpy as np
import traitlets
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from PIL import Image, ImageDraw, ImageFont

from helpers.plotting import BLACK, BLUE, GREEN, ORANGE
from helpers.widgets import controls
from helpers.widgets.explorer import SHARPNESS, Explorer, new_figure
from helpers.widgets.letters import counted, written

DATA_SETS = ("circle", "XOR", "spirals", "blobs")
# What a hidden unit does with its sum F, and the slope of that as computed from the result A.
ACTIVATIONS = {
    "tanh": (np.tanh, lambda A: 1 - A * A),
    "ReLU": (lambda F: np.maximum(F, 0), lambda A: A > 0),
    "sigmoid": (lambda F: 0.5 * (1 + np.tanh(F / 2)), lambda A: A * (1 - A)),
    "none": (lambda F: F, np.ones_like),
}
# What the network may see of a point besides x and y.
FEATURES = {
    "x²": lambda x, y: x * x / 9,
    "y²": lambda x, y: y * y / 9,
    "xy": lambda x, y: x * y / 9,
    "sin x": lambda x, y: np.sin(x),
    "sin y": lambda x, y: np.sin(y),
}
STRENGTHS = (0.0, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1)  # Of the regularisation, to choose from.
MOST_LAYERS, MOST_UNITS = 4, 8
STEPS_PER_FRAME, STILL_FRAMES = 20, 20
FARTHEST = 10  # Largest coordinate of a point of one's own, and of the plane.
SIZE = (700, 400)  # Width and height of the picture in pixels on the page.
_PLANE = (32, 50, 310)  # Left, top and side of the plane in the picture, in pixels on the page.
_NETWORK = (414, 66, 280, 196)  # Left, top, width and height of the network's units.
_LOSSES = (404, 298, 288, 76)
_CURVES = (("held-out loss", 546, GREEN, True), ("training loss", 404, BLACK, False))  # Dashed or not.
_POINTS = 200  # Half of them to train on, half held out.
_MOST_LOSSES = 400  # Kept for the curve; the older ones are thinned out, so that memory stays bounded.
_GRID = 90  # Places each way at which the network is asked for the decision surface.

# Not the full colour at the ends: the points have that.
_ENDS = [0.35 + 0.65 * np.array(to_rgb(colour)) for colour in (BLUE, "white", ORANGE)]
_PALETTE = LinearSegmentedColormap.from_list("plane", _ENDS)
_WIRES = LinearSegmentedColormap.from_list("wires", (BLUE, "white", ORANGE))


@lru_cache(maxsize=32)
def make_points(data, noise):
    """Draw the points X (200, 2) and labels t (200,), 0 and 1, of a data set, the same ones at each call.

    The noise, 0 to 50 per cent, shifts them. The first half is for training, the second is held out. Not to
    be written to: they are kept for the next call. After the data sets of D. Smilkov and S. Carter's
    TensorFlow Playground (2016).
    """
    rng = np.random.default_rng(3)
    t = np.arange(_POINTS) % 2.0
    part = rng.random(_POINTS)
    angle = 2 * math.pi * rng.random(_POINTS)
    shift = rng.standard_normal((_POINTS, 2)) * noise / 100
    if data == "circle":
        X = _polar(np.where(t == 1, 2.3 * np.sqrt(part), 3.4 + 1.4 * part), angle) + 2.0 * shift
    elif data == "XOR":
        X = rng.uniform(0.4, 4.8, (_POINTS, 2)) * rng.choice([-1.0, 1.0], (_POINTS, 2))
        # Opposite quadrants share a label: move a point whose quadrant has the other one.
        X[:, 0] *= np.where((X[:, 0] * X[:, 1] > 0) == (t == 0), 1, -1)
        X += 2.5 * shift
    elif data == "spirals":
        X = _polar(0.4 + 4.6 * part, 3.5 * math.pi * part + math.pi * t) + shift
    elif data == "blobs":
        X = np.where(t[:, None] == 1, 2.0, -2.0) + 0.8 * rng.standard_normal((_POINTS, 2)) + 4.0 * shift
    else:
        raise ValueError(f"data is {data!r}; expected one of {', '.join(DATA_SETS)}")
    return X, t


def _polar(radius, angle):
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])


class Network:
    """Dense layers that give P(label 1) of points in the plane, trained with Adam.

    Without hidden layers it is logistic regression. The activation is one of `ACTIVATIONS`; of `FEATURES`, it
    sees those named, besides x and y. The seed draws the initial weights.
    """

    def __init__(self, layers, units, activation, seed=0, features=()):
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation is {activation!r}; expected one of {', '.join(ACTIVATIONS)}")
        if isinstance(features, str) or not set(features) <= set(FEATURES):
            raise ValueError(f"features is {features!r}; expected names in a tuple, such as ('x²', 'y²')")
        if layers < 0 or layers and units < 1:
            raise ValueError(f"layers is {layers} and units {units}; expected 0 or more, and 1 or more")
        rng = np.random.default_rng(seed)
        sizes = [2 + len(features)] + [units] * layers + [1]
        gain = 2.0 if activation == "ReLU" else 1.0
        self.features, self.steps = features, 0
        self._functions = [ACTIVATIONS[name] for name in [activation] * layers + ["sigmoid"]]
        self.weights = [rng.normal(0, math.sqrt(gain / n), (n, m)) for n, m in pairwise(sizes)]
        self.biases = [np.zeros(m) for m in sizes[1:]]
        self._parameters = self.weights + self.biases
        self._moments = [np.zeros((2, *p.shape)) for p in self._parameters]

    def forward(self, X):
        """List what all layers make of points (n, 2): (n, 2 + features), each (n, units), and P (n, 1)."""
        # The plane's -6 … 6 become -2 … 2, which suits the initial weights.
        columns = [np.column_stack([X / 3, *(FEATURES[name](*X.T) for name in self.features)])]
        for W, b, (activate, _) in zip(self.weights, self.biases, self._functions, strict=True):
            columns.append(activate(columns[-1] @ W + b))  # (n, units), at last (n, 1)
        return columns

    def train(self, X, t, steps, learning_rate, regularisation=0.0):
        """Make steps of Adam on the cross-entropy of all points plus λ/2 times the sum of squared weights."""
        for _ in range(steps):
            self.steps += 1
            # Adam's correction for means that start at zero.
            rate = learning_rate * math.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)
            gradients = self.gradients(X, t, regularisation)
            for p, g, (mean, square) in zip(self._parameters, gradients, self._moments, strict=True):
                mean += 0.1 * (g - mean)
                square += 0.001 * (g * g - square)
                p -= rate * mean / (np.sqrt(square) + 1e-7)

    def gradients(self, X, t, regularisation=0.0):
        """List the slopes of the error that `train` goes down: for all weights, then for all biases."""
        *inputs, P = self.forward(X)
        D = (P - t[:, None]) / len(t)  # (n, 1)
        for_weights, for_biases = [], []
        for i in reversed(range(len(self.weights))):
            for_weights.append(inputs[i].T @ D + regularisation * self.weights[i])
            for_biases.append(D.sum(axis=0))
            if i:
                D = (D @ self.weights[i].T) * self._functions[i - 1][1](inputs[i])  # (n, units)
        return for_weights[::-1] + for_biases[::-1]


class Run:
    """A network in training, with the curve of its losses.

    Parameters
    ----------
    data, noise, layers, units, activation, learning_rate, regularisation
        As the playground's controls give them.
    seed, features
        As for `Network`.
    own : sequence of (x, y, label)
        Points to train on besides those of the data set.

    Attributes
    ----------
    training_accuracy, held_out_accuracy : float
    curve : list of (step, training loss, held-out loss)
    """

    def __init__(
        self, data, noise, layers, units, activation, learning_rate=0.01, regularisation=0.0, seed=0,
        features=(), own=(),
    ):  # fmt: skip
        self.problem, self.activation = (data, noise), activation
        self.network = Network(layers, units, activation, seed, features)
        self.learning_rate, self.regularisation, self.own = learning_rate, regularisation, own
        self.names = names_of(layers, units, features)
        self.curve = []
        self._measure()

    @property
    def training(self):
        """Points to train on, (n, 2), and their labels; those of one's own come last."""
        own = np.reshape(self.own, (-1, 3))
        X, t = (array[: _POINTS // 2] for array in make_points(*self.problem))
        return np.concatenate([X, own[:, :2]]), np.append(t, own[:, 2])

    def advance(self, steps=STEPS_PER_FRAME):
        """Train for some steps, then measure both losses."""
        self.network.train(*self.training, steps, self.learning_rate, self.regularisation)
        self._measure()

    def _measure(self):
        found = []
        for X, t in (self.training, [array[_POINTS // 2 :] for array in make_points(*self.problem)]):
            P = self.network.forward(X)[-1][:, 0]
            right = np.clip(np.where(t == 1, P, 1 - P), 1e-12, 1)
            found.append(((right > 0.5).mean(), -np.log(right).mean()))
        (self.training_accuracy, training), (self.held_out_accuracy, held_out) = found
        self.curve.append((self.network.steps, training, held_out))
        if len(self.curve) > _MOST_LOSSES:
            self.curve = self.curve[:-1:2] + self.curve[-1:]


def names_of(layers, units, features):
    """Name what computes something: a list for the inputs, for each hidden layer, and for the output."""
    hidden = [[f"layer {i}, unit {k}" for k in range(1, units + 1)] for i in range(1, layers + 1)]
    return [[f"input {name}" for name in ("x", "y", *features)], *hidden, ["output"]]


def read_point(text):
    """Read a point as people type it, "2, -1", "0,5 1,5", "(2; −1)"; None if it is none, or too far."""
    parts = text.replace(";", " ").split()
    parts = parts if len(parts) > 1 else text.split(",")
    numbers = [controls.read_number(part.strip("(,)")) for part in parts if part != ","]
    if len(numbers) != 2 or any(number is None or abs(number) > FARTHEST for number in numbers):
        return None
    return tuple(numbers)


@lru_cache(maxsize=4)
def _trained(**state):
    run = Run(**state)
    for _ in range(STILL_FRAMES):
        run.advance()
    return run


def draw(unit="output", point="", **state):
    """Draw a `Run` of a state after `STILL_FRAMES` frames; the film draws its own frames of a `Run`."""
    fig = new_figure(SIZE[1] / 100, SIZE[0] / 100)
    ax = fig.add_axes((0, 0, 1, 1))
    ax.imshow(draw_run(_trained(**state), unit, point), aspect="auto", interpolation="nearest")
    ax.axis("off")
    return fig


def alt(unit="output", point="", **state):
    """Say in a sentence what `draw` shows for the same state."""
    return alt_of(_trained(**state), unit, point)


def draw_run(run, unit="output", point=""):
    """Draw what a unit computes on the plane with the points, the network, and the losses.

    The unit is one of the run's `names`, the point a place to ask the network about, for `read_point`. It is
    a PIL image of twice `SIZE` pixels, in a hundredth of a second: matplotlib would be too slow for a film.
    """
    image, side = _background().copy(), _side_of(run, point)
    draw = ImageDraw.Draw(image)
    shades, scales = _shades(run, run.network.forward(_grid(side)))
    j, k = next((j, names.index(unit)) for j, names in enumerate(run.names) if unit in names)
    _draw_plane(image, run, shades[j][:, k], side, read_point(point))
    _draw_network(image, run, shades, unit)
    _draw_losses(draw, run)
    _text(draw, (32, 7), f"step {run.network.steps}", size=16, bold=True)
    _text(draw, (182, 9), f"training points: {run.training_accuracy:.0%} right", size=14)
    _text(draw, (436, 9), f"points held out: {run.held_out_accuracy:.0%} right", size=14)
    middle, reach = scales[j]
    low, middle, high = (written(middle + sign * reach) for sign in (-1, 0, 1))
    shown = f"{unit}: blue {low}, white {middle}, orange {high}"
    if unit == "output":
        shown = "Blue: label 0, orange: label 1, white: unsure"
    _text(draw, (32, 30), shown)
    _text(draw, (32, 380), _said_of(run, point, "click or type a point: what is P there?"))
    return image


def alt_of(run, unit="output", point=""):
    """Say in a sentence what `draw_run` shows."""
    step, training, held_out = run.curve[-1]
    (inputs, *hidden, _) = run.names
    shown = "the network's probability" if unit == "output" else f"what {unit} answers"
    seen = ", ".join(name.removeprefix("input ") for name in inputs)
    return (
        f"A plane coloured by {shown}, with the points of two classes, filled to train on, hollow held out; "
        f"the network from {seen} over {counted(len(hidden), 'column')} of hidden units to the output, each "
        f"a small picture, lines as wide as its weights; the curves of both losses. After {step} steps the "
        f"training loss is {training:.3f} with {run.training_accuracy:.0%} right, the loss of the points "
        f"held out is {held_out:.3f} with {run.held_out_accuracy:.0%} right; "
        f"{_said_of(run, point, 'no point is asked about')}."
    )


def found_at(run, x, y, point=""):
    """Say what a place, in pixels on the page, stands for: {"unit": name}, {"point": as typed}, or {}."""
    for names, (left, tops, side) in zip(run.names, _boxes(run), strict=True):
        for name, top in zip(names, tops, strict=True):
            if left - 2 <= x <= left + side + 2 and top - 2 <= y <= top + side + 2:
                return {"unit": name}
    left, top, size = _PLANE
    shares = 2 * (x - left) / size - 1, 1 - 2 * (y - top) / size
    if max(np.abs(shares)) > 1:
        return {}
    return {"point": ", ".join(written(round(share * _side_of(run, point), 1)) for share in shares)}


def _said_of(run, point, otherwise):
    """Say what the network answers at a point."""
    place, said = read_point(point), otherwise
    if place is not None:
        P = run.network.forward(np.array([place]))[-1].item()
        said = f"at ({written(place[0])}, {written(place[1])}): P(label 1) = {P:.2f}"
    elif point.strip():
        said = f"type two numbers, −{FARTHEST} to {FARTHEST}"
    return said + ("; black edge: yours" if run.own else "")


def _side_of(run, point):
    """How far the plane goes both ways: all points are in it."""
    places = [make_points(*run.problem)[0], run.training[0], [read_point(point) or (0, 0)]]
    return min(max(6, math.ceil(np.abs(np.concatenate(places)).max() + 0.2)), FARTHEST)


def _shades(run, columns):
    """Bring answers to [-1, 1]; say for each column what is 0 there, and how far it is from 0 to 1."""
    scales = []
    for j, A in enumerate(columns):
        # tanh, ReLU and "none" have a natural zero; the middle of a sigmoid is one half.
        is_share = j == len(columns) - 1 or (j and run.activation == "sigmoid")
        scales.append((0.5, 0.5) if is_share else (0.0, max(float(np.abs(A).max()), 1e-9)))
    return [(A - middle) / reach for A, (middle, reach) in zip(columns, scales, strict=True)], scales


def _boxes(run):
    """Where the units' pictures are, for each column: left, list of tops, side, in pixels on the page."""
    left, top, width, height = _NETWORK
    pitch = min(height / max(map(len, run.names)), 44)
    side = int(pitch) - 4
    for j, names in enumerate(run.names):
        above = top + (height - pitch * len(names)) / 2
        tops = [round(above + pitch * k) + 2 for k in range(len(names))]
        yield round(left + (width - side) * j / (len(run.names) - 1)), tops, side


def _draw_plane(image, run, values, side, place):
    left, top, size = _PLANE
    surface = _colours(values).reshape(_GRID, _GRID, 3)
    plane = Image.fromarray(surface).resize(_pixels(size, size), Image.Resampling.BILINEAR)
    marks = _marks(*run.problem, side)
    plane.paste(marks, (0, 0), marks)
    draw = ImageDraw.Draw(plane)
    for x, y, label in run.own:
        _mark(draw, _on_plane((x, y), side, plane.width), 10, label, edge=BLACK)
    if place is not None:
        u, v = _on_plane(place, side, plane.width)
        for colour, r, width in (("white", 18, 12), (BLACK, 16, 6)):
            draw.line((u - r, v, u + r, v), colour, width)
            draw.line((u, v - r, u, v + r), colour, width)
    image.paste(plane, _pixels(left, top))
    draw = ImageDraw.Draw(image)
    for share, text in ((0, f"−{side}"), (1, f"{side}")):
        _text(draw, (left + 8 + (size - 16) * share, 362), text, anchor="ma")
        _text(draw, (left - 3, top + (size - 16) * (1 - share)), text, anchor="ra")


def _draw_network(image, run, shades, unit):
    draw, boxes, weights = ImageDraw.Draw(image), [*_boxes(run)], run.network.weights
    largest = max(1e-9, *(np.abs(W).max() for W in weights))
    for W, ((left, tops, side), (right, next_tops, _)) in zip(weights, pairwise(boxes), strict=True):
        strength = np.abs(W) / largest
        colours = _colours(np.sign(W) * (0.2 + 0.8 * strength), _WIRES)
        for place in strength.argsort(axis=None):  # Strong on top.
            a, b = divmod(place, W.shape[1])
            ends = _pixels(left + side, tops[a] + side / 2), _pixels(right, next_tops[b] + side / 2)
            draw.line(ends, tuple(colours[a, b].tolist()), 1 + round(7 * strength[a, b]))
    for j, (values, names, (left, tops, side)) in enumerate(zip(shades, run.names, boxes, strict=True)):
        title = {0: "inputs", len(boxes) - 1: "output"}.get(j, f"{j}")
        _text(draw, (min(left + side / 2, SIZE[0] - 30), 48), title, anchor="ma")
        small = _colours(values.reshape(_GRID, _GRID, -1)[::3, ::3])  # (30, 30, units, 3)
        for k, (name, top) in enumerate(zip(names, tops, strict=True)):
            picture = Image.fromarray(np.ascontiguousarray(small[:, :, k]))
            image.paste(picture.resize(_pixels(side, side), Image.Resampling.BILINEAR), _pixels(left, top))
            corners = (*_pixels(left - 1, top - 1), *_pixels(left + side, top + side))
            draw.rectangle(corners, None, *((BLACK, 5) if name == unit else ("#999999", 2)))
            if j == 0:
                _text(draw, (left - 5, top + side / 2), name.removeprefix("input "), anchor="rm")


def _draw_losses(draw, run):
    left, top, width, height = _LOSSES
    steps, training, held_out = np.array(run.curve).T
    highest = max(0.8, 1.05 * float(np.max([training, held_out])))
    last = max(steps[-1], 100)
    step = next(step for step in (0.25, 0.5, 1, 2, 5, 10) if highest < 4 * step)
    for value in np.arange(0, highest, step):
        y = top + height * (1 - value / highest)
        draw.line([_pixels(left, y), _pixels(left + width, y)], "#dddddd", 2)
        _text(draw, (left - 6, y), f"{value:g}", anchor="rm")
    for values, (_, _, colour, dashed) in zip((held_out, training), _CURVES, strict=True):
        places = zip(left + width * steps / last, top + height * (1 - values / highest), strict=True)
        _draw_line(draw, [_pixels(*place) for place in places], colour, dashed)
    _text(draw, (left + width, top + height + 5), f"step {last:.0f}", anchor="ra")
    _text(draw, (left, top + height + 5), "0")


def _draw_line(draw, line, colour, dashed):
    if len(line) < 2:
        draw.circle(line[0], 5, colour)
    elif not dashed:
        draw.line(line, colour, 4, joint="curve")
    else:
        x, y = np.transpose(line)
        length = np.append(0, np.cumsum(np.hypot(np.diff(x), np.diff(y))))
        for start in np.arange(0, length[-1], 20):
            at = np.linspace(start, min(start + 12, length[-1]), 4)
            draw.line([*zip(np.interp(at, length, x), np.interp(at, length, y), strict=True)], colour, 4)


@lru_cache(maxsize=1)
def _background():
    """All that never changes, in the picture's colours and size."""
    image = Image.new("RGB", _pixels(*SIZE), "white")
    draw = ImageDraw.Draw(image)
    for x, hollow in ((149, False), (403, True)):
        for label in (0, 1):
            _mark(draw, _pixels(x + 16 * label, 18), 10, label, hollow)
    _text(draw, (187, 362), "x", anchor="ma")
    _text(draw, (10, 196), "y")
    _text(draw, (384, 30), "Point at a unit; weights: orange > 0, blue < 0")
    for name, x, colour, dashed in _CURVES:
        _draw_line(draw, [_pixels(x, 281), _pixels(x + 28, 281)], colour, dashed)
        _text(draw, (x + 33, 281), name, anchor="lm")
    return image


@lru_cache(maxsize=8)
def _marks(data, noise, side):
    """All points on nothing; drawn large and made smaller, so that edges are smooth."""
    X, t = make_points(data, noise)
    size, _ = _pixels(_PLANE[2], 0)
    marks = Image.new("RGBA", (2 * size, 2 * size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(marks)
    for i in reversed(range(len(t))):  # The points to train on lie on top.
        _mark(draw, _on_plane(X[i], side, 2 * size), 15, t[i], hollow=i >= len(t) // 2)
    return marks.resize((size, size), Image.Resampling.BOX)


def _mark(draw, place, r, label, hollow=False, edge="white"):
    """Draw a point: a triangle for label 1, else a disc."""
    (u, v), colour = place, ORANGE if label else BLUE
    colours = ("white", colour, r // 3) if hollow else (colour, edge, r // 5)
    if label:
        draw.polygon([(u, v - 1.2 * r), (u - 1.1 * r, v + 0.8 * r), (u + 1.1 * r, v + 0.8 * r)], *colours)
    else:
        draw.ellipse((u - r, v - r, u + r, v + r), *colours)


def _on_plane(place, side, size):
    """Where a point is on a picture of the plane, in pixels."""
    x, y = place
    return size / 2 * (1 + x / side), size / 2 * (1 - y / side)


@lru_cache(maxsize=8)
def _grid(side):
    """Places of the decision surface, top row first; (90 * 90, 2)."""
    ends = np.linspace(-side, side, _GRID)
    x, y = np.meshgrid(ends, -ends)
    return np.column_stack([x.ravel(), y.ravel()])


def _colours(values, palette=_PALETTE):
    """Colours of values in [-1, 1]: blue, white in the middle, orange; shape (...) -> (..., 3), uint8."""
    return palette(np.nan_to_num(values + 1, nan=1) / 2, bytes=True)[..., :3]


@lru_cache(maxsize=8)
def _font(size, bold):
    file = Path(mpl.get_data_path(), "fonts/ttf", f"DejaVuSans{'-Bold' if bold else ''}.ttf")
    return ImageFont.truetype(file, size * SHARPNESS)


def _text(draw, place, text, size=13, bold=False, anchor="la"):
    draw.text(_pixels(*place), text, "black", _font(size, bold), anchor)


def _pixels(x, y):
    return round(x * SHARPNESS), round(y * SHARPNESS)


def _encoded(image):
    """A frame as JPEG: a third of the time and of the bytes that PNG takes."""
    buffer = io.BytesIO()
    image.save(buffer, "jpeg", quality=80, subsampling=0)
    return buffer.getvalue()


class _Film(controls.Screen):
    """An image that says which frame it has shown."""

    _esm = controls.joined("paced.js", "playground.js")
    frame = traitlets.Bytes().tag(sync=True)
    format = traitlets.Unicode("image/jpeg").tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    size = traitlets.Tuple(SIZE).tag(sync=True)


class Playground(Explorer):
    """A network that learns while one watches: data, layers, units and more to choose; play, pause, step.

    Pointing at a unit in the picture shows what it computes on the plane, a click chooses it; a click on the
    plane asks the network about that point. `run` is the `Run` in training.
    """

    few_colours = False  # The plane fades from colour to colour.

    def __init__(self):
        self._built_from, self._seed, self._own = None, 0, ()
        self._play = _button("Play", "Train, or pause.", 92, "play", ipywidgets.ToggleButton)
        self._step = _button("Step", f"Train {STEPS_PER_FRAME} steps.", 92, "step-forward")
        self._again = _button("New weights", "Start again from other random weights.", 136, "refresh")
        self._add = [_button(f"Add as {k}", f"Train on your point, too, with label {k}.", 92) for k in (0, 1)]
        self._remove = _button("Remove mine", "Take all points of your own away again.", 120)
        rows = {"regularisation": [self._play, self._step, self._again], "point": [*self._add, self._remove]}
        wrap = {"flex_flow": "row wrap"}
        buttons = {name: ipywidgets.Box(row, layout=wrap) for name, row in rows.items()}
        super().__init__(draw, alt, _controls(), buttons, screen=_Film())
        self._play.observe(self._on_play, names="value")
        self._step.on_click(lambda _: self.step())
        for button in (self._again, *self._add, self._remove):
            button.on_click(self._on_button)
        self._screen.on_msg(self._on_message)

    @property
    def state(self):
        """What `draw` gets: values of the controls, features that are ticked, seed, points of one's own."""
        values = super().state
        features = tuple(name for name in FEATURES if values.pop(name))
        return {**values, "features": features, "seed": self._seed, "own": self._own}

    def step(self):
        """Train one frame's steps and show it."""
        self.run.advance()
        self._show()

    def _on_button(self, button):
        place = read_point(self.controls["point"].value)
        if button is self._again:
            self._seed += 1
        elif button is self._remove:
            self._own = ()
        elif place is not None:
            self._own += ((*place, self._add.index(button)),)
        self._redraw()

    def _follow(self, control):
        unit, state = self.controls["unit"], self.state
        names = tuple(chain(*names_of(state["layers"], state["units"], state["features"])))
        if unit.options != names:
            unit.options, unit.value = names, unit.value if unit.value in names else "output"

    def _redraw(self):
        state = self.state
        self._view = {name: state.pop(name) for name in ("unit", "point")}
        # These take effect in the middle of a run.
        on_the_way = {name: state.pop(name) for name in ("learning_rate", "regularisation", "own")}
        if self._built_from != state:
            self._built_from, self.run, self._pointed = state, Run(**state, **on_the_way), None
        for name, value in on_the_way.items():
            setattr(self.run, name, value)
        self._show()

    def _show(self):
        view = self._view | ({"unit": self._pointed} if self._pointed else {})
        self._screen.show(frame=_encoded(draw_run(self.run, **view)), alt=alt_of(self.run, **view))

    def _on_play(self, change):
        self._play.description, self._play.icon = ("Pause", "pause") if change["new"] else ("Play", "play")
        if change["new"]:
            self.step()

    def _on_message(self, _, content, buffers):
        if "shown" in content:
            # Only the newest frame counts: of two views of this playground, the first one sets the pace.
            if self._play.value and content["shown"] == self._screen.number:
                self.step()
            return
        ((kind, shares),) = content.items()
        x, y = (share * pixels for share, pixels in zip(shares, SIZE, strict=True))
        found = found_at(self.run, x, y, self._view["point"])
        if kind == "pressed":
            self.set(**found)
        elif found.get("unit") != self._pointed:
            self._pointed = found.get("unit")
            self._show()


def _controls():
    strengths = [(f"{value:g}" if value else "none", value) for value in STRENGTHS]
    about_layers = "Number of hidden layers; 0 is logistic regression."
    about_units = "Number of units in each hidden layer."
    about_activation = "What each hidden unit does with its sum."
    about_price = "Price of large weights: λ/2 times the sum of their squares is added to the loss."
    about_unit = "What colours the plane: the network's probability, or what one of its units answers."
    about_point = "A place of the plane, such as 2, −1; a click on the plane types it."
    ticks = {name: controls.tick(name, f"Let the network see {name}, too.") for name in FEATURES}
    for box in ticks.values():
        box.layout.width = "62px"
    return {
        "data": controls.choice("Data", DATA_SETS, "Which points to part."),
        "noise": controls.slider("Noise (%)", 10, 0, 50, "How far the points are shifted at random.", step=5),
        "layers": controls.slider("Hidden layers", 1, 0, MOST_LAYERS, about_layers),
        "units": controls.slider("Units per layer", 4, 1, MOST_UNITS, about_units),
        "activation": controls.choice("Activation", list(ACTIVATIONS), about_activation),
        "learning_rate": controls.power_slider("Learning rate", 0.01, -4, 0, "Length of Adam's steps.", 0.25),
        "regularisation": controls.stops("Regularisation λ", strengths, about_price, 0.0),
        **ticks,
        "unit": controls.choice("Plane shows", [*chain(*names_of(1, 4, ()))], about_unit, "output"),
        "point": controls.text_field("Point x, y", "", about_point, placeholder="2, −1"),
    }


def _button(description, tooltip, width, icon="", kind=ipywidgets.Button):
    return kind(description=description, tooltip=tooltip, icon=icon, layout={"width": f"{width}px"})
