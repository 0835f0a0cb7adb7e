"""Checks of chapter 11, sequence to sequence and attention."""

import functools
import itertools

import numpy as np

from helpers.checks.engine import Shared, Wrong, call, close, exercise, mistaken, softmax, sums_to_one
from helpers.checks.messages import filled, kind
from helpers.checks.reading import as_array, by_name, numbers, row
from helpers.synthetic import translation


@exercise("11.1")
def table_as_decoder(answer):
    """Judge two shares of right words, which may be in per cent and rounded, and a number of words."""
    measured = numbers(answer, ("shifted", "not shifted", "alone"))
    shares = {key: measured[key] for key in ("shifted", "not shifted")}
    # Each by itself: a learner may give one of them in per cent.
    shares = {key: share / 100 if 1.01 < share <= 100.5 else share for key, share in shares.items()}
    known = _table_shares()
    for key, share in shares.items():
        right = known["shifted"] if key == "shifted" else 1
        mistakes = {
            "that is the table that was shifted; what has to be said here is reads itself": known["shifted"],
            "every place counts here; leave padding out, right[says > 0]": known["with padding"],
            "the table goes from what is said to what is read: table_of(reads, says)": known["exchanged"],
            "this is two places away; the rows are shifted already": known["two places"],
            "this is how often the most frequent word stands there, whatever is read": known["frequent"],
        }
        if key == "shifted":
            mistakes["only what stands at its own place is always right: compare with says"] = 1
        why = "expected the mean of table[reads] == says where says is not padding, a share from 0 to 1"
        if key == "not shifted":
            why = "each word has to say itself, as the table then does every time"
        close(share, right, "{key!r}", mistakes, why, rtol=0, atol=0.0051, key=key)
    if measured["alone"] == 10:
        raise Wrong("'alone' is 10: what does a table say after [start] that always says what it reads?")
    close(
        measured["alone"], 0, "'alone'", None, "count the words of the table not shifted that are not [start]"
    )


@functools.lru_cache(maxsize=1)
def _table_shares():
    """Shares of right words of a table made from the exercise's rows, and those that mistakes lead to."""
    sentences = [pair.japanese for pair in translation.make_pairs(1000, np.random.default_rng(1))]
    ids = {token: i for i, token in enumerate(sorted(set(itertools.chain(*sentences))), start=4)}
    reads, says = np.zeros((2, len(sentences), 19), int)
    for i, sentence in enumerate(sentences):
        row = [ids[token] for token in sentence]
        reads[i, : len(row) + 1], says[i, : len(row) + 1] = [1, *row], [*row, 2]

    def right(reads, says):
        times = np.zeros((len(ids) + 4, len(ids) + 4), int)
        np.add.at(times, (reads, says), 1)
        return times.argmax(axis=1)[reads] == says

    return {
        "shifted": right(reads, says)[says > 0].mean(),
        "with padding": right(reads, says).mean(),
        "exchanged": right(says, reads)[says > 0].mean(),
        "two places": right(reads[:, :-1], says[:, 1:])[says[:, 1:] > 0].mean(),
        "frequent": np.bincount(says[says > 0]).max() / np.count_nonzero(says),
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
    mistakes = {
        "multiply the scores, not the weights": {f: f * softmax(scores).max() for f in given},
        "this is the smallest weight, expected the largest": {f: softmax(f * scores).min() for f in given},
        "these are the largest scores: take softmax of them first": {f: f * scores.max() for f in given},
    }
    mistaken(given, mistakes, rtol=0, atol=0.0051)
    for factor, weight in given.items():
        why = "expected softmax of factor times scores, then the largest"
        if not 0 <= weight <= 1.0001:
            why = "expected a weight from 0 to 1"
        close(weight, softmax(factor * scores).max(), name, None, why, rtol=0, atol=0.0051, key=factor)


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
        given = [s.copy(), H.copy(), seen.copy()]
        result = by_name(call(answer, *map(Shared, given)), ("weights", "context"))
        if not all(map(np.array_equal, given, (s, H, seen))):
            raise Wrong("s, H or seen was changed: work on a copy")
        if as_array(result["weights"]).shape == s.shape != seen.shape:
            raise Wrong("the first result has the length of s: the weights come first, then the context")
        weights = softmax(np.where(seen, H @ s, -np.inf))
        found = row(result["weights"], len(H), "the weights ({case})", case=case)
        padding = np.abs(found[~seen]).max(initial=0)
        if not np.isfinite(found).all():
            raise Wrong(
                "{case}: the weights are not finite; before np.exp, subtract the largest score of the words "
                "that are there, and give padding the score −inf",
                case=case,
            )
        if padding > 1e-6:
            raise Wrong(
                "{case}: padding has the weight {padding:.3g}, expected 0", case=case, padding=padding
            )
        sums_to_one(found.sum(), "{case}: the weights sum", case=case)
        close(found, weights, "the weights ({case})", rtol=1e-3, atol=1e-5, case=case)
        context = row(result["context"], len(s), "the context ({case})", case=case)
        mistakes = {
            "this is the sum of all states, expected each times its weight": H.sum(axis=0),
            "this is the plain mean, expected each state times its weight": H[seen].mean(axis=0),
        }
        close(context, weights @ H, "the context ({case})", mistakes, rtol=1e-3, atol=1e-4, case=case)


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
        chain = functools.partial(_log_probabilities, table)
        right = _search(chain, width, longest)
        if not right:
            continue
        values = {"symbols": len(table[0][0]), "width": width, "longest": longest, "best": right}
        found = values["found"] = _sequence(call(answer, chain, width, longest), longest)
        if found != right:
            mistakes = {
                "an ending counts only where it is among the best `width` extensions of its round": (
                    _search(chain, width, longest, all_endings=True)
                ),
                "a likelier one is finished later: go on, and return the likeliest": (
                    _search(chain, width, longest, only_first=True)
                ),
                "you stop at `width` finished ones; a likelier one is finished later: go on": (
                    _search(chain, width, longest, enough=width)
                ),
                "compare the sums as they are, not divided by the length": (
                    _search(chain, width, longest, power=1)
                ),
                "a sequence may have `longest` symbols, with its 0": _search(chain, width, longest - 1),
                "this is more than a beam of that width can find: keep only `width` beginnings": (
                    _search(chain, 200, longest)
                ),
                "this is greedy search, and {best} has a larger product of probabilities": (
                    _search(chain, 1, longest)
                ),
            }
            mistaken(found, mistakes, _RETURNS, **values)
            raise Wrong("{returns}, expected {right}", returns=filled(_RETURNS, values), right=right)


_RETURNS = "with {symbols} symbols, width {width} and longest {longest} it returns {found}"


def _sequence(result, longest):
    """A tuple of int from what the learner's function returns."""
    try:
        symbols = as_array(result, (None,), "the result")
    except Wrong:
        raise Wrong("it returns {what}, expected one sequence of symbols", what=kind(result)) from None
    whole = np.array_equal(symbols, symbols.astype(int))
    found = tuple(symbols.astype(int if whole else float).tolist())
    faults = {
        "expected whole numbers, the symbols": not whole,
        "expected a sequence that ends in 0": found[-1:] != (0,),
        "which goes on after 0, the end": 0 in found[:-1],
        "longer than the {longest} symbols allowed": len(found) > longest,
    }
    for sentence in (sentence for sentence, is_so in faults.items() if is_so):
        raise Wrong(
            "it returns {found}, {sentence}", found=found, sentence=filled(sentence, {"longest": longest})
        )
    return found


def _log_probabilities(table, sequence):
    """What may come next depends on the place and on the last symbol."""
    rows = table[min(len(sequence), len(table) - 1)]
    with np.errstate(divide="ignore"):
        return np.log(rows[int(sequence[-1]) % len(rows) if len(sequence) else 0])


def _search(chain, width, longest, all_endings=False, only_first=False, power=0, enough=None):
    """Beam search, with mistakes to choose; () where nothing is finished."""
    beam, finished = [(0.0, ())], []
    for _ in range(longest):
        extensions = [(score + p, (*s, i)) for score, s in beam for i, p in enumerate(chain(s))]
        extensions.sort(reverse=True)
        best = extensions if all_endings else extensions[:width]
        finished += [pair for pair in best if pair[1][-1] == 0]
        if only_first and finished or enough and len(finished) >= enough:
            break
        beam = [pair for pair in best if pair[1][-1] != 0][:width]
    return max(finished, key=lambda pair: pair[0] / len(pair[1]) ** power)[1] if finished else ()
