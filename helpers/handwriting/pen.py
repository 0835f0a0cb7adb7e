"""Digits as a pen on a tablet records them, drawn by the course: points in time, stroke by stroke.

The ways to write each digit are the skeletons of `helpers.synthetic.digits` and more of what people write
who are not in MNIST: ones with a long flag or a base line, crossed sevens, fives whose bar is written last
and lands somewhere else, eights begun in the middle. A skeleton's points are moved, bent, slanted, stretched
and turned; then a pen runs along it, slower in curves, and a tablet reads it at equal times, with noise.
Nothing here is taken from recorded handwriting.
"""

import numpy as np

from helpers.handwriting.strokes import (
    PEN_WIDTH,
    SIZE,
    draw_segments,
    fit_into_box,
    shift_to_the_middle,
    without_specks,
)
from helpers.synthetic.digits import POINTS, SKELETONS, affine, bends, compile_skeleton, cubic_terms
from helpers.synthetic.labels import balanced_labels

CANVAS = 500  # units: side of the square that a digit is written into

# More ways to write each digit, in the notation of helpers.synthetic.digits.
MORE_SKELETONS: dict[int, list[str]] = {
    0: [
        "50,0 20,10 4,50 20,92 50,100 80,92 96,50 80,8 52,0",
        "50,2 30,8 18,50 30,94 50,100 70,92 82,50 70,8 44,4",  # narrow
        "20,10 50,0 85,15 95,55 75,95 40,98 10,75 5,40 18,12",  # clockwise
        "55,4 20,14 6,50 22,90 54,98 84,80 92,44 76,12 56,6 48,18",  # the end runs inside
        "50,0 8,30 10,80 50,100 / 50,0 92,25 90,80 48,98",  # two halves
        "30,0 6,40 16,90 60,100 92,70 92,30 66,4 20,8",
        "14,6 6,50 14,94 50,100 88,94 94,50 86,6 50,0 12,4",  # square
        "90,0 50,6 14,40 10,80 40,100 80,80 90,40 70,10 50,6",
        "50,0 5,45 40,100! 92,60 55,2",  # angular
        "38,0 30,30 32,80 50,100 66,80 70,30 60,2 36,2",  # very narrow
        "60,8 30,0 4,40 20,92 56,100 90,76 96,30 70,2 44,12",
    ],
    1: [
        "0,50 50,0! 50,100",  # long flag
        "5,40 60,0! 60,100",
        "0,62 55,0! 45,100",
        "20,30 50,0! 50,100! 15,100! 85,100",  # base in the same stroke
        "10,35 50,0! 50,98! 95,98",
        "20,25 50,0! 50,100 / 10,100 90,100",
        "0,45 50,0! 50,100 / 20,100 85,100",  # long flag and base
        "60,0 40,100",
        "44,0 56,100",
        "50,0 50,100 / 50,0 20,30",
        "35,15 50,0! 50,100",
        "40,20 50,2! 52,98! 40,98! 66,98",
        "15,35 35,20 52,0! 52,100",  # curved flag
        "10,50 35,35 55,0! 55,100 / 30,100 80,100",
        "32,0 62,100",
        "50,0 47,30 53,70 50,100 54,90",
        "10,30 50,0! 50,100! 8,100! 95,96",
        "25,40 45,0! 50,50 44,100",
        "30,10 46,0! 46,100 / 26,97 70,101",
        "50,0 50,100! 52,10",  # down and up again
        "0,35 45,0! 45,100",
        "0,55 35,25 55,0! 55,100",
        "0,70 55,0! 60,100",
        "8,48 50,0! 42,100",
        "0,48 46,0! 46,100 / 10,100 84,100",
    ],
    2: [
        "5,25 25,2 60,0 85,20 70,50 5,100! 95,100",
        "5,20 45,0 85,18 80,45 40,80 0,100! 50,96 100,100",
        "0,0 80,0! 5,100! 90,100",
        "10,10 60,0 80,25 50,65 10,95 20,75 50,90 95,90",
        "0,30 10,5 50,0 70,25 45,65 10,90! 40,95 85,85",
        "15,30 20,8 60,2 80,30 50,70 10,100 5,85 30,80 60,98 95,95",
        "10,15 40,0 75,10 75,40 10,98! 85,98",
        "20,15 50,0 80,15 60,50 20,85 5,98 40,88 70,98 95,90",
        "0,8 50,0 70,14 56,50 0,100! 70,100",
        "10,26 14,6 44,0 66,16 60,44 8,98! 50,94 96,98",
        "6,18 40,0 84,10 90,34 60,66 20,96 8,84 40,82 100,100",
        "0,14 60,0 80,24 40,74 0,94! 60,100 110,86",  # wide
        "20,20 46,0 66,20 50,60 20,100! 76,98",  # narrow
        "30,14 44,0 58,14 50,50 30,98! 66,98",
    ],
    3: [
        "5,10 50,0 85,20 40,48! 90,70 60,100 5,90",
        "5,0 85,0! 40,40! 90,65 60,100 0,92",  # flat top
        "10,0 80,2! 35,42 75,48 90,75 55,100 5,90",
        "0,15 40,0 70,15 60,40 25,48 60,50 85,75 50,100 0,90",
        "20,5 60,0 80,20 55,42 35,46! 70,50 80,75 50,98 20,95",
        "5,20 35,0 65,12 55,40 30,48 15,44! 60,52 75,80 35,100 0,85",
        "0,5 70,0 75,25 20,45! 75,55 80,90 0,100",
        "0,0 70,0! 20,46! 70,70 40,100 0,96",
        "10,10 40,0 66,10 66,34 30,44! 76,50 80,84 40,100 6,88",
        "0,10 50,0 66,20 30,40! 46,44 60,70 40,96 0,100",
        "6,4 60,0 70,26 44,42! 60,46 72,80 40,100 0,76",
        "10,16 46,0 76,14 60,42 32,44 24,38 44,40 84,56 76,92 30,100 0,80",  # looped middle
    ],
    4: [
        "35,0 0,65! 100,65 / 65,40 60,100",
        "20,0 10,55! 95,55 / 65,20 60,100",
        "10,0 5,50! 90,50 / 75,0 75,100",
        "70,0 0,65! 100,65 / 70,0 70,100",
        "65,70 0,66! 65,0! 65,100",  # triangle, then down
        "95,65 0,65! 65,0! 62,100",
        "50,0 20,30 0,60! 90,55 / 60,30 50,100",
        "15,0 10,45 40,60 80,45 / 85,0 75,50 70,100",
        "10,0 10,50! 80,50! 80,0! 80,100",
        "40,0 5,60! 50,60! 95,55 / 60,35 70,100",
        "30,0 10,60! 90,50 / 70,15 40,100",
        "20,0 0,60 50,55 90,40 / 60,30 55,100",
        "50,0 0,80! 100,76 / 60,50 58,120",  # stem low
        "30,0 20,40! 90,36 / 66,10 60,100",  # stem long
        "10,0 4,40 30,50 76,36 84,0! 80,100",
        "60,0 6,56! 60,56! 60,0! 58,100",
        "4,6 0,50! 100,46 / 50,0 50,100",
        "34,0 26,44! 44,52 64,34 / 64,2 56,100",  # narrow
        "30,0 24,50! 60,48 / 56,10 54,100",
    ],
    5: [
        "20,0 15,45! 60,38 85,65 60,98 5,92 / 20,0 85,0",
        "80,0 15,0! 10,45! 60,40 85,68 55,100 0,95",
        "85,0 20,5! 20,40 70,45 80,75 50,100 5,92",
        "25,10 15,45! 55,40 75,70 45,100 5,95 / 35,0 100,-5",  # bar apart
        "15,10 15,50! 60,45 80,72 50,100 0,95 / 25,0 90,5",
        "80,0 40,2 15,20 35,45 70,60 75,85 40,100 5,95",
        "90,5 50,0 20,15 25,40 65,55 75,80 45,100 5,90",
        "20,0 20,48! 75,50! 78,98! 5,100 / 20,0 80,0",  # square
        "80,0 20,0! 20,48! 75,50! 78,98! 5,100",
        "25,0 10,50! 70,45 70,90 0,100 / 25,0 70,8",
        "10,0 5,40! 50,45 60,75 30,100 / 10,0 60,-5",
        "40,20 35,50! 70,55 75,85 40,100 10,98 / 0,10 100,0",  # long bar, small body
        "30,0 24,40! 70,44 76,80 40,100 10,90 / 30,4 76,-6",
        "20,0 14,36! 60,30 86,60 60,96 0,94 / 44,-4 110,-10",
        "24,6 20,40! 64,36 80,66 50,100 10,94 / 4,2 70,4",  # bar begins left of the stem
        "70,0 26,4! 30,34! 64,50 60,86 0,100",
        "76,0 30,0! 14,50! 60,40 76,60 56,90 20,100",
    ],
    6: [
        "70,0 20,40 5,75 40,100 80,80 60,55 10,70",
        "50,0 10,50 10,85 50,100 90,80 70,50 20,65",
        "80,5 30,20 5,65 30,100 75,90 75,60 40,50 10,70",
        "30,0 15,50 20,95 60,98 70,75 45,60 18,80",
        "90,0 40,30 10,75 30,100 60,85 50,65 15,85",
        "60,0 0,60 30,100 95,85 80,45 20,55",
        "45,0 40,50 40,90 60,100 75,85 60,70 42,80",
        "20,0 10,60 20,98 70,98 80,65 50,50 15,65",
        "56,0 16,44 8,84 36,100 62,80 50,58 30,62 14,84",
        "74,10 50,0 14,40 10,80 44,100 76,84 66,62 16,70",  # hooked start
        "40,0 4,70 40,100 74,86 60,64 6,72",
        "66,0 6,66 16,96 60,90 50,60 30,66",
    ],
    7: [
        "0,0 100,0! 40,100",
        "0,8 90,0! 50,100",
        "0,0 80,0! 30,100 / 20,50 80,50",  # crossed
        "0,0 80,0! 50,100 / 25,45 90,45",
        "0,20 0,0! 85,0! 35,100 / 15,55 75,50",
        "0,5 30,10 60,3 90,0! 60,50 45,100 / 30,60 80,45",
        "0,0 70,4! 60,100",
        "5,15 8,0! 90,5! 45,100 / 30,48 80,42",
        "0,10 40,0 80,5 90,25 60,60 50,100",
        "0,10 40,0 80,5 88,25 55,60 45,100 / 25,50 85,50",
        "0,0 90,0! 20,100",
        "10,0 75,0! 70,100",
        "10,0 75,0! 68,100 / 50,50 95,50",
        "0,0 85,0! 40,55! 40,100",
        "0,0 70,2! 40,100 / 10,40 90,60",  # bar falls
        "0,4 66,0! 46,100 / 16,62 76,36",  # bar rises
        "0,6 80,0! 50,46! 36,100 / 0,50 90,48",  # long bar
        "0,16 6,2 30,8 70,0! 44,100 / 34,48 66,46",  # short bar
        "0,4 60,0! 30,100",
        "0,22 6,0! 80,8! 60,50 56,100",
    ],
    8: [
        "50,48 20,25 50,0 80,25 50,48 15,75 50,100 85,75 52,50",  # begins in the middle
        "50,50 80,25 50,0 20,25 80,75 50,100 15,75 48,52",
        "80,15 50,0 20,20 80,75 50,100 15,80 75,25 82,12",
        "20,15 50,0 80,20 20,75 50,100 85,80 25,25 18,12",
        "50,0 25,10 25,38 50,46 75,36 75,10 50,0 / 50,52 20,62 20,90 50,100 80,90 80,62 52,52",
        "50,46 30,40 28,8 50,0 72,8 70,40 50,46 / 50,46 15,60 20,95 50,100 82,95 84,60 50,46",
        "70,5 30,5 25,30 70,65 75,95 35,100 20,75 60,40 85,0",
        "90,5 50,0 25,20 70,60 70,95 30,98 25,70 95,8",
        "10,0 90,100! 5,100! 95,0! 15,2",  # hourglass
        "60,0 20,15 35,45 75,70 60,100 20,90 30,60 80,20 55,2",
        "50,100 20,80 76,30 50,0 24,26 80,80 50,100",  # from below
        "76,8 44,0 20,20 60,50 84,80 50,100 10,84 30,60 70,30 84,16",
        "64,4 40,0 34,20 56,46 74,76 50,100 30,80 52,46 70,20 62,2",
        "80,10 30,0 30,30 60,44 66,80 30,100 14,80 44,56 70,40",  # open at the top right
    ],
    9: [
        "80,20 50,0 15,20 30,50 75,35 80,15! 75,100",
        "80,10 40,0 10,25 40,50 80,20! 80,60 60,95 10,95",
        "75,15 45,0 10,20 25,45 70,35 78,10 80,70 50,100 10,88",  # like a g
        "80,25 60,0 15,10 20,45 60,45 85,15! 40,100",
        "50,0 15,25 50,50 85,25 50,0 / 85,20 80,100",
        "85,0 85,100 / 85,10 40,2 10,25 40,50 85,40",
        "80,45 30,50 10,20 50,0 85,20 80,70 50,100 15,95",
        "70,30 20,35 10,10 50,0 75,10! 72,60 50,100 0,100",
        "80,5 30,5 15,40 60,50 82,20! 75,65 30,100",
        "85,30 55,48 15,30 40,0 80,10 85,55 60,92 20,100 5,85",
        "76,20 46,0 14,14 16,40 50,44 76,20! 70,100! 30,100",  # foot
        "80,10 30,0 6,30 30,60 70,50 84,10! 84,76 40,100 10,84",  # large loop
        "66,10 40,0 24,14 36,30 60,24 68,8! 66,70 46,98 14,90",  # small loop
        "60,36 20,30 20,4 56,0 70,20 66,60 40,100",
        "76,8 20,10 10,40 50,48 74,10! 64,60 66,100",
    ],
}

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
    n : int, at least 0
    rng : np.random.Generator
        The same generator state gives the same digits.
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
    paths = np.empty((n, POINTS, 2), np.float32)
    stroke_of = np.empty((n, POINTS), np.int64)
    for digit in range(10):
        numbers = [i for i in range(len(ways(digit))) if use is None or use(digit, i)]
        often = np.array([ways(digit)[i][0] for i in numbers])
        mine = np.flatnonzero(labels == digit)
        which = rng.choice(numbers, size=len(mine), p=often / often.sum())
        for number in numbers:
            rows = mine[which == number]
            if len(rows):
                paths[rows], stroke_of[rows] = _write(digit, number, len(rows), rng)
    # Bend, stretch, slant and turn each digit about its middle.
    paths = (cubic_terms(paths) @ random_bends(n, rng, _STRENGTH[labels]) / 2).astype(np.float32)
    return [_record(path, strokes, rng) for path, strokes in zip(paths, stroke_of, strict=True)], labels


def _write(digit, number, n, rng):
    """Pen positions (n, POINTS, 2) along one skeleton, and the stroke that each belongs to (POINTS,)."""
    points, stroke_of, basis, stroke_along = compile_skeleton(ways(digit)[number][1])
    messy = np.exp(_WOBBLE_SPREAD * rng.standard_normal((n, 1, 1), np.float32))
    moved = points + _WOBBLE * messy * rng.standard_normal((n, *points.shape), np.float32)
    strokes = stroke_of[-1] + 1
    if strokes > 1:
        apart = _MISPLACED * messy * rng.standard_normal((n, strokes, 2), np.float32)
        moved += apart[:, stroke_of]
    return basis @ moved, stroke_along


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
    height = 500 * np.exp(rng.uniform(-2.4, -0.2))  # canvas units: 45 to 410
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
    turn = np.zeros(len(length))
    turn[:-1] += np.abs(np.diff(direction))
    turn[1:] += np.abs(np.diff(direction))
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
    if rng.random() < _TICK:
        stroke = np.concatenate([stroke[:1] + _small(rng), stroke])
    if rng.random() < _TICK:
        stroke = np.concatenate([stroke, stroke[-1:] + _small(rng)])
    return stroke


def _small(rng):
    angle = rng.uniform(0, 2 * np.pi)
    return rng.uniform(0.02, 0.08) * np.array([[np.cos(angle), np.sin(angle)]])


def draw_all(drawings, pen_widths):
    """Draw many drawings at once, each as `strokes_to_image` would.

    Parameters
    ----------
    drawings : list of n lists of ndarray of shape (n_i, 2)
    pen_widths : ndarray of shape (n,), pixels

    Returns
    -------
    images : ndarray of shape (n, 28, 28), uint8
    """
    images = np.empty((len(drawings), SIZE, SIZE), np.uint8)
    for first in range(0, len(drawings), 500):
        part = slice(first, first + 500)
        segments = [_fitted(d, width) for d, width in zip(drawings[part], pen_widths[part], strict=True)]
        which = np.repeat(np.arange(len(segments)), [len(s) for s in segments])
        segments = np.concatenate(segments)  # (segments, 2 ends, 2)
        images[part] = centred(segments[:, 0], segments[:, 1], pen_widths[part], which)
    return images


def _fitted(strokes, pen_width):
    parts = fit_into_box(without_specks(strokes), pen_width)
    return np.concatenate([np.stack([p[:-1], p[1:]], axis=1) if len(p) > 1 else p[None].repeat(2, 1)
                           for p in parts])  # fmt: skip


def centred(starts, ends, pen_widths, which):
    """Draw segments that fit into the box, then again with their mass in the middle; uint8 (n, 28, 28)."""
    n = len(pen_widths)
    radius = pen_widths[which] / 2
    first = draw_segments(starts, ends, radius, which, n)
    shift = shift_to_the_middle(first)[which]
    images = draw_segments(starts + shift, ends + shift, radius, which, n)
    return np.rint(255 * images).astype(np.uint8)


def random_pen_widths(n, rng, spread=0.17):
    """Pen widths around the default one, float64 (n,)."""
    return np.clip(PEN_WIDTH * np.exp(spread * rng.standard_normal(n)), 1.4, 4.5)
