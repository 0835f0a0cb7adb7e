"""A JupyterHub for one class on one machine: `make classroom USERS=list.txt`; README.md beside this file.

As root every learner gets an account of this machine (made if missing), and no learner reads another's
files. As anyone else all servers run in your own account, which protects nobody from anybody.
"""

import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from jupyterhub.auth import LocalAuthenticator
from jupyterhub.authenticators.shared import SharedPasswordAuthenticator
from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner

COURSE = Path(__file__).resolve().parents[2]
ACCOUNTS = os.geteuid() == 0
MARK = "learner of the deep learning course"  # The comment of accounts that were made for a class.

state = Path(os.environ.get("CLASSROOM_STATE") or COURSE / "classroom/hub/class").absolute()
state.mkdir(mode=0o700, parents=True, exist_ok=True)


def learners(path):
    """Names from the list, one a line; sys.exit says what is wrong with it."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as problem:
        sys.exit(f"USERS={path}: {problem.strerror}. Write one name a line into it.")
    names = [name for line in lines if (name := line.split("#")[0].strip().lower())]
    if not names:
        sys.exit(f"{path} holds no name. Write one name a line into it.")
    for name in names:
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", name):
            sys.exit(f"{path}: {name!r}: use a to z, 0 to 9, _ and -, a letter first, 31 at most.")
        if ACCOUNTS and name in accounts and not accounts[name].startswith(MARK):
            sys.exit(f"{path}: {name} is an account of this machine already; choose another name.")
    return set(names)


def password():
    """The one in CLASSROOM_PASSWORD, or that of the last start, or a new one."""
    kept = state / "password"
    given = os.environ.get("CLASSROOM_PASSWORD") or (kept.read_text() if kept.exists() else "")
    given = given or secrets.token_hex(4)
    if len(given) < 8:
        sys.exit("PASSWORD needs eight characters or more.")
    kept.touch(mode=0o600)
    kept.write_text(given)
    return given


def proxy(url):
    """The program that stands in front: the Python one knows no certificates, JupyterHub's own one does."""
    if not url.startswith("https:"):
        return f"{sys.prefix}/bin/configurable-http-proxy"
    return shutil.which("configurable-http-proxy") or sys.exit(
        f"URL={url}: certificates need JupyterHub's own proxy. Install it: sudo apt install npm, then "
        "sudo npm install -g configurable-http-proxy. Or leave URL out and let a web server "
        "with a certificate pass requests to http://127.0.0.1:8000."
    )


def closed(path):
    """Those parts of a path that other accounts can't enter or read, outermost first."""
    for part in (*reversed(path.parents), path):
        if not part.stat().st_mode & (stat.S_IROTH if part == path else stat.S_IXOTH):
            yield part


branch = subprocess.run(["git", "-C", COURSE, "branch", "--show-current"], capture_output=True, text=True)
if not branch.stdout.strip():
    sys.exit(
        f"{COURSE} is no clone with a branch checked out; learners' copies are made with git: {branch.stderr}"
    )
accounts = {entry.pw_name: entry.pw_gecos for entry in pwd.getpwall()}
names, word = learners(os.environ.get("CLASSROOM_USERS", "")), password()

c = get_config()  # noqa: F821 - Jupyter's name in such a file.


class ClassPassword(LocalAuthenticator, SharedPasswordAuthenticator):
    """One password for the class, names from the list, and accounts of the system where they are wanted."""


c.JupyterHub.authenticator_class = ClassPassword
c.SharedPasswordAuthenticator.user_password = word
c.Authenticator.allowed_users = names
c.Authenticator.allow_existing_users = False  # Who was taken off the list is out.
c.LocalAuthenticator.create_system_users = ACCOUNTS
useradd = "useradd --create-home --key HOME_MODE=0700 --shell /bin/bash --comment"
c.LocalAuthenticator.add_user_cmd = [*useradd.split(), MARK]

# Reached from this machine alone, unless an address is given; then add a certificate (README.md).
c.JupyterHub.bind_url = os.environ.get("CLASSROOM_URL") or "http://127.0.0.1:8000"
c.JupyterHub.db_url = f"sqlite:///{state}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")
c.ConfigurableHTTPProxy.command = [proxy(c.JupyterHub.bind_url)]
c.JupyterHub.cleanup_servers = True  # Stopped with the hub: work is in files, and a start costs seconds.
# A class comes at once. Who has to wait sees a page that goes on by itself; beyond a limit, an error.
c.JupyterHub.concurrent_spawn_limit = 0

# What each learner's server reads of the course before the first notebook opens.
read = ["classroom/hub/start.sh", "classroom/hub/gitconfig", ".git"]
read += [f"{environment}/bin/python" for environment in (".venv", ".venv-hub")]
shut = [part for name in read for part in closed((COURSE / name).resolve())]
if ACCOUNTS and shut:
    sys.exit(
        f"{shut[0]} is closed to other accounts (mode {shut[0].stat().st_mode & 0o777:o}), and learners' "
        "servers read it. Clone the course into a folder that all may enter, such as /opt, after umask 022, "
        "with a Python that all may use, such as /usr/bin/python3."
    )

# Each learner's server: an own copy, own files, the course's packages for reading.
c.JupyterHub.spawner_class = LocalProcessSpawner if ACCOUNTS else SimpleLocalProcessSpawner
c.SimpleLocalProcessSpawner.home_dir_template = f"{state}/learners/{{username}}"
limit = os.environ.get("CLASSROOM_MEMORY_MB") or "4096"
server = f"{sys.prefix}/bin/jupyterhub-singleuser"
c.Spawner.cmd = [str(COURSE / "classroom/hub/start.sh"), str(COURSE), limit, server]
c.Spawner.args = [f"--LabApp.extra_labextensions_path={COURSE}/.venv/share/jupyter/labextensions"]
# Kernels print to sockets in the learner's folder, not to ports that all accounts could listen to.
if ACCOUNTS:
    c.Spawner.args.append("--KernelManager.transport=ipc")
c.Spawner.notebook_dir = "~/course/notebooks"
c.Spawner.default_url = "/lab/tree/00_start_here.ipynb"
c.Spawner.start_timeout = c.Spawner.http_timeout = 600
c.Spawner.environment = {
    "COURSE_PROGRESS_FILE": "~/progress.json",
    "COURSE_MODELS_DIR": "~/models",
    "COURSE_OWN_DIGITS": "~/own_digits.json",
    "COURSE_CACHE_DIR": os.environ.get("COURSE_CACHE_DIR") or str(COURSE / "data/cache"),
    "COURSE_OFFLINE": os.environ.get("COURSE_OFFLINE", ""),
}
if data := os.environ.get("COURSE_DATA_DIR"):
    c.Spawner.environment["COURSE_DATA_DIR"] = str(COURSE / Path(data).expanduser())

# A server that nobody used for an hour is stopped; the learner's next visit starts it again.
idle = os.environ.get("CLASSROOM_IDLE_SECONDS") or "3600"
c.JupyterHub.services = [
    {"name": "culler", "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={idle}"]}
]
scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
c.JupyterHub.load_roles = [{"name": "culler", "scopes": scopes, "services": ["culler"]}]

where = "accounts of their own" if ACCOUNTS else "YOUR account: each can read what the others write"
print(f"{len(names)} learners, in {where}. {c.JupyterHub.bind_url}, class password: {word}", flush=True)
