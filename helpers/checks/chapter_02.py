"""Checks of chapter 02, softmax on MNIST."""

import numpy as np

from helpers.checks import tables
from helpers.checks.engine import Wrong, close, exercise, mistaken, pure, refuse
from helpers.checks.reading import as_array, shares


@exercise("2.2")
def worse_or_slower(answer):
    """Judge the accuracy on the images set aside for three pairs of learning rate and steps."""
    runs = [(0.01, 2_000), (0.001, 2_000), (0.001, 20_000)]
    several = "{name} is {count} numbers, expected one: the accuracy on the images set aside"
    short, slow, patient = shares(answer, runs, "the accuracy for {key}", several=several).values()
    faults = {
        "the numbers are lowest where the model should be best: are these errors? expected accuracies, the "
        "shares that are right": (slow > short and short < 0.6 and abs(short - patient) < 0.1 * short),
        "the accuracy for (0.001, 2000) is {slow:.3f}, expected less than {short:.3f}, which steps ten times "
        "as long gave. Did each run start from zero weights?": not slow < short,
        "the accuracy for (0.01, 2000) is {short:.3f}, expected about 0.9: 2,000 steps from zero weights, "
        "batches of 100, measured on the 5,000 images set aside?": not 0.88 < short < 0.9151,
        # 0.059 on MNIST, 0.052 on the course's own digits.
        "the accuracy for (0.001, 2000) is {slow:.3f} against {short:.3f} for (0.01, 2000), expected five or "
        "six hundredths less: both on the 5,000 images set aside?": not 0.0449 < short - slow < 0.0651,
        "the accuracies for (0.01, 2000) and (0.001, 20000) are {short:.3f} and {patient:.3f}, expected "
        "nearly the same: ten times as many steps of a tenth of the length. "
        "Did each start from zero?": not -0.0101 < short - patient < 0.0101,
    }
    refuse(faults, short=short, slow=slow, patient=patient)


@exercise("2.3")
def surer_than_right(answer):
    """Judge by how much a model is surer than right at three temperatures, as shares or in per cent."""
    given = tables.read("2.3", answer)
    if 1 < max(map(abs, given.values())) <= 100:
        given = {temperature: value / 100 for temperature, value in given.items()}
    cold, warm, hot = given.values()
    faults = {
        "the three differences are all {cold:.3f}: the temperature changes no answer, so this may be the "
        "accuracy alone, or the scores were not divided": cold == warm == hot,
        "the numbers for 0.25, 1, 4 are {cold:.3f}, {warm:.3f}, {hot:.3f}: this is how sure the model is, "
        "the accuracy must be taken from it": cold > warm > hot > 0.3,
        "the signs are exchanged, {cold:.3f} for 0.25 and {hot:.3f} for 4: how sure it is, minus how often "
        "it is right": -0.08 < cold < 0 < 0.3 < hot,
        "0.25 and 4 are exchanged, {cold:.3f} and {hot:.3f}: divide the scores by the temperature, a small "
        "one makes softmax sharper": cold < -0.3 < 0 < hot,
        "the numbers are {cold:.3f}, {warm:.3f}, {hot:.3f}: is softmax applied twice? divide the scores F by "
        "the temperature, not the probabilities": max(cold, warm, hot) < 0 and warm < -0.5,
        "the numbers are {cold:.3f}, {warm:.3f}, {hot:.3f}, which looks like the cross-entropy: expected the "
        "mean of the largest probabilities minus the accuracy": warm > 0.1,
    }
    refuse(faults, cold=cold, warm=warm, hot=hot)
    tables.compare("2.3", given)


@exercise("2.4")
def cross_entropy_from_scores(answer):
    """Judge a function of scores and one-of-K labels, both of shape (N, K), on small and on large scores."""
    rng = np.random.default_rng(2)
    for rows, K in [(6, 4), (9, 3)]:
        F, T = rng.normal(0, 2, (rows, K)), np.eye(K)[rng.integers(K, size=rows)]
        costs = _costs(F, T)  # (rows,)
        result = as_array(pure(answer, F, T), None, "the result")
        template = "the result has shape {shape}, expected one number: the average over the rows"
        refuse({template: result.size != 1}, shape=result.shape)
        mistakes = {
            "the sign is missing": -costs.mean(),
            "this is the sum over the rows, expected the average": costs.sum(),
            "divide by the number of rows, not by the number of entries": costs.mean() / K,
            "this is in bits (log2), expected the natural logarithm, np.log": costs.mean() / np.log(2),
            "this leaves out log of the sum of exp(f)": -np.mean((T * F).sum(axis=1)),
            "the maximum is subtracted inside exp only, it must be added again outside of log": (
                costs.mean() - F.max(axis=1).mean()
            ),
            "the sum of exp(f) runs over axis 0, expected over the classes, axis=1": (
                _costs(F.T, T.T).sum() / rows
            ),
            # Each score of the row without its log-sum, summed over the classes.
            "T is not used: only the right class counts": -np.mean((F - _log_sum(F)).sum(axis=1)),
        }
        close(result, costs.mean(), "the result for small scores", mistakes)
    template = (
        "for the scores {scores} and right class {right} the result is {value:.4g}, expected {cost:.4g}: "
        "subtract from each row its own maximum, and no log(0)"
    )
    for scores, right in [
        ([[0, 1000]], [0]),
        ([[0, -1000]], [0]),
        ([[5000, 5000]], [0]),
        ([[0, 1000], [-2000, -2000]], [0, 0]),
        ([[-9000, -9001], [1, 2], [0, 1000]], [1, 0, 0]),
        ([[0, 1, 2], [700, 80000, 0], [-90000] * 3], [1, 0, 2]),
    ]:
        F, T = np.array(scores, dtype=float), np.eye(len(scores[0]))[right]
        value, cost = float(as_array(pure(answer, F, T), ())), _costs(F, T).mean()
        # float32 has 4 digits left where scores of thousands lie close together.
        if not np.isclose(value, cost, rtol=2e-3, atol=1e-4):
            scores, right = ", ".join(str(tuple(row)) for row in scores), ", ".join(map(str, right))
            raise Wrong(template, scores=scores, right=right, value=value, cost=cost)


@exercise("2.5")
def confusion_matrix(answer):
    """Judge a function of labels and answers, both of shape (N,), and K by the (K, K) counts."""
    # Some classes never occur, as labels, as answers or both: the shape must not depend on it.
    labels = np.array([0, 0, 0, 1, 1, 2, 3, 4, 4, 4], dtype=np.uint8)
    answers = np.array([0, 0, 1, 1, 1, 2, 4, 4, 4, 0], dtype=np.int64)
    cases = [(labels, answers)]
    for K, size in [(5, 10), (12, 40), (3, 1), (10, 0)]:
        rng = np.random.default_rng(K)
        cases.append((rng.integers(K, size=size, dtype=np.uint8), rng.integers(K, size=size), K))
    for labels, answers, *classes in cases:
        counts = as_array(pure(answer, labels, answers, *classes), None, "the matrix")
        (K,) = classes or [10]
        right = np.zeros((K, K))
        np.add.at(right, (labels, answers), 1)
        in_row = right.sum(axis=1, keepdims=True).clip(1)
        faults = {
            "the matrix has shape {found}, expected ({K}, {K}) for K = {K}, also when some classes do not "
            "occur": counts.shape != (K, K),
        }
        refuse(faults, found=counts.shape, K=K)
        mistakes = {
            "rows and columns are exchanged: labels belong to the rows, answers to the columns": right.T,
            "no entry is above 1, but some pairs occur twice: C[labels, answers] += 1 counts each pair only "
            "once, np.add.at(C, (labels, answers), 1) counts all": right > 0,
            "the diagonal is empty, expected the right answers there": right - np.diag(np.diag(right)),
            "the entries are shares, expected counts": right / max(1, len(labels)),
            "the entries are shares of each row, expected counts": right / in_row,
        }
        if not np.array_equal(counts, right):
            mistaken(np.nan_to_num(counts), mistakes, "the matrix")
        template = "the entries sum to {total:g}, they should sum to {count}, the number of images"
        refuse({template: counts.sum() != len(labels)}, total=counts.sum(), count=len(labels))
        close(counts, right, "the matrix", rtol=0, atol=0)


def _costs(F, T):
    """Cross-entropy of each row; (N, K) and (N, K) -> (N,)."""
    return np.sum(T * (_log_sum(F) - F), axis=1)


def _log_sum(F):
    return np.logaddexp.reduce(F, axis=1, keepdims=True)
