"""Right and wrong answers to the exercises of chapter 01."""

import numpy as np

from helpers.datasets import two_clouds

EFFECTS = {
    "error per point": "up",
    "accuracy on new points": "down",
    "length of w": "down",
    "angle of w": "same",
}
LARGEST_RATE = 8.8  # with which the error falls at each of 100 steps
X, T = two_clouds(200, np.random.default_rng(1), noise=1.5)


def sigmoid(f):
    return 1 / (1 + np.exp(-f))


def descent(X, t, rate=0.1, steps=5000, slope=lambda P, t: P - t, decay=0):
    w0, w = 0.0, np.zeros(X.shape[1])
    for _ in range(steps):
        residual = slope(sigmoid(X @ w + w0), t)
        w0, w = w0 - rate * residual.mean(), w - rate * (X.T @ residual / len(t) + decay * w)
    return w0, w


def descend(X, t, learning_rate, steps):
    """The chapter's: w0, w and the errors."""
    path = [(0.0, np.zeros(2))]
    for _ in range(steps):
        w0, w = path[-1]
        residual = sigmoid(X @ w + w0) - t
        path.append((w0 - learning_rate * residual.mean(), w - learning_rate * X.T @ residual / len(t)))
    scores = [X @ w + w0 for w0, w in path]
    return *path[-1], np.array([np.mean(np.logaddexp(0, f) - t * f) for f in scores])


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


def no_shift(X, t):
    w = np.zeros(X.shape[1])
    for _ in range(3000):
        w = w - 0.1 * X.T @ (sigmoid(X @ w) - t) / len(t)
    return 0.0, w


def column_minus_row(X, t):
    W, b = np.zeros((X.shape[1], 1)), 0.0
    for _ in range(3):
        residual = sigmoid(X @ W + b) - t  # (N, N): the slip
        W, b = W - 0.1 * X.T @ residual / len(t), b - 0.1 * residual.mean()
    return b, W


def two_columns_only(X, t):
    x, y = X.T
    return 0.0, np.array([x.mean(), y.mean()])


def discriminant(X, t):
    """Fisher's linear discriminant: right for two clouds of equal form, not here."""
    means = [X[t == k].mean(axis=0) for k in (0, 1)]
    spread = sum((X[t == k] - means[k]).T @ (X[t == k] - means[k]) for k in (0, 1)) / (len(t) - 2)
    w = np.linalg.solve(spread, means[1] - means[0])
    return np.log(t.mean() / (1 - t.mean())) - w @ (means[0] + means[1]) / 2, w


def least_squares(X, t):
    w = np.linalg.lstsq(np.column_stack([np.ones(len(X)), X]), 4 * t - 2, rcond=None)[0]
    return w[0], w[1:]


def first_column_only(X, t):
    w0, w = descent(X[:, :1], t)
    return w0, np.append(w, np.zeros(X.shape[1] - 1))


def changes_X(X, t):
    X -= X.mean(axis=0)
    return descent(X, t)


def standardized(X, t, back=False):
    mean, width = X.mean(axis=0), X.std(axis=0)
    w0, w = descent((X - mean) / width, t, rate=0.5)
    return (w0 - mean @ (w / width), w / width) if back else (w0, w)


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"1.1": {"descend": descend, "X": X, "t": T}, "1.2": {}, "1.3": {}, "1.4": {}}

RIGHT = {
    "1.1": {
        "a number": LARGEST_RATE,
        "rounded": round(LARGEST_RATE, 1),
        "float32": np.float32(0.95 * LARGEST_RATE),
        "in brackets": [LARGEST_RATE],
        "a whole number": 9,
        "a whole number below": 8,
        "a row": np.array([[8.8]]),
    },
    "1.2": {
        "by name": EFFECTS,
        "in order": ["up", "down", "down", "same"],
        "other words": {
            "error per point": "UP",
            "accuracy on new points": "lower",
            "length of w": " shorter",
            "angle of w": "unchanged",
        },
        "verbs": ["increase", "decreases", "Falls.", "stays the same"],
        "NumPy's text": np.array(["grows", "drop", "less", "no change"]),
        "chance": ["increases", "decreases", "decreases", "only chance"],
        "words in brackets": [["up"], ["down"], ["down"], ["same"]],
    },
    "1.3": {
        "descent": descent,
        "sums in float32": descent_on_sums_in_float32,
        "lists": descent_with_lists,
        "a column": descent_as_column,
        "a dict": lambda X, t: dict(zip(("w0", "w"), descent(X, t), strict=True)),
        "a dict, w first": lambda X, t: {"w": descent(X, t)[1], "w0": descent(X, t)[0]},
        "with the errors": lambda X, t: (*descent(X, t), np.linspace(1, 0.4, 5001)),
        "four numbers": lambda X, t: (descent(X, t)[0], *descent(X, t)[1]),
        "a rate of 0.5": lambda X, t: descent(X, t, rate=0.5, steps=1000),
        "rows": lambda X, t: [part[None] for part in map(np.atleast_1d, descent(X, t))],
        "all in one array": lambda X, t: np.append(*descent(X, t)),
        "an array of objects": lambda X, t: np.array((*descent(X, t), None), object)[:2],
        "a generator": lambda X, t: (part for part in descent(X, t)),
        "a pair, then the errors": lambda X, t: (descent(X, t), [1.0, 0.5]),
        "a row of w0": lambda X, t: ([descent(X, t)[0]], descent(X, t)[1].tolist()),
        "a column of all": lambda X, t: np.append(*descent(X, t))[:, None].tolist(),
        "a list of one pair": lambda X, t: [descent(X, t)],
        "of standardized columns, and back": lambda X, t: standardized(X, t, back=True),
    },
    "1.4": {
        "distance": lambda points: np.hypot(points[:, 0], points[:, 1]),
        "squares": lambda points: (points**2).tolist(),
        "powers": lambda points: np.column_stack([points, points**2, points[:, 0] * points[:, 1]]).astype(
            np.float32
        ),
        "absolute values": lambda points: np.abs(points),
        "a constant and a distance": lambda points: np.column_stack(
            [np.ones(len(points)), -np.linalg.norm(points, axis=1)]
        ),
        "in or out": lambda points: np.linalg.norm(points, axis=1) < 2,
        "a bump": lambda points: np.exp(-np.sum(points**2, axis=1)),
        "a generator of rows": lambda points: ((x * x, y * y) for x, y in points),
        "a column in float32": lambda points: np.hypot(*points.T)[:, None].astype("float32"),
    },
}

WRONG = {
    "1.1": [
        (1, "does too: go on"),
        (0.85 * LARGEST_RATE, "does too: go on"),
        (1.15 * LARGEST_RATE, "the error rises at step"),
        (50.0, "the error rises at step"),
        (0, "expected a number above 0"),
        (-1.0, "expected a number above 0"),
        (float("nan"), "expected a number above 0"),
        ("ten", "expected numbers"),
        ([1.0, 2.0], r"shape \(2,\)"),
        (..., "replace the"),
        (7, "does too: go on"),
        (9.5, "the error rises at step 15"),
        ("8.8", "expected numbers"),
        (lambda: 8.8, "expected numbers"),
    ],
    "1.2": [
        (EFFECTS | {"error per point": "down"}, "'error per point' is not 'down'"),
        (["up", "down", "up", "same"], "'length of w' is not 'up'"),
        (["up", "down", "down", "up"], "'angle of w' is not 'up'"),
        (["up", "same", "down", "same"], "'accuracy on new points' is not 'same'"),
        (["up", "down", "same", "down"], "'length of w' is not 'same'"),
        (["up", "increases", "down", "same"], "'accuracy on new points' is not 'up'"),
        ({"error per point": "up"}, "'accuracy on new points' is missing"),
        (["up", "down", 3, "same"], "'length of w' is 3, expected one of up, down, same"),
        (["up", "down", "down"], "4 entries in this order, got a list of 3"),
        ("up", "expected a dict"),
        ({"error per point": ..., "accuracy on new points": "down"}, "is missing|replace the"),
        (EFFECTS | {"angle of w": ...}, "replace the"),
        ([1, -1, -1, 0], "'error per point' is 1, expected one of"),
        (["down", "up", "up", "same"], "'error per point' is not 'down'"),
        (["up"] * 4, "'accuracy on new points' is not 'up'"),
        (dict, "got a type"),
        (np.array(1), "got an ndarray$"),
    ],
    "1.3": [
        (lambda X, t: descent(X, t, rate=-0.1, steps=200), "step against the gradient"),
        (lambda X, t: descent(X, t, rate=0.1, steps=10), "is possible: more steps"),
        (lambda X, t: descent(X, t, rate=50, steps=1000), ""),  # where it jumps to is chance
        (no_shift, "w0 is still 0"),
        (lambda X, t: descent(X, t)[1], "3 numbers for 3 columns"),
        (lambda X, t: descent(X, t)[::-1], r"w0, the first value returned, has shape \(3,\)"),
        (column_minus_row, r"w has shape \(3, 400\)"),
        (two_columns_only, "ValueError"),
        (lambda X, t: (np.nan, np.full(X.shape[1], np.nan)), "not finite"),
        ((0.0, [1.0, 2.0, 3.0]), "expected a function"),
        (lambda X, t: descent(X, t, 0.5, 9000, lambda P, t: (P - t) * P * (1 - P)), "another error"),
        (lambda X, t: descent(X, t, slope=lambda P, t: np.sign(P - t)), "is possible"),
        (lambda X, t: descent(X, t, decay=0.01), "is possible"),
        (lambda X, t: descent(X, t, steps=100), "is possible"),
        (discriminant, "another error"),
        (least_squares, "is possible"),
        (first_column_only, "is possible"),
        (changes_X, "work on a copy"),
        (lambda X, t: {"bias": 0.0, "w": descent(X, t)[1]}, "'w0' is missing"),
        (lambda X, t: ..., "replace the"),
        (standardized, "is possible"),  # and not back
        (lambda X, t: descent(X, 1 - t), "step against the gradient"),
        (lambda X, t: descent(X, 2 * t - 1), "step against the gradient"),
        (lambda X, t: descent(X[:100], t[:100]), "is possible"),
        (lambda X, t: descent(X, t, steps=300), "0.4088, 0.4084 is possible"),
        (lambda X, t: descent(X, t, 2, 5000, lambda P, t: (P - t) ** 3), "another error"),
        (lambda X, t: descent(X, t, 0.5, slope=lambda P, t: np.clip(P - t, -0.5, 0.5)), "another error"),
        (lambda X, t: (0, 0), "2 numbers for 3 columns"),
        (lambda X, t: (str(descent(X, t)[0]), descent(X, t)[1]), "w0, .* is a str, expected numbers"),
        (lambda X, t: (0.0, np.linalg.inv(X) @ t), "stopped with LinAlgError"),
        (lambda X, t: (0.0, [descent(X, t)[1], 1.0]), "rows of different lengths"),
    ],
    "1.4": [
        (lambda points: points, "95% is wanted"),
        (lambda points: points[:, :1] * points[:, 1:], "95% is wanted"),
        (lambda points: points.T, r"\(2, 400\)"),
        (lambda points: np.sum(points**2), r"shape \(\)"),
        (lambda points: np.sum(points**2, axis=0), r"\(2, 1\)"),
        (lambda points: np.log(points), "not finite"),
        (lambda points: points**3, "95% is wanted"),
        (lambda points: points.sum(axis=1) ** 2, "95% is wanted"),
        (lambda points: points[:, 0] ** 2, "95% is wanted"),
        (lambda points: np.arctan2(points[:, 1], points[:, 0]), "95% is wanted"),
        (lambda points: np.arange(len(points)) % 2, "95% is wanted"),
        (lambda points: np.arange(300) < 150, r"\(300, 1\)"),
        (lambda points: np.zeros((len(points), len(points) // 400)), "columns for 400 points"),
        (lambda points: np.square(points, out=points), "work on a copy"),
        (lambda points: ..., "replace the"),
        (lambda points: np.abs(points).min(axis=1), "95% is wanted"),
        (lambda points: np.abs(points[:, 0]), "95% is wanted"),
        (lambda points: np.column_stack([points, points[:, 0] ** 2]), "95% is wanted"),
        (lambda points: np.sin(points), "95% is wanted"),
        (lambda points: np.hypot(*points.T)[None], r"\(1, 400\)"),
        (lambda points: [str(point) for point in points], "is text, expected numbers"),
        (lambda points: points[:, 2], "stopped with IndexError"),
    ],
}
