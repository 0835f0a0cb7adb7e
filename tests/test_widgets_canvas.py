"""The drawing canvas without a browser: its state, its messages, what it refuses, what it looks like."""

import base64
import io
import re
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from PIL import Image
from traitlets import TraitError

from helpers.progress import COMMITTED
from helpers.widgets import DrawingCanvas, explorer
from helpers.widgets.canvas import (
    LARGEST_NUMBER,
    MOST_POINTS,
    MOST_STROKES,
    picture_of,
    read_strokes,
    read_widths,
    sample_digit,
)

pytestmark = pytest.mark.chapter(7)

LINE = [[10, 20], [30.04, 40.06]]
ROUNDED = [[10.0, 20.0], [30.0, 40.1]]


@pytest.fixture
def canvas():
    return DrawingCanvas()


def message(canvas, kind, number=1, page="page", **values):
    """Do what ipywidgets does when the browser has sent a message."""
    canvas._on_message(canvas, {"kind": kind, "page": page, "number": number, **values}, [])


# Strokes and widths


@pytest.mark.parametrize("kind", [list, np.array, lambda line: tuple(map(tuple, line))])
def test_strokes_become_plain_lists_rounded_to_tenths(kind):
    assert read_strokes([kind(LINE)]) == [ROUNDED]
    assert read_strokes([]) == []
    assert read_strokes([np.array([[1, 2]], np.uint8)]) == [[[1.0, 2.0]]]


@pytest.mark.parametrize(
    ("strokes", "said"),
    [
        (None, "is a NoneType; expected a list of strokes"),
        ("[[1, 2]]", "is a str"),
        (LINE, r"strokes\[0\] has shape \(2,\); expected \(points, 2\)"),
        ([[]], r"strokes\[0\] has shape \(0,\)"),
        ([[[1, 2, 3]]], r"has shape \(1, 3\)"),
        ([[[1, 2], [3]]], "points of different lengths"),
        ([[["1", "2"]]], "no number"),
        ([[[1, None]]], "no number"),
        ([[[True, False]]], "no number"),
        ([[[1, 2j]]], "no number"),
        ([[[1, float("nan")]]], "not finite"),
        ([[[1, float("inf")]]], "not finite"),
        ([[[1, 2 * LARGEST_NUMBER]]], "beyond"),
        ([[[1, 10**400]]], "no number"),
        ([{"x": 1}], r"strokes\[0\] is a dict"),
        ([LINE] * (MOST_STROKES + 1), "has 501 strokes; a canvas takes 500 at most"),
        ([[[1, 2]] * (MOST_POINTS + 1)], "more than 20000 points"),
        ([[[1, 2]] * MOST_POINTS, LINE], "more than 20000 points"),
    ],
)
def test_what_is_no_drawing_has_one_clear_error(canvas, strokes, said):
    canvas.draw([LINE])
    with pytest.raises(ValueError, match=said) as raised:
        read_strokes(strokes)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 200
    for set_strokes in (canvas.draw, canvas.stamp, lambda value: setattr(canvas, "strokes", value)):
        with pytest.raises((ValueError, TraitError)):
            set_strokes(strokes)
    with pytest.raises(ValueError):
        message(canvas, "set", strokes=strokes, widths=[])
    assert canvas.strokes == [ROUNDED]
    assert canvas.widths == [20.0]


def test_widths_are_numbers_or_one_for_each_point():
    assert read_widths([3, [4, 5.52]], [ROUNDED, ROUNDED, ROUNDED], 20.0) == [3.0, [4.0, 5.5], 20.0]


@pytest.mark.parametrize(
    "widths", [3, ["3"], [[1, 2, 3]], [[1, [2]]], [0], [-1], [float("nan")], [1e9], [None], [{}], [[[1, 2]]]]
)
def test_bad_widths_are_refused(canvas, widths):
    with pytest.raises(ValueError, match="widths") as raised:
        read_widths(widths, [ROUNDED], 20.0)
    assert "\n" not in str(raised.value)
    with pytest.raises(ValueError):
        message(canvas, "set", strokes=[ROUNDED], widths=widths)
    assert canvas.strokes == []


# State


def test_what_is_drawn_is_told_once_with_all_that_belongs_to_it(canvas):
    told = []
    canvas.observe(lambda change: told.append((change["new"], canvas.widths)), "strokes")
    canvas.draw([LINE, LINE], [5])
    assert told == [([ROUNDED, ROUNDED], [5.0, 20.0])]
    canvas.stamp([LINE])
    assert (len(canvas.strokes), canvas.widths) == (3, [5.0, 20.0, 20.0])
    canvas.clear()
    assert (canvas.strokes, canvas.widths) == ([], [])
    canvas.strokes = [LINE]
    assert (canvas.strokes, canvas.widths) == ([ROUNDED], [20.0])
    assert len(told) == 4


def test_the_pen_fits_the_canvas():
    assert DrawingCanvas().pen_width == 20
    assert DrawingCanvas(700, 200).pen_width == pytest.approx(14.3, abs=0.1)
    assert DrawingCanvas(pen_width=7).pen_width == 7
    for wrong in ({"width": 3}, {"height": 10**6}, {"pen_width": 0}, {"pen_width": "thick"}):
        with pytest.raises(TraitError):
            DrawingCanvas(**wrong)


def test_two_canvases_share_nothing():
    one, other = DrawingCanvas(), DrawingCanvas()
    one.draw([LINE])
    assert other.strokes == [] and other.widths == []
    assert one.still != other.still


# Messages


def test_edits_are_applied_in_order_and_confirmed(canvas):
    message(canvas, "add", 1, points=LINE, width=[3, 4])
    assert (canvas.strokes, canvas.widths, canvas.applied) == ([ROUNDED], [[3.0, 4.0]], ["page", 1])
    message(canvas, "add", 1, page="other", points=[[5, 6]], width=8)
    assert (canvas.strokes[1], canvas.widths[1], canvas.applied) == ([[5.0, 6.0]], 8.0, ["other", 1])
    message(canvas, "set", 2, strokes=[LINE], widths=[9])
    assert (canvas.strokes, canvas.widths, canvas.applied) == ([ROUNDED], [9.0], ["page", 2])


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        None,
        {"kind": "add", "points": LINE},
        {"kind": "add", "page": 1, "number": 1, "points": LINE},
        {"kind": "add", "page": "p" * 65, "number": 1, "points": LINE},
        {"kind": "add", "page": "p", "number": "1", "points": LINE},
    ],
)
def test_a_message_of_nobody_is_refused(canvas, content):
    with pytest.raises(ValueError, match="names no page and number; it was ignored"):
        canvas._on_message(canvas, content, [])
    assert canvas.strokes == [] and canvas.applied == ["", 0]


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "delete everything" * 100},
        {"kind": None},
        {"kind": "add"},
        {"kind": "add", "points": LINE, "width": -3},
        {"kind": "add", "points": [[1, float("nan")]], "width": 3},
        {"kind": "add", "points": "no", "width": 3},
        {"kind": "set", "strokes": [LINE]},
    ],
)
def test_after_a_damaged_message_the_browser_shows_what_python_has(canvas, content):
    canvas.draw([LINE])
    with pytest.raises(ValueError) as raised:
        message(canvas, number=7, **content)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 200
    assert canvas.strokes == [ROUNDED]
    assert canvas.applied == ["page", 7]  # The browser then drops the edit.


def test_an_edit_is_confirmed_also_when_an_observer_fails(canvas):
    def fail(change):
        raise RuntimeError("the learner's mistake")

    canvas.observe(fail, "strokes")
    with pytest.raises(RuntimeError):
        message(canvas, "add", 5, points=LINE, width=20)
    assert canvas.applied == ["page", 5]
    assert canvas.strokes == [ROUNDED]


@pytest.mark.skipif(
    ipywidgets.__version__.startswith("7."), reason="ipywidgets 7 sends nothing without a kernel"
)
def test_one_edit_is_answered_with_one_message(canvas, monkeypatch):
    sent = []
    monkeypatch.setattr(canvas, "_send", lambda content, buffers=None: sent.append(content["state"]))
    message(canvas, "add", 1, points=LINE, width=20)
    assert len(sent) == 1
    assert {"strokes", "widths", "applied"} <= set(sent[0])


# Samples and pictures


@pytest.mark.parametrize("digit", range(10))
def test_sample_digits_fit_their_place(digit):
    strokes = sample_digit(digit)
    assert read_strokes(strokes) == strokes
    points = np.concatenate(strokes)
    assert points.min() >= 40 and points.max() <= 245
    assert np.ptp(points[:, 1]) > 170
    steps = np.concatenate([np.linalg.norm(np.diff(stroke, axis=0), axis=1) for stroke in strokes])
    assert steps.max() < 60
    small = np.concatenate(sample_digit(digit, 19, 0, 0))
    np.testing.assert_allclose(small, (points - 45) / 10, atol=0.06)


def test_the_picture_shows_the_strokes():
    picture = np.asarray(picture_of([[[0, 50], [100, 50]], [[50, 20]]], 100, 80, [10, 20]))
    assert picture.shape == (160, 200)
    column = picture[:, 100] < 128
    assert np.flatnonzero(column[80:]).max() == pytest.approx(30, abs=2)  # 10 pixels, twice as many here.
    assert column[20:60].all() and not column[65:88].any()
    assert (picture[0] == 255).all()


def test_without_a_kernel_there_is_a_still_picture(canvas, monkeypatch):
    messages = []
    monkeypatch.setattr(
        explorer, "publish_display_data", lambda data, metadata=None, **_: messages.append((data, metadata))
    )
    canvas._ipython_display_()
    (live, kept), (still, metadata), (html, _) = messages
    assert live["text/plain"] == repr(canvas) == "DrawingCanvas: run this cell to draw"
    assert live[explorer.WIDGET_VIEW]["model_id"] == canvas.model_id
    assert kept[COMMITTED] == ["text/plain"]
    picture = Image.open(io.BytesIO(base64.b64decode(still["image/png"])))
    assert picture.size == (560, 560)
    assert 0.03 < (np.asarray(picture) < 128).mean() < 0.3
    assert metadata["alt"] == "Drawing canvas, with an example in black on white."
    assert f'class="{canvas.still}"' in html["text/html"]


# The browser's half


def test_the_module_is_inlined_and_loads_nothing():
    for text in (canvas_file("canvas.js"), canvas_file("canvas.css"), canvas_file("theme.css")):
        assert not re.search(r"https?://|import\s*\(|^\s*import\s|@import|url\(", text, re.M)
        assert max(map(len, text.splitlines())) <= 120
    assert DrawingCanvas._esm == canvas_file("canvas.js")
    assert DrawingCanvas._css == canvas_file("theme.css") + canvas_file("canvas.css")


def test_browser_and_python_agree_on_names_and_limits(canvas):
    script = canvas_file("canvas.js")
    asked = set(re.findall(r'model\.(?:get|set)\("(\w+)"', script))
    assert asked and asked <= set(canvas.keys)
    most = int(re.search(r"MOST_POINTS = (\d+)", script)[1])
    assert most < MOST_POINTS
    assert set(re.findall(r'kind: "(\w+)"', script)) == {"add", "set"}


def canvas_file(name):
    return (Path(explorer.__file__).parent / name).read_text(encoding="utf-8")
