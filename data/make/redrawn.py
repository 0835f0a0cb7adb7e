"""MNIST's strokes drawn anew, for the recognizer to learn from."""

import numpy as np

from helpers.handwriting.pen import random_bends, random_pen_widths
from helpers.handwriting.strokes import BOX, MIDDLE, draw_centred
from helpers.synthetic.digits import cubic_terms


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
    return in_parts(lambda part: _redrawn(part, rng, strength), images)


def in_parts(change, images, at_a_time=1_000):
    """Change images, so many at a time that they fit into the processor's cache."""
    parts = [change(images[first : first + at_a_time]) for first in range(0, len(images), at_a_time)]
    return np.concatenate(parts)


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
    terms = cubic_terms(2 * (points - middle[which]) / longest[which, None])
    points = np.einsum("pt,ptc->pc", terms, random_bends(n, rng, strength)[which])
    low, high = _limits(points, which, n)
    middle, longest = (low + high) / 2, np.maximum((high - low).max(axis=1), 1e-3)
    widths = random_pen_widths(n, rng)
    points = (points - middle[which]) * ((BOX - widths) / longest)[which, None] + MIDDLE
    alone = np.setdiff1d(np.arange(len(points)), ends)
    ends = np.concatenate([ends, np.column_stack([alone, alone])])
    return np.rint(255 * draw_centred(points[ends], which[ends[:, 0]], widths)).astype(np.uint8)


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
