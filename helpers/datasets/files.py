"""Reading the course's own data files, checked by shape, type and range, and by a look at what they show."""

import contextlib
import gzip
import json
import warnings
import zlib

import numpy as np

from helpers.datasets.embedded import cached
from helpers.datasets.look import look_at_images, look_at_reviews, look_at_word_index
from helpers.datasets.sources import FILE_TO_PREPARE, PUBLISHED, TITLES, WORD_INDEX, DatasetError
from helpers.safe_arrays import ArrayFileError, NpzReader
from helpers.safe_files import digest

_MAX_RANK = 1_000_000
_MAX_JSON_BYTES = 64 * 2**20


class DataWarning(UserWarning):
    """A file can be used but looks doubtful; one sentence says which, how, and what to do next."""


@contextlib.contextmanager
def naming(path):
    """Turn what is wrong with a file into one DatasetError that names it and the next step."""
    try:
        yield
    except (ArrayFileError, OSError, EOFError, zlib.error) as error:
        problem = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DatasetError(
            f"{path.name}: {problem}; the file was left as it is: put a good copy in its place, or get one "
            "with `python -m helpers.datasets fetch --all --to DIR`."
        ) from error


def warn_of(path, doubts):
    """Warn of a doubtful file, in one sentence."""
    if doubts:
        step = "look at some of it before you trust it, or take the published file"
        warnings.warn(f"{path.name}: {'; '.join(doubts)}; {step}.", DataWarning, stacklevel=2)


def load_images_from(folder, name, published):
    """Read x_train, y_train, x_test and y_test from a folder that has them; warn where they look doubtful."""
    path, arrays = folder / FILE_TO_PREPARE[name], {}
    if name == "fashion_mnist" and (published or not path.exists()):
        path = folder / "fashion-mnist"
        for file in PUBLISHED[name]:
            part = "train" if "train" in file else "test"
            arrays[f"{'x' if 'images' in file else 'y'}_{part}"] = read_idx_file(folder / file)
    else:
        with naming(path), NpzReader(path) as npz:
            for part in ("train", "test"):
                images = arrays[f"x_{part}"] = npz.array(f"x_{part}", (None, 28, 28), np.uint8)
                arrays[f"y_{part}"] = npz.array(f"y_{part}", (len(images),), np.uint8)
    with naming(path):
        warn_of(path, check_images(arrays, TITLES[name], published))
    return arrays


def check_images(arrays, title, published=False):
    """Check images and labels; return what is doubtful about them. Raises ArrayFileError."""
    for part in ("train", "test"):
        brightest = arrays[f"x_{part}"].max(initial=0)
        if brightest < 200:
            raise ArrayFileError(
                f"x_{part} has values from 0 to {brightest}, expected grey levels from 0 to 255"
            )
        check_labels(arrays[f"y_{part}"], f"y_{part}", list(range(10)), "0 to 9, each of them")
    train, test = len(arrays["x_train"]), len(arrays["x_test"])
    if train < test:
        counts = f"x_train has {train:,} images and x_test {test:,}"
        raise ArrayFileError(f"{counts}, expected more in x_train: swapped?")
    return [] if published else look_at_images(arrays, title)


def check_labels(labels, name, expected, said):
    """Refuse labels other than the expected ones, or without one of them. Raises ArrayFileError."""
    found = np.unique(labels).tolist()
    if found != expected:
        raise ArrayFileError(f"{name} has the labels {', '.join(map(str, found[:12]))}; expected {said}")


def read_idx_file(path):
    with naming(path):
        if not path.exists():
            raise ArrayFileError("missing; Fashion-MNIST is one fashion_mnist.npz or all four idx files")
        with gzip.open(path) as file:
            values = read_idx(file)
        if values.ndim != (3 if "images" in path.name else 1):
            raise ArrayFileError(f"holds an array of shape {values.shape}: were images and labels exchanged?")
    return values


def read_idx(file):
    """Read one idx file, not compressed: images uint8 (n, 28, 28), or labels (n,). Raises ArrayFileError.

    Big-endian magic number and sizes, then bytes. Source: http://yann.lecun.com/exdb/mnist (1998).
    """
    axes = {2051: 3, 2049: 1}.get(int.from_bytes(file.read(4), "big"))
    shape = tuple(np.frombuffer(file.read(4 * (axes or 0)), ">u4").tolist())
    if axes != len(shape) or shape[1:] not in [(), (28, 28)] or shape[0] > NpzReader.MOST_ROWS:
        raise ArrayFileError("is not an idx file of images 28 x 28 or of labels")
    size = int(np.prod(shape))
    content = file.read(size + 1)
    if len(content) != size:
        raise ArrayFileError(f"has another length than the {size:,} bytes that its header says")
    return np.frombuffer(content, np.uint8).reshape(shape).copy()


def read_reviews(path):
    """Read and check an .npz file of reviews in Keras' format.

    For each part of "train" and "test": `values_<part>`, int32, the word ranks of all reviews one after the
    other; `offsets_<part>`, int64, where each review starts, and the end; `y_<part>`, int64, labels.
    """
    raw = {}
    with naming(path), NpzReader(path) as npz:
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
                padded = "; 0 is not a rank: were the reviews padded?" if low == 0 else ""
                raise ArrayFileError(
                    f"x_{part} has word ranks from {low} to {high}, expected 1 to {_MAX_RANK:,}{padded}"
                )
            check_labels(labels, f"y_{part}", [0, 1], "0 and 1")
            if not 0.3 <= labels.mean() <= 0.7:
                raise ArrayFileError(f"y_{part} has {labels.mean():.0%} ones, expected about half")
            raw[f"values_{part}"] = lists.values.astype(np.int32)
            raw[f"offsets_{part}"] = lists.offsets
            raw[f"y_{part}"] = labels.astype(np.int64)
    return raw


def raw_reviews(folder):
    """Ranks and labels of the reviews in a folder, which are parsed once and then kept in the cache."""
    path = folder / "imdb.npz"
    with naming(path):
        # Named after the content: another file, or the same one changed, is read anew.
        return cached(f"imdb-flat-v1-{digest(path)[:16]}.npz", lambda: read_reviews(path))


def check_reviews(raw, folder):
    """Look at reviews, and at the word index beside them if there is one; warn where they are doubtful."""
    path = folder / "imdb.npz"
    with naming(path):
        doubts = look_at_reviews(raw)
    index = None
    with contextlib.suppress(DatasetError):  # An index that cannot be read is refused where it is loaded.
        index = read_word_index(folder / WORD_INDEX)
    if index:
        check_word_index(index, raw, folder)
    warn_of(path, doubts)


def check_word_index(index, raw, folder):
    """Refuse a word index that does not belong to the reviews beside it."""
    with naming(folder / WORD_INDEX):
        look_at_word_index(index, raw)


def read_word_index(path):
    """Read and check a JSON file of words and their ranks."""
    with naming(path):
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


def checked(published):
    """Say how a file was checked."""
    if published:
        return "published checksum verified"
    return "checked by shape, type and range; not the published checksum"
