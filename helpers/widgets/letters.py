"""Any text in a picture: with the course's Japanese font where it is needed, and no longer than its place."""

from functools import lru_cache

from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font

from helpers.fonts import JAPANESE, japanese_font, japanese_letters

_MOST_LETTERS = 200


def write_text(write, x, y, text, size, room=10_000, **style):
    """Write a text of any letters into a figure, no longer than its place.

    Parameters
    ----------
    write : callable
        `ax.text` or `fig.text`.
    x, y : float
    text : str
        What no font of the course has becomes a question mark.
    size, room : float
        Of the letters in points, and of the place in pixels.
    **style
        For `write`.

    Returns
    -------
    matplotlib.text.Text
    """
    text, path, _ = fitted(text, size, room)
    font = {"fontproperties": japanese_font(size)} if path == str(JAPANESE) else {"fontsize": size}
    # Without this, a text between two dollar signs would be read as a formula.
    return write(x, y, text, parse_math=False, **font, **style)


@lru_cache(maxsize=4096)
def fitted(text, size, room):
    """Make a text that can be drawn and is at most `room` pixels long.

    Returns
    -------
    text, font_file : str
    width : float
        In pixels.
    """
    path = findfont("DejaVu Sans")
    if not set(text) <= _letters(path) and set(text) & (japanese_letters() - _letters(path)):
        path = str(JAPANESE)
    text = text if len(text) <= _MOST_LETTERS else text[:_MOST_LETTERS] + "…"
    text = "".join(letter if letter in _letters(path) else "?" for letter in text) or "·"
    while len(text) > 2 and _width(path, text, size) > 0.94 * room:  # Drawn, letters are a little wider.
        text = text[:-2] + "…"
    return text, path, _width(path, text, size)


@lru_cache(maxsize=2)
def _letters(path):
    found = map(chr, FT2Font(path).get_charmap())
    return frozenset(letter for letter in found if letter.isprintable())


def _width(path, text, size):
    font = FT2Font(path)
    font.set_size(size, 100)  # Dots per inch, as in `new_figure`.
    font.set_text(text)
    return font.get_width_height()[0] / 64
