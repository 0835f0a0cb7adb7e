"""One chapter's tests (`--chapter 05`), and a table that says where the time went."""

import re
import tempfile
from collections import Counter
from pathlib import Path

import build
import pytest

GROUPS = (
    (r"(notebooks/\S+\.ipynb)", r"\1"),
    (r"tests/browser/", "browser"),
    (r"tests/test_documents", "documents"),
    (r"tests/(?:test_checks|test_exercises|test_answers)", "checks"),
    (r"tests/test_widgets", "widgets"),
    (r"tests/", "other tests"),
)
"""Beginning of a test's name, and the row of the table that its seconds belong to."""


def pytest_addoption(parser):
    """Add the options of `make test`."""
    parser.addoption(
        "--chapter", metavar="NN", help="run the tests of one chapter, e.g. 05, and nothing else"
    )
    parser.addoption(
        "--before",
        nargs=2,
        action="append",
        default=[],
        metavar=("WHAT", "SECONDS"),
        help="what was done before the tests, for the table of seconds",
    )


def pytest_configure(config):
    """Register the marker; end with one line where there is no such chapter."""
    config.addinivalue_line("markers", "chapter(*numbers): belongs to these chapters, for --chapter NN")
    if number := config.getoption("chapter"):
        try:
            config.stash[_CHAPTER] = build.find_chapter(number)
        except build.ChapterError as problem:
            raise pytest.UsageError(f"--chapter: {problem}") from None


@pytest.fixture(scope="session", autouse=True)
def temporary_folder(tmp_path_factory):
    """Keep what tests leave in the temporary folder away from the learner's, which the loaders read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))
        yield


_CHAPTER = pytest.StashKey[build.Chapter]()


def pytest_collection_modifyitems(config, items):
    """Keep the tests of the chapter that was asked for."""
    if chapter := config.stash.get(_CHAPTER, None):
        mine, others = [], []
        for item in items:
            (mine if belongs(item, chapter) else others).append(item)
        items[:] = mine
        config.hook.pytest_deselected(items=others)


def belongs(item, chapter):
    """Say whether a test is one of a chapter's.

    Parameters
    ----------
    item : pytest.Item
        Belongs to a chapter if it is marked so, is a cell of its notebooks, stands in a file named after it,
        or has its twin among its parameters.
    chapter : build.Chapter

    Returns
    -------
    bool
    """
    if any(chapter.number in marker.args for marker in item.iter_markers("chapter")):
        return True
    if item.path.suffix == ".ipynb":
        return item.path.stem == chapter.twin.stem
    if re.search(rf"^test_(?:.*_)?chapter_{chapter.number:02}(?!\d)", item.path.stem):
        return True
    case = getattr(item, "callspec", None)
    values = [case.id, *case.params.values()] if case else []
    return any(chapter.twin.stem in str(value) for value in values if isinstance(value, str | Path))


def pytest_terminal_summary(terminalreporter, config):
    """Print the seconds of each group of tests and of each notebook, the longest first."""
    seconds = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration"):
                seconds[group_of(report.nodeid)] += report.duration
    for what, spent in config.getoption("before"):
        seconds[what] += float(spent)
    if seconds:
        terminalreporter.section("seconds, summed over all workers")
    for name, spent in seconds.most_common():
        terminalreporter.write_line(f"{spent:8.1f}  {name}")


def group_of(nodeid):
    """Return the row of the table that a test's seconds belong to."""
    return next(
        (re.sub(f"^{start}.*", row, nodeid, flags=re.S) for start, row in GROUPS if re.match(start, nodeid)),
        "other tests",
    )
