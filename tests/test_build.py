"""The builder: one list of chapters, the same bytes twice, nothing half-written, nothing executed in vain."""

import os
import shutil
import subprocess
import sys

import build
import nbformat
import pytest
from load_data import load_data

from helpers import datasets

ENTRY = '[[chapter]]\nnumber = 9\ntitle = "Sample"\nminutes = 45\nline = "a line"\n'
README = "| chapter | minutes | in Colab |\n|---|---:|---|\n| an old row |\n\nMore.\n"
SAMPLE = """\
# %% [markdown]
# # {title}
# {badge}
#
# Takes {minutes}, and $60\\,\\text{minutes}$ elsewhere.

# %% tags=["setup"]
# {setup}

# %%
import ipywidgets
import matplotlib.pyplot as plt

from helpers.plotting import show
from helpers.widgets import Explorer


def draw(height):
    fig, ax = plt.subplots()
    ax.plot([0, height])
    ax.set(xlabel="step", ylabel="height")
    return fig


# %%
show(draw(1), "A line that rises from zero to one.")

# %%
slider = ipywidgets.IntSlider(1, 0, 5)
Explorer(draw, lambda height: f"A line that rises to {height}.", {"height": slider})

# %% [markdown]
# In between.
#
# {chapters}

# %%
print("one")
print("two")

# %% [markdown] tags=["hints"]
# Count.
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with one sample chapter, beside the real helpers; the folder of the twins."""
    source = tmp_path / "notebooks" / "source"
    source.mkdir(parents=True)
    (tmp_path / "helpers").symlink_to(build.ROOT / "helpers")
    shutil.copy(build.ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "README.md").write_text(README)
    (source / "chapters.toml").write_text(ENTRY)
    (source / "09_sample.py").write_text(SAMPLE)
    monkeypatch.setattr(build, "SOURCE", source)
    monkeypatch.setattr(build, "NOTEBOOKS", source.parent)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    return source


@pytest.fixture
def built(course):
    """The sample's twin and its notebook, with outputs as a build would leave them."""
    twin = course / "09_sample.py"
    notebook = build.read_twin(twin)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
        if count != 2:  # the imports say nothing
            cell.outputs = [nbformat.v4.new_output("stream", text=f"{count}\n")]
    build.write(build.target_of(twin), nbformat.writes(notebook))
    return twin, build.target_of(twin)


def test_building_twice_gives_the_same_bytes(course):
    twin = course / "09_sample.py"
    build.build(twin)
    first = build.target_of(twin).read_bytes()
    build.build(twin)
    assert build.target_of(twin).read_bytes() == first

    notebook = build.read_twin(twin)
    assert build.keep_outputs(notebook, build.target_of(twin))
    build.write(build.target_of(twin), nbformat.writes(notebook))
    assert build.target_of(twin).read_bytes() == first

    head, _, _, *shown, text, words, _ = nbformat.reads(first.decode(), as_version=4).cells
    assert head.source.startswith("# 9 Sample\n[Open in Colab]") and "Takes 45, and" in head.source
    assert text.source.endswith("| [09 Sample](09_sample.ipynb) | a line | 45 |")
    figure, explorer = (cell.outputs for cell in shown)
    assert figure[0].metadata.alt == "A line that rises from zero to one."
    kinds = [kind for output in explorer for kind in output.data]
    assert "image/png" in kinds and not any("widget" in kind for kind in kinds)
    assert words.outputs[0].text == "one\ntwo\n"


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("In between.", "In between: more.", True),
        ("# In between.", "# In.\n\n# %% [markdown]\n# Between.", True),
        ('print("two")', 'print("three")', False),
        ("# %%\nprint", '# %% tags=["nbval-ignore-output"]\nprint', False),
        ("# %%\nprint", "# %%\nx = 1\n\n# %%\nprint", False),
        ('# %%\nshow(draw(1), "A line that rises from zero to one.")\n', "", False),
        ("# Count.", "# Count to two.", False),
    ],
)
def test_outputs_are_kept_where_nothing_that_runs_changed(built, old, new, kept):
    twin, target = built
    before = nbformat.read(target, as_version=4)
    twin.write_text(twin.read_text().replace(old, new))
    notebook = build.read_twin(twin)
    assert build.keep_outputs(notebook, target) is kept
    if kept:
        before, after = (
            [c for c in cells if c.cell_type == "code"] for cells in (before.cells, notebook.cells)
        )
        assert before == after


@pytest.mark.parametrize(
    "spoil",
    [
        lambda nb: nb.cells[6].update(execution_count=None),
        lambda nb: nb.cells[6].update(outputs=[]),
        lambda nb: nb.cells[1].update(outputs=[]),
        lambda nb: nb.cells[4].outputs.append(nbformat.v4.new_output("error", ename="E", evalue="")),
        lambda nb: nb.metadata.language_info.update(version="3.12.1"),
        lambda nb: nb.cells.reverse(),
        lambda nb: nb.update(cells=[]),
        lambda nb: nb.clear(),
    ],
)
def test_a_notebook_that_is_not_as_it_was_built_is_executed(built, spoil):
    twin, target = built
    notebook = nbformat.read(target, as_version=4)
    spoil(notebook)
    target.write_text(nbformat.v4.nbjson.json.dumps(notebook))
    assert not build.keep_outputs(build.read_twin(twin), target)
    target.write_text("{")
    assert not build.keep_outputs(build.read_twin(twin), target)
    target.unlink()
    assert not build.keep_outputs(build.read_twin(twin), target)


DATA = """
import pathlib, os
from IPython import get_ipython

PUBLISHED = ("digits", "reviews")
class DatasetError(Exception): pass

def _load(name):
    file = pathlib.Path(os.environ["COURSE_CACHE_DIR"], name)
    if not file.exists():
        print(f"Drawing {name}: 10 {name}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()

def load_digits(): _load("digits")
def load_reviews(): _load("reviews")
"""


def test_make_notebooks_draws_data_first_and_executes_only_what_changed(tmp_path):
    """The command itself, on a course with an empty cache whose helpers tell that they draw."""
    source = tmp_path / "notebooks" / "source"
    source.mkdir(parents=True)
    for program in ("build.py", "load_data.py", "teacher_notes.py"):
        shutil.copy(build.SOURCE / program, source)
    shutil.copy(build.ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "progress.py").write_text('COMMITTED = "committed"\n')
    (tmp_path / "helpers" / "datasets.py").write_text(DATA)
    (source / "chapters.toml").write_text(ENTRY)
    twin, target = source / "09_sample.py", source.parent / "09_sample.ipynb"
    twin.write_text(
        "# %% [markdown]\n# # {title}\n\n# %%\nimport sys\n\nsys.path.insert(0, '..')\n"
        "from helpers.datasets import load_digits, load_reviews\n\n"
        "load_digits()\nload_reviews()\nprint('read')\n"
    )

    def make(*arguments):
        command = [sys.executable, str(source / "build.py"), *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COURSE_")}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        return next(line for line in done.stdout.splitlines() if "09_sample" in line)

    assert "executed" in make()
    assert "Drawing" not in target.read_text() and "read" in target.read_text()
    assert "](notebooks/09_sample.ipynb) | 45 |" in (tmp_path / "README.md").read_text()
    twin.write_text(twin.read_text().replace("# # {title}", "# # {title}\n# More."))
    assert "prose" in make("9")
    rebuilt = target.read_bytes()
    assert b"More." in rebuilt
    assert "executed" in make("09", "--force")
    assert target.read_bytes() == rebuilt


def test_every_data_set_has_a_loader_that_a_build_calls(monkeypatch):
    called = []
    for name in datasets.PUBLISHED:
        monkeypatch.setattr(datasets, f"load_{name}", lambda name=name: called.append(name))
    load_data()
    assert sorted(called) == sorted(datasets.PUBLISHED)


def test_a_chapter_that_fails_leaves_the_old_notebook(course):
    twin = course / "09_sample.py"
    twin.write_text("# %%\n1 / 0\n")
    target = build.target_of(twin)
    target.write_text("old")
    with pytest.raises(Exception, match="ZeroDivisionError"):
        build.build(twin)
    assert target.read_text() == "old"
    assert list(target.parent.glob("*.part")) == []


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ("", "no list [[chapter]]"),
        ("[[chapter]", "no list [[chapter]]"),
        ("chapter = 9", "entry 9 should have"),
        (ENTRY + ENTRY, "'Sample' and 'Sample' both have the number 9"),
        (
            ENTRY + ENTRY.replace("9", "10"),
            "chapter 10 should have one twin, notebooks/source/10_name.py; found none",
        ),
        (ENTRY.replace("9", "10"), "chapter 10 should have one twin"),
        (ENTRY.replace("9", '"9"'), "exactly number and minutes (whole numbers)"),
        (ENTRY.replace("9", "true"), "exactly number and minutes"),
        (ENTRY.replace("45", "45.5"), "'minutes': 45.5"),
        (ENTRY.replace("45", "0"), "'minutes': 0"),
        (ENTRY.replace('"Sample"', '""'), "title and line"),
        (ENTRY.replace("a line", "a | b"), "without |"),
        (ENTRY.replace("line =", "lines ="), "'lines': 'a line'"),
        (ENTRY.replace('line = "a line"', ""), "should have exactly"),
    ],
)
def test_a_wrong_list_of_chapters_is_one_clear_error(course, capsys, entries, words):
    (course / "chapters.toml").write_text(entries)
    with pytest.raises(SystemExit):
        build.main([])
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error


def test_every_twin_belongs_to_one_entry(course):
    other = course / "08_other.py"
    other.write_text(SAMPLE)
    with pytest.raises(build.ChapterError, match=r"source/08_other\.py has no entry in chapters\.toml; add"):
        build.read_chapters()
    other.rename(course / "09_other.py")
    with pytest.raises(build.ChapterError, match=r"one twin, .*found 09_other\.py and 09_sample\.py"):
        build.read_chapters()


def test_chapters_are_found_by_their_numbers_and_by_nothing_else(course, capsys):
    twin = course / "09_sample.py"
    assert (
        build.find_twins("9") == build.find_twins("09") == build.find_twins(9) == build.find_twins() == [twin]
    )
    for number in ("42", "0", "09_sample", "x", "-9"):
        with pytest.raises(SystemExit):
            build.main(["--", number])
        assert f"there is no chapter '{number}'; there are 09" in capsys.readouterr().err


def test_a_fork_changes_one_line(course):
    settings, page = build.ROOT / "pyproject.toml", build.ROOT / "README.md"
    for address in (build.course_address(), "https://github.com/fork/of-course/"):
        settings.write_text(f'[project.urls]\nrepository = "{address}"\n')
        page.write_text(build.with_table(page.read_text()))
    assert 'COURSE = "https://github.com/fork/of-course"' in build.setup_cell()
    badge = build.badge(build.NOTEBOOKS / "09_sample.ipynb")
    assert "/github/fork/of-course/blob/main/notebooks/09_sample.ipynb" in badge
    assert badge in build.read_twin(course / "09_sample.py").cells[0].source
    row = f"| [09 Sample](notebooks/09_sample.ipynb) | 45 | {badge} |\n"
    assert page.read_text() == README.replace("| an old row |\n", row)
    with pytest.raises(build.ChapterError, match=r"README\.md has 0 tables that begin with"):
        build.with_table("no table")


def test_cell_ids_survive_a_new_cell_elsewhere(course):
    twin = course / "09_sample.py"
    before = [cell.id for cell in build.read_twin(twin).cells]
    twin.write_text(SAMPLE.replace("# %%\nprint", "# %%\nprint('new')\n\n# %%\nprint"))
    after = [cell.id for cell in build.read_twin(twin).cells]
    assert len(set(after)) == len(after) == len(before) + 1
    assert set(before) < set(after)
