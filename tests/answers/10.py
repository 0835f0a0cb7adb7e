"""Right and wrong answers to the exercises of chapter 10."""

import numpy as np
import pandas as pd

COUNTS = {"window 1": 10, "window 2": 18, "window 3": 24, "window 10": 30, "rows of V": 1, "rows of U": 6}

ZIPF = 1 / np.arange(1, 10_001) / np.sum(1 / np.arange(1, 10_001))
THRESHOLDS = (0.01, 0.001, 0.0001, 0.00001)


def keep(t):
    return np.minimum(1, np.sqrt(t / ZIPF))


def pairs(left):
    """What the exercise asks for, by the frequencies that a function of the threshold leaves."""
    return {t: (left(t).sum(), left(t)[:10].sum() / left(t).sum()) for t in THRESHOLDS}


SHARES = pairs(lambda t: ZIPF * keep(t))


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


def by_h(neighbours, u, negatives, h=None):
    h = neighbours.mean(axis=0) if h is None else h
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


def for_each(row):
    """An answer whose rows, one for each neighbour, are all made by a function of (n, u, m)."""
    return lambda n, u, m: np.tile(row(n, u, m) / len(n), (len(n), 1))


def only_the_first(n, u, m):
    return np.eye(len(n), 1) * by_h(n, u, m)


def machine(order=(-1, 1, 1), unit_first=True, unit_rows=True, leave_out=True, zeros="left out"):
    """A machine for analogies with one mistake to choose."""

    def solve(V, a, b, c):
        lengths = np.linalg.norm(V, axis=1, keepdims=True)
        unit = V / (lengths if zeros == "divided" else np.maximum(lengths, 1e-9))
        A = unit if unit_first else V
        scores = (unit if unit_rows else V) @ (order[0] * A[a] + order[1] * A[b] + order[2] * A[c])
        if zeros == "left out":
            scores[lengths[:, 0] == 0] = -np.inf
        if leave_out:
            scores[[a, b, c]] = -np.inf
        return np.argmax(scores)

    return solve


def by_loop(V, a, b, c):
    unit = [row / np.sqrt(sum(row**2)) if any(row) else None for row in V]
    arrow = unit[b] - unit[a] + unit[c]
    rows = [row for row in range(len(V)) if row not in (a, b, c) and unit[row] is not None]
    return max(rows, key=lambda row: sum(unit[row] * arrow))


def nearest(V, a, b, c):
    unit = V / np.maximum(np.linalg.norm(V, axis=1, keepdims=True), 1e-9)
    distances = np.linalg.norm(unit - (unit[b] - unit[a] + unit[c]), axis=1)
    distances[[a, b, c]] = np.inf
    return np.argmin(distances)


def in_place(V, a, b, c):
    V /= np.maximum(np.linalg.norm(V, axis=1, keepdims=True), 1e-9)
    return by_loop(V, a, b, c)


def leaves_out_one(V, a, b, c):
    unit = V / np.maximum(np.linalg.norm(V, axis=1, keepdims=True), 1e-9)
    scores = np.where(V.any(axis=1), unit @ (unit[b] - unit[a] + unit[c]), -np.inf)
    scores[c] = -np.inf
    return np.argmax(scores)


def right_gradient(n, u, m):
    return np.tile(by_h(n, u, m) / len(n), (len(n), 1))


def by_tape(n, u, m):
    import tensorflow as tf

    neighbours = tf.Variable(n)
    with tf.GradientTape() as tape:
        h = tf.reduce_mean(neighbours, axis=0)
        signed = tf.concat([[tf.reduce_sum(h * u)], -tf.linalg.matvec(m, h)], axis=0)
        loss = -tf.reduce_sum(tf.math.log_sigmoid(signed))
    return tape.gradient(loss, neighbours)


def changes_neighbours(n, u, m):
    n[:] = right_gradient(n, u, m)
    return n


def zeros_win(V, a, b, c):
    """Leaves the question out with the score 0."""
    unit = V / np.maximum(np.linalg.norm(V, axis=1, keepdims=True), 1e-9)
    scores = unit @ (unit[b] - unit[a] + unit[c])
    scores[[a, b, c]] = 0
    return np.argmax(scores)


def by_steps(V, a, b, c):
    """Nearest by the sum of absolute differences."""
    unit = V / np.maximum(np.linalg.norm(V, axis=1, keepdims=True), 1e-9)
    away = np.abs(unit - (unit[b] - unit[a] + unit[c])).sum(axis=1)
    away[[a, b, c]] = np.inf
    away[~V.any(axis=1)] = np.inf
    return np.argmin(away)


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"10.1": {}, "10.2": {}, "10.3": {"sigmoid": sigmoid}, "10.4": {}}

RIGHT = {
    "10.1": {
        "numbers": COUNTS,
        "in brackets": {key: np.array([value]) for key, value in COUNTS.items()},
        "floats": {key: float(value) for key, value in COUNTS.items()},
    },
    "10.2": {
        "pairs": SHARES,
        "keys as text": {str(t): list(pair) for t, pair in SHARES.items()},
        "three decimals": {t: np.round(pair, 3) for t, pair in SHARES.items()},
        "two decimals": {t: np.round(pair, 2) for t, pair in SHARES.items()},
        "per cent": {t: (100 * pair[0], 100 * pair[1]) for t, pair in SHARES.items()},
        "whole per cent": {t: np.round(100 * np.array(pair)) for t, pair in SHARES.items()},
        "an array": np.array(list(SHARES.values()), np.float32),
        "a DataFrame": pd.DataFrame(SHARES),
        "a DataFrame, turned": pd.DataFrame(SHARES).T[::-1],
    },
    "10.3": {
        "by small steps": numerical,
        "float32": lambda n, u, m: (np.ones((len(n), 1)) * by_h(n, u, m) / len(n)).astype("float32"),
        "a row at a time": lambda n, u, m: [by_h(n, u, m) / len(n) for _ in n],
        "in TensorFlow": by_tape,
        "a view": lambda n, u, m: np.broadcast_to(by_h(n, u, m) / len(n), n.shape),
        "a generator": lambda neighbours, u, negatives: iter(right_gradient(neighbours, u, negatives)),
    },
    "10.4": {
        "a machine": machine(),
        "by loop": by_loop,
        "in brackets": lambda V, a, b, c: np.array([machine()(V, a, b, c)], dtype="float32"),
    },
}

WRONG = {
    "10.1": [
        (COUNTS | {"window 1": 5}, "two pairs"),
        (COUNTS | {"window 1": 12}, "one side only"),
        (COUNTS | {"window 2": 24}, "one side only"),
        (COUNTS | {"window 10": 36}, "no neighbour of itself"),
        (COUNTS | {"window 2": 10}, "2 places away count too"),
        (COUNTS | {"window 3": 17}, "'window 3' is 17: .*add up"),
        (COUNTS | {"window 10": 38}, "add up"),
        (COUNTS | {"window 1": 10.4}, "'window 1' is 10.4"),
        (COUNTS | {"rows of V": 6}, "one row"),
        (COUNTS | {"rows of U": 5}, "true neighbour"),
        (COUNTS | {"rows of U": 10_000}, "true neighbour"),
        ({"window 1": 10}, "'window 2' is missing"),
        (COUNTS | {"window 1": "ten"}, "expected numbers"),
        (COUNTS | {"window 1": np.nan}, "add up"),
        (10, "expected a dict"),
        (COUNTS | {"window 1": ...}, "replace the"),
        (COUNTS | {"window 3": 30}, "no neighbour of itself"),
        (COUNTS | {"window 10": 60}, "add up"),
        (COUNTS | {"rows of V": 2}, "one row"),
    ],
    "10.2": [
        ({t: (1 - a, b) for t, (a, b) in SHARES.items()}, "share that goes"),
        ({t: (100 * (1 - a), 100 * b) for t, (a, b) in SHARES.items()}, "share that goes"),
        ({t: (keep(t).mean(), b) for t, (a, b) in SHARES.items()}, "average of p_keep"),
        ({t: (a, (ZIPF * keep(t))[:10].sum()) for t, (a, b) in SHARES.items()}, "text that stays"),
        (
            {t: (a, (ZIPF * keep(t))[1:11].sum() / a) for t, (a, b) in SHARES.items()},
            "words 2 to 11",
        ),
        ({t: (a, ZIPF[:10].sum()) for t, (a, b) in SHARES.items()}, "first ten words"),
        ({t: (ZIPF @ np.minimum(1, t / ZIPF), b) for t, (a, b) in SHARES.items()}, "zipf times p_keep"),
        (pairs(lambda t: ZIPF * np.sqrt(t / ZIPF)), r"t = 0.001 is [\d.]+: nothing keeps p_keep"),
        (SHARES | {0.001: (6.3, 0.08)}, "t = 0.001 is 6.3: "),
        (pairs(lambda t: ZIPF * np.minimum(1, np.sqrt(ZIPF / t))), "not of zipf / t"),
        ({t: (b, a) for t, (a, b) in SHARES.items()}, "comes second"),
        ({t: (a, 10 / 10_000) for t, (a, b) in SHARES.items()}, "10 words for t = 0.001 is 0.001"),
        (dict.fromkeys(SHARES, (86.1, 18.6)), "t = 0.001 is 86.1"),  # one threshold for all
        ({t: (np.nan, b) for t, (a, b) in SHARES.items()}, "is nan"),
        ({t: a for t, (a, b) in SHARES.items()}, "shape"),
        ({t: pair for t, pair in SHARES.items() if t != 0.001}, "0.001 is missing"),
        ({"a": 1}, "t = 0.01 is missing"),
        (dict.fromkeys(SHARES, ("x", "y")), "expected numbers"),
        (0.4, "expected a dict"),
        (dict.fromkeys(SHARES, ...), "replace the"),
    ],
    "10.3": [
        (lambda n, u, m: by_h(n, u, m) / len(n), "one row for each neighbour"),
        (lambda n, u, m: np.tile(by_h(n, u, m), (len(n), 1)), "factor 1/C"),
        (for_each(lambda n, u, m: -by_h(n, u, m)), "sign is turned"),
        (for_each(lambda n, u, m: by_h(n, u, m) + u), r"\(sigmoid − 1\) · u"),
        (for_each(lambda n, u, m: by_h(n, u, m) - m.sum(axis=0)), "without minus 1"),
        (for_each(lambda n, u, m: (sigmoid(n.mean(0) @ u) - 1) * u), "negatives' part is missing"),
        (for_each(lambda n, u, m: sigmoid(m @ n.mean(0)) @ m), "true pair's part is missing"),
        (for_each(lambda n, u, m: by_h(n, u, m[:1])), "neighbours, d = 4 and 5 negatives"),
        (lambda n, u, m: np.tile(by_h(n, u, m, n.sum(axis=0)), (len(n), 1)), "not their sum"),
        (
            for_each(
                lambda n, u, m: (sigmoid(n.mean(0) @ u) - 1) * u + (sigmoid(m @ n.mean(0)) @ m) / len(m)
            ),
            "added up, not averaged",
        ),
        (only_the_first, "expected"),
        (lambda n, u, m: np.array([(sigmoid(v @ u) - 1) * u + sigmoid(m @ v) @ m for v in n]), "expected"),
        (lambda n, u, m: by_h(n, u, m.T), "stopped with ValueError"),
        (lambda n, u: n, "TypeError"),
        (np.zeros((3, 4)), "expected a function"),
        (lambda n, u, m: ..., "replace the"),
        (..., "replace the|expected a function"),
        (changes_neighbours, r"argument 1\).*work on a copy"),
        (lambda n, u, m: right_gradient(n, u, m) / len(n), "expected"),
        (lambda n, u, m: n - 0.1 * right_gradient(n, u, m), "expected"),
        (lambda n, u, m: right_gradient(n[:3], u, m), r"shape \(3, 3\), expected \(8, 3\)"),
        (lambda n, u, m: right_gradient(n, u, m) * len(n) / 3, "1 neighbours"),
        (lambda n, u, m: right_gradient(n, u, m).astype(str), "is text"),
        (for_each(lambda n, u, m: (sigmoid(n.mean(0) @ u) - 1) * n.mean(0)), "expected"),
    ],
    "10.4": [
        (machine(leave_out=False), "words? of the question"),
        (leaves_out_one, "word of the question"),
        (machine(unit_rows=False), "length 1"),
        (machine(unit_first=False), "before subtracting"),
        (machine(order=(1, -1, 1)), "expected|in this order|row"),
        (machine(zeros="divided"), "zeros"),
        (machine(zeros="kept"), "only zeros: it has no direction"),
        (nearest, "only zeros: it has no direction"),
        (in_place, "the given table was changed"),
        (lambda V, a, b, c: V[b] - V[a] + V[c], "expected one row number"),
        (lambda V, a, b, c: "queen", "expected numbers"),
        (lambda V, a, b, c: 6, "expected row 3"),
        (lambda V, a, b, c: c, "row 2 is a word of the question"),
        (lambda V, a, b, c: 3, "in random table"),
        (lambda V, a, b, c: None, "returns None"),
        (lambda V, a, b: 3, "TypeError"),
        (np.eye(3), "expected a function"),
        (..., "replace the|expected a function"),
        (zeros_win, "only zeros: it has no direction"),
        (by_steps, "in random table"),
        (machine(order=(-1, 1, 0)), "in random table"),
        (lambda V, a, b, c: machine()(V, a, b, c) + 1, "zeros"),
        (lambda V, a, b, c: machine()(V[:7], a, b, c), "stopped with IndexError|in random table"),
        (lambda V, a, b, c: (machine()(V, a, b, c), 0.9), "2 values, expected one row number"),
        (lambda V, a, b, c: str(machine()(V, a, b, c)), "is a str, expected numbers"),
    ],
}
