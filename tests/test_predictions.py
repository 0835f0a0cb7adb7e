"""Predictions: a click or a number before the result, what is said after it, and what is kept."""

import json
import re

import pytest

from helpers.checks import exercise_table, happened, learner_file, predict, predictions


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path):
    """An empty learner's file, in a session that has seen nothing yet."""
    monkeypatch.setenv("COURSE_PROGRESS_FILE", str(tmp_path / "progress.json"))
    monkeypatch.setattr(learner_file, "_done_in_this_kernel", set())
    restart(monkeypatch)
    return tmp_path / "progress.json"


def restart(monkeypatch):
    monkeypatch.setattr(learner_file, "_predicted_in_this_kernel", {})
    monkeypatch.setattr(predictions, "_questions", {})
    monkeypatch.setattr(predictions, "_results", {})


def ask(id="2.c"):
    return predict(id, "Which batch size gets lowest?", ["10", "100", "1,000"])


@pytest.mark.parametrize(
    ("answer", "truth", "said"),
    [
        ("10", "100", 'Your prediction was "10"; the answer is "100".\nNoise.'),
        ("100", 1, 'Your prediction was right: "100".\nNoise.'),
    ],
)
def test_a_click_is_answered(capsys, answer, truth, said):
    ask().control.value = answer
    happened("2.c", truth, "Noise.")
    right = int("was right" in said)
    assert capsys.readouterr().out == f"{said}\nRight predictions in this chapter: {right} of 1\n"


def test_nothing_is_said_when_nobody_answered(capsys):
    happened("2.z", 3)  # Its question was not even run.
    ask()
    happened("2.c", "10")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("text", "right"),
    [("14", True), ("12,5", True), ("16.1", False), ("14 %", True), ("1,400", False), ("-14", False)],
)
def test_numbers_as_people_write_them(capsys, text, right):
    predict("2.d", "By which factor?", within=2).control.value = text
    happened("2.d", 14.0)
    assert ("was right" in capsys.readouterr().out) == right


@pytest.mark.parametrize("text", ["many", "", "nan", "1e999", "inf"])
def test_what_is_no_number_is_not_kept(capsys, text):
    question = predict("2.d", "By which factor?", within=2)
    question.control.value = "x"
    question.control.value = text
    happened("2.d", 14.0)
    assert not capsys.readouterr().out and not learner_file.predictions()
    assert ("Write a number" in question.note.value) == bool(text)


def test_the_last_answer_before_the_result_counts_and_none_after(monkeypatch, capsys, file):
    question = ask()
    question.control.value = "10"
    question.control.value = "1,000"
    happened("2.c", "100")
    question.control.value = "100"
    assert "&quot;100&quot;" in question.note.value and "not counted" in question.note.value
    assert json.loads(file.read_text())["predictions"] == {"2.c": {"answer": "1,000", "right": False}}
    restart(monkeypatch)
    assert ask().control.value == "1,000"  # kept over a restart
    happened("2.c", "1,000")
    assert "0 of 1" in capsys.readouterr().out.splitlines()[1] and predictions.score(2) == (1, 1)
    assert predictions.score(20) == (0, 0)


@pytest.mark.parametrize(
    "kept",
    [
        3,
        None,
        {"2.c": "10"},
        {"2.c": {"answer": 3}},
        {"2.c": {"answer": "ten", "right": "yes"}},
        {"2.c": {"answer": "10"}},
        {"2.c": {"answer": "7"}},
    ],
)
def test_damaged_answers_are_passed_over(file, kept, capsys):
    file.write_text(json.dumps({"done": ["2.1"], "predictions": kept}))
    question = ask()
    assert question.control.value is None
    happened("2.c", "10")
    assert capsys.readouterr().out == "" and learner_file.done() == ({"2.1"}, [])


def test_a_file_that_is_none_is_put_aside(file):
    file.write_text("{")
    ask().control.value = "10"
    assert json.loads(file.read_text())["predictions"] == {"2.c": {"answer": "10", "right": None}}
    assert file.with_name("progress.damaged.json").exists()


def test_stored_notebooks_show_the_question_as_text(monkeypatch):
    published = []
    monkeypatch.setattr("IPython.display.publish_display_data", lambda *args: published.append(args))
    ask().control.value = "10"
    ask()._ipython_display_()
    [(data, metadata)] = published
    text = "Your prediction (2.c): Which batch size gets lowest? [10 | 100 | 1,000]"
    assert data["text/plain"] == text and metadata == {"committed": ["text/plain"]}
    assert "a number, within 2" in repr(predict("2.d", "By which factor?", within=2))


@pytest.mark.parametrize(
    "wrong", [{}, {"options": ["1"]}, {"options": ["1", "1"]}, {"options": ["1", "2"], "within": 1}]
)
def test_a_question_needs_answers(wrong):
    with pytest.raises(ValueError, match="2.c"):
        predict("2.c", "Which?", **wrong)
    ask()
    with pytest.raises(ValueError, match="no option 'five'"):
        happened("2.c", "five")


def test_the_table_counts_right_predictions(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    ask().control.value = "10"
    exercise_table()
    happened("2.c", "10")
    exercise_table()
    before, after = (re.search(r"^Chapter 2: .*$", table["text/plain"], re.M)[0] for table in shown)
    assert after == f"{before}, 1 of 1 predictions right" and after.split(": ")[1] in shown[1]["text/html"]
