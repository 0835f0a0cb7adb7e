"""Checks of chapter 08, recurrent networks."""

import numpy as np

from helpers.checks.engine import NotStarted, as_array, call, exercise

_SHAPES = {
    "SimpleRNN, return_sequences=True": (32, 20, 16),
    "SimpleRNN": (32, 16),
    "Bidirectional SimpleRNN, return_sequences=True": (32, 20, 32),
    "Bidirectional SimpleRNN": (32, 32),
    "parameters of SimpleRNN": 320,
    "parameters of SimpleRNN, 200 steps": 320,
}
# Bands for the share of right additions of 32 bits, from starts 0 to 9.
_SHARES = {2: (0.0, 0.02), 3: (0.0, 0.05), 6: (0.85, 1.0), 8: (0.98, 1.0)}


@exercise("8.1")
def predict_shapes(answer):
    """Judge a dict from names of layers to shapes, or to numbers of parameters."""
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_SHAPES)} entries, got a {type(answer).__name__}"
    given = {_plain(key): value for key, value in answer.items()}
    for name, right in _SHAPES.items():
        if _plain(name) not in given:
            return f"the entry {name!r} is missing"
        value = given[_plain(name)]
        if value is None or value is ...:
            raise NotStarted
        if isinstance(right, int):
            count = float(as_array(value, (), repr(name)))
            if count != right:
                return f"{name!r} is {count:g}: {_why_not_count(count, name)}"
            continue
        shape = tuple(as_array(value, (None,), repr(name)))
        if shape != right:
            text = ", ".join(f"{number:g}" for number in shape)
            return f"{name!r} is ({text}): {_why_not_shape(shape, right)}"
    return None


@exercise("8.2")
def share_by_bits(answer):
    """Judge a dict from the bits trained on to the share of right additions of 32 bits."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(_SHARES):
        answer = dict(zip(_SHARES, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_SHARES)} shares, got a {type(answer).__name__}"
    try:
        given = {round(float(key)): value for key, value in answer.items()}
    except (TypeError, ValueError):
        return f"the keys are {', '.join(map(repr, answer))}, expected the bits 2, 3, 6 and 8"
    shares = {}
    for bits in _SHARES:
        name = f"the share for {bits} bits"
        if bits not in given:
            return f"{name} is missing"
        shares[bits] = float(as_array(given[bits], (), name))
    if any(1 < share <= 100 for share in shares.values()):
        shares = {bits: share / 100 for bits, share in shares.items()}
    for bits, share in shares.items():
        if not 0 <= share <= 1:
            return f"the share for {bits} bits is {share:.4g}, expected a number between 0 and 1"
    if shares[2] > 0.9 and shares[3] > 0.9:
        return (
            f"the share for 2 bits is {shares[2]:.3f}: that is the test on 2 bits; test all of them on 32, "
            "share_right(p, 32)"
        )
    for bits, (low, high) in _SHARES.items():
        if not low <= shares[bits] <= high:
            return (
                f"the share for {bits} bits is {shares[bits]:.3f}, expected between {low} and {high}: "
                f"share_right(train_adder({bits}, seed=0), 32)?"
            )
    return None


@exercise("8.3")
def switch(answer):
    """Judge three numbers by letting the unit they make hold and change its state."""
    if isinstance(answer, list | tuple | np.ndarray) and np.size(answer) == 3:
        answer = dict(zip(("w_x", "w_h", "b"), np.ravel(answer), strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of three numbers, got a {type(answer).__name__}"
    numbers = {}
    for name in ("w_x", "w_h", "b"):
        if name not in answer:
            return f"{name!r} is missing"
        numbers[name] = float(as_array(answer[name], (), repr(name)))
        if not np.isfinite(numbers[name]):
            return f"{name!r} is {numbers[name]}, expected a finite number"

    def read(x, h):
        return float(np.tanh(numbers["w_x"] * x + numbers["w_h"] * h + numbers["b"]))

    rng = np.random.default_rng(8)
    weak = {
        "zeros": np.zeros(200),
        "weak noise": rng.uniform(-0.1, 0.1, 200),
        "200 inputs of 0.1": np.full(200, 0.1),
        "200 inputs of −0.1": np.full(200, -0.1),
    }
    for sign in (1, -1):
        starts = {read(sign, 0.0)}
        for name, inputs in weak.items():
            h = read(sign, 0.0)
            if sign * h <= 0.5:
                return _not_set(sign, "from the state 0", h)
            for n, x in enumerate(inputs):
                h = read(x, h)
                if sign * h <= 0:
                    return (
                        f"after an input of {sign:+d} and {n + 1} of {name} the state is {h:.2f}: it should "
                        f"have stayed {'above' if sign > 0 else 'below'} 0"
                    )
            # A faded state such as 1e-40 has the right sign, and no information that noise would not drown.
            if sign * h < 0.01:
                return f"after an input of {sign:+d} and 200 of {name} the state has faded to {h:.1e}"
            starts.add(h)
        for start in sorted(starts):
            h = read(-sign, start)
            if -sign * h <= 0.5:
                return _not_set(-sign, f"from the state {start:.2f}", h)
    return None


@exercise("8.4")
def bidirectional(answer):
    """Judge a function of two networks' parameters and an input by sequences of several lengths."""
    rng = np.random.default_rng(8)
    for N, T, features, units in [(2, 5, 3, 4), (1, 1, 2, 3), (3, 7, 1, 2)]:
        p, q = (
            {
                "W_x": rng.normal(size=(features, units)),
                "W_h": rng.normal(size=(units, units)) / np.sqrt(units),
                "b": rng.normal(size=units),
            }
            for _ in range(2)
        )
        x = rng.normal(size=(N, T, features))
        ahead = _states(p, x)  # (N, T, units)
        unturned = _states(q, x[:, ::-1])  # (N, T, units), in the order of reading
        back = unturned[:, ::-1]
        right = np.concatenate([ahead, back], axis=-1)  # (N, T, 2 units)
        name = f"the result for {N} sequences of {T} steps"
        result = as_array(call(answer, p, q, x), name=name)
        if result.shape == (N, T + 1, 2 * units):
            return f"{name} has {T + 1} steps, expected {T}: forward returns the state before the first step"
        if result.shape != right.shape:
            return f"{name} has shape {result.shape}, expected {right.shape}"
        if np.allclose(result, right, atol=1e-5):
            continue
        wrong_ways = {
            "the backward states are still in their order of reading: turn them around": (ahead, unturned),
            "the backward network read forward: give it x[:, ::-1]": (ahead, _states(q, x)),
            "the backward network read forward, and its states were turned around": (
                ahead,
                _states(q, x)[:, ::-1],
            ),
            "the backward states come first, expected the forward ones": (back, ahead),
            "both halves use the parameters of the forward network": (ahead, _states(p, x[:, ::-1])[:, ::-1]),
        }
        for reason, halves in wrong_ways.items():
            if np.allclose(result, np.concatenate(halves, axis=-1), atol=1e-5):
                return f"{name}: {reason}"
        half = "first" if not np.allclose(result[..., :units], ahead, atol=1e-5) else "second"
        return f"{name} differs from the right one in the {half} half of its last axis"
    return None


def _states(p, x):
    h, states = np.zeros((len(x), len(p["b"]))), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ p["W_x"] + h @ p["W_h"] + p["b"])
        states.append(h)
    return np.stack(states, axis=1)


def _not_set(sign, where, h):
    wanted = "above 0.5" if sign > 0 else "below −0.5"
    return f"{where}, an input of {sign:+d} leads to {h:.2f}, expected {wanted}"


def _plain(key):
    return str(key).replace(" ", "").lower()


def _why_not_shape(shape, right):
    if len(shape) != len(right):
        return (
            "without return_sequences the axis of the steps is gone"
            if len(right) == 2
            else "with return_sequences=True the axis of the steps stays"
        )
    if shape[0] != right[0]:
        return "the first number counts sequences, and no layer changes it"
    if len(right) == 3 and shape[1] != right[1]:
        return "the second number counts steps, and every step has one state"
    if right[-1] == 32:
        return "the states of both directions are joined, not added"
    return "the last number counts units"


def _why_not_count(count, name):
    if "200" in name:
        return "all steps use the same weights"
    if count == 16 * 3 + 16:
        return "the weights for the 16 units of the state before are missing"
    if count == 16 * (3 + 16):
        return "each unit has a bias too"
    return "each unit has a weight for each feature, one for each unit, and a bias"
