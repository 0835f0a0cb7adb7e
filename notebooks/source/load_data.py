"""Load every data set once, so that no later load fetches or draws anything.

`make test` and `make notebooks` do so before several processes ask for the data, and so
that no notebook tells of it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from helpers import datasets


def load_data():
    """Call the loader of every data set; each prints one line about its data."""
    for name in datasets.PUBLISHED:
        getattr(datasets, f"load_{name}")()


if __name__ == "__main__":
    try:
        load_data()
    except datasets.DatasetError as problem:
        sys.exit(str(problem))
