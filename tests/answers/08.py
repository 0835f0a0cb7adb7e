"""Right and wrong answers to the exercises of chapter 08."""

import build
import numpy as np
from exercise_twins import code_of, solved, twin_of

KEPT = solved("8.1")["kept"]
HALF, MINUS_HALF, TWO, MINUS_TWO, WEAK, BOTH = KEPT

# The functions of the solutions' notebook that train an adder.
CHAPTER = {"np": np}
for code in code_of(build.SOURCE / "solutions" / twin_of(8).name, ""):
    if code.lstrip("\n").startswith(
        ("def new_cl", "def forw", "def grad", "def addi", "def train", "def share")
    ):
        exec(code, CHAPTER)


def unit(w_x, w_h, b=0.0):
    return {"w_x": w_x, "w_h": w_h, "b": b}


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


def joined(p, q, x):
    return join(forward(p, x)[:, 1:], forward(q, x[:, ::-1])[:, :0:-1])


def changes_p(p, q, x):
    answer = joined(p, q, x)
    p["W_x"] *= 0
    return answer


def empties_q(p, q, x):
    answer = joined(p, q, x)
    q.clear()
    return answer


def turns_x(p, q, x):
    ahead = forward(p, x)[:, 1:]
    x[:] = x[:, ::-1].copy()
    return join(ahead, forward(q, x)[:, :0:-1])


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"8.1": {}, "8.2": CHAPTER, "8.3": {}, "8.4": {"forward": forward}}

RIGHT = {
    "8.1": {
        "as solved": KEPT,
        "in capitals": {key: word.upper() + "." for key, word in reversed(KEPT.items())},
        "NumPy's text": {key: np.str_(word) for key, word in KEPT.items()},
        "signs and numbers": KEPT | {HALF: 0, MINUS_HALF: "0", TWO: "+", WEAK: "+", BOTH: "+"},
        "in order": ["fades", "fades", "positive", "alternates", "stays positive", "positive"],
    },
    "8.2": {
        "from start 0, and 5": {2: 0.0, 3: 0.0, 6: 1.0, 8: 1.0},
        "from start 1": {2: 0.0, 3: 0.0, 6: 0.976, 8: 1.0},
        "per cent": {"2": np.array([0.0]), "3": np.array([0.05]), "6": np.array([97.6]), "8": [100]},
    },
    "8.3": {
        "as solved": solved("8.3")["switch"],
        "weaker": unit(2.6, 1.8),
        "stronger": unit(5, 3, 0.01),
        "in order": (4, 2.5, 0),
        "arrays": {name: np.array([value]) for name, value in unit(3, 2, 0.1).items()},
        "just above 0.5": unit(2.55, 2.0),
        "just holds": unit(2.2, 1.6),
        "as strong as can be": unit(1e5, 0.7e5),
        "in brackets": unit([3], [[2]]),
        "capitals": {"W_x": 3, "W_h": 2, "B": 0},
    },
    "8.4": {
        "by loops": by_loop,
        "float32": lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x[:, ::-1])[:, :0:-1]).astype("f4"),
        "lists": lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x[:, ::-1])[:, :0:-1]).tolist(),
        "in another order in memory": lambda p, q, x: np.asfortranarray(joined(p, q, x)),
        "with a default argument": lambda p_forward, p_backward, x, h=0: joined(p_forward, p_backward, x),
    },
}

WRONG = {
    "8.1": [
        (KEPT | {HALF: "positive"}, "leaves at most half of the state"),
        (KEPT | {MINUS_HALF: "flip"}, "'w_h -0.5, input 1' is not 'flip': .* half of the size"),
        (KEPT | {MINUS_HALF: "negative"}, "half of the size"),
        (KEPT | {TWO: "zero"}, "can it come near 0"),
        (KEPT | {TWO: "flip"}, "or change sign"),
        (KEPT | {MINUS_TWO: "negative"}, r"tanh\(-2h\), of the other sign"),
        (KEPT | {MINUS_TWO: "zero"}, "does the size shrink"),
        (KEPT | {WEAK: "zero"}, "each step doubles it"),
        (KEPT | {BOTH: "negative"}, "leaves 0.76"),  # the last input wins
        (KEPT | {BOTH: "zero"}, "leaves 0.76"),  # 1 and -1 cancel
        (KEPT | {TWO: 0.96}, "expected one of zero, positive, negative, flip"),
        (KEPT | {TWO: True}, "expected one of zero"),
        ({HALF: "zero", MINUS_HALF: "zero"}, "is missing"),
        (["zero", "zero", "positive"], "6 entries in this order"),
        ("zero", "expected a dict"),
        (KEPT | {WEAK: ...}, "replace the"),
        (["zero"] * 6, "'w_h 2, input 1' is not 'zero'"),
        ([0.5, -0.5, 2, -2, 0.001, -1], "expected one of zero"),
    ],
    "8.2": [
        (dict.fromkeys((2, 3, 6, 8), 1.0), "is that the test on 2 bits"),  # each on its own length
        ({2: 1, 3: 1, 6: 0, 8: 0}, "shares of mistakes, expected those of right sums"),
        ({2: 100, 3: 100, 6: 2.4, 8: 0}, "shares of mistakes"),
        ({2: 0.540, 3: 0.563, 6: 1.0, 8: 1.0}, "the share for 2 bits is 0.540"),  # of single bits
        ({2: 0, 3: 0, 6: 1.0}, "8 bits is missing"),
        ({2: 0, 3: 0.9, 6: 1.0, 8: 1.0}, "the share for 3 bits is 0.900"),
        ({2: 0, 3: 0, 6: 0, 8: 0}, "the share for 6 bits is 0.000"),
        ({2: 0, 3: 0, 6: 0.84999, 8: 1}, "6 bits is 0.84999, expected between 0.85000 and"),
        ({2: 0, 3: 0, 6: 1900, 8: 2000}, "between 0 and 1"),  # counts
        ({2: 0, 3: 0, 6: 1, 8: np.nan}, "between 0 and 1"),
        ({2: "0", 3: 0, 6: 1, 8: 1}, "expected numbers"),
        ({"two": 0, 3: 0, 6: 1, 8: 1}, "the share for 2 bits is missing"),
        (1.0, "expected a dict"),
        ({2: ..., 3: ..., 6: ..., 8: ...}, "replace the"),
        ([0, 0, 1, 0.9], "8 bits is 0.900"),
        ([0, 0.5, 1, 1], "3 bits is 0.500"),
        ([0, 0, 32, 32], "6 bits is 0.320"),
    ],
    "8.3": [
        (unit(3, 0.9), "should have stayed"),
        (unit(3, 1), "should have stayed"),
        (unit(3, 0), "should have stayed"),
        (unit(10, 2), "should have stayed"),  # too sensitive
        (unit(1.9, 1.3), r"after an input of \+1 and \d+ of -0.1 the state is"),  # a little too sensitive
        (unit(2.0, 1.45), "should have stayed"),
        (unit(1, 3), "from the state"),  # too stubborn
        (
            unit(1, 5),
            r"from the state 1, an input of -1 leads to 1.00, expected below -0.50",
        ),  # section 8.4's
        (unit(2.53, 2.0), r"from the state 1, an input of -1 leads to -0.49"),
        (unit(2.5492, 2.0), r"an input of -1 leads to -0.4999, expected below -0.5000"),
        (unit(2.6, 2.0, 0.1), r"from the state 1, an input of -1 leads to -0.46"),
        (unit(2.6, 2.0, -0.1), r"from the state -1, an input of \+1 leads to 0.46"),
        (unit(0.1, 2), "from the state 0, an input of \\+1"),
        (unit(3, 2, 5), "an input of -1 leads to 0.96, expected below"),
        (unit(-3, 2), "an input of \\+1 leads to"),  # upside down
        (unit(3, -2), "should have stayed"),  # flips at every step
        (unit(3, np.inf), "finite"),
        ({"w_x": 3, "w_h": 2}, "'b' is missing"),
        ({"w_x": "3", "w_h": 2, "b": 0}, "expected numbers"),
        (3.0, "expected a dict"),
        (unit(..., 2), "replace the"),
        (unit(2.6, 2.2), r"from the state 1, an input of -1 leads to -0.38"),
        (unit(2, 1.2), "should have stayed"),
        (unit(-3, -2), r"an input of \+1 leads to -1.00"),
        (unit(3, 2, 0.3), "should have stayed"),
        (unit(0, 2), r"an input of \+1 leads to 0.00"),
    ],
    "8.4": [
        (lambda p, q, x: join(forward(p, x), forward(q, x[:, ::-1])[:, ::-1]), "6 steps, expected 5"),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x[:, ::-1])[:, 1:]), "turn them around"),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x)[:, 1:]), "read forward: give it"),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x)[:, :0:-1]), "its states were turned"),
        (lambda p, q, x: join(forward(q, x[:, ::-1])[:, :0:-1], forward(p, x)[:, 1:]), "come first"),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(p, x[:, ::-1])[:, :0:-1]), "parameters of the f"),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x[::-1])[::-1, 1:]), "read forward: give it"),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x[..., ::-1])[:, 1:]), "the second half"),
        (
            lambda p, q, x: join(forward(p, x)[:, :-1], forward(q, x[:, ::-1])[:, :0:-1]),
            "forward half is one step late",
        ),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(q, x[:, ::-1])[:, -2::-1]), "one step off"),
        (lambda p, q, x: forward(p, x)[:, 1:] + forward(q, x[:, ::-1])[:, :0:-1], "has shape"),
        (lambda p, q, x: join(forward(p, x)[:, -1], forward(q, x[:, ::-1])[:, -1]), "has shape"),
        (lambda p, x: forward(p, x), "TypeError"),
        (lambda p, q, x: None, "returns None"),
        (np.zeros((2, 5, 8)), "expected a function"),
        (..., "replace the|expected a function"),
        (changes_p, r"argument 1\).*work on a copy"),
        (empties_q, r"argument 2\).*work on a copy"),
        (turns_x, r"argument 3\).*work on a copy"),
        (lambda p, q, x: joined(q, p, x), "the first half"),
        (lambda p, q, x: joined(p, q, x)[:, ::-1], "both halves are turned around"),
        (lambda p, q, x: join(forward(p, x)[:, 1:], forward(p, x)[:, 1:]), "are the forward network's"),
        (lambda p, q, x: joined(p, q, x[:1].repeat(len(x), axis=0)), "expected|half"),
        (lambda p, q, x: joined(p, q, x).astype(str), "is text"),
        (lambda p, q, x: np.stack(np.split(joined(p, q, x), 2, axis=-1)), "has shape"),
        (lambda p, q, x: np.concatenate(np.split(joined(p, q, x), 2, axis=-1), axis=1), "has shape"),
        (lambda p, q, x: joined(p, q, x[..., :3]) * np.inf, "half"),
    ],
}
