"""Checks of chapter 03, the multilayer perceptron."""

import itertools
from collections import deque

import numpy as np

from helpers.checks.engine import Shared, Wrong, close, exercise, pure
from helpers.checks.reading import as_array, by_name, row, shares, truths

_POSSIBLE = {
    "x1 and not x2": (True, "only the point (1, 0) has to be on one side of a line"),
    "both equal": (
        False,
        "(0, 0) and (1, 1) lie on opposite corners: can a line part them from the other two?",
    ),
    "not x1": (True, "the line may run along one side of the square"),
    "neither": (True, "only the point (0, 0) has to be on one side of a line"),
    "exactly one": (
        False,
        "(0, 1) and (1, 0) lie on opposite corners: can a line part them from the other two?",
    ),
}


@exercise("3.1")
def predict_single_unit(answer):
    """Judge for each of five functions whether a single unit can compute it."""
    for name, given in truths(answer, _POSSIBLE).items():
        right, why = _POSSIBLE[name]
        if given != right:
            raise Wrong("{name!r} is not {given}: {why}", name=name, given=given, why=why)


@exercise("3.2")
def wider_and_wider(answer):
    """Judge the validation accuracies of three widths after one epoch."""
    narrow, middle, wide = shares(
        answer,
        (128, 512, 4096),
        "the accuracy for {key} units",
        several="{name} is {count} numbers: measure gives loss and accuracy, take [1]",
    ).values()
    found = {"narrow": narrow, "middle": middle, "wide": wide}
    # About 95, 96 and 97% on MNIST and on the course's own digits.
    if not 0.934 < narrow < 0.961:
        raise Wrong(
            "the accuracy for 128 units is {narrow:.3f}, expected about 0.95: one epoch, on the 55,000 "
            "images of x_fit, measured on the validation images?",
            **found,
        )
    if not narrow < middle:
        raise Wrong(
            "512 units have {middle:.3f} and 128 have {narrow:.3f}, expected more for 512: one epoch each?",
            **found,
        )
    if not wide > middle - 0.003:
        raise Wrong(
            "4096 units have {wide:.3f} and 512 have {middle:.3f}, expected no less for 4096: one epoch for "
            "each?",
            **found,
        )
    # 0.025 to 0.028 between the first and the last, of which 0.014 to 0.016 at 512 units; and hundredths.
    if not 0.0149 < wide - narrow < 0.0401 or middle - narrow > 0.0251:
        raise Wrong(
            "the accuracies are {narrow:.3f}, {middle:.3f}, {wide:.3f}, expected two or three hundredths "
            "between the first and the last, and about half of it at 512: was a new network built for each "
            "width, and each measured after one epoch?",
            **found,
        )
    if wide > 0.985:
        raise Wrong(
            "the accuracy for 4096 units is {wide:.3f}: was it measured on the validation images?", **found
        )


@exercise("3.3")
def exactly_one_of_three(answer):
    """Judge the weights of a two-layer network of switches: W1, b1, w2, b2."""
    given = by_name(answer, ("W1", "b1", "w2", "b2"))
    W1 = as_array(given["W1"], name="W1")
    if W1.ndim != 2 or W1.shape[0] != 3:
        turned = W1.ndim == 2 and W1.shape[1] == 3
        raise Wrong(
            "W1 has shape {shape}, expected (3, units){advice}",
            shape=W1.shape,
            advice=": one column for each unit, so transpose it" if turned else "",
        )
    units = W1.shape[1]
    b1, w2 = row(given["b1"], units, "b1"), row(given["w2"], units, "w2")
    b2 = as_array(given["b2"], (), "b2")
    for inputs in itertools.product((0, 1), repeat=3):
        hidden = (np.array(inputs) @ W1 + b1 > 0).astype(int)  # (units,)
        got, wanted = int(hidden @ w2 + b2 > 0), int(sum(inputs) == 1)
        if got != wanted:
            raise Wrong(
                "for the inputs {inputs} the hidden units answer {hidden} and the network {got}, expected "
                "{wanted}",
                inputs=inputs,
                hidden=hidden.tolist(),
                got=got,
                wanted=wanted,
            )


@exercise("3.4")
def nesterov_momentum(answer):
    """Judge an optimizer step by five steps down the valley of section 3.3, for one array and for two."""
    starts = [([-7.0, 2.0], 0.08), ([1.0, -3.0], 0.2), ([[2.0, -1.0, 4.0], [3.0, 0.5, -2.0]], 0.1)]
    why = (
        "the same start gives another path the second time: keep what is remembered in state, empty at first"
    )
    for start, rate in starts:
        for otherwise in (None, why):
            deque(_steps(answer, np.array(start), rate, otherwise), maxlen=0)
    why = "two arrays took turns, each with a state of its own: keep what is remembered in state"
    deque(zip(*(_steps(answer, np.array(start), rate, why) for start, rate in starts[:2]), strict=True))


def _steps(answer, w, rate, otherwise=None):
    """Five steps from w, each judged; one at a time, so that others can be taken in between."""
    right, v, state, others = w, 0, {}, dict.fromkeys(_OTHERS, (w, 0))
    for step in range(1, 6):
        right, v = _nesterov(right, _slope(right), v, rate)
        others = {why: _OTHERS[why](at, _slope(at), speed, rate) for why, (at, speed) in others.items()}
        mistakes = {} if otherwise else {why: position for why, (position, _) in others.items()}
        w = pure(answer, w, _slope(w), Shared(state), step, rate)
        w = close(w, right, "w after step {step}", mistakes, otherwise, step=step)
        yield


def _slope(w):
    return np.array([w[0] / 10, 2 * w[1]])


def _nesterov(w, g, v, rate):
    v = 0.9 * v - rate * g
    return w + 0.9 * v - rate * g, v


# Each from position, slope, velocity and rate to the next position and velocity.
_OTHERS = {
    "this is momentum without looking ahead: w moves by v alone": lambda w, g, v, rate: (
        w + 0.9 * v - rate * g,
        0.9 * v - rate * g,
    ),
    "the velocity is forgotten; keep it in state": lambda w, g, v, rate: _nesterov(w, g, 0, rate),
    "the last term, minus the learning rate times g, is missing": lambda w, g, v, rate: (
        w + 0.9 * (0.9 * v - rate * g),
        0.9 * v - rate * g,
    ),
    "this goes uphill": lambda w, g, v, rate: _nesterov(w, g, v, -rate),
}


@exercise("3.5")
def favourite_images(answer):
    """Judge a function of hidden values (images, units) and a count, which returns (units, count)."""
    rng = np.random.default_rng(35)
    for images, units, count in [(12, 5, 3), (7, 9, 7), (20, 4, 1), (3000, 2, 500)]:
        A = rng.permutation(images * units).reshape(images, units) / 10.0  # no ties
        right = np.argsort(-A, axis=0)[:count].T  # (units, count)
        result = as_array(pure(answer, A, count), name="the result")
        if count == 1 and result.shape == (units,):
            result = result[:, None]
        mistakes = {
            "these are the images with the weakest answers": np.argsort(A, axis=0)[:count].T,
            "the strongest comes last, expected first": right[:, ::-1],
            "these are values, expected the numbers of the images": -np.sort(-A, axis=0)[:count].T,
            "expected one row for each unit: transpose it": right.T,
        }
        name = "the favourites for {images} images, {units} units and count {count}"
        close(result, right, name, mistakes, images=images, units=units, count=count)
