"""Chapter 01's explorer: how the learning rate decides what gradient descent does."""

from functools import lru_cache, partial

import numpy as np
from matplotlib.ticker import NullLocator

from helpers.plotting import BLACK, BLUE, ORANGE, RED, YELLOW
from helpers.widgets.controls import choice, play_button, power_slider, slider
from helpers.widgets.explorer import Explorer, kept, new_figure

STEPS = 60  # Of a whole run. The words in the title judge all of them, however many are shown.
STARTS = {  # Weights (w1, w2).
    "no line yet (0, 0)": (0.0, 0.0),
    "turned aside (−2, 4)": (-2.0, 4.0),
    "the wrong way (−2, −2)": (-2.0, -2.0),
}
_POINTS_PER_CLOUD = 50
_CENTRE = np.array([1.0, 0.5])  # Of the cloud with label 1; the other one is at minus this.
_MAP = (-4.0, 6.0)  # Weights that the map of the error shows, both ways.


@lru_cache(maxsize=64)
def clouds(noise):
    """Draw the two clouds: points X (100, 2) and labels t (100,), 0 and 1, as float64.

    The noise is a cloud's standard deviation both ways: the same points move apart or together with it. The
    arrays are kept for the next call: do not write to them.
    """
    offsets = np.random.default_rng(1).standard_normal((2, _POINTS_PER_CLOUD, 2))
    X = np.concatenate([noise * offsets[0] - _CENTRE, noise * offsets[1] + _CENTRE])
    return X, np.repeat([0.0, 1.0], _POINTS_PER_CLOUD)


def error(W, noise):
    """Compute E = −Σ [t log P + (1−t) log(1−P)] with P = σ(w1·x + w2·y), of weights (..., 2): (...)."""
    X, t = clouds(noise)
    scores = np.asarray(W) @ X.T  # (..., points)
    # log(1 + exp(f)) − t·f is the same error without the logarithm of a rounded 0.
    return np.logaddexp(0, scores).sum(axis=-1) - scores @ t


@lru_cache(maxsize=256)
def descend(learning_rate, noise, start):
    """Run gradient descent: weights (STEPS + 1, 2) and errors (STEPS + 1,), those at the start first."""
    X, t = clouds(noise)
    path = [np.asarray(start)]
    for _ in range(STEPS):
        path.append(path[-1] - learning_rate * X.T @ (_sigmoid(X @ path[-1]) - t))
    path = np.array(path)
    return path, error(path, noise)


@lru_cache(maxsize=64)
def lowest_error(noise):
    """Find the smallest error that a line through the origin can have, by Newton's method."""
    X, t = clouds(noise)
    w = np.zeros(2)
    for _ in range(20):
        P = _sigmoid(X @ w)
        w = w - np.linalg.solve((X.T * (P * (1 - P))) @ X, X.T @ (P - t))
    return float(error(w, noise))


def behaviour(errors, lowest):
    """Say in a word what gradient descent does, by its errors from the start on and the lowest there is."""
    second_half, last_quarter = errors[len(errors) // 2 :], errors[-(len(errors) // 4 + 1) :]
    if not np.isfinite(errors).all() or second_half.max() > errors[0]:
        return "diverges"
    if last_quarter.max() <= 1.05 * lowest:
        return "converges"
    if (np.diff(errors) > 1e-6 * errors[0]).any():
        return "oscillates"
    return "crawls"


def frame(noise, highest):
    """Draw what stays when rate, start or steps change: the error's map, the points, axes up to `highest`."""
    fig = new_figure(height=4.7)
    landscape = fig.add_axes((0.085, 0.105, 0.455, 0.745))
    side, height = _error_map(noise)
    levels = np.linspace(0, height.max(), 14)
    landscape.contourf(side, side, height, levels=levels, cmap="viridis")
    landscape.contour(side, side, height, levels=levels[1:], colors="white", linewidths=0.4, alpha=0.6)
    landscape.set(xlim=_MAP, ylim=_MAP, xlabel="w1", title="log E, dark is low; ★ lowest, ● now")
    landscape.set_ylabel("w2", labelpad=0)
    points = fig.add_axes((0.645, 0.535, 0.34, 0.315))
    X, t = clouds(noise)
    points.plot(*X[t == 0].T, "o", color=BLUE, markersize=4)
    points.plot(*X[t == 1].T, "^", color=ORANGE, markersize=4)
    points.set(xlim=(-6, 6), ylim=(-5, 5), xticks=(-5, 0, 5), yticks=(-5, 0, 5), xlabel="x")
    points.set_ylabel("y", labelpad=0)
    curve, lowest = fig.add_axes((0.645, 0.105, 0.34, 0.27)), lowest_error(noise)
    curve.set(yscale="log", xlim=(-1, STEPS + 1), xlabel="step", title="Error E (logarithmic), - - lowest")
    curve.set_ylim(0.8 * lowest, highest)
    curve.set_yticks([tick for tick in (30, 100, 300, 1000, 3000) if 0.8 * lowest < tick < highest])
    curve.yaxis.set_major_formatter("{x:g}")
    curve.yaxis.set_minor_locator(NullLocator())
    return fig


def draw(learning_rate, noise, start, steps, frame=frame):
    """Draw the path from a key of `STARTS` on the error's map, the line, and the errors, up to a step."""
    path, errors = descend(learning_rate, noise, STARTS[start])
    lowest = lowest_error(noise)
    highest = 1.2 * errors.max()
    unit = 10 ** np.floor(np.log10(highest))  # Rounded to one digit, many pictures share a frame.
    fig = frame(noise, max(500, float(np.ceil(highest / unit) * unit)))
    title = f"ε = {_short(learning_rate, digits=2)}: {behaviour(errors, lowest)}"
    fig.text(0.012, 0.945, title, fontsize=14, weight="bold")
    fig.text(0.988, 0.945, f"step {steps}: E = {_short(errors[steps])}", fontsize=12, ha="right")
    landscape, points, curve = fig.axes
    _draw_path(landscape, noise, path[: steps + 1])
    _draw_line(points, noise, path[steps])
    curve.plot(errors, color="0.8", linewidth=1.5)
    curve.plot(errors[: steps + 1], color=RED, marker=".", markersize=4, linewidth=1.5)
    curve.axhline(lowest, color=BLACK, linewidth=1, linestyle="--")
    return fig


def alt(learning_rate, noise, start, steps):
    """Say in a sentence what `draw` shows for the same state."""
    _, errors = descend(learning_rate, noise, STARTS[start])
    lowest = lowest_error(noise)
    return (
        f"With learning rate {_short(learning_rate, digits=2)} and noise {noise:.1f}, gradient descent "
        f"{behaviour(errors, lowest)}: the error goes from {_short(errors[0])} to {_short(errors[steps])} in "
        f"{steps} steps; the lowest possible is {_short(lowest)}. Left a map of the error over the weights "
        "with the path on it, right the points with the line P = 0.5, and the error over the steps."
    )


class LearningRateExplorer(Explorer):
    """Gradient descent on the error of logistic regression: it crawls, converges, oscillates or diverges.

    Two weights only, so that the error is a landscape one can see: the line goes through the origin (w0 = 0).
    """

    def __init__(self):
        about_rate = "Length of a step, as a multiple of the gradient."
        about_noise = "Standard deviation of the two clouds: more noise, more overlap."
        about_start, start = "Weights before the first step.", "turned aside (−2, 4)"
        steps = slider("Steps shown", STEPS, 0, STEPS, "How much of the path is shown.")
        controls = {
            "learning_rate": power_slider("Learning rate ε", 1e-3, -4, 0, about_rate, step=0.1),
            "noise": slider("Noise", 1.5, 1.0, 2.5, about_noise, step=0.1, digits=1),
            "start": choice("Start (w1, w2)", list(STARTS), about_start, start),
            "steps": steps,
        }
        super().__init__(partial(draw, frame=kept(frame)), alt, controls, {"steps": play_button(steps)})


def _sigmoid(scores):
    return 0.5 * (1 + np.tanh(scores / 2))


def _short(value, digits=3):
    """Write a number with few digits and no exponent: 0.05, 232, 1500."""
    return np.format_float_positional(value, precision=digits, fractional=False, trim="-")


@lru_cache(maxsize=64)
def _error_map(noise):
    side = np.linspace(*_MAP, 61)
    w1, w2 = np.meshgrid(side, side)
    # Equal steps of the logarithm show the bottom of the valley as well as the slopes.
    return side, np.log(error(np.stack([w1, w2], axis=-1), noise) / lowest_error(noise))


def _draw_path(ax, noise, path):
    # Far leaps would only be cut off; matplotlib gets slow on lines that are millions of pixels long.
    shown = np.clip(path, -1e3, 1e3)
    ax.plot(*shown.T, color=BLACK, linewidth=3)
    white = {"color": "white", "linewidth": 1.2, "markeredgecolor": BLACK, "markeredgewidth": 0.6}
    ax.plot(*shown.T, marker="o", markersize=4, **white)
    side, height = _error_map(noise)
    row, column = np.unravel_index(height.argmin(), height.shape)
    ax.plot(side[column], side[row], "*", color=YELLOW, markeredgecolor=BLACK, markersize=16)
    ax.plot(*shown[-1], "o", color=RED, markeredgecolor="white", markersize=10)
    if (np.abs(path[-1] - np.mean(_MAP)) > np.ptp(_MAP) / 2).any():
        text = f"now off the map: ({path[-1][0]:.0f}, {path[-1][1]:.0f})"
        box = {"facecolor": "white", "edgecolor": RED, "boxstyle": "round"}
        ax.text(0.5, 0.03, text, transform=ax.transAxes, ha="center", fontsize=11, bbox=box)


def _draw_line(ax, noise, w):
    X, t = clouds(noise)
    title = "No line: P = 0.5 everywhere"
    if np.hypot(*w) > 1e-9:
        # On the line w1·x + w2·y = 0; it goes along (−w2, w1).
        x, y = np.array([-w[1], w[0]]) / np.hypot(*w) * 20
        ax.plot([-x, x], [-y, y], color=BLACK)
        title = f"Line P = 0.5: {((X @ w > 0) == (t == 1)).mean():.0%} right"
    above = {"xytext": (0, 6), "textcoords": "offset points"}
    ax.annotate(title, (0.5, 1), xycoords="axes fraction", **above, fontsize=12, ha="center")
