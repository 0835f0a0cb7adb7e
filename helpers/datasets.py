"""The course's data: where they come from, whether they are sound, and one printed line about both.

Every loader asks the same sources in the same order: the folder named in the environment variable
COURSE_DATA_DIR, the course's cache (COURSE_CACHE_DIR, by default `data/cache`), the official download (never
with COURSE_OFFLINE=1), and last the embedded data that `helpers.synthetic` draws.

    python -m helpers.datasets fetch --all --to DIR     prepare a folder for a room without network
    python -m helpers.datasets verify DIR               check it
"""

import argparse
import contextlib
import gzip
import hashlib
import json
import os
import sys
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.safe_arrays import ArrayFileError, NpzReader
from helpers.session import ROOT

BASE_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

FASHION_NAMES = (
    "T-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
"""What Fashion-MNIST's labels 0 to 9 mean."""

EMBEDDED_VERSION = 1
"""Part of the cached embedded files' names: count it up when a generator in helpers.synthetic changes."""

# What Keras' own loaders expect. It does not check Fashion-MNIST's four, so they are as in TensorFlow
# Datasets; of the word index only this MD5 is published. Fashion-MNIST's files have a folder of their own
# because MNIST's original files have the same names.
PUBLISHED = {
    "mnist": {
        "mnist.npz": "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    },
    "fashion_mnist": {
        "fashion-mnist/train-images-idx3-ubyte.gz": (
            "sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
        ),
        "fashion-mnist/train-labels-idx1-ubyte.gz": (
            "sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
        ),
        "fashion-mnist/t10k-images-idx3-ubyte.gz": (
            "sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
        ),
        "fashion-mnist/t10k-labels-idx1-ubyte.gz": (
            "sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
        ),
    },
    "imdb": {
        "imdb.npz": "sha256:69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
        "imdb_word_index.json": "md5:bfafd718b763782e994055a2d397834f",
    },
}
"""Official files of each data set, relative to a folder, and their published checksums."""

_FASHION_NPZ = "fashion_mnist.npz"  # One file in place of the official four, with MNIST's keys.
_WORD_INDEX = "imdb_word_index.json"
_FILE_TO_PREPARE = {"mnist": "mnist.npz", "fashion_mnist": _FASHION_NPZ, "imdb": "imdb.npz"}
TITLES = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST", "imdb": "IMDB"}
"""Names of the data sets for people."""

_FROM = {
    "folder": "from the folder in COURSE_DATA_DIR",
    "cache": "from the course's cache",
    "download": "downloaded",
}
_TRAIN, _TEST = 60_000, 10_000
_REVIEWS = 25_000
_DRAW_AT_A_TIME = 2_000
_MAX_RANK = 1_000_000
_MAX_JSON_BYTES = 64 * 2**20
_LOCK_SECONDS = 180  # Drawing the embedded digits takes about 10 s; longer on a busy machine.
_READ_ERRORS = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)

_used = {}  # Name of the data set -> source of its last load in this process.
_failed = {}  # Name of the data set -> why its download failed, so that one process asks only once.


class DatasetError(Exception):
    """A file or folder is not what it should be; the message says which, how, and what to do next."""


class _Place(NamedTuple):
    """Where a data set is.

    Attributes
    ----------
    source : {"folder", "cache", "download", "embedded"}
    folder : pathlib.Path or None
    published : bool
        All files have their published checksums.
    note : str
        Why an earlier source was passed over.
    """

    source: str
    folder: Path | None
    published: bool
    note: str


def source_of(name):
    """Tell where the last load in this process took a data set from.

    Parameters
    ----------
    name : {"mnist", "fashion_mnist", "imdb"}

    Returns
    -------
    source : {"folder", "cache", "download", "embedded"} or None
        None if it was not loaded yet.
    """
    if name not in PUBLISHED:
        raise ValueError(f"no data set is called {name!r}; expected one of {', '.join(PUBLISHED)}")
    return _used.get(name)


# Loaders


def load_mnist():
    """Load MNIST, or digits drawn by the course where it cannot be had, and print one line about it.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of pairs of ndarray
        Images uint8 of shape (60000, 28, 28) and (10000, 28, 28), 0 is paper and 255 is ink; labels uint8,
        0 to 9.

    Raises
    ------
    DatasetError
        If COURSE_DATA_DIR names a folder that does not exist, or the file in it is not sound.

    Notes
    -----
    Drop-in for `keras.datasets.mnist.load_data`. MNIST: Y. LeCun, C. Cortes, C. Burges (1998).
    """
    return _load_images("mnist")


def load_fashion_mnist():
    """Load Fashion-MNIST, or garments drawn by the course where it cannot be had, and print one line on it.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of pairs of ndarray
        Images uint8 of shape (60000, 28, 28) and (10000, 28, 28); labels uint8, 0 to 9, see `FASHION_NAMES`.

    Raises
    ------
    DatasetError
        As `load_mnist`.

    Notes
    -----
    Drop-in for `keras.datasets.fashion_mnist.load_data`. Fashion-MNIST: H. Xiao, K. Rasul, R. Vollgraf,
    arXiv 1708.07747 (2017).
    """
    return _load_images("fashion_mnist")


def load_imdb(
    num_words=10_000,
    skip_top=0,
    maxlen=None,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
):
    """Load IMDB reviews as lists of word numbers, or reviews written by the course; print one line on it.

    Parameters
    ----------
    num_words : int or None
        Only numbers below this one are kept; None keeps all that are below the largest.
    skip_top : int
        Numbers below this one are not kept.
    maxlen : int or None
        Only reviews shorter than this are kept.
    seed : int
        For the order of the reviews.
    start_char : int or None
        Number put before every review.
    oov_char : int or None
        Number in the place of words that are not kept; None drops them.
    index_from : int
        Added to a word's rank in `imdb_word_index()` to make its number.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of pairs of ndarray
        Reviews as arrays of dtype object that hold lists of int; labels int64, 1 for praise and 0 for blame.
        25,000 + 25,000 in the published files.

    Raises
    ------
    DatasetError
        As `load_mnist`.
    ValueError
        If no review is shorter than `maxlen`.

    Notes
    -----
    Same results as `keras.datasets.imdb.load_data`, whose `num_words` is None by default. IMDB: A. Maas et
    al., "Learning Word Vectors for Sentiment Analysis", ACL (2011).
    """
    place = _locate("imdb")
    raw = _raw_reviews(place)
    # The generator that Keras uses, so that the order is the same.
    rng = np.random.RandomState(seed)  # noqa: NPY002
    order = {part: rng.permutation(len(raw[f"y_{part}"])) for part in ("train", "test")}
    data = _encode(raw, order, num_words, skip_top, maxlen, start_char, oov_char, index_from)
    (_, y_train), (_, y_test) = data
    shorter = f" shorter than {maxlen} words" if maxlen else ""
    _say("imdb", place, len(y_train), len(y_test), f"reviews{shorter}", "written")
    return data


def imdb_word_index():
    """Load the word index that belongs to the reviews of `load_imdb`, and print one line about it.

    Returns
    -------
    word_index : dict of str to int
        Rank of each word, 1 for the most frequent. A review's numbers are `rank + index_from`.

    Raises
    ------
    DatasetError
        As `load_mnist`; also if the reviews' folder has no index: one from elsewhere would give wrong words.

    Notes
    -----
    Drop-in for `keras.datasets.imdb.get_word_index`.
    """
    place = _locate("imdb")
    file = _WORD_INDEX
    if place.source == "embedded":
        words = _embedded_reviews()["words"].tolist()
        index = {word: rank for rank, word in enumerate(words, start=1)}
        _used["imdb"] = "embedded"
        print(
            f"EMBEDDED DATA: word index of {len(index):,} words of the reviews written by helpers.synthetic; "
            "this is not IMDB's."
        )
        return index
    if not (place.folder / file).exists():
        raise DatasetError(
            f"{file}: missing beside imdb.npz, whose ranks no other word index fits. Copy the one that was "
            "made with it there, or take imdb.npz out of COURSE_DATA_DIR so that both are downloaded."
        )
    index = _read_word_index(place.folder / file)
    _used["imdb"] = place.source
    published = _is_published(place.folder / file, PUBLISHED["imdb"][file])
    print(f"IMDB word index: {len(index):,} words, {_FROM[place.source]}; {_checked(published)}.")
    return index


# Toy sets of chapter 01


def two_clouds(n, rng, noise=1.0):
    """Draw points of two overlapping Gaussian clouds in the plane.

    Parameters
    ----------
    n : int
        Number of points, half of them (rounded down) with label 1.
    rng : numpy.random.Generator
    noise : float
        Standard deviation of a cloud; the centres (-1, -1) and (1, 1) are 2.83 apart.

    Returns
    -------
    points : ndarray of shape (n, 2), float64
    labels : ndarray of shape (n,), int64 in {0, 1}
        In random order.
    """
    if n < 2:
        raise ValueError(f"n is {n}; two clouds need at least 2 points")
    labels = rng.permutation(np.arange(n) % 2)
    centres = np.array([[-1.0, -1.0], [1.0, 1.0]])
    points = centres[labels] + rng.normal(scale=noise, size=(n, 2))
    return points, labels.astype(np.int64)


def monthly_temperatures():
    """Mean temperatures of the twelve months in Tokyo.

    Returns
    -------
    months : ndarray of shape (12,), float64, 1 to 12
    temperatures : ndarray of shape (12,), float64, degrees Celsius

    Notes
    -----
    Climate normals 1991-2020 of the Japan Meteorological Agency.
    """
    temperatures = [5.4, 6.1, 9.4, 14.3, 18.8, 21.9, 25.7, 26.9, 23.3, 18.0, 12.5, 7.7]
    return np.arange(1.0, 13.0), np.array(temperatures)


# Sources


def _locate(name):
    """Find a data set: folder, cache, download, embedded, in this order."""
    note = ""
    if folder := data_folder():
        if _is_in(folder, name):
            # The word index has a line, and a checksum, of its own.
            files = {file: known for file, known in _files(folder, name).items() if file != _WORD_INDEX}
            return _Place("folder", folder, _are_published(folder, files), "")
        note = f"the folder in COURSE_DATA_DIR has no {_FILE_TO_PREPARE[name]}"
    cache = cache_folder()
    if _are_published(cache, PUBLISHED[name]):
        return _Place("cache", cache, True, note)
    if is_offline():
        reason = "COURSE_OFFLINE=1 forbids the download"
    else:
        reason = _failed.get("network") or _failed.get(name) or _download(name, cache)
    if not reason:
        return _Place("download", cache, True, note)
    damaged = [
        f"the cached {Path(file).name} is damaged"
        for file, known in PUBLISHED[name].items()
        if (cache / file).exists() and not _is_published(cache / file, known)
    ]
    return _Place("embedded", None, False, "; ".join(filter(None, [note, *damaged, reason])))


def _download(name, folder):
    """Download what is missing of a data set; return why it failed, or an empty string."""
    from helpers.download import DownloadError

    for file, checksum in PUBLISHED[name].items():
        try:
            _fetch(file, folder, checksum, is_good=lambda path, known=checksum: _is_published(path, known))
        except DownloadError as error:
            if error.offline:
                # The other data sets need not wait as well.
                reason = _failed["network"] = f"no download: {error}"
            else:
                reason = _failed[name] = f"the download of {Path(file).name} failed: {error}"
            return reason
    return ""


def _fetch(file, folder, checksum, is_good):
    # Imported here: pooch and the lock would make every `import helpers.datasets` slower.
    from helpers.download import download

    download(BASE_URL + Path(file).name, folder / file, is_good, checksum)


def is_offline():
    """Say whether `COURSE_OFFLINE` forbids downloads."""
    return os.environ.get("COURSE_OFFLINE", "") not in ("", "0")


def data_folder():
    """Return the folder that `COURSE_DATA_DIR` names, or None; `DatasetError` where it does not exist."""
    value = os.environ.get("COURSE_DATA_DIR", "").strip()
    if not value:
        return None
    folder = ROOT / Path(value).expanduser()
    if not folder.is_dir():
        raise DatasetError(
            f"COURSE_DATA_DIR names the folder {folder.name!r}, which does not exist. Correct it, or unset "
            "it to let the course find its data."
        )
    return folder


def cache_folder():
    """Return the folder of the course's cache, `COURSE_CACHE_DIR` where it is set."""
    value = os.environ.get("COURSE_CACHE_DIR", "").strip()
    # A relative path counts from the course's folder, whatever folder the notebook runs in.
    return ROOT / Path(value or "data/cache").expanduser()


def _is_in(folder, name):
    return any((folder / file).exists() for file in _files(folder, name) if file != _WORD_INDEX)


def _files(folder, name):
    """Files of a data set in a folder, with their published checksums; our own form of a set has none."""
    if name == "fashion_mnist" and (folder / _FASHION_NPZ).exists():
        return {_FASHION_NPZ: None}
    return PUBLISHED[name]


def _are_published(folder, files):
    return all(known and _is_published(folder / file, known) for file, known in files.items())


def _is_published(path, checksum):
    kind, expected = checksum.split(":")
    try:
        return _digest(path, kind) == expected
    except OSError:
        return False


def _digest(path, kind="sha256"):
    with path.open("rb") as file:
        # MD5 guards against accidents here, which is allowed even where its use for secrets is not.
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


def _checked(published):
    if published:
        return "published checksum verified"
    return "checked by shape, type and range; not the published checksum"


def _say(name, place, train, test, things, made):
    """Print the one line about a load and remember its source."""
    _used[name] = place.source
    title = TITLES[name]
    if place.source == "embedded":
        print(
            f"EMBEDDED DATA: {train:,} training and {test:,} test {things} {made} by helpers.synthetic; "
            f"this is not {title} ({place.note})."
        )
        return
    note = f" ({place.note})" if place.note else ""
    counts = f"{train:,} training and {test:,} test {things}"
    print(f"{title}: {counts}, {_FROM[place.source]}; {_checked(place.published)}{note}.")


# Reading and checking files


def _load_images(name):
    place = _locate(name)
    if place.source == "embedded":
        arrays = _embedded_images(name)
    elif name == "fashion_mnist" and (place.published or not (place.folder / _FASHION_NPZ).exists()):
        arrays = _read_fashion_files(place.folder)
    else:
        arrays = _read_images(place.folder / _FILE_TO_PREPARE[name])
    _say(name, place, _TRAIN, _TEST, "images", "drawn")
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


@contextlib.contextmanager
def _naming(path):
    """Turn what is wrong with a file into one DatasetError that names it and the next step."""
    try:
        yield
    except (ArrayFileError, OSError, EOFError, zlib.error) as error:
        problem = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DatasetError(
            f"{path.name}: {problem}. The file was left as it is; put a good copy in its place, or get one "
            "with `python -m helpers.datasets fetch --all --to DIR`."
        ) from error


def _read_images(path):
    """Read and check an .npz file of 60,000 + 10,000 images with their labels."""
    with _naming(path), NpzReader(path) as npz:
        arrays = {}
        for part, n in (("train", _TRAIN), ("test", _TEST)):
            arrays[f"x_{part}"] = npz.array(f"x_{part}", (n, 28, 28), np.uint8)
            arrays[f"y_{part}"] = npz.array(f"y_{part}", (n,), np.uint8)
        _check_images(arrays)
        # Both sets have the same shapes and types, so only this tells a file with the wrong name.
        balanced = len(set(np.bincount(arrays["y_train"]))) == 1
        if balanced != (path.name == _FASHION_NPZ):
            is_set, expected = ("Fashion-MNIST", "MNIST") if balanced else ("MNIST", "Fashion-MNIST")
            raise ArrayFileError(
                f"its labels are counted like those of {is_set}, expected {expected}: was the file renamed?"
            )
    return arrays


def _check_images(arrays):
    for part in ("train", "test"):
        brightest = arrays[f"x_{part}"].max()
        if brightest < 200:
            raise ArrayFileError(
                f"x_{part} has values from 0 to {brightest}, expected grey levels from 0 to 255"
            )
        found = np.unique(arrays[f"y_{part}"])
        if found.tolist() != list(range(10)):
            shown = ", ".join(map(str, found[:12]))
            raise ArrayFileError(f"y_{part} has the labels {shown}; expected 0 to 9, each of them")


def _read_fashion_files(folder):
    """Read and check Fashion-MNIST's four official files."""
    arrays = {}
    for file in PUBLISHED["fashion_mnist"]:
        kind = "x" if "images" in file else "y"
        part = "train" if "train" in file else "test"
        arrays[f"{kind}_{part}"] = _read_idx(folder / file)
    with _naming(folder / "fashion-mnist"):
        _check_images(arrays)
    return arrays


def _read_idx(path):
    """Read one gzipped idx file: big-endian magic number and sizes, then bytes.

    Source of the format: http://yann.lecun.com/exdb/mnist (1998).
    """
    n = _TRAIN if "train" in path.name else _TEST
    shape = (n, 28, 28) if "images" in path.name else (n,)
    header = np.array([2048 + len(shape), *shape], dtype=">u4").tobytes()
    size = len(header) + int(np.prod(shape))
    with _naming(path):
        if not path.exists():
            raise ArrayFileError("missing; Fashion-MNIST is one fashion_mnist.npz or all four idx files")
        with gzip.open(path) as file:
            content = file.read(size + 1)
        if content[: len(header)] != header:
            raise ArrayFileError(f"is not an idx file of shape {shape}")
        if len(content) != size:
            raise ArrayFileError(f"has another length than {size:,} bytes")
    return np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape).copy()


def _read_reviews(path):
    """Read and check an .npz file of reviews in Keras' format.

    Returns
    -------
    raw : dict of str to ndarray
        For each part of "train" and "test": `values_<part>`, int32, the word ranks of all reviews one after
        the other; `offsets_<part>`, int64, where each review starts, and the end; `y_<part>`, int64, labels.
    """
    raw = {}
    with _naming(path), NpzReader(path) as npz:
        for part in ("train", "test"):
            lists = npz.integer_lists(f"x_{part}")
            n = len(lists.offsets) - 1
            labels = npz.array(f"y_{part}", (n,), np.integer)
            if n < 1_000:
                raise ArrayFileError(f"x_{part} has {n} reviews, expected 25,000, and at least 1,000")
            if np.diff(lists.offsets).min() == 0:
                raise ArrayFileError(f"x_{part} has an empty review, expected at least one word in each")
            low, high = lists.values.min(), lists.values.max()
            if low < 1 or high > _MAX_RANK:
                raise ArrayFileError(
                    f"x_{part} has word ranks from {low} to {high}, expected 1 to at most {_MAX_RANK:,}"
                )
            found = np.unique(labels).tolist()
            if found != [0, 1]:
                shown = ", ".join(map(str, found[:12]))
                raise ArrayFileError(f"y_{part} has the labels {shown}; expected 0 and 1")
            if not 0.3 <= labels.mean() <= 0.7:
                raise ArrayFileError(f"y_{part} has {labels.mean():.0%} ones, expected about half")
            raw[f"values_{part}"] = lists.values.astype(np.int32)
            raw[f"offsets_{part}"] = lists.offsets
            raw[f"y_{part}"] = labels.astype(np.int64)
    return raw


def _read_word_index(path):
    with _naming(path):
        if path.stat().st_size > _MAX_JSON_BYTES:
            raise ArrayFileError(f"is larger than {_MAX_JSON_BYTES >> 20} MB; refused")
        try:
            index = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            raise ArrayFileError("is not JSON; expected one object of words and ranks") from None
        if not isinstance(index, dict) or not index:
            raise ArrayFileError("is not an object of words and ranks")
        for word, rank in index.items():
            if type(rank) is not int or not 1 <= rank <= _MAX_RANK:
                raise ArrayFileError(
                    f"the word {word[:30]!r} has the rank {str(rank)[:30]}, expected 1 to {_MAX_RANK:,}"
                )
        if len(set(index.values())) < len(index):
            raise ArrayFileError("gives the same rank to several words")
    return index


# Reviews as Keras gives them


def _raw_reviews(place):
    if place.source == "embedded":
        return _embedded_reviews()
    path = place.folder / "imdb.npz"
    with _naming(path):
        digest = _digest(path)
    # Named after the content: another file, or the same one changed, is read anew.
    return _cached(f"imdb-flat-v1-{digest[:16]}.npz", lambda: _read_reviews(path))


def _encode(raw, order, num_words, skip_top, maxlen, start_char, oov_char, index_from):
    """Turn word ranks into the numbers that Keras' loader returns, reviews in the given order."""
    shift = index_from or 0
    has_start = start_char is not None
    for part in order:
        if maxlen:
            lengths = np.diff(raw[f"offsets_{part}"]) + has_start
            order[part] = order[part][lengths[order[part]] < maxlen]
        if len(order[part]) == 0:
            raise ValueError(f"no review is shorter than maxlen={maxlen}; choose a larger maxlen")
    if not num_words:
        # As in Keras: the largest number itself is then not below the limit.
        largest = max(_largest_rank(raw, part, order[part]) for part in order) + shift
        num_words = max(largest, start_char) if has_start else largest

    # One entry per rank, looked up for every word: all reviews share the table's integers.
    ranks = 1 + max(raw["values_train"].max(), raw["values_test"].max())
    numbers = np.arange(shift, shift + ranks)
    is_kept = (skip_top <= numbers) & (numbers < num_words)
    table = numbers.astype(object)
    table[~is_kept] = oov_char
    start = []
    if has_start:
        start = [start_char if skip_top <= start_char < num_words else oov_char]
    if oov_char is None:
        start = [number for number in start if number is not None]

    data = []
    for part, indices in order.items():
        values, offsets = raw[f"values_{part}"], raw[f"offsets_{part}"]
        if oov_char is None:
            mask = is_kept[values]
            values = values[mask]
            offsets = np.concatenate([[0], np.cumsum(mask)])[offsets]
        words = table[values].tolist()
        bounds = offsets.tolist()
        reviews = np.empty(len(indices), dtype=object)
        for row, i in enumerate(indices.tolist()):
            reviews[row] = start + words[bounds[i] : bounds[i + 1]]
        data.append((reviews, raw[f"y_{part}"][indices]))
    return tuple(data)


def _largest_rank(raw, part, indices):
    # No review is empty, so every offset starts one.
    return np.maximum.reduceat(raw[f"values_{part}"], raw[f"offsets_{part}"][:-1])[indices].max()


# Embedded data, and what is kept in the cache


def _embedded_images(name):
    if name == "mnist":
        from helpers.synthetic.digits import make_digits as make

        kind = "digits"
    else:
        from helpers.synthetic.garments import make_garments as make

        kind = "garments"

    def draw():
        from helpers.progress import Progress

        rng = np.random.default_rng(EMBEDDED_VERSION)
        step = _DRAW_AT_A_TIME
        with Progress(_TRAIN + _TEST, f"Drawing {kind}", unit=kind) as progress:
            parts = []
            for _ in range((_TRAIN + _TEST) // step):
                parts.append(make(step, rng))
                progress.advance(step)
        images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return {
            "x_train": images[:_TRAIN],
            "y_train": labels[:_TRAIN],
            "x_test": images[_TRAIN:],
            "y_test": labels[_TRAIN:],
        }

    return _cached(f"embedded-{kind}-v{EMBEDDED_VERSION}.npz", draw)


def _embedded_reviews():
    def write():
        from helpers.synthetic.reviews import make_reviews

        reviews, labels = make_reviews(2 * _REVIEWS, np.random.default_rng(EMBEDDED_VERSION))
        texts = [review.split() for review in reviews]
        counts = Counter(word for text in texts for word in text)
        # The most frequent word first; equally frequent ones by the alphabet, so that ranks are certain.
        words = sorted(counts, key=lambda word: (-counts[word], word))
        rank = {word: i for i, word in enumerate(words, start=1)}
        raw = {"words": np.array(words)}
        for part, chosen in (("train", slice(None, _REVIEWS)), ("test", slice(_REVIEWS, None))):
            lengths = [len(text) for text in texts[chosen]]
            raw[f"values_{part}"] = np.array(
                [rank[word] for text in texts[chosen] for word in text], dtype=np.int32
            )
            raw[f"offsets_{part}"] = np.concatenate([[0], np.cumsum(lengths)])
            raw[f"y_{part}"] = np.asarray(labels[chosen], dtype=np.int64)
        return raw

    return _cached(f"embedded-reviews-v{EMBEDDED_VERSION}.npz", write)


def _cached(name, make):
    """Read arrays from the cache, or make them and keep them there if that folder can be written to.

    Whatever is kept in this way can be made again at any time, so a damaged file is simply replaced.
    """
    path = cache_folder() / name
    with contextlib.suppress(*_READ_ERRORS):
        return _read_flat(path)

    import filelock

    lock = filelock.FileLock(path.with_name(f".{name}.lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=_LOCK_SECONDS)
    except (OSError, filelock.Timeout):
        return make()
    try:
        # Another process may have made it while this one waited.
        with contextlib.suppress(*_READ_ERRORS):
            return _read_flat(path)
        arrays = make()
        with contextlib.suppress(OSError):
            unfinished = path.with_name(f".{name}.part")
            with unfinished.open("wb") as file:
                np.savez(file, **arrays)
            unfinished.replace(path)
        return arrays
    finally:
        lock.release()


def _read_flat(path):
    with np.load(path, allow_pickle=False) as npz:
        return {key: npz[key] for key in npz.files}


# Command line


class FileReport(NamedTuple):
    """What `examine` found out about one file.

    Attributes
    ----------
    file : str
        Name relative to the folder.
    status : {"published", "good", "damaged", "missing"}
        "good" is sound by shape, type and range, but not the published file.
    text : str
        The status in words, with the next step if there is one to take.
    """

    file: str
    status: str
    text: str


def examine(folder, names=None):
    """Check the data sets' files in a folder, one report at a time.

    Parameters
    ----------
    folder : pathlib.Path
    names : sequence of {"mnist", "fashion_mnist", "imdb"}, optional
        By default all.

    Yields
    ------
    report : FileReport
    """
    for name in names or PUBLISHED:
        for file, checksum in _files(folder, name).items():
            yield _examine_file(folder / file, file, name, checksum)


def _examine_file(path, file, name, checksum):
    if not path.exists():
        return FileReport(file, "missing", f"missing; run `python -m helpers.datasets fetch {name} --to DIR`")
    if checksum and _is_published(path, checksum):
        return FileReport(file, "published", "good, published checksum verified")
    read = _read_idx
    if path.suffix == ".json":
        read = _read_word_index
    elif path.suffix == ".npz":
        read = _read_reviews if name == "imdb" else _read_images
    try:
        read(path)
    except DatasetError as error:
        return FileReport(file, "damaged", f"damaged: {str(error).removeprefix(f'{path.name}: ')}")
    return FileReport(file, "good", f"good, {_checked(False)}")


def main(arguments=None):
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional

    Returns
    -------
    status : int
        0 when all is well, 1 when something is damaged or missing. Wrong usage ends with 2.
    """
    parser = argparse.ArgumentParser(prog="python -m helpers.datasets", description="The course's data sets.")
    commands = parser.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("fetch", help="download the official files into a folder")
    fetch.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PUBLISHED))
    fetch.add_argument("--all", action="store_true", help="every data set")
    fetch.add_argument("--to", type=Path, required=True, metavar="DIR", help="made when it does not exist")
    verify = commands.add_parser("verify", help="check the files of a folder")
    verify.add_argument("folder", type=Path, metavar="DIR")
    verify.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(PUBLISHED)}; by default all")
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in PUBLISHED:
            parser.error(f"no data set is called {name!r}; expected {', '.join(PUBLISHED)}")
    if options.command == "verify":
        return _verify(options.folder, options.names)
    if bool(options.names) == options.all:
        parser.error("say which data sets to fetch, or --all")
    return _fetch_all(options.to, options.names or list(PUBLISHED))


def _verify(folder, names):
    from helpers.progress import track

    if not folder.is_dir():
        print(f"{folder}: there is no such folder", file=sys.stderr)
        return 1
    files = sum(len(_files(folder, name)) for name in names or PUBLISHED)
    reports = list(track(examine(folder, names), "Checking", total=files, unit="files"))
    for report in reports:
        print(f"{report.file}: {report.text}")
    return int(any(report.status in ("damaged", "missing") for report in reports))


def _fetch_all(folder, names):
    from helpers.download import DownloadError

    if is_offline():
        print("COURSE_OFFLINE=1 forbids the download; unset it first", file=sys.stderr)
        return 1
    failures = 0
    for name in names:
        for report in examine(folder, [name]):
            if report.status in ("published", "good"):
                print(f"{report.file}: already there, {report.text}")
                continue
            if report.file == _FASHION_NPZ:
                print(f"{report.file}: {report.text} Or delete it, and the four official files are fetched.")
                failures += 1
                continue
            checksum = PUBLISHED[name][report.file]

            def is_good(path, file=report.file, name=name, checksum=checksum):
                return _examine_file(path, file, name, checksum).status in ("published", "good")

            try:
                _fetch(report.file, folder, checksum, is_good)
            except DownloadError as error:
                print(f"{report.file}: {error}", file=sys.stderr)
                failures += 1
            else:
                kept = " (the damaged one was kept as .damaged)" if report.status == "damaged" else ""
                print(f"{report.file}: fetched, published checksum verified{kept}")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
