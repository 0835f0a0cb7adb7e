"""Colours: classes, margin, seed."""

import numpy as np

from helpers.synthetic import make_colours


def test_the_leading_channel_is_the_label():
    colours, labels = make_colours(300, np.random.default_rng(1))
    assert colours.shape == (300, 3) and colours.dtype == np.uint8
    assert labels.shape == (300,) and labels.dtype == np.int64
    np.testing.assert_array_equal(colours.argmax(axis=1), labels)
    ordered = np.sort(colours.astype(int), axis=1)
    assert (ordered[:, 2] - ordered[:, 1]).min() >= 30
    assert np.bincount(labels).tolist() == [100, 100, 100]


def test_colours_fill_the_cube():
    colours, _ = make_colours(3000, np.random.default_rng(1))
    assert colours.min() == 0 and colours.max() == 255
    assert (np.ptp(colours, axis=0) > 250).all()
    assert (np.abs(colours.mean(axis=0) - colours.mean()) < 5).all()
