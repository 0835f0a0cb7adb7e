"""Film reviews made up by a small grammar in which the order of the words decides.

Praise and blame are written by the same rules with the two lists of adjectives exchanged, and a negation
or the half of a contrast that gives way ("although ...", what stands before "but") exchanges them once
more. So "the acting was dull but the story was anything but dull" praises, and counting words says
little. Rules that rewrite names into sentences are N. Chomsky's (*Syntactic Structures*,
1957, chapter 4).
"""

import re

import numpy as np

from helpers.synthetic.labels import balanced_labels

SHORTEST, LONGEST = 8, 60  # words

_PRAISE = """
good wonderful brilliant funny moving clever charming gripping fresh superb warm lovely witty convincing
beautiful delightful"""
_BLAME = """
bad dull awful boring clumsy silly weak tired flat painful stale lifeless dreadful messy predictable
annoying"""
_NOUNS = """
acting story music cast plot ending script camera dialogue humour pace photography direction opening
romance villain hero soundtrack idea finale scenery editing"""

# In braces: another rule's name. A "~" before it means: of the opposite opinion.
_RULES = {
    "review": [
        "{opening} {point} {more}",
        "{opening} {point} {more} {more}",
        "{point} {more} {verdict}",
        "{opening} {point} {more} {verdict}",
        "{point} {more}",
        "{clause} {more}",
        "{point} {verdict}",
        "{point}",
    ],
    "more": ["besides {point}", "what is more {point}", "on top of that {point}", "i must add that {clause}"],
    "point": [
        "{clause}",
        "{clause} and {clause}",
        "{clause} and {clause} and {clause}",
        "{clause} and {verdict}",
        "{~clause} but {clause}",
        "{~clause} and yet {clause}",
        "although {~clause} {clause}",
        "{clause} even if {~clause}",
    ],
    "clause": [
        "{thing} was {adjective}",
        "{thing} was {how} {adjective}",
        "{thing} was {how} {adjective} and {adjective}",
        "i found {thing} {adjective}",
        "i found {thing} {how} {adjective}",
        "for me {thing} was {adjective} and {adjective}",
        "{adjective} is the word for {thing}",
        "i call {thing} {adjective} {adjective} and {adjective}",
        "{thing} was {adjective} and {adjective}",
        "{thing} was not only {adjective} but also {adjective}",
        "{thing} was not {~adjective}",
        "{thing} was not {~adjective} at all",
        "{thing} was never {~adjective}",
        "{thing} was anything but {~adjective}",
        "{thing} was far from {~adjective}",
        "nobody could call {thing} {~adjective}",
        "there was nothing {~adjective} about {thing}",
        "i expected {thing} to be {~adjective} and it was {adjective}",
        "i expected {thing} to be {~adjective} and it was anything but {~adjective}",
        "they said that {thing} was {adjective} and they were right",
        "they said that {thing} was {~adjective} and they were wrong",
    ],
    "verdict": {
        True: [
            "i loved every minute",
            "nobody could say that i hated it",
            "i would watch it again",
            "i do not regret the evening",
            "you should see it",
            "this is not one to miss",
            "it was worth the ticket",
        ],
        False: [
            "i hated every minute",
            "nobody could say that i loved it",
            "i would not watch it again",
            "i do regret the evening",
            "you should not see it",
            "this is one to miss",
            "it was not worth the ticket",
        ],
    },
    "adjective": {True: _PRAISE.split(), False: _BLAME.split()},
    "how": ["really", "very", "quite", "truly", "rather", "so"],
    "thing": [f"the {noun}" for noun in _NOUNS.split()]
    + ["the second half", "the lead actor", "the first scene", "the love story"],
    "opening": [
        "i saw this film last night",
        "we watched it with the whole family",
        "a friend took me to this one",
        "this is the third film of the same director",
        "it runs for about two hours",
        "i had read the book before",
        "it was raining and we went to the cinema",
        "the cinema was full on a monday",
        "my sister rented this for the weekend",
        "i have seen many films of this kind",
    ],
}


def make_reviews(n: int, rng: np.random.Generator) -> tuple[list[str], np.ndarray]:
    """Write n film reviews in which the order of the words decides between praise and blame.

    Parameters
    ----------
    n : int, at least 0
    rng : np.random.Generator
        The same generator state gives the same reviews.

    Returns
    -------
    reviews : list of n str
        8 to 60 lower-case words each, separated by single spaces, without punctuation.
    labels : ndarray of shape (n,), uint8
        1 praises, 0 blames, in random order, each as often as the other (within one).

    Raises
    ------
    TypeError, ValueError
        If n is no whole number from 0 up, or rng is no np.random.Generator.
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
    for word, part, flips in options[int(draw() * len(options))]:
        if part is None:
            words.append(word)
        else:
            _write(part, praises is not flips, draw, words)


def _compile(template):
    """Cut a template into (word, None, False) and (None, rule, whether the opinion flips)."""
    parts = []
    for token in template.split():
        rule = re.fullmatch(r"\{(~?)(\w+)\}", token)
        parts.append((None, rule[2], rule[1] == "~") if rule else (token, None, False))
    return parts


def _compile_rule(options):
    by_opinion = options if isinstance(options, dict) else {True: options, False: options}
    return {praises: [_compile(template) for template in chosen] for praises, chosen in by_opinion.items()}


_COMPILED = {rule: _compile_rule(options) for rule, options in _RULES.items()}
