"""Drawn pen strokes: what a tablet would record, of every digit, the same for the same seed."""

import numpy as np
import pytest

from helpers.handwriting import pen_strokes, strokes_to_image
from helpers.handwriting.pen import CANVAS, draw_all, ways
from helpers.handwriting.training_images import moved_images, no_digit_images, pen_images
from helpers.synthetic import make_digits
from helpers.synthetic.digits import MORE_SKELETONS

pytestmark = pytest.mark.chapter(7)


@pytest.fixture(scope="module")
def digits():
    return pen_strokes(400, np.random.default_rng(3))


def test_strokes_and_labels(digits):
    drawings, labels = digits
    assert len(drawings) == len(labels) == 400
    assert np.bincount(labels).tolist() == [40] * 10
    for drawing in drawings:
        assert 1 <= len(drawing) <= 5
        for stroke in drawing:
            assert stroke.ndim == 2
            assert stroke.shape[1] == 2
            np.testing.assert_array_equal(stroke, np.rint(stroke))  # whole units of the tablet
    everything = np.concatenate([stroke for drawing in drawings for stroke in drawing])
    assert everything.min() > -CANVAS / 2
    assert everything.max() < 1.5 * CANVAS


def test_writers_differ(digits):
    drawings, _ = digits
    heights = [np.ptp(np.concatenate(drawing)[:, 1]) for drawing in drawings]
    points = [sum(map(len, drawing)) for drawing in drawings]
    assert np.quantile(heights, 0.1) < 80
    assert np.quantile(heights, 0.9) > 250
    assert np.quantile(points, 0.1) < 25
    assert np.quantile(points, 0.9) > 80


def test_many_ways_to_write_each_digit():
    for digit in range(10):
        assert len(MORE_SKELETONS[digit]) >= 10
        assert len(ways(digit)) >= 20


def test_ways_can_be_held_back():
    drawings, labels = pen_strokes(40, np.random.default_rng(0), use=lambda digit, number: number == 0)
    assert len(drawings) == 40
    assert set(labels.tolist()) == set(range(10))


def test_many_at_once_are_drawn_like_single_ones(digits):
    drawings = digits[0][:40]
    together = draw_all(drawings, np.full(40, 2.6))
    alone = np.array([strokes_to_image(drawing) for drawing in drawings])
    assert np.abs(together / 255 - alone).max() < 0.01


def test_images_to_train_on():
    rng = np.random.default_rng(0)
    images, _ = make_digits(60, rng)
    for changed in (moved_images(images, rng), no_digit_images(60, rng)):
        assert changed.shape == (60, 28, 28)
        assert changed.dtype == np.uint8
        assert (changed.max(axis=(1, 2)) > 50).all()
        assert 0.04 < changed.mean() / 255 < 0.4
    drawn, labels = pen_images(30, rng)
    assert drawn.shape == (30, 28, 28)
    assert np.bincount(labels).tolist() == [3] * 10
