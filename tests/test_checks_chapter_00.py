"""Every check of chapter 00 accepts right answers of several kinds and says what is wrong in wrong ones."""

import numpy as np
import pytest

from helpers.checks import engine


def nearest(cases, case):
    return np.argmin(np.sum(((np.asarray(cases) - case) / np.std(cases, axis=0)) ** 2, axis=1))


def unscaled(cases, case):
    return np.argmin(np.sum((cases - case) ** 2, axis=1))


def scaled_cases_only(cases, case):
    return np.argmin(np.sum((cases / np.std(cases, axis=0) - case) ** 2, axis=1))


def farthest(cases, case):
    return np.argmax(np.sum(((cases - case) / np.std(cases, axis=0)) ** 2, axis=1))


def scaled_over_all(cases, case):
    return np.argmin(np.sum(((cases - case) / np.std(cases)) ** 2, axis=1))


@pytest.mark.parametrize("answer", [20, 20.0, np.int64(20), [20]])
def test_kernel_remembers_accepts(answer):
    assert engine.verdict("0.1", answer).right


@pytest.mark.parametrize(("answer", "says"), [(50, "nothing runs a cell"), (2, "follow"), ("20", "expected")])
def test_kernel_remembers_rejects(answer, says):
    verdict = engine.verdict("0.1", answer)
    assert not verdict.right
    assert says in verdict.message


@pytest.mark.parametrize("answer", [10, np.float32(10), np.array([10])])
def test_warm_winter_accepts(answer):
    assert engine.verdict("0.2", answer).right


@pytest.mark.parametrize(("answer", "says"), [(17, "old orders"), (11, "lower limit"), (14, "mistakes left")])
def test_warm_winter_rejects(answer, says):
    verdict = engine.verdict("0.2", answer)
    assert not verdict.right
    assert says in verdict.message


@pytest.mark.parametrize("answer", [nearest, lambda cases, case: [int(nearest(cases, case))]])
def test_most_similar_accepts(answer):
    assert engine.verdict("0.3", answer).right


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (unscaled, "decides alone"),
        (scaled_cases_only, "row"),
        (farthest, "row"),
        (scaled_over_all, "decides alone"),
    ],
)
def test_most_similar_rejects(answer, says):
    verdict = engine.verdict("0.3", answer)
    assert not verdict.right
    assert says in verdict.message
