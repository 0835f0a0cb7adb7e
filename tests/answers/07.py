"""Right and wrong answers to the exercises of chapter 07."""

import numpy as np
from exercise_twins import solved

from helpers import handwriting

LETTER = solved("7.1")["letter"]

INK = {1: 0.061722, 2.6: 0.146214, 5: 0.238837}  # measured on the chapter's 400 digits
RAW = {1: 0.032790, 2.6: 0.084000, 5: 0.158213}  # and without preparation
FIRST = {1: 0.060696, 2.6: 0.144075, 5: 0.235584}  # of the first 100
SECOND = {1: 0.061325, 2.6: 0.145604, 5: 0.238744}  # and the first 200
INKED = {1: 0.502676, 2.6: 0.725175, 5: 0.837897}  # of the pixels with ink


class Digits:
    """The chapter's digits, drawn when they are asked for."""

    def __iter__(self):
        return iter(handwriting.pen_strokes(400, np.random.default_rng(1))[0])


upright = solved("7.3")["upright"]
lines = solved("7.4")["lines"]


def lean_of(strokes):
    x, y = np.concatenate(strokes).T
    return np.mean((x - x.mean()) * (y - y.mean())) / y.var() if y.var() else 0


def sheared(strokes, by, middle=None):
    """Strokes with x moved by `by` times y; the mean of y is that of all points unless given."""
    middle = np.concatenate(strokes)[:, 1].mean() if middle is None else middle
    return [np.column_stack([s[:, 0] + by * (s[:, 1] - middle), s[:, 1]]) for s in strokes]


def by_polyfit(strokes):
    x, y = np.concatenate(strokes).T
    m = np.polyfit(y, x, 1)[0] if np.ptp(y) else 0
    for stroke in strokes:
        yield [(a - m * (b - y.mean()), b) for a, b in stroke]


def swapped(strokes):
    x, y = np.concatenate(strokes).T
    m = np.mean((x - x.mean()) * (y - y.mean())) / max(x.var(), 1e-9)
    return sheared(strokes, -m)


def unguarded(strokes):
    x, y = np.concatenate(strokes).T
    with np.errstate(invalid="ignore"):
        m = np.mean((x - x.mean()) * (y - y.mean())) / y.var()
    return sheared(strokes, -m)


def with_cov(strokes):
    x, y = np.concatenate(strokes).T
    return sheared(strokes, -np.cov(x, y)[0, 1] / (y.var() or 1))


def each_by_itself(strokes):
    return [sheared([stroke], -lean_of([stroke]))[0] for stroke in strokes]


def own_middles(strokes):
    m = lean_of(strokes)
    return [sheared([stroke], -m)[0] for stroke in strokes]


def by_ends(strokes):
    (x, y), (right, bottom) = strokes[0][0], strokes[-1][-1]
    return sheared(strokes, -(right - x) / ((bottom - y) or 1))


def by_correlation(strokes):
    x, y = np.concatenate(strokes).T
    return sheared(strokes, -np.corrcoef(x, y)[0, 1] if y.var() and x.var() else 0)


def turned(strokes):
    angle = np.arctan(lean_of(strokes))
    return [s @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]] for s in strokes]


def in_place(strokes):
    made = upright(strokes)
    for stroke, new in zip(strokes, made, strict=True):
        stroke[:] = new
    return strokes


def endless(strokes):
    while True:
        yield from strokes


def by_overlap(strokes):
    """Joins lines that share height with a stroke, one after the other."""
    groups = []
    for stroke in strokes:
        low, high = stroke[:, 1].min(), stroke[:, 1].max()
        near = [g for g in groups if any(s[:, 1].min() <= high and s[:, 1].max() >= low for s in g)]
        rest = [g for g in groups if not any(g is n for n in near)]
        groups = [*rest, [stroke, *(s for g in near for s in g)]]
    return sorted(groups, key=lambda g: min(s[:, 1].min() for s in g))


def strictly(strokes):
    """By overlap, but a level stroke, which has no height, shares none."""
    groups = []
    for stroke in strokes:
        low, high = stroke[:, 1].min(), stroke[:, 1].max()
        near = [g for g in groups if any(min(high, s[:, 1].max()) > max(low, s[:, 1].min()) for s in g)]
        rest = [g for g in groups if not any(g is n for n in near)]
        groups = [*rest, [stroke, *(s for g in near for s in g)]]
    return sorted(groups, key=lambda g: min(s[:, 1].min() for s in g))


def sorting_what_it_got(strokes):
    strokes.sort(key=lambda stroke: -stroke[:, 1].max())
    groups = []
    for stroke in strokes:
        if groups and stroke[:, 1].max() >= min(s[:, 1].min() for s in groups[-1]):
            groups[-1].append(stroke)
        else:
            groups.append([stroke])
    return reversed(groups)


def by_first_point(strokes):
    groups = {}
    for stroke in strokes:
        groups.setdefault(stroke[0, 1], []).append(stroke)
    return [groups[y] for y in sorted(groups)]


def in_order_written(strokes):
    groups = []
    for stroke in strokes:
        if groups and stroke[:, 1].min() <= max(s[:, 1].max() for s in groups[-1]):
            groups[-1].append(stroke)
        else:
            groups.append([stroke])
    return groups


def with_room(room, share=0, lowest=max, by=np.min):
    """Sorted into lines as in the solution, but with room for gaps of so many units, or of so much height."""

    def function(strokes):
        groups = []
        for stroke in sorted(strokes, key=lambda stroke: by(stroke[:, 1])):
            height = max(np.ptp(s[:, 1]) for s in strokes)
            bottoms = [s[:, 1].max() for s in groups[-1]] if groups else [-np.inf]
            if stroke[:, 1].min() <= lowest(bottoms) + room + share * height:
                groups[-1].append(stroke)
            else:
                groups.append([stroke])
        return groups

    return function


def first_that_fits(strokes):
    """Never joins two lines that a later stroke connects."""
    groups = []
    for stroke in strokes:
        low, high = stroke[:, 1].min(), stroke[:, 1].max()
        for group in groups:
            if any(s[:, 1].min() <= high and s[:, 1].max() >= low for s in group):
                group.append(stroke)
                break
        else:
            groups.append([stroke])
    return sorted(groups, key=lambda g: min(s[:, 1].min() for s in g))


def by_middle(strokes):
    groups = []
    for stroke in sorted(strokes, key=lambda stroke: stroke[:, 1].mean()):
        if groups and stroke[:, 1].mean() - groups[-1][-1][:, 1].mean() < 40:
            groups[-1].append(stroke)
        else:
            groups.append([stroke])
    return groups


def by_width(strokes):
    return [[s[:, ::-1] for s in line] for line in lines([s[:, ::-1] for s in strokes])]


def guarded_too_much(strokes):
    """Takes what is less than one unit high for a horizontal line."""
    return upright(strokes) if np.ptp(np.concatenate(strokes)[:, 1]) > 1 else [s.copy() for s in strokes]


def emptying(strokes):
    return lines([strokes.pop() for _ in range(len(strokes))])


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"7.1": {}, "7.2": {"digits": Digits(), "handwriting": handwriting}, "7.3": {}, "7.4": {}}

RIGHT = {
    "7.1": {
        "as solved": LETTER,
        "float32": {name: np.float32(value) for name, value in reversed(LETTER.items())},
        "rounded": LETTER | {"right": 2.5, "down": -2.2, "width": 9.6, "height": [20]},
        "as the chapter's own functions have it": LETTER | {"right": 2.285, "down": -2.26},
    },
    "7.2": {
        "as measured": INK,
        "keys as text": {str(pen): np.array([value]) for pen, value in INK.items()},
        "three digits": {pen: round(value, 3) for pen, value in INK.items()},
        "two digits": {pen: round(value, 2) for pen, value in INK.items()},
    },
    "7.3": {
        "as solved": upright,
        "float32": lambda strokes: [s.astype(np.float32) for s in upright(strokes)],
        "lists": lambda strokes: [s.tolist() for s in upright(strokes)],
        "moved as a whole": lambda strokes: sheared(strokes, -lean_of(strokes), middle=0),
        "a tuple": lambda strokes: tuple(upright(strokes)),
        "a generator": by_polyfit,
        "dict.values()": lambda strokes: dict(enumerate(upright(strokes))).values(),
        "map": lambda strokes: map(np.asarray, upright(strokes)),
    },
    "7.4": {
        "as solved": lines,
        "by overlap": by_overlap,
        "tuples": lambda strokes: tuple(tuple(line) for line in lines(strokes)),
        "lists": lambda strokes: [[s.tolist() for s in line] for line in lines(strokes)],
        "generators": lambda strokes: ((stroke for stroke in line) for line in lines(strokes)),
        "dict.values()": lambda strokes: dict(enumerate(lines(strokes))).values(),
    },
}

WRONG = {
    "7.1": [
        (LETTER | {"factor": 0.1}, "sticks out on both sides"),
        (LETTER | {"factor": 0.2175}, "longer side decides"),
        (LETTER | {"factor": 11.5}, "over the longer side"),
        (LETTER | {"factor": 0.092}, "over the longer side"),  # half of the pen
        (LETTER | {"width": 6.96}, "wider by the pen"),
        (LETTER | {"height": 17.4}, "wider by the pen"),
        (LETTER | {"height": 18.7}, "plus the pen"),  # half of the pen
        (LETTER | {"width": 20, "height": 9.56}, "'width' is 20: expected the side"),
        (LETTER | {"right": -2.49}, "the other way"),
        (LETTER | {"down": 2.49}, "the other way"),
        (LETTER | {"down": -28.6}, "times the factor"),
        (LETTER | {"right": 1.16, "down": -2.9}, "mean of the three corners"),
        (LETTER | {"right": 1.74, "down": -4.35}, "mass is length"),  # both pieces count alike
        (LETTER | {"right": 2.0}, "times the factor"),
        (LETTER | {"right": np.nan}, "times the factor"),
        (LETTER | {"right": "2.5"}, "expected numbers"),
        ({"factor": 0.087}, "'width' is missing"),
        (0.087, "expected a dict"),
        (dict.fromkeys(LETTER, ...), "replace the"),
        (LETTER | {"factor": 20 / 240}, "over the longer side"),
        (LETTER | {"right": 0}, "times the factor"),
        (LETTER | {"height": 28}, "plus the pen"),
    ],
    "7.2": [
        (RAW, "not prepared"),
        ({pen: 255 * value for pen, value in INK.items()}, "not to 255"),
        ({pen: 784 * value for pen, value in INK.items()}, "sum over an image"),
        (dict.fromkeys(INK, INK[2.6]), "one pen drew all three"),
        (FIRST, "the first 100 digits only"),
        ({pen: np.full(400, value) for pen, value in INK.items()}, "400 numbers, expected one, their mean"),
        (SECOND, "a pen of 2.6 is 0.1456, expected 0.1462"),
        (INKED, "the mean of the pixels with ink only"),
        (dict(zip(INK, reversed(INK.values()), strict=True)), "a pen of 1 is 0.2388, expected 0.06"),
        (INK | {5: 0.228}, "a pen of 5 is 0.228, expected 0.2388"),
        ({1: 0.06}, "pen of 2.6 is missing"),
        ({"thin": 0.06, 2.6: 0.1, 5: 0.2}, "pen of 1 is missing"),
        ({1: np.nan, 2.6: 0.1, 5: 0.2}, "is nan"),
        ({1: "6%", 2.6: 0.1, 5: 0.2}, "expected numbers"),
        (0.14, "expected a dict"),
        ({1: ..., 2.6: ..., 5: ...}, "replace the"),
        ([0.1, 0.1, 0.1], "a pen of 1 is 0.1"),
        ([0.06, 0.15, 0.25], "a pen of 5 is 0.25"),  # invented
        ({pen: 100 * value for pen, value in INK.items()}, "not per cent"),
    ],
    "7.3": [
        (lambda strokes: strokes, "as before"),
        (lambda strokes: sheared(strokes, lean_of(strokes)), "wrong sign"),
        (lambda strokes: sheared(strokes, 0.3), "subtract m times"),
        (swapped, "variance of x, expected of y"),
        (unguarded, "becomes nan"),
        (with_cov, "np.cov divides by n - 1"),
        (each_by_itself, "its own m"),
        (own_middles, "against each other"),
        (lambda strokes: sheared(strokes, -lean_of(strokes[:1])), "first stroke alone"),
        (by_ends, "subtract m times"),
        (turned, r"heights \(y\) changed"),
        (lambda strokes: [s * [2, 1] for s in upright(strokes)], "subtract m times"),  # stretched
        (lambda strokes: [s * [1, 2] for s in upright(strokes)], r"heights \(y\) changed"),
        (in_place, "were changed: make new ones"),
        (endless, "expected a list of 2"),
        (lambda strokes: [s[:, ::-1] for s in strokes], r"heights \(y\) changed"),
        (lambda strokes: np.concatenate(upright(strokes)), "expected a list of 2"),
        (lambda strokes: upright(strokes)[:1], "expected a list of 2"),
        (lambda strokes: None, "returns None"),
        (lambda strokes: 3, "expected a list, got an int"),
        (lambda strokes: [s[:, 0] for s in strokes], "shape"),
        (lambda: None, "TypeError"),
        (np.zeros((3, 2)), "expected a function"),
        (..., "replace the|expected a function"),
        (lambda strokes: sheared(strokes, -lean_of(strokes) / 2), "subtract m times"),
        (lambda strokes: sheared(strokes, -np.mean([lean_of([s]) for s in strokes])), "subtract m times"),
        (lambda strokes: sheared(strokes, -np.clip(lean_of(strokes), -0.5, 0.5)), "subtract m times"),
        (lambda strokes: [np.round(s) for s in upright(strokes)], "subtract m times"),
        (lambda strokes: upright(strokes)[::-1], "shape"),
        (lambda strokes: [s[::-1] for s in upright(strokes)], r"heights \(y\) changed"),
        (lambda strokes: [s * np.nan for s in strokes], r"heights \(y\) changed"),
        (lambda strokes: [s.astype(str) for s in upright(strokes)], "is text, expected numbers"),
        (lambda strokes: strokes[9], "stopped with IndexError"),
        (guarded_too_much, "two small strokes: it leans as before"),
        (by_correlation, "this m is the correlation"),
    ],
    "7.4": [
        (lambda strokes: lines(strokes)[::-1], "bottom to top"),
        (by_first_point, r"lines is \d, expected"),
        (in_order_written, "lines is|bottom to top|strokes"),
        (by_width, r"lines is \d, expected"),
        (with_room(25), "small writing, the number of lines is 1, expected 3"),
        (with_room(0, 0.2), "close to each other, the number of lines is 1, expected 2"),
        (with_room(0.5), "tiny writing, the number of lines is 1, expected 2"),
        (with_room(-5), "lines is"),
        (with_room(0, lowest=lambda bottoms: bottoms[-1]), "lines is"),  # of the last stroke only
        (with_room(0, lowest=min), "lines is"),
        (first_that_fits, "lines is 3, expected 2"),
        (by_middle, "lines is"),
        (with_room(0, by=np.mean), "one long stroke, the number of lines is 3, expected 2"),
        (strictly, "a level bar and a dot, the number of lines is 3, expected 1"),
        (lambda strokes: [strokes], "two lines, the number of lines is 1, expected 2"),
        (lambda strokes: [[stroke] for stroke in strokes], "lines is 3, expected 1"),
        (lambda strokes: lines(strokes)[:1], r"lines is \d, expected"),
        (lambda strokes: [line[:1] for line in lines(strokes)], "got lost"),
        (lambda strokes: [line + line[:1] for line in lines(strokes)], "came twice"),
        (lambda strokes: strokes, "a list of strokes"),
        (lambda strokes: None, "returns None"),
        (lambda strokes: 3, "TypeError|expected"),
        (lambda: None, "TypeError"),
        ([1, 2], "expected a function"),
        (..., "replace the|expected a function"),
        (sorting_what_it_got, "work on a copy"),
        (emptying, "work on a copy"),
        (
            lambda strokes: sorted(lines(strokes), key=lambda line: min(s[:, 0].min() for s in line)),
            "top to bottom|wrong lines",
        ),
        (lambda strokes: sorted(lines(strokes), key=len), "bottom to top|wrong lines"),
        (lambda strokes: [[2 * s for s in line] for line in lines(strokes)], "were changed"),
        (lambda strokes: [*lines(strokes), []], "lines is 2, expected 1"),
        (lambda strokes: lines(strokes)[:2], "lines is 2, expected 3"),
        (with_room(0, 0.05), "close to each other"),
        (lambda strokes: dict(enumerate(lines(strokes))), "expected a list"),
    ],
}
