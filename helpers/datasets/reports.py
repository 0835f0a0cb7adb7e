"""What a folder holds: a set, read and checked; and what is to be said of each file, in a sentence."""

import warnings
from typing import NamedTuple

from helpers.datasets import files
from helpers.datasets.pictures import load_pictures_from
from helpers.datasets.sources import PUBLISHED, TITLES, WORD_INDEX, DatasetError, files_of, is_published


class FileReport(NamedTuple):
    """What `examine` found out about one file, named relative to the folder; `text` tells the next step, too.

    "published", "good" (sound by shape, type, range and look, but not the published file), "doubtful",
    "damaged", "missing", or "absent": not there either, but nobody publishes it, and the course draws what it
    needs.
    """

    file: str
    status: str
    text: str


def examine(folder, names=None):
    """Yield a FileReport on each file of these data sets, by default all, in a folder."""
    for name in names or PUBLISHED:
        for file in files_of(folder, name):
            yield examine_file(folder, file, name)


def examine_file(folder, file, name):
    """Check one file of a data set; see `examine`."""
    path, checksum = folder / file, PUBLISHED[name].get(file)
    if not path.exists() and file in PUBLISHED[name] and checksum is None:
        return FileReport(file, "absent", f"not there; data/README.md says how {TITLES[name]} gets there")
    if not path.exists():
        return FileReport(file, "missing", f"missing; run `python -m helpers.datasets fetch {name} --to DIR`")
    if is_published(path, checksum):
        return FileReport(file, "published", "good, published checksum verified")
    try:
        with warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always")
            _read_fully(path, folder, name)
    except DatasetError as error:
        return FileReport(file, "damaged", f"damaged: {str(error).removeprefix(f'{path.name}: ')}")
    if doubts:
        text = str(doubts[0].message).removeprefix(f"{path.name}: ")
        return FileReport(file, "doubtful", f"doubtful: {text}")
    return FileReport(file, "good", f"good, {files.checked(False)}")


def _read_fully(path, folder, name):
    if path.name == WORD_INDEX:
        index = files.read_word_index(path)
        if (folder / "imdb.npz").exists():
            files.check_word_index(index, files.raw_reviews(folder), folder)
    elif name == "fashion_mnist" and path.suffix == ".gz":
        files.read_idx_file(path)
        # Only together can they be looked at: done with the last.
        paths = [folder / file for file in PUBLISHED[name]]
        if path == paths[-1] and all(path.exists() for path in paths):
            read_set(folder, name)
    else:
        read_set(folder, name)


def read_set(folder, name, published=False):
    """Arrays of a set from a folder that has it: DatasetError if not sound, a warning if doubtful."""
    if name == "imdb":
        raw = files.raw_reviews(folder)
        if not published:
            files.check_reviews(raw, folder)
        return raw
    if name in ("mnist", "fashion_mnist"):
        return files.load_images_from(folder, name, published)
    return load_pictures_from(folder, name)
