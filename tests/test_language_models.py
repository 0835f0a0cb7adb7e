"""helpers.language_models: tokenizer, rows, the shipped models and their cards. Without IMDB."""

import json
import math
import shutil
from collections import Counter

import numpy as np
import pytest

from data.make import language_models as make
from data.make.language_models import STEPS, mask_words
from helpers import language_models
from helpers.language_models import (
    END,
    KINDS,
    LENGTH,
    MASK,
    PADDING,
    START,
    UNKNOWN,
    load_pretrained,
    rows,
    train_tokenizer,
    weights_path,
    windows,
)
from helpers.models import ModelFileError, card_path, load_weights, read_card
from helpers.synthetic import draw_film_reviews

FILES = [(kind, data) for kind in KINDS for data in language_models.DATA]


@pytest.fixture(scope="module")
def texts():
    values, offsets, _, words = draw_film_reviews(1_500, np.random.default_rng(30))
    return [" ".join(words[i] for i in review) for review in np.split(values, offsets[1:-1])]


@pytest.fixture(scope="module")
def tokenizer(texts):
    """Of fewer reviews than the shipped one: the counts differ, and so do some pieces and their order."""
    return train_tokenizer(Counter(" ".join(texts).split()))


@pytest.fixture(scope="module")
def models(tokenizer):
    return {kind: load_pretrained(kind, tokenizer, "grammar") for kind in KINDS}


# Tokens


def test_the_special_ids(tokenizer):
    ids = tokenizer.pad_id(), tokenizer.unk_id(), tokenizer.bos_id(), tokenizer.eos_id()
    assert (*ids, tokenizer.piece_to_id("[MASK]")) == (PADDING, UNKNOWN, START, END, MASK) == (0, 1, 2, 3, 4)


def test_words_come_back(tokenizer, texts):
    # The rarest letters have no piece.
    known = [text for text in texts[:20] if UNKNOWN not in tokenizer.encode(text)]
    assert len(known) >= 10
    assert tokenizer.decode(tokenizer.encode(known)) == known
    assert tokenizer.encode("The STORY was Dull") == tokenizer.encode("the story was dull")
    assert MASK in tokenizer.encode("the story was [MASK]")
    assert UNKNOWN in tokenizer.encode("the story was \N{GRINNING FACE}")
    assert tokenizer.encode("") == []


def test_rare_letters_are_known():
    many = {f"{a}{b}{c}": 900 for a in "abcdefghij" for b in "klmnoprstu" for c in "vwxyzabcde"}
    tokenizer = train_tokenizer(many | {"quiz": 1}, vocabulary_size=200)
    assert UNKNOWN not in tokenizer.encode("quiz")


def test_merges_are_the_frequent_ones():
    tokenizer = train_tokenizer({"low": 50, "lower": 20, "lot": 10, "we": 1}, vocabulary_size=16)
    pieces = [tokenizer.id_to_piece(i) for i in range(tokenizer.get_piece_size())]
    assert pieces[5:8] == ["lo", "▁lo", "▁low"]
    assert tokenizer.encode("lower", out_type=str)[0].startswith("▁low")


def test_a_tokenizer_is_the_same_each_time(tokenizer, texts):
    again = train_tokenizer(Counter(" ".join(texts).split()))
    assert again.serialized_model_proto() == tokenizer.serialized_model_proto()


def test_rows(tokenizer):
    ids = rows(["", "the story was dull", "story " * 200], tokenizer, 12)
    assert ids.shape == (3, 12)
    assert ids.dtype == np.int32
    assert ids[0].tolist() == [START] + [PADDING] * 11
    tokens = tokenizer.encode("the story was dull")
    assert ids[1].tolist() == [START, *tokens] + [PADDING] * (11 - len(tokens))
    assert ids[2].tolist() == [START, *tokenizer.encode("story " * 200)[-11:]]
    assert rows([], tokenizer).shape == (0, LENGTH)


def test_windows(tokenizer, texts):
    ids = windows(texts[:50], tokenizer, 16)
    stream = [token for text in texts[:50] for token in (START, *tokenizer.encode(text), END)]
    assert ids.dtype == np.int32
    assert ids.ravel().tolist() == stream[: ids.size]
    assert 0 <= len(stream) - ids.size < 16


def test_mask_words_follows_berts_rule(tokenizer, texts):
    ids = windows(texts, tokenizer, 64)
    hidden, places = mask_words(ids, np.random.default_rng(0), tokenizer.get_piece_size())
    assert places.shape == (len(ids), 10)
    chosen, shown = (np.take_along_axis(array, places, axis=1) for array in (ids, hidden))
    assert (chosen > MASK).all()
    assert 0.77 < np.mean(shown == MASK) < 0.83
    assert 0.07 < np.mean(shown == chosen) < 0.13
    untouched = np.ones(ids.shape, bool)
    np.put_along_axis(untouched, places, False, axis=1)
    assert (hidden[untouched] == ids[untouched]).all()
    few, _ = mask_words(np.array([[START, 9, 0, 0, 0, 0, 0, 0]]), np.random.default_rng(0), 20, share=0.5)
    assert (few[0, 2:] == PADDING).all()
    assert few[0, 0] == START


# Shipped models


@pytest.mark.parametrize(("kind", "data"), FILES)
def test_shipped_files(kind, data):
    path = weights_path(kind, data)
    card = read_card(path)
    size = len(card["pieces"]) // 8
    load_weights(language_models.build(kind, size), path)  # compares the sha256 and the shapes
    assert path.stat().st_size < 3e6
    assert card["recipe"].startswith(f"python -m data.make.language_models {kind} {data}")
    assert card["steps"] >= STEPS[data][kind], "the training was not finished"
    assert card["accuracy"] > {"imdb": 0.15, "grammar": 0.3}[data]
    assert card["perplexity"] < {"imdb": 400, "grammar": 60}[data]
    assert size <= 4_000
    assert set(card["pieces"]) <= set("0123456789abcdef")


def test_rows_are_matched_by_hash(tokenizer, models):
    card = read_card(weights_path("masked", "grammar"))
    shipped = language_models.build("masked", len(card["pieces"]) // 8)
    load_weights(shipped, weights_path("masked", "grammar"))
    theirs = [card["pieces"][i : i + 8] for i in range(0, len(card["pieces"]), 8)]
    ours = language_models.piece_hashes(tokenizer)
    assert theirs != ours, "this test wants two tokenizers that differ"
    for name in ("tokens", "logits"):
        (given,), (array,) = (model.get_layer(name).get_weights() for model in (shipped, models["masked"]))
        for i in range(0, len(ours), 7):
            expected = given[theirs.index(ours[i])] if ours[i] in theirs else given.mean(axis=0)
            np.testing.assert_allclose(array[i], expected, atol=1e-6)
    for name in ("positions", "block_1_attention", "norm"):
        for given, array in zip(
            shipped.get_layer(name).get_weights(), models["masked"].get_layer(name).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(given, array)


def test_the_masked_model_fills_in(models, tokenizer, texts):
    """A masked word of a review the training did not have, against the most frequent word."""
    size = tokenizer.get_piece_size()
    ids = rows(texts[:200], tokenizer)
    hidden, places = mask_words(ids, np.random.default_rng(0), size, share=0.03)
    named = np.argmax(models["masked"].predict(hidden, verbose=0), axis=-1)
    chosen = np.take_along_axis(ids, places, axis=1)
    is_word = chosen > MASK
    right = np.mean((np.take_along_axis(named, places, axis=1) == chosen)[is_word])
    assert right > 0.3
    assert right > 2 * np.bincount(chosen[is_word]).max() / is_word.sum()


def test_the_next_model_knows_reviews_from_shuffled_ones(models, tokenizer, texts):
    rng = np.random.default_rng(0)
    shuffled = [" ".join(rng.permutation(text.split())) for text in texts[:100]]

    def loss(some):
        ids = rows(some, tokenizer)
        logits = models["next"].predict(ids[:, :-1], verbose=0).astype(float)
        logits -= np.log(np.exp(logits).sum(axis=-1, keepdims=True))
        found = np.take_along_axis(logits, ids[:, 1:, None], axis=-1)[..., 0]
        return -np.mean(found[ids[:, 1:] != PADDING])

    assert loss(texts[:100]) < 4 < math.log(tokenizer.get_piece_size())
    assert loss(shuffled) > loss(texts[:100]) + 0.5


def test_only_next_is_causal(models, tokenizer, texts):
    ids = rows(texts[:2], tokenizer, 20)
    other = ids.copy()
    other[:, 8] = MASK + 1 + (other[:, 8] - MASK) % 50
    for kind, model in models.items():
        changed = np.abs(model(other).numpy() - model(ids).numpy())[:, :8].max()
        assert (changed > 1e-3) == (kind == "masked")


# Errors


def test_errors_say_what_to_do(tokenizer):
    for message, fault in {
        r"word_counts has 0 entries .* expected a mapping": lambda: train_tokenizer({}),
        r"vocabulary_size=8 .* 8 different letters: choose": lambda: train_tokenizer(
            {"letters": 3, "go": 1, "on": 2}, vocabulary_size=8
        ),
        r"texts='one text' is one text; expected a list": lambda: rows("one text", tokenizer),
        r"don't fill a window of length=500: give more": lambda: windows(["short"], tokenizer, 500),
        r"kind='bert'; expected 'masked' or 'next'": lambda: load_pretrained("bert", tokenizer, "grammar"),
        r"data='news'; expected 'imdb' or 'grammar'": lambda: load_pretrained("next", tokenizer, "news"),
    }.items():
        with pytest.raises(ValueError, match=message):
            fault()


def test_curve_is_the_mean_over_stretches():
    assert make.curve([4.0, 3.0, 2.0, 1.0], 10, points=3) == [[11, 4.0], [12, 3.0], [14, 1.5]]


def test_shipped_curve_shows_the_whole_training():
    card = read_card(weights_path("next", "imdb"))
    steps, losses = zip(*card["curve"], strict=True)
    assert steps[0] == 1 and steps[-1] == card["steps"] and len(steps) > 20
    assert losses[-1] < losses[0] - 1 and np.exp(losses[-1]) < 1.2 * card["perplexity"]


def test_errors_of_load_pretrained(tokenizer, tmp_path, monkeypatch):
    strange = train_tokenizer(Counter(["шла", "саша", "по", "шоссе", "и", "сосала", "сушку"]))
    with pytest.raises(ValueError, match=r"only \d+ of the tokenizer's .* train_tokenizer .* 'grammar'"):
        load_pretrained("next", strange, "grammar")

    path = weights_path("next", "grammar")
    monkeypatch.setattr("helpers.models.SHIPPED", tmp_path)
    with pytest.raises(ModelFileError, match=r"no next_grammar.*git checkout -- data/weights"):
        load_pretrained("next", tokenizer, "grammar")
    (tmp_path / path.name).write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match="has no card"):
        load_pretrained("next", tokenizer, "grammar")
    shutil.copy(card_path(path), card_path(tmp_path / path.name))
    with pytest.raises(ModelFileError, match="sha256 differs"):
        load_pretrained("next", tokenizer, "grammar")


@pytest.fixture
def eager():
    """Compiling takes longer than the few steps of a test."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.usefixtures("eager")
def test_training_saves_what_can_be_loaded(tmp_path, monkeypatch, texts, tokenizer):
    y = np.zeros(len(texts), int)
    monkeypatch.setattr(make, "review_texts", lambda: (texts[:200], y, texts[:30], y))
    for module in (make, language_models):
        monkeypatch.setattr(module, "LENGTH", 16)
    lines = []
    make.train("next", "grammar", tmp_path, steps=2, batch=4, report=lines.append)
    make.train("next", "grammar", tmp_path, steps=1, go_on=True, batch=4, report=lines.append)
    monkeypatch.setattr("helpers.models.SHIPPED", tmp_path)
    model = load_pretrained("next", tokenizer, "grammar")
    assert model.output_shape == (None, None, tokenizer.get_piece_size())
    card = json.loads(card_path(tmp_path / "next_grammar.weights.h5").read_text())
    assert card["tokens_read"] == 3 * 4 * 16
    assert [step for step, _ in card["curve"]] == [1, 2, 3]
    assert 0 <= card["accuracy"] < 1
    assert "accuracy" in lines[-1]
