"""The attention map without a browser: tokens in, picture and notes out."""

import numpy as np
import pytest
from figures import drawn_texts, words_of
from widget_cases import JAPANESE, KNOWN, translate

from helpers.synthetic.translation import PLAIN, POLITE
from helpers.widgets import AttentionMap
from helpers.widgets.attention_map import (
    MOST_SOURCE,
    alt,
    draw,
    draw_map,
    note_on,
    read,
)

pytestmark = pytest.mark.chapter(11)


@pytest.fixture
def viewer():
    return AttentionMap(translate, KNOWN)


def test_reading():
    reading = read("This is tee", PLAIN, translate, KNOWN)
    assert reading.source == (PLAIN, "this", "is", "tee", ".")
    assert reading.known == (True, True, True, False, True)
    assert reading.written == JAPANESE and reading.weights.shape == (5, 5)


@pytest.mark.parametrize("text", ["", "   ", "?!."])
def test_nothing_to_translate(viewer, text):
    viewer.set(text=text)
    assert viewer.reading.source == () and "no words" in alt(viewer.reading)
    assert "Type an English sentence" in viewer._note.value
    assert viewer._answer.value.count("です") == 0
    assert any("no words yet" in text.get_text() for text, _ in drawn_texts(draw(viewer.reading)))


def test_the_network_is_not_asked_about_nothing():
    def never(tokens):
        raise AssertionError(tokens)

    assert read(" ", POLITE, never, KNOWN).written == ()


def test_unknown_words_are_named(viewer):
    viewer.set(text="My fater drinks a submarine <b>")
    note = viewer._note.value
    assert "<b>fater</b> (did you mean father?)" in note and "<b>submarine</b>" in note
    assert "Not among the network's 7 words" in note
    marked = [words for words in words_of(draw(viewer.reading)) if words.endswith(" ?")]
    assert "submarine ?" in marked and "father ?" not in marked


def test_many_unknown_words(viewer):
    viewer.set(text="one two three four five six")
    assert "and 2 more" in viewer._note.value


def test_long_text_is_cut(viewer):
    viewer.set(text="water " * 500)
    assert len(viewer.reading.source) == MOST_SOURCE
    assert f"first {MOST_SOURCE} tokens" in viewer._note.value
    assert viewer.reading.weights.shape == (5, MOST_SOURCE)


def test_markup_is_text(viewer):
    viewer.set(text="<script>alert(1)</script> water")
    assert "<script>" not in viewer._note.value + viewer._picture.value


def test_the_japanese_is_drawn_with_the_course_font(viewer):
    fig = draw(viewer.reading)
    japanese = [text for text in [text for text, _ in drawn_texts(fig)] if text.get_text() in JAPANESE]
    assert len(japanese) == 5
    assert {text.get_fontproperties().get_file().split("/")[-1] for text in japanese} == {"mplus1_subset.otf"}
    assert min(text.get_fontsize() for text, _ in drawn_texts(fig)) >= 9


def test_no_glyph_is_missing(viewer, recwarn):
    draw(viewer.reading).canvas.draw()
    odd = draw_map(("a",), ("龘", "水"), np.ones((2, 1)))
    odd.canvas.draw()
    assert not [warning for warning in recwarn if "lyph" in str(warning.message)]


def test_weights_are_shown_as_they_are(viewer):
    image = draw(viewer.reading).axes[0].images[0]
    np.testing.assert_array_equal(image.get_array(), viewer.reading.weights)
    assert (image.norm.vmin, image.norm.vmax) == (0, 1)


def test_style_is_a_mark(viewer):
    viewer.controls["style"].value = PLAIN
    assert viewer.reading.source[0] == PLAIN


def test_each_sentence_is_translated_once():
    asked = []

    def counted(tokens):
        asked.append(tokens)
        return translate(tokens)

    viewer = AttentionMap(counted, KNOWN)
    viewer.controls["text"].value = "my tea"
    assert len(asked) == 2


def test_alt_names_the_translation(viewer):
    assert "これは水です。" in alt(viewer.reading) and "これ at [polite]" in alt(viewer.reading)
    assert viewer.still.alt == alt(viewer.reading)


def test_a_network_that_writes_nothing():
    viewer = AttentionMap(lambda tokens: ((), np.zeros((0, len(tokens)))), KNOWN)
    assert "wrote nothing" in alt(viewer.reading)
    assert note_on(viewer.reading, frozenset(KNOWN)) == ""


def test_a_sentence_unlike_those_of_the_training_is_warned_of():
    viewer = AttentionMap(translate, KNOWN, lambda tokens: (["the word “tee”"], ["“is” before “<b>”"]))
    viewer.set(text="my tea is old")
    note = viewer._note.value
    assert "Outside of what it was trained on: “is” before “&lt;b&gt;”." in note and "word “tee”" not in note


def test_the_names_of_the_columns_stand_on_top(viewer):
    fig = draw(viewer.reading)
    boxes = {text.get_text(): box for text, box in drawn_texts(fig)}
    assert boxes["water"].y0 > fig.axes[0].get_window_extent().y1
