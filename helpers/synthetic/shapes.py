"""Thick bars and crosses with noise: the small set on which chapters 05 and 06 look at filters."""

import numpy as np

from helpers.synthetic.labels import balanced_labels

SIZE = 28
SHAPE_NAMES = ("vertical bar", "horizontal bar", "cross")
"""What the labels 0, 1 and 2 mean."""

_LENGTHS = (16, 23)  # Pixels, both ends included.
_WIDTHS = (4, 6)
_MARGIN = 2  # Pixels between a shape and the image's border.
_INK = (180, 255)
_NOISE = 20.0  # Standard deviation, in the same steps as the ink.


def make_shapes(n, rng):
    """Draw thick vertical bars, horizontal bars and crosses, at random places and with noise.

    The course's set has 90: 30 of each kind. TypeError or ValueError if n or rng is something else.

    Returns
    -------
    images : ndarray of shape (n, 28, 28), uint8
        0 is paper, 255 is ink; Gaussian noise of standard deviation 20 lies over both, cut off at 0 and 255.
    labels : ndarray of shape (n,), uint8
        0 vertical bar, 1 horizontal bar, 2 cross (see `SHAPE_NAMES`), in random order and as equally often
        as n allows.
    """
    labels = balanced_labels(n, len(SHAPE_NAMES), rng, "make_shapes")
    images = np.zeros((n, SIZE, SIZE))
    for image, label in zip(images, labels, strict=True):
        length, width = rng.integers(*_LENGTHS, endpoint=True), rng.integers(*_WIDTHS, endpoint=True)
        along, across = (SIZE - side for side in (length, width))
        if SHAPE_NAMES[label] == "cross":
            across = along  # Both bars have to fit; they meet in their middles.
        row = rng.integers(_MARGIN, along - _MARGIN, endpoint=True)
        column = rng.integers(_MARGIN, across - _MARGIN, endpoint=True)
        ink = rng.uniform(*_INK)
        middle = (length - width) // 2
        bars = {  # Top, left, height and width.
            "vertical bar": [(row, column, length, width)],
            "horizontal bar": [(column, row, width, length)],
            "cross": [(row, column + middle, length, width), (row + middle, column, width, length)],
        }
        for top, left, high, wide in bars[SHAPE_NAMES[label]]:
            image[top : top + high, left : left + wide] = ink
    noisy = images + rng.normal(0, _NOISE, images.shape)
    return np.clip(noisy.round(), 0, 255).astype(np.uint8), labels
