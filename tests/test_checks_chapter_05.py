"""The checks of chapter 05: right answers of all kinds pass, plausible wrong ones are told what is wrong."""

import numpy as np
import pytest
from exercise_twins import assert_right, assert_wrong, solved
from numpy.lib.stride_tricks import sliding_window_view

from helpers.checks.chapter_05 import _ZEROS
from helpers.synthetic import make_shapes
from helpers.widgets.filter_editor import PRESETS, filter_stages

# ----------------------------------------------------------------------------- 5.1

SHAPES = solved("5.1", sliding_window_view=sliding_window_view)["shapes"]
VALID, SAME, STRIDED, STRIDED_SAME, POOL, FILTERS = SHAPES


@pytest.mark.parametrize(
    "answer",
    [
        SHAPES,
        {key: list(shape) for key, shape in SHAPES.items()},
        {key.replace("×", "x"): np.array(shape) for key, shape in reversed(SHAPES.items())},
    ],
)
def test_shapes_right(answer):
    assert_right("5.1", answer)


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (SHAPES | {VALID: (100, 23, 23, 32)}, "there are not 23 rows"),
        (SHAPES | {VALID: (32, 24, 24, 1)}, "counts images"),
        (SHAPES | {SAME: (100, 28, 28, 1)}, "one for each filter"),
        (SHAPES | {STRIDED: (100, 14, 14, 16)}, "valid, stride 2' is .* not 14 rows"),
        (SHAPES | {STRIDED_SAME: (100, 13, 13, 16)}, "same, stride 2' is .* not 13 rows"),
        (SHAPES | {POOL: (100, 14, 14, 4)}, "pooling leaves"),
        (SHAPES | {POOL: (100, 14, 28, 1)}, "as many rows as columns"),
        (SHAPES | {FILTERS: (32, 5, 5, 1)}, "channels in, channels out"),
        (SHAPES | {FILTERS: (5, 5, 32, 1)}, "then channels in"),
        (SHAPES | {SAME: (28, 28, 32)}, "expected four numbers"),
        (SHAPES | {SAME: ("a", "b", "c", "d")}, "expected numbers"),
        ({VALID: (100, 24, 24, 32)}, "is missing"),
        ((100, 24, 24, 32), "expected a dict"),
        (SHAPES | {SAME: ...}, "replace the"),
    ],
)
def test_shapes_wrong(answer, pattern):
    assert_wrong("5.1", answer, pattern)


def test_shapes_are_those_of_keras():
    keras = pytest.importorskip("keras")
    batch = np.zeros((100, 28, 28, 1))
    layers = [
        keras.layers.Conv2D(32, 5),
        keras.layers.Conv2D(32, 5, padding="same"),
        keras.layers.Conv2D(16, 3, strides=2),
        keras.layers.Conv2D(16, 3, strides=2, padding="same"),
        keras.layers.MaxPooling2D(2),
    ]
    made = [tuple(layer(batch).shape) for layer in layers]
    assert [*made, tuple(layers[0].kernel.shape)] == list(SHAPES.values())


# ----------------------------------------------------------------------------- 5.2


@pytest.fixture(scope="module")
def measured():
    """Share of zeros by cut-off: of the pooled features, before pooling, for one filter, without |.|."""
    images, _ = make_shapes(90, np.random.default_rng(5))
    kernels = [np.array(PRESETS[name][0]) / 23 for name in ("vertical 5×5", "horizontal 5×5")]
    shares = {"pooled": {}, "unpooled": {}, "one filter": {}, "signed": {}, "of 255": {}}
    for cutoff in _ZEROS:
        made = [[filter_stages(image / 255, kernel, cutoff) for kernel in kernels] for image in images]
        pooled = np.array([[both[3] for both in stages] for stages in made])
        shares["pooled"][cutoff] = (pooled == 0).mean()
        shares["one filter"][cutoff] = (pooled[:, 0] == 0).mean()
        shares["unpooled"][cutoff] = np.mean([[both[2] == 0 for both in stages] for stages in made])
        shares["signed"][cutoff] = np.mean([[both[0] <= cutoff for both in stages] for stages in made])
        shares["of 255"][cutoff] = np.mean([[255 * both[1] <= cutoff for both in stages] for stages in made])
    return shares


def test_zeros_right(measured):
    zeros = measured["pooled"]
    for answer in [
        zeros,
        {np.float32(key): np.array([share]) for key, share in zeros.items()},
        {str(key): 100 * share for key, share in zeros.items()},
        list(zeros.values()),
    ]:
        assert_right("5.2", answer)


def test_zeros_wrong_ways_of_measuring(measured):
    zeros = measured["pooled"]
    assert_wrong("5.2", measured["unpooled"], "before pooling")
    assert_wrong("5.2", {key: 1 - share for key, share in zeros.items()}, "what is not 0")
    assert_wrong("5.2", measured["signed"], "absolute value")
    assert_wrong("5.2", measured["of 255"], "values from 0 to 1")


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ({0.0: 0.0, 0.1: 0.734}, "cut-off 0.2 is missing"),
        ({0.0: 10, 0.1: 25_905, 0.2: 27_030, 0.5: 30_230}, "between 0 and 1"),  # counts
        ({0.0: 0, 0.1: "73%", 0.2: 0.77, 0.5: 0.86}, "expected numbers"),
        ({"none": 0, 0.1: 0.73, 0.2: 0.77, 0.5: 0.86}, "expected the cut-offs"),
        ({0.0: 0.0, 0.1: np.nan, 0.2: 0.77, 0.5: 0.86}, "between 0 and 1"),
        (0.734, "expected a dict"),
        ({0.0: ..., 0.1: ..., 0.2: ..., 0.5: ...}, "replace the"),
    ],
)
def test_zeros_wrong(answer, pattern):
    assert_wrong("5.2", answer, pattern)


# ----------------------------------------------------------------------------- 5.3

VERTICAL = np.array(PRESETS["vertical 5×5"][0])
RISING = np.array([[1, 1, 0], [1, 0, -1], [0, -1, -1]])


@pytest.mark.parametrize(
    "answer",
    [
        RISING,
        (-RISING / 3).tolist(),
        (VERTICAL + VERTICAL.T) / 23,
        [[0, 1, 0], [1, 0, -1], [0, -1, 0]],
        np.add.outer(np.arange(-3, 4), np.arange(-3, 4)),
    ],
)
def test_slanted_right(answer):
    assert_right("5.3", answer)


def test_worked_slanted_is_right():
    assert_right("5.3", solved("5.3", sliding_window_view=sliding_window_view)["rising"])


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (RISING[:, ::-1], "turned around"),  # falling
        (VERTICAL / 23, "expected three times as much"),
        (np.eye(3)[::-1], "image of one colour"),  # a rising line, not an edge
        ([[-1, -1, 2], [-1, 2, -1], [2, -1, -1]], "weak"),  # a rising line with sum 0
        (np.zeros((3, 3)), "all numbers are 0"),
        (np.array([[0, 1], [-1, 0]]), "odd number of rows"),
        (RISING[:2], "expected a square"),
        (RISING[..., None], "shape"),
        (RISING * np.nan, "not finite"),
        ("/", "expected numbers"),
        (..., "replace the"),
    ],
)
def test_slanted_wrong(answer, pattern):
    assert_wrong("5.3", answer, pattern)


# ----------------------------------------------------------------------------- 5.4


def windows(image, size, stride):
    return sliding_window_view(image, (size, size))[::stride, ::stride]


def by_loop(image, size=2, stride=2):
    rows = (len(image) - size) // stride + 1
    columns = (len(image[0]) - size) // stride + 1
    return [
        [
            max(image[i * stride + a][j * stride + b] for a in range(size) for b in range(size))
            for j in range(columns)
        ]
        for i in range(rows)
    ]


def from_zeros(image, size=2, stride=2):
    best = np.zeros(windows(image, size, stride).shape[:2])
    for a in range(size):
        for b in range(size):
            best = np.maximum(best, windows(image, size, stride)[..., a, b])
    return best


def blocks_only(image, size=2, stride=2):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    cut = image[: rows * size, : columns * size]
    return cut.reshape(rows, size, columns, size).max(axis=(1, 3))


@pytest.mark.parametrize(
    "answer",
    [
        lambda image, size=2, stride=2: windows(image, size, stride).max(axis=(2, 3)),
        lambda image, size=2, stride=2: windows(image, size, stride).max(axis=(2, 3)).astype("float32"),
        by_loop,
    ],
)
def test_pool_right(answer):
    assert_right("5.4", answer)


def test_worked_pool_is_right():
    assert_right("5.4", solved("5.4", sliding_window_view=sliding_window_view)["pool"])


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (blocks_only, r"size 3 and stride 2 \(windows overlap\) the result has shape"),
        (from_zeros, "do not begin with zeros"),
        (lambda image, size=2, stride=2: windows(image, size, stride).mean(axis=(2, 3)), "average"),
        (lambda image, size=2, stride=2: windows(image, size, stride).min(axis=(2, 3)), "smallest"),
        (lambda image, size=2, stride=2: image[::stride, ::stride], "first number"),
        (lambda image, size=2, stride=2: windows(image, size, stride).max(axis=2), "has shape"),
        (lambda image, size, stride: windows(image, size, stride).max(axis=(2, 3)), "TypeError"),
        (lambda image, size=2, stride=2: windows(image, size, 1).max(axis=(2, 3)), "has shape"),
        (lambda image, size=2, stride=2: None, "returns None"),
        (np.zeros((3, 4)), "expected a function"),
        (..., "replace the|expected a function"),
    ],
)
def test_pool_wrong(answer, pattern):
    assert_wrong("5.4", answer, pattern)
