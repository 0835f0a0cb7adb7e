"""Checks of chapter 10, word vectors."""

import numpy as np

from helpers.checks.engine import NotStarted, as_array, call, close, exercise

_COUNTS = {"window 1": 10, "window 2": 18, "window 3": 24, "window 10": 30, "rows of V": 1, "rows of U": 6}
_THRESHOLDS = (0.01, 0.001, 0.0001, 0.00001)


@exercise("10.1")
def count_pairs(answer):
    """Judge a dict of six counts."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(_COUNTS):
        answer = dict(zip(_COUNTS, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_COUNTS)} numbers, got a {type(answer).__name__}"
    for name, right in _COUNTS.items():
        if name not in answer:
            return f"the number for {name!r} is missing"
        given = float(as_array(answer[name], (), repr(name)))
        if given != right:
            return f"{name!r} is {given:g}: {_why_not(name, given, right)}"
    return None


def _why_not(name, given, right):
    if name == "rows of V":
        return "a pair has one word in the middle, and one-hot times V is one row"
    if name == "rows of U":
        return "the true neighbour has a row, and each of the 5 negatives has one"
    reach = int(name.split()[1])
    if given == right / 2:
        return "each two neighbours make two pairs, one for either of them in the middle"
    if given == 6 * 2 * reach:
        return "the words at the ends have neighbours on one side only"
    if given == right + 6:
        return "a word is no neighbour of itself"
    if given == right - 2 * (6 - reach):
        return f"neighbours {reach} places away count too"
    return "count the neighbours of each of the six words, and add up"


@exercise("10.2")
def thin_out(answer):
    """Judge a dict from threshold to (share of the text that stays, share of the 10 words in it)."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(_THRESHOLDS):
        answer = dict(zip(_THRESHOLDS, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_THRESHOLDS)} pairs, got a {type(answer).__name__}"
    try:
        given = {float(f"{float(key):.6g}"): value for key, value in answer.items()}
    except (TypeError, ValueError):
        return f"the keys are {', '.join(map(repr, answer))}, expected 0.01, 0.001, 0.0001 and 0.00001"
    zipf = 1 / np.arange(1, 10_001)
    zipf = zipf / zipf.sum()
    for t in _THRESHOLDS:
        name = f"the pair for t = {t:g}"
        if t not in given:
            return f"{name} is missing"
        if given[t] is ... or given[t] is None:
            raise NotStarted
        stays, top = as_array(given[t], (2,), name)
        if 1 < max(stays, top) <= 100:
            stays, top = stays / 100, top / 100
        keep = np.minimum(1, np.sqrt(t / zipf))
        left = zipf * keep
        right = left.sum(), left[:10].sum() / left.sum()
        if not np.isclose(stays, right[0], atol=0.005):
            return f"{name} begins with {stays:.3f}, expected {right[0]:.3f}: {_why_share(stays, zipf, keep)}"
        if not np.isclose(top, right[1], atol=0.005):
            of_old = np.isclose(top, left[:10].sum(), atol=0.005)
            why = "divide by the text that stays" if of_old else "the first ten words of what stays"
            return f"{name} ends with {top:.3f}, expected {right[1]:.3f}: {why}"
    return None


def _why_share(stays, zipf, keep):
    if np.isclose(stays, 1 - (zipf * keep).sum(), atol=0.005):
        return "this is the share that goes"
    if np.isclose(stays, keep.mean(), atol=0.005):
        return "this is the average of p_keep over words; over the text, each word counts by its frequency"
    return "the sum of zipf times p_keep"


@exercise("10.3")
def cbow_gradient(answer):
    """Judge a function of (neighbours, u, negatives) by its gradient, for several sizes."""
    rng = np.random.default_rng(3)
    for C, d, K in [(3, 4, 5), (1, 2, 1), (8, 3, 2)]:
        neighbours, u, negatives = (rng.normal(size=shape) for shape in [(C, d), (d,), (K, d)])
        h = neighbours.mean(axis=0)
        true, made_up = _sigmoid(h @ u) - 1, _sigmoid(negatives @ h)
        by_h = true * u + made_up @ negatives
        right = np.tile(by_h / C, (C, 1))
        name = f"the gradient for {C} neighbours, d = {d} and {K} negatives"
        result = as_array(call(answer, neighbours, u, negatives), name=name)
        if result.shape == (d,) and C > 1:
            return f"{name} has shape {result.shape}, expected {(C, d)}: one row for each neighbour's vector"
        if result.shape == (C, d):
            wrong_ways = {
                "this is the gradient by h; each vector enters h with the factor 1/C": right * C,
                "the sign is turned around": -right,
                "the derivative of the true pair's term is (sigmoid − 1) · u": np.tile(
                    ((true + 1) * u + made_up @ negatives) / C, (C, 1)
                ),
                "the negatives' part is missing": np.tile(true * u / C, (C, 1)),
                "each negative counts by sigmoid, without minus 1": np.tile(
                    (true * u + (made_up - 1) @ negatives) / C, (C, 1)
                ),
            }
            for reason, wrong in wrong_ways.items():
                if np.allclose(result, wrong, atol=1e-6) and not np.allclose(right, wrong, atol=1e-6):
                    return f"for {C} neighbours: {reason}"
        close(result, right, name)
    return None


@exercise("10.4")
def solve_analogy(answer):
    """Judge a function of (V, a, b, c) by the row that it finds."""
    # man, woman, king, queen of different lengths; a row of zeros; a long row half way; "table".
    V = np.array(
        [[1, 0, 0, 0], [2, 2, 0, 0], [3, 0, 3, 0], [0.2, 0.2, 0.2, 0], [0] * 4, [90, 0, 80, 5], [0, 0, 0, 1]],
        dtype=float,
    )  # fmt: skip
    result = call(answer, V, 0, 1, 2)
    if isinstance(result, np.ndarray | list | tuple) and np.size(result) != 1:
        return f"the result has {np.size(result)} values, expected one row number"
    row = float(as_array(result, (), "the result"))
    if row in (0, 1, 2):
        return f"row {row:.0f} is a word of the question: leave a, b and c out"
    if row == 4:
        return "row 4 holds only zeros and has no direction: keep it from the division by 0"
    if row == 5:
        return "row 5 is long, but not in the right direction: bring all rows to length 1"
    if row != 3:
        return f"the result is {row:g}, expected row 3"
    rng = np.random.default_rng(4)
    for case in range(20):
        V = rng.normal(size=(12, 3)) * rng.uniform(0.1, 9, (12, 1))
        a, b, c = rng.choice(12, 3, replace=False)
        unit = V / np.linalg.norm(V, axis=1, keepdims=True)
        scores = unit @ (unit[b] - unit[a] + unit[c])
        scores[[a, b, c]] = -np.inf
        best = np.argmax(scores)
        row = float(as_array(call(answer, V, int(a), int(b), int(c)), (), "the result"))
        if row != best:
            why = _why_row(row, V, unit, (a, b, c))
            return f"in random table {case + 1} the result is row {row:g}, expected {best}{why}"
    return None


def _why_row(row, V, unit, question):
    a, b, c = question
    if row in question:
        return ": one of the three words of the question"
    ways = {
        ": is it b − a + c, in this order?": unit @ (unit[a] - unit[b] + unit[c]),
        ": bring the rows to length 1 before subtracting": unit @ (V[b] - V[a] + V[c]),
        ": the cosine, with rows of length 1": V @ (V[b] - V[a] + V[c]),
    }
    for why, scores in ways.items():
        scores[list(question)] = -np.inf
        if row == np.argmax(scores):
            return why
    return ""


def _sigmoid(s):
    return 1 / (1 + np.exp(-s))
