"""Digits as a pen on a tablet records them, drawn by the course: points in time, stroke by stroke.

The ways to write each digit are the skeletons of `helpers.synthetic.digits` and more of what people write
who are not in MNIST: ones with a long flag or a base line, crossed sevens, fives whose bar is written last
and lands somewhere else, eights begun in the middle. A skeleton's points are moved, bent, slanted, stretched
and turned; then a pen runs along it, slower in curves, and a tablet reads it at equal times, with noise.
Nothing here is taken from recorded handwriting.
"""

import numpy as np

from helpers.handwriting.strokes import PEN_WIDTH, draw_centred, fitted_segments
from helpers.synthetic.digits import (
    MORE_SKELETONS,
    SKELETONS,
    about_middle,
    affine,
    bends,
    cubic_terms,
    written,
)
from helpers.synthetic.labels import balanced_labels

CANVAS = 500  # units: side of the square that a digit is written into

# Spread (standard deviation) of what differs from writer to writer; lengths in heights of the digit.
_WOBBLE = 0.042  # points of the skeleton
_WOBBLE_SPREAD = 0.4  # some writers wobble more (log)
_MISPLACED = 0.04  # strokes against each other
_STRETCH = 0.24  # log of width to height
_LEAN, _SLANT = 0.1, 0.24  # to the right
_TURN = 0.11  # radians
_TREMBLE = 0.005  # reading error of the tablet and the hand
# A one with a flag and a seven would turn into each other if they were bent as far as the other digits.
_STRENGTH = np.array([1, 0.75, 1, 1, 1, 1, 1, 0.75, 1, 1], np.float32)
# The tablet reads so many points for each height of the digit that the pen covers.
_READINGS, _READINGS_SPREAD = 16.0, 0.6
# How often it happens.
_TICK = 0.12  # the pen slips a little where it touches down, or where it lifts
_GAP = 0.03  # too little pressure for a moment
_LIGATURE = 0.03  # not lifted between two strokes
_SPECK = 0.01  # a slip elsewhere


def ways(digit):
    """All skeletons of a digit with how often each is drawn: list of (share, skeleton)."""
    # The square root evens out what is frequent in MNIST and what is not.
    known = [(often**0.5, skeleton) for often, skeleton in SKELETONS[digit]]
    return known + [(1.0, skeleton) for skeleton in MORE_SKELETONS[digit]]


def pen_strokes(n, rng, use=None):
    """Write n digits on a tablet.

    Parameters
    ----------
    n, rng : int, np.random.Generator
    use : callable, optional
        `use(digit, number)` tells whether skeleton `number` of `ways(digit)` is used; all by default.

    Returns
    -------
    digits : list of n lists of ndarray of shape (n_i, 2), float64
        Strokes in whole units of a canvas of 500 x 500, x to the right and y down.
    labels : ndarray of shape (n,), uint8
        0 to 9 in random order, each as often as the others (within one).
    """
    labels = balanced_labels(n, 10, rng, "pen_strokes")
    used = [
        [way for number, way in enumerate(ways(digit)) if use is None or use(digit, number)]
        for digit in range(10)
    ]
    paths, stroke_of = written(labels, rng, used, _WOBBLE, _WOBBLE_SPREAD, _MISPLACED, messy_strokes=True)
    # Bend, stretch, slant and turn each digit about its middle.
    terms = cubic_terms(about_middle(paths))
    paths = (terms @ random_bends(n, rng, _STRENGTH[labels]) / 2).astype(np.float32)
    return [_record(path, strokes, rng) for path, strokes in zip(paths, stroke_of, strict=True)], labels


def random_bends(n, rng, strength=1.0):
    """Matrices (n, 7, 2) that take (x, y, x^2, xy, y^2, x^3, y^3), all within -1 to 1, to a new place.

    `strength` is a factor for the spread of everything, one for all or one for each, (n,).
    """
    strength = np.broadcast_to(np.asarray(strength, np.float32), (n,))
    bend = bends(n, rng, strength[:, None, None])
    stretch = np.exp(strength * _STRETCH * rng.standard_normal(n, np.float32))
    slant = strength * (_LEAN + _SLANT * rng.standard_normal(n, np.float32))
    return bend @ affine(stretch, slant, strength * _TURN * rng.standard_normal(n, np.float32))


def _record(path, stroke_of, rng):
    """What a tablet reads of a path in heights: strokes in canvas units."""
    readings = _READINGS * np.exp(_READINGS_SPREAD * rng.standard_normal())
    slowing = rng.uniform(0, 1.5)
    parts = np.split(path, np.flatnonzero(np.diff(stroke_of)) + 1)
    strokes = [_run(part, readings, slowing, rng) for part in parts]
    chance = rng.random(4)
    if chance[0] < _LIGATURE and len(strokes) > 1:
        strokes = [np.concatenate(strokes[:2]), *strokes[2:]]
    if chance[1] < _GAP:
        strokes = _with_gap(strokes, rng)
    strokes = [_with_ticks(stroke, rng) for stroke in strokes]
    height = CANVAS * np.exp(rng.uniform(-2.4, -0.2))  # canvas units: 45 to 410
    low = np.concatenate(strokes).min(axis=0)
    room = CANVAS - height * (np.concatenate(strokes).max(axis=0) - low)
    corner = rng.uniform(0, 1, 2) * np.maximum(room, 0)
    tremble = _TREMBLE * abs(rng.standard_normal())
    placed = [
        np.rint(corner + height * (stroke - low + tremble * rng.standard_normal(stroke.shape)))
        for stroke in strokes
    ]
    if chance[2] < _SPECK:
        placed.append(rng.integers(0, CANVAS, 2) + rng.integers(0, 3, (rng.integers(1, 4), 2)) * 1.0)
    return placed


def _run(points, readings, slowing, rng):
    """Read a stroke's pen at equal times; it runs slower where the stroke turns."""
    step = np.diff(points, axis=0)
    length = np.hypot(*step.T)
    if len(points) < 2 or length.sum() == 0:
        return points[:1].astype(np.float64)
    direction = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
    bend = np.abs(np.diff(direction))
    turn = np.append(bend, 0) + np.append(0, bend)
    times = np.concatenate([[0], np.cumsum(length * (1 + slowing * np.minimum(turn, 2)))])
    times *= length.sum() / times[-1]
    number = max(int(readings * times[-1]), 1)
    when = (np.arange(number) + rng.random()) * times[-1] / number
    when = np.concatenate([[0], when, times[-1:]])
    return np.column_stack([np.interp(when, times, axis) for axis in points.T])


def _with_gap(strokes, rng):
    long = int(np.argmax([len(stroke) for stroke in strokes]))
    stroke = strokes[long]
    if len(stroke) < 12:
        return strokes
    cut = rng.integers(3, len(stroke) - 6)
    both = [stroke[:cut], stroke[cut + rng.integers(0, 3) :]]
    return [*strokes[:long], *both, *strokes[long + 1 :]]


def _with_ticks(stroke, rng):
    for first in (True, False):
        if rng.random() < _TICK:
            angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(0.02, 0.08)
            slip = stroke[0 if first else -1] + length * np.array([np.cos(angle), np.sin(angle)])
            stroke = np.vstack([slip, stroke] if first else [stroke, slip])
    return stroke


def draw_all(drawings, pen_widths):
    """Draw many drawings, each as `strokes_to_image` would with its pen's width; uint8 (n, 28, 28)."""
    segments = list(map(fitted_segments, drawings, pen_widths))
    which = np.repeat(np.arange(len(segments)), list(map(len, segments)))
    return np.rint(255 * draw_centred(np.concatenate(segments), which, pen_widths)).astype(np.uint8)


def random_pen_widths(n, rng):
    """Pen widths around the default one, in pixels, float64 (n,)."""
    return np.clip(PEN_WIDTH * np.exp(0.17 * rng.standard_normal(n)), 1.4, 4.5)
