"""Checks of chapter 04, backpropagation from scratch."""

import copy
import functools

import numpy as np

from helpers.checks.engine import Wrong, call, close, exercise, mistaken, pure
from helpers.checks.reading import as_array, by_name, numbers, row

_ONE_ARRIVES = "this is for an arriving slope of 1, but 2 arrives"


@exercise("4.1")
def backward_by_hand(answer):
    """Judge the gradients of an Affine layer with one output, by name or in order."""
    given = by_name(answer, ("dW", "db", "dx", "dW if b is -100"))
    x, W = np.array([122.0, 66.0, 94.0]), np.array([0.1, 0.2, 0.3])
    dW, db, dx = (row(given[name], length, name) for name, length in [("dW", 3), ("db", 1), ("dx", 3)])
    # One 0 for three is a fair way of writing it.
    closed = as_array(given["dW if b is -100"], name="dW if b is -100")
    closed = row(closed, 1 if closed.size == 1 else 3, "dW if b is -100")
    mistakes = {
        "dW and dx are exchanged: the slope of a weight is its input, the slope of an input its weight": (
            2 * W,
            2 * x,
        ),
        "dW and dx are for an arriving slope of 1, expected 2": (x, W),
    }
    mistaken((dW, dx), mistakes)
    by_output = {"made from the output 54.1, expected from the inputs: dW = xᵀ · dout": [108.2] * 3}
    close(dW, 2 * x, "dW", by_output | {_ONE_ARRIVES: x})
    close(db, [2.0], "db", {_ONE_ARRIVES: [1.0], "this is b itself, expected its slope": [0.5]})
    close(dx, 2 * W, "dx", {_ONE_ARRIVES: W})
    if not np.abs(closed).max() <= 1e-9:  # nan is not 0
        raise Wrong(
            "dW if b is -100 should be different: what does the Affine layer give, and what does ReLU do?"
        )


@exercise("4.2")
def learning_rates(answer):
    """Judge the training error of the 20th epoch for each of three learning rates."""
    errors = numbers(
        answer,
        (0.001, 0.01, 0.1),
        "the error for {key}",
        several="{name} is a list of {count}, expected its last entry",
    )
    for rate, error in errors.items():
        if not 0 < error < np.inf:
            raise Wrong(
                "the error for {rate} is {error:g}, expected a number above 0", rate=rate, error=error
            )
    slow, middle, fast = errors.values()
    found = {"slow": slow, "middle": middle, "fast": fast}
    if not slow > middle > fast:
        if slow < middle < fast and slow > 0.3:
            raise Wrong(
                "the values {slow:.3g}, {middle:.3g}, {fast:.3g} grow: are these accuracies? expected the "
                "errors that train returns",
                **found,
            )
        raise Wrong(
            "the errors for 0.001, 0.01, 0.1 are {slow:.3g}, {middle:.3g}, {fast:.3g}, expected falling "
            "ones. Did each run start with a fresh network?",
            **found,
        )
    went_on = "the network went on learning from one rate to the next: make a fresh one for each"
    mistaken(errors, {went_on: (0.725, 0.075, 0.00256)}, "the errors", rtol=0.02)
    # 0.50 to 0.73, 0.050 to 0.089, 0.0025 to 0.0033 over eight starts.
    if not 0.45 < slow < 0.85:
        raise Wrong(
            "the error for 0.001 is {slow:.3g}, expected 0.5 to 0.8: 20 epochs from a fresh network, batches "
            "of 10?",
            **found,
        )
    if not 0.035 < middle < 0.15:
        raise Wrong(
            "the error for 0.01 is {middle:.3g}, expected about 0.1: 20 epochs from a fresh network?", **found
        )
    if not 0.0015 < fast < 0.006:
        raise Wrong(
            "the error for 0.1 is {fast:.3g}, expected about 0.003: 20 epochs, batches of 10?", **found
        )


@exercise("4.3")
def sigmoid_layer(answer):
    """Judge a class with forward(x) and backward(dout) on arrays of shape (4, 3)."""
    rng = np.random.default_rng(3)
    layer = _instance(answer)
    # Twice, because a layer has to forget the batch before.
    for size in (4, 2):
        x, dout = rng.normal(0, 2, (size, 3)), rng.normal(size=(size, 3))
        y = _sigmoid(x)
        close(pure(layer.forward, x), y, "forward's result")
        mistakes = {
            "this is the local slope only: multiply it with dout": y * (1 - y),
            "the slope is y·(1 − y) with the output y, here the input x was taken": dout * x * (1 - x),
            "the slope is y·(1 − y) with the output y, here dout was taken": dout * dout * (1 - dout),
            "the factor (1 − y) is missing": dout * y,
            "the factor y is missing": dout * (1 - y),
            "the sign is wrong": -dout * y * (1 - y),
            "this is ReLU's rule": np.where(x > 0, dout, 0),
        }
        close(pure(layer.backward, dout), dout * y * (1 - y), _BACKWARD, mistakes)
    other = _another(answer, layer)
    call(layer.forward, x)
    call(other.forward, -x - 1)
    close(call(layer.backward, dout), dout * y * (1 - y), _BACKWARD, otherwise=_IN_BETWEEN)


@exercise("4.4")
def squared_error(answer):
    """Judge a class with forward(y, t) and backward() on arrays of shape (N, K)."""
    rng = np.random.default_rng(4)
    error = _instance(answer)
    for size, columns in [(5, 3), (3, 3), (4, 1)]:
        y, t = rng.normal(size=(2, size, columns))
        d = y - t
        right = np.sum(d**2) / (2 * size)
        mistakes = {
            "the factor 1/2 is missing": 2 * right,
            "divide by N, the number of rows": right * size,
            "divide by the number of rows N, not by the number of entries": right / columns,
            "the factor 1/(2N) is missing": right * 2 * size,
            "divide by 2N with N the number of rows": np.mean(d**2),
        }
        close(pure(error.forward, y, t), right, "forward's result", mistakes)
        mistakes = {
            "the sign is wrong: where y is too large, E grows with y": -d / size,
            "divide by N, as E does": d,
            "the 2 of the square cancels the 1/2 of E": 2 * d / size,
            "divide by the number of rows N, not by the number of entries": d / d.size,
        }
        close(call(error.backward), d / size, _BACKWARD, mistakes)
    other = _another(answer, error)
    call(error.forward, y, t)
    call(other.forward, t, 3 * y)
    close(call(error.backward), d / size, _BACKWARD, otherwise=_IN_BETWEEN)


_BACKWARD = "backward's result"
_IN_BETWEEN = (
    "another layer of the class ran in between: keep what backward needs in self, one for each layer"
)


def _instance(answer):
    """Make a layer from the learner's class, or take the one that was made already."""
    layer = call(answer) if isinstance(answer, type | functools.partial) else answer
    for method in ("forward", "backward"):
        if not callable(getattr(layer, method, None)):
            raise Wrong(
                "expected a class with the methods forward and backward; {method} is missing", method=method
            )
    return layer


def _another(answer, layer):
    """A second layer of the same kind."""
    return copy.deepcopy(layer) if layer is answer else _instance(answer)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))
