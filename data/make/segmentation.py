"""Train the U-Net of chapter 16, which tells background, inside and boundary of nuclei apart.

python -m data.make.segmentation         # needs the pictures of nuclei
"""

import sys
import time

import numpy as np

from data.make.in_half import in_half, save_in_half
from data.make.one_cycle import one_cycle
from helpers import datasets
from helpers.datasets.embedded import embedded_data
from helpers.models import shipped
from helpers.session import quiet_native_log

BACKGROUND, INSIDE, BOUNDARY = range(3)


def unet(shape=(128, 128, 1), filters=(16, 32, 64)):
    """Build a U-Net: down with ever more filters, up again, and across from each size to the same size.

    Parameters
    ----------
    shape : (int, int, int)
        Of a picture, whose values are 0 to 1.
    filters : tuple of int
        At full size, half, a quarter.

    Returns
    -------
    keras.Model
        Three scores for each pixel: background, inside, boundary.

    Notes
    -----
    O. Ronneberger, P. Fischer, T. Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation",
    MICCAI (2015).
    """
    import keras
    from keras import layers

    def block(z, count):
        for _ in range(2):
            z = layers.Conv2D(count, 3, padding="same", use_bias=False)(z)
            z = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(z))
        return z

    z = inputs = keras.Input(shape)
    across = []
    for count in filters[:-1]:
        z = block(z, count)
        across.append(z)
        z = layers.MaxPooling2D(2)(z)
    z = block(z, filters[-1])
    for count, same_size in zip(filters[-2::-1], across[::-1], strict=True):
        z = layers.Concatenate()([layers.UpSampling2D(2)(z), same_size])
        z = block(z, count)
    return keras.Model(inputs, layers.Conv2D(3, 1)(z))


def three_classes(labels):
    """Say of each pixel whether it is background, inside a nucleus or on its boundary.

    Parameters
    ----------
    labels : ndarray of shape (n, height, width), int
        0, and the number of the nucleus.

    Returns
    -------
    ndarray of the same shape, uint8
        0, 1 or 2. On the boundary is what belongs to a nucleus and has a neighbour that does not.
    """
    padded = np.pad(labels, ((0, 0), (1, 1), (1, 1)), mode="edge")
    beside = [padded[:, 1:-1, :-2], padded[:, 1:-1, 2:], padded[:, :-2, 1:-1], padded[:, 2:, 1:-1]]
    edge = np.any([labels != other for other in beside], axis=0)
    return np.where(labels == 0, BACKGROUND, np.where(edge, BOUNDARY, INSIDE)).astype(np.uint8)


def loss(classes, scores):
    """Cross-entropy, plus one less Dice's coefficient of what is not background."""
    import tensorflow as tf

    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(classes, tf.int32), scores)
    probability = 1 - tf.nn.softmax(scores)[..., BACKGROUND]
    there = tf.cast(classes > 0, tf.float32)
    common = tf.reduce_sum(probability * there, axis=(1, 2))
    dice = (2 * common + 1) / (tf.reduce_sum(probability + there, axis=(1, 2)) + 1)
    return tf.reduce_mean(entropy, axis=(1, 2)) + (1 - dice)


def instances(classes):
    """Number the nuclei: connected insides, grown back over the boundary.

    Parameters
    ----------
    classes : ndarray of shape (height, width)
        0, 1 or 2.

    Returns
    -------
    ndarray of shape (height, width), int
    """
    from skimage.measure import label
    from skimage.segmentation import watershed

    seeds = label(classes == INSIDE, connectivity=1)
    return watershed(np.zeros(classes.shape), seeds, mask=classes > 0)


def matches(found, truth, enough=0.5):
    """Count the nuclei found right (above `enough` intersection over union), all found, and all there are."""
    areas, others = np.bincount(found.ravel()), np.bincount(truth.ravel())
    common = np.zeros((len(areas), len(others)))
    np.add.at(common, (found.ravel(), truth.ravel()), 1)
    overlaps = common / (areas[:, None] + others - common)
    right = (overlaps[1:, 1:] > enough).sum()
    return right, (areas[1:] > 0).sum(), (others[1:] > 0).sum()


def scaled(pictures):
    """Make each picture reach from 0 to 1: some are much darker than others."""
    low, high = np.percentile(pictures, [1, 99.8], axis=(1, 2), keepdims=True)
    return np.clip((pictures - low) / np.maximum(high - low, 1), 0, 1).astype(np.float32)[..., None]


def figures_of(model, pictures, labels, name):
    """Overlap of the areas, and F1 of the nuclei."""
    classes = model.predict(scaled(pictures), batch_size=16, verbose=0).argmax(axis=-1)
    found, truth = classes > 0, labels > 0
    overlap = (found & truth).sum() / (found | truth).sum()
    right, all_found, all_true = np.sum(
        [matches(instances(classes[i]), labels[i]) for i in range(len(labels))], axis=0
    )
    return {
        f"{name}, overlap": float(overlap),
        f"{name}, F1": float(2 * right / (all_found + all_true)),
    }


def train(model, pictures, labels, epochs, peak=4e-3, batch=8):
    """Fit on pictures turned and mirrored anew each epoch; return CPU seconds."""
    import keras

    rng, begun = np.random.default_rng(0), time.process_time()
    model.compile(keras.optimizers.Adam(one_cycle(peak, epochs * -(-len(pictures) // batch))), loss=loss)
    x, y = scaled(pictures), three_classes(labels)
    for _ in range(epochs):
        turns, flips = rng.integers(4, size=len(x)), rng.random(len(x)) < 0.5
        seen, wanted = x.copy(), y.copy()
        for i, (turn, flip) in enumerate(zip(turns, flips, strict=True)):
            for array in (seen, wanted):
                array[i] = np.rot90(array[i, :, ::-1] if flip else array[i], turn)
        model.fit(seen, wanted, batch_size=batch, verbose=0)
    return time.process_time() - begun


def main(seed=42, epochs=12):
    """Train and save; print what came out."""
    with quiet_native_log():
        import keras
    (x, labels), test = datasets.load_nuclei()
    drawn = embedded_data("nuclei")
    cut = len(drawn["x"]) - len(drawn["x"]) // 5
    keras.utils.set_random_seed(seed)
    model = unet()
    seconds = train(
        model, np.concatenate([x, drawn["x"][:cut]]), np.concatenate([labels, drawn["labels"][:cut]]), epochs
    )
    # As they come back from the file.
    in_half(model)
    figures = figures_of(model, *test, "nuclei")
    figures |= figures_of(model, drawn["x"][cut:], drawn["labels"][cut:], "drawn nuclei")
    save_in_half(model, shipped("unet_nuclei"), accuracy=figures, seconds=seconds,
                 data="Data Science Bowl 2018 (CC0), 268 fluorescence pictures, and 264 drawn by the course",
                 recipe="python -m data.make.segmentation")  # fmt: skip
    print(", ".join(f"{name} {figure:.3f}" for name, figure in figures.items()))


if __name__ == "__main__":
    sys.exit(main())
