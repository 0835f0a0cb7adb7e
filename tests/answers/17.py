"""Right and wrong answers to the exercises of chapter 17."""

import numpy as np

PAPER = {
    "mean 1, deviation 2": 1,
    "mean 0, deviation 1": 1,
    "always the same picture, at the mean": 4,
    "as bad with deviation 2: how far the mean": 2,
}
SAME, FAR = "always the same picture, at the mean", "as bad with deviation 2: how far the mean"

# Measured with the weights that ship.
GUIDED = {0: 0.1, 1: 0.92, 3: 0.999}


def parts(m1, s1, m2, s2):
    return np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5


def summed(part):
    """A function like `kl_between` from what is summed over the numbers of a code."""
    return lambda m1, s1, m2, s2: part(m1, s1, m2, s2).sum(axis=1)


def one_by_one(m1, s1, m2, s2):
    result = []
    for rows in zip(m1, s1, m2, s2, strict=True):
        total = 0.0
        for a, b, c, d in zip(*rows, strict=True):
            total += (np.log(d**2 / b**2) + (b**2 + (a - c) ** 2) / d**2 - 1) / 2
        result.append(total)
    return result


def in_place(m1, s1, m2, s2):
    m1 -= m2
    return parts(m1, s1, 0, s2).sum(axis=1)


def all_distances(made, known):
    made, known = (np.asarray(x).reshape(len(x), -1) for x in (made, known))
    return np.linalg.norm(made[:, None] - known[None], axis=2)


def by_products(made, known):
    made, known = (np.asarray(x).reshape(len(x), 784) for x in (made, known))
    squares = (made**2).sum(1)[:, None] + (known**2).sum(1) - 2 * made @ known.T
    return np.sqrt(np.maximum(squares, 0)).min(axis=1)


def without_maximum(made, known):
    made, known = (np.asarray(x).reshape(len(x), 784) for x in (made, known))
    return np.sqrt((made**2).sum(1)[:, None] + (known**2).sum(1) - 2 * made @ known.T).min(axis=1)


def in_a_loop(made, known):
    return [min(float(np.sqrt(((a - b) ** 2).sum())) for b in known) for a in made]


def moved_to_zero(made, known):
    known -= known.min()
    return all_distances(made, known).min(axis=1)


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"17.1": {}, "17.2": {}, "17.4": {}}

RIGHT = {
    "17.1": {
        "numbers": PAPER,
        "in order": list(PAPER.values()),
        "to the other side": PAPER | {FAR: -2.0},
        "NumPy's": {key: np.float32(value) for key, value in PAPER.items()},
    },
    "17.2": {
        "the formula": summed(parts),
        "one by one, with variances": one_by_one,
        "float32": lambda *given: summed(parts)(*given).astype("float32"),
    },
    "17.3": {
        "measured": GUIDED,
        "in order": list(GUIDED.values()),
        "per cent": [9.5, 93.0, 100],
        "NumPy's, by text": {str(key): np.float64(value) for key, value in GUIDED.items()},
    },
    "17.4": {
        "all distances": lambda made, known: all_distances(made, known).min(axis=1),
        "by products": by_products,
        "by products in float32": lambda *given: by_products(*(x.astype("float32") for x in given)),
        "in a loop": in_a_loop,
        "float32": lambda made, known: all_distances(made, known).min(axis=1).astype("float32"),
    },
}

WRONG = {
    "17.1": [
        (PAPER | {"mean 1, deviation 2": 5}, "they add nothing"),
        (PAPER | {"mean 1, deviation 2": 0}, "means counts"),
        (PAPER | {"mean 0, deviation 1": 0}, "the deviations differ"),
        (PAPER | {"mean 0, deviation 1": 9}, "not of the variances"),
        (PAPER | {"mean 0, deviation 1": 3}, "difference of the variances"),
        (PAPER | {SAME: 2}, "square its difference"),
        (PAPER | {SAME: 0}, "no spread"),
        (PAPER | {FAR: 4}, "its root"),
        (PAPER | {FAR: 16}, "the distance is 16"),
        (PAPER | {FAR: (-2, 2)}, "2 numbers, expected one of them"),
        (PAPER | {SAME: 5}, "into the formula"),
        ({SAME: 4}, "is missing"),
        (PAPER | {SAME: ...}, "replace the"),
        (4, "expected a dict"),
    ],
    "17.2": [
        (summed(lambda a, b, c, d: parts(c, d, a, b)), "are swapped"),
        (summed(lambda *given: parts(*given) + 0.5), "half at the end is missing"),
        (summed(lambda *given: parts(*given) + 1), "half at the end is taken away"),
        (summed(lambda a, b, c, d: parts(a, b, c, d) - 2 * np.log(d / b)), "upside down"),
        (summed(lambda a, b, c, d: parts(a, b, c, d) - np.log(d / b)), "logarithm is missing"),
        (summed(lambda a, b, c, d: parts(0, b, 0, d)), "means is missing"),
        (
            summed(lambda a, b, c, d: np.log(d / b) + (b**2 + (a - c) ** 2) / d**2 - 0.5),
            "2 below the fraction",
        ),
        (
            summed(lambda a, b, c, d: np.log(d / b) + (b + (a - c) ** 2) / (2 * d) - 0.5),
            "like variances",
        ),
        (summed(lambda a, b, c, d: parts(a, b, 0, 1)), "standard normal"),
        (
            summed(lambda a, b, c, d: np.log(d / b) + (b**2 + (a - c) ** 2) / 2 * d**2 - 0.5),
            r"put 2 \* s2\*\*2 in brackets",
        ),
        (lambda *given: parts(*given)[:, 0], "expected"),
        (lambda *given: parts(*given).sum(axis=0), "shape"),
        (parts, r"shape|add up"),
        (lambda *given: parts(*given).mean(axis=1), "expected their sum"),
        (lambda *given: parts(*given).sum(), "shape"),
        (in_place, "work on a copy"),
        (lambda *given: None, "returns None"),
        (np.zeros(3), "expected a function"),
    ],
    "17.3": [
        ([0.99, 0.99, 0.99], "hand the weight"),
        ([0.5, 0.92, 0.999], "by chance"),
        ([0.0, 0.92, 0.999], "by chance"),
        ([0.1, 0.5, 0.999], "decoded pictures"),
        ([0.1, 0.1, 0.1], "decode the last stage"),
        ([0.1, 0.999, 0.999], "is 1.00, expected about 0.94"),
        ([0.19, 0.94, 1], "by chance"),
        ([0.1, 0.943, np.nan], "is nan"),
        ([0.1, 0.92, 0.95], "expected nearly 1"),
        ([0.1, 0.999, 0.985], "are they swapped"),
        ({0: 0.1, 1: 0.92}, "is missing"),
        ({0: ..., 1: ..., 3: ...}, "replace the"),
        ([0.1, -0.9, 1.0], "between 0 and 1"),
    ],
    "17.4": [
        (lambda a, b: all_distances(a, b).min(axis=1) ** 2, "root is missing"),
        (lambda a, b: all_distances(a, b).min(axis=1) ** 2 / 784, "mean over the pixels"),
        (lambda a, b: all_distances(a, b).min(axis=1) / 28, "root of a mean"),
        (lambda a, b: all_distances(a, b).argmin(axis=1), "places in the list"),
        (lambda a, b: all_distances(a, b).max(axis=1), "farthest"),
        (lambda a, b: all_distances(a, b).mean(axis=1), "mean over all known"),
        (all_distances, "all distances|shape"),
        (lambda a, b: all_distances(a, b).min(axis=0), "swapped"),
        (lambda a, b: all_distances(a, b).min(), "shape"),
        (
            lambda a, b: np.abs(a[:, None] - b[None]).reshape(len(a), len(b), -1).sum(axis=2).min(axis=1),
            "absolute differences",
        ),
        (moved_to_zero, "work on a copy"),
        (without_maximum, r"nan for a copy: .*np\.maximum"),
        (lambda a, b: all_distances(a, b[:1]).min(axis=1), "expected 0.56"),
        (lambda a, b: np.sort(all_distances(a, b), axis=1)[:, 1], "expected 0.56"),
        (lambda a, b: None, "returns None"),
        ([1.0, 2.0], "expected a function"),
    ],
}
