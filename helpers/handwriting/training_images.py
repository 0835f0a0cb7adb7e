"""What the recognizer learns from: MNIST moved and bent, its strokes drawn anew, pen strokes, no digits.

Everything is drawn by the code that draws what is written on a canvas, except MNIST's own images.
"""

import numpy as np

from helpers.handwriting.pen import (
    centred,
    draw_all,
    pen_strokes,
    random_bends,
    random_pen_widths,
)
from helpers.handwriting.strokes import BOX, MIDDLE, SIZE

_AT_A_TIME = 1_000  # images worked on at a time: they fit into the processor's cache

# MNIST's own images, moved


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
    result = np.empty_like(images)
    for first in range(0, len(images), _AT_A_TIME):
        part = slice(first, first + _AT_A_TIME)
        result[part] = _warped(_thicker_or_thinner(images[part], rng), rng)
    return result


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


# MNIST's strokes, drawn anew


def redrawn_images(images, rng, strength=1.0):
    """Find the middle lines of the strokes in images and draw them with a pen, bent, slanted and stretched.

    Real people's ways of writing in this way come out as a canvas would show them: thin, of even width.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
    rng : np.random.Generator
    strength : float
        How much to bend: 0 leaves the shape as it is.

    Returns
    -------
    ndarray of shape (n, 28, 28), uint8
    """
    result = np.empty_like(images)
    for first in range(0, len(images), _AT_A_TIME):
        part = slice(first, first + _AT_A_TIME)
        result[part] = _redrawn(images[part], rng, strength)
    return result


def _redrawn(images, rng, strength):
    # Where the ink is thick, small loops are nearly closed: only what is very dark counts there.
    thick = images.mean(axis=(1, 2)) > 33
    lines = thinned(_enlarged(images) > np.where(thick, 190, 130)[:, None, None])  # (n, 56, 56)
    which, row, column = np.nonzero(lines)
    number = np.full(lines.shape, -1)
    number[which, row, column] = np.arange(len(which))
    ends = []
    for down, right in [(0, 1), (1, 0), (1, 1), (1, -1)]:
        r, c = row + down, column + right
        inside = (r < lines.shape[1]) & (c < lines.shape[2]) & (c >= 0)
        other = np.where(inside, number[which, np.where(inside, r, 0), np.where(inside, c, 0)], -1)
        joined = other >= 0
        if down and right:  # a diagonal step is no line where one can go around the corner
            joined &= ~lines[which, row, np.where(inside, c, 0)]
            joined &= ~lines[which, np.where(inside, r, 0), column]
        ends.append(np.column_stack([np.flatnonzero(joined), other[joined]]))
    ends = np.concatenate(ends)
    points = np.column_stack([column, row]).astype(np.float32)
    for _ in range(3):
        points = _smoothed(points, ends)

    n = len(images)
    low, high = _limits(points, which, n)
    middle, longest = (low + high) / 2, np.maximum((high - low).max(axis=1), 1e-3)
    x, y = (2 * (points - middle[which]) / longest[which, None]).T
    terms = np.stack([x, y, x * x, x * y, y * y, x * x * x, y * y * y], axis=1)
    points = np.einsum("pt,ptc->pc", terms, random_bends(n, rng, strength)[which])
    low, high = _limits(points, which, n)
    middle, longest = (low + high) / 2, np.maximum((high - low).max(axis=1), 1e-3)
    widths = random_pen_widths(n, rng)
    points = (points - middle[which]) * ((BOX - widths) / longest)[which, None] + MIDDLE
    alone = np.setdiff1d(np.arange(len(points)), ends)
    ends = np.concatenate([ends, np.column_stack([alone, alone])])
    return centred(points[ends[:, 0]], points[ends[:, 1]], widths, which[ends[:, 0]])


def _enlarged(images):
    """Twice as many pixels each way, by linear interpolation."""
    images = images.astype(np.float32)
    for axis in (1, 2):
        after = np.roll(images, -1, axis)
        images = np.stack([images, (images + after) / 2], axis=axis + 1)
        shape = list(images.shape)
        shape[axis : axis + 2] = [shape[axis] * 2]
        images = images.reshape(shape)
    return images


def _smoothed(points, ends):
    total = np.zeros_like(points)
    degree = np.bincount(ends.ravel(), minlength=len(points))
    for a, b in ((0, 1), (1, 0)):
        for axis in (0, 1):
            total[:, axis] += np.bincount(ends[:, a], points[ends[:, b], axis], len(points))
    inner = degree >= 2
    points = points.copy()
    points[inner] = (points[inner] + total[inner] / degree[inner, None]) / 2
    return points


def _limits(points, which, n):
    low, high = np.full((n, 2), np.inf), np.full((n, 2), -np.inf)
    np.minimum.at(low, which, points)
    np.maximum.at(high, which, points)
    empty = ~np.isfinite(low)
    low[empty] = high[empty] = 0
    return low, high


def thinned(ink):
    """Thin strokes to lines one pixel wide.

    Parameters
    ----------
    ink : ndarray of shape (n, height, width), bool

    Returns
    -------
    ndarray of the same shape, bool

    Notes
    -----
    T. Y. Zhang, C. Y. Suen, "A fast parallel algorithm for thinning digital patterns" (1984).
    """
    padded = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
    inner = padded[:, 1:-1, 1:-1]
    around = [(0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0)]  # clockwise from above
    height, width = ink.shape[1:]
    changed = True
    while changed:
        changed = False
        for step in (0, 1):
            near = [padded[:, r : r + height, c : c + width] for r, c in around]
            count = np.zeros(ink.shape, np.uint8)
            turns = np.zeros(ink.shape, np.uint8)
            for this, following in zip(near, near[1:] + near[:1], strict=True):
                count += this
                turns += ~this & following
            up, right, down, left = near[0], near[2], near[4], near[6]
            if step == 0:
                edge = ~(up & right & down) & ~(right & down & left)
            else:
                edge = ~(up & right & left) & ~(up & down & left)
            remove = inner & (turns == 1) & (count >= 2) & (count <= 6) & edge
            changed |= bool(remove.any())
            inner &= ~remove
    return inner.copy()


# What a pen writes


def pen_images(n, rng, use=None):
    """Images uint8 (n, 28, 28) and labels of `pen_strokes`, with pens of different widths."""
    digits, labels = pen_strokes(n, rng, use)
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


def no_digits(n, rng, use=None):
    """Draw what is no digit: letters, signs, scribbles, spirals, two digits in one, a digit crossed out.

    Parameters
    ----------
    n : int
    rng : np.random.Generator
    use : callable, optional
        `use(name)` tells whether a sign of `_SIGNS` is used; all by default.

    Returns
    -------
    drawings : list of n lists of ndarray of shape (n_i, 2)
    """
    names = [name for name in _SIGNS if use is None or use(name)]
    digits, _ = pen_strokes(max(n // 4, 20), rng)
    makers = [_sign, _scribble, _zigzag, _spiral, _two_digits, _crossed_out, _hatching, _random_lines]
    which = rng.choice(len(makers), n, p=[0.36, 0.15, 0.08, 0.06, 0.15, 0.08, 0.06, 0.06])
    return [makers[maker](rng, names, digits) for maker in which]


def no_digit_images(n, rng, use=None):
    """Images uint8 (n, 28, 28) of `no_digits`."""
    return draw_all(no_digits(n, rng, use), random_pen_widths(n, rng))


def _sign(rng, names, digits):
    strokes = curves(_SIGNS[names[rng.integers(len(names))]], 0.03, rng)
    every = np.concatenate(strokes)
    middle = (every.min(axis=0) + every.max(axis=0)) / 2
    bend = random_bends(1, rng, 0.7)[0][:2]  # only what is linear
    return [100 * (stroke - middle) @ bend for stroke in strokes]


def curves(skeleton, wobble, rng):
    """Strokes of a skeleton in heights, its points moved by `wobble`."""
    from helpers.synthetic.digits import _compile

    if skeleton not in _compiled:
        points, stroke_of, basis = _compile(skeleton)
        _compiled[skeleton] = points, basis, stroke_of[np.abs(basis).argmax(axis=1)]
    points, basis, along = _compiled[skeleton]
    path = basis @ (points + wobble * rng.standard_normal(points.shape))
    return np.split(path, np.flatnonzero(np.diff(along)) + 1)


_compiled = {}


def _smooth_walk(rng, corners, points=60):
    """A curve through random places."""
    places = rng.uniform(0, 100, (corners, 2))
    along = np.linspace(0, corners - 1, points)
    path = np.column_stack([np.interp(along, np.arange(corners), axis) for axis in places.T])
    kernel = np.hanning(2 * (points // corners) + 3)
    kernel /= kernel.sum()
    padded = np.pad(path, ((len(kernel) // 2,) * 2, (0, 0)), mode="edge")
    return np.column_stack([np.convolve(axis, kernel, "valid") for axis in padded.T])


def _scribble(rng, names, digits):
    return [_smooth_walk(rng, rng.integers(6, 16), 90) for _ in range(rng.integers(1, 4))]


def _random_lines(rng, names, digits):
    return [rng.uniform(0, 100, (rng.integers(2, 6), 2)) for _ in range(rng.integers(2, 6))]


def _zigzag(rng, names, digits):
    turns = rng.integers(5, 16)
    path = np.column_stack([np.linspace(0, 100, turns), 60 * (np.arange(turns) % 2)])
    path += rng.normal(0, 7, path.shape)
    angle = rng.uniform(0, np.pi)
    cos, sin = np.cos(angle), np.sin(angle)
    return [path @ np.array([[cos, sin], [-sin, cos]])]


def _spiral(rng, names, digits):
    along = np.linspace(0, 1, 90)[:, None]
    angle = rng.uniform(0, 6) + rng.choice([-1, 1]) * 2 * np.pi * rng.uniform(2, 5) * along
    path = (1 - along * rng.uniform(0.6, 1)) * np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    return [path * rng.uniform(0.6, 1, 2) * 50]


def _hatching(rng, names, digits):
    lines = rng.integers(4, 10)
    slant, wide = rng.uniform(-60, 60), rng.uniform(30, 120)
    at = np.linspace(0, wide, lines) + rng.normal(0, 3, lines)
    strokes = [np.array([[x, rng.normal(0, 5)], [x + slant, 100 + rng.normal(0, 5)]]) for x in at]
    return strokes if rng.random() < 0.5 else [stroke[:, ::-1] for stroke in strokes]


def _of_height(strokes, height):
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    return [(stroke - low) * height / max((high - low).max(), 1) for stroke in strokes]


def _two_digits(rng, names, digits):
    first, second = (digits[i] for i in rng.integers(0, len(digits), 2))
    first, second = _of_height(first, 100), _of_height(second, rng.uniform(80, 120))
    right = np.concatenate(first)[:, 0].max() + rng.uniform(10, 50)
    return first + [stroke + [right, rng.normal(0, 8)] for stroke in second]


def _crossed_out(rng, names, digits):
    digit = _of_height(digits[rng.integers(len(digits))], 100)
    return digit + _zigzag(rng, names, digits) + [_smooth_walk(rng, 6)]
