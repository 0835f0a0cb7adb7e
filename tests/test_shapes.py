"""Bars and crosses: shapes, types, and that the three kinds are what they are called."""

import numpy as np
import pytest

from helpers.synthetic import SHAPE_NAMES, make_shapes


@pytest.fixture(scope="module")
def shapes():
    return make_shapes(300, np.random.default_rng(3))


def test_shapes_types_and_ranges(shapes):
    images, labels = shapes
    assert images.shape == (300, 28, 28)
    assert images.dtype == labels.dtype == np.uint8
    assert (images.reshape(300, -1).max(axis=1) > 150).all()  # Nothing is blank.
    assert 0.05 < images.mean() / 255 < 0.3


def test_every_kind_is_equally_frequent_and_in_random_order(shapes):
    _, labels = shapes
    assert np.bincount(labels).tolist() == [100] * len(SHAPE_NAMES)
    assert len(set(labels[:20].tolist())) == 3
    assert np.bincount(make_shapes(90, np.random.default_rng(5))[1]).tolist() == [30, 30, 30]


def test_kinds_are_what_they_are_called(shapes):
    images, labels = shapes
    ink = images > 110  # Between the noise on paper and the noise on ink.
    rows, columns = ink.sum(axis=2), ink.sum(axis=1)  # Ink in each line, each way.
    height, width = (columns > 0).sum(axis=1), (rows > 0).sum(axis=1)
    # `columns` counts along a column: its largest value is how tall a shape is.
    tall, broad = columns.max(axis=1), rows.max(axis=1)
    assert (tall[labels == 0] >= 2 * broad[labels == 0]).all()
    assert (broad[labels == 1] >= 2 * tall[labels == 1]).all()
    cross = labels == 2
    assert (np.abs(tall[cross] - broad[cross]) <= 2).all()
    assert (np.minimum(tall, broad)[cross] >= 14).all()
    assert (np.minimum(height, width)[~cross] <= 8).all()
    assert (np.minimum(height, width)[~cross] >= 3).all()


def test_noise_lies_over_paper_and_places_differ(shapes):
    images, _ = shapes
    frame = np.concatenate([images[:, 0], images[:, -1]], axis=1).astype(float)
    assert 8 < frame.std() < 20  # Half of the noise on paper is cut off at 0.
    middles = {tuple(np.argwhere(image > 110).mean(axis=0).round().astype(int)) for image in images}
    assert len(middles) > 50
