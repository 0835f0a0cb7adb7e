"""Colours to be named: chapter 04's task, small enough to follow every number of a network by hand."""

import numpy as np

from helpers.synthetic.labels import balanced_labels

COLOUR_NAMES = ("red", "green", "blue")
"""What the labels 0 to 2 mean."""

_MARGIN = 30  # Least lead of the largest channel over the two others.


def make_colours(n, rng):
    """Draw colours, each of which one channel leads by 30 at least.

    TypeError or ValueError if n or rng is something else.

    Returns
    -------
    colours : ndarray of shape (n, 3), uint8
        Red, green and blue, 0 to 255. RGB(233, 63, 127), which leads by 106, is a red.
    labels : ndarray of shape (n,), int64 in {0, 1, 2}
        The leading channel, see `COLOUR_NAMES`, in random order and as equally frequent as n allows.
    """
    labels = balanced_labels(n, len(COLOUR_NAMES), rng, "make_colours")
    colours = np.zeros((n, 3), np.uint8)
    missing = np.arange(n)
    while len(missing):
        drawn = rng.integers(0, 256, size=(len(missing), 3))
        # The largest channel of each colour changes places with the one that its label asks for.
        rows, largest, wanted = np.arange(len(missing)), drawn.argmax(axis=1), labels[missing]
        drawn[rows, largest], drawn[rows, wanted] = drawn[rows, wanted], drawn[rows, largest]
        colours[missing] = drawn
        ordered = np.sort(drawn, axis=1)
        missing = missing[ordered[:, 2] - ordered[:, 1] < _MARGIN]
    return colours, labels.astype(np.int64)
