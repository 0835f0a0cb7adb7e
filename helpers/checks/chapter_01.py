"""Checks of chapter 01, logistic regression."""

from functools import lru_cache

import numpy as np

from helpers.checks.engine import Wrong, as_array, call, exercise
from helpers.datasets import two_clouds

_WORDS = {
    "up": ("up", "rises", "increases", "higher", "larger", "more", "grows", "longer"),
    "down": ("down", "falls", "decreases", "lower", "smaller", "less", "shrinks", "shorter"),
    "same": ("same", "the same", "unchanged", "no change", "stays", "constant"),
}
_EFFECT_OF_NOISE = {
    "error per point": "up",
    "accuracy on new points": "down",
    "length of w": "down",
    "angle of w": "same",
}


@exercise("1.1")
def more_noise(answer):
    """Judge the four predictions, a dict from quantity to word or the four words in order."""
    if isinstance(answer, list | tuple) and len(answer) == len(_EFFECT_OF_NOISE):
        answer = dict(zip(_EFFECT_OF_NOISE, answer, strict=True))
    if not isinstance(answer, dict):
        return f"expected a dictionary with four predictions, got {type(answer).__name__}"
    for quantity, effect in _EFFECT_OF_NOISE.items():
        if quantity not in answer:
            return f'the dictionary has no entry "{quantity}"'
        given = str(answer[quantity]).strip().lower()
        if not any(given in words for words in _WORDS.values()):
            return f'"{quantity}" is {answer[quantity]!r}, expected "up", "down" or "same"'
        if given not in _WORDS[effect]:
            return (
                f'"{quantity}" is not "{given}" when the noise goes up: compare measure(noise=0.5) with '
                "measure(noise=2.5)"
            )
    return None


@exercise("1.2")
def as_fast_as_possible(answer):
    """Judge the largest learning rate with which the chapter's error still falls at every step."""
    rate = float(as_array(answer, shape=(), name="largest_rate"))
    if not (np.isfinite(rate) and rate > 0):
        return f"largest_rate is {rate:g}, expected a number above 0"
    # A little more than 10 % is allowed each way, so that an answer on the border is right too.
    rise = _first_rise(0.99 * rate)
    if rise is not None:
        return f"with a learning rate of {rate:.3g} the error rises at step {rise}: take a smaller one"
    if _first_rise(1.11 * rate) is None:
        return f"with {rate:.3g} the error falls at every step, but with {1.1 * rate:.3g} it does too: go on"
    return None


@exercise("1.3")
def any_number_of_columns(answer):
    """Judge a function fit(X, t) -> (w0, w) by the error that its parameters reach."""
    for X, t in _fitting_tasks():
        result = call(answer, X, t)
        w0, w = _parameters(result, X.shape[1])
        if not (np.isfinite(w0) and np.isfinite(w).all()):
            return "the parameters are not finite numbers: is the learning rate too large?"
        smallest = _mean_error(X, t, *_newton(X, t))
        reached = _mean_error(X, t, w0, w)
        if reached <= 1.01 * smallest:
            continue
        where = f"with {X.shape[1]} column{'s' * (X.shape[1] > 1)}"
        if reached > np.log(2):
            return (
                f"{where} the error per point is {reached:.3g}, more than the 0.693 of knowing nothing: "
                "step against the gradient, and not too far"
            )
        if w0 == 0:
            return f"w0 is still 0, {where} the error per point is {reached:.4f}, {smallest:.4f} is possible"
        return f"{where} the error per point is {reached:.4f}, {smallest:.4f} is possible: more steps?"
    return None


@exercise("1.4")
def circle(answer):
    """Judge a function features(points) by a logistic regression trained on its columns."""
    points, t = _disc_and_ring(400, seed=11)
    new_points, t_new = _disc_and_ring(2000, seed=12)
    columns, new_columns = _columns(answer, points), _columns(answer, new_points)
    if columns.shape[1] != new_columns.shape[1]:
        return (
            f"{columns.shape[1]} columns for 400 points, {new_columns.shape[1]} for 2000: expected the same"
        )
    mean, width = columns.mean(axis=0), columns.std(axis=0)
    width = np.where(width > 0, width, 1)
    w0, w = _newton((columns - mean) / width, t, ridge=1e-3)
    accuracy = np.mean((((new_columns - mean) / width) @ w + w0 > 0) == t_new)
    if accuracy < 0.95:
        return (
            f"a linear function of your columns is right for {accuracy:.0%} of new points, 95% is wanted: "
            "what tells the disc from the ring?"
        )
    return None


# ----------------------------------------------------------------------------- data and reference


def _sigmoid(f):
    return np.exp(-np.logaddexp(0, -f))


def _mean_error(X, t, w0, w):
    f = X @ w + w0
    return np.mean(np.logaddexp(0, f) - t * f)


def _first_rise(learning_rate):
    """First of 100 steps at which the chapter's error rises, or None."""
    X, t = two_clouds(200, np.random.default_rng(1), noise=1.5)
    w0, w = 0.0, np.zeros(2)
    before = _mean_error(X, t, w0, w)
    for step in range(1, 101):
        residual = _sigmoid(X @ w + w0) - t
        w0, w = w0 - learning_rate * residual.mean(), w - learning_rate * X.T @ residual / len(t)
        after = _mean_error(X, t, w0, w)
        if not after - before < 1e-9:
            return step
        before = after
    return None


@lru_cache
def _fitting_tasks():
    """Two sets of overlapping points: three columns of different width, and one; classes of unequal size."""
    rng = np.random.default_rng(7)
    tasks = []
    for n, w0, w, widths in [(400, 1.0, [1.0, -0.5, 0.8], [1.5, 2.0, 0.5]), (150, -0.8, [0.7], [2.0])]:
        X = np.clip(rng.normal(size=(n, len(w))) * widths, -6, 6)
        tasks.append((X, (rng.uniform(size=n) < _sigmoid(X @ np.array(w) + w0)).astype(np.int64)))
    return tasks


def _newton(X, t, ridge=1e-9):
    """Smallest error by Newton's method (Bishop 2006, section 4.3.3); w0 and w."""
    A = np.column_stack([np.ones(len(X)), X])
    w = np.zeros(A.shape[1])
    for _ in range(30):
        P = _sigmoid(A @ w)
        slope = A.T @ (P - t) / len(t) + ridge * w
        bend = (A.T * (P * (1 - P))) @ A / len(t) + ridge * np.eye(len(w))
        w = w - np.linalg.solve(bend, slope)
    return w[0], w[1:]


def _parameters(result, columns):
    """Read (w0, w), or all parameters in one row with w0 first."""
    if isinstance(result, list | tuple) and len(result) == 2:
        w0 = float(as_array(result[0], shape=(), name="w0, the first value returned,"))
        w = as_array(result[1], name="w, the second value returned,")
        if w.size != columns:
            raise Wrong(f"w has shape {w.shape} for {columns} columns, expected ({columns},)")
        return w0, w.reshape(columns)
    together = as_array(result, name="what the function returns")
    if together.size != columns + 1:
        raise Wrong(f"the function returns {together.size} numbers for {columns} columns, expected (w0, w)")
    return together.ravel()[0], together.ravel()[1:]


def _disc_and_ring(n, seed):
    rng = np.random.default_rng(seed)
    t = np.arange(n) % 2
    radius = np.where(t == 1, 1, 3) + 0.4 * rng.normal(size=n)
    angle = rng.uniform(0, 2 * np.pi, size=n)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), t


def _columns(answer, points):
    columns = as_array(call(answer, points), name="what the function returns")
    if columns.ndim == 1:
        columns = columns[:, None]
    if columns.ndim != 2 or len(columns) != len(points):
        raise Wrong(
            f"{len(points)} points gave an array of shape {columns.shape}, expected one row per point: "
            f"({len(points)}, columns)"
        )
    if not np.isfinite(columns).all():
        raise Wrong("the columns have values that are not finite numbers (a division by 0, a log or a root?)")
    return columns
