"""Tables of the course's own, TOML files in `data/`: words, outlines, what is known of the data sets."""

import tomllib

from helpers.session import ROOT


def read_table(file: str) -> dict:
    """Read a table by its path in data. ValueError says that it is missing or damaged, and what to do."""
    try:
        return tomllib.loads((ROOT / "data" / file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        again = f"Get it again: `git checkout -- data/{file}`, or download the course once more."
        raise ValueError(f"data/{file} is missing or damaged ({error}). {again}") from error
