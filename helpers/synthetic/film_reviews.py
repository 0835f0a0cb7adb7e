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

from helpers.synthetic.labels import balanced_labels, cut, read_table

NAMES = 60_000
"""Made surnames, titles and towns to choose from."""

_OPINIONS = "on_acting", "on_plot", "on_general", "on_direction", "on_pictures", "on_music", "on_ending"
_PLAIN = "plain_plot", "plain_facts", "plain_talk"
_ENDS = "opening", "opening_plain", "verdict", "verdict_plain"
_TOPICS = _OPINIONS + _PLAIN + _ENDS
_KINDS = "war", "crime", "horror", "romance", "comedy", "family", "fantasy", "music"
_CONTEXT = {"opinion": ("bad", "good"), "sex": ("m", "f"), "tense": ("now", "past"), "kind": _KINDS}
"""On what a rule may depend, and the keys of its table then."""

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

# Names that stay the same within a review, and the known ones; SURNAME is a new one each time.
_BOUND = {
    **{"HERO": "m", "HEROINE": "f", "ACTOR_FIRST": "m", "ACTRESS_FIRST": "f", "DIRECTOR_FIRST": "m"},
    **{"ACTOR_LAST": None, "ACTRESS_LAST": None, "DIRECTOR_LAST": None, "TITLE": None, "CITY": "cities"},
    **{"COUNTRY": "countries", "PEOPLE": "peoples"},
}


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

    tokens, review = _expand(grammar.starts[topic, opinion, sex, tense, kind[review]], review, rng, grammar)
    bound, is_bound = _draw_bound(n, rng, grammar), tokens >= grammar.first_bound
    tokens[is_bound] = bound[review[is_bound], tokens[is_bound] - grammar.first_bound]
    is_any = tokens == grammar.any_name
    tokens[is_any] = _draw_names(np.count_nonzero(is_any), rng, grammar)
    tokens[:-1][(tokens[:-1] == grammar.a) & grammar.takes_an[tokens[1:]]] = grammar.an
    return tokens.astype(np.int32), np.bincount(review, minlength=n)


def _choose(chance, n):
    """Choose one of n for each number in [0, 1), the earlier ones more often."""
    return (chance * np.sqrt(chance) * n).astype(np.int64)


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
        drawn = _draw_names(n, rng, grammar)
        if source is not None:
            made, known = drawn, grammar.known_names[source]
            chance = nation if name in ("COUNTRY", "PEOPLE") else rng.random(n)
            drawn = known[_choose(chance, len(known))]
            if name == "CITY":  # Every other town is a made one.
                drawn = np.where(rng.integers(2, size=n), drawn, made)
        columns.append(drawn)
    return np.stack(columns, axis=1)


class _Grammar:
    """The rules as arrays. Tokens from 0 up are words, then come the marks of names; rules are below 0."""

    def __init__(self, table):
        self._rules, self._number, self._templates, self._depends = table["rules"], {}, [], {}
        names = table["names"] | self._rules["FIRST"]
        parts = {part for entry in self._rules.values() for text in _texts(entry) for part in cut(text)}
        known = {word for sign, part in parts if sign is None for word in part.split("_")}
        known |= {word for key in ("countries", "peoples", "cities") for word in names[key].split()}
        self._place = {word: i for i, word in enumerate(sorted(known | {"an"}))}
        # Known words by the alphabet, then the made names; behind them the marks of a new name, and of the
        # names that a review keeps.
        self.words = (*self._place, *_made_names(names, known))
        self.first_name, self.any_name = len(self._place), len(self.words)
        self.first_bound = self.any_name + 1
        self.a, self.an = self._place["a"], self._place["an"]
        self.takes_an = np.array([_takes_an(word) for word in self.words])
        sources = filter(None, set(_BOUND.values()))
        self.known_names = {s: np.array([self._place[word] for word in names[s].split()]) for s in sources}

        # The rule of each topic, opinion, sex, tense and kind of film.
        sizes = [len(values) for values in _CONTEXT.values()]
        self.starts = np.empty((len(_TOPICS), *sizes), np.int64)
        for (i, topic), context in product(enumerate(_TOPICS), np.ndindex(*sizes)):
            self.starts[i, *context] = self._rule(topic, context)
        # Rule r's templates have their probabilities added up between r and r + 1; the last one's place.
        shares = [weights / weights.sum() for _, weights in self._templates]
        self.cumulated = np.concatenate([rule + np.cumsum(share) for rule, share in enumerate(shares)])
        self.last = np.cumsum([len(share) for share in shares]) - 1
        # All templates' tokens in a row, how many each has, and where it begins.
        templates = [tokens for options, _ in self._templates for tokens in options]
        self.flat = np.concatenate(templates)
        self.sizes = np.array([len(tokens) for tokens in templates])
        self.begins = np.cumsum(self.sizes) - self.sizes

    def _rule(self, name, context):
        """Return the token of a rule in a context; it is compiled when it is first asked for."""
        matters = self._dependence(name)
        key = name, *(value if part in matters else 0 for part, value in zip(_CONTEXT, context, strict=True))
        if key not in self._number:
            number = self._number[key] = len(self._templates)
            self._templates.append(None)  # Its place, which the rules within must not take.
            options = self._rules[name]
            if isinstance(options, dict):
                place, keys = _table_of(options)
                options = options[keys[context[place]]]
            weights = np.ones(len(options))
            if isinstance(options, str):
                options = [word.replace("_", " ") for word in options.split()]
                weights = 1 / np.arange(2.0, len(options) + 2)
            self._templates[number] = [self._template(option, context) for option in options], weights
        return -1 - self._number[key]

    def _template(self, text, context):
        opinion, sex, tense, kind = context
        contexts = {"": context, "~": (1 - opinion, sex, tense, kind), "^": (opinion, 1 - sex, tense, kind)}
        tokens = []
        for sign, part in cut(text):
            if sign is None:
                tokens.append(self._place[part])
            elif part == "SURNAME":
                tokens.append(self.any_name)
            elif part in _BOUND:
                tokens.append(self.first_bound + list(_BOUND).index(part))
            else:
                tokens.append(self._rule(part, contexts[sign]))
        return tokens

    def _dependence(self, name):
        """Return the parts of the context that matter to a rule."""
        if name not in self._depends:
            entry = self._rules[name]
            matters = {list(_CONTEXT)[_table_of(entry)[0]]} if isinstance(entry, dict) else set()
            named = {part for text in _texts(entry) for sign, part in cut(text) if sign is not None}
            self._depends[name] = matters.union(*map(self._dependence, named & self._rules.keys()))
        return self._depends[name]


def _texts(entry):
    """Return the templates, or the lists of words, of a rule."""
    if isinstance(entry, dict):
        return [text for part in entry.values() for text in _texts(part)]
    return [entry] if isinstance(entry, str) else entry


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


@cache
def _grammar():
    return _Grammar(read_table("words/film_reviews.toml"))
