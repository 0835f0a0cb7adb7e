"""A figure that is drawn again and again while a network trains."""

import base64
import time
import uuid

import matplotlib as mpl
import matplotlib.pyplot as plt
from IPython.display import publish_display_data

from helpers.plotting import use_course_style
from helpers.widgets.explorer import picture_size, png_of

_SHARE = 0.15
"""Part of the time that drawing may take: slow figures are drawn less often, training goes on."""


class LiveFigure:
    """One picture in the cell's output, replaced while the cell runs.

    The last picture stays in the saved notebook. Use it in a `with` block: when the block ends, the last
    state is drawn.

    Parameters
    ----------
    draw : callable
        `draw(**state)` returns a matplotlib Figure, always of the same size.
    alt : str or callable
        What one sees, in a sentence; or `alt(**state)` that returns it.
    every : float
        Seconds between two pictures at least. More when a picture takes long to draw: drawing gets 15 % of
        the time at most.

    Examples
    --------
    >>> with LiveFigure(draw_weights, "Ten images, one per class ...") as live:
    ...     for step in range(1000):
    ...         W = W - learning_rate * gradient(W)
    ...         live.update(W=W, step=step)
    """

    def __init__(self, draw, alt, every=0.2):
        self._draw = draw
        self._alt = alt
        self._every = every
        self._display_id = uuid.uuid4().hex
        self._shown = False
        self._pending = None
        self._next = 0.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.finish()

    def update(self, **state):
        """Show a new state, unless the last picture is too young.

        Parameters
        ----------
        **state
            Arguments of `draw`. A function without arguments in a value's place is called when a picture is
            drawn, and only then: `W=lambda: layer.kernel.numpy()`.
        """
        self._pending = state
        if time.monotonic() >= self._next:
            self._show()

    def finish(self):
        """Draw the last state if it has not been drawn yet."""
        if self._pending is not None:
            self._show()

    def _show(self):
        started = time.monotonic()
        state = {name: value() if callable(value) else value for name, value in self._pending.items()}
        self._pending = None
        with mpl.rc_context():
            use_course_style()
            fig = self._draw(**state)
            png = png_of(fig)
        # A figure made by pyplot would be displayed a second time when the cell ends.
        plt.close(fig)
        alt = self._alt(**state) if callable(self._alt) else self._alt
        width, height = picture_size(fig)
        # A display that is replaced, not a widget: it needs nothing of the browser, and the last picture is
        # saved with the notebook. The text never varies, so that two runs of a notebook can be compared.
        publish_display_data(
            {"text/plain": "LiveFigure()", "image/png": base64.b64encode(png).decode()},
            metadata={"image/png": {"alt": alt, "width": width, "height": height}, "alt": alt},
            transient={"display_id": self._display_id},
            update=self._shown,
        )
        self._shown = True
        now = time.monotonic()
        self._next = now + max(self._every, (now - started) * (1 - _SHARE) / _SHARE)
