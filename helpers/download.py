"""Downloading one file safely: checked, never half, by one process at a time, and giving up in time."""

import contextlib
import queue
import socket
import threading
import time
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import filelock
import requests

from helpers.progress import Progress
from helpers.safe_files import digest


@dataclass(frozen=True)
class Limits:
    """How many seconds to wait for a server; together they keep a dead one from costing more than 30."""

    connect: float = 7.0  # For finding and reaching it, over all its addresses.
    stall: float = 7.0  # In these at least `least_bytes` have to arrive.
    least_bytes: int = 16_384
    attempts: int = 3
    idle: float = 16.0  # No further attempt when nothing has arrived for so long.
    pause: float = 0.5  # Before the second attempt; doubled before each one after that.
    wait: float = 29.0  # For another process that downloads the same file without getting on.


class DownloadError(Exception):
    """The file could not be had; the message is one clause that names no path and no host.

    `offline` says that the server could not even be reached, `again` that another attempt may help.
    """

    def __init__(self, reason, offline=False, again=True):
        super().__init__(reason)
        self.offline = offline
        self.again = again and not offline


def download(url, path, is_good, checksum, limits=None):
    """Download a file unless one is there already of which `is_good(path)` says that it can stay.

    The file appears under its name only when it is complete and its checksum ("sha256:..." or "md5:..."; None
    where nobody publishes one) is right. A damaged file of that name is kept beside it as `<name>.damaged`.
    Of several processes one downloads and the others wait for it; when that one fails, or dies, nobody waits
    in vain. DownloadError gives the reason, after the last attempt.
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


@contextlib.contextmanager
def _one_at_a_time(path, limits):
    """Hold the file's lock; yield why another process failed while this one waited, or nothing."""
    # The operating system frees it when the process dies.
    note = path.with_name(f".{path.name}.failed")
    before = _note(note)
    lock = filelock.FileLock(path.with_name(f".{path.name}.lock"))
    size, changed = None, time.monotonic()
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0.2)
        except filelock.Timeout:
            if (now := _size(_part(path))) != size:
                size, changed = now, time.monotonic()
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
    with contextlib.suppress(OSError):
        return note.stat().st_mtime_ns, note.read_text(encoding="utf-8")


def _part(path):
    """The unfinished file."""
    return path.with_name(f".{path.name}.part")


def _size(path):
    with contextlib.suppress(OSError):
        return path.stat().st_size


def _attempts(url, path, checksum, limits):
    # There is no line of progress before the first bytes, and one for all attempts.
    with contextlib.ExitStack() as line:
        label = f"Downloading {path.name}"
        progress = cache(lambda kilobytes: line.enter_context(Progress(kilobytes, label, unit="KB")))
        transfer = _Transfer(url, limits, progress)
        for attempt in range(1, limits.attempts + 1):
            try:
                _attempt(path, checksum, transfer)
                return
            except DownloadError as error:
                is_idle = time.monotonic() - transfer.arrived > limits.idle
                if attempt == limits.attempts or is_idle or not error.again:
                    raise
            time.sleep(limits.pause * 2 ** (attempt - 1))


def _attempt(path, checksum, transfer):
    part = _part(path)
    try:
        with part.open("wb") as file:
            transfer.receive(file)
        kind, _, expected = (checksum or "").partition(":")
        if checksum and digest(part, kind) != expected:
            expected = f"the published {checksum[:15]}…"
            raise DownloadError(f"the file that arrived has the wrong checksum ({kind}); expected {expected}")
        if path.exists():
            path.replace(path.with_name(f"{path.name}.damaged"))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


class _Transfer:
    """Receives a file, in as many attempts as it takes, and gives up when the bytes stop coming.

    The time-outs of `requests` hold for one address and one packet: a server with sixteen addresses, a slow
    name server, or one byte every five seconds would get around them. So a thread does the work and this one
    looks at the clock. `arrived` is when enough bytes arrived for the last time.
    """

    def __init__(self, url, limits, progress):
        self._url, self._limits, self._progress = url, limits, progress
        self.arrived = time.monotonic()

    def receive(self, file):
        """Write the whole file, or raise DownloadError."""
        limits, news = self._limits, queue.SimpleQueue()
        threading.Thread(target=_fetch, args=(self._url, limits, file, news.put), daemon=True).start()
        received = total = counted = 0
        is_reached, since = False, time.monotonic()
        while True:
            match _next(news):
                case "reached":
                    is_reached, since = True, time.monotonic()
                case int(total):
                    pass
                case bytes(block):
                    file.write(block)
                    received += len(block)
                    progress = self._progress(total // 1024)
                    progress.advance(received / 1024 - progress.done)
                case "end" if received >= total:
                    return
                case "end" | "broken off":
                    raise DownloadError(f"the connection broke off {_so_far(received, total)}")
                case DownloadError() as error:
                    raise error
            now = time.monotonic()
            if received - counted >= limits.least_bytes:
                counted, since = received, now
                self.arrived = now
            if is_reached and now - since > limits.stall:
                reason = f"the server went silent for {limits.stall:g} s {_so_far(received, total)}"
                raise DownloadError(reason)
            if not is_reached and now - since > limits.connect:
                reason = f"the official server could not be reached within {limits.connect:g} s"
                raise DownloadError(reason, offline=True)


def _next(news):
    # Not longer, so that whoever interrupts the kernel is heard.
    with contextlib.suppress(queue.Empty):
        return news.get(timeout=0.05)


def _so_far(received, total):
    if not received:
        return "before anything arrived"
    return f"after {received / 2**20:.1f} of {total / 2**20:.1f} MB"


def _fetch(url, limits, file, tell):
    """Tell "reached", then how many bytes there will be, then these in blocks and "end"; or what is wrong."""
    # The time-out only ends a thread that was given up: the one that watches the clock has spoken before.
    timeout = limits.connect + 1, limits.stall + 1
    # The checksum is that of the file as it lies there.
    headers = {"Accept-Encoding": "identity"}
    try:
        _reach(url, limits.connect / 2)
        tell("reached")
        with requests.get(url, stream=True, timeout=timeout, headers=headers) as response:
            if (status := response.status_code) >= 400:
                # 4xx says that asking again is of no use, except 408 and 429: "not now".
                again = status >= 500 or status in (408, 429)
                raise DownloadError(f"the server answered with error {status}", again=again)
            tell(int(response.headers.get("content-length", 0)))
            # read1 gives what has arrived; read would wait until a whole block has.
            while (block := response.raw.read1(2**16)) and not file.closed:  # Closed: nobody waits any more.
                tell(block)
        tell("end")
    except DownloadError as error:
        tell(error)
    except requests.exceptions.SSLError:
        reason = "no secure connection could be made (a proxy or the clock of this computer?)"
        tell(DownloadError(reason, offline=True))
    except Exception:  # urllib3's errors share no base class with those of requests.
        tell("broken off")


def _reach(url, seconds):
    """Find out quickly whether there is a network at all. A proxy does this for itself."""
    if requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)):
        return
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    try:
        socket.create_connection((parts.hostname, port), timeout=seconds).close()
    except OSError as error:
        raise DownloadError("the official server could not be reached (no network?)", offline=True) from error
