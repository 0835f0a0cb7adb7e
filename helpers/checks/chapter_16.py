"""Checks of chapter 16, detection and segmentation."""

import functools

import numpy as np

from helpers.boxes import iou, suppress
from helpers.checks import tables
from helpers.checks.engine import Wrong, close, exercise, pure, refuse
from helpers.checks.messages import kind
from helpers.checks.reading import as_array, by_name, in_a_row, shares


@exercise("16.1")
def overlaps(answer):
    """Judge the IoU of four pairs of boxes, rounded or not."""
    found = tables.read("16.1", answer)
    for name, value in found.items():
        # No right one is 1 to 10 per cent.
        fault = "{name!r} is {value:.3g}: what they share, divided by what they cover together, is at most 1"
        refuse({fault: 1 < value <= 10}, name=name, value=value)
    tables.compare("16.1", shares(found, found))


@exercise("16.2")
def suppression_by_class(answer):
    """Judge a function of boxes, scores, classes and limit that returns the rows that stay."""
    rng = np.random.default_rng(163)
    for k, kinds, most in [(14, [2, 0, 17], 0.5), (18, [0, 1, 5], 0.3), (20, [4], 0.5), (4, [0, 1], 0.5)]:
        # As large as pictures are: classes put a few pixels apart still overlap.
        corners, sizes = rng.uniform(0, 180, (k, 2)), rng.uniform(240, 520, (k, 2))
        boxes, scores = np.hstack([corners, corners + sizes]), rng.permutation(k) / k + 0.01
        classes = rng.choice(kinds, k)
        if k == 4:  # rider and horse, and a second box on each
            boxes = np.array([[0, 0, 10, 10], [0, 1, 10, 11], [1, 0, 11, 10], [1, 1, 11, 11.0]])
            scores, classes = np.array([0.6, 0.9, 0.8, 0.7]), np.array([1, 0, 1, 0])
        kept = as_array(pure(answer, boxes, scores, classes, most), None, "the result")
        kept = np.atleast_1d(in_a_row(kept))
        groups = [np.flatnonzero(classes == kind) for kind in np.unique(classes)]
        parts = [suppress(boxes[rows], scores[rows], most) for rows in groups]
        within = np.concatenate(parts)
        stay = np.concatenate([rows[part] for rows, part in zip(groups, parts, strict=True)])
        right = stay[np.argsort(-scores[stay])]
        if np.array_equal(kept, right):
            continue
        same = functools.partial(np.array_equal, kept)
        heaps = functools.partial(np.array_equal, np.sort(kept, axis=0))
        beats = (iou(boxes, boxes) > most) & (classes[:, None] == classes) & (scores[:, None] > scores)
        unbeaten, class_blind = ~beats.any(axis=0), heaps(np.sort(suppress(boxes, scores, most)))
        faults = {
            "these are the right rows class by class: put the highest score of all first": same(stay),
            "these are the right rows, the lowest score first": same(right[::-1]),
            "these are the right rows in another order: put the highest score first": heaps(np.sort(right)),
            "these are boxes, expected the numbers of their rows": same(boxes[right]),
            "these are scores, expected the numbers of their rows": same(scores[right]),
            "expected the numbers of the rows that stay, not a mask": same(np.isin(np.arange(k), right)),
            "the classes make no difference yet: a box suppresses boxes of its own class only": class_blind,
            "these are rows of the part of one class: look them up among all rows": heaps(np.sort(within)),
            "a box that was thrown away itself throws away no other": heaps(np.flatnonzero(unbeaten)),
            "no box is suppressed with the limit {most}": len(kept) == k,
            "the result has shape {shape}, expected rows, (kept,)": kept.ndim != 1,
            "of {k} boxes in {classes} classes, with the limit {most}, the rows {found} stay, expected "
            "{expected}": True,
        }
        found, expected = (
            ", ".join(format(x, "g") for x in np.ravel(rows)) or "none" for rows in (kept, right)
        )
        values = {"k": k, "classes": len(kinds), "most": most, "found": found, "expected": expected}
        refuse(faults, shape=kept.shape, **values)


@exercise("16.3")
def best_threshold(answer):
    """Judge a function of scores, right and things that returns the highest F1 and its threshold."""
    rng = np.random.default_rng(163)
    # Many boxes first: of few, one mistake often gives another's fraction.
    for k, things, chance in [(30, 20, 1), (50, 34, 0.9), (12, 9, 1.2), (8, 40, 2)]:
        scores = rng.permutation(np.linspace(0.06, 0.97, k).round(3))
        right = rng.random(k) < scores * chance  # high scores are right more often
        right &= scores < np.sort(scores)[-2]  # at first nothing is found
        order = np.argsort(-scores)
        falling = scores[order]
        hits, shown = np.cumsum(right[order]), np.arange(1, k + 1)
        f1 = 2 * hits / (shown + things)
        best = np.argmax(f1)
        given = pure(answer, scores, right, things)
        found = by_name(given, ("F1", "threshold"))
        name = "the {what} for {k} boxes and {things} things"
        values = {"k": k, "things": things}
        unsorted = 2 * np.cumsum(right) / (shown + things)
        upwards = 2 * np.cumsum(right[order[::-1]]) / (shown + things)
        without_missed = 2 * hits / (shown + max(right.sum(), 1))
        precision, recall = hits / shown, hits / things
        slips = {
            "this is for boxes in the order they came in: sort them by falling score": unsorted.max(),
            "this is for boxes sorted by rising score: the highest is shown first": upwards.max(),
            "this is for all boxes shown: look for the best threshold": f1[-1],
            "this is the mean of P and R, expected 2PR/(P + R)": (precision + recall).max() / 2,
            "this is PR/(P + R), expected 2PR/(P + R)": f1.max() / 2,
            "this is the highest precision": precision.max(),
            "this is the highest recall": recall.max(),
            "recall is by all the things there, also by those that no box found": without_missed.max(),
            "this is the threshold: return F1 first": falling[best],
        }
        if np.isnan(as_array(found["F1"], (), "F1")):
            raise Wrong("F1 is nan: without hits P and R are 0, and 2PR/(P + R) is 0/0; F1 is 0 then")
        close(found["F1"], f1[best], name, slips, what="F1", **values)
        following = falling[min(best + 1, k - 1)]
        slips = {
            "this is how many boxes are shown, expected the score of the last one": best + 1,
            "this is its place, expected the score of the last box shown": best,
            "this is its place in what was given, expected the score there": order[best],
            "the place is in the sorted list, and the score was looked up in the given one": scores[best],
            "this is the next score; the last box that is shown has a higher one": following,
        }
        close(found["threshold"], falling[best], name, slips, what="score", **values)


@exercise("16.4")
def areas_and_boxes(answer):
    """Judge a function from numbers of things to a dict of area and box."""
    drawn = np.zeros((3, 6, 9), int)
    drawn[0, 1:3, 4:9] = drawn[0, 2:4, 4] = 1
    drawn[1, :2, 1:4], drawn[1, 4:, 5:], drawn[1, 5, 0] = 2, 7, 2  # no 1; and 2 has two parts
    drawn[2] = 3  # no background
    drawn[2, 2:4, 3:5] = 12
    for picture in [*drawn, np.zeros((4, 4), int)]:
        found = pure(answer, picture)
        if not hasattr(found, "items"):
            raise Wrong("expected a dict from number to area and box, got {kind}", kind=kind(found))
        try:
            found = {int(number): entry for number, entry in found.items()}
        except (TypeError, ValueError):
            raise Wrong("the keys are {keys}, expected the numbers of the things", keys=list(found)) from None
        there = sorted(set(picture[picture > 0].tolist()))
        if 0 in found:
            raise Wrong("0 is the background, which is no thing")
        for number in sorted(set(there) ^ found.keys()):
            faults = {
                "number {number} occurs, and is missing, in an array of {there}": number in there,
                "number {number} does not occur, and has an entry, in an array of {there}": True,
            }
            refuse(faults, number=number, there=there)
        for number in there:
            (top, left), (bottom, right) = (f(np.argwhere(picture == number), 0) for f in (np.min, np.max))
            area, box = np.sum(picture == number), np.array([left, top, right + 1, bottom + 1])
            width, height = box[2:] - box[:2]
            parts = by_name(found[number], ("area", "box"))
            if np.size(parts["area"]) == 4 and np.size(parts["box"]) == 1:
                raise Wrong("expected the area first, then the box")
            slips = {
                "this is the area of its box; count its own pixels": width * height,
                "each pixel counts 1, whatever its number": area * number,
            }
            close(parts["area"], area, "the area of number {n}", slips, n=number)
            slips = {
                "right and bottom are the first column and row outside: add 1": box - [0, 0, 1, 1],
                "columns come first: left, top, right, bottom": box[[1, 0, 3, 2]],
                "expected left, top, right, bottom, not width and height": [left, top, width, height],
                "expected left, top, right, bottom, in this order": box[[0, 2, 1, 3]],
            }
            close(parts["box"], box, "number {n}, its box (left, top, right, bottom)", slips, n=number)
