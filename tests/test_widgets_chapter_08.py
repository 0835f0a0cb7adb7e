"""The recurrent network's explorer without a browser: its numbers, its pictures, its words."""

import numpy as np
import pytest

from helpers.widgets import unrolled_rnn

pytestmark = pytest.mark.chapter(8)


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


def test_alt_tells_what_happens():
    state = {"strength": 1.0, "steps": 30, "activation": "tanh", "inputs": "strong noise"}
    assert "vanishes" in unrolled_rnn.alt(**state | {"strength": 0.5})
    assert "explodes" in unrolled_rnn.alt(**state | {"strength": 2.0, "activation": "linear"})
