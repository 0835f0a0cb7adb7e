"""The checks of chapter 06: right answers of all kinds pass, plausible wrong ones are told what is wrong."""

import numpy as np
import pytest
from exercise_twins import assert_right, assert_wrong, solved

# ----------------------------------------------------------------------------- 6.1

PARAMETERS = solved("6.1")["parameters"]
CONV, NORM, POOL, SECOND, GLOBAL, DENSE = PARAMETERS


@pytest.mark.parametrize(
    "answer",
    [
        PARAMETERS,
        {key: np.int64(count) for key, count in reversed(PARAMETERS.items())},
        {key.replace(" ", ""): float(count) for key, count in PARAMETERS.items()},
    ],
)
def test_parameters_right(answer):
    assert_right("6.1", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (PARAMETERS | {CONV: 216}, "without the biases"),
        (PARAMETERS | {CONV: 80}, "each of the three channels"),
        (PARAMETERS | {NORM: 16}, "running mean and variance are stored"),
        (PARAMETERS | {NORM: 4}, "each channel has its own"),
        (PARAMETERS | {POOL: 4}, "nothing to learn"),
        (PARAMETERS | {SECOND: 160}, "each of the 8 channels"),
        (PARAMETERS | {SECOND: 448}, "no longer 3"),
        (PARAMETERS | {GLOBAL: 16}, "nothing to learn"),
        (PARAMETERS | {DENSE: 160}, "one for each class"),
        (PARAMETERS | {DENSE: 5770}, "one number for each channel"),
        (PARAMETERS | {DENSE: 7}, "count one filter first"),
        (PARAMETERS | {DENSE: "170"}, "expected numbers"),
        (PARAMETERS | {DENSE: (16, 10)}, "shape"),
        ({CONV: 224}, "is missing"),
        (224, "expected a dict"),
        (PARAMETERS | {CONV: ...}, "replace the"),
    ],
)
def test_parameters_wrong(answer, pattern):
    assert_wrong("6.1", answer, pattern)


def test_parameters_are_those_of_keras():
    keras = pytest.importorskip("keras")
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)), layers.Conv2D(8, 3), layers.BatchNormalization(),
            layers.MaxPooling2D(2), layers.Conv2D(16, 3), layers.GlobalAveragePooling2D(), layers.Dense(10),
        ]
    )  # fmt: skip
    assert [layer.count_params() for layer in model.layers] == list(PARAMETERS.values())


# ----------------------------------------------------------------------------- 6.2

# Measured with the chapter's network on MNIST, on the embedded digits, and with the worked solution on both.
MEASURED = [
    {0: 0.989, 2: 0.972, 4: 0.783, 6: 0.456},
    {0: 0.955, 2: 0.88, 4: 0.55, 6: 0.25},
]


@pytest.mark.parametrize("shares", MEASURED)
def test_shifts_right(shares):
    for answer in [
        shares,
        {str(key): 100 * share for key, share in shares.items()},
        {np.int64(key): np.array([share]) for key, share in shares.items()},
        list(shares.values()),
    ]:
        assert_right("6.2", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (dict.fromkeys((0, 2, 4, 6), 0.992), "the ones that moved"),
        ({0: 0.008, 2: 0.04, 4: 0.3, 6: 0.65}, "share of mistakes"),
        ({0: 0.1, 2: 0.1, 4: 0.1, 6: 0.09}, "without moving it is 0.100"),
        ({0: 0.992, 2: 0.7, 4: 0.2, 6: 0.1}, "by 2 only"),  # moved by 4, 8, 12
        ({0: 0.992, 2: 0.96, 4: 0.97, 6: 0.35}, "expected to fall"),
        ({0: 0.992, 2: 0.99, 4: 0.98, 6: 0.96}, "expected below 0.8"),  # trained on moved digits
        ({0: 0.992, 2: 0.96}, "for 4 pixels is missing"),
        ({0: 9920, 2: 9600, 4: 7000, 6: 3500}, "between 0 and 1"),
        ({"none": 0.992, 2: 0.96, 4: 0.7, 6: 0.3}, "expected 0, 2, 4 and 6"),
        ({0: "99%", 2: 0.96, 4: 0.7, 6: 0.3}, "expected numbers"),
        (0.992, "expected a dict"),
        (dict.fromkeys((0, 2, 4, 6), ...), "replace the"),
    ],
)
def test_shifts_wrong(answer, pattern):
    assert_wrong("6.2", answer, pattern)


# ----------------------------------------------------------------------------- 6.3


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


@pytest.mark.parametrize(
    "answer",
    [
        solved("6.3")["receptive_field"],
        by_going_back,
        lambda layers: np.array([by_going_back(layers)]),
    ],
)
def test_receptive_field_right(answer):
    assert_right("6.3", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
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
    ],
)
def test_receptive_field_wrong(answer, pattern):
    assert_wrong("6.3", answer, pattern)


# ----------------------------------------------------------------------------- 6.4


@pytest.fixture(scope="module")
def layers():
    return pytest.importorskip("keras").layers


def convolution(layers, x, size=3, channels=None, bias=False):
    channels = x.shape[-1] if channels is None else channels
    return layers.Conv2D(channels, size, padding="same", use_bias=bias)(x)


def block(layers, order="cnrcn", bias=False, size=3):
    """A function from x to F(x), with F's layers in the given order."""

    def make(x):
        z = x
        for letter in order:
            if letter == "c":
                z = convolution(layers, z, size, bias=bias)
            else:
                z = (layers.BatchNormalization() if letter == "n" else layers.ReLU())(z)
        return z

    return make


def test_worked_block_is_right(layers):
    assert_right("6.4", solved("6.4", layers=layers)["skip_block"])


def test_blocks_right(layers):
    F = block(layers)
    assert_right("6.4", lambda x: layers.Add()([x, F(x)]))
    assert_right("6.4", lambda x: F(x) + x)

    def with_options(x):
        z = layers.Conv2D(x.shape[-1], (3, 3), padding="SAME".lower(), use_bias=False)(x)
        z = layers.Activation("relu")(layers.BatchNormalization(momentum=0.8)(z))
        return layers.add([layers.BatchNormalization()(convolution(layers, z)), x])

    assert_right("6.4", with_options)


def test_blocks_wrong(layers):
    F = block(layers)
    for answer, pattern in [
        (F, "add x to F"),
        (lambda x: layers.ReLU()(x + F(x)), "no ReLU after the sum"),
        (lambda x: x, "F is missing"),
        (lambda x: x + x, "no parameters"),
        (lambda x: 2 * x + F(x), "with all weights 0 the result"),
        (lambda x: x + block(layers, bias=True)(x), "use_bias=False"),
        (lambda x: x + block(layers, "cn")(x), "1 convolutions, expected 2"),
        (lambda x: x + block(layers, "crcn")(x), "1 batch normalisations"),
        (lambda x: x + block(layers, "cncn")(x), "in this order"),
        (lambda x: x + block(layers, "cnrcnr")(x), "in this order"),
        (lambda x: x + block(layers, size=5)(x), "expected 3 × 3"),
        (lambda x: layers.Concatenate()([x, F(x)]), "expected the same"),
        (lambda x: layers.Conv2D(4, 3)(x), "expected the same"),
        (lambda x: 3, "expected a Keras tensor"),
        (lambda x: None, "returns None"),
        (lambda x: x + layers.Conv2D(8, 3, padding="same")(x), "stopped with"),
        (layers.Conv2D, "stopped with|expected"),
        (..., "replace the|expected a function"),
    ]:
        assert_wrong("6.4", answer, pattern)


# ----------------------------------------------------------------------------- 6.5


def one_by_one(predict, image, k, size):
    image = np.asarray(image)
    base = predict(image[None])[0][k]
    falls = []
    for i in range(image.shape[0] - size + 1):
        falls.append([])
        for j in range(image.shape[1] - size + 1):
            covered = image.copy()
            covered[i : i + size, j : j + size] = 0
            falls[-1].append(float(base - predict(covered[None])[0][k]))
    return falls


def never_uncovered(predict, image, k, size):
    falls = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    base = predict(image[None])[0, k]
    for i, j in np.ndindex(falls.shape):
        image[i : i + size, j : j + size] = 0  # the image itself
        falls[i, j] = base - predict(image[None])[0, k]
    return falls


@pytest.mark.parametrize("answer", [solved("6.5")["occlusion"], one_by_one])
def test_occlusion_right(answer):
    assert_right("6.5", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (lambda p, x, k, size: -np.array(one_by_one(p, x, k, size)), "a rise"),
        (lambda p, x, k, size: p(x[None])[0, k] - np.array(one_by_one(p, x, k, size)), "that is left"),
        (lambda p, x, k, size: one_by_one(p, x, (k + 1) % 3, size), "another class"),
        (lambda p, x, k, size: np.array(one_by_one(p, x, k, size)).T, "rows first"),
        (lambda p, x, k, size: np.pad(one_by_one(p, x, k, size), size - 1), "only whole squares"),
        (lambda p, x, k, size: one_by_one(p, x, k, size)[:-1], "only whole squares"),
        (never_uncovered, "the result"),
        (lambda p, x, k, size: p(x)[0, k], "predict got images of shape"),
        (lambda p, x, k: p(x[None])[0, k], "TypeError"),
        (lambda p, x, k, size: None, "returns None"),
        (np.zeros((22, 22)), "expected a function"),
        (..., "replace the|expected a function"),
    ],
)
def test_occlusion_wrong(answer, pattern):
    assert_wrong("6.5", answer, pattern)
