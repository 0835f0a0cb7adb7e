"""Chapter 11's attention map: type a sentence, see where the network looked for each word that it wrote.

The Japanese is drawn with the font that ships with the course: it looks the same on every machine.
"""

import difflib
import html
from functools import lru_cache, partial
from typing import NamedTuple

import ipywidgets
import numpy as np

from helpers.fonts import FONT_NAME, font_face, japanese_font, japanese_letters
from helpers.synthetic.translation import PLAIN, POLITE, gloss, japanese_text, tokenize
from helpers.tables import read_table
from helpers.widgets.controls import Note, TextBox, choice, text_field
from helpers.widgets.explorer import Explorer, new_figure
from helpers.widgets.letters import name_columns

MOST_SOURCE = MOST_WRITTEN = 24  # Tokens in the picture, each way.
EXAMPLES = read_table("words/examples.toml")["sentences"]
OWN_TEXT = "my own sentence"
_HEIGHT = 5.4  # Inches; the figure is 7 inches wide.


class Reading(NamedTuple):
    """A sentence in English tokens, its translation in Japanese ones, and the weights between them.

    Both are empty where there was nothing to translate. `known` says of each English token whether the
    network knows it, `cut` whether there were more than `MOST_SOURCE`. `new` is what the training sentences
    do not have, beside unknown words: "“bus” before “was”".
    """

    source: tuple
    known: tuple
    written: tuple
    weights: np.ndarray  # (written, source), each row sums to 1
    cut: bool = False
    new: tuple = ()


def read(text, style, translate, known_words, outside=None):
    """Translate a text into `POLITE` or `PLAIN` Japanese; the functions are those of `AttentionMap`."""
    tokens = tokenize(text, style)
    if not tokens:
        return Reading((), (), (), np.zeros((0, 0)))
    _, new = outside(tokens) if outside else ((), ())
    cut = len(tokens) > MOST_SOURCE
    tokens = tokens[:MOST_SOURCE]
    written, weights = translate(tokens)
    written, weights = tuple(written), np.asarray(weights, dtype=float)
    if weights.ndim != 2 or weights.shape[0] < len(written) or weights.shape[1] < len(tokens):
        raise ValueError(
            f"translate gave weights of shape {weights.shape}; expected one row for each of {len(written)} "
            f"written words, one column for each of {len(tokens)} read"
        )
    written = written[:MOST_WRITTEN]
    known = tuple(token in known_words for token in tokens)
    return Reading(tokens, known, written, weights[: len(written), : len(tokens)], cut, tuple(new))


def draw_map(source, written, weights, known=None):
    """Draw weights as a grid: a row for each Japanese word, a column for each English one.

    Parameters
    ----------
    source, written : sequence of str
    weights : array_like of shape (len(written), len(source)), in [0, 1]
    known : sequence of bool, optional
        Columns that are not known are red, with a question mark.
    """
    fig = new_figure(height=_HEIGHT)
    if not len(source) or not len(written):
        message = "no words yet" if not len(source) else "the network wrote nothing"
        fig.text(0.5, 0.5, message, ha="center", fontsize=12, color="0.4")
        return fig
    bottom, top = 0.2 / _HEIGHT, 1 - 1.5 / _HEIGHT
    ax = fig.add_axes((0.4, bottom, 0.57, top - bottom))
    ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    known = [True] * len(source) if known is None else known
    names = [word if k else f"{word[:12]} ?" for word, k in zip(source, known, strict=True)]
    name_columns(ax, names, known, on_top=True)
    ax.set_yticks(range(len(written)), [""] * len(written))
    ax.tick_params(length=0)
    size = 11 if len(written) <= 18 else 9.5
    place = {"transform": ax.get_yaxis_transform(), "va": "center", "ha": "right"}
    for row, token in enumerate(written):
        drawable = "".join(c if c in japanese_letters() else "?" for c in token)
        ax.text(-0.02, row, drawable, fontproperties=japanese_font(size + 1), **place)
        ax.text(-0.345, row, gloss(token), fontsize=max(9, size - 1), color="0.35", **place)
    fig.text(0.02, 1 - 0.25 / _HEIGHT, "weight: white 0, dark blue 1", fontsize=11)
    ax.spines[["top", "right"]].set_visible(True)
    return fig


def draw(reading):
    """Draw a `Reading`."""
    return draw_map(reading.source, reading.written, reading.weights, reading.known)


def alt(reading):
    """Say in a sentence or two what `draw` shows for the same reading."""
    if not reading.source:
        return "An empty picture: no words yet."
    if not reading.written:
        return "An empty picture: the network wrote nothing."
    most = [reading.source[i] for i in reading.weights.argmax(axis=1)]
    pairs = ", ".join(f"{token} at {word}" for token, word in zip(reading.written, most, strict=True))
    return f"Attention map. The translation is {japanese_text(reading.written)}. Looked most: {pairs}."


class AttentionMap(Explorer):
    """Type an English sentence; see its translation, and where the network looked for each word.

    Parameters
    ----------
    translate : callable
        `translate(tokens)` takes English tokens with the mark in front, and returns Japanese tokens and the
        weights, of shape (Japanese tokens, English tokens).
    known_words : container of str
        English tokens that the network knows.
    outside : callable, optional
        `outside(tokens)` gives two lists of what the training sentences do not have, words and the rest, as
        `helpers.synthetic.translation.outside_of` has it. The note warns of the second; unknown words it
        names itself.
    """

    def __init__(self, translate, known_words, outside=None):
        self._known = frozenset(known_words)
        reading = partial(read, translate=translate, known_words=self._known, outside=outside)
        self._read = lru_cache(1)(reading)  # A redraw asks again for what is shown.
        about_text = "An English sentence of your own; press Enter."
        text = text_field("Sentence", EXAMPLES[0], about_text, width="680px")
        self._box = TextBox(text, EXAMPLES, OWN_TEXT, "Sentences to begin with.")
        self._follow = self._box.follow
        style = choice("Japanese", {"polite": POLITE, "plain": PLAIN}, "Polite or plain Japanese.")
        self._answer, self._note = ipywidgets.HTML(), Note()
        controls = {"text": text, "example": self._box.example, "style": style}
        super().__init__(draw, alt, controls, above=[self._answer, self._note], css=font_face())

    @property
    def reading(self):
        """What is shown, as a `Reading`."""
        return self._read(self.controls["text"].value, self.controls["style"].value)

    @property
    def state(self):
        """What `draw` gets."""
        return {"reading": self.reading}

    def _redraw(self):
        super()._redraw()
        written = japanese_text(self.reading.written)
        style = f"font: 18px {FONT_NAME}, sans-serif"
        self._answer.value = f'<div lang="ja" style="{style}">{html.escape(written)}</div>'
        self._note.show(note_on(self.reading, self._known))


def note_on(reading, known_words):
    """Say what is special about a sentence, as HTML; "" where nothing is."""
    if not reading.source:
        return "Type an English sentence, such as <i>My father drinks tea.</i>"
    notes = []
    if reading.cut:
        notes.append(f"Only the first {MOST_SOURCE} tokens are read.")
    unknown = list(dict.fromkeys(w for w, k in zip(reading.source, reading.known, strict=True) if not k))
    if unknown:
        words = sorted(w for w in known_words if w.isalpha())
        named = []
        for word in unknown[:4]:
            near = difflib.get_close_matches(word, words, 1, 0.7)
            named.append(f"<b>{html.escape(word)}</b>" + (f" (did you mean {near[0]}?)" if near else ""))
        more = f" and {len(unknown) - 4} more" if len(unknown) > 4 else ""
        notes.append(f"Not among the network's {len(words)} words: {', '.join(named)}{more}.")
    if reading.new:
        new = html.escape(", ".join(reading.new))
        notes.append(f"Outside of what it was trained on: {new}. Expect a wrong translation.")
    return " ".join(notes)
