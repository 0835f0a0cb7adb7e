"""A canvas to write on with mouse, finger, pen or keyboard; its strokes come to Python when the pen lifts.

The browser draws by itself, so the ink follows the pen however busy the kernel is (`canvas.js`). Each edit is
one message; Python applies it, sets the synchronised traits and says which edit it has applied. Until then
the browser shows its edit on top of Python's drawing. So a reloaded page shows Python's drawing, several
views show the same one, and nothing that was drawn while the kernel was busy is lost.
"""

import anywidget
import numpy as np
import traitlets
from PIL import Image, ImageDraw

from helpers.synthetic.digits import SKELETONS, read_skeleton
from helpers.widgets.controls import joined, styled
from helpers.widgets.explorer import SHARPNESS, Displayed, StillPicture, still_class

# Limits of what a canvas takes: strokes, points of all strokes, and how far from 0 a coordinate may lie.
MOST_STROKES, MOST_POINTS, LARGEST_NUMBER = 500, 20_000, 100_000.0
_LARGEST_PEN = 200.0


def read_strokes(value):
    """Check strokes, array_like (points, 2) in canvas pixels, and turn them into lists, rounded to tenths.

    A ValueError says in one sentence what is no stroke of at least one point, no finite number, or too much.
    """
    if not isinstance(value, list | tuple | np.ndarray):
        raise ValueError(f"strokes is a {type(value).__name__}; expected a list of strokes")
    if len(value) > MOST_STROKES:
        raise ValueError(f"strokes has {len(value)} strokes; a canvas takes {MOST_STROKES} at most")
    strokes, points = [], 0
    for i, stroke in enumerate(value):
        name = f"strokes[{i}]"
        if not isinstance(stroke, list | tuple | np.ndarray):
            raise ValueError(f"{name} is a {type(stroke).__name__}; expected a list of [x, y] points")
        if len(stroke) > MOST_POINTS:
            raise ValueError(f"{name} has more than {MOST_POINTS} points; draw less")
        try:
            array = np.asarray(stroke)
        except ValueError:
            raise ValueError(f"{name} has points of different lengths; expected [x, y] each") from None
        if array.size and array.dtype.kind not in "iuf":
            raise ValueError(f"{name} holds something that is no number; expected [x, y] points")
        array = array.astype(np.float64)
        if not np.isfinite(array).all() or (np.abs(array) > LARGEST_NUMBER).any():
            raise ValueError(f"{name} has a coordinate that is not finite or beyond ±{LARGEST_NUMBER:.0f}")
        if array.ndim != 2 or array.shape[1] != 2 or not len(array):
            raise ValueError(f"{name} has shape {array.shape}; expected (points, 2), at least one point")
        points += len(array)
        if points > MOST_POINTS:
            raise ValueError(f"strokes has more than {MOST_POINTS} points; draw less")
        strokes.append(np.round(array, 1).tolist())
    return strokes


def read_widths(value, strokes, pen_width):
    """Check the widths of strokes in pixels: one for each, or one for each of its points (pen with pressure).

    What is missing gets the pen's own width. Any other number than from 0 to 200 is a ValueError.
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
    """Return the strokes of a digit that the course writes, each a list of [x, y] in pixels of a canvas.

    By default it stands in the middle of 280 × 280. What is no digit is a ValueError.
    """
    if digit not in SKELETONS:
        raise ValueError(f"digit is {digit!r}; expected a whole number from 0 to 9")
    # The way to write it that is most easily told apart: mostly the first.
    _, text = SKELETONS[digit][1 if digit == 1 else 0]
    points, stroke_of, curves = read_skeleton(text)
    strokes = [[] for _ in range(stroke_of[-1] + 1)]
    for curve in curves:
        smooth = (left, top) + height * _smooth(points[curve])
        strokes[stroke_of[curve[0]]] += np.round(smooth, 1).tolist()
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
    """Draw strokes black on white as they are seen on a canvas of a size, as a grey image of PIL.

    It has `SHARPNESS` pixels each way for one of the canvas. The `pen_width` is for strokes without widths of
    their own, which are as in `DrawingCanvas.widths`.
    """
    scale = 2 * SHARPNESS  # Drawn large and made smaller, so that edges are smooth.
    image = Image.new("L", (width * scale, height * scale), 255)
    draw = ImageDraw.Draw(image)
    for stroke, thick in zip(strokes, read_widths(widths or [], strokes, pen_width), strict=True):
        points = np.array(stroke) * scale
        radii = np.broadcast_to(np.array(thick) * scale / 2, len(points))
        for i, ((x, y), r) in enumerate(zip(points, radii, strict=True)):
            draw.ellipse((x - r, y - r, x + r, y + r), 0)
            if i:
                draw.line([*points[i - 1], x, y], 0, round(r + radii[i - 1]))
    return image.resize((width * SHARPNESS, height * SHARPNESS), Image.Resampling.BOX)


class DrawingCanvas(Displayed, anywidget.AnyWidget):
    """A canvas to write on. End a cell with it to show it; without a kernel a still picture takes its place.

    Parameters
    ----------
    width, height : int
        Size of the canvas in pixels: that of its coordinates, whatever its size on the page.
    pen_width : float, optional
        In canvas pixels; a fourteenth of the shorter side by default.
    label : str
        What is to be drawn, for screen readers: "Drawing canvas for one digit".
    hint : str
        Shown on the empty canvas.

    Attributes
    ----------
    reset_after : int
        Seconds after the last stroke until the canvas empties itself; 0, as at first, is never.
    strokes : list of list of [float, float]
        The drawing: for each stroke its points (x, y) in canvas pixels, x to the right and y down. It changes
        when the pen lifts, and after undo, clear and erase; `canvas.observe(f, names="strokes")` calls `f`
        then. May be set from Python; the browser follows.
    widths : list
        For each stroke the pen's width in pixels; one for each of its points from a pen with pressure.
    """

    run_to = "draw"

    _esm = joined("canvas.js")
    _css = styled("canvas.css")

    width = traitlets.Int(280, min=16, max=4096).tag(sync=True)
    height = traitlets.Int(280, min=16, max=4096).tag(sync=True)
    pen_width = traitlets.Float(20.0, min=1.0, max=_LARGEST_PEN).tag(sync=True)
    label = traitlets.Unicode("Drawing canvas").tag(sync=True)
    hint = traitlets.Unicode("").tag(sync=True)
    reset_after = traitlets.Int(0, min=0).tag(sync=True)
    strokes = traitlets.List().tag(sync=True)
    widths = traitlets.List().tag(sync=True)
    # For the browser: which page's edit was applied last, digits 100 pixels high to stamp, what to hide.
    applied = traitlets.List(["", 0]).tag(sync=True)
    samples = traitlets.List([sample_digit(digit, 100, 0, 0) for digit in range(10)]).tag(sync=True)
    still = traitlets.Unicode().tag(sync=True)

    def __init__(self, width=280, height=280, pen_width=None, **traits):
        if pen_width is None:
            pen_width = max(2.0, min(width, height) / 14)
        self._new_widths = None
        super().__init__(width=width, height=height, pen_width=pen_width, still=still_class(), **traits)
        self.on_msg(self._on_message)

    @traitlets.validate("strokes")
    def _check_strokes(self, proposal):
        return read_strokes(proposal["value"])

    @traitlets.validate("widths")
    def _check_widths(self, proposal):
        return read_widths(proposal["value"], self.strokes, self.pen_width)

    @traitlets.observe("strokes")
    def _follow_strokes(self, change):
        # Called before all other observers: they find widths that fit.
        self.widths = self._new_widths or []

    def clear(self):
        """Take all strokes away."""
        self.draw([])

    def stamp(self, strokes):
        """Add strokes to the drawing; see `draw`."""
        self.draw([*self.strokes, *read_strokes(strokes)], self.widths)

    def draw(self, strokes, widths=()):
        """Replace the drawing by strokes, array_like (points, 2); missing widths are the pen's own.

        After a ValueError of `read_strokes` or `read_widths` it stays as it was.
        """
        strokes = read_strokes(strokes)
        widths = read_widths(widths, strokes, self.pen_width)
        with self.hold_sync():  # One message to the browser.
            self._new_widths = widths
            try:
                self.strokes = strokes
            finally:
                self._new_widths = None
            self.widths = widths  # The same strokes again would have called nobody.

    def _on_message(self, _, content, buffers):
        content = content if isinstance(content, dict) else {}
        page, number = content.get("page"), content.get("number")
        if not (isinstance(page, str) and len(page) <= 64 and isinstance(number, int)):
            raise ValueError("a message to the canvas names no page and number; it was ignored")
        with self.hold_sync():
            try:
                kind = content.get("kind")
                if kind == "add":
                    self.draw([*self.strokes, content.get("points")], [*self.widths, content.get("width")])
                elif kind == "set":
                    self.draw(content.get("strokes"), content.get("widths"))
                else:
                    raise ValueError(
                        f"a message to the canvas asks for {str(kind)[:40]!r}; expected add or set"
                    )
            finally:
                # Also after an error: the browser then shows again what Python has.
                self.applied = [page, number]

    def _ipython_display_(self, **_):
        strokes, widths = self.strokes, self.widths
        if not strokes:
            side = min(self.width, self.height)
            strokes = sample_digit(7, 0.68 * side, self.width / 2 - 0.3 * side, self.height / 2 - 0.34 * side)
        image = picture_of(strokes, self.width, self.height, widths, self.pen_width)
        still = StillPicture.of_image(image, f"{self.label}, with an example in black on white.")
        still.publish_beside(self, self.model_id, self.still)
