"""The checks of chapter 03: right answers of all kinds pass, plausible wrong ones are told what is wrong."""

import numpy as np
import pytest
from exercise_twins import assert_right, assert_wrong, solved

# ----------------------------------------------------------------------------- 3.1

POSSIBLE = {"x1 and not x2": True, "both equal": False, "not x1": True, "neither": True, "exactly one": False}


@pytest.mark.parametrize(
    "answer",
    [
        POSSIBLE,
        {key: "yes" if value else "No." for key, value in POSSIBLE.items()},
        {key: np.bool_(value) for key, value in reversed(POSSIBLE.items())},
        {key: int(value) for key, value in POSSIBLE.items()},
    ],
)
def test_possible_right(answer):
    assert_right("3.1", answer)


def test_worked_prediction_is_right():
    assert_right("3.1", solved("3.1")["possible"])


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (POSSIBLE | {"exactly one": True}, "'exactly one' is not True.*opposite corners"),
        (POSSIBLE | {"both equal": True}, "'both equal' is not True.*opposite corners"),
        (POSSIBLE | {"neither": False}, r"'neither' is not False.*\(0, 0\)"),
        (POSSIBLE | {"not x1": "maybe"}, "expected True or False"),
        ({"x1 and not x2": True}, "'both equal' is missing"),
        (True, "expected a dict"),
        (POSSIBLE | {"neither": ...}, "replace the"),
        (POSSIBLE | {"neither": None}, "replace the"),
    ],
)
def test_possible_wrong(answer, pattern):
    assert_wrong("3.1", answer, pattern)


# ----------------------------------------------------------------------------- 3.2

WIDTHS = {128: 0.947, 512: 0.963, 4096: 0.975}  # measured on MNIST
WIDTHS_EMBEDDED = {128: 0.863, 512: 0.896, 4096: 0.922}  # on the course's own digits


@pytest.mark.parametrize(
    "answer",
    [
        WIDTHS,
        WIDTHS_EMBEDDED,
        {width: np.float32(100 * value) for width, value in WIDTHS.items()},
        {f"{width} units": [value] for width, value in reversed(WIDTHS.items())},
        {np.int64(width): value for width, value in WIDTHS.items()},
    ],
)
def test_widths_right(answer):
    assert_right("3.2", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ({128: 0.949, 512: 0.965}, "4096 units is missing"),
        ({128: 0.965, 512: 0.949, 4096: 0.974}, "expected more for 512"),
        ({128: 0.949, 512: 0.965, 4096: 0.949}, "expected no less for 4096"),
        ({128: 0.949, 512: 0.950, 4096: 0.951}, "a new network built"),  # the same network three times
        ({128: 0.19, 512: 0.12, 4096: 0.08}, "expected about 0.95"),  # losses
        ({128: [0.19, 0.949], 512: 0.965, 4096: 0.974}, r"two numbers.*take \[1\]"),
        ({128: 0.97, 512: 0.985, 4096: 0.995}, "on the test images"),  # training images
        ({128: 9490, 512: 0.965, 4096: 0.974}, "between 0 and 1"),
        ({128: "95%", 512: 0.965, 4096: 0.974}, "expected numbers"),
        (0.95, "expected a dict"),
        ({128: ..., 512: 0.965, 4096: 0.974}, "replace the"),
    ],
)
def test_widths_wrong(answer, pattern):
    assert_wrong("3.2", answer, pattern)


# ----------------------------------------------------------------------------- 3.3

COUNTING = {"W1": np.ones((3, 2)), "b1": np.array([-0.5, -1.5]), "w2": np.array([1.0, -1.0]), "b2": -0.5}


@pytest.mark.parametrize(
    "answer",
    [
        COUNTING,
        tuple(COUNTING.values()),
        {key: np.asarray(value, dtype=np.float32) for key, value in COUNTING.items()},
        COUNTING | {"w2": [[1], [-1]], "b2": [-0.5]},
        # One unit for each of the three cases; the output is OR.
        {"W1": [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], "b1": [-0.5] * 3, "w2": [1, 1, 1], "b2": -0.5},
        # The two units the other way round: fewer than two, at least one.
        {"W1": [[-1, 1]] * 3, "b1": [1.5, -0.5], "w2": [1, 1], "b2": -1.5},
    ],
)
def test_exactly_one_right(answer):
    assert_right("3.3", answer)


def test_worked_weights_are_right():
    assert_right("3.3", solved("3.3")["exactly_one"])


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (COUNTING | {"w2": [1, 0]}, r"inputs \(0, 1, 1\).*network 1, expected 0"),  # OR
        (COUNTING | {"b1": [-0.5, -2.5]}, r"inputs \(0, 1, 1\)"),  # not all three
        (COUNTING | {"b2": 0.5}, r"inputs \(0, 0, 0\).*network 1, expected 0"),
        (COUNTING | {"W1": np.ones((2, 3))}, r"shape \(2, 3\).*transpose"),
        (COUNTING | {"b1": [-0.5]}, r"b1 has shape \(1,\), expected \(2,\)"),
        (COUNTING | {"W1": [1, 1, 1]}, r"W1 has shape \(3,\)"),
        ({"W1": np.ones((3, 2))}, "'b1' is missing"),
        (COUNTING | {"b2": "half"}, "b2 is a str, expected numbers"),
        (lambda x: 1, "expected a dict"),
        (COUNTING | {"b2": ...}, "replace the"),
    ],
)
def test_exactly_one_wrong(answer, pattern):
    assert_wrong("3.3", answer, pattern)


# ----------------------------------------------------------------------------- 3.4


def with_in_place_state(w, g, state, step, rate):
    if step == 1:
        state["velocity"] = np.zeros_like(g)
    v = state["velocity"]
    v *= 0.9
    v -= rate * g
    return (w + 0.9 * v - rate * g).tolist()


def plain(w, g, state, step, rate):
    state["v"] = 0.9 * state.get("v", 0) - rate * g
    return w + state["v"]


def forgetful(w, g, state, step, rate):
    v = -rate * g
    return w + 0.9 * v - rate * g


def half_done(w, g, state, step, rate):
    state["v"] = 0.9 * state.get("v", 0) - rate * g
    return w + 0.9 * state["v"]


def uphill(w, g, state, step, rate):
    state["v"] = 0.9 * state.get("v", 0) + rate * g
    return w + 0.9 * state["v"] + rate * g


def returns_velocity(w, g, state, step, rate):
    state["v"] = 0.9 * state.get("v", 0) - rate * g
    return state["v"]


def never_set(w, g, state, step, rate):
    v = 0.9 * state["v"] - rate * g
    return w + 0.9 * v - rate * g


def test_nesterov_right():
    assert_right("3.4", with_in_place_state)
    assert_right("3.4", solved("3.4")["nesterov"])


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (plain, "without looking ahead"),
        (forgetful, "keep it in state"),
        (half_done, "is missing"),
        (uphill, "uphill"),
        (returns_velocity, r"w after step 1\[\d\] is"),
        (never_set, "KeyError.*in the line: v = 0.9"),
        (lambda w, g, state, step, rate: w - rate * g, r"w after step 1"),
        (lambda w, g: w, "TypeError"),
        (lambda w, g, state, step, rate: 0.0, r"shape \(\), expected \(2,\)"),
        (lambda w, g, state, step, rate: None, "replace the"),
        (0.5, "expected a function"),
    ],
)
def test_nesterov_wrong(answer, pattern):
    assert_wrong("3.4", answer, pattern)


# ----------------------------------------------------------------------------- 3.5


def with_lists(A, count):
    columns = list(zip(*A.tolist(), strict=True))
    return [sorted(range(len(c)), key=lambda n: -c[n])[:count] for c in columns]


@pytest.mark.parametrize(
    "answer",
    [
        with_lists,
        lambda A, count: A.argsort(axis=0)[::-1][:count].T,
        lambda A, count: np.argsort(-A.T, axis=1)[:, :count].astype(np.float32),
    ],
)
def test_favourites_right(answer):
    assert_right("3.5", answer)


def test_worked_favourites_are_right():
    assert_right("3.5", solved("3.5")["favourites"])


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (lambda A, count: np.argsort(A, axis=0)[:count].T, "weakest"),
        (lambda A, count: np.argsort(A, axis=0)[-count:].T, "strongest comes last"),
        (lambda A, count: np.argsort(-A, axis=0)[:count], "transpose"),
        (lambda A, count: -np.sort(-A, axis=0)[:count].T, "numbers of the images"),
        (lambda A, count: np.argsort(-A, axis=1)[:, :count], r"shape \(12, 3\), expected \(5, 3\)"),
        (lambda A, count: np.argsort(-A.sum(axis=1))[:count], r"shape \(3,\), expected \(5, 3\)"),
        (lambda A, count: np.argsort(-A, axis=0).T, r"shape \(5, 12\), expected \(5, 3\)"),
        (lambda A, count: np.tile(np.arange(count), (A.shape[1], 1)), "favourites of unit 0 are"),
        (lambda A: A, "TypeError"),
        (lambda A, count: ..., "replace the"),
        ([[1, 2]], "expected a function"),
    ],
)
def test_favourites_wrong(answer, pattern):
    assert_wrong("3.5", answer, pattern)
