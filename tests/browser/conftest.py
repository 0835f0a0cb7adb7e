"""A real JupyterLab in a real Chromium, for the tests of this folder."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

from helpers.progress import COMMITTED

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "course"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def find_chromium():
    """Return `COURSE_CHROMIUM` or the first Chromium on the path; None where there is none."""
    return os.environ.get("COURSE_CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), None)


def pytest_collection_modifyitems(items):
    """Let a browser test try twice more: a busy machine's browser stumbles now and then, and says so (R)."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=2))


class Lab:
    """A running JupyterLab and the folder whose notebooks it shows."""

    def __init__(self, folder, url):
        self.folder = folder
        self.url = url

    def write(self, name, cells):
        """Write a notebook of code cells into the folder.

        Parameters
        ----------
        name : str
            File name.
        cells : list of str
        """
        setup = f"import sys\nsys.path.insert(0, {str(ROOT)!r})"
        code = [nbformat.v4.new_code_cell(cell) for cell in [setup, *cells]]
        notebook = nbformat.v4.new_notebook(cells=code)
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)

    def strip(self, page, name, committed):
        """Save the notebook that is open, and write it as the builder stores it, for another kernel."""
        page.locator(".jp-CodeCell .jp-InputPrompt").first.click()  # A widget keeps keys for itself.
        page.keyboard.press("Control+s")
        page.locator(".jp-mod-dirty").wait_for(state="detached")
        notebook = nbformat.read(self.folder / name, 4)
        for output in [output for cell in notebook.cells for output in cell.outputs if "data" in output]:
            output.data = {kind: output.data[kind] for kind in output.metadata[COMMITTED]}
        nbformat.write(notebook, self.folder / committed)

    def open(self, page, name):
        """Open a notebook in a page of the browser and wait for its cells and its kernel.

        Parameters
        ----------
        page : playwright.sync_api.Page
        name : str
            File name.
        """
        page.goto(f"{self.url}/doc/tree/{name}?token={TOKEN}&reset")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=40_000)
        # A notebook that is run before it has a session asks which kernel to take.
        end = time.monotonic() + 30
        while not any(
            session["path"] == name and session["kernel"]["connections"] for session in self.sessions()
        ):
            if time.monotonic() > end:
                raise TimeoutError(f"{name} has no kernel after 30 s")
            page.wait_for_timeout(100)

    def sessions(self):
        """List the sessions of notebooks with kernels, as Jupyter's API describes them."""
        return json.loads(self._request("GET", "/api/sessions"))

    def stop_kernels(self):
        """End every kernel: a notebook opened next has to do without what was made in its last one."""
        for session in self.sessions():
            self._request("DELETE", f"/api/sessions/{session['id']}")

    def _request(self, method, path):
        request = urllib.request.Request(f"{self.url}{path}?token={TOKEN}", method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def run_all(self, page):
        """Run all cells of the notebook that is open."""
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(
            state="attached", timeout=30_000
        )
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Start JupyterLab on a free port of 127.0.0.1, in an empty folder, with settings of its own."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Otherwise a question about news lies over the notebook.
    notification = home / "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    notification.parent.mkdir(parents=True)
    notification.write_text('{"fetchNews": "false"}')
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
        f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={folder}", "--LabApp.news_url=None",
    ]  # fmt: skip
    log = home / "lab.log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for_server(server, url, log)
        yield Lab(folder, url)
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait_for_server(server, url, log, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/api?token={TOKEN}", timeout=2) as answer:
                json.load(answer)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not answer within {seconds} s:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def chromium():
    """Start a Chromium without window; skip where the machine has none."""
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium found: install one, or set COURSE_CHROMIUM to its path")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    # Other tests may keep both cores busy; what is expected comes late then, but it comes.
    playwright.expect.set_options(timeout=20_000)
    with playwright.sync_playwright() as driver:
        # Without --no-sandbox Chromium does not start for the root user of a container.
        camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox", *camera])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def new_page(chromium):
    """Give a function that opens a page of the size of a small projector, with no memory of earlier ones."""

    def open_page():
        page = chromium.new_context(viewport={"width": 1280, "height": 720}).new_page()
        page.set_default_timeout(20_000)
        return page

    return open_page
