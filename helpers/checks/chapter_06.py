"""Checks of chapter 06, dynamic CNN."""

import numpy as np

from helpers.checks.engine import Wrong, call, close, exercise, pure, refuse, softmax
from helpers.checks.messages import kind
from helpers.checks.reading import as_array, shares


@exercise("6.2")
def accuracy_by_shift(answer):
    """Judge the accuracies of a good network for four shifts, by how they fall."""
    several = "{name} is {count} numbers: evaluate gives the loss and the accuracy, take the second"
    found = shares(answer, (0, 2, 4, 6), "the accuracy for {key} pixels", several=several)
    # 99, 97, 67 to 78 and 34 to 46%, over eight starts. Twelve pixels leave 13 to 17%.
    still, two, four, six = found.values()
    is_flat = max(found.values()) - min(found.values()) < 0.02
    faults = {
        "without moving it is {still:.3f}: this is the share of mistakes, expected what is right": (
            still < 0.1 and six > still
        ),
        "without moving it is {still:.3f}, expected above 0.95: the trained network, "
        "images from 0 to 1?": still < 0.95,
        "all four are about {still:.3f}: are the images that are measured the ones that moved?": is_flat,
        "they are {still:.3f}, {two:.3f}, {four:.3f}, {six:.3f}, expected to fall: move each time from the "
        "images as they were": not still + 0.005 > two > four > six,
        "at 2 pixels it is {two:.3f}, expected above 0.94: move the columns, axis=2, by 2 only": two < 0.8,
        "at 4 pixels it is {four:.3f}, expected above 0.58: were the columns moved, axis=2, by 4 from where "
        "they were at first, and not by 4 more than the last time?": four < 0.58,
        "at 6 pixels it is {six:.3f}, expected about 0.4: were the columns moved, axis=2, by 6 from where "
        "they were at first?": six < 0.25,
        "at 2 pixels it is {two:.3f}, expected above 0.94: were the columns moved, axis=2?": two < 0.94,
        "at 4 and 6 pixels it is {four:.3f} and {six:.3f}, expected below 0.86 and below 0.56: is the "
        "network still the trained one, and are all images moved?": six > 0.56 or four > 0.86,
    }
    refuse(faults, still=still, two=two, four=four, six=six)


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
        ([(2, 2)] * 6, 64),
        ([(7, 4), (1, 3), (2, 1)], 19),
    ]
    for layers, right in cases:
        sizes, strides = np.transpose(layers)
        mistakes = {
            "after a stride, neighbours are further apart": 1 + np.sum(sizes - 1),
            "windows overlap, each layer adds less than its size": np.sum(sizes),
            "a layer's own stride counts for the layers after it only": (
                1 + np.sum((sizes - 1) * np.cumprod(strides))
            ),
        }
        close(pure(answer, layers), right, "for {layers} the result", mistakes, layers=layers)
    close(call(answer, []), 1, "the result for no layer at all")


@exercise("6.4")
def skip_block(answer):
    """Judge a function from a Keras tensor to a Keras tensor by what the block computes."""
    import keras

    for shape in [(8, 6, 4), (5, 5, 3)]:
        given = keras.Input(shape)
        made = call(answer, given)
        if made is given:
            raise Wrong("the result is x itself: F is missing")
        if not isinstance(made, keras.KerasTensor):
            raise Wrong("expected a Keras tensor, x plus F(x), got {kind}", kind=kind(made))
        template = "for x of shape {given} the result has shape {made}, expected the same"
        refuse({template: tuple(made.shape[1:]) != shape}, given=(None, *shape), made=tuple(made.shape))
        _judge_block(keras.Model(given, made), shape)


def _judge_block(block, shape):
    channels = shape[-1]
    names = [weight.name for weight in block.weights]
    kernels = [tuple(weight.shape) for weight in block.weights if weight.name == "kernel"]
    others = [tuple(weight.shape) for weight in block.weights if weight.name != "kernel"]
    norms = [_layer_of(weight) for weight in block.weights if weight.name == "moving_variance"]
    layers = len(set(map(_layer_of, block.weights)))
    faults = {
        "the block has no parameters: F is missing": not names,
        "the block has {convolutions} convolutions, expected 2": len(kernels) != 2,
        "for {channels} channels the filters have the shapes {kernels[0]} and {kernels[1]}, expected 3 × 3 "
        "with {channels} channels in and out": kernels != [(3, 3, channels, channels)] * 2,
        "the block has {norms} batch normalisations, expected 2": len(norms) != 2,
        "the convolutions have biases, which the normalisation after them undoes: use_bias=False": "bias"
        in names,
        "the block has {layers} layers with parameters, expected 4, two convolutions and two batch "
        "normalisations": layers != 4,
        "a normalisation keeps another axis than the channels, the last one: leave axis as it is": set(others)
        != {(channels,)},
    }
    counts = {"convolutions": len(kernels), "norms": len(norms), "layers": layers}
    refuse(faults, channels=channels, kernels=kernels, **counts)
    rng = np.random.default_rng(6)
    x = rng.normal(size=(4, *shape)).astype(np.float32)
    block.set_weights([np.zeros(weight.shape) for weight in block.weights])
    passed = np.asarray(block(x, training=False))
    if np.allclose(passed, np.maximum(x, 0), atol=1e-5):
        raise Wrong("with all weights 0 what is negative in x becomes 0: no ReLU after the sum")
    if np.allclose(passed, 0, atol=1e-5):
        raise Wrong("with all weights 0 the result is 0, expected x: add x to F(x)")
    close(passed, x, "with all weights 0 the result", atol=1e-4)
    # Layers may leave out gamma or beta, and have any epsilon: against these numbers it is not seen. In a
    # layer of the learner's own, both convolutions may come before both normalisations.
    groups = [{"gamma": np.ones(channels), "beta": np.zeros(channels)} for _ in norms]
    groups_of_kernels = iter(groups)
    for weight in block.weights:
        is_kernel = weight.name == "kernel"
        group = next(groups_of_kernels) if is_kernel else groups[norms.index(_layer_of(weight))]
        drawn = rng.normal(0, 4, weight.shape)  # so large that a ReLU with an upper end is seen
        group[weight.name] = 3 + np.abs(drawn) if weight.name == "moving_variance" else drawn
        weight.assign(group[weight.name])
    right = _worked_block(shape)
    kinds = ("kernel", "gamma", "beta", "moving_mean", "moving_variance")
    right.set_weights([group[kind] for group in groups for kind in kinds])
    why = "F is convolution, normalisation, ReLU, convolution, normalisation, in this order, plus x"
    if [name for name in names if name in ("kernel", "moving_variance")] == ["moving_variance", "kernel"] * 2:
        why = (
            "F has a normalisation before its convolution, as in blocks with pre-activation; asked is "
            "convolution, normalisation, ReLU, convolution, normalisation, in this order"
        )
    for training, name in [(False, "the result for random weights"), (True, "the result while training")]:
        passed, again = (np.asarray(block(x, training=training)) for _ in range(2))
        if not np.allclose(passed, again, rtol=1e-3, atol=1e-3):
            raise Wrong("while training, the same x gives another result each time: no Dropout or noise in F")
        wanted = np.asarray(right(x, training=training))
        mistakes = {"F(x) is subtracted, expected x + F(x)": 2 * x - wanted}
        close(passed, wanted, name, mistakes, why, rtol=2e-3, atol=5e-3 * np.abs(wanted).max())


def _layer_of(weight):
    """Where a weight's layer stands in the model."""
    return weight.path.rpartition("/")[0]


def _worked_block(shape):
    import keras
    from keras import layers

    x = z = keras.Input(shape)
    for number in (1, 2):
        z = layers.Conv2D(shape[-1], 3, padding="same", use_bias=False)(z)
        z = layers.BatchNormalization()(z)
        z = layers.ReLU()(z) if number == 1 else z
    return keras.Model(x, x + z)


@exercise("6.5")
def occlusion(answer):
    """Judge a function of predict, image, class and size by a network that is made up."""
    rng = np.random.default_rng(5)
    for height, width, k, size in [(7, 9, 1, 3), (6, 6, 0, 2), (5, 8, 2, 1), (4, 5, 1, 4)]:
        weights = rng.normal(size=(height * width, 3))
        image = rng.uniform(0.2, 1, (height, width, 1)).astype(np.float32)

        def predict(images, weights=weights, height=height, width=width):
            images = as_array(images, None, "what predict gets")
            template = "predict got images of shape {found}, expected (n, {height}, {width}, 1)"
            found = images.shape
            refuse({template: found[1:] != (height, width, 1)}, found=found, height=height, width=width)
            return softmax(images.reshape(len(images), -1) @ weights)

        right, covered = _falls(predict, image, k, size)
        others = [_falls(predict, image, other, size)[0] for other in {0, 1, 2} - {k}]
        mistakes = {
            "expected rows first: transpose it": right.T,
            "a rise, expected the fall: swap the two": -right,
            "this is the probability that is left, expected how far it fell": covered,
            "expected probabilities, not their logarithms": np.log(right + covered) - np.log(covered),
            "expected the fall itself, not its share of the probability": right / (right + covered),
            "expected the fall also where it is a rise, below 0": np.maximum(right, 0),
            "this is how much the probability changes, expected rises as numbers below 0": np.abs(right),
            "this is for another class than k = {k}": others[0],
            "this is the fall for another class than k = {k}": others[1],
        }
        name = "for an image of {height} × {width} and size {size} the result"
        place = {"height": height, "width": width, "size": size, "k": k}
        close(pure(answer, predict, image, k, size), right, name, mistakes, rtol=1e-3, atol=1e-4, **place)


def _falls(predict, image, k, size):
    """Fall of the probability of class k for each place of the square, and what is left of it."""
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    copies = np.repeat(image[None], rows * columns, axis=0)
    for copy, (i, j) in zip(copies, np.ndindex(rows, columns), strict=True):
        copy[i : i + size, j : j + size] = 0
    covered = predict(copies)[:, k].reshape(rows, columns)
    return predict(image[None])[0, k] - covered, covered
