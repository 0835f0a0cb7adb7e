"""The checks of chapter 09: right answers of all kinds pass, plausible wrong ones are told what is wrong."""

import numpy as np
import pytest
from exercise_twins import assert_right, assert_wrong, solved

from helpers.checks.chapter_09 import _LEFT

# ----------------------------------------------------------------------------- 9.1

BY_HAND = solved("9.1")["by_hand"]


@pytest.mark.parametrize(
    "answer",
    [
        BY_HAND,
        {"cell": 0.3, "output": 0.0728, "GRU output": 0.5, "forget gate": 0.9931},
        {key.upper(): np.float32(value) for key, value in reversed(BY_HAND.items())},
        list(BY_HAND.values()),
    ],
)
def test_by_hand_right(answer):
    assert_right("9.1", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (BY_HAND | {"cell": 0.5 * 1 + 0.8 * -1}, "'cell' is -0.3"),
        (BY_HAND | {"cell": 1.3}, "multiplies the old cell"),
        (BY_HAND | {"output": 0.075}, "tanh"),
        (BY_HAND | {"output": 0.2913}, "output gate is still missing"),
        (BY_HAND | {"GRU output": 0.25 * 0.8 + 0.75 * -0.4}, "keeps the old output"),
        (BY_HAND | {"forget gate": 0.5}, "half after one step"),
        (BY_HAND | {"forget gate": 0.995}, "expected 0.5"),
        (BY_HAND | {"forget gate": 0.99}, "expected 0.5"),
        (BY_HAND | {"cell": "a"}, "expected numbers"),
        ({"cell": 0.3}, "is missing"),
        (0.3, "expected a dict"),
        (BY_HAND | {"cell": ...}, "replace the"),
    ],
)
def test_by_hand_wrong(answer, pattern):
    assert_wrong("9.1", answer, pattern)


# ----------------------------------------------------------------------------- 9.2


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.fixture(scope="module")
def measured():
    """Length along the forget gates by bias: all 100 rows of each."""
    rng = np.random.default_rng(9)
    noise = rng.normal(size=(1, 100, 8))
    limit = np.sqrt(6 / (8 + 128))
    kernel = rng.uniform(-limit, limit, (8, 128))
    recurrent = np.linalg.qr(rng.normal(size=(128, 32)))[0].T
    lengths = {}
    for bias in _LEFT:
        h, c, gates = np.zeros(32), np.zeros(32), []
        for x in noise[0]:
            i, f, g, o = np.split(x @ kernel + h @ recurrent, 4)
            c = sigmoid(f + bias) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            gates.append(sigmoid(f + bias))
        direct = 32**-0.5 * np.cumprod(gates[::-1], axis=0)
        lengths[bias] = np.linalg.norm(direct, axis=1)
    return lengths


def test_left_is_what_the_check_knows(measured):
    for bias, lengths in measured.items():
        assert lengths[49] == pytest.approx(_LEFT[bias], rel=0.02)


def test_left_right(measured):
    left = {bias: lengths[49] for bias, lengths in measured.items()}
    for answer in (left, list(left.values()), {str(bias): np.array([v]) for bias, v in left.items()}):
        assert_right("9.2", answer)


def test_left_wrong(measured):
    left = {bias: lengths[49] for bias, lengths in measured.items()}
    assert_wrong("9.2", {bias: lengths[99] for bias, lengths in measured.items()}, "after 100 steps")
    assert_wrong("9.2", {bias: sigmoid(bias) ** 50 for bias in left}, "expected")
    assert_wrong("9.2", dict.fromkeys(left, left[1]), "do not grow")
    assert_wrong("9.2", left | {2: 0.0}, "between 0 and 1")
    assert_wrong("9.2", left | {2: np.nan}, "between 0 and 1")
    assert_wrong("9.2", {0: left[0], 1: left[1]}, "bias 2 is missing")
    assert_wrong("9.2", {"none": 1.0, **left} | {"a": 2}, "expected the biases")
    assert_wrong("9.2", 0.5, "expected a dict")
    assert_wrong("9.2", dict.fromkeys(left, ...), "replace the")


# ----------------------------------------------------------------------------- 9.3


def by_loop(vectors, numbers):
    averages = []
    for row, words in zip(vectors, numbers, strict=True):
        real = [vector for vector, word in zip(row, words, strict=True) if word != 0]
        averages.append(sum(real) / len(real) if real else np.zeros(vectors.shape[2]))
    return averages


def without_guard(vectors, numbers):
    mask = (numbers != 0)[:, :, None]
    return (vectors * mask).sum(axis=1) / mask.sum(axis=1)


@pytest.mark.parametrize(
    "answer",
    [
        solved("9.3")["masked_mean"],
        by_loop,
        lambda v, n: np.nan_to_num(without_guard(v, n)).astype("float32"),
    ],
)
def test_masked_mean_right(answer):
    assert_right("9.3", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (lambda v, n: v.mean(axis=1), "with the padding"),
        (lambda v, n: (v * (n != 0)[:, :, None]).mean(axis=1), "still in the number"),
        (lambda v, n: (v * (n != 0)[:, :, None]).sum(axis=1), "this is the sum"),
        (lambda v, n: without_guard(v, np.where(n > 1, n, 0)), "only words above 1"),
        (without_guard, "not finite"),
        (lambda v, n: v * (n != 0)[:, :, None], "one average for each row"),
        (lambda v, n: without_guard(v, n).mean(axis=1), "shape"),
        (lambda v, n: None, "returns None"),
        (lambda v: v, "TypeError"),
        (np.zeros((4, 3)), "expected a function"),
    ],
)
def test_masked_mean_wrong(answer, pattern):
    assert_wrong("9.3", answer, pattern)


# ----------------------------------------------------------------------------- 9.4


def joined(ahead, behind):
    return np.concatenate([ahead, behind], axis=2)


@pytest.mark.parametrize(
    "answer",
    [
        solved("9.4")["both_ways"],
        lambda x, f, b: np.dstack([f(x), np.flip(b(np.flip(x, axis=1)), axis=1)]),
        lambda x, f, b: joined(f(x), b(x[:, ::-1])[:, ::-1]).tolist(),
    ],
)
def test_both_ways_right(answer):
    assert_right("9.4", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (lambda x, f, b: joined(f(x), b(x)), "read the words forwards"),
        (lambda x, f, b: joined(f(x), b(x[:, ::-1])), "turn them around again"),
        (lambda x, f, b: joined(b(x[:, ::-1])[:, ::-1], f(x)), "stand first"),
        (lambda x, f, b: joined(f(x), b(x[::-1])), "second axis"),
        (lambda x, f, b: joined(f(x), b(x[:, :, ::-1])), "within a word"),
        (lambda x, f, b: np.concatenate([f(x), b(x[:, ::-1])[:, ::-1]], axis=1), "last axis"),
        (lambda x, f, b: f(x) + b(x[:, ::-1])[:, ::-1], "shape"),
        (lambda x, f, b: ..., "replace the"),
        (3, "expected a function"),
    ],
)
def test_both_ways_wrong(answer, pattern):
    assert_wrong("9.4", answer, pattern)


# ----------------------------------------------------------------------------- 9.5


def pairs_of(numbers, size):
    return [size + a * size + b for a, b in zip(numbers, numbers[1:], strict=False)]


@pytest.mark.parametrize(
    "answer",
    [
        solved("9.5")["with_pairs"],
        lambda numbers, size: pairs_of(numbers, size) + numbers,
        lambda numbers, size: np.array([*numbers, *pairs_of(numbers, size)]),
    ],
)
def test_pairs_right(answer):
    assert_right("9.5", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (pairs_of, "pairs only"),
        (lambda numbers, size: [*numbers, *(p - size for p in pairs_of(numbers, size))], "add size"),
        (
            lambda numbers, size: [
                *numbers,
                *(size + b * size + a for a, b in zip(numbers, numbers[1:], strict=False)),
            ],
            "stands last",
        ),
        (lambda numbers, size: [*numbers, *pairs_of(numbers[::2], size)], "expected 4 words, 3 pairs"),
        (lambda numbers, size: numbers, "expected 4 words"),
        (lambda numbers, size: [*numbers, *(p + 1 for p in pairs_of(numbers, size))], "the list is"),
        (lambda numbers, size: 7, "expected a list"),
        (lambda numbers: numbers, "TypeError"),
        (lambda numbers, size: None, "returns None"),
    ],
)
def test_pairs_wrong(answer, pattern):
    assert_wrong("9.5", answer, pattern)
