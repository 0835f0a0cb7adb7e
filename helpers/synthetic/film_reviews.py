"""Film reviews of the length, wealth of words and difficulty of IMDB's, written from templates.

A review is a row of sentences about the acting, the plot, the music and so on. Some have no opinion, the
others mostly, not always, that of the review; how often, its mood says. So one sentence tells little, many
tell much, and some reviews mislead whoever counts words. Names are made of syllables: a few are seen again
and again, most hardly ever. Words occur as unevenly as in any text: G. K. Zipf, *Human Behavior and the
Principle of Least Effort* (1949).
"""

import re
from functools import cache
from itertools import product

import numpy as np

from helpers.synthetic.labels import balanced_labels, cut
from helpers.tables import read_table

NAMES = 60_000
"""Made surnames, titles and towns to choose from."""

_OPINIONS = "on_acting", "on_plot", "on_general", "on_direction", "on_pictures", "on_music", "on_ending"
_PLAIN = "plain_plot", "plain_facts", "plain_talk"
_TOPICS = *_OPINIONS, *_PLAIN, "opening", "opening_plain", "verdict", "verdict_plain"
_KINDS = "war", "crime", "horror", "romance", "comedy", "family", "fantasy", "music"
_CONTEXT = ("",), ("bad", "good"), ("m", "f"), ("now", "past"), _KINDS
"""On what a rule may depend, the keys of its table then: on nothing, opinion, sex, tense and kind of film."""
_SIZES = [len(keys) for keys in _CONTEXT]
_FLIPS = {None: 0, "": 0, "~": 32, "^": 16}
"""The bit of a context's number, 0 to 63, that a sign changes: that of the opinion, or of the sex."""

# Share of the sentences with an opinion that have the review's own: of 100 reviews, the clear ones first.
_MOODS = np.repeat([1.0, 0.9, 0.75, 0.6, 0.4], [34, 30, 20, 10, 6])
_LEANING, _LEANING_AT_ENDS = 0.43, 0.6  # Share of the sentences with an opinion; of the first and the last.
_SAME_SEX = 0.75  # Share of the sentences that are about the sex that the review is mostly about.
# Words of 10,000 reviews, the shortest first; whole numbers, which are the same on every processor.
_SHORT = (500, 12, 62), (2000, 62, 124), (2500, 124, 174)  # So many reviews have from … to … words.
_LONG = (2500, 174, 285), (2000, 285, 600), (400, 600, 920), (100, 920, 1400)
_LENGTHS = np.concatenate([low + (high - low) * np.arange(n) // n for n, low, high in _SHORT + _LONG])
_WORDS_A_SENTENCE = 11  # About.
_AT_A_TIME = 5_000  # Reviews: the arrays of more would not fit into a processor's cache.
_TAKES_AN = re.compile(r"(?!one|eu|us|uni(?!n))[aeiou]|(honest|honor|hour)$")


def draw_film_reviews(n, rng):
    """Write n film reviews, about as long and as difficult to judge as IMDB's, the same on every platform.

    Returns
    -------
    values, offsets : ndarray of int32, and of shape (n + 1,), int64
        Review i has the words `values[offsets[i] : offsets[i + 1]]`, as places in `words`.
    labels : ndarray of shape (n,), uint8
        1 praises, 0 blames, in random order, each as often as the other (within one).
    words : tuple of str
        In small letters, without punctuation; some may not occur.
    """
    labels, grammar = balanced_labels(n, 2, rng, "draw_film_reviews"), _grammar()
    parts = [_write(labels[i : i + _AT_A_TIME], rng, grammar) for i in range(0, n, _AT_A_TIME)]
    values = np.concatenate([np.empty(0, np.int32), *(values for values, _ in parts)])
    offsets = np.cumsum(np.concatenate([np.zeros(1, np.int64), *(lengths for _, lengths in parts)]))
    return values, offsets, labels, grammar.words


def _write(labels, rng, grammar):
    """Write a review for each label; all their words in one row, and the reviews' lengths."""
    n = len(labels)
    sentences = np.maximum(2, (_LENGTHS[rng.integers(len(_LENGTHS), size=n)] + 5) // _WORDS_A_SENTENCE)
    review, ends = np.repeat(np.arange(n), sentences), np.cumsum(sentences)
    first, last = ends - sentences, ends - 1
    total = len(review)

    mood = _MOODS[rng.integers(100, size=n)]
    kind, sex = rng.integers(len(_KINDS), size=n), rng.integers(2, size=n)
    opinion = np.where(rng.random(total) < mood[review], labels[review], 1 - labels[review])
    sex = np.where(rng.random(total) < _SAME_SEX, sex[review], 1 - sex[review])
    tense = rng.integers(2, size=total)

    leaning = np.full(total, _LEANING)
    leaning[first] = leaning[last] = _LEANING_AT_ENDS
    is_plain, chance = rng.random(total) >= leaning, rng.random(total)
    plain = len(_OPINIONS) + _choose(chance, len(_PLAIN))
    topic = np.where(is_plain, plain, _choose(chance, len(_OPINIONS)))
    topic[first] = _TOPICS.index("opening") + is_plain[first]
    topic[last] = _TOPICS.index("verdict") + is_plain[last]

    context = np.ravel_multi_index((opinion, sex, tense, kind[review]), _SIZES[1:])
    tokens, review = _expand(-1 - topic, context.astype(np.uint8), review, rng, grammar)
    kept, is_kept = _draw_kept(n, rng, grammar), tokens >= grammar.first_kept
    tokens[is_kept] = kept[review[is_kept], tokens[is_kept] - grammar.first_kept]
    is_any = tokens == grammar.any_name
    tokens[is_any] = _draw_names(np.count_nonzero(is_any), rng, grammar)
    tokens[:-1][(tokens[:-1] == grammar.a) & grammar.takes_an[tokens[1:]]] = grammar.an
    return tokens.astype(np.int32), np.bincount(review, minlength=n)


def _choose(chance, n):
    """Choose one of n for each number in [0, 1), the earlier ones more often."""
    return (chance * np.sqrt(chance) * n).astype(np.int64)


def _expand(tokens, context, review, rng, grammar):
    """Put one of its templates in the place of each rule until there are words only."""
    while (is_rule := tokens < 0).any():
        options = grammar.options[-1 - tokens[is_rule], context[is_rule]]
        chosen = np.searchsorted(grammar.cumulated, options + rng.random(len(options)), side="right")
        chosen = np.minimum(chosen, grammar.last[options])  # The sum may have been rounded up.
        sizes, begins = np.ones(len(tokens), np.int64), np.zeros(len(tokens), np.int64)
        sizes[is_rule], begins[is_rule] = grammar.sizes[chosen], grammar.begins[chosen]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        written = np.repeat(begins, sizes) + within
        tokens = np.where(np.repeat(is_rule, sizes), grammar.flat[written], np.repeat(tokens, sizes))
        context = np.repeat(context, sizes) ^ grammar.flips[written]  # That of words is not used.
        review = np.repeat(review, sizes)
    return tokens, review


def _draw_names(n, rng, grammar):
    """Draw made names, the first ones often, most of them hardly ever."""
    chance = rng.random(n)
    return grammar.first_name + (NAMES * chance * chance * chance).astype(np.int64)


def _draw_kept(n, rng, grammar):
    """Draw the names that each review keeps; (n, names)."""
    nation, columns = rng.random(n), []
    for name, known in grammar.kept.items():
        drawn = _draw_names(n, rng, grammar)
        if len(known):
            made, chance = drawn, nation if name in ("COUNTRY", "PEOPLE") else rng.random(n)
            drawn = known[_choose(chance, len(known))]
            if name == "CITY":  # Every other town is a made one.
                drawn = np.where(rng.integers(2, size=n), drawn, made)
        columns.append(drawn)
    return np.stack(columns, axis=1)


class _Grammar:
    """The rules as arrays. Tokens from 0 up are words, then come the marks of names; rules are below 0."""

    def __init__(self):
        table = read_table("words/film_reviews.toml")
        # The topics come first: a topic is the number of its rule.
        rules = {topic: table["rules"][topic] for topic in _TOPICS} | table["rules"]
        # All that a rule may have for options, and which of them rule r has in context c: `options[r, c]`.
        all_options, rows = [], []
        values = np.indices(_SIZES).reshape(len(_SIZES), -1)
        for entry in rules.values():
            entries = entry if isinstance(entry, dict) else {"": entry}
            matters = next(i for i, keys in enumerate(_CONTEXT) if set(keys) == set(entries))
            rows.append(len(all_options) + values[matters])
            all_options += [_read_options(entries[key]) for key in _CONTEXT[matters]]
        self.options = np.array(rows)
        # Options o have their probabilities added up between o and o + 1; the last one's place.
        self.cumulated = np.concatenate([o + added for o, (_, added) in enumerate(all_options)])
        self.last = np.cumsum([len(added) for _, added in all_options]) - 1

        names = table["names"] | rules["FIRST"]
        templates = [template for options, _ in all_options for template in options]
        parts = [part for template in templates for part in template]
        kept = {mark: names.get(source, "").split() for mark, source in table["kept"].items()}
        known = {part for sign, part in parts if sign is None}.union(*kept.values())
        place = {word: i for i, word in enumerate(sorted(known | {"an"}))}
        # Known words by the alphabet, then the made names; behind them the marks of a new name, and of the
        # names that a review keeps.
        self.words = (*place, *_made_names(names, known))
        self.first_name, self.any_name = len(place), len(self.words)
        self.first_kept = self.any_name + 1
        self.kept = {mark: np.array([place[word] for word in words]) for mark, words in kept.items()}
        self.a, self.an = place["a"], place["an"]
        self.takes_an = np.array([bool(_TAKES_AN.match(word)) for word in self.words])

        # All templates' tokens in a row, how many each has, and where it begins.
        named = {rule: -1 - i for i, rule in enumerate(rules)}
        named |= {mark: i for i, mark in enumerate(["SURNAME", *self.kept], self.any_name)}
        self.flat = np.array([place[part] if sign is None else named[part] for sign, part in parts])
        self.flips = np.array([_FLIPS[sign] for sign, _ in parts], np.uint8)
        self.sizes = np.array([len(template) for template in templates])
        self.begins = np.cumsum(self.sizes) - self.sizes


def _read_options(entry):
    """Templates, cut, and their probabilities added up: the first of single words are the most likely."""
    if isinstance(entry, str):
        entry = [word.replace("_", " ") for word in entry.split()]
        weights = 1 / np.arange(2.0, len(entry) + 2)
    else:
        weights = np.ones(len(entry))
    return [cut(template) for template in entry], np.cumsum(weights / weights.sum())


def _made_names(names, known):
    """Make names of syllables that are none of the known words, in an order that mixes them."""
    made = map("".join, product(*(names[part].split() for part in ("beginnings", "middles", "ends"))))
    made = [name for name in dict.fromkeys(made) if name not in known]
    return [made[i] for i in np.random.default_rng(0).permutation(len(made))[:NAMES]]


_grammar = cache(_Grammar)
