"""Right and wrong answers to the exercises of chapter 02."""

import numpy as np

PREDICTION = {"add 100": "same", "times 10": "sharper", "divided by 10": "flatter", "times -1": "reversed"}

RATES = {0.01: 0.884, 0.005: 0.871, 0.001: 0.820}  # measured on MNIST
RATES_EMBEDDED = {0.01: 0.8793, 0.005: 0.8677, 0.001: 0.8331}  # on the course's own digits

RUNS = {(0.01, 2_000): 0.884, (0.001, 20_000): 0.8842, (0.01, 20_000): 0.914}  # measured on MNIST
RUNS_EMBEDDED = {(0.01, 2_000): 0.8793, (0.001, 20_000): 0.879, (0.01, 20_000): 0.916}


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


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"2.1": {}, "2.4": {}, "2.5": {}}

RIGHT = {
    "2.1": {
        "words": PREDICTION,
        "in capitals": {key: word.upper() + "." for key, word in PREDICTION.items()},
        "NumPy's text": {key: np.str_(word) for key, word in reversed(PREDICTION.items())},
        "other words": ["unchanged", "sharper", "flat", "reverse"],
    },
    "2.2": {
        "on MNIST": RATES,
        "on the course's own digits": RATES_EMBEDDED,
        "per cent": {rate: np.float32(100 * value) for rate, value in RATES.items()},
        "keys as text": {str(rate): value for rate, value in RATES.items()},
        "float32 keys": {np.float32(rate): np.array([value]) for rate, value in RATES.items()},
        "in order": list(RATES.values()),
        "rounded": [0.88, 0.87, 0.82],
        "rounded, on the course's own digits": [88, 87, 83],
        "another seed": [0.8856, 0.8708, 0.8174],
    },
    "2.3": {
        "on MNIST": RUNS,
        "on the course's own digits": RUNS_EMBEDDED,
        "keys as text": {str(key): 100 * value for key, value in RUNS.items()},
        "NumPy's keys": {
            (np.float64(rate), np.int64(steps)): [value] for (rate, steps), value in RUNS.items()
        },
        "in order": [0.8839, 0.886, 0.9158],
        "rounded": (88, 89, 92),
    },
    "2.4": {
        "log softmax": lambda F, T: -np.mean(np.sum(T * log_softmax(F), axis=1)),
        "float32": lambda F, T: np.float32(-(T * log_softmax(F.astype("float32"))).sum() / len(T)),
        "by index": lambda F, T: -np.mean(log_softmax(F)[np.arange(len(F)), T.argmax(axis=1)]),
        "loop over lists": loop_over_lists,
        "float32 with the maximum added again": float32,
    },
    "2.5": {
        "counted": counted,
        "a product": lambda labels, answers, K=10: np.eye(K)[labels].T @ np.eye(K)[answers],
        "numbered pairs": lambda true, read, K=10: np.bincount(
            K * true.astype(int) + read, minlength=K * K
        ).reshape(K, K),
        "float32": lambda labels, answers, K=10: np.float32(counted(labels, answers, K)),
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
    ],
    "2.2": [
        ({0.01: 0.884, 0.005: 0.871}, "ε = 0.001 is missing"),
        ({0.01: 0.820, 0.005: 0.871, 0.001: 0.884}, "expected falling ones"),
        ({0.01: 0.884, 0.005: 0.892, 0.001: 0.894}, "start from zero"),  # trained on, without a restart
        ({0.01: 0.43, 0.005: 0.51, 0.001: 0.86}, "expected falling ones"),  # cross-entropy
        ({0.01: 0.92, 0.005: 0.919, 0.001: 0.918}, "ε = 0.01 is 0.920, expected about 0.88"),  # still Adam
        ({0.01: 0.098, 0.005: 0.0975, 0.001: 0.097}, "about 0.88"),  # untrained
        ({0.01: 8840, 0.005: 8710, 0.001: 8200}, "between 0 and 1"),  # counts
        ({0.01: -0.1, 0.005: -0.2, 0.001: -0.3}, "between 0 and 1"),
        ({0.01: "88%", 0.005: 0.871, 0.001: 0.82}, "expected numbers"),
        ({0.01: np.nan, 0.005: 0.871, 0.001: 0.82}, "between 0 and 1"),
        (0.884, "expected a dict"),
        ({0.01: ..., 0.005: ..., 0.001: ...}, "replace the"),
        ({}, "ε = 0.01 is missing"),
        ({0.01: 0.95, 0.005: 0.8, 0.001: 0.45}, "about 0.88"),  # invented
        ({0.01: 0.884, 0.005: 0.80, 0.001: 0.70}, "ε = 0.005 is 0.800"),  # invented
        ({0.01: 0.884, 0.005: 0.87, 0.001: 0.86}, "ε = 0.001 is 0.860"),
        ({0.01: 0.8718, 0.005: 0.8498, 0.001: 0.7885}, "about 0.88"),  # 1,000 steps
        ({0.01: 0.8979, 0.005: 0.8849, 0.001: 0.8415}, "about 0.88"),  # 4,000 steps
        ({0.01: 0.8765, 0.005: 0.8608, 0.001: 0.8095}, "those on the training images"),
        ({0.01: 0.753, 0.005: 0.7617, 0.001: 0.7625}, "start from zero"),
        ({0.01: [0.4, 0.884], 0.005: 0.871, 0.001: 0.82}, "is 2 numbers"),
    ],
    "2.3": [
        ({(0.01, 2_000): 0.884}, r"\(0.001, 20000\) is missing"),
        (RUNS | {(0.001, 20_000): 0.82}, "expected nearly the same"),  # 2,000 steps only
        (RUNS | {(0.01, 20_000): 0.884}, "expected more than 0.884"),
        (RUNS | {(0.01, 20_000): 0.99}, "on the test images"),
        ({key: 1 - value for key, value in RUNS.items()}, "expected about 0.88"),  # share of mistakes
        (RUNS | {(0.01, 20_000): [0.9, 0.91]}, "is 2 numbers"),
        ({(0.01, 2_000): ..., (0.001, 20_000): 0.88, (0.01, 20_000): 0.91}, "replace the"),
        ([0.95, 0.95, 0.97], "expected about 0.88"),  # invented
        ([0.884, 0.884, 0.95], "three hundredths more"),  # invented
        ([0.8839, 0.898, 0.917], "Did each start from zero"),  # trained on
        ([0.8839, 0.886, 0.898], "expected more than 0.884"),  # 4,000 steps
        ([0.9158, 0.9158, 0.92], "about 0.88"),
        ([np.nan, 0.884, 0.914], "between 0 and 1"),
        (0.884, "expected a dict"),
    ],
    "2.4": [
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
        (with_a_maximum(lambda F: F.mean(axis=1, keepdims=True)), r"\(700, 8000, 0\)"),
        (lambda F, T: naive(np.clip(F, -500, 500), T), r"expected 1000"),
        (lambda F, T: -np.sum(T * log_softmax(F)) / 6, "the result for small scores is"),
        (lambda F, T: -(T * log_softmax(F)).sum(axis=1)[0], "the result for small scores"),
        (in_place, "work on a copy"),
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
    ],
}
