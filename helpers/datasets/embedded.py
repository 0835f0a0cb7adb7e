"""Data that the course draws itself where no others can be had, and what is kept in the cache."""

import contextlib
import zipfile
import zlib
from functools import partial

import numpy as np

from helpers.datasets.sources import SETS, cache_folder, temporary_folder, writable_cache
from helpers.safe_files import locked, written_whole

_DRAW_AT_A_TIME = 2_000
_LOCK_SECONDS = 180  # Drawing the embedded digits takes about 10 s; longer on a busy machine.
_READ_ERRORS = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


def embedded_data(name):
    """The course's own data for a set, by the keys of the one file that holds it.

    Reviews are as `helpers.datasets.files.read_reviews` gives IMDB's, with their `words`; objects as MNIST's.
    """
    kind, version, counts = SETS[name]["drawn"]

    def draw():
        rng = np.random.default_rng(version)
        return _write_reviews(rng, *counts) if name == "imdb" else _draw_pictures(name, kind, rng, counts)

    return cached(f"embedded-{kind.replace(' ', '-')}-v{version}.npz", draw)


def _draw_pictures(name, kind, rng, counts):
    from helpers.progress import Progress
    from helpers.synthetic import blood_cells, digits, garments, hands, nuclei, objects

    make = {
        "mnist": partial(digits.make_digits, like_mnist=True),
        "fashion_mnist": garments.make_garments,
        "cifar10": objects.make_objects,
        "signs": hands.make_hands,
        "nuclei": nuclei.make_nuclei,
        "blood_cells": blood_cells.make_blood_cells,
    }[name]
    n, parts = sum(counts), []
    at_a_time = min(n, _DRAW_AT_A_TIME)
    with Progress(n, f"Drawing {kind}", unit=kind) as progress:
        for _ in range(0, n, at_a_time):
            parts.append(make(at_a_time, rng))
            progress.advance(at_a_time)
    images, truth = zip(*parts, strict=True)
    images = np.concatenate(images)
    if name == "blood_cells":
        each = [boxes for part in truth for boxes in part]
        rows = np.repeat(np.arange(n, dtype=np.float32), [len(boxes) for boxes in each])
        return {"x": images, "boxes": np.column_stack([rows, np.concatenate(each)])}
    truth = np.concatenate(truth)
    if name in ("signs", "nuclei"):
        return {"x": images, "y" if name == "signs" else "labels": truth}
    return divided(images, truth[:, None] if name == "cifar10" else truth, counts[0])


def _write_reviews(rng, train, test):
    from helpers.synthetic.film_reviews import draw_film_reviews

    values, offsets, labels, words = map(np.asarray, draw_film_reviews(train + test, rng))
    counts = np.bincount(values, minlength=len(words))
    # The most frequent word first; equally frequent ones by the alphabet, so that ranks are certain.
    order = np.lexsort((words, -counts))[: np.count_nonzero(counts)]
    rank = np.zeros(len(words), np.int32)
    rank[order] = np.arange(1, len(order) + 1)
    raw = {"words": words[order]}
    for part, since, until in (("train", 0, train), ("test", train, train + test)):
        bounds = offsets[since : until + 1]
        raw[f"values_{part}"] = rank[values[bounds[0] : bounds[-1]]]
        raw[f"offsets_{part}"] = bounds - bounds[0]
        raw[f"y_{part}"] = labels[since:until].astype(np.int64)
    return raw


def divided(x, y, cut):
    """Images and labels by the keys of MNIST's file; those from `cut` on are the test part."""
    return {"x_train": x[:cut], "y_train": y[:cut], "x_test": x[cut:], "y_test": y[cut:]}


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
