"""Downloading one file safely: checked, never half, by one process at a time, and giving up in time."""

import contextlib
import shutil
import socket
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import filelock

from helpers.progress import Progress


@dataclass(frozen=True)
class Limits:
    """How long to wait for a server; together they keep a dead one from costing more than 30 s.

    Attributes
    ----------
    connect : float
        Seconds for finding and reaching the server, over all its addresses.
    stall : float
        Seconds in which at least `least_bytes` have to arrive.
    least_bytes : int
    attempts : int
        How often to try.
    idle : float
        No further attempt when nothing has arrived for so many seconds.
    pause : float
        Seconds before the second attempt; doubled before each one after that.
    wait : float
        Seconds to wait for another process that downloads the same file without getting on.
    """

    connect: float = 7.0
    stall: float = 7.0
    least_bytes: int = 16_384
    attempts: int = 3
    idle: float = 16.0
    pause: float = 0.5
    wait: float = 29.0


class DownloadError(Exception):
    """The file could not be had; the message is one clause that names no path and no host.

    Attributes
    ----------
    offline : bool
        The server could not even be reached.
    again : bool
        Another attempt may help.
    """

    def __init__(self, reason, offline=False, again=True):
        super().__init__(reason)
        self.offline = offline
        self.again = again and not offline


def download(url, path, is_good, checksum, limits=None):
    """Download a file unless a good one is there already.

    The file appears under its name only when it is complete and its checksum is right. A damaged file of that
    name is kept beside it as `<name>.damaged`. Of several processes one downloads and the others wait for it;
    when that one fails, or dies, nobody waits in vain.

    Parameters
    ----------
    url : str
    path : pathlib.Path
        Where the file shall be. Its folder is made when missing.
    is_good : callable
        `is_good(path)` tells whether the file that is there already can stay.
    checksum : str or None
        "sha256:..." or "md5:..." of the published file; None where nobody publishes one.
    limits : Limits, optional

    Raises
    ------
    DownloadError
        With the reason, after the last attempt.
    """
    limits = limits or Limits()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(path, limits) as failure:
            if path.exists() and is_good(path):
                return
            if failure:
                raise DownloadError(failure, again=False)
            _attempts(url, path, checksum, limits)
    except OSError as error:
        reason = f"the file could not be written ({error.strerror or type(error).__name__})"
        raise DownloadError(reason, again=False) from error


def _parts(path):
    return path.with_name(f".{path.name}.part")


@contextlib.contextmanager
def _one_at_a_time(path, limits):
    """Hold the file's lock, which the operating system frees when the process dies.

    Yields
    ------
    failure : str
        Why another process failed while this one waited; empty if none did.
    """
    note = path.with_name(f".{path.name}.failed")
    before = _note(note)
    lock = filelock.FileLock(path.with_name(f".{path.name}.lock"))
    state, changed = None, time.monotonic()
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0.2)
        except filelock.Timeout:
            if (now := _state(path)) != state:
                state, changed = now, time.monotonic()
            if time.monotonic() - changed > limits.wait:
                reason = f"another process has been downloading it for {limits.wait:.0f} s without getting on"
                raise DownloadError(reason, again=False) from None
    try:
        after = _note(note)
        yield after[1] if after and after != before else ""
        note.unlink(missing_ok=True)
    except DownloadError as error:
        note.write_text(str(error), encoding="utf-8")
        raise
    finally:
        lock.release()


def _note(note):
    try:
        return note.stat().st_mtime_ns, note.read_text(encoding="utf-8")
    except OSError:
        return None


def _state(path):
    """What changes while a download gets on: the unfinished file's size."""
    try:
        return [(part.name, part.stat().st_size) for part in _parts(path).iterdir()]
    except OSError:
        return None


def _attempts(url, path, checksum, limits):
    # There is no line of progress before the first bytes, and one for all attempts.
    with contextlib.ExitStack() as line:
        label = f"Downloading {path.name}"
        progress = cache(lambda kilobytes: line.enter_context(Progress(kilobytes, label, unit="KB")))
        arrived = time.monotonic()
        for attempt in range(limits.attempts):
            if attempt:
                time.sleep(limits.pause * 2 ** (attempt - 1))
            transfer = _Transfer(limits, progress, arrived)
            try:
                _attempt(url, path, checksum, transfer)
                return
            except DownloadError as error:
                arrived = transfer.arrived
                if not error.again or time.monotonic() - arrived > limits.idle:
                    raise
                last = error
        raise last


def _attempt(url, path, checksum, transfer):
    import pooch

    pooch.get_logger().setLevel("WARNING")  # Its lines hold absolute paths.
    parts = _parts(path)
    shutil.rmtree(parts, ignore_errors=True)  # Of a process that died: the lock is ours now.
    parts.mkdir()
    try:
        # Pooch downloads to a temporary name, compares the checksum and only then uses the real name.
        pooch.retrieve(url, known_hash=checksum, fname=path.name, path=parts, downloader=transfer)
        if path.exists():
            path.replace(path.with_name(f"{path.name}.damaged"))
        (parts / path.name).replace(path)
    except ValueError as error:
        kind = checksum.split(":")[0]
        raise DownloadError(
            f"the file that arrived has the wrong checksum ({kind}); expected the published {checksum[:15]}…"
        ) from error
    finally:
        shutil.rmtree(parts, ignore_errors=True)


class _Transfer:
    """A downloader for pooch that gives up when the bytes stop coming.

    The time-outs of `requests` hold for one address and one packet: a server with sixteen addresses, a slow
    name server, or one byte every five seconds would get around them. So a thread does the work and this one
    looks at the clock.
    """

    def __init__(self, limits, progress, arrived):
        self._limits = limits
        self._progress = progress
        self._received = self._total = 0
        self._error = None
        self._is_connected = self._is_given_up = False
        self.arrived = arrived
        """When bytes arrived for the last time, in this attempt or before."""

    def __call__(self, url, output_file, _pooch, check_only=False):
        import requests  # noqa: F401 (before the clock starts: it takes a moment)

        worker = threading.Thread(target=self._work, args=(url, output_file), daemon=True)
        worker.start()
        try:
            self._watch(worker)
        finally:
            self._is_given_up = True
        if self._error is not None:
            raise self._error

    def _watch(self, worker):
        limits = self._limits
        window, at_window, reached = time.monotonic(), 0, False
        while worker.is_alive():
            worker.join(0.02)
            now, received = time.monotonic(), self._received
            if received:
                progress = self._progress(self._total // 1024)
                progress.advance(received / 1024 - progress.done)
            if self._is_connected and not reached:
                reached, window = True, now
            if received - at_window >= limits.least_bytes:
                window, at_window, self.arrived = now, received, now
            if reached and now - window > limits.stall:
                raise DownloadError(f"the server went silent for {limits.stall:g} s {self._so_far()}")
            if not reached and now - window > limits.connect:
                raise DownloadError(
                    f"the official server could not be reached within {limits.connect:g} s", offline=True
                )

    def _so_far(self):
        if not self._received:
            return "before anything arrived"
        return f"after {self._received / 2**20:.1f} of {self._total / 2**20:.1f} MB"

    def _work(self, url, output_file):
        from requests.exceptions import RequestException, SSLError

        try:
            self._reach(url)
            self._is_connected = True
            self._receive(url, output_file)
        except DownloadError as error:
            self._error = error
        except SSLError:
            reason = "no secure connection could be made (a proxy or the clock of this computer?)"
            self._error = DownloadError(reason, offline=True)
        except Exception as error:  # urllib3's errors share no base class with those of requests.
            is_of_the_disk = getattr(error, "errno", None) and not isinstance(error, RequestException)
            broken = DownloadError(f"the connection broke off {self._so_far()}")
            self._error = error if is_of_the_disk else broken

    def _reach(self, url):
        """Find out quickly whether there is a network at all. A proxy does this for itself."""
        import requests

        if requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)):
            return
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        try:
            socket.create_connection((parts.hostname, port), timeout=self._limits.connect / 2).close()
        except OSError as error:
            reason = "the official server could not be reached (no network?)"
            raise DownloadError(reason, offline=True) from error

    def _receive(self, url, output_file):
        import requests

        # The time-out only ends a thread that was given up: the one that watches the clock has spoken before.
        timeout = self._limits.connect + 1, self._limits.stall + 1
        # The checksum is that of the file as it lies there.
        headers = {"Accept-Encoding": "identity"}
        with requests.get(url, stream=True, timeout=timeout, headers=headers) as response:
            if (status := response.status_code) >= 400:
                # 4xx says that asking again is of no use, except 408 and 429: "not now".
                again = status >= 500 or status in (408, 429)
                raise DownloadError(f"the server answered with error {status}", again=again)
            self._total = int(response.headers.get("content-length", 0))
            with Path(output_file).open("wb") as file:
                # read1 gives what has arrived; read would wait until a whole block has.
                while (block := response.raw.read1(2**16)) and not self._is_given_up:
                    file.write(block)
                    self._received += len(block)
        if self._received < self._total:
            raise DownloadError(f"the connection broke off {self._so_far()}")
