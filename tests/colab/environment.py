"""An imitation of Colab: its packages, its folder, a course to clone from, and no network."""

import ast
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import build
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
PYTHON = build.ROOT / ".venv-colab" / "bin" / "python"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
NOWHERE = "http://127.0.0.1:9"


def pinned_versions():
    """Return the versions that Colab has, by the names under which they are imported.

    Returns
    -------
    versions : dict of str to str
        What `requirements.txt` beside this file pins with `==`.
    """
    text = (HERE / "requirements.txt").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([\w-]+)==([^\s;]+)", text, re.M))
    del pins["tensorflow-cpu"]  # Another build of the same version.
    imported = {"ipython": "IPython", "pillow": "PIL"}
    return {imported.get(name, name): version for name, version in pins.items()}


def snapshot(folder):
    """Make a Git repository of the working tree as it is, committed or not.

    Parameters
    ----------
    folder : Path
        Is made. What `.gitignore` names stays out.
    """
    git = ["git", f"--git-dir={folder}", f"--work-tree={build.ROOT}", "-c", "core.bare=false"]
    name = ["-c", "user.name=Colab", "-c", "user.email=colab@localhost"]
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(folder)], check=True)
    subprocess.run([*git, "add", "--all", "."], check=True, cwd=build.ROOT)
    subprocess.run([*git, *name, "commit", "-q", "-m", "As it lies here"], check=True, cwd=build.ROOT)


def redirect(address, repository, config):
    """Write a Git configuration under which cloning `address` gets a folder of this machine.

    Parameters
    ----------
    address : str
        What the notebook clones.
    repository : Path
    config : Path
        The file to write; Git reads it when `GIT_CONFIG_GLOBAL` names it.
    """
    url = repository.resolve().as_uri()
    config.write_text(f'[url "{url}"]\n\tinsteadOf = {address}\n', encoding="utf-8")


def without_network():
    """Return the words before a command that take its network away; none where the system cannot do that."""
    for words in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        if shutil.which(words[0]) and subprocess.run([*words, "true"], capture_output=True).returncode == 0:
            return words
    return []


def colab_environment(config):
    """Return a kernel's environment variables.

    Parameters
    ----------
    config : Path
        Git's configuration from `redirect`.

    Returns
    -------
    environment : dict of str to str
        The course's data come from COURSE_DATA_DIR where it is set, else from the course itself. Nothing
        else of the learner's settings gets through, and proxies lead nowhere.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "PYTHON"))}
    return kept | {
        "COURSE_DATA_DIR": os.environ.get("COURSE_DATA_DIR", ""),
        "COURSE_CACHE_DIR": str(build.ROOT / "data" / "cache" / "embedded"),
        "COURSE_OFFLINE": "1",
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "http_proxy": NOWHERE,
        "https_proxy": NOWHERE,
        "HTTP_PROXY": NOWHERE,
        "HTTPS_PROXY": NOWHERE,
        "no_proxy": "",
    }


class Colab:
    """Runs notebooks in kernels of the environment `.venv-colab`.

    Parameters
    ----------
    home : Path
        An empty folder for the repository to clone from and for settings.
    """

    def __init__(self, home):
        snapshot(home / "course.git")
        self._config = home / "gitconfig"
        redirect(build.course_address(), home / "course.git", self._config)
        command = [*without_network(), str(PYTHON), str(HERE / "kernel.py"), "-f", "{connection_file}"]
        spec = {"argv": command, "display_name": "Python 3", "language": "python"}
        self._specs = home / "kernels"
        (self._specs / "colab").mkdir(parents=True)
        (self._specs / "colab" / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")

    def run(self, notebook, folder):
        """Execute a notebook in place.

        Parameters
        ----------
        notebook : nbformat.NotebookNode
        folder : Path
            The kernel's working folder.

        Returns
        -------
        widgets : dict of str to dict
            State of every widget that was made, by its model's id.

        Raises
        ------
        nbclient.exceptions.CellExecutionError
            If a cell raises.
        """
        # Sockets in a folder, because a kernel without network has no ports; their paths must be short.
        with tempfile.TemporaryDirectory(prefix="colab") as sockets:
            manager = AsyncKernelManager(
                kernel_name="colab",
                kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(self._specs)]),
                transport="ipc",
                connection_file=str(Path(sockets) / "kernel.json"),
            )
            resources = {"metadata": {"path": str(folder)}}
            client = NotebookClient(notebook, km=manager, timeout=300, resources=resources)
            client.coalesce_streams = True
            environment = colab_environment(self._config)
            client.execute(env=environment, stderr=subprocess.DEVNULL, cleanup_kc=True)
            return client.widget_state


def printed(cell):
    """Return what a cell wrote to its output with `print`."""
    return "".join(out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout")


def compared(cell):
    """Say whether a cell's output must be the same everywhere."""
    return not {"nbval-ignore-output", "nbval-skip"} & set(cell.metadata.get("tags", []))


def shows_widget(source, classes, known):
    """Say whether a cell ends in a widget.

    Parameters
    ----------
    source : str
    classes : set of str
        Names of the widgets' classes.
    known : set of str
        Names that hold widgets; those that this cell makes are added.

    Returns
    -------
    bool
    """

    def is_widget(node):
        return isinstance(node, ast.Call) and getattr(node.func, "id", "") in classes

    body = ast.parse(source).body
    for node in body:
        if isinstance(node, ast.Assign) and is_widget(node.value):
            known.update(target.id for target in node.targets if isinstance(target, ast.Name))
    last = body[-1] if body else None
    if not isinstance(last, ast.Expr):
        return False
    return is_widget(last.value) or (isinstance(last.value, ast.Name) and last.value.id in known)


def view_of(cell):
    """Return the model's id and the metadata of the widget that a cell shows; (None, {}) if it shows none."""
    for output in cell.outputs:
        if WIDGET_VIEW in output.get("data", {}):
            metadata = output.metadata.get(WIDGET_VIEW, {})
            return output.data[WIDGET_VIEW]["model_id"], metadata
    return None, {}


def holds_anywidget(model_id, widgets):
    """Say whether a widget, or one inside of it, is shown by a module of its own.

    Parameters
    ----------
    model_id : str
    widgets : dict of str to dict
        State of all widgets by model id, as `Colab.run` returns it.
    """
    state = widgets.get(model_id, {})
    if state.get("_model_module") == "anywidget":
        return True
    children = [child.removeprefix("IPY_MODEL_") for child in state.get("children", [])]
    return any(holds_anywidget(child, widgets) for child in children)
