"""Checks of chapter 09, LSTM on IMDB."""

import functools
import itertools

import numpy as np

from helpers.checks import tables
from helpers.checks.engine import Wrong, close, exercise, mistaken, pure, refuse, sigmoid
from helpers.checks.known import watched
from helpers.checks.reading import as_array, by_name, numbers

# What is left after 50 steps along the forget gates in section 9.2's experiment, for the biases 0 to 4: on
# the way back from step 100, and from step 50 for who reads only so far. Measured with the solution.
_LEFT = [1.3221e-15, 1.4040e-7, 1.5680e-3, 0.094372, 0.40791]
_LEFT_FROM_50 = [1.1552e-15, 1.2774e-7, 1.4318e-3, 0.080744, 0.38429]
_LEFT_MISTAKES = {
    "this is after 100 steps, expected 50": [5.92e-31, 1.39e-14, 2.2e-6, 7.89e-3, 0.158],
    "this is row 50, after 51 steps": [6.38e-16, 1.02e-7, 1.38e-3, 0.0901, 0.401],
    "this is along all paths; the gates alone are column 0": [4.47e-12, 3.02e-5, 0.0735, 0.769, 1.72],
    "this is the formula for gates that see nothing but their bias": (1 + np.exp(-np.arange(5.0))) ** -50,
}


@exercise("9.1")
def gates_by_hand(answer):
    """Judge four numbers, the forget gate last, and to more digits."""
    given = tables.read("9.1", answer)
    gate = given.pop("forget gate")
    tables.compare("9.1", given)
    fault = {
        "'forget gate' is {value:.6g}: close, but {value:.6g} ** 100 is {left:.4f}, expected 0.5000; give it "
        "to four digits": 6e-5 < abs(gate - 0.5 ** (1 / 100)) < 5e-3
    }
    refuse(fault, value=gate, left=np.power(gate, 100))  # in NumPy's way, which gives inf for a large one
    tables.compare("9.1", {"forget gate": gate})


@exercise("9.2")
def left_by_bias(answer):
    """Judge the lengths that are left after 50 steps along the forget gates, by bias."""
    found = numbers(answer, range(5), "the length for bias {key}")
    lengths = np.array(list(found.values()))
    if any(np.allclose(lengths, right, rtol=0.05, atol=0) for right in (_LEFT, _LEFT_FROM_50)):
        return
    mistaken(lengths, _LEFT_MISTAKES, "the lengths", rtol=0.05, atol=0)
    falling = any(np.diff(lengths) <= 0)
    outside = [bias for bias, length in found.items() if not 0 < length <= 1]
    bias = outside[0] if outside else np.argmax(np.abs(np.log(lengths / _LEFT)))
    faults = {
        "the length for bias {bias} is {length:.3g}, expected a number between 0 and 1: a slope of length 1 "
        "shrinks": outside,
        "the lengths do not grow with the bias: was each measured with its own memory?": falling,
        "the length for bias {bias} is {length:.3g}, expected {right:.2g}: row 49, column 0, with the bias "
        "at the forget gates, second of the four?": True,
    }
    refuse(faults, bias=bias, length=lengths[bias], right=_LEFT[bias])


@exercise("9.3")
def masked_mean(answer):
    """Judge a function of vectors (N, T, width) and numbers (N, T)."""
    rng = np.random.default_rng(9)
    words = np.array([[0, 0, 5, 7, 2, 9], [4, 1, 0, 0, 0, 0], [3, 4, 5, 6, 7, 8], [0, 6, 0, 1, 0, 0]])
    for case, ids, width in [
        ("the result", words, 3),
        ("the result for a single row", np.array([[1, 0, 900, 0]]), 2),
        ("the result with a row of padding only", words * [[1], [0], [1], [1]], 4),
        ("the result for padding only", words[:2] * 0, 3),
    ]:
        vectors, real = rng.normal(1, 3, (*ids.shape, width)), ids != 0
        result, changed = watched(answer, vectors, ids)
        result = as_array(result, None, case)
        mean = functools.partial(_mean_of, vectors)
        right, count = mean(real), real.sum(axis=1, keepdims=True)
        broken = count.min() == 0 and result.shape == right.shape and not np.isfinite(result).all()
        faults = {
            "{case}: expected one average for each row, not {shape}": result.shape == vectors.shape,
            "a row of padding only gives numbers that are not finite, expected 0: 0 / 0 is no number": broken,
        }
        refuse(faults, case=case, shape=result.shape)
        first = np.arange(ids.shape[1]) < count
        mistakes = {
            "this is the average of all places, with the padding": vectors.mean(axis=1),
            "the padding is out of the sum, but still in the number of words": right * count / ids.shape[1],
            "this is the sum, expected the average": right * count,
            "only words above 1 are counted; padding is 0 and nothing else": mean(ids > 1),
            "only padding in front of the words is left out": mean(np.cumsum(real, axis=1) > 0),
            "these are the first places, as if all padding stood behind the words": mean(first),
        }
        close(result, right, case, mistakes)
        if changed:
            raise Wrong("your function changed the arrays that it was given: make new ones")


def _mean_of(vectors, used):
    """Average over the places of each row that are used; 0 for a row without any."""
    mask = used[:, :, None]  # (N, T, 1)
    return (vectors * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)


@exercise("9.4")
def coupled_step(answer):
    """Judge a function that takes one step of an LSTM whose input gate is 1 - f."""
    rng = np.random.default_rng(9)
    for count, inputs, units in [(2, 3, 4), (1, 2, 2), (3, 4, 1)]:
        x, h, c = (rng.normal(size=(count, size)) for size in (inputs, units, units))
        W, b = rng.normal(size=(units + inputs, 3 * units)), rng.normal(size=3 * units)
        f, g, o = _gates(h, x, W, b)
        step = functools.partial(_step, h, x, c, W, b)
        new_h, new_c = right = step()
        cells = {
            "the forget gate and 1 - f are exchanged": (1 - f) * c + f * g,
            "all of the candidate is written, expected 1 - f of it": f * c + g,
            "all of the old cell is kept, expected f of it": c + (1 - f) * g,
        }
        mistakes = {why: (o * np.tanh(cell), cell) for why, cell in cells.items()} | {
            "h needs the tanh of the new cell": (o * new_c, new_c),
            "the output gate is missing in h": (np.tanh(new_c), new_c),
            "return h first, then c": (new_c, new_h),
            "the second result is the old c, expected the new one": (new_h, c),
            "the joined vector has h first, then x": _step(x, h, c, W, b),
            "the biases are missing": _step(h, x, c, W, 0 * b),
            "the columns are forget gate, candidate, output gate, in this order": step((0, 2, 1)),
            "the columns are forget gate first, then candidate, then output gate": step((1, 0, 2)),
        }
        result = pure(answer, x, h, c, W, b)
        if not isinstance(result, np.ndarray):
            result = list(by_name(result, ("h", "c")).values())
        close(result, right, "the result for x of shape {size}", mistakes, size=x.shape)


def _gates(first, second, W, b, order=(0, 1, 2)):
    """Forget gate, candidate and output gate from two vectors that are joined."""
    scores = np.split(np.concatenate([first, second], axis=1) @ W + b, 3, axis=1)
    f, g, o = (scores[place] for place in order)
    return sigmoid(f), np.tanh(g), sigmoid(o)


def _step(first, second, c, W, b, order=(0, 1, 2)):
    f, g, o = _gates(first, second, W, b, order)
    c = f * c + (1 - f) * g
    return o * np.tanh(c), c


@exercise("9.5")
def with_pairs(answer):
    """Judge a function of a review's numbers and the size of the vocabulary, whatever the codes' order."""
    for review, size in [([1, 5, 3, 5], 10), ([1, 7, 7, 2, 170], 172), ([4], 6), ([0, 1, 0, 1, 1, 1], 2)]:
        result, changed = watched(answer, review, size)
        result, pairs = np.sort(as_array(result, (None,), "the result")), list(itertools.pairwise(review))
        values = {"review": review, "size": size, "words": len(review), "pairs": len(pairs)}
        codes, turned = ([size + a * size + b for a, b in way] for way in (pairs, map(reversed, pairs)))
        from_0 = [code - size for code in codes]
        mistakes = {
            "these are the pairs only, expected the words as well": codes,
            "the pairs begin at 0, where the words' own numbers are: add size": review + from_0,
            "the first word of each pair stands last: size + a * size + b, a before b": review + turned,
            "a pair that comes twice counts twice": review + sorted(set(codes)),
        }
        mistakes = {why: np.sort(wrong) for why, wrong in mistakes.items()}
        name = "for {review} and size {size} the sorted list"
        if len(result) != len(review + codes):
            mistaken(result, mistakes, name, **values)
            raise Wrong(
                "for {review} and size {size} the list has {found} numbers, expected {words} words, {pairs} "
                "pairs",
                found=len(result),
                **values,
            )
        close(result, np.sort(review + codes), name, mistakes, rtol=0, **values)
        if changed:
            raise Wrong("your function changed the review that it was given: make a new list")
