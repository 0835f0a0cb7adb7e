"""Train the detectors of chapter 16: digits in scenes, and cells in pictures of blood.

python -m data.make.detection            # both; needs MNIST and the pictures of blood
python -m data.make.detection scenes     # one of them
"""

import argparse
import sys
import time

import numpy as np

from data.make.in_half import in_half, save_in_half
from data.make.one_cycle import one_cycle
from helpers import datasets
from helpers.boxes import right_ones, suppress
from helpers.datasets.embedded import embedded_data
from helpers.models import shipped
from helpers.session import quiet_native_log
from helpers.synthetic.scenes import make_scenes

STRIDE = 8  # Pixels of a picture for a cell of the grid.
TYPICAL = 24.0  # Height and width of a box whose logarithms are 0.


def detector(shape, classes):
    """Build the detector: a grid of cells, each of which says whether the middle of a thing lies in it.

    Parameters
    ----------
    shape : (int, int, int)
        Height and width, multiples of 8, and channels of a picture, whose values are 0 to 255.
    classes : int

    Returns
    -------
    keras.Model
        Its output has shape (n, height / 8, width / 8, 5 + classes): a score whether there is a thing, where
        in the cell its middle lies (x, then y, from 0 to 1), the logarithms of width and height over
        `TYPICAL`, and a score for each class.
    """
    import keras
    from keras import layers

    def block(z, filters, size=3, stride=1, pool=False):
        z = layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(z)
        z = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(z))
        return layers.MaxPooling2D(2)(z) if pool else z

    inputs = keras.Input(shape)
    z = block(layers.Rescaling(1 / 255)(inputs), 24, 5, stride=2, pool=True)
    z = block(z, 48, pool=True)
    for _ in range(3):
        z = block(z, 96)
    return keras.Model(inputs, layers.Conv2D(5 + classes, 1)(z))


def encode(boxes, shape):
    """Write the boxes of pictures into grids, as the detector should answer.

    Parameters
    ----------
    boxes : list of n ndarrays of shape (things, 5)
        Class, left, top, right, bottom.
    shape : (int, int)
        Height and width of the pictures.

    Returns
    -------
    ndarray of shape (n, height / 8, width / 8, 6), float32
        1 where a thing has its middle, where in the cell (x, y), logarithms of width and height, class.
    """
    grid = np.zeros((len(boxes), shape[0] // STRIDE, shape[1] // STRIDE, 6), np.float32)
    for cells, things in zip(grid, boxes, strict=True):
        for kind, left, top, right, bottom in things:
            x, y = (left + right) / 2 / STRIDE, (top + bottom) / 2 / STRIDE
            column, row = min(int(x), cells.shape[1] - 1), min(int(y), cells.shape[0] - 1)
            size = np.log([(right - left) / TYPICAL, (bottom - top) / TYPICAL])
            cells[row, column] = 1, x - column, y - row, *size, kind
    return grid


def loss(grid, output):
    """Cross-entropy of thing or no thing in all cells; distance and class where there is one."""
    import keras
    import tensorflow as tf

    there, places, kinds = grid[..., 0], grid[..., 1:5], tf.cast(grid[..., 5], tf.int32)
    thing = tf.nn.sigmoid_cross_entropy_with_logits(there, output[..., 0])
    place = keras.ops.sum(keras.ops.abs(places - output[..., 1:5]), axis=-1)
    kind = tf.nn.sparse_softmax_cross_entropy_with_logits(kinds, output[..., 5:])
    cells = keras.ops.sum(thing, axis=(1, 2)) + keras.ops.sum(there * (2 * place + kind), axis=(1, 2))
    return cells / 4


def decode(output):
    """Read boxes from the detector's answers to one picture.

    Parameters
    ----------
    output : ndarray of shape (rows, columns, 5 + classes)

    Returns
    -------
    boxes : ndarray of shape (rows * columns, 4)
        Left, top, right, bottom in pixels.
    scores : ndarray of shape (rows * columns,), in [0, 1]
        Probability of a thing times that of its likeliest class.
    classes : ndarray of shape (rows * columns,), int
    """
    rows, columns = output.shape[:2]
    row, column = np.mgrid[:rows, :columns]
    x, y = (column + output[..., 1]) * STRIDE, (row + output[..., 2]) * STRIDE
    width, height = TYPICAL * np.exp(np.clip(output[..., 3:5], -3, 3)).transpose(2, 0, 1)
    boxes = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=-1)
    powers = np.exp(output[..., 5:] - output[..., 5:].max(axis=-1, keepdims=True))
    scores = (powers.max(axis=-1) / powers.sum(axis=-1)) / (1 + np.exp(-output[..., 0]))
    return boxes.reshape(-1, 4), scores.ravel(), output[..., 5:].argmax(axis=-1).ravel()


def detect(output, least=0.05, most=0.5):
    """Boxes (k, 4), scores (k,) and classes (k,) that are left of the answers to one picture."""
    boxes, scores, classes = decode(output)
    rows = np.flatnonzero(scores > least)
    rows = rows[suppress(boxes[rows], scores[rows], most)]
    return boxes[rows], scores[rows], classes[rows]


def mean_average_precision(found, boxes, classes, enough=0.5):
    """Mean over the classes of the area under precision and recall, with COCO's 101 places.

    Parameters
    ----------
    found : list of n tuples (boxes, scores, classes)
        As from `detect`, for n pictures.
    boxes : list of n ndarrays of shape (things, 5)
    classes : int
    enough : float
        Intersection over union from which a box counts as right.

    Returns
    -------
    float in [0, 1]
    """
    precisions = []
    for k in range(classes):
        marks, count = [], 0  # Score, and whether the box is right.
        for (places, scores, kinds), things in zip(found, boxes, strict=True):
            truth, mine = things[things[:, 0] == k, 1:], kinds == k
            marks += zip(scores[mine], right_ones(places[mine], scores[mine], truth, enough), strict=True)
            count += len(truth)
        marks.sort(key=lambda mark: -mark[0])
        right = np.cumsum([mark[1] for mark in marks])
        precision = np.maximum.accumulate((right / np.arange(1, len(right) + 1))[::-1])[::-1]
        recall = right / count
        places = np.searchsorted(recall, np.linspace(0, 1, 101))
        precisions.append(np.append(precision, 0)[np.minimum(places, len(precision))].mean())
    return float(np.mean(precisions))


def train(model, pictures, boxes, epochs, peak=4e-3, batch=32, mirror=False, memory=0.999):
    """Fit a detector with a rate that rises, then falls; return CPU seconds.

    Parameters
    ----------
    model : keras.Model
    pictures : ndarray of shape (n, height, width, channels), uint8
    boxes : list of n ndarrays
    epochs : int
    peak : float
        Highest learning rate.
    batch : int
    mirror : bool
        Whether pictures may be seen mirrored.
    memory : float in (0, 1)
        Adam's beta_2: the longer it remembers squared gradients, the later it trusts what came lately.
    """
    import keras

    rng, begun = np.random.default_rng(0), time.process_time()
    steps = epochs * -(-len(pictures) // batch)
    model.compile(keras.optimizers.Adam(one_cycle(peak, steps), beta_2=memory), loss=loss)
    for _ in range(epochs):
        x, y = mirrored(pictures, boxes, rng) if mirror else (pictures, boxes)
        model.fit(x, encode(y, x.shape[1:3]), batch_size=batch, verbose=0)
    return time.process_time() - begun


def mirrored(pictures, boxes, rng):
    """Mirror each picture with its boxes to the side, upside down, both or not at all."""
    height, width = pictures.shape[1:3]
    pictures, boxes = pictures.copy(), [things.copy() for things in boxes]
    for i, (sideways, upside_down) in enumerate(rng.random((len(pictures), 2)) < 0.5):
        if sideways:
            pictures[i] = pictures[i, :, ::-1]
            boxes[i][:, [1, 3]] = width - boxes[i][:, [3, 1]]
        if upside_down:
            pictures[i] = pictures[i, ::-1]
            boxes[i][:, [2, 4]] = height - boxes[i][:, [4, 2]]
    return pictures, boxes


def digits_in_scenes(n=10_000, n_test=500):
    """Scenes of MNIST's digits, and of those that the course draws: for training, and a test of each.

    A scene takes the same time whatever is in it: up to ten digits to learn from, up to five in a test.
    """
    from_mnist, from_course = datasets.load_mnist(), embedded_data("mnist")
    drawn = [(from_course[f"x_{part}"], from_course[f"y_{part}"]) for part in ("train", "test")]
    rng, parts, tests = np.random.default_rng(16), [], {}
    for name, (train_digits, test_digits) in {"MNIST": from_mnist, "drawn digits": drawn}.items():
        parts.append(make_scenes(*train_digits, n, rng, most=10))
        tests[f"scenes of {name}, mAP@.5"] = make_scenes(*test_digits, n_test, rng)
    return parts, tests


def blood_cells():
    """Pictures of blood, and those that the course draws: for training, and a test of each."""
    parts, tests = [], {}
    (x, boxes), test = datasets.load_blood_cells()
    drawn = embedded_data("blood_cells")
    cut = len(drawn["x"]) - len(drawn["x"]) // 5
    rows = [drawn["boxes"][drawn["boxes"][:, 0] == i, 1:] for i in range(len(drawn["x"]))]
    parts = [(x, boxes), (drawn["x"][:cut], rows[:cut])]
    tests = {"BCCD, mAP@.5": test, "drawn blood cells, mAP@.5": (drawn["x"][cut:], rows[cut:])}
    return parts, tests


KINDS = {
    # What it learns from, classes, how it is trained, and in words.
    "scenes": (
        digits_in_scenes,
        10,
        # Each scene once, in a minute: then three times the usual rate and a short memory are worth most.
        {"epochs": 1, "peak": 0.012, "memory": 0.99},
        "scenes of MNIST's digits and of digits drawn by the course",
    ),
    "blood": (
        blood_cells,
        3,
        {"epochs": 50, "mirror": True},
        "BCCD (MIT licence), 292 pictures, and 288 drawn by the course",
    ),
}


def make(kind, seed=42):
    """Train one of `KINDS`, save it and return its figures by name."""
    import keras

    read, classes, how, source = KINDS[kind]
    parts, tests = read()
    pictures = np.concatenate([pictures for pictures, _ in parts])
    boxes = [things for _, part in parts for things in part]
    pictures = pictures[..., None] if pictures.ndim == 3 else pictures
    keras.utils.set_random_seed(seed)
    model = detector(pictures.shape[1:], classes)
    seconds = train(model, pictures, boxes, **how)
    # As they come back from the file.
    in_half(model)
    figures = {}
    for name, (pictures, boxes) in tests.items():
        pictures = pictures[..., None] if pictures.ndim == 3 else pictures
        found = [detect(output) for output in model.predict(pictures, verbose=0)]
        figures[name] = mean_average_precision(found, boxes, classes)
    save_in_half(model, shipped(f"detector_{kind}"), data=source, accuracy=figures, seconds=seconds,
                 recipe=f"python -m data.make.detection {kind}")  # fmt: skip
    return figures


def main(arguments=None):
    """Train and save; print what came out."""
    parser = argparse.ArgumentParser(prog="python -m data.make.detection", description=main.__doc__)
    parser.add_argument("kind", nargs="*", metavar="KIND", help=f"{' or '.join(KINDS)}; both by default")
    options = parser.parse_args(arguments)
    for kind in options.kind:
        if kind not in KINDS:
            parser.error(f"there is no detector of {kind!r}; expected {' or '.join(KINDS)}")
    with quiet_native_log():
        import tensorflow  # noqa: F401
    for kind in options.kind or KINDS:
        print(f"{kind}: " + ", ".join(f"{name} {figure:.3f}" for name, figure in make(kind).items()))


if __name__ == "__main__":
    sys.exit(main())
