"""The start of every generator: its rules, sound arguments, labels that occur equally often."""

import re

import numpy as np


def cut(template: str) -> list[tuple[str | None, str]]:
    """Cut a rule's template: "{~name}" is ("~", "name"), "{name}" ("", "name"), and a word (None, "word")."""
    rule = re.compile(r"\{([~^]?)(\w+)\}").fullmatch
    return [found.groups() if (found := rule(part)) else (None, part) for part in template.split()]


def balanced_labels(n, classes, rng, who):
    """Draw labels 0 to classes - 1, uint8 (n,), in random order and equally often (within one).

    Before, `check_arguments` sees whether n and rng will do.
    """
    check_arguments(n, rng, who)
    return rng.permutation(np.arange(n) % classes).astype(np.uint8)


def check_arguments(n, rng, who):
    """Raise TypeError or ValueError unless n is a whole number from 0 up and rng a numpy.random.Generator.

    The message begins with `who`, the generator's name.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise TypeError(f"{who}: n is {n!r}, expected a whole number such as 1000.")
    if n < 0:
        raise ValueError(f"{who}: n is {n}, expected 0 or more.")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"{who}: rng is a {type(rng).__name__}, expected a NumPy Generator; "
            "pass np.random.default_rng(42)."
        )
