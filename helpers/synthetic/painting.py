"""Small pictures painted from polygons, ellipses and lines: what objects, hands and garments share.

Lengths are in units of half a picture, from its middle, x to the right and y downwards. Many pictures are
painted at a time, float32 (3, n, 1024) in [0, 1]: colours, pictures, pixels.
"""

import numpy as np

SIZE = 32
BLUR = 0.07  # Width of an edge.


def paint_kinds(labels, kinds, paint, pictures, rng, at_a_time=128):
    """Fill pictures, uint8 (n, …), by their labels, which are in random order; a kind's drawings share them.

    `paint(drawing, k, rng)` paints k of them, no more at a time than the processor's cache can hold.
    """
    for label, drawings in enumerate(kinds):
        shares = np.array_split(np.flatnonzero(labels == label), len(drawings))
        for drawing, rows in zip(drawings, shares, strict=True):
            for start in range(0, len(rows), at_a_time):
                chunk = rows[start : start + at_a_time]
                pictures[chunk] = paint(drawing, len(chunk), rng)
    return pictures


def paint(parts, background, colours, view, rng):
    """Paint a drawing on n backgrounds, each time placed, cut and coloured a little differently.

    `parts` are texts, explained at the head of `data/drawings/objects.toml`; `colours` are float32 (3, n, 1)
    in [0, 1] by the letters of parts. `view` has the least and the largest scale (`size`), the standard
    deviations of the angle in radians (`turn`), of the place (`move`) and of each corner (`cut`), and whether
    every other picture is mirrored (`mirror`).
    """
    picture, n = background, background.shape[1]
    x, y = _pixels(n, view, rng)
    light = 1 + one_each(rng, n, -0.35, 0.35) * x + one_each(rng, n, -0.4, 0.1) * y
    for part in parts:
        kind, *words = part.split()
        form = words.pop(0) if words[0] in "ol" else "polygon"
        cover = covered(form, moved(words, view["cut"], n, rng), x, y, both_sides=kind[0] == "|")
        colour = colours[kind[-1]] * (light if kind[-1] in "bs" else 1)
        picture = picture + cover * (colour - picture)
    return picture


def backgrounds(tops, bottoms, horizons, things, rng):
    """Pictures of two areas of colour, with soft patches and some things in the distance.

    The colours are float32 (3, n, 1); they meet at the horizons (n, 1), beyond 1 there is none.
    """
    n = tops.shape[1]
    x, y = grid(SIZE)
    below = np.clip(0.5 + (y - horizons - 0.1 * one_each(rng, n, -1, 1) * x) / 0.12, 0, 1)
    picture = tops + below * (bottoms - tops)
    coarse = rng.normal(0, 0.07, (n, 5, 5)).astype(np.float32)
    picture = picture + np.einsum("ai,nij,bj->nab", _SOFTENING, coarse, _SOFTENING).reshape(n, -1)
    for _ in range(things):
        points = np.stack([rng.uniform(-1, 1, (n, 2)), rng.uniform(0.1, 0.45, (n, 2))], axis=1)
        colour = picture.mean(axis=2, keepdims=True) + rng.normal(0, 0.16, (3, n, 1))
        picture = picture + covered("o", points.astype(np.float32), x, y) * (colour - picture)
    return picture.astype(np.float32)


# Weights that turn five values in a row into 32 soft ones.
_SOFTENING = np.maximum(0, 1 - abs(np.linspace(0, 4, SIZE)[:, None] - np.arange(5))).astype(np.float32)


def finish(pictures, soft, contrast, noise, rng):
    """Take photographs of pictures, uint8 (n, 32, 32, 3).

    `soft` is the most that a pixel's two neighbours, along each axis, may count (1/3 is a mean of three),
    `contrast` the smallest and the largest, and `noise` the largest standard deviation, where white is 1.
    """
    n = pictures.shape[1]
    square = pictures.reshape(3, n, SIZE, SIZE)
    for axis in (2, 3):
        share = one_each(rng, n, 0, soft)[:, :, None]
        square = square + share * (np.roll(square, 1, axis) + np.roll(square, -1, axis) - 2 * square)
    middle = 0.5 + one_each(rng, n, -0.12, 0.12)
    exposed = middle + one_each(rng, n, *contrast) * (square.reshape(3, n, -1) - 0.5)
    noisy = exposed + rng.normal(0, 1, exposed.shape) * one_each(rng, n, 0.2 * noise, noise)
    return np.rint(255 * noisy).clip(0, 255).astype(np.uint8).transpose(1, 2, 0).reshape(n, SIZE, SIZE, 3)


def tinted(codes, spread, rng):
    """Colours, float32 (3, n, 1), around those that n codes such as "c9c8cc" mean.

    `spread` is the standard deviation of the brightness, half of it that of each channel.
    """
    known = np.array([[int(code[i : i + 2], 16) for code in codes] for i in (0, 2, 4)]) / 255
    n = len(codes)
    changed = known + rng.normal(0, spread, (1, n)) + rng.normal(0, spread / 2, (3, n))
    return changed.clip(0, 1).astype(np.float32)[..., None]


def moved(words, spread, n, rng):
    """Points, float32 (n, points, 2), from texts "x,y" in per cent; each moved a little in each picture."""
    points = np.stack([np.resize(np.float32(word.split(",")) / 100, 2) for word in words])
    return points + rng.normal(0, spread, (n, *points.shape)).astype(np.float32)


def covered(form, points, x, y, both_sides=False, blur=BLUR):
    """How much of each pixel at x, y (n, pixels) a form covers: float (n, pixels) in [0, 1].

    Points (n, k, 2) are the corners of a convex "polygon", clockwise (otherwise nothing lies inside), centre
    and radii of an ellipse, "o", or both ends of a line, "l", and half its width.
    """
    inside = _INSIDE[form]
    cover = np.clip(0.5 + inside(points, x, y) / blur, 0, 1)
    return np.maximum(cover, np.clip(0.5 + inside(points, -x, y) / blur, 0, 1)) if both_sides else cover


def _in_polygon(corners, x, y):
    """How far inside of the nearest edge each pixel is."""
    edges = np.roll(corners, -1, axis=1) - corners
    edges /= np.linalg.norm(edges, axis=2, keepdims=True)
    inside = np.full_like(x, np.inf)
    for i in range(corners.shape[1]):
        (px, py), (ex, ey) = (part[:, i, :, None].transpose(1, 0, 2) for part in (corners, edges))
        # Distance from the edge's line; positive on the side where the polygon is.
        np.minimum(inside, ex * (y - py) - ey * (x - px), out=inside)
    return inside


def _in_ellipse(points, x, y):
    (cx, cy), (rx, ry) = points.transpose(1, 2, 0)[..., None]
    rx, ry = np.maximum(rx, 0.02), np.maximum(ry, 0.02)
    return (1 - np.sqrt(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2)) * np.minimum(rx, ry)


def _in_line(points, x, y):
    (ax, ay), (bx, by), (width, _) = points.transpose(1, 2, 0)[..., None]
    dx, dy = bx - ax, by - ay
    along = np.clip(((x - ax) * dx + (y - ay) * dy) / np.maximum(dx * dx + dy * dy, 1e-6), 0, 1)
    return np.maximum(width, 0.012) - np.hypot(x - ax - along * dx, y - ay - along * dy)


_INSIDE = {"polygon": _in_polygon, "o": _in_ellipse, "l": _in_line}


def one_each(rng, n, low, high):
    """A number for each of n pictures, float32 (n, 1)."""
    return rng.uniform(low, high, (n, 1)).astype(np.float32)


def grid(size):
    """Coordinates of the pixels of a picture: x and y, float32 (1, size * size)."""
    axis = (np.arange(size, dtype=np.float32) - (size - 1) / 2) / (size / 2)
    y, x = (part.reshape(1, -1) for part in np.meshgrid(axis, axis, indexing="ij"))
    return x, y


def _pixels(n, view, rng):
    """Coordinates of the pixels in the object's frame: x and y, float32 (n, 1024)."""
    x, y = grid(SIZE)
    turn = rng.normal(0, view["turn"], (n, 1)).astype(np.float32)
    right, down = rng.normal(0, view["move"], (2, n, 1)).astype(np.float32)
    scale = one_each(rng, n, *view["size"])
    side = rng.choice([-1, 1], (n, 1)) if view["mirror"] else 1
    x, y = x - right, y - down
    x, y = np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y
    # Nothing is seen quite from the side.
    width = side * scale * one_each(rng, n, 0.8, 1.1)
    return (x / width).astype(np.float32), (y / scale).astype(np.float32)
