"""The checks of chapter 08: right answers of all kinds pass, plausible wrong ones are told what is wrong."""

import numpy as np
import pytest
from exercise_twins import assert_right, assert_wrong, code_of, solved, twin_of

# ----------------------------------------------------------------------------- 8.1

SHAPES = solved("8.1")["shapes"]
STEPS, LAST, BOTH, BOTH_LAST, COUNT, COUNT_LONG = SHAPES


@pytest.mark.parametrize(
    "answer",
    [
        SHAPES,
        {key.lower(): value for key, value in reversed(SHAPES.items())},
        {key: list(value) if isinstance(value, tuple) else float(value) for key, value in SHAPES.items()},
        SHAPES | {STEPS: np.array([32, 20, 16]), COUNT: np.int64(320)},
    ],
)
def test_shapes_right(answer):
    assert_right("8.1", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (SHAPES | {STEPS: (32, 16)}, "axis of the steps stays"),
        (SHAPES | {STEPS: (32, 16, 20)}, "counts steps"),
        (SHAPES | {STEPS: (20, 32, 16)}, "counts sequences"),
        (SHAPES | {STEPS: (32, 20, 3)}, "counts units"),
        (SHAPES | {LAST: (32, 20, 16)}, "axis of the steps is gone"),
        (SHAPES | {LAST: (32, 3)}, "counts units"),
        (SHAPES | {BOTH: (32, 20, 16)}, "joined"),
        (SHAPES | {BOTH: (32, 40, 16)}, "counts steps"),
        (SHAPES | {BOTH_LAST: (32, 16)}, "joined"),
        (SHAPES | {COUNT: 64}, "the state before are missing"),
        (SHAPES | {COUNT: 304}, "has a bias"),
        (SHAPES | {COUNT: 6400}, "one for each unit"),
        (SHAPES | {COUNT_LONG: 3200}, "same weights"),
        (SHAPES | {COUNT: (320, 1)}, "shape"),
        (SHAPES | {LAST: "16"}, "expected numbers|shape"),
        ({STEPS: (32, 20, 16)}, "is missing"),
        ((32, 20, 16), "expected a dict"),
        (SHAPES | {LAST: ...}, "replace the"),
    ],
)
def test_shapes_wrong(answer, pattern):
    assert_wrong("8.1", answer, pattern)


def test_shapes_are_those_of_keras():
    layers = pytest.importorskip("keras").layers
    batch, made = np.zeros((32, 20, 3), "float32"), []
    for wrap in (lambda layer: layer, layers.Bidirectional):
        for kept in (True, False):
            made.append(tuple(wrap(layers.SimpleRNN(16, return_sequences=kept))(batch).shape))
    layer = layers.SimpleRNN(16)
    layer.build((32, 200, 3))
    assert [*made, layer.count_params(), layer.count_params()] == list(SHAPES.values())


# ----------------------------------------------------------------------------- 8.2


@pytest.fixture(scope="module")
def adder():
    """Functions of the solutions' notebook."""
    from build import SOURCE

    names = {"np": np}
    path = SOURCE / "solutions" / twin_of(8).name
    for code in code_of(path, ""):
        if code.lstrip("\n").startswith(
            ("def new_cl", "def forw", "def grad", "def addi", "def train", "def share")
        ):
            exec(code, names)
    return names


@pytest.mark.parametrize("seed", [0, 5])
def test_shares_right(adder, seed):
    shares = {
        bits: adder["share_right"](adder["train_adder"](bits, seed), 32, n=500) for bits in (2, 3, 6, 8)
    }
    for answer in [
        shares,
        {str(bits): np.array([100 * share]) for bits, share in shares.items()},
        list(shares.values()),
    ]:
        assert_right("8.2", answer)


def test_shares_measured_on_their_own_length(adder):
    shares = {bits: adder["share_right"](adder["train_adder"](bits, 0), bits, n=500) for bits in (2, 3, 6, 8)}
    assert_wrong("8.2", shares, "that is the test on 2 bits")


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ({2: 0, 3: 0, 6: 1.0}, "8 bits is missing"),
        ({2: 0, 3: 0.9, 6: 1.0, 8: 1.0}, "the share for 3 bits is 0.900"),
        ({2: 0, 3: 0, 6: 0, 8: 0}, "the share for 6 bits is 0.000"),
        ({2: 1, 3: 1, 6: 0, 8: 0}, "the test on 2 bits"),
        ({2: 0, 3: 0, 6: 1900, 8: 2000}, "between 0 and 1"),  # counts
        ({2: 0, 3: 0, 6: 1, 8: np.nan}, "between 0 and 1"),
        ({2: "0", 3: 0, 6: 1, 8: 1}, "expected numbers"),
        ({"two": 0, 3: 0, 6: 1, 8: 1}, "expected the bits"),
        (1.0, "expected a dict"),
        ({2: ..., 3: ..., 6: ..., 8: ...}, "replace the"),
    ],
)
def test_shares_wrong(answer, pattern):
    assert_wrong("8.2", answer, pattern)


# ----------------------------------------------------------------------------- 8.3


def unit(w_x, w_h, b=0.0):
    return {"w_x": w_x, "w_h": w_h, "b": b}


@pytest.mark.parametrize(
    "answer",
    [
        solved("8.3")["switch"],
        unit(2.6, 1.8),
        unit(5, 3, 0.01),
        (4, 2.5, 0),
        {name: np.array([value]) for name, value in unit(3, 2, 0.1).items()},
    ],
)
def test_switch_right(answer):
    assert_right("8.3", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (unit(3, 0.9), "faded|should have stayed"),
        (unit(3, 1), "faded|should have stayed"),
        (unit(3, 0), "stayed|faded"),
        (unit(10, 2), "should have stayed"),  # too sensitive
        (unit(1, 3), "from the state"),  # too stubborn
        (unit(0.1, 2), "from the state 0, an input of \\+1"),
        (unit(3, 2, 5), "an input of -1 leads to 1.00, expected below"),
        (unit(-3, 2), "an input of \\+1 leads to"),  # upside down
        (unit(3, -2), "should have stayed"),  # flips at every step
        (unit(3, np.inf), "finite"),
        ({"w_x": 3, "w_h": 2}, "'b' is missing"),
        ({"w_x": "3", "w_h": 2, "b": 0}, "expected numbers"),
        (3.0, "expected a dict"),
        (unit(..., 2), "replace the"),
    ],
)
def test_switch_wrong(answer, pattern):
    assert_wrong("8.3", answer, pattern)


# ----------------------------------------------------------------------------- 8.4


def forward(p, x, h=0.0):
    H = np.zeros((x.shape[0], x.shape[1] + 1, len(p["b"])))
    H[:, 0] = h
    for t in range(x.shape[1]):
        H[:, t + 1] = np.tanh(x[:, t] @ p["W_x"] + H[:, t] @ p["W_h"] + p["b"])
    return H


def join(*halves):
    return np.concatenate(halves, axis=-1)


def by_loop(p, q, x):
    N, T, _ = x.shape
    result = [[None] * T for _ in range(N)]
    for n in range(N):
        for t in range(T):
            a, b = np.zeros(len(p["b"])), np.zeros(len(q["b"]))
            for k in range(t + 1):
                a = np.tanh(x[n, k] @ p["W_x"] + a @ p["W_h"] + p["b"])
            for k in range(T - 1, t - 1, -1):
                b = np.tanh(x[n, k] @ q["W_x"] + b @ q["W_h"] + q["b"])
            result[n][t] = [*a, *b]
    return result


@pytest.mark.parametrize(
    "answer",
    [
        solved("8.4", forward=forward)["bidirectional"],
        by_loop,
        lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x[:, ::-1])[:, :0:-1]).astype("float32"),
    ],
)
def test_bidirectional_right(answer):
    assert_right("8.4", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (lambda p, q, x: join(forward(p, x), forward(q, x[:, ::-1])[:, ::-1]), "6 steps, expected 5"),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x[:, ::-1])[:, 1:]), "turn them around"),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x)[:, 1:]), "read forward: give it"),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x)[:, :0:-1]), "its states were turned"),
        (lambda p, q, x: join(forward(q, x[:, ::-1])[:, :0:-1], forward(p, x)[:, 1:]), "come first"),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(p, x[:, ::-1])[:, :0:-1]), "parameters of the f"),
        (lambda p, q, x: join(forward(p, x)[:, :-1], forward(q, x[:, ::-1])[:, :0:-1]), "in the first half"),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x[:, ::-1])[:, -2::-1]), "in the second half"),
        (lambda p, q, x: forward(p, x)[:, 1:] + forward(q, x[:, ::-1])[:, :0:-1], "has shape"),
        (lambda p, q, x: join(forward(p, x)[:, -1], forward(q, x[:, ::-1])[:, -1]), "has shape"),
        (lambda p, x: forward(p, x), "TypeError"),
        (lambda p, q, x: None, "returns None"),
        (np.zeros((2, 5, 8)), "expected a function"),
        (..., "replace the|expected a function"),
    ],
)
def test_bidirectional_wrong(answer, pattern):
    assert_wrong("8.4", answer, pattern)
