"""Fit the recognizer to one person's handwriting."""

import numpy as np

from helpers.handwriting.recognizer import NO_DIGIT, knows_no_digit, with_or_without_channel, with_scores
from helpers.handwriting.training_images import moved_images, no_digit_images, pen_images

DRAWN_PARTS = 20  # in which pen strokes are drawn for replay


def fine_tune(model, images, labels, *, replay=None, steps=120, seed=7, progress=None):
    """Fit a copy of a model to one person's digits without forgetting other people's.

    The model goes from images (n, 28, 28, 1) to ten probabilities. Own images are (n, 28, 28), float32 in
    [0, 1], with labels 0 to 9. `replay` is what must not be forgotten, images uint8 (m, 28, 28) and labels:
    MNIST's training images, say. Drawn pen strokes are always replayed, and drawn scribbles where the model
    knows the class "no digit". Each step has 64 images: 24 own ones, moved a little each time, and 40
    replayed. A `Progress` is advanced for each of `DRAWN_PARTS` parts of the pen strokes, then for each step.
    """
    import keras
    import tensorflow as tf

    own, labels = _checked_own(images, labels)
    advance = (lambda: None) if progress is None else progress.advance
    rng = np.random.default_rng(seed)
    tuned = keras.models.clone_model(model)
    tuned.set_weights(model.get_weights())
    knows_none = knows_no_digit(tuned)
    net = with_scores(tuned) if knows_none else tuned
    others, other_labels = _others(replay, knows_none, rng, advance)
    optimizer = keras.optimizers.Adam(4e-4)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=knows_none)
    optimizer.build(net.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(images, labels):
        with tf.GradientTape() as tape:
            # Statistics of the batch would be those of a single hand: the learned ones stay.
            loss = loss_of(labels, net(images, training=False))
        gradients = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))

    for number in range(steps):
        optimizer.learning_rate.assign(4e-4 * (1 - number / steps))
        rows = rng.integers(0, len(own), 24)
        moved = moved_images(own[rows], rng)
        old = rng.integers(0, len(others), 40)
        batch = np.concatenate([moved, others[old]])[..., None] / np.float32(255)
        step(batch, np.concatenate([labels[rows], other_labels[old]]))
        advance()
    return with_or_without_channel(tuned)


def _checked_own(images, labels):
    images, labels = np.asarray(images, np.float32), np.asarray(labels)
    if images.ndim != 3 or images.shape[1:] != (28, 28) or len(images) != len(labels) or not len(labels):
        raise ValueError(
            f"images have shape {images.shape}, labels {labels.shape}; expected (n, 28, 28) and (n,), n > 0"
        )
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0 or labels.max() > 9:
        raise ValueError("labels must be whole numbers from 0 to 9")
    if not (np.isfinite(images).all() and images.min() >= 0 and images.max() <= 1):
        raise ValueError("images have values from 0 (paper) to 1 (ink); divide whole numbers by 255")
    return np.rint(255 * images).astype(np.uint8), labels.astype(np.int32)


def _others(replay, knows_none, rng, advance):
    """Other people's digits, and what is none, uint8 (n, 28, 28) with labels int32 (n,)."""
    parts = []
    for _ in range(DRAWN_PARTS):
        parts.append(pen_images(50, rng))
        advance()
    if replay is not None:
        images, labels = replay
        rows = rng.permutation(len(images))[:4_000]
        parts.append((images[rows], labels[rows]))
    if knows_none:
        parts.append((no_digit_images(200, rng), np.full(200, NO_DIGIT)))
    images, labels = zip(*parts, strict=True)
    return np.concatenate(images), np.concatenate(labels).astype(np.int32)
