"""A short look at data that nobody published: are they what their name says?

Shapes and types do not tell MNIST from Fashion-MNIST, an image from its mirror image, or a label from a
shuffled one. Mean pictures, frequencies and a few words do, in a fraction of a second. What is certain
raises an ArrayFileError; what is doubtful is returned as a list of clauses.
"""

import itertools

import numpy as np

from helpers.safe_arrays import ArrayFileError
from helpers.tables import read_table

_MEAN_PICTURES = read_table("drawings/mean_pictures.toml")
_TURNS = ("", "turned right by 90°", "turned by 180°", "turned left by 90°")
_MIRRORED = ("mirrored", "with rows and columns exchanged", "upside down", "with rows and columns exchanged")
_LOOKED_AT = 12_000
_PRAISE = "great excellent wonderful perfect beautiful amazing superb brilliant lovely best"
_BLAME = "bad awful boring terrible waste worst dull poor stupid annoying"
_FREQUENT = 10_000  # Ranks of words that say enough about a review.


def look_at_images(arrays, title):
    """Compare images uint8 of shape (n, 28, 28) and labels, by MNIST's keys, with what is known of the set.

    `title` is "MNIST" or "Fashion-MNIST". Returns doubts, a list of str; an ArrayFileError says that the data
    are certainly something else.
    """
    doubts = []
    for part in ("train", "test"):
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if len(images) > _LOOKED_AT:
            # By chance: of labels in turn, every fifth would show two classes only.
            chosen = np.random.default_rng(0).choice(len(images), _LOOKED_AT, replace=False)
            if np.bincount(labels[chosen], minlength=10).min() > 0:
                images, labels = images[np.sort(chosen)], labels[np.sort(chosen)]
        doubts += _look_at_paper(images, f"x_{part}")
        # One part after the other: a fault of a part fades in the mean of all.
        for quarter in _quarters(labels):
            if doubt := _look_at_classes(images[quarter], labels[quarter], part, title):
                doubts += doubt
                break
    return doubts + _look_for_copies({part: arrays[f"x_{part}"] for part in ("train", "test")}, "images")


def _look_at_paper(images, name):
    corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]].mean(axis=1)
    if (inverted := (corners > 128).mean()) > 0.01:
        raise ArrayFileError(
            f"{name} has bright corners in {inverted:.0%} of the images, as in 255 - x; expected paper 0"
        )
    if (paper := np.median(corners)) > 16:
        return [f"{name} has paper of grey level {paper:.0f}, expected 0"]
    ink = images[images > 0].mean()
    return [f"{name} has ink of mean grey level {ink:.0f}, expected about 150"] if ink < 115 else []


def _quarters(labels):
    """Slices for four parts where each has enough of every class, otherwise one for all."""
    size = -(-len(labels) // 4)
    quarters = [slice(start, start + size) for start in range(0, len(labels), size)]
    enough = all(np.bincount(labels[quarter], minlength=10).min() >= 100 for quarter in quarters)
    return quarters if enough else [slice(None)]


def _look_at_classes(images, labels, part, title):
    blocks = images.reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4), dtype=np.float32) / 17  # Levels 0 to 15.
    found = np.stack([blocks[labels == label].mean(axis=0) for label in range(10)])  # (10, 7, 7)
    scores = {}
    for known, digits in _MEAN_PICTURES.items():
        expected = np.array([int(digit, 16) for digit in "".join(digits.split())]).reshape(10, 7, 7)
        for turn, mirrored, inverted in itertools.product(range(4), (False, True), (False, True)):
            turned = np.rot90(found[:, :, ::-1] if mirrored else found, turn, (1, 2))
            hypothesis = known, turn, mirrored, inverted
            scores[hypothesis] = _likeness(15 - turned if inverted else turned, expected)
    own = [title] if title == "MNIST" else [title, "the course's drawn garments"]
    best = max(scores, key=lambda hypothesis: scores[hypothesis][0])
    right = max([(known, 0, False, False) for known in own], key=lambda hypothesis: scores[hypothesis][0])
    score, correlations, share = scores[right]
    if scores[best][0] > max(0.6, score + 0.05):
        known, turn, mirrored, inverted = best
        turned = _MIRRORED[turn] if mirrored else _TURNS[turn]
        how = " ".join(filter(None, [known, turned, "as 255 - x" if inverted else ""]))
        raise ArrayFileError(f"x_{part} looks like {how}, expected {title}")
    if (correlations.argmax(axis=1) != range(10)).any():
        for known in own:
            correlations = scores[known, 0, False, False][1]
            likest = correlations.argmax(axis=1)
            if sorted(likest) == list(range(10)) and correlations.max(axis=1).min() > 0.7:
                pairs = ", ".join(f"{old} as {new}" for new, old in enumerate(likest) if new != old)
                raise ArrayFileError(f"y_{part} has exchanged labels: {pairs}; expected {title}'s labels")
    if share < 0.2 and len(labels) >= 500:
        raise ArrayFileError(
            f"y_{part} does not fit x_{part}: all classes look much the same, as with shuffled labels; "
            f"expected the labels of {title} in the order of the images"
        )
    if score < 0.45:
        raise ArrayFileError(
            f"x_{part} has class means unlike {title}'s (likeness {score:.2f}, expected over 0.8)"
        )
    if score < 0.75 or share < 0.6:
        return [
            f"x_{part} and y_{part} resemble {title} only in part (likeness {score:.2f}, contrast "
            f"between classes {share:.2f}; expected over 0.8)"
        ]
    return []


def _likeness(found, expected):
    """Compare what sets ten classes' mean pictures apart from the mean of all: score, correlations, share.

    The score says how alike they are whatever their contrast, at most 1. The correlations, of shape (10, 10),
    are those of found and expected classes. The share is the found contrast between the classes, 1 for the
    expected one.
    """
    a, b = ((means - means.mean(axis=0)).reshape(10, -1) for means in (found, expected))
    products = a @ b.T
    lengths = np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)
    score = products.trace() / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9)
    return score, products / (lengths + 1e-9), products.trace() / (b**2).sum()


def _look_for_copies(rows, things):
    """Count equal rows, given the arrays of "train" and "test"."""
    # Numbers in place of whole images and reviews: equal numbers, equal arrays.
    rows = {part: [hash(row.tobytes()) for row in arrays] for part, arrays in rows.items()}
    shares = {f"{part} part": 1 - len(set(numbers)) / len(numbers) for part, numbers in rows.items()}
    shares["test part, which the training part has as well"] = np.isin(rows["test"], rows["train"]).mean()
    doubts = []
    for where, share in shares.items():
        text = f"{share:.0%} of the {things} are copies in the {where}; expected hardly any"
        if share > 0.2:
            raise ArrayFileError(text)
        if share > 0.02:
            doubts.append(text)
    return doubts


def look_at_reviews(raw):
    """Compare reviews, as `helpers.datasets.files.read_reviews` gives them, with what is known of IMDB.

    Returns doubts, a list of str; an ArrayFileError says that the data are certainly something else.
    """
    doubts = []
    for part in ("train", "test"):
        doubts += _look_at_numbers(raw[f"values_{part}"], raw[f"offsets_{part}"], f"x_{part}")
    rows = {part: np.split(raw[f"values_{part}"], raw[f"offsets_{part}"][1:-1]) for part in ("train", "test")}
    doubts += _look_for_copies(rows, "reviews")

    # How much more often each word stands in praise than in blame, as logarithm.
    tone = _tone(raw, "train")
    sums = np.add.reduceat(tone[np.minimum(raw["values_test"], _FREQUENT)], raw["offsets_test"][:-1])
    right = ((sums > 0) == raw["y_test"]).mean()
    # With few reviews chance is too large: 82% are right in IMDB, and 89% in the course's own reviews.
    if right < 0.4 and len(sums) >= 500:
        problem = "the labels of one of the two parts are inverted"
    elif right < 0.53 and len(sums) >= 5_000:
        problem = "the labels do not fit the reviews, as when one of them was shuffled"
    else:
        return doubts
    found = f"a count of words learned from x_train reads {right:.0%} of x_test right"
    raise ArrayFileError(f"{found}, expected over 55%: {problem}")


def _tone(raw, part):
    words = np.minimum(raw[f"values_{part}"], _FREQUENT)
    praised = np.repeat(raw[f"y_{part}"], np.diff(raw[f"offsets_{part}"])) == 1
    praise, blame = (np.bincount(words[rows], minlength=_FREQUENT + 1) + 1.0 for rows in (praised, ~praised))
    return np.log(praise / praise.sum()) - np.log(blame / blame.sum())


def _look_at_numbers(values, offsets, name):
    firsts, lengths = values[offsets[:-1]], np.diff(offsets)
    if (firsts == firsts[0]).mean() > 0.9:
        raise ArrayFileError(
            f"{name} has {firsts[0]} at the beginning of nearly every review, as load_imdb() and load_data() "
            "return them, expected the ranks of the published file, without a start and without a shift"
        )
    frequent = np.argsort(-np.bincount(values))[:10]
    if frequent[0] != 1:
        raise ArrayFileError(
            f"{name} has {frequent[0]} as its most frequent number, expected 1, the most frequent word: are "
            "the numbers shifted by index_from?"
        )
    longest = (lengths == lengths.max()).mean()
    if longest > 0.5 and lengths.max() > 1:
        raise ArrayFileError(
            f"{name} has {lengths.max()} numbers in {longest:.0%} of the reviews, expected them as long as "
            "they were written, not padded or cut"
        )
    cut = f"{name} has {lengths.max()} numbers in {longest:.0%} of the reviews: they seem to be cut"
    odd = f"{name} has {frequent.max()} among its ten most frequent numbers, expected 1 to 20"
    return [doubt for doubt, holds in ((cut, longest > 0.03), (odd, frequent.max() > 20)) if holds]


def look_at_word_index(word_index, raw):
    """Refuse a word index that does not belong to the reviews, by words that praise and words that blame."""
    highest = max(raw["values_train"].max(), raw["values_test"].max())
    if highest > max(word_index.values()):
        raise ArrayFileError(
            f"it has ranks up to {max(word_index.values())}, the reviews up to {highest}; expected the "
            "word index that was made with them"
        )
    tone = _tone(raw, "train")
    signs = {**dict.fromkeys(_PRAISE.split(), 1), **dict.fromkeys(_BLAME.split(), -1)}
    found = [
        sign * tone[rank]
        for word, sign in signs.items()
        if (rank := word_index.get(word, _FREQUENT)) < _FREQUENT
    ]
    if len(found) < 6 or abs(np.median(found)) < 0.1:
        raise ArrayFileError(
            "it does not belong to the reviews: 'excellent', 'awful' and others stand alike in praise and "
            "blame; expected the word index that was made with them"
        )
    if np.median(found) < 0:
        raise ArrayFileError(
            "by its words the labels in imdb.npz are inverted: 'excellent' stands in reviews with label 0; "
            "expected 1 for praise and 0 for blame"
        )
