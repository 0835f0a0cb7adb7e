"""Measure the drawn digits that stand in for MNIST, or save a picture of some.

python -m data.make.digits --measure         # speed, and how a network that saw only them reads MNIST
python -m data.make.digits --picture FILE    # a look at them
"""

import argparse
import time

import numpy as np

from helpers import datasets
from helpers.session import quiet_native_log
from helpers.synthetic.digits import SIZE, make_digits


def speed(n: int = 10_000) -> float:
    """Digits drawn per second of one core."""
    make_digits(100, np.random.default_rng(0))  # the skeletons are read on the first call
    start = time.process_time()
    make_digits(n, np.random.default_rng(0))
    return n / (time.process_time() - start)


def train_reader(seed: int, n: int = 60_000, epochs: int = 3, like_mnist: bool = False):
    """Train a small convolutional network on n drawn digits alone; takes 30 to 40 s on one core.

    `like_mnist` is that of `make_digits`.

    Returns
    -------
    keras.Model : from float32 images (n, 28, 28, 1) in [0, 1] to ten scores
    """
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    images, labels = make_digits(n, rng, like_mnist)
    model = keras.Sequential([keras.Input((SIZE, SIZE, 1))])
    for filters, width, stride in [(24, 5, 2), (48, 5, 1), (96, 3, 1)]:
        model.add(layers.Conv2D(filters, width, strides=stride, use_bias=False))
        model.add(layers.BatchNormalization(momentum=0.8))
        model.add(layers.ReLU())
        if filters == 48:
            model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.2))
    model.add(layers.Dense(10))

    steps = epochs * -(-n // 64)
    rate = keras.optimizers.schedules.CosineDecay(
        4e-4, decay_steps=steps * 3 // 4, alpha=0.01, warmup_target=4e-3, warmup_steps=steps // 4
    )
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.05),
    )
    targets = np.eye(10, dtype=np.float32)[labels]
    for _ in range(epochs):
        moved = np.empty_like(images)
        shifts = rng.integers(-2, 3, (n, 2))
        for shift in np.unique(shifts, axis=0):
            rows = (shifts == shift).all(1)
            moved[rows] = np.roll(images[rows], shift, axis=(1, 2))
        model.fit(moved[..., None] / np.float32(255), targets, batch_size=64, verbose=0)
    return model


def measure(seeds: int) -> None:
    print(f"{speed():,.0f} digits per CPU second")
    _, (images, labels) = datasets.load_mnist()
    if datasets.source_of("mnist") == "embedded":
        print("No real MNIST at hand: set COURSE_DATA_DIR to a folder with mnist.npz to measure accuracy.")
        return
    images = images[..., None] / np.float32(255)
    for seed in range(seeds):
        right = train_reader(seed).predict(images, batch_size=500, verbose=0).argmax(1) == labels
        errors = [f"{digit}: {1 - right[labels == digit].mean():.1%}" for digit in range(10)]
        print(f"seed {seed}: {right.mean():.2%} of the {len(labels):,} real test images")
        print(f"  errors by digit: {', '.join(errors)}")


def save_picture(path: str, columns: int = 20) -> None:
    """Write a PNG with a row of drawn digits for each class, black on white."""
    from PIL import Image

    images, labels = make_digits(10 * columns, np.random.default_rng(42))
    rows = images[np.argsort(labels, kind="stable")].reshape(10, columns, SIZE, SIZE)
    sheet = 255 - rows.swapaxes(1, 2).reshape(10 * SIZE, columns * SIZE)
    Image.fromarray(sheet).quantize(16).save(path, optimize=True)


def main(arguments: list[str] | None = None) -> None:
    """Measure the drawn digits, or save a picture of some."""
    parser = argparse.ArgumentParser(prog="python -m data.make.digits", description=main.__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--measure", action="store_true", help="speed; accuracy on real MNIST")
    what.add_argument("--picture", metavar="FILE", help="save a PNG with twenty digits of each class")
    parser.add_argument("--seeds", type=int, default=1, help="how many networks --measure trains (1)")
    options = parser.parse_args(arguments)
    if options.picture:
        save_picture(options.picture)
        return
    with quiet_native_log():
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    measure(options.seeds)


if __name__ == "__main__":
    main()
