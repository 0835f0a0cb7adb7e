"""What the recognizer learns from: images moved and bent, pen strokes, and what is no digit.

What is drawn is drawn by the code that draws what is written on a canvas.
"""

import numpy as np

from helpers.handwriting.pen import draw_all, pen_strokes, random_bends, random_pen_widths
from helpers.handwriting.strokes import MIDDLE, SIZE
from helpers.synthetic.digits import compile_skeleton

# Images, moved


def moved_images(images, rng):
    """Turn, slant, stretch, bend and shift images a little, and make their strokes thicker or thinner.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
    rng : np.random.Generator

    Returns
    -------
    ndarray of shape (n, 28, 28), uint8
    """
    return in_parts(lambda part: _warped(_thicker_or_thinner(part, rng), rng), images)


def in_parts(change, images, at_a_time=1_000):
    """Change images, so many at a time that they fit into the processor's cache."""
    parts = [change(images[first : first + at_a_time]) for first in range(0, len(images), at_a_time)]
    return np.concatenate(parts) if parts else images


def _thicker_or_thinner(images, rng):
    change = rng.uniform(-0.8, 0.8, (len(images), 1, 1)).astype(np.float32)
    change[rng.random(len(images)) < 0.5] = 0
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    near = [padded[:, r : r + SIZE, c : c + SIZE] for r, c in [(0, 1), (1, 0), (1, 2), (2, 1)]]
    thick = np.maximum.reduce([images, *near])
    thin = np.minimum.reduce([images, *near])
    other = np.where(change > 0, thick, thin)
    return images + np.abs(change) * (other.astype(np.float32) - images)


def _warped(images, rng):
    n = len(images)
    rows, columns = (np.mgrid[:SIZE, :SIZE].reshape(2, -1) - MIDDLE).astype(np.float32)
    angle, slant, wide, high = (spread * rng.standard_normal((n, 1), np.float32)
                                for spread in (0.14, 0.16, 0.1, 0.08))  # fmt: skip
    x = columns * np.exp(wide) + slant * rows
    y = rows * np.exp(high)
    x, y = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    # Smooth waves of random height bend the page.
    waves = [np.cos(np.pi * (a * (columns + MIDDLE) + b * (rows + MIDDLE)) / SIZE)
             for a in range(3) for b in range(3)][1:]  # fmt: skip
    waves = np.stack(waves)  # (8, 784)
    shift = 0.6 * rng.standard_normal((n, 2, 1), np.float32)
    x = x + 0.45 * rng.standard_normal((n, 8), np.float32) @ waves + shift[:, 0] + MIDDLE
    y = y + 0.45 * rng.standard_normal((n, 8), np.float32) @ waves + shift[:, 1] + MIDDLE
    return _sampled(images, x, y)


def _sampled(images, x, y):
    """Bilinear interpolation of images (n, 28, 28) at x, y (n, 784); empty outside."""
    n = len(images)
    side = SIZE + 2
    padded = np.zeros((n, side, side), np.float32)
    padded[:, 1:-1, 1:-1] = images
    x, y = np.clip(x + 1, 0, side - 1.001), np.clip(y + 1, 0, side - 1.001)
    left, top = x.astype(np.int64), y.astype(np.int64)
    x, y = (x - left).astype(np.float32), (y - top).astype(np.float32)
    corner = np.arange(n)[:, None] * side * side + top * side + left
    flat = padded.ravel()
    above = flat[corner] * (1 - x) + flat[corner + 1] * x
    below = flat[corner + side] * (1 - x) + flat[corner + side + 1] * x
    return np.rint(above * (1 - y) + below * y).astype(np.uint8).reshape(n, SIZE, SIZE)


# What a pen writes


def pen_images(n, rng):
    """Images uint8 (n, 28, 28) and labels of `pen_strokes`, with pens of different widths."""
    digits, labels = pen_strokes(n, rng)
    return draw_all(digits, random_pen_widths(n, rng)), labels


# No digits

# Letters and signs that nobody takes for a digit, in the notation of helpers.synthetic.digits.
_SIGNS = {
    "A": "0,100 50,0! 100,100 / 20,62 80,62",
    "E": "90,0 10,0! 10,100! 95,100 / 10,48 75,48",
    "F": "95,0 10,0! 10,100 / 10,48 75,48",
    "H": "10,0 10,100 / 90,0 90,100 / 10,50 90,50",
    "K": "10,0 10,100 / 85,0 14,52! 90,100",
    "M": "0,100 10,0! 50,65! 90,0! 100,100",
    "N": "5,100 5,0! 90,100! 90,0",
    "P": "15,100 15,0! 70,4 85,28 60,52 15,52",
    "R": "15,100 15,0! 70,4 85,26 60,50 15,50! 90,100",
    "T": "0,0 100,0 / 50,0 50,100",
    "V": "0,0 50,100! 100,0",
    "W": "0,0 25,100! 50,25! 75,100! 100,0",
    "X": "0,0 100,100 / 100,0 0,100",
    "a": "80,20 50,0 10,40 20,90 60,90 80,20! 80,80 100,100",
    "d": "75,60 40,45 10,70 30,100 75,80! 80,0! 80,100",
    "e": "10,60 85,50 70,10 30,10 5,55 30,98 90,85",
    "f": "85,8 55,0 40,25 40,100 / 10,45 75,45",
    "h": "15,0 15,100! 20,60 55,45 80,60 80,100",
    "k": "20,0 20,100 / 75,45 22,72! 80,100",
    "m": "0,0 0,100! 10,20 35,5 48,25 48,100! 55,20 80,5 98,25 98,100",
    "n": "5,0 5,100! 15,25 55,0 90,25 90,100",
    "p": "15,0 15,100! 15,10 55,0 85,25 55,52 15,42",
    "r": "15,0 15,100! 20,40 50,5 85,8",
    "w": "0,0 15,90 35,95 50,20! 65,95 85,90 100,0",
    "plus": "50,0 50,100 / 0,50 100,50",
    "minus": "0,50 100,52",
    "equals": "0,30 100,30 / 0,70 100,70",
    "tick": "0,60 35,100! 100,0",
    "triangle": "50,0 0,90! 100,90! 50,0",
    "star": "20,100 50,0! 80,100! 0,38! 100,38! 20,100",
    "heart": "50,30 30,0 0,20 15,60 50,100! 85,60 100,20 70,0 50,30",
    "arrow": "0,50 100,50! 70,20 / 100,50 70,80",
    "house": "0,100 0,40! 50,0! 100,40! 100,100! 0,100",
    "hash": "30,0 25,100 / 70,0 65,100 / 0,30 100,30 / 0,70 100,70",
    "wave": "0,50 20,20 40,60 60,80 80,40 100,50",
    "waves": "0,50 12,20 25,70 37,20 50,70 62,20 75,70 87,20 100,60",
    "question": "10,25 30,0 75,5 80,35 50,55 48,75 / 48,98 50,100",
    "euro": "90,10 50,0 15,35 15,70 50,100 90,90 / 0,40 65,40 / 0,60 60,60",
    "and": "95,100 20,25 40,0 65,15 20,60 15,90 50,100 90,60",
    "at": "65,35 40,35 35,60 60,65 68,35! 70,65 90,60 95,30 60,0 15,20 5,65 40,100 85,95",
    "percent": "90,0 10,100 / 25,5 10,18 25,32 38,18 25,5 / 75,68 62,82 75,96 90,82 75,68",
    "dollar": "85,15 50,8 20,25 50,48 82,70 50,92 12,82 / 50,0 50,100",
    "brackets": "30,0 10,0! 10,100! 30,100 / 70,0 90,0! 90,100! 70,100",
    "face": "50,0 10,15 0,55 30,98 75,96 100,50 80,10 50,0 / 32,35 33,38 / 68,35 68,38 / 28,65 50,80 72,65",
    "butterfly": "50,50 20,10 0,40 50,50! 15,95 10,60 50,50! 85,10 100,40 50,50! 90,95 92,60 50,50",
    "infinity": "50,50 20,15 0,50 20,85 50,50 80,15 100,50 80,85 50,50",
    "stairs": "0,100 0,66! 33,66! 33,33! 66,33! 66,0! 100,0",
}


def no_digits(n, rng):
    """Draw what is no digit: letters, signs, scribbles, spirals, two digits in one, a digit crossed out.

    Parameters
    ----------
    n : int
    rng : np.random.Generator

    Returns
    -------
    drawings : list of n lists of ndarray of shape (n_i, 2)
    """
    digits, _ = pen_strokes(max(n // 4, 20), rng)
    makers = [_sign, _scribble, _zigzag, _spiral, _two_digits, _crossed_out, _hatching, _random_lines]
    which = rng.choice(len(makers), n, p=[0.36, 0.15, 0.08, 0.06, 0.15, 0.08, 0.06, 0.06])
    return [makers[maker](rng, digits) for maker in which]


def no_digit_images(n, rng):
    """Images uint8 (n, 28, 28) of `no_digits`."""
    return draw_all(no_digits(n, rng), random_pen_widths(n, rng))


def _sign(rng, digits):
    strokes = curves(_SIGNS[list(_SIGNS)[rng.integers(len(_SIGNS))]], 0.03, rng)
    every = np.concatenate(strokes)
    middle = (every.min(axis=0) + every.max(axis=0)) / 2
    bend = random_bends(1, rng, 0.7)[0][:2]  # only what is linear
    return [100 * (stroke - middle) @ bend for stroke in strokes]


def curves(skeleton, wobble, rng):
    """Strokes of a skeleton in heights, its points moved by `wobble`."""
    points, _, basis, along = compile_skeleton(skeleton)
    path = basis @ (points + wobble * rng.standard_normal(points.shape))
    return np.split(path, np.flatnonzero(np.diff(along)) + 1)


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
    return [path @ np.array([[cos, sin], [-sin, cos]])]


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
