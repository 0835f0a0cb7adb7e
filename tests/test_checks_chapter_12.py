"""The checks of chapter 12: right answers of all kinds pass, plausible wrong ones are told what is wrong."""

import numpy as np
import pytest
from exercise_twins import assert_right, assert_wrong, solved

# ----------------------------------------------------------------------------- 12.1

PAIRS = {"padding": 15, "causal": 15, "both": 12}


@pytest.mark.parametrize(
    "answer",
    [
        solved("12.1")["allowed_pairs"],
        [15, 15, 12],
        np.array([15, 15, 12]),
        {name: np.int64(number) for name, number in PAIRS.items()},
        {name: float(number) for name, number in PAIRS.items()},
    ],
)
def test_looks_right(answer):
    assert_right("12.1", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ({"padding": 10, "causal": 10, "both": 13}, "forbidden"),
        (PAIRS | {"padding": 9}, "places of padding may look"),
        (PAIRS | {"causal": 10}, "leaves out the diagonal"),
        (PAIRS | {"both": 6}, "places of padding may look"),
        (PAIRS | {"both": 20}, "one of the two"),
        (PAIRS | {"both": 15}, "expected 12"),
        ({"padding": 15, "causal": 15}, "'both' is missing"),
        (15, "expected a dict"),
        (dict.fromkeys(PAIRS, ...), "replace the"),
    ],
)
def test_looks_wrong(answer, pattern):
    assert_wrong("12.1", answer, pattern)


# ----------------------------------------------------------------------------- 12.2

RIGHT = dict.fromkeys((1, 2, 4, 8, 16), 16_640)


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        list(RIGHT.values()),
        {str(heads): float(number) for heads, number in RIGHT.items()},
        {heads: np.array([number]) for heads, number in RIGHT.items()},
    ],
)
def test_heads_right(answer):
    assert_right("12.2", answer)


def test_heads_solution():
    from keras import layers

    assert_right("12.2", solved("12.2", layers=layers)["parameters_by_heads"])


def of_size_64(heads):
    return 3 * (64 * 64 * heads + 64 * heads) + 64 * 64 * heads + 64


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ({h: of_size_64(h) for h in RIGHT}, "size 64 each"),
        (dict.fromkeys(RIGHT, 16_384), "without their biases"),
        (dict.fromkeys(RIGHT, 0), "before it is built"),
        ({h: 16_640 * h for h in RIGHT}, "for 2 heads it is 33,280, expected 16,640"),
        ({1: 16_640}, "2 heads is missing"),
        (16_640, "expected a dict"),
        ({"one": 16_640}, "the keys are"),
        (dict.fromkeys(RIGHT, ...), "replace the"),
    ],
)
def test_heads_wrong(answer, pattern):
    assert_wrong("12.2", answer, pattern)


# ----------------------------------------------------------------------------- 12.3


def local(q, k, v, reach, *, divide=True, future=True, shift=True, near=None, swap=False, fill=-np.inf):
    T, d = q.shape
    distance = np.arange(T)[:, None] - np.arange(T)
    allowed = np.abs(distance) <= reach if near is None else near(distance, reach)
    if not future:
        allowed = allowed & (distance >= 0)
    scores = np.where(allowed, q @ k.T / (np.sqrt(d) if divide else 1), fill)
    with np.errstate(over="ignore", invalid="ignore"):
        powers = np.exp(scores - (scores.max(axis=1, keepdims=True) if shift else 0))
        weights = powers / powers.sum(axis=1, keepdims=True)
    return (weights, weights @ v) if swap else (weights @ v, weights)


def by_loop(q, k, v, reach):
    T, d = q.shape
    weights = np.zeros((T, T), dtype="float32")
    for t in range(T):
        first, last = max(0, t - reach), min(T, t + reach + 1)
        scores = k[first:last] @ q[t] / d**0.5
        powers = np.exp(scores - scores.max())
        weights[t, first:last] = powers / powers.sum()
    return [(weights @ v).tolist(), weights]


@pytest.mark.parametrize("answer", [solved("12.3")["local_attention"], local, by_loop])
def test_local_right(answer):
    assert_right("12.3", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (lambda *a: local(*a, divide=False), "not divided by sqrt"),
        (lambda *a: local(*a, future=False), "looks to its right"),
        (lambda *a: local(*a, shift=False), "not finite"),
        (lambda *a: local(*a, swap=True), "the vectors come first"),
        (lambda *a: local(*a, near=lambda d, r: np.abs(d) <= r + 1), "too far away"),
        (lambda *a: local(*a, near=lambda d, r: np.abs(d) < max(r, 1)), "the weights"),
        (lambda *a: local(*a, fill=0.0), "too far away"),
        (lambda q, k, v, reach: local(q, k, v, reach)[0], "two results"),
        (lambda q, k, v, reach: (local(q, k, v, reach)[0], np.zeros((len(q),) * 2)), "rows sum to 0"),
        (lambda q, k, v, reach: (q, local(q, k, v, reach)[1]), "the vectors"),
        (lambda q, k, v, reach: None, "replace the"),
        (lambda q, k, v, reach: ..., "replace the"),
    ],
)
def test_local_wrong(answer, pattern):
    assert_wrong("12.3", answer, pattern)


# ----------------------------------------------------------------------------- 12.4


def norm(x, axis=-1):
    return (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True) + 1e-3)


def dense(h, W_1, b_1, W_2, b_2):
    return np.maximum(h @ W_1 + b_1, 0) @ W_2 + b_2


def block(x, attend, *arrays):
    x = x + attend(norm(x))
    return x + dense(norm(x), *arrays)


def post(x, attend, *arrays):
    x = norm(x + attend(x))
    return norm(x + dense(x, *arrays))


def linear(x, attend, W_1, b_1, W_2, b_2):
    x = x + attend(norm(x))
    return x + (norm(x) @ W_1 + b_1) @ W_2 + b_2


def over_words(x, attend, *arrays):
    x = x + attend(norm(x, axis=0))
    return x + dense(norm(x, axis=0), *arrays)


def in_place(x, attend, *arrays):
    x += attend(norm(x))
    return x + dense(norm(x), *arrays)


def once_normalised(x, attend, *arrays):
    x = x + attend(norm(x))
    return x + dense(x, *arrays)


def old_input(x, attend, *arrays):
    return x + attend(norm(x)) + dense(norm(x), *arrays)


@pytest.mark.parametrize(
    "answer",
    [
        solved("12.4")["block"],
        block,
        in_place,
        lambda *a: block(*a).tolist(),
        lambda *a: block(*a).astype("float32"),
    ],
)
def test_block_right(answer):
    assert_right("12.4", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (post, "post-norm"),
        (linear, "no ReLU"),
        (over_words, "over the words"),
        (once_normalised, "without normalisation"),
        (old_input, "after attention"),
        (lambda x, attend, *a: (x + attend(x)) + dense(x + attend(x), *a), "nothing is normalised"),
        (lambda x, attend, *a: dense(norm(attend(norm(x))), *a), "no residual"),
        (lambda x, attend, *a: dense(norm(x + attend(norm(x))), *a), "second residual"),
        (lambda x, attend, *a: x + attend(norm(x)), "the result"),
        (lambda x, attend, *a: norm(x)[0], "the result"),
        (lambda *a: None, "replace the"),
    ],
)
def test_block_wrong(answer, pattern):
    assert_wrong("12.4", answer, pattern)
