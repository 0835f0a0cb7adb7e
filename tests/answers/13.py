"""Right and wrong answers to the exercises of chapter 13."""

import numpy as np

MERGES = {"first": ("a", "b"), "second": ("b", "b"), "tokens": 15}


def softmax(z):
    powers = np.exp(z - np.max(z))
    return powers / powers.sum()


LOGITS = np.random.default_rng(13).normal(0, 2, 50)


def count(p, share=0.9):
    return int(np.sum(np.cumsum(np.sort(p)[::-1]) < share) + 1)


KEPT = {t: count(softmax(LOGITS / t)) for t in (0.5, 1, 2)}


def held_back(logits, written, penalty, window):
    z = [float(number) for number in logits]
    for token in range(len(z)):
        if token in written[max(0, len(written) - window) :]:
            z[token] -= penalty
    return list(softmax(np.array(z)))


def of_tokens(tokens, sign=-1):
    """Holds back the tokens that a function of (written, window) names, each as often as it does."""

    def answer(logits, written, penalty, window):
        z = np.array(logits, float)
        for token in tokens(written, window):
            z[token] += sign * penalty
        return softmax(z)

    return answer


def last(written, window):
    return written[-window:] if window else []


def in_place(logits, written, penalty, window):
    for token in set(last(written, window)):
        logits[token] -= penalty
    return softmax(logits)


def empties_written(logits, written, penalty, window):
    while len(written) > window:
        written.pop(0)
    return held_back(logits, written, penalty, window)


def without_shift(logits, written, penalty, window):
    z = np.array(logits, float)
    z[list(set(last(written, window)))] -= penalty
    return np.exp(z) / np.exp(z).sum()


def of_probabilities(logits, written, penalty, window):
    p = softmax(np.array(logits))
    p[list(set(last(written, window)))] /= 1 + penalty
    return p / p.sum()


def forbids(logits, written, penalty, window):
    z = np.array(logits, float)
    z[list(set(last(written, window)))] = -1e9 if penalty else z[list(set(last(written, window)))]
    return softmax(z)


def corrupt(words, spans):
    source, target, end_before = [], [], 0
    for i, (start, end) in enumerate(spans):
        source += [*words[end_before:start], f"<{i}>"]
        target += [f"<{i}>", *words[start:end]]
        end_before = end
    return source + words[end_before:], [*target, f"<{len(spans)}>"]


def one_after_the_other(words, spans):
    yield from corrupt(words, spans)


def backwards(words, spans):
    source, target = list(words), [f"<{len(spans)}>"]
    for i, (start, end) in reversed(list(enumerate(spans))):
        source[start:end] = [f"<{i}>"]
        target = [f"<{i}>", *words[start:end], *target]
    return [source, target]


def in_the_given(words, spans):
    source, target = backwards(words, spans)
    words[:] = source
    return words, target


def empties_spans(words, spans):
    answer = corrupt(words, spans)
    spans.clear()
    return answer


def deletes(words, spans):
    kept = [word for i, word in enumerate(words) if not any(a <= i < b for a, b in spans)]
    return kept, corrupt(words, spans)[1]


def one_mark_a_word(words, spans):
    source, target = list(words), []
    for i, (start, end) in enumerate(spans):
        source[start:end] = [f"<{i}>"] * (end - start)
        target += [f"<{i}>", *words[start:end]]
    return source, [*target, f"<{len(spans)}>"]


def by_looking_words_up(words, spans):
    """Wrong where a word stands twice."""
    source, target = " ".join(words), []
    for i, (start, end) in enumerate(spans):
        source = source.replace(" ".join(words[start:end]), f"<{i}>", 1)
        target += [f"<{i}>", *words[start:end]]
    return source.split(), [*target, f"<{len(spans)}>"]


def with_end(words, spans):
    return corrupt(words, [(start, min(end + 1, len(words))) for start, end in spans])


def marks_from_1(words, spans):
    return [
        [f"<{int(word[1:-1]) + 1}>" if word[0] == "<" else word for word in part]
        for part in corrupt(words, spans)
    ]


def one_digit(words, spans):
    return [[word[:2] + ">" if word[0] == "<" else word for word in part] for part in corrupt(words, spans)]


def spans_as_text(words, spans):
    marked = [[f"<{i}>", " ".join(words[start:end])] for i, (start, end) in enumerate(spans)]
    return corrupt(words, spans)[0], [*sum(marked, []), f"<{len(spans)}>"]


def forgets_the_rest(words, spans):
    source, target = corrupt(words, spans)
    return source[: len(source) - len(words) + spans[-1][1]] if spans else source, target


def with_tensorflow(logits, written, penalty, window):
    import tensorflow as tf

    z = np.array(logits, float)
    z[list(set(last(written, window)))] -= penalty
    return tf.nn.softmax(z)


def divides(logits, written, penalty, window):
    """Divides by the penalty, as others do."""
    z = np.array(logits, float)
    for token in set(last(written, window)):
        z[token] = z[token] / (1 + penalty) if z[token] > 0 else z[token] * (1 + penalty)
    return softmax(z)


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"13.1": {}, "13.2": {}, "13.3": {}, "13.4": {}}

RIGHT = {
    "13.1": {
        "pairs": MERGES,
        "a list, a text, a float": {"first": ["a", "b"], "second": "bb", "tokens": 15.0},
        "tokens in brackets": MERGES | {"tokens": np.array([15])},
        "tokens as text": MERGES | {"tokens": "15"},
        "texts": {"first": "a b", "second": "(b, b)", "tokens": " 15 "},
        "arrays": {"first": np.array(["a", "b"]), "second": np.array(["b", "b"]), "tokens": np.int64(15)},
        "an array of texts": np.array(["ab", "bb", "15"]),
        "as most_common gives them": MERGES | {"first": (("a", "b"), 11), "second": (("b", "b"), 4)},
        "texts with signs": MERGES | {"first": "a + b", "second": "b, b"},
    },
    "13.2": {
        "numbers": KEPT,
        "keys as text": {str(key): np.array([value]) for key, value in KEPT.items()},
        "floats": {key: float(value) for key, value in KEPT.items()},
    },
    "13.3": {
        "by loop": held_back,
        "of a set": of_tokens(lambda written, window: set(last(written, window))),
        "float32": lambda *arguments: np.array(held_back(*arguments), np.float32),
        "in TensorFlow": with_tensorflow,
        "a row": lambda *arguments: np.array([held_back(*arguments)]),
        "a column": lambda *arguments: np.array(held_back(*arguments))[:, None],
        "a generator": lambda logits, written, penalty=1.0, window=5: iter(
            held_back(logits, written, penalty, window)
        ),
    },
    "13.4": {
        "lists": corrupt,
        "texts": lambda words, spans: tuple(" ".join(part) for part in corrupt(words, spans)),
        "a list of lists": lambda words, spans: list(corrupt(words, spans)),
        "a generator": one_after_the_other,
        "generators": lambda words, spans: [iter(part) for part in corrupt(words, spans)],
        "arrays": lambda words, spans: [np.array(part, dtype=str) for part in corrupt(words, spans)],
        "a map": lambda words, spans: map(list, corrupt(words, spans)),
        "from behind": backwards,
        "by name": lambda words, spans=(): dict(
            zip(("second", "first"), corrupt(words, spans)[::-1], strict=True)
        ),
        "tuples": lambda words, spans: [tuple(part) for part in corrupt(words, spans)],
    },
}

WRONG = {
    "13.1": [
        (MERGES | {"first": ("b", "a")}, "only inside abab"),
        (MERGES | {"first": ("b", "b")}, "found 11 times"),
        (MERGES | {"second": ("ab", "ab")}, "found 3 times"),
        (MERGES | {"second": "ab ab"}, "found 3 times"),
        (MERGES | {"second": ("b", "ab")}, "found 4 times now"),
        (MERGES | {"tokens": 12}, "number of words"),
        (MERGES | {"tokens": "12"}, "number of words"),
        (MERGES | {"tokens": 19}, "after the first merge only"),
        (MERGES | {"tokens": 30}, "before the first merge"),
        (MERGES | {"tokens": 4}, "each word once"),
        (MERGES | {"tokens": 7}, "tokens is 7"),
        (MERGES | {"tokens": 15.4}, "tokens is 15.4"),
        (MERGES | {"tokens": "fifteen"}, "tokens is a str, expected numbers"),
        (MERGES | {"first": "abab"}, "expected a pair"),
        (MERGES | {"first": 11}, "expected a pair"),
        ({"first": ("a", "b")}, "'second' is missing"),
        (15, "expected a dict"),
        ({"first": (..., ...), "second": (..., ...), "tokens": ...}, "replace the"),
        (MERGES | {"first": {"a", "c"}}, "expected a pair"),
        (MERGES | {"second": ("ab", "b")}, "found 4 times now"),
        (MERGES | {"tokens": 16}, "tokens is 16: expected 5"),
        (MERGES | {"tokens": [15, 15]}, "shape"),
        (MERGES | {"first": (("b", "a"), 3)}, "only inside abab"),
    ],
    "13.2": [
        ({t: count(softmax(LOGITS * t)) for t in KEPT}, "divide the logits"),
        ({t: n - 1 for t, n in KEPT.items()}, "one too few"),
        ({t: n + 1 for t, n in KEPT.items()}, "temperature 0.5 is 9: expected"),
        ({t: 50 - n for t, n in KEPT.items()}, "left out"),
        ({t: count(softmax(LOGITS / t), 0.1) for t in KEPT}, "until they sum to 0.9"),
        ({t: int(np.sum(softmax(LOGITS / t) > 0.01)) for t in KEPT}, "until they sum to 0.9"),
        (dict.fromkeys(KEPT, KEPT[1]), "the same for all"),
        (KEPT | {2: KEPT[1]}, "for temperature 2 is"),
        (KEPT | {2: KEPT[2] + 0.4}, "for temperature 2 is 32.4"),
        ({t: softmax(LOGITS / t) for t in KEPT}, "is 50 numbers: count those"),
        ({0.5: KEPT[0.5], 1: KEPT[1]}, "temperature 2 is missing"),
        ({"low": 1}, "temperature 0.5 is missing"),
        (KEPT[1], "expected a dict"),
        ({0.5: ..., 1: ..., 2: ...}, "replace the"),
        ([50, 50, 50], "temperature 0.5 is 50"),
        (list(KEPT.values())[::-1], "divide the logits"),
        ({t: n / 50 for t, n in KEPT.items()}, "temperature 0.5 is 0.16"),  # shares
    ],
    "13.3": [
        (of_tokens(last), "expected once"),
        (in_place, "logits were changed"),
        (empties_written, "tokens were changed"),
        (of_tokens(lambda written, window: set(written)), "further back than the window"),
        (of_tokens(lambda written, window: set(written[-window:])), "a window of 0"),
        (of_tokens(lambda written, window: set(written[:window])), "not the first"),
        (of_tokens(lambda written, window: list(dict.fromkeys(written[::-1]))[:window]), "far|twice"),
        (of_tokens(lambda written, window: written[-1:] if window else []), "expected"),
        (of_tokens(lambda written, window: set(last(written, window)), sign=1), "penalty was added"),
        (of_tokens(lambda written, window: []), "expected"),
        (without_shift, "not finite"),
        (of_probabilities, "expected"),
        (forbids, "expected"),
        (lambda *arguments: np.log(held_back(*arguments)), "probabilities sum to"),
        (lambda *arguments: np.array(arguments[0]), "sums? to"),
        (lambda *arguments: 1.0, "shape"),
        (lambda *arguments: None, "replace the|returns None"),
        (lambda logits, written: logits, "TypeError"),
        (0.5, "expected a function"),
        (divides, "expected"),
        (lambda logits, written, penalty, window: held_back(logits, written, 1.0, window), "three times"),
        (lambda logits, written, penalty, window: held_back(logits, written, penalty, 5), "further back"),
        (
            lambda logits, written, penalty, window: held_back(logits, written, penalty, window + 1),
            "window of 2",
        ),
        (
            lambda logits, written, penalty, window: held_back(logits, sorted(written), penalty, window),
            "twice",
        ),
        (lambda logits, *others: held_back(np.clip(logits, -700, 700), *others), "thousands"),
        (lambda *arguments: np.sort(held_back(*arguments)), "expected"),
        (lambda *arguments: held_back(*arguments)[:2], "shape"),
        (lambda *arguments: [str(p) for p in held_back(*arguments)], "is text"),
        (
            lambda logits, written, penalty, window: held_back(logits, [written[-1]], penalty, window),
            "IndexError|expected",
        ),
    ],
    "13.4": [
        (lambda words, spans: corrupt(words, spans)[::-1], "exchanged"),
        (
            lambda words, spans: (corrupt(words, spans)[0], corrupt(words, spans)[1][:-1]),
            "without its last mark, <2>",
        ),
        (deletes, "the first list is"),
        (one_mark_a_word, "the first list is"),
        (by_looking_words_up, "the first list is"),
        (with_end, "the first list is"),
        (marks_from_1, "the first list is 'thank <1> for <2>', expected 'thank <0> for <1>'"),
        (one_digit, "12 spans: the first list is .*t <1> v <1> x y z'.* expected .*t <10> v <11> x y z'$"),
        (forgets_the_rest, "the first list is"),
        (in_the_given, "the given words or spans were changed"),
        (empties_spans, "the given words or spans were changed"),
        (lambda words, spans: words, "or 2 entries in this order"),
        (lambda words, spans: None, "replace the|returns None"),
        (lambda words: words, "TypeError"),
        ("thank", "expected a function"),
        (
            lambda words, spans: (corrupt(words, spans)[0], [*corrupt(words, spans)[1], "<9>"]),
            "second list is",
        ),
        (lambda words, spans: (words, corrupt(words, spans)[1]), "the first list is"),
        (lambda words, spans: corrupt(words, spans[:1]), "the first list is"),
        (
            lambda words, spans: corrupt(words, [(start, end - 1) for start, end in spans]),
            "the first list is",
        ),
        (lambda words, spans: sum(corrupt(words, spans), []), "got a list of 10"),
        (lambda words, spans: (corrupt(words, spans)[0], 5), "the second result is an int, expected a list"),
        (spans_as_text, "in the second list '<0> you <1> coming today <2>', each word"),
        (
            lambda words, spans: [[w for w in part if w[0] != "<"] for part in corrupt(words, spans)],
            "the first list is",
        ),
        (lambda words, spans: words[spans[0][1] :] and words[99], "stopped with IndexError"),
    ],
}
