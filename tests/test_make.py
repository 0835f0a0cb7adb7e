"""What a person types, on a machine where something is in the way: one sentence that says what to do."""

import os
import shutil
import socket
import subprocess
import sys

import build
import pytest

LOCK = "idna==3.10 --hash=sha256:946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3\n"
# No package can be fetched; what this machine has set for pip and uv doesn't count.
NO_NETWORK = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
}


@pytest.fixture
def course(tmp_path):
    """A course of which nothing but the Makefile and a lock is there; nothing is installed."""
    (tmp_path / "notebooks" / "source").mkdir(parents=True)
    (tmp_path / "requirements.lock").write_text(LOCK, encoding="utf-8")
    for name in ("Makefile", "notebooks/source/jupyter_config.py"):
        shutil.copy(build.ROOT / name, tmp_path / name)
    return tmp_path


def make(folder, *words, before=(), **variables):
    """Run `make`; what it prints, but for its own words about the line that failed."""
    done = subprocess.run(
        [*before, "make", *words],
        cwd=folder,
        env=os.environ | {"MAKEFLAGS": "", "MAKELEVEL": "0"} | variables,  # as if no make ran these tests
        capture_output=True,
        text=True,
        timeout=300,
    )
    lines = (done.stdout + done.stderr).splitlines()
    return done.returncode, [line for line in lines if not line.startswith("make: ***")]


@pytest.mark.parametrize("words", [["lab"], ["doctor"]])
def test_without_python(words, course):
    code, [sentence] = make(course, "PYTHON=python-that-is-not-here", *words)
    assert code == 2 and "There is no python-that-is-not-here" in sentence
    assert "make PYTHON=python3.12 lab" in sentence
    assert not (course / ".venv").exists()


def test_without_network_the_first_time(course):
    code, [sentence] = make(course, f"PYTHON={sys.executable}", "lab", **NO_NETWORK)
    assert code == 2 and sentence.startswith("The packages could not be fetched")
    assert "once" in sentence and "PIP_FIND_LINKS=FOLDER" in sentence
    assert "127.0.0.1" in (course / ".venv" / "pip.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("installed", [False, True])
def test_a_folder_that_cannot_be_written(installed, course):
    lock_in_place = 'mount --bind . . && mount -o remount,bind,ro . && cd . && exec "$@"'
    read_only = ["unshare", "--mount", "--map-root-user", "sh", "-c", f"cd {course} && {lock_in_place}", "sh"]
    works = subprocess.run([*read_only, "true"], capture_output=True).returncode == 0
    if not works:
        pytest.skip("this system lets no one make a folder read-only for a while")
    if installed:
        for name in ("installed", "bin/python"):
            (course / ".venv" / name).parent.mkdir(parents=True, exist_ok=True)
            (course / ".venv" / name).write_text("#!/bin/sh\necho JupyterLab starts\n", encoding="utf-8")
            (course / ".venv" / name).chmod(0o755)
    code, lines = make(course, "-C", str(course), "--no-print-directory", "lab", before=read_only)
    assert f"The folder {course} cannot be written" in lines[0] and "copy it" in lines[0]
    # What is installed already starts all the same.
    assert (code, lines[1:]) == ((0, ["JupyterLab starts"]) if installed else (2, []))


def test_recognizer_names_the_option_when_its_port_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "classroom/recognizer_page.py", f"--port={port}"]
        done = subprocess.run(command, cwd=build.ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and done.stdout == ""
    [sentence] = done.stderr.splitlines()
    assert f"Port {port} is taken" in sentence and "make recognizer ARGS=--port=" in sentence
