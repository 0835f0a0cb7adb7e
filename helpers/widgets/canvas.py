"""A canvas to write on with mouse, finger, pen or keyboard; its strokes come to Python when the pen lifts.

The browser draws by itself, so the ink follows the pen however busy the kernel is (`canvas.js`). Each edit is
one message; Python applies it, sets the synchronised traits and says which edit it has applied. Until then
the browser shows its edit on top of Python's drawing. So a reloaded page shows Python's drawing, several
views show the same one, and nothing that was drawn while the kernel was busy is lost.
"""

import uuid

import anywidget
import numpy as np
import traitlets
from PIL import Image, ImageDraw

from helpers.synthetic.digits import SKELETONS
from helpers.widgets.controls import joined, styled
from helpers.widgets.explorer import StillPicture

MOST_STROKES = 500
MOST_POINTS = 20_000
LARGEST_NUMBER = 100_000.0
"""Limits of what a canvas takes: strokes, points of all strokes, and how far from 0 a coordinate may lie."""

_SHARPNESS = 2  # Pixels in the still picture per pixel on the page.
_LARGEST_PEN = 200.0
# The ways of writing each digit that are most easily told apart, as numbers in the list of skeletons.
_SAMPLE_WAYS = (0, 1, 0, 0, 0, 0, 0, 0, 0, 0)


# Strokes


def read_strokes(value, name="strokes"):
    """Check strokes and turn them into plain lists.

    Parameters
    ----------
    value : sequence of array_like of shape (points, 2)
        Canvas pixels, x to the right and y down; each stroke has at least one point.
    name : str
        What to call the value in messages.

    Returns
    -------
    strokes : list of list of [float, float]
        Rounded to a tenth of a pixel.

    Raises
    ------
    ValueError
        If a stroke has another shape, something in it is no finite number, or there is too much of it. The
        message is one sentence.
    """
    if not isinstance(value, list | tuple | np.ndarray):
        raise ValueError(f"{name} is a {type(value).__name__}; expected a list of strokes")
    if len(value) > MOST_STROKES:
        raise ValueError(f"{name} has {len(value)} strokes; a canvas takes {MOST_STROKES} at most")
    strokes, points = [], 0
    for i, stroke in enumerate(value):
        array = _numbers(stroke, f"{name}[{i}]")
        if array.ndim != 2 or array.shape[1] != 2 or not len(array):
            raise ValueError(f"{name}[{i}] has shape {array.shape}; expected (points, 2), at least one point")
        points += len(array)
        if points > MOST_POINTS:
            raise ValueError(f"{name} has more than {MOST_POINTS} points; draw less")
        strokes.append(np.round(array, 1).tolist())
    return strokes


def _numbers(value, name):
    if not isinstance(value, list | tuple | np.ndarray):
        raise ValueError(f"{name} is a {type(value).__name__}; expected a list of [x, y] points")
    if len(value) > MOST_POINTS:
        raise ValueError(f"{name} has more than {MOST_POINTS} points; draw less")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} has points of different lengths; expected [x, y] each") from None
    if array.size and array.dtype.kind not in "iuf":
        raise ValueError(f"{name} holds something that is no number; expected [x, y] points")
    array = array.astype(np.float64)
    if not np.isfinite(array).all() or (np.abs(array) > LARGEST_NUMBER).any():
        raise ValueError(f"{name} has a coordinate that is not finite or beyond ±{LARGEST_NUMBER:.0f}")
    return array


def read_widths(value, strokes, pen_width):
    """Check the pen widths of strokes; what is missing gets the pen's own width.

    Parameters
    ----------
    value : sequence of float or of sequences of float
        For each stroke one width in pixels, or one for each of its points (a pen with pressure).
    strokes : list of list of [float, float]
    pen_width : float

    Returns
    -------
    widths : list of float or list of float
        As many as there are strokes.

    Raises
    ------
    ValueError
        If a width is no number from 0 to 200, or a stroke has another number of widths than of points.
    """
    if not isinstance(value, list | tuple):
        raise ValueError(f"widths is a {type(value).__name__}; expected a list, one for each stroke")
    widths = []
    for i, stroke in enumerate(strokes):
        width = value[i] if i < len(value) else pen_width
        try:
            array = np.asarray(width)
        except ValueError:
            raise ValueError(f"widths[{i}] has parts of different lengths") from None
        if array.dtype.kind not in "iuf" or array.shape not in ((), (len(stroke),)):
            raise ValueError(f"widths[{i}] is neither a number nor {len(stroke)} of them")
        if not ((array > 0) & (array <= _LARGEST_PEN)).all():
            raise ValueError(f"widths[{i}] is not between 0 and {_LARGEST_PEN:.0f} pixels")
        widths.append(np.round(array.astype(np.float64), 1).tolist())
    return widths


def sample_digit(digit, height=190, left=45, top=45):
    """Return the strokes of a digit that the course writes.

    Parameters
    ----------
    digit : int in 0 … 9
    height, left, top : float
        Place of the digit on a canvas, in pixels. With the defaults it stands in the middle of 280 × 280.

    Returns
    -------
    strokes : list of list of [float, float]
    """
    if digit not in SKELETONS:
        raise ValueError(f"digit is {digit!r}; expected a whole number from 0 to 9")
    _, text = SKELETONS[digit][_SAMPLE_WAYS[digit]]
    corner = np.array([left, top])
    strokes = []
    for stroke in text.split("/"):
        # "!" marks a corner: the curve ends there and another one begins.
        pieces, piece = [], []
        for word in stroke.split():
            piece.append([float(number) / 100 for number in word.rstrip("!").split(",")])
            if word.endswith("!"):
                pieces.append(piece)
                piece = piece[-1:]
        pieces.append(piece)
        points = np.concatenate([_smooth(np.array(piece)) for piece in pieces if len(piece) > 1])
        strokes.append(np.round(corner + height * points, 1).tolist())
    return strokes


def _smooth(points, between=8):
    """A Catmull-Rom curve through points (n, 2)."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, between, endpoint=False)[:, None]
    curves = [
        b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.concatenate([*curves, points[-1:]])


def picture_of(strokes, width, height, widths=None, pen_width=20.0):
    """Draw strokes black on white as they are seen on the canvas.

    Parameters
    ----------
    strokes : list of list of [float, float]
    width, height : int
        Of the canvas.
    widths : list, optional
        Pen widths as in `DrawingCanvas.widths`.
    pen_width : float
        For strokes without a width of their own.

    Returns
    -------
    PIL.Image.Image
        Grey, with two pixels each way for one of the canvas.
    """
    scale = 2 * _SHARPNESS  # Drawn large and made smaller, so that edges are smooth.
    image = Image.new("L", (width * scale, height * scale), 255)
    draw = ImageDraw.Draw(image)
    for stroke, thick in zip(strokes, read_widths(widths or [], strokes, pen_width), strict=True):
        points = np.array(stroke) * scale
        radii = np.broadcast_to(np.array(thick) * scale / 2, len(points))
        for i, ((x, y), r) in enumerate(zip(points, radii, strict=True)):
            draw.ellipse((x - r, y - r, x + r, y + r), 0)
            if i:
                draw.line([*points[i - 1], x, y], 0, round(r + radii[i - 1]))
    return image.resize((width * _SHARPNESS, height * _SHARPNESS), Image.Resampling.BOX)


# The widget


class DrawingCanvas(anywidget.AnyWidget):
    """A canvas to write on. End a cell with it to show it; without a kernel a still picture takes its place.

    Parameters
    ----------
    width, height : int
        Size of the canvas in pixels: that of its coordinates, whatever its size on the page.
    pen_width : float, optional
        In canvas pixels; a fourteenth of the shorter side by default.
    live : bool
        Whether an unfinished stroke comes to Python while it is drawn; see `live_strokes`.
    label : str
        What is to be drawn, for screen readers: "Drawing canvas for one digit".
    hint : str
        Shown on the empty canvas.

    Attributes
    ----------
    reset_after : int
        Seconds after the last stroke until the canvas empties itself; 0, as at first, is never.
    toolbar : bool
        Whether the buttons are shown.
    strokes : list of list of [float, float]
        The drawing: for each stroke its points (x, y) in canvas pixels, x to the right and y down. It changes
        when the pen lifts, and after undo, clear and erase; `canvas.observe(f, names="strokes")` calls `f`
        then. May be set from Python; the browser follows.
    widths : list
        For each stroke the pen's width in pixels; one for each of its points from a pen with pressure.
    live_strokes : list of list of [float, float]
        As `strokes`; with `live=True` the stroke that is being drawn is in it, too, brought up to date every
        0.1 s as long as Python keeps up.
    """

    _esm = joined("canvas.js")
    _css = styled("canvas.css")

    width = traitlets.Int(280, min=16, max=4096).tag(sync=True)
    height = traitlets.Int(280, min=16, max=4096).tag(sync=True)
    pen_width = traitlets.Float(20.0, min=1.0, max=_LARGEST_PEN).tag(sync=True)
    live = traitlets.Bool(False).tag(sync=True)
    label = traitlets.Unicode("Drawing canvas").tag(sync=True)
    hint = traitlets.Unicode("").tag(sync=True)
    toolbar = traitlets.Bool(True, help="Whether buttons are shown.").tag(sync=True)
    reset_after = traitlets.Int(0, min=0, help="Seconds; 0 is never.").tag(sync=True)
    strokes = traitlets.List().tag(sync=True)
    widths = traitlets.List().tag(sync=True)
    live_strokes = traitlets.List()
    # For the browser: which page's edit was applied last, digits 100 pixels high to stamp, what to hide.
    applied = traitlets.List(["", 0]).tag(sync=True)
    samples = traitlets.List([sample_digit(digit, 100, 0, 0) for digit in range(10)]).tag(sync=True)
    still = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, width=280, height=280, pen_width=None, live=False, label="Drawing canvas", hint="", **traits
    ):
        if pen_width is None:
            pen_width = max(2.0, min(width, height) / 14)
        self._new_widths = None
        super().__init__(
            width=width, height=height, pen_width=pen_width, live=live, label=label, hint=hint,
            still=f"course-still-{uuid.uuid4().hex}", **traits,
        )  # fmt: skip
        self.on_msg(self._on_message)

    @traitlets.validate("strokes")
    def _check_strokes(self, proposal):
        return read_strokes(proposal["value"])

    @traitlets.validate("widths")
    def _check_widths(self, proposal):
        return read_widths(proposal["value"], self.strokes, self.pen_width)

    @traitlets.observe("strokes")
    def _follow_strokes(self, change):
        # Called before all other observers: they find widths and live strokes that fit.
        self.widths = self._new_widths or []
        self.live_strokes = change["new"]

    def clear(self):
        """Take all strokes away."""
        self.draw([])

    def stamp(self, strokes):
        """Add strokes to the drawing.

        Parameters
        ----------
        strokes : sequence of array_like of shape (points, 2)

        Raises
        ------
        ValueError
            See `read_strokes`.
        """
        self.draw([*self.strokes, *read_strokes(strokes)], self.widths)

    def draw(self, strokes, widths=()):
        """Replace the drawing.

        Parameters
        ----------
        strokes : sequence of array_like of shape (points, 2)
        widths : sequence, optional
            As the trait of that name; the pen's width where there is none.

        Raises
        ------
        ValueError
            See `read_strokes` and `read_widths`. The drawing then stays as it was.
        """
        strokes = read_strokes(strokes)
        widths = read_widths(widths, strokes, self.pen_width)
        with self.hold_sync():  # One message to the browser.
            self._new_widths = widths
            try:
                self.strokes = strokes
            finally:
                self._new_widths = None
            # The same strokes again would have called nobody.
            self.widths, self.live_strokes = widths, strokes

    def _on_message(self, _, content, buffers):
        page, number = (
            (content.get(key) for key in ("page", "number")) if isinstance(content, dict) else (0, 0)
        )
        if not (isinstance(page, str) and len(page) <= 64 and isinstance(number, int)):
            raise ValueError("a message to the canvas names no page and number; it was ignored")
        with self.hold_sync():
            try:
                self._apply(content)
            finally:
                # Also after an error: the browser then shows again what Python has.
                self.applied = [page, number]

    def _apply(self, content):
        kind = content.get("kind")
        if kind == "add":
            self.draw([*self.strokes, content.get("points")], [*self.widths, content.get("width")])
        elif kind == "set":
            self.draw(content.get("strokes"), content.get("widths"))
        elif kind == "live":
            self.live_strokes = [*self.strokes, *read_strokes([content.get("points")])]
        else:
            raise ValueError(
                f"a message to the canvas asks for {str(kind)[:40]!r}; expected add, set or live"
            )

    def __repr__(self):
        # Compared strictly between two runs of a notebook: nothing here may vary.
        return f"{type(self).__name__}: run this cell to draw"

    def _ipython_display_(self, **_):
        strokes, widths = self.strokes, self.widths
        if not strokes:
            side = min(self.width, self.height)
            strokes = sample_digit(7, 0.68 * side, self.width / 2 - 0.3 * side, self.height / 2 - 0.34 * side)
        image = picture_of(strokes, self.width, self.height, widths, self.pen_width)
        still = StillPicture.of_image(image, f"{self.label}, with an example in black on white.")
        still.publish_beside(self, self.model_id, self.still)
