"""Teach a small recognizer what the large one knows: chapter 20's.

python -m data.make.small_recognizer      # 6 CPU minutes, needs mnist.npz and pen_strokes.json.gz
"""

import argparse
import time
from pathlib import Path

import numpy as np

from data.make.in_half import in_half, save_in_half
from data.make.people import SOURCE, load_people
from data.make.recognizer import (
    KEPT,
    SEED,
    THEN,
    UNSEEN,
    epochs_from,
    fit,
    make_pools,
    measure,
    measure_people,
    real_mnist,
)
from helpers.handwriting.recognizer import (
    SMALL_FILTERS,
    SMALL_WEIGHTS,
    build_recognizer,
    load_recognizer,
    with_scores,
)
from helpers.session import load_keras

TEMPERATURE = 2.0
EPOCHS, LAST_EPOCHS = 14, 3
PEAK, LAST_PEAK = 6e-3, 1e-3
HOW = (
    "measured before the last three epochs, when the small network had learned from none of these writers; "
    "its teacher had seen all 30"
)


def softened(teacher):
    """A loss: how far scores are from the teacher's, both softened, whatever the label says."""
    import keras
    import tensorflow as tf

    net = with_scores(teacher)

    def loss_of(images, labels, scores):
        targets = tf.nn.softmax(net(images, training=False) / TEMPERATURE)
        loss = keras.losses.categorical_crossentropy(targets, scores / TEMPERATURE, from_logits=True)
        return TEMPERATURE**2 * tf.reduce_mean(loss)

    return loss_of


def train(path):
    """Train it, save its weights in 16 bits with their card, and return it.

    As for the large one, people's pens but for those of some writers come first; with these writers it is
    measured. (Its teacher has seen them.)
    """
    import keras

    (images, labels), _ = real_mnist()
    strokes, digits, writers = load_people()
    images, labels = images[:KEPT], labels[:KEPT]
    started = time.process_time()
    teacher = load_recognizer()
    keras.utils.set_random_seed(SEED)
    model = build_recognizer(SMALL_FILTERS)
    pools = make_pools(images, labels, THEN, np.random.default_rng(SEED))
    seen, everyone = ~np.isin(writers, UNSEEN), np.ones(len(writers), bool)
    for who, epochs, peak in ((seen, EPOCHS, PEAK), (everyone, LAST_EPOCHS, LAST_PEAK)):
        people = [strokes[i] for i in np.flatnonzero(who)], digits[who]
        epoch_of = epochs_from(model, (images, labels), THEN, pools, people)
        fit(model, epoch_of, epochs, SEED, peak, softened(teacher))
        if who is seen:
            never_seen = measure_people(model, strokes, digits, np.where(seen, 0, writers))
    seconds = time.process_time() - started
    in_half(model)
    measured = measure(model)
    save_in_half(
        model,
        path,
        data="the outputs of the large recognizer for 55,000 of MNIST's training images, moved and redrawn, "
        f"for digits of 30 people, bent, and for what the course draws itself. People's digits: {SOURCE}",
        accuracy=measured.pop("accuracy") | {"people it has never seen": never_seen["correct"]},
        seconds=seconds,
        recipe="python -m data.make.small_recognizer",
        people_never_seen=never_seen | {"how": HOW},
        **measured,
    )
    return model


def main(arguments=None):
    """Train the small recognizer of `data/weights`."""
    parser = argparse.ArgumentParser(prog="python -m data.make.small_recognizer", description=main.__doc__)
    parser.add_argument("--to", type=Path, default=SMALL_WEIGHTS, help="file, ends in .weights.h5")
    load_keras()
    path = parser.parse_args(arguments).to
    train(path)
    print(f"Saved {path} and its card.")


if __name__ == "__main__":
    main()
