"""Silhouettes of clothes drawn from polygons: what `load_fashion_mnist` falls back to without Fashion-MNIST.

No pixel comes from Fashion-MNIST, and the drawings are much simpler than its photographs. Shapes, data types
and labels are the same, and some garments look like another kind, as there: a small convolutional network
reads about 90% of either set, and takes shirts for T-shirts most often.
"""

from functools import partial

import numpy as np

from helpers.synthetic.labels import balanced_labels
from helpers.synthetic.painting import covered, grid, moved, one_each, paint_kinds
from helpers.tables import read_table

SIZE = 28
BLUR = 0.05  # Width of an edge in units of half an image.

_TABLE = read_table("drawings/garments.toml")
GARMENTS, CUT_LIKE = _TABLE["garments"], _TABLE["cut_like"]
"""Outlines of each kind, in the order of the labels, and how often it gets another's; the file explains."""


def make_garments(n, rng):
    """Draw n garments of Fashion-MNIST's ten kinds: images, uint8 (n, 28, 28), and labels, uint8 (n,).

    0 is background, 255 the brightest cloth. The labels are in random order and as equally frequent as n
    allows: T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot.
    """
    labels = balanced_labels(n, len(GARMENTS), rng, "make_garments")
    outlines = [[polygons] for polygons in GARMENTS.values()]
    images = np.empty((n, SIZE, SIZE), np.uint8)
    return paint_kinds(_cuts(labels, rng), outlines, _draw, images, rng, 256), labels


def _cuts(labels, rng):
    """The kind whose outline each garment gets: mostly its own; same shape as `labels`."""
    # Row: what it is; column: what it looks like.
    shares = np.array([[CUT_LIKE[kind].get(other, 0.0) for other in GARMENTS] for kind in GARMENTS])
    shares += np.diag(1 - shares.sum(axis=1))
    # The column in whose part of [0, 1) a random number falls.
    return (rng.random((len(labels), 1)) > shares.cumsum(axis=1)[labels]).sum(axis=1)


def _draw(polygons, n, rng):
    """Draw n garments of one kind: the same polygons, each time cut and dyed a little differently."""
    x, y = _pixels(n, rng)
    cloth, shade = np.zeros((n, SIZE * SIZE), np.float32), _shade(x, y, rng)
    for polygon in polygons:
        sign, *corners = polygon.split()
        # Each garment has its own cut; both sleeves have the same.
        cover = covered("polygon", moved(corners, 0.025, n, rng), x, y, sign[0] == "|", BLUR)
        if sign[-1] == "+":
            cloth = np.maximum(cloth, cover)
        elif sign[-1] == "-":
            cloth *= 1 - cover
        else:
            shade *= 1 - one_each(rng, n, 0.1, 0.7) * cover
    return np.rint(255 * cloth * shade).clip(0, 255).astype(np.uint8).reshape(n, SIZE, SIZE)


def _pixels(n, rng):
    """Coordinates of the pixels in the garment's frame: stretched, turned and moved a little."""
    x, y = grid(SIZE)
    turn = rng.normal(0, 0.04, (n, 1)).astype(np.float32)
    width, height = rng.uniform(0.82, 1.05, (2, n, 1)).astype(np.float32)
    right, down = rng.normal(0, 0.03, (2, n, 1)).astype(np.float32)
    return (x - turn * y - right) / width, (y + turn * x - down) / height


def _shade(x, y, rng):
    """Brightness of the cloth: its colour, light from one side, stripes on some, and the weave."""
    each = partial(one_each, rng, len(x))
    shade = each(0.35, 1.0) * (1 + each(-0.2, 0.2) * x + each(-0.2, 0.2) * y)
    striped = each(0, 1) < 0.25
    direction, phase = each(0, 1), each(0, 6.28)
    stripes = np.sin(each(8, 25) * np.where(direction < 0.5, x, y) + phase)
    shade *= 1 - striped * each(0.1, 0.35) * (stripes > 0)
    return shade * (1 + rng.normal(0, 0.06, x.shape).astype(np.float32))
