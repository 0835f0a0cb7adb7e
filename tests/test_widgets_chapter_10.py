"""The word map without a browser: what is found, what is answered to nonsense, pictures that can be read."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from widget_cases import many_words

from helpers.plotting import label_points
from helpers.widgets import WordMap, word_map
from helpers.widgets.word_map import (
    AROUND,
    VIEWS,
    WHOLE,
    around,
    draw,
    make_table,
    on_a_plane,
    search,
    target_of,
)

pytestmark = pytest.mark.chapter(10)

WORDS = ["", "the", "man", "woman", "actor", "actress", "good", "great", "won't", "low-budget", "zero"]
VECTORS = np.array(
    [
        [9, 9, 9, 9], [1, 1, 1, 1], [3, 0, 0, 0.1], [3, 3, 0, 0], [1, 0, 1, 0], [1, 1, 1, 0.1],
        [0, 0, 0, 1], [0, 0.1, 0, 2], [0.5, 0, 0, -1], [-1, 0, 0.2, 0], [0, 0, 0, 0],
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def table():
    return make_table(VECTORS, WORDS)


@pytest.fixture
def widget():
    return WordMap(VECTORS, WORDS, word="man")


# The table and the search


def test_the_table_leaves_the_empty_word_out(table):
    assert table.words == tuple(WORDS[1:])
    lengths = np.linalg.norm(table.unit, axis=1)
    np.testing.assert_allclose(lengths, [1] * 9 + [0])
    assert table.places.shape == (10, 2)


def test_the_map_shows_the_two_largest_directions():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50, 6)) @ np.diag([5, 3, 1, 1, 1, 1])
    places = on_a_plane(points)
    centred = points - points.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(places), np.abs(left[:, :2] * sizes[:2]), atol=1e-8)
    np.testing.assert_array_equal(places, on_a_plane(points))
    assert (places[np.abs(places).argmax(axis=0), [0, 1]] > 0).all()


def test_around_a_word_the_nearest_stays_nearest():
    points = np.random.default_rng(0).normal(size=(30, 8))
    places = around(points, 4)
    distances = np.linalg.norm(points - points[4], axis=1)
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), distances, atol=1e-9)
    np.testing.assert_array_equal(places, around(points, 4))


@pytest.mark.parametrize("typed", ["good", "  Good ", "GOOD!", '"good"', "+ good"])
def test_a_word_is_found(table, typed):
    found = search(table, typed, 3)
    assert found.asked == ((1, "good"),)
    assert found.near[0][0] == "great"
    assert [name for name, _ in found.near].count("good") == 0
    cosines = [cosine for _, cosine in found.near]
    assert cosines == sorted(cosines, reverse=True)
    assert found.near[0][1] == pytest.approx(2 / np.hypot(0.1, 2))
    assert found.message == ""


@pytest.mark.parametrize(
    "typed", ["actor - man + woman", "actor −man +woman", "woman + actor - man", "Actor – Man + Woman"]
)
def test_words_are_added_and_subtracted(table, typed):
    found = search(table, typed, 2)
    assert sorted(found.asked) == [(-1, "man"), (1, "actor"), (1, "woman")]
    assert found.near[0][0] == "actress"


def test_hyphens_and_apostrophes_belong_to_words(table):
    assert search(table, "low-budget", 2).asked == ((1, "low-budget"),)
    assert search(table, "won’t", 2).asked == ((1, "won't"),)
    assert search(table, "good great", 2).asked == ((1, "good"), (1, "great"))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Type a word"),
        ("   ", "Type a word"),
        ("+ - ...", "Type a word"),
        ("xyzzy", "“xyzzy” is not among the 10 words."),
        ("womann", "spelt alike: woman"),
        ("素晴らしい 😀", "is not among the 10 words"),
        ("zero", "zero has no direction"),
        ("man - man", "zero has no direction"),
        ("<script>alert(1)</script>", "is not among"),
        ("x" * 5_000, "Only the first words"),
    ],
)
def test_nonsense_is_answered(table, typed, message):
    found = search(table, typed, 5)
    assert message in found.message
    assert found.near == ()
    for view in VIEWS:
        fig = draw(table, typed, 5, view)
        assert tuple(fig.get_size_inches()) == (7, 4.7)
        assert "none of them marked" in word_map.alt(table, typed, 5, view)


def test_known_words_count_beside_unknown_ones(table):
    found = search(table, "good + xyzzy", 3)
    assert found.asked == ((1, "good"),)
    assert "xyzzy" in found.message
    assert found.near[0][0] == "great"


def test_never_more_words_than_there_are(table):
    found = search(table, "good", 15)
    assert len(found.near) == 9
    assert len({name for name, _ in found.near}) == 9


@pytest.mark.parametrize(
    ("vectors", "words", "message"),
    [
        (np.zeros((3, 4)), ["a", "b"], "row for each of 2 words"),
        (np.zeros(3), ["a", "b", "c"], "shape"),
        (np.ones((3, 4)), ["a", "", ""], "3 words"),
        (np.ones((3, 1)), ["a", "b", "c"], "2 numbers"),
        (np.full((3, 4), np.nan), ["a", "b", "c"], "not finite"),
    ],
)
def test_tables_that_cannot_be(vectors, words, message):
    with pytest.raises(ValueError, match=message):
        make_table(vectors, words)


def test_only_the_frequent_words_are_searched():
    vectors = np.random.default_rng(0).normal(size=(6_000, 4))
    table = make_table(vectors, [f"w{i}" for i in range(6_000)])
    assert len(table.words) == 5_000


# Pictures


def overlap(one, other):
    return one.x0 < other.x1 - 1 and other.x0 < one.x1 - 1 and one.y0 < other.y1 - 1 and other.y0 < one.y1 - 1


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("typed", ["word7", "word7 - word70 + word300", ""])
def test_names_stay_on_the_map_and_the_list_beside_it(typed, view):
    fig = draw(make_table(*many_words()), typed, 15, view)
    fig.draw_without_rendering()
    frame = fig.axes[0].get_window_extent()
    names = [Text.get_window_extent(text) for text in fig.axes[0].texts]
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in names), "a name leaves the map"
    labels = [label.get_window_extent() for ax in fig.axes[1:] for label in ax.get_yticklabels()]
    assert all(label.x0 > frame.x1 for label in labels), "the list runs into the map"


def test_a_sum_has_a_place_where_it_is_one():
    places = {"a": (0, 0), "b": (2, 1), "c": (5, 5)}
    np.testing.assert_allclose(target_of([(1, "c"), (-1, "a"), (1, "b")], places), (7, 6))
    np.testing.assert_allclose(target_of([(1, "b"), (1, "c")], places), (3.5, 3))
    assert target_of([(1, "b"), (-1, "a")], places) is None
    assert target_of([(-1, "b")], places) is None


@pytest.mark.parametrize("view", VIEWS)
def test_the_target_of_a_sum_is_drawn_with_two_equal_arrows(view):
    typed = "word7 - word70 + word300"
    fig = draw(make_table(*many_words()), typed, 8, view)
    texts = fig.axes[0].texts
    assert [text.get_text() for text in texts].count("the sum") == 1
    arrows = [text for text in texts if text.get_text() == ""]
    steps = [np.subtract(arrow.xy, arrow.xyann) for arrow in arrows]
    assert len(steps) == 2 and np.linalg.norm(steps[0]) > 0.1
    np.testing.assert_allclose(*steps, atol=1e-9)
    (cross,) = (line for line in fig.axes[0].lines if line.get_marker() == "X")
    np.testing.assert_allclose(cross.get_xydata()[0], arrows[1].xy)


@pytest.mark.parametrize("typed", ["word7", "word7 - word70", "- word7"])
def test_without_a_sum_no_target_is_drawn(typed):
    fig = draw(make_table(*many_words()), typed, 8, AROUND)
    assert "the sum" not in [text.get_text() for text in fig.axes[0].texts]
    assert "the sum" not in word_map.alt(make_table(*many_words()), typed, 8, AROUND)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("typed", ["word7 - word70 + word300", "word7 + word300"])
def test_the_names_beside_a_sum_cover_neither_each_other_nor_the_cross(typed, view):
    fig = draw(make_table(*many_words()), typed, 5, view)
    fig.draw_without_rendering()
    ax = fig.axes[0]
    boxes = [Text.get_window_extent(text) for text in ax.texts if text.get_text()]
    assert not [(i, j) for i in range(len(boxes)) for j in range(i) if overlap(boxes[i], boxes[j])]
    (cross,) = (line for line in ax.lines if line.get_marker() == "X")
    (x, y), reach = ax.transData.transform(cross.get_xydata()[0]), 5
    assert not [box for box in boxes if box.x0 < x + reach and x - reach < box.x1 and box.y0 < y < box.y1]


def test_long_words_are_cut():
    words = [letter * 60 for letter in "abcd"]
    table = make_table(np.random.default_rng(0).normal(size=(4, 3)), words)
    fig = draw(table, words[0], 3, WHOLE)
    assert max(len(text.get_text()) for text in fig.axes[0].texts) == 16


def test_alt_names_the_nearest(table):
    text = word_map.alt(table, "actor - man + woman", 2, AROUND)
    assert "actor − man + woman" in text
    assert "nearest by cosine: actress 0.97" in text


# Labels


def test_labels_do_not_cover_each_other():
    points = np.random.default_rng(3).normal(size=(40, 2))
    fig = Figure(figsize=(7, 5.6), layout="constrained")
    ax = fig.add_subplot()
    ax.plot(*points.T, "o")
    made = label_points(ax, points, [f"label{i}" for i in range(40)])
    fig.draw_without_rendering()
    assert all(isinstance(text, Annotation) for text in made)
    boxes = [Text.get_window_extent(text) for text in made]
    covering = [(i, j) for i in range(40) for j in range(i) if overlap(boxes[i], boxes[j])]
    assert not covering
    assert list(ax.texts) == made


# The widget


def test_typing_changes_picture_and_message(widget):
    old = widget.still.png
    assert "Nearest to man" in widget._note.value
    widget.controls["word"].value = "good"
    assert widget.still.png != old
    assert "Nearest to good: great." in widget._note.value
    widget.controls["word"].value = "<b>bold"
    assert "&lt;b&gt;bold" in widget._note.value
    assert "<b>" not in widget._note.value
    widget.set(word="actor - man + woman", count=3, view=WHOLE)
    assert "actress" in widget._note.value


def test_the_first_word_is_one_of_the_words():
    assert WordMap(VECTORS, WORDS).controls["word"].value == "the"
    assert WordMap(VECTORS[1:], ["music", *WORDS[2:]]).controls["word"].value == "music"
