"""The doctor: every fault can be found, nothing on a strange machine stops it, and it gives no path away."""

import contextlib
import csv
import hashlib
import io
import json
import os
import re
import socket
import subprocess
import sys
import types
from pathlib import Path

import machines
import numpy as np
import psutil
import pytest

from helpers import doctor
from helpers.datasets.reports import FileReport
from helpers.doctor import Finding

GB = 1e9


# What is looked at


@pytest.mark.parametrize(
    ("judge", "given", "status", "text"),
    [
        *[("python", (version, ">=3.11,<3.14"), "red", version) for version in ("3.10.14", "3.14.0")],
        *[("python", (version, ">=3.11,<3.14"), "green", version) for version in ("3.11.0", "3.13.1")],
        ("tensorflow", (0, 4.2, "ImportError: no"), "green", "Loads in 4 s."),
        ("tensorflow", (1, 4.2, "ImportError: no"), "red", "ImportError: no"),
        ("tensorflow", (-4, 4.2, "ImportError: no"), "red", "crashed while loading it (signal 4)"),
        ("tensorflow", (None, 4.2, "ImportError: no"), "red", "within 4 s"),
        ("cores", (1,), "amber", "1; "),
        *[("cores", (count,), "green", f"{count}.") for count in (2, 16)],
        ("memory", (1.9 * GB,), "red", "1.9 GB available; 4 are good, 2 needed."),
        ("memory", (2.1 * GB,), "amber", "2.1 GB available"),
        ("memory", (4.1 * GB,), "green", "4.1 GB available."),
        ("disk", (0.4 * GB, True), "red", "0.5 needed"),
        ("disk", (1.9 * GB, True), "amber", "2 are good"),
        ("disk", (2.1 * GB, True), "green", "2.1 GB free in the course's folder."),
        ("disk", (10 * GB, False), "red", "cannot be written"),
        ("port", (8888,), "green", "8888 is free."),
        ("port", (8890,), "green", "8890 is free; 8888 is taken"),
        ("port", (None,), "red", "8888 to 8898 are all taken"),
        ("browser", ("firefox",), "green", "firefox."),
        ("browser", (None,), "amber", "None found"),
        ("keras", ([],), "green", "tensorflow, float32, 1e-07, channels_last."),
        ("keras", (["floatx float64 (keras.json)", "backend jax"],), "amber", "(keras.json), backend jax"),
    ],
)
def test_each_value(judge, given, status, text):
    found = getattr(doctor, judge)(*given)
    assert found.status == status and text in found.text
    assert bool(found.next_step) == (status != "green")


RANGES = """# what the course needs
tensorflow-cpu >= 2.19
numpy >= 2.0
jupyterlab >= 4.4
appnope ; sys_platform == "no such system"
"""
LOCK = """numpy==2.4.6 \\
    --hash=sha256:00 \\
    --hash=sha256:11
    # via
    #   keras
tensorflow-cpu==2.21.0 ; sys_platform != "no such system" \\
    --hash=sha256:22
tensorflow-cpu==2.0 ; sys_platform == "no such system" \\
    --hash=sha256:33
jupyterlab==4.6.6
"""
GOOD = {"tensorflow-cpu": "2.21.0", "numpy": "2.4.6", "jupyterlab": "4.6.6"}
GPU = {"tensorflow-cpu": None}


@pytest.mark.parametrize(
    ("changes", "on_colab", "status", "text"),
    [
        ({}, False, "green", "tensorflow-cpu 2.21.0, numpy 2.4.6, jupyterlab 4.6.6."),
        ({"numpy": "1.26.4"}, False, "red", "numpy is 1.26.4, needed is >=2.0"),
        ({"numpy": None}, False, "red", "numpy is missing"),
        ({"tensorflow-cpu": None}, False, "red", "tensorflow-cpu is missing"),
        (GPU | {"tensorflow": "2.16.0"}, False, "red", "tensorflow-cpu is 2.16.0, needed is >=2.19"),
        (GPU | {"tensorflow": "2.21.0"}, False, "green", "2.21.0"),  # The build for GPUs does as well.
        ({"numpy": "2.5.0"}, False, "amber", "numpy 2.5.0 (tested: 2.4.6)"),
        ({"numpy": "2.1.3", "jupyterlab": None}, True, "green", "numpy 2.1.3"),
    ],
)
def test_packages(changes, on_colab, status, text):
    found = doctor.packages(RANGES, LOCK, {**GOOD, **changes}.get, on_colab)
    assert found.name == "packages" and found.status == status and text in found.text
    steps = {
        "red": "make lab (or: python -m pip install -r requirements.txt)",
        "amber": "make lab",
        "green": "",
    }
    assert steps[status] in found.next_step and bool(found.next_step) == (status != "green")


def test_keras_of_this_machine_is_loaded_as_chapters_load_it(monkeypatch, tmp_path):
    (tmp_path / "keras.json").write_text("[]")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "nonsense")
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    examinations = dict(doctor._examinations())
    assert examinations["TensorFlow"]().status == "green"
    found = examinations["Keras"]()
    assert found.status == "amber" and "no settings" in found.text and "backend nonsense" in found.text


def test_memory_of_a_container(tmp_path):
    (tmp_path / "memory.max").write_text("3000000000\n")
    (tmp_path / "memory.current").write_text("2900000000\n")
    assert doctor._available_memory(tmp_path) <= 100_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert doctor._available_memory(tmp_path) <= psutil.virtual_memory().total


def _reports(*statuses):
    return [FileReport(f"file{i}", status, f"is {status}") for i, status in enumerate(statuses)]


MISSING = _reports("missing", "missing")


@pytest.mark.parametrize(
    ("in_folder", "in_cache", "offline", "status", "text"),
    [
        (_reports("published"), MISSING, False, "green", "published checksum verified"),
        (_reports("good", "published"), MISSING, True, "green", "sound in shape and range"),
        (_reports("published", "damaged"), _reports("published"), False, "red", "file1: is damaged"),
        (_reports("published", "missing"), MISSING, False, "red", "file1: is missing"),
        (_reports("published", "doubtful"), MISSING, False, "amber", "file1: is doubtful"),
        (MISSING, _reports("published", "published"), True, "green", "In the course's cache"),
        ([], _reports("published"), False, "green", "In the course's cache"),
        ([], MISSING, False, "amber", "embedded data will be used"),
        ([], MISSING, True, "amber", "COURSE_OFFLINE is set: embedded data will be used"),
        ([], _reports("published", "damaged"), True, "amber", "embedded data"),
    ],
)
def test_data_set(in_folder, in_cache, offline, status, text):
    found = doctor.data_set("MNIST", in_folder, in_cache, offline)
    assert found.name == "data: MNIST" and found.status == status and text in found.text
    assert bool(found.next_step) == (status != "green")


@pytest.mark.parametrize(
    ("value", "file", "status", "text"),
    [
        ("data", None, "amber", "embedded data will be used"),
        ("data", "mnist.npz", "red", "mnist.npz: damaged"),
        ("data", "train-images.idx3-ubyte", "amber", "import FOLDER/data --as mnist"),
        ("data/mnist.npz", "mnist.npz", "red", "FOLDER/data/mnist.npz, which is a file"),
        ("nowhere", None, "red", "the folder FOLDER/nowhere, which does not exist"),
        ("~no-such-user/data", None, "red", "no such user is known"),
    ],
)
def test_data_set_of_this_machine(value, file, status, text, monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    if file:
        (tmp_path / "data" / file).write_bytes(b"half a file")
    monkeypatch.setenv("COURSE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSE_OFFLINE", "yes")
    monkeypatch.setenv("COURSE_DATA_DIR", value if value.startswith("~") else str(tmp_path / value))
    found = doctor._data_set("mnist")
    assert found.status == status
    assert text.replace("FOLDER", str(tmp_path)) in found.text + found.next_step


def test_neither_on_nor_off_is_said(monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "maybe")
    found = doctor._data_set("imdb")
    assert found.status == "red" and "COURSE_OFFLINE is 'maybe'; expected one of 1, true" in found.text


@pytest.fixture
def shipped(tmp_path):
    """Files as the course ships them, and the README that lists them."""
    import h5py

    np.savez(tmp_path / "colours.npz", rgb=np.zeros((3, 3)))
    (tmp_path / "labels.json").write_text(json.dumps(["a"]))
    with h5py.File(tmp_path / "digits.weights.h5", "w") as file:
        file["layers/w"] = np.ones(5)
    names = ["colours.npz", "labels.json", "digits.weights.h5"]
    return tmp_path, names, _readme(tmp_path, names)


def _readme(folder, names):
    cells = ["`{}`", "[{0}]({0})", "{}"]
    lines = [f"| mnist.npz | download | {'0' * 64} |"]
    for cell, name in zip(cells, names, strict=True):
        checksum = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        lines.append(f"| {cell.format(name)} | own work | `{checksum}` |")
    return "# Data\n\n| file | origin | sha256 |\n|---|---|---|\n" + "\n".join(lines)


def test_shipped_files(shipped):
    folder, _, readme = shipped
    found = doctor.shipped_files(readme, folder, downloads={"mnist.npz"})
    assert found == Finding("shipped files", "green", "3 in data/, checksums right, all load.")
    assert doctor.shipped_files("# Data\nNo table yet.", folder).status == "green"


def test_line_ends_of_windows_are_no_fault(shipped):
    folder, names, _ = shipped
    (folder / "labels.json").write_bytes(b'[\n"a",\n"b"\n]\n')
    readme = _readme(folder, names)
    (folder / "labels.json").write_bytes(b'[\r\n"a",\r\n"b"\r\n]\r\n')
    found = doctor.shipped_files(readme.replace("\n", "\r\n"), folder, downloads={"mnist.npz"})
    assert found.status == "green"
    # In a file that isn't text they are damage.
    content = (folder / "colours.npz").read_bytes()
    (folder / "colours.npz").write_bytes(content + b"\r\n")
    readme = _readme(folder, names)
    (folder / "colours.npz").write_bytes(content + b"\n")
    assert "colours.npz was changed" in doctor.shipped_files(readme, folder, downloads={"mnist.npz"}).text


def test_shipped_file_missing_or_changed(shipped):
    folder, _, readme = shipped
    (folder / "labels.json").unlink()
    (folder / "colours.npz").write_bytes(b"")
    found = doctor.shipped_files(readme, folder)
    assert found.status == "red"
    for fault in ("mnist.npz is missing", "labels.json is missing", "colours.npz was changed or damaged"):
        assert fault in found.text


@pytest.mark.parametrize("name", ["colours.npz", "labels.json", "digits.weights.h5"])
def test_shipped_file_with_the_right_checksum_that_does_not_load(shipped, name):
    folder, names, _ = shipped
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    found = doctor.shipped_files(_readme(folder, names), folder, downloads={"mnist.npz"})
    assert found.status == "red" and f"{name} does not load" in found.text


def test_shipped_pickle_is_not_opened(tmp_path):
    np.savez(tmp_path / "objects.npz", a=np.array([{}], dtype=object))
    assert doctor._why_it_does_not_load(tmp_path / "objects.npz") == "ValueError"


NEEDS = {
    "ipywidgets": ["widgetsnbextension~=4.0.16", "jupyterlab_widgets~=3.0.17", 'pytest>=99; extra == "test"'],
    "anywidget": ["ipywidgets>=7.6.0"],
}
VERSIONS = {"ipywidgets": "8.1.9", "anywidget": "0.11.0", "jupyterlab-widgets": "3.0.17"}
VERSIONS |= {"jupyterlab_widgets": "3.0.17", "widgetsnbextension": "4.0.16", "pytest": "9.0"}
PARTS = ["@jupyter-widgets/jupyterlab-manager", "anywidget"]


def test_widgets_that_fit():
    found = doctor.widgets(NEEDS, VERSIONS.get, PARTS)
    assert found.text == "ipywidgets 8.1.9, anywidget 0.11.0, jupyterlab-widgets 3.0.17 fit together."
    assert found.status == "green"
    colab = {"ipywidgets": "7.7.1", "anywidget": "0.9.21", "widgetsnbextension": "3.6.10"}
    needs = {"ipywidgets": ["widgetsnbextension~=3.6.0", "jupyterlab-widgets<3,>=1.0.0"]}
    assert doctor.widgets(needs, colab.get, None).status == "green"


@pytest.mark.parametrize(
    ("changes", "parts", "text"),
    [
        ({"jupyterlab_widgets": "1.1.0"}, PARTS, "ipywidgets needs jupyterlab_widgets~=3.0.17, found 1.1.0"),
        ({"ipywidgets": "7.5.0"}, PARTS, "anywidget needs ipywidgets>=7.6.0, found 7.5.0"),
        ({"anywidget": None}, PARTS, "anywidget is missing"),
        ({"widgetsnbextension": None}, PARTS, "widgetsnbextension~=4.0.16, found none"),
        ({}, PARTS[1:], "JupyterLab lacks the page's part @jupyter-widgets/jupyterlab-manager"),
    ],
)
def test_widgets_that_do_not_fit(changes, parts, text):
    found = doctor.widgets(NEEDS, {**VERSIONS, **changes}.get, parts)
    assert found.status == "red" and text in found.text and "pip install" in found.next_step


def test_widgets_of_this_environment_fit():
    assert doctor.widgets(doctor._needs(), doctor._version, doctor._page_parts()).status == "green"


def test_free_port_is_the_first_that_nobody_listens_on():
    with socket.socket() as one, socket.socket() as two:
        for listener in (one, two):
            listener.bind(("127.0.0.1", 0))
            listener.listen()
        taken = [one.getsockname()[1], two.getsockname()[1]]
        assert doctor.free_port([*taken, 70_000]) is None
    assert doctor.free_port(taken) == taken[0]


def test_browser_of_this_machine(monkeypatch):
    monkeypatch.setattr(doctor.webbrowser, "get", lambda: types.SimpleNamespace(name="w3m"))
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    assert doctor._browser() is None
    monkeypatch.setattr(doctor.shutil, "which", lambda name: name == "firefox")
    assert doctor._browser() == "firefox"


# All of it


def _look(*looks):
    return lambda: [(f"thing {i}", look) for i, look in enumerate(looks)]


def _raise(error):
    def look():
        raise error

    return look


def test_nothing_stops_the_doctor(monkeypatch):
    errors = [OSError("strange"), ValueError(), ModuleNotFoundError("no", name="psutil"), RecursionError()]
    monkeypatch.setattr(doctor, "_examinations", _look(*map(_raise, errors)))
    found = list(doctor.findings())
    assert [one.status for one in found] == ["amber", "amber", "red", "amber"]
    assert "The package psutil is not installed." in found[2].text
    assert all(one.next_step for one in found)


@pytest.fixture
def shown(monkeypatch):
    """What `examine` displays."""
    found = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: found.append(data))
    return found


def test_no_path_of_this_machine_is_shown(shown, monkeypatch):
    places = [doctor.ROOT / "data", Path(sys.prefix) / "lib", Path.home() / "course"]
    monkeypatch.setattr(doctor, "_examinations", _look(*(_raise(OSError(str(place))) for place in places)))
    found = doctor.examine()
    for text in [shown[0]["text/plain"], shown[0]["text/html"]]:
        for place in places:
            assert str(place) not in text
    assert "the course's folder/data" in found[0].text.replace("\\", "/")


def test_table_says_it_in_words_and_escapes_them(shown, monkeypatch):
    looks = [Finding("a", "green", "1 < 2."), Finding("b", "amber", "Hm.")]
    looks.append(Finding("c", "red", "No.", "Do <this>."))
    monkeypatch.setattr(doctor, "_examinations", _look(*(lambda one=one: one for one in looks)))
    assert doctor.examine() == looks
    text, page = shown[0]["text/plain"], shown[0]["text/html"]
    for word in ("✓ green", "! amber", "✗ red"):
        assert word in text and word in page
    assert "1 &lt; 2." in page and "Do &lt;this&gt;." in page
    assert "Next: Do <this>." in text and "\033" not in text


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def _say(stream, *arguments):
    """Run the doctor, and let it print into a stream."""
    with contextlib.redirect_stdout(stream):
        return machines.main(arguments)


@pytest.mark.parametrize(("status", "code"), [("green", 0), ("amber", 0), ("red", 1)])
def test_exit_code_and_colours(status, code, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(doctor, "_examinations", _look(lambda: Finding("memory", status, "So.")))
    plain, terminal = io.StringIO(), _Terminal()
    assert _say(plain) == _say(terminal) == code
    assert "\033[" not in plain.getvalue() and "\033[" in terminal.getvalue()
    assert re.sub(r"\033\[\d+m", "", terminal.getvalue()) == plain.getvalue()
    assert ("1 to mend" in plain.getvalue()) == (code == 1)
    monkeypatch.setenv("NO_COLOR", "1")
    _say(terminal := _Terminal())
    assert "\033[" not in terminal.getvalue()


def test_rows_of_a_class_are_gathered_in_a_table(monkeypatch, tmp_path):
    found = [
        Finding("Python", "green", "3.12.1, fits >=3.11."),
        Finding("memory", "amber", "3.1 GB available."),
    ]
    monkeypatch.setattr(doctor, "_examinations", _look(*(lambda one=one: one for one in found)))
    target, said = tmp_path / "new" / "class.csv", io.StringIO()
    for name in ("Ana, at the window", "=1+1", ""):
        assert _say(said, "--name", name, "--to", str(target)) == 0
    found.append(Finding("disk", "red", "1 GB free."))
    monkeypatch.setattr(doctor, "_examinations", _look(*(lambda one=one: one for one in found)))
    assert _say(said, "--to", str(target)) == 1
    rows = list(csv.DictReader(target.open(newline="", encoding="utf-8")))
    assert [row["name"] for row in rows] == ["Ana, at the window", "'=1+1", "", ""]
    assert [row["state"] for row in rows] == ["ready"] * 3 + ["not ready"]
    assert [rows[3][column] for column in ("Python", "cores", "memory", "disk")] == [
        "3.12.1",
        "",
        "3.1 GB available",
        "1 GB free",
    ]
    assert (rows[3]["to mend"], rows[3]["remarks"]) == ("disk", "memory")
    # The line on the screen is the same row, for those who paste it into a chat.
    assert list(rows[3].values()) in list(csv.reader(said.getvalue().splitlines()))


def test_a_table_that_cannot_be_written_is_said(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(doctor, "_examinations", _look(lambda: Finding("memory", "green", "So.")))
    with pytest.raises(SystemExit):
        _say(io.StringIO(), "--to", str(tmp_path))
    assert f"{tmp_path} cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["helpers.doctor", "classroom.machines"])
def test_command_line_on_a_terminal_without_ticks(module, tmp_path):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "COURSE_OFFLINE": "1", "COURSE_DATA_DIR": ""}
    environment |= {"COURSE_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", module]
    ran = subprocess.run(
        command, cwd=doctor.ROOT, env=environment, capture_output=True, text=True, timeout=200
    )
    assert ran.stderr == ""
    names = re.findall(r"^. (?:green|amber|red)  *([\w:\- ]+?)  ", ran.stdout, re.MULTILINE)
    assert names[:7] == ["Python", "packages", "TensorFlow", "Keras", "cores", "memory", "disk"]
    assert {"data: MNIST", "data: Fashion-MNIST", "data: IMDB", "shipped files", "widgets"} <= set(names)
    assert "embedded data will be used" in ran.stdout
    assert ran.returncode == int(" red " in ran.stdout)
