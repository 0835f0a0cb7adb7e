"""The checks of chapter 07: right answers of all kinds pass, plausible wrong ones are told what is wrong."""

import numpy as np
import pytest
from exercise_twins import assert_right, assert_wrong, solved

from helpers.checks.chapter_07 import _SLANTED, _SLIP, _ink
from helpers.handwriting import strokes_to_image

# ----------------------------------------------------------------------------- 7.1

LETTER = solved("7.1")["letter"]


@pytest.mark.parametrize(
    "answer",
    [
        LETTER,
        {name: np.float32(value) for name, value in reversed(LETTER.items())},
        LETTER | {"right": 2.5, "down": -2.2, "width": 9.6, "height": [20]},
    ],
)
def test_letter_right(answer):
    assert_right("7.1", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (LETTER | {"factor": 0.1}, "sticks out on both sides"),
        (LETTER | {"factor": 0.2175}, "longer side decides"),
        (LETTER | {"factor": 11.5}, "over the longer side"),
        (LETTER | {"width": 6.96}, "wider by the pen"),
        (LETTER | {"height": 17.4}, "plus the pen"),
        (LETTER | {"right": -2.49}, "the other way"),
        (LETTER | {"down": 2.49}, "the other way"),
        (LETTER | {"down": -28.6}, "times the factor"),
        (LETTER | {"right": np.nan}, "times the factor"),
        (LETTER | {"right": "2.5"}, "expected numbers"),
        ({"factor": 0.087}, "'width' is missing"),
        (0.087, "expected a dict"),
        (dict.fromkeys(LETTER, ...), "replace the"),
    ],
)
def test_letter_wrong(answer, pattern):
    assert_wrong("7.1", answer, pattern)


def test_letter_is_where_the_paper_says():
    image = strokes_to_image([np.array([[100.0, 40.0], [100.0, 240.0], [180.0, 240.0]])])
    rows, columns = np.nonzero(image > 0.5)
    # Without step 4 the box's middle would lie at (14, 14).
    assert columns.mean() < 14 < rows.mean() + 3
    box = (columns.min() + columns.max()) / 2 - 14, (rows.min() + rows.max()) / 2 - 14
    assert np.allclose(box, (LETTER["right"], LETTER["down"]), atol=0.6)
    assert np.ptp(columns) + 1 == pytest.approx(LETTER["width"], abs=1)


# ----------------------------------------------------------------------------- 7.2


def test_ink_right():
    prepared, _ = _ink()
    for answer in [
        prepared,
        {str(pen): np.array([value]) for pen, value in prepared.items()},
        list(prepared.values()),
        {pen: round(value, 3) for pen, value in prepared.items()},
    ]:
        assert_right("7.2", answer)


def test_ink_grows_with_the_pen():
    prepared, raw = _ink()
    assert prepared[1] < prepared[2.6] < prepared[5]
    assert all(raw[pen] < prepared[pen] for pen in prepared)


def test_ink_wrong_ways_of_measuring():
    prepared, raw = _ink()
    assert_wrong("7.2", raw, "not prepared")
    assert_wrong("7.2", {pen: 255 * value for pen, value in prepared.items()}, "not to 255")
    assert_wrong("7.2", {pen: 784 * value for pen, value in prepared.items()}, "sum over an image")
    assert_wrong("7.2", dict.fromkeys(prepared, prepared[2.6]), "expected 0.0")


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ({1: 0.06}, "pen of 1|is missing"),
        ({"thin": 0.06, 2.6: 0.1, 5: 0.2}, "expected the pens"),
        ({1: np.nan, 2.6: 0.1, 5: 0.2}, "is nan"),
        ({1: "6%", 2.6: 0.1, 5: 0.2}, "expected numbers"),
        (0.14, "expected a dict"),
        ({1: ..., 2.6: ..., 5: ...}, "replace the"),
    ],
)
def test_ink_wrong(answer, pattern):
    assert_wrong("7.2", answer, pattern)


# ----------------------------------------------------------------------------- 7.3

UPRIGHT = solved("7.3")["upright"]


def lean_of(strokes):
    x, y = np.concatenate(strokes).T
    return np.mean((x - x.mean()) * (y - y.mean())) / y.var() if y.var() else 0


def sheared(strokes, by, middle=None):
    """Strokes with x moved by `by` times y; the mean of y is that of all points unless given."""
    middle = np.concatenate(strokes)[:, 1].mean() if middle is None else middle
    return [np.column_stack([s[:, 0] + by * (s[:, 1] - middle), s[:, 1]]) for s in strokes]


@pytest.mark.parametrize(
    "answer",
    [
        UPRIGHT,
        lambda strokes: [s.astype(np.float32) for s in UPRIGHT(strokes)],
        lambda strokes: [s.tolist() for s in UPRIGHT(strokes)],
        lambda strokes: sheared(strokes, -lean_of(strokes), middle=0),  # moved as a whole
        lambda strokes: tuple(UPRIGHT(strokes)),
    ],
)
def test_upright_right(answer):
    assert_right("7.3", answer)


def swapped(strokes):
    x, y = np.concatenate(strokes).T
    m = np.mean((x - x.mean()) * (y - y.mean())) / max(x.var(), 1e-9)
    return sheared(strokes, -m)


def unguarded(strokes):
    x, y = np.concatenate(strokes).T
    with np.errstate(invalid="ignore"):
        m = np.mean((x - x.mean()) * (y - y.mean())) / y.var()
    return sheared(strokes, -m)


def each_by_itself(strokes):
    return [sheared([stroke], -lean_of([stroke]))[0] for stroke in strokes]


def own_middles(strokes):
    m = lean_of(strokes)
    return [sheared([stroke], -m)[0] for stroke in strokes]


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (lambda strokes: strokes, "as before"),
        (lambda strokes: sheared(strokes, lean_of(strokes)), "wrong sign"),
        (swapped, "expected 0"),
        (unguarded, "becomes nan"),
        (each_by_itself, "expected 0|bent|against each other"),
        (own_middles, "expected 0|against each other"),
        (lambda strokes: [s[:, ::-1] for s in strokes], r"heights \(y\) changed"),
        (lambda strokes: np.concatenate(UPRIGHT(strokes)), "expected a list of 2"),
        (lambda strokes: UPRIGHT(strokes)[:1], "expected a list of 2"),
        (lambda strokes: None, "returns None"),
        (lambda strokes: [s[:, 0] for s in strokes], "shape"),
        (lambda: None, "TypeError"),
        (np.zeros((3, 2)), "expected a function"),
        (..., "replace the|expected a function"),
    ],
)
def test_upright_wrong(answer, pattern):
    assert_wrong("7.3", answer, pattern)


def test_the_checks_strokes_lean():
    assert abs(lean_of(_SLANTED)) > 0.1


# ----------------------------------------------------------------------------- 7.4

LINES = solved("7.4")["lines"]


def by_overlap(strokes):
    """Joins lines that share height with a stroke, one after the other."""
    groups = []
    for stroke in strokes:
        low, high = stroke[:, 1].min(), stroke[:, 1].max()
        near = [g for g in groups if any(s[:, 1].min() <= high and s[:, 1].max() >= low for s in g)]
        rest = [g for g in groups if not any(g is n for n in near)]
        groups = [*rest, [stroke, *(s for g in near for s in g)]]
    return sorted(groups, key=lambda g: min(s[:, 1].min() for s in g))


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


def by_width(strokes):
    return [[s[:, ::-1] for s in line] for line in LINES([s[:, ::-1] for s in strokes])]


@pytest.mark.parametrize(
    "answer",
    [
        LINES,
        by_overlap,
        lambda strokes: tuple(tuple(line) for line in LINES(strokes)),
        lambda strokes: [[s.tolist() for s in line] for line in LINES(strokes)],
    ],
)
def test_lines_right(answer):
    assert_right("7.4", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (lambda strokes: LINES(strokes)[::-1], "bottom to top"),
        (by_first_point, "lines, expected"),
        (in_order_written, "lines, expected|bottom to top|strokes"),
        (by_width, "lines, expected"),
        (lambda strokes: [strokes], "there are 1 lines, expected 2"),
        (lambda strokes: LINES(strokes)[:1], "lines, expected"),
        (lambda strokes: [line[:1] for line in LINES(strokes)], "got lost"),
        (lambda strokes: strokes, "a list of strokes"),
        (lambda strokes: None, "returns None"),
        (lambda strokes: 3, "TypeError|expected"),
        (lambda: None, "TypeError"),
        ([1, 2], "expected a function"),
        (..., "replace the|expected a function"),
    ],
)
def test_lines_wrong(answer, pattern):
    assert_wrong("7.4", answer, pattern)


def test_lines_do_not_depend_on_the_order_written():
    strokes = [stroke for line in _SLIP for stroke in line]
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(len(strokes))
        assert [len(line) for line in LINES([strokes[i] for i in order])] == [2, 4, 1]
