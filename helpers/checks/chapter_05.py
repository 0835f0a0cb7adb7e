"""Checks of chapter 05, edge filters."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from helpers.checks.engine import NotStarted, as_array, call, close, exercise

_SHAPES = {
    "32 filters 5×5, valid, stride 1": (100, 24, 24, 32),
    "32 filters 5×5, same, stride 1": (100, 28, 28, 32),
    "16 filters 3×3, valid, stride 2": (100, 13, 13, 16),
    "16 filters 3×3, same, stride 2": (100, 14, 14, 16),
    "max-pooling 2×2": (100, 14, 14, 1),
    "filters of 32 filters 5×5": (5, 5, 1, 32),
}
# Share of zeros among the pooled features of make_shapes(90, default_rng(5)), measured with the solution.
_ZEROS = {0.0: 0.0, 0.1: 0.734, 0.2: 0.766, 0.5: 0.857}
# The same before pooling, and before pooling and without the absolute value.
_ZEROS_UNPOOLED = {0.1: 0.803, 0.2: 0.829, 0.5: 0.911}


@exercise("5.1")
def predict_shapes(answer):
    """Judge a dict from the names of layers to shapes of four numbers."""
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_SHAPES)} shapes, got a {type(answer).__name__}"
    given = {_plain(key): value for key, value in answer.items()}
    for name, right in _SHAPES.items():
        if _plain(name) not in given:
            return f"the shape for {name!r} is missing"
        value = given[_plain(name)]
        if value is None or value is ...:
            raise NotStarted
        if len(np.shape(value)) != 1 or len(value) != 4:
            return f"{name!r} is {value!r}, expected four numbers"
        shape = tuple(as_array(value, (4,), repr(name)))
        if shape == right:
            continue
        text = ", ".join(f"{number:g}" for number in shape)
        return f"{name!r} is ({text}): {_why_not(shape, right, name)}"
    return None


@exercise("5.2")
def zeros_by_cutoff(answer):
    """Judge a dict from cut-off to the share of pooled features that are exactly 0."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(_ZEROS):
        answer = dict(zip(_ZEROS, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_ZEROS)} shares, got a {type(answer).__name__}"
    try:
        given = {round(float(key), 4): value for key, value in answer.items()}
    except (TypeError, ValueError):
        return f"the keys are {', '.join(map(repr, answer))}, expected the cut-offs 0.0, 0.1, 0.2 and 0.5"
    shares = {}
    for cutoff in _ZEROS:
        name = f"the share for the cut-off {cutoff}"
        if cutoff not in given:
            return f"{name} is missing"
        share = float(as_array(given[cutoff], (), name))
        share = share / 100 if 1 < share <= 100 else share
        if not 0 <= share <= 1:
            return f"{name} is {share:.4g}, expected a number between 0 and 1: zeros divided by all"
        shares[cutoff] = share
    return _judge_shares(shares)


def _judge_shares(shares):
    steps = [cutoff for cutoff in _ZEROS if cutoff > 0]
    if all(abs(shares[cutoff] - (1 - _ZEROS[cutoff])) < 0.01 for cutoff in steps):
        return f"the share for the cut-off 0.1 is {shares[0.1]:.3f}: this is what is not 0"
    if all(abs(shares[cutoff] - _ZEROS_UNPOOLED[cutoff]) < 0.01 for cutoff in steps):
        return f"the share for the cut-off 0.1 is {shares[0.1]:.3f}: these are the pictures before pooling"
    for cutoff, right in _ZEROS.items():
        if abs(shares[cutoff] - right) > 0.01:
            return (
                f"the share for the cut-off {cutoff} is {shares[cutoff]:.3f}, expected {right:.3f}: all 90 "
                "shapes with values from 0 to 1, both filters, absolute value, cut-off, pooling?"
            )
    return None


@exercise("5.3")
def slanted_filter(answer):
    """Judge a square filter by its answers to a flat window and to edges of four directions."""
    kernel = as_array(answer, (None, None), "the filter")
    side = len(kernel)
    if kernel.shape[1] != side or side % 2 == 0 or side < 3:
        return f"the filter has shape {kernel.shape}, expected a square with an odd number of rows, from 3"
    if not np.isfinite(kernel).all():
        return "the filter has numbers that are not finite"
    size = np.abs(kernel).sum()
    if size == 0:
        return "all numbers are 0, so every answer is 0"
    if abs(kernel.sum()) > 1e-3 * size:
        return f"to an image of one colour it answers {kernel.sum():.3g} times the colour, expected 0"
    # Ink above and left of the diagonal; half a pixel of ink on it.
    row, column = np.mgrid[:side, :side]
    rising = _answer(kernel, (side - 1) - row - column)
    falling = _answer(kernel, column - row)
    if falling > max(3 * rising, 0.05 * size):
        return f"to a rising edge its answer is {rising:.3g}, to a falling one {falling:.3g}: turned around"
    if rising < 0.05 * size:
        return (
            f"to a rising edge its answer is {rising:.3g}, weak for numbers that sum to {size:.3g} without "
            "their signs: positive ones belong on one side of the diagonal, negative ones on the other"
        )
    if rising < 3 * falling:
        return (
            f"to a rising edge its answer is {rising:.3g}, to a falling one {falling:.3g}, expected three "
            "times as much for the rising one"
        )
    return None


@exercise("5.4")
def general_pooling(answer):
    """Judge a function of image, size and stride by results of several sizes, strides and signs."""
    rng = np.random.default_rng(5)
    image = rng.integers(-9, 10, (6, 8)).astype(float)
    cases = [
        ("size 2 and stride 2", image, 2, 2),
        ("size 3 and stride 2 (windows overlap)", image, 3, 2),
        ("size 2 and stride 3 (windows leave gaps)", image, 2, 3),
        ("an image of 7 × 5 pixels, size 2 and stride 2", rng.random((7, 5)), 2, 2),
        ("negative numbers only, size 2 and stride 2", -1 - rng.random((4, 4)), 2, 2),
        ("size 3 and stride 1", image, 3, 1),
    ]
    for name, pixels, size, stride in cases:
        windows = sliding_window_view(pixels, (size, size))[::stride, ::stride]  # (rows, columns, size, size)
        right = windows.max(axis=(2, 3))
        result = as_array(call(answer, pixels, size, stride), name=f"the result for {name}")
        if result.shape != right.shape:
            return (
                f"for {name} the result has shape {result.shape}, expected {right.shape}: only whole windows"
            )
        wrong_ways = {
            "this is the average, expected the largest": windows.mean(axis=(2, 3)),
            "this is the smallest number, expected the largest": windows.min(axis=(2, 3)),
            "0 is larger than every number here: do not begin with zeros": np.maximum(right, 0),
            "this is the first number of each window, expected the largest": windows[..., 0, 0],
        }
        for reason, wrong in wrong_ways.items():
            if np.allclose(result, wrong) and not np.allclose(right, wrong):
                return f"for {name}: {reason}"
        close(result, right, f"the result for {name}")
    result = as_array(call(answer, image), name="the result without size and stride")
    close(result, image.reshape(3, 2, 4, 2).max(axis=(1, 3)), "the result without size and stride")
    return None


def _plain(key):
    return str(key).replace("x", "×").replace(" ", "").lower()


def _why_not(shape, right, name):
    if "max" not in name and shape[0] != right[0] and name.startswith("filters"):
        return "filters have the shape (height, width, channels in, channels out)"
    if name.startswith("filters"):
        return "first height and width of a filter, then channels in, then channels out"
    if shape[0] != right[0]:
        return "the first number counts images, and no layer changes it"
    if shape[3] != right[3]:
        return (
            "pooling leaves the number of channels alone"
            if "max" in name
            else "the last number counts channels, one for each filter"
        )
    if shape[1] != shape[2]:
        return "images and filters are square, so the result has as many rows as columns"
    return f"there are not {shape[1]:g} rows; how many places has the window, and how far does it move?"


def _answer(kernel, signed):
    """Absolute answer to a window with ink where `signed` is positive and half of it where it is 0."""
    return abs(np.sum(kernel * (np.sign(signed) + 1) / 2))
