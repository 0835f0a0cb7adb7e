"""What stands around an explorer's picture: sliders, lists, a text box, notes; each says what it is for."""

import html
import math
import re
from pathlib import Path

import anywidget
import ipywidgets
import traitlets

_HERE = Path(__file__).parent


def joined(*files):
    """Join files of this folder: the JavaScript of the last one may use the functions of those before."""
    return "".join((_HERE / file).read_text(encoding="utf-8") for file in files)


def styled(name):
    """Return the CSS of a widget's file in this folder, after what all of them share."""
    return joined("theme.css", name)


def explained(control, tooltip):
    """Give a control a tooltip, a sentence that says what it changes; return the control."""
    # ipywidgets 7, which Colab has, knows a control's tooltip by another name.
    setattr(control, "tooltip" if control.has_trait("tooltip") else "description_tooltip", tooltip)
    return control


def labelled(control, tooltip, width="340px"):
    """Give a control a tooltip and the explorers' size; return the control.

    Its `description`, of at most about 20 letters, stays visible in full.
    """
    control.style.description_width = "125px"
    control.layout.width = width
    control.layout.max_width = "98%"  # The rest is its margin, on a narrow page.
    return explained(control, tooltip)


def slider(description, value, low, high, tooltip, step=1, digits=None):
    """Make a slider of whole numbers; with `digits` behind the point, of any."""
    limits = {"value": value, "min": low, "max": high, "step": step, "description": description}
    if digits is None:
        return labelled(ipywidgets.IntSlider(**limits), tooltip)
    return labelled(ipywidgets.FloatSlider(**limits, readout_format=f".{digits}f"), tooltip)


def power_slider(description, value, low, high, tooltip, step):
    """Make a slider from 10**low to 10**high."""
    limits = {"value": value, "min": low, "max": high, "step": step, "description": description}
    return labelled(ipywidgets.FloatLogSlider(**limits, base=10, readout_format=".2g"), tooltip)


def choice(description, options, tooltip, value=None, width="340px", make=ipywidgets.Dropdown):
    """Make a list to choose from; the first of the options is chosen, or `value`."""
    chosen = {} if value is None else {"value": value}
    return labelled(make(options=options, description=description, **chosen), tooltip, width)


def stops(description, options, tooltip, value=None):
    """Make a slider that stops at options: values, or pairs of a word and its value."""
    return choice(description, options, tooltip, value, make=ipywidgets.SelectionSlider)


def text_field(description, value, tooltip, rows=1, width="340px", placeholder=""):
    """Make a field to type into; it is read when one leaves it, or presses Enter in a field of one row."""
    how = {"value": value, "description": description, "placeholder": placeholder}
    make = ipywidgets.Text if rows == 1 else lambda **how: ipywidgets.Textarea(rows=rows, **how)
    return labelled(make(continuous_update=False, **how), tooltip, width)


def read_number(text):
    """Read a number as people type it: "0.5", "0,5", "1/9", "−2", "1,000", "92 %" (92); else None."""
    text = (text or "").replace("−", "-").replace(" ", "").removesuffix("%")
    if re.fullmatch(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    try:
        above, *below = (float(part) for part in text.replace(",", ".").split("/", 1))
        number = above / below[0] if below else above
    except (ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


def tick(description, tooltip, value=False):
    """Make a box to tick."""
    return labelled(ipywidgets.Checkbox(value=value, description=description, indent=False), tooltip)


def button(description, tooltip, act, **layout):
    """Make a button that calls `act()`."""
    made = ipywidgets.Button(description=description, tooltip=tooltip, layout=layout)
    made.on_click(lambda _: act())
    return made


def read_button(description="Read"):
    """Make a button that does nothing but take the focus from a text field, which is read then."""
    tooltip = "Read what the field holds."
    return ipywidgets.Button(description=description, tooltip=tooltip, button_style="primary")


def play_button(slider, interval=200):
    """Make buttons that run through a slider's values, or its stops, `interval` milliseconds each."""
    if slider.has_trait("index"):
        name, limits = "index", {"max": len(slider.options) - 1}
    else:
        name, limits = "value", {"min": slider.min, "max": slider.max, "step": slider.step}
    play = ipywidgets.Play(interval=interval, value=getattr(slider, name), **limits)

    def follow(change):
        with slider.hold_sync():  # The picture first, then the slider's number: it never runs ahead.
            slider.set_trait(name, change["new"])

    play.observe(follow, names="value")
    slider.observe(lambda change: play.set_trait("value", change["new"]), names=name)
    return play


class Note(ipywidgets.HTML):
    """A line of text; screen readers read it out when it changes."""

    def say(self, text):
        """Show a text."""
        self.show(html.escape(text))

    def show(self, markup):
        """Show HTML."""
        self.value = f'<span role="status">{markup}</span>'


class Screen(anywidget.AnyWidget):
    """Something in the browser that says which message it has shown; only then the next one is made."""

    number = traitlets.Int(0, help="Counts the messages.").tag(sync=True)
    interval = traitlets.Int(40, help="Milliseconds between two messages at least.").tag(sync=True)

    def show(self, **values):
        """Change several traits in one message: the browser never sees a part with another part's number."""
        with self.hold_sync():
            for name, value in values.items():
                setattr(self, name, value)
            self.number += 1


class TextBox:
    """An example or a text of one's own: a field and a list of examples that follow each other.

    The field is a `text_field` or another widget whose `value` is a str. Examples are texts, or texts by what
    the list calls them; where there are none, the list is hidden. `own` is what it calls any other text.
    """

    def __init__(self, field, examples, own, tooltip, description="Examples"):
        if isinstance(examples, str):
            raise ValueError(f"examples is {examples[:40]!r}, one text; expected a list of texts")
        named = isinstance(examples, dict)
        self._texts = examples if named else {text: text for text in examples}
        self._own, self.field = own, field
        width = "340px" if named else "680px"  # Texts are to be seen whole.
        self.example = choice(description, [*self._texts, own], tooltip, self._name(), width)
        if not self._texts:
            self.example.layout.display = "none"

    def follow(self, moved=None):
        """Put the example that was chosen into the field, if it was chosen; then name what is there."""
        if moved is self.example:
            self.field.value = self._texts.get(moved.value, self.field.value)
        self.example.value = self._name()

    def _name(self):
        return next((name for name, text in self._texts.items() if text == self.field.value), self._own)
