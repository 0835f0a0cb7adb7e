"""Two learners on a real JupyterHub: `make test-hub`. They log in, work, are killed, and come back.

With accounts of their own (as root), the hub runs in a mount namespace with a copy of /etc and an empty
/home, so that this machine gets no accounts. Without root it runs in one account.
"""

import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import pytest
import requests
from tornado.httpclient import HTTPRequest
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a word for the class"
CHAPTER = "02_softmax_mnist.ipynb"
ANA_WROTE = "ana_wrote = 'this line'"

# The Python of the course may lie in a folder that only root may enter: /root of a container.
ISOLATED = """
set -e
course=$1 blocked=$2 python=$3
shift 3
cd "$course/.."  # A second start finds the accounts and homes of the first.
[ -d home ] || { cp -a /etc etc; mkdir home python; }
mount --bind etc /etc
mount --bind home /home
if [ -n "$blocked" ]; then
  mount --bind "$python" python
  mount -t tmpfs -o mode=755 tmpfs "$blocked"
  mkdir -p "$python" && mount --bind python "$python"
fi
cd "$course"
exec "$@"
"""
AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def git(folder, *words):
    who = ["-c", "user.name=course", "-c", "user.email=course@example.org", "-c", "safe.directory=*"]
    subprocess.run(["git", *who, "-C", folder, *words], check=True, capture_output=True)


class Hub:
    """A course of its own with a hub that serves it, until `stop`."""

    def __init__(self, folder, accounts, names=("Ana  # in the first row", "bea")):
        self.course, self.folder, self.accounts = folder / "course", folder, accounts
        files = subprocess.check_output(["git", "-C", ROOT, "ls-files", "-z"], text=True).split("\0")
        for name in filter(None, files):
            if (ROOT / name).is_file():
                (self.course / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, self.course / name)
                # Learners' accounts read it, however closed this clone is: a umask of 077 is common.
                (self.course / name).chmod(0o755 if os.access(ROOT / name, os.X_OK) else 0o644)
        for name in (".venv", ".venv-hub"):
            (self.course / name).symlink_to(ROOT / name)
        git(self.course, "init", "--initial-branch=main")
        git(self.course, "add", "--all")
        git(self.course, "commit", "--message=The course")
        (folder / "list.txt").write_text("\n".join(names))
        self.start()

    def start(self):
        with socket.socket() as free, socket.socket() as free_too:
            free.bind(("127.0.0.1", 0)), free_too.bind(("127.0.0.1", 0))
            self.url, own = f"http://127.0.0.1:{free.getsockname()[1]}", free_too.getsockname()[1]
            api = f"http://127.0.0.1:{own + 1 if own < 65000 else own - 1}"
        words = [
            "make",
            "-o",
            ".venv/installed",
            "-o",
            ".venv-hub/installed",
            "LOAD_DATA=/dev/null",
            "classroom",
        ]
        words += [f"USERS={self.folder}/list.txt", f"PASSWORD={PASSWORD}", f"URL={self.url}"]
        words += [f"ARGS=--JupyterHub.hub_port={own} --ConfigurableHTTPProxy.api_url={api}"]
        if os.geteuid() == 0:
            python = Path(sys.base_prefix).resolve()
            closed = [folder for folder in (python, *python.parents) if not folder.stat().st_mode & 1]
            blocked = str(closed[-1]) if closed else ""
            begin = ["unshare", "--mount", "bash", "-c", ISOLATED, "bash", self.course, blocked, python]
            words = begin + ([] if self.accounts else AS_NOBODY) + words
            if not self.accounts:
                subprocess.run(["chown", "-R", "65534:65534", self.folder], check=True)
        self.log = (self.folder / "hub.log").open("a")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CLASSROOM_")}
        environment |= {
            "MAKEFLAGS": "",
            "MAKELEVEL": "0",
            "HOME": str(self.folder),
            "TF_NUM_INTRAOP_THREADS": "1",
        }
        self.process = subprocess.Popen(
            list(map(str, words)),
            cwd=self.course,
            env=environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
            # As from a terminal: a script's background job, and all that it starts, ignores interrupts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.until(lambda: requests.get(f"{self.url}/hub/api", timeout=5).ok, "the hub answers", 60)

    def until(self, true, what, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if true():
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.2)
        pytest.fail(f"Waited in vain until {what}.\n{self.said()[-5000:]}")

    def said(self):
        return (self.folder / "hub.log").read_text(errors="replace")

    def stop(self):
        # An interrupt at the terminal reaches every process of the group; the hub then stops its servers.
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.log.close()


class Learner:
    """What a browser does, without one."""

    def __init__(self, hub, name, password=PASSWORD):
        self.hub, self.name, self.session = hub, name.lower(), requests.Session()
        self.session.get(f"{hub.url}/hub/login")
        form = {"username": name, "password": password, "_xsrf": self.session.cookies.get("_xsrf")}
        self.answer = self.session.post(f"{hub.url}/hub/login", data=form, allow_redirects=False)
        if self.answer.status_code == 302:
            made = self.api("POST", "tokens", json={})
            self.session.headers["Authorization"] = f"token {made.json()['token']}"

    def api(self, method, path, **options):
        if "Authorization" not in self.session.headers:
            self.session.get(f"{self.hub.url}/hub/home")
            xsrf = [
                cookie.value
                for cookie in self.session.cookies
                if cookie.name == "_xsrf" and cookie.path == "/hub/"
            ]
            options["headers"] = {"X-XSRFToken": xsrf[0]}
        answer = self.session.request(method, f"{self.hub.url}/hub/api/users/{self.name}/{path}", **options)
        if not answer.ok:
            pytest.fail(f"{method} {path}: {answer.status_code} {answer.text}\n{self.hub.said()[-20000:]}")
        return answer

    def start(self):
        self.api("POST", "server")
        self.until_ready()

    def until_ready(self):
        about = f"{self.hub.url}/hub/api/users/{self.name}"
        ready = lambda: self.session.get(about).json()["servers"].get("", {}).get("ready")  # noqa: E731
        self.hub.until(ready, f"the server of {self.name} runs", 300)

    def stop(self):
        self.api("DELETE", "server")
        about = f"{self.hub.url}/hub/api/users/{self.name}"
        self.hub.until(lambda: not self.session.get(about).json()["servers"], "it stopped", 30)

    def own(self, method, path, **options):
        answer = self.session.request(method, f"{self.hub.url}/user/{self.name}/api/{path}", **options)
        assert answer.ok, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def notebook(self):
        return self.own("GET", f"contents/{CHAPTER}")["content"]

    def run(self, *cells):
        """Run cells in a new kernel of the chapter, by the websocket of JupyterLab; what they print."""
        about = {"path": CHAPTER, "name": CHAPTER, "type": "notebook", "kernel": {"name": "python3"}}
        session = self.own("POST", "sessions", json=about)
        said = IOLoop().run_sync(lambda: self._run(session["kernel"]["id"], cells), timeout=400)
        self.own("DELETE", f"sessions/{session['id']}")
        return said

    async def _run(self, kernel, cells):
        url = f"{self.hub.url.replace('http', 'ws')}/user/{self.name}/api/kernels/{kernel}/channels"
        channel = await websocket_connect(HTTPRequest(url, headers=dict(self.session.headers)))
        said = ""
        for code in cells:
            id = uuid.uuid4().hex
            header = {
                "msg_id": id,
                "msg_type": "execute_request",
                "username": "",
                "session": id,
                "version": "5.3",
            }
            content = {"code": code, "silent": False}
            message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
            await channel.write_message(json.dumps(message | {"channel": "shell", "buffers": []}))
            for _ in itertools.count():
                message = json.loads(await channel.read_message())
                kind, content = message["msg_type"], message["content"]
                if message["parent_header"].get("msg_id") != id:
                    continue
                if kind == "stream":
                    said += content["text"]
                elif kind == "error":
                    said += f"{content['ename']}: {content['evalue']}\n"
                elif kind == "status" and content["execution_state"] == "idle":
                    break
        channel.close()
        return said


def modes():
    if os.geteuid() != 0:
        return ["one account"]
    works = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/home"]).returncode == 0
    return ["accounts", "one account"] if works else []


@pytest.fixture(params=modes())
def hub(request):
    folder = Path(tempfile.mkdtemp(prefix="class-", dir="/tmp"))
    os.umask(0o022)
    folder.chmod(0o755)  # Not in pytest's own folder, which no other account may enter.
    hub = Hub(folder, accounts=request.param == "accounts")
    yield hub
    hub.stop()
    shutil.rmtree(folder, ignore_errors=True)


def cells(notebook):
    return [cell["source"] for cell in notebook["cells"]]


def test_two_learners(hub):
    assert Learner(hub, "ana", "not the word").answer.status_code == 403
    assert Learner(hub, "mallory").answer.status_code == 403
    assert Learner(hub, "root").answer.status_code == 403
    ana, bea = Learner(hub, "Ana"), Learner(hub, "bea")
    ana.start(), bea.start()

    page = ana.session.get(f"{hub.url}/user/ana/lab").text
    assert (
        "anywidget" in page and "@jupyter-widgets/jupyterlab-manager" in page
    )  # From the course's packages.

    # A learner changes a cell and predicts; the other sees nothing of it.
    notebook = ana.notebook()
    setup = next(cell for cell in notebook["cells"] if "setup" in cell["metadata"].get("tags", []))["source"]
    changed = next(i for i, cell in enumerate(notebook["cells"]) if cell["source"].startswith("import time"))
    notebook["cells"][changed]["source"] += "\n" + ANA_WROTE
    ana.own("PUT", f"contents/{CHAPTER}", json={"type": "notebook", "content": notebook})
    home = "from pathlib import Path\nprint(Path.home(), Path.cwd())"
    predict = "from helpers.checks import learner_file\nlearner_file.mark_predicted('2.a', %r)"
    said = ana.run(setup, predict % "ANA", home)
    assert "Error" not in said and "/ana" in said and "ana/course/notebooks" in said, said
    read = "import os\nprint(Path(os.path.expanduser(os.environ['COURSE_PROGRESS_FILE'])).read_text())"
    said = bea.run(setup, predict % "BEA", home, read)
    assert "Error" not in said and "'BEA'" in said.replace('"', "'") and "'ANA'" not in said, said
    assert ANA_WROTE not in "".join(cells(bea.notebook()))
    assert "'ANA'" in ana.run(home, read).replace('"', "'")

    # Where each has an account, nobody reads another's files and nobody writes the course.
    found = re.search(r"(\S+)/bea ", said).group(1)
    said = bea.run(f"print(open('{found}/ana/progress.json').read())")
    assert ("PermissionError" in said) == hub.accounts, said
    said = bea.run(f"print(open('{hub.course}/helpers/session.py', 'a').write('# bea'))")
    assert ("PermissionError" in said) == hub.accounts, said
    git(hub.course, "checkout", ".")
    said = bea.run("import ipykernel\nprint(ipykernel.get_connection_info())")
    assert ('"transport": "ipc"' in said) == hub.accounts, said

    # A notebook that wants more memory than is allowed gets an error; its server goes on.
    assert "MemoryError" in bea.run("import numpy as np\nprint(np.ones(10**9).sum())")

    # The course changes two cells, one of them the learner's, and brings a file; the server starts again.
    ana.stop()
    path = hub.course / "notebooks" / CHAPTER
    course = json.loads(path.read_text())
    course["cells"][0]["source"] = ["# The course's new title\n"]
    course["cells"][changed]["source"].append("\nthe_course_wrote = 1")
    path.write_text(json.dumps(course, indent=1, ensure_ascii=False) + "\n")
    (hub.course / "notebooks/new.md").write_text("new")
    git(hub.course, "add", "--all")
    git(hub.course, "commit", "--message=Newer")
    ana.start()
    merged = cells(ana.notebook())
    assert merged[0].startswith("# The course's new title") and ANA_WROTE in merged[changed]
    assert ana.own("GET", "contents/new.md")["content"] == "new"

    # Killed, as by a machine without memory: it comes back with the work.
    server = int(ana.run("import os\nprint(os.getppid())").split()[-1])
    os.kill(server, signal.SIGKILL)
    again = f"{hub.url}/hub/api/users/ana/server"
    hub.until(lambda: ana.session.post(again).ok, "the killed server is started again", 60)
    ana.until_ready()
    assert ANA_WROTE in cells(ana.notebook())[changed] and "'ANA'" in ana.run(home, read).replace('"', "'")

    # The hub itself stops and starts, with a shorter list: all work is there, and bea is out.
    hub.stop()
    (hub.folder / "list.txt").write_text("ana\n")
    hub.start()
    assert Learner(hub, "bea").answer.status_code == 403
    ana = Learner(hub, "ana")
    ana.start()
    assert ANA_WROTE in cells(ana.notebook())[changed] and "'ANA'" in ana.run(home, read).replace('"', "'")


def refusal(course, folder, **own):
    """What a hub says that is set up by a course's configuration and does not start."""
    words = [ROOT / ".venv-hub/bin/jupyterhub", "--config", course / "classroom/hub/jupyterhub_config.py"]
    own = {"CLASSROOM_USERS": str(folder / "list.txt"), "CLASSROOM_STATE": str(folder / "s")} | own
    # Nothing but git is found there: no proxy that this machine may have, and nothing that makes accounts.
    (folder / "git").symlink_to(shutil.which("git"))
    own["PATH"] = str(folder)
    done = subprocess.run(words, env=os.environ | own, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "text, url, said",
    [
        (None, "", "No such file"),
        ("# nobody\n", "", "holds no name"),
        ("ana\nb/../c\n", "", "'b/../c'"),
        ("root\n", "", "root"),
        ("ana\n", "https://0.0.0.0:8443", "npm install -g configurable-http-proxy"),
    ],
)
def test_what_cannot_be_meant_or_done(text, url, said, tmp_path):
    if text:
        (tmp_path / "list.txt").write_text(text)
    if text == "root\n" and os.geteuid() != 0:
        pytest.skip("only with accounts can a name be taken")
    assert said in refusal(ROOT, tmp_path, CLASSROOM_URL=url)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes accounts")
def test_a_course_that_accounts_cannot_read_is_said_before_the_start(tmp_path):
    course = tmp_path / "course"
    for name in ("jupyterhub_config.py", "start.sh", "gitconfig"):
        (course / "classroom/hub").mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "classroom/hub" / name, course / "classroom/hub" / name)
    for name in (".venv", ".venv-hub"):
        (course / name).symlink_to(ROOT / name)
    git(course, "init", "--initial-branch=main")
    tmp_path.chmod(0o700)
    (tmp_path / "list.txt").write_text("ana\n")
    closed = next(part for part in (*reversed(tmp_path.parents), tmp_path) if not part.stat().st_mode & 1)
    said = f"{closed} is closed to other accounts (mode {closed.stat().st_mode & 0o777:o})"
    assert said in refusal(course, tmp_path)
