"""Checks and hints of chapter 03, the multilayer perceptron."""

import functools
import itertools
import re

import numpy as np

from helpers.checks.engine import NotStarted, Wrong, as_array, call, close, exercise

_POSSIBLE = {
    "x1 and not x2": True,
    "both equal": False,
    "not x1": True,
    "neither": True,
    "exactly one": False,
}
_REASONS = {
    "x1 and not x2": "only the point (1, 0) has to be on one side of a line",
    "both equal": "(0, 0) and (1, 1) lie on opposite corners: can a line part them from the other two?",
    "not x1": "the line may run along one side of the square",
    "neither": "only the point (0, 0) has to be on one side of a line",
    "exactly one": "(0, 1) and (1, 0) lie on opposite corners: can a line part them from the other two?",
}


@exercise(
    "3.1",
    title="What can one unit do?",
    praise="one unit is one line; opposite corners need two",
    hints=[
        "Draw the square of the four points and mark those for which the answer is 1.",
        "A single unit can do it exactly when one straight line parts the marked points from the others.",
        "Two of the five mark opposite corners. For these there is no line: one of them is XOR.",
    ],
)
def predict_single_unit(answer):
    """Judge a dict from each of five functions to whether a single unit can compute it."""
    if not isinstance(answer, dict):
        return f"expected a dict such as {{'not x1': True, ...}}, got a {type(answer).__name__}"
    given = {str(key).strip().lower(): value for key, value in answer.items()}
    for name, right in _POSSIBLE.items():
        if name not in given:
            return f"the key {name!r} is missing"
        if _truth(given[name], name) != right:
            return f"{name!r} is not {not right}: {_REASONS[name]}"
    return None


@exercise(
    "3.2",
    title="128, 512, 4096 units",
    praise="wider is better, but 32 times the width and cost gains only some hundredths",
    hints=[
        "For one width: wide = build([128]); train(wide, x_train, labels_train, epochs=1).",
        "measure(wide, x_test, labels_test) returns loss and accuracy: the second one is wanted.",
        "A loop: for units in accuracy_by_units: ... accuracy_by_units[units] = measure(...)[1]",
    ],
)
def wider_and_wider(answer):
    """Judge a dict from number of units to test accuracy after one epoch."""
    widths = (128, 512, 4096)
    narrow, middle, wide = (_accuracy_of(answer, width) for width in widths)
    # About 95, 96 and 97% on MNIST; 86, 90 and 92% on the course's own digits.
    if not 0.7 < narrow < 0.975:
        return (
            f"the accuracy for 128 units is {narrow:.3f}, expected about 0.95 (0.86 on the course's own "
            "digits): one epoch, on all training images, measured on the test images?"
        )
    if not narrow < middle:
        return (
            f"512 units have {middle:.3f} and 128 have {narrow:.3f}, expected more for 512: one epoch each?"
        )
    if not wide > middle - 0.003:
        return (
            f"4096 units have {wide:.3f} and 512 have {middle:.3f}, expected no less for 4096: one epoch "
            "for each?"
        )
    if wide - narrow < 0.008:
        return (
            f"the accuracies are {narrow:.3f}, {middle:.3f}, {wide:.3f}, expected some hundredths between "
            "the first and the last: was a new network built for each width?"
        )
    if wide > 0.99:
        return f"the accuracy for 4096 units is {wide:.3f}: was it measured on the test images?"
    return None


@exercise(
    "3.3",
    title="Exactly one of three",
    praise="the first layer counts (at least one, at least two), the second decides",
    hints=[
        "Which two yes-or-no features of three inputs would tell whether exactly one of them is 1?",
        "One unit: at least one input is 1. The other: at least two. Exactly one: the first, not the second.",
        "All entries of W1 are 1, b1 = [-0.5, -1.5]. The output needs the weights 1 and -1. Its threshold?",
    ],
)
def exactly_one_of_three(answer):
    """Judge the weights of a two-layer network of switches, as dict or sequence W1, b1, w2, b2."""
    names = ("W1", "b1", "w2", "b2")
    if isinstance(answer, tuple | list) and len(answer) == 4:
        answer = dict(zip(names, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict with W1, b1, w2 and b2, got a {type(answer).__name__}"
    given = {str(key): value for key, value in answer.items()}
    for name in names:
        if name not in given:
            return f"the key {name!r} is missing"
    W1 = as_array(given["W1"], name="W1")
    if W1.ndim != 2 or W1.shape[0] != 3:
        turned = ": one column for each unit, so transpose it" if W1.ndim == 2 and W1.shape[1] == 3 else ""
        return f"W1 has shape {W1.shape}, expected (3, units){turned}"
    units = W1.shape[1]
    b1 = as_array(given["b1"], (units,), "b1")
    w2 = as_array(given["w2"], name="w2")
    w2 = as_array(w2[:, 0] if w2.shape == (units, 1) else w2, (units,), "w2")
    b2 = float(as_array(given["b2"], (), "b2"))
    for inputs in itertools.product((0, 1), repeat=3):
        hidden = (np.array(inputs) @ W1 + b1 > 0).astype(float)  # (units,)
        got, wanted = int(hidden @ w2 + b2 > 0), int(sum(inputs) == 1)
        if got != wanted:
            return (
                f"for the inputs {inputs} the hidden units answer {hidden.astype(int).tolist()} and "
                f"the network {got}, expected {wanted}"
            )
    return None


@exercise(
    "3.4",
    title="A ball that looks ahead",
    praise="this is SGD(nesterov=True) of Keras",
    hints=[
        "Start from momentum: only the last line is different.",
        "The velocity is the same: state['v'] = 0.9 * state.get('v', 0) - rate * g.",
        "return w + 0.9 * state['v'] - rate * g",
    ],
)
def nesterov_momentum(answer):
    """Judge an optimizer step by five steps down the valley of section 3.3 and elsewhere."""
    if not callable(answer):
        return call(answer)
    for start, rate in [([-7.0, 2.0], 0.08), ([1.0, -3.0], 0.2)]:
        w = right = np.array(start)
        v, state = np.zeros(2), {}
        others, states = dict.fromkeys(_OTHERS, right), {reason: {} for reason in _OTHERS}
        for step in range(1, 6):
            g = _slope(right)
            v = 0.9 * v - rate * g
            right = right + 0.9 * v - rate * g
            for reason, rule in _OTHERS.items():
                others[reason] = rule(others[reason], _slope(others[reason]), states[reason], rate)
            w = as_array(call(_with_state(answer, state), w, _slope(w), step, rate), (2,), _after(step))
            if not np.allclose(w, right, rtol=1e-4, atol=1e-6):
                for reason, other in others.items():
                    if np.allclose(w, other, rtol=1e-4, atol=1e-6):
                        return f"{_after(step)} is {_pair(w)}, expected {_pair(right)}: {reason}"
                close(w, right, _after(step))
    return None


@exercise(
    "3.5",
    title="What does each hidden unit look at?",
    praise="a unit's favourites show what it answers to; few units stand for one digit",
    hints=[
        "np.argsort(A, axis=0) sorts each column and gives the numbers of the rows, smallest value first.",
        "Take the last `count` rows in reverse order, or sort -A and take the first ones.",
        "The result has a row for each unit: np.argsort(-A, axis=0)[:count].T",
    ],
)
def favourite_images(answer):
    """Judge a function of hidden values (images, units) and a count, which returns (units, count)."""
    rng = np.random.default_rng(35)
    for images, units, count in [(12, 5, 3), (7, 9, 7), (20, 4, 1)]:
        A = rng.permutation(images * units).reshape(images, units) / 10.0  # no ties
        right = np.argsort(-A, axis=0)[:count].T  # (units, count)
        result = as_array(call(answer, A, count))
        case = f"for {images} images, {units} units and count {count}"
        if result.shape != right.shape and result.size == right.size and result.ndim == 1:
            result = result.reshape(right.shape) if 1 in right.shape else result
        if result.shape == right.T.shape != right.shape:
            return f"{case} the result has shape {result.shape}, expected {right.shape}: transpose it"
        if result.shape != right.shape:
            return (
                f"{case} the result has shape {result.shape}, expected {right.shape}: one row for each unit"
            )
        wrong_ways = {
            "these are the images with the weakest answers": np.argsort(A, axis=0)[:count].T,
            "the strongest comes last, expected first": right[:, ::-1],
            "these are values, expected the numbers of the images": -np.sort(-A, axis=0)[:count].T,
        }
        if np.array_equal(result, right):
            continue
        for reason, wrong in wrong_ways.items():
            if np.allclose(result, wrong):
                return f"{case}: {reason}"
        unit = int(np.flatnonzero((result != right).any(axis=1))[0])
        return (
            f"{case} the favourites of unit {unit} are {_whole(result[unit])}, expected {_whole(right[unit])}"
        )
    return None


def _with_state(optimizer, state):
    """The learner's optimizer with one dict for all steps: `call` would hand over a copy each time."""

    @functools.wraps(optimizer)
    def step_with_state(w, g, step, rate):
        return optimizer(w, g, state, step, rate)

    return step_with_state


def _after(step):
    return f"w after step {step}"


def _momentum(w, g, state, rate):
    state["v"] = 0.9 * state.get("v", 0) - rate * g
    return w + state["v"]


def _without_old_velocity(w, g, state, rate):
    return w + 0.9 * (-rate * g) - rate * g


def _without_last_slope(w, g, state, rate):
    state["v"] = 0.9 * state.get("v", 0) - rate * g
    return w + 0.9 * state["v"]


def _wrong_sign(w, g, state, rate):
    state["v"] = 0.9 * state.get("v", 0) + rate * g
    return w + 0.9 * state["v"] + rate * g


_OTHERS = {
    "this is momentum without looking ahead": _momentum,
    "the velocity is forgotten; keep it in state": _without_old_velocity,
    "the last term, minus the learning rate times g, is missing": _without_last_slope,
    "this goes uphill": _wrong_sign,
}


def _slope(w):
    return np.array([w[0] / 10, 2 * w[1]])


def _pair(w):
    return f"({w[0]:.4g}, {w[1]:.4g})"


def _whole(numbers):
    return [int(n) if n == int(n) else float(n) for n in numbers]


def _truth(value, name):
    """Read True, "yes", 1, np.True_ ... as truth."""
    if value is None or value is ...:
        raise NotStarted
    word = str(value).strip().strip(".").lower()
    if word in ("true", "yes", "1", "1.0"):
        return True
    if word in ("false", "no", "0", "0.0"):
        return False
    raise Wrong(f"{name!r} is {value!r}, expected True or False")


def _accuracy_of(answer, width):
    """A learner's accuracy for a width, in [0, 1]; numbers from 1 to 100 are read as per cent."""
    if not isinstance(answer, dict):
        raise Wrong(f"expected a dict of 3 accuracies, got a {type(answer).__name__}")
    found = [value for key, value in answer.items() if re.findall(r"\d+", str(key))[:1] == [str(width)]]
    if not found:
        raise Wrong(f"the accuracy for {width} units is missing")
    value = found[0]
    if isinstance(value, list | tuple | np.ndarray) and np.size(value) == 2:
        raise Wrong(
            f"the accuracy for {width} units is two numbers: measure gives loss and accuracy, take [1]"
        )
    value = float(as_array(value, (), f"the accuracy for {width} units"))
    share = value / 100 if 1 < value <= 100 else value
    if not 0 <= share <= 1:
        raise Wrong(f"the accuracy for {width} units is {value:.3g}, expected a number between 0 and 1")
    return share
