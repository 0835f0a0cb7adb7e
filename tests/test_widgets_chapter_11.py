"""The attention map without a browser: tokens in, picture and notes out."""

import numpy as np
import pytest
from matplotlib.text import Text

from helpers.synthetic.translation import PLAIN, POLITE
from helpers.widgets import AttentionMap
from helpers.widgets.attention_map import (
    EXAMPLES,
    MOST_SOURCE,
    OWN_TEXT,
    alt,
    draw,
    draw_map,
    note_on,
    read,
)
from figures import picture_size

KNOWN = ["", "[start]", POLITE, PLAIN, "this", "is", "water", "tea", "father", "my", "drinks", ".", "?"]
WORDS = ("これ", "は", "水", "です", "。")


def translate(tokens):
    """Stand in for a network: always the same words; row i looks at place i."""
    weights = np.full((len(WORDS), len(tokens)), 0.1 / len(tokens))
    weights[np.arange(len(WORDS)), np.arange(len(WORDS)) % len(tokens)] += 0.9
    return WORDS, weights


@pytest.fixture
def viewer():
    return AttentionMap(translate, KNOWN)


def texts_of(fig):
    return [text for text in fig.findobj(Text) if text.get_text().strip()]


def test_reading():
    reading = read("This is tee", PLAIN, translate, KNOWN)
    assert reading.source == (PLAIN, "this", "is", "tee", ".")
    assert reading.known == (True, True, True, False, True)
    assert reading.written == WORDS and reading.weights.shape == (5, 5)


@pytest.mark.parametrize("text", ["", "   ", "?!."])
def test_nothing_to_translate(viewer, text):
    viewer.set(text=text)
    assert viewer.reading.source == () and "no words" in alt(viewer.reading)
    assert "Type an English sentence" in viewer._note.value
    assert viewer._answer.value.count("です") == 0
    assert any("no words yet" in text.get_text() for text in texts_of(draw(viewer.reading)))


def test_the_network_is_not_asked_about_nothing():
    def never(tokens):
        raise AssertionError(tokens)

    assert read(" ", POLITE, never, KNOWN).written == ()


def test_unknown_words_are_named(viewer):
    viewer.set(text="My fater drinks a submarine <b>")
    note = viewer._note.value
    assert "<b>fater</b> (did you mean father?)" in note and "<b>submarine</b>" in note
    assert "Not among the network's 7 words" in note
    marked = [text.get_text() for text in texts_of(draw(viewer.reading)) if text.get_text().endswith(" ?")]
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
    japanese = [text for text in texts_of(fig) if text.get_text() in WORDS]
    assert len(japanese) == 5
    assert {text.get_fontproperties().get_file().split("/")[-1] for text in japanese} == {"mplus1_subset.otf"}
    assert min(text.get_fontsize() for text in texts_of(fig)) >= 9


def test_no_glyph_is_missing(viewer, recwarn):
    draw(viewer.reading).canvas.draw()
    odd = draw_map(("a",), ("龘", "水"), np.ones((2, 1)))
    odd.canvas.draw()
    assert not [warning for warning in recwarn if "lyph" in str(warning.message)]


def test_weights_are_shown_as_they_are(viewer):
    image = draw(viewer.reading).axes[0].images[0]
    np.testing.assert_array_equal(image.get_array(), viewer.reading.weights)
    assert (image.norm.vmin, image.norm.vmax) == (0, 1)


@pytest.mark.parametrize("text", [*EXAMPLES, "water", "water " * 30, ""])
def test_the_picture_keeps_its_size_and_nothing_leaves_it(viewer, text):
    viewer.set(text=text)
    fig = draw(viewer.reading)
    assert picture_size(fig) == (700, 540)
    fig.canvas.draw()
    for label in texts_of(fig):
        box = label.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= 700 and box.y1 <= 540, label.get_text()


def test_example_and_text_follow_each_other(viewer):
    viewer.controls["example"].value = EXAMPLES[2]
    assert viewer.controls["text"].value == EXAMPLES[2]
    first = viewer.still.png
    viewer.controls["text"].value = "my tea"
    assert viewer.controls["example"].value == OWN_TEXT and viewer.still.png != first
    viewer.controls["example"].value = OWN_TEXT
    assert viewer.controls["text"].value == "my tea"
    viewer.controls["text"].value = EXAMPLES[0]
    assert viewer.controls["example"].value == EXAMPLES[0]


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
