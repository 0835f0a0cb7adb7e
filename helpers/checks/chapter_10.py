"""Checks of chapter 10, word vectors."""

import numpy as np

from helpers.checks.engine import close, exercise, pure, refuse, sigmoid
from helpers.checks.known import watched
from helpers.checks.reading import as_array, numbers


@exercise("10.2")
def thin_out(answer):
    """Judge for each threshold the share of the text that stays, and the share of the 10 words in it."""
    zipf = 1 / np.arange(1, 10_001)
    zipf = zipf / zipf.sum()
    pairs = numbers(answer, (0.01, 0.001, 0.0001, 0.00001), "the pair for t = {key:g}", shape=(2,))
    for t in (0.001, 0.01, 0.0001, 0.00001):  # for 0.01 two of the mistakes are nearly alike
        stays, top = pairs[t]
        root = np.sqrt(t / zipf)
        keep = np.minimum(1, root)
        left = zipf * keep
        text, ten = left.sum(), left[:10].sum() / left.sum()
        mistakes = {
            "this is the share that goes": 1 - text,
            "this is the average of p_keep over words; over the text, each word counts by its "
            "frequency": keep.mean(),
            "nothing keeps p_keep from rising above 1: take np.minimum(1, ...)": zipf @ root,
            "this is the share of the 10 words, which comes second": ten,
            "p_keep is the root of t / zipf; expected the sum of zipf times p_keep": zipf @ keep**2,
            "p_keep is the root of t / zipf, not of zipf / t": zipf @ np.minimum(1, 1 / root),
        }
        why = "expected the sum of zipf times p_keep"
        _share(stays, text, "the text that stays for t = {t:g}", mistakes, why, t)
        mistakes = {
            "divide by the text that stays": left[:10].sum(),
            "these are words 2 to 11; the most frequent stands at place 0": left[1:11].sum() / text,
            "this is of the old text, expected the first ten words of what stays": zipf[:10].sum(),
        }
        why = "expected the first ten words of what stays, divided by all that stays"
        _share(top, ten, "the share of the 10 words for t = {t:g}", mistakes, why, t)


def _share(given, right, name, mistakes, why, t):
    """Compare a share that may be rounded to two decimals, or in per cent."""
    # 6.3 is hardly meant as 6.3%: only what fits something known is taken as per cent.
    if given > 1 and any(abs(given / 100 - known) <= 0.0051 for known in (right, *mistakes.values())):
        given = given / 100
    close(given, right, name, mistakes, why, rtol=0, atol=0.0051, t=t)


@exercise("10.3")
def cbow_gradient(answer):
    """Judge a function of (neighbours, u, negatives) by its gradient, for several sizes and scales."""
    rng = np.random.default_rng(3)
    for C, d, K, scale in [(3, 4, 5, 1), (1, 2, 1, 1), (8, 3, 2, 1), (2, 5, 5, 3)]:
        neighbours, u, negatives = (scale * rng.normal(size=shape) for shape in [(C, d), (d,), (K, d)])
        h = neighbours.mean(axis=0)
        true, made_up = (sigmoid(h @ u) - 1) * u, sigmoid(negatives @ h)
        by_h = true + made_up @ negatives
        right = np.tile(by_h / C, (C, 1))
        of_sum = (sigmoid(C * h @ u) - 1) * u + sigmoid(negatives @ (C * h)) @ negatives
        wrong = {
            "this is the gradient by h; each vector enters h with the factor 1/C": C * by_h,
            "the sign is turned around": -by_h,
            "the derivative of the true pair's term is (sigmoid − 1) · u": by_h + u,
            "the negatives' part is missing": true,
            "the true pair's part is missing": by_h - true,
            "each negative counts by sigmoid, without minus 1": by_h - negatives.sum(axis=0),
            "the negatives' terms are added up, not averaged": true + made_up @ negatives / K,
            "h is the mean of the neighbours' vectors, not their sum": C * of_sum,
        }
        mistakes = {"expected one row for each neighbour's vector": right[0]}
        mistakes |= {why: np.tile(slope / C, (C, 1)) for why, slope in wrong.items()}
        name = "the gradient for {C} neighbours, d = {d} and {K} negatives"
        close(pure(answer, neighbours, u, negatives), right, name, mistakes, atol=1e-5, C=C, d=d, K=K)


@exercise("10.4")
def solve_analogy(answer):
    """Judge a function of (V, a, b, c) by the row that it finds."""
    # man, woman, king, queen of different lengths; a row of zeros; a long row half way; "table".
    V = np.array(
        [[1, 0, 0, 0], [2, 2, 0, 0], [3, 0, 3, 0], [0.2, 0.2, 0.2, 0], [0] * 4, [90, 0, 80, 5], [0, 0, 0, 1]]
    )
    row = _found(answer, V, 0, 1, 2)
    faults = {
        "row {row:.0f} is a word of the question: leave a, b and c out": row in (0, 1, 2),
        "row {row:.0f} is a row of zeros without direction: keep it from the division by 0, and leave it "
        "out": row == 4,
        "row {row:.0f} is a long row that lies between man and king: is it b − a + c, and have all rows the "
        "length 1?": row == 5,
        "the result is {row:g}, expected row 3": row != 3,
    }
    refuse(faults, row=row)
    rng = np.random.default_rng(4)
    for table in range(1, 31):
        V = rng.normal(size=(12, 3)) * rng.uniform(0.1, 9, (12, 1))
        a, b, c, zeros = (int(place) for place in rng.choice(12, 4, replace=False))
        unit = V / np.linalg.norm(V, axis=1, keepdims=True)
        if table % 3 == 0:
            # Every other row points away from the arrow, so that the best cosine is below 0, that of zeros.
            turned = np.delete(np.arange(12), [a, b, c])
            V[turned] *= -np.sign(unit[turned] @ (unit[b] - unit[a] + unit[c]))[:, None]
            V[zeros] = 0
            unit = V / np.maximum(np.linalg.norm(V, axis=1, keepdims=True), 1e-12)
        row = _found(answer, V, a, b, c)
        faults = {
            "in random table {table} row {row:g} is a word of the question": row in (a, b, c),
            "in random table {table} the result is row {row:g}, which holds only zeros: it has no direction, "
            "so it is no answer even where every cosine is below 0": row == zeros and table % 3 == 0,
        }
        refuse(faults, table=table, row=row)
        arrow, of_lengths = unit[b] - unit[a] + unit[c], V[b] - V[a] + V[c]
        ways = {
            "is it b − a + c, in this order?": unit @ (unit[a] - unit[b] + unit[c]),
            "bring the rows to length 1 before subtracting": unit @ of_lengths,
            "expected the cosine, with all rows of length 1": V @ of_lengths,
            "expected the cosine: the row that is found needs length 1 too": V @ arrow,
        }
        mistakes = {why: _best(scores, V, a, b, c) for why, scores in ways.items()}
        best = _best(unit @ arrow, V, a, b, c)
        close(row, best, "in random table {table} the result", mistakes, rtol=0, table=table)


def _best(scores, V, *question):
    """The row of the largest score that is neither zeros nor a word of the question."""
    scores = np.where(V.any(axis=1), scores, -np.inf)
    scores[list(question)] = -np.inf
    return int(np.argmax(scores))


def _found(answer, V, *question):
    """The row number that the learner's function returns."""
    result, changed = watched(answer, V, *question)
    result = as_array(result, name="the result")
    faults = {
        "the result has {count} values, expected one row number": result.size != 1,
        "the given table was changed: work on a copy, V = V / lengths instead of V /= lengths": changed,
    }
    refuse(faults, count=result.size)
    return float(result.reshape(()))
