"""Drawn digits and garments: prepared like MNIST's, in several ways, no two the same."""

import time

import numpy as np
import pytest

from helpers.synthetic import make_digits
from helpers.synthetic.digits import BOX, SKELETONS
from helpers.synthetic.garments import make_garments


@pytest.fixture(scope="module")
def digits():
    return make_digits(5_000, np.random.default_rng(3))


@pytest.fixture(scope="module")
def garments():
    return make_garments(3_000, np.random.default_rng(3))


@pytest.mark.parametrize(
    ("made", "least_ink", "darkness"),
    [("digits", 200, (0.09, 0.18)), ("garments", 40, (0.1, 0.4))],  # MNIST's darkness: 0.131
)
def test_images_are_dark_enough_balanced_shuffled_and_different(made, least_ink, darkness, request):
    images, labels = request.getfixturevalue(made)
    assert images.dtype == labels.dtype == np.uint8 and images.shape == (len(labels), 28, 28)
    assert images.min() == 0 and images.max() >= 250
    assert (images.max(axis=(1, 2)) > least_ink).all()  # Nothing is blank.
    assert darkness[0] < images.mean() / 255 < darkness[1]
    assert np.bincount(labels).tolist() == [len(labels) / 10] * 10
    assert len(set(labels[:50].tolist())) >= 8 and len(set(labels[:30].tolist())) > 5
    assert len({image.tobytes() for image in images}) == len(images)
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
        # A digit with nearly all its ink at one end cannot be moved that far.
        assert np.mean(off <= 0.6) > 0.998
        assert off.max() < 2
        assert abs(centre.mean() - 14.0) < 0.05


def test_strokes_are_antialiased(digits):
    images = digits[0]
    share = np.mean(images[images > 0] < 230)
    assert 0.3 < share < 0.7


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


def test_garments_can_be_told_apart_by_their_silhouettes(garments):
    images, labels = garments
    silhouettes = (images > 25).reshape(len(images), -1).astype(float)
    means = np.array([silhouettes[:1_500][labels[:1_500] == kind].mean(axis=0) for kind in range(10)])
    nearest = ((silhouettes[1_500:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == labels[1_500:]).mean() > 0.75


def test_at_least_5000_garments_a_second_on_one_core():
    start = time.thread_time()
    make_garments(3_000, np.random.default_rng(0))
    assert 3_000 / (time.thread_time() - start) > 5_000


def _extent(rows):
    """Length from the first to the last True of each row."""
    return rows.shape[1] - rows.argmax(axis=1) - rows[:, ::-1].argmax(axis=1)


def _holes(image):
    from scipy.ndimage import label

    return label(image < 100)[1] - 1
