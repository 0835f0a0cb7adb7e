"""Load every data set once, so that no later load fetches or draws anything.

`make test` and `make notebooks` do so before several processes ask for the data, and so
that no notebook tells of it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from helpers import datasets


def load_data():
    """Call every loader in helpers.datasets; each prints one line about its data."""
    for name, load in vars(datasets).items():
        if name.startswith("load_") and load.__module__ == datasets.__name__:
            load()


if __name__ == "__main__":
    try:
        load_data()
    except datasets.DatasetError as problem:
        sys.exit(str(problem))
