"""Checks of chapter 03, the multilayer perceptron."""

import itertools

import numpy as np

from helpers.checks.engine import Shared, Wrong, close, exercise, pure, refuse
from helpers.checks.reading import as_array, by_name, row, shares


@exercise("3.2")
def wider_and_wider(answer):
    """Judge the validation accuracies of three widths after one epoch."""
    several = "{name} is {count} numbers: measure gives loss and accuracy, take [1]"
    found = shares(answer, (128, 512, 4096), "the accuracy for {key} units", several=several)
    narrow, middle, wide = found.values()
    faults = {
        # About 95, 96 and 97% on MNIST and on the course's own digits.
        "the accuracy for 128 units is {narrow:.3f}, expected about 0.95: one epoch, on the 55,000 images of "
        "x_fit, measured on the validation images?": not 0.934 < narrow < 0.961,
        "512 units have {middle:.3f} and 128 have {narrow:.3f}, expected more for 512: "
        "one epoch each?": narrow >= middle,
        "4096 units have {wide:.3f} and 512 have {middle:.3f}, expected no less for 4096: one epoch for "
        "each?": wide <= middle - 0.003,
        # 0.025 to 0.028 between the first and the last, of which 0.014 to 0.016 at 512; and hundredths.
        "the accuracies are {narrow:.3f}, {middle:.3f}, {wide:.3f}, expected two or three hundredths between "
        "the first and the last, and about half of it at 512: was a new network built for each width, and "
        "each measured after one epoch?": not 0.0149 < wide - narrow < 0.0401 or middle - narrow > 0.0251,
        "the accuracy for 4096 units is {wide:.3f}: was it measured on the validation images?": wide > 0.985,
    }
    refuse(faults, narrow=narrow, middle=middle, wide=wide)


@exercise("3.3")
def exactly_one_of_three(answer):
    """Judge the weights of a two-layer network of switches: W1, b1, w2, b2."""
    given = by_name(answer, ("W1", "b1", "w2", "b2"))
    W1 = as_array(given["W1"], name="W1")
    if W1.ndim != 2 or W1.shape[0] != 3:
        turned = ": one column for each unit, so transpose it" if W1.ndim == 2 and W1.shape[1] == 3 else ""
        raise Wrong("W1 has shape {shape}, expected (3, units){advice}", shape=W1.shape, advice=turned)
    units = W1.shape[1]
    b1, w2 = row(given["b1"], units, "b1"), row(given["w2"], units, "w2")
    b2 = as_array(given["b2"], (), "b2")
    template = (
        "for the inputs {inputs} the hidden units answer {hidden} and the network {got}, expected {wanted}"
    )
    for inputs in itertools.product((0, 1), repeat=3):
        hidden = (np.array(inputs) @ W1 + b1 > 0).astype(int)  # (units,)
        got, wanted = int(hidden @ w2 + b2 > 0), int(sum(inputs) == 1)
        found = {"inputs": inputs, "hidden": hidden.tolist(), "got": got, "wanted": wanted}
        refuse({template: got != wanted}, **found)


@exercise("3.4")
def nesterov_momentum(answer):
    """Judge an optimizer step by five steps down the valley of section 3.3, for one array and for two."""
    starts = [([-7.0, 2.0], 0.08), ([1.0, -3.0], 0.2), ([[2.0, -1.0, 4.0], [3.0, 0.5, -2.0]], 0.1)]
    why = (
        "the same start gives another path the second time: keep what is remembered in state, empty at first"
    )
    for (start, rate), otherwise in itertools.product(starts, (None, why)):
        list(_steps(answer, np.array(start), rate, otherwise))
    why = "two arrays took turns, each with a state of its own: keep what is remembered in state"
    list(zip(*(_steps(answer, np.array(start), rate, why) for start, rate in starts[:2]), strict=True))


def _steps(answer, w, rate, otherwise=None):
    """Five steps from w, each judged; one at a time, so that others can be taken in between."""
    state, paths = {}, dict.fromkeys(_RULES, (w, 0))
    for step in range(1, 6):
        paths = {name: _moved(*path, rate, **_RULES[name]) for name, path in paths.items()}
        mistakes = {name: place for name, (place, _) in paths.items()}
        right = mistakes.pop("right")
        w = pure(answer, w, _slope(w), Shared(state), step, rate)
        mistakes = {} if otherwise else mistakes
        w = close(w, right, "w after step {step}", mistakes, otherwise, step=step)
        yield


def _slope(w):
    return np.array([w[0] / 10, 2 * w[1]])


def _moved(w, v, rate, sign=1, kept=0.9, ahead=0.9, last=1):
    """Position and velocity after a step of Nesterov's momentum, or of what is nearly it."""
    g = sign * _slope(w)
    v = kept * v - rate * g
    return w + ahead * v - last * rate * g, v


_RULES = {
    "right": {},
    "this is momentum without looking ahead: w moves by v alone": {"ahead": 1, "last": 0},
    "the velocity is forgotten; keep it in state": {"kept": 0},
    "the last term, minus the learning rate times g, is missing": {"last": 0},
    "this goes uphill": {"sign": -1},
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
