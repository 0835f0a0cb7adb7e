"""Checks of chapter 12, the Transformer."""

import numpy as np

from helpers.checks.engine import Shared, Wrong, call, close, exercise, mistaken, pure, softmax, sums_to_one
from helpers.checks.reading import as_array, by_name, numbers, without_brackets


@exercise("12.1")
def who_notices(answer):
    """Judge for each mask the places whose output changes."""
    right = {
        "no mask, place 2 changed": [0, 1, 2, 3, 4],
        "padding mask, place 4 changed": [4],
        "causal mask, place 2 changed": [2, 3, 4],
        "both masks, place 1 changed": [1, 2, 3, 4],
    }
    for name, value in by_name(answer, right).items():
        if isinstance(value, list | tuple) or hasattr(value, "__array__"):
            flags = np.ravel(np.asarray(value, object))
            if len(flags) == 5 and all(
                isinstance(flag, bool | np.bool_ | int | np.integer) and flag in (0, 1) for flag in flags
            ):
                value = np.flatnonzero(flags)  # True or 1 for each place that changes
        places = sorted(set(np.atleast_1d(as_array(value, None, "{key!r}", key=name)).ravel().tolist()))
        if not set(places) <= set(range(5)):
            held = ", ".join(format(place, "g") for place in places)
            raise Wrong("{name!r} holds {places}; the places are 0, 1, 2, 3 and 4", name=name, places=held)
        changed = right[name][0] if name != "no mask, place 2 changed" else 2
        if changed not in places:
            template = "{name!r}: place {changed} itself has another query, so its output changes"
            raise Wrong(template, name=name, changed=changed)
        for place in range(5):
            if (place in places) and (place not in right[name]):
                raise Wrong("{name!r}: place {place} may not look at what changed", name=name, place=place)
            if (place in right[name]) and (place not in places):
                raise Wrong("{name!r}: place {place} looks at what changed", name=name, place=place)


@exercise("12.2")
def reach_of_layers(answer):
    """Judge for each number of layers how far a change is carried."""
    given = numbers(answer, (1, 2, 3, 5), "the reach of {key} layers")
    mistakes = {
        "this is the reach of one layer; the next one reads its output": dict.fromkeys(given, 2),
        "this counts both sides; asked is the distance to one": {count: 4 * count for count in given},
        "this counts the changed place as well; asked is the distance": {n: 2 * n + 1 for n in given},
        "it does not double: each layer carries a change two places on": {n: 2**n for n in given},
        "this is the number of layers; each looks two places far": {count: count for count in given},
        "every output changes: is the mask put in before softmax?": dict.fromkeys(given, 39),
    }
    mistaken(given, mistakes, rtol=0)
    for count, reach in given.items():
        close(reach, 2 * count, "the reach of {count} layers", rtol=0, count=count)


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
        found = as_array(without_brackets(found, (T, T)), (T, T), "the weights ({case})", case=case)
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
        sums_to_one(worst, "{case}: rows sum", case=case)

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

        result = pure(answer, x, attend, *arrays)
        mistakes = _other_blocks(x, attend, arrays)
        close(result, _block(x, attend, arrays), "the result", mistakes, rtol=1e-3, atol=1e-3)


def _norm(x, axis=-1, epsilon=1e-3, outside=0):
    spread = np.sqrt(x.var(axis=axis, keepdims=True) + epsilon)
    return (x - x.mean(axis=axis, keepdims=True)) / (spread + outside)


def _dense(h, arrays, activation=lambda h: np.maximum(h, 0)):
    W_1, b_1, W_2, b_2 = arrays
    return activation(h @ W_1 + b_1) @ W_2 + b_2


def _gelu(h):
    return 0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3)))


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
        "this has GELU between the dense layers, expected ReLU": middle
        + _dense(_norm(middle), arrays, _gelu),
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
