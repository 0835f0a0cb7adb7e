"""Every chapter as a learner runs it in Colab: the notebook alone in a folder, Colab's packages, no network.

`make test-colab` runs this file (CHAPTERS="02 07" for some). `make test` doesn't, because of its name: it
needs the environment `.venv-colab`. What can be tested without one is tested in `../test_colab.py`.
"""

import json
import os
import shutil

import build
import nbformat
import pytest
from colab import environment

from helpers import widgets

WANTED = list(map(build.find_chapter, os.environ.get("CHAPTERS", "").split()))
CHAPTERS = {
    f"{chapter.number:02}": build.target_of(chapter.twin) for chapter in WANTED or build.read_chapters()
}
WIDGETS = {
    name
    for name, thing in vars(widgets).items()
    if {"_ipython_display_", "_repr_mimebundle_"} & set(dir(thing))
}
AFTERWARDS = """\
import importlib, json, pathlib, socket, sys, helpers
from google.colab import output
print(json.dumps({
    "python": sys.prefix,
    "versions": {name: importlib.import_module(name).__version__ for name in %r},
    "helpers": str(pathlib.Path(helpers.__file__).resolve().parent),
    "network": sorted(name for _, name in socket.if_nameindex()),
}))
"""


@pytest.fixture(scope="session")
def colab(tmp_path_factory):
    if not environment.PYTHON.is_file():
        pytest.fail("there is no .venv-colab: say `make test-colab`")
    return environment.Colab(tmp_path_factory.mktemp("colab"))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_runs_in_colab(chapter, colab, tmp_path):
    content = tmp_path / "content"
    content.mkdir()
    shutil.copy(CHAPTERS[chapter], content)
    built = nbformat.read(content / CHAPTERS[chapter].name, as_version=4)
    ran = nbformat.read(content / CHAPTERS[chapter].name, as_version=4)
    pins = environment.pinned_versions()
    ran.cells.append(nbformat.v4.new_code_cell(AFTERWARDS % sorted(pins)))

    states = colab.run(ran, content)

    found = json.loads(environment.printed(ran.cells.pop()))
    assert found["python"] == str(environment.PYTHON.parent.parent)
    assert found["versions"] == pins
    assert found["helpers"] == str((content / "course" / "helpers").resolve())
    assert found["network"] == ["lo"] or not environment.without_network()
    print(" ".join(f"{name} {version}" for name, version in found["versions"].items()))

    known = set()
    for cell, before in zip(ran.cells, built.cells, strict=True):
        if cell.cell_type != "code":
            continue
        first_line = cell.source.splitlines()[0]
        if environment.compared(cell):
            assert environment.printed(cell) == environment.printed(before), first_line
        if environment.shows_widget(cell.source, WIDGETS, known):
            model_id, metadata = environment.view_of(cell)
            assert model_id in states, f"{first_line!r} shows no widget"
            if environment.holds_anywidget(model_id, states):
                # Without it Colab's page looks for the widget's module where it isn't.
                assert "custom_widget_manager" in metadata.get("colab", {}), first_line
            print(f"{first_line}: shown")
