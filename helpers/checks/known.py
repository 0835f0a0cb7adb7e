"""What several chapters' checks do: compare numbers given by name, and watch what a function changes."""

import copy

import numpy as np

from helpers.checks.engine import Shared, call, close


def each_close(given, right, mistakes, otherwise=None, name="{key!r}", rtol=1e-4, atol=1e-6):
    """Compare each number of the dict `given` with that of `right`, as `close` does.

    `mistakes` holds for each sentence the parts that this mistake changes, and the numbers it makes of them:
    {"these are bits": {"floats": 64, "integers": 8}}. `otherwise` and `atol` may be dicts by key as well.
    """
    for key, value in given.items():
        why, near = (option[key] if isinstance(option, dict) else option for option in (otherwise, atol))
        its_own = {sentence: wrong[key] for sentence, wrong in mistakes.items() if key in wrong}
        close(value, right[key], name, its_own, why, rtol, near, key=key)


def watched(function, *args):
    """What a learner's function returns, and whether it changed its arguments: numbers, arrays or lists."""
    given = copy.deepcopy(args)
    return call(function, *map(Shared, given)), not all(map(np.array_equal, given, args))
