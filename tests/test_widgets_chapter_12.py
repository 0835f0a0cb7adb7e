"""The attention viewer without a browser: a text in, maps, shaded text and notes out."""

from dataclasses import replace

import numpy as np
import pytest
from figures import drawn_texts
from widget_cases import SENTENCES, attend, odd_attend, weights_of

from helpers.fonts import FONT_NAME, font_face
from helpers.widgets import Attention, AttentionViewer
from helpers.widgets.attention_viewer import (
    ALL_HEADS,
    MOST_HEADS,
    MOST_WORDS,
    NOTHING,
    alt,
    draw,
    read,
    shaded,
)

pytestmark = pytest.mark.chapter(12)


@pytest.fixture
def viewer():
    return AttentionViewer(attend, SENTENCES[0], SENTENCES)


def hidden(viewer):
    return {name for name, control in viewer.controls.items() if control.layout.display == "none"}


def test_it_begins_with_all_heads_of_the_first_layer(viewer):
    state = viewer.state
    assert (state["where"], state["layer"], state["head"], state["word"]) == ("encoder", 1, ALL_HEADS, 2)
    assert hidden(viewer) == set()
    assert viewer.controls["example"].value == SENTENCES[0]
    assert "Attention maps of 4 heads, encoder, layer 1. “is” looks most at: head 1: is; head 2: water" in (
        viewer.still.alt
    )


def test_one_map_one_layer_one_head_need_no_controls():
    words = ("a", "b")
    viewer = AttentionViewer(lambda text: Attention(words, words, np.full((1, 1, 2, 2), 0.5)), "a b")
    assert hidden(viewer) == {"example", "where", "layer", "head"}
    assert viewer.state["head"] == 1 and viewer.state["where"] == "attention"
    assert "head 1. “a” looks most at: a 50%, b 50%." in viewer.still.alt


def test_controls_follow_the_map(viewer):
    viewer.set(layer=3, head=4, word=4)
    viewer.controls["where"].value = "decoder reads encoder"
    state = viewer.state
    assert (state["layer"], state["head"], state["word"]) == (2, ALL_HEADS, 4), "it has no head 4"
    assert [value for _, value in viewer.controls["head"].options] == [ALL_HEADS, 1, 2]
    assert viewer.controls["word"].max == 5


def test_set_moves_one_after_the_other(viewer):
    viewer.set(text=SENTENCES[1], where="decoder reads encoder", layer=2, head=2, word=5)
    assert viewer.controls["example"].value == SENTENCES[1]
    assert "“。” looks most" in viewer.still.alt
    with pytest.raises(ValueError, match="layer=3"):
        viewer.set(layer=3)


def test_each_change_is_drawn_and_asked_once():
    asked, drawn = [], []

    class Counted(AttentionViewer):
        def _redraw(self):
            drawn.append(1)
            super()._redraw()

    viewer = Counted(lambda text: asked.append(text) or attend(text), SENTENCES[0], SENTENCES)
    assert (len(asked), len(drawn)) == (1, 1)
    viewer.controls["example"].value = SENTENCES[1]
    assert (len(asked), len(drawn)) == (2, 2)
    viewer.controls["where"].value = "decoder reads encoder"
    viewer.controls["word"].value = 5
    assert (len(asked), len(drawn)) == (2, 4)
    viewer.set(text="This is tea .", head=1, word=1)
    assert (len(asked), len(drawn)) == (3, 5)


@pytest.mark.parametrize("text", ["", "   ", "?!.", "…"])
def test_an_empty_text_is_answered_and_the_network_is_not_asked(viewer, text):
    viewer.set(where="decoder reads encoder", head=2)
    viewer._attend = None
    viewer.controls["text"].value = text
    assert "Type a sentence" in viewer._note.value
    assert viewer._shaded.value == "" and "empty picture" in viewer.still.alt
    assert hidden(viewer) == {"where", "layer", "head", "word"}
    viewer._attend = attend
    viewer.controls["text"].value = "my tea"
    assert "></span>" in viewer._note.value and hidden(viewer) == set()
    assert viewer.state["where"] == "decoder reads encoder"


def test_the_first_text_may_be_empty():
    viewer = AttentionViewer(attend, "", SENTENCES)
    assert "Type a sentence" in viewer._note.value
    viewer.controls["example"].value = SENTENCES[0]
    assert (viewer.state["where"], viewer.state["head"], viewer.state["word"]) == ("encoder", ALL_HEADS, 2)
    assert viewer.controls["word"].max == 4


def test_notes_are_shown_once_and_as_text(viewer):
    viewer.controls["text"].value = "my submarine"
    assert viewer._note.value.count("Unknown: submarine &lt;b&gt;.") == 1


def test_markup_is_text(viewer):
    viewer.controls["text"].value = "<script>alert(1)</script> water"
    page = viewer._note.value + viewer._shaded.value + viewer._picture.value
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_long_text_is_cut():
    maps, note = read("water " * 200, attend)
    attention = maps["encoder"]
    assert len(attention.queries) == len(attention.keys) == MOST_WORDS
    assert attention.weights.shape == (3, 4, MOST_WORDS, MOST_WORDS)
    assert f"first {MOST_WORDS} of 200 words" in note
    _, note = read("water " * 20_000, lambda text: attend(text) if len(text) == 2_000 else None)
    assert "Only the first 2,000 letters are read." in note


def test_many_heads_are_cut_in_the_picture_of_all_of_them():
    words = ("a", "b", "c")
    viewer = AttentionViewer(lambda text: Attention(words, words, weights_of(words, words, 1, 20)), "a b c")
    assert "“all heads” shows the first 16" in viewer._note.value
    assert len(draw(**viewer.state).axes) == MOST_HEADS + 1
    viewer.set(head=20)
    assert "head 20" in viewer.still.alt


@pytest.mark.parametrize("shape", [(4, 4), (2, 4, 4), (1, 2, 3, 4), (0, 2, 4, 4)])
def test_other_shapes_are_refused(shape):
    words = SENTENCES[0].split()
    with pytest.raises(ValueError, match=r"expected \(layers, heads, 4 queries, 4 keys\)"):
        AttentionViewer(lambda text: Attention(words, words, np.ones(shape)), SENTENCES[0])


def test_a_function_that_fails_is_answered_by_a_sentence():
    def sometimes(text):
        if "bad" in text:
            raise KeyError("bad <word>")
        return attend(text)

    viewer = AttentionViewer(sometimes, SENTENCES[0])
    viewer.controls["text"].value = "a bad word"
    assert "attend failed with KeyError: &#x27;bad &lt;word&gt;&#x27;" in viewer._note.value
    assert "empty picture" in viewer.still.alt
    viewer.controls["text"].value = "a good word"
    assert "failed" not in viewer._note.value and "good" in viewer._shaded.value


@pytest.mark.parametrize("answer", [{}, NOTHING, {"encoder": NOTHING, "decoder": NOTHING}])
def test_a_network_that_finds_no_words(answer):
    viewer = AttentionViewer(lambda text: answer, "water")
    assert "empty picture" in viewer.still.alt and "word" in hidden(viewer)
    assert "No words were found in this text." in viewer._note.value


def test_a_text_without_words_keeps_the_chosen_map():
    def english(text):
        return attend(text) if text.isascii() else Attention((), (), (), "English only.")

    viewer = AttentionViewer(english, SENTENCES[0])
    viewer.set(where="decoder reads encoder", layer=2)
    viewer.controls["text"].value = "水"
    assert "English only." in viewer._note.value and "empty picture" in viewer.still.alt
    viewer.controls["text"].value = "my tea"
    assert viewer.state["where"] == "decoder reads encoder" and viewer.state["layer"] == 2


def test_it_says_that_it_is_reading():
    said = []
    viewer = AttentionViewer(lambda text: said.append(viewer._note.value) or attend(text), "")
    viewer.controls["text"].value = "my tea"
    assert "Reading …" in said[0] and "Reading" not in viewer._note.value


def test_a_network_that_writes_nothing():
    viewer = AttentionViewer(lambda text: Attention((), ("water",), np.zeros((1, 1, 0, 1))), "water")
    assert "wrote nothing" in viewer.still.alt
    assert any("wrote nothing" in text.get_text() for text, _ in drawn_texts(draw(**viewer.state)))


def test_the_shaded_text_says_the_weights(viewer):
    viewer.set(head=2, word=1)
    assert viewer._shaded.value.count("inline-block") == 4
    assert "Where <b>This</b> looks (encoder, layer 1, head 2)" in viewer._shaded.value
    row = viewer.maps["encoder"].weights[0, 1, 0]
    assert f'is<br><span style="font-size: 12px">{row[1]:.0%}' in viewer._shaded.value
    viewer.set(head=ALL_HEADS)
    assert "mean of 4 heads" in viewer._shaded.value and viewer._shaded.value.count(">25%<") == 4


def test_weights_are_shown_as_they_are_on_one_scale_for_the_layer(viewer):
    state = viewer.state
    pictures = [ax.images[0] for ax in draw(**state).axes]
    weights = state["attention"].weights[0]
    for picture, expected in zip(pictures, [*weights, weights[:, state["word"] - 1]], strict=True):
        np.testing.assert_array_equal(picture.get_array(), expected)
        assert (picture.norm.vmin, picture.norm.vmax) == (0, weights.max())
    one = draw(**(state | {"head": 3})).axes[0].images[0]
    np.testing.assert_array_equal(one.get_array(), weights[2])


def test_weights_that_are_no_numbers_do_no_harm():
    words = ("a", "b")
    viewer = AttentionViewer(lambda text: Attention(words, words, np.full((1, 2, 2, 2), np.nan)), "a b")
    assert ">0%<" in viewer._shaded.value


def test_japanese_has_the_course_font_and_its_meaning(viewer):
    viewer.set(text="This is .", where="decoder reads encoder", head=1)
    found = {text.get_text(): text for text, _ in drawn_texts(draw(**viewer.state))}
    assert found["水"].get_fontproperties().get_file().endswith("mplus1_subset.otf")
    assert found["water"].get_color() == "0.35", "the meaning beside it"
    assert "This" in found and found["This"].get_fontproperties().get_file() is None
    assert FONT_NAME in viewer._note.value and FONT_NAME in viewer._shaded.value
    assert any(font_face() in child.value for child in viewer.widget.children if hasattr(child, "value"))


def test_odd_words_are_shaded_as_text():
    for attention in odd_attend("26").values():
        assert "&lt;b&gt;" in shaded(attention, "decoder", 1, 1, 1)
        assert alt(attention, "decoder", 1, ALL_HEADS, 1)


def test_a_head_is_switched_off_and_the_answer_before_stays_in_sight():
    def ablated(text, off):
        return {name: replace(a, note=f"Translation without {len(off)}.") for name, a in attend(text).items()}

    viewer = AttentionViewer(ablated, SENTENCES[0], SENTENCES, ablation=True)
    assert viewer._note.value.count("Translation") == 1
    options = dict(viewer.controls["off"].options)
    assert options["encoder, layer 3, head 4"] == (("encoder", 3, 4),)
    assert options["decoder reads encoder, layer 2, all heads"] == tuple(
        ("decoder reads encoder", 2, head) for head in (1, 2)
    )
    viewer.controls["off"].value = options["decoder reads encoder, layer 2, all heads"]
    assert "Translation without 2. — before, with all heads: Translation without 0." in viewer._note.value
    viewer.controls["text"].value = "my tea"
    assert "without 2" in viewer._note.value, "it stays off"
    viewer.set(off=())
    assert "without 2" not in viewer._note.value


def test_small_maps_say_where_the_word_looks_most(viewer):
    words = [text.get_text() for text, _ in drawn_texts(draw(**viewer.state))]
    assert [word for word in words if word[:2] in ("1:", "2:")] == ["1: is 92%", "2: water 92%"]


@pytest.mark.parametrize("head", [ALL_HEADS, 1])
def test_the_names_of_the_columns_stand_on_top(viewer, head):
    fig = draw(**(viewer.state | {"head": head}))
    boxes = {text.get_text(): box for text, box in drawn_texts(fig) if text.get_rotation() == 90}
    assert set(boxes) == set(SENTENCES[0].split())
    assert min(box.y0 for box in boxes.values()) > fig.axes[-1].get_window_extent().y1
