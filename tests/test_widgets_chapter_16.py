"""The scene editor and the touched masks without a browser: what is counted, called, pointed at and kept."""

import numpy as np
import pytest
from figures import words_of
from scipy.ndimage import label
from speed import in_blank_pictures
from widget_cases import SHAPES, find_shapes, some_scenes, two_pictures

from helpers.synthetic.scenes import SIZE
from helpers.widgets import SceneEditor, TouchMask

pytestmark = pytest.mark.chapter(16)


@pytest.fixture
def called():
    return []


@pytest.fixture
def editor(called):
    def answer(scene):
        called.append(scene.copy())
        return find_shapes(scene)

    return SceneEditor(answer, *SHAPES, *some_scenes())


@pytest.fixture
def masks(called):
    def segment(picture):
        called.append(picture)
        return label(picture > 0)[0]

    return TouchMask(two_pictures(), segment)


def press(shown, x, y):
    """Point at a place of the picture, in pixels of the page; see that the page gets its answer."""
    number = shown._screen.number
    shown._screen.place = [x / shown.still.size[0], y / shown.still.size[1]]
    assert shown._screen.number == number + 1


def boxes_drawn(shown):
    """Count the boxes in the scene, and of them those that are drawn as right ones."""
    patches = shown.draw(**shown.state).axes[0].patches
    return len(patches), sum(patch.get_linestyle() in ("-", "solid") for patch in patches)


def test_thresholds_do_not_ask_the_detector_again(editor, called):
    assert len(called) == 3  # Once for each scene: the curve is that of all.
    editor.set(score=0.2, overlap=0.9)
    editor.set(scene=2)
    assert len(called) == 3
    editor.set(digit="1")
    assert len(called) == 4 and called[-1].max() > 0
    editor.set(score=0.7, overlap=0.3)
    editor.set(digit="none")
    assert len(called) == 4


@pytest.mark.parametrize(
    ("score", "overlap", "drawn", "precision", "recall"),
    [
        # Spots score height / 50: 0.8 and 0.6 in scene 1, 0.72 and a wrong 0.32 in 2. Doubles score half.
        (0.5, 0.5, (2, 2), "1.00", "1.00"),
        (0.7, 0.5, (1, 1), "1.00", "0.67"),
        (0.3, 0.5, (2, 2), "0.75", "1.00"),
        (0.3, 1, (4, 2), "0.43", "1.00"),
    ],
)
def test_boxes_and_the_curve_s_point_follow_the_thresholds(editor, score, overlap, drawn, precision, recall):
    editor.set(score=score, overlap=overlap)
    assert boxes_drawn(editor) == drawn
    assert f"precision {precision}, recall {recall}" in editor.still.alt
    assert f"here: precision {precision}, recall {recall}" in words_of(editor.draw(**editor.state))
    count, right = drawn
    assert f"digits there: 2, boxes shown: {count}, right ones: {right}." in editor.still.alt


def test_the_curve_has_a_point_for_each_box_of_all_scenes(editor):
    editor.set(overlap=1, score=0.02)
    recall, precision = editor.draw(**editor.state).axes[1].lines[0].get_data()
    # By falling score: 0.8, 0.72, 0.6 right; 0.4, 0.36, 0.32, 0.3, 0.16 are doubles and the wrong one.
    hits = np.array([1, 2, 3, 3, 3, 3, 3, 3])
    np.testing.assert_allclose(recall, hits / 3)
    np.testing.assert_allclose(precision, hits / np.arange(1, 9))
    editor.set(score=0.98)
    assert "no box is shown" in editor.still.alt
    assert len(editor.draw(**editor.state).axes[1].lines) == 1  # No point.


def test_a_box_of_the_wrong_class_is_wrong():
    def upside_down(scene):
        boxes, scores, kinds = find_shapes(scene)
        return boxes, scores, 1 - kinds

    editor = SceneEditor(upside_down, *SHAPES, *some_scenes())
    assert boxes_drawn(editor) == (2, 0)


def test_a_digit_is_put_where_one_presses(editor, called):
    picture = editor.still.png
    press(editor, 100, 100)
    assert editor.still.png == picture, "there is nothing to put in"
    editor.set(digit="1", scene=3, height=20)
    press(editor, 8 + 268 * 60.5 / SIZE, 28 + 268 * 40.5 / SIZE)
    assert (editor.state["x"], editor.state["y"]) == (60, 40)
    rows, columns = np.nonzero(called[-1])
    assert (rows.min(), rows.max() + 1) == (30, 50)
    assert columns.min() <= 60 <= columns.max()
    assert "with a 1 20 high put in at x 60, y 40" in editor.still.alt
    press(editor, 500, 150)  # The curve.
    press(editor, 100, 300)  # Below the scene.
    assert (editor.state["x"], editor.state["y"]) == (60, 40)


def test_digits_are_kept_and_taken_out(editor):
    first = editor.still
    field = editor.widget.children[1]
    buttons = {
        row.children[1].description: row.children[1]
        for row in field.children
        if len(getattr(row, "children", ())) == 2
    }
    assert list(buttons) == ["Keep it", "Take all out"]
    buttons["Keep it"].click()
    assert editor.still == first, "nothing was put in"
    editor.set(digit="1", x=20, y=75, height=30)
    alone = boxes_drawn(editor)
    buttons["Keep it"].click()
    assert editor.state["digit"] == "none" and boxes_drawn(editor) == alone == (3, 3)
    editor.set(digit="0", x=78, y=15, height=28)
    buttons["Keep it"].click()
    assert editor.state["kept"] == "1 20 75 30;0 78 15 28"
    assert "digits there: 4, boxes shown: 4, right ones: 4" in editor.still.alt
    buttons["Take all out"].click()
    assert "digits there: 2" in editor.still.alt and editor.state["kept"] == ""


def test_scenes_are_left_as_they_are():
    scenes, boxes = some_scenes()
    before = scenes.copy(), [rows.copy() for rows in boxes]
    editor = SceneEditor(find_shapes, *SHAPES, scenes, boxes)
    editor.set(digit="0", x=10, y=90)
    editor.keep()
    np.testing.assert_array_equal(scenes, before[0])
    for rows, old in zip(boxes, before[1], strict=True):
        np.testing.assert_array_equal(rows, old)


def test_many_boxes_are_read_out_in_part_and_their_words_stand_apart():
    def heap(scene):
        corners = np.random.default_rng(int(scene.sum())).uniform(0, 70, (144, 2))
        return np.hstack([corners, corners + 20]), np.linspace(0.02, 0.97, 144), np.arange(144) % 2

    editor = SceneEditor(heap, *SHAPES, *some_scenes())
    editor.set(score=0.02, overlap=1)
    assert boxes_drawn(editor)[0] == 144
    assert "and 134 more" in editor.still.alt
    assert in_blank_pictures(lambda i: editor.set(score=(0.3, 0.5, 0.7, 0.9, 0.8)[i])) < 9


@pytest.mark.parametrize("boxes", [0, 2])
def test_scenes_without_boxes_are_refused(boxes):
    scenes, rows = some_scenes()
    with pytest.raises(ValueError, match=rf"{3 if boxes else 0} scenes and {boxes} lists of boxes"):
        SceneEditor(find_shapes, *SHAPES, scenes if boxes else scenes[:0], rows[:boxes])


def test_a_picture_is_segmented_once_and_the_mask_is_that_of_the_touched_thing(masks, called):
    assert "nuclei found: 3. At x 40, y 32: a nucleus of 400 pixels" in masks.still.alt
    masks.set(x=3, y=11)
    assert "At x 3, y 11: a nucleus of 144 pixels" in masks.still.alt
    masks.set(x=12)
    assert "At x 12, y 11: background" in masks.still.alt
    assert len(called) == 1
    masks.set(picture=2)
    assert "nuclei found: 0. At x 12, y 11: background" in masks.still.alt
    masks.set(picture=1)
    assert len(called) == 2


@pytest.mark.parametrize("left", [8, 356])
def test_touching_either_picture_chooses_the_pixel(masks, left):
    # 336 pixels of the page for 80 of the picture, that is 4.2 for one; 28 from the top and 300 high.
    top = 28 + (300 - 64 * 4.2) / 2
    press(masks, left + 70.5 * 4.2, top + 60.5 * 4.2)
    assert (masks.state["x"], masks.state["y"]) == (70, 60)
    assert "a nucleus of 196 pixels" in masks.still.alt
    press(masks, left + 100, 10)  # The title.
    assert (masks.state["x"], masks.state["y"]) == (70, 60)


@pytest.mark.parametrize(("x", "y", "outlined"), [(3, 3, True), (79, 63, True), (20, 60, False)])
def test_the_outline_goes_around_the_thing_and_is_closed_at_the_edge(masks, x, y, outlined):
    masks.set(x=x, y=y)
    for ax in masks.draw(**masks.state).axes:
        lines = [path for part in ax.collections for path in part.get_paths()]
        assert bool(lines) == outlined
        for path in lines:
            np.testing.assert_allclose(path.vertices[0], path.vertices[-1])
            side = {3: (-0.5, 11.5), 79: (65.5, 79.5)}[x]
            assert (path.vertices[:, 0].min(), path.vertices[:, 0].max()) == side
        assert ax.get_xlim() == (-0.5, 79.5) and ax.get_ylim() == (63.5, -0.5)


def test_it_begins_in_the_middle_where_there_is_nothing():
    masks = TouchMask(two_pictures()[1:], lambda picture: np.zeros(picture.shape, int))
    assert (masks.state["x"], masks.state["y"]) == (40, 32)
    assert "background" in masks.still.alt


@pytest.mark.parametrize("shape", [(0, 8, 8), (8, 8), (2, 8, 8, 3)])
def test_what_is_no_row_of_pictures_is_refused(shape):
    with pytest.raises(ValueError, match=r"expected \(n, height, width\)"):
        TouchMask(np.zeros(shape), lambda picture: picture)
