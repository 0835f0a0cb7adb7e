"""Checks of chapter 12, the Transformer."""

import numpy as np

from helpers.checks.engine import NotStarted, as_array, call, close, exercise, softmax

_PAIRS = {"padding": 15, "causal": 15, "both": 12}
_HEADS = (1, 2, 4, 8, 16)
_WIDTH = 64


@exercise("12.1")
def count_looks(answer):
    """Judge a dict from mask to the number of pairs it allows."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(_PAIRS):
        answer = dict(zip(_PAIRS, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_PAIRS)} numbers, got a {type(answer).__name__}"
    values = {}
    for name in _PAIRS:
        if name not in answer:
            return f"the number for {name!r} is missing"
        values[name] = float(as_array(answer[name], (), f"the number for {name!r}"))
    if values == {name: 25 - right for name, right in _PAIRS.items()}:
        return "these are the pairs that are forbidden; asked are those that are allowed"
    for name, right in _PAIRS.items():
        given = values[name]
        if given == right:
            continue
        if name == "padding" and given == 9:
            return "padding: 9 forbids the two last rows too; places of padding may look"
        if name == "causal" and given == 10:
            return "causal: 10 leaves out the diagonal; each place may look at itself"
        if name == "both" and given == 6:
            return "both: 6 forbids the two last rows too; places of padding may look"
        if name == "both" and given == 20:
            return "both: 20 counts the pairs that one of the two masks allows; both must"
        return f"{name}: {given:g} pairs, expected {right}"
    return None


@exercise("12.2")
def heads_and_parameters(answer):
    """Judge a dict from number of heads to number of parameters."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(_HEADS):
        answer = dict(zip(_HEADS, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_HEADS)} numbers, got a {type(answer).__name__}"
    try:
        given = {int(float(key)): value for key, value in answer.items()}
    except (TypeError, ValueError):
        return f"the keys are {', '.join(map(repr, answer))}, expected 1, 2, 4, 8 and 16"
    right = 4 * (_WIDTH**2 + _WIDTH)
    values = {}
    for heads in _HEADS:
        name = f"the number for {heads} {'head' if heads == 1 else 'heads'}"
        if heads not in given:
            return f"{name} is missing"
        values[heads] = float(as_array(given[heads], (), name))
    if all(values[h] == _parameters(h, _WIDTH) for h in _HEADS):
        return (
            f"with 16 heads it has {values[16]:,.0f} parameters: the heads have size 64 each, "
            "they should share the 64"
        )
    if all(value == 4 * _WIDTH**2 for value in values.values()):
        return f"{values[1]:,.0f} are the four matrices without their biases"
    if all(value == 0 for value in values.values()):
        return "0 parameters: the layer has none before it is built; call layer.build or the layer"
    for heads in _HEADS:
        if values[heads] != right:
            return f"for {heads} heads it is {values[heads]:,.0f}, expected {right:,}"
    return None


def _parameters(heads, size):
    """Parameters of Keras' layer of width 64 with heads of the given size."""
    inner = heads * size
    return 3 * (_WIDTH * inner + inner) + inner * _WIDTH + _WIDTH


@exercise("12.3")
def local_attention(answer):
    """Judge a function of q, k, v and reach that returns vectors and weights."""
    rng = np.random.default_rng(4)
    cases = {
        "reach 1": (*rng.normal(size=(3, 6, 4)), 1),
        "reach 2": (*rng.normal(size=(3, 7, 9)), 2),
        "reach 0": (*rng.normal(size=(3, 4, 5)), 0),
        "reach past the ends": (*rng.normal(size=(3, 3, 4)), 10),
        "scores in the thousands": (*rng.normal(0, 40, size=(2, 5, 6)), rng.normal(size=(5, 6)), 2),
    }
    for name, (q, k, v, reach) in cases.items():
        result = call(answer, q, k, v, reach)
        if result is None or result is ...:
            raise NotStarted
        if not isinstance(result, list | tuple) or len(result) != 2:
            return "expected two results: the new vectors, then the weights"
        T = len(q)
        distance = np.arange(T)[:, None] - np.arange(T)
        near = np.abs(distance) <= reach
        weights = softmax(np.where(near, q @ k.T / np.sqrt(q.shape[1]), -np.inf))
        given = as_array(result[1], name="the weights")
        if given.shape == q.shape and q.shape[1] != T:
            return "the second result has the shape of q: the vectors come first, then the weights"
        given = as_array(given, (T, T), f"the weights ({name})")
        if not np.isfinite(given).all():
            return f"{name}: the weights are not finite; subtract each row's largest score before np.exp"
        outside = np.abs(given[~near])
        if outside.size and outside.max() > 1e-6:
            return f"{name}: a word that is too far away has the weight {outside.max():.3g}, expected 0"
        sums = given.sum(axis=1)
        if np.abs(sums - 1).max() > 1e-4:
            return f"{name}: rows sum to {sums[np.abs(sums - 1).argmax()]:.4g}, they should sum to 1"
        if np.abs(given - weights).max() > 1e-4:
            undivided = softmax(np.where(near, q @ k.T, -np.inf))
            if np.abs(given - undivided).max() < 1e-4:
                return f"{name}: the weights are those of scores that were not divided by sqrt(d)"
            if given[near & (distance > 0)].any() and not given[near & (distance < 0)].any():
                return f"{name}: no word looks to its right; it may, up to `reach` places"
        close(given, weights, f"the weights ({name})", rtol=1e-3, atol=1e-5)
        close(result[0], weights @ v, f"the vectors ({name})", rtol=1e-3, atol=1e-4)
    return None


@exercise("12.4")
def pre_norm_block(answer):
    """Judge a function of x, attend and the arrays of two dense layers."""
    rng = np.random.default_rng(5)
    for T, width, middle in [(5, 6, 12), (3, 8, 4)]:
        x = rng.normal(1, 3, size=(T, width))
        mix = rng.normal(size=(T, T))
        arrays = [rng.normal(size=s) for s in ((width, middle), middle, (middle, width), width)]

        def attend(h, mix=mix):
            return mix @ h

        result = call(answer, x, attend, *arrays)
        if result is None or result is ...:
            raise NotStarted
        given = as_array(result, (T, width), "the result")
        for known, what in _mistakes(x, attend, arrays).items():
            if np.allclose(given, what, rtol=1e-3, atol=1e-3):
                return known
        close(given, _block(x, attend, arrays), "the result", rtol=1e-2, atol=1e-2)
    return None


def _norm(x, axis=-1):
    return (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True) + 1e-3)


def _dense(h, arrays):
    W_1, b_1, W_2, b_2 = arrays
    return np.maximum(h @ W_1 + b_1, 0) @ W_2 + b_2


def _block(x, attend, arrays, norm=_norm):
    x = x + attend(norm(x))
    return x + _dense(norm(x), arrays)


def _mistakes(x, attend, arrays):
    """Results of plausible wrong blocks, by what to say about them."""
    after = _norm(x + attend(x))
    middle = x + attend(_norm(x))
    W_1, b_1, W_2, b_2 = arrays
    return {
        "this is post-norm: normalise what goes into a part, not the sum": _norm(
            after + _dense(after, arrays)
        ),
        "nothing is normalised: each part reads norm(x)": _block(x, attend, arrays, lambda h: h),
        "no residual connections: add each part's result to what was there": _dense(
            _norm(attend(_norm(x))), arrays
        ),
        "the second residual connection is missing": _dense(_norm(middle), arrays),
        "the dense layers read x without normalisation": middle + _dense(middle, arrays),
        "the dense layers read the old x: they come after attention": x
        + attend(_norm(x))
        + _dense(_norm(x), arrays),
        "there is no ReLU between the dense layers": middle + (_norm(middle) @ W_1 + b_1) @ W_2 + b_2,
        "normalised over the words: each word is normalised by itself, over its numbers": _block(
            x, attend, arrays, lambda h: _norm(h, axis=0)
        ),
    }
