"""From pen strokes on a canvas to an image as MNIST's were prepared.

MNIST's digits were fitted into a box of 20 x 20 pixels keeping their proportions, then placed into
28 x 28 so that their centre of mass lies in the middle (Y. LeCun, L. Bottou, Y. Bengio, P. Haffner,
"Gradient-based learning applied to document recognition", 1998). Strokes that were written small, large
or off-centre come out alike; a network that learned from MNIST has never seen anything else.
"""

import numpy as np

SIZE = 28  # pixels
BOX = 20  # pixels: the longer side of a digit, its ink included
MIDDLE = 14.0  # centre of mass in MNIST, as a row or column number
PEN_WIDTH = 2.6  # pixels: thickness at which drawn digits hold as much ink as MNIST's

_SPECK = 0.04  # of the drawing's longer side: a stroke this small, and apart, is a slip of the pen
_APART = 0.08
_AT_A_TIME = 4_096  # pieces of a stroke drawn at a time: bounds the memory


def strokes_to_image(strokes, pen_width=None, *, centre=True, canvas_size=None):
    """Draw pen strokes as an image like MNIST's.

    Parameters
    ----------
    strokes : sequence of array_like of shape (n_i, 2)
        Points of each stroke in canvas units, x to the right and y down; they may lie outside the canvas.
        Straight lines join consecutive points, a single point is a dot. What is no stroke is a TypeError or
        a ValueError.
    pen_width : float, optional
        Thickness of the line in pixels of the image, 0.1 to 28; 2.6 by default, which is about MNIST's.
    centre : bool
        Fit the drawing into 20 x 20 pixels and put its centre of mass in the middle, as MNIST's preparation
        did. A tiny stroke far from all others (a slip of the pen) is left out: it would decide how large the
        digit comes out. With False the whole canvas is shrunk to 28 x 28; drawings keep their size and place.
    canvas_size : float or (float, float), optional
        Width and height of the canvas; needed with `centre=False` only.

    Returns
    -------
    image : ndarray of shape (28, 28), float32 in [0, 1]
        0 is paper, 1 is ink. Without any point the image is empty.
    """
    width = PEN_WIDTH if pen_width is None else float(pen_width)
    if not 0.1 <= width <= SIZE:
        raise ValueError(f"pen_width is {pen_width}; expected pixels of the image, 0.1 to {SIZE}")
    parts = check_strokes(strokes)
    if not centre:
        parts = _on_whole_canvas(parts, canvas_size)
    if not parts:
        return np.zeros((SIZE, SIZE), np.float32)
    segments = fitted_segments(parts, width) if centre else _near_the_image(_segments(parts))
    draw = draw_centred if centre else draw_segments
    return draw(segments, np.zeros(len(segments), np.int64), np.array([width]))[0]


def check_strokes(strokes):
    """Strokes as float64 arrays of shape (n_i, 2), the empty ones left out; see `strokes_to_image`."""
    parts = []
    for number, stroke in enumerate(strokes):
        try:
            points = np.asarray(stroke, dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise TypeError(f"stroke {number}: {error}; expected a list of [x, y] points") from None
        if points.size == 0:
            continue
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(
                f"stroke {number} has shape {points.shape}; expected (points, 2). "
                "A drawing is a list of strokes, also when it has only one."
            )
        if not np.isfinite(points).all():
            bad = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
            raise ValueError(
                f"stroke {number}, point {bad} is {points[bad].tolist()}; coordinates must be finite numbers"
            )
        if np.abs(points).max() > 1e150:
            raise ValueError(f"stroke {number} has a coordinate beyond 1e150; that is no canvas")
        parts.append(points)
    return parts


def _without_specks(parts):
    """Leave out tiny strokes that lie apart from everything else, unless nothing else is there."""
    low = np.array([part.min(axis=0) for part in parts])  # (strokes, 2)
    high = np.array([part.max(axis=0) for part in parts])
    longest = (high.max(axis=0) - low.min(axis=0)).max()
    tiny = (high - low).max(axis=1) <= _SPECK * longest
    if not tiny.any() or tiny.all():
        return parts
    # Gaps between every two strokes' surrounding rectangles: (strokes, strokes).
    gaps = np.maximum(low[:, None] - high, low - high[:, None]).max(axis=2)
    np.fill_diagonal(gaps, np.inf)
    apart = gaps.min(axis=1) > _APART * longest
    return [part for part, drop in zip(parts, tiny & apart, strict=True) if not drop]


def fitted_segments(parts, pen_width):
    """Scale strokes so that their ink's longer side is 20 pixels, around the image's middle, without specks.

    Line segments (segments, 2 ends, 2) in pixels; an end is a column and a row number.
    """
    parts = _without_specks(parts)
    points = np.concatenate(parts)
    low, high = points.min(axis=0), points.max(axis=0)
    longest = (high - low).max()
    room = max(BOX - pen_width, 1.0)
    scale = room / longest if longest > 0 and np.isfinite(room / longest) else 0.0
    middle = low + (high - low) / 2
    return _segments([(part - middle) * scale + MIDDLE for part in parts])


def _segments(parts):
    """Line segments of all strokes; a single point is a segment of no length."""
    parts = [part if len(part) > 1 else part.repeat(2, axis=0) for part in parts]
    return np.concatenate([np.stack([part[:-1], part[1:]], axis=1) for part in parts])


def _on_whole_canvas(parts, canvas_size):
    if canvas_size is None:
        raise ValueError("centre=False keeps the place on the canvas: canvas_size=(width, height) is needed")
    size = np.broadcast_to(np.asarray(canvas_size, dtype=np.float64), (2,))
    if not (np.isfinite(size).all() and (size > 0).all()):
        raise ValueError(f"canvas_size is {canvas_size}; expected a positive width and height")
    scale = SIZE / size.max()
    # Pixel centres lie on whole numbers, so the canvas reaches from -0.5 to 27.5.
    offset = (SIZE - size * scale) / 2 - 0.5
    return [part * scale + offset for part in parts]


def shift_to_the_middle(images):
    """How far to move what was fitted into the box, so that its mass is centred and all ink stays inside.

    Of images (n, 28, 28): pixels to the right and down, float64 (n, 2).
    """
    along = np.arange(SIZE)
    mass = np.maximum(images.sum(axis=(1, 2), dtype=np.float64), 1e-9)[:, None]
    middle = np.stack([images.sum(axis=1) @ along, images.sum(axis=2) @ along], axis=1) / mass
    low, high = MIDDLE - BOX / 2, MIDDLE + BOX / 2
    return np.clip(MIDDLE - middle, -low, SIZE - 1 - high)


def _near_the_image(segments):
    """Cut segments off at the image's surroundings and leave out those that lie elsewhere."""
    starts, step = segments[:, 0], segments[:, 1] - segments[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        # Where along, 0 to 1, each of them crosses the lower and the upper limit of x and y.
        crossings = np.stack([(limit - starts) / step for limit in (-2 * SIZE, 3 * SIZE)])
    enter = crossings.min(axis=0).max(axis=1).clip(min=0)
    leave = crossings.max(axis=0).min(axis=1).clip(max=1)
    seen = enter <= leave
    along = np.stack([enter, leave], axis=1)[seen, :, None]  # (segments, 2 ends, 1)
    return starts[seen, None] + along * step[seen, None]


def draw_centred(segments, which, pen_widths):
    """Draw segments that fit into the box, then again with their mass in the middle; see `draw_segments`."""
    shift = shift_to_the_middle(draw_segments(segments, which, pen_widths))
    return draw_segments(segments + shift[which, None], which, pen_widths)


def draw_segments(segments, which, pen_widths):
    """Draw line segments (segments, 2 ends, 2) with round pens into n images, float32 (n, 28, 28) in [0, 1].

    `which` is the image that a segment belongs to, `pen_widths` (n,) are pixels. The ink fades out over one
    pixel, by the exact distance of the pixels' centres.
    """
    images = np.zeros(len(pen_widths) * SIZE * SIZE, np.float32)
    starts, ends = segments[:, 0], segments[:, 1]
    radius = pen_widths[which] / 2
    # Segments are cut into pieces of at most one pixel: a piece reaches few pixels, however long the stroke.
    pieces = np.maximum(np.ceil(np.linalg.norm(ends - starts, axis=1)), 1).astype(np.int64)
    row = np.repeat(np.arange(len(starts)), pieces)
    number = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    step = ((ends - starts) / pieces[:, None])[row]
    begin = starts[row] + number[:, None] * step  # (pieces, 2)
    # A piece reaches half a pixel from its middle, which is rounded by at most another half.
    half = int(radius.max(initial=0) + 1.5)
    around = np.arange(-half, half + 1)
    for first in range(0, len(row), _AT_A_TIME):
        part = slice(first, first + _AT_A_TIME)
        _draw_pieces(images, begin[part], step[part], radius[row[part]], which[row[part]], around)
    return images.reshape(-1, SIZE, SIZE)


def _draw_pieces(images, begin, step, radius, which, around):
    middle = np.rint(begin + step / 2).astype(np.int64)
    columns = middle[:, :1] + around  # (pieces, window)
    rows = middle[:, 1:] + around
    # Distance of each pixel of the window to the piece: how far along it, then how far beside.
    dx = (columns - begin[:, :1]).astype(np.float32)[:, None, :]
    dy = (rows - begin[:, 1:]).astype(np.float32)[:, :, None]
    sx, sy = step.astype(np.float32).T[:, :, None, None]
    squared = np.maximum(sx * sx + sy * sy, 1e-12)
    along = np.clip((dx * sx + dy * sy) / squared, 0, 1)
    distance = np.sqrt((dx - along * sx) ** 2 + (dy - along * sy) ** 2)
    cover = np.clip(radius.astype(np.float32)[:, None, None] - distance + np.float32(0.5), 0, 1)
    in_columns = (columns >= 0) & (columns < SIZE)
    in_rows = (rows >= 0) & (rows < SIZE)
    keep = (cover > 0) & in_rows[:, :, None] & in_columns[:, None, :]
    place = (which * SIZE * SIZE)[:, None, None] + rows[:, :, None] * SIZE + columns[:, None, :]
    np.maximum.at(images, place[keep], cover[keep])
