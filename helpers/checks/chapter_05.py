"""Checks of chapter 05, edge filters."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from helpers.checks.engine import close, exercise, pure, refuse
from helpers.checks.messages import filled
from helpers.checks.reading import as_array, by_name

_SHAPES = {
    "32 filters 5×5, valid, stride 1": (100, 24, 24, 32),
    "32 filters 5×5, same, stride 1": (100, 28, 28, 32),
    "16 filters 3×3, valid, stride 2": (100, 13, 13, 16),
    "16 filters 3×3, same, stride 2": (100, 14, 14, 16),
    "max-pooling 2×2": (100, 14, 14, 1),
    "filters of 32 filters 5×5": (5, 5, 1, 32),
}


@exercise("5.1")
def predict_shapes(answer):
    """Judge the shapes, of four numbers each, that layers make."""
    for name, value in by_name(answer, _SHAPES).items():
        shape, right = as_array(value, None, repr(name)), _SHAPES[name]
        refuse({"{name!r} is {value!r}, expected four numbers": shape.shape != (4,)}, name=name, value=value)
        is_kernel, is_other_count = name.startswith("filters"), shape[0] != right[0]
        reasons = {
            "filters have the shape (height, width, channels in, channels out)": is_kernel and is_other_count,
            "first height and width of a filter, then channels in, then channels out": is_kernel,
            "the first number counts images, and no layer changes it": is_other_count,
            "pooling leaves the number of channels alone": "max" in name and shape[3] != right[3],
            "the last number counts channels, one for each filter": shape[3] != right[3],
            "images and filters are square, so the result has as many rows as columns": shape[1] != shape[2],
            "there are not {rows:g} rows; how many places has the window, and how far does it move?": True,
        }
        why = filled(next(why for why, holds in reasons.items() if holds), {"rows": shape[1]})
        refuse({"{name!r} is {value}: {why}": tuple(shape) != right}, name=name, value=value, why=why)


@exercise("5.3")
def slanted_filter(answer):
    """Judge a square filter by its answers to a flat window and to rising and falling edges."""
    kernel = as_array(answer, (None, None), "the filter")
    side, size, total = len(kernel), np.abs(kernel).sum(), kernel.sum()
    is_fit = kernel.shape[1] == side >= 3 and side % 2 == 1
    faults = {
        "the filter has shape {shape}, expected a square with an odd number of rows, from 3": not is_fit,
        "the filter has numbers that are not finite": not np.isfinite(kernel).all(),
        "all numbers are 0, so every answer is 0": size == 0,
        "to an image of one colour it answers {total:.3g} times the colour, expected 0": (
            abs(total) > 1e-3 * size
        ),
    }
    refuse(faults, shape=kernel.shape, total=total)
    # Ink above and left of the diagonal, half a pixel of ink on it; the edge may run beside the middle, too.
    row, column = np.mgrid[:side, :side]
    in_the_middle = _answer(kernel, (side - 1) - row - column)
    places = range(1 - side, side)
    rising = max(_answer(kernel, (side - 1) - row - column - place) for place in places)
    falling = max(_answer(kernel, column - row - place) for place in places)
    faults = {
        "to a rising edge its answer is {rising:.3g}, to a falling one {falling:.3g}: turned around": (
            falling > max(3 * rising, 0.05 * size)
        ),
        "to a rising edge through its middle its answer is weak for numbers that sum to {size:.3g} without "
        "their signs: positive ones belong on one side of the diagonal, "
        "negative ones on the other": in_the_middle < 0.05 * size,
        "to a rising edge its answer is {rising:.3g}, to a falling one {falling:.3g}, expected three times "
        "as much for the rising one": rising < 3 * falling,
    }
    refuse(faults, rising=rising, falling=falling, size=size)


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
        ("whole numbers below 0, size 4 and stride 1", -rng.integers(1000, 9000, (5, 9)), 4, 1),
        ("a window as large as the image", rng.normal(size=(3, 3)), 3, 2),
        ("size 1 and stride 2", rng.random((5, 6)), 1, 2),
    ]
    for name, pixels, size, stride in cases:
        windows = sliding_window_view(pixels, (size, size))[::stride, ::stride]  # (rows, columns, size, size)
        right = windows.max(axis=(2, 3))
        mistakes = {
            "this is the average, expected the largest": windows.mean(axis=(2, 3)),
            "this is the smallest number, expected the largest": windows.min(axis=(2, 3)),
            "in a window of negative numbers 0 is the largest: do not begin with zeros": np.maximum(right, 0),
            "this is the first number of each window, expected the largest": windows[..., 0, 0],
            "this is the number farthest from 0, expected the largest": np.abs(windows).max(axis=(2, 3)),
            "expected only windows that lie fully inside the image": np.pad(right, ((0, 1), (0, 1))),
        }
        close(pure(answer, pixels, size, stride), right, "for {case} the result", mistakes, case=name)
    right = image.reshape(3, 2, 4, 2).max(axis=(1, 3))
    close(pure(answer, image), right, "the result without size and stride")


def _answer(kernel, signed):
    """Absolute answer to a window with ink where `signed` is positive and half of it where it is 0."""
    return abs(np.sum(kernel * (np.sign(signed) + 1) / 2))
