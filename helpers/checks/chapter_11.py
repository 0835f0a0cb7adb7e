"""Checks of chapter 11, sequence to sequence and attention."""

import itertools

import numpy as np

from helpers.checks.engine import NotStarted, Wrong, as_array, call, close, exercise, softmax

_GIVEN, _TARGET = [1, 4, 5, 6, 7, 8, 0, 0], [4, 5, 6, 7, 8, 2, 0, 0]
_FACTORS = (0.0, 0.25, 1.0, 4.0)


@exercise("11.1")
def teacher_forcing(answer):
    """Judge a dict or pair of the decoder's input row and its target row."""
    if isinstance(answer, list | tuple) and len(answer) == 2:
        answer = dict(zip(("given", "target"), answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict with two rows, got a {type(answer).__name__}"
    rows = {}
    for name in ("given", "target"):
        if name not in answer:
            return f"the row {name!r} is missing"
        row = as_array(answer[name], (None,), name)
        if len(row) != 8:
            return f"{name} has {len(row)} numbers, expected 8: fill up with zeros"
        rows[name] = [int(number) for number in row]
    if rows == {"given": _TARGET, "target": _GIVEN}:
        return "the two rows are exchanged: the decoder reads [start] and says [end]"
    for name, right in (("given", _GIVEN), ("target", _TARGET)):
        row = rows[name]
        if row == right:
            continue
        if name == "given" and row == [1, 4, 5, 6, 7, 8, 2, 0]:
            return "given holds [end]: after it there is nothing left to say, so it is never read"
        if name == "given" and row[0] != 1:
            return f"given begins with {row[0]}: before the first word the decoder reads [start]"
        if name == "target" and row[0] == 1:
            return "target begins with [start], which the decoder never has to say"
        if name == "target" and 2 not in row:
            return "target has no [end], so the decoder would never learn to stop"
        place = next(i for i in range(8) if row[i] != right[i])
        return f"{name}[{place}] is {row[place]}, expected {right[place]}"
    return None


@exercise("11.2")
def sharpness(answer):
    """Judge a dict from factor to the largest of ten weights."""
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(_FACTORS):
        answer = dict(zip(_FACTORS, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dict of {len(_FACTORS)} weights, got a {type(answer).__name__}"
    try:
        given = {round(float(key), 4): value for key, value in answer.items()}
    except (TypeError, ValueError):
        return f"the keys are {', '.join(map(repr, answer))}, expected the factors 0, 0.25, 1 and 4"
    scores = sharpness_scores()
    values = {}
    for factor in _FACTORS:
        name = f"the largest weight for the factor {factor:g}"
        if factor not in given:
            return f"{name} is missing"
        values[factor] = float(as_array(given[factor], (), name))
    right = {factor: softmax(factor * scores).max() for factor in _FACTORS}
    after = {factor: factor * softmax(scores).max() for factor in _FACTORS}
    if all(abs(values[f] - after[f]) < 1e-3 for f in _FACTORS):
        return f"for the factor 4 it is {values[4.0]:.3f}: multiply the scores, not the weights"
    if all(abs(values[f] - softmax(f * scores).min()) < 1e-3 for f in _FACTORS):
        return f"for the factor 1 it is {values[1.0]:.2g}: this is the smallest weight"
    for factor in _FACTORS:
        if not 0 <= values[factor] <= 1 + 1e-6:
            return f"for the factor {factor:g} it is {values[factor]:.4g}, expected a weight from 0 to 1"
        if abs(values[factor] - right[factor]) > 2e-3:
            return (
                f"for the factor {factor:g} it is {values[factor]:.3f}, expected {right[factor]:.3f}: "
                "softmax of factor times scores, then the largest"
            )
    return None


def sharpness_scores():
    """Return the ten scores of exercise 11.2, as the notebook makes them."""
    rng = np.random.default_rng(11)
    h, s = rng.normal(size=(10, 16)), rng.normal(size=16)
    return h @ s


@exercise("11.3")
def attend(answer):
    """Judge a function of s, H and seen that returns weights and context."""
    rng = np.random.default_rng(3)
    cases = {
        "all words seen": (rng.normal(size=4), rng.normal(size=(5, 4)), np.ones(5, bool)),
        "two places of padding": (rng.normal(size=3), rng.normal(size=(6, 3)), np.arange(6) < 4),
        "large scores": (
            np.full(2, 30.0),
            np.array([[20.0, 20.0], [20.0, 19.9], [1, 1]]),
            np.ones(3, bool),
        ),
        "padding with the largest score": (
            np.ones(2),
            np.array([[1.0, 0], [0, 0.5], [50, 50]]),
            np.array([True, True, False]),
        ),
    }
    for name, (s, H, seen) in cases.items():
        result = call(answer, s, H, seen)
        if result is None or result is ...:
            raise NotStarted
        if not isinstance(result, list | tuple) or len(result) != 2:
            return "expected two results: the weights, then the context"
        scores = H @ s
        weights = softmax(np.where(seen, scores, -np.inf))
        given = as_array(result[0], name="the weights")
        if given.shape == H.shape[1:] and len(H) != H.shape[1]:
            return "the first result has the length of s: the weights come first, then the context"
        given = as_array(given, (len(H),), f"the weights ({name})")
        if not np.isfinite(given).all():
            return f"{name}: the weights are not finite; subtract the largest score before np.exp"
        if given[~seen].any() and (np.abs(given[~seen]) > 1e-6).any():
            return f"{name}: padding has the weight {np.abs(given[~seen]).max():.3g}, expected 0"
        if abs(given.sum() - 1) > 1e-4:
            return f"{name}: the weights sum to {given.sum():.4g}, they should sum to 1"
        close(given, weights, f"the weights ({name})", rtol=1e-3, atol=1e-5)
        close(result[1], weights @ H, f"the context ({name})", rtol=1e-3, atol=1e-4)
    return None


@exercise("11.4")
def beam(answer):
    """Judge a function (next_log_probabilities, width, longest) on chains whose best sequences are known."""
    trap, chains = _trap(), [_chain(seed) for seed in range(4)]
    greedy = _read(call(answer, trap, 1, 6), "with width 1")
    if greedy == (2, 1, 0):
        return "with width 1 it finds more than greedy search can: keep only `width` beginnings"
    if greedy != (1, 1, 0):
        return f"with width 1 it returns {greedy}, greedy search gives (1, 1, 0)"
    wide = _read(call(answer, trap, 2, 6), "with width 2")
    if wide == greedy:
        return f"with width 2 it still returns {wide}; (2, 1, 0) has a larger product of probabilities"
    if wide != (2, 1, 0):
        return f"with width 2 it returns {wide}, expected (2, 1, 0)"
    for i, chain in enumerate(chains):
        best = max(_all_sequences(5), key=lambda sequence: _log_probability(chain, sequence))
        found = _read(call(answer, chain, 500, 5), "with width 500")
        if abs(_log_probability(chain, found) - _log_probability(chain, best)) > 1e-9:
            return (
                f"chain {i}: with width 500 it returns {found} with log-probability "
                f"{_log_probability(chain, found):.3f}; {best} has {_log_probability(chain, best):.3f}"
            )
    return None


def _read(result, name):
    if result is None or result is ...:
        raise NotStarted
    try:
        sequence = tuple(int(symbol) for symbol in result)
    except (TypeError, ValueError):
        raise Wrong(f"{name} it returns {result!r}, expected one sequence of symbols") from None
    if not sequence or sequence[-1] != 0:
        raise Wrong(f"{name} it returns {sequence}, expected a sequence that ends in 0")
    if 0 in sequence[:-1]:
        raise Wrong(f"{name} it returns {sequence}, which goes on after 0, the end")
    return sequence


def _trap():
    """Symbol 1 looks better at first; 2 leads to a likelier sequence."""
    table = {(): [0.0, 0.6, 0.4], (1,): [0.3, 0.4, 0.3], (2,): [0.05, 0.9, 0.05], (1, 1): [0.9, 0.05, 0.05]}

    def next_log_probabilities(sequence):
        p = table.get(tuple(int(s) for s in sequence), [0.9, 0.05, 0.05])
        with np.errstate(divide="ignore"):
            return np.log(np.array(p))

    return next_log_probabilities


def _chain(seed):
    table = np.random.default_rng(seed).dirichlet([1.0, 1.0, 1.0], size=(3, 4))

    def next_log_probabilities(sequence):
        last = int(sequence[-1]) if len(sequence) else 3
        p = table[min(len(sequence), 2), last]
        return np.log(p)

    return next_log_probabilities


def _all_sequences(longest):
    for length in range(longest):
        for symbols in itertools.product((1, 2), repeat=length):
            yield (*symbols, 0)


def _log_probability(chain, sequence):
    return sum(float(chain(sequence[:i])[symbol]) for i, symbol in enumerate(sequence))
