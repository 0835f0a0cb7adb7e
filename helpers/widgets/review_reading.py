"""What the two widgets of chapter 09 share: texts, their words, the models that read them, notes."""

import html
from collections import namedtuple
from functools import lru_cache

import numpy as np

from helpers import reviewer_models
from helpers.tables import read_table
from helpers.widgets.controls import Note, TextBox, choice, read_button, text_field
from helpers.widgets.explorer import Explorer
from helpers.widgets.letters import counted, name_columns, short

MOST_WORDS = 5_000  # A review of more words is read up to here.
OWN_TEXT, OWN_MODEL = "my own words", "your model"
_SHIPPED = {"IMDB": "imdb", "made-up reviews": "grammar"}
_MOST_LETTERS = 200_000
_NAMED = 8  # Unknown words that the note names.
_LONGEST_LABEL = 12
EXAMPLES = read_table("words/examples.toml")["reviews"]  # Texts by what the list calls them.
# A text's words, the row of each and whether it is known, and how many were left out at the end.
Text = namedtuple("Text", "words rows known cut")


def words_in(text, vocabulary):
    """Cut any text, empty or very long or of emoji, into words and look them up: a `Text`."""
    words = reviewer_models.split_words(text[:_MOST_LETTERS])
    left_out = len(words[MOST_WORDS:]) + len(text[_MOST_LETTERS:].split())
    words = words[:MOST_WORDS]
    return Text(words, *vocabulary.encode(words), left_out)


@lru_cache(maxsize=32)
def read(text, reviewers, name, frozen=None):
    """Let one reader read a text: `Text`, `Reading`. Both are remembered: a slider asks again and again.

    `frozen` is a gate of the "lstm" and the value at which it stands.
    """
    found = words_in(text, reviewers.vocabulary)
    return found, reviewers.readers[name].read(found.rows, reviewers.vocabulary.start, frozen)


def label_of(word, known):
    """Write a word for a picture: unknown ones in brackets, what the font may lack as a question mark."""
    # The pictures' font has Latin, Greek and Cyrillic letters, and no others for certain.
    word = short(word, _LONGEST_LABEL) if all(ord(sign) < 0x530 for sign in word) else "?"
    return word if known else f"[{word}]"


def name_words(ax, found, shown):
    """Write the words of a `Text`, those of a slice, under the columns of axes."""
    known = found.known[shown]
    labels = [label_of(word, k) for word, k in zip(found.words[shown], known, strict=True)]
    name_columns(ax, labels, known)


def note_on(found, title):
    """Say in HTML what was read, which words are unknown, and what was left out.

    `title` is what the readers were trained on.
    """
    note = f"Trained on {html.escape(title)}. "
    if not found.words:
        return f"{note}There are no words to read yet: type a few, or choose an example."
    note += counted(len(found.words), "word")
    unknown = list(dict.fromkeys(np.array(found.words, dtype=object)[~found.known]))
    if unknown:
        named = ", ".join(html.escape(word[:30]) for word in unknown[:_NAMED])
        more = f" and {len(unknown) - _NAMED:,} more" if len(unknown) > _NAMED else ""
        note += f", {(~found.known).sum():,} of them unknown, in [brackets]: {named}{more}"
    note += "."
    if unknown and not found.known.any():
        note += " With no known word, the verdict means nothing."
    if any(not word.isascii() for word in unknown):
        note += " The models know English words only; other scripts and emoji are shown as [?]."
    if found.cut:
        note += f" Only the first {MOST_WORDS:,} words are read; {found.cut:,} are left out."
    return note


@lru_cache
def _load(title):
    _, word_index = reviewer_models.available()
    return reviewer_models.load_reviewers(_SHIPPED[title], word_index)


# While somebody types, only the page knows it; it says so until the field is left and the text is read.
_STALE = """
.course-review:has(textarea:focus) img {opacity: 0.35}
.course-review:has(textarea:focus) [role=status] {visibility: hidden}
.course-review:has(textarea:focus) [role=status]::before {visibility: visible; font-weight: bold;
  content: "The picture shows the text as it was before. Leave the field, and it is read. "}
"""


class TextExplorer(Explorer):
    """An explorer of a text: an example or one's own words, a button to read it, a note on what was read.

    `own` are readers of the learner's; the subclass's `controls` stand after those of the text.
    """

    def __init__(self, draw, alt, own=None, controls=None):
        self._own = own
        names, _ = reviewer_models.available()
        sources = [OWN_MODEL] if own else []
        sources += [title for title, name in _SHIPPED.items() if name in names]
        about = "Any text; it is read when you leave the field or press the button."
        text = text_field("Review", next(iter(EXAMPLES.values())), about, 2, placeholder="Type a review")
        about = "Puts a text into the field; change it as you like."
        self._box = TextBox(text, EXAMPLES, OWN_TEXT, about, "Example")
        about = "Which reviews the models have learned from."
        controls = {
            "example": self._box.example,
            "source": choice("Trained on", sources, about),
            "text": text,
            **(controls or {}),
        }
        button, self._note = read_button(), Note()
        button.layout.width = "92px"
        super().__init__(draw, alt, controls, {"text": button}, above=[self._note], css=_STALE)
        self.widget.add_class("course-review")

    @property
    def state(self):
        """What `draw` gets: the text, the readers, and the subclass's own controls."""
        values = {name: value for name, value in super().state.items() if name not in ("example", "source")}
        return {**values, "reviewers": self.reviewers}

    @property
    def reviewers(self):
        """The readers in use; shipped ones are loaded when first asked for."""
        source = self.controls["source"].value
        return self._own if source == OWN_MODEL else _load(source)

    def _follow(self, moved):
        self._box.follow(moved)

    def _redraw(self):
        if hasattr(self, "widget"):  # A long text takes a while; until then the picture is the older text's.
            self._note.show("<b>Reading … The picture still shows the text before.</b>")
            self._picture.value = f'<div style="opacity: 0.35">{self.still.html}</div>'
        super()._redraw()
        found, _ = read(self.controls["text"].value, self.reviewers, "lstm")
        title = self.reviewers.vocabulary.title
        self._note.show(note_on(found, f"{title}, by you" if self.reviewers is self._own else title))


def in_words(probability):
    """Word a probability of praise: "93% praise", "88% blame", "undecided"."""
    if round(probability, 2) == 0.5:
        return "undecided"
    return f"{probability:.0%} praise" if probability >= 0.5 else f"{1 - probability:.0%} blame"
