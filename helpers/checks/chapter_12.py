"""Checks of chapter 12, the Transformer."""

import functools

import numpy as np

from helpers.checks.engine import close, exercise, pure, refuse, softmax, sums_to_one
from helpers.checks.known import watched
from helpers.checks.reading import as_array, by_name, without_brackets

_CHANGES = {
    "no mask, place 2 changed": {0, 1, 2, 3, 4},
    "padding mask, place 4 changed": {4},
    "causal mask, place 2 changed": {2, 3, 4},
    "both masks, place 1 changed": {1, 2, 3, 4},
}


@exercise("12.1")
def who_notices(answer):
    """Judge for each mask the places whose output changes."""
    for name, value in by_name(answer, _CHANGES).items():
        if isinstance(value, list | tuple) or hasattr(value, "__array__"):
            flags = np.ravel(np.asarray(value, object))
            is_flag = (isinstance(f, bool | np.bool_ | int | np.integer) and f in (0, 1) for f in flags)
            if len(flags) == 5 and all(is_flag):
                value = np.flatnonzero(flags)  # True or 1 for each place that changes
        places = set(np.ravel(as_array(value, None, "{key!r}", key=name)).tolist())
        held = ", ".join(format(place, "g") for place in sorted(places))
        right, changed = _CHANGES[name], int(name.split()[-2])
        noticed, wrong = changed in places, min(places ^ right, default=None)
        faults = {
            "{name!r} holds {places}; the places are 0, 1, 2, 3 and 4": not places <= set(range(5)),
            "{name!r}: place {changed} itself has another query, so its output changes": not noticed,
            "{name!r}: place {wrong:g} may not look at what changed": wrong in places,
            "{name!r}: place {wrong:g} looks at what changed": wrong in right,
        }
        refuse(faults, name=name, places=held, changed=changed, wrong=wrong)


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
        result, changed = watched(answer, q, k, v, reach)
        result = by_name(result, ("vectors", "weights"))
        T, d = q.shape
        distance = np.arange(T)[:, None] - np.arange(T)
        near = np.abs(distance) <= reach
        found = as_array(result["weights"], name="the weights")
        is_vectors = found.shape == q.shape != (T, T)
        faults = {
            "q, k or v was changed: work on a copy": changed,
            "the second result has the shape of q: the vectors come first, then the weights": is_vectors,
        }
        refuse(faults)
        found = as_array(without_brackets(found, (T, T)), (T, T), "the weights ({case})", case=case)
        outside = np.abs(found[~near]).max(initial=0)
        faults = {
            "{case}: the weights are not finite; before np.exp, subtract from each row the largest score of "
            "the words that it may see, and give the others the score −inf": not np.isfinite(found).all(),
            "{case}: a word that is too far away has the weight {outside:.3g}, expected 0": outside > 1e-6,
        }
        refuse(faults, case=case, outside=outside)
        sums = found.sum(axis=1)
        sums_to_one(sums[np.abs(sums - 1).argmax()], "{case}: rows sum", case=case)

        scores = q @ k.T / np.sqrt(d)
        wrong = {
            "the scores were not divided by sqrt(d)": (q @ k.T, near),
            "here the keys ask and the queries answer: q @ k.T": (scores.T, near),
            "no word looks to its right; it may, up to `reach` places": (scores, near & (distance >= 0)),
            "a word exactly `reach` places away may be seen too": (scores, np.abs(distance) < max(reach, 1)),
        }
        mistakes = {why: softmax(np.where(seen, z, -np.inf)) for why, (z, seen) in wrong.items()}
        right = softmax(np.where(near, scores, -np.inf))
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

        plain, middle = x + attend(x), x + attend(_norm(x))
        after, within = _norm(plain), _norm(middle)
        post_norm, unconnected = _norm(after + _dense(after, arrays)), _dense(_norm(middle - x), arrays)
        block = functools.partial(_block, x, attend, arrays)
        mistakes = {
            "this is post-norm: normalise what goes into a part, not the sum": post_norm,
            "this has GELU between the dense layers, expected ReLU": middle + _dense(within, arrays, _gelu),
            "nothing is normalised: each part reads norm(x)": plain + _dense(plain, arrays),
            "attention reads x without normalisation": plain + _dense(after, arrays),
            "the dense layers read x without normalisation": middle + _dense(middle, arrays),
            "no residual connections: add each part's result to what was there": unconnected,
            "the second residual connection is missing": _dense(within, arrays),
            "the dense layers read the old x: they come after attention": middle + _dense(_norm(x), arrays),
            "there is no ReLU between the dense layers": middle + _dense(within, arrays, lambda h: h),
            "normalised over the words: each word is normalised by itself, over its numbers": block(axis=0),
            "ε is missing: divide by sqrt(variance + 0.001)": block(epsilon=0),
            "ε stands inside the root: divide by sqrt(variance + 0.001)": block(epsilon=0, outside=1e-3),
            "ε is 0.00001 here, expected 0.001": block(epsilon=1e-5),
        }
        close(pure(answer, x, attend, *arrays), block(), "the result", mistakes, rtol=1e-3, atol=1e-3)


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
