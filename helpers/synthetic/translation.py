"""Pairs to translate, made up by rules: English and Japanese sentences, and dates in many formats.

A small grammar writes each sentence in both languages at once. The differences are real ones: the verb stands
last in Japanese, particles (は が を に で へ と) say what a word does, relative clauses and reasons stand
before what they belong to, question words stay in place, "you" is left out, and every sentence is either
polite (です, ます) or plain. English doesn't say which, so a mark in front of the English sentence asks for
it, as in R. Sennrich, B. Haddow, A. Birch, *Controlling Politeness in Neural Machine Translation via Side
Constraints* (NAACL 2016). Each marked English sentence has exactly one translation here, so exact match can
be counted.
"""

import datetime
import itertools
import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from helpers.synthetic.labels import balanced_labels, read_table

POLITE, PLAIN = "[polite]", "[plain]"
"""Marks in front of an English sentence that ask for です/ます or for the plain form."""

LONGEST_ENGLISH, LONGEST_JAPANESE = 18, 18
"""Most tokens of a sentence that `make_pairs` writes, with the mark in front and the full stop."""


class Pair(NamedTuple):
    """A sentence in both languages, as tuples of tokens; the English begins with a mark."""

    english: tuple
    japanese: tuple


# --- Words: English, Japanese -------------------------------------------------------------------------


class _Verb(NamedTuple):
    """English base, third person and past; Japanese polite stem, plain, before ない, before た or だ."""

    base: str
    third: str
    past: str
    stem: str
    plain: str
    before_nai: str
    before_ta: str
    ta: str
    frame: str
    preposition: str


def _pairs(tables):
    """Turn named tables into lists of (English, Japanese), from which one can pick."""
    return {name: list(table.items()) for name, table in tables.items()}


_TABLE = read_table("words/translation.toml")
_NOUNS, _PHRASES = _pairs(_TABLE["nouns"]), _pairs(_TABLE["phrases"])
_TIMES, _OBJECTS, _WORDS = (_pairs(_TABLE[name]) for name in ("times", "objects", "words"))
_MASS = _TABLE["nouns"]["food"] | _TABLE["nouns"]["drinks"]
_SUITS = {kind: adjectives.split() for kind, adjectives in _TABLE["suits"].items()}
_I_ADJECTIVES, _NA_ADJECTIVES = _TABLE["i_adjectives"], _TABLE["na_adjectives"]
_VERBS = {row[0]: _Verb(*row) for row in _TABLE["verbs"]}
_BE_ANIMATE, _BE_THING, _CAN, _THINK = (
    _Verb(*_TABLE[name]) for name in ("be_animate", "be_thing", "can", "think")
)
_PERSONS = {japanese.split()[0] for _, japanese, *_ in [*_PHRASES["people"], *_TABLE["pronouns"]]}
_ANIMAL_VERBS = ("drink", "eat", "sleep", "come")


# --- Japanese predicates ------------------------------------------------------------------------------


def _inflect(verb, tense, negative, polite):
    past = tense == "past"
    if polite:
        return [verb.stem, [["ます", "ません"], ["ました", "ませんでした"]][past][negative]]
    if negative:
        return [t for t in (verb.before_nai, "なかった" if past else "ない") if t]
    return [verb.before_ta, verb.ta] if past else [verb.plain]


def _adjective(word, tense, negative, polite):
    """Tokens of an adjective that ends in い, as a predicate."""
    past = tense == "past"
    stem = word[:-1]
    if negative:
        tokens = [f"{stem}く", "なかった" if past else "ない"]
    else:
        tokens = [f"{stem}かった" if past else word]
    return tokens + ["です"] * polite


def _before_noun(adjective):
    return [_I_ADJECTIVES[adjective]] if adjective in _I_ADJECTIVES else [_NA_ADJECTIVES[adjective], "な"]


def _copula(tense, negative, polite):
    past = tense == "past"
    if negative:
        return ["では", [["ない", "なかった"], ["ありません", "ありませんでした"]][polite][past]]
    return [[["だ", "だった"], ["です", "でした"]][polite][past]]


def _topic(rest):
    """What stands before は."""
    return rest[: rest.index("は")] if "は" in rest else []


def _with_own(rest):
    """Write 自分, one's own, where a clause about 私 comes back to 私: 私 は 自分 の 本 を."""
    if rest[:1] != ["私"]:
        return rest
    return [rest[0], *("自分" if token == "私" else token for token in rest[1:])]


def _names_twice(rest):
    """Whether somebody comes back under the same name, which neither language does: 先生 は 先生 と."""
    words = " ".join(rest).split()
    return any(words.count(person) > 1 for person in _PERSONS)


# --- English auxiliaries ------------------------------------------------------------------------------

_WAS = {"am": "was", "is": "was", "are": "were"}


def _do(tense, third):
    return {"past": "did", "future": "will"}.get(tense) or ("does" if third else "do")


def _a(word):
    return "an" if word[0] in "aeiou" else "a"


# --- English and Japanese together --------------------------------------------------------------------


class _Writer:
    """Writes sentences; `depth` keeps clauses from nesting without end."""

    def __init__(self, rng):
        self.rng = rng

    def pick(self, items):
        return items[int(self.rng.integers(len(items)))]

    def chance(self, p):
        return bool(self.rng.random() < p)

    def one_of(self, **weights):
        """Return one of several methods, by their names and weights."""
        shares = np.array(list(weights.values()), float)
        chosen = self.rng.choice(len(weights), p=shares / shares.sum())
        return getattr(self, list(weights)[chosen])

    # Parts of sentences: lists of tokens (English, Japanese)

    def phrase(self, pairs):
        en, ja = self.pick(pairs)
        return en.split(), ja.split()

    def noun(self, kind, extra=0.3):
        """A thing with its article and perhaps an adjective: "the big car", 大きい 車."""
        word, japanese = self.pick(_NOUNS[kind])
        english, before = [word], []
        if self.chance(extra):
            adjective = self.pick(_SUITS[kind])
            english, before = [adjective, word], _before_noun(adjective)
        en, ja = self.determiner(english, word, owned=kind != "places")
        return en, [*ja, *before, japanese]

    def definite(self, kind):
        """A thing without an adjective, "the" in place of "a"."""
        en, ja = self.noun(kind, 0.0)
        return ["the", *en[1:]] if en[0] in ("a", "an") else en, ja

    def mine(self, make, *arguments):
        """A thing of `make`, "my" in place of "this" or "that"."""
        en, ja = make(*arguments)
        return (["my", *en[1:]], ["私", "の", *ja[1:]]) if en[0] in ("this", "that") else (en, ja)

    def determiner(self, english, word, owned=True):
        """Put an article, "this" or an owner before a noun."""
        r = self.rng.random() if owned else self.rng.choice([0.05, 0.15, 0.4, 0.5, 0.6, 0.7])
        if r < 0.1:
            return ["this", *english], ["この"]
        if r < 0.2:
            return ["that", *english], ["あの"]
        if r < 0.32:
            en, ja = self.phrase(_PHRASES["owners"])
            return [*en, *english], ja
        if word in _MASS and r < 0.9:
            return english, []
        if r < 0.7 or word in _MASS:
            return ["the", *english], []
        return [_a(english[0]), *english], []

    def person(self, pronouns=0.45):
        """A person: English, Japanese, form of "be"."""
        if self.chance(pronouns):
            en, ja, be = self.pick(_TABLE["pronouns"])
            return [en], [ja], be
        return *self.phrase(_PHRASES["people"]), "is"

    def companion(self):
        """Somebody who is no subject form ("me" would differ from "I")."""
        return self.person(pronouns=0.0)[:2]

    def time(self, tense):
        """A time that goes with the tense."""
        return self.phrase(_TIMES[tense] * 2 + _WORDS["days"])

    def target(self, verb):
        """What a verb needs: its English, its Japanese with particles, and its question word."""
        frame = verb.frame
        before = verb.preposition.split()
        if frame == "alone":
            return [], [], None
        if frame == "goal":
            en, ja = self.noun("places", 0.15)
            return ["to", *en], [*ja, "へ" if verb.base == "go" else "に"], None
        if frame == "people":
            en, ja = self.companion()
            return en, [*ja, "に"], None
        if frame in _OBJECTS:
            en, ja = self.phrase(_OBJECTS[frame])
            return [*before, *en], ja, None
        if frame == "gift":
            en, ja = self.noun(self.pick(["papers", "goods"]), 0.15)
            to_en, to_ja = self.companion()
            return [*en, "to", *to_en], [*to_ja, "に", *ja, "を"], None
        if frame == "sights":
            if self.chance(0.2):
                return ["a", "film"], ["映画", "を"], None
            kind = self.pick(["animals", "goods", "places"])
        elif frame == "goods":
            kind = self.pick(["goods", "papers", "food"])
        else:
            kind = frame
        if self.chance(0.2):
            en, ja = self.relative(kind)
            return [*before, *en], [*ja, "を"], "closed"
        en, ja = self.noun(kind)
        return [*before, *en], [*ja, "を"], None

    def relative(self, kind):
        """ "the book that my father bought yesterday", 父 が 昨日 買っ た 本."""
        word, japanese = self.pick(_NOUNS[kind])
        verbs = {"food": "eat buy", "drinks": "drink", "papers": "read buy", "goods": "see buy"}
        verb = self.verb(*verbs.get(kind, "see").split())
        en, ja, _ = self.person()
        negative = self.chance(0.15)
        when_en, when_ja = self.time("past") if self.chance(0.4) else ([], [])
        en_verb = ["did", "not", verb.base] if negative else [verb.past]
        place_en, place_ja = self.place() if self.chance(0.2) else ([], [])
        clause = [*ja, "が", *when_ja, *place_ja, *_inflect(verb, "past", negative, False)]
        return ["the", word, "that", *en, *en_verb, *place_en, *when_en], [*clause, japanese]

    def place(self):
        en, ja = self.pick(_NOUNS["places"])
        return ["at" if en == "station" else "in", "the", en], [ja, "で"]

    def verb(self, *names):
        return _VERBS[self.pick(names)]

    def adjuncts(self, verb, tense, closed, animal):
        """Where, with whom, how and when: English in its order, Japanese in its own."""
        if closed:
            return [], []
        where = who = how = when = ([], [])
        if verb.frame == "goal":
            if not animal and self.chance(0.25):
                en, ja = self.pick(_WORDS["vehicles"])
                how = ["by", en], [ja, "で"]
        elif verb.frame not in ("languages", "people", "gift") and self.chance(0.3):
            where = self.place()
        together = verb.base in ("go", "come", "play", "work", "eat", "drink", "listen")
        if together and not animal and self.chance(0.2):
            en, ja = self.companion()
            who = ["with", *en], [*ja, "と"]
        if self.chance(0.45):
            when = self.time(tense)
        return [*how[0], *who[0], *where[0], *when[0]], [*when[1], *who[1], *where[1], *how[1]]

    # Clauses: English tokens, Japanese tokens without predicate, predicate as a function of politeness

    def action(self):
        """A statement about what somebody does."""
        animal = self.chance(0.15)
        en, ja, be = (*self.noun("animals", 0.4), "is") if animal else self.person()
        verb = self.verb(*(_ANIMAL_VERBS if animal else _VERBS))
        tense = self.pick(["past", "past", "present", "present", "future"])
        negative, third = self.chance(0.3), be == "is"
        if verb.base == "read" and not negative and not third:
            tense = "future"  # "I read the book": today or yesterday?
        target_en, target_ja, closed = self.target(verb)
        more_en, more_ja = self.adjuncts(verb, tense, closed, animal)
        often = ([], [])
        if tense == "present" and not set(more_en) & {"every", "on"} and self.chance(0.3) and not negative:
            often = self.phrase(_WORDS["often"])
        if negative or tense == "future":
            verb_en = [_do(tense, third), *["not"] * negative, verb.base]
        else:
            verb_en = [verb.past if tense == "past" else verb.third if third else verb.base]
        english = [*en, *often[0], *verb_en, *target_en, *more_en]
        rest = [*ja, "は", *often[1], *more_ja, *target_ja]
        return english, rest, lambda polite: _inflect(verb, tense, negative, polite)

    def ability(self):
        """can: 日本語 を 読む こと が できる."""
        en, ja, _ = self.person()
        verb = self.verb("read", "write", "go", "come", "buy", "meet", "see", "work", "play")
        tense, negative = self.pick(["present", "present", "past"]), self.chance(0.35)
        target_en, target_ja, closed = self.target(verb)
        more_en, more_ja = self.adjuncts(verb, tense, closed, False)
        can = "could" if tense == "past" else "can"
        english = [*en, can, *["not"] * negative, verb.base, *target_en, *more_en]
        rest = [*ja, "は", *more_ja, *target_ja, verb.plain, "こと", "が"]
        return english, rest, lambda p: _inflect(_CAN, tense, negative, p)

    def wish(self):
        """I want to: 飲み たい."""
        verb = self.verb("drink", "eat", "read", "buy", "see", "go", "meet", "play", "listen")
        tense, negative = self.pick(["present", "present", "past"]), self.chance(0.3)
        target_en, target_ja, closed = self.target(verb)
        when = self.adjuncts(verb, "past" if tense == "past" else "future", closed, False)
        if negative:
            want = [_do(tense, False), "not", "want", "to"]
        else:
            want = ["wanted" if tense == "past" else "want", "to"]
        english = ["i", *want, verb.base, *target_en, *when[0]]
        rest = ["私", "は", *when[1], *target_ja]
        return english, rest, lambda p: [verb.stem, *_adjective("たい", tense, negative, p)]

    def liking(self):
        """like: 猫 が 好き です."""
        en, ja, be = self.person()
        tense, negative = self.pick(["present", "present", "past"]), self.chance(0.3)
        thing_en, thing_ja = self.pick([self.liked_kind, self.liked_thing])()
        if negative:
            verb = [_do(tense, be == "is"), "not", "like"]
        else:
            verb = ["liked" if tense == "past" else "likes" if be == "is" else "like"]
        rest = [*ja, "は", *thing_ja, "が", "好き"]
        return [*en, *verb, *thing_en], rest, lambda p: _copula(tense, negative, p)

    def liked_kind(self):
        animals = [(f"{english}s", japanese) for english, japanese in _NOUNS["animals"]]
        return self.phrase([*animals, *_NOUNS["food"], *_NOUNS["drinks"], ("music", "音楽")])

    def liked_thing(self):
        if self.chance(0.5):
            return self.relative(self.pick(["goods", "papers", "food", "animals"]))
        return self.noun(self.pick(["goods", "papers", "places", "animals"]), 0.4)

    def being(self):
        """A thing or person and what it is like: この 本 は 面白い です."""
        tense, negative = self.pick(["present", "present", "past"]), self.chance(0.25)
        if self.chance(0.2):
            en, ja, be = self.person(pronouns=0.3)
            word = self.pick(["kind", "famous"])
        else:
            kind = self.pick(list(_SUITS))
            if self.chance(0.35) and kind != "places":
                en, ja = self.relative(kind)
            else:
                en, ja = self.definite(kind)
            be, word = "is", self.pick(_SUITS[kind])
        english = [*en, _WAS[be] if tense == "past" else be, *["not"] * negative, word]
        if word in _I_ADJECTIVES:
            return english, [*ja, "は"], lambda p: _adjective(_I_ADJECTIVES[word], tense, negative, p)
        return english, [*ja, "は", _NA_ADJECTIVES[word]], lambda p: _copula(tense, negative, p)

    def naming(self):
        """this is …: これ は 水 です."""
        tense, negative = self.pick(["present", "present", "past"]), self.chance(0.3)
        if self.chance(0.25):
            en, ja, be = self.person(pronouns=0.4)
            if be == "are":
                return self.naming()
            thing_en, thing_ja = self.phrase(_PHRASES["professions"])
        else:
            en, ja = self.phrase(_PHRASES["pointing"])
            be, kind = "is", self.pick(list(_SUITS))
            is_told = self.chance(0.3) and kind != "places"
            thing_en, thing_ja = self.mine(self.relative if is_told else self.noun, kind)
        be = _WAS[be] if tense == "past" else be
        rest = [*ja, "は", *thing_ja]
        return [*en, be, *["not"] * negative, *thing_en], rest, lambda p: _copula(tense, negative, p)

    def existence(self):
        """there is: 公園 に 猫 が いる, 公園 に 猫 が いない."""
        english, rest, predicate = self._existence()
        return ["there", *english], rest, predicate

    def _existence(self, question=False):
        tense = self.pick(["present", "present", "past"])
        negative = not question and self.chance(0.3)
        alive = self.chance(0.5)
        kind = "animals" if alive else self.pick(["food", "drinks", "papers", "goods"])
        word, ja = self.pick(_NOUNS[kind])
        noun, before = [word], []
        if self.chance(0.35):
            adjective = self.pick(_SUITS[kind])
            noun, before = [adjective, word], _before_noun(adjective)
        article = ["no"] if negative else [] if word in _MASS else [_a(noun[0])]
        if self.chance(0.6):
            spots = [spot for spot in _PHRASES["spots"] if not alive or "bag" not in spot[0]]
            spot_en, spot_ja = self.phrase(spots)
        else:
            spot_en, spot_ja = self.place()
            spot_ja = spot_ja[:-1]
        verb = _BE_ANIMATE if alive else _BE_THING
        be = "was" if tense == "past" else "is"
        rest = [*spot_ja, "に", *before, ja, "が"]
        return [be, *article, *noun, *spot_en], rest, lambda p: _inflect(verb, tense, negative, p)

    def clause(self, **weights):
        """One of the clauses above, by their usual weights or by others."""
        usual = {"action": 6, "ability": 1, "wish": 1, "liking": 1.3, "being": 2, "naming": 1.3}
        english, rest, predicate = self.one_of(**weights or usual | {"existence": 1.3})()
        rest = _with_own(rest)
        return self.clause(**weights) if _names_twice(rest) else (english, rest, predicate)

    # Sentences: English and Japanese tokens for a politeness

    def statement(self, polite):
        english, rest, predicate = self.clause()
        return [*english, "."], [*rest, *predicate(polite), "。"]

    def reason(self, polite):
        """A because B: B から 、 A."""
        english, rest, predicate = self.short_clause()
        why_en, why_rest, why = self.short_clause(action=2, being=2, existence=1)
        if _topic(why_rest) == _topic(rest) != []:
            return self.reason(polite)
        if why_en[0] != "there":  # The subject of a clause within a sentence takes が.
            why_rest[why_rest.index("は")] = "が"
        japanese = [*why_rest, *why(False), "から", "、", *rest, *predicate(polite), "。"]
        return [*english, "because", *why_en, "."], japanese

    def contrast(self, polite):
        english, rest, predicate = self.short_clause()
        but_en, but_rest, but = self.short_clause()
        japanese = [*rest, *predicate(polite), "が", "、", *but_rest, *but(polite), "。"]
        return [*english, ",", "but", *but_en, "."], japanese

    def opinion(self, polite):
        """I think that A: A と 思う."""
        english, rest, predicate = self.clause(action=2, being=2, naming=1, ability=1)
        japanese = [*rest, *predicate(False), "と", *_inflect(_THINK, "present", False, polite), "。"]
        return ["i", "think", "that", *english, "."], japanese

    def short_clause(self, **weights):
        while len((clause := self.clause(**weights))[0]) > 8:
            pass
        return clause

    def question(self, polite):
        """Do you …? with "you" left out, or about somebody else."""
        verb = self.verb(*_VERBS)
        tense = self.pick(["past", "present", "future"])
        en, subject, be = ["you"], [], "are"
        if not self.chance(0.6) and (somebody := self.person(pronouns=0.3))[0] != ["i"]:
            en, ja, be = somebody
            subject = [*ja, "は"]
        help_en = _do(tense, be == "is")
        target_en, target_ja, closed = self.target(verb)
        more_en, more_ja = self.adjuncts(verb, tense, closed, False)
        if _names_twice([*subject, *more_ja, *target_ja]):
            return self.question(polite)
        tokens = _inflect(verb, tense, False, polite)
        if verb.frame in ("food", "drinks", "papers", "goods") and self.chance(0.35):
            english = ["what", help_en, *en, verb.base, *more_en]
            return self.asked(english, [*subject, *more_ja, "何", "を", *tokens], polite)
        if verb.base == "go" and self.chance(0.5):
            english = ["where", help_en, *en, verb.base, *more_en]
            return self.asked(english, [*subject, *more_ja, "どこ", "へ", *tokens], polite)
        if tense == "past" and self.chance(0.2):
            english = ["who", verb.past, *target_en, *more_en]
            return self.asked(english, ["誰", "が", *more_ja, *target_ja, *tokens], polite)
        english = [help_en, *en, verb.base, *target_en, *more_en]
        return self.asked(english, [*subject, *more_ja, *target_ja, *tokens], polite)

    def question_of_being(self, polite):
        """Is this …? Is there …? Is … big?"""
        r = self.rng.random()
        if r < 0.35:
            english, rest, predicate = self._existence(question=True)
            english = [english[0], "there", *english[1:]]
            return self.asked(english, [*rest, *predicate(polite)], polite)
        kind = self.pick(list(_SUITS))
        be, tense = self.pick([("is", "present"), ("is", "present"), ("was", "past")])
        stop = ["な"] if not polite and tense == "present" else _copula(tense, False, polite)
        if r < 0.7:
            en, ja = self.phrase(_PHRASES["pointing"])
            thing_en, thing_ja = self.mine(self.noun, kind)
            return self.asked([be, *en, *thing_en], [*ja, "は", *thing_ja, *stop], polite)
        en, ja = self.definite(kind)
        word = self.pick(_SUITS[kind])
        if word in _I_ADJECTIVES:
            ending = _adjective(_I_ADJECTIVES[word], tense, False, polite)
        else:
            ending = [_NA_ADJECTIVES[word], *stop]
        return self.asked([be, *en, word], [*ja, "は", *ending], polite)

    @staticmethod
    def asked(english, japanese, polite):
        """A question ends in か 。 when polite, in の ？ when plain."""
        return [*english, "?"], [*japanese, *(["か", "。"] if polite else ["の", "？"])]

    def sentence(self, polite):
        weights = {"reason": 12, "contrast": 8, "opinion": 8}
        return self.one_of(statement=54, question=10, question_of_being=8, **weights)(polite)


# --- For users ----------------------------------------------------------------------------------------


def make_pairs(n, rng):
    """Write n different English sentences with their Japanese translations.

    Parameters
    ----------
    n : int
        At least 0; the grammar has many millions of sentences.
    rng : numpy.random.Generator

    Returns
    -------
    pairs : list of n Pair
        Half of them polite, half plain, in random order. No English sentence occurs twice, not even with the
        other mark, so that any part of the list is unseen by a network trained on the rest.

    Raises
    ------
    TypeError, ValueError
        If n is no whole number from 0 up, or rng is no numpy.random.Generator.
    """
    polite = balanced_labels(n, 2, rng, "make_pairs")
    writer, seen, pairs = _Writer(rng), set(), []
    while len(pairs) < n:
        is_polite = bool(polite[len(pairs)])
        english, japanese = writer.sentence(is_polite)
        key = tuple(english)
        if key in seen or len(english) >= LONGEST_ENGLISH:
            continue
        seen.add(key)
        japanese = " ".join(japanese).split()  # Some words are two tokens.
        if len(japanese) > LONGEST_JAPANESE:
            continue
        pairs.append(Pair((POLITE if is_polite else PLAIN, *key), tuple(japanese)))
    return pairs


def tokenize(sentence, style=POLITE):
    """Split an English sentence as the corpus does.

    Parameters
    ----------
    sentence : str
        "This isn't water." A missing full stop is put behind it; "isn't" becomes "is not".
    style : {"[polite]", "[plain]"}
        Which Japanese is wanted.

    Returns
    -------
    tokens : tuple of str
        ("[polite]", "this", "is", "not", "water", "."), or () where there is no word.

    Raises
    ------
    ValueError
        If style is something else.
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


_JOINTS = {"because": "because", "but": "but", "think": "i think that", "?": "a question"}


class New(NamedTuple):
    """What training sentences do not have: two lists of str, each in words; both empty where nothing is new.

    Attributes
    ----------
    words : list of str
        Words that are in none of them: "the word “submarine”".
    sentence : list of str
        Known words beside each other and ways to join clauses: "“bus” before “was”".
    """

    words: list
    sentence: list


def outside_of(pairs):
    """Learn what occurs in training sentences, so that others can be told from them.

    Parameters
    ----------
    pairs : sequence of Pair

    Returns
    -------
    outside : callable
        `outside(tokens)` says what no sentence of `pairs` has, as a `New`. About two in a hundred of this
        grammar's unseen sentences have two words beside each other that are new.
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
    """Say in a word or two what a Japanese token means; "" for one that the grammar doesn't know."""
    return _all_glosses().get(token, "")


@lru_cache(maxsize=1)
def _all_glosses():
    found = {}
    groups = _TABLE["nouns"] | _TABLE["times"] | _TABLE["words"]
    for english, japanese in (pair for group in groups.values() for pair in group.items()):
        found[japanese.split()[0]] = english.removeprefix("on ")
    for english, japanese, *_ in [*_PHRASES["people"], *_TABLE["pronouns"]]:
        if " " not in japanese:
            found[japanese] = english.removeprefix("the ")
    for verb in [*_VERBS.values(), _BE_ANIMATE, _BE_THING, _CAN, _THINK]:
        found |= dict.fromkeys((verb.stem, verb.plain, verb.before_nai, verb.before_ta), verb.base)
    for english, japanese in _I_ADJECTIVES.items():
        stem = japanese[:-1]
        found |= {japanese: english, f"{stem}く": english, f"{stem}かった": f"was {english}"}
    found |= {japanese: english for english, japanese in _NA_ADJECTIVES.items()}
    return found | _TABLE["glosses"]


# --- Dates --------------------------------------------------------------------------------------------

MONTHS, DATE_FORMATS = _TABLE["months"], _TABLE["date_formats"]
"""Full stops mean day first, slashes month or year first: without a rule, 3/4/2021 has two readings."""


def make_dates(n, rng):
    """Write n dates in many formats.

    Parameters
    ----------
    n : int
        At least 0.
    rng : numpy.random.Generator

    Returns
    -------
    texts : list of n str
        "3rd of March 2021", "3.3.2021", "3/3/2021" (month first) …; years 1950 to 2049. About every third one
        is in small letters.
    iso : list of n str
        "2021-03-03".

    Raises
    ------
    TypeError, ValueError
        If n is no whole number from 0 up, or rng is no numpy.random.Generator.
    """
    formats = balanced_labels(n, len(DATE_FORMATS), rng, "make_dates")
    first, last = datetime.date(1950, 1, 1).toordinal(), datetime.date(2049, 12, 31).toordinal()
    days, small = rng.integers(first, last + 1, n), rng.random(n) < 1 / 3
    texts, iso = [], []
    for number, day, lower in zip(formats, days, small, strict=True):
        date = datetime.date.fromordinal(int(day))
        text = write_date(date, DATE_FORMATS[number])
        texts.append(text.lower() if lower else text)
        iso.append(date.isoformat())
    return texts, iso


def write_date(date, date_format):
    """Write a datetime.date in one of `DATE_FORMATS`."""
    month = MONTHS[date.month - 1]
    ending = "th" if date.day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(date.day % 10, "th")
    return date_format.format(d=date.day, th=ending, m=date.month, month=month, mon=month[:3], y=date.year)
