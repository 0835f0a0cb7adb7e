"""The text generator without a browser: what is written, when it stops, how many messages it takes."""

import itertools

import pytest
from matplotlib.text import Text
from widget_cases import write

from helpers.fonts import FONT_NAME, font_face
from helpers.widgets import TextGenerator, text_generator
from helpers.widgets.letters import write_text
from helpers.widgets.text_generator import MOST_LETTERS, MOST_PIECES, OWN_PROMPT, draw

pytestmark = pytest.mark.chapter(13)

EXAMPLES = ("The film was", "a b c ->")
SETTINGS = {"temperature": 0.8, "top_k": 40, "top_p": 0.95, "length": 60}


@pytest.fixture
def generator():
    return TextGenerator(write, EXAMPLES[0], EXAMPLES)


def say(generator, **message):
    """Be the browser."""
    generator._on_message(generator._screen, message, [])


def watch(generator, most=10_000):
    """Be a browser that shows every message; return how many there were."""
    for count in range(most):
        if not generator.writing:
            return count
        say(generator, shown=generator._screen.number)
    return most


def numbers(count):
    return "".join(f" {i}" for i in range(1, count + 1))


def test_it_shows_the_prompt_and_nothing_is_written_until_asked():
    asked = []
    generator = TextGenerator(lambda *arguments: asked.append(arguments), EXAMPLES[0])
    say(generator, shown=generator._screen.number)
    assert asked == [] and not generator.writing
    assert (generator._screen.given, generator.text, generator._screen.status) == (EXAMPLES[0], "", "")


def test_it_writes_up_to_the_length(generator):
    say(generator, write="Numbers:")
    assert generator.writing and generator.text == "" and generator._screen.status == "Writing …"
    watch(generator)
    assert generator.text == numbers(60)
    assert generator._screen.given == generator.prompt == "Numbers:"
    assert generator._screen.status == "Done: 60 pieces." and not generator._screen.writing


def test_the_sliders_reach_the_function():
    asked = []

    def noted(*arguments):
        asked.append(arguments)
        return iter(())

    generator = TextGenerator(noted, "x")
    generator.set(temperature=1.5, top_k=5, top_p=0.5, length=12)
    generator.start()
    generator.set(temperature=0, top_k=0, top_p=1)
    generator.start()
    assert asked == [("x", 1.5, 5, 0.5), ("x", 0, 0, 1)]
    assert "top-k off" in generator._alt(**generator.state)
    assert generator.controls["length"].value == 12


def test_stop_works_between_two_messages(generator):
    say(generator, write="x")
    watch(generator, most=3)
    say(generator, stop=True)
    shown = generator.text
    assert shown == numbers(3 * MOST_PIECES)
    assert generator._screen.status == f"Stopped after {3 * MOST_PIECES} pieces."
    for number in range(generator._screen.number + 2):
        say(generator, shown=number)
    assert generator.text == shown and not generator.writing


def test_stopping_closes_the_function():
    closed = []

    def careful(*arguments):
        try:
            yield from write(*arguments)
        finally:
            closed.append(True)

    generator = TextGenerator(careful)
    generator.start()
    watch(generator, most=2)
    generator.stop()
    assert closed == [True]
    generator.stop()
    assert "Stopped after 8" in generator._screen.status, "a second stop changes nothing"


def test_a_new_start_replaces_the_old_text(generator):
    say(generator, write="x")
    watch(generator, most=3)
    say(generator, write="y")
    assert generator.text == "" and generator.writing
    watch(generator)
    assert generator.text == numbers(60) and generator._screen.given == "y"


# Messages


def test_there_are_few_messages_and_only_after_the_browser_has_shown_the_last_one(generator):
    sent = []
    send = generator._screen.send_state
    generator._screen.send_state = lambda key=None: (sent.append(set(key)), send(key))
    say(generator, write="x")
    say(generator, write="x")
    sent.clear()
    assert watch(generator) == 60 / MOST_PIECES == len(sent), "one message each"


def test_old_and_odd_messages_are_ignored(generator):
    generator.start()
    number = generator._screen.number
    for message in ({"shown": number - 1}, {"shown": number + 1}, {"shown": None}, {}, {"other": 1}):
        say(generator, **message)
    assert generator.text == ""
    say(generator, shown=number)
    say(generator, shown=number)  # A second view of the same widget.
    assert generator.text == numbers(MOST_PIECES)


def test_the_browser_waits_a_tenth_of_a_second(generator):
    assert generator._screen.interval >= 100


def test_a_slow_function_is_shown_piece_by_piece(monkeypatch):
    clock = iter(range(1_000_000))
    monkeypatch.setattr(text_generator.time, "monotonic", lambda: next(clock))
    generator = TextGenerator(write, "x")
    generator.set(length=5)
    generator.start()
    assert watch(generator) == 5 and generator.text == numbers(5)


# What goes wrong


def fails(prompt, temperature, top_k, top_p):
    yield "one"
    raise ValueError("no such letter: <b>")


def fails_at_once(prompt, temperature, top_k, top_p):
    raise RuntimeError("not trained yet")


def interrupted(prompt, temperature, top_k, top_p):
    yield "one"
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("function", "text", "status"),
    [
        (lambda *_: iter(("one", " two")), "one two", "The text ended after 2 pieces."),
        (fails, "one", "write failed with ValueError: no such letter: <b>"),
        (fails_at_once, "", "write failed with RuntimeError: not trained yet"),
        (
            lambda *_: iter(("one", 2)),
            "one",
            "write failed with TypeError: it gave 2, but pieces of text are expected",
        ),
        (interrupted, "one", "Stopped after 1 piece."),
        (lambda *_: None, "", "write failed with TypeError: 'NoneType' object is not iterable"),
        (lambda *_: ["one"], "one", "The text ended after 1 piece."),
        (lambda *_: itertools.repeat(""), "", "Done: 60 pieces."),
        # Half of a letter can be sent, too.
        (lambda *_: iter(["\ud83d", "水"]), "?水", "The text ended after 2 pieces."),
    ],
)
def test_every_end_is_said_in_a_sentence(function, text, status):
    generator = TextGenerator(function, "x")
    generator.start()
    watch(generator)
    assert (generator.text, generator._screen.status, generator.writing) == (text, status, False)
    generator.start()
    watch(generator)
    assert generator.text == text, "it can be tried again"


# Prompts


def test_example_and_prompt_follow_each_other(generator):
    assert generator.controls["example"].value == EXAMPLES[0]
    generator.controls["example"].value = EXAMPLES[1]
    assert generator.prompt == generator._screen.given == EXAMPLES[1] and generator._screen.replaced == 1
    say(generator, typed="my own")
    assert generator.controls["example"].value == OWN_PROMPT and generator.prompt == "my own"
    assert generator._screen.replaced == 1, "the field holds it already"
    generator.controls["example"].value = OWN_PROMPT
    assert generator.prompt == "my own"
    say(generator, write=EXAMPLES[0])
    assert generator.controls["example"].value == EXAMPLES[0] and generator._screen.replaced == 1
    generator.prompt = "set by Python"
    assert generator._screen.value == "set by Python" and generator._screen.replaced == 2


def test_a_new_example_does_not_disturb_what_is_being_written(generator):
    say(generator, write="x")
    watch(generator, most=2)
    generator.controls["example"].value = EXAMPLES[1]
    assert generator._screen.given == "x" and generator.text == numbers(8)
    watch(generator)
    assert generator.text == numbers(60)


def test_notes():
    def note(prompt):
        odd = [letter for letter in prompt if not letter.isascii()]
        return f"Unknown letters: {', '.join(odd)}." if odd else ""

    generator = TextGenerator(write, "x", note=note)
    assert generator._screen.note == ""
    say(generator, typed="水")
    assert generator._screen.note == "Unknown letters: 水." and generator.text == ""
    say(generator, write="")
    assert generator._screen.note.startswith("No prompt") and generator.writing
    say(generator, typed="ß")
    assert generator._screen.note == "Unknown letters: ß." and generator.writing


def test_a_note_of_its_own_on_an_empty_prompt():
    generator = TextGenerator(write, note=lambda prompt: None if prompt else "Empty.")
    assert generator._screen.note == "Empty."
    generator.prompt = "x"
    assert generator._screen.note == ""


def test_a_note_that_fails_is_said():
    generator = TextGenerator(write, "x", note=lambda prompt: 1 / 0)
    assert generator._screen.note == "note failed with ZeroDivisionError: division by zero"


def test_a_long_prompt_keeps_its_end():
    asked = []
    generator = TextGenerator(lambda prompt, *settings: asked.append(prompt) or iter(()), "x")
    say(generator, write="a" * MOST_LETTERS + "end")
    assert len(asked[0]) == MOST_LETTERS and asked[0].endswith("aend")
    assert f"last {MOST_LETTERS:,} letters" in generator._screen.note


# The still picture


def test_words_are_written_with_the_font_that_has_them():
    fig = draw("これは水です。", **SETTINGS)
    found = {text.get_text(): text for text in fig.findobj(Text)}
    assert found["これは水です。"].get_fontproperties().get_file().endswith("mplus1_subset.otf")
    text = write_text(fig.text, 0, 0, "W" * 50, 12, room=100)
    assert text.get_text().endswith("W…") and text.get_window_extent().width <= 101


def test_the_page_names_the_font_that_comes_with_it(generator):
    assert f"font-family: {FONT_NAME};" in font_face()
    assert generator._screen._css.count(FONT_NAME) == 3
