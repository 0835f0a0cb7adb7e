"""What the recognizer learns from: images moved and bent, pen strokes, and what is no digit.

What is drawn is drawn by the code that draws what is written on a canvas.
"""

import numpy as np

from helpers.handwriting.pen import draw_all, pen_strokes, random_bends, random_pen_widths
from helpers.handwriting.strokes import MIDDLE, SIZE
from helpers.synthetic.digits import compile_skeleton
from helpers.synthetic.labels import check_arguments
from helpers.tables import read_table

_SIGNS = list(read_table("drawings/signs.toml").values())  # Skeletons of letters and signs.


def moved_images(images, rng):
    """Turn, slant, stretch, bend and shift images, uint8 (n, 28, 28), and change their strokes' width."""
    change = rng.uniform(-0.8, 0.8, (len(images), 1, 1)).astype(np.float32)
    change[rng.random(len(images)) < 0.5] = 0
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    near = [padded[:, r : r + SIZE, c : c + SIZE] for r, c in [(0, 1), (1, 0), (1, 2), (2, 1)]]
    other = np.where(change > 0, np.max([images, *near], axis=0), np.min([images, *near], axis=0))
    return _warped(images + np.abs(change) * (other.astype(np.float32) - images), rng)


def _warped(images, rng):
    n = len(images)
    rows, columns = (np.mgrid[:SIZE, :SIZE].reshape(2, -1) - MIDDLE).astype(np.float32)
    spreads = (0.14, 0.16, 0.1, 0.08)
    angle, slant, wide, high = (spread * rng.standard_normal((n, 1), np.float32) for spread in spreads)
    x = columns * np.exp(wide) + slant * rows
    y = rows * np.exp(high)
    x, y = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    # Smooth waves of random height bend the page.
    frequencies = [(a, b) for a in range(3) for b in range(3)][1:]
    waves = [np.cos(np.pi * (a * (columns + MIDDLE) + b * (rows + MIDDLE)) / SIZE) for a, b in frequencies]
    shift = 0.6 * rng.standard_normal((n, 2, 1), np.float32)
    # (n, 8) @ (8, 784)
    x = x + 0.45 * rng.standard_normal((n, 8), np.float32) @ waves + shift[:, 0] + MIDDLE
    y = y + 0.45 * rng.standard_normal((n, 8), np.float32) @ waves + shift[:, 1] + MIDDLE
    return _sampled(images, x, y)


def _sampled(images, x, y):
    """Bilinear interpolation of images (n, 28, 28) at x, y (n, 784); empty outside."""
    n, side = len(images), SIZE + 2
    flat = np.pad(images, ((0, 0), (1, 1), (1, 1))).ravel()
    x, y = np.clip(x + 1, 0, side - 1.001), np.clip(y + 1, 0, side - 1.001)
    left, top = x.astype(np.int64), y.astype(np.int64)
    x, y = (x - left).astype(np.float32), (y - top).astype(np.float32)
    corner = np.arange(n)[:, None] * side * side + top * side + left
    above = flat[corner] * (1 - x) + flat[corner + 1] * x
    below = flat[corner + side] * (1 - x) + flat[corner + side + 1] * x
    return np.rint(above * (1 - y) + below * y).astype(np.uint8).reshape(n, SIZE, SIZE)


def pen_images(n, rng):
    """Images uint8 (n, 28, 28) and labels of `pen_strokes`, with pens of different widths."""
    digits, labels = pen_strokes(n, rng)
    return draw_all(digits, random_pen_widths(n, rng)), labels


def no_digits(n, rng):
    """Draw what is no digit: letters, signs, scribbles, spirals, two digits in one, a digit crossed out.

    A list of n drawings, each a list of strokes (n_i, 2).
    """
    check_arguments(n, rng, "no_digits")
    digits, _ = pen_strokes(max(n // 4, 20), rng)
    makers = [_sign, _scribble, _zigzag, _spiral, _two_digits, _crossed_out, _hatching, _random_lines]
    which = rng.choice(len(makers), n, p=[0.36, 0.15, 0.08, 0.06, 0.15, 0.08, 0.06, 0.06])
    return [makers[maker](rng, digits) for maker in which]


def no_digit_images(n, rng):
    """Images uint8 (n, 28, 28) of `no_digits`."""
    return draw_all(no_digits(n, rng), random_pen_widths(n, rng))


def _sign(rng, digits):
    points, _, basis, along = compile_skeleton(_SIGNS[rng.integers(len(_SIGNS))])
    path = basis @ (points + 0.03 * rng.standard_normal(points.shape))  # (positions, 2)
    bend = random_bends(1, rng, 0.7)[0][:2]  # only what is linear
    path = 100 * (path - (path.min(axis=0) + path.max(axis=0)) / 2)
    return [stroke @ bend for stroke in np.split(path, np.flatnonzero(np.diff(along)) + 1)]


def _smooth_walk(rng, corners, points=60):
    """A curve through random places."""
    places = rng.uniform(0, 100, (corners, 2))
    along = np.linspace(0, corners - 1, points)
    path = np.column_stack([np.interp(along, np.arange(corners), axis) for axis in places.T])
    kernel = np.hanning(2 * (points // corners) + 3)
    kernel /= kernel.sum()
    padded = np.pad(path, ((len(kernel) // 2,) * 2, (0, 0)), mode="edge")
    return np.column_stack([np.convolve(axis, kernel, "valid") for axis in padded.T])


def _scribble(rng, digits):
    return [_smooth_walk(rng, rng.integers(6, 16), 90) for _ in range(rng.integers(1, 4))]


def _random_lines(rng, digits):
    return [rng.uniform(0, 100, (rng.integers(2, 6), 2)) for _ in range(rng.integers(2, 6))]


def _zigzag(rng, digits):
    turns = rng.integers(5, 16)
    path = np.column_stack([np.linspace(0, 100, turns), 60 * (np.arange(turns) % 2)])
    path += rng.normal(0, 7, path.shape)
    angle = rng.uniform(0, np.pi)
    cos, sin = np.cos(angle), np.sin(angle)
    return [path @ [[cos, sin], [-sin, cos]]]


def _spiral(rng, digits):
    along = np.linspace(0, 1, 90)[:, None]
    angle = rng.uniform(0, 6) + rng.choice([-1, 1]) * 2 * np.pi * rng.uniform(2, 5) * along
    path = (1 - along * rng.uniform(0.6, 1)) * np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    return [path * rng.uniform(0.6, 1, 2) * 50]


def _hatching(rng, digits):
    lines = rng.integers(4, 10)
    slant, wide = rng.uniform(-60, 60), rng.uniform(30, 120)
    at = np.linspace(0, wide, lines) + rng.normal(0, 3, lines)
    strokes = [np.array([[x, rng.normal(0, 5)], [x + slant, 100 + rng.normal(0, 5)]]) for x in at]
    return strokes if rng.random() < 0.5 else [stroke[:, ::-1] for stroke in strokes]


def _of_height(strokes, height):
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    return [(stroke - low) * height / max((high - low).max(), 1) for stroke in strokes]


def _two_digits(rng, digits):
    first, second = (digits[i] for i in rng.integers(0, len(digits), 2))
    first, second = _of_height(first, 100), _of_height(second, rng.uniform(80, 120))
    right = np.concatenate(first)[:, 0].max() + rng.uniform(10, 50)
    return first + [stroke + [right, rng.normal(0, 8)] for stroke in second]


def _crossed_out(rng, digits):
    digit = _of_height(digits[rng.integers(len(digits))], 100)
    return digit + _zigzag(rng, digits) + [_smooth_walk(rng, 6)]
