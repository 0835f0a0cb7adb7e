"""The data sets' command line: fetch, import, verify."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from helpers.datasets.files import check_images
from helpers.datasets.foreign import read_foreign
from helpers.datasets.look import look_at_reviews
from helpers.datasets.reports import examine, examine_file
from helpers.datasets.sources import (
    FILE_TO_PREPARE,
    PUBLISHED,
    TITLES,
    WORD_INDEX,
    fetch,
    files_of,
    is_offline,
)
from helpers.progress import track
from helpers.safe_arrays import ArrayFileError
from helpers.safe_files import written_whole
from helpers.settings import SettingError

_SOUND = ("published", "good", "doubtful", "absent")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 if all is well, 1 if something is damaged or missing, and 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m helpers.datasets", description="The course's data sets.")
    commands = parser.add_subparsers(dest="command", required=True)
    fetching = commands.add_parser("fetch", help="download the official files into a folder")
    fetching.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PUBLISHED))
    fetching.add_argument("--all", action="store_true", help="every data set")
    fetching.add_argument("--to", type=Path, required=True, metavar="DIR", help="made when it does not exist")
    importing = commands.add_parser("import", help="make the course's file from idx, CSV, parquet or aclImdb")
    importing.add_argument("files", nargs="+", type=Path, metavar="FILE", help="files, archives or folders")
    importing.add_argument("--to", type=Path, metavar="DIR", help="by default the folder of the first FILE")
    importing.add_argument(
        "--as", dest="name", choices=["mnist", "fashion-mnist", "imdb"], help="by default found out by a look"
    )
    importing.add_argument("--force", action="store_true", help="replace a file that is there")
    verify = commands.add_parser("verify", help="check the files of a folder")
    verify.add_argument("folder", type=Path, metavar="DIR")
    verify.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(PUBLISHED)}; by default all")
    options = parser.parse_args(arguments)
    for name in getattr(options, "names", []):
        if name not in PUBLISHED:
            parser.error(f"no data set is called {name!r}; expected {', '.join(PUBLISHED)}")
    if options.command == "fetch" and bool(options.names) == options.all:
        parser.error("say which data sets to fetch, or --all")
    try:
        if options.command == "verify":
            return _verify(options.folder.expanduser(), options.names)
        if options.command == "fetch":
            return _fetch_all(options.to.expanduser(), options.names or list(PUBLISHED))
        return _import([path.expanduser() for path in options.files], options.to, options.name, options.force)
    except (ArrayFileError, SettingError) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}; name another folder with --to", file=sys.stderr)
    return 1


def _import(paths, folder, wanted, force):
    for path in paths:
        if not path.exists():
            raise ArrayFileError(f"{path}: there is no such file or folder")
    folder = (folder or (paths[0] if paths[0].is_dir() else paths[0].absolute().parent)).expanduser()
    name = wanted and wanted.replace("-", "_")
    if name:
        _keep_what_is_there(folder, name, force)
    kind, data, remark = read_foreign(paths, name and ("reviews" if name == "imdb" else "images"))
    name, doubts = _looked_at(kind, data, name)
    targets = _keep_what_is_there(folder, name, force)
    save = np.savez_compressed
    if name == "imdb":
        index = {word: rank for rank, word in enumerate(data["words"], start=1)}
        with written_whole(folder / WORD_INDEX) as unfinished:
            unfinished.write_text(json.dumps(index), encoding="utf-8")
        data, save = _in_keras_form(data), np.savez
    with written_whole(targets[0]) as unfinished:
        save(unfinished, **data)
    counts = f"{len(data['y_train']):,} training and {len(data['y_test']):,} test {kind}"
    notes = "".join(f"; {note}" for note in [remark, *doubts] if note)
    made = " and ".join(path.name for path in targets)
    print(f"{made}: made, {TITLES[name]}, {counts}{notes}. To use it: COURSE_DATA_DIR={folder.absolute()}")
    return 0


def _looked_at(kind, data, name):
    """Find out which set it is, where nobody said so; return its name and what is doubtful about it."""
    if kind == "reviews":
        return "imdb", look_at_reviews(data)
    first = None
    for known in [name] if name else ["mnist", "fashion_mnist"]:
        try:
            return known, check_images(data, TITLES[known])
        except ArrayFileError as error:
            first = first or error
    raise first


def _keep_what_is_there(folder, name, force):
    """Say which files will be made, and refuse to replace any unless told to."""
    targets = [folder / FILE_TO_PREPARE[name]] + ([folder / WORD_INDEX] if name == "imdb" else [])
    for path in targets:
        if path.exists() and not force:
            raise ArrayFileError(f"{path}: is there already; --force replaces it, --to names another folder")
    return targets


def _in_keras_form(raw):
    data = {}
    for part in ("train", "test"):
        reviews = np.split(raw[f"values_{part}"], raw[f"offsets_{part}"][1:-1])
        lists = (review.tolist() for review in reviews)
        data[f"x_{part}"] = np.fromiter(lists, dtype=object, count=len(reviews))
        data[f"y_{part}"] = raw[f"y_{part}"]
    return data


def _verify(folder, names):
    if not folder.is_dir():
        print(f"{folder}: there is no such folder", file=sys.stderr)
        return 1
    files = sum(len(files_of(folder, name)) for name in names or PUBLISHED)
    reports = list(track(examine(folder, names), "Checking", total=files, unit="files"))
    for report in reports:
        print(f"{report.file}: {report.text}")
    return int(any(report.status not in _SOUND for report in reports))


def _fetch_all(folder, names):
    if is_offline():
        print("COURSE_OFFLINE=1 forbids the download; unset it first", file=sys.stderr)
        return 1
    done = [_fetched(folder, name, report) for name in names for report in examine(folder, [name])]
    return int(not all(done))


def _fetched(folder, name, report):
    """Fetch a file unless a sound one is there, and say what was done; tell whether all is well."""
    from helpers.download import DownloadError

    file = report.file
    if report.status in _SOUND:
        print(f"{file}: {'' if report.status == 'absent' else 'already there, '}{report.text}")
        return True
    if file not in PUBLISHED[name]:
        print(f"{file}: {report.text} Or delete it, and the four official files are fetched.")
        return False
    try:
        fetch(
            file, folder, PUBLISHED[name][file], lambda _: examine_file(folder, file, name).status in _SOUND
        )
    except DownloadError as error:
        print(f"{file}: {error}", file=sys.stderr)
        return False
    kept = " (the damaged one was kept as .damaged)" if report.status == "damaged" else ""
    print(f"{file}: fetched, published checksum verified{kept}")
    return True


if __name__ == "__main__":
    sys.exit(main())
