"""Scenes of digits: sizes, types, boxes tight around the ink, and digits that are put in."""

import numpy as np
import pytest
from speed import in_blank_pictures

from helpers.boxes import iou
from helpers.synthetic import make_digits
from helpers.synthetic.scenes import HEIGHTS, SIZE, make_scenes, put_digit

pytestmark = pytest.mark.chapter(16)


@pytest.fixture(scope="module")
def digits():
    return make_digits(100, np.random.default_rng(1))


@pytest.fixture(scope="module")
def scenes(digits):
    return make_scenes(*digits, 200, np.random.default_rng(2))


def test_shapes_types_and_ranges(scenes):
    pictures, boxes = scenes
    assert pictures.shape == (200, SIZE, SIZE) and pictures.dtype == np.uint8
    assert len(boxes) == 200
    for rows in boxes:
        assert rows.dtype == np.float32 and rows.ndim == 2 and rows.shape[1] == 5
        assert 1 <= len(rows) <= 5
        left, top, right, bottom = rows[:, 1:].T
        assert left.min() >= 0 and top.min() >= 0 and right.max() <= SIZE and bottom.max() <= SIZE
        assert (right - left >= 4).all()
        assert ((bottom - top >= HEIGHTS[0]) & (bottom - top < HEIGHTS[1])).all()
    assert {len(rows) for rows in boxes} == {1, 2, 3, 4, 5}
    assert set(np.concatenate(boxes)[:, 0]) == set(range(10))


def test_boxes_are_tight_around_bright_ink(scenes):
    pictures, boxes = scenes
    for picture, rows in zip(pictures, boxes, strict=True):
        for left, top, right, bottom in rows[:, 1:].astype(int):
            ink = picture[top:bottom, left:right]
            edges = ink[0], ink[-1], ink[:, 0], ink[:, -1]
            assert min(edge.max() for edge in edges) > 35, "grain alone at an edge"
            assert ink.max() > 110


def test_digits_hide_little_of_each_other(scenes):
    for rows in scenes[1]:
        overlaps = iou(rows[:, 1:], rows[:, 1:])
        assert (overlaps[~np.eye(len(rows), dtype=bool)] <= 0.15).all()


def test_there_is_more_in_a_scene_than_its_digits(scenes):
    outside = []
    for picture, rows in zip(*scenes, strict=True):
        rest = picture.copy()
        for left, top, right, bottom in rows[:, 1:].astype(int):
            rest[top:bottom, left:right] = 0
        outside.append((rest > 60).sum())
    assert np.mean(np.array(outside) > 30) > 0.9


def test_the_same_generator_draws_the_same_scenes(digits, scenes):
    again, boxes = make_scenes(*digits, 5, np.random.default_rng(2))
    np.testing.assert_array_equal(again, scenes[0][:5])
    np.testing.assert_array_equal(np.concatenate(boxes), np.concatenate(scenes[1][:5]))
    others, _ = make_scenes(*digits, 5, np.random.default_rng(3))
    assert (others != again).any()


def test_one_may_ask_for_one_digit_a_scene(digits):
    assert {len(rows) for rows in make_scenes(*digits, 20, np.random.default_rng(4), most=1)[1]} == {1}


@pytest.mark.parametrize(("x", "y"), [(48, 48), (0, 0), (95, 95), (0, 95), (30, 7)])
@pytest.mark.parametrize("height", [HEIGHTS[0], 28, HEIGHTS[1] - 1])
def test_a_digit_is_put_where_one_asks_and_never_outside(digits, x, y, height):
    scene = np.full((SIZE, SIZE), 20, np.uint8)
    left, top, right, bottom = put_digit(scene, digits[0][3], x, y, height)
    assert bottom - top == height
    assert 0 <= left < right <= SIZE and 0 <= top < bottom <= SIZE
    assert abs((top + bottom) / 2 - np.clip(y, height / 2, SIZE - height / 2)) <= 1
    half = (right - left) / 2
    assert abs((left + right) / 2 - np.clip(x, half, SIZE - half)) <= 1
    changed = np.argwhere(scene != 20)
    assert (changed.min(axis=0) >= (top, left)).all() and (changed.max(axis=0) < (bottom, right)).all()
    assert scene.min() == 20 and scene.max() > 150


def test_a_scene_takes_a_few_thousandths_of_a_second(digits):
    # A blank picture takes some 20 thousandths; 6,000 scenes have to be there within seconds.
    assert in_blank_pictures(lambda i: make_scenes(*digits, 20, np.random.default_rng(i))) < 3
