"""The font for Japanese in figures: a piece of M PLUS 1 that ships with the course.

matplotlib draws empty boxes for letters that its font lacks, and a learner's machine may have no Japanese
font. So the course brings the some 400 glyphs that its sentences need (48 KB, SIL Open Font License 1.1).
"""

import base64
from functools import cache

from helpers.session import ROOT

JAPANESE = ROOT / "data" / "fonts" / "mplus1_subset.otf"
"""Latin letters, kana, and the kanji of chapter 11's sentences; nothing else."""

FONT_NAME = "course-japanese"
"""What a page calls the font, once it has `font_face()`."""


def japanese_font(size: float = 11):
    """Return the course's Japanese font, `size` in points, as matplotlib's FontProperties.

    For any text: `ax.set_title("水", fontproperties=japanese_font(12))`.
    """
    from matplotlib.font_manager import FontProperties

    if not JAPANESE.exists():
        raise FileNotFoundError(f"{JAPANESE.name} is missing from data/fonts: get the course's files again")
    return FontProperties(fname=str(JAPANESE), size=size)


@cache
def japanese_letters():
    """Return the set of all letters that the font can draw."""
    from matplotlib.ft2font import FT2Font

    return frozenset(map(chr, FT2Font(str(JAPANESE)).get_charmap()))


def font_face():
    """Return the CSS rule that brings the font to a page, whatever fonts its browser has."""
    data = base64.b64encode(JAPANESE.read_bytes()).decode()
    return f"@font-face {{font-family: {FONT_NAME}; src: url(data:font/otf;base64,{data})}}"
