"""Data that the course draws itself where no others can be had, and what is kept in the cache."""

import contextlib
import zipfile
import zlib

import numpy as np

from helpers.datasets.sources import cache_folder, temporary_folder, writable_cache
from helpers.safe_files import locked, written_whole

# Parts of the names of the cached files: count one up when its generators in helpers.synthetic change.
EMBEDDED_VERSION, REVIEWS_VERSION, PICTURES_VERSION = 2, 3, 1
_TRAIN, _TEST = 60_000, 10_000
_REVIEWS = 25_000
_PICTURES = {"cifar10": 24_000, "signs": 2_000, "nuclei": 330, "blood_cells": 360}
_DRAW_AT_A_TIME = 2_000
_LOCK_SECONDS = 180  # Drawing the embedded digits takes about 10 s; longer on a busy machine.
_READ_ERRORS = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


def embedded_images(name):
    """The course's own digits ("mnist") or garments ("fashion_mnist"), by the keys of MNIST's file."""
    from helpers.synthetic import digits, garments

    make, kind = {
        "mnist": (lambda n, rng: digits.make_digits(n, rng, like_mnist=True), "digits"),
        "fashion_mnist": (garments.make_garments, "garments"),
    }[name]

    def draw():
        images, labels = _drawn(make, _TRAIN + _TEST, kind, EMBEDDED_VERSION)
        return divided(images, np.concatenate(labels), _TRAIN)

    return cached(f"embedded-{kind}-v{EMBEDDED_VERSION}.npz", draw)


def embedded_pictures(name):
    """The course's own pictures for a set, by the keys that `helpers.datasets.pictures` gives."""
    from helpers.synthetic import blood_cells, hands, nuclei, objects

    make, kind = {
        "cifar10": (objects.make_objects, "objects"),
        "signs": (hands.make_hands, "hands"),
        "nuclei": (nuclei.make_nuclei, "nuclei"),
        "blood_cells": (blood_cells.make_blood_cells, "blood cells"),
    }[name]

    def draw():
        n = _PICTURES[name]
        images, truth = _drawn(make, n, kind, PICTURES_VERSION)
        if name == "blood_cells":
            each = [boxes for part in truth for boxes in part]
            rows = np.repeat(np.arange(n, dtype=np.float32), [len(boxes) for boxes in each])
            return {"x": images, "boxes": np.column_stack([rows, np.concatenate(each)])}
        truth = np.concatenate(truth)
        if name == "cifar10":
            return divided(images, truth[:, None], n - n // 6)
        return {"x": images, "labels" if name == "nuclei" else "y": truth}

    return cached(f"embedded-{kind.replace(' ', '-')}-v{PICTURES_VERSION}.npz", draw)


def _drawn(make, n, kind, seed):
    """Draw n of a kind and show how many are done; their images, and their labels in parts."""
    from helpers.progress import Progress

    rng, parts, at_a_time = np.random.default_rng(seed), [], min(n, _DRAW_AT_A_TIME)
    with Progress(n, f"Drawing {kind}", unit=kind) as progress:
        for _ in range(0, n, at_a_time):
            parts.append(make(at_a_time, rng))
            progress.advance(at_a_time)
    images, labels = zip(*parts, strict=True)
    return np.concatenate(images), labels


def divided(x, y, cut):
    """Images and labels by the keys of MNIST's file; those from `cut` on are the test part."""
    return {"x_train": x[:cut], "y_train": y[:cut], "x_test": x[cut:], "y_test": y[cut:]}


def embedded_reviews():
    """The course's own reviews, as `helpers.datasets.files.read_reviews` gives IMDB's, and their `words`."""

    def write():
        from helpers.synthetic.film_reviews import draw_film_reviews

        drawn = draw_film_reviews(2 * _REVIEWS, np.random.default_rng(REVIEWS_VERSION))
        values, offsets, labels, words = (np.asarray(part) for part in drawn)
        counts = np.bincount(values, minlength=len(words))
        # The most frequent word first; equally frequent ones by the alphabet, so that ranks are certain.
        order = np.lexsort((words, -counts))[: np.count_nonzero(counts)]
        rank = np.zeros(len(words), np.int32)
        rank[order] = np.arange(1, len(order) + 1)
        raw = {"words": words[order]}
        for part, since in (("train", 0), ("test", _REVIEWS)):
            bounds = offsets[since : since + _REVIEWS + 1]
            raw[f"values_{part}"] = rank[values[bounds[0] : bounds[-1]]]
            raw[f"offsets_{part}"] = bounds - bounds[0]
            raw[f"y_{part}"] = labels[since : since + _REVIEWS].astype(np.int64)
        return raw

    return cached(f"embedded-reviews-v{REVIEWS_VERSION}.npz", write)


def cached(name, make):
    """Read arrays from the cache, or make them and keep them in the first folder that can be written to.

    Whatever is kept in this way can be made again at any time, so a damaged file is simply replaced.
    """
    for folder in filter(None, (cache_folder(), temporary_folder())):
        with contextlib.suppress(*_READ_ERRORS):
            return _read_flat(folder / name)

    folder = writable_cache()
    if folder is None:
        return make()
    path = folder / name
    with locked(path, _LOCK_SECONDS) as refused:
        if refused:
            return make()
        # Another process may have made it while this one waited.
        with contextlib.suppress(*_READ_ERRORS):
            return _read_flat(path)
        arrays = make()
        with contextlib.suppress(OSError), written_whole(path) as unfinished:
            np.savez(unfinished, **arrays)
        return arrays


def _read_flat(path):
    with np.load(path, allow_pickle=False) as npz:
        return {key: npz[key] for key in npz.files}
