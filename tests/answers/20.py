"""Right and wrong answers to the exercises of chapter 20."""

import numpy as np

PAPER = {
    "scale": 3 / 255,
    "zero point": -43,
    "bytes, floats": 294_912,
    "bytes, 4 bits": 37_376,
    "largest error": 0.05,
}


def grouped(w, bits, size, largest=lambda group: np.abs(group).max(), levels=None, else_one=1):
    flat, levels = w.ravel().copy(), levels or 2 ** (bits - 1) - 1
    for start in range(0, flat.size, size):
        scale = largest(flat[start : start + size]) / levels or else_one
        flat[start : start + size] = scale * np.round(flat[start : start + size] / scale)
    return flat.reshape(w.shape)


def integers_of_groups(w, bits, size):
    flat = w.ravel()
    groups = [flat[start : start + size] for start in range(0, flat.size, size)]
    scales = [np.abs(group).max() / (2 ** (bits - 1) - 1) or 1 for group in groups]
    found = [np.round(group / scale) for group, scale in zip(groups, scales, strict=True)]
    return np.concatenate(found).reshape(w.shape)


def padded(w, bits, size):
    rows = np.pad(w.ravel(), (0, -w.size % size)).reshape(-1, size)
    scale = np.abs(rows).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1)
    scale[scale == 0] = 1
    return (scale * np.round(rows / scale)).ravel()[: w.size].reshape(w.shape)


def in_lists(w, bits, size):
    return grouped(w, bits, size).tolist()


def in_place(w, bits, size):
    w[...] = grouped(w, bits, size)
    return w


def cut(w, bits, size, whole=np.round, order="C"):
    flat, parts = w.ravel(order), []
    for start in range(0, flat.size, size):
        scale = np.abs(flat[start : start + size]).max() / (2 ** (bits - 1) - 1) or 1
        parts.append(scale * whole(flat[start : start + size] / scale))
    return np.concatenate(parts).reshape(w.shape, order=order)


def equal_parts(w, bits, size):
    parts = np.array_split(w.ravel(), -(-w.size // size))
    return np.concatenate([grouped(part, bits, part.size) for part in parts]).reshape(w.shape)


def per_channel(w, bits, size):
    scale = np.abs(w).max(axis=tuple(range(w.ndim - 1)), keepdims=True) / (2 ** (bits - 1) - 1)
    return scale * np.round(w / scale)


def factors(W, rank):
    U, s, V = np.linalg.svd(W, full_matrices=False)
    return U[:, :rank] * s[:rank], V[:rank]


def with_roots(W, rank):
    U, s, V = np.linalg.svd(W)
    root = np.sqrt(s[:rank])
    return [U[:, :rank] * root, root[:, None] * V[:rank]]


def by_eigenvectors(W, rank):
    _, vectors = np.linalg.eigh(W.T @ W)
    best = vectors[:, ::-1][:, :rank]
    return {"wide": best.T, "tall": W @ best}


def first_columns(W, rank):
    tall = W[:, :rank]
    return tall, np.linalg.lstsq(tall, W, rcond=None)[0]


def smallest(W, rank):
    U, s, V = np.linalg.svd(W, full_matrices=False)
    return U[:, -rank:] * s[-rank:], V[-rank:]


def without_values(W, rank):
    U, _, V = np.linalg.svd(W, full_matrices=False)
    return U[:, :rank], V[:rank]


def values_twice(W, rank):
    U, s, V = np.linalg.svd(W, full_matrices=False)
    return U[:, :rank] * s[:rank], s[:rank, None] * V[:rank]


def one_too_many(W, rank):
    return factors(W, rank + 1)


def turned(W, rank):
    U, s, V = np.linalg.svd(W)
    return U[:, :rank] * s[:rank], V[:, :rank].T


def halves(W, rank):
    W *= 0.5
    tall, wide = factors(W, rank)
    return 2 * tall, wide


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"20.1": {}, "20.2": {}, "20.3": {}}

RIGHT = {
    "20.1": {
        "exact": PAPER,
        "rounded": PAPER | {"scale": 0.0118},
        "to two digits": PAPER | {"scale": 0.012},
        "in order": list(PAPER.values()),
        "NumPy's": {key: np.array([value]) for key, value in PAPER.items()},
        "floats": PAPER | {"bytes, 4 bits": 37376.0, "zero point": -43.0},
    },
    "20.2": {
        "group by group": grouped,
        "padded": padded,
        "lists": in_lists,
        "float32": lambda w, bits, size: grouped(w, bits, size).astype("float32"),
    },
    "20.3": {
        "values on the left": factors,
        "roots on both": with_roots,
        "eigenvectors, by name": by_eigenvectors,
        "other signs": lambda W, rank: (-factors(W, rank)[0], -factors(W, rank)[1]),
    },
}

WRONG = {
    "20.1": [
        (PAPER | {"scale": 2 / 255}, "which is 3"),
        (PAPER | {"scale": 2 / 127}, "zero point of 0"),
        (PAPER | {"scale": 0.1}, "divide the range"),
        (PAPER | {"scale": 3 / 256}, "255 steps between"),
        (PAPER | {"scale": 3 / 254}, "divide the range"),
        (PAPER | {"scale": 0.0117}, "255 steps between"),
        (PAPER | {"scale": np.nan}, "is nan"),
        (PAPER | {"zero point": 85}, "counts from 0"),
        (PAPER | {"zero point": 43}, "the sign is turned"),
        (PAPER | {"zero point": 0}, "both sides of 0"),
        (PAPER | {"zero point": -42}, "how many steps above"),
        (PAPER | {"bytes, floats": 73_728}, "each has 4 bytes"),
        (PAPER | {"bytes, floats": 73_728 * 32}, "is 2,359,296: .*8 make a byte"),
        (PAPER | {"bytes, 4 bits": 36_864}, "scales are missing"),
        (PAPER | {"bytes, 4 bits": 37_120}, "there are 128"),
        (PAPER | {"bytes, 4 bits": 36_868}, "not one for all"),
        (PAPER | {"bytes, 4 bits": 5}, "two weights share a byte"),
        (PAPER | {"largest error": 0.1}, "a whole step"),
        (PAPER | {"largest error": 0.04375}, "not 8"),
        (PAPER | {"largest error": 0.7}, "half a step"),
        (PAPER | {"scale": "small"}, "expected numbers"),
        (PAPER | {"scale": ...}, "replace the"),
        ({"scale": 0.0118}, "is missing"),
        (0.5, "expected a dict"),
    ],
    "20.2": [
        (lambda w, bits, size: grouped(w, bits, w.size), "one scale for all"),
        (per_channel, "for each output channel"),
        (integers_of_groups, "multiply each group by its scale"),
        (lambda w, bits, size: grouped(w, bits, size, levels=2 ** (bits - 1)), r"2\^\(bits - 1\) - 1"),
        (lambda w, bits, size: grouped(w, bits, size, np.max), "not its largest size"),
        (lambda w, bits, size: grouped(w, bits, size, else_one=0), "a group of zeros becomes nan"),
        (lambda w, bits, size: w * np.nan, r"result\[0, 0\] is nan"),
        (lambda w, bits, size: cut(w, bits, size, whole=np.trunc), "don't cut off"),
        (lambda w, bits, size: cut(w, bits, size, whole=np.floor), "not always down"),
        (lambda w, bits, size: cut(w, bits, size, order="F"), r"order of w.ravel\(\)"),
        (lambda w, bits, size: grouped(w, 4, size), "3 bits"),
        (equal_parts, r"\(3, 3, 2, 5\), 3 bits and groups of 16 the result"),
        (lambda w, bits, size: w, "as they were"),
        (lambda w, bits, size: grouped(w, bits, size).ravel(), "expected the shape of w"),
        (lambda w, bits, size: grouped(w, bits, size + 1), "expected"),
        (in_place, "work on a copy"),
        (lambda w, bits: w, "TypeError"),
        (lambda w, bits, size: None, "returns None"),
        (lambda w, bits, size: "rounded", "expected numbers"),
        (np.zeros(3), "expected a function"),
        (..., "replace the|expected a function"),
    ],
    "20.3": [
        (first_columns, "can be reached"),
        (smallest, "can be reached"),
        (without_values, "values are missing"),
        (values_twice, "stand in both factors"),
        (one_too_many, "the factors have shapes"),
        (lambda W, rank: factors(W, rank)[::-1], "the factors have shapes"),
        (lambda W, rank: factors(W, rank)[0] @ factors(W, rank)[1], "is missing|expected"),
        (turned, "turned already"),
        (lambda W, rank: [[*factors(W, rank)]], "expected a dict .* got a list of 1"),
        (halves, "work on a copy"),
        (lambda W, rank: np.linalg.svd(W), "expected|missing"),
        (lambda W: W, "TypeError"),
        (lambda W, rank: None, "returns None"),
        (lambda W, rank: ("tall", "wide"), "expected numbers"),
        ((np.eye(2), np.eye(2)), "expected a function"),
        (..., "replace the|expected a function"),
    ],
}
