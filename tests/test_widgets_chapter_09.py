"""The reviewer and the gate inspector without a browser: words, readers, pictures, controls that follow."""

import json
from functools import lru_cache

import numpy as np
import pytest
from figures import words_of

from helpers import reviewer_models
from helpers.models import SHIPPED, load_weights, read_card
from helpers.reviewer_models import NAMES, Vocabulary, load_reviewers, reader_of, split_words
from helpers.widgets import GatedCell, GateInspector, Reviewer, gate_inspector, gated_cell, review_reading
from helpers.widgets.review_reading import EXAMPLES, MOST_WORDS, OWN_MODEL, label_of, words_in

pytestmark = pytest.mark.chapter(9)

keras = pytest.importorskip("keras")
layers = keras.layers


@pytest.fixture(scope="module")
def made_up():
    return load_reviewers("grammar")


@pytest.fixture(scope="module", autouse=True)
def without_imdb():
    """Let the widgets find no IMDB, so that all machines test the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reviewer_models, "available", lambda: (("grammar",), None))
        yield


# Words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The plot wasn't BAD -- it's great!", ["the", "plot", "wasn't", "bad", "it's", "great"]),
        ("the director’s cut, 10/10", ["the", "director's", "cut", "10", "10"]),
        ("nice 😀👍", ["nice", "😀", "👍"]),
        ("素晴らしい映画。", ["素晴らしい映画"]),
        ("a < b + c = $5 ^_^", ["a", "b", "c", "5"]),
        ("naïve café", ["naïve", "café"]),
        ("nai\u0308ve cafe\u0301", ["naïve", "café"]),
        ("Ｉｔ＇ｓ ｎｏｔ ｂａｄ！ １０／１０", ["it's", "not", "bad", "10", "10"]),
        ("the ﬁnal cut™ of ﾊﾟﾘ", ["the", "final", "cut", "™", "of", "パリ"]),
        ("won\u00adder\u00adful, un\u200bbelievable \ufeffend", ["wonderful", "unbelievable", "end"]),
        ("‘good’ `bad`", ["good", "bad"]),
        ("", []),
        (" \n\t!?", []),
    ],
)
def test_split_words(text, words):
    assert split_words(text) == words


@pytest.mark.parametrize("apostrophe", "’‘‛ʼʻʽʹ＇′‵`´｀ˈˊˋ᾽᾿՚׳ꞌ❛❜\x91\x92\u1ffd\u1fef")
def test_every_apostrophe_counts_as_the_plain_one(apostrophe):
    assert split_words(f"I don{apostrophe}t. It{apostrophe}S") == ["i", "don't", "it's"]


def test_vocabulary_of_a_word_index_numbers_as_load_imdb_does():
    vocabulary = Vocabulary.of_word_index({"the": 1, "film": 2, "rare": 9}, "three words", num_words=10)
    rows, known = vocabulary.encode(["film", "rare", "the", "xyzzy"])
    assert rows.tolist() == [5, 2, 4, 2]
    assert known.tolist() == [True, False, True, False]
    assert vocabulary.start == 1


def test_grammar_knows_all_its_words(made_up):
    from helpers.synthetic import make_reviews

    reviews, _ = make_reviews(500, np.random.default_rng(77))
    rows, known = made_up.vocabulary.encode(" ".join(reviews).split())
    assert known.all() and rows.min() >= 2
    assert len(set(made_up.vocabulary.rows.values())) == len(made_up.vocabulary.rows)


# Readers


def model_of(cell, rows=30):
    model = keras.Sequential(
        [
            keras.Input((None,)),
            layers.Embedding(rows, 6, mask_zero=True),
            cell,
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(size=array.shape) for array in model.get_weights()])
    return model


@pytest.mark.parametrize("kind", ["LSTM", "SimpleRNN"])
def test_reader_equals_keras_word_by_word(kind):
    model = model_of(getattr(layers, kind)(5))
    rows = np.random.default_rng(4).integers(1, 30, 9)
    reading = reader_of(model).read(rows[1:], start=rows[0])
    by_keras = [float(model(rows[None, :n])[0, 0]) for n in range(1, 10)]
    np.testing.assert_allclose([reading.before, *reading.probability], by_keras, atol=1e-5)
    assert set(reading.gates) == (
        {"forget gate", "input gate", "output gate", "cell state", "output"} if kind == "LSTM" else set()
    )


def test_gates_make_the_state(made_up):
    rows, _ = made_up.vocabulary.encode(split_words(EXAMPLES["a longer one"]))
    gates = made_up.readers["lstm"].read(rows).gates
    for name in gate_inspector.GATES:
        assert gates[name].shape == (len(rows), 16)
        assert 0 < gates[name].min() < gates[name].max() < 1
    np.testing.assert_allclose(gates["output"], gates["output gate"] * np.tanh(gates["cell state"]))


def test_shipped_readers_equal_the_keras_model_that_was_trained(made_up):
    model = reviewer_models.build("grammar")
    load_weights(model, reviewer_models.weights_path("grammar"))
    rows, _ = made_up.vocabulary.encode(split_words("the story was not bad at all"))
    answers = model(np.pad(rows, (4, 0))[None])
    for name, reader in made_up.readers.items():
        assert reader.read(rows).probability[-1] == pytest.approx(float(answers[name][0, 0]), abs=1e-5)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (model_of(layers.GRU(5)), "GRU"),
        (model_of(layers.Bidirectional(layers.LSTM(5))), "Bidirectional"),
        (keras.Sequential([keras.Input((3,)), layers.Dense(1)]), "expected Embedding"),
        (keras.Sequential(), "none with weights"),
    ],
)
def test_other_models_are_refused(model, message):
    with pytest.raises(ValueError, match=message):
        reader_of(model)


# Shipped weights


@pytest.mark.parametrize(("data", "least"), [("grammar", (0.55, 0.85, 0.98)), ("imdb", (0.8, 0.75, 0.81))])
def test_card_says_what_was_measured(data, least):
    card = read_card(reviewer_models.weights_path(data))
    for name, low in zip(NAMES, least, strict=True):
        assert low < card["accuracy"][name] < 1
    assert card["recipe"] == "python -m data.make.reviewers"
    assert card["weights"] == [list(array.shape) for array in reviewer_models.build(data).get_weights()]
    assert "words" not in json.dumps(card), "no list of words is shipped"


def test_shipped_files_are_small():
    sizes = [path.stat().st_size for path in SHIPPED.glob("reviewers_*")]
    assert len(sizes) == 4 and sum(sizes) < 2_000_000


def test_only_the_lstm_understands_what_order_decides(made_up):
    def ask(text):
        rows, _ = made_up.vocabulary.encode(split_words(text))
        return {name: reader.read(rows).probability[-1] for name, reader in made_up.readers.items()}

    first, second = ask(EXAMPLES["dull, but wonderful"]), ask(EXAMPLES["wonderful, but dull"])
    assert first["lstm"] > 0.9 and second["lstm"] < 0.1
    assert first["bag"] == pytest.approx(second["bag"])
    assert ask("not bad at all")["lstm"] > 0.9


def test_readers_of_imdb_need_a_word_index():
    with pytest.raises(ValueError, match="word_index"):
        load_reviewers("imdb")
    with pytest.raises(ValueError, match="expected"):
        reviewer_models.weights_path("news")


def test_readers_of_imdb_know_words_by_their_letters():
    words = ["the", "film", "bad", "awful", "worst", "great", "wonderful", "excellent"]
    one = load_reviewers("imdb", {word: rank for rank, word in enumerate(words, 1)})
    other = load_reviewers("imdb", {word: rank for rank, word in enumerate(reversed(words), 1)})
    for text, low, high in [("awful worst bad", 0, 0.3), ("wonderful excellent great", 0.7, 1)]:
        for name in NAMES:
            p = [
                reviewers.readers[name].read(reviewers.vocabulary.encode(text.split())[0]).probability[-1]
                for reviewers in (one, other)
            ]
            assert p[0] == p[1] and low <= p[0] <= high


# Notes


def test_note_names_unknown_words_and_escapes_them(made_up):
    found = words_in("the plot was xyzzy <b>blob</b> 😀", made_up.vocabulary)
    note = review_reading.note_on(found, made_up.vocabulary.title)
    assert "3 of them unknown" not in note and "unknown, in [brackets]: xyzzy, b, blob, 😀" in note
    assert "<b>" not in note and "[?]" in note
    assert "Trained on reviews made up by the course, 169 words." in note


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "no words to read yet"),
        ("素晴らしい映画でした。", "verdict means nothing"),
        ("good " * MOST_WORDS, "5,000 words."),
        ("good " * (MOST_WORDS + 7), "7 are left out"),
        ("good " * 100_000, "are left out"),
        ("good", "1 word."),
    ],
)
def test_notes_on_strange_texts(made_up, text, part):
    assert part in review_reading.note_on(words_in(text, made_up.vocabulary), "something")


def test_labels_stay_short_and_printable():
    assert label_of("film", True) == "film"
    assert label_of("film", False) == "[film]"
    assert label_of("素晴らしい", False) == label_of("😀", False) == "[?]"
    assert len(label_of("a" * 1_000, False)) <= 15


# Pictures


def test_inspector_shows_the_words_asked_for(made_up):
    text = " ".join(["good", "bad", "film"] * 20)
    for first, expected in [
        (0, 0),
        (10, 10),
        (59, 60 - gate_inspector.MOST_SHOWN),
        (999, 60 - gate_inspector.MOST_SHOWN),
    ]:
        fig = gate_inspector.draw(text, made_up, "forget gate", first)
        labels = [tick.get_text() for tick in fig.axes[3].get_xticklabels()]
        assert labels == text.split()[expected : expected + gate_inspector.MOST_SHOWN]
        probability = fig.axes[0].lines[0].get_ydata()
        full = made_up.readers["lstm"].read(made_up.vocabulary.encode(text.split())[0]).probability
        np.testing.assert_array_equal(probability, full[expected : expected + gate_inspector.MOST_SHOWN])


def test_inspector_details(made_up):
    text = EXAMPLES["anything but"]
    pictures = []
    for detail in gate_inspector.DETAILS:
        fig = gate_inspector.draw(text, made_up, detail, 0)
        image = fig.axes[3].images[0]
        pictures.append(np.asarray(image.get_array()))
        assert image.get_clim() == (0, 1) or detail == "cell state"
    assert image.get_clim()[0] == -image.get_clim()[1]
    assert len({picture.tobytes() for picture in pictures}) == 4


def test_a_frozen_gate_stands_still_and_changes_the_verdict(made_up):
    text = EXAMPLES["dull, but wonderful"]
    learned = review_reading.read(text, made_up, "lstm")[1]
    for gate in gate_inspector.GATES:
        for value in (0, 1):
            reading = review_reading.read(text, made_up, "lstm", (gate, value))[1]
            assert (reading.gates[gate] == value).all()
            assert abs(reading.probability[-1] - learned.probability[-1]) > 1e-6
            state = reading.gates["output gate"] * np.tanh(reading.gates["cell state"])
            np.testing.assert_allclose(reading.gates["output"], state)
    shut = review_reading.read(text, made_up, "lstm", ("output gate", 0))[1]
    assert np.ptp(shut.probability) == 0, "nothing leaves the cells"
    fig = gate_inspector.draw(text, made_up, "cell state", 0, ("output gate", 0))
    dotted, line = (line.get_ydata() for line in fig.axes[0].lines[:2])
    np.testing.assert_array_equal(dotted, learned.probability)
    np.testing.assert_array_equal(line, shut.probability)
    assert any(word.startswith("learned: ") for word in words_of(fig))


def test_units_are_named_by_the_word_that_moves_them_most(made_up):
    text = EXAMPLES["dull, but wonderful"]
    found, reading = review_reading.read(text, made_up, "lstm")
    head = made_up.readers["lstm"].head[:, 0]
    units, at, moves = gate_inspector.moving_units(reading, made_up.readers["lstm"])
    for unit, word, move in zip(units, at, moves, strict=True):
        steps = np.diff(reading.gates["output"][:, unit] * head[unit], prepend=0)
        assert np.abs(steps).argmax() == word and steps[word] == move
    assert (np.diff(np.abs(moves)) <= 0).all()
    labels = [
        tick.get_text()
        for tick in gate_inspector.draw(text, made_up, "cell state", 0).axes[3].get_yticklabels()
    ]
    assert labels[0] == f"{units[0] + 1}: {'+' if moves[0] > 0 else '−'}{found.words[at[0]]}"


def test_one_word_is_one_word(made_up):
    assert "1 word" in words_of(gate_inspector.draw("good", made_up, "cell state", 0))


def test_until_a_text_is_read_the_picture_is_marked_as_the_older_ones(monkeypatch):
    inspector, seen = GateInspector(), []

    def looking_on(**state):
        seen.append((inspector._note.value, inspector._picture.value))
        return gate_inspector.draw(**state)

    monkeypatch.setattr(inspector, "_draw", looking_on)
    old = inspector.still.html
    inspector.controls["text"].value = "good"
    note, picture = seen[0]
    assert "still shows the text before" in note and "opacity" in picture and old in picture
    assert "still shows" not in inspector._note.value and "opacity" not in inspector._picture.value


# Controls


def test_slider_follows_the_text():
    inspector = GateInspector()
    slider = inspector.controls["first"]
    inspector.controls["text"].value = "good bad " * 50
    assert slider.max == 100 - gate_inspector.MOST_SHOWN
    slider.value = 40
    assert "words 41 to 68 of 100" in words_of(gate_inspector.draw(**inspector.state))
    inspector.controls["text"].value = "good"
    assert (slider.value, slider.max) == (0, 0)
    inspector.set(first=3, text="good bad " * 50)
    assert slider.value == 3
    with pytest.raises(ValueError, match="first=3"):
        inspector.set(text="good", first=3)


def test_own_model(made_up):
    index = {"good": 1, "bad": 2, "film": 3}
    inspector = GateInspector(model_of(layers.LSTM(5), rows=7), index, "three words")
    assert inspector.controls["source"].options == (OWN_MODEL, "made-up reviews")
    inspector.set(text="good film xyzzy")
    assert "1 of them unknown, in [brackets]: xyzzy" in inspector._note.value
    assert "three words, by you" in inspector._note.value
    inspector.set(source="made-up reviews")
    assert "made up by the course" in inspector._note.value


@pytest.mark.parametrize(
    ("model", "index", "message"),
    [
        (model_of(layers.LSTM(5)), None, "word_index"),
        (model_of(layers.SimpleRNN(5)), {"a": 1}, "no LSTM"),
        (model_of(layers.GRU(5)), {"a": 1}, "GRU"),
    ],
)
def test_models_that_cannot_be_inspected(model, index, message):
    with pytest.raises(ValueError, match=message):
        GateInspector(model, index)


def test_imdb_can_be_chosen_where_its_word_index_is(monkeypatch):
    words = ["the", "plot", "was", "dull", "but", "acting", "wonderful"]
    index = {word: rank for rank, word in enumerate(words, 1)}
    monkeypatch.setattr(reviewer_models, "available", lambda: (("imdb", "grammar"), index))
    monkeypatch.setattr(review_reading, "_load", lru_cache(review_reading._load.__wrapped__))
    shown = Reviewer()
    assert shown.controls["source"].options == ("IMDB", "made-up reviews")
    assert "IMDB reviews" in shown._note.value
    old = shown.still.png
    shown.set(source="made-up reviews")
    assert shown.still.png != old


# The drawing of one unit


@pytest.mark.parametrize("kind", gated_cell.KINDS)
def test_a_drawn_unit_computes_what_keras_does(kind):
    """One unit whose gates and candidate depend on their biases alone."""
    keep, write, candidate, output, before = 0.7, 0.2, -0.6, 0.4, 0.5
    opened = [np.log(share / (1 - share)) for share in (write, keep, output)]
    if kind == "LSTM":
        cell, state = layers.LSTMCell(1), [np.zeros((1, 1)), np.array([[before]])]
        bias = np.array([opened[0], opened[1], np.arctanh(candidate), opened[2]])
    else:
        cell, state = layers.GRUCell(1), [np.array([[before]])]
        bias = np.array([[opened[1], 0, np.arctanh(candidate)], [0, 0, 0]])
    cell.build((1, 1))
    cell.set_weights([np.zeros(w.shape) for w in cell.weights[:2]] + [bias])
    h, states = cell(np.zeros((1, 1)), state)
    _, _, after, shown = gated_cell.step(kind, before, keep, write, candidate, output)
    assert shown == pytest.approx(float(h[0, 0]), abs=1e-6)
    assert after == pytest.approx(float(states[-1][0, 0]), abs=1e-6)


def test_a_gru_has_no_use_for_the_other_gates_and_its_memory_is_a_mean():
    shown = GatedCell()
    controls = shown.controls
    shown.set(before=2.5)
    controls["kind"].value = "GRU"
    assert controls["write"].disabled and controls["output"].disabled
    assert (controls["before"].value, controls["keep"].description) == (1, "Update gate")
    assert "= 0.8" in shown.still.alt  # 0.9 · 1 + 0.1 · (−1)
    controls["kind"].value = "LSTM"
    assert not controls["write"].disabled and controls["before"].max == 3
