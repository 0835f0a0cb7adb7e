"""Checks of chapter 07, the handwriting recognizer."""

import functools

import numpy as np

from helpers.checks.engine import NotStarted, as_array, call, exercise

# An L from (100, 40) down to (100, 240) and right to (180, 240), drawn with a pen of 2.6 pixels.
_LETTER = {"factor": 0.087, "width": 9.56, "height": 20.0, "right": 2.49, "down": -2.49}
_CLOSE_ENOUGH = {"factor": 0.001, "width": 0.15, "height": 0.15, "right": 0.6, "down": 0.6}
_PENS = (1.0, 2.6, 5.0)


@exercise("7.1")
def letter_on_paper(answer):
    """Judge a dict of five numbers about an L."""
    if not isinstance(answer, dict):
        return f"expected a dict with {', '.join(map(repr, _LETTER))}, got a {type(answer).__name__}"
    if any(answer.get(name) is ... for name in _LETTER):
        raise NotStarted
    for name, right in _LETTER.items():
        if name not in answer:
            return f"{name!r} is missing"
        value = float(as_array(answer[name], (), repr(name)))
        if not abs(value - right) <= _CLOSE_ENOUGH[name]:
            return f"{name!r} is {value:g}: {_why_not(name, value)}"
    return None


def _why_not(name, value):
    if name == "factor":
        if abs(value - 0.1) < 1e-6:
            return "the pen sticks out on both sides, so its middle gets 20 - 2.6 pixels"
        if abs(value - 17.4 / 80) < 1e-3:
            return "the longer side decides"
        return "expected the pixels left for the pen's middle over the longer side of the box"
    if name == "width" and abs(value - 6.96) < 0.15:
        return "this is the pen's middle only; the ink is wider by the pen"
    if name in ("width", "height"):
        return "expected the side of the box times the factor, plus the pen's width"
    right = _LETTER[name]
    if abs(value + right) <= _CLOSE_ENOUGH[name]:
        return "the other way: the ink's middle moves to the image's middle"
    return "expected (middle of the box - centre of mass) times the factor; mass is length"


@functools.cache
def _ink():
    """Mean pixel values of the chapter's 400 digits, by pen; and without preparation."""
    from helpers.handwriting import pen_strokes, strokes_to_image

    digits, _ = pen_strokes(400, np.random.default_rng(1))
    prepared, raw = (
        {pen: float(np.mean([strokes_to_image(strokes, pen, **how) for strokes in digits])) for pen in _PENS}
        for how in ({}, {"centre": False, "canvas_size": 500})
    )
    return prepared, raw


@exercise("7.2")
def ink_by_pen(answer):
    """Judge a dict from pen width to the mean pixel value."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(_PENS):
        answer = dict(zip(_PENS, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_PENS)} numbers, got a {type(answer).__name__}"
    if any(value is ... for value in answer.values()):
        raise NotStarted
    try:
        given = {round(float(key), 4): value for key, value in answer.items()}
    except (TypeError, ValueError):
        return f"the keys are {', '.join(map(repr, answer))}, expected the pens 1, 2.6 and 5"
    prepared, raw = _ink()
    for pen, right in prepared.items():
        name = f"the ink for a pen of {pen:g}"
        if pen not in given:
            return f"{name} is missing"
        value = float(as_array(given[pen], (), name))
        if abs(value - right) <= 0.03 * right + 0.0005:
            continue
        if abs(value / 255 - right) <= 0.03 * right:
            return f"{name} is {value:.4g}: expected pixels from 0 to 1, not to 255"
        if abs(value / 784 - right) <= 0.03 * right:
            return f"{name} is {value:.4g}: this is the sum over an image, expected the mean"
        if abs(value - raw[pen]) <= 0.03 * raw[pen] + 0.0005:
            return f"{name} is {value:.3f}: these images are not prepared"
        return f"{name} is {value:.4g}, expected {right:.3f}: the mean over all pixels of all 400 images?"
    return None


_SLANTED = [
    np.array([[10.0, 90.0], [30.0, 50.0], [52.0, 10.0], [60.0, 40.0]]),
    np.array([[5.0, 60.0], [70.0, 55.0], [44.0, 20.0]]),
]


@exercise("7.3")
def upright(answer):
    """Judge a function of strokes by leaning strokes, whatever they lean by."""
    before = [stroke.copy() for stroke in _SLANTED]
    result = _strokes_from(call(answer, before), _SLANTED, "two strokes")
    for number, (new, old) in enumerate(zip(result, _SLANTED, strict=True)):
        if not np.allclose(new[:, 1], old[:, 1], atol=1e-4):
            return f"stroke {number}: heights (y) changed, expected x only"
    x, y = np.concatenate(result).T
    lean = np.mean((x - x.mean()) * (y - y.mean())) / y.var()
    old_x, _ = np.concatenate(_SLANTED).T
    old_lean = np.mean((old_x - old_x.mean()) * (y - y.mean())) / y.var()
    if abs(lean - old_lean) < 1e-6:
        return f"x still changes by {lean:.3g} for each step in y, as before; expected 0"
    if abs(lean) > 1e-4:
        more = "; the wrong sign?" if abs(lean - 2 * old_lean) < 1e-3 else ""
        return f"x still changes by {lean:.3g} for each step in y, before by {old_lean:.3g}; expected 0{more}"
    moved = [new[:, 0] - old[:, 0] + old_lean * old[:, 1] for new, old in zip(result, _SLANTED, strict=True)]
    for number, by in enumerate(moved):
        if np.ptp(by) > 1e-3:
            return f"stroke {number} was bent or stretched: subtract m times (y - mean of y) from x, no more"
    if abs(moved[0].mean() - moved[1].mean()) > 1e-3:
        return "the strokes moved against each other: one m and one mean of y for all of them"
    flat = [np.array([[0.0, 5.0], [10.0, 5.0], [20.0, 5.0]])]
    result = _strokes_from(call(answer, flat), flat, "a horizontal line")
    if not np.isfinite(result[0]).all():
        return "a horizontal line becomes nan: its y has no variance, and no lean"
    if np.ptp(result[0][:, 1]) > 1e-6 or abs(np.ptp(result[0][:, 0]) - 20) > 1e-4:
        return "a horizontal line changed its form; it has no lean"
    return None


def _strokes_from(result, like, name):
    """Read a learner's strokes; they must have the shapes of those that were given."""
    from helpers.checks.engine import Wrong

    if result is None:
        raise Wrong("your function returns None; is there a return?")
    if not isinstance(result, list | tuple | np.ndarray) or len(result) != len(like):
        raise Wrong(f"for {name}, expected a list of {len(like)} strokes, as many as were given")
    return [
        as_array(new, old.shape, f"stroke {i} of {name}")
        for i, (new, old) in enumerate(zip(result, like, strict=True))
    ]


def _stroke(*points):
    return np.array(points, dtype=float)


# Lines from top to bottom, each a list of strokes. In the second one a 5 with its bar, a 7 with its bar.
_SLIP = [
    [_stroke([10, 10], [30, 60]), _stroke([60, 14], [90, 52], [60, 66])],
    [
        _stroke([12, 100], [12, 120], [30, 130], [10, 150]),
        _stroke([12, 99], [40, 97]),
        _stroke([70, 95], [100, 96], [80, 160]),
        _stroke([72, 128], [98, 126]),
    ],
    [_stroke([15, 190], [15, 240])],
]


@exercise("7.4")
def lines_of_strokes(answer):
    """Judge a function of strokes by slips of one to three lines, their strokes in any order."""
    rng = np.random.default_rng(7)
    wide = [[_stroke([x, 20 + 3 * x / 100], [x + 10, 60]) for x in (0, 100, 300)]]
    cases = [
        ("one line", wide),
        ("two lines", _SLIP[:2]),
        ("three lines", _SLIP),
        ("three lines written from bottom to top", _SLIP),
        ("a single stroke", [_SLIP[2]]),
    ]
    for name, expected in cases:
        strokes = [stroke for line in expected for stroke in line]
        order = rng.permutation(len(strokes))
        if "bottom" in name:
            order = np.arange(len(strokes))[::-1]
        result = call(answer, [strokes[i] for i in order])
        if result is None:
            return "your function returns None; is there a return?"
        problem = _judge_lines(list(result), expected, name)
        if problem:
            return problem
    return None


def _judge_lines(result, expected, name):
    if any(isinstance(line, np.ndarray) and line.ndim == 2 for line in result):
        return f"for {name}, expected a list of lines, each a list of strokes; got a list of strokes"
    if len(result) != len(expected):
        return f"for {name}, there are {len(result)} lines, expected {len(expected)}"
    found = [sorted(_key(stroke) for stroke in line) for line in result]
    wanted = [sorted(_key(stroke) for stroke in line) for line in expected]
    if found == wanted:
        return None
    if found == wanted[::-1]:
        return f"for {name}, the lines come from bottom to top, expected top to bottom"
    if sorted(sum(found, [])) != sorted(sum(wanted, [])):
        return f"for {name}, strokes got lost, were changed, or came twice"
    for number, (a, b) in enumerate(zip(found, wanted, strict=True)):
        if a != b:
            return f"for {name}, line {number} has {len(a)} strokes, expected others ({len(b)})"
    return None


def _key(stroke):
    return as_array(stroke, (None, 2), "a stroke").round(6).tolist()
