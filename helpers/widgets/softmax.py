"""Chapter 02's explorer: scores become probabilities."""

import ipywidgets
import numpy as np

from helpers.plotting import BLUE, GREEN, ORANGE
from helpers.widgets.controls import labelled, slider
from helpers.widgets.explorer import Explorer, new_figure

CLASSES = ("3", "5", "8", "9")
_START = (2.0, 1.0, 3.5, -1.0)


def softmax_steps(scores, shift, subtract_maximum):
    """Compute softmax as the formula says, in the single precision that networks use.

    Parameters
    ----------
    scores : sequence of float
    shift : float
        Added to every score.
    subtract_maximum : bool
        Whether the largest score is subtracted from all before the exponential.

    Returns
    -------
    scores, exponentials, probabilities : ndarray of float32, each of shape (len(scores),)
        Exponentials may be 0 or infinite and probabilities nan: single precision ends near exp(88.7) and
        exp(-103.9).
    """
    scores = np.asarray(scores, dtype=np.float32) + np.float32(shift)
    if subtract_maximum:
        scores = scores - scores.max()
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        exponentials = np.exp(scores)
        probabilities = exponentials / exponentials.sum()
    return scores, exponentials, probabilities


def draw(shift, subtract_maximum, **scores):
    """Draw scores, their exponentials and the probabilities.

    Parameters
    ----------
    shift : float
    subtract_maximum : bool
    **scores : float
        By class, in the order of `CLASSES`: score_3, score_5 and so on.

    Returns
    -------
    matplotlib.figure.Figure
        Three axes of one horizontal bar per class.
    """
    z, exponentials, p = softmax_steps(list(scores.values()), shift, subtract_maximum)
    fig = new_figure(height=3.0)
    fig.text(0.012, 0.905, _finding(exponentials, p), fontsize=12, weight="bold")
    name = "score − maximum" if subtract_maximum else "score"
    panels = [
        (z, lambda value: _number(value, 1), name, "", BLUE, ""),
        (exponentials, lambda value: _number(value, 2), f"exp({name})", "sum ", ORANGE, "//"),
        (p, lambda value: _number(value, 3), "probability", "sum ", GREEN, ".."),
    ]
    for i, (values, text, title, total, colour, hatch) in enumerate(panels):
        ax = fig.add_axes((0.08 + 0.32 * i, 0.12, 0.27, 0.62))
        _draw_bars(ax, values, text, colour, hatch)
        ax.set_title(title, loc="left")
        ax.set_yticks(range(len(CLASSES)), CLASSES if i == 0 else [])
        ax.set_ylabel("class" if i == 0 else "")
        if total:
            with np.errstate(over="ignore"):
                ax.set_xlabel(total + text(values.sum()), loc="left")
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
        controls = {
            f"score_{name}": slider(
                f"Score of {name}", value, -5, 5, f"The score that the model gives to class {name}.",
                step=0.1, digits=1,
            )
            for name, value in zip(CLASSES, _START, strict=True)
        }  # fmt: skip
        controls["shift"] = slider(
            "Add to all scores", 0, -150, 150, "The same number, added to every score.", step=5, digits=0
        )
        controls["subtract_maximum"] = labelled(
            ipywidgets.Checkbox(value=False, description="Subtract the maximum", indent=False),
            "Subtract the largest score from all scores before the exponential.",
        )
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


def _draw_bars(ax, values, text, colour, hatch):
    # In 64 bits: the axis reaches beyond the longest bar, where 32 bits may end.
    shown = np.where(np.isfinite(values), values, 0).astype(np.float64)
    low, high = min(0, shown.min()), max(0, shown.max())
    width = (high - low) or 1
    ax.barh(range(len(values)), shown, color=colour, hatch=hatch, edgecolor="white", height=0.7)
    for i, value in enumerate(values):
        # The number stands to the right of its bar, whichever way the bar goes.
        ax.text(max(shown[i], 0) + 0.04 * width, i, text(value), verticalalignment="center", fontsize=10)
    ax.axvline(0, color="black", linewidth=1)
    ax.set(xlim=(low, high + 0.5 * width), xticks=[])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
