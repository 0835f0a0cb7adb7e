"""Reads exercises, worked solutions and definitions out of the text twins, for tests."""

import ast
import re

import build
import numpy as np

from helpers.checks.engine import verdict


def twin_of(chapter):
    """Return the path of a chapter's twin, by its number."""
    (path,) = build.SOURCE.glob(f"{chapter:02}_*.py")
    return path


def code_of(path, marker):
    """Code of the cells of a twin whose header holds `marker`."""
    cells = re.split(r"^# %%", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [cell.partition("\n")[2] for cell in cells if marker in cell.partition("\n")[0]]


def solved(id, **names):
    """Names defined by the worked solution of an exercise that needs nothing but NumPy and `names`."""
    names = {"np": np, **names}
    solutions = build.SOURCE / "solutions" / twin_of(int(id.split(".")[0])).name
    (code,) = code_of(solutions, f'tags=["solution"] exercise="{id}"')
    exec(code, names)
    return names


def defined(chapter, *wanted, **names):
    """Run what gives the `wanted` names in a chapter's twin, and nothing else of it.

    `names` are what that reads of imports and of other cells; all of them are returned together.
    """
    tree, kept = ast.parse("\n".join(code_of(twin_of(chapter), ""))), []
    for node in tree.body:
        targets = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        made = targets if isinstance(node, ast.Assign) else [getattr(node, "name", None)]
        if set(wanted) & set(made):
            kept.append(node)
    space = {"np": np, **names}
    exec(compile(ast.Module(kept, []), twin_of(chapter).name, "exec"), space)
    assert space.keys() >= set(wanted)
    return space


def checked_name(id):
    """The name that a solutions' notebook hands to the check: `check("3.5", favourites)`."""
    text = (build.SOURCE / "solutions" / twin_of(int(id.split(".")[0])).name).read_text(encoding="utf-8")
    return re.search(rf'^check\("{re.escape(id)}", (\w+)\)', text, re.MULTILINE)[1]


def assert_right(id, answer):
    right, message = verdict(id, answer)
    assert right, message


def assert_wrong(id, answer, pattern):
    right, message = verdict(id, answer)
    assert not right
    assert re.search(pattern, message), message
