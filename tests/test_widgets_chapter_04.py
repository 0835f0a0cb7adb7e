"""The graph stepper without a browser: its numbers, its pictures, its words."""

import re

import numpy as np
import pytest
from figures import words_of

from helpers.synthetic.colours import COLOUR_NAMES
from helpers.widgets import graph_stepper

pytestmark = pytest.mark.chapter(4)

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


def test_minus_signs_are_those_of_mathematics():
    for step in range(graph_stepper.STEPS + 1):
        for words in words_of(graph_stepper.draw(**STATE | {"weight": -2.0, "step": step})):
            assert "-" not in re.sub(r"\$.*?\$|cross-entropy", "", words)


def test_values_appear_one_node_at_a_time():
    counts = []
    for step in range(graph_stepper.STEPS + 1):
        texts = set(words_of(graph_stepper.draw(**STATE | {"step": step})))
        shown = [name for name in ("x", "a", "h", "f", "E", "df", "dh", "da", "dx") if name in texts]
        counts.append(len(shown))
        assert ("dW2" in texts) == (6 <= step <= 9)
        assert ("dW1" in texts) == (8 <= step <= 9)
        assert ("new W1" in texts) == (step >= 9)
    # What the old weights gave is gone before the new ones are seen.
    assert counts == [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 5]


def test_the_last_step_shows_what_the_new_weights_give():
    values = graph_stepper.passes(graph_stepper.COLOURS[STATE["colour"]], STATE["right"], STATE["weight"])
    texts = words_of(graph_stepper.draw(**STATE | {"step": graph_stepper.STEPS}))
    for name in ("a", "h", "f", "E"):
        assert {f"{number:.2f}".replace("-", "−") for number in np.atleast_1d(values[f"new_{name}"])} <= set(
            texts
        )


def test_a_wire_for_each_weight_and_none_through_a_closed_node():
    for weight, wires in ((0.8, 13), (-2.0, 12)):
        (ax,) = graph_stepper.draw(**STATE | {"weight": weight, "step": 3}).axes
        drawn = [line for line in ax.lines if str(line.get_color()) == "0.7"]
        assert len(drawn) == wires
        assert sum(line.get_linestyle() == "--" for line in drawn) == 7 + (weight < 0)
