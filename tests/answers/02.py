"""Right and wrong answers to the exercises of chapter 02."""

import numpy as np

PREDICTION = {"add 100": "same", "times 10": "sharper", "divided by 10": "flatter", "times -1": "reversed"}

RUNS = {(0.01, 2_000): 0.9076, (0.001, 2_000): 0.8488, (0.001, 20_000): 0.9072}  # measured on MNIST
RUNS_EMBEDDED = {(0.01, 2_000): 0.8868, (0.001, 2_000): 0.8348, (0.001, 20_000): 0.8886}  # own digits
SHORT, SLOW, PATIENT = RUNS

SURER = {0.25: 0.0463, 1: -0.0230, 4: -0.4649}  # measured on MNIST
SURER_EMBEDDED = {0.25: 0.0504, 1: -0.0226, 4: -0.4559}  # on the course's own digits
ACCURACY = 0.9384


def log_softmax(F):
    G = F - F.max(axis=1, keepdims=True)
    return G - np.log(np.exp(G).sum(axis=1, keepdims=True))


def naive(F, T):
    E = np.exp(F)
    return -np.mean(np.sum(T * np.log(E / E.sum(axis=1, keepdims=True)), axis=1))


def with_safe_softmax(F, T, least=0.0):
    E = np.exp(F - F.max(axis=1, keepdims=True))
    return -np.mean(np.sum(T * np.log(E / E.sum(axis=1, keepdims=True) + least), axis=1))


def loop_over_lists(F, T):
    total = 0.0
    for scores, codes in zip(F.tolist(), T.tolist(), strict=True):
        top = max(scores)
        rest = top + float(np.log(sum(np.exp(score - top) for score in scores)))
        total -= sum(code * (score - rest) for score, code in zip(scores, codes, strict=True))
    return [total / len(F)]


def with_a_maximum(find):
    """The cross-entropy in which find(F) is subtracted."""

    def cross_entropy(F, T):
        G = F - find(F)
        return -np.mean((T * (G - np.log(np.exp(G).sum(axis=1, keepdims=True)))).sum(axis=1))

    return cross_entropy


def float32(F, T):
    F = F.astype("float32")
    top = F.max(axis=1)
    log_sum = top + np.log(np.exp(F - top[:, None]).sum(axis=1))
    return np.mean(log_sum - (T.astype("float32") * F).sum(axis=1))


def in_place(F, T):
    F -= F.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(F).sum(axis=1)) - (T * F).sum(axis=1))


def counted(labels, answers, K=10):
    C = [[0] * K for _ in range(K)]
    for i, j in zip(labels, answers, strict=True):
        C[i][j] += 1
    return C


def each_pair_once(labels, answers, K=10):
    C = np.zeros((K, K), int)
    C[labels, answers] += 1
    return C


def with_tensorflow(F, T):
    import tensorflow as tf

    costs = tf.nn.softmax_cross_entropy_with_logits(T.astype("float32"), F.astype("float32"))
    return tf.reduce_mean(costs)


def into_an_array_like_F(F, T):
    costs = np.empty_like(F[:, 0])
    for n, (scores, codes) in enumerate(zip(F, T, strict=True)):
        costs[n] = -codes @ log_softmax(scores[None])[0]
    return costs.mean()


def with_room_for_zero(F, T):
    G = F - F.max(axis=1, keepdims=True)
    return -np.mean((T * (G - np.log(np.exp(G).sum(axis=1, keepdims=True) + 1e-3))).sum(axis=1))


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"2.1": {}, "2.4": {}, "2.5": {}}

RIGHT = {
    "2.1": {
        "words": PREDICTION,
        "in capitals": {key: word.upper() + "." for key, word in PREDICTION.items()},
        "NumPy's text": {key: np.str_(word) for key, word in reversed(PREDICTION.items())},
        "other words": ["unchanged", "sharper", "flat", "reverse"],
        "verbs": ["same", "sharpens", "flattens", "flipped"],
    },
    "2.2": {
        "on MNIST": RUNS,
        "on the course's own digits": RUNS_EMBEDDED,
        "keys as text, per cent": {str(key): 100 * value for key, value in RUNS.items()},
        "NumPy's keys": {
            (np.float64(rate), np.int64(steps)): [value] for (rate, steps), value in RUNS.items()
        },
        "another seed, in order": [0.9066, 0.8494, 0.9070],
        "another seed, own digits": [0.8876, 0.8352, 0.8882],
        "rounded": (91, 85, 91),
        "rounded, on the course's own digits": (0.89, 0.83, 0.89),
        "thousands with a comma": {
            f"ε {rate}, {steps:,} steps": value for (rate, steps), value in RUNS.items()
        },
    },
    "2.3": {
        "on MNIST": SURER,
        "on the course's own digits": SURER_EMBEDDED,
        "keys as text, per cent": {f"temperature {key}": 100 * value for key, value in SURER.items()},
        "NumPy": {np.float32(key): np.array([value], "float32") for key, value in SURER.items()},
        "in order, trained on all images": [0.0430, -0.0240, -0.4662],
        "another seed": (0.0528, -0.0184, -0.45),
        "2,000 steps": {4: -0.4902, 1: -0.0279, 0.25: 0.0562},
        "rounded": [0.05, -0.02, -0.46],
    },
    "2.4": {
        "log softmax": lambda F, T: -np.mean(np.sum(T * log_softmax(F), axis=1)),
        "float32": lambda F, T: np.float32(-(T * log_softmax(F.astype("float32"))).sum() / len(T)),
        "by index": lambda F, T: -np.mean(log_softmax(F)[np.arange(len(F)), T.argmax(axis=1)]),
        "loop over lists": loop_over_lists,
        "float32 with the maximum added again": float32,
        "in two pairs of brackets": lambda F, T: [[-(T * log_softmax(F)).sum() / len(F)]],
        "with a default argument": lambda F, T, axis=1: -(T * log_softmax(F)).sum(axis=axis).mean(),
        "the scores where T is 1": lambda F, T: -np.mean(log_softmax(F)[T == 1]),
        "in TensorFlow": with_tensorflow,
        "into an array like F": into_an_array_like_F,
    },
    "2.5": {
        "counted": counted,
        "a product": lambda labels, answers, K=10: np.eye(K)[labels].T @ np.eye(K)[answers],
        "numbered pairs": lambda true, read, K=10: np.bincount(
            K * true.astype(int) + read, minlength=K * K
        ).reshape(K, K),
        "float32": lambda labels, answers, K=10: np.float32(counted(labels, answers, K)),
        "a histogram": lambda labels, answers, K=10: np.histogram2d(
            labels, answers, bins=K, range=[[0, K], [0, K]]
        )[0],
        "small whole numbers": lambda labels, answers, K=10: np.array(counted(labels, answers, K), "uint8"),
    },
}

WRONG = {
    "2.1": [
        (PREDICTION | {"add 100": "sharper"}, "'add 100' is not 'sharper'"),
        (PREDICTION | {"times 10": "same"}, "'times 10' is not 'same'"),
        (PREDICTION | {"times 10": "flatter", "divided by 10": "sharper"}, "'times 10' is not"),
        (PREDICTION | {"divided by 10": "same"}, "'divided by 10' is not 'same'"),
        (PREDICTION | {"times -1": "same"}, "'times -1' is not 'same'"),
        (PREDICTION | {"times -1": "flatter"}, "'times -1' is not 'flatter'"),
        (PREDICTION | {"times -1": "negative"}, "expected one of same, sharper"),
        ({"add 100": "same"}, "'times 10' is missing"),
        (["same", "sharper", "flatter"], "4 entries in this order"),
        ("same", "expected a dict"),
        (PREDICTION | {"times -1": ...}, "replace the"),
        (["sharper", "same", "flatter", "reversed"], "'add 100' is not 'sharper'"),
        ([1, 2, 3, 4], "'add 100' is 1, expected one of"),
    ],
    "2.2": [
        (RUNS | {SLOW: 0.9072, PATIENT: 0.8488}, "five or six hundredths"),
        ({SHORT: 0.9076, SLOW: 0.912, PATIENT: 0.92}, "start from zero"),  # trained on, without a restart
        ({SHORT: 0.407, SLOW: 1.140, PATIENT: 0.407}, "are these errors"),  # cross-entropy
        ({SHORT: 0.092, SLOW: 0.151, PATIENT: 0.093}, "are these errors"),
        (
            {SHORT: 0.8858, SLOW: 0.8176, PATIENT: 0.8861},
            "both on the 5,000 images set aside",
        ),  # MNIST's test
        (
            {SHORT: 0.8750, SLOW: 0.8024, PATIENT: 0.8754},
            "about 0.9: .* set aside",
        ),  # on the images trained on
        ({SHORT: 0.938, SLOW: 0.93, PATIENT: 0.938}, "about 0.9"),  # ε = 0.2 left in
        ({SHORT: 0.098, SLOW: 0.0975, PATIENT: 0.097}, "about 0.9"),  # untrained
        (RUNS | {PATIENT: 0.93}, "nearly the same"),
        (RUNS | {PATIENT: 0.8488}, "nearly the same"),  # 2,000 steps again
        (RUNS | {SLOW: 0.80}, "five or six hundredths"),  # invented
        (RUNS | {SLOW: 0.90}, "five or six hundredths"),
        ({key: 5000 * value for key, value in RUNS.items()}, "between 0 and 1"),  # counts
        (RUNS | {SLOW: np.nan}, "between 0 and 1"),
        (RUNS | {SLOW: "85%"}, "expected numbers"),
        (RUNS | {SHORT: np.zeros(3)}, "3 numbers, expected one: the accuracy on the images set aside"),
        ({SHORT: 0.9076, SLOW: 0.8488}, r"\(0.001, 20000\) is missing"),
        (0.9076, "expected a dict"),
        (dict.fromkeys(RUNS, ...), "replace the"),
        ((0.95, 0.8, 0.45), "about 0.9"),
        ((0.92, 0.87, 0.92), "about 0.9"),
        ((0.9, 0.7, 0.9), "five or six hundredths"),
        ((0.9, 0.86, 0.91), "five or six hundredths"),
    ],
    "2.3": [
        ({key: value + ACCURACY for key, value in SURER.items()}, "this is how sure the model is"),
        ({key: 100 * (value + ACCURACY) for key, value in SURER.items()}, "this is how sure the model is"),
        (dict.fromkeys(SURER, ACCURACY), "all 0.938: the temperature changes no answer"),
        (dict.fromkeys(SURER, -0.023), "all -0.023"),
        ({key: -value for key, value in SURER.items()}, "the signs are exchanged"),
        ({0.25: -0.4649, 1: -0.0230, 4: 0.0463}, "0.25 and 4 are exchanged"),  # multiplied
        ({0.25: -0.1494, 1: -0.7217, 4: -0.8160}, "softmax applied twice"),
        ({0.25: 0.5077, 1: 0.2264, 4: 0.8332}, "looks like the cross-entropy"),
        ({0.25: 0.0289, 1: -0.023, 4: -0.4649}, "temperature 0.25 is 0.029, expected between 0.035"),  # 0.5
        ({0.25: 0.0463, 1: -0.1861, 4: -0.4649}, "temperature 1 is -0.186"),  # of 2
        ({0.25: 0.0463, 1: -0.0230, 4: -0.1861}, "temperature 4 is -0.186"),  # of 2
        ({0.25: 0.06, 1: 0.06, 4: 0.05}, "temperature 1 is 0.060"),  # invented
        ({0.25: 231, 1: -115, 4: -2324}, "temperature 0.25 is 231"),  # counts of images
        (SURER | {4: np.nan}, "temperature 4 is nan"),
        (SURER | {4: "-46%"}, "expected numbers"),
        (SURER | {4: np.zeros(5000)}, "5000 numbers, expected one: the mean of the largest"),
        ({0.25: 0.0463, 1: -0.023}, "the difference for temperature 4 is missing"),
        (0.05, "expected a dict"),
        ({0.25: ..., 1: ..., 4: ...}, "replace the"),
        ([0.046, -0.023, 0.465], "temperature 4 is 0.465"),  # without signs
        ([0.05, 0.02, -0.46], "temperature 1 is 0.020"),
        ([0.05, -0.02, -0.3], "temperature 4 is -0.300"),
        ([0, 0, 0], "all 0.000"),
    ],
    "2.4": [
        (
            lambda F, T: (
                -np.mean((T * F).sum(axis=1) - np.log(np.exp(F - F.max(axis=1)[:, None]).sum(axis=1)))
            ),
            "inside exp only",
        ),
        (naive, r"scores \(0, 1000\).*is nan, expected 1000: subtract"),
        (with_safe_softmax, r"scores \(0, 1000\).*is inf, expected 1000"),
        (lambda F, T: with_safe_softmax(F, T, 1e-12), r"scores \(0, 1000\).*is 27.63, expected 1000"),
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
        (with_a_maximum(np.max), r"\(-2000, -2000\) .* its own maximum"),
        (with_a_maximum(lambda F: F[:1].max()), r"\(-2000, -2000\)"),
        (with_a_maximum(lambda F: F.max(axis=0)), "the result for small scores"),
        (with_a_maximum(lambda F: F.mean(axis=1, keepdims=True)), r"\(700, 80000, 0\)"),
        (lambda F, T: naive(np.clip(F, -500, 500), T), r"expected 1000"),
        (lambda F, T: -np.sum(T * log_softmax(F)) / 6, "the result for small scores is"),
        (lambda F, T: -(T * log_softmax(F)).sum(axis=1)[0], "the result for small scores"),
        (in_place, "work on a copy"),
        (with_room_for_zero, "small scores is 2.3883, expected 2.3876"),
        (lambda F, T: min(100, -(T * log_softmax(F)).sum() / len(F)), "is 100, expected 1000"),
        (lambda F, T: -np.mean((T * np.maximum(log_softmax(F), -1e4)).sum(1)), r"\(700, 80000, 0\)"),
        (lambda F, T: -np.mean((T * np.log(np.exp(log_softmax(F)) + 1e-7)).sum(1)), "expected 1000"),
        (lambda F, T: -np.median((T * log_softmax(F)).sum(axis=1)), "the result for small scores"),
        (lambda F, T: -log_softmax(F)[:, 0].mean(), "the result for small scores"),
        (lambda F, T: -(T * log_softmax(F)).sum() / F.shape[1], "the result for small scores"),
        (lambda F, T: -(T * log_softmax(F / 2)).sum() / len(F), "the result for small scores"),
        (lambda F, T: np.mean((np.exp(log_softmax(F)) - T) ** 2), "the result for small scores"),
        (lambda F, T: str(-(T * log_softmax(F)).sum() / len(F)), "expected numbers"),
        (lambda F, T: log_softmax(F) @ T, "stopped with ValueError: matmul"),
        (lambda F, T: [[1, 2], [3]], "rows of different lengths"),
    ],
    "2.5": [
        (lambda labels, answers, K=10: counted(answers, labels, K), "exchanged"),
        (each_pair_once, "np.add.at"),
        (lambda labels, answers: counted(labels, answers, K=5), r"shape \(5, 5\), expected \(10, 10\)"),
        (lambda labels, answers: np.array(counted(labels, answers)) / 10, "shares"),
        (
            lambda labels, answers: (C := np.array(counted(labels, answers))) / C.sum(1, keepdims=True),
            "shares of each row",
        ),
        (lambda labels, answers: counted(labels[labels != answers], answers[labels != answers]), "diagonal"),
        (lambda labels, answers: counted(labels[1:], answers[1:]), "sum to 9, they should sum to 10"),
        (lambda labels, answers: counted(labels, labels), "the matrix"),
        (lambda labels, answers: np.mean(labels == answers), r"shape \(\)"),
        (lambda labels, answers, K=10: None, "replace the"),
        (lambda labels, answers, K=10: counted(labels, answers), r"\(10, 10\), expected \(5, 5\) for K = 5"),
        (lambda labels, answers: counted(labels, answers), "TypeError"),
        (lambda labels, answers, K=10: np.zeros((10, 10)), "sum to 0"),
        (
            lambda true, read, K=10: np.bincount(10 * true.astype(int) + read, minlength=100).reshape(10, 10),
            "expected",
        ),
        (
            lambda labels, answers, K=10: np.array(counted(labels, answers, K)) * np.eye(K),
            "sum to 7",
        ),
        (lambda labels, answers, K=10: counted(labels, answers, max(labels) + 1), "expected"),
        (
            lambda labels, answers, K=10: (C := np.array(counted(labels, answers, K))) / C.sum(0).clip(1),
            "sum to",
        ),
        (np.eye(10), "expected a function"),
        (lambda labels, answers, K=10: np.zeros((K, K)), "sum to 0"),
        (
            lambda labels, answers, K=10: np.diag(np.bincount(labels, minlength=K)),
            r"\[0, 0\] is 3, expected 2",
        ),
        (lambda labels, answers, K=10: np.array(counted(labels, answers, K))[:, ::-1], "expected 2"),
        (lambda labels, answers, K=10: counted(labels[:5], answers[:5], K), "sum to 5"),
        (lambda labels, answers, K=10: np.array(counted(labels, answers, K)).astype(str), "is text"),
        (lambda labels, answers, K=10: labels.sort() or counted(labels, answers, K), "work on a copy"),
    ],
}
