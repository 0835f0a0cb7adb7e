"""The checks of chapter 02: right answers of all kinds pass, plausible wrong ones are told what is wrong."""

import numpy as np
import pytest
from exercise_twins import assert_right, assert_wrong, solved

# ----------------------------------------------------------------------------- 2.1

PREDICTION = {"add 100": "same", "times 10": "sharper", "divided by 10": "flatter", "times -1": "reversed"}


@pytest.mark.parametrize(
    "answer",
    [
        PREDICTION,
        {key: word.upper() + "." for key, word in PREDICTION.items()},
        {key: np.str_(word) for key, word in reversed(PREDICTION.items())},
    ],
)
def test_prediction_right(answer):
    assert_right("2.1", answer)


def test_worked_prediction_is_right():
    assert_right("2.1", solved("2.1")["prediction"])


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (PREDICTION | {"add 100": "sharper"}, "'add 100' is not 'sharper'"),
        (PREDICTION | {"times 10": "same"}, "'times 10' is not 'same'"),
        (PREDICTION | {"times 10": "flatter", "divided by 10": "sharper"}, "'times 10' is not"),
        (PREDICTION | {"times -1": "negative"}, "expected one of the words same, sharper"),
        ({"add 100": "same"}, "'times 10' is missing"),
        ("same", "expected a dict"),
        (PREDICTION | {"times -1": ...}, "replace the"),
    ],
)
def test_prediction_wrong(answer, pattern):
    assert_wrong("2.1", answer, pattern)


# ----------------------------------------------------------------------------- 2.2

RATES = {0.01: 0.884, 0.005: 0.871, 0.001: 0.820}  # measured on MNIST
RATES_EMBEDDED = {0.01: 0.780, 0.005: 0.762, 0.001: 0.722}  # on the course's own digits


@pytest.mark.parametrize(
    "answer",
    [
        RATES,
        RATES_EMBEDDED,
        {rate: np.float32(100 * value) for rate, value in RATES.items()},
        {str(rate): value for rate, value in RATES.items()},
        {np.float32(rate): np.array([value]) for rate, value in RATES.items()},
        list(RATES.values()),
    ],
)
def test_rates_right(answer):
    assert_right("2.2", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ({0.01: 0.884, 0.005: 0.871}, "ε = 0.001 is missing"),
        ({0.01: 0.820, 0.005: 0.871, 0.001: 0.884}, "expected falling ones"),
        ({0.01: 0.884, 0.005: 0.892, 0.001: 0.894}, "start from zero"),  # trained on, without a restart
        ({0.01: 0.43, 0.005: 0.51, 0.001: 0.86}, "expected falling ones"),  # cross-entropy
        ({0.01: 0.92, 0.005: 0.919, 0.001: 0.918}, "ε = 0.001 is 0.918"),  # still Adam
        ({0.01: 0.098, 0.005: 0.0975, 0.001: 0.097}, "about 0.9"),  # untrained
        ({0.01: 8840, 0.005: 8710, 0.001: 8200}, "between 0 and 1"),  # counts
        ({0.01: -0.1, 0.005: -0.2, 0.001: -0.3}, "between 0 and 1"),
        ({0.01: "88%", 0.005: 0.871, 0.001: 0.82}, "expected numbers"),
        ({0.01: np.nan, 0.005: 0.871, 0.001: 0.82}, "between 0 and 1"),
        (0.884, "expected a dict"),
        ({0.01: ..., 0.005: ..., 0.001: ...}, "replace the"),
        ({}, "ε = 0.01 is missing"),
    ],
)
def test_rates_wrong(answer, pattern):
    assert_wrong("2.2", answer, pattern)


# ----------------------------------------------------------------------------- 2.3

RUNS = {(0.01, 2_000): 0.884, (0.001, 20_000): 0.8842, (0.01, 20_000): 0.914}  # measured on MNIST
RUNS_EMBEDDED = {(0.01, 2_000): 0.780, (0.001, 20_000): 0.781, (0.01, 20_000): 0.812}


@pytest.mark.parametrize(
    "answer",
    [
        RUNS,
        RUNS_EMBEDDED,
        {str(key): 100 * value for key, value in RUNS.items()},
        {(np.float64(rate), np.int64(steps)): [value] for (rate, steps), value in RUNS.items()},
    ],
)
def test_runs_right(answer):
    assert_right("2.3", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ({(0.01, 2_000): 0.884}, r"\(0.001, 20000\) is missing"),
        (RUNS | {(0.001, 20_000): 0.82}, "expected nearly the same"),  # 2,000 steps only
        (RUNS | {(0.01, 20_000): 0.884}, "expected more than 0.884"),
        (RUNS | {(0.01, 20_000): 0.99}, "on the test images"),
        ({key: 1 - value for key, value in RUNS.items()}, "expected about 0.9"),  # share of mistakes
        (RUNS | {(0.01, 20_000): [0.9, 0.91]}, "shape"),
        ({(0.01, 2_000): ..., (0.001, 20_000): 0.88, (0.01, 20_000): 0.91}, "replace the"),
    ],
)
def test_runs_wrong(answer, pattern):
    assert_wrong("2.3", answer, pattern)


# ----------------------------------------------------------------------------- 2.4


def log_softmax(F):
    G = F - F.max(axis=1, keepdims=True)
    return G - np.log(np.exp(G).sum(axis=1, keepdims=True))


def naive(F, T):
    E = np.exp(F)
    return -np.mean(np.sum(T * np.log(E / E.sum(axis=1, keepdims=True)), axis=1))


def with_safe_softmax(F, T):
    E = np.exp(F - F.max(axis=1, keepdims=True))
    return -np.mean(np.sum(T * np.log(E / E.sum(axis=1, keepdims=True)), axis=1))


def with_small_number_added(F, T):
    E = np.exp(F - F.max(axis=1, keepdims=True))
    return -np.mean(np.sum(T * np.log(E / E.sum(axis=1, keepdims=True) + 1e-12), axis=1))


def loop_over_lists(F, T):
    total = 0.0
    for scores, codes in zip(F.tolist(), T.tolist(), strict=True):
        top = max(scores)
        rest = top + float(np.log(sum(np.exp(score - top) for score in scores)))
        total -= sum(code * (score - rest) for score, code in zip(scores, codes, strict=True))
    return [total / len(F)]


@pytest.mark.parametrize(
    "answer",
    [
        lambda F, T: -np.mean(np.sum(T * log_softmax(F), axis=1)),
        lambda F, T: np.float32(-(T * log_softmax(F.astype("float32"))).sum() / len(T)),
        lambda F, T: -np.mean(log_softmax(F)[np.arange(len(F)), T.argmax(axis=1)]),
        loop_over_lists,
    ],
)
def test_cross_entropy_right(answer):
    assert_right("2.4", answer)


def test_worked_cross_entropy_is_right():
    assert_right("2.4", solved("2.4")["cross_entropy_from_scores"])


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (naive, r"scores \(0, 1000\).*is nan, expected 1000: subtract"),
        (with_safe_softmax, r"scores \(0, 1000\).*is inf, expected 1000"),
        (with_small_number_added, r"scores \(0, 1000\).*is 27.63, expected 1000"),
        (lambda F, T: np.mean(np.sum(T * log_softmax(F), axis=1)), "sign is missing"),
        (lambda F, T: -np.sum(T * log_softmax(F)), "expected the average"),
        (lambda F, T: -np.mean(T * log_softmax(F)), "not by the number of entries"),
        (lambda F, T: -np.sum(T * log_softmax(F)) / len(F) / np.log(2), "natural logarithm"),
        (lambda F, T: -np.sum(T * log_softmax(F.T).T) / len(F), "axis=1"),
        (lambda F, T: -np.mean(np.sum(log_softmax(F), axis=1)), "T is not used"),
        (lambda F, T: -np.mean(np.sum(T * F, axis=1)), "leaves out log of the sum"),
        (lambda F, T: -np.sum(T * log_softmax(F), axis=1), r"shape \(6,\), expected one number"),
        (lambda F, T: log_softmax(F), r"shape \(6, 4\)"),
        (lambda F: 0.0, "TypeError"),
        (lambda F, T: ..., "replace the"),
        (1.23, "expected a function"),
    ],
)
def test_cross_entropy_wrong(answer, pattern):
    assert_wrong("2.4", answer, pattern)


# ----------------------------------------------------------------------------- 2.5


def counted(labels, answers, K=10):
    C = [[0] * K for _ in range(K)]
    for i, j in zip(labels, answers, strict=True):
        C[i][j] += 1
    return C


def each_pair_once(labels, answers, K=10):
    C = np.zeros((K, K), int)
    C[labels, answers] += 1
    return C


@pytest.mark.parametrize(
    "answer",
    [
        counted,
        lambda labels, answers, K=10: np.eye(K)[labels].T @ np.eye(K)[answers],
        lambda true, read: np.bincount(10 * true.astype(int) + read, minlength=100).reshape(10, 10),
        lambda labels, answers: np.float32(counted(labels, answers)),
    ],
)
def test_confusion_right(answer):
    assert_right("2.5", answer)


def test_worked_confusion_matrix_is_right():
    assert_right("2.5", solved("2.5")["confusion_matrix"])


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (lambda labels, answers: counted(answers, labels), "exchanged"),
        (each_pair_once, "np.add.at"),
        (lambda labels, answers: counted(labels, answers, K=5), r"shape \(5, 5\), expected \(10, 10\)"),
        (lambda labels, answers: np.array(counted(labels, answers)) / 10, "shares"),
        (
            lambda labels, answers: (C := np.array(counted(labels, answers))) / C.sum(1, keepdims=True),
            "shares",
        ),
        (lambda labels, answers: counted(labels[labels != answers], answers[labels != answers]), "diagonal"),
        (lambda labels, answers: counted(labels[1:], answers[1:]), "sum to 9, they should sum to 10"),
        (lambda labels, answers: counted(labels, labels), "the matrix"),
        (lambda labels, answers: np.mean(labels == answers), r"shape \(\)"),
        (lambda labels, answers, K=10: None, "replace the"),
    ],
)
def test_confusion_wrong(answer, pattern):
    assert_wrong("2.5", answer, pattern)
