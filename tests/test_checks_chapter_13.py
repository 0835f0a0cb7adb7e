"""The checks of chapter 13: right answers of all kinds pass, plausible wrong ones are told what is wrong."""

import numpy as np
import pytest
from exercise_twins import assert_right, assert_wrong, solved

# ----------------------------------------------------------------------------- 13.1

MERGES = solved("13.1")["answer"]


@pytest.mark.parametrize(
    "answer",
    [
        MERGES,
        tuple(MERGES.values()),
        {"first": ["a", "b"], "second": "bb", "tokens": 15.0},
        MERGES | {"tokens": np.array([15])},
    ],
)
def test_merges_right(answer):
    assert_right("13.1", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (MERGES | {"first": ("b", "a")}, "only inside abab"),
        (MERGES | {"first": ("b", "b")}, "found 11 times"),
        (MERGES | {"second": ("ab", "ab")}, "found 3 times"),
        (MERGES | {"second": ("b", "ab")}, "found 4 times now"),
        (MERGES | {"tokens": 12}, "number of words"),
        (MERGES | {"tokens": 19}, "after the first merge only"),
        (MERGES | {"tokens": 7}, "tokens is 7"),
        (MERGES | {"first": "abab"}, "expected a pair"),
        ({"first": ("a", "b")}, "'second' is missing"),
        (15, "expected a dict"),
        ({"first": (..., ...), "second": (..., ...), "tokens": ...}, "replace the"),
    ],
)
def test_merges_wrong(answer, pattern):
    assert_wrong("13.1", answer, pattern)


# ----------------------------------------------------------------------------- 13.2

KEPT = solved("13.2")["kept"]
LOGITS = np.random.default_rng(13).normal(0, 2, 50)


def count(p):
    return int(np.sum(np.cumsum(np.sort(p)[::-1]) < 0.9) + 1)


def softmax(z):
    powers = np.exp(z - np.max(z))
    return powers / powers.sum()


@pytest.mark.parametrize(
    "answer",
    [
        KEPT,
        list(KEPT.values()),
        {str(key): np.array([value]) for key, value in KEPT.items()},
        {key: float(count(softmax(LOGITS / key))) for key in KEPT},
    ],
)
def test_nucleus_right(answer):
    assert_right("13.2", answer)


def test_nucleus_grows_with_the_temperature():
    assert KEPT[0.5] < KEPT[1] < KEPT[2] < 50


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ({t: count(softmax(LOGITS * t)) for t in KEPT}, "divide the logits"),
        ({t: n - 1 for t, n in KEPT.items()}, "one too few"),
        (KEPT | {2: KEPT[1]}, "for temperature 2 it is"),
        ({0.5: KEPT[0.5], 1: KEPT[1]}, "temperature 2 is missing"),
        ({"low": 1}, "expected the temperatures"),
        (KEPT[1], "expected a dict"),
        ({0.5: ..., 1: ..., 2: ...}, "replace the"),
    ],
)
def test_nucleus_wrong(answer, pattern):
    assert_wrong("13.2", answer, pattern)


# ----------------------------------------------------------------------------- 13.3


def loop(logits, written, penalty, window):
    z = [float(number) for number in logits]
    for token in range(len(z)):
        if token in written[max(0, len(written) - window) :]:
            z[token] -= penalty
    return list(softmax(np.array(z)))


def often(logits, written, penalty, window):
    z = np.array(logits, float)
    for token in written[-window:] if window else []:
        z[token] -= penalty
    return softmax(z)


def in_place(logits, written, penalty, window):
    for token in set(written[-window:] if window else []):
        logits[token] -= penalty
    return softmax(logits)


def no_window(logits, written, penalty, window):
    z = np.array(logits, float)
    z[list(set(written))] -= penalty
    return softmax(z)


def zero_is_all(logits, written, penalty, window):
    z = np.array(logits, float)
    z[list(set(written[-window:]))] -= penalty
    return softmax(z)


def overflows(logits, written, penalty, window):
    z = np.array(logits, float)
    z[list(set(written[-window:] if window else []))] -= penalty
    return np.exp(z) / np.exp(z).sum()


def of_probabilities(logits, written, penalty, window):
    p = softmax(np.array(logits))
    p[list(set(written[-window:] if window else []))] /= 1 + penalty
    return p / p.sum()


@pytest.mark.parametrize("function", [solved("13.3")["held_back"], loop])
def test_held_back_right(function):
    assert_right("13.3", function)


@pytest.mark.parametrize(
    ("function", "pattern"),
    [
        (often, "3 times, expected once"),
        (in_place, "logits were changed"),
        (no_window, "further back than the window"),
        (zero_is_all, "a window of 0"),
        (overflows, "not finite"),
        (of_probabilities, "expected"),
        (lambda *arguments: np.array(arguments[0]), "sum to"),
        (lambda *arguments: 1.0, "shape"),
        (lambda *arguments: None, "replace the|returns None"),
        (0.5, "expected a function"),
    ],
)
def test_held_back_wrong(function, pattern):
    assert_wrong("13.3", function, pattern)


# ----------------------------------------------------------------------------- 13.4

CORRUPT = solved("13.4")["corrupt"]


def as_texts(words, spans):
    return tuple(" ".join(part) for part in CORRUPT(words, spans))


@pytest.mark.parametrize("function", [CORRUPT, as_texts, lambda words, spans: list(CORRUPT(words, spans))])
def test_corrupt_right(function):
    assert_right("13.4", function)


def no_last_mark(words, spans):
    source, target = CORRUPT(words, spans)
    return source, target[:-1]


def deletes(words, spans):
    kept = [word for i, word in enumerate(words) if not any(a <= i < b for a, b in spans)]
    return kept, CORRUPT(words, spans)[1]


def one_mark_a_word(words, spans):
    source, target = list(words), []
    for i, (start, end) in enumerate(spans):
        source[start:end] = [f"<{i}>"] * (end - start)
        target += [f"<{i}>", *words[start:end]]
    return source, [*target, f"<{len(spans)}>"]


@pytest.mark.parametrize(
    ("function", "pattern"),
    [
        (lambda words, spans: CORRUPT(words, spans)[::-1], "exchanged"),
        (no_last_mark, "without its last mark"),
        (deletes, "the first list is"),
        (one_mark_a_word, "the first list is"),
        (lambda words, spans: words, "expected two results"),
        (lambda words, spans: None, "replace the|returns None"),
        ("thank", "expected a function"),
    ],
)
def test_corrupt_wrong(function, pattern):
    assert_wrong("13.4", function, pattern)
