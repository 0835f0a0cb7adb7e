"""The start of every generator: its table, sound arguments, and labels that occur equally often."""

import tomllib

import numpy as np

from helpers.session import ROOT


def read_table(file):
    """Read the words or outlines that a generator works with: the name of a TOML file in data; a dict."""
    return tomllib.loads((ROOT / "data" / file).read_text(encoding="utf-8"))


def balanced_labels(n, classes, rng, who):
    """Check a generator's arguments and draw its labels.

    Parameters
    ----------
    n : int, at least 0
        How many are asked for.
    classes : int
    rng : numpy.random.Generator
    who : str
        The generator's name, for messages.

    Returns
    -------
    labels : ndarray of shape (n,), uint8
        0 to classes - 1 in random order, each as often as the others (within one).

    Raises
    ------
    TypeError
        If n is no integer or rng is no numpy.random.Generator.
    ValueError
        If n is negative.
    """
    check_arguments(n, rng, who)
    return rng.permutation(np.arange(n) % classes).astype(np.uint8)


def check_arguments(n, rng, who):
    """Check what every generator is given; see `balanced_labels`."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise TypeError(f"{who}: n is {n!r}, expected a whole number such as 1000.")
    if n < 0:
        raise ValueError(f"{who}: n is {n}, expected 0 or more.")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"{who}: rng is a {type(rng).__name__}, expected a NumPy Generator; "
            "pass np.random.default_rng(42)."
        )
