"""Is this machine ready for the course? Green, amber or red for each thing it needs, with a next step.

    python -m helpers.doctor      exit code 1 when anything is red

Chapter 00 shows the same as a table with `examine()`, and `make doctor` adds a row for the instructor. Every
check is a function of plain values, so that tests can make it find each fault; `_examinations` takes the
values from the machine.
"""

import contextlib
import html
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import webbrowser
from functools import partial
from pathlib import Path
from typing import NamedTuple

from helpers.session import KERAS, ROOT, keras_leftovers
from helpers.tables import checksum

PORTS = range(8888, 8899)
"""Where JupyterLab looks for a free port."""

_INSTALL = "In the course's folder: make lab (or: python -m pip install -r requirements.txt)."
_REQUIREMENTS = ("requirements.txt", "requirements.lock")
# A sign, a colour for terminals, and one for pages: behind white letters, which can be read on light and dark
# ones. The word says the same.
_LOOKS = {"green": ("✓", 32, "#00694d"), "amber": ("!", 33, "#8a5a00"), "red": ("✗", 31, "#a63d00")}
_BROWSERS = "chrome google-chrome chromium chromium-browser firefox microsoft-edge msedge brave-browser opera"
_TEXT_BROWSERS = {"w3m", "lynx", "links", "elinks", "www-browser"}
# A row of a table with a file and its sha256. The file's cell may hold `name`, [name](name) or plain name.
_SHIPPED = re.compile(r"^[ \t]*\|[ \t[`]*([^]`|\n]+?)[ \t`]*(?:\].*?)?\|.*?\b([0-9a-f]{64})\b", re.MULTILINE)
_DATA_SETS = ("mnist", "fashion_mnist", "imdb", "cifar10", "signs", "nuclei", "blood_cells")
_PAGE_PARTS = ["@jupyter-widgets/jupyterlab-manager", "anywidget"]


class Finding(NamedTuple):
    """What was found out about one thing, in sentences without absolute paths, host or user names."""

    name: str  # the thing: "Python", "memory"
    status: str  # "green" is fine, "amber" works with a remark, "red" is to be mended first
    text: str
    next_step: str = ""  # what to do; empty when green


def examine():
    """Look at everything and show it as a table in the notebook.

    Returns
    -------
    list of Finding
    """
    from IPython.display import display

    found = list(findings())
    text = "\n".join(_line(one, colours=False) for one in found)
    display({"text/plain": text, "text/html": _table_html(found)}, raw=True)
    return found


def findings():
    """Examine the machine, one thing after the other, and yield each `Finding`; never raises an exception."""
    for name, look in _examinations():
        try:
            found = look()
        except ModuleNotFoundError as error:
            found = Finding(name, "red", f"The package {error.name} is not installed.", _INSTALL)
        except Exception as error:
            text = f"Could not be examined on this machine ({type(error).__name__}: {error})."
            step = "Go on; if a chapter fails, tell your instructor of this line."
            found = Finding(name, "amber", text, step)
        yield found._replace(text=_without_paths(found.text), next_step=_without_paths(found.next_step))


def print_findings():
    """Print the findings as they come, and a sentence about all of them, which are returned."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that has no tick shows a question mark
    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(f"Course folder: {ROOT}\nPython: {sys.executable}\n")
    found = []
    for one in findings():
        found.append(one)
        print(_line(one, colours), flush=True)
    red, amber = (sum(one.status == status for one in found) for status in ("red", "amber"))
    remarks = f", {amber} with a remark" if amber else ""
    print(f"\n{f'{red} to mend' if red else 'Ready'}{remarks}.")
    return found


def python(version, allowed):
    """Check Python's version, such as "3.12.1", against a range such as ">=3.11,<3.14"."""
    from packaging.specifiers import SpecifierSet

    if version in SpecifierSet(allowed, prereleases=True):
        return Finding("Python", "green", f"{version}, fits {allowed}.")
    step = "Install one that fits, and make the course's environment with it: make PYTHON=python3.12 lab."
    return Finding("Python", "red", f"{version}; the course needs {allowed}.", step)


def packages(requirements, lock, installed, on_colab=False):
    """Check the packages' versions, of which `installed(name)` gives each, or None.

    `requirements` and `lock` are the texts of requirements.txt (ranges) and requirements.lock (the tested
    versions). Colab brings its own versions, which must stay as they are, and its own JupyterLab.
    """
    wrong, untested, fitting = [], [], []
    tested = {
        requirement.name: str(requirement.specifier)[2:] for requirement in _requirements(lock.splitlines())
    }
    for requirement in _requirements(requirements.splitlines()):
        name = requirement.name
        if name == "jupyterlab" and on_colab:
            continue
        version = installed(name)
        if version is None and name == "tensorflow-cpu":
            # The build for GPUs has the same version numbers, and does as well.
            version = installed("tensorflow")
        if version is None:
            wrong.append(f"{name} is missing")
        elif not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{name} is {version}, needed is {requirement.specifier}")
        else:
            fitting.append(f"{name} {version}")
            if tested.get(name) not in (None, version):
                untested.append(f"{name} {version} (tested: {tested[name]})")
    if wrong:
        return Finding("packages", "red", f"{'; '.join(wrong)}.", _INSTALL)
    if untested and not on_colab:
        text = f"All in their ranges; not the tested version: {', '.join(untested)}."
        return Finding("packages", "amber", text, "They should do. For the tested ones: make lab.")
    return Finding("packages", "green", f"{', '.join(fitting)}.")


def tensorflow(returncode, seconds, complaint=""):
    """Judge an import of TensorFlow by Python's exit code, None if it took too long, and by its last line."""
    if returncode == 0:
        return Finding("TensorFlow", "green", f"Loads in {seconds:.0f} s." if seconds else "Is loaded.")
    text, step = f"Does not load: {complaint}.", _INSTALL
    if returncode is None:
        text, step = f"Did not load within {seconds:.0f} s.", "Close other programs; try again."
    elif returncode < 0:
        text = f"Python crashed while loading it (signal {-returncode})."
        step = "A file may be damaged: delete .venv, then make lab. Or the processor is too old: use Colab."
    return Finding("TensorFlow", "red", text, step)


def keras(leftovers):
    """Judge what `keras_leftovers` found."""
    if not leftovers:
        return Finding("Keras", "green", f"{', '.join(map(str, KERAS.values()))}.")
    text = f"Set otherwise on this machine: {', '.join(leftovers)}. The chapters use settings of their own."
    step = "For notebooks outside the course: unset those variables, delete keras.json (in ~/.keras)."
    return Finding("Keras", "amber", text, step)


def cores(count):
    """Judge the number of processor cores that this process may use."""
    if count >= 2:
        return Finding("cores", "green", f"{count}.")
    step = "Fine for learning: allow twice the minutes that the chapters give."
    return Finding("cores", "amber", f"{count}; the course is measured on 2.", step)


def memory(available):
    """Judge the bytes of memory that are available."""
    step = "Close other programs and notebooks that still run (JupyterLab: Kernel, Shut Down All Kernels)."
    return _enough("memory", available, "available", 4, 2, step)


def disk(free, writable):
    """Judge the bytes that are free in the course's folder, and whether it can be written."""
    found = _enough("disk", free, "free in the course's folder", 2, 0.5, "Delete what you no longer need.")
    if writable or found.status != "green":
        return found
    step = "Copy the course's folder to a place where you may write."
    text = f"{found.text[:-1]}, which cannot be written: no notebook could be saved."
    return Finding("disk", "red", text, step)


def _enough(name, size, what, good, needed, step):
    """Judge a number of bytes by how many gigabytes are good, and how many are needed."""
    text = f"{size / 1e9:.1f} GB {what}"
    if size >= good * 1e9:
        return Finding(name, "green", f"{text}.")
    status = "amber" if size >= needed * 1e9 else "red"
    return Finding(name, status, f"{text}; {good} are good, {needed} needed.", step)


def data_set(title, in_folder, in_cache, offline, command=""):
    """Judge whether a data set is there, and sound.

    `in_folder` and `in_cache` are the `FileReport`s of COURSE_DATA_DIR (none without such a folder) and of
    the course's cache. `command` makes the set from what is in COURSE_DATA_DIR in another form, if any is.
    """
    name, place = f"data: {title}", "In the folder of COURSE_DATA_DIR"
    if any(report.status not in ("missing", "absent") for report in in_folder):
        good_file = "Put a good file there: python -m helpers.datasets fetch --all --to DIR."
        for status, faults, step in (
            ("red", {"damaged", "missing"}, good_file),
            ("amber", {"doubtful"}, "Look at some of it."),
        ):
            if said := [f"{report.file}: {report.text}" for report in in_folder if report.status in faults]:
                return Finding(name, status, f"{place}, {'; '.join(said)}", step)
        how = "not the published files, but sound in shape and range"
        if all(report.status == "published" for report in in_folder):
            how = "published checksum verified"
        return Finding(name, "green", f"{place}; {how}.")
    if command:
        text = "In another form in the folder of COURSE_DATA_DIR, which the course does not read as it is."
        return Finding(name, "amber", text, f"Make the course's file from it: {command}")
    if any(report.status == "absent" for report in in_cache):
        return Finding(name, "green", "Nobody publishes it as one file: the course draws what it needs.")
    if all(report.status == "published" for report in in_cache):
        return Finding(name, "green", "In the course's cache; published checksum verified.")
    if offline:
        text = "Not here, and COURSE_OFFLINE is set: embedded data will be used."
        step = "Unset COURSE_OFFLINE, or set COURSE_DATA_DIR to a folder with the data."
    else:
        text = "Not here yet: downloaded when first used; without network, embedded data will be used."
        step = "To have it tonight: python -m helpers.datasets fetch --all --to data/cache."
    return Finding(name, "amber", text, step)


def shipped_files(readme, folder, downloads=()):
    """Check the course's own files in a folder against the table in its README's text, and load each.

    A row with a file's name in its first cell and a sha256 in another counts; downloads are no such files.
    """
    faults, good = [], 0
    for file, listed in _SHIPPED.findall(readme):
        path = folder / file
        if path.name in downloads:
            continue
        if not path.is_file():
            faults.append(f"{file} is missing")
        elif checksum(path.read_bytes()) != listed:
            faults.append(f"{file} was changed or damaged")
        elif problem := _why_it_does_not_load(path):
            faults.append(f"{file} does not load ({problem})")
        else:
            good += 1
    if faults:
        step = "Get them again: git checkout -- data (or unpack the course once more)."
        return Finding("shipped files", "red", f"{'; '.join(faults)}.", step)
    return Finding("shipped files", "green", f"{good} in data/, checksums right, all load.")


def widgets(needs, installed, page_parts=None):
    """Check that the kernel's half of the widgets and the page's half fit together.

    `needs` are what each widget package requires, as its metadata say it: lists of lines. `page_parts` are
    JupyterLab's extensions; None where there is no JupyterLab, as in Colab.
    """
    names = ["ipywidgets", "anywidget"] + ([] if page_parts is None else ["jupyterlab-widgets"])
    wrong = [f"{name} is missing" for name in names if installed(name) is None]
    for package, lines in needs.items():
        for requirement in _requirements(lines):
            name, wanted = requirement.name, requirement.specifier
            if page_parts is None and name.startswith("jupyterlab"):
                continue
            version = installed(name)
            if version is None or not wanted.contains(version, prereleases=True):
                wrong.append(f"{package} needs {name}{wanted}, found {version or 'none'}")
    if page_parts is not None:
        lacking = [part for part in _PAGE_PARTS if part not in page_parts]
        wrong += [f"JupyterLab lacks the page's part {part}" for part in lacking]
    if wrong:
        together = "ipywidgets jupyterlab-widgets anywidget"
        step = f"python -m pip install --force-reinstall {together}; then restart JupyterLab."
        return Finding("widgets", "red", f"{'; '.join(wrong)}.", step)
    found = ", ".join(f"{name} {installed(name)}" for name in names)
    return Finding("widgets", "green", f"{found} fit together.")


def port(free):
    """Judge the first free port of `PORTS`, or None."""
    if free is None:
        step = "Close other Jupyter servers (jupyter lab list shows them), or: jupyter lab --port 9000."
        return Finding("port", "red", f"{PORTS[0]} to {PORTS[-1]} are all taken.", step)
    taken = "" if free == PORTS[0] else f"; {PORTS[0]} is taken, perhaps by a JupyterLab that runs"
    return Finding("port", "green", f"{free} is free{taken}.")


def browser(name):
    """Judge the name of a browser, or None."""
    if name is None:
        step = "Open the address that JupyterLab prints, in a browser on this or another machine."
        return Finding("browser", "amber", "None found, so none will open by itself.", step)
    return Finding("browser", "green", f"{name}.")


# Values of this machine


def _examinations():
    """Names of the checks, and functions without arguments that carry them out."""
    on_colab = _on_colab()
    checks = [
        ("Python", lambda: python("{}.{}.{}".format(*sys.version_info), _allowed_python())),
        ("packages", lambda: packages(*map(_text, _REQUIREMENTS), _version, on_colab)),
        ("TensorFlow", _import_tensorflow),
        ("Keras", lambda: keras(keras_leftovers())),
        ("cores", lambda: cores(_cores())),
        ("memory", lambda: memory(_available_memory())),
        ("disk", lambda: disk(shutil.disk_usage(ROOT).free, os.access(ROOT, os.W_OK))),
        *[(f"data: {name}", partial(_data_set, name)) for name in _DATA_SETS],
        ("shipped files", _shipped_files),
        ("widgets", lambda: widgets(_needs(), _version, None if on_colab else _page_parts())),
    ]
    if not on_colab:
        checks += [("port", lambda: port(free_port(PORTS))), ("browser", lambda: browser(_browser()))]
    return checks


def _on_colab():
    try:
        return importlib.util.find_spec("google.colab") is not None
    except (ImportError, ValueError):
        return False


def _text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def _allowed_python():
    return tomllib.loads(_text("pyproject.toml"))["project"]["requires-python"]


def _requirements(lines):
    """Requirements of a file, a lock or a package's metadata that hold on this machine."""
    from packaging.requirements import Requirement

    for line in lines:
        line = line.partition("#")[0].strip().rstrip("\\").strip()
        if line and not line.startswith("-"):
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                yield requirement


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _import_tensorflow():
    if "tensorflow" in sys.modules:
        return tensorflow(0, 0)
    # In a Python of its own: where the processor is too old, it doesn't raise but crash.
    command = [sys.executable, "-c", "from helpers.session import load_keras; load_keras()"]
    begun, limit = time.monotonic(), 180  # seconds
    try:
        ran = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, errors="replace", timeout=limit
        )
    except subprocess.TimeoutExpired:
        return tensorflow(None, limit)
    complaint = (ran.stderr.strip().splitlines() or ["no reason given"])[-1]
    return tensorflow(ran.returncode, time.monotonic() - begun, complaint[:200])


def _cores():
    # Containers and class servers often allow fewer cores than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _available_memory(limits=Path("/sys/fs/cgroup")):
    import psutil

    available = psutil.virtual_memory().available
    try:  # A container's own limit, where there is one; "max" is none.
        limit = int((limits / "memory.max").read_text()) - int((limits / "memory.current").read_text())
    except (OSError, ValueError):
        return available
    return max(0, min(available, limit))


def _data_set(name):
    from helpers.datasets import reports, sources
    from helpers.settings import SettingError

    # The loaders' own answers to where and whether, so that the doctor cannot see it differently.
    title = sources.TITLES[name]
    try:
        folder, offline = sources.data_folder(), sources.is_offline()
    except (sources.DatasetError, SettingError) as error:
        return Finding(f"data: {title}", "red", f"{error}", "Correct the variable, or unset it.")
    in_folder = list(reports.examine(folder, [name])) if folder else []
    in_cache = list(reports.examine(sources.cache_folder(), [name]))
    command = sources.import_command(folder, name) if folder else ""
    return data_set(title, in_folder, in_cache, offline, command)


def _shipped_files():
    from helpers.datasets.sources import FILE_TO_PREPARE, PUBLISHED

    downloads = {Path(file).name for files in PUBLISHED.values() for file in files}
    downloads |= set(FILE_TO_PREPARE.values())
    if not (ROOT / "data" / "README.md").is_file():
        step = "Unpack or clone the course once more."
        return Finding("shipped files", "red", "data/README.md, which lists them, is missing.", step)
    return shipped_files(_text("data/README.md"), ROOT / "data", downloads)


def _why_it_does_not_load(path):
    """What goes wrong when a file is opened by its kind; empty if nothing does."""
    try:
        if path.suffix == ".npz":
            import numpy as np

            dict(np.load(path, allow_pickle=False))  # reads every array
        elif path.suffix == ".h5":
            import h5py

            with h5py.File(path) as file:
                names = []
                file.visit(names.append)
                for item in map(file.get, names):
                    if isinstance(item, h5py.Dataset):
                        item[()]  # reads it
        elif path.suffix == ".png":
            from PIL import Image

            Image.open(path).load()
        elif path.suffix == ".json":
            json.loads(path.read_bytes())
    except Exception as error:
        return type(error).__name__
    return ""


def _needs():
    installed = filter(_version, ("ipywidgets", "anywidget"))
    return {name: importlib.metadata.requires(name) or [] for name in installed}


def _page_parts():
    from jupyter_core.paths import jupyter_path

    folders = [Path(folder) for folder in jupyter_path("labextensions")]
    return {part for part in _PAGE_PARTS for folder in folders if (folder / part / "package.json").is_file()}


def free_port(ports):
    """Return the first of some port numbers that this machine can listen on, or None."""
    for number in ports:
        with socket.socket() as attempt, contextlib.suppress(OSError, OverflowError):
            if os.name != "nt":  # as JupyterLab does; on Windows this would share a port that is in use
                attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind(("127.0.0.1", number))
            return number
    return None


def _browser():
    with contextlib.suppress(webbrowser.Error):
        name = Path(getattr(webbrowser.get(), "name", "")).name or "the system's default browser"
        if name not in _TEXT_BROWSERS:
            return name
    return next(filter(shutil.which, _BROWSERS.split()), None)


def _without_paths(text):
    """Leave out folders of this machine, which would give away its user."""
    places = {str(ROOT): "the course's folder", sys.prefix: "Python's folder", str(Path.home()): "~"}
    for place, words in places.items():
        if len(place) > 1:
            text = text.replace(place, words)
    return " ".join(text.split())


def _line(found, colours):
    sign, colour, _ = _LOOKS[found.status]
    status = f"{sign} {found.status:<5}"
    if colours:
        status = f"\033[{colour}m{status}\033[0m"
    step = f"\n{'':30}Next: {found.next_step}" if found.next_step else ""
    return f"{status} {found.name:<28} {found.text}{step}"


def _table_html(found):
    left, rows = 'style="text-align:left', ""
    for one in found:
        sign, _, colour = _LOOKS[one.status]
        badge = f"color:#fff;padding:1px 6px;background:{colour}"
        rows += (
            f'<tr><th scope="row" {left}">{html.escape(one.name)}</th>'
            f'<td {left};white-space:nowrap"><b style="{badge}">{sign} {one.status}</b></td>'
            f'<td {left}">{html.escape(one.text)}</td><td {left}">{html.escape(one.next_step)}</td></tr>'
        )
    heads = "".join(f'<th {left}">{head}</th>' for head in ("", "Status", "Found", "Next step"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


if __name__ == "__main__":
    sys.exit(any(one.status == "red" for one in print_findings()))
