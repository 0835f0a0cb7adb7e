"""Right and wrong answers to the exercises of chapter 16."""

import numpy as np

from helpers.boxes import iou, suppress

SHIFTED, HALF = "(0, 0, 4, 4) and (2, 2, 6, 6)", "(0, 0, 10, 10) and (0, 0, 5, 10)"
INSIDE, TOUCHING = "(0, 0, 10, 10) and (2, 2, 8, 8)", "(0, 0, 4, 4) and (4, 0, 8, 4)"
OVERLAPS = {SHIFTED: 1 / 7, HALF: 0.5, INSIDE: 0.36, TOUCHING: 0}


def by_class(boxes, scores, classes, most=0.5):
    rows = []
    for kind in np.unique(classes):
        mine = np.flatnonzero(classes == kind)
        rows.extend(mine[suppress(boxes[mine], scores[mine], most)])
    return np.array(sorted(rows, key=lambda row: -scores[row]), int)


def far_apart(boxes, scores, classes, most=0.5):
    return suppress(boxes + 1000 * classes[:, None], scores, most)


def box_by_box(boxes, scores, classes, most):
    kept = []
    for row in sorted(range(len(boxes)), key=lambda row: -scores[row]):
        rivals = [other for other in kept if classes[other] == classes[row]]
        if all(iou(boxes[[row]], boxes[[other]])[0, 0] <= most for other in rivals):
            kept.append(row)
    return kept


def in_place(boxes, scores, classes, most=0.5):
    boxes += 1000 * classes[:, None]
    return suppress(boxes, scores, most)


def part_of_part(boxes, scores, classes, most=0.5):
    parts = [suppress(boxes[classes == kind], scores[classes == kind], most) for kind in np.unique(classes)]
    return np.concatenate(parts)


def other_classes(boxes, scores, classes, most=0.5):
    """A box takes away those of other classes."""
    kept, order = [], list(np.argsort(-scores))
    while order:
        best = order.pop(0)
        kept.append(best)
        overlaps = iou(boxes[[best]], boxes)[0]
        order = [row for row in order if classes[row] == classes[best] or overlaps[row] <= most]
    return kept


def only_higher_ones(boxes, scores, classes, most=0.5):
    """A box that was thrown away still throws away others."""
    beats = (iou(boxes, boxes) > most) & (classes[:, None] == classes) & (scores[:, None] > scores)
    return sorted(np.flatnonzero(~beats.any(axis=0)), key=lambda row: -scores[row])


def of_ten_classes(boxes, scores, classes, most=0.5):
    known = np.flatnonzero(classes < 10)
    return known[by_class(boxes[known], scores[known], classes[known], most)]


def best_of_each_class(boxes, scores, classes, most=0.5):
    best = [max(np.flatnonzero(classes == kind), key=lambda row: scores[row]) for kind in set(classes)]
    return sorted(best, key=lambda row: -scores[row])


def highest_f1(scores, right, things):
    best = max(scores, key=lambda least: _f1(scores >= least, right, things))
    return _f1(scores >= best, right, things), best


def _f1(shown, right, things):
    precision, recall = right[shown].mean(), right[shown].sum() / things
    return 2 * precision * recall / (precision + recall) if right[shown].any() else 0


def f1_like(formula=None, order=None, look=None):
    """A solution with another formula of hits, shown and things, order of boxes, or second number."""

    def answer(scores, right, things):
        places = np.argsort(-scores) if order is None else order(scores)
        hits, shown = np.cumsum(right[places]), np.arange(1, len(places) + 1)
        f1 = (formula or (lambda h, n, t: 2 * h / (n + t)))(hits, shown, things)
        best = np.argmax(f1)
        return f1[best], (look or (lambda s, p, b: s[p][b]))(scores, places, best)

    return answer


def with_nan(scores, right, things):
    hits = np.cumsum(right[np.argsort(-scores)])
    precision, recall = hits / np.arange(1, len(hits) + 1), hits / things
    f1 = 2 * precision * recall / (precision + recall)
    return f1.max(), np.sort(scores)[::-1][f1.argmax()]


def sorts_in_place(scores, right, things):
    order = np.argsort(-scores)
    scores[:], right[:] = scores[order], right[order]
    return highest_f1(scores, right, things)


def of_boxes_found(scores, right, things):
    return highest_f1(scores, right, right.sum())


def pixels(numbers, number):
    rows, columns = np.nonzero(numbers == number)
    return rows, columns


def box_of(numbers, number):
    rows, columns = pixels(numbers, number)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def described(entry, occurring=lambda numbers: np.unique(numbers[numbers > 0])):
    """A solution with another entry for a number, or other numbers."""
    return lambda numbers: {number: entry(numbers, number) for number in occurring(numbers)}


def pair(numbers, number):
    return np.sum(numbers == number), box_of(numbers, number)


def with_scikit_image(numbers):
    from skimage.measure import regionprops

    found = {}
    for thing in regionprops(numbers):
        top, left, bottom, right = thing.bbox
        found[thing.label] = thing.area, (left, top, right, bottom)
    return found


def pixel_by_pixel(numbers):
    found = {}
    for (y, x), number in np.ndenumerate(numbers):
        if number:
            area, (left, top, right, bottom) = found.get(int(number), (0, (x, y, 0, 0)))
            box = min(left, x), min(top, y), max(right, x + 1), max(bottom, y + 1)
            found[int(number)] = [area + 1, np.array(box)]
    return found


def only_first_part(numbers, number):
    from skimage.measure import label

    first = label(numbers == number) == 1
    return first.sum(), box_of(first, True)


def gathered(numbers, found={}):  # noqa: B006 (the mistake)
    found.update(described(pair)(numbers))
    return found


def clears(numbers):
    found = {}
    while numbers.any():
        number = numbers.max()
        found[number] = pair(numbers, number)
        numbers[numbers == number] = 0
    return found


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"16.1": {}, "16.2": {"suppress": suppress}, "16.3": {}, "16.4": {}}

RIGHT = {
    "16.1": {
        "fractions": OVERLAPS,
        "rounded": {SHIFTED: 0.14, HALF: 0.5, INSIDE: 0.36, TOUCHING: 0.0},
        "per cent": {SHIFTED: 14.3, HALF: 50, INSIDE: 36, TOUCHING: 0},
        "NumPy's": {key: np.array([value]) for key, value in OVERLAPS.items()},
    },
    "16.2": {
        "class by class": by_class,
        "classes put far apart": far_apart,
        "box by box": box_by_box,
        "in a column": lambda *given: by_class(*given)[:, None],
        "floats": lambda *given: [float(row) for row in by_class(*given)],
    },
    "16.3": {
        "each score tried": highest_f1,
        "with sums": f1_like(),
        "a dict": lambda *given: dict(zip(("F1", "threshold"), highest_f1(*given), strict=True)),
        "an array": lambda *given: np.array(highest_f1(*given), np.float32),
        "nan passed over": lambda scores, right, things: f1_like(
            lambda h, n, t: np.nan_to_num(2 * (h / n) * (h / t) / (h / n + h / t))
        )(scores, right, things),
    },
    "16.4": {
        "by numbers": described(pair),
        "scikit-image": with_scikit_image,
        "pixel by pixel": pixel_by_pixel,
        "arrays": described(lambda *given: (np.array([pair(*given)[0]]), np.array(box_of(*given), float))),
        "with names": described(lambda *given: {"box": box_of(*given), "area": pair(*given)[0]}),
    },
}

WRONG = {
    "16.1": [
        (OVERLAPS | {SHIFTED: 0.125}, "counted twice"),
        (OVERLAPS | {SHIFTED: 0.25}, "not by one box"),
        (OVERLAPS | {SHIFTED: 0.2195}, "first column and row outside"),
        (OVERLAPS | {HALF: 1 / 3}, "the second lies in the first"),
        (OVERLAPS | {HALF: 1.0}, "not by the smaller box"),
        (OVERLAPS | {HALF: 2 / 3}, "Dice"),
        (OVERLAPS | {INSIDE: 0.6}, "not widths"),
        (OVERLAPS | {INSIDE: 0.64}, "6 wide"),
        (OVERLAPS | {INSIDE: 36 / 136}, "together they cover 100"),
        (OVERLAPS | {TOUCHING: 0.11}, "share nothing"),
        (OVERLAPS | {SHIFTED: 0.3}, "draw both"),
        (OVERLAPS | {SHIFTED: -0.1}, "between 0 and 1"),
        (OVERLAPS | {HALF: 2}, r"and \(0, 0, 5, 10\)' is 2: .* at most 1"),
        ([7, 2, 100 / 36, 0], "is 7: .* at most 1"),
        (OVERLAPS | {TOUCHING: np.nan}, "is nan"),
        (OVERLAPS | {HALF: "half"}, "expected numbers"),
        (OVERLAPS | {HALF: (50, 100)}, "shape"),
        (OVERLAPS | {HALF: ...}, "replace the"),
        ({SHIFTED: 1 / 7}, "is missing"),
        (0.5, "expected a dict"),
    ],
    "16.2": [
        (lambda boxes, scores, classes, most=0.5: suppress(boxes, scores, most), "no difference yet"),
        (part_of_part, "of the part of one class"),
        (lambda *given: by_class(*given)[::-1], "the lowest score first"),
        (lambda *given: np.sort(by_class(*given)), "in another order"),
        (
            lambda boxes, scores, classes, most: sorted(
                by_class(boxes, scores, classes, most), key=lambda row: (classes[row], -scores[row])
            ),
            "class by class",
        ),
        (lambda boxes, *given: boxes[by_class(boxes, *given)], "these are boxes"),
        (lambda boxes, scores, *given: scores[by_class(boxes, scores, *given)], "these are scores"),
        (lambda boxes, *given: np.isin(np.arange(len(boxes)), by_class(boxes, *given)), "not a mask"),
        (lambda boxes, scores, classes, most: np.argsort(-scores), "no box is suppressed"),
        (lambda boxes, scores, classes, most: by_class(boxes, scores, classes), r"limit 0\.3"),
        (
            lambda boxes, scores, classes, most: by_class(boxes, scores, classes, 1 - most),
            r"limit 0\.3",
        ),
        (only_higher_ones, "thrown away itself"),
        (of_ten_classes, "stay, expected"),
        (
            lambda boxes, scores, classes, most: suppress(boxes + 100 * classes[:, None], scores, most),
            "stay, expected",
        ),
        (lambda *given: by_class(*given)[:-1], "stay, expected"),
        (lambda boxes, scores, *given: np.argmax(scores), r"the rows \d+ stay"),
        (lambda *given: [], "the rows none stay"),
        (
            lambda boxes, scores, classes, most: classes[by_class(boxes, scores, classes, most)],
            "17, 17, .*stay",
        ),
        (in_place, "work on a copy"),
        (other_classes, "stay, expected"),
        (best_of_each_class, r"of 14 boxes in 3 classes, with the limit 0\.5, the rows \d+, \d+, \d+ stay"),
        (lambda boxes, scores: by_class(boxes, scores, np.zeros(len(boxes))), "TypeError"),
        (lambda *given: None, "returns None"),
        (lambda *given: "0, 2", "expected numbers"),
        (lambda *given: {3: [1, 2]}, "expected numbers"),
        (lambda boxes, scores, classes, most: [classes, scores], "shape|stay"),
        (np.array([1, 2]), "expected a function"),
        (..., "replace the|expected a function"),
    ],
    "16.3": [
        (f1_like(order=lambda scores: np.arange(len(scores))), "in the order they came in"),
        (f1_like(order=np.argsort), "sorted by rising score"),
        (f1_like(lambda h, n, t: h / n), "highest precision"),
        (f1_like(lambda h, n, t: h / t), "highest recall"),
        (f1_like(lambda h, n, t: (h / n + h / t) / 2), "the mean of P and R"),
        (f1_like(lambda h, n, t: h / (n + t)), r"this is PR/\(P \+ R\)"),
        (f1_like(look=lambda s, p, b: b + 1), "how many boxes are shown"),
        (f1_like(look=lambda s, p, b: b), "this is its place, expected"),
        (f1_like(look=lambda s, p, b: p[b]), "its place in what was given"),
        (f1_like(look=lambda s, p, b: s[b]), "looked up in the given one"),
        (f1_like(look=lambda s, p, b: s[p][min(b + 1, len(s) - 1)]), "the next score"),
        (f1_like(look=lambda s, p, b: 0.5), "the score for 30 boxes"),
        (f1_like(lambda h, n, t: h / (n + t - h)), r"expected 0\.5625$"),
        (f1_like(lambda h, n, t: 2 * h / (n - 1 + t)), r"expected 0\.5625$"),
        (lambda scores, right, things: highest_f1(scores, right, len(right)), r"expected 0\.5625$"),
        (with_nan, "F1 is nan"),
        (of_boxes_found, "by all the things there"),
        (sorts_in_place, "work on a copy"),
        (lambda *given: highest_f1(*given)[::-1], "return F1 first"),
        (lambda *given: highest_f1(*given)[0], "expected a dict"),
        (lambda scores, right, things: (2 * right.sum() / (len(right) + things), scores.min()), "all boxes"),
        (lambda scores, right: 0.5, "TypeError"),
        (lambda *given: None, "returns None"),
        (lambda *given: ("high", 0.5), "expected numbers"),
        ((0.9, 0.3), "expected a function"),
        (..., "replace the|expected a function"),
    ],
    "16.4": [
        (described(lambda n, k: (pair(n, k)[0], box_of(n, k) - np.array([0, 0, 1, 1]))), "add 1"),
        (described(lambda n, k: (pair(n, k)[0], np.array(box_of(n, k))[[1, 0, 3, 2]])), "columns come first"),
        (
            described(
                lambda n, k: (
                    pair(n, k)[0],
                    box_of(n, k)[:2] + [np.ptp(axis) + 1 for axis in pixels(n, k)[::-1]],
                )
            ),
            "not width and height",
        ),
        (described(lambda n, k: (pair(n, k)[0], np.array(box_of(n, k))[[0, 2, 1, 3]])), "in this order"),
        (described(lambda n, k: pair(n, k)[::-1]), "the area first"),
        (described(lambda n, k: (n[n == k].sum(), box_of(n, k))), "each pixel counts 1"),
        (
            described(
                lambda n, k: (np.prod(np.ptp(np.argwhere(n == k), axis=0) + 1), box_of(n, k)),
            ),
            "the area of its box",
        ),
        (described(pair, np.unique), "0 is the background"),
        (described(pair, lambda n: range(1, n.max() + 1)), "stopped with ValueError"),
        (described(pair, lambda n: np.unique(n)[1:]), "number 3 occurs, and is missing"),
        (described(pair, lambda n: np.unique(n[n > 0])[:1]), "number 7 occurs, and is missing"),
        (lambda n: dict(enumerate((pair(n, k) for k in np.unique(n[n > 0])), 1)), "number 1 does not occur"),
        (described(only_first_part), "the area of number 2"),
        (described(lambda n, k: pair(n, k)[0]), "expected a dict with the keys"),
        (lambda n: [pair(n, k) for k in np.unique(n[n > 0])], "expected a dict from number"),
        (clears, "work on a copy"),
        (gathered, r"number 1 does not occur, and has an entry, in an array of \[2, 7\]"),
        (lambda n: {f"thing {k}": entry for k, entry in described(pair)(n).items()}, "the keys are"),
        (described(lambda n, k: (*pair(n, k)[1], pair(n, k)[0])), "2 entries in this order"),
        (lambda: {}, "TypeError"),
        (lambda n: None, "returns None"),
        ({1: (12, (4, 1, 9, 4))}, "expected a function"),
        (..., "replace the|expected a function"),
    ],
}
