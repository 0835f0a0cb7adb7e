"""What talks to the learner: `check`, `hint`, `solution` and `exercise_table`."""

import html
from contextlib import contextmanager

from helpers.checks import learner_file, room
from helpers.checks.engine import exercises, find, verdict
from helpers.checks.messages import Unavailable, say
from helpers.checks.predictions import score
from helpers.checks.twins import description

_hints_given = {}


@contextmanager
def _saying_what_is_missing():
    try:
        yield
    except Unavailable as missing:
        say(str(missing))


@_saying_what_is_missing()
def check(id, answer):
    """Say whether an answer is right, or what is wrong with it. Never raises an exception.

    Parameters
    ----------
    id : str
        The exercise: "2.1".
    answer : anything
        The value, or the function itself (without calling it), that the exercise asks for.
    """
    right, message = verdict(id, answer)
    id = id.strip()
    if right:
        learner_file.mark_done(id)
    room.report(id)
    say("{id} {found}: {message}", id=id, found="right" if right else "not yet", message=message)


@_saying_what_is_missing()
def hint(id):
    """Give a hint; each call for the same exercise gives one more.

    Parameters
    ----------
    id : str
        The exercise: "2.1".
    """
    id = find(id)
    hints = description(id).hints
    given = _hints_given.get(id, 0)
    number = _hints_given[id] = min(given + 1, len(hints))
    told = {"id": id, "number": number, "total": len(hints), "hint": hints[number - 1]}
    say("{id} hint {number} of {total}: {hint}", **told)
    if given == len(hints):
        say('That was the last hint; solution("{id}") shows the worked code.', id=id)


@_saying_what_is_missing()
def solution(id):
    """Show an exercise's worked code, from its notebook in `notebooks/solutions/`.

    Parameters
    ----------
    id : str
        The exercise: "2.1".
    """
    code = description(find(id)).code
    from IPython.display import display

    # Markdown is coloured by the notebook's own page, and its text is the same with every version.
    display({"text/plain": code, "text/markdown": "```python\n" + code + "\n```"}, raw=True)


def exercise_table():
    """Show every exercise, chapter by chapter: done or open; and how many predictions were right."""
    from IPython.display import display

    known, notes = exercises()
    done, about_file = learner_file.done()
    chapters = {}
    for id in known:
        try:
            title = description(id).title
        except Unavailable as missing:
            title = ""
            notes.append(str(missing))
        chapters.setdefault(id.split(".")[0], []).append((id, title, id in done))
    notes = list(dict.fromkeys(notes)) + about_file
    display({"text/plain": _as_text(chapters, notes), "text/html": _as_html(chapters, notes)}, raw=True)


def _count(chapter, rows):
    right, predicted = score(chapter)
    done = f"{sum(done for *_, done in rows)} of {len(rows)} done"
    return f"{done}, {right} of {predicted} predictions right" if predicted else done


def _as_text(chapters, notes):
    lines = [] if chapters else ["No exercises yet."]
    for chapter, rows in chapters.items():
        lines.append(f"Chapter {chapter}: {_count(chapter, rows)}")
        lines += [f"  {'done' if done else 'open'}  {id:<5} {title}" for id, title, done in rows]
    return "\n".join(lines + [f"Note: {note}" for note in notes])


def _as_html(chapters, notes):
    rows = [] if chapters else ["<tr><td>No exercises yet.</td></tr>"]
    left = 'style="text-align:left"'
    for chapter, items in chapters.items():
        rows.append(
            f'<tr><th colspan="2" scope="rowgroup" {left}>Chapter {chapter}</th>'
            f"<th {left}>{_count(chapter, items)}</th></tr>"
        )
        rows += [
            f"<tr><td>{id}</td><td {left}>{html.escape(title)}</td>"
            f"<td {left}>{'✓ done' if done else 'open'}</td></tr>"
            for id, title, done in items
        ]
    return f"<table>{''.join(rows)}</table>" + "".join(f"<p>Note: {html.escape(note)}</p>" for note in notes)
