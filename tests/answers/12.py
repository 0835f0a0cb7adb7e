"""Right and wrong answers to the exercises of chapter 12."""

import numpy as np

NOTICED = {
    "no mask, place 2 changed": [0, 1, 2, 3, 4],
    "padding mask, place 4 changed": [4],
    "causal mask, place 2 changed": [2, 3, 4],
    "both masks, place 1 changed": [1, 2, 3, 4],
}
NO_MASK, PADDING, CAUSAL, BOTH = NOTICED
REACH = {1: 2, 2: 4, 3: 6, 5: 10}


def local(
    q, k, v, reach, *, scale=lambda T, d: np.sqrt(d), allow=None, shift="row", swap=False, fill=-np.inf
):
    """Local attention with one mistake to choose."""
    distance = np.arange(len(q))[:, None] - np.arange(len(q))
    near = np.abs(distance) <= reach if allow is None else allow(distance, reach)
    scores = np.where(near, q @ k.T / scale(*q.shape), fill)
    largest = {"row": scores.max(axis=1, keepdims=True), "all": scores.max(), "none": 0}[shift]
    with np.errstate(over="ignore", invalid="ignore"):
        powers = np.exp(scores - largest)
        weights = powers / powers.sum(axis=1, keepdims=True)
    return (weights, weights @ v) if swap else (weights @ v, weights)


def with_a_mistake(**mistake):
    return lambda *arguments: local(*arguments, **mistake)


def masked_late(q, k, v, reach):
    weights = local(q, k, v, 1000)[1]
    weights = np.where(local(q, k, v, reach)[1] > 0, weights, 0)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights @ v, weights


def by_loop(q, k, v, reach):
    T, d = q.shape
    weights = np.zeros((T, T), dtype="float32")
    for t in range(T):
        first, last = max(0, t - reach), min(T, t + reach + 1)
        scores = k[first:last] @ q[t] / d**0.5
        powers = np.exp(scores - scores.max())
        weights[t, first:last] = powers / powers.sum()
    return [(weights @ v).tolist(), weights]


def one_after_the_other(q, k, v, reach):
    yield from local(q, k, v, reach)


def as_objects(q, k, v, reach):
    both = np.empty(2, object)
    both[:] = local(q, k, v, reach)
    return both


def divides_in_place(q, k, v, reach):
    q /= np.sqrt(q.shape[1])
    return local(q, k, v, reach, scale=lambda T, d: 1)


def norm(x, axis=-1, epsilon=1e-3, outside=0.0, ddof=0):
    spread = np.sqrt(x.var(axis=axis, keepdims=True, ddof=ddof) + epsilon) + outside
    return (x - x.mean(axis=axis, keepdims=True)) / spread


def dense(h, W_1, b_1, W_2, b_2):
    return np.maximum(h @ W_1 + b_1, 0) @ W_2 + b_2


def with_norm(norm, dense=dense):
    """A block with another normalisation, or with other dense layers."""

    def block(x, attend, *arrays):
        x = x + attend(norm(x))
        return x + dense(norm(x), *arrays)

    return block


block = with_norm(norm)


def post(x, attend, *arrays):
    x = norm(x + attend(x))
    return norm(x + dense(x, *arrays))


def in_place(x, attend, *arrays):
    x += attend(norm(x))
    return x + dense(norm(x), *arrays)


def by_words(x, attend, W_1, b_1, W_2, b_2):
    def normalised(x):
        return np.array([(row - row.mean()) / (((row - row.mean()) ** 2).mean() + 0.001) ** 0.5 for row in x])

    x = x + attend(normalised(x))
    h = normalised(x) @ W_1 + b_1
    return x + (h * (h > 0)) @ W_2 + b_2


def once_normalised(x, attend, *arrays):
    x = x + attend(norm(x))
    return x + dense(x, *arrays)


def old_input(x, attend, *arrays):
    return x + attend(norm(x)) + dense(norm(x), *arrays)


def adds_the_normalised(x, attend, *arrays):
    x = norm(x) + attend(norm(x))
    return norm(x) + dense(norm(x), *arrays)


def with_tensorflow(q, k, v, reach):
    import tensorflow as tf

    near = np.abs(np.arange(len(q))[:, None] - np.arange(len(q))) <= reach
    scores = tf.matmul(q, k, transpose_b=True) / np.sqrt(q.shape[1])
    weights = tf.nn.softmax(tf.where(near, scores, -np.inf))
    return weights @ v, weights


def block_in_tensorflow(x, attend, W_1, b_1, W_2, b_2):
    import tensorflow as tf

    def normalised(x):
        mean, variance = tf.nn.moments(x, axes=-1, keepdims=True)
        return (x - mean) / tf.sqrt(variance + 1e-3)

    x = x + attend(normalised(x))
    return x + tf.nn.relu(normalised(x) @ W_1 + b_1) @ W_2 + b_2


def gelu(h, W_1, b_1, W_2, b_2):
    import tensorflow as tf

    return np.array(tf.nn.gelu(h @ W_1 + b_1)) @ W_2 + b_2


def leaky(h, W_1, b_1, W_2, b_2):
    h = h @ W_1 + b_1
    return np.where(h > 0, h, 0.01 * h) @ W_2 + b_2


def over_the_other_axis(q, k, v, reach):
    weights = local(k, q, v, reach)[1].T
    return weights @ v, weights


def never_normalised_again(q, k, v, reach):
    weights = local(q, k, v, 1000)[1] * (local(q, k, v, reach)[1] > 0)
    return weights @ v, weights


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"12.1": {}, "12.2": {}, "12.3": {}, "12.4": {}}

RIGHT = {
    "12.1": {
        "lists": NOTICED,
        "tuples": {name: tuple(places) for name, places in NOTICED.items()},
        "arrays, other order": {name: np.array(places)[::-1] for name, places in NOTICED.items()},
        "one number for one place": NOTICED | {PADDING: 4},
        "in order": list(NOTICED.values()),
        "1 for each that changes": {
            name: [int(place in places) for place in range(5)] for name, places in NOTICED.items()
        },
        "True for each that changes": {name: np.isin(range(5), places) for name, places in NOTICED.items()},
        "True and False in a tuple": {
            name: tuple(place in places for place in range(5)) for name, places in NOTICED.items()
        },
        "True and False, one row": {name: np.isin([range(5)], places) for name, places in NOTICED.items()},
        "sets and ranges": NOTICED | {NO_MASK: set(range(5)), CAUSAL: range(2, 5)},
    },
    "12.2": {
        "numbers": REACH,
        "keys as text": {str(count): float(reach) for count, reach in REACH.items()},
        "words in the key": {f"{count} layers": reach for count, reach in REACH.items()},
        "in brackets": {count: np.array([reach]) for count, reach in REACH.items()},
    },
    "12.3": {
        "where": local,
        "by loop": by_loop,
        "-1e9": with_a_mistake(fill=-1e9),
        "a generator": one_after_the_other,
        "an array of objects": as_objects,
        "by name": lambda *a: dict(zip(("weights", "vectors"), local(*a, swap=True), strict=True)),
        "in TensorFlow": with_tensorflow,
        "in one more pair of brackets": lambda q, k, v, reach=1: [
            part[None] for part in local(q, k, v, reach)
        ],
    },
    "12.4": {
        "a block": block,
        "by words": by_words,
        "lists": lambda *a: block(*a).tolist(),
        "float32": lambda *a: block(*a).astype("float32"),
        "in TensorFlow": block_in_tensorflow,
        "in one more pair of brackets": lambda *a, epsilon=1e-3: block(*a)[None],
    },
}

WRONG = {
    "12.1": [
        (NOTICED | {PADDING: []}, "place 4 itself has another query"),
        (NOTICED | {PADDING: [0, 1, 2, 3, 4]}, "place 0 may not look"),
        (NOTICED | {CAUSAL: [3, 4]}, "place 2 itself"),
        (NOTICED | {CAUSAL: [0, 1, 2]}, "place 0 may not look"),
        (NOTICED | {BOTH: [1, 2]}, "place 3 looks"),
        (NOTICED | {NO_MASK: [2]}, "place 0 looks"),
        (NOTICED | {NO_MASK: [1, 2, 3, 4, 5]}, "holds 1, 2, 3, 4, 5; the places are 0"),
        (NOTICED | {PADDING: [4.5]}, "holds 4.5; the places are 0"),
        (NOTICED | {CAUSAL: [2, 3, np.inf]}, "the places are 0"),
        (NOTICED | {NO_MASK: "all"}, "expected numbers"),
        ({NO_MASK: [0, 1, 2, 3, 4]}, "is missing"),
        (3, "expected a dict"),
        (dict.fromkeys(NOTICED, ...), "replace the"),
        (NOTICED | {PADDING: [True] * 5}, "place 0 may not look"),
        (NOTICED | {CAUSAL: [2]}, "place 3 looks"),
        (NOTICED | {BOTH: [0, 1, 2, 3, 4]}, "place 0 may not look"),
        (NOTICED | {PADDING: np.nan}, "the places are 0"),
        (NOTICED | {PADDING: (True, True, True, False, True)}, "place 0 may not look"),
        (NOTICED | {CAUSAL: np.array([[False, False, False, True, True]])}, "place 2 itself"),
    ],
    "12.2": [
        (dict.fromkeys(REACH, 2), "reach of one layer"),
        ({n: 4 * n for n in REACH}, "both sides"),
        ({n: 2 * n + 1 for n in REACH}, "the changed place as well"),
        ({n: 2**n for n in REACH}, "does not double"),
        ({n: n for n in REACH}, "number of layers"),
        (dict.fromkeys(REACH, 39), "before softmax"),
        (REACH | {5: 9}, "5 layers is 9, expected 10"),
        (REACH | {3: np.nan}, "3 layers is nan"),
        ({1: 2}, "2 layers is missing"),
        (2, "expected a dict"),
        (dict.fromkeys(REACH, ...), "replace the"),
        ([2, 3, 4, 6], "2 layers is 3, expected 4"),
        ([1, 3, 5, 9], "1 layers is 1, expected 2"),
        (["2", "4", "6", "10"], "expected numbers"),
    ],
    "12.3": [
        (with_a_mistake(scale=lambda T, d: 1), "not divided by sqrt"),
        (with_a_mistake(scale=lambda T, d: d), "the weights .* expected"),
        (with_a_mistake(scale=lambda T, d: np.sqrt(T)), "the weights .* expected"),
        (with_a_mistake(allow=lambda d, r: (np.abs(d) <= r) & (d >= 0)), "looks to its right"),
        (with_a_mistake(shift="none"), "not finite"),
        (with_a_mistake(shift="all"), "not finite"),
        (masked_late, "not finite.*that it may see"),
        (with_a_mistake(swap=True), "the vectors come first"),
        (with_a_mistake(allow=lambda d, r: np.abs(d) <= r + 1), "too far away"),
        (with_a_mistake(allow=lambda d, r: np.abs(d) <= 1), "too far away|the weights"),
        (with_a_mistake(allow=lambda d, r: np.abs(d) < max(r, 1)), "exactly `reach` places away"),
        (with_a_mistake(fill=0.0), "too far away"),
        (with_a_mistake(fill=-30.0), "too far away"),
        (lambda q, k, v, reach: local(k, q, v, reach), "q @ k.T"),
        (lambda q, k, v, reach: local(q, k, v, reach)[0], "or 2 entries in this order"),
        (lambda q, k, v, reach: (local(q, k, v, reach)[0], np.zeros((len(q),) * 2)), "rows sum to 0"),
        (lambda q, k, v, reach: (local(q, k, v, reach)[0], local(q, k, v, reach)[1].T), "rows sum to"),
        (lambda q, k, v, reach: (q, local(q, k, v, reach)[1]), "the vectors"),
        (divides_in_place, "q, k or v was changed"),
        (lambda q, k, v, reach: None, "replace the"),
        (lambda q, k, v, reach: ..., "replace the"),
        (never_normalised_again, "rows sum to"),
        (over_the_other_axis, "rows sum to"),
        (with_a_mistake(fill=-1000.0), "too far away"),
        (with_a_mistake(scale=lambda T, d: 2), "reach 2"),
        (with_a_mistake(allow=lambda d, r: np.abs(d) <= 2), "too far away"),
        (with_a_mistake(allow=lambda d, r: (d <= 0) & (-d <= r)), "the weights"),
        (with_a_mistake(allow=lambda d, r: np.minimum(np.abs(d), len(d) - np.abs(d)) <= r), "too far away"),
        (lambda q, k, v, reach: (local(q, k, v, reach)[1] @ k, local(q, k, v, reach)[1]), "the vectors"),
        (lambda q, k, v, reach: local(v, k, q, reach), "the weights"),
        (lambda q, k, v, reach: [part.astype(str) for part in local(q, k, v, reach)], "is text"),
        (lambda q, k, v, reach: local(q, k.T, v, reach), "stopped with ValueError"),
    ],
    "12.4": [
        (with_norm(norm, gelu), "GELU between the dense layers"),
        (post, "post-norm"),
        (with_norm(norm, lambda h, W_1, b_1, W_2, b_2: (h @ W_1 + b_1) @ W_2 + b_2), "no ReLU"),
        (with_norm(norm, lambda h, *arrays: np.maximum(dense(h, *arrays), 0)), r"result\[\d, \d\] is"),
        (with_norm(norm, lambda h, W_1, b_1, W_2, b_2: np.maximum(h @ W_1, 0) @ W_2), r"result\[\d, \d\] is"),
        (with_norm(norm, lambda h, *arrays: 0), r"result\[\d, \d\] is"),
        (with_norm(lambda x: norm(x, axis=0)), "over the words"),
        (with_norm(lambda x: norm(x, axis=None)), r"result\[\d, \d\] is"),
        (with_norm(lambda x: norm(x, epsilon=0)), "ε is missing"),
        (with_norm(lambda x: norm(x, epsilon=1e-5)), "ε is 0.00001 here"),
        (with_norm(lambda x: norm(x, epsilon=1e-6)), "ε is missing|result"),
        (with_norm(lambda x: norm(x, epsilon=0.01)), r"result\[\d, \d\] is"),
        (with_norm(lambda x: norm(x, epsilon=0, outside=0.001)), "ε stands inside the root"),
        (with_norm(lambda x: norm(x, ddof=1)), r"result\[\d, \d\] is"),
        (with_norm(lambda x: x - x.mean(axis=-1, keepdims=True)), r"result\[\d, \d\] is"),
        (with_norm(lambda x: x / np.sqrt(x.var(axis=-1, keepdims=True) + 0.001)), r"result\[\d, \d\] is"),
        (once_normalised, "dense layers read x without normalisation"),
        (lambda x, attend, *a: (x + attend(x)) + dense(norm(x + attend(x)), *a), "attention reads x without"),
        (old_input, "after attention"),
        (adds_the_normalised, r"result\[\d, \d\] is"),
        (lambda x, attend, *a: (x + attend(x)) + dense(x + attend(x), *a), "nothing is normalised"),
        (lambda x, attend, *a: dense(norm(attend(norm(x))), *a), "no residual"),
        (lambda x, attend, *a: dense(norm(x + attend(norm(x))), *a), "second residual"),
        (lambda x, attend, *a: x + attend(norm(x)), "the result"),
        (lambda x, attend, *a: norm(x)[0], "the result"),
        (lambda x, attend: x, "TypeError"),
        (lambda *a: None, "replace the"),
        (in_place, r"argument 1\).*work on a copy"),
        (with_norm(lambda x: norm(x, epsilon=2e-3)), "the result"),
        (with_norm(lambda x: norm(x, epsilon=5e-4)), "the result"),
        (with_norm(lambda x: norm(x, epsilon=0, outside=np.sqrt(1e-3))), "the result"),
        (
            with_norm(lambda x: (x - x.mean(-1, keepdims=True)) / (x.var(-1, keepdims=True) + 1e-3)),
            "the result",
        ),
        (with_norm(norm, leaky), "the result"),
        (with_norm(norm, lambda h, a, b, c, d: np.tanh(h @ a + b) @ c + d), "the result"),
        (lambda x, attend, *a: norm(block(x, attend, *a)), "the result"),
        (lambda x, attend, *a: block(x, lambda h: h, *a), "the result"),
        (lambda *a: block(*a)[:1].repeat(len(a[0]), axis=0), "the result"),
        (lambda *a: block(*a).astype(str), "is text"),
    ],
}
