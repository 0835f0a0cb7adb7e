"""Right and wrong answers to the exercises of chapter 04."""

import numpy as np

BY_HAND = {"dW": [244, 132, 188], "db": 2, "dx": [0.2, 0.4, 0.6], "dW if b is -100": [0, 0, 0]}

ERRORS = {0.001: 0.725, 0.01: 0.0862, 0.1: 0.00295}  # measured from the seed of the solution
OTHER_START = {0.001: 0.506, 0.01: 0.0537, 0.1: 0.00251}  # the lowest of five seeds


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x)))


def layer(backward, forward=sigmoid):
    """A class of a layer whose backward gets (x, y, dout)."""

    class Layer:
        def forward(self, x):
            self.x, self.y = x, forward(x)
            return self.y

        def backward(self, dout):
            return backward(self.x, self.y, dout)

    return Layer


class RemembersTheFirst:
    y = None

    def forward(self, x):
        y = sigmoid(x)
        self.y = y if self.y is None else self.y
        return y

    def backward(self, dout):
        return (dout.sum() + dout - dout.sum()) * (self.y * (1 - self.y))[: len(dout)]


class SharesWithOthers:
    def forward(self, x):
        SharesWithOthers.y = sigmoid(x)
        return SharesWithOthers.y

    def backward(self, dout):
        return dout * SharesWithOthers.y * (1 - SharesWithOthers.y)


def head(forward, backward):
    """A class of an error whose methods get (y, t)."""

    class Error:
        def forward(self, y, t):
            self.y, self.t = y, t
            return forward(y, t)

        def backward(self):
            return backward(self.y, self.t)

    return Error


def half_square(y, t):
    return ((y - t) ** 2).sum() / (2 * len(y))


def slope(y, t):
    return (y - t) / len(y)


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"4.1": {}, "4.3": {}, "4.4": {}}

RIGHT = {
    "4.1": {
        "lists": BY_HAND,
        "float32": {key: np.float32(value) for key, value in BY_HAND.items()},
        "a column": BY_HAND | {"dW": np.array([[244], [132], [188]]), "db": [2.0], "dx": (0.2, 0.4, 0.6)},
        "one 0": BY_HAND | {"dW if b is -100": 0},
    },
    "4.2": {
        "from the solution's seed": ERRORS,
        "another start": OTHER_START,
        "keys as text": {str(rate): np.float32(value) for rate, value in ERRORS.items()},
        "float32 keys": {np.float32(rate): [value] for rate, value in ERRORS.items()},
        "a list": list(ERRORS.values()),
    },
    "4.3": {
        "a class": layer(lambda x, y, dout: dout * y * (1 - y)),
        "a layer": layer(lambda x, y, dout: dout * y * (1 - y))(),
        "float32 and lists": layer(
            lambda x, y, dout: (dout * (y - y**2)).tolist(), lambda x: np.float32(sigmoid(x))
        ),
        "with tanh": layer(
            lambda x, y, dout: dout / (4 * np.cosh(x / 2) ** 2), lambda x: (1 + np.tanh(x / 2)) / 2
        ),
    },
    "4.4": {
        "a class": head(half_square, slope),
        "an error": head(half_square, slope)(),
        "lists": head(lambda y, t: [half_square(y, t)], lambda y, t: slope(y, t).tolist()),
        "mean of sums": head(
            lambda y, t: 0.5 * np.mean(np.sum((t - y) ** 2, axis=1)), lambda y, t: np.float32(-slope(t, y))
        ),
    },
}

WRONG = {
    "4.1": [
        (BY_HAND | {"dW": [0.2, 0.4, 0.6], "dx": [244, 132, 188]}, "exchanged"),
        (BY_HAND | {"dW": [122, 66, 94], "db": 1, "dx": [0.1, 0.2, 0.3]}, "slope of 1, expected 2"),
        (BY_HAND | {"dW": [108.2, 108.2, 108.2]}, "from the output 54.1"),
        (BY_HAND | {"dW": [122, 66, 94]}, r"dW\[\d\] is"),
        (BY_HAND | {"db": 0.5}, "db"),
        (BY_HAND | {"db": [2, 2, 2]}, r"db has shape \(3,\), expected \(1,\)"),
        (BY_HAND | {"dW if b is -100": [244, 132, 188]}, "what does ReLU do"),
        (BY_HAND | {"dW": 244}, r"dW has shape \(\), expected \(3,\)"),
        ({"dW": [244, 132, 188]}, "'db' is missing"),
        ([244, 132, 188], "expected a dict"),
        (BY_HAND | {"dx": "0.2, 0.4, 0.6"}, "expected numbers"),
        (BY_HAND | {"dx": ...}, "replace the"),
    ],
    "4.2": [
        ({0.001: 0.725, 0.01: 0.0862}, "0.1 is missing"),
        ({0.001: 0.94, 0.01: 0.99, 0.1: 1.0}, "are these accuracies"),
        ({0.001: 0.00295, 0.01: 0.0862, 0.1: 0.725}, "expected falling ones"),
        ({0.001: 0.725, 0.01: 0.05, 0.1: 0.00001}, "0.1 is 1e-05, expected less than 0.02"),
        ({0.001: 0.25, 0.01: 0.022, 0.1: 0.001}, "0.001 is 0.25, expected 0.4 to 1.1"),  # 50 epochs
        ({0.001: 1.09, 0.01: 1.0, 0.1: 0.5}, "0.01 is 1, expected about 0.1"),  # one epoch
        (ERRORS | {0.1: [0.9, 0.1, 0.003]}, "is a list of 3, expected its last entry"),
        (ERRORS | {0.1: np.nan}, "expected a number above 0"),
        (ERRORS | {0.1: "small"}, "expected numbers"),
        (0.725, "expected a dict"),
        (dict.fromkeys(ERRORS, ...), "replace the"),
    ],
    "4.3": [
        (layer(lambda x, y, dout: y * (1 - y)), "multiply it with dout"),
        (layer(lambda x, y, dout: dout * x * (1 - x)), "here the input x"),
        (layer(lambda x, y, dout: dout * dout * (1 - dout)), "here dout was taken"),
        (layer(lambda x, y, dout: dout * y), r"factor \(1 − y\) is missing"),
        (layer(lambda x, y, dout: dout * (1 - y)), "factor y is missing"),
        (layer(lambda x, y, dout: -dout * y * (1 - y)), "sign"),
        (layer(lambda x, y, dout: np.where(x > 0, dout, 0)), "ReLU"),
        (layer(lambda x, y, dout: dout * y * (1 - y), np.tanh), "forward's result"),
        (layer(lambda x, y, dout: dout * y * (1 - y), lambda x: sigmoid(-x)), "forward's result"),
        (layer(lambda x, y, dout: dout @ (y * (1 - y)).T), "shape"),
        (layer(lambda x, y, dout: ...), "replace the"),
        (RemembersTheFirst, "backward's result"),
        (SharesWithOthers, "another layer of the class"),
        (sigmoid, "methods forward and backward; forward is missing"),
        (type("Half", (), {"forward": lambda self, x: sigmoid(x)}), "backward is missing"),
        (type("Needs", (), {"__init__": lambda self, n: None}), "TypeError"),
    ],
    "4.4": [
        (head(lambda y, t: 2 * half_square(y, t), slope), "factor 1/2 is missing|divide by"),
        (head(lambda y, t: len(y) * half_square(y, t), slope), "divide by N"),
        (head(lambda y, t: ((y - t) ** 2).sum() / (2 * y.size), slope), "not by the number of entries"),
        (head(lambda y, t: np.mean((y - t) ** 2), slope), "divide by 2N with N the number of rows"),
        (head(lambda y, t: ((y - t) ** 2).sum(), slope), r"1/\(2N\)"),
        (head(lambda y, t: ((y - t) ** 2) / 2, slope), "shape"),
        (head(half_square, lambda y, t: (t - y) / len(y)), "sign"),
        (head(half_square, lambda y, t: y - t), "divide by N"),
        (head(half_square, lambda y, t: 2 * (y - t) / len(y)), "cancels"),
        (head(half_square, lambda y, t: (y - t) / y.size), "number of entries"),
        (head(half_square, lambda y, t: slope(y, t).sum(axis=0)), "shape"),
        (head(half_square, lambda y, t: None), "replace the"),
        (half_square, "methods forward and backward"),
    ],
}
