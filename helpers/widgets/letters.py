"""Words and numbers in a picture: in Japanese letters where needed, no longer than their place."""

from functools import lru_cache

from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font

from helpers.fonts import JAPANESE, japanese_font, japanese_letters
from helpers.plotting import RED

_MOST_LETTERS = 200


def write_text(write, x, y, text, size, room=10_000, **style):
    """Let `ax.text` or `fig.text` write a text of any letters, of `size` points, in a place of `room` pixels.

    What no font of the course has becomes a question mark.
    """
    text, path, _ = fitted(text, size, room)
    font = {"fontproperties": japanese_font(size)} if path == str(JAPANESE) else {"fontsize": size}
    # Without this, a text between two dollar signs would be read as a formula.
    return write(x, y, text, parse_math=False, **font, **style)


def name_columns(ax, labels, known, on_top=False):
    """Write labels upright under the columns 0, 1, 2 … of axes, or on top: known words black, others red."""
    if on_top:
        ax.xaxis.tick_top()
    ax.set_xticks(range(len(labels)), labels, rotation=90, fontsize=10)
    for tick, is_known in zip(ax.get_xticklabels(), known, strict=True):
        tick.set_color("black" if is_known else RED)


def short(text, most):
    """Cut a text after `most` letters, the last of which then is "…"; what cannot be printed is "?"."""
    text = "".join(letter if letter.isprintable() else "?" for letter in text[: most + 1])
    return text if len(text) <= most else text[: most - 1] + "…"


def written(value):
    """Write a number with a true minus sign and at most two digits behind the point: −0.5, 12, 1.23e+04."""
    text = f"{float(value):.3g}" if abs(value) >= 100 else f"{float(value):.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", "−")


def counted(number, thing):
    """Write a number of things: "1 word", "5,000 words"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


@lru_cache(maxsize=4096)
def fitted(text, size, room):
    """Make a text that can be drawn, at most `room` pixels long; return it, its font's file and its width."""
    path = findfont("DejaVu Sans")
    if not set(text) <= _letters(path) and set(text) & (japanese_letters() - _letters(path)):
        path = str(JAPANESE)
    text = short(text, _MOST_LETTERS)
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
