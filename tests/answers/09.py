"""Right and wrong answers to the exercises of chapter 09."""

import numpy as np
from exercise_twins import code_of, solved, twin_of

BY_HAND = solved("9.1")["by_hand"]

# Section 9.2's functions and its experiment.
CHAPTER = {"np": np}
for code in code_of(twin_of(9), ""):
    if code.lstrip("\n").startswith(
        ("def sigmoid", "def lstm_step", "def lstm_forward", "def random_w", "def lengths_back")
    ):
        exec("def " + code.partition("def ")[2].partition("\n\n\n")[0], CHAPTER)
rng = np.random.default_rng(9)
CHAPTER["noise"], CHAPTER["W_noise"] = rng.normal(size=(1, 100, 8)), CHAPTER["random_weights"](32, 8, rng)


def measured(steps=100, place=1):
    """Lengths along the gates and along all paths, for the biases 0 to 4 at one of the four gates."""
    noise, W_noise = CHAPTER["noise"], CHAPTER["W_noise"]
    lengths = {}
    for bias in range(5):
        b = np.repeat(np.eye(4)[place] * bias, 32)
        _, memory = CHAPTER["lstm_forward"](noise[:, :steps], W_noise, b)
        lengths[bias] = CHAPTER["lengths_back"](memory, W_noise, 32)
    return lengths


def at(lengths, row, column=0):
    return {bias: length[row, column] for bias, length in lengths.items()}


LENGTHS = measured()
LEFT = at(LENGTHS, 49)


def mean_by_loop(vectors, numbers):
    averages = []
    for row, words in zip(vectors, numbers, strict=True):
        real = [vector for vector, word in zip(row, words, strict=True) if word != 0]
        averages.append(sum(real) / len(real) if real else np.zeros(vectors.shape[2]))
    return averages


def without_guard(vectors, numbers):
    mask = (numbers != 0)[:, :, None]
    return (vectors * mask).sum(axis=1) / mask.sum(axis=1)


def guarded_by_one_more(vectors, numbers):
    mask = (numbers != 0)[:, :, None]
    return (vectors * mask).sum(axis=1) / (mask.sum(axis=1) + 1)


def in_place(vectors, numbers):
    vectors *= (numbers != 0)[:, :, None]
    return vectors.sum(axis=1) / np.maximum((numbers != 0).sum(axis=1), 1)[:, None]


def from_the_first_word(vectors, numbers):
    return [v[np.argmax(n != 0) :].mean(axis=0) for v, n in zip(vectors, numbers, strict=True)]


def as_if_padded_behind(vectors, numbers):
    counts = (numbers != 0).sum(axis=1)
    return [v[:count].mean(axis=0) for v, count in zip(vectors, counts, strict=True)]


def joined(ahead, behind):
    return np.concatenate([ahead, behind], axis=2)


def pairs_of(numbers, size):
    return [size + a * size + b for a, b in zip(numbers, numbers[1:], strict=False)]


def extended(numbers, size):
    numbers.extend(pairs_of(numbers, size))
    return numbers


def coupled(x, h, c, W, b, cell=lambda f, c, g: f * c + (1 - f) * g, squash=np.tanh):
    """One step with coupled gates, with a mistake to choose."""
    f, g, o = np.split(np.concatenate([h, x], axis=1) @ W + b, 3, axis=1)
    f, o = (1 / (1 + np.exp(-gate)) for gate in (f, o))
    new = cell(f, c, np.tanh(g))
    return o * squash(new), new


def with_tensorflow(vectors, numbers):
    import tensorflow as tf

    mask = tf.cast(tf.not_equal(numbers, 0), tf.float64)[:, :, None]
    return tf.math.divide_no_nan(tf.reduce_sum(vectors * mask, axis=1), tf.reduce_sum(mask, axis=1))


def changes_c(x, h, c, W, b):
    h, new = coupled(x, h, c, W, b)
    c[:] = new
    return h, c


def with_gates(first, second, third):
    """One step, in which columns of W and b belong to other gates."""

    def step(x, h, c, W, b):
        order = np.concatenate([np.split(np.arange(len(b)), 3)[gate] for gate in (first, second, third)])
        return coupled(x, h, c, W[:, order], b[order])

    return step


def rows_turned(x, h, c, W, b):
    return coupled(x, h, c, np.concatenate([W[h.shape[1] :], W[: h.shape[1]]])[np.r_[: len(W)]], b)


# Names that the worked solution needs besides np; it must be right too.
WORKED = {
    "9.1": {},
    "9.2": CHAPTER,
    "9.3": {},
    "9.4": {},
    "9.5": {},
}

RIGHT = {
    "9.1": {
        "as solved": BY_HAND,
        "four digits": {"cell": 0.3, "output": 0.0728, "GRU output": 0.5, "forget gate": 0.9931},
        "capitals": {key.upper(): np.float32(value) for key, value in reversed(BY_HAND.items())},
    },
    "9.2": {
        "as measured": LEFT,
        "keys as text": {str(bias): np.array([value]) for bias, value in LEFT.items()},
        "two digits": {bias: float(f"{value:.1e}") for bias, value in LEFT.items()},
        "read for 50 steps only": at(measured(50), 49),
        "with another key": {"none": 1.0, **LEFT},
    },
    "9.3": {
        "by a loop": mean_by_loop,
        "float32": lambda v, n: np.nan_to_num(without_guard(v, n)).astype("float32"),
        "a little more": lambda v, n: (
            (v * (n != 0)[..., None]).sum(axis=1) / ((n != 0).sum(axis=1, keepdims=True) + 1e-9)
        ),
        "a generator": lambda v, n: (row for row in mean_by_loop(v, n)),
        "in TensorFlow": with_tensorflow,
        "in one more pair of brackets": lambda v, n: np.array(mean_by_loop(v, n))[None],
    },
    "9.4": {
        "one more split": lambda *given: coupled(*given)[:2],
        "lists": lambda *given: [part.tolist() for part in coupled(*given)],
        "float32": lambda *given: tuple(part.astype("float32") for part in coupled(*given)),
        "by name": lambda *given: dict(zip("ch", coupled(*given)[::-1], strict=True)),
        "an array": lambda *given: np.array(coupled(*given)),
        "a generator": lambda *given: (part for part in coupled(*given)),
    },
    "9.5": {
        "pairs first": lambda numbers, size: pairs_of(numbers, size) + numbers,
        "an array": lambda numbers, size: np.array([*numbers, *pairs_of(numbers, size)]),
        "a generator": lambda numbers, size: (code for code in [*numbers, *pairs_of(numbers, size)]),
        "a tuple of floats": lambda numbers, size=10: tuple(map(float, numbers + pairs_of(numbers, size))),
        "a row": lambda numbers, size: np.array([numbers + pairs_of(numbers, size)]),
    },
}

WRONG = {
    "9.1": [
        (BY_HAND | {"cell": 0.5 * 1 + 0.8 * -1}, "'cell' is -0.3: f and i are exchanged"),
        (BY_HAND | {"cell": 1.3}, "multiplies the old cell"),
        (BY_HAND | {"cell": 0.5}, "the input gate multiplies the candidate"),
        (BY_HAND | {"cell": -0.2}, "the forget gate is missing"),
        (BY_HAND | {"cell": 0.8}, "the old cell is missing"),
        (BY_HAND | {"output": 0.075}, "tanh"),
        (BY_HAND | {"output": 0.2913}, "output gate is still missing"),
        (BY_HAND | {"GRU output": 0.25 * 0.8 + 0.75 * -0.4}, "keeps the old output"),
        (BY_HAND | {"GRU output": 0.6}, "the candidate is missing"),
        (BY_HAND | {"forget gate": 0.5}, "half after one step"),
        (BY_HAND | {"forget gate": 0.5**100}, "the gate, a root"),
        (BY_HAND | {"forget gate": 0.995}, r"0.995 \*\* 100 is 0.6058, expected 0.5"),
        (BY_HAND | {"forget gate": 0.99}, r"0.99 \*\* 100 is 0.3660, expected 0.5"),
        (BY_HAND | {"forget gate": 0.993}, r"0.993 \*\* 100 is 0.4954, expected 0.5000; give it to four"),
        (BY_HAND | {"forget gate": 0.9932}, r"0.9932 \*\* 100 is 0.5054, expected 0.5000"),
        (BY_HAND | {"forget gate": 0.9}, "write the formula down"),
        (BY_HAND | {"cell": np.nan}, "'cell' is nan"),
        (BY_HAND | {"cell": "a"}, "expected numbers"),
        ({"cell": 0.3}, "is missing"),
        (0.3, "expected a dict"),
        (BY_HAND | {"cell": ...}, "replace the"),
        (BY_HAND | {"forget gate": 99.31}, "write the formula down"),
        (BY_HAND | {"cell": 0.31}, "write the formula down"),
        (BY_HAND | {"output": 0.29}, "write the formula down"),
    ],
    "9.2": [
        (at(LENGTHS, 99), "after 100 steps"),
        (at(LENGTHS, 50), "after 51 steps"),
        (at(LENGTHS, 48), "expected .*: row 49, column 0"),
        (at(LENGTHS, 49, 1), "along all paths"),
        (at(measured(place=0), 49), "row 49, column 0, with the bias at the forget gates"),  # input gate
        (at(measured(place=3), 49), "with its own memory|row 49, column 0"),  # output gate
        ({bias: (1 + np.exp(-bias)) ** -50 for bias in range(5)}, "nothing but their bias"),
        ({bias: (1 + np.exp(-bias)) ** -1 for bias in range(5)}, "bias 0 is 0.5, expected 1.3e-15"),
        (dict.fromkeys(LEFT, LEFT[1]), "do not grow"),
        (LEFT | {3: 0.08}, "bias 3 is 0.08, expected 0.094"),
        (LEFT | {2: 0.0}, "between 0 and 1"),
        (LEFT | {2: np.nan}, "between 0 and 1"),
        ({0: LEFT[0], 1: LEFT[1]}, "bias 2 is missing"),
        ({"none": LEFT[0], "one": LEFT[1], 2: LEFT[2], 3: LEFT[3], 4: LEFT[4]}, "bias 0 is missing"),
        (0.5, "expected a dict"),
        (dict.fromkeys(LEFT, ...), "replace the"),
        ([0.1, 0.2, 0.3, 0.4, 0.5], "bias 0 is 0.1"),  # invented
        ([1e-15, 1e-7, 1e-3, 0.1, 0.5], "bias 2 is 0.001"),
        ({bias: 100 * value for bias, value in LEFT.items()}, "bias 3 is 9.44, expected a number between"),
    ],
    "9.3": [
        (lambda v, n: v.mean(axis=1), "with the padding"),
        (lambda v, n: (v * (n != 0)[:, :, None]).mean(axis=1), "still in the number"),
        (lambda v, n: (v * (n != 0)[:, :, None]).sum(axis=1), "this is the sum"),
        (lambda v, n: without_guard(v, np.where(n > 1, n, 0)), "only words above 1"),
        (from_the_first_word, "only padding in front of the words is left out"),
        (as_if_padded_behind, "these are the first places"),
        (guarded_by_one_more, "the result"),
        (in_place, "changed the arrays that it was given"),
        (without_guard, "not finite"),
        (
            lambda v, n: np.where(n.any(axis=1)[:, None], mean_by_loop(v, n), v.mean(axis=1)),
            "with the padding|is",
        ),
        (lambda v, n: [row for row in mean_by_loop(v, n) if np.any(row)], "shape"),  # leaves rows out
        (lambda v, n: v * (n != 0)[:, :, None], "one average for each row"),
        (lambda v, n: without_guard(v, n).mean(axis=1), "shape"),
        (lambda v, n: None, "returns None"),
        (lambda v: v, "TypeError"),
        (np.zeros((4, 3)), "expected a function"),
        (lambda v, n: (v * (n != 0)[..., None]).sum(1) / max((n != 0).sum(), 1), "the result"),
        (lambda v, n: (v * n[..., None]).sum(1) / np.maximum(n.sum(1), 1)[:, None], "the result"),
        (lambda v, n: (v * (n != 0)[..., None]).sum(1) / ((n != 0).sum(1)[:, None] + 0.01), "the result"),
        (lambda v, n: (v * (n != 0)[..., None]).sum(1) / 6, "still in the number"),
        (lambda v, n: np.array(mean_by_loop(v, n))[:1].repeat(len(v), axis=0), "the result"),
        (lambda v, n: np.median(v, axis=1), "the result"),
        (lambda v, n: v[:, -1], "the result"),
        (lambda v, n: np.array(mean_by_loop(v, n)).T, r"shape \(3, 4\), expected \(4, 3\)"),
        (lambda v, n: np.array(mean_by_loop(v, n)).astype(str), "is text"),
        (lambda v, n: v[n], "stopped with IndexError"),
    ],
    "9.4": [
        (lambda *given: coupled(*given, cell=lambda f, c, g: (1 - f) * c + f * g), "are exchanged"),
        (lambda *given: coupled(*given, cell=lambda f, c, g: f * c + g), "all of the candidate"),
        (lambda *given: coupled(*given, cell=lambda f, c, g: c + (1 - f) * g), "all of the old cell"),
        (lambda *given: coupled(*given, squash=lambda cell: cell), "the tanh of the new cell"),
        (lambda *given: coupled(*given)[::-1], "h first, then c"),
        (lambda *given: coupled(*given)[0], "shape"),
        (lambda x, h, c, W, b: coupled(x, h, c, W, 0 * b), "the biases are missing"),
        (lambda x, h, c, W, b: (coupled(x, h, c, W, b)[0], c), "the second result is the old c"),
        (lambda x, h, c, W, b: coupled(x, h, c, W[:, ::-1], b), "expected"),
        (lambda *given: ..., "replace the"),
        (3, "expected a function"),
        (changes_c, r"argument 3\).*work on a copy"),
        (rows_turned, "expected"),
        (lambda x, h, c, W, b: coupled(h, x, c, W, b), "h first, then x"),
        (with_gates(0, 2, 1), "forget gate, candidate, output gate, in this order"),
        (with_gates(1, 0, 2), "forget gate first, then candidate"),
        (lambda *given: coupled(*given, cell=lambda f, c, g: f * c + (1 - f) * np.tanh(g)), "expected"),
        (lambda x, h, c, W, b: coupled(x, h, 0 * c, W, b), "expected"),
        (lambda x, h, c, W, b: coupled(x, 0 * h, c, W, b), "expected"),
        (lambda *given: [part[:1] for part in coupled(*given)], "shape"),
        (lambda *given: [part.astype(str) for part in coupled(*given)], "is text"),
        (lambda *given: (*coupled(*given), 1), "or 2 entries in this order, got a tuple of 3"),
        (lambda x, h, c, W, b: coupled(h, x, c, W.T, b), "stopped with ValueError"),
    ],
    "9.5": [
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
        (lambda numbers, size: [*numbers, *(p + 1 for p in pairs_of(numbers, size))], "the sorted list"),
        (lambda numbers, size: [*numbers, *(p + 0.5 for p in pairs_of(numbers, size))], r"is 25\.5"),
        (lambda numbers, size: [*numbers, *set(pairs_of(numbers, size))], "twice counts twice"),
        (lambda numbers, size: sorted({*numbers, *pairs_of(numbers, size)}), "expected 4 words"),
        (
            lambda numbers, size: [*numbers, *pairs_of(numbers + numbers[:1], size)],
            "expected 4 words, 3 pairs",
        ),
        (lambda numbers, size: [*numbers, *pairs_of(sorted(numbers), size)], "the sorted list"),
        (lambda numbers, size: [*numbers, *pairs_of(numbers, 10)], "size 172"),
        (extended, "changed the review"),
        (lambda numbers, size: zip(numbers, numbers[1:], strict=False), "shape"),
        (lambda numbers, size: 7, r"shape \(\), expected \(any,\)"),
        (lambda numbers: numbers, "TypeError"),
        (lambda numbers, size: None, "returns None"),
        (lambda numbers, size: numbers + pairs_of(numbers[:-1], size), "expected 4 words, 3 pairs"),
        (lambda numbers, size: numbers + pairs_of(numbers, max(numbers)), "the sorted list"),
        (lambda numbers, size: numbers + [p + size for p in pairs_of(numbers, size)], "the sorted list"),
        (lambda numbers, size: [str(p) for p in numbers + pairs_of(numbers, size)], "is text"),
        (
            lambda numbers, size: numbers + pairs_of([word for word in numbers if word], size),
            "expected 6 words, 5 pairs",
        ),
        (lambda numbers, size: numbers + [numbers[i + 1] for i in range(len(numbers))], "IndexError"),
    ],
}
