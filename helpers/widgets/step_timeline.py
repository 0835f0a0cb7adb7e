"""Chapter 21's time line: what a step of data parallelism costs on 1 to 1,000 workers."""

import numpy as np

from helpers.plotting import BLUE, GREEN, ORANGE
from helpers.widgets.controls import choice, stops, tick
from helpers.widgets.explorer import Explorer, axes_at, new_figure

WORKERS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000)
BATCHES = (32, 64, 128, 256, 512, 1024, 4096, 16_384, 65_536)
MODELS = {
    "100 thousand": 1e5,
    "1 million": 1e6,
    "25 million (ResNet-50)": 25e6,
    "340 million (BERT large)": 340e6,
    "7 billion": 7e9,
    "175 billion (GPT-3)": 175e9,
}
NETWORKS = {
    "1 Gb/s Ethernet": (50e-6, 0.125e9),
    "10 Gb/s Ethernet": (25e-6, 1.25e9),
    "100 Gb/s InfiniBand": (2e-6, 12.5e9),
    "links within a machine": (1e-6, 300e9),
}
"""Latency in seconds and bandwidth in bytes a second, both about what such networks reach: Ethernet's by its
name, NVLink of the third generation 600 GB/s both ways together (NVIDIA, A100 white paper, 2020)."""

REACHED = 1.2e14
"""Operations a second of one worker: chapter 13's processor, 3e14 of which 40% are reached."""

USES = 100
"""How often an example uses each parameter: a picture in ResNet-50 about 80 times, a text once a token."""

MEMORY = 80e9
_ROWS = 4


def step_parts(workers, examples, parameters, latency, bandwidth):
    """Seconds of a worker's step for its examples: computing, and talking to others; numbers or arrays.

    6 operations for each use of a parameter; gradients of two bytes; a ring all-reduce of 2(n - 1) messages
    of an n-th each, with a latency in seconds, a bandwidth in bytes a second (A. Gibiansky, "Bringing HPC
    Techniques to Deep Learning", 2017).
    """
    computing = examples * 6 * parameters * USES / REACHED
    messages = 2 * (workers - 1)
    return computing, messages * latency + messages / workers * 2 * parameters / bandwidth


def step_seconds(computing, talking, overlap):
    """A whole step; with `overlap` gradients travel while backward, two thirds of computing, goes on."""
    return computing / 3 + np.maximum(2 * computing / 3, talking) if overlap else computing + talking


def _figures(workers, batch, own, model, network, overlap):
    """Computing, talking and whole seconds, and how many times as fast `workers` are as one."""
    parameters, links = MODELS[model], NETWORKS[network]
    parts = step_parts(workers, batch if own else batch / workers, parameters, *links)
    whole, one = step_seconds(*parts, overlap), step_parts(1, batch, parameters, *links)[0]
    return *parts, whole, one / whole * (workers if own else 1)


def draw(workers, batch, own, model, network, overlap):
    """Draw the time line of some workers' step, and how many times as fast 1 to 1,000 of them are.

    The batch is of all together, with `own` of each; model and network are of `MODELS` and `NETWORKS`.
    """
    computing, talking, whole, times = _figures(workers, batch, own, model, network, overlap)
    fig = new_figure(height=3.3)
    for i, line in enumerate(_words(workers, batch, own, model, network, overlap)):
        fig.text(0.014, 0.93 - 0.075 * i, line, fontsize=11, weight="normal" if i else "bold")
    ax = axes_at(fig, 100, 50, 318, 160)
    unit, per = _unit(whole)
    shown = min(workers, _ROWS)
    forward = computing / 3
    bars = {
        "forward": (0, forward, -0.36, BLUE),
        "backward": (forward, 2 * forward, -0.36, ORANGE),
        "all-reduce": (forward if overlap else computing, talking, 0, GREEN),
    }
    for i, (name, (start, length, place, colour)) in enumerate(bars.items()):
        for row in range(shown):
            ax.broken_barh([(start * per, length * per)], (row + place, 0.36), color=colour)
        fig.text(0.143 + 0.135 * i, 0.655, name, color=colour, weight="bold", fontsize=10)
    ax.set_yticks(range(shown), [*map(str, range(1, shown)), f"{workers:,}"])
    ax.set(ylim=(_ROWS - 0.4, -0.6), xlim=(0, whole * per), xlabel=f"{unit} of a step", ylabel="worker")
    right = axes_at(fig, 490, 50, 190, 160)
    many = np.array(WORKERS)
    right.plot(many, many, ls="--", lw=1, color="0.6")
    right.plot(many, _figures(many, batch, own, model, network, overlap)[-1], color=BLUE)
    right.plot([workers], [times], "o", color=ORANGE)
    right.set(xscale="log", yscale="log", xlim=(0.8, 1500), ylim=(1e-4, 2000), xlabel="workers")
    right.set_xticks((1, 10, 100, 1000), ("1", "10", "100", "1,000"))
    right.set_yticks((1e-4, 0.01, 1, 100), ("0.0001", "0.01", "1", "100"))
    right.set_title("times as fast as one", fontsize=10, loc="left")
    return fig


def alt(workers, batch, own, model, network, overlap):
    """Say in a sentence what `draw` shows for the same state."""
    words = " ".join(_words(workers, batch, own, model, network, overlap))
    return f"Time line of a step, and a curve of the speed over workers. {words}"


class StepTimeline(Explorer):
    """Choose workers, batch, model and network; see where the time of a step goes."""

    def __init__(self):
        workers, batches = ([(f"{number:,}", number) for number in many] for many in (WORKERS, BATCHES))
        about_own = "Weak scaling: the batch is each worker's own. Else all share one: strong scaling."
        about_overlap = "Gradients of the last layers travel while those of the first are computed."
        super().__init__(draw, alt, {
            "workers": stops("Workers", workers, "How many train together.", 8),
            "batch": stops("Batch", batches, "Examples in a step.", 1024),
            "own": tick("Each its own batch", about_own),
            "model": choice("Parameters", list(MODELS), "Of the model.", list(MODELS)[2]),
            "network": choice("Network", list(NETWORKS), "Between the workers.", list(NETWORKS)[1]),
            "overlap": tick("Send while computing", about_overlap),
        })  # fmt: skip


def _words(workers, batch, own, model, network, overlap):
    computing, talking, whole, times = _figures(workers, batch, own, model, network, overlap)
    examples = (batch * workers if own else batch) / whole
    parts = f"computing {_seconds(computing)}, all-reduce {_seconds(talking)}."
    many = f"{_short(examples)} examples a second, {_short(times)} times as many as one worker"
    lines = [f"A step takes {_seconds(whole)}: {parts}", f"{many} ({times / workers:.0%} of {workers:,})."]
    need = 16 * MODELS[model]
    if need > MEMORY:
        lines.append(f"But nothing fits: {need / 1e9:,.0f} GB in each, where there are 80 (see ZeRO).")
    return lines


def _unit(seconds):
    """The unit in which a time is at least 1, and how many of it a second has."""
    return next((u, p) for u, p in (("s", 1), ("ms", 1e3), ("µs", 1e6)) if seconds * p >= 1 or u == "µs")


def _seconds(value):
    unit, per = _unit(value) if value else ("s", 1)
    return f"{_short(value * per)} {unit}"


def _short(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
