"""Checks of chapter 14, transfer learning."""

import numpy as np

from helpers.checks.engine import close, exercise, pure, refuse
from helpers.checks.reading import numbers, shares

_IN, _MIDDLE, _OUT = (
    "1 × 1, 256 to 64, and normalisation",
    "3 × 3, 64 to 64, and normalisation",
    "1 × 1, 64 to 256, and normalisation",
)
_SUM, _PLAIN = "the addition", "3 × 3, 256 to 256, and normalisation"
_SIZES = {_IN: (1, 256, 64), _MIDDLE: (9, 64, 64), _OUT: (1, 64, 256), _PLAIN: (9, 256, 256)}


@exercise("14.1")
def parameters(answer):
    """Judge the numbers of parameters of a bottleneck's layers, and of the layer that it replaces."""
    for name, count in numbers(answer, [_IN, _MIDDLE, _OUT, _SUM, _PLAIN]).items():
        if name == _SUM:
            close(count, 0, repr(name), otherwise="adding has nothing to learn")
            continue
        places, channels, filters = _SIZES[name]
        kernels = places * channels * filters
        norm = 4 * filters
        mistakes = {
            "without the normalisation, four numbers for each of its {filters} channels": kernels,
            "gamma and beta only; the running mean and variance are stored, too": kernels + 2 * filters,
            "the convolution has no biases: the normalisation would undo them": kernels + 5 * filters,
            "the normalisation comes after: it has {filters} channels": kernels + 4 * channels,
            "a bias for each filter, but no normalisation, which has four numbers a channel": kernels
            + filters,
            "each filter has an array for each of the {channels} channels that come in": places * filters
            + norm,
            "there are {filters} filters": places * channels + norm,
        }
        if places == 9:
            mistakes["a kernel of 3 × 3 has nine numbers"] = kernels // 3 + norm
            mistakes["this is for a kernel of 1 × 1, expected 3 × 3"] = kernels // 9 + norm
        otherwise = "kernel numbers times channels in times filters, and four for each channel that comes out"
        values = {"channels": channels, "filters": filters}
        # Whole numbers: not even one too many is near enough.
        close(count, kernels + norm, repr(name), mistakes, otherwise, rtol=0, atol=0.1, **values)


@exercise("14.2")
def accuracy_from(answer):
    """Judge the accuracies of softmax regression from three kinds of features, by how they compare."""
    found = shares(answer, ("trained", "untrained", "pixels"), "the accuracy from {key}")
    # 78, 44 and 52% with photographs, 48, 15 and 41% with the hands that the course draws. Measured for
    # trained, in the same order: 10 pictures of each digit 68 and 37%, 100 of them 86 and 58%, the ten
    # scores in place of features 57 and 26%, training=True 68 and 48%. Untrained stays below pixels: at most
    # 45% in 26 networks with photographs.
    trained, untrained, pixels = found.values()
    elsewhere = not (0.43 < trained < 0.54 or 0.72 < trained < 0.84)
    faults = {
        "all three are {trained:.3f}: are the features made anew each time?": trained == untrained == pixels,
        "trained and untrained are both {trained:.3f}: was the second network built without load_weights, "
        "and were its features measured?": trained == untrained,
        "from {trained:.3f}, {untrained:.3f} and {pixels:.3f} the trained one is the smallest: are these "
        "shares of mistakes, or is trained exchanged with another?": trained < min(untrained, pixels),
        "from trained features it is {trained:.3f}, expected above 0.4: the backbone with its weights, 25 "
        "pictures of each digit, the accuracy on x_test": trained < 0.4,
        "from trained features it is {trained:.3f}, expected below 0.9: is it measured on x_test, and not "
        "on the pictures that it learned from?": trained > 0.9,
        "from untrained features it is {untrained:.3f}, expected less than from trained ones, {trained:.3f}: "
        "are the two exchanged?": untrained > trained,
        "from pixels it is {pixels:.3f}, expected less than from trained features, {trained:.3f}: are the "
        "two exchanged?": pixels > trained,
        "trained and pixels are both {trained:.3f}: are the bare pixels measured?": trained == pixels,
        "from trained features it is {trained:.3f}, expected about 0.48 for drawn hands and 0.78 for "
        "photographs: the 160 features, 25 pictures of each digit, pick(y_signs, 25, 0)?": elsewhere,
        "from untrained features it is {untrained:.3f}, expected less than from pixels, {pixels:.3f}: are "
        "the two exchanged, or has it not got new random weights?": untrained > max(pixels, 0.2),
        "from untrained features it is {untrained:.3f}, expected less: is it measured with new random "
        "weights, and the features of all pictures made with them?": untrained > trained - 0.1,
        "from pixels it is {pixels:.3f}, expected more than guessing: are the pictures and the labels in the "
        "same order?": pixels < 0.2,
    }
    refuse(faults, trained=trained, untrained=untrained, pixels=pixels)


@exercise("14.3")
def nearest_mean(answer):
    """Judge a function from features, labels and new features to the labels of the nearest means."""
    rng = np.random.default_rng(14)
    for kinds, size, n, m in [((0, 1, 2), 2, 8, 60), ((3, 7), 5, 6, 1), ((9, 2, 15, 4), 3, 7, 40)]:
        labels = np.repeat(kinds, rng.integers(3, n, len(kinds)))
        centres = rng.normal(0, 1.2, (16, size))
        # Some classes are wider than others, and the lengths differ: else any rule would do.
        spread = rng.uniform(0.3, 2, (16, 1))
        features = (centres + 0.5)[labels] + spread[labels] * rng.normal(size=(len(labels), size))
        new = rng.normal(0.5, 1.6, (m, size))
        order = rng.permutation(len(labels))
        features, labels = features[order].astype(np.float32), labels[order]
        kinds = np.unique(labels)
        means = np.stack([features[labels == kind].mean(axis=0) for kind in kinds])
        sums = np.stack([features[labels == kind].sum(axis=0) for kind in kinds])
        differences = new[:, None] - means
        distances, products = np.linalg.norm(differences, axis=2), new @ means.T
        nearest = distances.argmin(axis=1)
        single = labels[np.linalg.norm(new[:, None] - features, axis=2).argmin(axis=1)]
        measures = {
            "these are the farthest means, expected the nearest": -distances,
            "nearest by angle; expected by distance": -products / np.linalg.norm(means, axis=1),
            "largest product with a mean; expected the smallest distance": -products,
            "nearest by the sum of absolute differences; expected squares": np.abs(differences).sum(axis=2),
            "each class has its sum here, expected its mean": np.linalg.norm(new[:, None] - sums, axis=2),
        }
        mistakes = {
            "these are the classes' places in a list, expected the labels themselves": nearest,
            **{why: kinds[measure.argmin(axis=1)] for why, measure in measures.items()},
            "these are the labels of the nearest single examples, expected of the nearest mean": single,
            "these are distances, expected labels": distances,
        }
        name = "for {kinds} classes of {size} features, the labels"
        found, values = pure(answer, features, labels, new), {"kinds": len(kinds), "size": size}
        close(found, kinds[nearest], name, mistakes, **values)
