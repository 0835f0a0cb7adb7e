"""Handwritten digits drawn from stroke skeletons: what `load_mnist` falls back to without MNIST.

No pixel comes from MNIST. Every digit has several skeletons, one for each way of writing it; an image
is a skeleton whose points were moved, slanted, turned, stretched and bent, drawn with a round pen and
then prepared as MNIST's images were: fitted into 20 x 20 pixels keeping its aspect, centre of mass in
the middle of 28 x 28 (Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to
document recognition", 1998).
"""

import functools
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from helpers.synthetic.labels import balanced_labels
from helpers.tables import read_table

SIZE, BOX = 28, 20  # pixels: an image, and the digit's longer side, as in MNIST
POINTS = 64  # pen positions per digit
BLOCK = 5_000  # digits prepared at a time: bounds the memory
CHUNK = 32  # digits drawn at a time: the distances fit into the processor's cache

_TABLE = read_table("drawings/digits.toml")
# Ways to write each digit: (how often, strokes), in the notation that the file explains; and without how
# often those more that only a pen on a tablet is drawn with.
SKELETONS, MORE_SKELETONS = (
    {int(digit): ways for digit, ways in _TABLE[which].items()} for which in ("skeletons", "more")
)
# How digits 0 to 9 differ, (10,), and how far all may be bent, (7, 2); the file explains these, too.
WIDTH, LEAN, PEN, BEND = (np.array(_TABLE[name], np.float32) for name in ("width", "lean", "pen", "bend"))
# Spread (standard deviation) of what differs from writer to writer.
WOBBLE = 0.04  # points of the skeleton, in heights
WOBBLE_SPREAD = 0.4  # some writers wobble more (log)
STROKE = 0.03  # strokes against each other, in heights
STRETCH = 0.18  # log of width to height
SLANT = 0.25
TURN = 0.1  # radians
PEN_SPREAD = 0.3  # log
PRESSURE = 0.12  # log of the pen radius along a stroke
EDGE_SPREAD = 0.15  # log
EDGE = 1.1  # pixels from paper to ink
# What is as hard to read as MNIST: all spreads smaller by a factor, how often each way is used raised to a
# power, and MNIST's shares of the digits (of its 60,000 training images, by Y. LeCun's page).
CALM = 0.82
CUSTOM = 2
SHARES = np.array([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]) / 60_000


def read_skeleton(strokes: str) -> tuple[np.ndarray, np.ndarray, list[list[int]]]:
    """Read the notation of a skeleton: its points (c, 2), float64, one unit high, the stroke of each point
    (c,), and its smooth curves as places of points; at a corner one curve ends and another one begins.
    """
    points, stroke_of, curves = [], [], []
    for number, stroke in enumerate(strokes.split("/")):
        curves.append([])
        for word in stroke.split():
            curves[-1].append(len(points))
            points.append([float(part) / 100 for part in word.rstrip("!").split(",")])
            stroke_of.append(number)
            if word.endswith("!"):
                curves.append(curves[-1][-1:])
    return np.array(points), np.array(stroke_of), curves


@functools.cache
def compile_skeleton(strokes: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Compile a skeleton: its points (c, 2), the stroke of each point (c,), the matrix (POINTS, c) that turns
    points into equally spaced pen positions on the smooth curves through them, and each position's stroke.
    """
    from scipy.interpolate import CubicSpline  # takes a moment to load

    points, stroke_of, pieces = read_skeleton(strokes)

    def lengths(path, power=1.0):
        steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
        return np.concatenate([[0], np.cumsum(steps**power)])

    curves = []
    for piece in pieces:
        knots = lengths(points[piece], 0.75)
        curve = CubicSpline(knots, np.eye(len(piece)), bc_type="natural")
        fine = curve(np.linspace(0, knots[-1], 400))  # (400, points of the piece)
        curves.append((piece, fine, lengths(fine @ points[piece])))

    ends = np.cumsum([length[-1] for _, _, length in curves])
    stops = np.rint(POINTS * ends / ends[-1]).astype(int)
    basis = np.zeros((POINTS, len(points)))
    for (piece, fine, length), (start, stop) in zip(curves, pairwise([0, *stops]), strict=True):
        positions = np.searchsorted(length, np.linspace(0, length[-1], stop - start))
        basis[start:stop, piece] = fine[positions]
    basis = basis.astype(np.float32)
    return points.astype(np.float32), stroke_of, basis, stroke_of[np.abs(basis).argmax(axis=1)]


def written(labels, rng, ways, wobble, wobble_spread, apart, messy_strokes=False):
    """Write digits: pen positions, float32 (n, POINTS, 2), one unit high, and their strokes (n, POINTS).

    For each digit, `ways` are pairs of how often, and a skeleton. The spreads are those of WOBBLE,
    WOBBLE_SPREAD and STROKE; with `messy_strokes`, who wobbles more also misplaces strokes more.
    """
    paths = np.empty((len(labels), POINTS, 2), np.float32)
    strokes = np.empty((len(labels), POINTS), np.int64)
    for digit, skeletons in enumerate(ways):
        often = np.array([often for often, _ in skeletons])
        mine = np.flatnonzero(labels == digit)
        which = rng.choice(len(often), size=len(mine), p=often / often.sum())
        for number, (_, skeleton) in enumerate(skeletons):
            points, stroke_of, basis, stroke_along = compile_skeleton(skeleton)
            rows = mine[which == number]
            messy = np.exp(wobble_spread * rng.standard_normal((len(rows), 1, 1), np.float32))
            moved = points + wobble * messy * rng.standard_normal((len(rows), *points.shape), np.float32)
            if stroke_of[-1] > 0:
                shift = rng.standard_normal((len(rows), stroke_of[-1] + 1, 2), np.float32)
                moved += (apart * (messy if messy_strokes else 1) * shift)[:, stroke_of]
            paths[rows], strokes[rows] = basis @ moved, stroke_along
    return paths, strokes


def _deform(paths: np.ndarray, labels: np.ndarray, rng: np.random.Generator, spread: float) -> np.ndarray:
    """Bend, stretch, slant and turn each digit about its middle; same shape as `paths`."""
    n = len(paths)
    bend = bends(n, rng, spread)
    stretch = WIDTH[labels] * np.exp(spread * STRETCH * rng.standard_normal(n, np.float32))
    slant = LEAN[labels] + spread * SLANT * rng.standard_normal(n, np.float32)
    turn = spread * TURN * rng.standard_normal(n, np.float32)
    return cubic_terms(about_middle(paths)) @ (bend @ affine(stretch, slant, turn))


def about_middle(paths: np.ndarray) -> np.ndarray:
    """Paths (n, points, 2) about their middles and twice as large: one unit of height becomes -1 to 1."""
    return 2 * paths - paths.max(1, keepdims=True) - paths.min(1, keepdims=True)


def cubic_terms(places: np.ndarray) -> np.ndarray:
    """(x, y, x^2, xy, y^2, x^3, y^3) of places (..., 2), which are x and y: (..., 7)."""
    x, y = np.moveaxis(places, -1, 0)
    return np.stack([x, y, x * x, x * y, y * y, x * x * x, y * y * y], axis=-1)


def bends(n: int, rng: np.random.Generator, strength: float | np.ndarray = 1.0) -> np.ndarray:
    """Random matrices (n, 7, 2) that take the terms of `cubic_terms` to a place nearby."""
    bend = strength * BEND * rng.standard_normal((n, *BEND.shape), np.float32)
    bend[:, (0, 1), (0, 1)] += 1
    return bend


def affine(stretch: np.ndarray, slant: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Matrices (n, 2, 2), whose rows say where x and y go: made wider, leaning to the right, and turned."""
    cos, sin = np.cos(angle), np.sin(angle)
    rows = [[cos * stretch, sin * stretch], [-sin - slant * cos, cos - slant * sin]]
    return np.moveaxis(np.array(rows), 2, 0)


def _pen(labels: np.ndarray, rng: np.random.Generator, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """The pen's radius (n, POINTS), which swells and shrinks along the path, and its edge (n,)."""
    n = len(labels)
    thick = np.exp(spread * PEN_SPREAD * rng.standard_normal(n, np.float32))
    radius = np.clip(PEN[labels] * thick, 0.7, 2.8)
    along = np.linspace(0, np.pi, POINTS, dtype=np.float32) * np.arange(1, 4, dtype=np.float32)[:, None]
    pressure = np.exp(spread * PRESSURE * (rng.standard_normal((n, 3), np.float32) @ np.cos(along)))
    edge = EDGE * np.exp(spread * EDGE_SPREAD * rng.standard_normal(n, np.float32))
    return radius[:, None] * pressure, edge


def _draw(paths: np.ndarray, pen: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Draw pen positions as MNIST prepared its images: uint8 (n, 28, 28).

    All are float32. The paths (n, POINTS, 2) have any unit; in pixels are the pen's radius (n, POINTS) and
    the edge (n,), over which the ink fades out.
    """
    n = len(paths)
    low, high = paths.min(1), paths.max(1)  # (n, 2)
    radius = pen.mean(1)
    scale = (BOX - 2 * radius) / (high - low).max(1)
    paths = (paths - ((low + high) / 2)[:, None]) * scale[:, None, None]

    rows, columns = (np.mgrid[:BOX, :BOX].reshape(2, -1) - (BOX - 1) / 2).astype(np.float32)
    # Squared distance = |position|^2 - 2 position . pixel + |pixel|^2: one matrix product, and the last
    # term can wait until the nearest position is found. A thicker pen is as a position that is nearer.
    pixels = np.stack([columns, rows, np.ones_like(rows)])  # (3, 400)
    nearer = radius[:, None] ** 2 - pen**2
    positions = np.concatenate([-2 * paths, ((paths**2).sum(2) + nearer)[:, :, None]], axis=2)
    square = np.empty((n, BOX * BOX), np.float32)
    for first in range(0, n, CHUNK):
        part = positions[first : first + CHUNK]
        distances = (part.reshape(-1, 3) @ pixels).reshape(len(part), POINTS, -1)
        distances.min(axis=1, out=square[first : first + CHUNK])
    distance = np.sqrt(np.maximum(square + rows**2 + columns**2, 0))
    cover = np.clip((radius[:, None] - distance) / edge[:, None] + 0.5, 0, 1)

    mass = cover.sum(1)
    corner = [np.rint(SIZE / 2 - (BOX - 1) / 2 - cover @ axis / mass) for axis in (rows, columns)]
    top, left = np.clip(corner, 0, SIZE - BOX).astype(np.int64)
    images = np.zeros((n, SIZE, SIZE), np.uint8)
    boxes = sliding_window_view(images, (BOX, BOX), axis=(1, 2), writeable=True)
    boxes[np.arange(n), top, left] = np.rint(255 * cover).reshape(n, BOX, BOX)
    return images


def make_digits(n: int, rng: np.random.Generator, like_mnist: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Draw n handwritten digits that look like MNIST's.

    Parameters
    ----------
    like_mnist : bool
        False: in all the ways in which people write, so that what learns from them reads strangers' digits
        too. True: as hard to read as MNIST's and each digit about as often, so that what is known about
        MNIST holds (softmax reads 92%, a small convolutional network 99%).

    Returns
    -------
    images : ndarray of shape (n, 28, 28), uint8, 0 is paper and 255 ink
    labels : ndarray of shape (n,), uint8
        0 to 9 in random order; each as often as the others (within one), or by MNIST's shares.
    """
    labels = balanced_labels(n, 10, rng, "make_digits")
    if like_mnist:
        labels = rng.choice(10, n, p=SHARES).astype(np.uint8)
    spread, custom = (CALM, CUSTOM) if like_mnist else (1.0, 1)
    ways = [[(often**custom, skeleton) for often, skeleton in SKELETONS[digit]] for digit in range(10)]
    spreads = spread * WOBBLE, spread * WOBBLE_SPREAD, spread * STROKE
    images = np.empty((n, SIZE, SIZE), np.uint8)
    for first in range(0, n, BLOCK):
        block = labels[first : first + BLOCK]
        paths = _deform(written(block, rng, ways, *spreads)[0], block, rng, spread)
        images[first : first + BLOCK] = _draw(paths, *_pen(block, rng, spread))
    return images, labels
