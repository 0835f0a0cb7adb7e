"""Where a data set is: the folder that was named, the cache, the official download, or nowhere.

What cannot be kept in the cache because the course's folder is read-only is kept in the temporary folder.
"""

import contextlib
import getpass
import os
import shlex
import stat
import tempfile
from pathlib import Path
from typing import NamedTuple

from helpers.safe_files import digest
from helpers.session import ROOT
from helpers.settings import path_setting, switch_setting
from helpers.tables import read_table

BASE_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
ADDRESSES = {"cifar-10-binary.tar.gz": "https://www.cs.toronto.edu/~kriz/"}  # Of what Keras does not keep.

SETS = read_table("sets.toml")
"""What is known of each data set, by its name; the file says what each entry means."""

TITLES = {name: one["title"] for name, one in SETS.items()}
"""The data sets' names as they are written."""

WORD_INDEX = "imdb_word_index.json"
FILE_TO_PREPARE = {name: one["file"] for name, one in SETS.items()}
"""The one file that holds a data set; Fashion-MNIST's stands in for the official four, with MNIST's keys."""

PUBLISHED = {name: one.get("published", {one["file"]: None}) for name, one in SETS.items()}
"""Official files of each data set, relative to a folder, and their published checksums.

None stands for a file that nobody publishes: a folder has it where somebody made it, as data/README.md says.
"""

# What people have in place of those files, by name only: whether it is so is found out by the import.
_FOREIGN_IMAGES = (
    "*images*idx3* *.csv *.csv.zip *.parquet *mnist*.zip archive.zip *mnist*.tar* "
    "*/*images*idx3* */*.csv */*.parquet"
)
_FOREIGN_REVIEWS = "aclImdb* train/pos *IMDB*.csv *imdb*.csv* *imdb*.parquet *imdb*/*.parquet"

_failed = {}  # Name of the data set -> why its download failed, so that one process asks only once.
_remark = {"text": "", "said": False}  # About a cache that cannot be written.


class DatasetError(Exception):
    """A file or folder is not what it should be; the message says which, how, and what to do next."""


class Place(NamedTuple):
    """Where a data set is: "folder", "cache", "download" or "embedded", the last without a folder.

    `published`: all files have their published checksums. `note`: why earlier sources were passed over.
    """

    source: str
    folder: Path | None
    published: bool
    note: str


def locate(name):
    """Find a data set: folder, cache, download, embedded, in this order."""
    note, offline = "", is_offline()
    if folder := data_folder():
        # The word index has a line, and a checksum, of its own.
        files = {file: known for file, known in files_of(folder, name).items() if file != WORD_INDEX}
        if any((folder / file).exists() for file in files):
            return Place("folder", folder, _are_published(folder, files), "")
        # Of CIFAR-10 people have the official file; ours is only shorter.
        wanted = next(iter(PUBLISHED[name])) if name == "cifar10" else FILE_TO_PREPARE[name]
        note = f"the folder in COURSE_DATA_DIR has no {wanted}"
        if command := import_command(folder, name):
            note += f", but files to make it from: {command}"
        if name == "cifar10" and _holds(folder, "cifar-10-python* cifar-10-batches-py"):
            note += ", but pickles, which may run any program and are not read"
    for cache in filter(None, (cache_folder(), temporary_folder())):
        if _are_published(cache, PUBLISHED[name]):
            return Place("cache", cache, True, note)
    cache = writable_cache() or cache_folder()
    if None in PUBLISHED[name].values():
        reason = f"nobody publishes {FILE_TO_PREPARE[name]}; data/README.md says how a folder gets it"
        note = ""  # Says the same.
    elif offline:
        reason = "COURSE_OFFLINE=1 forbids the download"
    else:
        reason = _download(name, cache)
    if not reason:
        return Place("download", cache, True, note)
    damaged = [
        f"the cached {Path(file).name} is damaged"
        for file, known in PUBLISHED[name].items()
        if known and (cache / file).exists() and not is_published(cache / file, known)
    ]
    return Place("embedded", None, False, "; ".join(filter(None, [note, *damaged, reason])))


def import_command(path, name=None):
    """The command that makes a set's file from what a folder, or a file, holds in another form; else "".

    Ready to copy. Only names are looked at. `name` is "mnist", "fashion_mnist" or "imdb", by default any.
    """
    found = ""
    if _holds(path, _FOREIGN_REVIEWS):
        found = "imdb"
    elif _holds(path, _FOREIGN_IMAGES):
        # The two sets of images have files of the same names.
        is_fashion = "fashion" in str(path).lower() or _holds(path, "*fashion*")
        found = "fashion_mnist" if is_fashion else "mnist"
    if not found or name not in (None, found):
        return ""
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"python -m helpers.datasets import {shlex.quote(str(shown))} --as {found.replace('_', '-')}"


def _holds(path, patterns):
    find = path.glob if path.is_dir() else lambda pattern: [path] if path.match(pattern) else []
    return any(any(find(pattern)) for pattern in patterns.split())


def fetch(file, folder, checksum, is_good):
    """Download one official file unless a good one is there. Raises what `helpers.download.download` does."""
    # Imported here: requests would make every `import helpers.datasets` slower.
    from helpers.download import download

    download(_address(file) + Path(file).name, folder / file, is_good, checksum)


def _address(file):
    return ADDRESSES.get(file, BASE_URL)


def _download(name, folder):
    """Download what is missing of a data set; return why it failed, or an empty string."""
    from helpers.download import DownloadError

    for file, checksum in PUBLISHED[name].items():
        if reason := _failed.get(_address(file)) or _failed.get(name):
            return reason
        try:
            fetch(file, folder, checksum, is_good=lambda path, known=checksum: is_published(path, known))
        except DownloadError as error:
            if error.offline:
                # The other data sets of that server need not wait as well.
                _failed[_address(file)] = reason = f"no download: {error}"
            else:
                _failed[name] = reason = f"the download of {Path(file).name} failed: {error}"
            return reason
    return ""


def is_offline():
    """Tell whether COURSE_OFFLINE forbids downloads."""
    return switch_setting("COURSE_OFFLINE")


def data_folder():
    """The folder in COURSE_DATA_DIR, or None. Raises DatasetError if there is no such folder."""
    folder = path_setting("COURSE_DATA_DIR")
    if folder is None or os.path.isdir(folder):  # noqa: PTH112 (Path.is_dir raises where it may not look)
        return folder
    if not os.path.lexists(folder):
        raise DatasetError(
            f"COURSE_DATA_DIR names the folder {folder}, which does not exist. Correct it, or unset it to "
            "let the course find its data."
        )
    step = f"Name the folder that it is in: COURSE_DATA_DIR={shlex.quote(str(folder.parent))}."
    if command := import_command(folder):
        step = f"Make the course's file from it: {command}"
    raise DatasetError(f"COURSE_DATA_DIR names {folder}, which is a file, expected a folder. {step}")


def cache_folder():
    """The folder in COURSE_CACHE_DIR, by default data/cache."""
    return path_setting("COURSE_CACHE_DIR", "data/cache")


def writable_cache():
    """The first folder that can be written: the cache, this user's own in the temporary folder, or None."""
    remarks = {"": cache_folder, "kept in the temporary folder": lambda: temporary_folder(make=True)}
    for remark, find in remarks.items():
        with contextlib.suppress(OSError):
            if folder := find():
                folder.mkdir(parents=True, exist_ok=True)
                tempfile.TemporaryFile(dir=folder).close()
                _remark["text"] = remark
                return folder
    _remark["text"] = "not kept"
    return None


def take_remark():
    """What has to be said about the cache, once in a process; empty when there is nothing, or it was said."""
    if _remark["said"] or not _remark["text"]:
        return ""
    _remark["said"] = True
    return f"the course's cache cannot be written, so what is made is {_remark['text']}"


def temporary_folder(make=False):
    """A folder that no other user of this machine owns or can write to; None if there is none."""
    user = getattr(os, "getuid", getpass.getuser)()
    folder = Path(tempfile.gettempdir()) / f"deep-learning-course-{user}"
    try:
        if make:
            folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    # Windows gives every user a temporary folder of their own.
    is_ours = os.name == "nt" or (found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077)
    return folder if is_ours and stat.S_ISDIR(found.st_mode) else None


def files_of(folder, name):
    """Files of a data set in a folder, with their published checksums; our own form of a set has none."""
    own = FILE_TO_PREPARE[name]
    if own not in PUBLISHED[name] and (folder / own).exists():
        return {own: None}
    return PUBLISHED[name]


def _are_published(folder, files):
    return all(is_published(folder / file, known) for file, known in files.items())


def is_published(path, checksum):
    """Whether a file is there and has a checksum such as "sha256:…"; None is the checksum of no file."""
    kind, _, expected = (checksum or "").partition(":")
    try:
        return bool(checksum) and digest(path, kind) == expected
    except OSError:
        return False
