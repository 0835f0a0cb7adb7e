"""The recognizer as a page of its own, for a hall display or a tablet: `make recognizer`.

A notebook of one cell is written into a temporary folder, and Voilà serves it on this machine only. Nobody's
digits are kept; the page empties itself when nobody writes.
"""

import argparse
import importlib.util
import signal
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import ipywidgets
import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from helpers.doctor import free_port  # noqa: E402 - found by the line above.
from helpers.session import load_keras  # noqa: E402
from helpers.widgets import Recognizer  # noqa: E402

_CANVAS = 560  # Side of the canvas in its own pixels; on the page it is as large as there is room.


def page(idle=60):
    """Build the page; its canvas empties itself `idle` seconds after the last stroke."""
    # Nothing but the page is to be seen on the page.
    warnings.simplefilter("ignore")
    load_keras()
    recognizer = Recognizer(canvas_size=_CANVAS, collect=False)
    recognizer.canvas.reset_after = idle
    recognizer.answer_view.layout = {"width": "460px", "max_width": "100%"}
    recognizer.maps_view.layout = {"width": "100%", "max_width": "1100px"}
    style = (ROOT / "classroom" / "recognizer_page.css").read_text(encoding="utf-8")
    head = ipywidgets.HTML(f"<style>{style}</style><h1>Write a digit: a neural network reads it</h1>")
    row = ipywidgets.Box([recognizer.canvas, recognizer.answer_view])
    row.add_class("course-page-row")
    whole = ipywidgets.VBox([head, row, recognizer.maps_view])
    whole.add_class("course-page")
    return whole


def write_notebook(folder, idle):
    """Write the page's notebook into a folder; return its path."""
    code = (
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        f"from classroom.recognizer_page import page\npage(idle={idle})"
    )
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(code)]
    path = Path(folder, "recognizer.ipynb")
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
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
        problem = f"Port {chosen.port} is taken, perhaps by a recognizer that runs already"
        other = f"make recognizer ARGS=--port={free_port(range(8866, 8966))}"
        print(f"{problem}: {other}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="recognizer-") as folder:
        command = [
            sys.executable, "-m", "voila", str(write_notebook(folder, chosen.idle)),
            "--Voila.ip=127.0.0.1", f"--port={chosen.port}", "--Voila.port_retries=0",
            "--strip_sources=True", f"--theme={chosen.theme}",
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
