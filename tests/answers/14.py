"""Right and wrong answers to the exercises of chapter 14."""

import numpy as np

IN, MIDDLE = "1 × 1, 256 to 64, and normalisation", "3 × 3, 64 to 64, and normalisation"
OUT, SUM = "1 × 1, 64 to 256, and normalisation", "the addition"
PLAIN = "3 × 3, 256 to 256, and normalisation"
PARAMETERS = {IN: 16640, MIDDLE: 37120, OUT: 17408, SUM: 0, PLAIN: 590848}

# Measured with the hands that the course draws, and with photographs.
FROM_DRAWN = {"trained": 0.476, "untrained": 0.152, "pixels": 0.412}
FROM_PHOTOGRAPHS = {"trained": 0.78, "untrained": 0.442, "pixels": 0.524}


def one_by_one(features, labels, new):
    found = []
    for row in np.asarray(new):
        best = None
        for label in sorted(set(np.asarray(labels).tolist())):
            mean = np.mean([f for f, k in zip(features, labels, strict=True) if k == label], axis=0)
            distance = float(np.sum((row - mean) ** 2))
            if best is None or distance < best[0]:
                best = distance, label
        found.append(best[1])
    return found


def means_of(features, labels):
    kinds = np.unique(labels)
    return kinds, np.stack([features[labels == kind].mean(axis=0) for kind in kinds])


def as_array(features, labels, new):
    kinds, means = means_of(features, labels)
    return kinds[np.linalg.norm(new[:, None] - means, axis=2).argmin(axis=1)]


def by_products(features, labels, new):
    kinds, means = means_of(features, labels)
    return kinds[(2 * new @ means.T - (means**2).sum(axis=1)).argmax(axis=1)]


def places(features, labels, new):
    _, means = means_of(features, labels)
    return np.linalg.norm(new[:, None] - means, axis=2).argmin(axis=1)


def farthest(features, labels, new):
    kinds, means = means_of(features, labels)
    return kinds[np.linalg.norm(new[:, None] - means, axis=2).argmax(axis=1)]


def nearest_example(features, labels, new):
    return labels[np.linalg.norm(new[:, None] - features, axis=2).argmin(axis=1)]


def by_angle(features, labels, new):
    kinds, means = means_of(features, labels)
    lengths = np.linalg.norm(means, axis=1)
    return kinds[(new @ means.T / lengths).argmax(axis=1)]


def by_product(features, labels, new):
    kinds, means = means_of(features, labels)
    return kinds[(new @ means.T).argmax(axis=1)]


def by_absolute(features, labels, new):
    kinds, means = means_of(features, labels)
    return kinds[np.abs(new[:, None] - means).sum(axis=2).argmin(axis=1)]


def sums(features, labels, new):
    kinds = np.unique(labels)
    totals = np.stack([features[labels == kind].sum(axis=0) for kind in kinds])
    return kinds[np.linalg.norm(new[:, None] - totals, axis=2).argmin(axis=1)]


def distances(features, labels, new):
    _, means = means_of(features, labels)
    return np.linalg.norm(new[:, None] - means, axis=2)


def of_medians(features, labels, new):
    kinds = np.unique(labels)
    middles = np.stack([np.median(features[labels == kind], axis=0) for kind in kinds])
    return kinds[np.linalg.norm(new[:, None] - middles, axis=2).argmin(axis=1)]


def of_ten_digits(features, labels, new):
    means = np.stack([features[labels == digit].mean(axis=0) for digit in range(10)])
    return np.nanargmin(np.linalg.norm(new[:, None] - means, axis=2), axis=1)


def in_place(features, labels, new):
    new -= features.mean(axis=0)
    features -= features.mean(axis=0)
    return as_array(features, labels, new)


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"14.1": {}, "14.3": {}}

RIGHT = {
    "14.1": {
        "whole numbers": PARAMETERS,
        "NumPy's": {key: np.int64(count) for key, count in reversed(PARAMETERS.items())},
        "floats": {key: float(count) for key, count in PARAMETERS.items()},
        "in order": list(PARAMETERS.values()),
    },
    "14.2": {
        "drawn hands": FROM_DRAWN,
        "photographs": FROM_PHOTOGRAPHS,
        "per cent": {key: 100 * share for key, share in FROM_PHOTOGRAPHS.items()},
        "in order": list(FROM_DRAWN.values()),
    },
    "14.3": {
        "one by one": one_by_one,
        "an array": as_array,
        "by products": by_products,
        "a column": lambda features, labels, new: as_array(features, labels, new)[:, None],
        "floats": lambda features, labels, new: as_array(features, labels, new).astype(float),
    },
}

WRONG = {
    "14.1": [
        (PARAMETERS | {IN: 16384}, "without the normalisation"),
        (PARAMETERS | {IN: 16512}, "running mean and variance are stored"),
        (PARAMETERS | {IN: 17408}, "it has 64 channels"),
        (PARAMETERS | {IN: 16704}, "has no biases"),
        (PARAMETERS | {MIDDLE: 36928}, "a bias for each filter, but no normalisation"),
        (PARAMETERS | {MIDDLE: 12544}, "a kernel of 3 × 3 has nine numbers"),
        (PARAMETERS | {MIDDLE: 832}, "for each of the 64 channels"),
        (PARAMETERS | {OUT: 16640}, "it has 256 channels"),
        (PARAMETERS | {OUT: 16448}, "kernel numbers times"),
        (PARAMETERS | {SUM: 256}, "nothing to learn"),
        (PARAMETERS | {PLAIN: 589824}, "without the normalisation"),
        (PARAMETERS | {PLAIN: 590080}, "a bias for each filter"),
        (PARAMETERS | {IN: 16641}, "is 16641: kernel numbers times"),
        (PARAMETERS | {PLAIN: 590_800}, "kernel numbers times"),
        (PARAMETERS | {MIDDLE: 4352}, "for a kernel of 1 × 1"),
        ({IN: 16640}, "is missing"),
        (PARAMETERS | {PLAIN: "many"}, "expected numbers"),
        (16640, "expected a dict"),
        (PARAMETERS | {SUM: ...}, "replace the"),
    ],
    "14.2": [
        (dict.fromkeys(("trained", "untrained", "pixels"), 0.5), "made anew each time"),
        (FROM_DRAWN | {"untrained": 0.476}, "without load_weights"),
        ({"trained": 0.22, "untrained": 0.56, "pixels": 0.48}, "shares of mistakes"),
        ({"trained": 0.152, "untrained": 0.476, "pixels": 0.412}, "exchanged with another"),
        ({"trained": 0.3, "untrained": 0.1, "pixels": 0.25}, "expected above 0.4"),
        ({"trained": 1.0, "untrained": 0.9, "pixels": 1.0}, "on the pictures that it learned from"),
        ({"trained": 0.442, "untrained": 0.78, "pixels": 0.412}, "are the two exchanged"),
        ({"trained": 0.524, "untrained": 0.442, "pixels": 0.78}, "from pixels it is 0.780"),
        (FROM_DRAWN | {"untrained": 0.46}, "new random weights"),
        (FROM_DRAWN | {"untrained": 0.4}, "features of all pictures made with them"),
        (FROM_DRAWN | {"pixels": 0.1}, "in the same order"),
        (FROM_PHOTOGRAPHS | {"untrained": 0.524, "pixels": 0.442}, "expected less than from pixels, 0.442"),
        (FROM_DRAWN | {"untrained": 0.412, "pixels": 0.152}, "expected less than from pixels, 0.152"),
        (FROM_DRAWN | {"pixels": 0.476}, "are the bare pixels measured"),
        # From 100 pictures of each digit, from 10, and from the ten scores.
        ({"trained": 0.58, "untrained": 0.16, "pixels": 0.354}, "is 0.580, expected about 0.48"),
        ({"trained": 0.862, "untrained": 0.5, "pixels": 0.7}, "25 pictures of each digit, pick"),
        ({"trained": 0.68, "untrained": 0.3, "pixels": 0.38}, "25 pictures of each digit, pick"),
        ({"trained": 0.566, "untrained": 0.3, "pixels": 0.52}, "the 160 features"),
        ({"trained": 0.5}, "is missing"),
        (FROM_DRAWN | {"pixels": "30%"}, "expected numbers"),
        (0.5, "expected a dict"),
        (FROM_DRAWN | {"pixels": ...}, "replace the"),
        (FROM_DRAWN | {"trained": 490}, "between 0 and 1"),
    ],
    "14.3": [
        (places, "places in a list"),
        (farthest, "the farthest means"),
        (nearest_example, "nearest single examples"),
        (by_angle, "by angle"),
        (by_product, "largest product"),
        (by_absolute, "absolute differences"),
        (sums, "its sum here"),
        (distances, "these are distances"),
        (in_place, "work on a copy"),
        (of_medians, "expected"),
        (of_ten_digits, "expected 15"),
        (lambda *given: np.squeeze(as_array(*given)[:, None]), r"shape \(\), expected \(1,\)"),
        (lambda *given: as_array(*given).astype(str), "expected numbers"),
        (lambda *given: np.eye(16)[as_array(*given)], "shape"),
        (lambda features, labels, new: labels, "expected"),
        (lambda features, labels: labels, "TypeError"),
        (lambda features, labels, new: None, "returns None"),
        (np.zeros(60), "expected a function"),
        (..., "replace the|expected a function"),
    ],
}
