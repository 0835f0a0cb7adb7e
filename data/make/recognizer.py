"""Train the recognizer that ships with the course, or measure it.

python -m data.make.recognizer train      # 15 minutes on two cores, needs the real MNIST
python -m data.make.recognizer measure    # prints what its card says
"""

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np

from data.make.one_cycle import one_cycle
from data.make.redrawn import redrawn_images
from helpers import datasets
from helpers.handwriting.recognizer import (
    DOUBT,
    NO_DIGIT,
    SURE,
    WEIGHTS,
    build_recognizer,
    load_recognizer,
    outputs,
    with_scores,
)
from helpers.handwriting.strokes import strokes_to_image
from helpers.handwriting.training_images import moved_images, no_digit_images, pen_images
from helpers.models import save_model
from helpers.progress import Progress
from helpers.session import quiet_native_log

HANDS = Path(__file__).with_name("pen_strokes.json")
"""Digits typed in by hand, on which nothing is trained."""

SEED = 7
EPOCHS = 8
BATCH = 128
PEAK = 4e-3
SMOOTHING = 0.05
# Images of each kind in an epoch; of those that are drawn there are `POOL` times as many in all.
MNIST, REDRAWN, PEN, NONE = 55_000, 55_000, 70_000, 18_000
POOL = 2
CLEAN_AT = 2  # the epoch before which redrawn images are looked through


def real_mnist():
    """MNIST itself: training on the embedded stand-in would ship a network that never saw real digits."""
    data = datasets.load_mnist()
    if datasets.source_of("mnist") == "embedded":
        raise SystemExit(
            "Training the recognizer needs the real MNIST, and only the course's own stand-in was found. "
            "Set COURSE_DATA_DIR to a folder with mnist.npz, or allow the download (unset COURSE_OFFLINE)."
        )
    return data


def make_pools(images, labels, rng, progress):
    """Draw what does not come from MNIST's own pixels; each pool is images uint8 and labels."""
    pools = {"redrawn": [], "pen": [], "none": []}
    at_a_time = 2_000
    for _ in range(POOL):
        for first in range(0, len(images), at_a_time):
            part = slice(first, first + at_a_time)
            pools["redrawn"].append((redrawn_images(images[part], rng), labels[part]))
            progress.advance(len(images[part]))
    for _ in range(0, POOL * PEN, at_a_time):
        pools["pen"].append(pen_images(at_a_time, rng))
        progress.advance(at_a_time)
    for _ in range(0, POOL * NONE, at_a_time):
        none = no_digit_images(at_a_time, rng)
        pools["none"].append((none, np.full(at_a_time, NO_DIGIT, np.uint8)))
        progress.advance(at_a_time)
    return {
        name: tuple(np.concatenate([pair[i] for pair in pairs]) for i in (0, 1))
        for name, pairs in pools.items()
    }


def drawn_images():
    """How many images `make_pools` draws."""
    return POOL * (REDRAWN + PEN + NONE)


def fit(model, epoch_of, epochs, progress, seed=SEED):
    """Train a model of `build_recognizer` on eleven classes.

    Parameters
    ----------
    model : keras.Model
    epoch_of : callable
        `epoch_of(epoch, rng)` returns images uint8 (n, 28, 28) and labels 0 to 10, in any order.
    epochs : int
    progress : Progress
        Advanced by the images seen.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    net = with_scores(model)
    rate = one_cycle(PEAK, epochs)  # of the epochs that are done
    optimizer = keras.optimizers.Adam(PEAK)
    loss_of = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING)
    optimizer.build(net.trainable_variables)

    @tf.function(reduce_retracing=True)
    def train(images, labels):
        images = tf.cast(images, tf.float32)[..., None] / 255
        with tf.GradientTape() as tape:
            loss = loss_of(tf.one_hot(labels, NO_DIGIT + 1), net(images, training=True))
        gradients = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))
        return loss

    for epoch in range(epochs):
        images, labels = epoch_of(epoch, rng)
        order = rng.permutation(len(images))
        batches = len(order) // BATCH
        for number in range(batches):
            optimizer.learning_rate.assign(rate(epoch + number / batches))
            rows = order[number * BATCH : (number + 1) * BATCH]
            shift = rng.integers(-1, 2, 2)
            loss = train(np.roll(images[rows], shift, axis=(1, 2)), labels[rows])
            values = {"loss": f"{float(loss):.3f}"} if number % 20 == 0 else {}
            progress.advance(BATCH, **values)


def train(path=WEIGHTS, epochs=EPOCHS, seed=SEED):
    """Train the recognizer, save its weights with their card, and return it.

    Parameters
    ----------
    path : Path
        Ends in `.weights.h5`.
    epochs : int
    seed : int

    Returns
    -------
    model : keras.Model
    """
    (images, labels), _ = real_mnist()
    started = time.process_time()  # of all threads together
    kept, held_out = slice(0, MNIST), slice(MNIST, None)
    rng = np.random.default_rng(seed)
    with Progress(drawn_images(), "Drawing", "images") as progress:
        pools = make_pools(images[kept], labels[kept], rng, progress)
    model = new_recognizer(seed)
    with Progress(epochs * (MNIST + REDRAWN + PEN + NONE), "Training", "images") as progress:
        fit(model, epochs_from(model, images[kept], labels[kept], pools), epochs, progress, seed)
    temperature = calibrate(model, images[held_out], labels[held_out], rng)
    seconds = time.process_time() - started
    measured = measure(model)
    save_model(
        model,
        path,
        data="55,000 of MNIST's training images, moved and redrawn, and what the course draws itself: "
        "pen strokes, letters, signs and scribbles",
        accuracy=measured.pop("accuracy"),
        seconds=seconds,
        recipe="python -m data.make.recognizer train",
        temperature=round(temperature, 3),
        **measured,
    )
    return model


def new_recognizer(seed=SEED):
    """A recognizer whose first weights depend on the seed only."""
    import keras

    keras.utils.set_random_seed(seed)
    return build_recognizer()


def epochs_from(model, images, labels, pools):
    """What `fit` asks for: MNIST moved anew in each epoch, and a part of each pool."""

    def epoch_of(epoch, rng):
        if epoch == CLEAN_AT:
            pools["redrawn"] = without_lost_strokes(model, *pools["redrawn"])
        parts = [(moved_images(images, rng), labels)]
        for name, count in (("redrawn", REDRAWN), ("pen", PEN), ("none", NONE)):
            drawn, of = pools[name]
            rows = (np.arange(count) + epoch * count) % len(drawn)
            parts.append((drawn[rows], of[rows]))
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]).astype(np.int32)

    return epoch_of


def without_lost_strokes(model, images, labels):
    """Leave out images that a half-trained model is sure to be something else.

    Among redrawn images these are digits whose loop was filled with ink: their middle line is a bare stick.
    """
    p, _ = outputs(images / np.float32(255), model)
    keep = p[np.arange(len(labels)), labels] >= 0.05
    return images[keep], labels[keep]


def calibrate(model, images, labels, rng):
    """Scale the scores so that the probabilities say how often they are right.

    Parameters
    ----------
    model : keras.Model
        Of `build_recognizer`; its last layer is changed.
    images, labels : ndarray
        MNIST images, uint8, that the model was not trained on. Pen strokes are added to them.
    rng : np.random.Generator

    Returns
    -------
    temperature : float
        What the scores were divided by.

    Notes
    -----
    C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks" (2017).
    """
    pen, pen_labels = pen_images(2_000, rng)
    images = np.concatenate([images, redrawn_images(images, rng, 0.5), pen])
    labels = np.concatenate([labels, labels, pen_labels])
    p, _ = outputs(images / np.float32(255), model)
    scores = np.log(np.maximum(p, 1e-12))
    right = scores[np.arange(len(labels)), labels]

    def loss(temperature):
        largest = (scores / temperature).max(axis=1)
        total = np.exp(scores / temperature - largest[:, None]).sum(axis=1)
        return np.mean(largest + np.log(total) - right / temperature)

    tried = np.geomspace(0.3, 3, 47)
    temperature = float(tried[np.argmin([loss(t) for t in tried])])
    last = model.get_layer("scores")
    last.set_weights([w / temperature for w in last.get_weights()])
    return temperature


def measure(model):
    """Measure a recognizer on what it was not trained on.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    dict
        `accuracy` by data set, `refused`: shares of digits and of no digits that `read` is not sure of,
        `calibration_error`: expected calibration error in 15 bins.
    """
    _, (images, labels) = real_mnist()
    rng = np.random.default_rng(SEED + 1)
    sets = {
        "MNIST test": (images, labels),
        "MNIST test, strokes redrawn": (redrawn_images(images[:5_000], rng, 0), labels[:5_000]),
        "pen strokes drawn by the course": pen_images(5_000, rng),
    }
    entries = json.loads(HANDS.read_text(encoding="utf-8"))["digits"]
    typed = np.array([strokes_to_image(entry["strokes"]) for entry in entries])
    typed = np.rint(255 * typed).astype(np.uint8), np.array([entry["digit"] for entry in entries])
    sets["pen strokes typed by hand for the test"] = typed
    accuracy, refused, errors = {}, {}, {}
    for name, (drawn, of) in sets.items():
        p, none = outputs(drawn / np.float32(255), model)
        right = p.argmax(axis=1) == of
        accuracy[name] = round(float(right.mean()), 4)
        refused[name] = round(float(is_refused(p, none).mean()), 4)
        errors[name] = round(calibration_error(p.max(axis=1), right), 4)
    none = no_digit_images(2_000, rng)
    refused["letters, signs and scribbles"] = round(
        float(is_refused(*outputs(none / np.float32(255), model)).mean()), 4
    )
    return {"accuracy": accuracy, "refused": refused, "calibration_error": errors}


def is_refused(probabilities, no_digit):
    """Where `read` is not sure, bool (n,)."""
    return (no_digit > DOUBT) | (probabilities.max(axis=1) < SURE)


def calibration_error(confidence, right, bins=15):
    """Mean distance between what a model believes and how often it is right, weighted by the bins' sizes."""
    number = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[number == b].mean() - right[number == b].mean()) * np.mean(number == b)
        for b in np.unique(number)
    ]
    return float(sum(gaps))


def first_prediction_seconds():
    """Seconds from nothing but TensorFlow imported to the first probabilities."""
    import keras  # noqa: F401

    start = time.perf_counter()
    np.asarray(load_recognizer()(np.zeros((1, 28, 28, 1), np.float32)))
    return time.perf_counter() - start


def main(arguments=None):
    """Train or measure the recognizer of `data/weights`."""
    parser = argparse.ArgumentParser(prog="python -m data.make.recognizer", description=main.__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    to_train = what.add_parser("train", help="train it anew, and save the weights with their card")
    to_train.add_argument(
        "--to", type=Path, default=WEIGHTS, help="file, ends in .weights.h5 (the shipped one)"
    )
    what.add_parser("measure", help="accuracies, refusals, calibration and speed of the shipped weights")
    options = parser.parse_args(arguments)

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    with quiet_native_log():
        import tensorflow  # noqa: F401
    if options.what == "train":
        train(options.to)
        print(f"Saved {options.to} and its card.")
    else:
        seconds = first_prediction_seconds()
        print(json.dumps(measure(load_recognizer()), indent=1))
        print(f"loading and first prediction: {seconds:.1f} s")


if __name__ == "__main__":
    main()
