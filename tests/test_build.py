"""The builder: the same bytes twice, nothing half-written, nothing of the machine in it."""

import build
import nbformat
import pytest

SAMPLE = """\
# %% [markdown]
# # 9 Sample
# {badge}

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

# %%
print("one")
print("two")
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with one sample chapter, beside the real helpers."""
    monkeypatch.setattr(build, "SOURCE", tmp_path / "notebooks" / "source")
    monkeypatch.setattr(build, "NOTEBOOKS", tmp_path / "notebooks")
    build.SOURCE.mkdir(parents=True)
    (tmp_path / "helpers").symlink_to(build.ROOT / "helpers")
    (tmp_path / "pyproject.toml").write_text((build.ROOT / "pyproject.toml").read_text())
    monkeypatch.setattr(build, "ROOT", tmp_path)
    return build.SOURCE


def test_building_twice_gives_the_same_bytes(course):
    twin = course / "09_sample.py"
    twin.write_text(SAMPLE)
    build.build(twin)
    first = build.target_of(twin).read_bytes()
    build.build(twin)
    assert build.target_of(twin).read_bytes() == first

    cells = nbformat.reads(first.decode(), as_version=4).cells
    figure, explorer, text = (cell.outputs for cell in cells[3:6])
    assert figure[0].metadata.alt == "A line that rises from zero to one."
    kinds = [kind for output in explorer for kind in output.data]
    assert "image/png" in kinds and not any("widget" in kind for kind in kinds)
    assert text[0].text == "one\ntwo\n"


def test_a_chapter_that_fails_leaves_the_old_notebook(course, capsys):
    twin = course / "09_sample.py"
    twin.write_text("# %%\n1 / 0\n")
    target = build.target_of(twin)
    target.write_text("old")
    with pytest.raises(Exception, match="ZeroDivisionError"):
        build.build(twin)
    assert target.read_text() == "old"
    assert list(target.parent.glob("*.part")) == []


def test_unknown_chapter_is_an_error(course, capsys):
    with pytest.raises(SystemExit):
        build.main(["42"])
    assert "'42'" in capsys.readouterr().err


def test_setup_and_badge_come_from_the_one_address(course):
    settings = build.ROOT / "pyproject.toml"
    settings.write_text('[project.urls]\nrepository = "https://github.com/fork/of-course/"\n')
    assert 'COURSE = "https://github.com/fork/of-course"' in build.setup_cell()
    (course / "09_sample.py").write_text(SAMPLE)
    title = build.read_twin(course / "09_sample.py").cells[0].source
    assert "/github/fork/of-course/blob/main/notebooks/09_sample.ipynb" in title


def test_a_fork_changes_one_line(course):
    (course / "09_sample.py").write_text(SAMPLE)
    page = build.ROOT / "README.md"
    other = "[![Open in Colab](badge.svg)](https://example.org/github/old/course/blob/main/notebooks/08_other.ipynb)"
    page.write_text(f"| 09 | {build.badge(build.NOTEBOOKS / '09_sample.ipynb')} |\n| 08 | {other} |\n")
    settings = build.ROOT / "pyproject.toml"
    settings.write_text('[project.urls]\nrepository = "https://github.com/fork/of-course"\n')
    build.refresh_badges(page)
    badge = build.badge(build.NOTEBOOKS / "09_sample.ipynb")
    assert "/github/fork/of-course/" in badge
    assert page.read_text() == f"| 09 | {badge} |\n| 08 | {other} |\n"


def test_cell_ids_survive_a_new_cell_elsewhere(course):
    twin = course / "09_sample.py"
    twin.write_text(SAMPLE)
    before = [cell.id for cell in build.read_twin(twin).cells]
    twin.write_text(SAMPLE.replace("# %%\nprint", "# %%\nprint('new')\n\n# %%\nprint"))
    after = [cell.id for cell in build.read_twin(twin).cells]
    assert len(set(after)) == len(after) == len(before) + 1
    assert set(before) < set(after)
