"""A figure that is drawn again and again while a network trains."""

import time
import uuid

from IPython.display import publish_display_data

from helpers.widgets.explorer import StillPicture

_SHARE = 0.15  # Of the time that drawing may take: slow figures are drawn less often, training goes on.


class LiveFigure:
    """One picture in the cell's output, replaced while the cell runs; the last one stays in the notebook.

    Use it in a `with` block: when the block ends, the last state is drawn. The next block, or the next run of
    the cell, begins a picture of its own.

    Parameters
    ----------
    draw : callable
        `draw(**state)` returns a matplotlib Figure, always of the same size.
    alt : str or callable
        What one sees, in a sentence; or `alt(**state)` that returns it.
    every : float or None
        Seconds between two pictures at least. More when a picture takes long to draw: drawing gets 15 % of
        the time at most. None draws every state, however long that takes.

    Examples
    --------
    >>> with LiveFigure(draw_weights, "Ten images, one per class ...") as live:
    ...     for step in range(1000):
    ...         W = W - learning_rate * gradient(W)
    ...         live.update(W=W, step=step)
    """

    def __init__(self, draw, alt, every=0.2):
        self._draw, self._every = draw, every
        self._alt = alt if callable(alt) else lambda **_: alt
        self._begin()

    def _begin(self):
        self._display_id = uuid.uuid4().hex
        self._shown, self._pending, self._next = False, None, 0.0

    def __enter__(self):
        self._begin()  # An error may have ended the last block before its picture was finished.
        return self

    def __exit__(self, *_):
        if self._pending is not None:
            self._show()
        self._begin()  # What is updated next is another picture.

    def update(self, **state):
        """Show a new state, the arguments of `draw`, unless the last picture is too young.

        A function without arguments in a value's place is called when a picture is drawn, and only then:
        `W=lambda: layer.kernel.numpy()`.
        """
        self._pending = state
        if time.monotonic() >= self._next:
            self._show()

    def _show(self):
        started = time.monotonic()
        state = {name: value() if callable(value) else value for name, value in self._pending.items()}
        self._pending = None
        still = StillPicture.of_state(self._draw, self._alt, state, few_colours=False)
        # A display that is replaced, not a widget: it needs nothing of the browser, and the last picture is
        # saved with the notebook. The text never varies, so that two runs of a notebook can be compared.
        data, metadata = still.message("LiveFigure()")
        transient = {"display_id": self._display_id}
        publish_display_data(data, metadata, transient=transient, update=self._shown)
        self._shown = True
        if self._every is not None:
            now = time.monotonic()
            self._next = now + max(self._every, (now - started) * (1 - _SHARE) / _SHARE)
