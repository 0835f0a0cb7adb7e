"""Silhouettes of clothes drawn from polygons: what `load_fashion_mnist` falls back to without Fashion-MNIST.

No pixel comes from Fashion-MNIST, and the drawings are much simpler than its photographs. Shapes, data types
and labels are the same, and some garments look like another kind, as there: a small convolutional network
reads about 90% of either set, and takes shirts for T-shirts most often.
"""

import numpy as np

from helpers.synthetic.labels import balanced_labels, read_table
from helpers.synthetic.painting import polygon_cover

SIZE = 28
CHUNK = 256  # Garments drawn at a time: their pixels fit into the processor's cache.
BLUR = 0.05  # Width of an edge in units of half an image.

GARMENTS = read_table("drawings/garments.toml")
"""Outlines of each kind, in the order of the labels; the file says how to read them."""

# How often a kind is cut like another one: what 28 x 28 pixels of a shirt without visible buttons leave open.
CUT_LIKE = {
    "T-shirt": {"shirt": 0.11, "dress": 0.02},
    "trouser": {"dress": 0.02},
    "pullover": {"shirt": 0.07, "coat": 0.07},
    "dress": {"shirt": 0.04, "coat": 0.04},
    "coat": {"pullover": 0.07, "shirt": 0.06},
    "sandal": {"sneaker": 0.03},
    "shirt": {"T-shirt": 0.15, "pullover": 0.1, "coat": 0.08, "dress": 0.03},
    "sneaker": {"ankle boot": 0.03, "sandal": 0.01},
    "bag": {"shirt": 0.01},
    "ankle boot": {"sneaker": 0.03},
}


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
    cuts = _cuts(labels, rng)
    for kind, polygons in enumerate(GARMENTS.values()):
        (rows,) = np.nonzero(cuts == kind)
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            images[chunk] = _draw(polygons, len(chunk), rng)
    return images, labels


def _cuts(labels, rng):
    """The kind whose outline each garment gets: mostly its own; same shape as `labels`."""
    kinds = list(GARMENTS)
    shares = np.zeros((len(kinds), len(kinds)))  # row: what it is; column: what it looks like
    for kind, others in CUT_LIKE.items():
        for other, share in others.items():
            shares[kinds.index(kind), kinds.index(other)] = share
    shares += np.diag(1 - shares.sum(axis=1))
    # The column in whose part of [0, 1) a random number falls.
    return (rng.random((len(labels), 1)) > shares.cumsum(axis=1)[labels]).sum(axis=1)


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
        cover = polygon_cover(corners, x, y, BLUR)
        if sign.startswith("|"):
            cover = np.maximum(cover, polygon_cover(corners, -x, y, BLUR))
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
