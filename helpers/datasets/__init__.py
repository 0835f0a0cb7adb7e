"""The course's data: where they come from, whether they are sound, and one printed line about both.

Every loader asks the same sources in the same order: the folder named in the environment variable
COURSE_DATA_DIR, the course's cache (COURSE_CACHE_DIR, by default `data/cache`), the official download (never
with COURSE_OFFLINE=1), and last the embedded data that `helpers.synthetic` draws. It raises DatasetError if
COURSE_DATA_DIR names no folder, or if the file in it is not sound. `python -m helpers.datasets` prepares such
a folder: `fetch --all --to DIR` downloads, `import FILE…` reads other forms, `verify DIR` checks.

`sources` finds the files, `files` reads and checks them, `look` sees whether they are what their name says,
`foreign` reads the forms in which others keep the same data, `pictures` reads the sets of chapters 14 to 16
and photographs, `embedded` draws the stand-ins, `reports` says what a folder holds.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from helpers.datasets import files
from helpers.datasets.embedded import embedded_data
from helpers.datasets.pictures import read_photograph
from helpers.datasets.reports import read_set
from helpers.datasets.sources import (
    PUBLISHED,
    SETS,
    TITLES,
    WORD_INDEX,
    DatasetError,
    is_published,
    locate,
    take_remark,
)

FASHION_NAMES = tuple(SETS["fashion_mnist"]["classes"])
"""What Fashion-MNIST's labels 0 to 9 mean."""

CIFAR10_NAMES = tuple(SETS["cifar10"]["classes"])
"""What CIFAR-10's labels 0 to 9 mean."""

BLOOD_CELL_NAMES = tuple(SETS["blood_cells"]["classes"])
"""What the classes 0 to 2 of the blood cells' boxes mean."""

PHOTOGRAPHS = (
    *("astronaut", "brick", "camera", "cell", "chelsea", "clock_motion", "coffee", "coins", "grass"),
    *("gravel", "hubble_deep_field", "ihc", "moon", "motorcycle_left", "page", "retina", "rocket", "text"),
)
"""Names of the photographs that come with scikit-image; chelsea is a cat, ihc a stained tissue."""

_FROM = {
    "folder": "from the folder in COURSE_DATA_DIR",
    "cache": "from the course's cache",
    "download": "downloaded",
}
_used = {}  # Name of the data set -> source of its last load in this process.


def source_of(name):
    """Tell where the last load in this process took a data set from.

    Another name is a ValueError.

    Parameters
    ----------
    name : {"mnist", "fashion_mnist", "imdb", "cifar10", "signs", "nuclei", "blood_cells"}

    Returns
    -------
    source : {"folder", "cache", "download", "embedded"} or None
        None if it was not loaded yet.
    """
    if name not in PUBLISHED:
        raise ValueError(f"no data set is called {name!r}; expected one of {', '.join(PUBLISHED)}")
    return _used.get(name)


def load_mnist():
    """Load MNIST, or digits drawn by the course where it cannot be had, and print one line about it.

    Drop-in for `keras.datasets.mnist.load_data`. MNIST: Y. LeCun, C. Cortes, C. Burges (1998). A folder
    that is not there, or a file in it that is not sound, is a DatasetError.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of pairs of ndarray
        Images uint8 of shape (60000, 28, 28) and (10000, 28, 28), 0 is paper and 255 is ink; labels uint8,
        0 to 9.
    """
    return _load_images("mnist")


def load_fashion_mnist():
    """Load Fashion-MNIST, or garments drawn by the course where it cannot be had, and print one line on it.

    Drop-in for `keras.datasets.fashion_mnist.load_data`. Fashion-MNIST: H. Xiao, K. Rasul, R. Vollgraf,
    arXiv 1708.07747 (2017). DatasetError as for `load_mnist`.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of pairs of ndarray
        Images uint8 of shape (60000, 28, 28) and (10000, 28, 28); labels uint8, 0 to 9, see `FASHION_NAMES`.
    """
    return _load_images("fashion_mnist")


def load_imdb(num_words=10_000, skip_top=0, maxlen=None, seed=113, start_char=1, oov_char=2, index_from=3):
    """Load IMDB reviews as lists of word numbers, or reviews written by the course; print one line on it.

    Same results as `keras.datasets.imdb.load_data`, whose `num_words` is None by default. IMDB: A. Maas
    et al., "Learning Word Vectors for Sentiment Analysis", ACL (2011). DatasetError as for `load_mnist`;
    ValueError if no review is shorter than `maxlen`.

    Parameters
    ----------
    num_words, skip_top : int
        Only numbers from skip_top up and below num_words are kept; None keeps all that are below the largest.
    maxlen : int or None
        Only reviews shorter than this are kept.
    seed : int
        For the order of the reviews.
    start_char, oov_char : int or None
        Number put before every review, and in the place of words that are not kept; None for none.
    index_from : int
        Added to a word's rank in `imdb_word_index()` to make its number.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of pairs of ndarray
        Reviews as arrays of dtype object that hold lists of int; labels int64, 1 for praise and 0 for blame.
        25,000 + 25,000 in the published files.
    """
    place, raw = _load("imdb")
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

    Drop-in for `keras.datasets.imdb.get_word_index`. A folder with reviews and without their index is refused
    by a DatasetError: one from elsewhere would give wrong words.

    Returns
    -------
    word_index : dict of str to int
        Rank of each word, 1 for the most frequent. A review's numbers are `rank + index_from`.
    """
    place = locate("imdb")
    if place.source == "embedded":
        index = {word: rank for rank, word in enumerate(embedded_data("imdb")["words"].tolist(), start=1)}
        _used["imdb"] = "embedded"
        print(
            f"EMBEDDED DATA: word index of {len(index):,} words of the reviews written by helpers.synthetic; "
            "this is not IMDB's."
        )
        return index
    path = place.folder / WORD_INDEX
    if not path.exists():
        raise DatasetError(
            f"{WORD_INDEX}: missing beside imdb.npz, whose ranks no other word index fits. Copy the one made "
            "with it there, or take imdb.npz out of COURSE_DATA_DIR so that both are downloaded."
        )
    index = files.read_word_index(path)
    published = is_published(path, PUBLISHED["imdb"][WORD_INDEX])
    if not (published and place.published):
        files.check_word_index(index, files.raw_reviews(place.folder), place.folder)
    _used["imdb"] = place.source
    print(f"IMDB word index: {len(index):,} words, {_FROM[place.source]}; {files.checked(published)}.")
    return index


def load_cifar10():
    """Load CIFAR-10, or objects drawn by the course where it cannot be had, and print one line about it.

    Drop-in for `keras.datasets.cifar10.load_data`, but read from the binary version: Keras' file is made
    of pickles. A prepared folder may hold JPEG copies of the pictures instead, which are not quite the
    same. CIFAR-10: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009).
    DatasetError as for `load_mnist`.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of pairs of ndarray
        Images uint8 of shape (50000, 32, 32, 3) and (10000, 32, 32, 3), red, green and blue from 0 to 255;
        labels uint8 of shape (n, 1), 0 to 9, see `CIFAR10_NAMES`. Drawn are 20,000 and 4,000.
    """
    return _load_images("cifar10")


def load_signs():
    """Load photographs of hands that show the digits 0 to 9, or drawn hands; print one line about them.

    Sign Language Digits: A. Mavi, arXiv 2011.08927 (2020), reduced to 32 x 32. DatasetError as for
    `load_mnist`.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of pairs of ndarray
        Images uint8 of shape (n, 32, 32, 3), labels uint8 of shape (n,), 0 to 9. Of each digit one half is
        for training and one for tests: about 100 each.
    """
    place, arrays = _load("signs")
    halves = [np.array_split(np.flatnonzero(arrays["y"] == digit), 2) for digit in range(10)]
    mix = np.random.default_rng(0).permutation  # The file may be in the order of the digits.
    train, test = (mix(np.concatenate(rows)) for rows in zip(*halves, strict=True))
    _say("signs", place, len(train), len(test), "hands")
    return tuple((arrays["x"][rows], arrays["y"][rows]) for rows in (train, test))


def load_nuclei():
    """Load pictures of cell nuclei and which pixel belongs to which, or drawn ones; print one line on them.

    J. Caicedo et al., "Nucleus segmentation across imaging experiments: the 2018 Data Science Bowl",
    Nature Methods 16 (2019); the fluorescence pictures of 256 x 256, reduced by half. DatasetError as for
    `load_mnist`.

    Returns
    -------
    (x_train, labels_train), (x_test, labels_test) : tuple of pairs of ndarray
        Fluorescence pictures, 0 is dark, and labels, each uint8 of shape (n, 128, 128). A label is 0 in the
        background and else the number of the nucleus in its picture. The last fifth is for tests.
    """
    place, arrays = _load("nuclei")
    x, labels = arrays["x"], arrays["labels"]
    cut = len(x) - len(x) // 5
    _say("nuclei", place, cut, len(x) - cut, "pictures of nuclei")
    return (x[:cut], labels[:cut]), (x[cut:], labels[cut:])


def load_blood_cells():
    """Load pictures of blood with a box around every cell, or drawn ones, and print one line about them.

    BCCD: github.com/Shenggan/BCCD_Dataset (2017), reduced to a quarter. Not every cell has its box there,
    and two boxes without an area are left out. DatasetError as for `load_mnist`.

    Returns
    -------
    (x_train, boxes_train), (x_test, boxes_test) : tuple of pairs
        Pictures, uint8 ndarray of shape (n, 120, 160, 3), and boxes, list of n float32 ndarray of shape
        (cells, 5): class (see `BLOOD_CELL_NAMES`), then left, top, right and bottom in pixels. The last fifth
        of the pictures is for tests.
    """
    place, arrays = _load("blood_cells")
    x, rows = arrays["x"], arrays["boxes"].astype(np.float32)
    cut = len(x) - len(x) // 5
    boxes = [rows[rows[:, 0] == i, 1:] for i in range(len(x))]
    _say("blood_cells", place, cut, len(x) - cut, "pictures of blood")
    return (x[:cut], boxes[:cut]), (x[cut:], boxes[cut:])


def load_photographs(*files):
    """Load photographs that come with scikit-image, or pictures of one's own; print one line about them.

    Needs no network. Origin and licence of each stand with its function in `skimage.data`. DatasetError says
    which file is missing, broken, no picture or too large.

    Parameters
    ----------
    *files : str or Path, optional
        One's own pictures: PNG, JPEG, WEBP, GIF, BMP or TIFF. A phone's note on which side is up is heeded.

    Returns
    -------
    photographs : dict of str to ndarray of shape (height, width, 3), uint8
        Red, green and blue, by name: one of `PHOTOGRAPHS`, or a file's name without its ending.
    """
    paths = {Path(file).stem: Path(file) for file in files}
    if len(paths) < len(files):
        raise DatasetError("two of the files have the same name; rename one of them.")
    where = "your own files"
    if not files:
        package = find_spec("skimage")
        if package is None:
            raise DatasetError("scikit-image is not installed: python -m pip install -r requirements.txt")
        folder, where = Path(package.submodule_search_locations[0]) / "data", "files of scikit-image"
        known = {path.stem: path for path in folder.iterdir() if path.suffix in (".png", ".jpg")}
        paths = {name: known[name] for name in PHOTOGRAPHS if name in known}
    photographs = {name: read_photograph(path) for name, path in paths.items()}
    print(f"Photographs: {len(photographs)}, {where}: {', '.join(photographs)}.")
    return photographs


def two_clouds(n, rng, noise=1.0):
    """Draw points of two overlapping Gaussian clouds in the plane.

    No generator is a TypeError; n below 2 or noise below 0 a ValueError.

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
    if not hasattr(rng, "permutation"):
        raise TypeError(f"rng is {rng!r}; expected a generator, such as np.random.default_rng(42)")
    if not noise >= 0:
        raise ValueError(f"noise is {noise}; expected 0 or more")
    labels = rng.permutation(np.arange(n) % 2)
    centres = np.array([[-1.0, -1.0], [1.0, 1.0]])
    points = centres[labels] + rng.normal(scale=noise, size=(n, 2))
    return points, labels.astype(np.int64)


def monthly_temperatures():
    """Mean temperatures of the twelve months in Tokyo.

    Climate normals 1991-2020 of the Japan Meteorological Agency.

    Returns
    -------
    months : ndarray of shape (12,), float64, 1 to 12
    temperatures : ndarray of shape (12,), float64, degrees Celsius
    """
    temperatures = [5.4, 6.1, 9.4, 14.3, 18.8, 21.9, 25.7, 26.9, 23.3, 18.0, 12.5, 7.7]
    return np.arange(1.0, 13.0), np.array(temperatures)


def _load(name):
    """Find a set; its place, and its arrays from there."""
    place = locate(name)
    if place.source == "embedded":
        return place, embedded_data(name)
    return place, read_set(place.folder, name, place.published)


def _load_images(name):
    place, arrays = _load(name)
    train, test = ((arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test"))
    counts = len(train[0]), len(test[0])
    is_usual = place.source == "embedded" or name == "cifar10" or counts == (60_000, 10_000)
    _say(name, place, *counts, "images" if is_usual else "images (usual are 60,000 and 10,000)")
    return train, test


def _say(name, place, train, test, things, made="drawn"):
    """Print the one line about a load and remember its source."""
    _used[name] = place.source
    title, counts = TITLES[name], f"{train:,} training and {test:,} test {things}"
    notes = "; ".join(filter(None, [place.note, take_remark()]))
    notes = f" ({notes})" if notes else ""
    if place.source == "embedded":
        print(f"EMBEDDED DATA: {counts} {made} by helpers.synthetic; this is not {title}{notes}.")
    else:
        print(f"{title}: {counts}, {_FROM[place.source]}; {files.checked(place.published)}{notes}.")


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
        # No review is empty, so every offset starts one.
        largest = shift + max(
            np.maximum.reduceat(raw[f"values_{part}"], raw[f"offsets_{part}"][:-1])[order[part]].max()
            for part in order
        )
        num_words = max(largest, start_char) if has_start else largest

    # One entry per rank, looked up for every word: all reviews share the table's integers.
    ranks = 1 + max(raw["values_train"].max(), raw["values_test"].max())
    numbers = np.arange(shift, shift + ranks)
    is_kept = (skip_top <= numbers) & (numbers < num_words)
    table = numbers.astype(object)
    table[~is_kept] = oov_char
    first = start_char if has_start and skip_top <= start_char < num_words else oov_char
    start = [first] if has_start and first is not None else []

    data = []
    for part, indices in order.items():
        values, offsets = raw[f"values_{part}"], raw[f"offsets_{part}"]
        if oov_char is None:
            mask = is_kept[values]
            values = values[mask]
            offsets = np.concatenate([[0], np.cumsum(mask)])[offsets]
        words = table[values].tolist()
        bounds = offsets.tolist()
        lists = (start + words[bounds[i] : bounds[i + 1]] for i in indices.tolist())
        reviews = np.fromiter(lists, dtype=object, count=len(indices))
        data.append((reviews, raw[f"y_{part}"][indices]))
    return tuple(data)
