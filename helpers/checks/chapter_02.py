"""Checks of chapter 02, softmax on MNIST."""

import re

import numpy as np

from helpers.checks.engine import Wrong, as_array, call, close, exercise

_WORDS = ("same", "sharper", "flatter", "reversed")
_REASONS = {
    "add 100": "only differences of scores count, and adding the same number to all leaves them as they are",
    "times 10": "differences that are ten times as large become far larger ratios of probabilities",
    "divided by 10": "differences that are ten times as small become ratios near 1",
    "times -1": "every difference changes its sign, so every ratio is turned upside down",
}
_PREDICTIONS = dict(zip(_REASONS, ("same", "sharper", "flatter", "reversed"), strict=True))


@exercise("2.1")
def predict_softmax(answer):
    """Judge a dict from each of four changes of the scores to one of four words."""
    if not isinstance(answer, dict):
        return f"expected a dict such as {{'add 100': 'same', ...}}, got a {type(answer).__name__}"
    given = {str(key).strip().lower(): value for key, value in answer.items()}
    for change, right in _PREDICTIONS.items():
        if change not in given:
            return f"the key {change!r} is missing"
        word = str(given[change]).strip().strip(".").lower()
        if word not in _WORDS:
            return f"{change!r} is {given[change]!r}, expected one of the words {', '.join(_WORDS)}"
        if word != right:
            return f"{change!r} is not {word!r}: think of the differences between the scores"
    return None


@exercise("2.2")
def small_learning_rates(answer):
    """Judge a dict from learning rate to test accuracy after 2,000 steps of plain descent."""
    fast, middle, slow = _measured(
        answer, [(0.01,), (0.005,), (0.001,)], ["ε = 0.01", "ε = 0.005", "ε = 0.001"]
    )
    if not fast > middle > slow:
        return (
            f"the accuracies for ε = 0.01, 0.005, 0.001 are {fast:.3f}, {middle:.3f}, {slow:.3f}, expected "
            "falling ones: a smaller ε gets less far in 2,000 steps. Did each run start from zero weights?"
        )
    # 88, 87 and 82% on MNIST; the course's own digits differ by some points.
    if not 0.6 < fast < 0.96:
        return f"the accuracy for ε = 0.01 is {fast:.3f}, expected about 0.9: 2,000 steps, batches of 100?"
    if not 0.4 < slow < fast - 0.01:
        return (
            f"the accuracy for ε = 0.001 is {slow:.3f} against {fast:.3f} for ε = 0.01, expected "
            "some hundredths less: 2,000 steps for each?"
        )
    return None


@exercise("2.3")
def more_or_fewer_steps(answer):
    """Judge a dict from (learning rate, steps) to test accuracy."""
    runs = [(0.01, 2_000), (0.001, 20_000), (0.01, 20_000)]
    short, patient, long = _measured(answer, runs, [f"(ε, steps) = {run}" for run in runs])
    if not 0.6 < short < 0.96:
        return f"the accuracy for {runs[0]} is {short:.3f}, expected about 0.9: batches of 100?"
    if abs(short - patient) > 0.01:
        return (
            f"the accuracies for {runs[0]} and {runs[1]} are {short:.3f} and {patient:.3f}, expected "
            "nearly the same: ten times as many steps of a tenth of the length. Did each start from zero?"
        )
    if long < short + 0.005:
        return (
            f"the accuracy for {runs[2]} is {long:.3f}, expected more than {short:.3f}, which a tenth of the "
            "steps gave"
        )
    if long > 0.98:
        return (
            f"the accuracy for {runs[2]} is {long:.3f}, expected less from softmax regression: was it "
            "measured on the test images?"
        )
    return None


@exercise("2.4")
def cross_entropy_from_scores(answer):
    """Judge a function of scores and one-of-K labels, both of shape (N, K), on small and on large scores."""
    rng = np.random.default_rng(2)
    F, T = rng.normal(0, 2, (6, 4)), np.eye(4)[[0, 3, 1, 1, 2, 0]]
    costs = _costs(F, T)  # (6,)
    result = call(answer, F, T)
    if np.shape(result) not in [(), (1,), (1, 1)]:
        return f"the result has shape {np.shape(result)}, expected one number: the average over the rows"
    value = float(as_array(result, ()))
    wrong_ways = {
        -costs.mean(): "the sign is missing",
        costs.sum(): "this is the sum over the rows, expected the average",
        costs.mean() / 4: "divide by the number of rows, not by the number of entries",
        costs.mean() / np.log(2): "this is in bits (log2), expected the natural logarithm, np.log",
        -np.mean((T * F).sum(axis=1)): "this leaves out log of the sum of exp(f)",
        _costs(F.T, T.T).sum() / 6: "the sum of exp(f) runs over axis 0, expected over the classes, axis=1",
        # Each score of the row without its log-sum, summed over the classes.
        -np.mean((F - _log_sum(F)).sum(axis=1)): "T is not used: only the right class counts",
    }
    for wrong, reason in wrong_ways.items():
        if np.isclose(value, wrong, rtol=1e-4):
            return f"for small scores the result is {value:.4f}, expected {costs.mean():.4f}: {reason}"
    close(value, costs.mean(), "the result for small scores", rtol=1e-4)
    for scores, cost in [([0.0, 1000.0], 1000.0), ([0.0, -1000.0], 0.0), ([5000.0, 5000.0], np.log(2))]:
        value = float(as_array(call(answer, np.array([scores]), np.array([[1.0, 0.0]])), ()))
        if not np.isclose(value, cost, rtol=1e-4, atol=1e-6):
            text = ", ".join(f"{score:.0f}" for score in scores)
            reason = "" if np.isfinite(value) and value < 100 else ": subtract each row's maximum, no log(0)"
            case = f"for the scores ({text}) and right class 0"
            return f"{case} the result is {value:.4g}, expected {cost:.4g}{reason}"
    return None


@exercise("2.5")
def confusion_matrix(answer):
    """Judge a function of labels and answers, both of shape (N,), by the (K, K) counts that it returns."""
    # Classes 5 to 9 never occur as labels, 3 and 5 to 9 never as answers: the shape must not depend on it.
    labels = np.array([0, 0, 0, 1, 1, 2, 3, 4, 4, 4], dtype=np.uint8)
    answers = np.array([0, 0, 1, 1, 1, 2, 4, 4, 4, 0], dtype=np.int64)
    right = np.zeros((10, 10))
    np.add.at(right, (labels, answers), 1)
    counts = as_array(call(answer, labels, answers), name="the matrix")
    if counts.shape != (10, 10):
        return f"the matrix has shape {counts.shape}, expected (10, 10), also when some digits do not occur"
    if np.array_equal(counts, right):
        return None
    if np.array_equal(counts, right.T):
        return "rows and columns are exchanged: labels belong to the rows, answers to the columns"
    if np.array_equal(counts, right > 0):
        return (
            "no entry is above 1, but some pairs occur twice: C[labels, answers] += 1 counts each pair only "
            "once, np.add.at(C, (labels, answers), 1) counts all"
        )
    if np.array_equal(counts, right - np.diag(np.diag(right))):
        return "the diagonal is empty, expected the right answers there"
    if np.isclose(counts.sum(), 1) or np.allclose(counts.sum(axis=1)[:5], 1):
        return "the entries are shares, expected counts"
    if counts.sum() != len(labels):
        return f"the entries sum to {counts.sum():g}, they should sum to {len(labels)}, the number of images"
    close(counts, right, "the matrix")
    return None


def _measured(answer, keys, names):
    """Accuracies from a learner's dict, whose keys may be floats, tuples, lists' text or NumPy numbers.

    Parameters
    ----------
    answer : dict, or sequence in the order of `keys`
    keys : list of tuple of float
    names : list of str
        For the messages.

    Returns
    -------
    list of float in [0, 1]
        Numbers between 1 and 100 are read as per cent.

    Raises
    ------
    Wrong
        If one is missing or cannot be an accuracy.
    """
    if isinstance(answer, list | tuple | np.ndarray) and len(answer) == len(keys):
        answer = dict(zip(keys, answer, strict=True))
    if not isinstance(answer, dict):
        raise Wrong(f"expected a dict of {len(keys)} accuracies, got a {type(answer).__name__}")
    given = {_numbers(key): value for key, value in answer.items()}
    accuracies = []
    for key, name in zip(keys, names, strict=True):
        found = [
            value
            for numbers, value in given.items()
            if len(numbers) == len(key) and np.allclose(numbers, key)
        ]
        if not found:
            raise Wrong(f"the accuracy for {name} is missing")
        value = float(as_array(found[0], (), f"the accuracy for {name}"))
        share = value / 100 if 1 < value <= 100 else value
        if not 0 <= share <= 1:
            raise Wrong(f"the accuracy for {name} is {value:.3g}, expected a number between 0 and 1")
        accuracies.append(share)
    return accuracies


def _numbers(key):
    """The numbers of a dict's key: of 0.01, "0.01", np.float32(0.01), (0.01, 2000) ..."""
    if isinstance(key, str):
        return tuple(float(text) for text in re.findall(r"\d+\.?\d*(?:e-?\d+)?", key.replace("_", "")))
    return tuple(np.atleast_1d(np.asarray(key, dtype=np.float64)))


def _log_sum(F):
    """Logarithm of the sum of exp over the classes; (N, K) -> (N, 1)."""
    maximum = F.max(axis=1, keepdims=True)
    return maximum + np.log(np.exp(F - maximum).sum(axis=1, keepdims=True))


def _costs(F, T):
    """Cross-entropy of each row; (N, K) and (N, K) -> (N,)."""
    return -(T * (F - _log_sum(F))).sum(axis=1)
