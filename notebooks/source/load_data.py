"""Load every data set that a chapter uses once, so that no later load fetches or draws anything.

`make test` and `make notebooks` do so before several processes ask for the data, and so
that no notebook tells of it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from helpers import datasets

NOT_YET = {"cifar10", "signs"}
"""Sets that no chapter loads so far."""


def load_data():
    """Call the loader of every data set that a chapter uses; each prints one line about its data."""
    for name in datasets.PUBLISHED:
        if name in NOT_YET:
            continue
        getattr(datasets, f"load_{name}")()


if __name__ == "__main__":
    try:
        load_data()
    except datasets.DatasetError as problem:
        sys.exit(str(problem))
