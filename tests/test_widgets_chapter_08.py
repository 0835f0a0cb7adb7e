"""The recurrent network's explorer without a browser: its numbers, its pictures, its words."""

import itertools
import re

import figures
import numpy as np
import pytest
from speed import in_blank_pictures
from test_widgets import drawn_texts, picture_of

from helpers.widgets import UnrolledRNN, explorer, unrolled_rnn

STATE = {"strength": 1.0, "steps": 30, "activation": "tanh", "inputs": "strong noise"}


def states():
    for strength, steps in itertools.product((0.1, 1.0, 3.0), (2, 30, 100)):
        for activation, inputs in zip(("tanh", "relu", "linear", "tanh"), unrolled_rnn.INPUTS, strict=True):
            yield {"strength": strength, "steps": steps, "activation": activation, "inputs": inputs}


@pytest.mark.parametrize("strength", [0.5, 1.0, 1.1, 2.0])
def test_linear_gradients_are_powers_of_the_strength(strength):
    _, norms = unrolled_rnn.run(strength, 20, "linear", "one pulse")
    np.testing.assert_allclose(norms, strength ** np.arange(19, -1, -1), rtol=1e-9)


@pytest.mark.parametrize("activation", unrolled_rnn.ACTIVATIONS)
@pytest.mark.parametrize("inputs", unrolled_rnn.INPUTS)
def test_norms_agree_with_slopes_that_are_measured(activation, inputs):
    steps, first = 9, 3
    states, norms = unrolled_rnn.run(1.3, steps, activation, inputs)
    rng = np.random.default_rng(8)
    W_h = 1.3 * np.linalg.qr(rng.normal(size=(unrolled_rnn.UNITS,) * 2))[0]
    W_x, x = rng.normal(size=unrolled_rnn.UNITS), unrolled_rnn._sequence(inputs, steps)

    def last(h):
        for t in range(first + 1, steps):
            h = unrolled_rnn.ACTIVATIONS[activation][0](x[t] * W_x + h @ W_h)
        return h

    np.testing.assert_allclose(last(states[first]), states[-1])
    nudges = 1e-6 * np.eye(unrolled_rnn.UNITS)
    slopes = [(last(states[first] + nudge) - last(states[first] - nudge)) / 2e-6 for nudge in nudges]
    assert norms[first] == pytest.approx(np.linalg.norm(slopes, 2), rel=1e-4)
    assert norms[-1] == 1


def test_tanh_only_shrinks_and_strong_inputs_shrink_more():
    weak = unrolled_rnn.run(1.0, 30, "tanh", "weak noise")[1]
    strong = unrolled_rnn.run(1.0, 30, "tanh", "strong noise")[1]
    linear = unrolled_rnn.run(1.0, 30, "linear", "weak noise")[1]
    assert strong[0] < weak[0] < linear[0] == pytest.approx(1)


def test_behaviour_in_words():
    words = {
        strength: unrolled_rnn.behaviour(unrolled_rnn.run(strength, 40, "linear", "one pulse")[1])
        for strength in (0.5, 0.95, 1.0, 1.05, 1.5)
    }
    assert list(words.values()) == ["vanishes", *["stays in sight"] * 3, "explodes"]
    assert unrolled_rnn.behaviour([np.inf, 1.0]) == unrolled_rnn.behaviour([np.nan, 1.0]) == "explodes"


def test_what_is_kept_cannot_be_written_to():
    for array in unrolled_rnn.run(1.0, 5, "tanh", "a wave"):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_every_picture_is_legible_and_keeps_its_size():
    explorer.use_course_style()
    sizes = set()
    for state in states():
        fig = unrolled_rnn.draw(**state)
        sizes.add(figures.picture_size(fig))
        assert len(fig.axes) == 3
        boxes = drawn_texts(fig)
        for text, box in boxes:
            assert text.get_fontsize() >= 9, (state, text)
            assert box.x0 >= 0 and box.x1 <= fig.bbox.x1, (state, text)
            assert box.y0 >= 0 and box.y1 <= fig.bbox.y1, (state, text)
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            assert not a.overlaps(b), (state, one, other)
        words = unrolled_rnn.alt(**state)
        assert 20 <= len(words) <= 600
        assert not re.search(r"[$\\^_]|nan|inf\b", words), words
    assert sizes == {(700, 470)}


def test_moving_a_control_changes_the_picture():
    shown = UnrolledRNN()
    pictures = {picture_of(shown)}
    for change in ({"strength": 2.0}, {"steps": 60}, {"activation": "linear"}, {"inputs": "a wave"}):
        shown.set(**change)
        pictures.add(picture_of(shown))
    assert len(pictures) == 5


def test_alt_tells_what_happens():
    assert "vanishes" in unrolled_rnn.alt(**STATE | {"strength": 0.5})
    assert "explodes" in unrolled_rnn.alt(**STATE | {"strength": 2.0, "activation": "linear"})


def test_controls_explain_themselves():
    shown = UnrolledRNN()
    for control in shown.controls.values():
        tooltip = control.tooltip if control.has_trait("tooltip") else control.description_tooltip
        assert control.description and tooltip.endswith(".")


def test_a_redraw_is_quick():
    shown = UnrolledRNN()
    strengths = (0.5, 0.8, 1.2, 1.5, 2.5)
    assert in_blank_pictures(lambda i: shown.set(strength=strengths[i])) < 8
