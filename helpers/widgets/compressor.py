"""Chapter 20's explorer: fewer bits and fewer weights, and what is left of a network."""

from functools import lru_cache

import numpy as np

from helpers.plotting import BLUE, GREEN
from helpers.widgets.controls import slider, stops, tick
from helpers.widgets.explorer import Explorer, axes_at, new_figure

BITS = (32, 8, 7, 6, 5, 4, 3, 2)
_MOST_IMAGES = 1_000


def compressed(kernels, bits, removed, per_channel):
    """Set the smallest weights to zero, a share in [0, 1) of all kernels' together, then round the others.

    The largest weight of a kernel, or of each of its output channels (last axis), becomes 2**(bits - 1) - 1
    steps; with 32 bits nothing is rounded.
    """
    sizes = np.sort(np.concatenate([abs(w).ravel() for w in kernels]))
    least = sizes[int(removed * len(sizes))] if removed else 0
    found = []
    for kernel in kernels:
        w = np.where(abs(kernel) >= least, kernel, 0)
        if bits < 32:
            axes = tuple(range(w.ndim - 1)) if per_channel else None
            step = np.maximum(abs(w).max(axis=axes, keepdims=True) / (2 ** (bits - 1) - 1), 1e-12)
            w = step * np.round(w / step)
        found.append(w.astype(np.float32))
    return found


def file_bytes(kernels, others, bits, removed, per_channel):
    """Bytes of a file: weights that are kept, a bit each for which, steps, and `others`, 4 bytes each."""
    count = sum(w.size for w in kernels)
    kept = count - int(removed * count)
    steps = sum(w.shape[-1] if per_channel else 1 for w in kernels) if bits < 32 else 0
    return kept * bits / 8 + (count / 8 if removed else 0) + 4 * (steps + others)


class Compressor(Explorer):
    """Choose bits and the share of weights that go; see the weights, the file's size and the accuracy.

    Images and labels that do not fit the model or each other are a ValueError.

    Parameters
    ----------
    model : keras.Model
        From images to scores or probabilities; it stays as it is.
    images, labels : ndarray of shape (n, ...), and (n,) of int
        Of at most 1,000 images the accuracy is measured.
    """

    def __init__(self, model, images, labels):
        import keras
        import tensorflow as tf

        if not isinstance(model, keras.Model):
            raise ValueError(f"model is {type(model).__name__}; expected a keras.Model")
        images, labels = np.asarray(images), np.asarray(labels)
        labels = labels.reshape(-1) if labels.shape == (len(images), 1) else labels
        if not len(images) or labels.shape != (len(images),):
            raise ValueError(
                f"images have shape {images.shape}, labels {labels.shape}; expected at least one image, and "
                "a number for each"
            )
        try:
            model(images[:1], training=False)
        except Exception as error:
            raise ValueError(
                f"the model takes {model.input_shape}, no images of shape {images.shape}"
            ) from error
        copy = keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
        self._images, self._labels = tf.constant(images[:_MOST_IMAGES]), np.asarray(labels[:_MOST_IMAGES])
        self._variables = [w for w in copy.trainable_variables if len(w.shape) > 1]
        self._kernels = [w.numpy() for w in self._variables]
        self._others = copy.count_params() - sum(w.size for w in self._kernels)
        self._classes = tf.function(lambda x: tf.argmax(copy(x, training=False), axis=-1))
        self._accuracy = lru_cache(256)(self._measured)
        about_bits = "For each weight; 32 is what the network was trained with."
        about_removed = "Of all weights, the smallest first."
        controls = {
            "bits": stops("Bits", BITS, about_bits, 8),
            "removed": slider("Removed, in %", 0, 0, 98, about_removed, step=2),
            "per_channel": tick("A scale for each channel", "Else one scale for a whole kernel.", True),
        }
        super().__init__(self.draw, self.alt, controls)

    def _measured(self, bits, removed, per_channel):
        kernels = compressed(self._kernels, bits, removed / 100, per_channel)
        for variable, kernel in zip(self._variables, kernels, strict=True):
            variable.assign(kernel)
        return float(np.mean(self._classes(self._images).numpy() == self._labels))

    def _words(self, bits, removed, per_channel):
        whole = file_bytes(self._kernels, self._others, 32, 0, False)
        size = file_bytes(self._kernels, self._others, bits, removed / 100, per_channel)
        accuracy = self._accuracy(bits, removed, per_channel)
        words = f"{size / 1024:.1f} KB of {whole / 1024:.0f} KB ({size / whole:.0%}), accuracy {accuracy:.1%}"
        return size / whole, accuracy, f"{words} (before: {self._accuracy(32, 0, False):.1%})"

    def draw(self, bits, removed, per_channel):
        """Draw the weights before and after, size and accuracy."""
        share, accuracy, words = self._words(bits, removed, per_channel)
        after = compressed(self._kernels, bits, removed / 100, per_channel)
        fig = new_figure(height=3.0)
        fig.text(0.014, 0.93, words, fontsize=12, weight="bold", va="center")
        ax = axes_at(fig, 66, 50, 390, 190)
        edges = np.linspace(-1, 1, 121) * max(abs(w).max() for w in self._kernels)
        before, now = (np.concatenate([w.ravel() for w in each]) for each in (self._kernels, after))
        ax.hist(before, edges, color="0.8")
        ax.hist(now, edges, color=BLUE, histtype="step", lw=1.2)
        ax.set(yscale="log", ylim=(0.7, 1e5), xlabel="weight", ylabel="how many")
        ax.text(0.02, 0.97, "before", transform=ax.transAxes, color="0.45", va="top", weight="bold")
        ax.text(0.98, 0.97, "after", transform=ax.transAxes, color=BLUE, va="top", ha="right", weight="bold")
        right = axes_at(fig, 540, 50, 130, 190)
        right.bar((0, 1), (share, accuracy), color=(BLUE, GREEN), width=0.6)
        right.set_xticks((0, 1), ("size", "accuracy"))
        right.set(ylim=(0, 1.05))
        right.set_yticks((0, 0.5, 1), ("0%", "50%", "100%"))
        return fig

    def alt(self, bits, removed, per_channel):
        """Say in a sentence what `draw` shows for the same state."""
        words = self._words(bits, removed, per_channel)[2]
        scale = "channel" if per_channel else "kernel"
        return (
            f"Histogram of a network's weights before and after: {bits} bits, a scale for each {scale}, "
            f"{removed}% of the weights removed. {words}."
        )
