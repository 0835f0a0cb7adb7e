"""The checks of chapter 11: right answers of all kinds pass, plausible wrong ones are told what is wrong."""

import numpy as np
import pytest
from exercise_twins import assert_right, assert_wrong, solved

from helpers.checks.chapter_11 import sharpness_scores

# ----------------------------------------------------------------------------- 11.1

ROWS = solved("11.1")["rows"]


@pytest.mark.parametrize(
    "answer",
    [
        ROWS,
        {name: np.array(row) for name, row in ROWS.items()},
        (ROWS["given"], ROWS["target"]),
        {name: [float(number) for number in row] for name, row in ROWS.items()},
    ],
)
def test_rows_right(answer):
    assert_right("11.1", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ({"given": ROWS["target"], "target": ROWS["given"]}, "exchanged"),
        (ROWS | {"given": [1, 4, 5, 6, 7, 8, 2, 0]}, r"given holds \[end\]"),
        (ROWS | {"target": [1, 4, 5, 6, 7, 8, 2, 0]}, r"target begins with \[start\]"),
        (ROWS | {"target": [4, 5, 6, 7, 8, 0, 0, 0]}, r"no \[end\]"),
        (ROWS | {"given": [4, 5, 6, 7, 8, 0, 0, 0]}, "begins with 4"),
        (ROWS | {"given": [1, 4, 5, 6, 7, 8]}, "expected 8"),
        (ROWS | {"target": [4, 5, 6, 8, 7, 2, 0, 0]}, r"target\[3\] is 8"),
        ({"given": ROWS["given"]}, "'target' is missing"),
        (3, "expected a dict"),
        ({"given": ..., "target": ...}, "replace the"),
    ],
)
def test_rows_wrong(answer, pattern):
    assert_wrong("11.1", answer, pattern)


# ----------------------------------------------------------------------------- 11.2

WEIGHTS = solved("11.2")["largest_weight"]
SCORES = sharpness_scores()


def softmax(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


@pytest.mark.parametrize(
    "answer",
    [
        WEIGHTS,
        list(WEIGHTS.values()),
        {str(key): np.array([value]) for key, value in WEIGHTS.items()},
        {key: np.float32(value) for key, value in WEIGHTS.items()},
    ],
)
def test_sharpness_right(answer):
    assert_right("11.2", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ({f: f * softmax(SCORES).max() for f in WEIGHTS}, "multiply the scores"),
        ({f: softmax(f * SCORES).min() for f in WEIGHTS}, "smallest weight"),
        ({0: 0.1} | {f: (f * SCORES).max() for f in (0.25, 1, 4)}, "expected"),
        ({f: softmax(f * SCORES / 4).max() for f in WEIGHTS}, "expected"),
        ({0: 0.1}, "factor 0.25 is missing"),
        (0.5, "expected a dict"),
        ({"none": 1}, "expected the factors"),
        (dict.fromkeys(WEIGHTS, ...), "replace the"),
    ],
)
def test_sharpness_wrong(answer, pattern):
    assert_wrong("11.2", answer, pattern)


# ----------------------------------------------------------------------------- 11.3

attend = solved("11.3")["attend"]


def other_way(s, H, seen):
    scores = [float(np.dot(h, s)) for h in H]
    most = max(score for score, there in zip(scores, seen, strict=True) if there)
    powers = [np.exp(score - most) if there else 0.0 for score, there in zip(scores, seen, strict=True)]
    weights = [power / sum(powers) for power in powers]
    return weights, sum(w * h for w, h in zip(weights, H, strict=True))


@pytest.mark.parametrize("answer", [attend, other_way, lambda s, H, seen: list(attend(s, H, seen))])
def test_attend_right(answer):
    assert_right("11.3", answer)


def no_mask(s, H, seen):
    return softmax(H @ s), softmax(H @ s) @ H


def overflowing(s, H, seen):
    with np.errstate(all="ignore"):
        a = np.exp(H @ s) * seen
        return a / a.sum(), (a / a.sum()) @ H


def masked_late(s, H, seen):
    a = softmax(H @ s) * seen
    return a, a @ H


def zero_score(s, H, seen):
    a = softmax(np.where(seen, H @ s, 0))
    return a, a @ H


def swapped(s, H, seen):
    return attend(s, H, seen)[::-1]


def averaged(s, H, seen):
    a = seen / seen.sum()
    return a, a @ H


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (no_mask, "padding has the weight"),
        (overflowing, "not finite"),
        (masked_late, "sum to"),
        (zero_score, "padding has the weight"),
        (swapped, "weights come first"),
        (averaged, r"the weights .* expected"),
        (lambda s, H, seen: attend(s, H, seen)[0], "expected two results"),
        (lambda s, H, seen: (attend(s, H, seen)[0], H.sum(axis=0)), "the context"),
        (lambda s, H, seen: ..., "replace the"),
    ],
)
def test_attend_wrong(answer, pattern):
    assert_wrong("11.3", answer, pattern)


# ----------------------------------------------------------------------------- 11.4

best_sequence = solved("11.4")["best_sequence"]


def test_beam_right():
    assert_right("11.4", best_sequence)
    assert_right("11.4", lambda *args: np.array(best_sequence(*args)))


def greedy_only(next_log_probabilities, width, longest):
    return best_sequence(next_log_probabilities, 1, longest)


def always_wide(next_log_probabilities, width, longest):
    return best_sequence(next_log_probabilities, 100, longest)


def lowest(next_log_probabilities, width, longest):
    return best_sequence(lambda s: -next_log_probabilities(s), width, longest)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (greedy_only, "still returns"),
        (always_wide, "more than greedy"),
        (lowest, "greedy search gives|ends in 0"),
        (lambda *args: best_sequence(*args)[:-1], "ends in 0"),
        (lambda *args: (*best_sequence(*args), 0), "goes on after 0"),
        (lambda *args: 3, "expected one sequence"),
        (lambda *args: ..., "replace the"),
    ],
)
def test_beam_wrong(answer, pattern):
    assert_wrong("11.4", answer, pattern)
