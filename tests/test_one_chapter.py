"""`make test CHAPTER=NN`: which tests belong to a chapter, and the table of seconds."""

import subprocess
import sys

import build
import nbformat

TESTS = """
import pathlib
import pytest

@pytest.mark.chapter(5)
def test_marked(): pass

@pytest.mark.chapter(4, 5)
def test_marked_twice(): pass

@pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.chapter(5))])
def test_marked_case(x): pass

@pytest.mark.parametrize("twin", ["05_edge_filters", "06_dynamic_cnn", "solutions/05_edge_filters"])
def test_text(twin): pass

@pytest.mark.parametrize("twin", [pathlib.Path("a/05_edge_filters.py"), pathlib.Path("a/06_dynamic_cnn.py")])
def test_path(twin): pass

@pytest.mark.parametrize("x", [0, 1], ids=["05_edge_filters", "06_dynamic_cnn"])
def test_id(x): pass

@pytest.mark.chapter(15)
def test_other(): pass

@pytest.mark.parametrize("x", [5, "05", "5"])
def test_number(x): pass
"""
KEPT = {
    "test_marked",
    "test_marked_twice",
    "test_marked_case[2]",
    "test_text[05_edge_filters]",
    "test_text[solutions/05_edge_filters]",
    "test_path[twin0]",
    "test_id[05_edge_filters]",
}


def run_pytest(folder, *options):
    """Run pytest with the course's options in a folder, and return the finished process."""
    options = ["-p", "conftest", "-p", "no:cacheprovider", "--nbval", "--nbval-current-env", *options]
    places = [str(build.ROOT / "tests"), str(build.SOURCE), str(build.ROOT)]
    code = f"import sys, pytest; sys.path[:0] = {places!r}; sys.exit(pytest.main({options!r}))"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


def write_notebook(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)


def test_a_chapter_keeps_its_own_tests_and_nothing_else(tmp_path):
    files = {"test_any.py": TESTS}
    for name in ["test_widgets_chapter_05", "test_chapter_05_more", "test_chapter_15", "test_chapter_055"]:
        files[f"{name}.py"] = "def test_here(): pass"
    for name in ("05_edge_filters", "solutions/05_edge_filters", "06_dynamic_cnn"):
        write_notebook(tmp_path / f"{name}.ipynb")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = run_pytest(tmp_path, "--chapter", "5", "--collect-only", "-q")
    found = [line for line in done.stdout.splitlines() if "::" in line]
    assert set(found) == {f"test_any.py::{name}" for name in KEPT} | {
        "test_widgets_chapter_05.py::test_here",
        "test_chapter_05_more.py::test_here",
        "05_edge_filters.ipynb::Cell 0",
        "solutions/05_edge_filters.ipynb::Cell 0",
    }, done.stdout


def test_an_unknown_chapter_is_one_line(tmp_path):
    done = run_pytest(tmp_path, "--chapter", "77")
    assert done.returncode == 4
    assert done.stderr.startswith("ERROR: --chapter: there is no chapter '77'; there are 00, 01,")
    assert "Traceback" not in done.stdout + done.stderr


def test_the_table_says_where_the_time_went(tmp_path):
    (tmp_path / "tests" / "browser").mkdir(parents=True)
    for name in ["browser/test_a", "test_documents", "test_checks_a", "test_exercises", "test_widgets_a"]:
        (tmp_path / "tests" / f"{name}.py").write_text("def test_a(): pass\n")
    (tmp_path / "tests" / "test_slow.py").write_text("import time\ndef test_a(): time.sleep(0.3)\n")
    write_notebook(tmp_path / "notebooks" / "solutions" / "05_x.ipynb")
    done = run_pytest(tmp_path, "--before", "lint", "700", "--before", "loading data", "600", "-n", "1")
    rows = [line.split(maxsplit=1) for line in done.stdout.split("seconds, summed")[1].splitlines()[1:-1]]
    seconds = {what: float(spent) for spent, what in rows}
    assert list(seconds.values()) == sorted(seconds.values(), reverse=True)
    assert (
        seconds.pop("lint") == 700
        and seconds.pop("loading data") == 600
        and seconds.pop("other tests") >= 0.3
    )
    assert set(seconds) == {"browser", "documents", "checks", "widgets", "notebooks/solutions/05_x.ipynb"}
