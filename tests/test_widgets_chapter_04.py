"""The graph stepper without a browser: its numbers, its pictures, its words."""

import itertools
import re

import figures
import ipywidgets
import numpy as np
import pytest
from matplotlib.text import Text
from test_widgets import descendants, drawn_texts, picture_of

from helpers.synthetic.colours import COLOUR_NAMES
from helpers.widgets import GraphStepper, explorer, graph_stepper

PINK = "pink (233, 63, 127)"
STATE = {"colour": PINK, "right": "red", "weight": 0.8, "step": 0}


def test_forward_is_the_network_of_the_chapter():
    v = graph_stepper.passes((233, 63, 127), "red", 0.8)
    np.testing.assert_allclose(v["a"], v["x"] @ v["W1"] + v["b1"])
    np.testing.assert_allclose(v["h"], np.maximum(0, v["a"]))
    np.testing.assert_allclose(v["f"], v["h"] @ v["W2"] + v["b2"])
    np.testing.assert_allclose(v["y"], np.exp(v["f"]) / np.exp(v["f"]).sum())
    assert v["E"] == pytest.approx(-np.log(v["y"][0]))
    np.testing.assert_allclose(v["a"], [0.48, -0.28], atol=0.005)  # as printed in the chapter


@pytest.mark.parametrize("right", COLOUR_NAMES)
@pytest.mark.parametrize("weight", [-2.0, 0.8, 2.0])
@pytest.mark.parametrize("colour", graph_stepper.COLOURS.values())
def test_gradients_agree_with_slopes_that_are_measured(colour, right, weight):
    values = graph_stepper.passes(colour, right, weight)
    names = ("x", "W1", "b1", "W2", "b2")
    for name in names:
        for place in np.ndindex(values[name].shape):
            E = []
            for h in (1e-6, -1e-6):
                moved = {key: values[key].copy() for key in names}
                moved[name][place] += h
                x = moved.pop("x")
                E.append(graph_stepper._forward(x, values["t"], **moved)["E"])
            assert values[f"d{name}"][place] == pytest.approx((E[0] - E[1]) / 2e-6, abs=1e-7)


def test_a_closed_relu_stops_the_gradient():
    values = graph_stepper.passes((233, 63, 127), "red", -2.0)
    assert (values["a"] < 0).all()
    assert (values["dh"] != 0).all()
    assert not values["da"].any() and not values["dW1"].any() and not values["dx"].any()
    text = graph_stepper.alt(**STATE | {"weight": -2.0, "step": 8})
    assert "teaches W1 nothing" in text


@pytest.mark.parametrize("right", COLOUR_NAMES)
@pytest.mark.parametrize("colour", graph_stepper.COLOURS.values())
def test_the_step_lowers_the_error(colour, right):
    values = graph_stepper.passes(colour, right, 0.8)
    assert values["new_E"] < values["E"]


def test_values_appear_one_node_at_a_time():
    counts = []
    for step in range(graph_stepper.STEPS + 1):
        texts = {text.get_text() for text in graph_stepper.draw(**STATE | {"step": step}).findobj(Text)}
        shown = [name for name in ("x", "a", "h", "f", "E", "df", "dh", "da", "dx") if name in texts]
        counts.append(len(shown))
        assert ("dW2" in texts) == (step >= 6)
        assert ("dW1" in texts) == (step >= 8)
        assert ("new W1" in texts) == (step == 9)
    assert counts == [1, 2, 3, 4, 5, 6, 7, 8, 9, 9]


def states():
    colours = (PINK, "sky (40, 120, 230)")
    for colour, right, weight in itertools.product(colours, ("red", "green"), (-2.0, 2.0)):
        for step in range(graph_stepper.STEPS + 1):
            yield {"colour": colour, "right": right, "weight": weight, "step": step}


def test_every_picture_is_legible_and_keeps_its_size():
    explorer.use_course_style()
    sizes = set()
    for state in states():
        fig = graph_stepper.draw(**state)
        sizes.add(figures.picture_size(fig))
        boxes = drawn_texts(fig)
        for text, box in boxes:
            assert text.get_fontsize() >= 9, (state, text)
            assert box.x0 >= 0 and box.x1 <= fig.bbox.x1, (state, text)
            assert box.y0 >= 0 and box.y1 <= fig.bbox.y1, (state, text)
            assert "-" not in re.sub(r"\$.*?\$|cross-entropy", "", text.get_text()), "minus signs are −"
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            assert not a.overlaps(b), (state, one, other)
        words = graph_stepper.alt(**state)
        assert 20 <= len(words) <= 600
        assert not re.search(r"[$\\^_]", words), words
    assert sizes == {(700, 440)}


def test_moving_a_control_changes_the_picture():
    shown = GraphStepper()
    pictures = {picture_of(shown)}
    for change in ({"step": 7}, {"weight": -1.0}, {"right": "blue"}, {"colour": "black (0, 0, 0)"}):
        shown.set(**change)
        pictures.add(picture_of(shown))
    assert len(pictures) == 5


def test_controls_explain_themselves_and_play_leaves_time_to_read():
    shown = GraphStepper()
    for control in shown.controls.values():
        tooltip = control.tooltip if control.has_trait("tooltip") else control.description_tooltip
        assert control.description and tooltip.endswith(".")
    (play,) = [widget for widget in descendants(shown.widget) if isinstance(widget, ipywidgets.Play)]
    assert (play.min, play.max) == (0, graph_stepper.STEPS)
    assert play.interval >= 1000
