"""Film reviews of the length, wealth of words and difficulty of IMDB's, written from templates.

A review is a row of sentences about the acting, the plot, the music and so on. Some have no opinion, the
others mostly, not always, that of the review; how often, its mood says. So one sentence tells little, many
tell much, and some reviews mislead whoever counts words. Names are made of syllables: a few are seen again
and again, most hardly ever. Words occur as unevenly as in any text: G. K. Zipf, *Human Behavior and the
Principle of Least Effort* (1949).
"""

import re
from functools import lru_cache
from itertools import pairwise, product

import numpy as np

from helpers.synthetic.labels import balanced_labels, read_table

NAMES = 60_000
"""Made surnames, titles and towns to choose from."""

_OPINIONS = "on_acting", "on_plot", "on_general", "on_direction", "on_pictures", "on_music", "on_ending"
_PLAIN = "plain_plot", "plain_facts", "plain_talk"
_ENDS = "opening", "opening_plain", "verdict", "verdict_plain"
_TOPICS = _OPINIONS + _PLAIN + _ENDS
_KINDS = "war", "crime", "horror", "romance", "comedy", "family", "fantasy", "music"
_CONTEXT = {"opinion": ("bad", "good"), "sex": ("m", "f"), "tense": ("now", "past"), "kind": _KINDS}
"""On what a rule may depend, and the keys of its table then."""

# Share of the sentences with an opinion that have the review's own, from clear reviews to misleading ones,
# and how many reviews in a hundred are so.
_MOODS = ((1.0, 0.9, 0.75, 0.6, 0.4), (34, 30, 20, 10, 6))
_LEANING, _LEANING_AT_ENDS = 0.43, 0.6  # Share of the sentences with an opinion; of the first and the last.
_SAME_SEX = 0.75  # Share of the sentences that are about the sex that the review is mostly about.
# Words below which so many reviews in a hundred stay; a sentence has 11, about.
_LENGTHS = ((0, 12), (5, 62), (25, 124), (50, 174), (75, 285), (95, 600), (99, 920), (100, 1400))
_WORDS_A_SENTENCE = 11
_AT_A_TIME = 5_000  # Reviews: the arrays of more would not fit into a processor's cache.

# Names that stay the same within a review; SURNAME is a new one each time.
_BOUND = {
    **{"HERO": "m", "HEROINE": "f", "ACTOR_FIRST": "m", "ACTRESS_FIRST": "f", "DIRECTOR_FIRST": "m"},
    **{"ACTOR_LAST": None, "ACTRESS_LAST": None, "DIRECTOR_LAST": None, "TITLE": None, "CITY": "cities"},
    **{"COUNTRY": "countries", "PEOPLE": "peoples"},
}


def draw_film_reviews(n, rng):
    """Write n film reviews, about as long and as difficult to judge as IMDB's.

    Parameters
    ----------
    n : int, at least 0
    rng : np.random.Generator
        The same generator state gives the same reviews, on every platform.

    Returns
    -------
    values : ndarray of int32
        All reviews' words in one row, as places in `words`.
    offsets : ndarray of shape (n + 1,), int64
        Review i is `values[offsets[i] : offsets[i + 1]]`.
    labels : ndarray of shape (n,), uint8
        1 praises, 0 blames, in random order, each as often as the other (within one).
    words : tuple of str
        In small letters, without punctuation; some may not occur.

    Raises
    ------
    TypeError, ValueError
        If n is no whole number from 0 up, or rng is no np.random.Generator.
    """
    labels, grammar = balanced_labels(n, 2, rng, "draw_film_reviews"), _grammar()
    parts = [_write(labels[i : i + _AT_A_TIME], rng, grammar) for i in range(0, n, _AT_A_TIME)]
    values = np.concatenate([np.empty(0, np.int32), *(values for values, _ in parts)])
    offsets = np.cumsum(np.concatenate([np.zeros(1, np.int64), *(lengths for _, lengths in parts)]))
    return values, offsets, labels, grammar.words


def _write(labels, rng, grammar):
    """Write a review for each label; all their words in one row, and the reviews' lengths."""
    n = len(labels)
    sentences = np.maximum(2, (_lengths()[rng.integers(len(_lengths()), size=n)] + 5) // _WORDS_A_SENTENCE)
    review, ends = np.repeat(np.arange(n), sentences), np.cumsum(sentences)
    first, last = ends - sentences, ends - 1
    total = len(review)

    shares, weights = map(np.array, _MOODS)
    mood = shares[np.searchsorted(np.cumsum(weights), rng.integers(100, size=n), side="right")]
    kind, sex = rng.integers(len(_KINDS), size=n), rng.integers(2, size=n)
    opinion = np.where(rng.random(total) < mood[review], labels[review], 1 - labels[review])
    sex = np.where(rng.random(total) < _SAME_SEX, sex[review], 1 - sex[review])
    tense = rng.integers(2, size=total)

    leaning = np.full(total, _LEANING)
    leaning[first] = leaning[last] = _LEANING_AT_ENDS
    is_plain, chance = rng.random(total) >= leaning, rng.random(total)
    topic = np.where(
        is_plain, len(_OPINIONS) + _choose(chance, range(len(_PLAIN))), _choose(chance, range(len(_OPINIONS)))
    )
    topic[first] = _TOPICS.index("opening") + is_plain[first]
    topic[last] = _TOPICS.index("verdict") + is_plain[last]

    tokens, review = _expand(grammar.starts[topic, opinion, sex, tense, kind[review]], review, rng, grammar)
    bound, is_bound = _draw_bound(n, rng, grammar), tokens >= grammar.first_bound
    tokens[is_bound] = bound[review[is_bound], tokens[is_bound] - grammar.first_bound]
    is_any = tokens == grammar.any_name
    tokens[is_any] = _draw_names(np.count_nonzero(is_any), rng, grammar)
    tokens[:-1][(tokens[:-1] == grammar.a) & grammar.takes_an[tokens[1:]]] = grammar.an
    return tokens.astype(np.int32), np.bincount(review, minlength=n)


@lru_cache
def _lengths():
    """Words of 10,000 reviews, the shortest first; whole numbers, which are the same on every processor."""
    words = [
        low + (high - low) * i // (100 * (until - since))
        for (since, low), (until, high) in pairwise(_LENGTHS)
        for i in range(100 * (until - since))
    ]
    return np.array(words)


def _choose(chance, options):
    """Take one of the options for each number in [0, 1), the earlier ones more often."""
    return np.asarray(options)[(chance * np.sqrt(chance) * len(options)).astype(np.int64)]


def _expand(tokens, review, rng, grammar):
    """Put one of its templates in the place of each rule until there are words only."""
    while (is_rule := tokens < 0).any():
        rules = -1 - tokens[is_rule]
        chosen = np.searchsorted(grammar.cumulated, rules + rng.random(len(rules)), side="right")
        chosen = np.minimum(chosen, grammar.last[rules])  # The sum may have been rounded up.
        sizes, begins = np.ones(len(tokens), np.int64), np.zeros(len(tokens), np.int64)
        sizes[is_rule], begins[is_rule] = grammar.sizes[chosen], grammar.begins[chosen]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        written = grammar.flat[np.repeat(begins, sizes) + within]
        tokens = np.where(np.repeat(is_rule, sizes), written, np.repeat(tokens, sizes))
        review = np.repeat(review, sizes)
    return tokens, review


def _draw_names(n, rng, grammar):
    """Draw made names, the first ones often, most of them hardly ever."""
    chance = rng.random(n)
    return grammar.first_name + (NAMES * chance * chance * chance).astype(np.int64)


def _draw_bound(n, rng, grammar):
    """Draw the names that each review keeps; (n, names)."""
    nation, columns = rng.random(n), []
    for name, source in _BOUND.items():
        made = _draw_names(n, rng, grammar)
        if source is None:
            columns.append(made)
            continue
        chance = nation if name in ("COUNTRY", "PEOPLE") else rng.random(n)
        known = _choose(chance, grammar.known_names[source])
        # Every other town is a made one.
        columns.append(np.where(rng.integers(2, size=n), known, made) if name == "CITY" else known)
    return np.stack(columns, axis=1)


class _Grammar:
    """The rules as arrays. Tokens from 0 up are words, then come the marks of names; rules are below 0.

    Attributes
    ----------
    words : tuple of str
        Known words by the alphabet, then from `first_name` on the made names.
    any_name, first_bound : int
        Marks of a new name, and of the first of the names that a review keeps.
    starts : ndarray
        Rule of each topic, opinion, sex, tense and kind of film.
    cumulated, last : ndarray
        Rule r's templates have their probabilities added up between r and r + 1; the last one's place.
    flat, begins, sizes : ndarray
        All templates' tokens in a row, and where each begins and how many it has.
    """

    def __init__(self, table):
        self._rules, self._number, self._templates, self._depends = table["rules"], {}, [], {}
        names = table["names"] | self._rules["FIRST"]
        known = {word for entry in self._rules.values() for text in _texts(entry) for word in _words(text)}
        known |= {word for key in ("countries", "peoples", "cities") for word in names[key].split()}
        self._place = {word: i for i, word in enumerate(sorted(known | {"an"}))}
        self.words = (*self._place, *_made_names(names, known))
        self.first_name = len(self._place)
        self.any_name = len(self.words)
        self.first_bound = self.any_name + 1
        self.a, self.an = self._place["a"], self._place["an"]
        self.takes_an = np.array([_takes_an(word) for word in self.words])
        sources = filter(None, set(_BOUND.values()))
        self.known_names = {s: np.array([self._place[word] for word in names[s].split()]) for s in sources}

        sizes = [len(values) for values in _CONTEXT.values()]
        self.starts = np.empty((len(_TOPICS), *sizes), np.int64)
        for (i, topic), context in product(enumerate(_TOPICS), np.ndindex(*sizes)):
            self.starts[i, *context] = self._rule(topic, context)
        shares = [weights / weights.sum() for _, weights in self._templates]
        self.cumulated = np.concatenate([rule + np.cumsum(share) for rule, share in enumerate(shares)])
        self.last = np.cumsum([len(share) for share in shares]) - 1
        templates = [tokens for options, _ in self._templates for tokens in options]
        self.sizes = np.array([len(tokens) for tokens in templates])
        self.begins = np.cumsum(self.sizes) - self.sizes
        self.flat = np.concatenate(templates)

    def _rule(self, name, context):
        """Return the token of a rule in a context; it is compiled when it is first asked for."""
        matters = self._dependence(name)
        key = name, *(value if part in matters else 0 for part, value in zip(_CONTEXT, context, strict=True))
        if key not in self._number:
            number = self._number[key] = len(self._templates)
            self._templates.append(None)  # Its place, which the rules within must not take.
            entry = self._rules[name]
            if isinstance(entry, dict):
                place, keys = _table_of(entry)
                entry = entry[keys[context[place]]]
            options = entry
            weights = np.ones(len(entry))
            if isinstance(entry, str):
                options = [word.replace("_", " ") for word in entry.split()]
                weights = 1 / np.arange(2.0, len(options) + 2)
            self._templates[number] = [self._template(option, context) for option in options], weights
        return -1 - self._number[key]

    def _template(self, text, context):
        opinion, sex, tense, kind = context
        contexts = {"": context, "~": (1 - opinion, sex, tense, kind), "^": (opinion, 1 - sex, tense, kind)}
        tokens = []
        for part in text.split():
            sign, name = _reference(part) or ("", None)
            if name is None:
                tokens.append(self._place[part])
            elif name == "SURNAME":
                tokens.append(self.any_name)
            elif name in _BOUND:
                tokens.append(self.first_bound + list(_BOUND).index(name))
            else:
                tokens.append(self._rule(name, contexts[sign]))
        return tokens

    def _dependence(self, name):
        """Return the parts of the context that matter to a rule."""
        if name not in self._depends:
            entry = self._rules[name]
            matters = {list(_CONTEXT)[_table_of(entry)[0]]} if isinstance(entry, dict) else set()
            for text in _texts(entry):
                for _, rule in filter(None, map(_reference, text.split())):
                    if rule in self._rules:
                        matters |= self._dependence(rule)
            self._depends[name] = matters
        return self._depends[name]


def _reference(part):
    """Return the sign and the name in "{~name}", or None for a word."""
    found = re.fullmatch(r"\{([~^]?)(\w+)\}", part)
    return found and found.groups()


def _texts(entry):
    """Return the templates, or the lists of words, of a rule."""
    if isinstance(entry, dict):
        return [text for part in entry.values() for text in _texts(part)]
    return [entry] if isinstance(entry, str) else entry


def _words(text):
    return [word for part in text.split() if not _reference(part) for word in part.split("_")]


def _table_of(entry):
    """Return which part of the context a rule's table is about: its place, and its values."""
    return next((i, keys) for i, keys in enumerate(_CONTEXT.values()) if set(keys) == set(entry))


def _takes_an(word):
    is_vowel = word[0] in "aeiou" and not re.match(r"one|eu|us|uni(?!n)", word)
    return is_vowel or word in ("honest", "honor", "hour")


def _made_names(names, known):
    """Make names of syllables that are none of the known words, in an order that mixes them."""
    made = map("".join, product(*(names[part].split() for part in ("beginnings", "middles", "ends"))))
    made = [name for name in dict.fromkeys(made) if name not in known]
    return [made[i] for i in np.random.default_rng(0).permutation(len(made))[:NAMES]]


@lru_cache
def _grammar():
    return _Grammar(read_table("words/film_reviews.toml"))
