"""Garments: shapes, types, speed, and that the ten kinds can be told apart."""

import time

import numpy as np
import pytest

from helpers.synthetic.garments import make_garments


@pytest.fixture(scope="module")
def garments():
    return make_garments(3_000, np.random.default_rng(3))


def test_shapes_types_and_ranges(garments):
    images, labels = garments
    assert images.shape == (3_000, 28, 28)
    assert images.dtype == labels.dtype == np.uint8
    assert images.max() >= 250
    assert (images.reshape(len(images), -1).max(axis=1) > 40).all()  # Nothing is blank.
    assert 0.1 < images.mean() / 255 < 0.4


def test_every_kind_is_equally_frequent_and_in_random_order(garments):
    _, labels = garments
    assert np.bincount(labels).tolist() == [300] * 10
    assert len(set(labels[:30].tolist())) > 5


def test_no_two_garments_are_the_same(garments):
    images, _ = garments
    assert len({image.tobytes() for image in images}) == len(images)


def test_kinds_can_be_told_apart_by_their_silhouettes(garments):
    images, labels = garments
    silhouettes = (images > 25).reshape(len(images), -1).astype(float)
    means = np.array([silhouettes[:1_500][labels[:1_500] == kind].mean(axis=0) for kind in range(10)])
    nearest = ((silhouettes[1_500:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == labels[1_500:]).mean() > 0.75


def test_at_least_5000_a_second_on_one_core():
    start = time.thread_time()
    make_garments(3_000, np.random.default_rng(0))
    assert 3_000 / (time.thread_time() - start) > 5_000
