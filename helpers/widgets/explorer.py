"""Pictures that a learner can move: controls, and a pure function from their values to a figure.

An explorer keeps the lesson in two pure functions, `draw(**state)` and `alt(**state)`. Tests and readers call
them without a browser; the controls only supply the values.
"""

import base64
import html
import io
import uuid
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import NamedTuple

import ipywidgets
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import publish_display_data
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from PIL import Image
from traitlets import TraitError

from helpers.plotting import frame_pictures, use_course_style
from helpers.progress import COMMITTED

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

SHARPNESS = 2
"""Pixels in a picture's file per pixel on the page, each way: sharp on a projector and on a phone."""
_PIXELS_PER_INCH = 100
_WHITE = 0xFFFFFFFF  # four bytes, opaque
_KEPT = "kept"  # Marks the parts of a figure that is kept.


def new_figure(height, width=7.0):
    """Make an empty figure of a size in inches, of 100 pixels each on the page.

    Pyplot does not know of it, so that nothing needs to be closed. It has no layout engine: place axes with
    `axes_at` or `fig.add_axes`, so that they stand still between pictures.
    """
    return Figure(figsize=(width, height), dpi=_PIXELS_PER_INCH, layout="none")


def axes_at(fig, left, bottom, width, height):
    """Add axes to a figure, whose place is given in pixels of the page, from the lower left corner."""
    across, up = fig.get_size_inches() * _PIXELS_PER_INCH
    return fig.add_axes((left / across, bottom / up, width / across, height / up))


def png_of(fig, few_colours=False):
    """Draw a figure on white as PNG; in 256 colours, enough for drawings, it is a third as long."""
    with _drawn(fig) as canvas:
        pixels = np.asarray(canvas.get_renderer().buffer_rgba())
    if few_colours:
        colours = pixels.view(np.uint32)[..., 0]
        inked = colours != _WHITE  # White stays white; and most of a picture is.
        places, palette = np.zeros(inked.shape, np.uint8), [255, 255, 255]
        if inked.any():
            ink = _opaque(colours[inked][None]).quantize(255, Image.Quantize.FASTOCTREE)
            places[inked] = np.asarray(ink)[0] + 1
            palette += ink.getpalette()[:765]
        image = Image.fromarray(places, "P")
        image.putpalette(palette)
    else:
        image = _opaque(pixels)
    buffer = io.BytesIO()
    image.save(buffer, "png", compress_level=2)  # Harder takes longer than it saves.
    return buffer.getvalue()


def _opaque(pixels):
    """Make an RGB image of pixels of four bytes each."""
    return Image.frombuffer("RGBA", pixels.shape[1::-1], pixels, "raw", "RGBA", 0, 1).convert("RGB")


def kept(frame, most=4):
    """Let a function keep its figures, with how they look: then only what is added to one needs to be drawn.

    For the same values, `frame(*values)` then returns the same figure without what was added to it. Its axes
    must have their limits. What is added is drawn above all that was there. Each of the `most` figures kept
    takes about 5 megabytes.
    """

    @lru_cache(most)
    def once(*values):
        fig = frame(*values)
        with _drawn(fig) as canvas:
            fig.kept = canvas.copy_from_bbox(fig.bbox)
        for part in _added(fig):
            part.set_gid(_KEPT)
        return fig

    def again(*values):
        fig = once(*values)
        for part in _added(fig):
            part.remove()
        return fig

    return again


def _added(fig):
    """List what was added to a figure that is kept, and to its axes."""
    return [part for holder in (*fig.axes, fig) for part in holder.get_children() if part.get_gid() != _KEPT]


@contextmanager
def _drawn(fig):
    """Draw a figure, with as many pixels as its file has; within the block, its size is counted in these."""
    canvas, dpi = _Canvas(fig), fig.dpi
    # The canvas cuts off fractions of a pixel, of 987.9999 too.
    fig.set(dpi=_PIXELS_PER_INCH * SHARPNESS + 1e-6, facecolor="white")
    # Letters of so many pixels look the same without hinting, and are drawn a fifth sooner.
    with mpl.rc_context({"text.hinting": "none"}):
        if hasattr(fig, "kept"):
            canvas.restore_region(fig.kept)
            for part in sorted(_added(fig), key=lambda part: part.get_zorder()):
                fig.draw_artist(part)
        else:
            canvas.draw()
    yield canvas
    fig.set_dpi(dpi)


class _Canvas(FigureCanvasAgg):
    """A canvas that shares its paper with the next one of its size: it knows the lengths of words already."""

    def get_renderer(self):
        return _paper(*map(int, self.figure.bbox.size), self.figure.dpi)


@lru_cache(4)
def _paper(width, height, dpi):
    return RendererAgg(width, height, dpi)


def style_sheet(css):
    """Return a widget that one does not see and that brings CSS to the page."""
    return ipywidgets.HTML(f"<style>{css}</style>", layout={"display": "none"})


def still_class():
    """Return a CSS class for the still picture beside one widget, which hides it."""
    return f"course-still-{uuid.uuid4().hex}"


class StillPicture(NamedTuple):
    """A picture with its words: a widget's twin, which is seen where no kernel runs."""

    png: bytes
    size: tuple
    """Width and height in pixels on the page; a narrower page shrinks the picture, its place is kept."""
    alt: str
    """What one sees, for screen readers."""

    @classmethod
    def of_state(cls, draw, alt, state, few_colours=True):
        """Draw `draw(**state)` in the course's style, with the words of `alt(**state)`."""
        with mpl.rc_context():
            use_course_style()
            fig = draw(**state)
            frame_pictures(fig)
            png = png_of(fig, few_colours)
        plt.close(fig)  # A figure of pyplot's would be displayed once more when the cell ends.
        width, height = fig.get_size_inches() * _PIXELS_PER_INCH
        return cls(png, (round(width), round(height)), alt(**state))

    @classmethod
    def of_image(cls, image, alt):
        """Take a PIL image, of `SHARPNESS` pixels each way for one on the page."""
        buffer = io.BytesIO()
        image.save(buffer, "png")
        return cls(buffer.getvalue(), (image.width // SHARPNESS, image.height // SHARPNESS), alt)

    @property
    def address(self):
        """The picture itself as an address, for an `<img>` element."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode()

    @property
    def html(self):
        """An `<img>` element that holds the picture itself."""
        width, height = self.size
        return (
            f'<img src="{self.address}" alt="{html.escape(self.alt)}" width="{width}" height="{height}" '
            'style="display: block; max-width: 100%; height: auto">'
        )

    def message(self, text):
        """Return data and metadata of a display, with `text` for where no pictures are shown."""
        width, height = self.size
        data = {"text/plain": text, "image/png": base64.b64encode(self.png).decode()}
        about = {"alt": self.alt, "width": width, "height": height}
        return data, {"image/png": about, "alt": self.alt, COMMITTED: ["image/png", "text/plain"]}

    def publish_beside(self, shown, model_id, css_class):
        """Display the widget of a `model_id`, and beside it the picture, in a class that the widget hides.

        The `repr` and type of `shown` stand for the widget in plain text: they are the same at every run.
        """
        view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
        publish_display_data({"text/plain": repr(shown), WIDGET_VIEW: view}, {COMMITTED: ["text/plain"]})
        # A saved notebook that is opened again has no widget: then this picture is seen. It comes without
        # its HTML first, because nbval compares the first message only and the HTML differs between machines.
        data, metadata = self.message(f"{type(shown).__name__}, still picture")
        transient = {"display_id": uuid.uuid4().hex}
        publish_display_data(data, metadata, transient=transient)
        data = data | {"text/html": f'<div class="{css_class}">{self.html}</div>'}
        publish_display_data(data, metadata, transient=transient, update=True)


class Displayed:
    """What a cell can end with; in plain text it says what running the cell is for."""

    run_to = "move its controls"

    def __repr__(self):
        # Compared strictly between two runs of a notebook: nothing here may vary.
        return f"{type(self).__name__}: run this cell to {self.run_to}"


class Explorer(Displayed):
    """Controls above a picture that follows them.

    End a cell with an explorer to show it. Where no kernel runs, its place is taken by a still picture.

    Parameters
    ----------
    draw : callable
        `draw(**state)` returns a matplotlib Figure, always of the same size. No side effects.
    alt : callable
        `alt(**state)` returns a sentence that says what the figure shows.
    controls, buttons : dict of str to ipywidgets.Widget
        One control for each argument of `draw`, shown in this order; their values are the state. And what
        stands right after the control of the same name, on its line.
    beside, above, below : sequence of ipywidgets.Widget
        A column to the right of the controls, which then are a column, too; a control may be in it. And what
        stands between controls and picture, and under the picture.
    screen : ipywidgets.Widget, optional
        In the picture's place; a subclass keeps it up to date in `_redraw`.
    css : str
        What else the page needs: a font.

    Attributes
    ----------
    still : StillPicture
        What is shown; with a screen, what was drawn when the explorer was displayed.
    widget : ipywidgets.VBox
        All of it, to be put into a larger widget.
    """

    few_colours = True  # Enough for drawings; see `png_of`.

    def __init__(
        self, draw, alt, controls, buttons=None, beside=None, above=(), below=(), screen=None, css=""
    ):
        self._draw, self._alt = draw, alt
        self.controls = dict(controls)
        self._screen, self._picture = screen, ipywidgets.HTML()
        self._css_class = still_class()
        self._held = False
        self._redraw()
        for control in self.controls.values():
            control.observe(self._on_change, names="value")
        # The still picture beside the widget is hidden as long as the widget is alive.
        hide = style_sheet(f".{self._css_class} {{display: none}} {css}")
        fields = self._arranged(buttons or {}, beside)
        self.widget = ipywidgets.VBox([hide, fields, *above, screen or self._picture, *below])

    def _arranged(self, buttons, beside):
        def row(children, **layout):
            return ipywidgets.Box(children, layout={"flex_flow": "row wrap", **layout})

        fields = [
            row([control, buttons[name]]) if name in buttons else control
            for name, control in self.controls.items()
            if control not in (beside or ())
        ]
        if beside is None:
            return row(fields, max_width="700px")
        columns = [ipywidgets.VBox(column, layout={"max_width": "98%"}) for column in (fields, beside)]
        return row(columns, max_width="700px", align_items="center")

    @property
    def state(self):
        """Values of the controls by name, as `draw` gets them."""
        return {name: control.value for name, control in self.controls.items()}

    def set(self, **state):
        """Move the controls that are named to new values, then draw once.

        A value that a control cannot take is a ValueError, and a name that no control has a TypeError.
        """
        for name in state:
            if name not in self.controls:
                raise TypeError(f"no control named {name!r}; there are {', '.join(self.controls)}")
        try:
            with self._holding():
                for name, value in state.items():
                    control = self.controls[name]
                    with suppress(TraitError):
                        control.value = value
                    # Sliders move an impossible value to their end without a word.
                    if control.value != value:
                        raise ValueError(
                            f"{name}={value!r} is outside of what its control can show: {_range(control)}"
                        )
                    self._follow(control)
        finally:
            self._redraw()

    def _follow(self, control):
        """Move the controls that depend on one that was moved; for subclasses.

        What is moved here calls neither this nor `draw` again: one picture follows when all have moved.
        """

    @contextmanager
    def _holding(self):
        """Let controls move without any consequence, within a `with` block."""
        outer, self._held = self._held, True
        try:
            yield
        finally:
            self._held = outer

    def _on_change(self, change):
        if not self._held:
            with self._holding():
                self._follow(change["owner"])
            self._redraw()

    def _draw_still(self):
        self.still = StillPicture.of_state(self._draw, self._alt, self.state, self.few_colours)

    def _redraw(self):
        self._draw_still()
        self._picture.value = self.still.html

    def _ipython_display_(self):
        if self._screen is not None:
            self._draw_still()
        self.still.publish_beside(self, self.widget.model_id, self._css_class)


def _range(control):
    """Say what values a control takes."""
    if control.has_trait("options"):
        return ", ".join(str(o[1] if isinstance(o, tuple) else o) for o in control.options)
    if control.has_trait("min"):
        ends = [control.base**end if control.has_trait("base") else end for end in (control.min, control.max)]
        return f"{ends[0]:g} to {ends[1]:g}"
    return f"such values as {control.value!r}"
