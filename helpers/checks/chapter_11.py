"""Checks of chapter 11, sequence to sequence and attention."""

import itertools
from functools import cache, partial

import numpy as np

from helpers.checks.engine import Wrong, call, close, exercise, mistaken, refuse, softmax, sums_to_one
from helpers.checks.known import each_close, watched
from helpers.checks.messages import filled, kind
from helpers.checks.reading import as_array, by_name, numbers, row
from helpers.synthetic import translation

_RETURNS = "with {symbols} symbols, width {width} and longest {longest} it returns {found}"


@exercise("11.1")
def table_as_decoder(answer):
    """Judge two shares of right words, which may be in per cent and rounded, and a number of words."""
    given = numbers(answer, ("shifted", "not shifted", "alone"))
    for key in ("shifted", "not shifted"):
        # Each by itself: a learner may give one of them in per cent.
        given[key] = given[key] / 100 if 1.01 < given[key] <= 100.5 else given[key]
    shifted, wrong = _table_shares()
    mistakes = {why: {"shifted": share, "not shifted": share} for why, share in wrong.items()} | {
        "only what stands at its own place is always right: compare with says": {"shifted": 1},
        "what does a table say after [start] that always says what it reads?": {"alone": 10},
    }
    why = {
        "shifted": "expected the mean of table[reads] == says where says is not padding, a share from 0 to 1",
        "not shifted": "each word has to say itself, as the table then does every time",
        "alone": "count the words of the table not shifted that are not [start]",
    }
    right = {"shifted": shifted, "not shifted": 1, "alone": 0}
    near = {"shifted": 0.0051, "not shifted": 0.0051, "alone": 1e-6}
    each_close(given, right, mistakes, why, rtol=0, atol=near)


@cache
def _table_shares():
    """Share of right words of a table made from the exercise's rows, and those that mistakes lead to."""
    sentences = [pair.japanese for pair in translation.load_pairs()[:1000]]
    ids = {token: i for i, token in enumerate(sorted(set(itertools.chain(*sentences))), start=4)}
    reads, says = np.zeros((2, len(sentences), 19), int)
    for i, sentence in enumerate(sentences):
        told = [ids[token] for token in sentence]
        reads[i, : len(told) + 1], says[i, : len(told) + 1] = [1, *told], [*told, 2]

    def share(reads, says, counted):
        times = np.zeros((len(ids) + 4, len(ids) + 4), int)
        np.add.at(times, (reads, says), 1)
        return np.mean((times.argmax(axis=1)[reads] == says)[counted])

    words, further = says > 0, says[:, 1:]
    shifted, frequent = share(reads, says, words), np.bincount(says[words]).max() / words.sum()
    return shifted, {
        "that is the table that was shifted; what has to be said here is reads itself": shifted,
        "every place counts here; leave padding out, right[says > 0]": share(reads, says, words | True),
        "the table goes from what is said to what is read: table_of(reads, says)": share(says, reads, words),
        "this is two places away; the rows are shifted already": share(reads[:, :-1], further, further > 0),
        "this is how often the most frequent word stands there, whatever is read": frequent,
    }


@exercise("11.2")
def sharpness(answer):
    """Judge for four factors the largest of ten weights, which may be in per cent and rounded."""
    name = "the largest weight for the factor {key:g}"
    several = "{name} is {count} numbers: take the largest"
    given = numbers(answer, (0.0, 0.25, 1.0, 4.0), name, several=several)
    rng = np.random.default_rng(11)
    h, s = rng.normal(size=(10, 16)), rng.normal(size=16)
    scores = h @ s
    # The smallest right one is 0.1, so that 1 or less is never per cent.
    given = {factor: weight / (100 if min(given.values()) > 1 else 1) for factor, weight in given.items()}
    right = {factor: softmax(factor * scores).max() for factor in given}
    mistakes = {
        "multiply the scores, not the weights": {f: f * softmax(scores).max() for f in given},
        "this is the smallest weight, expected the largest": {f: softmax(f * scores).min() for f in given},
        "these are the largest scores: take softmax of them first": {f: f * scores.max() for f in given},
    }
    mistaken(given, mistakes, rtol=0, atol=0.0051)
    formula = "expected softmax of factor times scores, then the largest"
    why = {f: formula if 0 <= w <= 1.0001 else "expected a weight from 0 to 1" for f, w in given.items()}
    each_close(given, right, {}, why, name, rtol=0, atol=0.0051)


@exercise("11.3")
def attend(answer):
    """Judge a function of s, H and seen that returns weights and context."""
    rng = np.random.default_rng(3)
    random, two = rng.normal(size=(6, 3)), np.array([1000.0, 1000.0])
    cases = {
        "all words seen": (rng.normal(size=4), rng.normal(size=(5, 4)), [1] * 5),
        "two places of padding": (rng.normal(size=3), random, [1, 1, 1, 1, 0, 0]),
        "padding in front and between words": (rng.normal(size=3), random, [0, 1, 1, 0, 1, 0]),
        "one word only": (rng.normal(size=3), random, [0, 0, 1, 0, 0, 0]),
        "large scores": (np.full(2, 30.0), np.array([[20, 20], [20, 19.9], [1, 1]]), [1, 1, 1]),
        "padding with the largest score": (np.ones(2), np.array([[1, 0], [0, 0.5], [50, 50]]), [1, 1, 0]),
        "padding with a score in the thousands": (two, np.array([[0, 0.001], [0.002, 0], [2, 2]]), [1, 1, 0]),
        "scores far below 0": (-two, np.array([[2, 2], [2, 2.001], [0, 0]]), [1, 1, 0]),
    }
    for case, (s, H, seen) in cases.items():
        seen = np.array(seen, bool)
        result, changed = watched(answer, s, H, seen)
        result = by_name(result, ("weights", "context"))
        is_context = as_array(result["weights"]).shape == s.shape != seen.shape
        faults = {
            "s, H or seen was changed: work on a copy": changed,
            "the first result has the length of s: the weights come first, then the context": is_context,
        }
        refuse(faults)
        weights = softmax(np.where(seen, H @ s, -np.inf))
        found = row(result["weights"], len(H), "the weights ({case})", case=case)
        padding = np.abs(found[~seen]).max(initial=0)
        faults = {
            "{case}: the weights are not finite; before np.exp, subtract the largest score of the words that "
            "are there, and give padding the score −inf": not np.isfinite(found).all(),
            "{case}: padding has the weight {padding:.3g}, expected 0": padding > 1e-6,
        }
        refuse(faults, case=case, padding=padding)
        sums_to_one(found.sum(), "{case}: the weights sum", case=case)
        close(found, weights, "the weights ({case})", rtol=1e-3, atol=1e-5, case=case)
        mistakes = {
            "this is the sum of all states, expected each times its weight": H.sum(axis=0),
            "this is the plain mean, expected each state times its weight": H[seen].mean(axis=0),
        }
        name = "the context ({case})"
        close(result["context"], weights @ H, name, mistakes, rtol=1e-3, atol=1e-4, case=case)


@exercise("11.4")
def beam(answer):
    """Judge a function (next_log_probabilities, width, longest) by what a beam of that width finds."""
    # Symbol 1 looks better at first, 2 leads to a likelier sequence; an end that is not the likeliest.
    trap = [[[0, 0.6, 0.4]], [[1, 0, 0], [0.3, 0.4, 0.3], [0.05, 0.9, 0.05]], [[0.9, 0.05, 0.05]]]
    cases = [(trap, 1, 6), (trap, 2, 6), ([[[0.4, 0.6, 0]], [[0.5, 0.3, 0.2]]], 1, 2)]
    for seed in range(100):
        likely = [0.3, 1, 1, 1, 1][: 2 + seed % 4]  # the end comes late
        table = np.random.default_rng(seed).dirichlet(likely, size=(8, len(likely)))
        cases.append((table, (1, 2, 3, 200)[seed // 4 % 4], 2 + seed // 16 % 5))
    for table, width, longest in cases:
        chain = partial(_log_probabilities, table)
        right = _search(chain, width, longest)
        if not right:
            continue
        found = _sequence(call(answer, chain, width, longest), longest)
        if found == right:
            continue
        slips = {
            "an ending counts only where it is among the best `width` extensions of its round": {
                "all_endings": True
            },
            "a likelier one is finished later: go on, and return the likeliest": {"enough": 1},
            "you stop at `width` finished ones; a likelier one is finished later: go on": {"enough": width},
            "compare the sums as they are, not divided by the length": {"power": 1},
            "a sequence may have `longest` symbols, with its 0": {"longest": longest - 1},
            "this is more than a beam of that width can find: keep only `width` beginnings": {"width": 200},
            "this is greedy search, and {best} has a larger product of probabilities": {"width": 1},
        }
        sizes = {"width": width, "longest": longest}
        mistakes = {why: _search(chain, **sizes | slip) for why, slip in slips.items()}
        values = sizes | {"symbols": len(table[0][0]), "best": right, "found": found}
        mistaken(found, mistakes, _RETURNS, **values)
        raise Wrong("{returns}, expected {right}", returns=filled(_RETURNS, values), right=right)


def _sequence(result, longest):
    """A tuple of int from what the learner's function returns."""
    try:
        symbols = as_array(result, (None,), "the result")
    except Wrong:
        raise Wrong("it returns {what}, expected one sequence of symbols", what=kind(result)) from None
    whole = np.array_equal(symbols, symbols.astype(int))
    found = tuple(symbols.astype(int if whole else float).tolist())
    faults = {
        "it returns {found}, expected whole numbers, the symbols": not whole,
        "it returns {found}, expected a sequence that ends in 0": found[-1:] != (0,),
        "it returns {found}, which goes on after 0, the end": 0 in found[:-1],
        "it returns {found}, longer than the {longest} symbols allowed": len(found) > longest,
    }
    refuse(faults, found=found, longest=longest)
    return found


def _log_probabilities(table, sequence):
    """What may come next depends on the place and on the last symbol."""
    rows = table[min(len(sequence), len(table) - 1)]
    with np.errstate(divide="ignore"):
        return np.log(rows[int(sequence[-1]) % len(rows) if len(sequence) else 0])


def _search(chain, width, longest, all_endings=False, power=0, enough=np.inf):
    """Beam search, with mistakes to choose; () where nothing is finished."""
    beam, finished = [(0.0, ())], []
    for _ in range(longest):
        extensions = [(score + p, (*s, i)) for score, s in beam for i, p in enumerate(chain(s))]
        extensions.sort(reverse=True)
        best = extensions if all_endings else extensions[:width]
        finished += [pair for pair in best if pair[1][-1] == 0]
        if len(finished) >= enough:
            break
        beam = [pair for pair in best if pair[1][-1] != 0][:width]
    return max(finished, key=lambda pair: pair[0] / len(pair[1]) ** power)[1] if finished else ()
