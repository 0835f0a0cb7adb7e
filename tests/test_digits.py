"""Drawn digits: prepared like MNIST's, in several ways of writing, the same for the same seed."""

import numpy as np
import pytest

from helpers.synthetic import make_digits
from helpers.synthetic.digits import BOX, SKELETONS


@pytest.fixture(scope="module")
def digits():
    return make_digits(5_000, np.random.default_rng(3))


def test_shapes_types_and_ranges(digits):
    images, labels = digits
    assert images.shape == (5_000, 28, 28)
    assert labels.shape == (5_000,)
    assert images.dtype == labels.dtype == np.uint8
    assert images.min() == 0
    assert (images.max(axis=(1, 2)) > 200).all()  # ink in every image
    assert 0.09 < images.mean() / 255 < 0.18  # MNIST: 0.131


def test_classes_are_balanced_and_shuffled(digits):
    _, labels = digits
    assert np.bincount(labels).tolist() == [500] * 10
    assert len(set(labels[:50].tolist())) >= 8
    _, few = make_digits(13, np.random.default_rng(0))
    assert set(np.bincount(few, minlength=10).tolist()) == {1, 2}


def test_ink_fills_a_box_of_20_pixels(digits):
    ink = digits[0] > 0
    sides = np.stack([_extent(ink.any(axis=2)), _extent(ink.any(axis=1))])
    assert sides.max() == BOX
    assert np.mean(sides.max(axis=0) >= BOX - 1) > 0.95  # the aspect is kept: one side fills the box
    assert np.mean(sides.min(axis=0) < BOX - 1) > 0.6


def test_centre_of_mass_is_in_the_middle(digits):
    mass = digits[0].astype(float)
    for axis in (1, 2):
        along = mass.sum(axis=3 - axis)
        centre = (along * np.arange(28)).sum(axis=1) / along.sum(axis=1)
        off = np.abs(centre - 14.0)
        assert (
            np.mean(off <= 0.6) > 0.998
        )  # a digit with nearly all its ink at one end cannot be moved that far
        assert off.max() < 2
        assert abs(centre.mean() - 14.0) < 0.05


def test_strokes_are_antialiased(digits):
    images = digits[0]
    share = np.mean(images[images > 0] < 230)
    assert 0.3 < share < 0.7


def test_no_two_digits_are_the_same(digits):
    assert len({image.tobytes() for image in digits[0]}) == len(digits[0])


def test_every_digit_is_written_in_several_ways():
    assert sorted(SKELETONS) == list(range(10))
    for digit, ways in SKELETONS.items():
        assert len({strokes for _, strokes in ways}) == len(ways) >= 8, digit


def test_ways_of_writing_show_in_the_images(digits):
    images, labels = digits
    wide = _extent((images > 0).any(axis=1))
    for digit in range(10):
        mine = labels == digit
        assert wide[mine].std() > 1.5, digit  # aspect differs
        assert images[mine].sum(axis=(1, 2)).std() / images[mine].sum(axis=(1, 2)).mean() > 0.15, digit  # pen
    # Some 0s and 6s are left open, most are closed: paper inside that cannot be reached from outside.
    for digit in (0, 6):
        closed = np.mean([_holes(image) > 0 for image in images[labels == digit][:200]])
        assert 0.5 < closed < 0.98, (digit, closed)
    closed_fours = np.mean([_holes(image) > 0 for image in images[labels == 4][:200]])
    assert 0.05 < closed_fours < 0.6


def test_classes_can_be_told_apart():
    """Nearest class mean: far above chance, so labels and images belong together."""
    images, labels = make_digits(4_000, np.random.default_rng(5))
    flat = images.reshape(len(images), -1).astype(float)
    means = np.stack([flat[:2_000][labels[:2_000] == digit].mean(axis=0) for digit in range(10)])
    guess = (flat[2_000:] @ means.T - (means**2).sum(axis=1) / 2).argmax(axis=1)
    assert np.mean(guess == labels[2_000:]) > 0.65


def _extent(rows):
    """Length from the first to the last True of each row."""
    return rows.shape[1] - rows.argmax(axis=1) - rows[:, ::-1].argmax(axis=1)


def _holes(image):
    from scipy.ndimage import label

    return label(image < 100)[1] - 1
