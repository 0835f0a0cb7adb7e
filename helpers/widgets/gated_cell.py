"""Chapter 09's cell: one unit of an LSTM or a GRU as a drawing, with the numbers on its wires."""

import numpy as np
from matplotlib.patches import FancyBboxPatch

from helpers.plotting import BLACK, BLUE, RED
from helpers.widgets.controls import choice, slider
from helpers.widgets.explorer import Explorer, axes_at, new_figure
from helpers.widgets.letters import written

KINDS = ("LSTM", "GRU")
_WIDTH, _HEIGHT = 700, 340  # Pixels.
_TOP, _MIDDLE, _GATES, _INPUTS = 232, 158, 92, 36  # Heights of the drawing's four rows, in pixels.


def step(kind, before, keep, write, candidate, output):
    """Compute one step of one unit from what is remembered: an LSTM's cell, or a GRU's output.

    `keep`, `write` and `output`, in [0, 1], are the forget, input and output gate; of a GRU, `keep` is the
    update gate, and the others count for nothing. The candidate is in [-1, 1]. Returns the two summands of
    the new memory, the new memory, and the new output.
    """
    lstm = kind == "LSTM"
    kept, added = keep * before, (write if lstm else 1 - keep) * candidate
    after = kept + added
    return kept, added, after, output * np.tanh(after) if lstm else after


def draw(kind, before, keep, write, candidate, output):
    """Draw the unit's boxes and wires; a wire is the wider, the larger its number; red is negative."""
    kept, added, after, shown = step(kind, before, keep, write, candidate, output)
    lstm = kind == "LSTM"
    fig = new_figure(height=_HEIGHT / 100)
    ax = axes_at(fig, 0, 0, _WIDTH, _HEIGHT)
    ax.set(xlim=(0, _WIDTH), ylim=(0, _HEIGHT))
    ax.axis("off")
    first, second = _sums(kind, before, keep, write, candidate, output)
    ax.text(16, 312, first, fontsize=13)
    ax.text(16, 282, second, fontsize=12)
    memory, boxes = "h", {190: "update z", 400: "candidate", 520: "reset"}
    if lstm:
        memory, boxes = "c", {190: "forget", 300: "input", 400: "candidate", 520: "output"}
    # What the step reads goes to each box.
    grey = {"arrowstyle": "->", "color": "0.6"}
    ax.text(16, _INPUTS, "h before, x", fontsize=11, va="center")
    ax.plot([105, 520], [_INPUTS] * 2, color="0.6", zorder=0)
    for x, name in boxes.items():
        ax.annotate("", (x, _GATES - 16), (x, _INPUTS), arrowprops=grey)
        _box(ax, x, _GATES, name, 82)
    # The motorway: what is remembered, from left to right.
    _wire(ax, before, (20, _TOP), (190, _TOP), label=(30, _TOP + 12), name=f"{memory} before")
    _wire(ax, kept, (190, _TOP), (350, _TOP), label=(235, _TOP + 12))
    _wire(ax, after, (350, _TOP), (680, _TOP), label=(590, _TOP + 12), name=memory)
    _wire(ax, keep, (190, _GATES), (190, _TOP), label=(198, 190))
    _wire(ax, added, (350, _MIDDLE), (350, _TOP), label=(360, 190))
    _wire(ax, candidate, (400, _GATES), (400, _MIDDLE), (350, _MIDDLE), label=(408, 128))
    if lstm:
        _wire(ax, write, (300, _GATES), (300, _MIDDLE), (350, _MIDDLE), label=(270, 128))
        _wire(ax, np.tanh(after), (520, _TOP), (520, _MIDDLE), label=(528, 178))
        _wire(ax, output, (520, _GATES), (520, _MIDDLE), label=(528, 128))
        _wire(ax, shown, (520, _MIDDLE), (680, _MIDDLE), label=(590, _MIDDLE + 12), name="h")
        _box(ax, 520, 204, "tanh", 44)
        _dot(ax, 520, _MIDDLE, "×")
    else:
        _wire(ax, 1 - keep, (190, _MIDDLE), (350, _MIDDLE), label=(290, _MIDDLE + 12))
        _box(ax, 250, _MIDDLE, "1 − z", 50)
        ax.annotate("", (442, _GATES), (478, _GATES), arrowprops=grey)
        ax.text(472, 116, "how much of h before it sees", fontsize=10)
    for x, y, sign in ((190, _TOP, "×"), (350, _MIDDLE, "×"), (350, _TOP, "+")):
        _dot(ax, x, y, sign)
    return fig


def alt(kind, before, keep, write, candidate, output):
    """Say in a sentence what `draw` shows for the same state."""
    first, second = _sums(kind, before, keep, write, candidate, output)
    unit = "an LSTM" if kind == "LSTM" else "a GRU"
    return f"Drawing of one unit of {unit}, with the numbers on its wires: {first}. {second}."


class GatedCell(Explorer):
    """Open and close the gates of one unit; see what is kept, written and shown.

    The kind is "LSTM" or "GRU": another one is a ValueError.
    """

    def __init__(self, kind="LSTM"):
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
        fine, coarse = {"step": 0.05, "digits": 2}, {"step": 0.1, "digits": 1}
        about_keep = "How much of the memory stays; the update gate of a GRU."
        controls = {
            "kind": choice("Unit", KINDS, "Which network.", kind),
            "before": slider("Memory before", 2.0, -3, 3, "c of an LSTM, h of a GRU.", **coarse),
            "keep": slider("Forget gate", 0.9, 0, 1, about_keep, **fine),
            "write": slider("Input gate", 0.1, 0, 1, "How much of the candidate is written.", **fine),
            "candidate": slider("Candidate", -1.0, -1, 1, "What might be remembered.", **coarse),
            "output": slider("Output gate", 0.5, 0, 1, "How much of the cell is shown.", **fine),
        }
        super().__init__(draw, alt, controls)
        self._follow(None)

    def _follow(self, control):
        kind, before, keep, write, _, output = self.controls.values()
        lstm = kind.value == "LSTM"
        keep.description = "Forget gate" if lstm else "Update gate"
        write.disabled = output.disabled = not lstm
        # The output of a GRU is a mean of numbers between -1 and 1.
        before.min, before.max = (-3, 3) if lstm else (-1, 1)


def _sums(kind, before, keep, write, candidate, output):
    _, _, after, shown = step(kind, before, keep, write, candidate, output)
    share = write if kind == "LSTM" else 1 - keep
    first = (
        f"{written(keep)} · {_signed(before)} + {written(share)} · {_signed(candidate)} = {written(after)}"
    )
    left = f"{written(keep)} of a slope is left a step back, {keep**10:.2g} ten steps back"
    if kind == "GRU":
        return f"h = {first}", f"From h straight to h, {left}"
    second = f"h = {written(output)} · tanh {_signed(after)} = {written(shown)}"
    return f"c = {first},   {second}", f"From c to c, {left}"


def _signed(number):
    return f"({written(number)})" if number < 0 else written(number)


def _wire(ax, value, *places, label, name=None):
    """Draw a line through places with its number beside it, and its name."""
    colour = RED if value < 0 else BLUE
    x, y = np.transpose(places)
    ax.plot(x, y, color=colour, linewidth=1 + 2.5 * min(abs(value), 2), zorder=1, solid_capstyle="butt")
    text = written(value) if name is None else f"{name} = {written(value)}"
    ax.text(*label, text, fontsize=11, color=colour)


def _box(ax, x, y, name, width):
    corner = x - width / 2, y - 12
    ax.add_patch(FancyBboxPatch(corner, width, 24, "round,pad=2", fc="white", ec=BLACK, zorder=2))
    ax.text(x, y, name, fontsize=11, ha="center", va="center", zorder=3)


def _dot(ax, x, y, sign):
    ax.plot([x], [y], "o", markersize=20, mfc="white", mec=BLACK, zorder=2)
    ax.text(x, y, sign, fontsize=14, ha="center", va="center", zorder=3)
