"""Right and wrong answers to the exercises of chapter 11."""

import contextlib

import numpy as np

TABLE = {"shifted": 0.4442, "not shifted": 1.0, "alone": 0}


def softmax(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


rng = np.random.default_rng(11)
states, state = rng.normal(size=(10, 16)), rng.normal(size=16)
SCORES = states @ state
FACTORS = (0, 0.25, 1, 4)


def largest(weight=lambda factor: softmax(factor * SCORES).max()):
    return {factor: weight(factor) for factor in FACTORS}


WEIGHTS = largest()


def attend(s, H, seen):
    a = softmax(np.where(seen, H @ s, -np.inf))
    return a, a @ H


def other_way(s, H, seen):
    scores = [float(np.dot(h, s)) for h in H]
    most = max(score for score, there in zip(scores, seen, strict=True) if there)
    powers = [np.exp(score - most) if there else 0.0 for score, there in zip(scores, seen, strict=True)]
    weights = [power / sum(powers) for power in powers]
    return weights, sum(w * h for w, h in zip(weights, H, strict=True))


def as_objects(s, H, seen):
    both = np.empty(2, object)
    both[:] = attend(s, H, seen)
    return both


def one_after_the_other(s, H, seen):
    yield from attend(s, H, seen)


def columns(s, H, seen):
    scores = H @ s[:, None]
    a = softmax(np.where(seen[:, None], scores, -1e9))
    return a, a.T @ H


def only_those_seen(s, H, seen):
    a = np.zeros(len(H))
    a[seen] = softmax(H[seen] @ s)
    return a, H.T @ a


def weighted(weights):
    """An answer with other weights, from the scores and `seen`."""

    def answer(s, H, seen):
        a = weights(H @ s, seen)
        return a, a @ H

    return answer


def overflowing(scores, seen):
    with np.errstate(all="ignore"):
        a = np.exp(scores) * seen
        return a / a.sum()


def masked_late(scores, seen):
    a = softmax(scores) * seen
    return a / a.sum()


def changes_H(s, H, seen):
    H[~seen] = 0
    return attend(s, H, seen)


def search(narrow=None, longest_of=lambda longest: longest, keep=None, score=lambda pair: pair[0]):
    """Beam search; `keep` gets the sorted extensions and the width, and returns (finished, beam)."""

    def right_ones(extensions, width):
        best = extensions[:width]
        return [pair for pair in best if pair[1][-1] == 0], [pair for pair in best if pair[1][-1] != 0]

    def best_sequence(next_log_probabilities, width, longest):
        beam, finished = [(0.0, ())], []
        for _ in range(longest_of(longest)):
            extensions = [
                (total + log_p, (*sequence, symbol))
                for total, sequence in beam
                for symbol, log_p in enumerate(next_log_probabilities(sequence))
            ]
            ended, beam = (keep or right_ones)(sorted(extensions, reverse=True), narrow or width)
            finished += ended
        return max(finished, key=score)[1]

    return best_sequence


best_sequence = search()


def all_endings(extensions, width):
    ended = [pair for pair in extensions if pair[1][-1] == 0]
    return ended, [pair for pair in extensions if pair[1][-1] != 0][:width]


def lowest(next_log_probabilities, width, longest):
    return best_sequence(lambda s: -next_log_probabilities(s), width, longest)


def three_symbols(next_log_probabilities, width, longest):
    return best_sequence(lambda s: [next_log_probabilities(s)[i] for i in range(3)], width, longest)


def first_symbols(count):
    return lambda f, width, longest: best_sequence(lambda s: f(s)[:count], width, longest)


def by_the_last_symbol(next_log_probabilities, width, longest):
    return best_sequence(lambda s: next_log_probabilities(s[-1:]), width, longest)


def the_first(next_log_probabilities, width, longest):
    for length in range(1, longest + 1):
        with contextlib.suppress(ValueError):
            return best_sequence(next_log_probabilities, width, length)
    return ()


def early(next_log_probabilities, width, longest):
    """Right: stops when no beginning can become likelier than what is finished."""
    beam, finished = [(0.0, [])], []
    for _ in range(longest):
        extensions = []
        for total, sequence in beam:
            log_p = np.asarray(next_log_probabilities(tuple(sequence)))
            extensions += [(total + log_p[i], [*sequence, i]) for i in np.argsort(-log_p)[:width]]
        best = sorted(extensions, key=lambda pair: -pair[0])[:width]
        finished += [pair for pair in best if not pair[1][-1]]
        beam = [pair for pair in best if pair[1][-1]]
        if finished and (not beam or max(finished)[0] >= beam[0][0]):
            break
    return np.array(max(finished)[1], dtype=float)


def stops_at_width(next_log_probabilities, width, longest):
    beam, finished = [(0.0, ())], []
    while beam and len(finished) < width and len(beam[0][1]) < longest:
        longer = [(t + p, (*s, i)) for t, s in beam for i, p in enumerate(next_log_probabilities(s))]
        best = sorted(longer, reverse=True)[:width]
        finished += [pair for pair in best if not pair[1][-1]]
        beam = [pair for pair in best if pair[1][-1]]
    return max(finished)[1] if finished else (0,)


def with_tensorflow(s, H, seen):
    import tensorflow as tf

    a = tf.nn.softmax(tf.where(seen, tf.linalg.matvec(H, s), -np.inf))
    return a, tf.linalg.matvec(H, a, transpose_a=True)


def finished_stay(next_log_probabilities, width, longest):
    """Finished sequences keep their place in the beam."""
    beam = [(0.0, ())]
    for _ in range(longest):
        extensions = [pair for pair in beam if pair[1][-1:] == (0,)]
        for total, sequence in beam:
            if sequence[-1:] != (0,):
                log_p = next_log_probabilities(sequence)
                extensions += [(total + log_p[i], (*sequence, i)) for i in range(len(log_p))]
        beam = sorted(extensions, reverse=True)[:width]
    return max(beam)[1]


def best_of_each(extensions, width):
    """Keeps the best extension of each beginning."""
    best = {}
    for pair in extensions:
        best.setdefault(pair[1][:-1], pair)
    kept = list(best.values())[:width]
    return [pair for pair in kept if pair[1][-1] == 0], [pair for pair in kept if pair[1][-1] != 0]


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"11.2": {}, "11.3": {}, "11.4": {}}

RIGHT = {
    "11.1": {
        "shares": TABLE,
        "per cent": TABLE | {"shifted": 44.42, "not shifted": 100},
        "whole per cent": TABLE | {"shifted": 44, "not shifted": 100.0},
        "two decimals": TABLE | {"shifted": 0.44},
        "one of them in per cent": TABLE | {"not shifted": 100},
        "the other in per cent": TABLE | {"shifted": 44.4},
        "arrays of one number": {name: np.array([number]) for name, number in TABLE.items()},
        "as NumPy measures": {name: np.float32(number) for name, number in TABLE.items()},
        "one more figure": TABLE | {"shifted": 0.4441882804995197, "not shifted": 0.9999999},
    },
    "11.2": {
        "weights": WEIGHTS,
        "keys as text": {str(key): np.array([value]) for key, value in WEIGHTS.items()},
        "float32": {key: np.float32(value) for key, value in WEIGHTS.items()},
        "two decimals": {key: round(value, 2) for key, value in WEIGHTS.items()},
        "per cent": {key: 100 * value for key, value in WEIGHTS.items()},
        "whole per cent, in order": [10, 17, 39, 66],
    },
    "11.3": {
        "where": attend,
        "by loops": other_way,
        "a list": lambda s, H, seen: list(attend(s, H, seen)),
        "an array of objects": as_objects,
        "a generator": one_after_the_other,
        "by name": lambda s, H, seen: dict(
            zip(("context", "weights"), attend(s, H, seen)[::-1], strict=True)
        ),
        "columns, and -1e9 at padding": columns,
        "only those seen": only_those_seen,
        "float32": lambda s, H, seen: [part.astype("float32") for part in attend(s, H, seen)],
        "in TensorFlow": with_tensorflow,
        "rows": lambda s, H, seen, factor=1: [part[None] for part in attend(factor * s, H, seen)],
    },
    "11.4": {
        "a beam": best_sequence,
        "an array": lambda *args: np.array(best_sequence(*args)),
        "a list": lambda *args: list(best_sequence(*args)),
        "stops early": early,
        "endings take no place": search(
            keep=lambda extensions, width: (
                [pair for pair in extensions[:width] if pair[1][-1] == 0],
                [pair for pair in extensions if pair[1][-1] != 0][:width],
            )
        ),
        "a generator": lambda *args: iter(best_sequence(*args)),
        "in one more pair of brackets": lambda f, width=2, longest=9: [best_sequence(f, width, longest)],
    },
}

WRONG = {
    "11.1": [
        (TABLE | {"shifted": 0.695}, "'shifted' is 0.695: every place counts here; leave padding out"),
        (TABLE | {"shifted": 69.5, "not shifted": 100}, "'shifted' is 0.695: every place counts here"),
        (TABLE | {"shifted": 0.4251}, "from what is said to what is read"),
        (TABLE | {"shifted": 0.3608}, "two places away"),
        (TABLE | {"shifted": 0.0961}, "how often the most frequent word stands there"),
        (TABLE | {"shifted": 1.0}, "only what stands at its own place is always right"),
        (TABLE | {"shifted": 0.6}, r"'shifted' is 0.6: expected the mean of table\[reads\] == says"),
        (TABLE | {"shifted": 5130}, "'shifted' is 5130: expected the mean .* a share from 0 to 1"),
        (TABLE | {"not shifted": 0.4442}, "that is the table that was shifted"),
        (TABLE | {"not shifted": 0.0}, "each word has to say itself"),
        (TABLE | {"not shifted": 0.5}, "each word has to say itself"),
        (TABLE | {"alone": 10}, r"'alone' is 10: what does a table say after \[start\]"),
        (
            TABLE | {"alone": 7},
            r"'alone' is 7: count the words of the table not shifted that",
        ),
        (TABLE | {"alone": 1}, "'alone' is 1: count the words"),
        (TABLE | {"shifted": np.nan}, "'shifted' is nan"),
        (TABLE | {"alone": "none"}, "expected"),
        ({"shifted": 0.44, "not shifted": 1.0}, "'alone' is missing"),
        (0.44, "expected a dict"),
        (dict.fromkeys(TABLE, ...), "replace the"),
        (TABLE | {"alone": 4.9}, "'alone' is 4.9"),
        ([1, 0.4442, 0], "only what stands at its own place"),
        ([0.5558, 0, 0], "'shifted' is 0.5558"),  # mistakes
    ],
    "11.2": [
        (largest(lambda f: f * softmax(SCORES).max()), "multiply the scores"),
        (largest(lambda f: softmax(f * SCORES).min()), "smallest weight"),
        (largest(lambda f: (f * SCORES).max() if f else 0.1), "factor 0.25 is 0.45.*expected"),
        (largest(lambda f: softmax(f * SCORES / 4).max()), "expected"),
        (largest(lambda f: f * SCORES.max()), "take softmax of them first"),
        (largest(lambda f: softmax(SCORES / f).max() if f else 0.1), "expected"),
        (largest(lambda f: softmax(f * SCORES)), "is 10 numbers: take the largest"),
        (WEIGHTS | {4: 6.55}, "factor 4 is 6.55: expected a weight from 0 to 1"),
        (WEIGHTS | {4: 1.0}, "factor 4 is 1: "),
        (WEIGHTS | {0: 0}, "factor 0 is 0: "),
        (WEIGHTS | {1: np.nan}, "factor 1 is nan"),
        ({0: 0.1}, "factor 0.25 is missing"),
        (0.5, "expected a dict"),
        ({"none": 1}, "factor 0 is missing"),
        (dict.fromkeys(WEIGHTS, ...), "replace the"),
        ([0.1, 0.25, 0.5, 0.9], "factor 0.25 is 0.25"),  # invented
        ([0.66, 0.39, 0.17, 0.1], "factor 0 is 0.66"),  # backwards
        ([10, 0.17, 0.39, 0.66], "expected a weight from 0 to 1"),
    ],
    "11.3": [
        (weighted(lambda scores, seen: softmax(scores)), "padding has the weight"),
        (weighted(overflowing), "not finite"),
        (weighted(lambda scores, seen: softmax(scores) * seen), "sum to"),
        (weighted(lambda scores, seen: softmax(np.where(seen, scores, 0))), "padding has the weight"),
        (weighted(lambda scores, seen: softmax(np.where(seen, scores, -30))), "far below 0: padding has"),
        (weighted(lambda scores, seen: softmax(np.where(seen, scores, -1000))), "far below 0: padding has"),
        (weighted(masked_late), "thousands: the weights are not finite; .* that are there"),
        (weighted(lambda scores, seen: softmax(scores * seen)), "padding has the weight"),
        (weighted(lambda scores, seen: np.where(seen, scores, 0)), "sum to"),
        (weighted(lambda scores, seen: seen / seen.sum()), r"the weights .* expected"),
        (lambda s, H, seen: attend(s / len(s) ** 0.5, H, seen), r"the weights \(all words seen\).* expected"),
        (lambda s, H, seen: attend(s, H, seen)[::-1], "weights come first"),
        (lambda s, H, seen: attend(s, H, seen)[0], "or 2 entries in this order"),
        (lambda s, H, seen: (attend(s, H, seen)[0], H.sum(axis=0)), "the context"),
        (lambda s, H, seen: (attend(s, H, seen)[0], H[seen].mean(axis=0)), "the context"),
        (lambda s, H, seen: (attend(s, H, seen)[0], attend(s, H, seen)[0][:, None] * H), "the context"),
        (changes_H, "s, H or seen was changed"),
        (lambda s, H: H, "TypeError"),
        (lambda s, H, seen: ..., "replace the"),
        (lambda s, H, seen: None, "replace the"),
        (weighted(lambda scores, seen: softmax(scores - 1000 * ~seen)), "thousands: padding has"),
        (
            weighted(lambda scores, seen: softmax(np.clip(np.where(seen, scores, -np.inf), None, 700))),
            "expected",
        ),
        (
            weighted(lambda scores, seen: np.eye(len(scores))[np.where(seen, scores, -np.inf).argmax()]),
            "expected",
        ),
        (weighted(lambda scores, seen: np.round(softmax(np.where(seen, scores, -np.inf)), 2)), "expected"),
        (lambda s, H, seen: attend(s, H, seen[::-1]), "padding has the weight"),
        (lambda s, H, seen: attend(s, H / np.linalg.norm(H, axis=1, keepdims=True), seen), "the weights"),
        (lambda s, H, seen: (attend(s, H, seen)[0], attend(s, H, seen)[1] / seen.sum()), "the context"),
        (lambda s, H, seen: (attend(s, H, seen)[0], H[(H @ s).argmax()]), "the context"),
        (lambda s, H, seen: [part.astype(str) for part in attend(s, H, seen)], "is text"),
        (lambda s, H, seen: attend(s, H.T, seen), "stopped with ValueError"),
    ],
    "11.4": [
        (stops_at_width, "you stop at `width` finished ones"),
        (search(narrow=1), "width 2 and longest 6 .*greedy search"),
        (search(narrow=100), "width 1 and .*more than a beam of that width"),
        (lambda f, width, longest: best_sequence(f, width + 1, longest), "more than|expected"),
        (lowest, "expected|ends in 0"),
        (search(longest_of=lambda longest: 8), r"longer than the \d symbols allowed"),
        (search(longest_of=lambda longest: longest + 1), r"longer than the \d symbols allowed"),
        (search(longest_of=lambda longest: longest - 1), "may have `longest` symbols|empty"),
        (three_symbols, "IndexError"),
        (first_symbols(3), r"with [45] symbols, .* expected"),
        (first_symbols(4), r"with 5 symbols, .* expected"),
        (by_the_last_symbol, "expected|max"),
        (search(longest_of=lambda longest: 6), r"longer than the \d symbols allowed"),
        (search(score=lambda pair: len(pair[1])), "expected"),
        (search(keep=all_endings), r"returns \(0,\): an ending counts only where"),
        (search(score=lambda pair: pair[0] / len(pair[1])), "not divided by the length"),
        (the_first, "a likelier one is finished later"),
        (lambda *args: (0,), r"width 1 and longest 6 it returns \(0,\), expected \(1, 1, 0\)"),
        (lambda *args: best_sequence(*args)[:-1], "ends in 0"),
        (lambda *args: (*best_sequence(*args), 0), "goes on after 0"),
        (
            lambda *args: [symbol + 0.4 for symbol in best_sequence(*args)],
            r"returns \(1.4, 1.4, 0.4\), expected whole numbers",
        ),
        (lambda *args: (-1.5, best_sequence(*args)), "returns a tuple, expected one sequence"),
        (lambda *args: 3, "expected one sequence"),
        (lambda *args: ..., "replace the"),
        (finished_stay, "expected|ends in 0"),
        (search(keep=best_of_each), "greedy search"),
        (search(longest_of=lambda longest: 3), "longer than the 2 symbols"),
        (search(longest_of=lambda longest: 2 * longest), r"longer than the \d symbols"),
        (lambda f, width, longest: best_sequence(f, 3, longest), "more than a beam"),
        (lambda f, width, longest: best_sequence(f, max(width - 1, 1), longest), "greedy search"),
        (lambda f, width, longest: best_sequence(f, 10**6, min(longest, 5)), "more than a beam"),
        (lambda *args: best_sequence(*args)[::-1], "ends in 0"),
        (lambda *args: [str(symbol) for symbol in best_sequence(*args)], "expected one sequence"),
        (lambda *args: 1 / 0, "stopped with ZeroDivisionError"),
    ],
}
