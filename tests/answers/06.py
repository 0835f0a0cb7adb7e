"""Right and wrong answers to the exercises of chapter 06."""

import numpy as np

CONV, NORM, POOL = "Conv2D(8, 3), on 3 channels", "BatchNormalization, after it", "MaxPooling2D(2)"
SECOND, GLOBAL, DENSE = "Conv2D(16, 3)", "GlobalAveragePooling2D", "Dense(10)"
PARAMETERS = {CONV: 224, NORM: 32, POOL: 0, SECOND: 1168, GLOBAL: 0, DENSE: 170}

# Measured with the chapter's network on MNIST and on the course's own digits.
SHIFTS = {0: 0.989, 2: 0.972, 4: 0.783, 6: 0.456}
SHIFTS_EMBEDDED = {0: 0.988, 2: 0.969, 4: 0.751, 6: 0.414}


def by_going_back(layers):
    side = 1
    for size, stride in reversed(layers):
        side = (side - 1) * stride + size
    return side


def strides_too_early(layers):
    sees, step = 1, 1
    for size, stride in layers:
        step *= stride
        sees += (size - 1) * step
    return sees


def last_stride_only(layers):
    sees, step = 1, 1
    for size, stride in layers:
        sees += (size - 1) * step
        step = stride
    return sees


def by_emptying(layers):
    sees, step = 1, 1
    while layers:
        size, stride = layers.pop(0)
        sees += (size - 1) * step
        step *= stride
    return sees


class Layers:
    """Keras's layers, imported when one of them is made: reading this table stays instant."""

    def __getattr__(self, name):
        from keras import layers

        return getattr(layers, name)


layers = Layers()


def F(order="cnrcn", size=3, conv=None, norm=None):
    """A function from x to F(x), with F's layers by their first letters."""

    def make(x):
        z = x
        for letter in order:
            if letter == "c":
                options = {"padding": "same", "use_bias": False} | (conv or {})
                z = layers.Conv2D(x.shape[-1], size, **options)(z)
            elif letter == "n":
                z = layers.BatchNormalization(**(norm or {}))(z)
            else:
                z = layers.ReLU()(z) if letter == "r" else layers.Dropout(0.5)(z)
        return z

    return make


def with_options(x):
    z = layers.Conv2D(x.shape[-1], (3, 3), padding="SAME".lower(), use_bias=False)(x)
    z = layers.Activation("relu")(layers.BatchNormalization(momentum=0.8)(z))
    z = layers.Conv2D(x.shape[-1], 3, padding="same", use_bias=False)(z)
    return layers.add([layers.BatchNormalization()(z), x])


def in_a_model(x):
    import keras

    inside = keras.Input(x.shape[1:])
    return x + keras.Model(inside, F()(inside))(x)


def same_convolution_twice(x):
    conv = layers.Conv2D(x.shape[-1], 3, padding="same", use_bias=False)
    z = layers.ReLU()(layers.BatchNormalization()(conv(x)))
    return x + layers.BatchNormalization()(conv(z))


def skip_from_the_first(x):
    z = F("cnr")(x)
    return z + F("cn")(z)


def one_by_one(predict, image, k, size, ink=0.0):
    image = np.asarray(image)
    base = predict(image[None])[0][k]
    falls = []
    for i in range(image.shape[0] - size + 1):
        falls.append([])
        for j in range(image.shape[1] - size + 1):
            covered = image.copy()
            covered[i : i + size, j : j + size] = ink
            falls[-1].append(float(base - predict(covered[None])[0][k]))
    return falls


def uncovered_again(predict, image, k, size):
    falls = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    base = predict(image[None])[0, k]
    for i, j in np.ndindex(falls.shape):
        saved = image[i : i + size, j : j + size].copy()
        image[i : i + size, j : j + size] = 0
        falls[i, j] = base - predict(image[None])[0, k]
        image[i : i + size, j : j + size] = saved
    return falls


def never_uncovered(predict, image, k, size, own=False):
    image = image.copy() if own else image
    falls = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    base = predict(image[None])[0, k]
    for i, j in np.ndindex(falls.shape):
        image[i : i + size, j : j + size] = 0  # the image itself
        falls[i, j] = base - predict(image[None])[0, k]
    return falls


def by_recursion(layers):
    return 1 if not layers else (by_recursion(layers[1:]) - 1) * layers[0][1] + layers[0][0]


def with_operations(x):
    import keras

    norm, conv = layers.BatchNormalization, {"padding": "same", "use_bias": False}
    z = keras.ops.relu(norm()(layers.Conv2D(x.shape[-1], (3, 3), (1, 1), **conv)(x)))
    return keras.ops.add(x, norm(axis=-1)(layers.Conv2D(x.shape[-1], 3, **conv)(z)))


def with_zeros_around(x):
    z = x
    for number in (1, 2):
        z = layers.Conv2D(x.shape[-1], 3, use_bias=False)(layers.ZeroPadding2D(1)(z))
        z = layers.BatchNormalization()(z)
        z = layers.ReLU()(z) if number == 1 else z
    return layers.Add()([z, x])


def layer_of_ones_own(x):
    import keras

    class Block(keras.layers.Layer):
        def __init__(self, channels):
            super().__init__()
            self.convs = [layers.Conv2D(channels, 3, padding="same", use_bias=False) for _ in "12"]
            self.norms = [layers.BatchNormalization() for _ in "12"]

        def call(self, x, training=None):
            z = self.norms[0](self.convs[0](x), training=training)
            return x + self.norms[1](self.convs[1](keras.ops.relu(z)), training=training)

    return Block(x.shape[-1])(x)


class Blocks:
    def __call__(self, x):
        return x + F()(x)


def noisy(z):
    return layers.ReLU()(layers.GaussianNoise(0.1)(z))


def with_activation(activation):
    """A block in which activation() stands in place of ReLU."""
    return lambda x: x + F("cn")(activation()(F("cn")(x)))


def all_at_once(predict, image, k, size=7):
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    copies = np.repeat(image[None], rows * columns, axis=0)
    for copy, (i, j) in zip(copies, np.ndindex(rows, columns), strict=True):
        copy[i : i + size, j : j + size] = 0
    return predict(image[None])[0, k] - predict(copies)[:, k].reshape(1, rows, columns)


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"6.1": {}, "6.3": {}, "6.4": {"layers": layers}, "6.5": {}}

RIGHT = {
    "6.1": {
        "whole numbers": PARAMETERS,
        "NumPy's": {key: np.int64(count) for key, count in reversed(PARAMETERS.items())},
        "floats": {key.replace(" ", ""): float(count) for key, count in PARAMETERS.items()},
    },
    "6.2": {
        "on MNIST": SHIFTS,
        "on the course's own digits": SHIFTS_EMBEDDED,
        "per cent": {str(key): 100 * share for key, share in SHIFTS.items()},
        "NumPy's": {np.int64(key): np.array([share]) for key, share in SHIFTS.items()},
        "in order": list(SHIFTS_EMBEDDED.values()),
        "other starts": [0.9905, 0.9693, 0.7084, 0.419],
        "the lowest of eight starts": [0.9855, 0.9648, 0.6727, 0.337],
    },
    "6.3": {
        "from the last layer": by_going_back,
        "an array": lambda layers: np.array([by_going_back(layers)]),
        "with NumPy": lambda layers: (
            1 + np.sum([(s - 1) * np.prod([t for _, t in layers[:n]]) for n, (s, _) in enumerate(layers)])
        ),
        "by recursion": by_recursion,
        "a float in brackets": lambda layers, side=1: [[float(by_going_back(layers))]],
    },
    "6.4": {
        "Add": lambda x: layers.Add()([x, F()(x)]),
        "plus": lambda x: F()(x) + x,
        "other options": with_options,
        "in a model of its own": in_a_model,
        "as a custom activation": lambda x: x + F("cn")(layers.Activation("relu")(F("cn")(x))),
        "another epsilon": lambda x: x + F(norm={"epsilon": 1.001e-5})(x),
        "a large epsilon": lambda x: x + F(norm={"epsilon": 1e-2})(x),
        "without scale": lambda x: x + F(norm={"scale": False})(x),
        "without scale and shift": lambda x: x + F(norm={"scale": False, "center": False})(x),
        "other starting weights": lambda x: x + F(conv={"kernel_initializer": "he_normal"})(x),
        "with operations": with_operations,
        "with zeros around": with_zeros_around,
        "a layer of one's own": layer_of_ones_own,
        "an object": Blocks(),
    },
    "6.5": {
        "one by one": one_by_one,
        "covered and uncovered": uncovered_again,
        "all at once, in one more pair of brackets": all_at_once,
        "float32": lambda p, x, k, size: np.array(one_by_one(p, x, k, size), "float32"),
    },
}

WRONG = {
    "6.1": [
        (PARAMETERS | {CONV: 216}, "without the biases"),
        (PARAMETERS | {CONV: 80}, "each of the three channels"),
        (PARAMETERS | {CONV: 240}, "one bias"),
        (PARAMETERS | {NORM: 16}, "running mean and variance are stored"),
        (PARAMETERS | {NORM: 4}, "each channel has its own"),
        (PARAMETERS | {POOL: 4}, "nothing to learn"),
        (PARAMETERS | {SECOND: 160}, "each of the 8 channels"),
        (PARAMETERS | {SECOND: 448}, "no longer 3"),
        (PARAMETERS | {GLOBAL: 16}, "nothing to learn"),
        (PARAMETERS | {DENSE: 160}, "one for each class"),
        (PARAMETERS | {DENSE: 7}, "count the weights of one class first"),
        (PARAMETERS | {DENSE: 27_050}, "one number for each channel"),
        (PARAMETERS | {DENSE: 36_010}, "a single number for each channel"),
        (PARAMETERS | {DENSE: 110}, "each of the 16 channels"),
        (PARAMETERS | {DENSE: 170.01}, "count the weights of one class first"),
        (PARAMETERS | {SECOND: 1168.1}, "count one filter first"),
        (PARAMETERS | {CONV: np.nan}, "'Conv2D.* is nan"),
        (PARAMETERS | {DENSE: "170"}, "expected numbers"),
        (PARAMETERS | {DENSE: (16, 10)}, "shape"),
        ({CONV: 224}, "is missing"),
        (224, "expected a dict"),
        (PARAMETERS | {CONV: ...}, "replace the"),
        (PARAMETERS | {NORM: 24}, "stored for one channel first"),
        (PARAMETERS | {CONV: 896}, "count one filter first"),
        (PARAMETERS | {SECOND: 1152}, "without the biases"),
    ],
    "6.2": [
        (
            {0: [0.03, 0.99], 2: [0.1, 0.97], 4: [1, 0.7], 6: [3, 0.4]},
            "evaluate gives the loss and the accuracy",
        ),
        (dict.fromkeys((0, 2, 4, 6), 0.992), "the ones that moved"),
        ({0: 0.008, 2: 0.04, 4: 0.3, 6: 0.65}, "share of mistakes"),
        ({0: 0.1, 2: 0.1, 4: 0.1, 6: 0.09}, "without moving it is 0.100"),
        ({0: 0.992, 2: 0.7, 4: 0.2, 6: 0.1}, "by 2 only"),  # moved by 4, 8, 12
        ({0: 0.992, 2: 0.96, 4: 0.97, 6: 0.35}, "expected to fall"),
        (
            {0: 0.992, 2: 0.99, 4: 0.98, 6: 0.96},
            "expected below 0.86 and below 0.56",
        ),  # trained on moved digits
        ({0: 0.992, 2: 0.96}, "for 4 pixels is missing"),
        ({0: 9920, 2: 9600, 4: 7000, 6: 3500}, "between 0 and 1"),
        ({"none": 0.992, 2: 0.96, 4: 0.7, 6: 0.3}, "for 0 pixels is missing"),
        ({0: "99%", 2: 0.96, 4: 0.7, 6: 0.3}, "expected numbers"),
        (0.992, "expected a dict"),
        (dict.fromkeys((0, 2, 4, 6), ...), "replace the"),
        ({0: 0.989, 2: 0.972, 4: 0.456, 6: 0.12}, "4 more than the last time"),  # moved by 2, 6 and 12
        ({0: 0.9564, 2: 0.9218, 4: 0.3655, 6: 0.1658}, "4 more than the last time"),
        ({0: 0.99, 2: 0.943, 4: 0.528, 6: 0.13}, "axis=2"),  # moved down
        ([0.99, 0.97, 0.94, 0.9], "is the network still"),
        ([0.99, np.nan, 0.7, 0.4], "between 0 and 1"),
        ([0.99, 0.9, 0.8, 0.7], "at 2 pixels it is 0.900, expected above 0.94"),  # invented
        ([0.99, 0.95, 0.9, 0.5], "is the network still the trained one"),
        ([0.99, 0.97, 0.85, 0.6], "are all images moved"),
        ([0.99, 0.97, 0.75, 0.2], "at 6 pixels it is 0.200, expected about 0.4"),
        ([0.456, 0.783, 0.972, 0.989], "without moving it is 0.456"),  # backwards
        ([0.99, 0.97, 0.456, 0.456], "expected to fall"),
    ],
    "6.3": [
        (lambda layers: 1 + sum(size - 1 for size, _ in layers), "neighbours are further apart"),
        (strides_too_early, "own stride counts"),
        (lambda layers: sum(size for size, _ in layers), "windows overlap"),
        (lambda layers: by_going_back(layers[::-1]), "expected"),
        (lambda layers: by_going_back(layers) if layers else 0, "no layer at all"),
        (lambda layers: by_going_back(layers) ** 2, "expected 5"),
        (lambda layers: "14", "expected numbers"),
        (lambda: 14, "TypeError"),
        (lambda layers: None, "returns None"),
        (14, "expected a function"),
        (last_stride_only, "expected"),
        (lambda layers: by_going_back(layers[:3]), r"\(2, 2\)\] the result is 14, expected 16"),
        (by_emptying, "work on a copy"),
        (lambda layers: by_going_back(layers) + 1, "expected 5"),
        (lambda layers: min(by_going_back(layers), 28), "is 28, expected 64"),
        (lambda layers: by_going_back(layers[1:]), "is 1, expected 5"),
        (lambda layers: 14, "is 14, expected 5"),
        (lambda layers: int(np.prod([size for size, _ in layers])), "is 15, expected 7"),
        (lambda layers: layers[10], "stopped with IndexError"),
    ],
    "6.4": [
        (F(), "add x to F"),
        (lambda x: layers.ReLU()(x + F()(x)), "no ReLU after the sum"),
        (lambda x: x, "F is missing"),
        (lambda x: x + x, "no parameters"),
        (lambda x: 2 * x + F()(x), "with all weights 0 the result"),
        (lambda x: x + F(conv={"use_bias": True})(x), "use_bias=False"),
        (lambda x: x + F("cn")(x), "1 convolutions, expected 2"),
        (lambda x: x + F("crcn")(x), "1 batch normalisations"),
        (lambda x: x + F("cncn")(x), "in this order"),
        (lambda x: x + F("cnrcnr")(x), "in this order"),
        (lambda x: x + F(size=5)(x), "expected 3 × 3"),
        (lambda x: layers.Concatenate()([x, F()(x)]), "expected the same"),
        (lambda x: layers.Conv2D(4, 3)(x), "expected the same"),
        (lambda x: 3, "expected a Keras tensor"),
        (lambda x: None, "returns None"),
        (lambda x: x + layers.Conv2D(8, 3, padding="same")(x), "stopped with"),
        (lambda x: layers.Conv2D, "expected a Keras tensor"),
        (..., "replace the|expected a function"),
        (lambda x: x + F("cnrdcn")(x), "no Dropout"),
        (lambda x: x + F("cnrcnd")(x), "no Dropout"),
        (lambda x: x + F("nrcnrc")(x), "normalisation before its convolution, as in .* pre-activation"),
        (lambda x: x + F("crncn")(x), "in this order"),
        (lambda x: x - F()(x), "is subtracted"),
        (lambda x: x + F("cnrcnrcn")(x), "3 convolutions"),
        (lambda x: x + F(conv={"dilation_rate": 2})(x), "in this order"),
        (lambda x: x + F(conv={"activation": "relu"})(x), "in this order"),
        (lambda x: x + F(norm={"axis": 1})(x), "another axis"),
        (lambda x: 2 * F()(x) + x, "in this order"),
        (same_convolution_twice, "1 convolutions"),
        (skip_from_the_first, "expected x: add x"),
        (with_activation(lambda: layers.ReLU(max_value=6)), "in this order"),
        (with_activation(lambda: layers.LeakyReLU(0.1)), "in this order"),
        (with_activation(lambda: layers.Activation("gelu")), "in this order"),
        (with_activation(lambda: layers.PReLU()), "5 layers with parameters, expected 4"),
        (lambda x: layers.LayerNormalization()(x + F()(x)), "5 layers with parameters, expected 4"),
        (with_activation(lambda: noisy), "no Dropout or noise"),
        (lambda x: layers.Average()([x, F()(x)]), "with all weights 0 the result"),
        (lambda x: layers.Multiply()([x, F()(x)]), "expected x: add x"),
        (lambda x: layers.BatchNormalization()(x + F()(x)), "3 batch normalisations"),
        (lambda x: x + layers.ReLU()(F()(x)), "in this order"),
        (lambda x: x + 0.5 * F()(x), "in this order"),
        (lambda x: x + F("ccnn")(x), "in this order"),
        (lambda x: x + F("rcnrcn")(x), "in this order"),
        (lambda x: x + F(conv={"strides": 2})(x), "stopped with"),
        (lambda x: [x + F()(x)], "expected a Keras tensor"),
    ],
    "6.5": [
        (lambda p, x, k, size: -np.array(one_by_one(p, x, k, size)), "a rise"),
        (lambda p, x, k, size: p(x[None])[0, k] - np.array(one_by_one(p, x, k, size)), "that is left"),
        (lambda p, x, k, size: one_by_one(p, x, (k + 1) % 3, size), "another class"),
        (lambda p, x, k, size: np.array(one_by_one(p, x, k, size)).T, "rows first"),
        (lambda p, x, k, size: np.pad(one_by_one(p, x, k, size), size - 1), "has shape"),
        (lambda p, x, k, size: one_by_one(p, x, k, size)[:-1], "has shape"),
        (never_uncovered, "work on a copy"),
        (lambda p, x, k, size: p(x)[0, k], "predict got images of shape"),
        (lambda p, x, k: p(x[None])[0, k], "TypeError"),
        (lambda p, x, k, size: None, "returns None"),
        (np.zeros((22, 22)), "expected a function"),
        (..., "replace the|expected a function"),
        (lambda p, x, k, size: never_uncovered(p, x, k, size, own=True), "the result"),
        (lambda p, x, k, size: one_by_one(p, x, k, size, ink=1.0), "the result"),
        (lambda p, x, k, size: one_by_one(p, x, k, size, ink=x.min()), "the result"),
        (lambda p, x, k, size: one_by_one(p, x, 1, size), "another class"),
        (lambda p, x, k, size: one_by_one(p, x, k, 3), "has shape"),
        (lambda p, x, k, size: np.abs(one_by_one(p, x, k, size)), "how much the probability changes"),
        (lambda p, x, k, size: np.array(one_by_one(p, x, k, size)) / p(x[None])[0, k], "not its share"),
        (lambda p, x, k, size: one_by_one(p, x, int(p(x[None])[0].argmax()), size), "another class"),
        (lambda p, x, k, size: 100 * np.array(one_by_one(p, x, k, size)), "expected"),
        (lambda p, x, k, size: (falls := np.array(one_by_one(p, x, k, size))) / falls.max(), "expected"),
        (lambda p, x, k, size: one_by_one(p, x, k, size, ink=x.mean()), "the result"),
        (lambda p, x, k, size: np.zeros((x.shape[0] - size + 1,) * 2), r"shape \(5, 5\), expected \(5, 7\)"),
        (lambda p, x, k, size: np.round(one_by_one(p, x, k, size), 1), "expected"),
        (lambda p, x, k, size: one_by_one(p, x, 10, size), "stopped with IndexError"),
    ],
}
