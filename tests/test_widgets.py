"""The contract that every widget keeps; what only one of them does stands in its own file."""

import base64
import io
import re

import ipywidgets
import numpy as np
import pytest
from figures import faults_of
from PIL import Image
from speed import in_blank_pictures
from widget_cases import CANVASES, CASES, cases, record_displays

from helpers.widgets import TextGenerator, explorer
from helpers.widgets.explorer import StillPicture

explorers = pytest.mark.parametrize("case", cases(CASES))
movable = pytest.mark.parametrize("case", cases(CASES, "moves"))


def still_of(shown):
    """What the widget would store now: drawn anew where it has a screen that shows something else."""
    return drawn_anew(shown) if shown._screen else shown.still


def drawn_anew(shown):
    return StillPicture.of_state(shown._draw, shown._alt, shown.state, shown.few_colours)


def counted(shown):
    """Let a widget count how often it draws; return the list that grows."""
    drawn, draw = [], shown._redraw
    shown._redraw = lambda: drawn.append(shown.state) or draw()
    return drawn


def descendants(widget):
    for child in getattr(widget, "children", ()):
        yield child
        yield from descendants(child)


@movable
def test_each_control_moved_draws_once_and_changes_picture_and_words(case):
    shown = case.make()
    drawn, seen = counted(shown), [still_of(shown)]
    for count, (name, value) in enumerate(case.moves, start=1):
        shown.controls[name].value = value
        assert len(drawn) == count, f"{name} drew {len(drawn) - count + 1} times"
        seen.append(still_of(shown))
        assert seen[-1].png not in [still.png for still in seen[:-1]], name
        assert seen[-1].alt != seen[-2].alt, name
        assert shown._screen or shown._picture.value == shown.still.html
    for _, size, alt in seen:
        assert size == case.size
        assert 20 <= len(alt) <= 700 and re.match(r"[A-Z].*\.$", alt, re.DOTALL), alt


@explorers
def test_every_picture_is_legible_and_keeps_its_size(case, request):
    odd = "SoftmaxExplorer", "AttentionViewer, odd words", "TextGenerator"
    shown = case.make()
    shown._redraw = lambda: None  # It is drawn below.
    for look in case.looks:
        if "prompt" in look:
            shown.prompt = look["prompt"]
        else:
            shown.set(**look)
        faults, fig = faults_of(shown._draw, shown.state)
        assert not faults, (look, faults)
        assert tuple(fig.get_size_inches() * 100) == pytest.approx(case.size)
        alt = shown._alt(**shown.state)
        assert 20 <= len(alt) <= 700, alt
        assert request.node.callspec.id in odd or not re.search(r"[$\\^_]|\b(nan|inf)\b|<script", alt), alt


@explorers
def test_drawing_changes_nothing_and_is_the_same_again(case):
    shown = case.make()
    shown.set(**dict(case.moves))
    state = shown.state
    before = {name: np.copy(value) for name, value in state.items() if isinstance(value, np.ndarray)}
    assert still_of(shown) == drawn_anew(shown)
    for name, value in before.items():
        np.testing.assert_array_equal(state[name], value)
    assert shown.state.keys() == state.keys()


@explorers
def test_controls_explain_themselves_and_fit_a_phone(case):
    shown = case.make()
    for widget in descendants(shown.widget):
        if isinstance(widget, ipywidgets.Button | ipywidgets.ToggleButton):
            assert widget.description and widget.tooltip.endswith(".")
    for name, control in shown.controls.items():
        if name == "numbers":
            continue  # A grid of fields, each of which says where it is.
        tooltip = control.tooltip if control.has_trait("tooltip") else control.description_tooltip
        assert control.description and tooltip.endswith("."), name
        assert control.layout.max_width == "98%", name
    assert "max-width: 100%" in still_of(shown).html


@explorers
def test_bad_values_are_answered_in_one_sentence(case):
    shown = case.make()
    before = shown.state
    with pytest.raises(TypeError, match=f"no control named 'slop'; there are {next(iter(shown.controls))}"):
        shown.set(slop=3)
    for name, value in case.bad.items():
        with pytest.raises(
            ValueError, match=r"is outside of what its control can show: .|no square"
        ) as raised:
            shown.set(**{name: value})
        assert "\n" not in str(raised.value) and name in str(raised.value) + "numbers"
    assert shown.state.keys() == before.keys()
    name, value = (case.moves or [("word", 2)])[0]
    shown.set(**{name: value})  # It still follows.


@pytest.mark.parametrize("case", cases(CASES, "box"))
def test_example_and_text_follow_each_other(case):
    shown = case.make()
    first, second, own = case.box
    example, field = shown.controls["example"], shown._box.field
    drawn = counted(shown)
    example.value = first
    text = field.value
    assert text and len(drawn) == 1
    example.value = second
    assert field.value not in ("", text) and len(drawn) == 2

    def type_in(text):
        if isinstance(shown, TextGenerator):
            shown._screen._handle_custom_msg({"typed": text}, [])
        else:
            field.value = text

    type_in("tea of my own")
    assert example.value == own
    example.value = own
    assert field.value == "tea of my own"
    type_in(text)
    assert example.value == first
    assert own in example.options and len(example.options) == len(set(example.options))


@pytest.mark.parametrize("case", cases(CASES | CANVASES))
def test_a_notebook_stores_a_still_picture_and_the_same_at_every_run(case, monkeypatch):
    published, kept = record_displays(monkeypatch), []
    for _ in range(2):
        published.clear()
        shown = case.make()
        shown._ipython_display_()
        (widget, about, *_), still, hidden = published
        assert widget.keys() == {"text/plain", explorer.WIDGET_VIEW}
        assert about[explorer.COMMITTED] == ["text/plain"] and repr(shown) == widget["text/plain"]
        assert re.fullmatch(rf"{type(shown).__name__}: run this cell to [a-z ]+", repr(shown))
        assert widget[explorer.WIDGET_VIEW]["model_id"] == getattr(shown, "widget", shown).model_id
        assert still[0].keys() == {"text/plain", "image/png"}
        assert still[1]["alt"] == still[1]["image/png"]["alt"] and len(still[1]["alt"]) > 20
        size = still[1]["image/png"]["width"], still[1]["image/png"]["height"]
        assert size == (case.size[0], case.size[1] or size[1])
        png = base64.b64decode(still[0]["image/png"])
        image = Image.open(io.BytesIO(png)).convert("RGB")
        assert image.size == (2 * size[0], 2 * size[1]) and len(png) < 400_000
        assert image.getpixel((image.width - 1, 0)) == (255, 255, 255), "a tinted box on a white page"
        # One more message: the page hides the picture by its class as long as the widget lives.
        assert still[2] == hidden[2] and hidden[3] and 'alt="' in hidden[0]["text/html"]
        css_class = re.search(r'<div class="([^"]+)"', hidden[0]["text/html"])[1]
        if isinstance(shown, explorer.Explorer):
            assert f".{css_class} {{display: none}}" in shown.widget.children[0].value
        else:  # What draws in the browser hides this class: the widget itself, or its canvas.
            assert css_class == getattr(shown, "canvas", shown).still
            assert 'get("still")} { display: none }' in getattr(shown, "canvas", shown)._esm
        kept.append(
            [{key: data[key] for key in meta[explorer.COMMITTED]} for data, meta, *_ in published[:2]]
        )
    assert kept[0] == kept[1]


@pytest.mark.parametrize(
    ("name", "most", "control", "values"),
    [
        pytest.param(name, *rest, marks=pytest.mark.chapter(*CASES[name].chapters))
        for name, *rest in [
            ("LearningRateExplorer", 1.6, "steps", (1, 5, 10, 30, 60)),
            ("GraphStepper", 2, "step", (7, 8, 6, 8, 7)),
            ("FilterEditor", 9, "preset", ("average", "vertical 3×3", "sharpen", "vertical 5×5", "identity")),
            ("UnrolledRNN", 9, "strength", (0.5, 0.8, 1.2, 1.5, 2.5)),
            ("WordMap", 9, "word", ("word100", "word200", "word300", "word400", "word500")),
        ]
    ],
)
def test_a_redraw_is_quick(name, most, control, values):
    shown = CASES[name].make()
    assert in_blank_pictures(lambda i: shown.set(**{control: values[i]})) < most
