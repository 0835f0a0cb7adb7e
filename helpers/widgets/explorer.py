"""Pictures that a learner can move: controls, and a pure function from their values to a figure.

An explorer keeps the lesson in two pure functions, `draw(**state)` and `alt(**state)`. Tests and readers call
them without a browser; the controls only supply the values.
"""

import base64
import html
import io
import uuid
from contextlib import contextmanager

import ipywidgets
import matplotlib as mpl
import matplotlib.pyplot as plt
from IPython.display import publish_display_data
from matplotlib.figure import Figure
from PIL import Image

from helpers.plotting import use_course_style
from helpers.progress import COMMITTED

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

_PIXELS_PER_INCH = 100
_SHARPNESS = 2  # Pixels in the file per pixel on the page: sharp on a projector and on a phone.


def new_figure(height, width=7.0):
    """Make an empty figure that pyplot does not know of, so that nothing needs to be closed.

    Parameters
    ----------
    height, width : float
        Size in inches, of 100 pixels each on the page.

    Returns
    -------
    matplotlib.figure.Figure
        Without a layout engine: place axes with `fig.add_axes`, so that they stand still between pictures.
    """
    return Figure(figsize=(width, height), dpi=_PIXELS_PER_INCH, layout="none")


def png_of(fig, few_colours=False):
    """Draw a figure as PNG.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    few_colours : bool
        Whether to keep 256 colours only: a third of the size, enough for drawings.

    Returns
    -------
    png : bytes
        Twice as many pixels each way as `picture_size(fig)`.
    """
    buffer = io.BytesIO()
    # Uncompressed, because it is compressed below.
    fig.savefig(
        buffer,
        format="png",
        dpi=_PIXELS_PER_INCH * _SHARPNESS,
        facecolor="white",
        pil_kwargs={"compress_level": 0},
    )
    image = Image.open(buffer).convert("RGB")
    if few_colours:
        image = image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        # The palette's white is 253 or 254, which is a grey box on a white page.
        image.putpalette([255 if value >= 253 else value for value in image.getpalette()])
    buffer = io.BytesIO()
    image.save(buffer, "png", compress_level=4)
    return buffer.getvalue()


def picture_size(fig):
    """Return the (width, height) in pixels at which a figure is shown."""
    width, height = fig.get_size_inches()
    return round(width * _PIXELS_PER_INCH), round(height * _PIXELS_PER_INCH)


def picture_html(png, alt, size):
    """Return an `<img>` element that holds the picture itself.

    Parameters
    ----------
    png : bytes
    alt : str
        What one sees, for screen readers.
    size : (int, int)
        Width and height in pixels. Narrower pages shrink the picture; its place is kept from the start.
    """
    width, height = size
    data = base64.b64encode(png).decode()
    return (
        f'<img src="data:image/png;base64,{data}" alt="{html.escape(alt)}" width="{width}" height="{height}" '
        'style="display: block; max-width: 100%; height: auto">'
    )


def labelled(control, tooltip):
    """Give a control the explorers' size and a tooltip.

    Parameters
    ----------
    control : ipywidgets.Widget
        With a `description` of at most about 20 letters, which stays visible in full.
    tooltip : str
        What the control changes, in a sentence.

    Returns
    -------
    control : ipywidgets.Widget
        The same object.
    """
    control.style.description_width = "125px"
    control.layout.width = "340px"
    control.layout.max_width = "98%"  # The rest is its margin, on a narrow page.
    # ipywidgets 7, which Colab has, knows a control's tooltip by another name.
    setattr(control, "tooltip" if control.has_trait("tooltip") else "description_tooltip", tooltip)
    return control


def publish_with_still(shown, model_id, png, size, alt, still):
    """Display a widget, and beside it the picture that is seen where no kernel runs.

    Parameters
    ----------
    shown : object
        Whose `repr` and type stand for the widget in plain text; the same at every run.
    model_id : str
        Of the widget.
    png : bytes
    size : (int, int)
        Width and height in pixels on the page.
    alt : str
        What the picture shows.
    still : str
        A CSS class: the widget hides what has it.
    """
    view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
    publish_display_data({"text/plain": repr(shown), WIDGET_VIEW: view}, {COMMITTED: ["text/plain"]})
    # A saved notebook that is opened again has no widget: then this picture is seen. It comes without its
    # HTML first, because nbval compares the first message only and the HTML differs between machines.
    width, height = size
    data = {
        "text/plain": f"{type(shown).__name__}, still picture",
        "image/png": base64.b64encode(png).decode(),
    }
    metadata = {
        "image/png": {"alt": alt, "width": width, "height": height},
        "alt": alt,
        COMMITTED: ["image/png", "text/plain"],
    }
    transient = {"display_id": uuid.uuid4().hex}
    publish_display_data(data, metadata, transient=transient)
    data["text/html"] = f'<div class="{still}">{picture_html(png, alt, size)}</div>'
    publish_display_data(data, metadata, transient=transient, update=True)


class Explorer:
    """Controls above a picture that follows them.

    End a cell with an explorer to show it. Where no kernel runs, its place is taken by a still picture.

    Parameters
    ----------
    draw : callable
        `draw(**state)` returns a matplotlib Figure, always of the same size. No side effects.
    alt : callable
        `alt(**state)` returns a sentence that says what the figure shows.
    controls : dict of str to ipywidgets.Widget
        One control for each argument of `draw`, shown in this order. Their values are the state.
    play : str, optional
        Name of the integer slider that gets buttons to run through its values.

    Attributes
    ----------
    controls : dict of str to ipywidgets.Widget
    widget : ipywidgets.VBox
        All of it, to be put into a larger widget.
    """

    def __init__(self, draw, alt, controls, play=None):
        self._draw = draw
        self._alt = alt
        self.controls = dict(controls)
        self._picture = ipywidgets.HTML()
        self._still = f"course-still-{uuid.uuid4().hex}"
        self._held = False
        self._redraw()
        for control in self.controls.values():
            control.observe(self._on_change, names="value")
        row = []
        for name, control in self.controls.items():
            row.append(_with_play_buttons(control) if name == play else control)
        # The still picture beside the widget is hidden as long as the widget is alive.
        hide = ipywidgets.HTML(f"<style>.{self._still} {{display: none}}</style>")
        hide.layout.display = "none"
        wrap = ipywidgets.Layout(flex_flow="row wrap", max_width="700px")
        self.widget = ipywidgets.VBox([hide, ipywidgets.Box(row, layout=wrap), self._picture])

    @property
    def state(self):
        """Values of the controls by name, as `draw` gets them."""
        return {name: control.value for name, control in self.controls.items()}

    def set(self, **state):
        """Move controls, then draw once.

        Parameters
        ----------
        **state
            New values by name; what is not named stays.

        Raises
        ------
        TypeError
            If there is no control of that name.
        ValueError
            If a control cannot take the value.
        """
        for name in state:
            if name not in self.controls:
                raise TypeError(f"no control named {name!r}; there are {', '.join(self.controls)}")
        try:
            with self._holding():
                for name, value in state.items():
                    control = self.controls[name]
                    control.value = value
                    # Sliders move an impossible value to their end without a word.
                    if control.value != value:
                        raise ValueError(f"{name}={value!r} is outside of what its control can show")
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

    def _redraw(self):
        state = self.state
        with mpl.rc_context():
            use_course_style()
            fig = self._draw(**state)
            self._png = png_of(fig, few_colours=True)
        plt.close(fig)  # A figure of pyplot's would be displayed once more when the cell ends.
        self._size = picture_size(fig)
        self._alt_text = self._alt(**state)
        self._picture.value = picture_html(self._png, self._alt_text, self._size)

    def __repr__(self):
        # Compared strictly between two runs of a notebook: nothing here may vary.
        return f"{type(self).__name__}: run this cell to move its controls"

    def _ipython_display_(self):
        publish_with_still(self, self.widget.model_id, self._png, self._size, self._alt_text, self._still)


def _with_play_buttons(slider):
    play = ipywidgets.Play(value=slider.value, min=slider.min, max=slider.max, step=slider.step, interval=200)
    # Linked in the browser: the kernel gets the slider's messages only, as fast as it can draw.
    ipywidgets.jslink((play, "value"), (slider, "value"))
    return ipywidgets.Box([slider, play], layout=ipywidgets.Layout(flex_flow="row wrap"))
