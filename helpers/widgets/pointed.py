"""An explorer whose picture can be pointed at."""

import traitlets

from helpers.widgets.controls import Screen, joined
from helpers.widgets.explorer import Explorer


class PointedExplorer(Explorer):
    """Controls above a picture; pointing at a place of the picture moves some of them.

    A subclass says in `_pointed_at(x, y)` which values controls get from a place, in shares of the picture's
    width and height; values that a control cannot take change nothing. With `hover`, a mouse need not be
    pressed.
    """

    def __init__(self, *args, hover=True, **how):
        super().__init__(*args, screen=_Pointed(hover=hover), **how)
        self._screen.observe(self._on_place, names="place")

    def _on_place(self, change):
        values = self._pointed_at(*change["new"][:2])
        moves = [(self.controls[name], value) for name, value in values.items()]
        is_new = any(control.value != value for control, value in moves)
        if is_new and all(control.min <= value <= control.max for control, value in moves):
            self.set(**values)
        else:
            self._screen.show()  # The page waits for an answer before it sends another place.

    def _redraw(self):
        self._draw_still()
        self._screen.show(picture=self.still.address, alt=self.still.alt)

    def _pixel(self, x, y, box, shape):
        """Find the row and column of an image at a place, given as to `_pointed_at`.

        The image, of a shape (rows, columns), fills a box, as for `axes_at`, as far as square pixels can.
        Both are from 0 to the shape; beside the image they are outside of that.
        """
        (width, height), (left, bottom, across, up), (rows, columns) = self.still.size, box, shape
        side = min(across / columns, up / rows)
        column = (x * width - left - (across - columns * side) / 2) / side
        row = (y * height - (height - bottom - up) - (up - rows * side) / 2) / side
        return row, column


class _Pointed(Screen):
    """A picture that says where a mouse, pen or finger points."""

    _esm = joined("paced.js", "pointed.js")
    hover = traitlets.Bool(True).tag(sync=True)
    running = traitlets.Bool(False, help="Whether to say which picture was shown.").tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    # Shares of the picture's width and height; then how often somebody has pointed.
    place = traitlets.List([0.0, 0.0]).tag(sync=True)
