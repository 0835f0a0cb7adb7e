"""Checks and hints of chapter 04, backpropagation from scratch."""

import re

import numpy as np

from helpers.checks.engine import Wrong, as_array, call, close, exercise


@exercise(
    "4.1",
    title="Backward by hand",
    praise="a weight's slope is its input times what arrives; a closed ReLU lets nothing arrive",
    hints=[
        "Forward first: the Affine layer gives 54.1. Is the ReLU open, and what does it pass back?",
        "What arrives at the Affine layer is 2. Weight: input times 2. Input: weight times 2. Bias: 2.",
        "With b = -100 the Affine layer gives -46.4, so the ReLU is closed and 0 arrives.",
    ],
)
def backward_by_hand(answer):
    """Judge a dict of the gradients of an Affine layer with one output."""
    keys = ("dW", "db", "dx", "dW if b is -100")
    if not isinstance(answer, dict):
        return f"expected a dict with the keys {', '.join(keys)}, got a {type(answer).__name__}"
    x, W = np.array([122.0, 66.0, 94.0]), np.array([0.1, 0.2, 0.3])
    given = {}
    for key in keys:
        if key not in answer:
            return f"the key {key!r} is missing"
        value = as_array(answer[key], name=key).ravel()
        # One 0 for three is a fair way of writing it.
        if key == keys[3] and value.size == 1:
            value = np.repeat(value, 3)
        length = 1 if key == "db" else 3
        if value.size != length:
            return f"{key} has {value.size} values, expected {length}"
        given[key] = value
    if np.allclose(given["dW"], 2 * W) and np.allclose(given["dx"], 2 * x):
        return "dW and dx are exchanged: the slope of a weight is its input, the slope of an input its weight"
    if np.allclose(given["dW"], x) and np.allclose(given["dx"], W):
        return "dW and dx are for an arriving slope of 1, expected 2"
    if np.allclose(given["dW"], 2 * 54.1):
        return "dW is made from the output 54.1, expected from the inputs: dW = xᵀ · dout"
    close(given["dW"], 2 * x, "dW")
    close(given["db"], [2.0], "db")
    close(given["dx"], 2 * W, "dx")
    if np.abs(given[keys[3]]).max() > 1e-9:
        return "dW if b is -100 should be different: what does the Affine layer give, and what does ReLU do?"
    return None


@exercise(
    "4.2",
    title="The learning rate",
    praise="0.001 crawls, 0.1 is the fastest of the three here; 1.0 would be too much",
    hints=[
        "A fresh network for each rate: make_network(sizes, np.random.default_rng(42)).",
        "train(network, x[:240], t[:240], learning_rate=0.001, epochs=20) returns one error per epoch.",
        "The last one is train(...)[-1]. Put the three calls into a loop over error_by_rate.",
    ],
)
def learning_rates(answer):
    """Judge a dict from learning rate to the training error of the 20th epoch."""
    rates = (0.001, 0.01, 0.1)
    slow, middle, fast = (_error(answer, rate, place) for place, rate in enumerate(rates))
    listed = f"{slow:.3g}, {middle:.3g}, {fast:.3g}"
    if not slow > middle > fast:
        if slow < middle < fast and min(slow, middle, fast) > 0.3:
            return f"the values {listed} grow: are these accuracies? expected the errors that train returns"
        return (
            f"the errors for 0.001, 0.01, 0.1 are {listed}, expected falling ones. Did each run start with a "
            "fresh network?"
        )
    # 0.5 to 0.73, 0.05 to 0.09, 0.003 over five starts.
    if not 0.35 < slow < 1.15:
        return f"the error for 0.001 is {slow:.3g}, expected 0.4 to 1.1: 20 epochs from a fresh network?"
    if not 0.02 < middle < 0.25:
        return f"the error for 0.01 is {middle:.3g}, expected about 0.1: 20 epochs from a fresh network?"
    if not 0.0002 < fast < 0.02:
        return f"the error for 0.1 is {fast:.3g}, expected less than 0.02: 20 epochs, batches of 10?"
    return None


@exercise(
    "4.3",
    title="A sigmoid layer",
    praise="its backward agrees with the numerical gradient",
    hints=[
        "forward computes 1 / (1 + exp(-x)) and keeps it: self.y = ...; return self.y",
        "backward multiplies what arrives with the local slope, entry by entry.",
        "return dout * self.y * (1 - self.y)",
    ],
)
def sigmoid_layer(answer):
    """Judge a class with forward(x) and backward(dout) on arrays of shape (4, 3)."""
    rng = np.random.default_rng(3)
    layer = _instance(answer)
    # Twice, because a layer has to forget the batch before.
    for size in (4, 2):
        x, dout = rng.normal(0, 2, (size, 3)), rng.normal(size=(size, 3))
        y = 1 / (1 + np.exp(-x))
        close(call(layer.forward, x), y, "forward's result", rtol=1e-4)
        slopes = as_array(call(layer.backward, dout), (size, 3), "backward's result")
        wrong_ways = [
            (y * (1 - y), "this is the local slope only: multiply it with dout"),
            (dout * x * (1 - x), "the slope is y·(1 − y) with the output y, here the input x was taken"),
            (dout * dout * (1 - dout), "the slope is y·(1 − y) with the output y, here dout was taken"),
            (dout * y, "the factor (1 − y) is missing"),
            (dout * (1 - y), "the factor y is missing"),
            (-dout * y * (1 - y), "the sign is wrong"),
            (np.where(x > 0, dout, 0), "this is ReLU's rule"),
        ]
        for wrong, reason in wrong_ways:
            if np.allclose(slopes, wrong, rtol=1e-4, atol=1e-7):
                return f"backward disagrees with the numerical gradient: {reason}"
        close(slopes, dout * y * (1 - y), "backward's result, compared with the numerical gradient,")
    return None


@exercise(
    "4.4",
    title="Regression at the end",
    praise="(y − t)/N again, the same rule as for softmax with cross-entropy",
    hints=[
        "The derivative of (y − t)²/2 is y − t: the 2 is there to be cancelled.",
        "forward keeps y and t in self; backward has no arguments but self.",
        "return np.sum((y - t) ** 2) / (2 * len(y)), and return (self.y - self.t) / len(self.y)",
    ],
)
def squared_error(answer):
    """Judge a class with forward(y, t) and backward() on arrays of shape (N, K)."""
    rng = np.random.default_rng(4)
    error = _instance(answer)
    for size in (5, 3):
        y, t = rng.normal(size=(size, 2)), rng.normal(size=(size, 2))
        d = y - t
        right = np.sum(d**2) / (2 * size)
        value = float(as_array(call(error.forward, y, t), (), "forward's result"))
        for wrong, reason in [
            (2 * right, "the factor 1/2 is missing"),
            (right * size, "divide by N, the number of rows"),
            (right / 2, "divide by the number of rows N, not by the number of entries"),
            (right * 2 * size, "the factor 1/(2N) is missing"),
            (np.mean(d**2), "divide by 2N with N the number of rows"),
        ]:
            if np.isclose(value, wrong, rtol=1e-5) and not np.isclose(wrong, right):
                return f"forward's result is {value:.4f}, expected {right:.4f}: {reason}"
        close(value, right, "forward's result")
        slopes = as_array(call(error.backward), (size, 2), "backward's result")
        for wrong, reason in [
            (-d / size, "the sign is wrong: where y is too large, E grows with y"),
            (d, "divide by N, as E does"),
            (2 * d / size, "the 2 of the square cancels the 1/2 of E"),
            (d / d.size, "divide by the number of rows N, not by the number of entries"),
        ]:
            if np.allclose(slopes, wrong, rtol=1e-5):
                return f"backward disagrees with the numerical gradient: {reason}"
        close(slopes, d / size, "backward's result, compared with the numerical gradient,")
    return None


def _instance(answer):
    """Make a layer from the learner's class, or take the one that was made already."""
    layer = call(answer) if isinstance(answer, type) else answer
    for method in ("forward", "backward"):
        if not callable(getattr(layer, method, None)):
            raise Wrong(f"expected a class with the methods forward and backward; {method} is missing")
    return layer


def _error(answer, rate, place):
    """One error from the learner's dict, whose keys may be floats or text, or from a list in that order."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == 3:
        found = [answer[place]]
    elif isinstance(answer, dict):
        found = [value for key, value in answer.items() if _is_number(key, rate)]
    else:
        raise Wrong(f"expected a dict of 3 errors, got a {type(answer).__name__}")
    if not found:
        raise Wrong(f"the error for {rate} is missing")
    if np.ndim(found[0]) and np.size(found[0]) > 1:
        raise Wrong(f"the error for {rate} is a list of {np.size(found[0])}, expected its last entry")
    value = float(as_array(found[0], (), f"the error for {rate}"))
    if not np.isfinite(value) or value <= 0:
        raise Wrong(f"the error for {rate} is {value:g}, expected a number above 0")
    return value


def _is_number(key, number):
    text = re.search(r"\d+\.?\d*(?:e-?\d+)?", str(key))
    return text is not None and np.isclose(float(text[0]), number)
