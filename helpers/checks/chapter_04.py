"""Checks of chapter 04, backpropagation from scratch."""

import copy
import functools

import numpy as np

from helpers.checks.engine import call, close, exercise, mistaken, pure, refuse, sigmoid
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
        "dW and dx are for an arriving slope of 1, expected 2": (x, W),
        "dW and dx are exchanged: the slope of a weight is its input, the slope of an input its weight": (
            2 * W,
            2 * x,
        ),
    }
    mistaken((dW, dx), mistakes)
    by_output = {"made from the output 54.1, expected from the inputs: dW = xᵀ · dout": [108.2] * 3}
    close(dW, 2 * x, "dW", by_output | {_ONE_ARRIVES: x})
    close(db, [2.0], "db", {_ONE_ARRIVES: [1.0], "this is b itself, expected its slope": [0.5]})
    close(dx, 2 * W, "dx", {_ONE_ARRIVES: W})
    template = "dW if b is -100 should be different: what does the Affine layer give, and what does ReLU do?"
    refuse({template: not np.abs(closed).max() <= 1e-9})  # nan is not 0


@exercise("4.2")
def learning_rates(answer):
    """Judge the training error of the 20th epoch for each of three learning rates."""
    several = "{name} is a list of {count}, expected its last entry"
    errors = numbers(answer, (0.001, 0.01, 0.1), "the error for {key}", several=several)
    for rate, error in errors.items():
        template = "the error for {rate} is {error:g}, expected a number above 0"
        refuse({template: not 0 < error < np.inf}, rate=rate, error=error)
    went_on = "the network went on learning from one rate to the next: make a fresh one for each"
    mistaken(errors, {went_on: (0.725, 0.075, 0.00256)}, "the errors", rtol=0.02)
    slow, middle, fast = errors.values()
    faults = {
        "the values {slow:.3g}, {middle:.3g}, {fast:.3g} grow: are these accuracies? expected the errors "
        "that train returns": 0.3 < slow < middle < fast,
        "the errors for 0.001, 0.01, 0.1 are {slow:.3g}, {middle:.3g}, {fast:.3g}, expected falling ones. "
        "Did each run start with a fresh network?": not slow > middle > fast,
        # 0.50 to 0.73, 0.050 to 0.089, 0.0025 to 0.0033 over eight starts.
        "the error for 0.001 is {slow:.3g}, expected 0.5 to 0.8: 20 epochs from a fresh network, batches of "
        "10?": not 0.45 < slow < 0.85,
        "the error for 0.01 is {middle:.3g}, expected about 0.1: 20 epochs from a fresh network?": (
            not 0.035 < middle < 0.15
        ),
        "the error for 0.1 is {fast:.3g}, expected about 0.003: 20 epochs, batches of 10?": (
            not 0.0015 < fast < 0.006
        ),
    }
    refuse(faults, slow=slow, middle=middle, fast=fast)


@exercise("4.3")
def sigmoid_layer(answer):
    """Judge a class with forward(x) and backward(dout) on arrays of shape (4, 3)."""
    rng = np.random.default_rng(3)
    layer = _instance(answer)
    # Twice, because a layer has to forget the batch before.
    for size in (4, 2):
        x, dout = rng.normal(0, 2, (size, 3)), rng.normal(size=(size, 3))
        y = sigmoid(x)
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
        close(pure(layer.backward, dout), dout * y * (1 - y), "backward's result", mistakes)
    _judge_after_another(answer, layer, [x], [-x - 1], [dout], dout * y * (1 - y))


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
        close(call(error.backward), d / size, "backward's result", mistakes)
    _judge_after_another(answer, error, [y, t], [t, 3 * y], [], d / size)


def _instance(answer):
    """Make a layer from the learner's class, or take the one that was made already."""
    layer = call(answer) if isinstance(answer, type | functools.partial) else answer
    template = "expected a class with the methods forward and backward; {method} is missing"
    for method in ("forward", "backward"):
        refuse({template: not callable(getattr(layer, method, None))}, method=method)
    return layer


def _judge_after_another(answer, layer, given, others, slopes, right):
    """Judge a layer's backward after another layer of the class has had its forward in between."""
    other = copy.deepcopy(layer) if layer is answer else _instance(answer)
    call(layer.forward, *given)
    call(other.forward, *others)
    why = "another layer of the class ran in between: keep what backward needs in self, one for each layer"
    close(call(layer.backward, *slopes), right, "backward's result", otherwise=why)
