"""A network's feature maps: look at them, say in words what moves each of them, switch them off."""

from itertools import takewhile

import numpy as np

from helpers import handwriting

_NEARLY = 0.87  # An answer of this share of the best one counts as much.
_ASIDE = 0.8  # Pixels from a stroke's middle line at which a map answers at its side.
# Strokes by their direction in degrees, and what their two sides are called: to the right of one who walks
# along the stroke, and to the left.
_LINES = {
    "level strokes": (0, "below", "above"),
    "upright strokes": (90, "right of", "left of"),
    "rising strokes": (45, "below", "above"),
    "falling strokes": (135, "above", "below"),
}


def is_convolution(layer):
    """Whether a layer of Keras gives feature maps."""
    import keras

    return isinstance(layer, keras.layers.Conv2D | keras.layers.SeparableConv2D)


def _after(model, layer):
    """The normalisation and activation layers right behind a layer."""
    import keras

    kinds = keras.layers.BatchNormalization | keras.layers.Activation | keras.layers.ReLU
    behind = model.layers[model.layers.index(layer) + 1 :]
    return takewhile(lambda following: isinstance(following, kinds), behind)


def maps_inside(model):
    """Compile a function from images (n, 28, 28) to the maps (n, height, width, maps) of each layer, by name.

    The layers are the first two convolutions, each after its normalisation and ReLU; there may be none.
    """
    import keras
    import tensorflow as tf

    layers = [layer for layer in model.layers if is_convolution(layer)][:2]
    if not layers:
        return lambda images: {}
    outputs = {layer.name: [layer, *_after(model, layer)][-1].output for layer in layers}
    inside = keras.Model(model.inputs[0], outputs)
    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)]
    compiled = tf.function(lambda images: inside(images, training=False), input_signature=signature)

    def maps(images):
        values = compiled(np.asarray(images, np.float32).reshape(-1, *model.input_shape[1:]))
        return {name: values[name].numpy() for name in outputs}

    return maps


def switch_off(model, name, number):
    """Change a model's weights so that one feature map is 0 everywhere, whatever is drawn.

    Parameters
    ----------
    name : str
        Of a convolution layer, which ReLU follows.
    number : int
        Of the map, from 0; one that the layer has not is a ValueError.
    """
    layer = model.get_layer(name)
    count = layer.output.shape[-1]
    if not 0 <= number < count:
        raise ValueError(f"map {number!r} of {name}: it has the maps 0 to {count - 1}")
    for part in (layer, *_after(model, layer)):
        for weight in part.weights:
            # What is multiplied into a map, and what is added to it; a variance stays.
            if weight.name in ("kernel", "pointwise_kernel", "bias", "gamma", "beta", "moving_mean"):
                on = np.arange(weight.shape[-1]) != number
                weight.assign(weight * on.astype(np.float32))


def names_of_maps(model):
    """Say of each feature map what makes it answer most, by layer's name and number of the map.

    In the first layer that is a kind of stroke, and the side of it; in the second the digit for which it
    answers most; "" where nothing stands out.
    """
    maps = maps_inside(model)
    directions = np.radians([degrees for degrees, _, _ in _LINES.values()])
    along = np.column_stack([np.cos(directions), -np.sin(directions)])  # y runs down
    lines = maps([handwriting.strokes_to_image([[-step, step]]) for step in along])
    if not lines:
        return {}
    first, *others = lines
    places = _places(model.get_layer(first), lines[first].shape[1])
    said = {(first, k): _stroke(lines[first][..., k], places, along) for k in range(lines[first].shape[-1])}
    for name in others:
        digits, labels = handwriting.pen_strokes(100, np.random.default_rng(0))
        peaks = maps(list(map(handwriting.strokes_to_image, digits)))[name].max(axis=(1, 2))  # (digits, maps)
        by_digit = np.array([peaks[labels == digit].mean(axis=0) for digit in range(10)])
        best = [" and ".join(f"{digit}s" for digit in _likeliest(means, 3)) for means in by_digit.T]
        said |= {(name, k): names and f"most for {names}" for k, names in enumerate(best)}
    return said


def _places(layer, count):
    """Where a layer's windows have their middles, in pixels from the image's middle."""
    width, step = layer.kernel_size[0], layer.strides[0]
    outside = max((count - 1) * step + width - 28, 0) // 2 if layer.padding == "same" else 0
    return np.arange(count) * step + (width - 1) / 2 - outside - 14


def _stroke(answers, places, along):
    """Name a map by its answers (4, height, width) to a stroke in each direction."""
    best = _likeliest(answers.max(axis=(1, 2)), 2)
    kinds = [list(_LINES)[each] for each in best]
    if len(best) != 1:
        return " and ".join(kinds)
    _, right, left = _LINES[kinds[0]]
    mass = answers[best[0]] / answers[best[0]].sum()
    middle = np.array([mass.sum(axis=0) @ places, mass.sum(axis=1) @ places])  # x, y
    aside = middle @ [-along[best[0]][1], along[best[0]][0]]
    return kinds[0] if abs(aside) < _ASIDE else f"{right if aside > 0 else left} {kinds[0]}"


def _likeliest(peaks, most):
    """Numbers of the highest peaks, the best first; none where more than `most` are as high."""
    high = np.flatnonzero(peaks >= _NEARLY * peaks.max())
    return sorted(high, key=lambda each: -peaks[each]) if peaks.max() > 0 and len(high) <= most else []
