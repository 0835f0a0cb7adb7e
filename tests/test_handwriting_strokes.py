"""Strokes become images as MNIST's: joined, in the box, centred, and clear about what they cannot draw."""

import time

import numpy as np
import pytest

from helpers.handwriting import strokes_to_image

pytestmark = pytest.mark.chapter(7)

ALONG = np.arange(28)
TWO = [np.array([[40, 60], [55, 42], [80, 45], [86, 66], [60, 100], [42, 118], [95, 116]], float)]


def centre_of_mass(image):
    return np.array([image.sum(axis=0) @ ALONG, image.sum(axis=1) @ ALONG]) / image.sum()


def extent(image, axis):
    inked = np.flatnonzero((image > 0.02).any(axis=axis))
    return inked[-1] - inked[0] + 1


def test_shape_type_range():
    image = strokes_to_image(TWO)
    assert image.shape == (28, 28)
    assert image.dtype == np.float32
    assert image.min() == 0
    assert 0.95 < image.max() <= 1


def test_fits_the_box_and_the_centre_of_mass_is_in_the_middle():
    image = strokes_to_image(TWO)
    assert 20 <= extent(image, axis=1) <= 21  # 20 pixels that need not begin at a pixel's edge
    assert extent(image, axis=0) < 20  # the proportions are kept
    assert np.abs(centre_of_mass(image) - 14).max() < 0.1


@pytest.mark.parametrize(
    ("scale", "move"), [(1, (0, 0)), (0.01, (0, 0)), (30, (-900, 400)), (1 / 3, (1e6, 0)), (1, (-120, -80))]
)
def test_size_and_place_on_the_canvas_do_not_matter(scale, move):
    moved = [stroke * scale + np.array(move) for stroke in TWO]
    np.testing.assert_allclose(strokes_to_image(moved), strokes_to_image(TWO), atol=1e-3)


def test_a_fast_pen_leaves_no_gap():
    image = strokes_to_image([[[0, 0], [300, 280]]])
    diagonal = image[np.arange(6, 22), np.arange(6, 22)]
    assert diagonal.min() > 0.9


def test_strokes_are_not_joined_to_each_other():
    bars = strokes_to_image([[[0, 0], [0, 100]], [[80, 0], [80, 100]]])
    assert bars[:, 12:17].max() == 0
    joined = strokes_to_image([[[0, 0], [0, 100], [80, 0], [80, 100]]])
    assert joined[:, 12:17].max() > 0.9


def test_more_points_on_the_same_line_change_nothing():
    many = [np.column_stack([np.interp(np.linspace(0, 6, 601), range(7), axis) for axis in TWO[0].T])]
    np.testing.assert_allclose(strokes_to_image(many), strokes_to_image(TWO), atol=1e-3)


def test_pen_width():
    thin, usual, thick = (strokes_to_image(TWO, pen_width=width).sum() for width in (1.2, None, 4))
    assert thin < 0.6 * usual
    assert thick > 1.4 * usual
    line = strokes_to_image([[[0, 0], [0, 100]]], pen_width=3)
    assert line[14].sum() == pytest.approx(3, abs=0.15)
    for bad in (0, -1, float("nan"), 29):
        with pytest.raises(ValueError, match="pen_width"):
            strokes_to_image(TWO, pen_width=bad)


def test_antialiased():
    image = strokes_to_image([[[0, 0], [60, 100]]])
    between = (image > 0.05) & (image < 0.95)
    assert between.sum() > 20


def test_dot_point_and_lines():
    for dot in ([[[140, 3]]], [[[5, 5], [5, 5]]], [[[0, 0]] * 50]):
        image = strokes_to_image(dot)
        assert 3 < image.sum() < 9
        assert np.abs(centre_of_mass(image) - 14).max() < 0.1
    horizontal = strokes_to_image([[[10, 50], [200, 50]]])
    assert horizontal[14, 6:22].min() > 0.9
    assert extent(horizontal, axis=1) <= 4
    vertical = strokes_to_image([[[10, 50], [10, 51]]])
    np.testing.assert_allclose(vertical, horizontal.T, atol=1e-3)


def test_no_strokes_make_an_empty_image():
    for nothing in ([], [[]], [np.empty((0, 2))]):
        image = strokes_to_image(nothing)
        assert image.shape == (28, 28)
        assert image.dtype == np.float32
        assert not image.any()
    np.testing.assert_array_equal(strokes_to_image([[], TWO[0]]), strokes_to_image(TWO))


def test_a_slip_of_the_pen_does_not_shrink_the_digit():
    slip = np.array([[250.0, 20], [251, 20]])
    np.testing.assert_allclose(strokes_to_image([TWO[0], slip]), strokes_to_image(TWO), atol=1e-6)
    # A dot that belongs to the drawing stays, and so do strokes cut into single points.
    touching = [TWO[0], np.array([[99.0, 117]])]
    assert np.abs(strokes_to_image(touching) - strokes_to_image(TWO)).max() > 0.01
    colon = strokes_to_image([[[50, 10]], [[50, 90]]])
    assert colon[6:9].any()
    assert colon[19:23].any()


def test_ink_far_from_its_centre_of_mass_stays_in_the_image():
    heavy = [[[0, 0], [0, 6]] * 40, [[0, 0], [100, 0]]]
    image = strokes_to_image(heavy)
    assert image[14].sum() == pytest.approx(20, abs=0.6)


def test_what_is_no_stroke_is_refused_with_a_reason():
    with pytest.raises(ValueError, match="stroke 1, point 2 is"):
        strokes_to_image([TWO[0], [[1, 2], [3, 4], [5, float("nan")]]])
    with pytest.raises(ValueError, match="finite"):
        strokes_to_image([[[float("inf"), 2]]])
    with pytest.raises(ValueError, match="list of strokes"):
        strokes_to_image([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match=r"\(points, 2\)"):
        strokes_to_image([[[1, 2, 3], [4, 5, 6]]])
    with pytest.raises(ValueError, match="no canvas"):
        strokes_to_image([[[1e300, 0], [-1e300, 1]]])
    with pytest.raises(TypeError, match="stroke 0"):
        strokes_to_image([["a", "b"]])
    with pytest.raises(TypeError):
        strokes_to_image(7)


def test_uncentred_keeps_size_and_place():
    corner = [[[0, 0], [70, 70]]]
    image = strokes_to_image(corner, centre=False, canvas_size=280)
    assert image[10:, 10:].max() == 0
    assert image[3, 3] > 0.9
    wide = strokes_to_image([[[0, 50], [200, 50]]], centre=False, canvas_size=(200, 100))
    assert wide[13:15].max() > 0.5
    assert wide[:11].max() == wide[17:].max() == 0
    outside = strokes_to_image([[[900, 900]]], centre=False, canvas_size=280)
    assert not outside.any()
    far = strokes_to_image([[[-1e12, 140], [1e12, 140]]], centre=False, canvas_size=280)
    assert far[13:15].sum() > 28
    for bad in (None, 0, (280, -1), float("nan")):
        with pytest.raises(ValueError, match="canvas_size"):
            strokes_to_image(corner, centre=False, canvas_size=bad)


def test_thousands_of_points():
    rng = np.random.default_rng(0)
    turns = np.linspace(0, 60, 8_000)
    spiral = [np.column_stack([turns * np.cos(turns), turns * np.sin(turns)])]
    scribble = [rng.uniform(0, 280, (5_000, 2))]
    for strokes in (TWO, spiral, scribble):
        start = time.perf_counter()
        image = strokes_to_image(strokes)
        print(f"{sum(map(len, strokes))} points: {1e3 * (time.perf_counter() - start):.1f} ms")
        assert np.isfinite(image).all()
    assert image.mean() > 0.4  # the scribble is black
    assert strokes_to_image(spiral).std() > 0.05


def test_very_many_points_look_like_few():
    along = np.linspace(0, 6, 20_001)
    many = np.column_stack([np.interp(along, range(7), axis) for axis in TWO[0].T])
    image = strokes_to_image([many])
    assert np.abs(image - strokes_to_image(TWO)).max() < 0.3


def test_the_callers_arrays_stay_as_they_are():
    before = TWO[0].copy()
    strokes_to_image(TWO)
    strokes_to_image(TWO, centre=False, canvas_size=280)
    np.testing.assert_array_equal(TWO[0], before)
