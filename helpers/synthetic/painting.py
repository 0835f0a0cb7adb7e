"""Small colour pictures painted from polygons, ellipses and lines: what the objects and the hands share."""

import numpy as np

SIZE = 32
CHUNK = 128  # Pictures painted at a time: their pixels fit into the processor's cache.
BLUR = 0.07  # Width of an edge in units of half a picture.


def paint(parts, background, colours, view, rng):
    """Paint one drawing on several backgrounds, each time placed, cut and coloured a little differently.

    Parameters
    ----------
    parts : list of str
        As the head of `data/drawings/objects.toml` says.
    background : ndarray of shape (3, n, 1024), float32 in [0, 1]
    colours : dict of str to ndarray of shape (3, n, 1), float32
        By the letters with which parts begin.
    view : dict
        `size`, the smallest and the largest scale; `turn` (radians) and `move` (half pictures), standard
        deviations; `cut`, that of every corner; `mirror`, whether every other one is mirrored.
    rng : numpy.random.Generator

    Returns
    -------
    pictures : ndarray of shape (3, n, 1024), float32
    """
    picture, n = background, background.shape[1]
    x, y = _pixels(n, view, rng)
    light = 1 + _one_each(rng, -0.35, 0.35, n) * x + _one_each(rng, -0.4, 0.1, n) * y
    for part in parts:
        kind, *words = part.split()
        form = words.pop(0) if words[0] in "ol" else "polygon"
        points = np.stack([np.resize(np.float32(word.split(",")) / 100, 2) for word in words])
        points = points + rng.normal(0, view["cut"], (n, len(points), 2)).astype(np.float32)
        cover = _COVERS[form](points, x, y)
        if kind.startswith("|"):
            cover = np.maximum(cover, _COVERS[form](points, -x, y))
        colour = colours[kind[-1]] * (light if kind[-1] in "bs" else 1)
        picture = picture + cover * (colour - picture)
    return picture


def backgrounds(tops, bottoms, horizons, things, rng):
    """Two areas of colour that meet at a horizon, with soft patches and some things in the distance.

    Parameters
    ----------
    tops, bottoms : ndarray of shape (3, n, 1), float32
    horizons : ndarray of shape (n, 1), float32
        In half pictures, downwards from the middle; beyond 1 there is none.
    things : int
    rng : numpy.random.Generator

    Returns
    -------
    pictures : ndarray of shape (3, n, 1024), float32
    """
    n = tops.shape[1]
    x, y = _grid()
    below = np.clip(0.5 + (y - horizons - 0.1 * _one_each(rng, -1, 1, n) * x) / 0.12, 0, 1)
    picture = tops + below * (bottoms - tops)
    coarse = rng.normal(0, 0.07, (n, 5, 5)).astype(np.float32)
    picture = picture + np.einsum("ai,nij,bj->nab", _SOFTENING, coarse, _SOFTENING).reshape(n, -1)
    for _ in range(things):
        points = np.stack([rng.uniform(-1, 1, (n, 2)), rng.uniform(0.1, 0.45, (n, 2))], axis=1)
        colour = picture.mean(axis=2, keepdims=True) + rng.normal(0, 0.16, (3, n, 1))
        picture = picture + _ellipse(points.astype(np.float32), x, y) * (colour - picture)
    return picture.astype(np.float32)


def finish(pictures, soft, contrast, noise, rng):
    """Take the photographs.

    Parameters
    ----------
    pictures : ndarray of shape (3, n, 1024), float32
        0 to 1.
    soft : float
        The most that the two neighbours of a pixel, along each axis, may count; 1/3 is a mean of three.
    contrast : (float, float)
        The smallest and the largest.
    noise : float
        The largest standard deviation, where white is 1.
    rng : numpy.random.Generator

    Returns
    -------
    images : ndarray of shape (n, 32, 32, 3), uint8
    """
    n = pictures.shape[1]
    square = pictures.reshape(3, n, SIZE, SIZE)
    for axis in (2, 3):
        share = _one_each(rng, 0, soft, n)[:, :, None]
        square = square + share * (np.roll(square, 1, axis) + np.roll(square, -1, axis) - 2 * square)
    middle = 0.5 + _one_each(rng, -0.12, 0.12, n)
    exposed = middle + _one_each(rng, *contrast, n) * (square.reshape(3, n, -1) - 0.5)
    noisy = exposed + rng.normal(0, 1, exposed.shape) * _one_each(rng, 0.2 * noise, noise, n)
    return np.rint(255 * noisy).clip(0, 255).astype(np.uint8).transpose(1, 2, 0).reshape(n, SIZE, SIZE, 3)


def tinted(codes, spread, rng):
    """Colours around given ones.

    Parameters
    ----------
    codes : list of str
        Six hexadecimal digits each.
    spread : float
        Standard deviation, of the brightness and half as much of each channel.

    Returns
    -------
    colours : ndarray of shape (3, n, 1), float32
    """
    known = np.array([[int(code[i : i + 2], 16) for code in codes] for i in (0, 2, 4)]) / 255
    n = len(codes)
    moved = known + rng.normal(0, spread, (1, n)) + rng.normal(0, spread / 2, (3, n))
    return moved.clip(0, 1).astype(np.float32)[..., None]


def polygon_cover(corners, x, y, blur=BLUR):
    """How much of each pixel lies in a convex polygon, from 0 to 1.

    Parameters
    ----------
    corners : ndarray of shape (n, corners, 2)
        Clockwise, y downwards; otherwise nothing lies inside.
    x, y : ndarray of shape (n, pixels)
    blur : float
        Width of the edge.

    Returns
    -------
    cover : ndarray of shape (n, pixels)
    """
    edges = np.roll(corners, -1, axis=1) - corners
    edges /= np.linalg.norm(edges, axis=2, keepdims=True)
    inside = np.full_like(x, np.inf)
    for i in range(corners.shape[1]):
        (px, py), (ex, ey) = (part[:, i, :, None].transpose(1, 0, 2) for part in (corners, edges))
        # Distance from the edge's line; positive on the side where the polygon is.
        np.minimum(inside, ex * (y - py) - ey * (x - px), out=inside)
    return np.clip(0.5 + inside / blur, 0, 1)


def _ellipse(points, x, y):
    (cx, cy), (rx, ry) = points.transpose(1, 2, 0)[..., None]
    rx, ry = np.maximum(rx, 0.02), np.maximum(ry, 0.02)
    distance = np.sqrt(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2)
    return np.clip(0.5 + (1 - distance) * np.minimum(rx, ry) / BLUR, 0, 1)


def _line(points, x, y):
    (ax, ay), (bx, by), (width, _) = points.transpose(1, 2, 0)[..., None]
    dx, dy = bx - ax, by - ay
    along = np.clip(((x - ax) * dx + (y - ay) * dy) / np.maximum(dx * dx + dy * dy, 1e-6), 0, 1)
    distance = np.hypot(x - ax - along * dx, y - ay - along * dy)
    return np.clip(0.5 + (np.maximum(width, 0.012) - distance) / BLUR, 0, 1)


_COVERS = {"polygon": polygon_cover, "o": _ellipse, "l": _line}
# Weights that turn five values in a row into 32 soft ones.
_SOFTENING = np.maximum(0, 1 - abs(np.linspace(0, 4, SIZE)[:, None] - np.arange(5))).astype(np.float32)


def _one_each(rng, low, high, n):
    return rng.uniform(low, high, (n, 1)).astype(np.float32)


def _grid():
    axis = (np.arange(SIZE, dtype=np.float32) - (SIZE - 1) / 2) / (SIZE / 2)
    y, x = (part.reshape(1, -1) for part in np.meshgrid(axis, axis, indexing="ij"))
    return x, y


def _pixels(n, view, rng):
    """Coordinates of the pixels in the object's frame; two arrays of shape (n, 1024)."""
    x, y = _grid()
    turn = rng.normal(0, view["turn"], (n, 1)).astype(np.float32)
    right, down = rng.normal(0, view["move"], (2, n, 1)).astype(np.float32)
    scale = _one_each(rng, *view["size"], n)
    side = rng.choice([-1, 1], (n, 1)) if view["mirror"] else 1
    x, y = x - right, y - down
    x, y = np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y
    # Nothing is seen quite from the side.
    width = side * scale * _one_each(rng, 0.8, 1.1, n)
    return (x / width).astype(np.float32), (y / scale).astype(np.float32)
