"""Checks of chapter 09, LSTM on IMDB."""

import numpy as np

from helpers.checks.engine import as_array, call, close, exercise

_BY_HAND = {"cell": 0.3, "output": 0.25 * np.tanh(0.3), "GRU output": 0.5, "forget gate": 0.5 ** (1 / 100)}
# Length left after 50 steps along the forget gates in the chapter's experiment, measured with the solution.
_LEFT = {0: 1.322e-15, 1: 1.404e-07, 2: 0.001568, 3: 0.09437, 4: 0.4079}


@exercise("9.1")
def gates_by_hand(answer):
    """Judge a dict of four numbers."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(_BY_HAND):
        answer = dict(zip(_BY_HAND, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_BY_HAND)} numbers, got a {type(answer).__name__}"
    given = {str(key).strip().lower(): value for key, value in answer.items()}
    known = {
        "cell": {0.4: "this is with f and i exchanged?", 1.3: "the forget gate multiplies the old cell, -1"},
        "output": {
            0.075: "tanh of the cell is still missing",
            float(np.tanh(0.3)): "the output gate is still missing",
        },
        "gru output": {-0.1: "the update gate keeps the old output, it does not write the candidate"},
        "forget gate": {0.5: "this leaves half after one step; after 100 it is nothing"},
    }
    for name, right in _BY_HAND.items():
        if name.lower() not in given:
            return f"{name!r} is missing"
        value = float(as_array(given[name.lower()], (), repr(name)))
        tolerance = 6e-5 if name == "forget gate" else 2e-3
        if abs(value - right) <= tolerance:
            continue
        for wrong, why in known[name.lower()].items():
            if abs(value - wrong) < 2e-3:
                return f"{name!r} is {value:.4g}: {why}"
        if name == "forget gate" and abs(value - right) < 5e-3:
            return f"{name!r} is {value:.5g}: close, but {value:.5g} ** 100 = {value**100:.2f}, expected 0.5"
        return (
            f"{name!r} is {value:.4g}, expected something else: write the formula down with the numbers in it"
        )
    return None


@exercise("9.2")
def left_by_bias(answer):
    """Judge a dict from bias to the length that is left after 50 steps, along the forget gates."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(_LEFT):
        answer = dict(zip(_LEFT, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_LEFT)} numbers, got a {type(answer).__name__}"
    try:
        given = {round(float(key)): value for key, value in answer.items()}
    except (TypeError, ValueError):
        return f"the keys are {', '.join(map(repr, answer))}, expected the biases 0 to 4"
    found = {}
    for bias in _LEFT:
        name = f"the length for bias {bias}"
        if bias not in given:
            return f"{name} is missing"
        found[bias] = float(as_array(given[bias], (), name))
        if not 0 < found[bias] <= 1:
            return (
                f"{name} is {found[bias]:.3g}, expected a number between 0 and 1: a slope of length 1 shrinks"
            )
    if any(found[bias] >= found[bias + 1] for bias in range(4)):
        return "the lengths do not grow with the bias: was each measured with its own memory?"
    for bias, right in _LEFT.items():
        ratio = found[bias] / right
        if not 1 / 1.2 < ratio < 1.2:
            if _is_power(found, 100):
                return (
                    f"the length for bias {bias} is {found[bias]:.2g}: this is after 100 steps, expected 50"
                )
            return (
                f"the length for bias {bias} is {found[bias]:.2g}, expected {right:.2g}: row 49, column 0, "
                "with the bias at the forget gates, second of the four?"
            )
    return None


def _is_power(found, steps):
    return all(abs(np.log(found[b]) / np.log(_LEFT[b]) - steps / 50) < 0.25 for b in (0, 1, 2))


@exercise("9.3")
def masked_mean(answer):
    """Judge a function of vectors (N, T, width) and numbers (N, T)."""
    rng = np.random.default_rng(9)
    vectors = rng.normal(size=(4, 6, 3)) + 1
    numbers = np.array([[0, 0, 5, 7, 2, 9], [4, 1, 0, 0, 0, 0], [3, 4, 5, 6, 7, 8], [0, 6, 0, 1, 0, 0]])
    mask = (numbers != 0)[:, :, None]
    right = (vectors * mask).sum(axis=1) / mask.sum(axis=1)
    result = as_array(call(answer, vectors, numbers), name="the result")
    if result.shape == (4, 6, 3):
        return "the result has shape (4, 6, 3), expected (4, 3): one average for each row"
    if result.shape == right.shape:
        wrong_ways = {
            "this is the average of all places, with the padding": vectors.mean(axis=1),
            "the padding is out of the sum, but still in the number of words": (vectors * mask).mean(axis=1),
            "this is the sum, expected the average": (vectors * mask).sum(axis=1),
            "only words above 1 are counted; padding is 0 and nothing else": _mean_above(vectors, numbers, 1),
        }
        for reason, wrong in wrong_ways.items():
            if np.allclose(result, wrong, rtol=1e-4):
                return reason
    close(result, right, "the result")
    numbers[1] = 0
    result = as_array(call(answer, vectors, numbers), right.shape, "the result with a row of padding only")
    if not np.isfinite(result).all():
        return "a row of padding only gives numbers that are not finite, expected 0: 0 / 0 is no number"
    right[1] = 0
    close(result, right, "the result with a row of padding only")
    return None


def _mean_above(vectors, numbers, least):
    mask = (numbers > least)[:, :, None]
    return (vectors * mask).sum(axis=1) / mask.sum(axis=1)


@exercise("9.4")
def both_ways(answer):
    """Judge a function of inputs and two networks by networks of running sums."""
    rng = np.random.default_rng(9)
    x = rng.normal(size=(2, 5, 3))

    def forwards(inputs):
        return np.cumsum(np.asarray(inputs), axis=1)[:, :, :2]

    def backwards(inputs):
        return 10 * np.cumsum(np.asarray(inputs), axis=1)[:, :, 1:]

    ahead, behind = forwards(x), backwards(x[:, ::-1])
    right = np.concatenate([ahead, behind[:, ::-1]], axis=2)
    result = as_array(call(answer, x, forwards, backwards), name="the result")
    if result.shape != right.shape:
        hint = ": join along the last axis" if result.size == right.size else ""
        return f"the result has shape {result.shape}, expected {right.shape}{hint}"
    wrong_ways = {
        "the backward network read the words forwards": [ahead, backwards(x)],
        "the backward outputs come in reverse order: turn them around again": [ahead, behind],
        "the backward outputs stand first, expected the forward ones": [behind[:, ::-1], ahead],
        "the reviews were turned around, expected the words: the second axis": [
            ahead,
            backwards(x[::-1]),
        ],
        "the numbers within a word were turned around, expected the words": [ahead, backwards(x[:, :, ::-1])],
    }
    for reason, parts in wrong_ways.items():
        if np.allclose(result, np.concatenate(parts, axis=2)):
            return reason
    close(result, right, "the result")
    return None


@exercise("9.5")
def with_pairs(answer):
    """Judge a function of a review's numbers and the size of the vocabulary."""
    for numbers, size in [([1, 5, 3, 5], 10), ([1, 7, 7, 2, 170], 172), ([4], 6)]:
        result = call(answer, list(numbers), size)
        try:
            result = list(result)
        except TypeError:
            return f"the result is {result!r}, expected a list of numbers"
        result = as_array(result, (None,), "the result").astype(int).tolist()
        pairs = [size + a * size + b for a, b in zip(numbers, numbers[1:], strict=False)]
        if sorted(result) == sorted([*numbers, *pairs]):
            continue
        case = f"for {numbers} and size {size}"
        if sorted(result) == sorted(pairs):
            return f"{case} these are the pairs only, expected the words as well"
        if sorted(result) == sorted([*numbers, *(p - size for p in pairs)]):
            return f"{case} the pairs begin at 0, where the words' own numbers are: add size"
        turned = [size + b * size + a for a, b in zip(numbers, numbers[1:], strict=False)]
        if sorted(result) == sorted([*numbers, *turned]):
            return f"{case} the first word of each pair stands last: size + a * size + b, a before b"
        if len(result) != len(numbers) + len(pairs):
            wanted = f"{len(numbers)} words, {len(pairs)} pairs"
            return f"{case} the list has {len(result)} numbers, expected {wanted}"
        return f"{case} the list is {result}, expected {[*numbers, *pairs]}"
    return None
