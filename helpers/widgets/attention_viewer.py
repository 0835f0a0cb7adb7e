"""Chapter 12's attention viewer: any text, any layer, any head; where does each word look?

The network is the notebook's own, an encoder, a decoder or both: a function from a text to words and weights.
"""

import html
from dataclasses import dataclass
from functools import partial

import ipywidgets
import numpy as np
from matplotlib.patches import Rectangle

from helpers.fonts import FONT_NAME, font_face
from helpers.plotting import RED
from helpers.synthetic.translation import gloss
from helpers.widgets.attention_map import draw_map
from helpers.widgets.controls import Note, TextBox, choice, read_button, slider, text_field
from helpers.widgets.explorer import Explorer, axes_at, new_figure
from helpers.widgets.letters import fitted, short, write_text

ALL_HEADS = 0  # The value of the control "head" that stands for all of them.
MOST_WORDS, MOST_HEADS = 26, 16  # In a picture, each way; in the picture of all heads.
OWN_TEXT = "my own text"
_NONE_OFF = ("no head", ())
_MOST_LETTERS = 2_000
_FONT = f"font: 15px/1.35 sans-serif, {FONT_NAME}"
_WIDTH, _HEIGHT = 700, 540  # Pixels.
_TOP = 50  # Pixels for the title and the line under it.
_MOST_ROOM = 115  # Pixels for the name of a column.


@dataclass(frozen=True)
class Attention:
    """Words, and how much they look at each other in every layer and head.

    Attributes
    ----------
    queries, keys : sequence of str
        The words that look, and those looked at. Both empty where there was nothing to read.
    weights : ndarray of shape (layers, heads, len(queries), len(keys))
        Each row sums to 1.
    note : str
        What the learner should know about this text: unknown words, for example.
    """

    queries: tuple
    keys: tuple
    weights: np.ndarray
    note: str = ""


NOTHING = Attention((), (), np.zeros((1, 1, 0, 0)))


def read(text, attend):
    """Let a network read any text: its maps by name, of `MOST_WORDS` words at most each way, and a note.

    `attend(text)` is not asked about a text without letters or digits; then there are no maps.
    """
    if not any(map(str.isalnum, text)):
        return {}, "Type a sentence, then press Enter."
    notes = [f"Only the first {_MOST_LETTERS:,} letters are read."] if len(text) > _MOST_LETTERS else []
    answer = attend(text[:_MOST_LETTERS])
    maps = answer if isinstance(answer, dict) else {"attention": answer}
    maps = {str(name): _checked(name, attention) for name, attention in maps.items()}
    notes += [attention.note for attention in maps.values()]
    longest = max((len(words) for a in maps.values() for words in (a.queries, a.keys)), default=0)
    if longest > MOST_WORDS:
        notes.append(f"The pictures show the first {MOST_WORDS} of {longest:,} words.")
    if any(attention.weights.shape[1] > MOST_HEADS for attention in maps.values()):
        notes.append(f"“all heads” shows the first {MOST_HEADS} of them.")
    said = " ".join(filter(None, dict.fromkeys(notes)))
    if not longest:
        return {}, said or "No words were found in this text."
    few = slice(MOST_WORDS)
    cut = {
        name: Attention(a.queries[few], a.keys[few], a.weights[:, :, few, few], a.note)
        for name, a in maps.items()
    }
    return cut, said


def _checked(name, attention):
    if not hasattr(attention, "queries"):
        kind = type(attention).__name__
        raise TypeError(f"attend gives {kind} for {name!r}; expected an Attention: does it end with return?")
    queries, keys = tuple(map(str, attention.queries)), tuple(map(str, attention.keys))
    weights = np.nan_to_num(np.asarray(attention.weights, dtype=float))
    if not queries or not keys:
        weights = np.zeros((1, 1, len(queries), len(keys)))
    elif weights.ndim != 4 or 0 in weights.shape or weights.shape[2:] != (len(queries), len(keys)):
        raise ValueError(
            f"the weights of {name!r} have shape {weights.shape}; "
            f"expected (layers, heads, {len(queries)} queries, {len(keys)} keys)"
        )
    return Attention(queries, keys, weights, str(attention.note or ""))


def draw(attention, where, layer, head, word):
    """Draw one head's map with all words, or the maps of all heads small with one word's weights below.

    `where` is what the map is called. Layer, head (or `ALL_HEADS`) and word count from 1.
    """
    if not attention.queries or not attention.keys:
        return draw_map(attention.keys, attention.queries, attention.weights)  # It says what is missing.
    fig = new_figure(height=_HEIGHT / 100)
    # One scale for the layer: heads can be compared.
    colours = {"cmap": "Blues", "vmin": 0, "vmax": _scale(attention, layer), "aspect": "auto"}
    which = "all heads" if head == ALL_HEADS else f"head {head}"
    title = f"{short(where, 30)}, layer {layer}, {which}: white 0, dark blue {colours['vmax']:.2f}"
    write_text(fig.text, 0.02, 0.968, title, 12, va="center", ha="left")
    line = "A row for each word that looks, a column for each word that is looked at."
    fig.text(0.02, 0.93, line, fontsize=10, color="0.35", va="center")
    weights = attention.weights[layer - 1]  # (heads, queries, keys)
    if head == ALL_HEADS:
        _draw_all(fig, attention, weights[:MOST_HEADS], word, colours)
    else:
        _draw_one(fig, attention, weights[head - 1], word, colours)
    return fig


def alt(attention, where, layer, head, word):
    """Say in a sentence or two what `draw` shows for the same state."""
    if not attention.queries or not attention.keys:
        return f"An empty picture: {'the network wrote nothing' if attention.keys else 'no words'}."
    weights = attention.weights[layer - 1]  # (heads, queries, keys)
    asked = attention.queries[word - 1]
    start = f"{where}, layer {layer}"
    if head == ALL_HEADS:
        most = [attention.keys[i] for i in weights[:MOST_HEADS, word - 1].argmax(axis=1)]
        found = "; ".join(f"head {i}: {key}" for i, key in enumerate(most, start=1))
        return f"Attention maps of {len(weights)} heads, {start}. “{asked}” looks most at: {found}."
    best = np.argsort(-weights[head - 1, word - 1], kind="stable")[:3]
    found = ", ".join(f"{attention.keys[i]} {weights[head - 1, word - 1, i]:.0%}" for i in best)
    return f"Attention map, {start}, head {head}. “{asked}” looks most at: {found}."


def _draw_one(fig, attention, weights, word, colours):
    glosses = [gloss(query) for query in attention.queries]
    left, room = (0.36, 100) if any(glosses) else (0.22, 125)
    height = (_HEIGHT - _TOP - 8 - _names_height(attention.keys)) / _HEIGHT
    ax = fig.add_axes((left, 8 / _HEIGHT, 0.97 - left, height))
    _draw_map(ax, weights, word, colours)
    rows = {"transform": ax.get_yaxis_transform(), "va": "center", "ha": "right"}
    size = 11 if len(attention.queries) <= 20 else 9.5
    for row, (query, meaning) in enumerate(zip(attention.queries, glosses, strict=True)):
        colour = RED if row == word - 1 else "black"
        write_text(ax.text, -0.015, row, query, size, room, color=colour, **rows)
        if meaning:
            place = -0.155 / (0.97 - left)
            write_text(ax.text, place, row, meaning, max(9, size - 1), room=130, color="0.35", **rows)
    _name_keys(ax, attention.keys)


def _draw_all(fig, attention, weights, word, colours):
    heads = len(weights)
    columns = min(heads, 4) if heads <= 8 else 8
    lines = -(-heads // columns)
    # From below, in pixels: the strip, the names of the keys, the strip's title, the small maps.
    strip = min(20 * heads, 130)
    names = _names_height(attention.keys)
    low = 8 + strip + names + 26
    width, height = 660 / columns, (_HEIGHT - _TOP - low) / lines
    for i, small in enumerate(weights):
        x, y = 26 + width * (i % columns), low + height * (lines - 1 - i // columns)
        ax = axes_at(fig, x, y, width - 12, height - 24)
        _draw_map(ax, small, word, colours)
        most = int(small[word - 1].argmax())
        title = f"{i + 1}: {attention.keys[most]}" + f" {small[word - 1, most]:.0%}" * (columns <= 4)
        place = {"transform": ax.transAxes, "va": "bottom", "ha": "center"}
        write_text(ax.text, 0.5, 1 + 4 / (height - 24), title, 10, room=width - 14, **place)
    ax = axes_at(fig, 70, 8, 610, strip)
    ax.imshow(weights[:, word - 1], **colours)
    ax.spines[:].set(visible=True, color=RED, linewidth=2)
    every = 1 if heads <= 8 else 2
    ax.set_yticks(range(0, heads, every), [f"head {i + 1}" for i in range(0, heads, every)], fontsize=10)
    ax.tick_params(length=0)
    title = f"Where “{short(attention.queries[word - 1], 14)}” looks in each head; above each map, where most"
    write_text(fig.text, 26 / _WIDTH, (low - 16) / _HEIGHT, title, 11, va="center", ha="left")
    _name_keys(ax, attention.keys)


def _draw_map(ax, weights, word, colours):
    """Draw weights, with a frame around the row of the word."""
    ax.imshow(weights, **colours)
    ax.spines[:].set(visible=True, color="0.7")
    n = weights.shape[1]
    ax.add_patch(Rectangle((-0.5, word - 1.5), n, 1, fill=False, ec=RED, lw=2, clip_on=False, zorder=3))
    ax.set(xlim=(-0.5, n - 0.5), xticks=[], yticks=[])


def _name_keys(ax, keys):
    ax.set_xticks([])
    place = {"transform": ax.get_xaxis_transform(), "rotation": 90, "va": "bottom", "ha": "center"}
    above = 1 + 6 / (ax.get_position().height * _HEIGHT)
    for column, key in enumerate(keys):
        write_text(ax.text, column, above, key, _key_size(keys), room=_MOST_ROOM, **place)


def _key_size(keys):
    return 10 if len(keys) <= 24 else 9


def _names_height(keys):
    """Pixels above a map for the names of the keys."""
    return max(fitted(key, _key_size(keys), _MOST_ROOM)[2] for key in keys) + 16


def _scale(attention, layer):
    return max(float(attention.weights[layer - 1].max()), 0.01)


def _offer(dropdown, options):
    """Give a dropdown other options; what was chosen stays chosen if it is still there."""
    if list(dropdown.options) != options:
        chosen = dropdown.value
        dropdown.options = options
        if chosen in dict(options).values():
            dropdown.value = chosen


def _heads_of(maps):
    """What can be switched off: each head of each layer, and all of a layer."""
    options = [_NONE_OFF]
    for name, attention in maps.items():
        layers, heads = attention.weights.shape[:2]
        for layer in range(1, layers + 1):
            where = f"{name}, layer {layer}" if layers > 1 else name
            all_of_it = tuple((name, layer, head) for head in range(1, heads + 1))
            options += [(f"{where}, head {head[2]}", (head,)) for head in all_of_it]
            options.append((f"{where}, all heads", all_of_it))
    return options


def shaded(attention, where, layer, head, word):
    """HTML: the keys as a text, each shaded by the weight that one word gives it, and the weight."""
    if not attention.queries or not attention.keys:
        return ""
    weights = attention.weights[layer - 1, :, word - 1]  # (heads, keys)
    row, which = weights[head - 1], f"head {head}"
    if head == ALL_HEADS:
        row, which = weights.mean(axis=0), f"mean of {len(weights)} heads"
    marks = []
    for key, weight in zip(attention.keys, row, strict=True):
        share = float(np.clip(weight / _scale(attention, layer), 0, 1))
        marks.append(
            f'<span title="{html.escape(gloss(key))}" '
            'style="display: inline-block; margin: 1px; padding: 1px 5px; text-align: center; '
            f'background: rgba(0, 114, 178, {share:.2f}); color: {"white" if share > 0.7 else "black"}">'
            f"{html.escape(short(key, 30)) or '·'}<br>"
            f'<span style="font-size: 12px">{weight:.0%}</span></span>'
        )
    asked, where = (html.escape(short(words, 30)) for words in (attention.queries[word - 1], where))
    return (
        f'<div style="{_FONT}; background: white; color: black; padding: 4px 0; max-width: 700px">'
        f"<div>Where <b>{asked}</b> looks ({where}, layer {layer}, {which}):</div>{''.join(marks)}</div>"
    )


class AttentionViewer(Explorer):
    """Type a text; see where each word looks, in any layer and head.

    Weights of another shape than the first text's words are a ValueError.

    Parameters
    ----------
    attend : callable
        `attend(text)` returns an `Attention`, or several by name: {"encoder": ..., "decoder": ...}.
    text : str
    examples : sequence of str
        The first text, and texts to choose from; the learner types others.
    ablation : bool
        Whether heads can be switched off. Then `attend(text, off=…)` is called, with () or a tuple of
        heads, each as the name of its map, its layer and its head, counted from 1.
    """

    def __init__(self, attend, text, examples=(), ablation=False):
        self._attend, self._ablation = attend, ablation
        self._shown = text, ()
        self.maps, self._message = self._read(*self._shown)
        field = text_field("Text", text, "A text of your own; press Enter.", width="680px")
        self._box = TextBox(field, examples, OWN_TEXT, "Texts to begin with.")
        self.controls = {
            "text": field,
            "example": self._box.example,
            "where": choice("Map", [("", "")], "Which words look where."),
            "layer": slider("Layer", 1, 1, 1, "The first layer is the one that reads the words themselves."),
            "head": choice("Head", [("1", 1)], "One head, or all beside each other."),
            "off": choice("Switched off", [_NONE_OFF], "A head, or all of a layer, that gives nothing on."),
            "word": slider("Word", 1, 1, 1, "The word whose weights are marked and written out."),
        }
        if not ablation:
            del self.controls["off"]
        button, self._note, self._shaded = read_button(), Note(), ipywidgets.HTML()
        button.layout.width = "92px"
        self._fit()
        above = [self._note, self._shaded]
        super().__init__(draw, alt, self.controls, {"text": button}, above=above, css=font_face())

    @property
    def state(self):
        """What `draw` gets."""
        where = self.controls["where"].value or ""
        values = {name: self.controls[name].value for name in ("layer", "head", "word")}
        return {"attention": self.maps.get(where, NOTHING), "where": where, **values}

    def _read(self, text, off):
        return read(text, partial(self._attend, off=off) if self._ablation else self._attend)

    def _follow(self, control):
        self._box.follow(control)
        text, off = self.controls["text"].value, getattr(self.controls.get("off"), "value", ())
        if (text, off) != self._shown:
            self._shown = text, off
            self._say("Reading …")  # Seen where the network takes its time.
            try:
                self.maps, self._message = self._read(text, off)
                if off and self.maps:
                    _, whole = self._read(text, ())
                    self._message = f"{self._message} — before, with all heads: {whole}"
            except Exception as error:  # The notebook's own function: whatever it raises, the page says so.
                self.maps, self._message = {}, f"attend failed with {type(error).__name__}: {error}"
        self._fit()

    def _fit(self):
        """Offer what the text's maps have: names, layers, heads, words."""
        where, layer, head, word = (self.controls[name] for name in ("where", "layer", "head", "word"))
        layers = heads = queries = keys = 0
        if self.maps:
            first = not where.value
            _offer(where, [(name, name) for name in self.maps])
            layers, heads, queries, keys = self.maps[where.value].weights.shape
            several = [("all heads", ALL_HEADS)] if heads > 1 else []
            _offer(head, several + [(str(i), i) for i in range(1, heads + 1)])
            layer.max, word.max = layers, max(queries, 1)
            if self._ablation:
                _offer(self.controls["off"], _heads_of(self.maps))
            if first:
                head.index, word.value = 0, (queries + 1) // 2
        hidden = {where: len(self.maps) < 2, layer: layers < 2, head: heads < 2, word: queries * keys == 0}
        for control, is_hidden in hidden.items():
            control.layout.display = "none" if is_hidden else None

    def _redraw(self):
        super()._redraw()
        self._say(self._message)
        self._shaded.value = shaded(**self.state)

    def _say(self, message):
        self._note.show(f'<span style="{_FONT}">{html.escape(message)}</span>')
