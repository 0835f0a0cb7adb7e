"""Train the recognizer that ships with the course, or measure it.

python -m data.make.recognizer train      # 10 CPU minutes, needs mnist.npz and pen_strokes.json.gz
python -m data.make.recognizer measure    # prints what its card says
"""

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np

from data.make.one_cycle import one_cycle
from data.make.people import SOURCE, bent_images, load_people
from data.make.redrawn import in_parts, redrawn_images
from helpers import datasets
from helpers.handwriting.pen import draw_all
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
from helpers.handwriting.strokes import PEN_WIDTH, strokes_to_image
from helpers.handwriting.training_images import moved_images, no_digit_images, pen_images
from helpers.models import load_weights, read_card, save_model
from helpers.progress import Progress
from helpers.session import quiet_native_log

HANDS = Path(__file__).with_name("pen_strokes.json")
"""Digits typed in by hand, on which nothing is trained."""

SEED = 7
BATCH = 128
SMOOTHING = 0.05
# Images of each kind in an epoch, at first and once people's pens come in. MNIST's and people's are moved or
# bent anew each time; of the others there are so many times as many in all as an epoch shows.
FIRST = {"mnist": 55_000, "redrawn": 55_000, "pen": 70_000, "none": 18_000}, 2
THEN = {"mnist": 25_000, "redrawn": 12_000, "pen": 8_000, "none": 10_000, "people": 25_000}, 1
FIRST_EPOCHS, THEN_EPOCHS, LAST_EPOCHS = 8, 6, 2
FIRST_PEAK, THEN_PEAK, LAST_PEAK = 4e-3, 2e-3, 4e-4
CLEAN_AT = 2  # the epoch before which redrawn images are looked through
KEPT = 55_000  # of MNIST's training images; the others set the temperature
UNSEEN = range(2, 31, 4)
"""Writers of whom nothing is learned until the figures for people it has never seen are measured."""
CEILING = "near 99%: some 4s have lost their second stroke in the recording, and nobody could read them"


def real_mnist():
    """MNIST itself: training on the embedded stand-in would ship a network that never saw real digits."""
    data = datasets.load_mnist()
    if datasets.source_of("mnist") == "embedded":
        raise SystemExit(
            "Training the recognizer needs the real MNIST, and only the course's own stand-in was found. "
            "Set COURSE_DATA_DIR to a folder with mnist.npz, or allow the download (unset COURSE_OFFLINE)."
        )
    return data


def make_pools(images, labels, plan, rng):
    """Draw what comes neither from MNIST's own pixels nor from people's pens: images uint8 and labels."""
    counts, times = plan
    at_a_time = 1_000

    def redrawn(first):
        part = np.arange(first, first + at_a_time) % len(images)
        return redrawn_images(images[part], rng), labels[part]

    def none(first):
        return no_digit_images(at_a_time, rng), np.full(at_a_time, NO_DIGIT, np.uint8)

    makers = {"redrawn": redrawn, "pen": lambda first: pen_images(at_a_time, rng), "none": none}
    pools = {}
    with Progress(times * sum(counts[name] for name in makers), "Drawing", "images") as progress:
        for name, maker in makers.items():
            pairs = []
            for first in range(0, times * counts[name], at_a_time):
                pairs.append(maker(first))
                progress.advance(at_a_time)
            pools[name] = tuple(np.concatenate([pair[i] for pair in pairs]) for i in (0, 1))
    return pools


def cross_entropy(images, labels, scores):
    """The loss with smoothed labels."""
    import keras

    loss_of = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING)
    return loss_of(keras.ops.one_hot(labels, NO_DIGIT + 1), scores)


def fit(model, epoch_of, epochs, seed, peak, loss_of=cross_entropy):
    """Train a model of `build_recognizer` on eleven classes.

    Parameters
    ----------
    model : keras.Model
    epoch_of : callable
        `epoch_of(epoch, rng)` returns images uint8 (n, 28, 28) and labels 0 to 10, in any order.
    epochs : int
    seed : int
    peak : float
        The highest learning rate.
    loss_of : callable
        `loss_of(images, labels, scores)`, of images (n, 28, 28, 1), float32, and eleven scores each.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    net = with_scores(model)
    rate = one_cycle(peak, epochs)  # of the epochs that are done
    optimizer = keras.optimizers.Adam(peak)
    optimizer.build(net.trainable_variables)

    @tf.function(reduce_retracing=True)
    def train(images, labels):
        images = tf.cast(images, tf.float32)[..., None] / 255
        with tf.GradientTape() as tape:
            loss = loss_of(images, labels, net(images, training=True))
        gradients = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))
        return loss

    with Progress(epochs, "Training", "epochs") as progress:
        for epoch in range(epochs):
            images, labels = epoch_of(epoch, rng)
            order = rng.permutation(len(images))
            batches = len(order) // BATCH
            for number in range(batches):
                optimizer.learning_rate.assign(rate(epoch + number / batches))
                rows = order[number * BATCH : (number + 1) * BATCH]
                shift = rng.integers(-1, 2, 2)
                loss = train(np.roll(images[rows], shift, axis=(1, 2)), labels[rows])
            progress.advance(loss=f"{float(loss):.3f}")


def train(path=WEIGHTS, first=None, seed=SEED):
    """Train the recognizer, save its weights with their card, and return it.

    It learns to read and to refuse from MNIST and from what the course draws; then people's pens come in, but
    for those of some writers; with these writers it is measured, and in two last epochs it learns from all.

    Parameters
    ----------
    path : Path
        Ends in `.weights.h5`.
    first : Path, optional
        Weights that an earlier run had after its first part; that part is left out.
    seed : int

    Returns
    -------
    model : keras.Model
    """
    (images, labels), _ = real_mnist()
    strokes, digits, writers = load_people()
    started = time.process_time()  # of all threads together
    rng = np.random.default_rng(seed)
    held_out = images[KEPT:], labels[KEPT:]
    images, labels = images[:KEPT], labels[:KEPT]
    model = new_recognizer(seed)
    if first is None:
        pools = make_pools(images, labels, FIRST, rng)
        fit(model, epochs_from(model, (images, labels), FIRST, pools), FIRST_EPOCHS, seed, FIRST_PEAK)
    else:
        load_weights(model, first)
    pools = make_pools(images, labels, THEN, rng)
    seen, everyone = ~np.isin(writers, UNSEEN), np.ones(len(writers), bool)
    for who, epochs, peak in ((seen, THEN_EPOCHS, THEN_PEAK), (everyone, LAST_EPOCHS, LAST_PEAK)):
        people = [strokes[i] for i in np.flatnonzero(who)], digits[who]
        fit(model, epochs_from(model, (images, labels), THEN, pools, people), epochs, seed, peak)
        ready, temperature = calibrated(model, *held_out, rng)
        if who is seen:
            never_seen = measure_people(ready, strokes, digits, np.where(seen, 0, writers))
    seconds = time.process_time() - started
    measured = measure(ready)
    save_model(
        ready,
        path,
        data="55,000 of MNIST's training images, moved and redrawn; digits of 30 people, bent; and what the "
        f"course draws itself: pen strokes, letters, signs and scribbles. People's digits: {SOURCE}",
        accuracy=measured.pop("accuracy") | {"people it has never seen": never_seen["correct"]},
        seconds=seconds,
        recipe="python -m data.make.recognizer train",
        temperature=round(temperature, 3),
        first_part=f"weights of sha256 {read_card(first)['sha256']}" if first else "trained in this run",
        people_never_seen=never_seen,
        **measured,
    )
    return ready


def measure_people(model, strokes, labels, writers):
    """Measure a recognizer on people's digits, writer by writer; writer 0 is left out.

    Parameters
    ----------
    model : keras.Model
        Of `build_recognizer`, its probabilities calibrated.
    strokes : list of n lists of ndarray of shape (n_i, 2)
    labels, writers : ndarray of shape (n,), int

    Returns
    -------
    dict
        Shares of all, and by writer, that are correct, refused (not sure), sure and wrong.
    """
    rows = np.flatnonzero(writers)
    drawn = draw_all([strokes[i] for i in rows], np.full(len(rows), PEN_WIDTH))
    p, none = outputs(drawn / np.float32(255), model)
    right, refused = p.argmax(axis=1) == labels[rows], is_refused(p, none)
    kinds = {"correct": right, "refused": refused, "sure and wrong": ~right & ~refused}

    def shares(of):
        return {name: round(float(kind[of].mean()), 4) for name, kind in kinds.items()}

    by_writer = {
        str(writer): {"digits": int((writers == writer).sum())} | shares(writers[rows] == writer)
        for writer in np.unique(writers[rows])
    }
    how = (
        "measured before the last two epochs, when nothing of these writers had been learned; "
        "the weights in the file have since seen all 30"
    )
    everybody = {"digits": len(rows)} | shares(slice(None))
    return everybody | {"how": how, "ceiling": CEILING, "by writer": by_writer}


def new_recognizer(seed=SEED):
    """A recognizer whose first weights depend on the seed only."""
    import keras

    keras.utils.set_random_seed(seed)
    return build_recognizer()


def epochs_from(model, mnist, plan, pools, people=None):
    """What `fit` asks for: MNIST moved and people's digits bent anew each time, and parts of pools."""
    counts, _ = plan

    def epoch_of(epoch, rng):
        if epoch == CLEAN_AT:
            pools["redrawn"] = without_lost_strokes(model, *pools["redrawn"])
        which = rng.permutation(len(mnist[0]))[: counts["mnist"]]
        moved = in_parts(lambda part: moved_images(part, rng), mnist[0][which])
        parts = [(moved, mnist[1][which])]
        for name, pool in pools.items():
            rows = (np.arange(counts[name]) + epoch * counts[name]) % len(pool[0])
            parts.append((pool[0][rows], pool[1][rows]))
        if people:
            which = rng.permutation(np.arange(counts["people"]) % len(people[0]))
            parts.append((bent_images([people[0][i] for i in which], rng), people[1][which]))
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]).astype(np.int32)

    return epoch_of


def without_lost_strokes(model, images, labels):
    """Leave out images that a half-trained model is sure to be something else.

    Among redrawn images these are digits whose loop was filled with ink: their middle line is a bare stick.
    """
    p, _ = outputs(images / np.float32(255), model)
    keep = p[np.arange(len(labels)), labels] >= 0.05
    return images[keep], labels[keep]


def calibrated(model, images, labels, rng):
    """Scale the scores of a copy so that the probabilities say how often they are right.

    Parameters
    ----------
    model : keras.Model
        Of `build_recognizer`.
    images, labels : ndarray
        MNIST images, uint8, that the model was not trained on. Pen strokes are added to them.
    rng : np.random.Generator

    Returns
    -------
    copy : keras.Model
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
    copy = build_recognizer()
    copy.set_weights(model.get_weights())
    last = copy.get_layer("scores")
    last.set_weights([w / temperature for w in last.get_weights()])
    return copy, temperature


def measure(model):
    """Measure a recognizer on what it was not trained on.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    dict
        `accuracy` by data set, `refused`: shares of digits and of no digits that `read` is not sure of,
        `sure_mistakes`: shares of digits read as another one, and of no digits read as one, without a doubt;
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
    accuracy, refused, mistakes, errors = {}, {}, {}, {}
    for name, (drawn, of) in sets.items():
        p, none = outputs(drawn / np.float32(255), model)
        right = p.argmax(axis=1) == of
        accuracy[name] = round(float(right.mean()), 4)
        doubted = is_refused(p, none)
        refused[name] = round(float(doubted.mean()), 4)
        mistakes[f"wrong digit, {name}"] = round(float((~right & ~doubted).mean()), 4)
        errors[name] = round(calibration_error(p.max(axis=1), right), 4)
    name, none = "letters, signs and scribbles", no_digit_images(5_000, rng)
    refused[name] = round(float(is_refused(*outputs(none / np.float32(255), model)).mean()), 4)
    mistakes[f"a digit that is none, {name}"] = round(1 - refused[name], 4)
    return {"accuracy": accuracy, "refused": refused, "sure_mistakes": mistakes, "calibration_error": errors}


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
    to_train.add_argument(
        "--first", type=Path, help="weights of an earlier run's first part, which is left out then"
    )
    what.add_parser("measure", help="accuracies, refusals, calibration and speed of the shipped weights")
    options = parser.parse_args(arguments)

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    with quiet_native_log():
        import tensorflow  # noqa: F401
    if options.what == "train":
        train(options.to, options.first)
        print(f"Saved {options.to} and its card.")
    else:
        seconds = first_prediction_seconds()
        print(json.dumps(measure(load_recognizer()), indent=1))
        print(f"loading and first prediction: {seconds:.1f} s")


if __name__ == "__main__":
    main()
