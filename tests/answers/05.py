"""Right and wrong answers to the exercises of chapter 05."""

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from helpers.synthetic import make_shapes
from helpers.widgets.filter_editor import PRESETS, filter_stages

VALID, SAME = "32 filters 5×5, valid, stride 1", "32 filters 5×5, same, stride 1"
STRIDED, STRIDED_SAME = "16 filters 3×3, valid, stride 2", "16 filters 3×3, same, stride 2"
POOL, FILTERS = "max-pooling 2×2", "filters of 32 filters 5×5"
SHAPES = {
    VALID: (100, 24, 24, 32),
    SAME: (100, 28, 28, 32),
    STRIDED: (100, 13, 13, 16),
    STRIDED_SAME: (100, 14, 14, 16),
    POOL: (100, 14, 14, 1),
    FILTERS: (5, 5, 1, 32),
}

VERTICAL = np.array(PRESETS["vertical 5×5"][0])
RISING = np.array([[1, 1, 0], [1, 0, -1], [0, -1, -1]])


def measure(images):
    """Share of zeros by cut-off: of the pooled features, before pooling, for one filter, without |.| ..."""
    kernels = [np.array(PRESETS[name][0]) / 23 for name in ("vertical 5×5", "horizontal 5×5")]
    stages = [[filter_stages(image / 255, kernel, 0.0) for kernel in kernels] for image in images]
    signed = np.array([[both[0] for both in pair] for pair in stages])  # (images, 2, 28, 28)

    def pooled(pictures):
        return pictures.reshape(*pictures.shape[:2], 14, 2, 14, 2).max(axis=(3, 5))

    found = {}
    for cutoff in (0.0, 0.1, 0.2, 0.5):
        kept = np.maximum(abs(signed) - cutoff, 0)
        ways = {
            "pooled": pooled(kept),
            "vertical": pooled(kept)[:, 0],
            "horizontal": pooled(kept)[:, 1],
            "unpooled": kept,
            "signed": np.maximum(signed - cutoff, 0),
            "signed, pooled": pooled(np.maximum(signed - cutoff, 0)),
            "of 255": np.maximum(255 * abs(signed) - cutoff, 0),
            "first image": pooled(kept)[:1],
        }
        for way, features in ways.items():
            found.setdefault(way, {})[cutoff] = float(np.mean(features == 0))
    return found


MEASURED = measure(make_shapes(90, np.random.default_rng(5))[0])
ZEROS = MEASURED["pooled"]
ZEROS_NEW = measure(make_shapes(300, np.random.default_rng(6))[0])["pooled"]


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


def padded(image, size=2, stride=2):
    """With the windows that stick out."""
    rows, columns = (-(-(side - size) // stride) * stride + size - side for side in image.shape)
    return windows(np.pad(image, ((0, rows), (0, columns)), constant_values=-99), size, stride).max(
        axis=(2, 3)
    )


def changes_image(image, size=2, stride=2):
    pooled = windows(image, size, stride).max(axis=(2, 3))
    image[: len(pooled), : len(pooled[0])] = pooled
    return pooled


def square_images_only(image, size=2, stride=2):
    places = range(0, len(image) - size + 1, stride)
    return [[image[i : i + size, j : j + size].max() for j in places] for i in places]


def with_tensorflow(image, size=2, stride=2):
    import tensorflow as tf

    return tf.nn.max_pool2d(image[None, :, :, None].astype(float), size, stride, "VALID")[0, :, :, 0]


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"5.1": {}, "5.3": {}, "5.4": {"sliding_window_view": sliding_window_view}}

RIGHT = {
    "5.1": {
        "tuples": SHAPES,
        "lists": {key: list(shape) for key, shape in SHAPES.items()},
        "the letter x": {key.replace("×", "x"): np.array(shape) for key, shape in reversed(SHAPES.items())},
        "an array": np.array(list(SHAPES.values())),
        "a DataFrame": pd.DataFrame(SHAPES),
        "a DataFrame, turned": pd.DataFrame(SHAPES).T,
    },
    "5.2": {
        "measured": ZEROS,
        "float32 keys": {np.float32(key): np.array([share]) for key, share in ZEROS.items()},
        "per cent": {str(key): 100 * share for key, share in ZEROS.items()},
        "in order": list(ZEROS.values()),
        "three digits": [0.0, 0.734, 0.766, 0.857],
        "two digits": [0.0, 0.73, 0.77, 0.86],
        "per cent, rounded": [0, 73.4, 76.6, 85.7],
    },
    "5.3": {
        "3 × 3": RISING,
        "turned, lists": (-RISING / 3).tolist(),
        "vertical and horizontal": (VERTICAL + VERTICAL.T) / 23,
        "a cross": [[0, 1, 0], [1, 0, -1], [0, -1, 0]],
        "7 × 7": np.add.outer(np.arange(-3, 4), np.arange(-3, 4)),
        "two corners": [[1, 0, 0], [0, 0, 0], [0, 0, -1]],
        "large numbers": 1e6 * RISING,
        "small numbers in float32": (RISING * 1e-3).astype("float32"),
        "a generator of rows": (row for row in RISING.tolist()),
    },
    "5.4": {
        "windows": lambda image, size=2, stride=2: windows(image, size, stride).max(axis=(2, 3)),
        "float32": lambda image, size=2, stride=2: (
            windows(image, size, stride).max(axis=(2, 3)).astype("float32")
        ),
        "a loop": by_loop,
        "in one more pair of brackets": lambda image, size=2, stride=2: windows(image, size, stride).max(
            axis=(2, 3)
        )[None],
        "in another order in memory": lambda image, size=2, stride=2: np.asfortranarray(
            windows(image, size, stride).max(axis=(2, 3))
        ),
        "in TensorFlow": with_tensorflow,
    },
}

WRONG = {
    "5.1": [
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
        (SHAPES | {VALID: (None, 24, 24, 32)}, "counts images"),
        (SHAPES | {STRIDED: (100, 12.5, 12.5, 16)}, "not 12.5 rows"),
        (list(SHAPES.values())[:5], "6 entries in this order"),
        (SHAPES | {VALID: (100, 32, 24, 24)}, "one for each filter"),
        (SHAPES | {POOL: (100, 27, 27, 1)}, "not 27 rows"),
        (SHAPES | {FILTERS: (32, 1, 5, 5)}, "channels in, channels out"),
        (SHAPES | {SAME: "(100, 28, 28, 32)"}, "expected numbers"),
    ],
    "5.2": [
        (MEASURED["unpooled"], "before pooling"),
        ({key: 1 - share for key, share in ZEROS.items()}, "what is not 0"),
        (MEASURED["signed"], "absolute value"),
        (MEASURED["of 255"], "values from 0 to 1"),
        ({0.0: 0.0, 0.1: 0.734}, "cut-off 0.2 is missing"),
        ({0.0: 10, 0.1: 25_905, 0.2: 27_030, 0.5: 30_230}, "between 0 and 1"),  # counts
        ({0.0: 0, 0.1: "73%", 0.2: 0.77, 0.5: 0.86}, "expected numbers"),
        ({"none": 0, 0.1: 0.73, 0.2: 0.77, 0.5: 0.86}, "cut-off 0.0 is missing"),
        ({0.0: 0.0, 0.1: np.nan, 0.2: 0.77, 0.5: 0.86}, "between 0 and 1"),
        (0.734, "expected a dict"),
        ({0.0: ..., 0.1: ..., 0.2: ..., 0.5: ...}, "replace the"),
        (MEASURED["vertical"], "one filter"),
        (MEASURED["horizontal"], "the horizontal filter"),
        (ZEROS_NEW, "the 300 new shapes"),
        (MEASURED["signed, pooled"], "absolute value"),
        (MEASURED["first image"], "cut-off 0.1 is 0.8265, expected 0.734"),
        ([0.0, 0.74, 0.77, 0.86], "cut-off 0.1 is 0.74"),
        ([0, 0, 0, 0], "values lie between 0 and 1"),  # the images not divided by 255
        ([0.7, 0.73, 0.77, 0.86], "cut-off 0.0 is 0.7, expected 0.000"),
        ([0, 0.5, 0.7, 0.9], "cut-off 0.1 is 0.5"),  # invented
        ([0.0, 0.0, 0.73, 0.77], "cut-off 0.1 is 0"),  # one off
        ({key: share / 2 for key, share in ZEROS.items()}, "cut-off 0.1 is 0.3671"),
    ],
    "5.3": [
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
        ([[0, 0, 1], [0, 0, -1], [0, 0, 0]], "three times as much"),  # horizontal, beside the middle
        ([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], "three times|weak|turned"),
        (RISING + [[0, 0, 3], [0, 0, 0], [-3, 0, 0]], "three times|turned"),
        (np.abs(RISING), "image of one colour"),
        ([[1, 1, 1], [0, 0, 0], [-1, -1, -1]], "three times as much"),
        ([[0, 1, 1], [-1, 0, 1], [-1, -1, 0]], "turned around"),
        ([[-1, 0, 1]] * 3, "three times as much"),
        ([[1, 1, 0], [1, 0, -1], [0, -1, -1.5]], "image of one colour"),
        (np.fliplr(np.eye(3)) - 1 / 3, "weak"),
        (RISING.ravel(), "shape"),
        ([["1", "1", "0"]] * 3, "is text, expected numbers"),
    ],
    "5.4": [
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
        (lambda image, size=2, stride=2: abs(windows(image, size, stride)).max(axis=(2, 3)), "farthest"),
        (lambda image, size=2, stride=2: windows(image, size, size).max(axis=(2, 3)), "has shape"),
        (lambda image, size=2, stride=2: windows(image, 2, stride).max(axis=(2, 3)), "has shape|is"),
        (padded, "has shape"),
        (changes_image, "work on a copy"),
        (lambda image, size=2, stride=2: windows(image, size, stride).max(axis=(2, 3)).T, "has shape"),
        (square_images_only, r"shape \(3, 3\), expected \(3, 4\)"),
        (lambda image, size=2, stride=2: windows(image, size, stride).max(axis=(2, 3)).astype(int), "7 × 5"),
        (
            lambda image, size=2, stride=2: windows(image, size, stride).max(axis=(2, 3)).astype("uint8"),
            "255",
        ),
        (lambda image, size=3, stride=2: windows(image, size, stride).max(axis=(2, 3)), "without size and"),
        (lambda image, size=2, stride=1: windows(image, size, stride).max(axis=(2, 3)), "without size and"),
        (lambda image, size=2, stride=2: np.median(windows(image, size, stride), axis=(2, 3)), "expected"),
        (lambda image, size=2, stride=2: windows(image, size, stride)[..., -1, -1], "expected"),
        (
            lambda image, size=2, stride=2: windows(image, size, stride)[..., :2, :2].max(axis=(2, 3)),
            "expected",
        ),
        (lambda image, size=2, stride=2: windows(image, size, stride).max(), r"shape \(\)"),
    ],
}
