"""What `make test-colab` is made of, as far as it needs no kernel; `colab/chapters.py` runs the chapters."""

import json
import subprocess
import sys

import build
import nbformat
import pytest
from colab import environment
from packaging.requirements import Requirement
from test_repository import requirements

FOLDER = build.ROOT / "tests" / "colab"


def test_versions_are_those_of_house_style_c10():
    pins = environment.pinned_versions()
    assert pins["IPython"].startswith("7.") and pins["ipywidgets"] == "7.7.1"
    assert pins["tensorflow"].startswith("2.20") and pins["keras"].startswith("3.13")
    assert "tensorflow-cpu" not in pins


def test_colab_has_everything_that_the_course_imports():
    pins = {name.lower() for name in requirements("tests/colab/requirements.txt")}
    # The learner's page is Colab's own, and no server runs there.
    assert set(requirements("requirements.txt")) - pins == {"jupyterlab", "voila"}


def test_the_course_admits_colabs_versions():
    wanted = requirements("requirements.txt")
    for name, line in requirements("tests/colab/requirements.txt").items():
        for pin in Requirement(line).specifier if name in wanted else []:
            assert Requirement(wanted[name]).specifier.contains(pin.version), line


def test_the_lock_has_the_pins_and_hashes_and_names_no_host():
    lock = (FOLDER / "requirements.lock").read_text(encoding="utf-8")
    for line in requirements("tests/colab/requirements.txt").values():
        pin = Requirement(line)
        assert f"{pin.name}{pin.specifier}" in lock if pin.specifier else f"{pin.name}==" in lock
    assert "://" not in lock and "--hash=sha256:" in lock


def test_setup_cell_clones_the_working_tree_and_nothing_else(tmp_path):
    """The bytes of the notebook's setup cell, as far as the clone, with any Python."""
    environment.snapshot(tmp_path / "course.git")
    environment.redirect(build.course_address(), tmp_path / "course.git", tmp_path / "gitconfig")
    content = tmp_path / "content"
    content.mkdir()
    clone, _ = build.setup_cell().split("from helpers")
    subprocess.run(
        [sys.executable, "-c", f"import sys; sys.modules['google.colab'] = sys\n{clone}"],
        cwd=content,
        env=environment.colab_environment(tmp_path / "gitconfig"),
        check=True,
    )
    assert [path.name for path in content.iterdir()] == ["course"]
    for name in ("helpers/session.py", "data/README.md", "pyproject.toml"):
        assert (content / "course" / name).read_bytes() == (build.ROOT / name).read_bytes()
    assert not (content / "course" / "data" / "cache").exists()


def test_environment_lets_no_setting_of_the_learner_through(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_MODELS_DIR", "somewhere")
    monkeypatch.setenv("PYTHONPATH", "somewhere")
    monkeypatch.setenv("COURSE_DATA_DIR", "given")
    variables = environment.colab_environment(tmp_path / "gitconfig")
    assert "somewhere" not in variables.values()
    assert variables["COURSE_DATA_DIR"] == "given" and variables["COURSE_OFFLINE"] == "1"
    assert variables["https_proxy"] == environment.NOWHERE


def test_command_without_network_has_none():
    words = environment.without_network()
    if not words:
        pytest.skip("this system takes no command's network away")
    code = "import socket; print([name for _, name in socket.if_nameindex()])"
    done = subprocess.run([*words, sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['lo']"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("Playground()", True),
        ("x = 1\nPlayground(\n    x\n)", True),
        ("pad = Playground()", False),
        ("pad = Playground()\npad", True),
        ("Playground().set(a=1)", False),
        ("print(Playground())", False),
        ("", False),
        ("other", False),
    ],
)
def test_cells_that_show_a_widget(source, shown):
    assert environment.shows_widget(source, {"Playground"}, set()) is shown


def test_a_widget_made_in_one_cell_and_shown_in_the_next():
    known = set()
    assert not environment.shows_widget("pad = Playground()", {"Playground"}, known)
    assert environment.shows_widget("pad", set(), known)


def test_view_and_its_metadata():
    cell = nbformat.v4.new_code_cell("pad")
    assert environment.view_of(cell) == (None, {})
    data = {environment.WIDGET_VIEW: {"model_id": "a1"}}
    metadata = {environment.WIDGET_VIEW: {"colab": {}}}
    cell.outputs = [
        nbformat.v4.new_output("stream", text="before\n"),
        nbformat.v4.new_output("display_data", data, metadata=metadata),
    ]
    assert environment.view_of(cell) == ("a1", {"colab": {}})
    assert environment.printed(cell) == "before\n"


def test_widgets_inside_of_widgets_are_found():
    states = {
        "box": {
            "_model_module": "@jupyter-widgets/controls",
            "children": ["IPY_MODEL_row", "IPY_MODEL_html"],
        },
        "row": {"_model_module": "@jupyter-widgets/controls", "children": ["IPY_MODEL_canvas"]},
        "html": {"_model_module": "@jupyter-widgets/controls"},
        "canvas": {"_model_module": "anywidget"},
    }
    assert environment.holds_anywidget("box", states)
    assert not environment.holds_anywidget("html", states)
    assert not environment.holds_anywidget("gone", states)


def test_measured_cells_are_not_compared():
    cell = nbformat.v4.new_code_cell("print(1)")
    assert environment.compared(cell)
    cell.metadata.tags = ["nbval-ignore-output"]
    assert not environment.compared(cell)


def test_stand_in_names_the_manager_in_views_while_it_is_installed():
    code = """
import json, sys, types
import IPython
hooks = []
IPython.get_ipython = lambda: types.SimpleNamespace(
    display_pub=types.SimpleNamespace(register_hook=hooks.append, unregister_hook=hooks.remove)
)
from google.colab import output
view = "application/vnd.jupyter.widget-view+json"
output.enable_custom_widget_manager()
output.enable_custom_widget_manager()
messages = [hooks[0]({"content": {"data": {kind: {}}}}) for kind in (view, "text/plain")]
output.disable_custom_widget_manager()
print(json.dumps([messages[0]["content"]["metadata"][view], messages[1], len(hooks)]))
"""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(FOLDER / 'stand_in')!r})\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    view, other, left = json.loads(done.stdout)
    assert view["colab"]["custom_widget_manager"]["url"].startswith("https://colab.invalid/")
    assert "metadata" not in other["content"] and left == 0
