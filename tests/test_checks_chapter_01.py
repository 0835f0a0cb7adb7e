"""Chapter 01's checks accept right answers of every kind, and say what is wrong in wrong ones."""

from pathlib import Path

import jupytext
import numpy as np
import pytest

from helpers.checks import engine
from helpers.datasets import two_clouds

SOLUTIONS = Path(__file__).parent.parent / "notebooks" / "source" / "solutions" / "01_logistic_regression.py"


@pytest.fixture(scope="module")
def solved():
    """Names that the solutions' code cells leave behind, without the setup cell and the checks."""
    names = {}
    for cell in jupytext.read(SOLUTIONS, fmt="py:percent").cells:
        if cell.cell_type == "code" and cell.source != "{setup}" and not cell.source.startswith("check("):
            exec(cell.source, names)
    return names


def sigmoid(f):
    return 1 / (1 + np.exp(-f))


# Functions that learners might hand in: right ones first, then the usual slips.


def descent(X, t, rate=0.1, steps=5000):
    w0, w = 0.0, np.zeros(X.shape[1])
    for _ in range(steps):
        residual = sigmoid(X @ w + w0) - t
        w0, w = w0 - rate * residual.mean(), w - rate * X.T @ residual / len(t)
    return w0, w


def descent_on_sums_in_float32(X, t):
    X, t = X.astype(np.float32), t.astype(np.float32)
    A = np.hstack([np.ones((len(X), 1), np.float32), X])
    w = np.zeros((A.shape[1], 1), np.float32)
    for _ in range(4000):
        w -= 0.001 * A.T @ (sigmoid(A @ w) - t[:, None])
    return w


def descent_with_lists(X, t):
    w0, w = descent(X, t)
    return [float(w0), [float(value) for value in w]]


def descent_as_column(X, t):
    w0, w = descent(X, t)
    return np.array([w0]), w[:, None]


def ascent(X, t):
    return descent(X, t, rate=-0.1, steps=200)


def too_few_steps(X, t):
    return descent(X, t, rate=0.1, steps=10)


def too_fast(X, t):
    return descent(X, t, rate=50, steps=1000)


def no_shift(X, t):
    w = np.zeros(X.shape[1])
    for _ in range(3000):
        w = w - 0.1 * X.T @ (sigmoid(X @ w) - t) / len(t)
    return 0.0, w


def only_w(X, t):
    return descent(X, t)[1]


def swapped(X, t):
    return descent(X, t)[::-1]


def column_minus_row(X, t):
    W, b = np.zeros((X.shape[1], 1)), 0.0
    for _ in range(3):
        residual = sigmoid(X @ W + b) - t  # (N, N): the slip
        W, b = W - 0.1 * X.T @ residual / len(t), b - 0.1 * residual.mean()
    return b, W


def two_columns_only(X, t):
    x, y = X.T
    return 0.0, np.array([x.mean(), y.mean()])


RIGHT = {
    "1.1": [
        ["up", "down", "down", "same"],
        {
            "error per point": "UP",
            "accuracy on new points": "lower",
            "length of w": " shorter",
            "angle of w": "unchanged",
        },
    ],
    "1.3": [descent, descent_on_sums_in_float32, descent_with_lists, descent_as_column],
    "1.4": [
        lambda points: np.hypot(points[:, 0], points[:, 1]),
        lambda points: (points**2).tolist(),
        lambda points: np.column_stack([points, points**2, points[:, 0] * points[:, 1]]).astype(np.float32),
        lambda points: np.abs(points),
        lambda points: np.column_stack([np.ones(len(points)), -np.linalg.norm(points, axis=1)]),
    ],
}

WRONG = [
    ("1.1", {"error per point": "down"}, '"error per point" is not "down"'),
    ("1.1", ["up", "down", "up", "same"], '"length of w" is not "up"'),
    ("1.1", ["up", "down", "down", "up"], '"angle of w" is not "up"'),
    ("1.1", ["up", "same", "down", "same"], '"accuracy on new points" is not "same"'),
    ("1.1", {"error per point": "up"}, 'no entry "accuracy on new points"'),
    ("1.1", ["up", "down", 3, "same"], '"length of w" is 3'),
    ("1.1", "up", "expected a dictionary"),
    ("1.2", 1, "does too: go on"),
    ("1.2", 50.0, "the error rises at step"),
    ("1.2", 0, "expected a number above 0"),
    ("1.2", -1.0, "expected a number above 0"),
    ("1.2", float("nan"), "expected a number above 0"),
    ("1.2", "ten", "expected numbers"),
    ("1.2", [1.0, 2.0], "shape (2,)"),
    ("1.3", ascent, "step against the gradient"),
    ("1.3", too_few_steps, "is possible: more steps"),
    ("1.3", too_fast, ""),  # Where it jumps to is chance; that it is refused is not.
    ("1.3", no_shift, "w0 is still 0"),
    ("1.3", only_w, "3 numbers for 3 columns"),
    ("1.3", swapped, "w0, the first value returned, has shape (3,)"),
    ("1.3", column_minus_row, "w has shape (3, 400)"),
    ("1.3", two_columns_only, "ValueError"),
    ("1.3", lambda X, t: (np.nan, np.full(X.shape[1], np.nan)), "not finite"),
    ("1.3", (0.0, [1.0, 2.0, 3.0]), "expected a function"),
    ("1.4", lambda points: points, "95% is wanted"),
    ("1.4", lambda points: points[:, :1] * points[:, 1:], "95% is wanted"),
    ("1.4", lambda points: points.T, "(2, 400)"),
    ("1.4", lambda points: np.sum(points**2), "shape ()"),
    ("1.4", lambda points: np.sum(points**2, axis=0), "(2, 1)"),
    ("1.4", lambda points: np.log(points), "not finite"),
]


@pytest.mark.parametrize(
    ("exercise", "name"),
    [("1.1", "prediction"), ("1.2", "largest_rate"), ("1.3", "fit"), ("1.4", "features")],
)
def test_the_worked_solution_is_right(solved, exercise, name):
    assert engine.verdict(exercise, solved[name]).right


@pytest.mark.parametrize(
    ("exercise", "answer"), [(key, item) for key, items in RIGHT.items() for item in items]
)
def test_other_right_answers_are_right(exercise, answer):
    right, message = engine.verdict(exercise, answer)
    assert right, message


def test_learning_rates_within_ten_per_cent_are_right(solved):
    largest = solved["largest_rate"]
    for answer in (largest, round(largest, 1), np.float32(0.95 * largest), [largest]):
        assert engine.verdict("1.2", answer).right
    assert not engine.verdict("1.2", 0.85 * largest).right
    assert not engine.verdict("1.2", 1.15 * largest).right


@pytest.mark.parametrize(("exercise", "answer", "part"), WRONG)
def test_wrong_answers_are_told_what_is_wrong(exercise, answer, part):
    right, message = engine.verdict(exercise, answer)
    assert not right
    assert part in message, message


@pytest.mark.parametrize(
    ("exercise", "stub"),
    [
        ("1.1", {"error per point": ..., "accuracy on new points": "down"}),
        ("1.2", ...),
        ("1.3", lambda X, t: ...),
        ("1.4", lambda points: ...),
    ],
)
def test_stubs_are_not_started(exercise, stub):
    right, message = engine.verdict(exercise, stub)
    assert not right
    assert "replace the ... with your code" in message


def test_noise_does_what_the_check_of_1_1_says(solved):
    """The words that the check wants are measured here, over several draws of the clouds."""
    measured = {}
    for noise in (0.5, 2.5):
        draws = []
        for seed in range(5):
            X, t = two_clouds(500, np.random.default_rng(seed), noise)
            w0, w, errors = solved["descend"](X, t, 1.0, 500)
            X_new, t_new = two_clouds(5000, np.random.default_rng(100 + seed), noise)
            accuracy = np.mean((X_new @ w + w0 > 0) == t_new)
            draws.append([errors[-1], accuracy, np.linalg.norm(w), np.degrees(np.arctan2(w[1], w[0]))])
        measured[noise] = np.mean(draws, axis=0)
    change = measured[2.5] - measured[0.5]
    assert change[0] > 0.2
    assert change[1] < -0.1
    assert change[2] < -1
    assert abs(change[3]) < 8
