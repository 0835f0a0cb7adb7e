"""Files that are whole or not there: written aside, then renamed; one writer at a time.

A symbolic link stays one: what is read, locked, replaced or put aside is the file that it names.
"""

import glob
import hashlib
import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path


def read_json(path: Path, most_bytes: int):
    """What a JSON file holds, in whichever of UTF-8, UTF-16 and UTF-32 an editor has saved it.

    ValueError, with a sentence that begins with "it", says that the file is no JSON or has more than
    `most_bytes`: it is refused unread, for parsing takes minutes and many times its size. OSError says that
    it is missing, is no file, or cannot be read.
    """
    with Path(path).open("rb") as file:
        raw = file.read(most_bytes + 1)
    if len(raw) > most_bytes:
        raise ValueError(f"it is larger than {most_bytes / 2**20:.0f} MB")
    try:
        return json.loads(raw)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError("it is empty" if not raw.strip() else "it is no JSON text") from error
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def digest(path, kind="sha256"):
    """Checksum of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        # MD5 guards against accidents here, which is allowed even where its use for secrets is not.
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


@contextmanager
def written_whole(path: Path):
    """Give an empty temporary file, of the same ending, that takes the path's place when the block ends.

    What stands there stays untouched until then, and for good where the block ends with an error. Folders are
    made; OSError says that the folder cannot be written.
    """
    target = _target(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".unfinished-", suffix=f"-{Path(path).name}")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # A temporary file is its owner's alone; this one shall be as readable as any other.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def locked(path: Path, seconds: float = 2.0):
    """Let one kernel at a time read, change and write a file; wait so many seconds for another one.

    Yields None, or the error that says why no lock could be had: a TimeoutError where another kernel holds
    it, OSError or NotImplementedError in a read-only folder or on a network disk. The block runs all the
    same, and decides what it does without one.
    """
    from filelock import FileLock

    target = _target(path)
    lock = FileLock(target.with_name(f".{target.name}.lock"), timeout=seconds, poll_interval=0.01)
    refused = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        refused = error
    try:
        yield refused
    finally:
        lock.release()


def put_aside(path: Path) -> Path:
    """Rename a file that cannot be read to `NAME.damaged.ENDING`, or the next free name of the kind."""
    path = _target(path)
    aside = path.with_name(f"{path.stem}.damaged{path.suffix}")
    number = 2
    while aside.exists():
        aside = path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")
        number += 1
    path.replace(aside)
    return aside


def put_aside_before(path: Path) -> list[Path]:
    """Files that `put_aside` has made of this path's, in the order of their names."""
    path = _target(path)
    return sorted(path.parent.glob(f"{glob.escape(path.stem)}.damaged*{path.suffix}"))


def _target(path):
    """The file that a path names when its links are followed, also where there is none yet."""
    return Path(os.path.realpath(path))
