"""Film reviews made up by a small grammar in which the order of the words decides.

Praise and blame are written by the same rules with the two lists of adjectives exchanged, and a negation
or the half of a contrast that gives way ("although ...", what stands before "but") exchanges them once
more. So "the acting was dull but the story was anything but dull" praises, and counting words says
little. Rules that rewrite names into sentences are N. Chomsky's (*Syntactic Structures*,
1957, chapter 4).
"""

import numpy as np

from helpers.synthetic.labels import balanced_labels, cut
from helpers.tables import read_table

SHORTEST, LONGEST = 8, 60  # words


def make_reviews(n: int, rng: np.random.Generator) -> tuple[list[str], np.ndarray]:
    """Write n film reviews in which the order of the words decides between praise and blame.

    TypeError or ValueError if n or rng is something else.

    Returns
    -------
    reviews : list of n str
        8 to 60 lower-case words each, separated by single spaces, without punctuation.
    labels : ndarray of shape (n,), uint8
        1 praises, 0 blames, in random order, each as often as the other (within one).
    """
    labels = balanced_labels(n, 2, rng, "make_reviews")
    draw = _uniform_numbers(rng).__next__
    reviews = []
    for praises in (labels == 1).tolist():
        words = []
        while not SHORTEST <= len(words) <= LONGEST:
            words = []
            _write("review", praises, draw, words)
        reviews.append(" ".join(words))
    return reviews, labels


def _uniform_numbers(rng):
    # Drawn in blocks: one call of the generator per choice would take most of the time.
    while True:
        yield from rng.random(10_000).tolist()


def _write(rule, praises, draw, words):
    """Append the words of one expansion of a rule to `words`."""
    options = _COMPILED[rule][praises]
    for sign, part in options[int(draw() * len(options))]:
        if sign is None:
            words.append(part)
        else:
            _write(part, praises is not (sign == "~"), draw, words)


def _compile_rule(options):
    """Compile what may stand for a rule; the keys say whether it stands in praise."""
    if isinstance(options, list):  # The same in both opinions.
        options = {"praise": options, "blame": options}
    return {name == "praise": [cut(template) for template in options[name]] for name in options}


_COMPILED = {rule: _compile_rule(options) for rule, options in read_table("words/reviews.toml").items()}
