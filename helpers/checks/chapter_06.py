"""Checks of chapter 06, dynamic CNN."""

import numpy as np

from helpers.checks.engine import NotStarted, Wrong, as_array, call, close, exercise

_PARAMETERS = {
    "Conv2D(8, 3), on 3 channels": 3 * 3 * 3 * 8 + 8,
    "BatchNormalization, after it": 4 * 8,
    "MaxPooling2D(2)": 0,
    "Conv2D(16, 3)": 3 * 3 * 8 * 16 + 16,
    "GlobalAveragePooling2D": 0,
    "Dense(10)": 16 * 10 + 10,
}
_SLIPS = {
    "Conv2D(8, 3), on 3 channels": {
        3 * 3 * 3 * 8: "without the biases, one for each filter",
        3 * 3 * 8 + 8: "each filter has a 3 × 3 array for each of the three channels",
        3 * 3 * 8: "each filter has a 3 × 3 array for each channel, and a bias",
    },
    "BatchNormalization, after it": {
        2 * 8: "gamma and beta only; the running mean and variance are stored, too",
        2: "each channel has its own",
        4: "each channel has its own",
    },
    "Conv2D(16, 3)": {
        3 * 3 * 8 * 16: "without the biases, one for each filter",
        3 * 3 * 16 + 16: "each filter has a 3 × 3 array for each of the 8 channels that come in",
        3 * 3 * 3 * 16 + 16: "8 channels come in, no longer 3",
    },
    "Dense(10)": {
        16 * 10: "without the biases, one for each class",
        6 * 6 * 16 * 10 + 10: "the pooling before it leaves one number for each channel",
    },
}
_SHIFTS = (0, 2, 4, 6)


@exercise("6.1")
def parameters(answer):
    """Judge a dict from the names of layers to numbers of parameters."""
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_PARAMETERS)} numbers, got a {type(answer).__name__}"
    given = {_plain(key): value for key, value in answer.items()}
    for name, right in _PARAMETERS.items():
        if _plain(name) not in given:
            return f"the number for {name!r} is missing"
        count = float(as_array(given[_plain(name)], (), repr(name)))
        if count == right:
            continue
        reason = _SLIPS.get(name, {}).get(count)
        if right == 0:
            reason = "pooling computes and has nothing to learn"
        return f"{name!r} has not {count:g} parameters: {reason or 'count one filter first'}"
    return None


@exercise("6.2")
def accuracy_by_shift(answer):
    """Judge a dict from pixels to accuracies of a good network, by how they fall."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(_SHIFTS):
        answer = dict(zip(_SHIFTS, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_SHIFTS)} accuracies, got a {type(answer).__name__}"
    try:
        given = {round(float(key)): value for key, value in answer.items()}
    except (TypeError, ValueError):
        return f"the keys are {', '.join(map(repr, answer))}, expected 0, 2, 4 and 6"
    shares = {}
    for shift in _SHIFTS:
        name = f"the accuracy for {shift} pixels"
        if shift not in given:
            return f"{name} is missing"
        share = float(as_array(given[shift], (), name))
        share = share / 100 if 1 < share <= 100 else share
        if not 0 <= share <= 1:
            return f"{name} is {share:.4g}, expected a number between 0 and 1"
        shares[shift] = share
    return _judge_shifts(shares)


def _judge_shifts(shares):
    if shares[0] < 0.1 and shares[6] > shares[0]:
        return f"without moving it is {shares[0]:.3f}: this is the share of mistakes, expected what is right"
    if shares[0] < 0.9:
        return (
            f"without moving it is {shares[0]:.3f}, expected above 0.9: the trained network, on images "
            "from 0 to 1?"
        )
    if max(shares.values()) - min(shares.values()) < 0.02:
        return f"all four are about {shares[0]:.3f}: are the images that are measured the ones that moved?"
    if not shares[0] + 0.005 > shares[2] > shares[4] > shares[6]:
        listed = ", ".join(f"{share:.3f}" for share in shares.values())
        return f"they are {listed}, expected to fall: move each time from the images as they were"
    if shares[2] < 0.8:
        return f"at 2 pixels it is {shares[2]:.3f}, expected above 0.8: move the columns, axis=2, by 2 only"
    if shares[6] > 0.8:
        return f"at 6 pixels it is {shares[6]:.3f}, expected below 0.8: is the network still the trained one?"
    return None


@exercise("6.3")
def receptive_field(answer):
    """Judge a function from a list of (size, stride) to a side in pixels."""
    cases = [
        ([(5, 1)], 5),
        ([(5, 1), (3, 2)], 7),
        ([(5, 1), (2, 2)], 6),
        ([(5, 1), (2, 2), (5, 1)], 14),
        ([(5, 1), (2, 2), (5, 1), (2, 2)], 16),
        ([(5, 2), (5, 1), (2, 2), (3, 1)], 23),
        ([(3, 1)] * 5, 11),
        ([(3, 3), (1, 1), (4, 2)], 12),
    ]
    for layers, right in cases:
        sees = float(as_array(call(answer, layers), (), f"the result for {layers}"))
        if sees == right:
            continue
        reason = ""
        if sees == 1 + sum(size - 1 for size, _ in layers):
            reason = ": after a stride, neighbours are further apart"
        elif sees == sum(size for size, _ in layers):
            reason = ": windows overlap, each layer adds less than its size"
        elif sees == _stride_too_early(layers):
            reason = ": a layer's own stride counts for the layers after it only"
        return f"for {layers} the result is {sees:g}, expected {right}{reason}"
    empty = call(answer, [])
    close(empty, 1, "the result for no layer at all")
    return None


def _stride_too_early(layers):
    sees, step = 1, 1
    for size, stride in layers:
        step *= stride
        sees += (size - 1) * step
    return sees


@exercise("6.4")
def skip_block(answer):
    """Judge a function from a Keras tensor to a Keras tensor by what the block computes."""
    import keras

    for shape in [(8, 6, 4), (5, 5, 3)]:
        given = keras.Input(shape)
        made = call(answer, given)
        if made is given:
            return "the result is x itself: F is missing"
        if not isinstance(made, keras.KerasTensor):
            return f"the result is a {type(made).__name__}, expected a Keras tensor: x plus F(x)"
        if tuple(made.shape[1:]) != shape:
            return (
                f"for x of shape {(None, *shape)} the result has shape {tuple(made.shape)}, expected the same"
            )
        block = keras.Model(given, made)
        _judge_block(block, shape)
    return None


def _judge_block(block, shape):
    channels = shape[-1]
    right = _worked_block(shape)
    if not block.weights:
        raise Wrong("the block has no parameters: F is missing")
    sizes, expected = _sizes(block), _sizes(right)
    kernels = [size for size in sizes if len(size) == 4]
    if len(kernels) != 2:
        raise Wrong(f"the block has {len(kernels)} convolutions, expected 2")
    if kernels != [(3, 3, channels, channels)] * 2:
        raise Wrong(f"for {channels} channels the filters have the shapes {kernels[0]} and {kernels[1]}, "
                    f"expected 3 × 3 with {channels} channels in and out")  # fmt: skip
    if len(sizes) != len(expected):
        names = [type(layer).__name__ for layer in block.layers]
        if names.count("BatchNormalization") != 2:
            raise Wrong(f"the block has {names.count('BatchNormalization')} batch normalisations, expected 2")
        raise Wrong("the convolutions have biases, which the normalisation after them undoes: use_bias=False")
    rng = np.random.default_rng(6)
    x = rng.normal(size=(4, *shape)).astype(np.float32)
    block.set_weights([np.zeros(size, np.float32) for size in sizes])
    passed = np.asarray(block(x, training=False))
    if np.allclose(passed, np.maximum(x, 0), atol=1e-5):
        raise Wrong("with all weights 0 what is negative in x becomes 0: no ReLU after the sum")
    if np.allclose(passed, 0, atol=1e-5):
        raise Wrong("with all weights 0 the result is 0, expected x: add x to F(x)")
    close(passed, x, "with all weights 0 the result", atol=1e-4)
    weights = [np.abs(rng.normal(size=size)).astype(np.float32) for size in sizes]
    block.set_weights(weights)
    right.set_weights(weights)
    passed, wanted = np.asarray(block(x, training=False)), np.asarray(right(x, training=False))
    if not np.allclose(passed, wanted, rtol=1e-3, atol=1e-2):
        raise Wrong(
            "with random weights the result is not x + F(x): F is convolution, normalisation, ReLU, "
            "convolution, normalisation, in this order"
        )


def _worked_block(shape):
    import keras
    from keras import layers

    x = z = keras.Input(shape)
    for number in (1, 2):
        z = layers.Conv2D(shape[-1], 3, padding="same", use_bias=False)(z)
        z = layers.BatchNormalization()(z)
        z = layers.ReLU()(z) if number == 1 else z
    return keras.Model(x, x + z)


def _sizes(model):
    return [tuple(array.shape) for array in model.weights]


@exercise("6.5")
def occlusion(answer):
    """Judge a function of predict, image, class and size by a network that is made up."""
    rng = np.random.default_rng(5)
    for height, width, k, size in [(7, 9, 1, 3), (6, 6, 0, 2), (5, 8, 2, 1)]:
        weights = rng.normal(size=(height * width, 3))
        image = rng.random((height, width, 1)).astype(np.float32)

        def predict(images, weights=weights, shape=(height, width, 1)):
            images = np.asarray(images)
            if images.ndim != 4 or images.shape[1:] != shape:
                raise Wrong(
                    f"predict got images of shape {images.shape}, expected (n, {shape[0]}, {shape[1]}, 1)"
                )
            scores = images.reshape(len(images), -1) @ weights
            scores = np.exp(scores - scores.max(axis=1, keepdims=True))
            return scores / scores.sum(axis=1, keepdims=True)

        right, covered = _falls(predict, image, k, size)
        name = f"for an image of {height} × {width} and size {size}"
        result = as_array(call(answer, predict, image, k, size), name=f"{name} the result")
        if result.shape == right.shape[::-1] and result.shape != right.shape:
            return f"{name} the result has shape {result.shape}, expected {right.shape}: rows first"
        if result.shape != right.shape:
            return f"{name} the result has shape {result.shape}, expected {right.shape}: only whole squares"
        others = [_falls(predict, image, other, size)[0] for other in range(3) if other != k]
        wrong_ways = {
            "a rise, expected the fall: swap the two": -right,
            "the probability that is left, expected how far it fell": covered,
            "the fall for another class than k": others,
        }
        for reason, wrong in wrong_ways.items():
            candidates = wrong if isinstance(wrong, list) else [wrong]
            if any(np.allclose(result, one, atol=1e-5) for one in candidates):
                return f"{name} this is {reason}"
        close(result, right, f"{name} the result", rtol=1e-3, atol=1e-4)
    return None


def _falls(predict, image, k, size):
    """Fall of the probability of class k for each place of the square, and what is left of it."""
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    copies = np.repeat(image[None], rows * columns, axis=0)
    for copy, (i, j) in zip(copies, np.ndindex(rows, columns), strict=True):
        copy[i : i + size, j : j + size] = 0
    covered = predict(copies)[:, k].reshape(rows, columns)
    return predict(image[None])[0, k] - covered, covered


def _plain(key):
    if key is None or key is ...:
        raise NotStarted
    return str(key).replace(" ", "").lower()
