"""The recognizer as a page of its own, for a hall display or a tablet: `make recognizer`.

`python -m helpers.widgets.recognizer_page` writes a notebook of one cell into a temporary folder and has
Voilà serve it on this machine only. Nobody's digits are kept; the page empties itself when nobody writes.
"""

import argparse
import importlib.util
import json
import signal
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import ipywidgets

from helpers.doctor import free_port
from helpers.session import ROOT, load_keras
from helpers.widgets.recognizer import Recognizer

CANVAS = 560
"""Side of the canvas in its own pixels; on the page it is as large as there is room."""

NAME = "recognizer.ipynb"

_STYLE = """<style>
body { background: var(--jp-layout-color0, white); }
.course-page { padding: 8px 16px; align-items: center; }
.course-page h1 { margin: 0; font-size: 28px; color: var(--jp-content-font-color0, black); }
.course-page .course-page-row { flex-flow: row wrap; justify-content: center; gap: 8px 32px; width: 100%; }
.course-page .course-canvas { width: min(94vw, max(280px, 100vh - 170px)); resize: none; font-size: 16px; }
.course-page .course-canvas :is(button, select) { min-height: 40px; padding: 4px 14px; }
.course-page .course-reading { font-size: 18px; }
.course-page .course-reading .digit { height: 120px; font-size: 110px; line-height: 120px; }
.course-page .course-reading .row { height: 25px; }
.course-page .course-reading .track { height: 17px; }
.course-page .course-reading .seen canvas { width: 140px; height: 140px; }
</style>
<h1>Write a digit: a neural network reads it</h1>"""


def page(idle=60):
    """Build the page.

    Parameters
    ----------
    idle : int
        Seconds after the last stroke until the canvas empties itself.

    Returns
    -------
    ipywidgets.VBox
    """
    # Nothing but the page is to be seen on the page.
    warnings.simplefilter("ignore")
    load_keras()
    recognizer = Recognizer(canvas_size=CANVAS, collect=False)
    recognizer.canvas.reset_after = idle
    recognizer.answer_view.layout.width = "460px"
    recognizer.answer_view.layout.max_width = "100%"
    recognizer.maps_view.layout.width = "100%"
    recognizer.maps_view.layout.max_width = "1100px"
    row = ipywidgets.Box([recognizer.canvas, recognizer.answer_view])
    row.add_class("course-page-row")
    whole = ipywidgets.VBox([ipywidgets.HTML(_STYLE), row, recognizer.maps_view])
    whole.add_class("course-page")
    return whole


def write_notebook(folder, idle):
    """Write the page's notebook.

    Parameters
    ----------
    folder : Path
    idle : int
        Seconds, see `page`.

    Returns
    -------
    path : Path
    """
    code = (
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        f"from helpers.widgets.recognizer_page import page\npage(idle={idle})"
    )
    cell = {"cell_type": "code", "id": "page", "source": code, "metadata": {}, "outputs": [],
            "execution_count": None}  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path = Path(folder) / NAME
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def main(arguments=None):
    """Serve the page until the program is stopped; see `--help`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8866, help="on 127.0.0.1; 8866 by default")
    parser.add_argument("--idle", type=int, default=60, help="seconds until the canvas empties itself")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="colours of the page")
    parser.add_argument("--no-browser", action="store_true", help="open no browser, only serve")
    chosen = parser.parse_args(arguments)
    if importlib.util.find_spec("voila") is None:
        print("Voilà is not installed: run `make lab` once, or `pip install voila`.", file=sys.stderr)
        return 1
    if free_port([chosen.port]) is None:
        other = f"make recognizer ARGS=--port={free_port(range(8866, 8966))}"
        print(
            f"Port {chosen.port} is taken, perhaps by a recognizer that runs already: {other}",
            file=sys.stderr,
        )
        return 1
    with tempfile.TemporaryDirectory(prefix="recognizer-") as folder:
        path = write_notebook(Path(folder), chosen.idle)
        command = [
            sys.executable, "-m", "voila", str(path), "--Voila.ip=127.0.0.1", f"--port={chosen.port}",
            "--Voila.port_retries=0", "--strip_sources=True", f"--theme={chosen.theme}",
            # A page that was closed without saying so leaves its kernel behind.
            "--MappingKernelManager.cull_idle_timeout=3600", "--MappingKernelManager.cull_interval=300",
        ]  # fmt: skip
        if chosen.no_browser:
            command.append("--no-browser")
        print(f"The recognizer: http://127.0.0.1:{chosen.port}  (Ctrl+C stops it)", flush=True)
        # Whoever ends this program ends the server with it.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        server = subprocess.Popen(command)
        try:
            return server.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    sys.exit(main())
