"""Small files of the course's own in `data/`: words, outlines, sentences, what is known of the data sets."""

import hashlib
import re
import tomllib
from pathlib import Path

from helpers.session import ROOT


def read_table(file: str) -> dict:
    """Read a TOML file by its path in data. ValueError says that it is missing or damaged, and what to do."""
    try:
        return tomllib.loads((ROOT / "data" / file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _faulty(f"data/{file}", f"is missing or damaged ({error})") from error


def read_rows(file: str) -> list:
    """Read lines of texts with tabs between, if the file is the one that data/README.md lists; see above."""
    try:
        content, listed = ((ROOT / "data" / each).read_bytes() for each in (file, "README.md"))
    except OSError as error:
        name = Path(error.filename).relative_to(ROOT).as_posix()
        raise _faulty(name, f"cannot be read ({error.strerror})") from error
    if not re.search(f"`{file}` .*{checksum(content)}".encode(), listed):
        raise _faulty(f"data/{file}", "was changed or damaged")
    return [line.split("\t") for line in content.decode().splitlines()]


def checksum(content: bytes) -> str:
    """The sha256 of a file as data/README.md lists it, in hexadecimal digits."""
    # Text, which holds no zeros, may have Windows' line ends: no fault, and no other checksum.
    return hashlib.sha256(content if b"\0" in content else content.replace(b"\r\n", b"\n")).hexdigest()


def _faulty(name, fault):
    again = f"`git checkout -- {name}`, or download the course once more"
    return ValueError(f"{name} {fault}. Get it again: {again}.")
