"""Train the small network on photographs of things whose features chapter 14 carries over to other pictures.

python -m data.make.backbone            # a quarter of an hour of one core; needs CIFAR-10
"""

import argparse
import sys
import time

import numpy as np

from data.make.in_half import in_half, save_in_half
from data.make.one_cycle import one_cycle
from helpers import datasets
from helpers.models import shipped
from helpers.session import quiet_native_log

NAME = "backbone"
BLOCKS = ((48, 2), (48, 1), (128, 2), (128, 1), (128, 1), (128, 1), (160, 2), (160, 1))
"""Channels that leave each block, and its stride."""


def build_backbone(shape=(32, 32, 3)):
    """Build the network: depthwise separable blocks, as in MobileNet, each added to its input where it fits.

    Parameters
    ----------
    shape : (int or None, int or None, int)
        Of an image; None for any height and width.

    Returns
    -------
    keras.Model
        From float32 images of shape (n, 32, 32, 3) in [0, 255] to scores of shape (n, 10). The layer
        "features" gives (n, 160).

    Notes
    -----
    A. Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications"
    (2017, arXiv:1704.04861).
    """
    import keras
    from keras import layers

    def normed(x):
        return layers.ReLU()(layers.BatchNormalization()(x))

    inputs = keras.Input(shape, name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = normed(layers.Conv2D(24, 3, padding="same", use_bias=False)(x))
    for channels, stride in BLOCKS:
        before = x
        x = normed(layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False)(x))
        x = normed(layers.Conv2D(channels, 1, use_bias=False)(x))
        if before.shape == x.shape:
            x = layers.Add()([before, x])
    x = layers.GlobalAveragePooling2D(name="features")(x)
    return keras.Model(inputs, layers.Dense(10, name="scores")(x), name=NAME)


class Batches:
    """Pictures in mixed order, each turned around or not and moved by up to four pixels; for ever."""

    def __init__(self, images, labels, size, rng):
        self.images = np.pad(images, ((0, 0), (4, 4), (4, 4), (0, 0)), "reflect")
        self.labels, self.size, self.rng = labels, size, rng

    def __iter__(self):
        while True:
            order = self.rng.permutation(len(self.labels))
            for start in range(0, len(order), self.size):
                rows = order[start : start + self.size]
                yield self.moved(rows), self.labels[rows]

    def moved(self, rows):
        top, left = self.rng.integers(0, 9, (2, len(rows), 1))
        across = np.arange(32) + left
        turned = self.rng.random(len(rows)) < 0.5
        across[turned] = across[turned, ::-1]
        down = np.arange(32) + top
        return self.images[rows[:, None, None], down[:, :, None], across[:, None]].astype(np.float32)


def train(epochs=10, seed=42, batch=128):
    """Train the network and save it.

    Parameters
    ----------
    epochs, seed, batch : int

    Returns
    -------
    accuracy : float in [0, 1]
        Of the test pictures, with the weights as they were saved, in 16 bits.

    Raises
    ------
    SystemExit
        If CIFAR-10 is not at hand.
    """
    (x_train, y_train), (x_test, y_test) = datasets.load_cifar10()
    if datasets.source_of("cifar10") == "embedded":
        raise SystemExit("the backbone needs the real CIFAR-10: set COURSE_DATA_DIR to a folder that has it")
    import keras

    keras.utils.set_random_seed(seed)
    model = build_backbone()
    steps, begun = -(-len(x_train) // batch), time.process_time()
    model.compile(
        keras.optimizers.AdamW(one_cycle(4e-3, epochs * steps), weight_decay=0.01),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,  # On a processor it takes seven times as long.
    )
    batches = iter(Batches(x_train, y_train[:, 0], batch, np.random.default_rng(seed)))
    model.fit(batches, steps_per_epoch=steps, epochs=epochs, shuffle=False, verbose=2)
    seconds = time.process_time() - begun
    in_half(model)
    scores = model.predict(x_test.astype(np.float32), batch_size=500, verbose=0)
    accuracy = float(np.mean(scores.argmax(axis=1) == y_test[:, 0]))
    save_in_half(
        model,
        shipped(NAME),
        data=f"CIFAR-10 (A. Krizhevsky 2009), JPEG copies of its {len(x_train):,} training pictures",
        accuracy=accuracy,
        seconds=seconds,
        recipe="python -m data.make.backbone",
        epochs=epochs,
        licence="trained on CIFAR-10, which is published without a formal licence",
    )
    return accuracy


def main(arguments=None):
    """Train and save; print what came out."""
    parser = argparse.ArgumentParser(prog="python -m data.make.backbone", description=main.__doc__)
    parser.add_argument("--epochs", type=int, default=10, help="as many as the shipped one had by default")
    options = parser.parse_args(arguments)
    with quiet_native_log():
        import tensorflow  # noqa: F401
    accuracy = train(options.epochs)
    print(f"{shipped(NAME).name}: {accuracy:.1%} of the test pictures, in {options.epochs} epochs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
