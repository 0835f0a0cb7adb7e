"""Chapter 04's stepper: a small network, values forward and gradients backward, one node at a time."""

from functools import partial

import numpy as np
from matplotlib.patches import FancyBboxPatch

from helpers.plotting import BLACK, BLUE, RED
from helpers.synthetic.colours import COLOUR_NAMES
from helpers.widgets.controls import choice, play_button, slider
from helpers.widgets.explorer import Explorer, kept, new_figure

_RGB = {"pink": (233, 63, 127), "leaf": (60, 180, 40), "sky": (40, 120, 230), "black": (0, 0, 0)}
COLOURS = {f"{name} {rgb}": rgb for name, rgb in _RGB.items()}  # RGB from 0 to 255.
# After the input: four nodes forward, four backward, the change of the weights, forward once more.
STEPS = 10
LEARNING_RATE = 0.5  # Length of the step at the end, as a multiple of the gradient.

_W1 = np.array([[0.8, -0.5], [-0.6, 0.9], [-0.4, -0.7]])
_B1 = np.array([0.1, 0.3])
_W2 = np.array([[1.0, -0.4, -0.3], [-0.5, 0.8, 0.6]])
_B2 = np.array([0.0, 0.0, 0.1])
_LINE, _PITCH = 17, 54  # Pixels from row to row and from column to column.
_NODES = ("Affine 1", "ReLU", "Affine 2", "Softmax +\ncross-entropy")
_CENTRES, _EDGES, _CHAIN = (140, 285, 430, 580), (42, 217, 352, 494, 668), 300
_LEFT = {"1": 4, "2": 290}  # Where the weights of either node begin.


def passes(colour, right, weight):
    """Compute both passes through the network Affine, ReLU, Affine, softmax with cross-entropy.

    The colour is RGB from 0 to 255, `right` the name of its class, the weight W1[0, 0]. Returns arrays by
    name: x (3,), a and h (2,), f, y and t (3,), E (); W1 (3, 2), b1 (2,), W2 (2, 3), b2 (3,); the gradients
    of E, dx to db2; after one step of gradient descent with `LEARNING_RATE` new_W1 to new_b2, new_a to new_E.
    """
    parameters = {"W1": _W1.copy(), "b1": _B1, "W2": _W2, "b2": _B2}
    parameters["W1"][0, 0] = weight
    x, t = np.asarray(colour) / 255, np.eye(3)[COLOUR_NAMES.index(right)]
    values = parameters | {"x": x, "t": t} | _forward(x, t, **parameters)
    values["df"] = values["db2"] = df = values["y"] - t
    values["dW2"] = np.outer(values["h"], df)
    values["dh"] = values["W2"] @ df
    values["da"] = values["db1"] = da = np.where(values["a"] > 0, values["dh"], 0.0)
    values["dW1"] = np.outer(x, da)
    values["dx"] = values["W1"] @ da
    new = {name: old - LEARNING_RATE * values[f"d{name}"] for name, old in parameters.items()}
    new |= _forward(x, t, **new)
    return values | {f"new_{name}": array for name, array in new.items()}


def _forward(x, t, W1, b1, W2, b2):
    a = x @ W1 + b1
    h = np.maximum(0, a)
    f = h @ W2 + b2
    exponentials = np.exp(f - f.max())
    y = exponentials / exponentials.sum()
    return {"a": a, "h": h, "f": f, "y": y, "E": -np.log((y * t).sum())}


def frame(colour, right="red", weight=np.nan):
    """Draw what stays from step to step, on one axes in pixels: the graph, the input, the weights.

    With the right class and W1[0, 0] these are the changed weights, else the first ones without W1[0, 0].
    """
    prefix = "" if np.isnan(weight) else "new_"
    values = passes(COLOURS[colour], right, weight)
    fig = new_figure(height=4.4)
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 700), ylim=(0, 440))
    ax.axis("off")
    ax.plot((62, 655), (_CHAIN, _CHAIN), color="0.6", linewidth=1.5, zorder=0)
    for place in range(len(_NODES)):
        _draw_box(ax, place, facecolor="white", linewidth=1.2)
    ax.plot(42, _CHAIN, "s", markersize=19, color=np.asarray(COLOURS[colour]) / 255, markeredgecolor=BLACK)
    _column(ax, _EDGES[0], "x", values["x"])
    for number, place in (("1", 0), ("2", 2)):
        _draw_wires(ax, values[f"{prefix}W{number}"], place)
        _draw_parameters(ax, values, prefix, number, _LEFT[number], BLUE)
    return fig


def draw(colour, right, weight, step, frame=frame):
    """Draw the graph for a key of `COLOURS` and W1[0, 0] with what is known after a step, on a frame."""
    values = passes(COLOURS[colour], right, weight)
    fig = frame(colour, right, weight) if step >= STEPS - 1 else frame(colour)
    (ax,) = fig.axes
    if step < STEPS - 1:
        alone = np.full_like(_W1, np.nan)
        alone[0, 0] = weight
        _draw_wires(ax, alone, 0)
        _draw_numbers(ax, alone, _LEFT["1"], 162, BLUE)
    title, lines = _explanation(values, right, step)
    _write(ax, 10, 415, title, ha="left", fontsize=14, weight="bold")
    _write(ax, 690, 415, f"step {step} of {STEPS}", ha="right")
    _draw_values(ax, values, step)
    for number, step_back in (("1", 8), ("2", 6)):
        if step_back <= step < STEPS:
            beside = _LEFT[number] + _PITCH * values[f"W{number}"].shape[1] + 12
            _draw_parameters(ax, values, "d", number, beside, RED)
    for i, line in enumerate(lines):
        _write(ax, 10, 43 - 24 * i, line, ha="left")
    return fig


def alt(colour, right, weight, step):
    """Say in a sentence what `draw` shows for the same state."""
    title, lines = _explanation(passes(COLOURS[colour], right, weight), right, step)
    said = f"{title}. {' '.join(lines)}"
    # The marks of mathematical type mean nothing here.
    marks = {"$": "", "\\cdot": "·", "\\max": "max", "\\leftarrow": "←", "\\, ": " ", "^T": "ᵀ", "_": ""}
    for mark, sign in marks.items():
        said = said.replace(mark, sign)
    state = f"the colour {colour}, right class {right}, step {step} of {STEPS}"
    return f"Graph of a small network for {state}. {said}"


class GraphStepper(Explorer):
    """Walk through a network's graph: forward, backward, one training step, and forward once more."""

    def __init__(self):
        about_weight = "The weight from the red input to the first hidden unit."
        about = (
            "1 to 4 go forward, 5 to 8 backward, 9 changes the weights, 10 goes forward with the new ones."
        )
        step = slider("Step", 0, 0, STEPS, about)
        controls = {
            "colour": choice("Colour", list(COLOURS), "The colour that goes into the network."),
            "right": choice("Right class", COLOUR_NAMES, "The name that the colour should get.", "red"),
            "weight": slider("Weight W1[0, 0]", 0.8, -2, 2, about_weight, step=0.1, digits=1),
            "step": step,
        }
        play = play_button(step, interval=2000)  # Two seconds, to read what a step says.
        super().__init__(partial(draw, frame=kept(frame)), alt, controls, {"step": play})


def _explanation(values, right, step):
    """Return a step's title, and one or two lines about it."""
    v, k = values, COLOUR_NAMES.index(right)
    shut = " and ".join(f"unit {i + 1}" for i in range(2) if v["a"][i] <= 0)
    closed = f"Closed for this colour: {shut}." if shut else "Both units are open."
    stopped = f"Stopped at {shut}." if shut else "Both units are open: all passes."
    nothing = "Both units were closed: this colour teaches W1 nothing."
    learnt = "Every weight now has its slope." if (v["a"] > 0).any() else nothing

    def summed(inputs, number, outputs):
        """Write out the first of a layer's outputs."""
        products = zip(v[inputs], v[f"W{number}"][:, 0], strict=True)
        parts = [*(f"{_n(x)}·{_b(w)}" for x, w in products), _b(v[f"b{number}"][0])]
        return f"{' + '.join(parts)} = {_n(v[outputs][0])}"

    steps = {
        "Input": [
            "The colour, divided by 255. Next: forward, node by node.",
            "A wire for each weight: wide if it is large, dashed if it is negative.",
        ],
        "Forward 1: Affine, $a = x \\cdot W_1 + b_1$": [f"First unit: {summed('x', 1, 'a')}"],
        "Forward 2: ReLU, $h = \\max(0, a)$": [closed],
        "Forward 3: Affine, $f = h \\cdot W_2 + b_2$": [f"Score of red: {summed('h', 2, 'f')}"],
        "Forward 4: softmax, then cross-entropy": [
            f"Probabilities of red, green, blue: y = ({_row(v['y'])})",
            f"Right is {right}: E = −log {_n(v['y'][k])} = {_n(v['E'])}",
        ],
        "Backward 1: softmax with cross-entropy, $df = y - t$": [
            f"({_row(v['y'])}) − ({', '.join(f'{x:.0f}' for x in v['t'])}) = ({_row(v['df'])})",
            "Raising the score of the right class lowers E: its slope is negative.",
        ],
        "Backward 2: Affine, $dW_2 = h^T \\cdot df$": [
            "Weight = input × what arrives. Passed on: $dh = df \\cdot W_2^T$.",
            f"dW2[0, 0] = {_n(v['h'][0])}·{_b(v['df'][0])} = {_n(v['dW2'][0, 0])}",
        ],
        "Backward 3: ReLU lets through where $a > 0$": [stopped],
        "Backward 4: Affine, $dW_1 = x^T \\cdot da$": [
            f"dW1[0, 0] = {_n(v['x'][0])}·{_b(v['da'][0])} = {_n(v['dW1'][0, 0])}",
            learnt,
        ],
        "One step downhill: $W \\leftarrow W - 0.5\\, dW$": [
            f"new W1[0, 0] = {_n(v['W1'][0, 0])} − 0.5·{_b(v['dW1'][0, 0])} = {_n(v['new_W1'][0, 0])}",
            "The gradients are used up. What the old weights gave is gone.",
        ],
        "Forward once more, with the new weights": [
            f"Probability of {right}: {_n(v['y'][k])} before, {_n(np.exp(-v['new_E']))} after",
            f"Error E: {_n(v['E'])} before, {_n(v['new_E'])} after",
        ],
    }
    return list(steps.items())[step]


def _write(ax, x, y, text, ha="center", fontsize=11, **style):
    ax.text(x, y, text, ha=ha, va="center", fontsize=fontsize, **style)


def _draw_box(ax, place, **style):
    x, half = _CENTRES[place], 58 if place == 3 else 37
    shape = {"boxstyle": "round,pad=0,rounding_size=8", "edgecolor": BLACK}
    ax.add_patch(FancyBboxPatch((x - half, _CHAIN - 24), 2 * half, 48, **shape, **style))


def _draw_values(ax, values, step):
    """Draw the node where a step is, and the values and gradients that are known."""
    if 1 <= step <= 8:
        now = min(step, 9 - step) - 1
        _draw_box(ax, now, facecolor="#FFF3C4", linewidth=2.5)
        ink, along = (BLUE, 30) if step <= 4 else (RED, -30)
        x, y = _CENTRES[now], _CHAIN - 40
        arrow = {"arrowstyle": "-|>", "color": ink, "linewidth": 3}
        ax.annotate("", (x + along, y), (x - along, y), arrowprops=arrow)
    for x, name in zip(_CENTRES, _NODES, strict=True):
        _write(ax, x, _CHAIN, name)
    # The new weights' values never stand beside the old ones'.
    reached, back, new = {9: (0, 9, ""), 10: (4, 9, "new_")}.get(step, (step, 8 - step, ""))
    is_open = values[f"{new}a"] > 0 if reached >= 2 else np.ones(2)
    _draw_wires(ax, 0.5 * np.diag(is_open), 1)
    for i, (x, name) in enumerate(zip(_EDGES, ("x", "a", "h", "f", "E"), strict=True)):
        if 0 < i <= reached:
            _column(ax, x, name, np.atleast_1d(values[f"{new}{name}"]))
        if name != "E" and i >= back:
            _column(ax, x, f"d{name}", values[f"d{name}"], upwards=False)


def _draw_wires(ax, W, place):
    """Draw a wire for each weight but 0, from its input's number to its output's."""
    ends = _EDGES[place] + 24, _EDGES[place + 1] - 28
    inputs, outputs = (_CHAIN + 27 + _LINE * np.arange(size)[::-1] for size in W.shape)
    for (i, j), w in np.ndenumerate(W):
        if w and np.isfinite(w):
            style = {"linewidth": 0.3 + 2.2 * abs(w), "linestyle": "-" if w > 0 else (0, (2, 1))}
            ax.plot(ends, (inputs[i], outputs[j]), color="0.7", zorder=0, **style)


def _column(ax, x, name, numbers, upwards=True):
    """Write a vector's values above the line, or its gradients below; its name at the far end."""
    ink, up = (BLUE, 1) if upwards else (RED, -1)
    for i, text in enumerate([*map(_n, numbers[::-up]), name]):
        height = _CHAIN + up * (27 + _LINE * i)
        _write(ax, x, height, text, color=ink, weight="bold" if text == name else "normal")


def _draw_parameters(ax, values, prefix, number, left, ink):
    """Write W and b, or their gradients, below their node."""
    W, b = values[f"{prefix}W{number}"], values[f"{prefix}b{number}"]
    for name, height in (("W", 182), ("b", 105)):
        heading = f"{prefix.replace('_', ' ')}{name}{number}"
        _write(ax, left + _PITCH * W.shape[1] / 2 + 4, height, heading, color=ink, weight="bold")
    _draw_numbers(ax, W, left, 162, ink)
    _draw_numbers(ax, [b], left, 87, ink)  # Below all weights of either node.


def _draw_numbers(ax, rows, left, height, ink):
    """Write a matrix from its top left corner on, and nothing where it has no number."""
    for (i, j), value in np.ndenumerate(rows):
        if np.isfinite(value):
            _write(ax, left + _PITCH * (j + 1), height - _LINE * i, _n(value), ha="right", color=ink)


def _n(value):
    """Write a number with two digits and a true minus sign, never as −0.00."""
    return f"{value + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−")


def _b(value):
    """The same, in brackets if it is negative."""
    text = _n(value)
    return f"({text})" if text.startswith("−") else text


def _row(numbers):
    return ", ".join(map(_n, numbers))
