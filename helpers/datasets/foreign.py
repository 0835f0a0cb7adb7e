"""Reading MNIST, Fashion-MNIST and IMDB in the forms in which people have them.

Images: the idx files, Kaggle's and OpenML's CSV, parquet with pictures as PNG. Reviews: aclImdb's texts, CSV
or parquet with texts. All of them single, in a folder, in a zip or in a tar, with or without gzip. Nothing is
unpacked to the disk and nothing is unpickled.
"""

import contextlib
import gzip
import io
import re
import tarfile
import zipfile
import zlib
from collections import Counter
from functools import cache, partial
from itertools import chain

import numpy as np

from helpers.datasets.embedded import divided
from helpers.datasets.files import read_idx
from helpers.progress import Progress, track
from helpers.safe_arrays import ArrayFileError

MOST_BYTES = 2 * 2**30  # No single file, unpacked, may be larger.
_PARTS = ("train", "test")
_REVIEW = re.compile(r"(?:^|/)(train|test)/(pos|neg)/\d+_\d+\.txt$")
_DATA = re.compile(r"idx[13][^/]*$|\.(csv|parquet|pkl|pickle)$", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.(zip|tgz|tar(\.\w+)?)$", re.IGNORECASE)
_ROWS_AT_A_TIME = 2_000
# What Keras' Tokenizer takes for gaps between words; with it the published ranks were made.
_GAPS = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))


def read_foreign(paths, wanted=None):
    """Read what files and folders hold: ("images" or "reviews", the data, how their parts came about or "").

    Images are by the keys of MNIST's file, reviews as `helpers.datasets.files.read_reviews` gives them, with
    their `words`, the most frequent one first. `wanted` says which to read where both are there. An
    ArrayFileError names the file that is wrong.
    """
    images, reviews = {}, {}
    with contextlib.ExitStack() as line:
        progress = cache(lambda: line.enter_context(Progress(50_000, "Reading", "reviews")))
        for name, read in _members(paths):
            review = _REVIEW.search(name)
            try:
                if review is None:
                    _read_member(name, read, images, reviews)
                elif wanted != "images":
                    part, tone = review.groups()
                    text = read().read().decode("utf-8")
                    reviews.setdefault(part, []).append((text, int(tone == "pos")))
                    progress().advance()
            except (ArrayFileError, OSError, EOFError, ValueError, zlib.error) as error:
                file, reason = name.rpartition("/")[2], getattr(error, "strerror", None) or error
                raise ArrayFileError(f"{file}: {reason}") from error
    if reviews and wanted != "images":
        return "reviews", *_ranked(reviews)
    if not images:
        raise ArrayFileError(
            f"{', '.join(path.name for path in paths)}: nothing to import there; expected idx files, CSV, "
            "parquet, or aclImdb's texts"
        )
    return "images", *_parted(images)


def _members(paths):
    """Yield the name of each file that may be of use, and a function that reads it, archives opened."""
    for path in paths:
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.is_file())
            yield from _members(f for f in files if _is_of_use(f.as_posix()) or _ARCHIVE.search(f.name))
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for member in filter(_is_of_use, archive.namelist()):
                    yield _member(f"{path.name}/{member}", partial(archive.open, member))
        elif _ARCHIVE.search(path.name):
            # As a stream: a second look at a member would unpack everything before it again.
            with tarfile.open(path, "r|*") as archive:
                for member in archive:
                    if member.isfile() and _is_of_use(member.name):
                        yield _member(member.name, partial(archive.extractfile, member))
        else:
            yield _member("/".join(path.parts[-4:]), partial(path.open, "rb"))


def _is_of_use(name):
    return "__MACOSX" not in name and bool(_REVIEW.search(name) or _DATA.search(name.removesuffix(".gz")))


def _member(name, opened):
    def read():
        with opened() as file, gzip.open(file) if name.endswith(".gz") else file as unpacked:
            content = unpacked.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ArrayFileError(f"is larger than {MOST_BYTES >> 30} GB; refused")
        return io.BytesIO(content)

    return name.removesuffix(".gz"), read


def _read_member(name, read, images, reviews):
    """Add what one file holds to the images or the reviews found so far."""
    ending, part = name.lower().rpartition(".")[2], _part(name)
    if ending in ("pkl", "pickle"):
        raise ArrayFileError(
            "is a pickle, which may run any program; use the idx files or a CSV in its place"
        )
    if ending not in ("csv", "parquet"):
        values = read_idx(read())
        found = {"x" if values.ndim == 3 else "y": values}
    else:
        blocks = (_csv_blocks if ending == "csv" else _parquet_blocks)(read())
        contents, labels = zip(*map(_rows, blocks), strict=True)
        if not isinstance(contents[0], np.ndarray):
            part = "unsup" if "unsup" in name else part or "all"
            reviews.setdefault(part, []).extend(zip(chain(*contents), chain(*labels), strict=True))
            return
        found = {"x": np.concatenate(contents)}
        if labels[0] is not None:
            found["y"] = np.concatenate(labels)
    for key, values in found.items():
        key = f"{key}_{part or 'train'}"
        if key in images:
            raise ArrayFileError(f"is a second file with {key}; name the files of one set only")
        images[key] = values


def _part(name):
    """Which part a file belongs to, by its own name first, then by its folder's; empty if neither says it."""
    for text in name.lower().split("/")[:-3:-1]:
        if re.search(r"t10k|test|valid", text):
            return "test"
        if "train" in text:
            return "train"
    return ""


def _csv_blocks(file):
    import pandas as pd

    has_header = bool(re.search(rb"[A-Za-z]{2}", file.readline()))
    file.seek(0)
    total = file.getbuffer().tobytes().count(b"\n")
    blocks = pd.read_csv(file, header=0 if has_header else None, chunksize=_ROWS_AT_A_TIME)
    return track(blocks, "Reading rows", total=-(-total // _ROWS_AT_A_TIME), unit="blocks")


def _parquet_blocks(file):
    import pandas as pd

    try:
        table = pd.read_parquet(file)
    except ImportError:
        raise ArrayFileError(
            "parquet needs the package pyarrow: python -m pip install pyarrow, or use the idx files or a CSV"
        ) from None
    if "label" not in table or not {"image", "text"} & set(table.columns):
        raise ArrayFileError(f"has the columns {', '.join(table.columns)}; expected image or text, and label")
    starts = range(0, len(table), _ROWS_AT_A_TIME)
    return (table[start : start + _ROWS_AT_A_TIME] for start in track(starts, "Reading rows", unit="blocks"))


def _rows(block):
    """Images or texts of a part of a table, and their labels or None."""
    columns = {str(column).lower(): column for column in block.columns}
    label, text = (
        next((columns[name] for name in names if name in columns), None)
        for names in (("label", "class", "sentiment"), ("review", "text"))
    )
    if label is None and text is None and block.shape[1] == 785:
        label = block.columns[0]
    labels = None if label is None else block[label]
    if text is not None and labels is not None:
        tones = labels.replace({"positive": 1, "negative": 0}).to_numpy(dtype=int)
        return block[text].astype(str).tolist(), tones.tolist()
    if isinstance(next(iter(block.get("image", ())), None), dict):
        images = _pictures(block["image"])
    else:
        pixels = block if label is None else block.drop(columns=label)
        if pixels.shape[1] != 784:
            raise ArrayFileError(
                f"has {block.shape[1]} columns, expected 784 pixels, with or without a label"
            )
        images = _bytes(pixels.to_numpy(), "pixels").reshape(-1, 28, 28)
    return images, None if labels is None else _bytes(labels.to_numpy(), "labels")


def _pictures(column):
    from PIL import Image

    pictures = [Image.open(io.BytesIO(image["bytes"])) for image in column]
    if {(picture.size, picture.mode) for picture in pictures} != {((28, 28), "L")}:
        raise ArrayFileError("has pictures other than grey ones of 28 x 28")
    return np.stack([np.asarray(picture) for picture in pictures])


def _bytes(values, what):
    are_numbers = values.dtype.kind in "iuf"
    if not are_numbers or not ((values >= 0) & (values <= 255) & (values == values // 1)).all():
        raise ArrayFileError(f"has {what} that are not whole numbers from 0 to 255")
    return values.astype(np.uint8)


def _parted(images):
    """Make the training and the test part; one that is all there is, or has no labels, is divided."""
    known = [part for part in _PARTS if {f"x_{part}", f"y_{part}"} <= images.keys()]
    for part in known:
        n, labels = len(images[f"x_{part}"]), len(images[f"y_{part}"])
        if n != labels:
            raise ArrayFileError(f"there are {n:,} images and {labels:,} labels for the {part} part")
    if known == list(_PARTS):
        return images, ""
    if known != ["train"]:
        found = ", ".join(sorted(images))
        raise ArrayFileError(f"the training part's images or labels are missing; found {found}")
    x, y = images["x_train"], images["y_train"]
    cut = len(x) - len(x) // 7
    why = "the test images have no labels" if "x_test" in images else "there was no test part"
    remark = f"{why}, so the last {len(x) - cut:,} labelled images are the test part"
    return divided(x, y, cut), remark


def _ranked(reviews):
    reviews.pop("unsup", None)
    remark = ""
    if rows := reviews.pop("all", None):
        half = len(rows) // 2
        reviews = {"train": rows[:half], "test": rows[half:]}
        remark = "there was no test part, so the second half of the reviews is the test part"
    if missing := [part for part in _PARTS if not reviews.get(part)]:
        raise ArrayFileError(f"there are no reviews for the {missing[0]} part; expected train and test")
    texts = {part: [text.lower().translate(_GAPS).split() for text, _ in reviews[part]] for part in _PARTS}
    # As Keras did: ranks from the training part, words that only the test part has are left out.
    words = [word for word, _ in Counter(word for text in texts["train"] for word in text).most_common()]
    rank = {word: i for i, word in enumerate(words, start=1)}
    raw = {"words": words}
    for part in _PARTS:
        ranks = [[rank[word] for word in text if word in rank] for text in texts[part]]
        raw[f"values_{part}"] = np.fromiter(chain.from_iterable(ranks), dtype=np.int32)
        raw[f"offsets_{part}"] = np.cumsum([0, *map(len, ranks)])
        raw[f"y_{part}"] = np.array([label for _, label in reviews[part]], dtype=np.int64)
    return raw, remark
