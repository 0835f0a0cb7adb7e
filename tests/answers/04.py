"""Right and wrong answers to the exercises of chapter 04."""

import functools

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


class ForgetsAfterUse:
    def forward(self, x):
        self.y = sigmoid(x)
        return self.y

    def backward(self, dout):
        y, self.y = self.y, None
        return dout * y * (1 - y)


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


class Sigmoid:
    def __init__(self, name="sigmoid"):
        self.name = name

    def forward(self, x):
        self.y = sigmoid(x)
        return self.y

    def backward(self, dout=1.0):
        return dout * self.y * (1 - self.y)


class FromTheInput(Sigmoid):
    def forward(self, x):
        self.x = x
        return sigmoid(x)

    def backward(self, dout):
        return dout * sigmoid(self.x) * sigmoid(-self.x)


class InTensorFlow(Sigmoid):
    def forward(self, x):
        import tensorflow as tf

        self.y = tf.sigmoid(x)
        return self.y


MEMORY = {}


class WithAGlobal:
    def forward(self, x):
        MEMORY["y"] = sigmoid(x)
        return MEMORY["y"]

    def backward(self, dout):
        return dout * MEMORY["y"] * (1 - MEMORY["y"])


class SharedList(Sigmoid):
    def __init__(self, outputs=[]):  # noqa: B006 (the slip)
        self.outputs = outputs

    def forward(self, x):
        self.outputs.append(sigmoid(x))
        return self.outputs[-1]

    def backward(self, dout):
        return dout * self.outputs[-1] * (1 - self.outputs[-1])


class ChangingX(Sigmoid):
    def forward(self, x):
        x[:] = sigmoid(x)
        self.y = x
        return x


class ChangesDout(Sigmoid):
    def backward(self, dout):
        dout *= self.y * (1 - self.y)
        return dout


class FirstRow(Sigmoid):
    def backward(self, dout):
        return dout * (self.y * (1 - self.y))[0]


class Regression:
    def __init__(self, **options):
        pass

    def forward(self, y, t):
        self.d = y - t
        return 0.5 * (self.d**2).sum() / len(y)

    def backward(self, dout=1):
        return dout * self.d / len(self.d)


class OneForAll:
    def forward(self, y, t):
        OneForAll.d = y - t
        return half_square(y, t)

    def backward(self):
        return OneForAll.d / len(OneForAll.d)


class ChangingY(Regression):
    def forward(self, y, t):
        y -= t
        self.d = y
        return 0.5 * (y**2).sum() / len(y)


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"4.1": {}, "4.3": {}, "4.4": {}}

RIGHT = {
    "4.1": {
        "lists": BY_HAND,
        "float32": {key: np.float32(value) for key, value in BY_HAND.items()},
        "a column": BY_HAND | {"dW": np.array([[244], [132], [188]]), "db": [2.0], "dx": (0.2, 0.4, 0.6)},
        "one 0": BY_HAND | {"dW if b is -100": 0},
        "rows": BY_HAND | {"dW": [[244, 132, 188]], "dx": [[0.2, 0.4, 0.6]], "db": [[2]]},
    },
    "4.2": {
        "from the solution's seed": ERRORS,
        "another start": OTHER_START,
        "keys as text": {str(rate): np.float32(value) for rate, value in ERRORS.items()},
        "float32 keys": {np.float32(rate): [value] for rate, value in ERRORS.items()},
        "a list": list(ERRORS.values()),
    },
    "4.3": {
        "forgets after use": ForgetsAfterUse,
        "a class": layer(lambda x, y, dout: dout * y * (1 - y)),
        "a layer": layer(lambda x, y, dout: dout * y * (1 - y))(),
        "float32 and lists": layer(
            lambda x, y, dout: (dout * (y - y**2)).tolist(), lambda x: np.float32(sigmoid(x))
        ),
        "with tanh": layer(
            lambda x, y, dout: dout / (4 * np.cosh(x / 2) ** 2), lambda x: (1 + np.tanh(x / 2)) / 2
        ),
        "with a name": functools.partial(Sigmoid, name="one"),
        "a made one": Sigmoid(),
        "from the input": FromTheInput,
        "in TensorFlow": InTensorFlow,
    },
    "4.4": {
        "a class": head(half_square, slope),
        "an error": head(half_square, slope)(),
        "lists": head(lambda y, t: [half_square(y, t)], lambda y, t: slope(y, t).tolist()),
        "mean of sums": head(
            lambda y, t: 0.5 * np.mean(np.sum((t - y) ** 2, axis=1)), lambda y, t: np.float32(-slope(t, y))
        ),
        "with options": functools.partial(Regression, reduction="mean"),
        "a result in brackets": head(lambda y, t: np.array([[half_square(y, t)]]), slope),
        "columns first": head(lambda y, t: ((y - t) ** 2).mean(axis=0).sum() / 2, slope),
    },
}

WRONG = {
    "4.1": [
        (BY_HAND | {"dW": [0.2, 0.4, 0.6], "dx": [244, 132, 188]}, "exchanged"),
        (BY_HAND | {"dW": [122, 66, 94], "db": 1, "dx": [0.1, 0.2, 0.3]}, "slope of 1, expected 2"),
        (BY_HAND | {"dW": [108.2, 108.2, 108.2]}, "from the output 54.1"),
        (BY_HAND | {"dW": [122, 66, 94]}, "dW: this is for an arriving slope of 1"),
        (BY_HAND | {"db": 0.5}, "db: this is b itself"),
        (BY_HAND | {"db": 1}, "db: this is for an arriving slope of 1"),
        (BY_HAND | {"db": [2, 2, 2]}, r"db has shape \(3,\), expected \(1,\)"),
        (BY_HAND | {"dW if b is -100": [244, 132, 188]}, "what does ReLU do"),
        (BY_HAND | {"dW": 244}, r"dW has shape \(\), expected \(3,\)"),
        ({"dW": [244, 132, 188]}, "'db' is missing"),
        ([244, 132, 188], "expected a dict"),
        (BY_HAND | {"dx": "0.2, 0.4, 0.6"}, "expected numbers"),
        (BY_HAND | {"dx": ...}, "replace the"),
        (BY_HAND | {"dW": [-244, -132, -188]}, r"dW\[0\] is -244, expected 244"),
        (BY_HAND | {"dx": [0.1, 0.2, 0.3]}, "dx: this is for an arriving slope of 1"),
        (BY_HAND | {"dx": [0.6, 0.4, 0.2]}, r"dx\[0\] is 0.6, expected 0.2"),
        (BY_HAND | {"db": 108.2}, "108.2, expected 2"),
        (BY_HAND | {"dW if b is -100": np.nan}, "should be different"),
        (BY_HAND | {"dW if b is -100": [0, 0, 244]}, "should be different"),
    ],
    "4.2": [
        ({0.001: 0.725, 0.01: 0.0862}, "0.1 is missing"),
        ({0.001: 0.94, 0.01: 0.99, 0.1: 1.0}, "are these accuracies"),
        ({0.001: 0.00295, 0.01: 0.0862, 0.1: 0.725}, "expected falling ones"),
        ({0.001: 0.725, 0.01: 0.05, 0.1: 0.00001}, "0.1 is 1e-05, expected about 0.003"),
        ({0.001: 0.25, 0.01: 0.022, 0.1: 0.001}, "0.001 is 0.25, expected 0.5 to 0.8"),  # 50 epochs
        ({0.001: 1.09, 0.01: 1.0, 0.1: 0.5}, "0.001 is 1.09, expected 0.5 to 0.8"),  # one epoch
        (ERRORS | {0.1: [0.9, 0.1, 0.003]}, "is a list of 3, expected its last entry"),
        (ERRORS | {0.1: np.nan}, "expected a number above 0"),
        (ERRORS | {0.1: "small"}, "expected numbers"),
        (0.725, "expected a dict"),
        (dict.fromkeys(ERRORS, ...), "replace the"),
        ([0.7, 0.7, 0.7], "expected falling ones"),
        ([0.7, 0.1, 0], "0.1 is 0, expected a number above 0"),
        ([72.5, 8.62, 0.295], "0.001 is 72.5, expected 0.5 to 0.8"),
        ([0.72, 0.3, 0.1], "0.01 is 0.3, expected about 0.1"),
        ([0.72505, 0.075, 0.00256], "went on learning from one rate to the next"),
        ([0.905, 0.226, 0.0083], "0.001 is 0.905, expected 0.5 to 0.8"),  # ten epochs
        ([0.43, 0.022, 0.00092], "0.001 is 0.43, expected 0.5 to 0.8"),  # fifty
        ([0.7, 0.05, 0.01], "0.1 is 0.01, expected about 0.003"),  # invented
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
        (SharesWithOthers(), "another layer of the class"),
        (WithAGlobal, "another layer of the class"),
        (WithAGlobal(), "another layer of the class"),
        (SharedList, "another layer of the class"),
        (ChangingX, "work on a copy"),
        (ChangesDout, "work on a copy"),
        (FirstRow, "backward's result"),
        (layer(lambda x, y, dout: dout * (y * (1 - y)).mean(axis=0)), "backward's result"),
        (layer(lambda x, y, dout: dout * y * (1 - y), lambda x: 1 / (1 + x)), "forward's result"),
        (layer(lambda x, y, dout: dout * self.y), "NameError"),  # noqa: F821 (the slip)
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
        (OneForAll, "another layer of the class"),
        (OneForAll(), "another layer of the class"),
        (ChangingY, "work on a copy"),
        (head(half_square, lambda y, t: (y - t) / 5), "backward's result"),
        (head(lambda y, t: np.sqrt(half_square(y, t)), slope), "forward's result"),
        (head(lambda y, t: np.abs(y - t).sum() / (2 * len(y)), slope), "forward's result"),
        (head(lambda y, t: half_square(y[:1], t[:1]), slope), "forward's result"),
        (head(lambda y, t: 3 * half_square(y, t) / y.shape[1], slope), "forward's result"),
        (head(half_square, lambda y, t: 0 * y), "backward's result"),
        (head(half_square, lambda y, t: slope(y, t).mean(axis=1)), "shape"),
    ],
}
