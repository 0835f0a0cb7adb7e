"""Several processes for one cell: a notebook's own function runs in each, and all end with the cell."""

import io
import itertools
import multiprocessing
import os
import pickle
import socket
import sys
import threading
import time
import traceback
from contextlib import contextmanager
from multiprocessing.connection import wait

# Without them the workers' threads fight for the cores; and a worker has no word to say, nor a graphics card.
_SETTINGS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_SETTINGS |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
_SETTINGS |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


class WorkerError(RuntimeError):
    """A worker failed, died or did not finish in time; all others were ended."""


def run_workers(function, workers, *arguments, seconds=30):
    """Call a function in several fresh processes at once; return the list of what each returned.

    A worker that raises, dies, or has not finished in time is a WorkerError.

    Parameters
    ----------
    function : callable
        Called as `function(rank, links, *arguments)`. It may be defined in a notebook and use what the
        notebook has defined. `links[other]` is a `multiprocessing.connection.Connection` to worker `other`:
        `send(thing)` waits until the other side has room for it, `recv()` until something comes. What it
        prints is not shown.
    workers : int
        Their ranks are 0 to workers - 1, in the order of the results. Each computes with one thread.
    *arguments
        The same for every worker; copies are sent.
    seconds : float
        The time limit for all together.
    """
    if not callable(function):
        raise TypeError(
            f"run_workers got {type(function).__name__}, expected a function and then the workers"
        )
    if not hasattr(workers, "__index__") or workers < 1:
        raise ValueError(f"workers is {workers!r}, expected a whole number from 1 on")
    import cloudpickle  # gymnasium brings it.

    # Known to all systems, and safe beside TensorFlow's threads.
    context = multiprocessing.get_context("spawn")
    job = cloudpickle.dumps((function, arguments))
    links = [{} for _ in range(workers)]
    for low, high in itertools.combinations(range(workers), 2):
        links[low][high], links[high][low] = context.Pipe()
    answers, processes = {}, []
    try:
        with _without_main():
            for rank in range(workers):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(job, rank, links[rank], theirs), daemon=True)
                process.start()
                processes.append(process)
                answers[ours] = rank
                theirs.close()
        for end in itertools.chain(*(ends.values() for ends in links)):
            end.close()
        return _collected(answers, workers, seconds)
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.join()
            process.close()
        for ours in answers:
            ours.close()


def free_port():
    """Return the number of a port on this machine's loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _collected(answers, workers, seconds):
    """Wait for every worker's answer; the first that is an error ends the waiting."""
    results, waiting, end = {}, dict(answers), time.monotonic() + seconds
    while waiting:
        ready = wait(list(waiting), max(0, end - time.monotonic()))
        if not ready:
            late = ", ".join(map(str, sorted(waiting.values())))
            raise WorkerError(
                f"after {seconds:g} seconds worker {late} of {workers} had not finished, and all were ended: "
                "do two of them wait for each other? If not, give more time with seconds=…"
            )
        for connection in ready:
            rank = waiting.pop(connection)
            try:
                right, value = pickle.loads(connection.recv_bytes())
            except EOFError:
                raise WorkerError(f"worker {rank} of {workers} died without a word; all were ended") from None
            if not right:
                raise WorkerError(f"worker {rank} of {workers} failed: {value}")
            results[rank] = value
    return [results[rank] for rank in range(workers)]


def _work(job, rank, links, answer):
    """What runs in a worker."""
    os.environ |= _SETTINGS  # Nothing that computes is imported yet.
    import cloudpickle

    threading.Thread(target=_end_with_the_notebook, daemon=True).start()
    # What a worker prints belongs to no cell.
    sys.stdout = sys.stderr = io.StringIO()
    quiet = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(quiet, descriptor)
    try:
        function, arguments = cloudpickle.loads(job)
        message = cloudpickle.dumps((True, function(rank, links, *arguments)))
    except BaseException as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f" (in {frame.name}, line {frame.lineno}: {frame.line or '…'})"
        if frame.name == "_work":
            where = "; it is called as function(rank, links, ...)"
        message = cloudpickle.dumps((False, f"{type(error).__name__}: {error}{where}"))
    answer.send_bytes(message)
    answer.close()
    # A neighbour may still be reading what was sent; TensorFlow's threads may not want to end.
    for link in links.values():
        link.close()
    os._exit(0)


def _end_with_the_notebook():
    wait([multiprocessing.parent_process().sentinel])
    os._exit(1)


@contextmanager
def _without_main():
    """Keep fresh processes from running the script again from which they are started."""
    main = sys.modules["__main__"]
    kept = {name: main.__dict__.pop(name) for name in ("__file__", "__spec__") if name in main.__dict__}
    main.__spec__ = None
    try:
        yield
    finally:
        main.__dict__.update(kept)
