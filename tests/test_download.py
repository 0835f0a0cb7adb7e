"""Downloads from a bad server: always the good file or one clear error, never half a file, never a hang."""

import hashlib
import multiprocessing
import os
import random
import signal
import socket
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from helpers import download as download_module
from helpers.download import DownloadError, Limits, download

CONTENT = random.Random(0).randbytes(300_000)
CHECKSUM = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
# Time limits are what is tested here; a machine that stands still for a second may try again.
pytestmark = pytest.mark.flaky(reruns=2)
QUICK = Limits(connect=5, stall=0.8, least_bytes=5_000, attempts=3, idle=5, pause=0.05, wait=10)


class Handler(BaseHTTPRequestHandler):
    """The address's first part says how the server shall behave."""

    def do_GET(self):  # noqa: N802 (the name is http.server's)
        behaviour = self.path.split("/")[1]
        self.server.requests.append(self.path)
        if behaviour == "flaky":
            behaviour = (
                "good" if self.server.requests.count(self.path) > 2 else random.choice(["breaks", "500"])
            )
        if behaviour.isdigit():
            self.send_error(int(behaviour))
            return
        if behaviour == "silent":
            self.server.over.wait(20)
            return
        if behaviour == "hangs_up":
            return
        content = CONTENT[::-1] if behaviour == "wrong" else CONTENT
        self.send_response(200)
        if behaviour != "no_length":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        sent = 100_000 if behaviour in ("breaks", "no_length", "stalls") else len(content)
        size, pause = {"drips": (1, 0.05), "slow": (20_000, 0.1)}.get(behaviour, (sent, 0))
        for start in range(0, sent, size):
            if self.server.over.wait(pause):
                return
            self.wfile.write(content[start : min(start + size, sent)])
        if behaviour == "stalls":
            self.server.over.wait(20)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.over = threading.Event()

    def handle_error(self, *_):
        """Clients that have given up are what the tests are about."""

    def address(self, behaviour):
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/set.npz"


@pytest.fixture
def server():
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def without_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")


def is_good(path):
    return path.read_bytes() == CONTENT


def attempt(url, path, limits=QUICK):
    """Try a download; return None or the error's text, and the seconds it took."""
    start = time.monotonic()
    try:
        download(url, path, is_good, CHECKSUM, limits)
    except DownloadError as error:
        return str(error), time.monotonic() - start
    return None, time.monotonic() - start


def visible_files(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def left_over(folder):
    return [path.name for path in folder.iterdir() if path.name.endswith(".part")]


# One process

ERRORS = {
    "breaks": r"the connection broke off after 0\.1 of 0\.3 MB",
    "stalls": r"the server went silent for 0\.8 s after 0\.1 of 0\.3 MB",
    "drips": r"the server went silent for 0\.8 s after 0\.0 of 0\.3 MB",
    "silent": r"the server went silent for 0\.8 s before anything arrived",
    "hangs_up": "the connection broke off before anything arrived",
    "wrong": r"wrong checksum \(sha256\)",
    "no_length": "wrong checksum",
    "403": "the server answered with error 403",
    "404": "error 404",
    "500": "the server answered with error 500",
}


def test_good(server, tmp_path):
    path = tmp_path / "folder" / "set.npz"
    assert attempt(server.address("good"), path)[0] is None
    assert is_good(path)
    assert visible_files(path.parent) == ["set.npz"]
    attempt(server.address("good"), path)
    assert len(server.requests) == 1  # What is there is not fetched again.


@pytest.mark.parametrize("behaviour", ERRORS)
def test_one_clear_error_and_no_file(server, tmp_path, behaviour):
    error, seconds = attempt(server.address(behaviour), tmp_path / "set.npz")
    assert error is not None
    with pytest.raises(AssertionError, match=ERRORS[behaviour]):
        raise AssertionError(error)
    assert visible_files(tmp_path) == []
    assert left_over(tmp_path) == []
    assert seconds < 10
    # "No" is taken for an answer, all else is tried again.
    assert len(server.requests) == (1 if behaviour in ("403", "404") else 3)
    assert "127.0.0.1" not in error
    assert str(tmp_path) not in error


def test_tries_again_until_it_works(server, tmp_path):
    assert attempt(server.address("flaky"), tmp_path / "set.npz")[0] is None
    assert len(server.requests) == 3
    assert is_good(tmp_path / "set.npz")


def test_slow_is_not_silent(server, tmp_path):
    error, seconds = attempt(server.address("slow"), tmp_path / "set.npz")
    assert error is None
    assert seconds > QUICK.stall


def test_damaged_file_is_replaced_and_kept(server, tmp_path):
    path = tmp_path / "set.npz"
    path.write_bytes(b"half")
    assert attempt(server.address("500"), path)[0] is not None
    assert path.read_bytes() == b"half"
    assert attempt(server.address("good"), path)[0] is None
    assert is_good(path)
    assert (tmp_path / "set.npz.damaged").read_bytes() == b"half"


def not_found(*_, **__):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(
    ("host", "look_up", "limits", "message"),
    [
        ("127.0.0.1", socket.getaddrinfo, Limits(), "could not be reached"),  # Nobody listens there.
        ("nowhere.invalid", not_found, Limits(), "could not be reached"),
        (
            "slow.invalid",
            lambda *_, **__: time.sleep(8),
            Limits(connect=1),
            "could not be reached within 1 s",
        ),
    ],
)
def test_no_server(host, look_up, limits, message, tmp_path, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    start = time.monotonic()
    with pytest.raises(DownloadError, match=message) as caught:
        download(f"http://{host}:{port}/x", tmp_path / "set.npz", is_good, CHECKSUM, limits)
    assert caught.value.offline
    assert time.monotonic() - start < 6


def test_no_further_attempt_after_idle_seconds(server, tmp_path):
    limits = Limits(stall=0.8, idle=1.2, attempts=5, pause=0.01)
    assert "went silent" in attempt(server.address("silent"), tmp_path / "set.npz", limits)[0]
    assert len(server.requests) == 2  # 0.8 s are less than `idle`, 1.6 s are more.


def test_folder_that_cannot_be_written(server, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    error, _ = attempt(server.address("good"), tmp_path / "file" / "set.npz")
    assert "could not be written" in error
    assert str(tmp_path) not in error


def test_real_limits_stay_under_30_seconds():
    limits = Limits()
    assert limits.connect <= 10
    # The longest way without a byte: attempts begin as long as `idle` is not over.
    seconds, pause = 0.0, limits.pause
    for _ in range(limits.attempts):
        seconds += limits.connect + limits.stall
        if seconds > limits.idle:
            break
        seconds, pause = seconds + pause, 2 * pause
    assert seconds < 30
    assert limits.wait < 30
    assert limits.wait > seconds  # Who waits does not give up before the one who tries.


def test_progress_is_shown_only_when_something_arrives(server, tmp_path, capfd):
    attempt(server.address("500"), tmp_path / "set.npz")
    # With the real limits: on a busy machine 0.8 s may pass before the first byte.
    error, _ = attempt(server.address("good"), tmp_path / "set.npz", Limits(attempts=5))
    assert error is None
    shown = capfd.readouterr().err
    assert shown.count("Downloading set.npz: 292 of 292 KB") == 1
    assert len(shown.splitlines()) == 1
    attempt(server.address("good"), tmp_path / "set.npz")
    assert capfd.readouterr() == ("", "")


# Eight processes


def start_together(barrier):
    global _barrier
    _barrier = barrier


def attempt_together(url, path):
    _barrier.wait(60)
    return attempt(url, path)


@pytest.fixture(scope="module")
def eight():
    """Eight processes that begin at the same moment."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(8)
    with ProcessPoolExecutor(8, context, start_together, (barrier,)) as pool:

        def run(url, path):
            return [
                future.result(60) for future in [pool.submit(attempt_together, url, path) for _ in range(8)]
            ]

        yield run


@pytest.mark.parametrize("behaviour", ["good", "flaky", "slow"])
def test_eight_processes_one_download(server, tmp_path, eight, behaviour):
    path = tmp_path / "set.npz"
    results = eight(server.address(behaviour), path)
    assert [error for error, _ in results] == [None] * 8
    assert is_good(path)
    assert visible_files(tmp_path) == ["set.npz"]
    assert left_over(tmp_path) == []
    assert len(server.requests) == (3 if behaviour == "flaky" else 1)


@pytest.mark.parametrize("damaged", [False, True], ids=["missing", "damaged"])
@pytest.mark.parametrize("behaviour", ["breaks", "stalls", "wrong", "403", "500"])
def test_eight_processes_one_error(server, tmp_path, eight, behaviour, damaged):
    path = tmp_path / "set.npz"
    if damaged:
        path.write_bytes(b"half")
    results = eight(server.address(behaviour), path)
    for error, seconds in results:
        with pytest.raises(AssertionError, match=ERRORS[behaviour]):
            raise AssertionError(error)
        assert seconds < 15
    assert visible_files(tmp_path) == (["set.npz"] if damaged else [])
    assert not damaged or path.read_bytes() == b"half"
    assert left_over(tmp_path) == []
    # Those who waited believed the one who tried; a late comer may try for itself.
    assert len(server.requests) <= (2 if behaviour == "403" else 6)
    # What failed then does not stand in the way now.
    assert attempt(server.address("good"), path)[0] is None
    assert is_good(path)


def test_process_that_dies_leaves_no_lock(server, tmp_path):
    path = tmp_path / "set.npz"
    context = multiprocessing.get_context("spawn")
    patient = Limits(stall=60, idle=60)
    dying = context.Process(target=attempt, args=(server.address("stalls"), path, patient))
    dying.start()
    deadline = time.monotonic() + 20
    while not server.requests and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    os.kill(dying.pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    dying.join()
    assert left_over(tmp_path) == [".set.npz.part"]
    error, seconds = attempt(server.address("good"), path)
    assert error is None
    assert seconds < 6
    assert is_good(path)
    assert left_over(tmp_path) == []


def test_process_that_holds_the_lock_without_getting_on(server, tmp_path):
    path = tmp_path / "set.npz"
    with download_module._one_at_a_time(path, QUICK):
        error, seconds = attempt(server.address("good"), path, Limits(wait=1))
    assert "another process has been downloading it for 1 s without getting on" in error
    assert 1 <= seconds < 6
