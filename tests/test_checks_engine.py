"""The machine behind check, hint, solution, exercise_table and assert_between."""

import itertools
import json
import multiprocessing
import subprocess
import sys
import types
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from helpers import checks, safe_files
from helpers.checks import (
    assert_between,
    check,
    engine,
    exercise_table,
    hint,
    learner,
    learner_file,
    solution,
    twins,
)
from helpers.checks.engine import Shared, call, close, exercise, mistaken, verdict
from helpers.checks.messages import NotStarted, Wrong
from helpers.checks.reading import as_array, by_name, choices, numbers, row, shares

ROOT = Path(__file__).resolve().parent.parent


TWIN = """# ---
# jupyter: {}
# ---

# %% [markdown]
# ## Exercise 98.1 – Double <it>

# %% [markdown] tags=["hints"] exercise="98.1"
# **Hints**
#
# 1. Think
#    of two.
# 2. Multiply.
# 3. return 2 * x
#
# **Right:** Double
# it.


# %% tags=["solution"] exercise="98.1"
def double(x):
    # %d twice
    return 2 * x


# %% tags=["exercise"] exercise="98.1"
check("98.1", double)

# %% tags=["solution"] exercise="98.1"
double(3)

# %% tags=["solution"] exercise="98.11"
other = 1

# %% [markdown]
# Something else.
#
# ## Exercise 98.2 – Sum to one

# %% [markdown] tags=["hints"] exercise="98.2"
# **Hints**
#
# 1. Divide.
#
# **Right:** your shares are shares.

# %% tags=["solution"] exercise="98.2"
shares = [1, 0, 0]
"""


@pytest.fixture(autouse=True)
def course(monkeypatch, tmp_path):
    """Two exercises of a chapter 98 with their twin, and an empty progress file of their own."""
    monkeypatch.setattr(engine, "_checks", {})
    monkeypatch.setattr(learner, "_hints_given", {})
    monkeypatch.setattr(learner_file, "_done_in_this_kernel", set())
    monkeypatch.setattr(checks, "__path__", [])
    monkeypatch.setattr(twins, "SOLUTIONS", tmp_path / "solutions")
    monkeypatch.setenv("COURSE_PROGRESS_FILE", str(tmp_path / "progress.json"))
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "98_doubling.py").write_text(TWIN, encoding="utf-8")

    @exercise("98.1")
    def double(answer):
        close(call(answer, np.array([1.0, 2.0])), [2.0, 4.0], name="double of (1, 2)")

    @exercise("98.2")
    def shares(answer):
        total = as_array(answer, (3,), "shares").sum()
        if not abs(total - 1) < 1e-6:  # nan too
            raise Wrong("shares sum to {total:.1f}, they should sum to 1", total=total)

    return tmp_path


# ----------------------------------------------------------------------------- check


def test_check_says_right_or_what_is_wrong(capsys):
    check("98.1", lambda x: 2 * x)
    check("98.2", (0.5, 0.25, 0.25))
    check("98.2", [1, 1, 1.2])
    assert capsys.readouterr().out == (
        "98.1 right: Double it.\n"
        "98.2 right: your shares are shares.\n"
        "98.2 not yet: shares sum to 3.2, they should sum to 1\n"
    )


def test_output_does_not_depend_on_earlier_answers(capsys):
    check("98.2", [1, 1, 1])
    first = capsys.readouterr().out
    check("98.2", [0, 0, 1])
    capsys.readouterr()
    check("98.2", [1, 1, 1])
    assert capsys.readouterr().out == first


def _returns_nothing(x):
    pass


def _returns_dots(x):
    return ...


def _not_implemented(x):
    raise NotImplementedError("your code here")


def _dots_in_the_middle(x):
    factor = ...
    return factor * x


def _dots_in_numpy(x):
    return np.exp(...)


STUBS = [_returns_nothing, _returns_dots, _not_implemented, _dots_in_the_middle, _dots_in_numpy]


@pytest.mark.parametrize("stub", [*STUBS, ..., None, [..., 1], (1, ...), {"a": ...}])
def test_stub_is_not_yet_started(stub, capsys):
    check("98.1", stub)
    assert "98.1 not yet: " in (out := capsys.readouterr().out)
    assert "replace the ... with your code" in out


def test_exception_of_the_learners_code_is_the_message():
    def double(x):
        return x / undefined_name  # noqa: F821

    right, message = verdict("98.1", double)
    assert not right
    assert message.startswith("double stopped with NameError: name 'undefined_name' is not defined")
    assert "in the line: return x / undefined_name" in message


def test_message_holds_no_memory_address():
    def double(x):
        raise ValueError(f"bad {object()!r}")

    assert "0x" not in verdict("98.1", double).message
    assert "bad <object object>" in verdict("98.1", double).message


class _RaisesOnEverything:
    def _no(self, *args, **kwargs):
        raise RuntimeError("no")

    __eq__ = __ne__ = __array__ = __repr__ = __str__ = __len__ = __iter__ = __float__ = __bool__ = _no
    __hash__ = __getattr__ = __call__ = __getitem__ = __deepcopy__ = __format__ = _no


class _UnprintableError(Exception):
    def __str__(self):
        raise ValueError("not even a message")


def _unprintable(x):
    raise _UnprintableError


def _exits(x):
    sys.exit(3)


def _recurses(x):
    return _recurses(x)


def _skips(x):
    pytest.skip("an exception that is no Exception")


HOSTILE = [
    _RaisesOnEverything,
    _unprintable,
    _exits,
    _recurses,
    _skips,
    lambda: 1,
    lambda x: _RaisesOnEverything(),
    lambda x: iter(()),
    "text",
    b"bytes",
    {1, 2},
    {"a": 1},
    object(),
    type,
    1j,
    float("nan"),
    10**400,
    [[1], [2, 3]],
    [None, 1, 2],
    np.array(["a"]),
    np.array([object()]),
    np.empty((0, 3)),
    np.zeros(3, dtype="datetime64[s]"),
    np.zeros(2, dtype=[("a", int)]),
    np.broadcast_to(1.0, (10**6, 10**6)),
    np,
]


def test_symbolic_tensors_are_no_stubs():
    keras = pytest.importorskip("keras")
    for answer in (keras.Input((3,)), [keras.Input((3,)), 1.0]):
        with pytest.raises(Wrong, match="expected numbers"):
            as_array(answer)
    with pytest.raises(Wrong, match="'a' is a KerasTensor, expected numbers"):
        numbers({"a": keras.Input((3,))}, ["a"])


@pytest.mark.parametrize("place", ["site-packages", "dist-packages"])
def test_an_error_of_a_package_is_no_stub(place):
    names = {}
    exec(
        compile("def inside(x):\n    raise NotImplementedError('no loop')", f"/usr/{place}/k.py", "exec"),
        names,
    )
    with pytest.raises(Wrong, match="stopped with NotImplementedError: no loop"):
        call(lambda x: names["inside"](x), 1)
    with pytest.raises(NotStarted):
        call(lambda x: np.apply_along_axis(_not_written, 0, x), np.ones(3))


def test_numpy_in_a_tensorflow_function_is_no_stub():
    tf = pytest.importorskip("tensorflow")
    with pytest.raises(Wrong, match="stopped with NotImplementedError"):
        call(tf.function(lambda x: tf.constant(np.log(x))), np.ones(3))


def _not_written(x):
    raise NotImplementedError


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("id", ["98.1", "98.2"])
def test_check_never_raises(id, answer, capsys):
    check(id, answer)
    out = capsys.readouterr().out
    assert out.startswith(f"{id} not yet: ")
    assert out.count("\n") == 1 and len(out) < 500


def test_check_never_raises_for_objects_that_raise_at_everything(capsys):
    # Not among the parameters above: pytest itself compares and prints those.
    thing = _RaisesOnEverything()
    for answer in [thing, [thing], (thing, 1), {"a": thing}]:
        check("98.1", answer)
        check("98.2", answer)
    assert capsys.readouterr().out.count(" not yet: ") == 8


def test_interrupt_passes():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("98.1", interrupted)


def test_warnings_and_numpy_errors_are_left_out(capsys, recwarn):
    with np.errstate(all="raise"):
        check("98.1", lambda x: np.exp(x * 1000))
    assert "is inf, expected" in capsys.readouterr().out
    assert len(recwarn) == 0


def test_mistake_in_a_check_does_not_stop_the_notebook(capsys):
    @exercise("98.3")
    def broken(answer):
        return answer.no_such_attribute

    check("98.3", 1)
    assert "98.3 not yet: your answer led to AttributeError" in capsys.readouterr().out


# ----------------------------------------------------------------------------- unknown ids


@pytest.mark.parametrize("function", [lambda id: check(id, 1), hint, solution])
def test_unknown_id_names_the_nearest(function, capsys):
    function("98.7")
    assert capsys.readouterr().out == "There is no exercise '98.7'; did you mean 98.2, 98.1?\n"
    function("softmax")
    assert "did you mean 98.1, 98.2?" in capsys.readouterr().out


def test_id_that_is_no_text(capsys):
    for id in [98.1, None, ["98.1"], _RaisesOnEverything()]:
        check(id, 1)
        assert 'named by text in quotes, such as "2.1"' in capsys.readouterr().out


def test_chapters_are_loaded_when_asked_for(monkeypatch, tmp_path, capsys):
    (tmp_path / "chapter_97.py").write_text(
        "from helpers.checks.engine import exercise\n"
        "from helpers.checks.messages import Wrong\n"
        "@exercise('97.1')\n"
        "def one(answer):\n    raise Wrong('{answer} is not 1', answer=answer)\n"
    )
    (tmp_path / "chapter_96.py").write_text("import no_such_package\n")
    monkeypatch.setattr(checks, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "helpers.checks.chapter_97", raising=False)
    check("97.1", 2)
    check("96.1", 2)
    exercise_table()
    out = capsys.readouterr().out
    assert "97.1 not yet: 2 is not 1" in out
    assert "The checks of chapter 96 need no_such_package: install it." in out
    assert "Chapter 97: 0 of 1 done" in out


def test_malformed_registration_is_refused():
    with pytest.raises(ValueError, match="expected chapter and number"):
        exercise("two")
    with pytest.raises(ValueError, match="exists twice"):
        exercise("98.1")(_exits)


def test_import_is_light():
    code = "import sys, helpers.checks; print(sys.modules.keys() & {'tensorflow', 'keras', 'IPython'})"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


# ----------------------------------------------------------------------------- for authors of checks


def test_as_array_takes_everything_numeric():
    for answer in [
        [1, 2, 3],
        (1.0, 2, 3),
        np.array([1, 2, 3], np.uint8),
        np.array([1, 2, 3], object),
        range(1, 4),
    ]:
        array = as_array(answer, (3,))
        assert array.dtype == np.float64 and array.tolist() == [1, 2, 3]
    assert as_array(True, ()) == 1
    assert as_array([[5]], ()) == 5
    assert as_array(np.ones((4, 2)), (None, 2)).shape == (4, 2)


@pytest.mark.parametrize(
    ("answer", "shape", "message"),
    [
        (np.ones(3), (2, 3), r"W has shape \(3,\), expected \(2, 3\)"),
        (np.ones((2, 2)), (None, 3), r"W has shape \(2, 2\), expected \(any, 3\)"),
        (np.ones((2, 2)), (2,), r"W has shape \(2, 2\), expected \(2,\)"),
        ([1, 2], (), r"W has shape \(2,\), expected one number"),
        ("12", (2,), "W is a str, expected numbers"),
        (object(), (), "W is an object, expected numbers"),
        ([[1], [2, 3]], None, "rows of different lengths"),
        (np.broadcast_to(0, (10**5, 10**5)), None, "far more than expected"),
    ],
)
def test_as_array_says_what_is_wrong(answer, shape, message):
    with pytest.raises(Wrong, match=message):
        as_array(answer, shape, "W")


def test_close_names_the_worst_place():
    close([1.00001, np.inf], (1, np.inf))
    close(np.float32(0.1), 0.1)
    with pytest.raises(Wrong, match=r"^p\[1, 0\] is 0.9, expected 0.3$"):
        close([[0.1, 0.21], [0.9, 0.4]], [[0.1, 0.2], [0.3, 0.4]], "p")
    with pytest.raises(Wrong, match=r"^loss is nan, expected 1$"):
        close(float("nan"), 1, "loss")
    with pytest.raises(Wrong, match=r"^loss is 1.0003, expected 1$"):
        close(1.0003, 1, "loss")
    with pytest.raises(Wrong, match="is inf, expected -inf"):
        close(np.inf, -np.inf)


def test_known_mistakes_are_told():
    mistakes = {"twice {what}": 2.0, "a row": lambda: [1.0, 2.0]}
    with pytest.raises(Wrong, match=r"^the sum is 2, expected 1: twice too much$"):
        close(2, 1, "the sum", mistakes, what="too much")
    with pytest.raises(Wrong, match=r"^the sum: a row$"):
        close([1, 2], [5.0, 6.0, 7.0], "the sum", {"a row": lambda: [1.0, 2.0]})
    with pytest.raises(Wrong, match=r"^the sum is 3: add again$"):
        close(3, 1, "the sum", {"twice": 2}, otherwise="add again")
    with pytest.raises(Wrong, match=r"^these are halves$"):
        mistaken({"a": 1, "b": 2}, {"these are halves": {"a": 1, "b": 2}})
    mistaken([1, 2], {"other": [1, 3], "longer": [1, 2, 3]})
    assert close([1.0], 1, "the sum", {"right is no mistake": 1}) == 1


PARTS = {"W": 1.5, "mean of b": 2.0}
FORMS = {
    "dict": PARTS,
    "other case, words around": {"my w": 1.5, "Mean_of_B (new)": 2},
    "list": [1.5, 2],
    "tuple": (Fraction(3, 2), Decimal(2)),
    "array": np.array([[1.5, 2.0]], np.float32),
    "column": np.array([[1.5], [2.0]]),
    "0-d arrays": [np.array(1.5), np.array([[2.0]])],
    "generator": (value for value in [1.5, 2.0]),
    "dict.values()": PARTS.values(),
    "dict.items()": PARTS.items(),
    "map": map(float, [1.5, 2]),
    "Series": pd.Series([1.5, 2.0]),
    "Series with names": pd.Series(PARTS),
    "Index": pd.Index([1.5, 2.0]),
}


@pytest.mark.parametrize("answer", FORMS.values(), ids=FORMS)
def test_numbers_are_read_by_name_or_in_order(answer):
    assert numbers(answer, PARTS) == PARTS


@pytest.mark.parametrize(
    "answer",
    [
        {2.6: 1, 1000: 2},
        {"2.6 pixels": 1, "1_000": 2},
        {np.float32(2.6): 1, "n = 1000 (2 times)": 2},
        {"1e3": 2, "pen 2.6": 1},
        pd.Series([1, 2], index=[2.6, 1000]),
    ],
)
def test_numbers_as_names(answer):
    assert numbers(answer, [2.6, 1000], "the ink for {key}") == {2.6: 1.0, 1000: 2.0}


def test_an_exact_name_is_not_taken_for_a_longer_one():
    assert numbers({"RNN, long": 2, "RNN": 1}, ["RNN", "RNN, long"]) == {"RNN": 1, "RNN, long": 2}
    assert numbers({"window 10": 2, "window 1": 1}, ["window 1", "window 10"]) == {
        "window 1": 1,
        "window 10": 2,
    }
    assert numbers({(0.01, 200): 1, "(0.1, 200)": 2}, [(0.01, 200), (0.1, 200)]) == {
        (0.01, 200): 1,
        (0.1, 200): 2,
    }
    with pytest.raises(Wrong, match="'RNN' is missing"):
        numbers({"LSTM": 1, "GRU": 2}, ["RNN", "GRU"])


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"W": 1}, "'mean of b' is missing"),
        (
            [1, 2, 3],
            r"expected a dict with the keys 'W', 'mean of b', or 2 entries in this order, got a list",
        ),
        ("12", "expected a dict"),
        ({1, 2}, "expected a dict.*got a set"),
        (itertools.count(), "expected a dict"),
        (3, "expected a dict.*got an int"),
        ({"W": "1", "mean of b": 2}, "'W' is a str, expected numbers"),
        (["1", "2"], "'W' is a str, expected numbers"),
        (pd.Series(["1", "2"]), "expected numbers"),
        (np.array(["1", "2"], object), "expected numbers"),
        ({"W": [1, 2], "mean of b": 2}, r"'W' has shape \(2,\), expected one number"),
    ],
)
def test_numbers_says_what_is_wrong(answer, message):
    with pytest.raises(Wrong, match=message):
        numbers(answer, PARTS)


def test_numbers_of_a_stub_are_not_started():
    for answer in [{"W": None, "mean of b": 1}, [..., 1], {"W": 1, "mean of b": ...}]:
        with pytest.raises(NotStarted):
            by_name(answer, PARTS)


def test_pairs_and_rows_are_read():
    pairs = numbers({1: (1, 2), 2: iter([3, 4])}, [1, 2], shape=(2,))
    assert {key: pair.tolist() for key, pair in pairs.items()} == {1: [1, 2], 2: [3, 4]}
    assert numbers(zip([1, 2], [3, 4], strict=True), ["a", "b"], shape=(2,))["b"].tolist() == [2, 4]
    with pytest.raises(Wrong, match="'a' is 2 numbers, take the last"):
        numbers({"a": [1, 2]}, ["a"], several="{name} is {count} numbers, take the last")
    for answer in [[1, 2], [[1, 2]], [[1], [2]], iter([1, 2])]:
        assert row(answer, 2).tolist() == [1, 2]
    for answer in [[1, 2, 3], np.ones((2, 2)), 1]:
        with pytest.raises(Wrong, match=r"b has shape .*, expected \(2,\)"):
            row(answer, 2, "b")


def test_shares_may_be_per_cent():
    assert shares([0.5, 1], "ab") == shares([50, 100], "ab") == {"a": 0.5, "b": 1}
    assert shares([0.5, 99.5], "ab") == {"a": 0.005, "b": 0.995}
    for answer in [[0.5, 101], [-0.1, 0.5], [np.nan, 0.5]]:
        with pytest.raises(Wrong, match="expected a number between 0 and 1"):
            shares(answer, "ab")


def test_words_and_truth_are_read():
    truth = {True: ("true", "yes", "1", "1.0"), False: ("false", "no", "0", "0.0")}
    for answer in [["Yes.", 0], (np.bool_(True), " no"), [1.0, np.array(False)]]:
        assert choices(answer, "ab", truth) == {"a": True, "b": False}
    with pytest.raises(Wrong, match="'b' is 'maybe', expected True or False"):
        choices([True, "maybe"], "ab", truth)
    words = {"up": ("up", "rises"), "down": ("down", "falls")}
    assert choices({"a": "RISES!", "b": "down"}, "ab", words) == {"a": "up", "b": "down"}
    with pytest.raises(Wrong, match="'b' is 'flatter', expected one of same, sharper, wide"):
        choices(["same", "flatter"], "ab", {word: [word] for word in ("same", "sharper", "wide")})


def test_a_message_is_a_template_with_values():
    wrong = Wrong("{name} is {found:.2f}", name="{w}", found=1 / 3)
    assert str(wrong) == "{w} is 0.33" and wrong.template == "{name} is {found:.2f}"


def test_call_protects_the_arguments():
    given = np.zeros(3)
    rows = [[0]]

    def spoils(x, nested, more):
        x += 1
        nested[0][0] = 1
        more.append(1)
        return x

    kept = []
    assert call(spoils, given, rows, kept).tolist() == [1, 1, 1]
    assert given.tolist() == [0, 0, 0] and rows == [[0]] and kept == []
    assert call(spoils, Shared(given), rows, kept) is given and given.tolist() == [1, 1, 1]


def test_call_wants_a_function_and_a_result():
    with pytest.raises(Wrong, match="expected a function, got an ndarray: leave out the brackets"):
        call(np.ones(3), 1)
    with pytest.raises(NotStarted, match="and end with return"):
        call(_returns_nothing, 1)


# ----------------------------------------------------------------------------- hint, solution


def test_each_hint_says_one_more(capsys):
    for _ in range(4):
        hint("98.1")
    hint("98.2")
    assert capsys.readouterr().out.splitlines() == [
        "98.1 hint 1 of 3: Think of two.",
        "98.1 hint 2 of 3: Multiply.",
        "98.1 hint 3 of 3: return 2 * x",
        "98.1 hint 3 of 3: return 2 * x",
        'That was the last hint; solution("98.1") shows the worked code.',
        "98.2 hint 1 of 1: Divide.",
    ]


def test_solution_shows_the_cells_of_that_exercise(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    solution("98.1")
    code = "def double(x):\n    # %d twice\n    return 2 * x\n\ndouble(3)"
    assert shown == [{"text/plain": code, "text/markdown": f"```python\n{code}\n```"}]


BROKEN = [
    ("# ## Exercise 98.2 – Sum to one", "# ## Exercise 98.2", "the heading of exercise 98.2 is missing"),
    ("# 1. Divide.", "# Divide.", "the cell with hints and praise of exercise 98.2 is missing or malformed"),
    ("# **Right:** your", "# Right: your", "the cell with hints and praise of exercise 98.2"),
    ('tags=["hints"] exercise="98.2"', 'exercise="98.2"', "the cell with hints and praise"),
    ('tags=["solution"] exercise="98.2"', 'exercise="98.2"', "the solution of exercise 98.2 is missing"),
    (TWIN, None, "98_*.py is missing, so get the course's folder anew"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), BROKEN, ids=[what for *_, what in BROKEN])
def test_broken_twin_is_told_in_a_sentence(old, new, sentence, course, capsys, monkeypatch):
    twins._parts.cache_clear()
    file = course / "solutions" / "98_doubling.py"
    assert old in TWIN
    file.unlink() if new is None else file.write_text(TWIN.replace(old, new), encoding="utf-8")
    hint("98.2")
    solution("98.2")
    check("98.2", [1, 0, 0])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and all(sentence in line for line in lines)
    assert lines[2].startswith("98.2 right: ")
    text, page = _table(monkeypatch)
    assert "done  98.2" in text and "Note: " in text and sentence in text


# ----------------------------------------------------------------------------- exercise_table and its file


def _table(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    exercise_table()
    return shown[0]["text/plain"], shown[0]["text/html"]


def test_progress_survives_a_restart(monkeypatch, course):
    check("98.2", [0, 0, 1])
    check("98.2", [1, 1, 1])  # a later mistake takes nothing away
    learner_file._done_in_this_kernel.clear()
    text, page = _table(monkeypatch)
    assert text == "Chapter 98: 1 of 2 done\n  open  98.1  Double <it>\n  done  98.2  Sum to one"
    assert "Double &lt;it&gt;" in page and "<it>" not in page
    assert page.count("✓ done") == 1 and page.count(">open<") == 1
    assert json.loads((course / "progress.json").read_text()) == {"done": ["98.2"]}
    assert {file.name for file in course.iterdir()} <= {"progress.json", ".progress.json.lock", "solutions"}


DAMAGED = [b"", b'{"done": ["9', b"[]", b'{"done": 3}', b'{"a": 1}', b"\xff\xfe", b"[" * 100_000, b"null"]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_damaged_file_is_put_aside(content, monkeypatch, course):
    (course / "progress.json").write_bytes(content)
    check("98.2", [0, 0, 1])
    assert json.loads((course / "progress.json").read_text()) == {"done": ["98.2"]}
    assert (course / "progress.damaged.json").read_bytes() == content
    (course / "progress.json").write_bytes(content)
    text, page = _table(monkeypatch)
    assert "98.2  Sum to one" in text and "done  98.2" in text
    assert "progress.damaged.json" in text and "progress.damaged-2.json" in page


def test_disk_that_cannot_be_written(monkeypatch, course, capsys):
    # A file where the folder should be: nothing can be written below it, not even by root.
    (course / "blocked").write_text("")
    monkeypatch.setenv("COURSE_PROGRESS_FILE", str(course / "blocked" / "progress.json"))
    check("98.2", [0, 0, 1])
    assert capsys.readouterr().out == "98.2 right: your shares are shares.\n"
    text, page = _table(monkeypatch)
    assert "done  98.2" in text
    assert "Note: progress.json cannot be" in text and "progress.json cannot be" in page
    assert str(course) not in text


def test_relative_file_counts_from_the_courses_folder(monkeypatch, course):
    monkeypatch.setenv("COURSE_PROGRESS_FILE", "data/mine.json")
    monkeypatch.chdir(course)
    assert learner_file.path() == ROOT / "data" / "mine.json"


def test_full_disk_keeps_the_old_file(monkeypatch, course, capsys):
    check("98.2", [0, 0, 1])

    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    check("98.1", lambda x: 2 * x)
    assert "98.1 right" in capsys.readouterr().out
    assert json.loads((course / "progress.json").read_text()) == {"done": ["98.2"]}
    assert {file.name for file in course.iterdir()} <= {"progress.json", ".progress.json.lock", "solutions"}


def test_lock_of_a_kernel_that_hangs(monkeypatch, course):
    monkeypatch.setattr(learner_file, "locked", partial(safe_files.locked, seconds=0.05))
    with FileLock(course / ".progress.json.lock"):
        check("98.2", [0, 0, 1])
    assert json.loads((course / "progress.json").read_text()) == {"done": ["98.2"]}


def _mark_many(kernel):
    for number in range(20):
        # What counts is what the other kernels' writes leave of it.
        learner_file._done_in_this_kernel.clear()
        learner_file.mark_done(f"{kernel}.{number}")


def test_kernels_at_the_same_time_lose_nothing(course):
    fork = multiprocessing.get_context("fork" if sys.platform != "win32" else "spawn")
    kernels = [fork.Process(target=_mark_many, args=(kernel,)) for kernel in range(4)]
    for kernel in kernels:
        kernel.start()
    for kernel in kernels:
        kernel.join(30)
        assert kernel.exitcode == 0
    saved = set(json.loads((course / "progress.json").read_text())["done"])
    assert saved == {f"{kernel}.{number}" for kernel in range(4) for number in range(20)}


# ----------------------------------------------------------------------------- assert_between


@pytest.fixture
def loaded(monkeypatch):
    """Pretend that data sets were loaded: loaded(mnist="cache")."""

    def pretend(**sources):
        datasets = types.SimpleNamespace(source_of=lambda name: sources.get(name))
        monkeypatch.setitem(sys.modules, "helpers.datasets", datasets)

    pretend()
    return pretend


def test_band_includes_its_ends_and_prints_nothing(loaded, capsys):
    for value in [0.92, 0.935, np.float32(0.93), np.array(0.93)]:
        assert assert_between(value, 0.92, 0.935, "test accuracy") is None
    assert capsys.readouterr().out == ""


def test_value_outside_its_band(loaded):
    loaded(mnist="cache")
    with pytest.raises(AssertionError) as caught:
        assert_between(0.874, 0.92, 0.935, "test accuracy", embedded=(0.8, 0.9))
    assert str(caught.value) == "test accuracy is 0.874, expected between 0.920 and 0.935 (MNIST)"
    loaded()
    with pytest.raises(AssertionError, match=r"is 0.91999, expected between 0.92000 and 0.93500$"):
        assert_between(0.91999, 0.92, 0.935, "test accuracy")
    with pytest.raises(AssertionError, match=r"is 2e-09, expected between 0 and 1e-09$"):
        assert_between(2e-9, 0, 1e-9, "difference")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_not_a_number_is_in_no_band(value, loaded):
    with pytest.raises(AssertionError):
        assert_between(value, 0, 1, "loss")


def test_embedded_data_has_its_own_band(loaded):
    loaded(mnist="embedded", imdb="cache")
    assert_between(0.99, 0.92, 0.93, "accuracy", embedded=(0.98, 1.0))
    with pytest.raises(AssertionError, match=r"expected between 0.980 and 1.000 \(embedded data\)"):
        assert_between(0.925, 0.92, 0.93, "accuracy", embedded=(0.98, 1.0))
    assert_between(0.925, 0.92, 0.93, "accuracy")  # no other band given: the one for all data


def test_band_without_the_datasets_module(monkeypatch):
    monkeypatch.delitem(sys.modules, "helpers.datasets", raising=False)
    assert_between(0.5, 0, 1, "share", embedded=(2, 3))


def test_band_that_makes_no_sense(loaded):
    with pytest.raises(ValueError, match="smaller number first"):
        assert_between(0.5, 1, 0, "share")
    with pytest.raises(TypeError, match="share is of type list; expected one number"):
        assert_between([0.5], 0, 1, "share")


@pytest.mark.parametrize(
    ("source", "embedded", "line"),
    [
        ("download", None, "test accuracy: 92.5%, expected 92.0% to 93.0%\n"),
        ("download", (0.92, 0.93), "test accuracy: 92.5%, expected 92.0% to 93.0%\n"),
        (
            "download",
            (0.8, 0.9),
            "test accuracy: 92.5%, expected 92.0% to 93.0% (drawn data: 80.0% to 90.0%)\n",
        ),
        (
            "embedded",
            (0.9, 0.95),
            "test accuracy: 92.5%, expected 90.0% to 95.0% (published data: 92.0% to 93.0%)\n",
        ),
    ],
)
def test_a_band_is_shown_with_the_other_data_s(loaded, capsys, source, embedded, line):
    loaded(mnist=source)
    assert_between(0.925, 0.92, 0.93, "test accuracy", embedded, show=".1%")
    assert capsys.readouterr().out == line


def test_bands_are_recorded_for_the_benchmark(loaded, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_RECORD_FILE", str(tmp_path / "record.jsonl"))
    loaded(mnist="embedded")
    assert_between(np.float32(0.5), 0, 1, "a", embedded=(0.25, 0.75))
    with pytest.raises(AssertionError):
        assert_between(2, 0, 1, "b")
    records = [json.loads(line) for line in (tmp_path / "record.jsonl").read_text().splitlines()]
    assert records == [
        {"name": "a", "value": 0.5, "low": 0.25, "high": 0.75},
        {"name": "b", "value": 2.0, "low": 0.0, "high": 1.0},
    ]
