"""Who may import whom: what keeps the helpers small and the course's parts apart."""

import ast
import re
import subprocess
import sys

import build

ROOT = build.ROOT
HELPERS = sorted((ROOT / "helpers").rglob("*.py"))
PROGRAMS = sorted((ROOT / "data" / "make").glob("*.py"))
TREES = {
    path: ast.parse(path.read_text(encoding="utf-8")) for path in [*HELPERS, *PROGRAMS, *build.find_twins()]
}


def module_of(path):
    """The name under which a file is imported."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in [*HELPERS, *PROGRAMS]}


def imported(path):
    """What a file imports, inside of functions too: (name it is known by, module, name in the module)."""
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, alias.name, None
        elif isinstance(node, ast.ImportFrom):
            package = module_of(path).split(".")[: -node.level] if node.level else []
            module = ".".join([*package, *filter(None, [node.module])])
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                is_module = whole in MODULES
                yield alias.asname or alias.name, *((whole, None) if is_module else (module, alias.name))


PUBLIC = {"_exit"}
"""Of `os`, and described in its manual for processes that another one has started."""


def is_private(name):
    return name.startswith("_") and not name.endswith("__") and name not in PUBLIC


def test_no_private_name_of_another_module_is_used():
    found = []
    for path, tree in TREES.items():
        names = list(imported(path))
        private = [f"{module}.{name}" for _, module, name in names if name and is_private(name)]
        private += [module for _, module, _ in names if any(map(is_private, module.split(".")))]
        aliases = {known for known, module, name in names if name is None}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and is_private(node.attr):
                owner = ast.unparse(node.value)
                private += [f"{owner}.{node.attr}"] * (owner in aliases)
        found += [f"{path.relative_to(ROOT)} uses {name}" for name in private]
    assert not found, "give them public names, or move what needs them"


def test_no_circle_of_imports():
    uses = {}
    for name, path in MODULES.items():
        uses[name] = {module for _, module, _ in imported(path)}
        # Whoever asks for a part of another package runs the package first.
        packages = {module.rpartition(".")[0] for module in uses[name]}
        uses[name] |= {package for package in packages if not name.startswith(package)}
    while free := {name for name, others in uses.items() if not others & uses.keys()}:
        uses = {name: others for name, others in uses.items() if name not in free}
    assert not uses, "these modules import each other, or one that does"


def test_nothing_learners_run_imports_what_authors_run():
    files = {*build.SOURCE.glob("*.py"), *(ROOT / "tests").rglob("*.py")} - TREES.keys()
    authors = {"data", "tests", *(path.stem for path in files)}
    for path in TREES.keys() - set(PROGRAMS):
        wrong = {module for _, module, _ in imported(path) if module.split(".")[0] in authors}
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def defined(module, name):
    """The function or class that an import names, followed to where it stands; None for other things."""
    path = MODULES[module]
    for node in TREES[path].body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return path, node
    places = {known: place for known, *place in imported(path)}
    return defined(*places[name]) if name in places and places[name][0] in MODULES else None


def test_what_notebooks_import_says_which_error_it_raises():
    names = {(m, n) for twin in build.find_twins() for _, m, n in imported(twin) if n and m in MODULES}
    found = set(filter(None, (defined(*name) for name in names)))
    assert len(found) > 70
    for path, node in found:
        begins = [part for part in node.body if getattr(part, "name", "") == "__init__"] or [node]
        code = begins[0] if isinstance(node, ast.ClassDef) else node
        raises = any(isinstance(part, ast.Raise) and part.exc for part in ast.walk(code))
        said = re.search(r"Raises|\wError", ast.get_docstring(node) or "")
        assert said or not raises, f"{path.relative_to(ROOT)}: the docstring of {node.name} names no error"


def reached(twin):
    """Modules of helpers that the code of a twin may run, but for its checks."""
    seen, edge = set(), [twin]
    while edge:
        path = edge.pop()
        for _, module, name in imported(path):
            if module in ("helpers.widgets", "helpers.handwriting"):
                places = {known: place for known, place, _ in imported(MODULES[module])}
                module = places.get(name, module)
            if module in MODULES and module not in seen and not module.startswith("helpers.checks"):
                seen.add(module)
                edge.append(MODULES[module])
    return seen


def test_notebooks_that_run_on_one_kind_of_data_load_none():
    pattern = re.search(r"^LOADS_DATA := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)[1]
    once = {
        twin
        for twin in build.find_twins()
        if not re.search(pattern, build.target_of(twin).read_text("utf-8"))
    }
    assert len(once) > 8
    for twin in once:
        assert "helpers.datasets" not in reached(twin), f"{twin.name} can load data: name it in LOADS_DATA"


def test_no_helper_reads_tests():
    for path in [*HELPERS, *PROGRAMS]:
        for node in ast.walk(TREES[path]):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                is_path = re.search(r"(^|/)tests(/|$)", node.value)
                assert not is_path, f"{path.relative_to(ROOT)}:{node.lineno} names {node.value!r}"


def test_importing_any_helper_loads_no_tensorflow():
    helpers = [name for name in MODULES if name.startswith("helpers") and not name.endswith("__main__")]
    code = (
        "import importlib, sys\n"
        f"for name in {helpers}:\n"
        "    importlib.import_module(name)\n"
        "    heavy = {'tensorflow', 'keras'} & sys.modules.keys()\n"
        "    assert not heavy, f'{name} imports {heavy}'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
