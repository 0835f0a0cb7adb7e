"""Checks of chapter 08, recurrent networks."""

import itertools

import numpy as np

from helpers.checks import tables
from helpers.checks.bands import written_apart
from helpers.checks.engine import close, exercise, pure, refuse
from helpers.checks.reading import as_array, numbers


@exercise("8.2")
def share_by_bits(answer):
    """Judge the shares of right additions of 32 bits, by the number of bits trained on."""
    given = tables.read("8.2", answer)
    too_good = min(given["2"], given["3"]) > 0.9
    faults = {
        "the share for 2 bits is {few:.3f} and for 8 bits {many:.3f}: these are the shares of mistakes, "
        "expected those of right sums": too_good and given["8"] < 0.1,
        "the share for 2 bits is {few:.3f}: is that the test on 2 bits, or a network trained on 8? train on "
        "2 bits and test on 32, share_right(train_adder(2, seed=0), 32)": too_good,
    }
    refuse(faults, few=given["2"], many=given["8"])
    tables.compare("8.2", given)


@exercise("8.3")
def switch(answer):
    """Judge three numbers by the worst that can happen to the unit they make."""
    given = numbers(answer, ("w_x", "w_h", "b"))
    fault = "{name!r} is {value}, expected a finite number"
    for name, value in given.items():
        refuse({fault: not np.isfinite(value)}, name=name, value=value)
    w_x, w_h, b = given.values()
    sides = {1: "above", -1: "below"}

    def read(x, h):
        return float(np.tanh(w_x * x + w_h * h + b))

    # tanh is monotonic: nothing between -1 and 1 is harder to overcome than one of the two ends.
    for before, sign in itertools.product((0, 1, -1), sides):
        found, limit = written_apart(read(sign, before), sign * 0.5, digits=2)
        fault = "from the state {before}, an input of {sign:+d} leads to {found}, expected {side} {limit}"
        values = {"before": before, "sign": sign, "found": found, "side": sides[sign], "limit": limit}
        refuse({fault: not sign * read(sign, before) > 0.5}, **values)
    for sign, side in sides.items():
        # For the same reason the weakest state and the strongest pull, all the time, are the worst. With
        # w_h below 0 they aren't, but then the sign changes in any case.
        h, pull = read(sign, -sign), -0.1 * sign
        for step in range(1, 201):
            h = read(pull, h)
            fault = {
                "after an input of {sign:+d} and {step} of {pull} the state is {h:.2g}: it should have "
                "stayed {side} 0": not sign * h > 0
            }
            refuse(fault, sign=sign, step=step, pull=pull, h=h, side=side)


@exercise("8.4")
def bidirectional(answer):
    """Judge a function of two networks' parameters and an input by sequences of several lengths."""
    rng = np.random.default_rng(8)
    for count, steps, features, units in [(2, 5, 3, 4), (1, 1, 2, 3), (3, 7, 1, 2)]:
        p, q = (
            {
                "W_x": rng.normal(size=(features, units)),
                "W_h": rng.normal(size=(units, units)) / np.sqrt(units),
                "b": rng.normal(size=units),
            }
            for _ in range(2)
        )
        x = rng.normal(size=(count, steps, features))
        name = "the result for {count} sequences of {steps} steps"
        sizes = {"count": count, "steps": steps}
        result = as_array(pure(answer, p, q, x), None, name, **sizes)
        fault = {
            "the result has {found} steps, expected {steps}: forward returns the state before the first "
            "step": result.shape == (count, steps + 1, 2 * units)
        }
        refuse(fault, found=steps + 1, steps=steps)
        ahead, back = _states(p, x), _turned(_states(q, _turned(x)))
        q_ahead, p_back = _states(q, x), _turned(_states(p, _turned(x)))
        start = np.zeros((count, 1, units))
        late, off = np.append(start, ahead[:, :-1], axis=1), np.append(back[:, 1:], start, axis=1)
        joined = {
            "the backward states are in their order of reading: turn them around": (ahead, _turned(back)),
            "the backward network read forward: give it x[:, ::-1]": (ahead, q_ahead),
            "the backward network read forward, and its states were turned around": (ahead, _turned(q_ahead)),
            "the backward states come first, expected the forward ones": (back, ahead),
            "the forward half is one step late: leave out the first state, which read nothing": (late, back),
            "the backward half is one step off: at step t it has not read step t": (ahead, off),
            "both halves are turned around, expected the backward one only": (_turned(ahead), _turned(back)),
            "both halves are the forward network's": (ahead, ahead),
            "both halves use the parameters of the forward network": (ahead, p_back),
        }
        mistakes = {why: np.concatenate(halves, axis=-1) for why, halves in joined.items()}
        right = np.concatenate([ahead, back], axis=-1)  # (N, T, 2 units)
        first_is_right = result.shape != right.shape or np.allclose(result[..., :units], ahead, atol=1e-5)
        sizes["half"] = "second" if first_is_right else "first"
        close(result, right, name, mistakes, "the {half} half of the last axis is wrong", atol=1e-5, **sizes)


def _turned(x):
    return x[:, ::-1]


def _states(p, x):
    h, states = np.zeros((len(x), len(p["b"]))), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ p["W_x"] + h @ p["W_h"] + p["b"])
        states.append(h)
    return np.stack(states, axis=1)
