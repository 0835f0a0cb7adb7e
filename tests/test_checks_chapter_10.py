"""The checks of chapter 10: right answers of all kinds pass, plausible wrong ones are told what is wrong."""

import numpy as np
import pytest
from exercise_twins import assert_right, assert_wrong, solved


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


# ----------------------------------------------------------------------------- 10.1

COUNTS = solved("10.1")["counts"]


@pytest.mark.parametrize(
    "answer",
    [
        COUNTS,
        {key: np.array([value]) for key, value in reversed(COUNTS.items())},
        {key: float(value) for key, value in COUNTS.items()},
        list(COUNTS.values()),
    ],
)
def test_counts_right(answer):
    assert_right("10.1", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (COUNTS | {"window 1": 5}, "two pairs"),
        (COUNTS | {"window 1": 12}, "one side only"),
        (COUNTS | {"window 2": 24}, "one side only"),
        (COUNTS | {"window 10": 36}, "no neighbour of itself"),
        (COUNTS | {"window 2": 10}, "2 places away count too"),
        (COUNTS | {"window 3": 17}, "add up"),
        (COUNTS | {"rows of V": 6}, "one row"),
        (COUNTS | {"rows of U": 5}, "true neighbour"),
        (COUNTS | {"rows of U": 10_000}, "true neighbour"),
        ({"window 1": 10}, "'window 2' is missing"),
        (COUNTS | {"window 1": "ten"}, "expected numbers"),
        (COUNTS | {"window 1": np.nan}, "add up"),
        (10, "expected a dict"),
        (COUNTS | {"window 1": ...}, "replace the"),
    ],
)
def test_counts_wrong(answer, pattern):
    assert_wrong("10.1", answer, pattern)


# ----------------------------------------------------------------------------- 10.2

SHARES = solved("10.2")["shares_by_threshold"]
ZIPF = 1 / np.arange(1, 10_001) / np.sum(1 / np.arange(1, 10_001))


def keep(t):
    return np.minimum(1, np.sqrt(t / ZIPF))


@pytest.mark.parametrize(
    "answer",
    [
        SHARES,
        {str(t): list(pair) for t, pair in SHARES.items()},
        {t: np.round(pair, 3) for t, pair in SHARES.items()},
        {t: (100 * pair[0], 100 * pair[1]) for t, pair in SHARES.items()},
        [SHARES[t] for t in sorted(SHARES, reverse=True)],
    ],
)
def test_shares_right(answer):
    assert_right("10.2", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ({t: (1 - a, b) for t, (a, b) in SHARES.items()}, "share that goes"),
        ({t: (keep(t).mean(), b) for t, (a, b) in SHARES.items()}, "average of p_keep"),
        ({t: (a, (ZIPF * keep(t))[:10].sum()) for t, (a, b) in SHARES.items()}, "text that stays"),
        ({t: (a, ZIPF[:10].sum()) for t, (a, b) in SHARES.items()}, "first ten words"),
        ({t: (ZIPF @ np.minimum(1, t / ZIPF), b) for t, (a, b) in SHARES.items()}, "zipf times p_keep"),
        ({t: a for t, (a, b) in SHARES.items()}, "shape"),
        ({t: pair for t, pair in SHARES.items() if t != 0.001}, "0.001 is missing"),
        ({"a": 1}, "expected 0.01"),
        (dict.fromkeys(SHARES, ("x", "y")), "expected numbers"),
        (0.4, "expected a dict"),
        (dict.fromkeys(SHARES, ...), "replace the"),
    ],
)
def test_shares_wrong(answer, pattern):
    assert_wrong("10.2", answer, pattern)


# ----------------------------------------------------------------------------- 10.3


def by_h(neighbours, u, negatives):
    h = neighbours.mean(axis=0)
    return (sigmoid(h @ u) - 1) * u + sigmoid(negatives @ h) @ negatives


def numerical(neighbours, u, negatives):
    """An answer of another kind: small steps, and lists."""

    def loss():
        h = neighbours.mean(axis=0)
        return np.logaddexp(0, -h @ u) + np.logaddexp(0, negatives @ h).sum()

    slope = np.zeros_like(neighbours)
    for place in np.ndindex(neighbours.shape):
        before = neighbours[place]
        neighbours[place] = before + 1e-5
        above = loss()
        neighbours[place] = before - 1e-5
        slope[place] = (above - loss()) / 2e-5
        neighbours[place] = before
    return slope.tolist()


def test_gradient_right():
    assert_right("10.3", solved("10.3", sigmoid=sigmoid)["cbow_gradient"])
    assert_right("10.3", numerical)
    assert_right(
        "10.3", lambda n, u, m: (np.ones((len(n), 1)) * by_h(n, u, m) / len(n)).astype("float32").copy()
    )


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (lambda n, u, m: by_h(n, u, m) / len(n), "one row for each neighbour"),
        (lambda n, u, m: np.tile(by_h(n, u, m), (len(n), 1)), "factor 1/C"),
        (lambda n, u, m: -np.tile(by_h(n, u, m) / len(n), (len(n), 1)), "sign is turned"),
        (
            lambda n, u, m: np.tile((by_h(n, u, m) + u) / len(n), (len(n), 1)),
            r"\(sigmoid − 1\) · u",
        ),
        (
            lambda n, u, m: np.tile((by_h(n, u, m) - m.sum(axis=0)) / len(n), (len(n), 1)),
            "without minus 1",
        ),
        (
            lambda n, u, m: np.tile((sigmoid(n.mean(0) @ u) - 1) * u / len(n), (len(n), 1)),
            "negatives' part is missing",
        ),
        (lambda n, u, m: np.array([(sigmoid(v @ u) - 1) * u + sigmoid(m @ v) @ m for v in n]), "expected"),
        (lambda n, u, m: by_h(n, u, m.T), "stopped with ValueError"),
        (lambda n, u: n, "TypeError"),
        (np.zeros((3, 4)), "expected a function"),
        (lambda n, u, m: ..., "replace the"),
        (..., "replace the|expected a function"),
    ],
)
def test_gradient_wrong(answer, pattern):
    assert_wrong("10.3", answer, pattern)


# ----------------------------------------------------------------------------- 10.4


def machine(order=(-1, 1, 1), unit_first=True, unit_rows=True, leave_out=True, safe=True):
    """A machine for analogies with one mistake to choose."""

    def solve(V, a, b, c):
        lengths = np.linalg.norm(V, axis=1, keepdims=True)
        unit = V / (np.maximum(lengths, 1e-9) if safe else lengths)
        A = unit if unit_first else V
        scores = (unit if unit_rows else V) @ (order[0] * A[a] + order[1] * A[b] + order[2] * A[c])
        if leave_out:
            scores[[a, b, c]] = -np.inf
        return np.argmax(scores)

    return solve


def test_solve_right():
    assert_right("10.4", solved("10.4")["solve"])
    assert_right("10.4", machine())
    assert_right("10.4", lambda V, a, b, c: np.array([machine()(V, a, b, c)], dtype="float32"))


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (machine(leave_out=False), "words of the question"),
        (machine(unit_rows=False), "length 1"),
        (machine(unit_first=False), "before subtracting"),
        (machine(order=(1, -1, 1)), "expected|in this order|row"),
        (machine(safe=False), "zeros"),
        (lambda V, a, b, c: V[b] - V[a] + V[c], "expected one row number"),
        (lambda V, a, b, c: "queen", "expected numbers"),
        (lambda V, a, b, c: 6, "expected row 3"),
        (lambda V, a, b, c: c, "row 2 is a word of the question"),
        (lambda V, a, b, c: 3, "in random table"),
        (lambda V, a, b, c: None, "returns None"),
        (lambda V, a, b: 3, "TypeError"),
        (np.eye(3), "expected a function"),
        (..., "replace the|expected a function"),
    ],
)
def test_solve_wrong(answer, pattern):
    assert_wrong("10.4", answer, pattern)
