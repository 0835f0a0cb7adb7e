"""Checks of chapter 13, foundation models."""

import functools

import numpy as np

from helpers.checks.engine import NotStarted, as_array, call, close, exercise, softmax

_TEMPERATURES = (0.5, 1.0, 2.0)


@exercise("13.1")
def merges(answer):
    """Judge a dict with the first and second pair and the number of tokens."""
    if isinstance(answer, list | tuple) and len(answer) == 3:
        answer = dict(zip(("first", "second", "tokens"), answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of three answers, got a {type(answer).__name__}"
    given = {}
    for name in ("first", "second", "tokens"):
        if name not in answer:
            return f"the answer {name!r} is missing"
        if answer[name] is ...:
            raise NotStarted
    for name in ("first", "second"):
        pair = answer[name]
        if not isinstance(pair, str | list | tuple | np.ndarray) or len(pair) != 2:
            return f"{name} is {pair!r}, expected a pair of pieces such as ('a', 'b')"
        if any(part is ... for part in pair):
            raise NotStarted
        given[name] = tuple(str(part) for part in pair)
    tokens = float(as_array(answer["tokens"], (), "tokens"))
    if given["first"] == ("b", "a"):
        return "first is (b, a), which stands only inside abab, 3 times: (a, b) is found more often"
    if given["first"] != ("a", "b"):
        return f"first is ({', '.join(given['first'])}), expected the pair that is found 11 times"
    if given["second"] == ("ab", "ab"):
        return "second is (ab, ab), found 3 times: another pair is found 4 times"
    if given["second"] != ("b", "b"):
        return f"second is ({', '.join(given['second'])}), expected the pair that is found 4 times now"
    if tokens == 12:
        return "tokens is 12, the number of words: abab is still two tokens, ab and ab"
    if tokens == 19:
        return "tokens is 19, that is after the first merge only"
    if tokens != 15:
        return f"tokens is {tokens:g}, expected 5 · 1 for ab, 3 times those of abab, 4 times those of bb"
    return None


@exercise("13.2")
def nucleus(answer):
    """Judge a dict from temperature to the number of tokens kept."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(_TEMPERATURES):
        answer = dict(zip(_TEMPERATURES, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of three numbers, got a {type(answer).__name__}"
    try:
        given = {round(float(key), 4): value for key, value in answer.items()}
    except (TypeError, ValueError):
        return f"the keys are {', '.join(map(repr, answer))}, expected the temperatures 0.5, 1 and 2"
    logits = np.random.default_rng(13).normal(0, 2, 50)
    values = {}
    for temperature in _TEMPERATURES:
        name = f"the number for temperature {temperature:g}"
        if temperature not in given:
            return f"{name} is missing"
        values[temperature] = float(as_array(given[temperature], (), name))
    right = {t: _kept(softmax(logits / t)) for t in _TEMPERATURES}
    if all(values[t] == _kept(softmax(logits * t)) for t in _TEMPERATURES):
        return f"for temperature 2 it is {values[2.0]:g}: divide the logits by the temperature"
    if all(values[t] == right[t] - 1 for t in _TEMPERATURES):
        return (
            f"for temperature 1 it is {values[1.0]:g}, one too few: their sum is still below 0.9; the token "
            "with which it reaches 0.9 is kept too"
        )
    for t in _TEMPERATURES:
        if values[t] != right[t]:
            return (
                f"for temperature {t:g} it is {values[t]:g}, expected {right[t]}: softmax of the logits "
                "divided by the temperature, then the likeliest until they sum to 0.9"
            )
    return None


@exercise("13.3")
def held_back(answer):
    """Judge a function (logits, written, penalty, window) that returns probabilities."""
    cases = {
        "two of four tokens written": ([2.0, 1.0, 0.0, -1.0], [0, 1], 1.0, 5),
        "one token written three times": ([1.0, 1.0, 0.5], [1, 1, 1], 0.7, 10),
        "a window of 2": ([0.3, 0.2, 0.1, 0.0], [0, 1, 2, 3], 2.0, 2),
        "nothing written": ([0.5, 1.5, 0.0], [], 1.0, 4),
        "logits in the thousands": ([3000.0, 2999.0, 0.0], [0], 2.0, 3),
        "a window of 0": ([1.0, 0.0], [0], 3.0, 0),
    }
    for name, (logits, written, penalty, window) in cases.items():
        logits = np.array(logits)
        given = logits.copy()
        p = as_array(_called(answer, given, list(written), penalty, window), name=f"the result ({name})")
        if p.shape != logits.shape:
            return f"{name}: the result has the shape {p.shape}, expected one probability for each token"
        if not np.isfinite(p).all():
            return f"{name}: not finite; subtract the largest logit before np.exp"
        if abs(p.sum() - 1) > 1e-4:
            return f"{name}: the probabilities sum to {p.sum():.4g}, they should sum to 1"
        if not np.array_equal(given, logits):
            return f"{name}: the given logits were changed; work on a copy"
        recent = written[-window:] if window else []
        right = logits.copy()
        right[list(set(recent))] -= penalty
        right = softmax(right)
        if len(recent) > len(set(recent)):
            often = logits.copy()
            np.subtract.at(often, recent, penalty)
            if np.allclose(p, softmax(often), atol=1e-4):
                return f"{name}: the penalty was subtracted {len(recent)} times, expected once for each token"
        if len(written) > window:
            everything = logits.copy()
            everything[list(set(written))] -= penalty
            if np.allclose(p, softmax(everything), atol=1e-4):
                return f"{name}: tokens further back than the window were held back too"
        close(p, right, f"the result ({name})", rtol=1e-3, atol=1e-5)
    return None


def _called(function, logits, written, penalty, window):
    """Call the learner's function on the very array that is looked at afterwards."""
    # `call` copies what it is given, so that a function which changes its arguments would go unseen.
    if not callable(function):
        return call(function)

    @functools.wraps(function)
    def on_these():
        return function(logits, written, penalty, window)

    return call(on_these)


@exercise("13.4")
def corrupt(answer):
    """Judge a function (words, spans) that returns two lists."""
    cases = [
        ("thank you for coming today", [(1, 2), (3, 5)]),
        ("the story was very good and so was the music", [(0, 1), (4, 6), (8, 9)]),
        ("one two three", []),
        ("one two three", [(0, 3)]),
    ]
    for text, spans in cases:
        words = text.split()
        result = call(answer, list(words), list(spans))
        if not isinstance(result, list | tuple) or len(result) != 2:
            return "expected two results: what is read, then what is answered"
        name = f"{text!r} with {spans}"
        given = [part.split() if isinstance(part, str) else [str(word) for word in part] for part in result]
        right = _corrupted(words, spans)
        if given == right[::-1] and right[0] != right[1]:
            return f"{name}: the two lists are exchanged: first what is read, then what is answered"
        if given[1] == right[1][:-1] and given[0] == right[0]:
            return f"{name}: the second list ends without its last mark, {right[1][-1]}"
        for which, part, expected in zip(("first", "second"), given, right, strict=True):
            if part != expected:
                return f"{name}: the {which} list is {' '.join(part)!r}, expected {' '.join(expected)!r}"
    return None


def _corrupted(words, spans):
    source, target, last = [], [], 0
    for i, (start, end) in enumerate(spans):
        source += [*words[last:start], f"<{i}>"]
        target += [f"<{i}>", *words[start:end]]
        last = end
    return [source + words[last:], [*target, f"<{len(spans)}>"]]


def _kept(p, share=0.9):
    """How many of the likeliest have this probability together."""
    return int(np.searchsorted(np.cumsum(np.sort(p)[::-1]), share) + 1)
