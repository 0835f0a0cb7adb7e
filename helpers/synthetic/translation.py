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
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from helpers.synthetic.labels import balanced_labels

POLITE, PLAIN = "[polite]", "[plain]"
"""Marks in front of an English sentence that ask for です/ます or for the plain form."""

LONGEST_ENGLISH, LONGEST_JAPANESE = 18, 18
"""Most tokens of a sentence that `make_pairs` writes, with the mark in front and the full stop."""


class Pair(NamedTuple):
    """A sentence in both languages, as tuples of tokens; the English begins with a mark."""

    english: tuple
    japanese: tuple


# --- Words: English, Japanese -------------------------------------------------------------------------


def _entries(text, separator=" | "):
    """Cut a text of several lines."""
    return " ".join(text.split()).split(separator)


def _pairs(text):
    """Read "english=日本語, ..." as a list of pairs."""
    return [tuple(entry.split("=")) for entry in _entries(text, ", ")]


# Subjects with the form of "be" that they take.
_PEOPLE = [
    (english, japanese, "is")
    for english, japanese in _pairs("""
my father=父, my mother=母, your father=お父さん, your mother=お母さん, my grandfather=祖父,
your grandfather=おじいさん, the teacher=先生, the student=学生, the child=子供, my friend=友達,
mr tanaka=田中 さん, ms sato=佐藤 さん""")
]
_PRONOUNS = [
    ("i", "私", "am"),
    ("we", "私たち", "are"),
    ("he", "彼", "is"),
    ("she", "彼女", "is"),
    ("they", "彼ら", "are"),
]
_ANIMALS = _pairs("dog=犬, cat=猫, bird=鳥, horse=馬")
_OWNERS = _pairs("my=私 の, the teacher 's=先生 の, my friend 's=友達 の, my father 's=父 の")
_FOOD = _pairs("bread=パン, fish=魚, meat=肉, rice=ご飯, cake=ケーキ")
_DRINKS = _pairs("water=水, tea=お茶, coffee=コーヒー, milk=牛乳, juice=ジュース")
_PAPERS = _pairs("book=本, letter=手紙, newspaper=新聞")
_GOODS = _pairs("car=車, hat=帽子, bag=かばん, flower=花, photo=写真, chair=椅子")
_PLACES = _pairs("park=公園, school=学校, station=駅, library=図書館, town=町, shop=店")
_LANGUAGES = _pairs("japanese=日本語, english=英語")
_VEHICLES = _pairs("bus=バス, train=電車")
_MASS = {word for word, _ in _FOOD + _DRINKS}

# Adjectives: those that end in い change with the tense, the others stand before a noun with な.
_I_ADJECTIVES = dict(
    _pairs("""
big=大きい, small=小さい, new=新しい, old=古い, expensive=高い, cheap=安い, interesting=面白い,
delicious=おいしい, cold=冷たい, white=白い, black=黒い""")
)
_NA_ADJECTIVES = dict(_pairs("beautiful=きれい, quiet=静か, famous=有名, kind=親切"))
_SUITS = {
    "food": (_FOOD, "delicious expensive cheap"),
    "drinks": (_DRINKS, "delicious cold cheap expensive"),
    "papers": (_PAPERS, "interesting old new"),
    "goods": (_GOODS, "new old expensive cheap big small white black beautiful"),
    "places": (_PLACES, "big small new old quiet beautiful famous"),
    "animals": (_ANIMALS, "big small white black"),
}


@dataclass(frozen=True)
class _Verb:
    """English base, third person and past; Japanese polite stem, plain, before ない, before た or だ."""

    base: str
    third: str
    past: str
    stem: str
    plain: str
    before_nai: str
    before_ta: str
    frame: str
    ta: str = "た"
    english: str = ""  # Preposition before the object.


_VERBS = [
    _Verb("drink", "drinks", "drank", "飲み", "飲む", "飲ま", "飲ん", "drinks", "だ"),
    _Verb("eat", "eats", "ate", "食べ", "食べる", "食べ", "食べ", "food"),
    _Verb("read", "reads", "read", "読み", "読む", "読ま", "読ん", "papers", "だ"),
    _Verb("write", "writes", "wrote", "書き", "書く", "書か", "書い", "letters"),
    _Verb("buy", "buys", "bought", "買い", "買う", "買わ", "買っ", "goods"),
    _Verb("see", "sees", "saw", "見", "見る", "見", "見", "sights"),
    _Verb("wait", "waits", "waited", "待ち", "待つ", "待た", "待っ", "vehicles", english="for"),
    _Verb("listen", "listens", "listened", "聞き", "聞く", "聞か", "聞い", "music", english="to"),
    _Verb("meet", "meets", "met", "会い", "会う", "会わ", "会っ", "people"),
    _Verb("understand", "understands", "understood", "分かり", "分かる", "分から", "分かっ", "languages"),
    _Verb("go", "goes", "went", "行き", "行く", "行か", "行っ", "goal"),
    _Verb("come", "comes", "came", "来", "来る", "来", "来", "goal"),
    _Verb("sleep", "sleeps", "slept", "寝", "寝る", "寝", "寝", "alone"),
    _Verb("work", "works", "worked", "働き", "働く", "働か", "働い", "alone"),
    _Verb("play", "plays", "played", "遊び", "遊ぶ", "遊ば", "遊ん", "alone", "だ"),
    _Verb("show", "shows", "showed", "見せ", "見せる", "見せ", "見せ", "gift"),
    _Verb("send", "sends", "sent", "送り", "送る", "送ら", "送っ", "gift"),
]
_ANIMAL_VERBS = ("drink", "eat", "sleep", "come")
_BE_ANIMATE = _Verb("be", "is", "was", "い", "いる", "い", "い", "exist")
_BE_THING = _Verb("be", "is", "was", "あり", "ある", "", "あっ", "exist")
_CAN = _Verb("can", "can", "could", "でき", "できる", "でき", "でき", "can")
_THINK = _Verb("think", "thinks", "thought", "思い", "思う", "思わ", "思っ", "think")

_OBJECTS = {  # With their particles, by the verb's frame.
    "languages": [(english, f"{japanese} が") for english, japanese in _LANGUAGES],
    "vehicles": [(f"the {english}", f"{japanese} を") for english, japanese in _VEHICLES],
    "letters": _pairs("a letter=手紙 を, a book=本 を, english=英語 を, japanese=日本語 を"),
    "music": [("music", "音楽 を")],
}

_TIMES = {
    "past": _pairs("yesterday=昨日, last week=先週, this morning=今朝"),
    "present": _pairs("every day=毎日, every morning=毎朝"),
    "future": _pairs("tomorrow=明日, next week=来週"),
}
_DAYS = _pairs("on sunday=日曜日 に, on monday=月曜日 に")
_OFTEN = _pairs("often=よく, always=いつも, sometimes=時々")
_SPOTS = _pairs("""
on the table=机 の 上, under the table=机 の 下, in the bag=かばん の 中, under the chair=椅子 の 下,
in front of the station=駅 の 前""")

# What each Japanese token means, for those who don't read Japanese; the rest comes from the lists above.
_GLOSSES = dict(
    entry.split(": ")
    for entry in _entries("""
は: topic | が: subject | を: object | に: to, at | で: in, by | へ: towards | と: with, that | の: 's |
か: question | な: (joins) | 。: . | 、: , | ？: ? | です: is, polite | でした: was, polite |
では: (is) not … | ありません: not, polite | ありませんでした: was not, polite | だ: is / past |
だった: was | ない: not | なかった: did not | ます: polite | ません: polite, not |
ました: polite, past | ませんでした: polite, not, past | た: past | たい: want to | たく: want to |
たかった: wanted to | こと: …ing | から: because | これ: this | あれ: that | この: this | あの: that |
何: what | 誰: who | どこ: where | さん: Mr, Ms | 田中: Tanaka | 佐藤: Sato | 机: table | 上: on |
下: under | 中: inside | 前: front | 音楽: music | 映画: film | 好き: liked | 人: person | 医者: doctor""")
)


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
        ending = [["ない", "なかった"], ["ありません", "ありませんでした"]][polite][past]
        return ["では", ending]
    return [[["だ", "だった"], ["です", "でした"]][polite][past]]


def _can(verb, tense, negative, polite):
    return [verb.plain, "こと", "が", *_inflect(_CAN, tense, negative, polite)]


def _topic(rest):
    """What stands before は."""
    return rest[: rest.index("は")] if "は" in rest else []


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

    def one_of(self, *weighted):
        """Return one of several methods: (weight, method) each."""
        weights = np.array([w for w, _ in weighted], float)
        return weighted[int(self.rng.choice(len(weighted), p=weights / weights.sum()))][1]

    # Parts of sentences: lists of tokens (English, Japanese)

    def noun(self, kind, extra=0.3):
        """A thing with its article and perhaps an adjective: "the big car", 大きい 車."""
        nouns, adjectives = _SUITS[kind]
        word, japanese = self.pick(nouns)
        english, before = [word], []
        if self.chance(extra):
            adjective = self.pick(adjectives.split())
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
            en, ja = self.pick(_OWNERS)
            return [*en.split(), *english], ja.split()
        if word in _MASS and r < 0.9:
            return english, []
        if r < 0.7 or word in _MASS:
            return ["the", *english], []
        return [_a(english[0]), *english], []

    def person(self, pronouns=0.45):
        """A person: English, Japanese, form of "be"."""
        en, ja, be = self.pick(_PRONOUNS if self.chance(pronouns) else _PEOPLE)
        return en.split(), ja.split(), be

    def companion(self):
        """Somebody who is no subject form ("me" would differ from "I")."""
        en, ja, _ = self.person(pronouns=0.0)
        return en, ja

    def animal(self):
        en, ja = self.noun("animals", 0.4)
        return en, ja, "is"

    def time(self, tense):
        """A time that goes with the tense."""
        en, ja = self.pick(_TIMES[tense] * 2 + _DAYS)
        return en.split(), ja.split()

    def target(self, verb):
        """What a verb needs: its English, its Japanese with particles, and its question word."""
        frame = verb.frame
        before = [verb.english] if verb.english else []
        if frame == "alone":
            return [], [], None
        if frame == "goal":
            en, ja = self.noun("places", 0.15)
            return ["to", *en], [*ja, "へ" if verb.base == "go" else "に"], None
        if frame == "people":
            en, ja = self.companion()
            return en, [*ja, "に"], None
        if frame in _OBJECTS:
            en, ja = self.pick(_OBJECTS[frame])
            return [*before, *en.split()], ja.split(), None
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
        word, japanese = self.pick(_SUITS[kind][0])
        verbs = {
            "food": ("eat", "buy"),
            "drinks": ("drink",),
            "papers": ("read", "buy"),
            "goods": ("see", "buy"),
        }
        verb = self.verb(*verbs.get(kind, ("see",)))
        en, ja, _ = self.person()
        negative = self.chance(0.15)
        when_en, when_ja = self.time("past") if self.chance(0.4) else ([], [])
        en_verb = ["did", "not", verb.base] if negative else [verb.past]
        place_en, place_ja = self.place() if self.chance(0.2) else ([], [])
        english = ["the", word, "that", *en, *en_verb, *place_en, *when_en]
        clause = [*ja, "が", *when_ja, *place_ja, *_inflect(verb, "past", negative, False)]
        return english, [*clause, japanese]

    def place(self):
        en, ja = self.pick(_PLACES)
        return ["at" if en == "station" else "in", "the", en], [ja, "で"]

    def verb(self, *names):
        name = self.pick(names)
        return next(verb for verb in _VERBS if verb.base == name)

    def adjuncts(self, verb, tense, closed, animal):
        """Where, with whom, how and when: English in its order, Japanese in its own."""
        if closed:
            return [], []
        where = who = how = when = ([], [])
        if verb.frame == "goal":
            if not animal and self.chance(0.25):
                en, ja = self.pick(_VEHICLES)
                how = ["by", en], [ja, "で"]
        elif verb.frame not in ("languages", "people", "gift") and self.chance(0.3):
            where = self.place()
        if (
            not animal
            and verb.base in ("go", "come", "play", "work", "eat", "drink", "listen")
            and self.chance(0.2)
        ):
            en, ja = self.companion()
            who = ["with", *en], [*ja, "と"]
        if self.chance(0.45):
            when = self.time(tense)
        english = [*how[0], *who[0], *where[0], *when[0]]
        japanese = [*when[1], *who[1], *where[1], *how[1]]
        return english, japanese

    # Clauses: English tokens, Japanese tokens without predicate, predicate as a function of politeness

    def action(self):
        """A statement about what somebody does."""
        animal = self.chance(0.15)
        en, ja, be = self.animal() if animal else self.person()
        verb = self.verb(*(_ANIMAL_VERBS if animal else [v.base for v in _VERBS]))
        tense = self.pick(["past", "past", "present", "present", "future"])
        negative, third = self.chance(0.3), be == "is"
        if verb.base == "read" and not negative and not third:
            tense = "future"  # "I read the book": today or yesterday?
        target_en, target_ja, closed = self.target(verb)
        more_en, more_ja = self.adjuncts(verb, tense, closed, animal)
        often = ([], [])
        if tense == "present" and not set(more_en) & {"every", "on"} and self.chance(0.3) and not negative:
            en_often, ja_often = self.pick(_OFTEN)
            often = [en_often], [ja_often]
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
        return english, [*ja, "は", *more_ja, *target_ja], lambda p: _can(verb, tense, negative, p)

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
        return (
            english,
            ["私", "は", *when[1], *target_ja],
            lambda p: [verb.stem, *_adjective("たい", tense, negative, p)],
        )

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
        plural = {"dog": "dogs", "cat": "cats", "bird": "birds", "horse": "horses"}
        en, ja = self.pick([(plural[e], j) for e, j in _ANIMALS] + _FOOD + _DRINKS + [("music", "音楽")])
        return [en], [ja]

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
            be, word = "is", self.pick(_SUITS[kind][1].split())
        english = [*en, _WAS[be] if tense == "past" else be, *["not"] * negative, word]
        if word in _I_ADJECTIVES:
            return english, [*ja, "は"], lambda p: _adjective(_I_ADJECTIVES[word], tense, negative, p)
        rest = [*ja, "は", _NA_ADJECTIVES[word]]
        return english, rest, lambda p: _copula(tense, negative, p)

    def naming(self):
        """this is …: これ は 水 です."""
        tense, negative = self.pick(["present", "present", "past"]), self.chance(0.3)
        if self.chance(0.25):
            en, ja, be = self.person(pronouns=0.4)
            if be == "are":
                return self.naming()
            thing_en, thing_ja = self.pick(_pairs("a teacher=先生, a student=学生, a doctor=医者"))
            thing_en, thing_ja = thing_en.split(), [thing_ja]
        else:
            en, ja = self.pick([(["this"], ["これ"]), (["that"], ["あれ"])])
            be, kind = "is", self.pick(list(_SUITS))
            is_told = self.chance(0.3) and kind != "places"
            thing_en, thing_ja = self.mine(self.relative if is_told else self.noun, kind)
        be = _WAS[be] if tense == "past" else be
        rest = [*ja, "は", *thing_ja]
        return [*en, be, *["not"] * negative, *thing_en], rest, lambda p: _copula(tense, negative, p)

    def existence(self):
        """there is: 公園 に 猫 が いる, but 公園 に 猫 は いない."""
        english, rest, predicate = self._existence()
        return ["there", *english], rest, predicate

    def _existence(self, question=False):
        tense = self.pick(["present", "present", "past"])
        negative = not question and self.chance(0.3)
        alive = self.chance(0.5)
        kind = "animals" if alive else self.pick(["food", "drinks", "papers", "goods"])
        word, ja = self.pick(_SUITS[kind][0])
        adjective = self.pick(_SUITS[kind][1].split()) if self.chance(0.35) else None
        noun = [adjective, word] if adjective else [word]
        article = ["no"] if negative else [] if word in _MASS else [_a(noun[0])]
        before = _before_noun(adjective) if adjective else []
        if self.chance(0.6):
            spot_en, spot_ja = self.pick([spot for spot in _SPOTS if not alive or "bag" not in spot[0]])
            spot_en, spot_ja = spot_en.split(), spot_ja.split()
        else:
            spot_en, spot_ja = self.place()
            spot_ja = spot_ja[:-1]
        verb = _BE_ANIMATE if alive else _BE_THING
        be = "was" if tense == "past" else "is"
        rest = [*spot_ja, "に", *before, ja, "は" if negative else "が"]
        english = [be, *article, *noun, *spot_en]
        return english, rest, lambda p: _inflect(verb, tense, negative, p)

    def clause(self):
        return self.one_of(
            (6, self.action),
            (1, self.ability),
            (1, self.wish),
            (1.3, self.liking),
            (2, self.being),
            (1.3, self.naming),
            (1.3, self.existence),
        )()

    # Sentences: English and Japanese tokens for a politeness

    def statement(self, polite):
        english, rest, predicate = self.clause()
        return [*english, "."], [*rest, *predicate(polite), "。"]

    def reason(self, polite):
        """A because B: B から 、 A."""
        english, rest, predicate = self.short_clause(self.clause)
        why_en, why_rest, why = self.short_clause(self.cause)
        if _topic(why_rest) == _topic(rest) != []:
            return self.reason(polite)
        if why_en[0] != "there":  # The subject of a clause within a sentence takes が.
            why_rest[why_rest.index("は")] = "が"
        japanese = [*why_rest, *why(False), "から", "、", *rest, *predicate(polite), "。"]
        return [*english, "because", *why_en, "."], japanese

    def contrast(self, polite):
        english, rest, predicate = self.short_clause(self.clause)
        but_en, but_rest, but = self.short_clause(self.clause)
        japanese = [*rest, *predicate(polite), "が", "、", *but_rest, *but(polite), "。"]
        return [*english, ",", "but", *but_en, "."], japanese

    def opinion(self, polite):
        """I think that A: A と 思う."""
        english, rest, predicate = self.one_of(
            (2, self.action), (2, self.being), (1, self.naming), (1, self.ability)
        )()
        japanese = [*rest, *predicate(False), "と", *_inflect(_THINK, "present", False, polite), "。"]
        return ["i", "think", "that", *english, "."], japanese

    def cause(self):
        return self.one_of((2, self.action), (2, self.being), (1, self.existence))()

    def short_clause(self, make):
        while True:
            clause = make()
            if len(clause[0]) <= 8:
                return clause

    def question(self, polite):
        """Do you …? with "you" left out, or about somebody else."""
        verb = self.verb(*(v.base for v in _VERBS))
        tense = self.pick(["past", "present", "future"])
        if self.chance(0.6):
            en, subject, be = ["you"], [], "are"
        else:
            en, ja, be = self.person(pronouns=0.3)
            subject = [*ja, "は"]
            if en == ["i"]:
                en, subject, be = ["you"], [], "are"
        help_en = _do(tense, be == "is")
        target_en, target_ja, closed = self.target(verb)
        more_en, more_ja = self.adjuncts(verb, tense, closed, False)
        tokens = _inflect(verb, tense, False, polite)
        kind = verb.frame
        if kind in ("food", "drinks", "papers", "goods") and self.chance(0.35):
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
            en, ja = self.pick([("this", "これ"), ("that", "あれ")])
            thing_en, thing_ja = self.mine(self.noun, kind)
            return self.asked([be, en, *thing_en], [ja, "は", *thing_ja, *stop], polite)
        en, ja = self.definite(kind)
        word = self.pick(_SUITS[kind][1].split())
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
        return self.one_of(
            (54, self.statement),
            (10, self.question),
            (8, self.question_of_being),
            (12, self.reason),
            (8, self.contrast),
            (8, self.opinion),
        )(polite)


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


_CONTRACTIONS = [
    (r"\bwon't\b", "will not"),
    (r"\b(?:can't|cannot)\b", "can not"),
    (r"n't\b", " not"),
    (r"\bi'm\b", "i am"),
    (r"\b(we|they|you)'re\b", r"\1 are"),
    (r"\b(he|she|that|there)'s\b", r"\1 is"),
    (r"\b(i|we|they|you|he|she)'ll\b", r"\1 will"),
    (r"'s\b", " 's"),
]


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
    """
    text = sentence.lower().replace("’", "'").replace("mr.", "mr").replace("ms.", "ms")
    for pattern, replacement in _CONTRACTIONS:
        text = re.sub(pattern, replacement, text)
    tokens = re.findall(r"'s|[^\W_]+|[.,?]", text)
    if not any(token[0].isalnum() for token in tokens):
        return ()
    if tokens[-1] not in (".", "?"):
        tokens.append(".")
    return (style, *tokens)


def japanese_text(tokens):
    """Join Japanese tokens as they are written, without blanks."""
    return "".join(tokens)


def gloss(token):
    """Say in a word or two what a Japanese token means; "" for one that the grammar doesn't know."""
    return _all_glosses().get(token, "")


@lru_cache(maxsize=1)
def _all_glosses():
    found = {}
    lists = [_FOOD, _DRINKS, _PAPERS, _GOODS, _PLACES, _LANGUAGES, _VEHICLES, _ANIMALS, _OFTEN, _DAYS]
    for english, japanese in [pair for pairs in [*lists, *_TIMES.values()] for pair in pairs]:
        found[japanese.split()[0]] = english.removeprefix("on ")
    for english, japanese, _ in _PEOPLE + _PRONOUNS:
        if " " not in japanese:
            found[japanese] = english.removeprefix("the ")
    for verb in [*_VERBS, _BE_ANIMATE, _BE_THING, _CAN, _THINK]:
        for form in (verb.stem, verb.plain, verb.before_nai, verb.before_ta):
            found[form] = verb.base
    for english, japanese in _I_ADJECTIVES.items():
        stem = japanese[:-1]
        found |= {japanese: english, f"{stem}く": english, f"{stem}かった": f"was {english}"}
    found |= {japanese: english for english, japanese in _NA_ADJECTIVES.items()}
    return found | _GLOSSES


# --- Dates --------------------------------------------------------------------------------------------

MONTHS = _entries(
    "January February March April May June July August September October November December", " "
)
DATE_FORMATS = _entries("""
{d} {month} {y} | {d} {mon} {y} | {d}{th} {month} {y} | {d}{th} of {month} {y} | {d}. {month} {y} |
{month} {d}, {y} | {month} {d}{th}, {y} | {mon} {d}, {y} | {mon} {d} {y} | {mon}. {d}, {y} |
{y} {month} {d} | {y}, {mon} {d} | {d}-{mon}-{y} | {d:02}.{m:02}.{y} | {d}.{m}.{y} | {m}/{d}/{y} |
{m:02}/{d:02}/{y} | {y}/{m:02}/{d:02} | {y}/{m}/{d} | {y}年{m}月{d}日""")
"""Points mean day first, slashes month first (or year first): without a rule, 3/4/2021 has two readings."""


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
    return date_format.format(
        d=date.day, th=ending, m=date.month, month=month, mon=month[:3], y=f"{date.year}"
    )
