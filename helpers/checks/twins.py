"""Reads what authors write beside a solution: title, hints, praise and the worked code.

All of it stands in `notebooks/source/solutions/NN_name.py`, in the text form of a notebook. The title is
the heading's, the hints are a markdown cell with its own tag, and the code follows:

    # ## Exercise 2.1 – Softmax by hand
    #
    # %% [markdown] tags=["hints"] exercise="2.1"
    # **Hints**
    #
    # 1. A first hint. A longer one goes on in the next line,
    #    under its own first word.
    # 2. More.
    # 3. `nearly(the, code)`
    #
    # **Right:** the praise, printed after "2.1 right: "

    # %% tags=["solution"] exercise="2.1"
    ...
"""

import re
from collections import namedtuple
from functools import lru_cache

from helpers.checks.messages import Unavailable
from helpers.session import ROOT

SOLUTIONS = ROOT / "notebooks" / "source" / "solutions"

Description = namedtuple("Description", "title hints praise code")


def description(id):
    """What an author wrote about the exercise of that id, "2.1".

    `Unavailable` if the chapter's solutions are not there, or what stands in them has another form.
    """
    pattern = id.split(".")[0].zfill(2) + "_*.py"
    path = min(SOLUTIONS.glob(pattern), default=None)
    if path is None:
        raise Unavailable(
            "title, hints and solution are not here: the file notebooks/source/solutions/{file} is missing, "
            "so get the course's folder anew",
            file=pattern,
        )
    title, hints, code = (part.get(id) for part in _parts(path))
    pieces = re.fullmatch(r"\*\*Hints\*\*\n\n(1\. .+)\n\n\*\*Right:\*\* (.+)", hints or "", re.DOTALL)
    template = "the {what} of exercise {id} is missing or malformed in notebooks/source/solutions/{file}"
    for what, found in [("heading", title), ("cell with hints and praise", pieces), ("solution", code)]:
        if not found:
            raise Unavailable(template, what=what, id=id, file=path.name)
    listed = re.split(r"^\d+\. ", pieces[1], flags=re.MULTILINE)[1:]
    *listed, praise = (" ".join(text.split()) for text in [*listed, pieces[2]])
    return Description(title, tuple(listed), praise, code)


@lru_cache
def _parts(path):
    """Headings, text of the cells of hints, and code of the solutions in a twin: three dicts by id."""
    text = path.read_text(encoding="utf-8")
    titles = dict(re.findall(r"^# ## Exercise ([\d.]+) – (.+)$", text, re.MULTILINE))
    hints, code = {}, {}
    cell = r'^# %%(.*) exercise="([\d.]+)".*\n((?:(?!# %%).*\n?)*)'
    for header, id, body in re.findall(cell, text, re.MULTILINE):
        if '"hints"' in header:
            hints[id] = re.sub(r"^# ?", "", body, flags=re.MULTILINE).strip()
        elif '"solution"' in header:
            code[id] = (code[id] + "\n\n" if id in code else "") + body.strip("\n")
    return titles, hints, code
