"""A network's feature maps: look at them, say in words what moves each of them, switch them off."""

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
    found = []
    for following in model.layers[model.layers.index(layer) + 1 :]:
        if not isinstance(following, kinds):
            break
        found.append(following)
    return found


def model_of_maps(model):
    """Names and a compiled function of the first two convolution layers, after normalisation and ReLU."""
    import keras
    import tensorflow as tf

    found = [layer for layer in model.layers if is_convolution(layer)][:2]
    if not found:
        return [], None
    inside = keras.Model(model.inputs[0], [[layer, *_after(model, layer)][-1].output for layer in found])
    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)]
    compiled = tf.function(lambda images: inside(images, training=False), input_signature=signature)
    return [layer.name for layer in found], compiled


def switch_off(model, name, number):
    """Make one feature map of a model 0 everywhere, whatever is drawn.

    Parameters
    ----------
    model : keras.Model
        Its weights are changed.
    name : str
        Of a convolution layer, which ReLU follows.
    number : int
        Of the map, from 0.
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
    """Say of each feature map what makes it answer most.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    dict of (str, int) to str
        By layer's name and number of the map. For the first layer a kind of stroke, and the side of
        it; for the second the digit for which it answers most; "" where nothing stands out.
    """
    names, inside = model_of_maps(model)
    if inside is None:
        return {}

    def maps(images):
        images = np.asarray(images, np.float32).reshape(-1, *model.input_shape[1:])
        values = inside(images)
        return [np.asarray(each) for each in (values if isinstance(values, list) else [values])]

    directions = np.radians([degrees for degrees, _, _ in _LINES.values()])
    along = np.column_stack([np.cos(directions), -np.sin(directions)])  # y runs down
    lines = maps([handwriting.strokes_to_image([[-step, step]]) for step in along])[0]
    places = _places(model.get_layer(names[0]), lines.shape[1])
    said = {(names[0], k): _stroke(lines[..., k], places, along) for k in range(lines.shape[-1])}
    for name in names[1:]:
        digits, labels = handwriting.pen_strokes(100, np.random.default_rng(0))
        values = maps([handwriting.strokes_to_image(strokes) for strokes in digits])[1]
        peaks = values.max(axis=(1, 2))  # (digits, maps)
        by_digit = np.array([peaks[labels == digit].mean(axis=0) for digit in range(10)])
        said |= {(name, k): _digit(by_digit[:, k]) for k in range(by_digit.shape[1])}
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


def _digit(peaks):
    digits = [f"{digit}s" for digit in _likeliest(peaks, 3)]
    return f"most for {' and '.join(digits)}" if digits else ""


def _likeliest(peaks, most):
    """Numbers of the highest peaks, the best first; none where more than `most` are as high."""
    high = np.flatnonzero(peaks >= _NEARLY * peaks.max())
    return sorted(high, key=lambda each: -peaks[each]) if peaks.max() > 0 and len(high) <= most else []
