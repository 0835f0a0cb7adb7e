"""Chapter 10's map of words: type a word, or add and subtract some, see where it lies and what is near."""

import difflib
import re
from collections import Counter, namedtuple

import numpy as np

from helpers.plotting import BLUE, ORANGE, RED, label_points
from helpers.widgets.controls import Note, choice, read_button, slider, text_field
from helpers.widgets.explorer import Explorer, new_figure
from helpers.widgets.letters import short

WHOLE, AROUND = VIEWS = ("all words", "around the word")
MOST_WORDS = 5_000  # In the map and in the search: of rarer ones the vectors say little.
_MOST_TYPED = 200  # letters
_MOST_TERMS = 12
_DOTS = 1_200  # grey dots in the map of all words
# Words, the most frequent first; vectors (n, d) of length 1 or zeros; places (n, 2) on the map.
Table = namedtuple("Table", "words unit places")
# Known terms, such as ((1, "actor"), (-1, "man")); the nearest words with their cosines; what to say.
Answer = namedtuple("Answer", "asked near message")


def make_table(vectors, words):
    """Bring vectors (n, d) to length 1 and place them on a map; n words, "" for a row to be left out.

    Only the first `MOST_WORDS` rows are kept. Words and vectors that make no map are a ValueError.
    """
    vectors, words = np.asarray(vectors, dtype=np.float64), list(words)
    wrong = [word for word in words if not isinstance(word, str)]
    wrong = wrong or [word for word, count in Counter(words[:MOST_WORDS]).items() if word and count > 1]
    if wrong:
        raise ValueError(f"words holds {wrong[:3]}; expected texts, each of them once")
    if vectors.ndim != 2 or len(vectors) != len(words):
        expected = f"one row for each of {len(words)} words"
        raise ValueError(f"vectors have shape {vectors.shape}; expected {expected}")
    rows = [i for i, word in enumerate(words[:MOST_WORDS]) if word]
    n, width = len(rows), vectors.shape[1]
    if n < 3 or width < 2:
        raise ValueError(f"{n} words of {width} numbers; a map needs 3 words and 2 numbers")
    vectors = vectors[rows]
    if not np.isfinite(vectors).all():
        raise ValueError("the vectors hold numbers that are not finite")
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return Table(tuple(words[i] for i in rows), unit, on_a_plane(unit))


def on_a_plane(points):
    """Places (n, 2) of points (n, d) by principal component analysis (K. Pearson, 1901)."""
    return _projected(points - points.mean(axis=0))


def _projected(points):
    """Keep the two directions in which points lie farthest from 0."""
    # The d × d matrix is small, however many points there are.
    _, directions = np.linalg.eigh(points.T @ points)
    places = points @ directions[:, ::-1][:, :2]
    # The largest number of each direction is positive, so that maps do not flip at random.
    return places * np.sign(places[np.abs(places).argmax(axis=0), [0, 1]] + 1e-300)


def around(points, middle=0):
    """Places (n, 2) of points (n, d) around one of them at (0, 0), each as far from it as it really is.

    A plain projection would shorten the distances unevenly, and the nearest point could lie far off.
    """
    away = points - points[middle]
    places = _projected(away)
    on_map = np.linalg.norm(places, axis=1, keepdims=True)
    return places * np.linalg.norm(away, axis=1, keepdims=True) / np.maximum(on_map, 1e-12)


def search(table, typed, count):
    """Find the `count` words nearest to "great", or to "actor - Man+woman", however it is typed."""
    rank = {word: i for i, word in enumerate(table.words)}
    terms, cut = _terms(typed)
    asked = tuple((sign, word) for sign, word in terms if word in rank)
    messages = ["Only the first words are read."] if cut else []
    for word in dict.fromkeys(word for _, word in terms if word not in rank):
        spelt = difflib.get_close_matches(word, table.words, n=3, cutoff=0.75)
        also = f"; spelt alike: {', '.join(spelt)}" if spelt else ""
        messages.append(f"“{short(word, 16)}” is not among the {len(table.words):,} words{also}.")
    if not terms:
        messages.append(f"Type a word and press return, for example {table.words[len(table.words) // 3]}.")
    if not asked:
        return Answer((), (), " ".join(messages))
    vector = sum(sign * table.unit[rank[word]] for sign, word in asked)
    length = np.linalg.norm(vector)
    if length < 1e-9:
        messages.append("The sum is zero, and zero has no direction: nothing is near it.")
        return Answer(asked, (), " ".join(messages))
    cosines = table.unit @ (vector / length)
    skip = {word for _, word in asked}
    order = np.argsort(-cosines, kind="stable")[: count + len(skip)]
    near = [(table.words[i], float(cosines[i])) for i in order if table.words[i] not in skip]
    return Answer(asked, tuple(near[:count]), " ".join(messages))


def draw(table, word, count, view):
    """Draw the map with what was typed and its `count` nearest words, and bars of their cosines.

    `view` is one of `VIEWS`. Without a known word there is the map alone, with some names on it.
    """
    found = search(table, word, count)
    asked = [name for _, name in found.asked]
    names = list(dict.fromkeys([*asked, *dict(found.near)]))
    # Landmarks where nothing was found: some frequent words, for whoever looks for an idea.
    shown = names or table.words[:: max(1, min(len(table.words), 600) // 14)][:14]
    rows = [table.words.index(name) for name in shown]
    is_sum = len(found.asked) > 1
    fig = new_figure(height=4.7)
    ax = fig.add_axes((0.02, 0.03, 0.62, 0.87))
    if view == AROUND and len(names) >= 3:
        places = (on_a_plane if is_sum else around)(table.unit[rows])
        title = "a map of these words only" if is_sum else f"distances from {short(names[0], 16)} are true"
    else:
        ax.plot(*table.places[:_DOTS].T, ".", color="0.82", markersize=3, zorder=1)
        places = table.places[rows]
        n = len(table.words)
        title = f"the {_DOTS:,} most frequent words" if n > _DOTS else f"all {n:,} words"
    if names:
        colors = [RED if name in asked else BLUE for name in names]
        for place, name, color in zip(places, names, colors, strict=True):
            ax.plot(*place, "D" if name in asked else "o", color=color, markersize=7, zorder=3)
    else:
        colors = ["0.25"] * len(shown)
        ax.plot(*places.T, "o", color="0.5", markersize=5, zorder=2)
    texts, place_of = [short(name, 16) for name in shown], dict(zip(shown, places, strict=True))
    target = target_of(found.asked, place_of)
    if is_sum and target is not None:
        _draw_sum(ax, found.asked, place_of, target)
        # First, so that it gets the best place.
        places, texts, colors = np.vstack([target, places]), ["the sum", *texts], ["black", *colors]
    ax.set(xticks=[], yticks=[])
    ax.margins(0.14)
    ax.spines[:].set(visible=True, color="0.8")
    ax.set_title(title, fontsize=11, loc="left")
    label_points(ax, places, texts, colors=colors)
    if found.near:
        _draw_list(fig, found.near)
    else:
        fig.text(0.82, 0.55, "no word\nto compare with", ha="center", color="0.4", fontsize=12)
    return fig


def target_of(asked, places):
    """Place of a sum of words, (sign, word) each, on a map of places by word; None where it has none.

    Divided by how many more words are added than subtracted, a sum keeps its direction and becomes a point
    among the words: `actor - man + woman` is the fourth corner of a parallelogram, `good + great` the middle.
    A difference such as `actor - man` is a step and no place.
    """
    weight = sum(sign for sign, _ in asked)
    if weight <= 0:
        return None
    return sum(sign * np.asarray(places[word]) for sign, word in asked) / weight


def alt(table, word, count, view):
    """Say in a sentence what `draw` shows for the same state."""
    found = search(table, word, count)
    if not found.near:
        return f"A map of {len(table.words):,} words as grey dots, none of them marked."
    near = ", ".join(f"{name} {cosine:.2f}" for name, cosine in found.near)
    near += "; the sum is a cross" * (len(found.asked) > 1 and sum(sign for sign, _ in found.asked) > 0)
    return f"A map, {view}, with {_formula(found.asked)} marked; nearest by cosine: {near}."


class WordMap(Explorer):
    """Type a word; see it on a map with its nearest words, and their cosines.

    Words and vectors that do not fit each other are a ValueError.

    Parameters
    ----------
    vectors : array_like of shape (n, d)
    words : sequence of n str
        The most frequent first, none of them twice; an empty text for a row that is no word.
    word : str, optional
        The first word to look up; by default one that is neither rare nor frequent.
    """

    def __init__(self, vectors, words, word=None):
        self.table = make_table(vectors, words)
        if word is None:
            word = next((w for w in ("wonderful", "music") if w in self.table.words), self.table.words[0])
        about_word = "A word, or a sum such as: actor - man + woman. Then press return."
        about_count = "How many of the nearest words are marked and listed."
        about_view = "One map for all words, or a new one for the word and its neighbours."
        controls = {
            "word": text_field("Word", word, about_word),
            "count": slider("Nearest words", 8, 3, 15, about_count),
            "view": choice("Map", VIEWS, about_view, AROUND),
        }
        self._note = Note()
        super().__init__(draw, alt, controls, {"view": read_button("Search")}, above=[self._note])

    @property
    def state(self):
        """What `draw` gets: the table, the word typed, how many neighbours, and the view."""
        return {"table": self.table, **super().state}

    def _redraw(self):
        super()._redraw()
        found = search(self.table, self.controls["word"].value, self.controls["count"].value)
        self._note.say(found.message or f"Nearest to {_formula(found.asked)}: {found.near[0][0]}.")


def _draw_sum(ax, asked, places, target):
    """Mark the place of a sum; for b - a + c, draw the arrow from a to b and the same one from c."""
    ax.plot(*target, "X", color=ORANGE, markersize=9, zorder=2.5)
    added, taken = ([word for sign, word in asked if sign == wanted] for wanted in (1, -1))
    if (len(added), len(taken)) == (2, 1):
        arrow = {"arrowstyle": "->", "color": ORANGE, "lw": 1.5, "shrinkA": 6, "shrinkB": 6}
        for start, end in [(places[taken[0]], places[added[1]]), (places[added[0]], target)]:
            ax.annotate("", end, start, arrowprops=arrow, zorder=2)


def _draw_list(fig, near):
    n = len(near)
    height = min(0.87, 0.087 * n)
    ax = fig.add_axes((0.815, 0.90 - height, 0.115, height))
    names, cosines = zip(*near, strict=True)
    ax.barh(range(n), cosines, color=[BLUE if cosine > 0 else ORANGE for cosine in cosines], height=0.55)
    ax.set(ylim=(n - 0.5, -0.5), xlim=(min(0, *cosines) * 1.05, 1), xticks=[])
    ax.set_yticks(range(n), [short(name, 13) for name in names], fontsize=10)
    ax.tick_params(length=0)
    ax.spines[["bottom", "left"]].set_visible(False)
    for i, cosine in enumerate(cosines):
        ax.text(1.02, i, f"{cosine:.2f}".replace("-", "−"), fontsize=10, va="center")
    ax.set_title("cosine", fontsize=11, loc="right")


def _terms(typed):
    """Signs and words of what was typed, and whether something was left out."""
    text = str(typed).replace("−", "-").replace("–", "-").replace("’", "'").lower()
    cut = len(text) > _MOST_TYPED
    # A minus is one that stands alone or before a word; inside a word it is a hyphen.
    tokens = re.findall(r"[+]|(?<!\w)-|[^\s+]+", text[:_MOST_TYPED])
    terms, sign = [], 1
    for token in tokens:
        if word := token.strip("+-.,;:!?\"'()[]{}“”"):
            terms.append((sign, word))
        sign = -1 if token == "-" else 1
    return terms[:_MOST_TERMS], cut or len(terms) > _MOST_TERMS


def _formula(asked):
    return " ".join(f"{'−' if sign < 0 else '+'} {word}" for sign, word in asked).removeprefix("+ ")
