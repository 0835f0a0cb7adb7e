"""Chapter 02's explorer: scores become probabilities."""

import numpy as np

from helpers.plotting import BLUE, GREEN, ORANGE
from helpers.widgets.controls import slider, tick
from helpers.widgets.explorer import Explorer, new_figure

CLASSES = ("3", "5", "8", "9")
_START = (2.0, 1.0, 3.5, -1.0)


def softmax_steps(scores, shift, subtract_maximum):
    """Compute softmax as the formula says, in the single precision that networks use.

    The shift is added to every score. Returns scores, exponentials and probabilities, float32 of shape
    (len(scores),). Exponentials may be 0 or infinite and probabilities nan, unless the largest score is
    subtracted first: single precision ends near exp(88.7) and exp(-103.9).
    """
    scores = np.asarray(scores, dtype=np.float32) + np.float32(shift)
    if subtract_maximum:
        scores = scores - scores.max()
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        exponentials = np.exp(scores)
        probabilities = exponentials / exponentials.sum()
    return scores, exponentials, probabilities


def draw(shift, subtract_maximum, **scores):
    """Draw a bar per class for scores (score_3, score_5, …, as `CLASSES`), exponentials, probabilities."""
    z, exponentials, p = softmax_steps(list(scores.values()), shift, subtract_maximum)
    fig = new_figure(height=3.0)
    fig.text(0.012, 0.905, _finding(exponentials, p), fontsize=12, weight="bold")
    name = "score − maximum" if subtract_maximum else "score"
    panels = [
        (z, 1, name, {"color": BLUE}),
        (exponentials, 2, f"exp({name})", {"color": ORANGE, "hatch": "//"}),
        (p, 3, "probability", {"color": GREEN, "hatch": ".."}),
    ]
    for i, (values, digits, title, look) in enumerate(panels):
        ax = fig.add_axes((0.08 + 0.32 * i, 0.12, 0.27, 0.62))
        _draw_bars(ax, values, digits, look)
        ax.set_title(title, loc="left")
        ax.set_yticks(range(len(CLASSES)), CLASSES if i == 0 else [])
        ax.set_ylabel("class" if i == 0 else "")
        if i > 0:
            with np.errstate(over="ignore"):
                ax.set_xlabel(f"sum {_number(values.sum(), digits)}", loc="left")
    fig.axes[2].set_xlim(0, 1.5)
    return fig


def alt(shift, subtract_maximum, **scores):
    """Say in a sentence what `draw` shows for the same state."""
    z, _, p = softmax_steps(list(scores.values()), shift, subtract_maximum)
    named = zip(CLASSES, z, p, strict=True)
    parts = "; ".join(f"class {name}: {score:.1f} becomes {q:.3f}" for name, score, q in named)
    return f"Three bar charts: scores, their exponentials, probabilities. {parts}."


class SoftmaxExplorer(Explorer):
    """Scores of four digits, their exponentials and the probabilities that softmax makes of them."""

    def __init__(self):
        about_shift = "The same number, added to every score."
        about_maximum = "Subtract the largest score from all scores before the exponential."
        controls = {}
        for name, value in zip(CLASSES, _START, strict=True):
            about = f"The score that the model gives to class {name}."
            controls[f"score_{name}"] = slider(f"Score of {name}", value, -5, 5, about, step=0.1, digits=1)
        controls["shift"] = slider("Add to all scores", 0, -150, 150, about_shift, step=5, digits=0)
        controls["subtract_maximum"] = tick("Subtract the maximum", about_maximum)
        super().__init__(draw, alt, controls)


def _finding(exponentials, p):
    if np.isinf(exponentials).any():
        return "exp is too large for 32 bits: inf / inf is nan"
    if np.isnan(p).any():
        return "exp is too small for 32 bits: 0 / 0 is nan"
    if not p.any():
        return "The sum is too large for 32 bits: a number / inf is 0"
    best = [name for name, q in zip(CLASSES, p, strict=True) if q == p.max()]
    if len(best) > 1:
        return f"Most probable, and equally so: classes {', '.join(best)}"
    return f"Most probable: class {best[0]}, the one with the largest score"


def _number(value, digits):
    if not np.isfinite(value):
        return str(value)
    if value != 0 and (abs(value) >= 1e4 or abs(value) < 0.5 * 10**-digits):
        mantissa, exponent = f"{value:.0e}".split("e")
        return f"{mantissa}·10$^{{{int(exponent)}}}$"
    return f"{value:.{digits}f}".replace("-", "−")


def _draw_bars(ax, values, digits, look):
    # In 64 bits: the axis reaches beyond the longest bar, where 32 bits may end.
    shown = np.where(np.isfinite(values), values, 0).astype(np.float64)
    low, high = min(0, shown.min()), max(0, shown.max())
    width = (high - low) or 1
    ax.barh(range(len(values)), shown, edgecolor="white", height=0.7, **look)
    for i, value in enumerate(values):
        # The number stands to the right of its bar, whichever way the bar goes.
        ax.text(max(shown[i], 0) + 0.04 * width, i, _number(value, digits), va="center", fontsize=10)
    ax.axvline(0, color="black", linewidth=1)
    ax.set(xlim=(low, high + 0.5 * width), xticks=[])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
