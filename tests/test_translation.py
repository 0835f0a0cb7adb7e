"""Chapter 11's corpus: correct pairs, one translation each, dates without two readings, dialogues."""

import collections
import datetime
import re
import shutil

import numpy as np
import pytest

from data.make import translation as grammar
from data.make.translation import _PERSONS, LONGEST_JAPANESE, _Writer, make_pairs
from helpers import tables
from helpers.fonts import japanese_letters
from helpers.synthetic import translation
from helpers.synthetic.dialogues import DULL, PLACES, QUESTIONS, make_dialogues, right_answers
from helpers.synthetic.translation import (
    DATE_FORMATS,
    LONGEST_ENGLISH,
    PLAIN,
    POLITE,
    gloss,
    japanese_text,
    load_pairs,
    make_dates,
    outside_of,
    tokenize,
    write_date,
)

FILES = ("words/pairs.tsv", "words/glosses.tsv")
_ENDINGS = "です ます ません ました ませんでした でした ありません ありませんでした"
POLITE_ENDINGS = set(_ENDINGS.split())


@pytest.fixture(scope="module")
def pairs():
    return make_pairs(6000, np.random.default_rng(0))


@pytest.fixture(scope="module")
def by_english():
    """What the grammar writes for an English sentence: a few tens of thousands of sentences, both styles."""
    writer, found = _Writer(np.random.default_rng(5)), collections.defaultdict(set)
    for i in range(20_000):
        english, japanese = writer.sentence(i % 2 == 0)
        found[POLITE if i % 2 == 0 else PLAIN, " ".join(english)].add(" ".join(japanese))
    return found


def test_the_files_are_what_the_command_writes(tmp_path, monkeypatch):
    written = make_pairs(13_000, np.random.default_rng(11))
    assert load_pairs() == written and len({pair.english[1:] for pair in written}) == 13_000
    monkeypatch.setattr(grammar, "ROOT", tmp_path)
    grammar.main()
    for file in FILES:
        assert (tmp_path / "data" / file).read_bytes() == (tables.ROOT / "data" / file).read_bytes()


@pytest.fixture(params=FILES)
def copied(tmp_path, monkeypatch, request):
    """One of the two files in a course of its own, and what reads it."""
    (tmp_path / "data" / "words").mkdir(parents=True)
    for file in ("README.md", request.param):
        shutil.copy(tables.ROOT / "data" / file, tmp_path / "data" / file)
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    translation._glosses.cache_clear()
    yield tmp_path / "data" / request.param, load_pairs if "pairs" in request.param else lambda: gloss("水")
    translation._glosses.cache_clear()


def test_a_copy_with_the_line_ends_of_windows_is_no_fault(copied):
    path, read = copied
    before = read()
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    translation._glosses.cache_clear()
    assert read() == before and before


def test_a_damaged_or_missing_file_is_refused(copied):
    path, read = copied
    good, other = path.read_bytes(), (grammar.ROOT / "data" / "words" / "dialogues.toml").read_bytes()
    name, again = f"data/words/{path.name}", "or download the course once more."
    for content in (b"", good[:-1], good[1:], good + b"a\tb\n", good.replace("水".encode(), b"x", 1), other):
        path.write_bytes(content)
        with pytest.raises(ValueError) as raised:
            read()
        said = f"{name} was changed or damaged. Get it again: `git checkout -- {name}`, {again}"
        assert str(raised.value) == said
    path.write_bytes(good)
    for gone in (path, path.parents[1] / "README.md"):
        name = gone.relative_to(tables.ROOT).as_posix()
        content = gone.read_bytes()
        gone.unlink()
        with pytest.raises(ValueError) as raised:
            read()
        fault = "cannot be read (No such file or directory)"
        assert str(raised.value) == f"{name} {fault}. Get it again: `git checkout -- {name}`, {again}"
        gone.write_bytes(content)
    assert read()


def test_sentences_are_different_and_of_bounded_length(pairs):
    assert len(pairs) == len({pair.english[1:] for pair in pairs}) == 6000
    assert max(len(pair.english) for pair in pairs) <= LONGEST_ENGLISH
    assert max(len(pair.japanese) for pair in pairs) <= LONGEST_JAPANESE
    assert min(len(pair.english) for pair in pairs) >= 4
    assert collections.Counter(pair.english[0] for pair in pairs) == {POLITE: 3000, PLAIN: 3000}


def test_each_sentence_has_one_translation(by_english):
    assert [found for found in by_english.values() if len(found) > 1] == []


def test_style_question_and_end(pairs):
    for pair in pairs:
        polite, question = pair.english[0] == POLITE, pair.english[-1] == "?"
        assert pair.english[-1] in (".", "?")
        ending = pair.japanese[-2:]
        assert (ending == ("か", "。") or ending == ("の", "？")) == question
        position = -3 if question else -2
        assert (pair.japanese[position] in POLITE_ENDINGS) == polite, pair


def test_the_first_sentence_of_the_chapter():
    writer = _Writer(np.random.default_rng(0))
    for _ in range(200_000):
        english, rest, predicate = writer.naming()
        if english.split() == ["this", "is", "water"]:
            assert " ".join([*rest.split(), predicate(True)]) == "これ は 水 です"
            assert " ".join([*rest.split(), predicate(False)]) == "これ は 水 だ"
            return
    pytest.fail("never written")


def test_word_order_and_particles(pairs):
    """Rules that hold for every pair, seen from outside."""
    verbs = {"飲み": "drink", "食べ": "eat", "行き": "go"}
    seen = collections.Counter()
    for english, japanese in pairs:
        text = " ".join(japanese)
        if "because" in english and english[1] != "because":
            assert "から 、" in text
            seen["because"] += 1
        if english[1:4] == ("i", "think", "that"):
            assert japanese[-4:-2] in {(japanese[-4], "思い")} or japanese[-2] == "思う"
            seen["think"] += 1
        if "yesterday" in english:
            assert "昨日" in japanese
            seen["yesterday"] += 1
        if english[1] == "there" and "no" in english and "but" not in english and "because" not in english:
            assert "は" not in japanese and "が" in japanese, "nothing is stressed"
            seen["no"] += 1
        if "not" not in english and "no" not in english:
            assert not {"ない", "なかった", "ません", "ませんでした", "ありません"} & set(japanese), text
            seen["positive"] += 1
        for stem, verb in verbs.items():
            if stem in japanese:
                assert {verb, f"{verb}s", "drank", "ate", "went", "goes"} & set(english)
                seen[verb] += 1
    assert min(seen.values()) > 20 and len(seen) == 8


def test_nobody_comes_back_under_the_same_name(by_english):
    """私 は 自分 の 本, never 私 は 私 の 本; nobody goes to the park with themselves."""
    for english, found in by_english.items():
        (japanese,) = found
        for clause in re.split(r" 、 | と 思", japanese):
            words = clause.split()
            again = {word for word in words if words.count(word) > 1 and word in _PERSONS}
            assert not again, (english, japanese)
            if "自分" in words:
                assert words[:2] in (["私", "は"], ["私", "が"]), japanese
    assert any("自分 の" in japanese for found in by_english.values() for japanese in found)


def test_what_training_sentences_do_not_have_is_named(pairs):
    outside = outside_of(pairs)
    assert not any(any(outside(pair.english)) for pair in pairs)
    unseen = make_pairs(1000, np.random.default_rng(1))
    assert np.mean([any(outside(pair.english)) for pair in unseen]) < 0.08
    for sentence, said in {
        "We did not go to the school because the bus was old.": "“bus” before “was”",
        "My dog reads the newspaper": "“dog” before “reads”",
        "because this is water": "“because” at the beginning",
        "Yesterday I": "“i” at the end",
        "I think that this is old because this is small": "i think that and because in one sentence",
    }.items():
        assert said in outside(tokenize(sentence)).sentence, sentence
    words, sentence = outside(tokenize("my submarine"))
    assert words == ["the word “submarine”"] and not any("submarine" in fault for fault in sentence)


def test_every_japanese_token_has_a_meaning_and_every_letter_a_glyph(pairs):
    tokens = {token for pair in [*pairs, *load_pairs()] for token in pair.japanese}
    assert [token for token in sorted(tokens) if not gloss(token)] == []
    assert set("".join(tokens)) <= japanese_letters()
    assert gloss("submarine") == gloss("") == ""


def test_vocabularies_are_small_words_frequent_and_unseen_ones_rare(pairs):
    for side in (0, 1):
        words = collections.Counter(token for pair in pairs for token in pair[side])
        assert 150 < len(words) < 260
        assert min(words.values()) >= 2
    known = {token for pair in pairs[:5000] for token in (*pair.english, *pair.japanese)}
    assert all(set(pair.english + pair.japanese) <= known for pair in pairs[5000:])


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("This isn't water.", "this is not water ."),
        ("  I can't   read ", "i can not read ."),
        ("I won't go", "i will not go ."),
        ("The teacher's car is new", "the teacher 's car is new ."),
        ("Does Mr. Tanaka drink tea?", "does mr tanaka drink tea ?"),
        ("They’re kind!", "they are kind ."),
        ("I'm a teacher, but he's a student.", "i am a teacher , but he is a student ."),
    ],
)
def test_tokenize(text, tokens):
    assert tokenize(text) == (POLITE, *tokens.split())
    assert tokenize(text, PLAIN)[0] == PLAIN
    assert [tokenize(nothing) for nothing in ("", "   ", "?!", "...", "\n")] == [()] * 5


def test_tokens_of_the_corpus_come_back(pairs):
    for pair in pairs[:500]:
        assert tokenize(" ".join(pair.english[1:]), pair.english[0]) == pair.english
    assert japanese_text(("水", "です", "。")) == "水です。"


def test_dates_have_one_reading():
    texts, iso = make_dates(3000, np.random.default_rng(0))
    assert len(texts) == len(iso) == 3000
    for date in iso:
        assert 1950 <= datetime.date.fromisoformat(date).year <= 2049
    readings = collections.defaultdict(set)
    for text, date in zip(texts, iso, strict=True):
        readings[text].add(date)
    assert max(map(len, readings.values())) == 1
    assert max(map(len, texts)) <= 22


def test_date_formats():
    written = {
        0: "3 March 2021",
        3: "3rd of March 2021",
        13: "03.03.2021",
        15: "3/3/2021",
        19: "2021年3月3日",
    }
    for number, text in written.items():
        assert write_date(datetime.date(2021, 3, 3), DATE_FORMATS[number]) == text
    for text in ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "31st"]:
        assert write_date(datetime.date(2021, 3, int(text[:-2])), "{d}{th}") == text


def test_dialogues():
    dialogues = make_dialogues(640, np.random.default_rng(0))
    counts = collections.Counter((d.place, d.question) for d in dialogues)
    assert len(counts) == len(PLACES) * len(QUESTIONS) and set(counts.values()) == {20}
    for d in dialogues:
        assert len(d.utterances) == 3 and max(map(len, d.utterances)) <= 8 and len(d.answer) <= 7
        assert d.answer == right_answers(d.place, d.question)[0]
        assert set(d.place.split()) & set(d.utterances[0])
        assert not set(d.place.split()) - {"the"} & set(d.utterances[-1])


def test_varied_dialogues():
    dialogues = make_dialogues(2000, np.random.default_rng(0), varied=True, dull=0.3)
    share = np.mean([d.answer == DULL for d in dialogues])
    assert 0.25 < share < 0.35
    good = {d.answer for d in dialogues if (d.place, d.question) == ("the sea", "take")} - {DULL}
    assert good == set(right_answers("the sea", "take"))
    with pytest.raises(ValueError, match="share"):
        make_dialogues(3, np.random.default_rng(0), dull=2)
