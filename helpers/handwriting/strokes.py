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
EDGE = 1.0  # pixels over which the ink fades out

_SPECK = 0.04  # of the drawing's longer side: a stroke this small, and apart, is a slip of the pen
_APART = 0.08
_MANY_PIECES = 8_000  # from here on dots are faster
_AT_A_TIME = 4_096  # pieces of a stroke drawn at a time: bounds the memory


def strokes_to_image(strokes, pen_width=None, *, centre=True, canvas_size=None):
    """Draw pen strokes as an image like MNIST's.

    Parameters
    ----------
    strokes : sequence of array_like of shape (n_i, 2)
        Points of each stroke in canvas units, x to the right and y down. Any canvas size, any position;
        points may lie outside the canvas. Straight lines join consecutive points, a single point is a dot.
    pen_width : float, optional
        Thickness of the line in pixels of the image; 2.6 by default, which is about MNIST's.
    centre : bool
        Fit the drawing into 20 x 20 pixels and put its centre of mass in the middle, as MNIST's preparation
        did. With False the whole canvas is shrunk to 28 x 28, and the drawing keeps its size and place.
    canvas_size : float or (float, float), optional
        Width and height of the canvas; needed with `centre=False` only.

    Returns
    -------
    image : ndarray of shape (28, 28), float32 in [0, 1]
        0 is paper, 1 is ink. Without any point the image is empty.

    Raises
    ------
    TypeError
        If `strokes` holds something else than numbers.
    ValueError
        If a stroke is no array of shape (n, 2), a coordinate is NaN or infinite, the pen width is not between
        0.1 and 28, or `canvas_size` is missing or not positive.

    Notes
    -----
    A tiny stroke far from all others (a slip of the pen) is left out where the rest is prepared; it would
    decide how large the digit comes out.
    """
    width = PEN_WIDTH if pen_width is None else float(pen_width)
    if not 0.1 <= width <= SIZE:
        raise ValueError(f"pen_width is {pen_width}; expected pixels of the image, 0.1 to {SIZE}")
    parts = check_strokes(strokes)
    if not centre:
        scale, offset = _whole_canvas(canvas_size)
        parts = [part * scale + offset for part in parts]
        return _ink(*_joined(parts), width / 2) if parts else _blank()
    if not parts:
        return _blank()
    parts = fit_into_box(without_specks(parts), width)
    starts, ends = _joined(parts)
    shift = shift_to_the_middle(_ink(starts, ends, width / 2)[None])[0]
    return _ink(starts + shift, ends + shift, width / 2)


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


def without_specks(parts):
    """Leave out tiny strokes that lie apart from everything else, unless nothing else is there.

    Parameters
    ----------
    parts : list of ndarray of shape (n_i, 2)

    Returns
    -------
    list of ndarray of shape (n_i, 2)
    """
    if len(parts) == 1:
        return parts
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


def fit_into_box(parts, pen_width):
    """Scale strokes so that their ink's longer side is 20 pixels, around the image's middle.

    Parameters
    ----------
    parts : list of ndarray of shape (n_i, 2)
    pen_width : float, pixels

    Returns
    -------
    list of ndarray of shape (n_i, 2), in pixels: x is a column number, y a row number
    """
    points = np.concatenate(parts)
    low, high = points.min(axis=0), points.max(axis=0)
    longest = (high - low).max()
    room = max(BOX - pen_width, 1.0)
    scale = room / longest if longest > 0 and np.isfinite(room / longest) else 0.0
    middle = low + (high - low) / 2
    return [(part - middle) * scale + MIDDLE for part in parts]


def _whole_canvas(canvas_size):
    if canvas_size is None:
        raise ValueError("centre=False keeps the place on the canvas: canvas_size=(width, height) is needed")
    size = np.broadcast_to(np.asarray(canvas_size, dtype=np.float64), (2,))
    if not (np.isfinite(size).all() and (size > 0).all()):
        raise ValueError(f"canvas_size is {canvas_size}; expected a positive width and height")
    scale = SIZE / size.max()
    # Pixel centres lie on whole numbers, so the canvas reaches from -0.5 to 27.5.
    return scale, (SIZE - size * scale) / 2 - 0.5


def _blank():
    return np.zeros((SIZE, SIZE), np.float32)


def _joined(parts):
    """Line segments of all strokes, (segments, 2) twice; a single point is a segment of no length."""
    starts = [part[:-1] if len(part) > 1 else part for part in parts]
    ends = [part[1:] if len(part) > 1 else part for part in parts]
    return np.concatenate(starts), np.concatenate(ends)


def shift_to_the_middle(images):
    """How far to move what was fitted into the box, so that its mass is centred and all ink stays inside.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28)

    Returns
    -------
    ndarray of shape (n, 2), float64 : pixels to the right and down
    """
    along = np.arange(SIZE)
    mass = np.maximum(images.sum(axis=(1, 2), dtype=np.float64), 1e-9)[:, None]
    middle = np.stack([images.sum(axis=1) @ along, images.sum(axis=2) @ along], axis=1) / mass
    low, high = MIDDLE - BOX / 2, MIDDLE + BOX / 2
    return np.clip(MIDDLE - middle, -low, SIZE - 1 - high)


def _ink(starts, ends, radius):
    """Draw line segments given in pixels; float32 (28, 28)."""
    if np.abs(np.concatenate([starts, ends])).max() > 2 * SIZE:  # far outside: only where centre=False
        starts, ends = _near_the_image(starts, ends)
    which = np.zeros(len(starts), np.int64)
    return draw_segments(starts, ends, np.full(len(starts), radius), which, 1)[0]


def _near_the_image(starts, ends):
    """Cut segments off at the image's surroundings and leave out those that lie elsewhere."""
    low, high = -2.0 * SIZE, 3.0 * SIZE
    step = ends - starts
    with np.errstate(divide="ignore", invalid="ignore"):
        enter, leave = (low - starts) / step, (high - starts) / step  # where along, 0 to 1, by axis
    enter, leave = np.minimum(enter, leave), np.maximum(enter, leave)
    between = (starts >= low) & (starts <= high)
    still = step == 0
    enter = np.where(still, np.where(between, 0, 2), enter).max(axis=1).clip(min=0)
    leave = np.where(still, 1, leave).min(axis=1).clip(max=1)
    seen = enter <= leave
    starts, step = starts[seen], step[seen]
    return starts + enter[seen, None] * step, starts + leave[seen, None] * step


def draw_segments(starts, ends, radius, which, n, edge=None):
    """Draw line segments with a round pen, antialiased by their exact distance to the pixels' centres.

    Parameters
    ----------
    starts, ends : ndarray of shape (segments, 2)
        Column and row number.
    radius : ndarray of shape (segments,)
        Half the pen's width, pixels.
    which : ndarray of shape (segments,), int
        The image that the segment belongs to.
    n : int
        Number of images.
    edge : ndarray of shape (segments,), optional
        Pixels over which the ink fades out, 1 by default.

    Returns
    -------
    images : ndarray of shape (n, 28, 28), float32 in [0, 1]
    """
    images = np.zeros(n * SIZE * SIZE, np.float32)
    edge = np.full(len(starts), EDGE) if edge is None else edge
    # Segments are cut into pieces of at most one pixel: a piece reaches few pixels, however long the stroke.
    pieces = np.maximum(np.ceil(np.linalg.norm(ends - starts, axis=1)), 1).astype(np.int64)
    if pieces.sum() > _MANY_PIECES and n == 1:
        starts, ends, pieces = _dots(starts, ends)
        radius, edge = np.full(len(starts), radius[0]), np.full(len(starts), edge[0])
        which = np.zeros(len(starts), np.int64)
    row = np.repeat(np.arange(len(starts)), pieces)
    number = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    step = ((ends - starts) / pieces[:, None])[row]
    begin = starts[row] + number[:, None] * step  # (pieces, 2)
    reach = radius + edge / 2
    visible = ((begin + 1 > -reach[row][:, None]) & (begin - 1 < SIZE - 1 + reach[row][:, None])).all(axis=1)
    begin, step, row = (a[visible] for a in (begin, step, row))
    # A piece reaches half a pixel from its middle, which is rounded by at most another half.
    half = int(reach.max(initial=0) + 1)
    around = np.arange(-half, half + 1)
    for first in range(0, len(row), _AT_A_TIME):
        part = slice(first, first + _AT_A_TIME)
        _draw_pieces(images, begin[part], step[part], radius[row[part]], edge[row[part]],
                     which[row[part]], around)  # fmt: skip
    return images.reshape(n, SIZE, SIZE)


def _draw_pieces(images, begin, step, radius, edge, which, around):
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
    radius, edge = (a.astype(np.float32)[:, None, None] for a in (radius, edge))
    cover = np.clip((radius - distance) / edge + np.float32(0.5), 0, 1)
    in_columns = (columns >= 0) & (columns < SIZE)
    in_rows = (rows >= 0) & (rows < SIZE)
    keep = (cover > 0) & in_rows[:, :, None] & in_columns[:, None, :]
    place = (which * SIZE * SIZE)[:, None, None] + rows[:, :, None] * SIZE + columns[:, None, :]
    np.maximum.at(images, place[keep], cover[keep])


def _dots(starts, ends):
    """A drawing of very many segments as dots a quarter pixel apart, each place once."""
    side = 4 * 3 * SIZE  # quarter pixels: the image and as much around it
    used = np.zeros(side * side, bool)
    for first in range(0, len(starts), 10_000):
        begin, end = starts[first : first + 10_000], ends[first : first + 10_000]
        steps = np.clip(np.ceil(4 * np.abs(end - begin).max(axis=1)), 1, 4 * side).astype(np.int64)
        row = np.repeat(np.arange(len(steps)), steps + 1)
        number = np.arange(len(row)) - np.repeat(np.cumsum(steps + 1) - steps - 1, steps + 1)
        points = begin[row] + (number / steps[row])[:, None] * (end - begin)[row]
        x, y = np.rint(4 * (points + SIZE)).T
        near = (x >= 0) & (x < side) & (y >= 0) & (y < side)
        used[(y[near] * side + x[near]).astype(np.int64)] = True
    y, x = np.divmod(np.flatnonzero(used), side)
    places = np.column_stack([x, y]) / 4 - SIZE
    return places, places, np.ones(len(places), np.int64)
