"""Blank and filled notebooks for live coding, from the committed ones: `make handout [CHAPTER=02]`.

Nothing is executed. `classroom/handout/blank` has no outputs, and what a chapter teaches in a short cell, a
function, a class or a model, is left to write. `classroom/handout/filled` has all of it, with every exercise
solved.
"""

import ast
import copy
import os
import re
import symtable
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "notebooks" / "source"))

import build  # noqa: E402 - found by the line above.
import nbformat  # noqa: E402

LONGEST = 15  # Lines of a cell that one may ask a room to write.
KEEP = {"setup", "exercise"}
DRAWS = re.compile(r"\b(?:plt|ax|axes|fig|Explorer)\b")


def tags(cell):
    """The tags of a cell."""
    return set(cell.metadata.get("tags", []))


def taught(cell):
    """The statements of a cell that are left to write: functions, classes, models; nothing that draws."""
    if cell.cell_type != "code" or tags(cell) & KEEP or len(cell.source.splitlines()) > LONGEST:
        return []
    return [node for node in ast.parse(cell.source).body if _is_taught(node, ast.unparse(node))]


def _is_taught(node, code):
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return not DRAWS.search(code)
    return isinstance(node, ast.Assign) and re.search(r"\bkeras\.(?:Sequential|Model)\(", code) is not None


def to_write(node):
    """What to write in place of a statement, as comments."""
    if isinstance(node, ast.FunctionDef):
        lines = [f"Write the function {node.name}({ast.unparse(node.args)})."]
    elif isinstance(node, ast.ClassDef):
        methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
        lines = [f"Write the class {node.name}, with:"]
        lines += [f"    {m.name}({ast.unparse(m.args)})" for m in methods]
    else:
        return [f"# Build the model: {ast.unparse(node.targets[0])} = ..."]
    if about := ast.get_docstring(node):
        lines.append(about.splitlines()[0])
    return [f"# {line}" for line in lines]


def emptied(cell):
    """The source of a code cell with its taught statements left to write."""
    lines, nodes = cell.source.splitlines(), taught(cell)
    if not nodes:
        return cell.source
    for node in reversed(nodes):
        start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        lines[start - 1 : node.end_lineno] = [*to_write(node), ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def relinked(text, target):
    """Markdown whose links to files lead there from `target`, a notebook of the handout."""

    def link(found):
        path = found[1]
        if "://" in path or not path or (build.NOTEBOOKS / path).parent == build.NOTEBOOKS:
            return found[0]  # The chapters lie beside each other there as well.
        return f"]({Path(os.path.relpath(build.NOTEBOOKS / path, target.parent)).as_posix()}"

    return re.sub(r"\]\(([^)#\s]*)", link, text)


def blank(notebook):
    """A copy without outputs, the taught cells left to write."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source, cell.outputs, cell.execution_count = emptied(cell), [], None
    return notebook


def assigned(source):
    """The names to which the code of a cell gives values, outside of its functions."""
    symbols = symtable.symtable(source, "cell", "exec").get_symbols()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned()}


def overwritten(code, place):
    """Names of the chapter that cell `place`, a solution, changes and that a later cell reads, sorted."""
    before = set().union(*(assigned(cell.source) for cell in code[:place]))
    changed, found = assigned(code[place].source) & before, set()
    for cell in code[place + 1 :]:
        names = (node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name))
        found |= {name.id for name in names if isinstance(name.ctx, ast.Load)} & changed
        changed -= assigned(cell.source)
    return sorted(found)


def filled(notebook, solutions):
    """A copy with the solutions in place of the stubs, and their checks' outputs."""
    notebook = copy.deepcopy(notebook)
    solved = {c.metadata.exercise: c for c in solutions.cells if "solution" in tags(c)}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for place, cell in enumerate(code):
        if "exercise" not in tags(cell):
            continue
        checks = (re.search(r'^check\("([\d.]+)"', other.source, re.M) for other in code[place:])
        number = next(found[1] for found in checks if found)
        after = solutions.cells[solutions.cells.index(solved[number]) + 1 :]
        check = next(other for other in code[place:] if f'check("{number}"' in other.source)
        checked = next(other for other in after if f'check("{number}"' in other.source)
        cell.metadata.tags = ["solution"]
        for mine, theirs in ((cell, solved[number]), (check, checked)):
            mine.source, mine.outputs = theirs.source, theirs.outputs
        if kept := ", ".join(overwritten(code, place)):
            cell.source = f"as_it_was = {kept}  # The chapter goes on with these.\n{cell.source}"
            check.source += f"\n{kept} = as_it_was"
    return notebook


def make(chapter, folder=HERE / "handout"):
    """Write both notebooks of a chapter; return how many cells are left to write."""
    path = build.target_of(chapter.twin)
    notebook = nbformat.read(path, as_version=4)
    solutions = nbformat.read(path.parent / "solutions" / path.name, as_version=4)
    kinds = {"blank": blank(notebook), "filled": filled(notebook, solutions)}
    for kind, made in kinds.items():
        target = folder / kind / path.name
        for cell in made.cells:
            if cell.cell_type == "markdown":
                cell.source = relinked(cell.source, target)
        nbformat.validate(made)
        build.write(target, nbformat.writes(made))
    return sum(bool(taught(cell)) for cell in notebook.cells)


def main(numbers):
    """Make the handout of some chapters, or of all."""
    chapters = [build.find_chapter(number) for number in numbers] or build.read_chapters()
    for chapter in chapters:
        count = make(chapter)
        print(f"{chapter.twin.stem:35} {count:3} cells to write in class")
    print(f"in {(HERE / 'handout').relative_to(build.ROOT)}/blank and /filled")


if __name__ == "__main__":
    main(sys.argv[1:])
