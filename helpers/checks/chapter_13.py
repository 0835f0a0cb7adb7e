"""Checks of chapter 13, foundation models."""

import re

import numpy as np

from helpers.checks.engine import Shared, Wrong, call, close, exercise, mistaken, refuse, softmax, sums_to_one
from helpers.checks.known import each_close, watched
from helpers.checks.messages import filled, kind
from helpers.checks.reading import as_array, by_name, in_a_row, numbers

_MARKS = ("<0>", "<1>", "<2>", "<3>", "<4>", "<5>", "<6>", "<7>", "<8>", "<9>", "<10>", "<11>", "<12>")


@exercise("13.1")
def merges(answer):
    """Judge the first and the second pair and the number of tokens."""
    given = by_name(answer, ("first", "second", "tokens"))
    first, second = (", ".join(_pair(given[name], name)) for name in ("first", "second"))
    tokens = given["tokens"]
    if isinstance(tokens, str) and tokens.strip().isdecimal():
        tokens = int(tokens)
    within = first == "b, a"
    faults = {
        "first is (b, a), which stands only inside abab, 3 times: (a, b) is found more often": within,
        "first is ({first}), expected the pair that is found 11 times": first != "a, b",
        "second is (ab, ab), found 3 times: another pair is found 4 times": second == "ab, ab",
        "second is ({second}), expected the pair that is found 4 times now": second != "b, b",
    }
    refuse(faults, first=first, second=second)
    mistakes = {
        "that is the number of words: abab is still two tokens, ab and ab": 12,
        "that is after the first merge only": 19,
        "that is before the first merge": 30,
        "that is with each word once: ab is found 5 times, abab 3 times and bb 4 times": 4,
    }
    why = "expected 5 · 1 for ab, 3 times those of abab, 4 times those of bb"
    close(tokens, 15, "tokens", mistakes, why, rtol=0)


def _pair(given, name):
    """The two pieces of a pair: of ("a", "b"), "ab", "a b" or "(a, b)"."""
    if isinstance(given, list | tuple) and len(given) == 2 and isinstance(given[1], int | np.integer):
        given = given[0]  # as `most_common` gives it: a pair and how often it is found
    pieces = re.findall(r"\w+", given) if isinstance(given, str) and len(given) != 2 else given
    if not isinstance(pieces, str | list | tuple | np.ndarray) or len(pieces) != 2:
        template = "{name} is {given!r}, expected a pair of pieces such as ('a', 'b')"
        raise Wrong(template, name=name, given=given)
    return tuple(map(str, pieces))


@exercise("13.2")
def nucleus(answer):
    """Judge for three temperatures the number of tokens that top-p keeps."""
    name = "the number for temperature {key:g}"
    several = "{name} is {count} numbers: count those that are kept"
    given = numbers(answer, (0.5, 1.0, 2.0), name, several=several)
    logits = np.random.default_rng(13).normal(0, 2, 50)
    right, times = ({t: _kept(softmax(logits * t**power)) for t in given} for power in (-1, 1))
    fewer = {t: count - 1 for t, count in right.items()}
    mistakes = {
        "divide the logits by the temperature, do not multiply them": times,
        "one too few: their sum is still below 0.9; the token with which it reaches 0.9 is kept too": fewer,
        "these are the tokens that are left out": {t: 50 - count for t, count in right.items()},
        "the same for all: divide the logits by the temperature first": dict.fromkeys(given, right[1]),
    }
    mistaken(given, mistakes, rtol=0)
    why = "expected softmax of logits / temperature, then the likeliest until they sum to 0.9"
    each_close(given, right, {}, why, name, rtol=0)


def _kept(p, share=0.9):
    """How many of the likeliest have this probability together."""
    return int(np.searchsorted(np.cumsum(np.sort(p)[::-1]), share) + 1)


@exercise("13.3")
def held_back(answer):
    """Judge a function (logits, written, penalty, window) that returns probabilities."""
    cases = {
        "two of four tokens written": ([2.0, 1.0, 0.0, -1.0], [0, 1], 1.0, 5),
        "one token written three times": ([1.0, 1.0, 0.5], [1, 1, 1], 0.7, 10),
        "a window of 2": ([0.3, 0.2, 0.1, 0.0], [0, 1, 2, 3], 2.0, 2),
        "a window of 3 with a token in it twice": ([0.3, 0.2, 0.1, 0.0], [3, 0, 1, 2, 1], 1.5, 3),
        "nothing written": ([0.5, 1.5, 0.0], [], 1.0, 4),
        "logits in the thousands": ([3000.0, 2999.0, 0.0], [0], 2.0, 3),
        "logits far below 0": ([-3000.0, -2999.0, -3001.0], [1, 0], 2.0, 1),
        "a window of 0": ([1.0, 0.0], [0], 3.0, 0),
        "a penalty of 0": ([1.0, 0.0], [0], 0.0, 1),
    }
    for case, (logits, written, penalty, window) in cases.items():
        logits = np.array(logits)
        given, given_written = logits.copy(), list(written)
        result = call(answer, Shared(given), Shared(given_written), penalty, window)
        p = in_a_row(as_array(result, None, "the result ({case})", case=case))
        if p.shape != logits.shape:
            template = "{case}: the result has the shape {shape}, expected one probability for each token"
            raise Wrong(template, case=case, shape=p.shape)
        if not np.isfinite(p).all():
            raise Wrong("{case}: not finite; subtract the largest logit before np.exp", case=case)
        sums_to_one(p.sum(), "{case}: the probabilities sum", case=case)
        for what, before, after in [("tokens", written, given_written), ("logits", logits, given)]:
            if not np.array_equal(before, after):
                raise Wrong("{case}: the given {what} were changed; work on a copy", case=case, what=what)
        recent = written[max(0, len(written) - window) :]
        held = {
            "the penalty was subtracted as often as a token stands there, expected once": recent,
            "tokens further back than the window were held back too": {*written},
            "the window holds the last tokens written, not the first": {*written[:window]},
        }
        mistakes = {why: _less(logits, tokens, penalty) for why, tokens in held.items()}
        mistakes["the penalty was added, expected subtracted"] = _less(logits, {*recent}, -penalty)
        right = _less(logits, {*recent}, penalty)
        close(p, right, "the result ({case})", mistakes, rtol=1e-3, atol=1e-5, case=case)


def _less(logits, tokens, penalty):
    """Softmax of the logits, with the penalty subtracted as often as a token is named."""
    z = logits.copy()
    np.subtract.at(z, np.array([*tokens], int), penalty)
    return softmax(z)


@exercise("13.4")
def corrupt(answer):
    """Judge a function (words, spans) that returns two lists."""
    cases = [
        ("thank you for coming today", [(1, 2), (3, 5)]),
        ("the story was very good and so was the music", [(0, 1), (4, 6), (8, 9)]),
        ("one two three", []),
        ("one two three", [(0, 3)]),
        ("one two three", [(2, 3)]),
        ("so so so so so", [(1, 2), (3, 4)]),
        ("", []),
        ("a b c d e f g h i j k l m n o p q r s t u v w x y z", [(i, i + 1) for i in range(0, 24, 2)]),
    ]
    for text, spans in cases:
        words = text.split()
        result, changed = watched(answer, words, spans)
        parts = by_name(result, ("first", "second"))
        for which, part in parts.items():
            fault = "the {which} result is {what}, expected a list of words"
            refuse({fault: not hasattr(part, "__iter__")}, which=which, what=kind(part))
        found = [part.split() if isinstance(part, str) else list(map(str, part)) for part in parts.values()]
        right = _corrupted(words, spans)
        # So many spans are too long to be told.
        case = "{text!r} with {spans}" if len(spans) < 10 else "12 spans"
        case = filled(case, {"text": text, "spans": spans})
        faults = {
            "the given words or spans were changed: work on a copy": changed,
            "{case}: the two lists are exchanged; what is read comes first": found == right[::-1] != right,
            "{case}: the second list ends without its last mark, {mark}": found == [right[0], right[1][:-1]],
        }
        refuse(faults, case=case, mark=right[1][-1])
        for which, part, expected in zip(parts, found, right, strict=True):
            one_text, right_text = " ".join(part), " ".join(expected)
            template = "{case}: the {which} list is {part!r}, expected {expected!r}"
            if one_text == right_text:
                template = "{case}: in the {which} list {part!r}, each word has to be an entry of its own"
            refuse({template: part != expected}, case=case, which=which, part=one_text, expected=right_text)


def _corrupted(words, spans):
    source, target, last = [], [], 0
    for mark, (start, end) in zip(_MARKS, [*spans, (len(words), len(words))], strict=False):
        source += [*words[last:start], mark]
        target += [mark, *words[start:end]]
        last = end
    return [source[:-1], target]
