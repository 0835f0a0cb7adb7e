"""Pairs to translate, made up by the course: English and Japanese sentences, and dates in many formats.

The sentences are in `data/words/pairs.tsv`; the grammar that wrote them is `data/make/translation.py`. Every
Japanese sentence is either polite (です, ます) or plain. English doesn't say which, so a mark in front of
the English sentence asks for it, as in R. Sennrich, B. Haddow, A. Birch, *Controlling Politeness in Neural
Machine Translation via Side Constraints* (NAACL 2016). Each marked English sentence has exactly one
translation here, so exact match can be counted.
"""

import datetime
import itertools
import re
from functools import cache
from typing import NamedTuple

from helpers.synthetic.labels import balanced_labels
from helpers.tables import read_rows, read_table

POLITE, PLAIN = "[polite]", "[plain]"
"""Marks in front of an English sentence that ask for です/ます or for the plain form."""

LONGEST_ENGLISH = 18
"""Most tokens of an English sentence, with the mark in front and the full stop."""

_TABLE = read_table("words/translation.toml")


class Pair(NamedTuple):
    """A sentence in both languages, as tuples of tokens; the English begins with a mark."""

    english: tuple
    japanese: tuple


def load_pairs():
    """Load the course's 13,000 English sentences with their Japanese translations, a list of `Pair`.

    Half of them are polite, half plain, in random order. No English sentence occurs twice, not even with the
    other mark, so that any part of the list is unseen by a network trained on the rest. No sentence is longer
    than 18 tokens. ValueError says that the file is missing or damaged.
    """
    return [Pair(*(tuple(side.split()) for side in row)) for row in read_rows("words/pairs.tsv")]


def tokenize(sentence, style=POLITE):
    """Split an English sentence as the corpus does, into a tuple of str; () where there is no word.

    "This isn't water" becomes ("[polite]", "this", "is", "not", "water", "."). The style, "[polite]" or
    "[plain]", says which Japanese is wanted.
    """
    if style not in (POLITE, PLAIN):
        raise ValueError(f"tokenize: style is {style!r}, expected {POLITE!r} or {PLAIN!r}.")
    text = sentence.lower().replace("’", "'").replace("mr.", "mr").replace("ms.", "ms")
    for pattern, replacement in _TABLE["contractions"]:
        text = re.sub(pattern, replacement, text)
    tokens = re.findall(r"'s|[^\W_]+|[.,?]", text)
    if not any(token[0].isalnum() for token in tokens):
        return ()
    if tokens[-1] not in (".", "?"):
        tokens.append(".")
    return (style, *tokens)


class New(NamedTuple):
    """What training sentences do not have, in words; both lists are empty where nothing is new."""

    words: list
    """Words that are in none of them: "the word “submarine”"."""
    sentence: list
    """Known words beside each other and ways to join clauses: "“bus” before “was”"."""


_JOINTS = {"because": "because", "but": "but", "think": "i think that", "?": "a question"}


def outside_of(pairs):
    """Learn what occurs in training sentences, each a `Pair`, so that others can be told from them.

    Returns a function: `outside(tokens)` says what no sentence of `pairs` has, as a `New`. About two in a
    hundred of the grammar's unseen sentences have two words beside each other that are new.
    """
    words = {token for pair in pairs for token in pair.english}
    neighbours = {two for pair in pairs for two in itertools.pairwise(pair.english)}
    joints = {_joints(pair.english) for pair in pairs}

    def outside(tokens):
        if isinstance(tokens, str):
            raise TypeError(f"outside got the text {tokens[:40]!r}, expected tokens: tokenize(text)")
        new_words = [f"the word “{token}”" for token in dict.fromkeys(tokens) if token not in words]
        new = [
            _said(one, other)
            for one, other in dict.fromkeys(itertools.pairwise(tokens))
            if {one, other} <= words and (one, other) not in neighbours
        ]
        if _joints(tokens) not in joints:
            new.append(" and ".join(_JOINTS[joint] for joint in _joints(tokens)) + " in one sentence")
        return New(new_words, new)

    return outside


def _said(one, other):
    if one in (POLITE, PLAIN):
        return f"“{other}” at the beginning"
    return f"“{one}” at the end" if other in (".", "?") else f"“{one}” before “{other}”"


def _joints(tokens):
    return tuple(token for token in tokens if token in _JOINTS)


def japanese_text(tokens):
    """Join Japanese tokens as they are written, without blanks."""
    return "".join(tokens)


def gloss(token):
    """Say in a word or two what a Japanese token means; "" for one that the corpus does not have."""
    return _glosses().get(token, "")


@cache
def _glosses():
    return dict(read_rows("words/glosses.tsv"))


MONTHS, DATE_FORMATS = _TABLE["months"], _TABLE["date_formats"]
"""Full stops mean day first, slashes month or year first: without a rule, 3/4/2021 has two readings."""


def make_dates(n, rng):
    """Write n dates in many formats: two lists of n str, texts and ISO dates.

    A text is "3rd of March 2021", "3.3.2021", "3/3/2021" (month first) …, about every third one in small
    letters; its ISO date is "2021-03-03". Years are 1950 to 2049.
    """
    formats = balanced_labels(n, len(DATE_FORMATS), rng, "make_dates")
    first, last = datetime.date(1950, 1, 1).toordinal(), datetime.date(2049, 12, 31).toordinal()
    dates = [datetime.date.fromordinal(day) for day in rng.integers(first, last + 1, n).tolist()]
    texts = [write_date(date, DATE_FORMATS[number]) for date, number in zip(dates, formats, strict=True)]
    small = rng.random(n) < 1 / 3
    texts = [text.lower() if lower else text for text, lower in zip(texts, small, strict=True)]
    return texts, [date.isoformat() for date in dates]


def write_date(date, date_format):
    """Write a datetime.date in one of `DATE_FORMATS`."""
    month = MONTHS[date.month - 1]
    ending = "th" if date.day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(date.day % 10, "th")
    return date_format.format(d=date.day, th=ending, m=date.month, month=month, mon=month[:3], y=date.year)
