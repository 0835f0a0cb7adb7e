"""Chapter 16's measures of boxes, as its notebook writes them, against COCO's program and TensorFlow."""

import inspect

import numpy as np
import pytest
from exercise_twins import code_of, twin_of

from helpers import boxes as shared

SETS = 200
LIMITS = np.arange(0.5, 1, 0.05)
MEASURES = ("iou", "suppress", "right_ones", "average_precision", "mean_average_precision")


@pytest.fixture(scope="module")
def chapter():
    """The notebook's functions by name."""
    names = {"np": np}
    for cell in code_of(twin_of(16), ""):
        for name in MEASURES:
            if f"\ndef {name}(" in "\n" + cell:
                definition = cell.partition(f"def {name}(")[2]
                lines = definition.splitlines()
                body = next((i for i, line in enumerate(lines[1:], 1) if line[:1].strip()), len(lines))
                exec(f"def {name}(" + "\n".join(lines[:body]), names)
    return names


def drawn_boxes(rng, count, size=60):
    """Boxes (count, 4) whose corners are no whole numbers, so that no two overlap alike."""
    corners, sides = rng.uniform(0, size, (count, 2)), rng.uniform(4, 30, (count, 2))
    return np.hstack([corners, corners + sides])


def drawn_pictures(rng, pictures=4, classes=3):
    """What is found and what is there in some pictures: as `mean_average_precision` takes it.

    Found boxes are true ones that were moved, of now and then another class, among some that see nothing;
    every class is there at least once.
    """
    found, truths = [], []
    for number in range(pictures):
        things = rng.integers(0, 7) if number else 6
        kinds = rng.integers(0, classes, things)
        if number == 0:
            kinds[:classes] = np.arange(classes)
        truth = drawn_boxes(rng, things)
        truths.append(np.column_stack([kinds, truth]))
        rows = rng.integers(0, max(things, 1), rng.integers(0, 12) if things else 0)
        moved = truth[rows] + rng.normal(0, 2, (len(rows), 4))
        moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 1)
        other = rng.random(len(rows)) < 0.2
        kind = np.where(other, rng.integers(0, classes, len(rows)), kinds[rows] if things else 0)
        nothing = rng.integers(0, 4)
        places = np.vstack([moved, drawn_boxes(rng, nothing)])
        kind = np.concatenate([kind, rng.integers(0, classes, nothing)]).astype(int)
        found.append((places, rng.random(len(places)), kind))
    return found, truths


def by_coco(found, truths, classes, limits):
    """COCO's average precision, (limits, classes), of what `mean_average_precision` takes."""
    coco = pytest.importorskip("pycocotools.coco")
    from pycocotools.cocoeval import COCOeval

    def rows(boxes, kinds, picture, scores=None):
        for i, (left, top, right, bottom) in enumerate(boxes):
            row = {"image_id": picture, "category_id": int(kinds[i]), "iscrowd": 0}
            row |= {"bbox": [left, top, right - left, bottom - top]}
            row |= {"area": (right - left) * (bottom - top)}
            yield row if scores is None else row | {"score": scores[i]}

    there, shown = coco.COCO(), coco.COCO()
    for database, listed in (
        (there, [rows(truth[:, 1:], truth[:, 0], i) for i, truth in enumerate(truths)]),
        (shown, [rows(places, kinds, i, scores) for i, (places, scores, kinds) in enumerate(found)]),
    ):
        annotations = [row for picture in listed for row in picture]
        database.dataset = {
            "images": [{"id": i} for i in range(len(truths))],
            "categories": [{"id": kind} for kind in range(classes)],
            "annotations": [row | {"id": i} for i, row in enumerate(annotations, 1)],
        }
        database.createIndex()
    judge = COCOeval(there, shown, "bbox")
    judge.params.iouThrs = np.asarray(limits)
    judge.evaluate()
    judge.accumulate()
    return judge.eval["precision"][:, :, :, 0, -1].mean(axis=1)  # all areas, up to 100 boxes a picture


def test_helpers_have_the_notebooks_functions(chapter):
    """`helpers.boxes` serves widgets and checks; it must do what the notebook does."""
    rng = np.random.default_rng(160)
    for _ in range(50):
        boxes, truth, scores = drawn_boxes(rng, 12), drawn_boxes(rng, 5), rng.random(12)
        for name, given in (
            ("iou", (boxes, truth)),
            ("suppress", (boxes, scores, 0.3)),
            ("right_ones", (boxes, scores, truth, 0.2)),
        ):
            np.testing.assert_allclose(getattr(shared, name)(*given), chapter[name](*given), rtol=1e-12)
            theirs, ours = (inspect.signature(f) for f in (getattr(shared, name), chapter[name]))
            assert theirs == ours


def test_iou_counts_pixels(chapter):
    """Boxes of whole numbers, painted: shared pixels by covered pixels."""
    rng = np.random.default_rng(161)
    for _ in range(SETS):
        first, second = (np.append(c := rng.integers(0, 12, 2), c + rng.integers(1, 9, 2)) for _ in "12")
        masks = np.zeros((2, 24, 24), bool)
        for mask, (left, top, right, bottom) in zip(masks, (first, second), strict=True):
            mask[top:bottom, left:right] = True
        painted = (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum()
        assert chapter["iou"](first[None], second[None])[0, 0] == pytest.approx(painted)


def test_iou_is_that_of_coco(chapter):
    mask = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(162)
    for _ in range(SETS):
        boxes, others = drawn_boxes(rng, 9), drawn_boxes(rng, 5)
        sizes = [np.hstack([b[:, :2], b[:, 2:] - b[:, :2]]) for b in (boxes, others)]
        theirs = mask.iou(*sizes, [0] * 5)
        np.testing.assert_allclose(chapter["iou"](boxes, others), theirs, atol=1e-9)


def test_suppression_is_that_of_tensorflow(chapter):
    tf = pytest.importorskip("tensorflow")
    rng = np.random.default_rng(163)
    suppressed = 0
    for _ in range(SETS):
        count, most = rng.integers(1, 60), rng.uniform(0.1, 0.9)
        # Scores and corners that float32, which TensorFlow computes with, tells apart.
        boxes, scores = drawn_boxes(rng, count, 25), rng.permutation(count) / count
        theirs = tf.image.non_max_suppression(boxes, scores, count, iou_threshold=most).numpy()
        ours = chapter["suppress"](boxes, scores, most)
        np.testing.assert_array_equal(ours, theirs)
        suppressed += count - len(ours)
    assert suppressed > 5 * SETS


def test_mean_average_precision_is_that_of_coco(chapter):
    rng = np.random.default_rng(164)
    values = []
    for number in range(SETS):
        found, truths = drawn_pictures(rng)
        if number % 4 == 0:  # A class that is nowhere: COCO gives it -1, which no mean takes.
            truths = [truth[truth[:, 0] != 2] for truth in truths]
        theirs = by_coco(found, truths, 3, LIMITS)
        theirs = theirs[:, theirs[0] >= 0].mean(axis=1)
        ours = [chapter["mean_average_precision"](found, truths, 3, limit) for limit in LIMITS]
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
        values.append(ours)
    # The sets are neither trivial nor alike: the limits matter.
    first, last = np.mean(values, axis=0)[[0, -1]]
    assert 0.2 < first < 0.9 and last < first / 2 and np.std(values) > 0.05


def test_nothing_found_is_an_average_precision_of_0(chapter):
    nothing = np.zeros((0, 4)), np.zeros(0), np.zeros(0, int)
    truth = np.array([[0, 1, 1, 9, 9], [1, 2, 2, 5, 5.0]])
    assert chapter["mean_average_precision"]([nothing], [truth], 2) == 0
    whole = truth[:1, 1:], np.array([0.3]), np.array([0])
    assert chapter["mean_average_precision"]([whole], [truth], 2) == pytest.approx(0.5)


def test_a_thing_is_found_once(chapter):
    truth = np.array([[0, 0, 10, 10.0]])
    twice = np.array([[0, 0, 10, 9], [0, 0, 10, 10.0]])
    assert chapter["right_ones"](twice, np.array([0.5, 0.4]), truth).tolist() == [True, False]
    assert chapter["right_ones"](twice, np.array([0.4, 0.5]), truth).tolist() == [False, True]
    assert not chapter["right_ones"](twice, np.array([0.5, 0.4]), np.zeros((0, 4))).any()
