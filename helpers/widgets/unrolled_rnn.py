"""Chapter 08's explorer: a recurrent network stretched in time, and how far back gradients reach."""

from functools import lru_cache

import numpy as np
from matplotlib import colormaps
from matplotlib.ticker import MaxNLocator, NullLocator

from helpers.plotting import BLACK, RED
from helpers.widgets.controls import choice, slider
from helpers.widgets.explorer import Explorer, new_figure

UNITS = 16  # Of the network: the rows of the upper picture.
# What the network reads; each scaled by `W_x`, the same for all.
INPUTS = ("one pulse", "weak noise", "strong noise", "a wave")
# Functions f of h = f(x W_x + h W_h), each with its slope, as computed from h.
ACTIVATIONS = {
    "tanh": (np.tanh, lambda h: 1 - h**2),
    "relu": (lambda a: np.maximum(a, 0), lambda h: (h > 0).astype(float)),
    "linear": (lambda a: a, np.ones_like),
}
_DECADES = 12  # The picture's vertical axis goes from 10**-12 to 10**12.
_IN_MATHS, _IN_WORDS = "${} \\cdot 10^{{{}}}$", "{} times ten to the power of {}"


@lru_cache(maxsize=256)
def run(strength, steps, activation, inputs):
    """Read a sequence of 2 or more steps, then go back through time.

    Returns the states after each step, (steps, UNITS), and for each of them the 2-norm of the last state's
    slopes, (steps,); the last one is 1. Neither can be written to: they are kept for the next call.
    """
    rng = np.random.default_rng(8)
    W_h = strength * np.linalg.qr(rng.normal(size=(UNITS, UNITS)))[0]  # A rotation times the strength.
    W_x = rng.normal(size=UNITS)
    x = _sequence(inputs, steps)
    apply, slope = ACTIVATIONS[activation]
    states = np.zeros((steps, UNITS))
    h = np.zeros(UNITS)
    for t in range(steps):
        h = states[t] = apply(x[t] * W_x + h @ W_h)
    norms, J = np.ones(steps), np.eye(UNITS)
    for t in range(steps - 1, 0, -1):
        J = J @ (slope(states[t])[:, None] * W_h.T)
        norms[t - 1] = np.linalg.norm(J, 2)
    states.flags.writeable = norms.flags.writeable = False
    return states, norms


def behaviour(norms):
    """Say what the gradient does on its way back: "explodes" to over 100 at step 1, "vanishes" to 1/100."""
    if norms[0] < 1e-2:
        return "vanishes"
    return "stays in sight" if norms[0] <= 1e2 else "explodes"


def draw(strength, steps, activation, inputs):
    """Draw the input, the states as a map of colours (steps to the right, units downward), and the norms."""
    states, norms = run(strength, steps, activation, inputs)
    x, place = _sequence(inputs, steps), np.arange(1, steps + 1)
    fig = new_figure(height=4.7)
    title = f"strength {strength:.2f}: the gradient {behaviour(norms)}"
    fig.text(0.012, 0.945, title, fontsize=14, weight="bold")
    fig.text(0.988, 0.945, f"at step 1: {_written(norms[0], _IN_MATHS)}", fontsize=12, ha="right")
    left, width = 0.115, 0.86
    top = fig.add_axes((left, 0.81, width, 0.09))
    top.bar(place, x, color=BLACK, width=0.7)
    top.axhline(0, color=BLACK, linewidth=0.8)
    largest = 1.1 * float(np.abs(x).max())
    top.set(ylim=(-largest, largest), yticks=[], xticks=[], ylabel="input")
    top.spines[["left", "bottom"]].set_visible(False)
    middle = fig.add_axes((left, 0.49, width, 0.29))
    # Linear and relu states have no bounds: their colours stand for shares of the largest.
    bound = 1.0 if activation == "tanh" else max(float(np.abs(states).max()), 1e-300)
    look = {"cmap": colormaps["RdBu_r"].resampled(15), "aspect": "auto", "interpolation": "nearest"}
    middle.imshow(states.T / bound, vmin=-1, vmax=1, extent=(0.5, steps + 0.5, UNITS + 0.5, 0.5), **look)
    middle.set(yticks=[1, UNITS], xticks=[], ylabel="states, by unit")
    low = fig.add_axes((left, 0.115, width, 0.33))
    low.axhline(0, color="0.7", linewidth=1)
    # What leaves the picture runs out of it.
    low.plot(place, np.log10(np.clip(norms, 1e-100, 1e100)), "o-", color=RED, markersize=3.5)
    ticks = (-_DECADES, -_DECADES // 2, 0, _DECADES // 2, _DECADES)
    low.set_yticks(ticks, [f"$10^{{{tick}}}$" for tick in ticks])
    low.set(ylim=(-_DECADES - 1.5, _DECADES + 1.5), xlabel="step", ylabel="gradient")
    low.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
    low.xaxis.set_minor_locator(NullLocator())
    for ax in (top, middle, low):
        ax.set_xlim(0.3, steps + 0.7)
        ax.yaxis.set_label_coords(-0.085, 0.5)
    return fig


def alt(strength, steps, activation, inputs):
    """Say in a sentence what `draw` shows for the same state."""
    states, norms = run(strength, steps, activation, inputs)
    return (
        f"A recurrent network with recurrent strength {strength:.2f} and activation {activation} reads "
        f"{inputs} for {steps} steps. Above the input and the states, the largest of size "
        f"{_written(np.abs(states).max(), _IN_WORDS)}; below the gradient, which {behaviour(norms)}: the "
        f"slope of the last state is {_written(norms[0], _IN_WORDS)} for the state of step 1 and 1 for "
        "itself."
    )


class UnrolledRNN(Explorer):
    """Stretch a recurrent network in time: states forward, the gradient's size backward."""

    def __init__(self):
        about_activation = "The function that every new state goes through."
        about_strength = "The recurrent matrix is a rotation times this: the size of all its eigenvalues."
        controls = {
            "strength": slider("Strength of W_h", 1.0, 0.1, 3, about_strength, step=0.05, digits=2),
            "steps": slider("Steps", 30, 2, 100, "Length of the sequence."),
            "activation": choice("Activation", list(ACTIVATIONS), about_activation),
            "inputs": choice("Input", INPUTS, "The sequence that the network reads.", "strong noise"),
        }
        super().__init__(draw, alt, controls)


def _sequence(inputs, steps):
    if inputs == "one pulse":
        return np.r_[2.0, np.zeros(steps - 1)]
    if inputs == "a wave":
        return np.sin(2 * np.pi * np.arange(steps) / 12)
    size = {"weak noise": 0.1, "strong noise": 1.0}[inputs]
    return size * np.clip(np.random.default_rng(5).normal(size=steps), -2.5, 2.5)


def _written(value, form):
    """Write a number plainly where that reads well, else its mantissa and exponent in a form."""
    if value == 0 or 0.01 <= value < 1000:
        return f"{value:.3g}"
    mantissa, exponent = f"{value:.0e}".split("e")
    return form.format(mantissa, int(exponent))
