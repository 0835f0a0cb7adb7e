"""Checks of chapter 12, the Transformer."""

import numpy as np

from helpers.checks.engine import Shared, Wrong, call, close, exercise, mistaken, softmax
from helpers.checks.reading import as_array, by_name, numbers

_WIDTH = 64


@exercise("12.1")
def count_looks(answer):
    """Judge for each mask the number of pairs it allows."""
    right = {"padding": 15, "causal": 15, "both": 12}
    given = numbers(answer, right, several="{name} is {count} numbers: add them up")
    forbidden = {name: 25 - count for name, count in right.items()}
    why = "these are the pairs that are forbidden; asked are those that are allowed"
    mistaken(given, {why: forbidden})
    mistakes = {
        "padding": {"this forbids the two last rows too; places of padding may look": 9},
        "causal": {"this leaves out the diagonal; each place may look at itself": 10},
        "both": {
            "this forbids the two last rows too; places of padding may look": 6,
            "this counts the pairs that one of the two masks allows; both must": 18,
            "this leaves out the diagonal; each place may look at itself": 9,
        },
    }
    for name, count in given.items():
        close(count, right[name], "{key}", mistakes[name], rtol=0, key=name)


@exercise("12.2")
def heads_and_parameters(answer):
    """Judge for each number of heads the number of parameters."""
    several = "{name} is {count} numbers: take layer.count_params()"
    given = numbers(answer, (1, 2, 4, 8, 16), "the number for heads = {key}", several=several)
    right = 4 * (_WIDTH**2 + _WIDTH)
    mistakes = {
        "the heads have size 64 each, they should share the 64": {
            heads: (4 * _WIDTH + 3) * heads * _WIDTH + _WIDTH for heads in given
        },
        "these are the four matrices without their biases": dict.fromkeys(given, 4 * _WIDTH**2),
        "these are three matrices: the one behind the heads is missing": dict.fromkeys(given, right * 3 // 4),
        "a layer has no parameters before it is built; call layer.build or the layer": dict.fromkeys(
            given, 0
        ),
    }
    mistaken(given, mistakes, rtol=0)
    for heads, count in given.items():
        if count != right:
            template = "for heads = {heads} it is {count:,.10g}, expected {right:,}"
            raise Wrong(template, heads=heads, count=count, right=right)


@exercise("12.3")
def local_attention(answer):
    """Judge a function of q, k, v and reach that returns vectors and weights."""
    rng = np.random.default_rng(4)
    places = np.arange(5)
    far = np.abs(places[:, None] - places) > 1
    one_row = np.array([1, 1, 3000, 1, 1, 1, 1])[:, None] * rng.normal(size=(7, 3))
    cases = {
        "reach 1": (*rng.normal(size=(3, 6, 4)), 1),
        "reach 2": (*rng.normal(size=(3, 7, 9)), 2),
        "reach 0": (*rng.normal(size=(3, 4, 5)), 0),
        "reach past the ends": (*rng.normal(size=(3, 3, 4)), 10),
        "one word": (*rng.normal(size=(3, 1, 4)), 1),
        "scores in the thousands": (*rng.normal(0, 40, size=(2, 5, 6)), rng.normal(size=(5, 6)), 2),
        "scores in the thousands in one row": (one_row, *rng.normal(size=(2, 7, 3)), 2),
        # Dot products with a unit row are the columns of k: far words win by thousands.
        "large scores of words too far away": (
            100 * np.eye(5, 6),
            np.pad(np.where(far, 60, -60).T, ((0, 0), (0, 1))) + rng.normal(size=(5, 6)) / 50,
            rng.normal(size=(5, 6)),
            1,
        ),
    }
    for case, (q, k, v, reach) in cases.items():
        given = [q.copy(), k.copy(), v.copy()]
        result = by_name(call(answer, *map(Shared, given), reach), ("vectors", "weights"))
        if not all(map(np.array_equal, given, (q, k, v))):
            raise Wrong("q, k or v was changed: work on a copy")
        T, d = q.shape
        distance = np.arange(T)[:, None] - np.arange(T)
        near = np.abs(distance) <= reach
        found = as_array(result["weights"], name="the weights")
        if found.shape == q.shape != (T, T):
            raise Wrong("the second result has the shape of q: the vectors come first, then the weights")
        found = as_array(found, (T, T), "the weights ({case})", case=case)
        if not np.isfinite(found).all():
            raise Wrong(
                "{case}: the weights are not finite; before np.exp, subtract from each row the largest score "
                "of the words that it may see, and give the others the score −inf",
                case=case,
            )
        outside = np.abs(found[~near]).max(initial=0)
        if outside > 1e-6:
            raise Wrong(
                "{case}: a word that is too far away has the weight {outside:.3g}, expected 0",
                case=case,
                outside=outside,
            )
        sums = found.sum(axis=1)
        worst = sums[np.abs(sums - 1).argmax()]
        if abs(worst - 1) > 1e-4:
            raise Wrong("{case}: rows sum to {worst:.4g}, they should sum to 1", case=case, worst=worst)

        def weights(scores, allowed=near):
            return softmax(np.where(allowed, scores, -np.inf))

        scores = q @ k.T / np.sqrt(d)
        mistakes = {
            "the scores were not divided by sqrt(d)": weights(q @ k.T),
            "here the keys ask and the queries answer: q @ k.T": weights(scores.T),
            "no word looks to its right; it may, up to `reach` places": weights(
                scores, near & (distance >= 0)
            ),
            "a word exactly `reach` places away may be seen too": weights(
                scores, np.abs(distance) < max(reach, 1)
            ),
        }
        right = weights(scores)
        close(found, right, "the weights ({case})", mistakes, rtol=1e-3, atol=1e-5, case=case)
        close(result["vectors"], right @ v, "the vectors ({case})", rtol=1e-3, atol=1e-4, case=case)


@exercise("12.4")
def pre_norm_block(answer):
    """Judge a function of x, attend and the arrays of two dense layers."""
    rng = np.random.default_rng(5)
    # A spread of 0.03 has a variance like ε.
    for T, width, middle in [(5, 6, 12), (3, 8, 4)]:
        x = rng.normal(1, 1, size=(T, width)) * np.array([3, 0.03, 1, 30, 0.1])[:T, None]
        mix = rng.normal(size=(T, T))
        arrays = [rng.normal(size=shape) for shape in ((width, middle), middle, (middle, width), width)]

        def attend(h, mix=mix):
            return mix @ h

        result = call(answer, x, attend, *arrays)
        mistakes = _other_blocks(x, attend, arrays)
        close(result, _block(x, attend, arrays), "the result", mistakes, rtol=1e-3, atol=1e-3)


def _norm(x, axis=-1, epsilon=1e-3, outside=0):
    spread = np.sqrt(x.var(axis=axis, keepdims=True) + epsilon)
    return (x - x.mean(axis=axis, keepdims=True)) / (spread + outside)


def _dense(h, arrays, activation=lambda h: np.maximum(h, 0)):
    W_1, b_1, W_2, b_2 = arrays
    return activation(h @ W_1 + b_1) @ W_2 + b_2


def _block(x, attend, arrays, **options):
    x = x + attend(_norm(x, **options))
    return x + _dense(_norm(x, **options), arrays)


def _other_blocks(x, attend, arrays):
    """Results of plausible wrong blocks, by what to say about them."""
    middle, after = x + attend(_norm(x)), _norm(x + attend(x))
    plain = x + attend(x)
    W_1, b_1, W_2, b_2 = arrays
    return {
        "this is post-norm: normalise what goes into a part, not the sum": _norm(
            after + _dense(after, arrays)
        ),
        "nothing is normalised: each part reads norm(x)": plain + _dense(plain, arrays),
        "attention reads x without normalisation": plain + _dense(_norm(plain), arrays),
        "the dense layers read x without normalisation": middle + _dense(middle, arrays),
        "no residual connections: add each part's result to what was there": (
            _dense(_norm(attend(_norm(x))), arrays)
        ),
        "the second residual connection is missing": _dense(_norm(middle), arrays),
        "the dense layers read the old x: they come after attention": middle + _dense(_norm(x), arrays),
        "there is no ReLU between the dense layers": middle + _dense(_norm(middle), arrays, lambda h: h),
        "normalised over the words: each word is normalised by itself, over its numbers": (
            _block(x, attend, arrays, axis=0)
        ),
        "ε is missing: divide by sqrt(variance + 0.001)": _block(x, attend, arrays, epsilon=0),
        "ε stands inside the root: divide by sqrt(variance + 0.001)": (
            _block(x, attend, arrays, epsilon=0, outside=1e-3)
        ),
        "ε is 0.00001 here, expected 0.001": _block(x, attend, arrays, epsilon=1e-5),
    }
