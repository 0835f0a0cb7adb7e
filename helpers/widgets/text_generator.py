"""Chapter 13's text generator: a prompt in, and the notebook's own function writes on while one watches.

The browser shows what there is and says so, and only then the kernel writes a little more: so there is never
more than one message under way, Stop takes effect between two of them, and a closed page ends the work.
"""

import textwrap
import time

import traitlets

from helpers.fonts import font_face
from helpers.plotting import BLUE
from helpers.widgets.controls import Screen, TextBox, joined, slider, stops, styled
from helpers.widgets.explorer import Explorer, StillPicture, new_figure
from helpers.widgets.letters import counted, write_text

OWN_PROMPT = "my own prompt"
MOST_LETTERS = 4_000  # Of a longer prompt the end is kept, which is what the next piece follows.
MOST_PIECES = 4  # In one message to the browser, ten times a second: as fast as one reads.
_MOST_SECONDS = 0.08  # For one message, however few pieces there are until then.
_TOP_K = [*((str(k), k) for k in (1, 2, 3, 5, 10, 20, 40, 100, 300, 1000)), ("off", 0)]


class _Page(Screen):
    """The prompt, the buttons and what has been written."""

    _esm = joined("paced.js", "text_generator.js")
    _css = styled("text_generator.css")
    value = traitlets.Unicode(help="The prompt in the field.").tag(sync=True)
    replaced = traitlets.Int(0, help="Counts how often Python has changed the prompt.").tag(sync=True)
    given = traitlets.Unicode(help="The prompt of what is written.").tag(sync=True)
    written = traitlets.Unicode().tag(sync=True)
    writing = traitlets.Bool(False).tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    interval = traitlets.Int(100).tag(sync=True)


class TextGenerator(Explorer):
    """A prompt, and a text that continues it, piece by piece, until it ends or is stopped.

    Parameters
    ----------
    write : callable
        `write(prompt, temperature, top_k, top_p)` yields pieces of text, and may never end.
    prompt : str
    examples : sequence of str
        The first prompt, and prompts to choose from; the learner types others.
    note : callable, optional
        `note(prompt)` says in a sentence what is special about a prompt, such as unknown letters; else "".
    sample : str
        How the first prompt may go on: what the still picture shows where no kernel runs.
    """

    def __init__(self, write, prompt="", examples=(), note=None, sample=""):
        self._write, self._note, self._sample = write, note, sample
        self._pieces, self._count, self._length = None, 0, 0
        page = _Page(value=prompt, given=prompt)
        self._box = TextBox(page, examples, OWN_PROMPT, "Prompts to begin with.")
        about = "Below 1 the likely pieces become likelier; at 0 the likeliest one is always taken."
        about_k = "So many of the likeliest pieces are in the draw; off: all."
        about_p = "Only the likeliest pieces that together have this probability are in the draw."
        controls = {
            "example": self._box.example,
            "temperature": slider("Temperature", 0.8, 0, 2, about, step=0.05, digits=2),
            "top_k": stops("Top-k", _TOP_K, about_k, 40),
            "top_p": slider("Top-p", 0.95, 0, 1, about_p, step=0.01, digits=2),
            "length": slider("Length", 60, 5, 300, "The most pieces to write.", step=5),
        }
        super().__init__(draw, alt, controls, screen=page, css=font_face())
        page.on_msg(self._on_message)
        self._show_prompt()

    @property
    def state(self):
        """What `draw` gets: the prompt and where the sliders stand."""
        state = {"prompt": self.prompt, **super().state}
        del state["example"]
        return state

    @property
    def prompt(self):
        """The text to be continued; to be set as well."""
        return self._screen.value

    @prompt.setter
    def prompt(self, prompt):
        self._screen.value = prompt
        self._box.follow()
        self._replaced()

    @property
    def text(self):
        """What has been written after the prompt."""
        return self._screen.written

    @property
    def writing(self):
        """Whether the function is being asked for more."""
        return self._pieces is not None

    def start(self):
        """Begin to write; what was being written ends."""
        self._close()
        prompt, status, self._count = self.prompt[-MOST_LETTERS:], "Writing …", 0
        _, *settings, self._length = (control.value for control in self.controls.values())
        try:
            self._pieces = iter(self._write(prompt, *settings))
        except Exception as error:  # The notebook's own function: whatever it raises, the page says so.
            status = _failure(error)
        note = self._said()
        self._screen.show(given=prompt, written="", note=note, writing=self.writing, status=status)

    def stop(self):
        """Stop writing; the text stays."""
        if self.writing:
            self._end(f"Stopped after {counted(self._count, 'piece')}.")

    def step(self):
        """Write a little more, and show it."""
        text, most = self.text, min(self._count + MOST_PIECES, self._length)
        end, status = time.monotonic() + _MOST_SECONDS, ""
        try:
            while self._count < most:
                piece = next(self._pieces)
                if not isinstance(piece, str):
                    raise TypeError(f"it gave {piece!r:.40}, but pieces of text are expected")
                # Half of a letter, which some tokenizers give, could not be sent to the browser.
                text += piece.encode("utf-8", "replace").decode()
                self._count += 1
                if time.monotonic() > end:
                    break
            if self._count >= self._length:
                status = f"Done: {counted(self._count, 'piece')}."
        except StopIteration:
            status = f"The text ended after {counted(self._count, 'piece')}."
        except KeyboardInterrupt:
            status = f"Stopped after {counted(self._count, 'piece')}."
        except Exception as error:
            status = _failure(error)
        if status:
            self._end(status, written=text)
        else:
            self._screen.show(written=text)

    def _end(self, status, **values):
        self._close()
        self._screen.show(status=status, writing=False, **values)

    def _close(self):
        pieces, self._pieces = self._pieces, None
        if hasattr(pieces, "close"):
            try:
                pieces.close()
            except Exception as error:
                self._screen.status = _failure(error)

    def _on_message(self, _, content, buffers):
        if "write" in content or "typed" in content:
            # What the field holds already: it is not replaced.
            self._screen.value = str(content.get("write", content.get("typed")))
            self._box.follow()
            if "write" in content:
                self.start()
            else:
                self._screen.show(note=self._said())
        elif "stop" in content:
            self.stop()
        # Only the newest number counts: of two views of this widget, the first one sets the pace.
        elif self.writing and content.get("shown") == self._screen.number:
            self.step()

    def _follow(self, control):
        before = self.prompt
        self._box.follow(control)
        if self.prompt != before:
            self._replaced()

    def _replaced(self):
        """Let the browser's field follow what Python has put there."""
        self._screen.replaced += 1
        self._show_prompt()

    def _show_prompt(self):
        """Show the prompt alone, as far as nothing is being written."""
        values = {} if self.writing else {"given": self.prompt[-MOST_LETTERS:], "written": "", "status": ""}
        self._screen.show(note=self._said(), **values)

    def _said(self):
        """What is special about the prompt."""
        is_long = len(self.prompt) > MOST_LETTERS
        notes = [f"Only the last {MOST_LETTERS:,} letters of the prompt are used."] if is_long else []
        if self._note is not None:
            try:
                notes.append(str(self._note(self.prompt[-MOST_LETTERS:]) or ""))
            except Exception as error:
                notes.append(f"note failed with {type(error).__name__}: {error}")
        if not self.prompt.strip() and not any(notes):
            notes.append("No prompt: the text begins with whatever is likely to come first.")
        return " ".join(filter(None, notes))

    def _redraw(self):
        """Draw nothing: the page shows all there is."""

    def _draw_still(self):
        """Draw the prompt and what is written after it; before anything is written, the sample."""
        state = self.state | {"written": self.text or self._sample}
        self.still = StillPicture.of_state(self._draw, self._alt, state, self.few_colours)


def draw(prompt, temperature, top_k, top_p, length, written=""):
    """Draw a still picture for where no kernel runs: a prompt, what was written, where the sliders stand."""
    fig = new_figure(height=2.6)
    small = {"fontsize": 11, "color": "0.35", "va": "center"}
    fig.text(0.02, 0.91, "Prompt (blue), and what the network wrote", **small)
    place = 0.8
    end = prompt[-MOST_LETTERS:] or "(no prompt)"
    for text, most, colour in ((end, 3, BLUE), (written.strip(), 4, "black")):
        lines = [part for line in text.splitlines() for part in textwrap.wrap(line, 68) or [""]]
        for line in lines[:most] + ["…"] * (len(lines) > most):
            write_text(fig.text, 0.02, place, line, 12, room=670, va="center", color=colour)
            place -= 0.084
    settings = f"Run the cell to write on: temperature {_chosen(temperature, top_k, top_p, length)}"
    fig.text(0.02, 0.05, settings, **small)
    return fig


def alt(prompt, temperature, top_k, top_p, length, written=""):
    """Say in a sentence what `draw` shows for the same state."""
    shown = textwrap.shorten(prompt, 200, placeholder=" …") or "none"
    told = f" It goes on: {textwrap.shorten(written, 300, placeholder=' …')}." if written.strip() else ""
    chosen = _chosen(temperature, top_k, top_p, length)
    return f"A prompt to be continued: {shown}.{told} Temperature {chosen}."


def _chosen(temperature, top_k, top_p, length):
    return f"{temperature:g}, top-k {top_k or 'off'}, top-p {top_p:g}, at most {length} pieces"


def _failure(error):
    return f"write failed with {type(error).__name__}: {error}"
