"""Silhouettes of clothes drawn from polygons: what `load_fashion_mnist` falls back to without Fashion-MNIST.

No pixel comes from Fashion-MNIST, and the drawings are much simpler than its photographs. Shapes, data types
and labels are the same, so that chapters read the same; accuracies are not.
"""

import numpy as np

from helpers.synthetic.labels import balanced_labels

SIZE = 28
CHUNK = 256  # Garments drawn at a time: their pixels fit into the processor's cache.
BLUR = 0.05  # Width of an edge in units of half an image.

# Convex polygons, "x,y" in per cent of half an image from its centre, y downwards, corners clockwise. The
# first sign says what a polygon does: "+" cloth, "-" cut away, ":" a seam (darker). "|" before it: on both
# sides.
_TORSO = "+ -42,-75 42,-75 46,85 -46,85"
_NECK = "- -16,-90 16,-90 8,-62 -8,-62"
_LONG_SLEEVE = "|+ 30,-75 55,-68 82,70 62,78 38,-30"
_SHIRT_SLEEVE = "|+ 30,-75 56,-66 76,40 56,46 38,-30"
GARMENTS = [
    ["T-shirt", _TORSO, "|+ 30,-75 52,-70 86,-28 66,-8 38,-30", _NECK],
    ["trouser", "+ -34,-92 34,-92 36,-40 -36,-40", "|+ 2,-50 36,-50 30,94 10,94",
     "- -2,-30 2,-30 8,96 -8,96"],
    ["pullover", _TORSO, _LONG_SLEEVE, "- -12,-90 12,-90 6,-68 -6,-68"],
    ["dress", "+ -20,-94 20,-94 18,-30 -18,-30", "+ -18,-34 18,-34 46,95 -46,95",
     "- -10,-98 10,-98 4,-78 -4,-78"],
    ["coat", "+ -42,-82 42,-82 50,95 -50,95", _LONG_SLEEVE, ": -4,-70 4,-70 4,95 -4,95",
     "|: 4,-88 18,-88 10,-40 2,-55"],
    ["sandal", "+ -92,32 92,40 92,54 -92,50", "+ -92,12 -70,12 -62,36 -92,40", "+ 10,-14 24,-14 78,42 62,42",
     "+ -88,-34 -76,-34 -62,36 -76,36", "+ -70,0 30,-22 34,-10 -66,14"],
    ["shirt", _TORSO, _SHIRT_SLEEVE, ": -2,-65 2,-65 2,85 -2,85", "|: 2,-80 20,-76 12,-52 2,-62",
     ": 14,-30 32,-30 32,-10 14,-10"],
    ["sneaker", "+ -92,-8 -70,-22 -20,-16 -20,46 -92,46", "+ -34,-18 -10,-20 88,20 94,46 -34,46",
     ": -94,34 95,34 95,50 -94,50", ": -14,-12 8,-10 32,14 8,16"],
    ["bag", "+ -78,-20 78,-20 86,82 -86,82", "+ -42,-68 42,-68 58,-16 -58,-16",
     "- -32,-58 32,-58 44,-22 -44,-22",
     ": -80,6 80,6 80,14 -80,14"],
    ["ankle boot", "+ -62,-90 8,-90 8,50 -62,50", "+ -40,-12 8,-16 88,28 92,54 -40,54",
     ": -64,46 92,46 92,60 -64,60", "+ -64,50 -30,50 -32,76 -64,76"],
]  # fmt: skip


def make_garments(n, rng):
    """Draw garments of Fashion-MNIST's ten kinds.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    images : ndarray of shape (n, 28, 28), uint8
        0 is background, 255 the brightest cloth.
    labels : ndarray of shape (n,), uint8
        0 to 9 in random order, as equally often as n allows: T-shirt, trouser, pullover, dress, coat, sandal,
        shirt, sneaker, bag, ankle boot.

    Raises
    ------
    TypeError, ValueError
        If n is no whole number from 0 up, or rng is no numpy.random.Generator.
    """
    labels = balanced_labels(n, len(GARMENTS), rng, "make_garments")
    images = np.empty((n, SIZE, SIZE), np.uint8)
    for kind, (_, *polygons) in enumerate(GARMENTS):
        (rows,) = np.nonzero(labels == kind)
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            images[chunk] = _draw(polygons, len(chunk), rng)
    return images, labels


def _draw(polygons, n, rng):
    """Draw n garments of one kind: the same polygons, each time cut and dyed a little differently."""
    x, y = _pixels(n, rng)
    cloth = np.zeros((n, SIZE * SIZE), np.float32)
    shade = _shade(x, y, rng)
    for polygon in polygons:
        sign, *corners = polygon.split()
        corners = np.array([corner.split(",") for corner in corners], np.float32) / 100
        # Each garment has its own cut; both sleeves have the same.
        corners = corners + rng.normal(0, 0.025, (n, *corners.shape)).astype(np.float32)
        cover = _cover(corners, x, y)
        if sign.startswith("|"):
            cover = np.maximum(cover, _cover(corners, -x, y))
        if sign.endswith("+"):
            cloth = np.maximum(cloth, cover)
        elif sign.endswith("-"):
            cloth *= 1 - cover
        else:
            shade *= 1 - rng.uniform(0.1, 0.7, (n, 1)).astype(np.float32) * cover
    return np.rint(255 * cloth * shade).clip(0, 255).astype(np.uint8).reshape(n, SIZE, SIZE)


def _pixels(n, rng):
    """Coordinates of the pixels in the garment's frame: stretched, turned and moved a little."""
    grid = (np.arange(SIZE, dtype=np.float32) - (SIZE - 1) / 2) / (SIZE / 2)
    y, x = (axis.reshape(1, -1) for axis in np.meshgrid(grid, grid, indexing="ij"))
    turn = rng.normal(0, 0.04, (n, 1)).astype(np.float32)
    width, height = rng.uniform(0.82, 1.05, (2, n, 1)).astype(np.float32)
    right, down = rng.normal(0, 0.03, (2, n, 1)).astype(np.float32)
    return (x - turn * y - right) / width, (y + turn * x - down) / height


def _shade(x, y, rng):
    """Brightness of the cloth: its colour, light from one side, stripes on some, and the weave."""
    n = len(x)

    def one_each(low, high):
        return rng.uniform(low, high, (n, 1)).astype(np.float32)

    shade = one_each(0.35, 1.0) * (1 + one_each(-0.2, 0.2) * x + one_each(-0.2, 0.2) * y)
    striped = one_each(0, 1) < 0.25
    direction, phase = one_each(0, 1), one_each(0, 6.28)
    stripes = np.sin(one_each(8, 25) * np.where(direction < 0.5, x, y) + phase)
    shade *= 1 - striped * one_each(0.1, 0.35) * (stripes > 0)
    return shade * (1 + rng.normal(0, 0.06, x.shape).astype(np.float32))


def _cover(corners, x, y):
    """How much of each pixel lies in a convex polygon, from 0 to 1.

    Parameters
    ----------
    corners : ndarray of shape (n, corners, 2)
    x, y : ndarray of shape (n, pixels)

    Returns
    -------
    cover : ndarray of shape (n, pixels)
    """
    edges = np.roll(corners, -1, axis=1) - corners
    edges /= np.linalg.norm(edges, axis=2, keepdims=True)
    inside = np.full_like(x, np.inf)
    for i in range(corners.shape[1]):
        (px, py), (ex, ey) = (
            corners[:, i, :, None].transpose(1, 0, 2),
            edges[:, i, :, None].transpose(1, 0, 2),
        )
        # Distance from the edge's line; positive on the side where the polygon is.
        np.minimum(inside, ex * (y - py) - ey * (x - px), out=inside)
    return np.clip(0.5 + inside / BLUR, 0, 1)
