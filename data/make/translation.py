"""The grammar that writes chapter 11's pairs to translate: English and Japanese sentences, made up by rules.

python -m data.make.translation    # data/words/pairs.tsv and glosses.tsv again, in seconds

Each sentence is written in both languages at once. The differences are real ones: the verb stands last in
Japanese, particles (は が を に で へ と) say what a word does, relative clauses and reasons stand before
what they belong to, question words stay in place, "you" is left out, and every sentence is either polite
(です, ます) or plain.
"""

import itertools
import re
from collections import namedtuple
from functools import partial

import numpy as np

from helpers.safe_files import digest, written_whole
from helpers.session import ROOT
from helpers.synthetic.labels import balanced_labels
from helpers.synthetic.translation import LONGEST_ENGLISH, PLAIN, POLITE, Pair
from helpers.tables import read_table

LONGEST_JAPANESE = 18
"""Most tokens of a Japanese sentence, with the full stop."""

# What one can pick from are lists of (English, Japanese) by their kind; blanks separate tokens.
_TABLE = read_table("make/translation.toml")
_NOUNS, _PHRASES, _TIMES, _OBJECTS, _WORDS = (
    {kind: list(words.items()) for kind, words in _TABLE[name].items()}
    for name in ("nouns", "phrases", "times", "objects", "words")
)
_TIMES = {tense: times * 2 + _WORDS["days"] for tense, times in _TIMES.items()}
_MASS = _TABLE["nouns"]["food"] | _TABLE["nouns"]["drinks"]
_SUITS = {kind: adjectives.split() for kind, adjectives in _TABLE["suits"].items()}
_I_ADJECTIVES, _NA_ADJECTIVES = _TABLE["i_adjectives"], _TABLE["na_adjectives"]
_PERSONS = {japanese.split()[0] for _, japanese, *_ in [*_PHRASES["people"], *_TABLE["pronouns"]]}

# English base, third person and past; Japanese polite stem, plain, before ない, before た or だ, and which.
_Verb = namedtuple("_Verb", "base third past stem plain before_nai before_ta ta frame preposition")
_VERBS = {row[0]: _Verb(*row) for row in _TABLE["verbs"]}
_BE_ANIMATE, _BE_THING, _CAN, _THINK = (
    _Verb(*_TABLE[name]) for name in ("be_animate", "be_thing", "can", "think")
)


def _predicate(kind, word, tense, negative, polite):
    """Inflect a verb, the stem of an adjective that ends in い, or です itself, which has no word."""
    forms = _TABLE["predicates"][kind]["polite" if polite else "plain"]
    return forms[2 * negative + (tense == "past")].format(word=word)


_inflect, _adjective = partial(_predicate, "verb"), partial(_predicate, "adjective")
_copula = partial(_predicate, "is", "")


def _description(english, tense, negative, polite):
    """Say with an adjective what something is like."""
    if english in _I_ADJECTIVES:
        return _adjective(_I_ADJECTIVES[english][:-1], tense, negative, polite)
    return f"{_NA_ADJECTIVES[english]} {_copula(tense, negative, polite)}"


def _topic(rest):
    """What stands before は; "" without one."""
    before, found, _ = f"{rest} ".partition(" は ")
    return before if found else ""


def _with_own(rest):
    """Write 自分, one's own, where a clause about 私 comes back to 私: 私 は 自分 の 本 を."""
    first, *others = rest.split()
    if first == "私":
        others = ["自分" if token == "私" else token for token in others]
    return " ".join([first, *others])


def _names_twice(rest):
    """Whether somebody comes back under the same name, which neither language does: 先生 は 先生 と."""
    words = rest.split()
    return any(words.count(person) > 1 for person in _PERSONS)


def _is(be, tense, negative=False):
    """Put "am", "is" or "are" into a tense, with "not" behind it where that is wanted."""
    be = {"am": "was", "is": "was", "are": "were"}[be] if tense == "past" else be
    return f"{be} not" if negative else be


def _do(tense, third):
    return {"past": "did", "future": "will"}.get(tense) or ("does" if third else "do")


def _does(forms, tense, negative, third):
    """Put a verb, given as base, third person and past, into a statement."""
    base, third_person, past = forms
    if negative or tense == "future":
        return f"{_do(tense, third)} {'not' if negative else ''} {base}"
    return past if tense == "past" else third_person if third else base


def _a(words):
    return "an" if words[0] in "aeiou" else "a"


class _Writer:
    """Writes sentences. What isn't finished is text, with one or more blanks between tokens."""

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

    def tense(self, negative):
        """Draw present or past, and whether the sentence is negative; the chance of that is given."""
        return self.pick(["present", "present", "past"]), self.chance(negative)

    # Parts of sentences: English, Japanese

    def described(self, kind, often):
        """A thing without an article, perhaps with an adjective, and the noun alone: "big car", 大きい 車."""
        noun, japanese = self.pick(_NOUNS[kind])
        if not self.chance(often):
            return noun, japanese, noun
        adjective = self.pick(_SUITS[kind])
        before = _I_ADJECTIVES.get(adjective) or f"{_NA_ADJECTIVES[adjective]} な"
        return f"{adjective} {noun}", f"{before} {japanese}", noun

    def noun(self, kind, often=0.3):
        """A thing with an article, "this" or an owner, and perhaps with an adjective."""
        en, ja, noun = self.described(kind, often)
        is_owned = kind != "places"
        r = self.rng.random() if is_owned else self.rng.choice([0.05, 0.15, 0.4, 0.5, 0.6, 0.7])
        if r < 0.1:
            return f"this {en}", f"この {ja}"
        if r < 0.2:
            return f"that {en}", f"あの {ja}"
        if r < 0.32:
            owner_en, owner_ja = self.pick(_PHRASES["owners"])
            return f"{owner_en} {en}", f"{owner_ja} {ja}"
        if noun in _MASS:
            return en if r < 0.9 else f"the {en}", ja
        return f"{'the' if r < 0.7 else _a(en)} {en}", ja

    def definite(self, kind):
        """A thing without an adjective, "the" in place of "a"."""
        en, ja = self.noun(kind, 0.0)
        return re.sub("^an? ", "the ", en), ja

    def mine(self, make, *arguments):
        """A thing of `make`, "my" in place of "this" or "that"."""
        en, ja = make(*arguments)
        return re.sub("^(this|that) ", "my ", en), re.sub("^(この|あの) ", "私 の ", ja)

    def person(self, pronouns=0.45):
        """A person: English, Japanese, form of "be"."""
        if self.chance(pronouns):
            return self.pick(_TABLE["pronouns"])
        return *self.pick(_PHRASES["people"]), "is"

    def companion(self):
        """Somebody who is no subject form ("me" would differ from "I")."""
        return self.person(pronouns=0.0)[:2]

    def place(self, particle="で"):
        en, ja = self.pick(_NOUNS["places"])
        return f"{'at' if en == 'station' else 'in'} the {en}", f"{ja} {particle}"

    def verb(self, *names):
        return _VERBS[self.pick(names)]

    def relative(self, kind):
        """ "the book that my father bought yesterday", 父 が 昨日 買っ た 本."""
        noun, japanese = self.pick(_NOUNS[kind])
        verbs = {"food": "eat buy", "drinks": "drink", "papers": "read buy", "goods": "see buy"}
        verb = self.verb(*verbs.get(kind, "see").split())
        en, ja, _ = self.person()
        negative = self.chance(0.15)
        when_en, when_ja = self.pick(_TIMES["past"]) if self.chance(0.4) else ("", "")
        place_en, place_ja = self.place() if self.chance(0.2) else ("", "")
        clause = f"{ja} が {when_ja} {place_ja} {_inflect(verb, 'past', negative, False)}"
        does = _does(verb[:3], "past", negative, False)
        return f"the {noun} that {en} {does} {place_en} {when_en}", f"{clause} {japanese}"

    def target(self, verb):
        """What a verb needs: English, Japanese with particles; and whether that is a clause."""
        frame = verb.frame
        if frame == "alone":
            return "", "", False
        if frame == "goal":
            en, ja = self.noun("places", 0.15)
            return f"to {en}", f"{ja} {'へ' if verb.base == 'go' else 'に'}", False
        if frame == "people":
            en, ja = self.companion()
            return en, f"{ja} に", False
        if frame in _OBJECTS:
            en, ja = self.pick(_OBJECTS[frame])
            return f"{verb.preposition} {en}", ja, False
        if frame == "gift":
            en, ja = self.noun(self.pick(["papers", "goods"]), 0.15)
            to_en, to_ja = self.companion()
            return f"{en} to {to_en}", f"{to_ja} に {ja} を", False
        if frame == "sights" and self.chance(0.2):
            return "a film", "映画 を", False
        several = {"sights": ["animals", "goods", "places"], "goods": ["goods", "papers", "food"]}
        kind = self.pick(several[frame]) if frame in several else frame
        is_clause = self.chance(0.2)
        en, ja = self.relative(kind) if is_clause else self.noun(kind)
        return en, f"{ja} を", is_clause

    def around(self, verb, tense, animal=False):
        """What a verb needs; and where, with whom, how and when, in the order of each language."""
        *target, is_clause = self.target(verb)
        where = who = how = when = ("", "")
        if is_clause:  # What follows would belong to it.
            return target, when
        if verb.frame == "goal":
            if not animal and self.chance(0.25):
                en, ja = self.pick(_WORDS["vehicles"])
                how = f"by {en}", f"{ja} で"
        elif verb.frame not in ("languages", "people", "gift") and self.chance(0.3):
            where = self.place()
        together = verb.base in ("go", "come", "play", "work", "eat", "drink", "listen")
        if together and not animal and self.chance(0.2):
            en, ja = self.companion()
            who = f"with {en}", f"{ja} と"
        if self.chance(0.45):
            when = self.pick(_TIMES[tense])
        english, japanese = (how, who, where, when), (when, who, where, how)
        more = " ".join(part[0] for part in english), " ".join(part[1] for part in japanese)
        return target, more

    # Clauses: English, Japanese without the predicate, and the predicate as a function of politeness

    def action(self):
        """A statement about what somebody does."""
        animal = self.chance(0.15)
        en, ja, be = (*self.noun("animals", 0.4), "is") if animal else self.person()
        verb = self.verb(*("drink", "eat", "sleep", "come") if animal else _VERBS)
        tense = self.pick(["past", "past", "present", "present", "future"])
        negative, third = self.chance(0.3), be == "is"
        if verb.base == "read" and not negative and not third:
            tense = "future"  # "I read the book": today or yesterday?
        (target_en, target_ja), (more_en, more_ja) = self.around(verb, tense, animal)
        often = "", ""
        timeless = tense == "present" and not {"every", "on"} & set(more_en.split())
        if timeless and self.chance(0.3) and not negative:
            often = self.pick(_WORDS["often"])
        english = f"{en} {often[0]} {_does(verb[:3], tense, negative, third)} {target_en} {more_en}"
        rest = f"{ja} は {often[1]} {more_ja} {target_ja}"
        return english, rest, partial(_inflect, verb, tense, negative)

    def ability(self):
        """can: 日本語 を 読む こと が できる."""
        en, ja, _ = self.person()
        verb = self.verb("read", "write", "go", "come", "buy", "meet", "see", "work", "play")
        tense, negative = self.tense(0.35)
        (target_en, target_ja), (more_en, more_ja) = self.around(verb, tense)
        can = f"{'could' if tense == 'past' else 'can'} {'not' if negative else ''}"
        rest = f"{ja} は {more_ja} {target_ja} {verb.plain} こと が"
        predicate = partial(_inflect, _CAN, tense, negative)
        return f"{en} {can} {verb.base} {target_en} {more_en}", rest, predicate

    def wish(self):
        """I want to: 飲み たい."""
        verb = self.verb("drink", "eat", "read", "buy", "see", "go", "meet", "play", "listen")
        tense, negative = self.tense(0.3)
        times = "past" if tense == "past" else "future"
        (target_en, target_ja), (more_en, more_ja) = self.around(verb, times)
        want = _does(("want", "wants", "wanted"), tense, negative, False)
        rest = f"私 は {more_ja} {target_ja} {verb.stem}"
        predicate = partial(_adjective, "た", tense, negative)
        return f"i {want} to {verb.base} {target_en} {more_en}", rest, predicate

    def liking(self):
        """like: 猫 が 好き です."""
        en, ja, be = self.person()
        tense, negative = self.tense(0.3)
        if self.pick(["kinds", "one"]) == "kinds":
            animals = [(f"{english}s", japanese) for english, japanese in _NOUNS["animals"]]
            liked = self.pick([*animals, *_NOUNS["food"], *_NOUNS["drinks"], ("music", "音楽")])
        elif self.chance(0.5):
            liked = self.relative(self.pick(["goods", "papers", "food", "animals"]))
        else:
            liked = self.noun(self.pick(["goods", "papers", "places", "animals"]), 0.4)
        likes = _does(("like", "likes", "liked"), tense, negative, be == "is")
        predicate = partial(_copula, tense, negative)
        return f"{en} {likes} {liked[0]}", f"{ja} は {liked[1]} が 好き", predicate

    def being(self):
        """A thing or person and what it is like: この 本 は 面白い です."""
        tense, negative = self.tense(0.25)
        if self.chance(0.2):
            en, ja, be = self.person(pronouns=0.3)
            word = self.pick(["kind", "famous"])
        else:
            kind, be = self.pick(list(_SUITS)), "is"
            is_told = self.chance(0.35) and kind != "places"
            en, ja = self.relative(kind) if is_told else self.definite(kind)
            word = self.pick(_SUITS[kind])
        predicate = partial(_description, word, tense, negative)
        return f"{en} {_is(be, tense, negative)} {word}", f"{ja} は", predicate

    def naming(self):
        """this is …: これ は 水 です."""
        tense, negative = self.tense(0.3)
        if self.chance(0.25):
            en, ja, be = self.person(pronouns=0.4)
            if be == "are":
                return self.naming()
            thing_en, thing_ja = self.pick(_PHRASES["professions"])
        else:
            en, ja = self.pick(_PHRASES["pointing"])
            be, kind = "is", self.pick(list(_SUITS))
            is_told = self.chance(0.3) and kind != "places"
            thing_en, thing_ja = self.mine(self.relative if is_told else self.noun, kind)
        english = f"{en} {_is(be, tense, negative)} {thing_en}"
        return english, f"{ja} は {thing_ja}", partial(_copula, tense, negative)

    def existence(self, question=False):
        """there is, or is there: 公園 に 猫 が いる, 公園 に 猫 が いない."""
        tense = self.pick(["present", "present", "past"])
        negative = not question and self.chance(0.3)
        alive = self.chance(0.5)
        kind = "animals" if alive else self.pick(["food", "drinks", "papers", "goods"])
        en, ja, noun = self.described(kind, 0.35)
        article = "no" if negative else "" if noun in _MASS else _a(en)
        if self.chance(0.6):
            where_en, spot = self.pick([s for s in _PHRASES["spots"] if not alive or "bag" not in s[0]])
            where_ja = f"{spot} に"
        else:
            where_en, where_ja = self.place("に")
        be = _is("is", tense)
        there = f"{be} there" if question else f"there {be}"
        predicate = partial(_inflect, _BE_ANIMATE if alive else _BE_THING, tense, negative)
        return f"{there} {article} {en} {where_en}", f"{where_ja} {ja} が", predicate

    def clause(self, **weights):
        """One of the clauses above, by their usual weights or by others."""
        usual = {"action": 6, "ability": 1, "wish": 1, "liking": 1.3, "being": 2, "naming": 1.3}
        english, rest, predicate = self.one_of(**weights or usual | {"existence": 1.3})()
        rest = _with_own(rest)
        return self.clause(**weights) if _names_twice(rest) else (english, rest, predicate)

    def short_clause(self, **weights):
        while len((clause := self.clause(**weights))[0].split()) > 8:
            pass
        return clause

    # Sentences: English and Japanese for a politeness

    def statement(self, polite):
        english, rest, predicate = self.clause()
        return f"{english} .", f"{rest} {predicate(polite)} 。"

    def reason(self, polite):
        """A because B: B から 、 A."""
        english, rest, predicate = self.short_clause()
        why_en, why_rest, why = self.short_clause(action=2, being=2, existence=1)
        if _topic(why_rest) == _topic(rest) != "":
            return self.reason(polite)
        # The subject of a clause within a sentence takes が.
        why_rest = f"{why_rest} ".replace(" は ", " が ", 1)
        japanese = f"{why_rest} {why(False)} から 、 {rest} {predicate(polite)} 。"
        return f"{english} because {why_en} .", japanese

    def contrast(self, polite):
        english, rest, predicate = self.short_clause()
        but_en, but_rest, but = self.short_clause()
        japanese = f"{rest} {predicate(polite)} が 、 {but_rest} {but(polite)} 。"
        return f"{english} , but {but_en} .", japanese

    def opinion(self, polite):
        """I think that A: A と 思う."""
        english, rest, predicate = self.clause(action=2, being=2, naming=1, ability=1)
        think = _inflect(_THINK, "present", False, polite)
        return f"i think that {english} .", f"{rest} {predicate(False)} と {think} 。"

    def question(self, polite):
        """Do you …? with "you" left out, or about somebody else."""
        verb = self.verb(*_VERBS)
        tense = self.pick(["past", "present", "future"])
        en, subject, be = "you", "", "are"
        if not self.chance(0.6) and (somebody := self.person(pronouns=0.3))[0] != "i":
            en, ja, be = somebody
            subject = f"{ja} は"
        (target_en, target_ja), (more_en, more_ja) = self.around(verb, tense)
        if _names_twice(f"{subject} {more_ja} {target_ja}"):
            return self.question(polite)
        does = f"{_do(tense, be == 'is')} {en} {verb.base}"
        if verb.frame in ("food", "drinks", "papers", "goods") and self.chance(0.35):
            english, japanese = f"what {does} {more_en}", f"{subject} {more_ja} 何 を"
        elif verb.base == "go" and self.chance(0.5):
            english, japanese = f"where {does} {more_en}", f"{subject} {more_ja} どこ へ"
        elif tense == "past" and self.chance(0.2):
            english, japanese = f"who {verb.past} {target_en} {more_en}", f"誰 が {more_ja} {target_ja}"
        else:
            english, japanese = f"{does} {target_en} {more_en}", f"{subject} {more_ja} {target_ja}"
        return self.asked(english, f"{japanese} {_inflect(verb, tense, False, polite)}", polite)

    def question_of_being(self, polite):
        """Is this …? Is there …? Is … big?"""
        r = self.rng.random()
        if r < 0.35:
            english, rest, predicate = self.existence(question=True)
            return self.asked(english, f"{rest} {predicate(polite)}", polite)
        kind = self.pick(list(_SUITS))
        be, tense = self.pick([("is", "present"), ("is", "present"), ("was", "past")])
        if r < 0.7:
            en, ja = self.pick(_PHRASES["pointing"])
            what, thing = self.mine(self.noun, kind)
            told = f"{thing} {_copula(tense, False, polite)}"
        else:
            en, ja = self.definite(kind)
            what = self.pick(_SUITS[kind])
            told = _description(what, tense, False, polite)
        told = re.sub("だ$", "な", told)  # だ becomes な before の.
        return self.asked(f"{be} {en} {what}", f"{ja} は {told}", polite)

    @staticmethod
    def asked(english, japanese, polite):
        """A question ends in か 。 when polite, in の ？ when plain."""
        return f"{english} ?", f"{japanese} {'か 。' if polite else 'の ？'}"

    def sentence(self, polite):
        """A sentence as tuples of tokens: English without a mark, Japanese."""
        write = self.one_of(statement=54, question=10, question_of_being=8, reason=12, contrast=8, opinion=8)
        return tuple(tuple(text.split()) for text in write(polite))


def make_pairs(n, rng):
    """Write a list of n different English sentences with their Japanese translations, each a `Pair`.

    Half of them are polite, half plain, in random order. No English sentence occurs twice, not even with the
    other mark, so that any part of the list is unseen by a network trained on the rest. The grammar has many
    millions of sentences.
    """
    polite = balanced_labels(n, 2, rng, "make_pairs")
    writer, seen, pairs = _Writer(rng), set(), []
    while len(pairs) < n:
        is_polite = bool(polite[len(pairs)])
        english, japanese = writer.sentence(is_polite)
        if english in seen or len(english) >= LONGEST_ENGLISH:
            continue
        seen.add(english)
        if len(japanese) <= LONGEST_JAPANESE:
            pairs.append(Pair((POLITE if is_polite else PLAIN, *english), japanese))
    return pairs


def glosses():
    """Say in a word or two what each Japanese token means, as a dict."""
    found = {}
    for english, japanese in itertools.chain(*(_NOUNS | _TIMES | _WORDS).values()):
        found[japanese.split()[0]] = english.removeprefix("on ")
    for english, japanese, *_ in [*_PHRASES["people"], *_TABLE["pronouns"]]:
        if " " not in japanese:
            found[japanese] = english.removeprefix("the ")
    for verb in [*_VERBS.values(), _BE_ANIMATE, _BE_THING, _CAN, _THINK]:
        forms = filter(None, (verb.stem, verb.plain, verb.before_nai, verb.before_ta))
        found |= dict.fromkeys(forms, verb.base)
    for english, japanese in _I_ADJECTIVES.items():
        stem = japanese[:-1]
        found |= {japanese: english, f"{stem}く": english, f"{stem}かった": f"was {english}"}
    found |= {japanese: english for english, japanese in _NA_ADJECTIVES.items()}
    return found | _TABLE["glosses"]


def main():
    """Write both files again, and print their checksums, which data/README.md lists."""
    sentences = [[" ".join(side) for side in pair] for pair in make_pairs(13_000, np.random.default_rng(11))]
    for name, rows in (("pairs", sentences), ("glosses", sorted(glosses().items()))):
        path = ROOT / "data" / "words" / f"{name}.tsv"
        with written_whole(path) as file:
            file.write_bytes("".join(f"{left}\t{right}\n" for left, right in rows).encode())
        print(path.name, digest(path))


if __name__ == "__main__":
    main()
