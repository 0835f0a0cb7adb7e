"""Checks of chapter 07, the handwriting recognizer."""

import functools
from collections.abc import Iterable
from itertools import islice

import numpy as np

from helpers.checks.engine import Shared, Wrong, call, close, exercise, mistaken, pure, refuse
from helpers.checks.known import each_close
from helpers.checks.messages import kind
from helpers.checks.reading import as_array, numbers


@functools.cache
def _images(**how):
    """The chapter's 400 digits as images: one array of shape (400, 28, 28) for each of three pens."""
    from helpers.handwriting import pen_strokes, strokes_to_image

    digits, _ = pen_strokes(400, np.random.default_rng(1))
    return {pen: np.array([strokes_to_image(d, pen, **how) for d in digits]) for pen in (1, 2.6, 5)}


def _ink(of=np.mean, **how):
    return {pen: of(images) for pen, images in _images(**how).items()}


@exercise("7.2")
def ink_by_pen(answer):
    """Judge the mean pixel values for three pens."""
    name = "the ink for a pen of {key}"
    several = "{name} is {count} numbers, expected one, their mean"
    given = numbers(answer, (1, 2.6, 5), name, several=several)
    right = _ink()
    # As measured, or as copied from a print with two digits after the point.
    off = {
        pen: ink
        for pen, ink in given.items()
        if not (abs(ink - right[pen]) < 0.00055 or abs(ink - round(right[pen], 2)) < 1e-6)  # nan, too
    }
    if not off:
        return
    one_pen = dict.fromkeys(right, right[2.6])
    mistakes = {
        "expected pixels from 0 to 1, not per cent": _ink(lambda images: 100 * images.mean()),
        "expected pixels from 0 to 1, not to 255": _ink(lambda images: 255 * images.mean()),
        "this is the sum over an image, expected the mean": _ink(lambda images: 784 * images.mean()),
        "these images are not prepared": lambda: _ink(centre=False, canvas_size=500),
        "these are the first 100 digits only, expected all 400": _ink(lambda images: images[:100].mean()),
        "this is the mean of the pixels with ink only": _ink(lambda images: images[images > 0].mean()),
        "one pen drew all three: hand its width over, strokes_to_image(strokes, pen)": one_pen,
    }
    mistaken(given, mistakes, "the ink", rtol=0.005, atol=0.0006)
    each_close(off, right, {}, None, name, rtol=0, atol=0.00055)


def _strokes(*texts):
    """Strokes from their points, written as in an SVG polyline."""
    return [np.array([point.split(",") for point in text.split()], float) for text in texts]


_SLANTED = _strokes("10,90 30,50 52,10 60,40", "5,60 70,55 44,20")
_LEANING = {
    "two strokes": _SLANTED,
    "two strokes that lean to the other side": [s * [-0.02, 0.05] + [3, 7] for s in _SLANTED],
    "three strokes, one of them a dot": [*(3 * s + 900 for s in _SLANTED), *_strokes("1000,1300")],
    "two small strokes": [0.01 * s for s in _SLANTED],
    "one stroke": _strokes("0,0 200,100 210,130"),
    "a line that stands upright": _strokes("7,0 7,30 7,90"),
}


@exercise("7.3")
def upright(answer):
    """Judge a function of strokes by leaning strokes, whatever they lean by."""
    for case, strokes in _LEANING.items():
        x, y = np.concatenate(_strokes_from(answer, strokes, case)).T
        old_x, old_y = np.concatenate(strokes).T
        near = 1e-4 * np.ptp(old_y)
        if not np.allclose(y, old_y, rtol=0, atol=near):
            raise Wrong("for {case}, heights (y) changed, expected x only", case=case)
        n, m, above = len(old_y), _lean(old_x, old_y), old_y - old_y.mean()
        sizes = [len(stroke) for stroke in strokes]
        own_m = np.repeat([_lean(*stroke.T) for stroke in strokes], sizes)
        own_above = old_y - np.repeat([stroke[:, 1].mean() for stroke in strokes], sizes)
        correlation = m * (old_y.std() / old_x.std() if old_x.std() else 1)
        subtracted = {
            "it leans as before": 0 * above,
            "it leans twice as much as before; the wrong sign?": -m * above,
            "np.cov divides by n - 1 and var by n: take both from one formula": m * above * n / (n - 1),
            "this m is the covariance over the variance of x, expected of y": _lean(old_y, old_x) * above,
            "this m is the correlation, expected the covariance over the variance of y": correlation * above,
            "each stroke has its own m, expected one m for all": own_m * own_above,
            "m comes from the first stroke alone, expected all points": own_m[0] * above,
            "the strokes moved against each other: one mean of y for all": m * own_above,
        }
        # The digit may have moved as a whole.
        mistakes = {why: old_x - by - np.mean(old_x - by) for why, by in subtracted.items()}
        otherwise = "subtract m times (y - mean of y), with one m and one mean of y for all strokes"
        right = old_x - m * above - old_x.mean()
        name = "the new x, minus their mean, of {case}"
        close(x - x.mean(), right, name, mistakes, otherwise, atol=near, case=case)
    (line,) = _strokes_from(answer, _strokes("0,5 10,5 20,5"), "a horizontal line")
    if not np.isfinite(line).all():
        raise Wrong("a horizontal line becomes nan: its y has no variance, and no lean")
    if not np.allclose(np.diff(line, axis=0), [10, 0], atol=1e-4):
        raise Wrong("a horizontal line changed its form; it has no lean")


def _lean(x, y):
    """Covariance of x and y over the variance of y; 0 where there is none."""
    return np.mean((x - x.mean()) * (y - y.mean())) / (y.var() or 1)


def _strokes_from(function, strokes, case):
    """Strokes that a learner's function makes: as many and as long as those given, which it leaves alone."""
    given = [stroke.copy() for stroke in strokes]
    result = _listed(call(function, Shared(given)), case)
    count = len(strokes)
    if len(result) != count:
        raise Wrong(
            "for {case}, expected a list of {count} strokes, as many as given", case=case, count=count
        )
    read = [as_array(result[i], strokes[i].shape, "a stroke of {case}", case=case) for i in range(count)]
    if len(given) != count or not all(map(np.array_equal, given, strokes)):
        raise Wrong("for {case}, the strokes handed over were changed: make new ones", case=case)
    return read


def _listed(result, case):
    """What a learner's function returned or yields, as a list, even if it never ends."""
    if not isinstance(result, Iterable) or isinstance(result, dict):
        raise Wrong("for {case}, expected a list, got {kind}", case=case, kind=kind(result))
    return list(islice(result, 100))


_SLIP = [
    _strokes("10,10 30,60", "60,14 90,52 60,66"),
    # A 5 with its bar, a 7 with its bar.
    _strokes("12,100 12,120 30,130 10,150", "12,99 40,97", "70,95 100,96 80,160", "72,128 98,126"),
    _strokes("5,190 5,240"),
]
# The first two share no height; the third joins them. In the lower line, the first reaches lowest.
_CHAINED = [
    _strokes("0,0 9,10", "20,30 29,20", "10,25 14,5"),
    _strokes("0,31 5,90", "9,40 9,45", "20,80 30,85"),
]
_PAGES = {
    "one line": [_strokes("0,20 10,60", "100,23 110,60", "300,29 310,60")],
    "two lines": _SLIP[:2],
    "three lines": _SLIP,
    "three lines of small writing": [[0.02 * stroke for stroke in line] for line in _SLIP],
    "three lines of large writing": [[20 * stroke for stroke in line] for line in _SLIP],
    "a single stroke": _SLIP[2:],
    "two lines close to each other": _CHAINED,
    "a line with one long stroke": [
        _strokes("0,0 9,10", "20,30 29,20", "10,5 14,100"),
        _strokes("0,101 5,190", "9,140 9,145"),
    ],
    "two lines of tiny writing": [[0.02 * stroke for stroke in line] for line in _CHAINED],
    "a line with a level bar and a dot": [_strokes("0,0 9,50", "3,20 8,20", "20,31", "30,2 35,48")],
    "six lines": [[s + [0, 100 * n] for s in _strokes("50,0 59,90", "0,40 9,90")] for n in range(6)],
}


@exercise("7.4")
def lines_of_strokes(answer):
    """Judge a function of strokes by slips of one to six lines, their strokes in any order."""
    rng = np.random.default_rng(7)
    for case, expected in _PAGES.items():
        strokes = [stroke for line in expected for stroke in line]
        wanted = [sorted(map(_points, line)) for line in expected]
        # From bottom to top first.
        for order in [range(len(strokes))[::-1], *(rng.permutation(len(strokes)) for _ in range(4))]:
            result = _listed(pure(answer, [strokes[i] for i in order]), case)
            fault = "for {case}, expected a list of lines, each a list of strokes; got a list of strokes"
            refuse(
                {fault: any(isinstance(line, np.ndarray) and line.ndim == 2 for line in result)}, case=case
            )
            close(len(result), len(expected), "for {case}, the number of lines", case=case)
            found = [sorted(map(_points, _listed(line, case))) for line in result]
            others = sorted(sum(found, [])) != sorted(sum(wanted, []))
            faults = {
                "for {case}, the lines come from bottom to top, expected top to bottom": found
                == wanted[::-1],
                "for {case}, strokes got lost, were changed, or came twice": others,
                "for {case}, strokes stand in the wrong lines": True,
            }
            if found != wanted:
                refuse(faults, case=case)


def _points(stroke):
    return as_array(stroke, (None, 2), "a stroke").round(6).tolist()
