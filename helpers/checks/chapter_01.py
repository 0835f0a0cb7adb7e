"""Checks of chapter 01, logistic regression."""

from collections.abc import Iterator, Mapping

import numpy as np

from helpers.checks.engine import Wrong, exercise, pure, refuse, sigmoid
from helpers.checks.reading import as_array, by_name
from helpers.datasets import two_clouds


@exercise("1.1")
def as_fast_as_possible(answer):
    """Judge the largest learning rate with which the chapter's error still falls at every step."""
    rate = float(as_array(answer, (), "largest_rate"))
    # A rounded answer is right; the border is 8.9, and a little more than 10% is allowed below it.
    rise = _first_rise(0.97 * rate)
    faults = {
        "largest_rate is {rate:g}, expected a number above 0": not 0 < rate < np.inf,
        "with a learning rate of {rate:.3g} the error rises at step {step}: take a smaller one": rise,
        "with {rate:.3g} the error falls at every step, but with {faster:.3g} it does too: "
        "go on": not _first_rise(1.12 * rate),
    }
    refuse(faults, rate=rate, faster=1.1 * rate, step=_first_rise(rate) or rise)


@exercise("1.3")
def any_number_of_columns(answer):
    """Judge a function fit(X, t) -> (w0, w) by the error that its parameters reach."""
    for X, t in _fitting_tasks():
        w0, w = _parameters(pure(answer, X, t), X.shape[1])
        if not (np.isfinite(w0) and np.isfinite(w).all()):
            raise Wrong("the parameters are not finite numbers: is the learning rate too large?")
        smallest, reached = _mean_error(X, t, *_newton(X, t)), _mean_error(X, t, w0, w)
        is_larger = not reached <= 1.001 * smallest
        faults = {
            "for X of shape {shape} the error per point is {reached:.3g}, more than the 0.693 of knowing "
            "nothing ({smallest:.3g} is possible): step against the gradient, "
            "and not too far": reached > np.log(2),
            "w0 is still 0, for X of shape {shape} the error per point is {reached:.4f}, {smallest:.4f} is "
            "possible": is_larger and w0 == 0,
            "for X of shape {shape} the error per point is {reached:.4f}, {smallest:.4f} is possible: more "
            "steps? Or do they follow the gradient of another error than the cross-entropy?": is_larger,
        }
        refuse(faults, shape=X.shape, reached=reached, smallest=smallest)


@exercise("1.4")
def circle(answer):
    """Judge a function features(points) by a logistic regression trained on its columns."""
    points, t = _disc_and_ring(400, seed=11)
    new_points, t_new = _disc_and_ring(2000, seed=12)
    columns, new_columns = _columns(answer, points), _columns(answer, new_points)
    template = "{count} columns for 400 points, {new_count} for 2000: expected the same"
    count, new_count = columns.shape[1], new_columns.shape[1]
    refuse({template: count != new_count}, count=count, new_count=new_count)
    mean, width = columns.mean(axis=0), columns.std(axis=0)
    width = np.where(width > 0, width, 1)
    w0, w = _newton((columns - mean) / width, t, ridge=1e-3)
    accuracy = np.mean((((new_columns - mean) / width) @ w + w0 > 0) == t_new)
    template = (
        "a linear function of your columns is right for {accuracy:.0%} of new points, 95% is wanted: "
        "what tells the disc from the ring?"
    )
    refuse({template: not accuracy >= 0.95}, accuracy=accuracy)


def _mean_error(X, t, w0, w):
    f = X @ w + w0
    return np.mean(np.logaddexp(0, f) - t * f)


def _first_rise(learning_rate):
    """First of 100 steps, from 1, at which the chapter's error rises; None if it always falls."""
    X, t = two_clouds(200, np.random.default_rng(1), noise=1.5)
    w0, w = 0.0, np.zeros(2)
    before = _mean_error(X, t, w0, w)
    for step in range(1, 101):
        residual = sigmoid(X @ w + w0) - t
        w0, w = w0 - learning_rate * residual.mean(), w - learning_rate * X.T @ residual / len(t)
        after = _mean_error(X, t, w0, w)
        if not after - before < 1e-9:
            return step
        before = after
    return None


def _fitting_tasks():
    """Two sets of overlapping points: three columns of different width, and one; classes of unequal size.

    Far points, some with the wrong label, tell the cross-entropy from other errors.
    """
    rng, mislabelled = np.random.default_rng(7), np.random.default_rng(107)
    for n, w0, w, widths in [(400, 1.0, [1.5, -0.5, 0.8], [1.0, 2.0, 0.5]), (150, -2.0, [1.2], [1.5])]:
        X = np.clip(rng.standard_t(2, size=(n, len(w))) * widths, -6, 6)
        t = rng.uniform(size=n) < sigmoid(X @ np.array(w) + w0)
        yield X, (t ^ (mislabelled.uniform(size=n) < 0.04)).astype(np.int64)


def _newton(X, t, ridge=1e-9):
    """Smallest error by Newton's method (Bishop 2006, section 4.3.3); w0 and w."""
    A = np.column_stack([np.ones(len(X)), X])
    w = np.zeros(A.shape[1])
    for _ in range(30):
        P = sigmoid(A @ w)
        slope = A.T @ (P - t) / len(t) + ridge * w
        bend = (A.T * (P * (1 - P))) @ A / len(t) + ridge * np.eye(len(w))
        w = w - np.linalg.solve(bend, slope)
    return w[0], w[1:]


def _parameters(result, columns):
    """Read w0 and w by name or in order, also with more after them, or all in one row with w0 first."""
    if isinstance(result, Mapping):
        result = list(by_name(result, ("w0", "w")).values())
    elif isinstance(result, Iterator) or (isinstance(result, np.ndarray) and result.dtype.kind == "O"):
        result = list(result)
    parts = result if isinstance(result, list | tuple) else ()
    if parts and isinstance(parts[0], list | tuple) and len(parts[0]) == 2:
        result = parts = parts[0]  # (w0, w), errors
    in_one_row = all(np.size(np.asarray(part, object)) == 1 for part in parts)
    if len(parts) > 1 and not (in_one_row and columns > 1):
        w0 = float(as_array(parts[0], (), "w0, the first value returned,"))
        w = as_array(parts[1], None, "w, the second value returned,")
        template = "w has shape {shape} for {columns} columns, expected ({columns},)"
        refuse({template: w.size != columns}, shape=w.shape, columns=columns)
        return w0, w.reshape(columns)
    together = as_array(result, None, "what the function returns").ravel()
    template = "the function returns {count} numbers for {columns} columns, expected (w0, w)"
    refuse({template: together.size != columns + 1}, count=together.size, columns=columns)
    return together[0], together[1:]


def _disc_and_ring(n, seed):
    rng = np.random.default_rng(seed)
    t = rng.permutation(n) % 2
    radius = np.where(t == 1, 1, 3) + 0.4 * rng.normal(size=n)
    angle = rng.uniform(0, 2 * np.pi, size=n)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), t


def _columns(answer, points):
    columns = as_array(pure(answer, points), None, "what the function returns")
    if columns.ndim == 1:
        columns = columns[:, None]
    template = "{count} points gave an array of shape {shape}, expected one row per point: ({count}, columns)"
    is_table = columns.ndim == 2 and len(columns) == len(points)
    refuse({template: not is_table}, count=len(points), shape=columns.shape)
    if not np.isfinite(columns).all():
        raise Wrong("the columns have values that are not finite numbers (a division by 0, a log or a root?)")
    return columns
