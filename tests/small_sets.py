"""Small data sets in the forms of the published ones, drawn by the course."""

import gzip
from collections import Counter
from functools import cache

import numpy as np

from helpers.synthetic.reviews import make_reviews

TRAIN, TEST = 1_000, 400


def images(seed, make):
    """Arrays as in MNIST or Fashion-MNIST, with images that the course draws."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for part, n in (("train", TRAIN), ("test", TEST)):
        arrays[f"x_{part}"], arrays[f"y_{part}"] = make(n, rng)
    return arrays


def written(seed, n):
    """Texts and labels of made-up reviews."""
    texts, labels = make_reviews(2 * n, np.random.default_rng(seed))
    return {"train": (texts[:n], labels[:n]), "test": (texts[n:], labels[n:])}


def reviews(seed, n=1_000):
    """Arrays as in IMDB."""
    index, arrays = word_index(), {}
    for part, (texts, labels) in written(seed, n).items():
        arrays[f"x_{part}"] = np.empty(n, dtype=object)
        arrays[f"x_{part}"][:] = [[index[word] for word in text.split()] for text in texts]
        arrays[f"y_{part}"] = np.asarray(labels, dtype=np.int64)
    return arrays


@cache
def word_index():
    texts, _ = make_reviews(20_000, np.random.default_rng(0))
    counts = Counter(word for text in texts for word in text.split())
    return {word: rank for rank, (word, _) in enumerate(counts.most_common(), start=1)}


def idx_files(folder, arrays):
    folder.mkdir(parents=True, exist_ok=True)
    for prefix, part in (("train", "train"), ("t10k", "test")):
        for kind, key in (("images-idx3", "x"), ("labels-idx1", "y")):
            values = arrays[f"{key}_{part}"]
            header = np.array([2048 + values.ndim, *values.shape], dtype=">u4").tobytes()
            with gzip.open(folder / f"{prefix}-{kind}-ubyte.gz", "wb") as file:
                file.write(header + values.tobytes())
