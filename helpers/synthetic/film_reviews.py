"""Film reviews of the length, wealth of words and difficulty of IMDB's, written from templates.

A review is a row of sentences about the acting, the plot, the music and so on. Some have no opinion, the
others mostly, not always, that of the review; how often, its mood says. So one sentence tells little, many
tell much, and some reviews will mislead whoever counts words. Names are made of syllables: a few are seen
again and again, most hardly ever. Words occur as unevenly as in any text: G. K. Zipf, *Human Behavior and
the Principle of Least Effort* (1949).
"""

import re
from functools import lru_cache
from itertools import product

import numpy as np

from helpers.synthetic.labels import balanced_labels, read_table

NAMES = 60_000
"""Made surnames and titles to choose from."""

_OPINIONS = "on_acting", "on_plot", "on_general", "on_direction", "on_pictures", "on_music", "on_ending"
_PLAIN = "plain_plot", "plain_facts", "plain_talk"
_KINDS = "war", "crime", "horror", "romance", "comedy", "family", "fantasy", "music"
_CONTEXT = {"opinion": ("bad", "good"), "sex": ("m", "f"), "tense": ("now", "past"), "kind": _KINDS}

# How many sentences in ten that have an opinion have the review's own, from clear reviews to misleading ones,
# and how many reviews in a hundred are so.
_MOODS = ((1.0, 0.9, 0.75, 0.6, 0.4), (33, 30, 20, 10, 7))
_LEANING = 0.43  # Share of the sentences that have an opinion.
_LEANING_AT_ENDS = 0.6  # The same, of a review's first and last sentence.
_WORDS_PER_SENTENCE = 10.5
# Lengths below which 0, 5, 25 ... percent of the reviews are.
_LENGTHS = ((0, 5, 25, 50, 75, 95, 99, 100), (12, 62, 124, 174, 285, 600, 920, 1400))
_AT_A_TIME = 5_000

# Names that stay the same within a review, and a new one each time.
_BOUND = (
    *("HERO", "HEROINE", "ACTOR_FIRST", "ACTRESS_FIRST", "DIRECTOR_FIRST"),
    *("ACTOR_LAST", "ACTRESS_LAST", "DIRECTOR_LAST", "TITLE", "COUNTRY", "PEOPLE", "CITY"),
)
_ANY_NAME = "SURNAME"


def draw_film_reviews(n, rng):
    """Write n film reviews, as difficult to judge as IMDB's, and just as long.

    Parameters
    ----------
    n : int, at least 0
    rng : np.random.Generator
        The same generator state gives the same reviews, on every platform.

    Returns
    -------
    values : ndarray of int32
        All reviews' words in one row, as indices into `words`.
    offsets : ndarray of shape (n + 1,), int64
        Review i is `values[offsets[i] : offsets[i + 1]]`.
    labels : ndarray of shape (n,), uint8
        1 praises, 0 blames, in random order, each as often as the other (within one).
    words : list of str
        In small letters; not each of them need occur.

    Raises
    ------
    TypeError, ValueError
        If n is no whole number from 0 up, or rng is no np.random.Generator.
    """
    labels = balanced_labels(n, 2, rng, "draw_film_reviews")
    grammar = _grammar()
    parts = [_draw(labels[i : i + _AT_A_TIME], rng, grammar) for i in range(0, n, _AT_A_TIME)]
    values = np.concatenate([part for part, _ in parts]) if parts else np.empty(0, np.int32)
    lengths = np.concatenate([[0], *(sizes for _, sizes in parts)]).astype(np.int64)
    return values, np.cumsum(lengths), labels, grammar.words


def _draw(labels, rng, grammar):
    """Write the reviews for these labels; their words in one row, and their lengths."""
    n = len(labels)
    percent, lengths = _LENGTHS
    wanted = np.interp(100 * rng.random(n), percent, lengths)
    sentences = np.maximum(2, (wanted / _WORDS_PER_SENTENCE + 0.5).astype(np.int64))
    review = np.repeat(np.arange(n), sentences)
    ends = np.cumsum(sentences)
    is_first, is_last = np.zeros((2, len(review)), bool)
    is_first[ends - sentences] = is_last[ends - 1] = True

    shares, weights = (np.array(row) for row in _MOODS)
    mood = shares[np.searchsorted(np.cumsum(weights), 100 * rng.random(n), side="right")]
    kind, sex = rng.integers(len(_KINDS), size=n), rng.integers(2, size=n)
    # A sentence follows its review in most things, not in all.
    size = len(review)
    agrees = rng.random(size) < mood[review]
    opinion = np.where(agrees, labels[review], 1 - labels[review])
    who = np.where(rng.random(size) < 0.75, sex[review], 1 - sex[review])
    tense = rng.integers(2, size=size)
    leaning = np.where(is_first | is_last, _LEANING_AT_ENDS, _LEANING)
    is_plain = rng.random(size) >= leaning
    chance = rng.random(size)
    topic = np.where(is_plain, _choose(chance, grammar.plain), _choose(chance, grammar.opinions))
    topic[is_first] = np.where(is_plain, *grammar.first)[is_first]
    topic[is_last] = np.where(is_plain, *grammar.last)[is_last]

    tokens = grammar.starts[topic, opinion, who, tense, kind[review]]
    tokens, review = _expand(tokens, review, rng, grammar)
    bound = _bind(n, rng, grammar)
    is_bound = tokens >= grammar.first_bound
    tokens[is_bound] = bound[review[is_bound], tokens[is_bound] - grammar.first_bound]
    is_any = tokens == grammar.any_name
    tokens[is_any] = _names(np.count_nonzero(is_any), rng, grammar)
    return tokens.astype(np.int32), np.bincount(review, minlength=n)


def _choose(chance, options):
    """Take one of the options for each number in [0, 1), the earlier ones more often."""
    return np.asarray(options)[(chance * np.sqrt(chance) * len(options)).astype(np.int64)]


def _expand(tokens, owner, rng, grammar):
    """Put templates in place of rules until words are left."""
    while (is_rule := tokens < 0).any():
        rules = -1 - tokens[is_rule]
        option = np.searchsorted(grammar.cumulated, rules + rng.random(len(rules)), side="right")
        option = np.minimum(option, grammar.last_option[rules])  # The sum may have been rounded up.
        sizes = np.ones(len(tokens), np.int64)
        sizes[is_rule] = grammar.sizes[option]
        starts = np.cumsum(sizes) - sizes
        owner = np.repeat(owner, sizes)
        source = np.repeat(np.where(is_rule, 0, starts), sizes)
        source[:] = np.arange(len(owner)) - np.repeat(starts, sizes)
        begin = np.zeros(len(tokens), np.int64)
        begin[is_rule] = grammar.begins[option]
        source += np.repeat(begin, sizes)
        tokens = np.where(np.repeat(is_rule, sizes), grammar.flat[source], np.repeat(tokens, sizes))
    return tokens, owner


def _names(n, rng, grammar):
    """Draw made names: the first ones often, most of them hardly ever."""
    chance = rng.random(n)
    return grammar.first_name + (NAMES * chance * chance * chance).astype(np.int64)


def _bind(n, rng, grammar):
    """Draw each review's own names; (n, names)."""
    columns = {}
    for name, people in (("HERO", "m"), ("HEROINE", "f"), ("ACTOR_FIRST", "m"), ("ACTRESS_FIRST", "f"),
                         ("DIRECTOR_FIRST", "m")):
        columns[name] = _choose(rng.random(n), grammar.people[people])
    for name in ("ACTOR_LAST", "ACTRESS_LAST", "DIRECTOR_LAST", "TITLE"):
        columns[name] = _names(n, rng, grammar)
    chance = rng.random(n)
    columns["COUNTRY"] = _choose(chance, grammar.people["countries"])
    columns["PEOPLE"] = _choose(chance, grammar.people["peoples"])
    city = _choose(rng.random(n), grammar.people["cities"])
    columns["CITY"] = np.where(rng.random(n) < 0.5, city, _names(n, rng, grammar))
    return np.stack([columns[name] for name in _BOUND], axis=1)


class _Grammar:
    """The rules of the table, as arrays: words are numbers from 0 up, then names, then rules below 0."""

    def __init__(self, table):
        self._rules, self._ids, self._compiled, self._needs = table["rules"], {}, {}, {}
        names = table["names"]
        people = {**self._rules["FIRST"], **{k: names[k] for k in ("countries", "peoples", "cities")}}
        starts = {}
        topics = [*_OPINIONS, *_PLAIN, "opening", "opening_plain", "verdict", "verdict_plain"]
        self._places, self._options = {}, []
        found = {word: i for i, word in enumerate(sorted(set(self._all_words(people))))}
        self._words = found
        made = _made_names(names, found)
        self.words = [*found, *made]
        self.first_name = len(found)
        self.any_name = len(self.words)
        self.first_bound = self.any_name + 1
        contexts = list(product(range(2), range(2), range(2), range(len(_KINDS))))
        self.starts = np.empty((len(topics), 2, 2, 2, len(_KINDS)), np.int64)
        for i, topic in enumerate(topics):
            for context in contexts:
                self.starts[(i, *context)] = self._rule(topic, context)
        self.opinions, self.plain = range(len(_OPINIONS)), range(len(_OPINIONS), len(_OPINIONS) + len(_PLAIN))
        place = {topic: i for i, topic in enumerate(topics)}
        self.first = place["opening_plain"], place["opening"]
        self.last = place["verdict_plain"], place["verdict"]
        self.people = {k: np.array([found[w] for w in text.split()]) for k, text in people.items()}
        self._flatten()
        del starts

    def _all_words(self, people):
        def texts(entry):
            if isinstance(entry, dict):
                for part in entry.values():
                    yield from texts(part)
            elif isinstance(entry, list):
                yield from entry
            else:
                yield entry

        for entry in [*self._rules.values(), *people.values()]:
            for text in texts(entry):
                yield from (w for w in text.replace("_", " ").split() if "{" not in w and "}" not in w) if "{" not in text else (
                    w for w in text.split() if not w.startswith("{"))

    def _dependence(self, name):
        """Return the parts of the context that matter to a rule; a set of names."""
        if name not in self._needs:
            self._needs[name] = set()
            entry, needs = self._rules[name], set()
            if isinstance(entry, dict):
                needs.add(next(part for part, values in _CONTEXT.items() if set(entry) == set(values)))
            for options in entry.values() if isinstance(entry, dict) else [entry]:
                for rule in re.findall(r"\{\W?(\w+)\}", " ".join(options) if isinstance(options, list) else options):
                    if rule in self._rules:
                        needs |= self._dependence(rule)
            self._needs[name] = needs
        return self._needs[name]

    def _rule(self, name, context):
        """Number of a rule in a context, compiled when it is asked for first."""
        needs = self._dependence(name)
        key = name, *(value if part in needs else 0 for part, value in zip(_CONTEXT, context, strict=True))
        if key not in self._places:
            number = self._places[key] = len(self._places)
            self._options.append(None)
            entry = self._rules[name]
            if isinstance(entry, dict):
                part = next(part for part, values in _CONTEXT.items() if set(entry) == set(values))
                entry = entry[_CONTEXT[part][context[list(_CONTEXT).index(part)]]]
            if isinstance(entry, str):
                options, weights = [w.replace("_", " ") for w in entry.split()], None
            else:
                options, weights = entry, np.ones(len(entry))
            if weights is None:
                weights = 1 / (np.arange(len(options)) + 2.0)
            self._options[number] = [self._template(text, context) for text in options], weights
        return -1 - self._places[key]

    def _template(self, text, context):
        tokens = []
        for part in text.split():
            if not (match := re.fullmatch(r"\{(\W?)(\w+)\}", part)):
                tokens.append(self._words[part])
                continue
            sign, name = match.groups()
            if name == _ANY_NAME:
                tokens.append(self.any_name)
            elif name in _BOUND:
                tokens.append(self.first_bound + _BOUND.index(name))
            else:
                opinion, sex, tense, kind = context
                changed = (
                    1 - opinion if sign == "~" else opinion,
                    1 - sex if sign == "^" else sex,
                    1 if sign == "<" else tense,
                    kind,
                )
                tokens.append(self._rule(name, changed))
        return tokens

    def _flatten(self):
        cumulated, last, flat, begins, sizes = [], [], [], [], []
        for number, (options, weights) in enumerate(self._options):
            cumulated.append(number + np.cumsum(weights) / weights.sum())
            for tokens in options:
                begins.append(len(flat))
                sizes.append(len(tokens))
                flat += tokens
            last.append(len(begins) - 1)
        self.cumulated, self.last_option = np.concatenate(cumulated), np.array(last)
        self.flat, self.begins, self.sizes = np.array(flat), np.array(begins), np.array(sizes)


@lru_cache
def _grammar():
    return _Grammar(read_table("words/film_reviews.toml"))


def _made_names(names, known):
    """Make names of syllables that are none of the known words, in an order that mixes them."""
    parts = [names[key].split() for key in ("beginnings", "middles", "ends")]
    made = ["".join(syllables) for syllables in product(*parts)]
    made = [name for name in dict.fromkeys(made) if name not in known]
    return [made[i] for i in np.random.default_rng(0).permutation(len(made))[:NAMES]]
