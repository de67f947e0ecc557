"""The house keeps its plan: floors, cycles, sizes, a test for every source file, words for everything public."""

import ast
import re
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent.parent
SOURCE: Final = ROOT / "src" / "upshot"
TESTS: Final = ROOT / "tests"

# Which floor a room or file of the package is on; a new one has to be given its place here.
FLOORS: Final = {
    "errors": 0,
    "records": 0,
    "recipe": 0,
    "recipe_file": 0,
    "rundir": 0,
    "events": 0,
    "analysis": 1,
    "answers": 1,
    "bm25": 1,
    "comparison": 1,
    "data": 1,
    "lineage": 1,
    "metrics": 1,
    "privacy": 1,
    "prompts": 1,
    "provenance": 1,
    "recipe_docs": 1,
    "ratings": 1,
    "report": 1,
    "shares": 1,
    "shots": 1,
    "stats": 1,
    "table": 1,
    "text": 1,
    "wording": 1,
    "model": 2,
    "train": 2,
    "scorers": 3,
    "stages": 3,
    "summarizer": 3,
    "amendments": 3,
    "track": 3,
    "pipeline": 4,
    "cli": 4,
    "serve": 4,
    "__main__": 4,
    "": 4,  # the package's own __init__
}
HEAVY: Final = ("torch", "transformers", "peft", "accelerate", "safetensors", "tokenizers")
TENSOR_ROOMS: Final = ("model", "train")
# Old predictions are scored and examined again on machines without torch.
LIGHT_STAGES: Final = ("score", "analyse", "audit", "compare", "report")
# verify is a process of its own, which answers on its output; recipe_docs is what `make docs` calls.
DOORS: Final = ("cli", "__main__", "model.verify", "recipe_docs")
STRANGERS: Final = {"utils", "util", "common", "helpers", "helper", "manager", "base", "misc", "v2"}
DOOR_CALLS: Final = {"print", "input", "sys.exit", "sys.stdout.write", "sys.stderr.write", "exit", "quit"}


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by its dotted name below it ('' is the package), parsed."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    assert len(found) > 50
    return found


def path_of(name: str) -> Path:
    """The file of a module."""
    plain = SOURCE.joinpath(*name.split(".")).with_suffix(".py") if name else SOURCE / "__init__.py"
    return plain if plain.exists() else SOURCE.joinpath(*name.split("."), "__init__.py")


def room(name: str) -> str:
    """The room of a module: its first part."""
    return name.split(".", maxsplit=1)[0]


def is_package(name: str) -> bool:
    """Whether a module is the `__init__` of a room."""
    return path_of(name).name == "__init__.py"


@cache
def imports(name: str) -> frozenset[str]:
    """Full names of what a module imports anywhere in it, those for the type checker alone left out."""
    tree = modules()[name]
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


@cache
def own_imports(name: str) -> frozenset[str]:
    """Modules of the package that a module imports."""
    found = set()
    for target in imports(name):
        if target.split(".")[0] != "upshot" or target == "upshot.__version__":  # the version is a fact, no door
            continue
        inner = target.removeprefix("upshot").removeprefix(".")
        while inner not in modules():
            inner = inner.rpartition(".")[0]
        found.add(inner)
    return frozenset(found - {name})


def functions(name: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions and methods of a module."""
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, from its `def` to its end."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_every_room_has_its_floor() -> None:
    assert {room(name) for name in modules()} <= set(FLOORS)


def test_rooms_import_downward_only() -> None:
    upward = [
        f"{name} -> {target}"
        for name in modules()
        for target in own_imports(name)
        if FLOORS[room(target)] > FLOORS[room(name)]
    ]
    assert not upward


def test_nothing_imports_in_a_circle() -> None:
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for target in own_imports(name):
                visit(target, (*trail, name))
            done.add(name)

    for name in modules():
        visit(name, ())


def test_only_the_tensor_rooms_import_torch_and_its_kin() -> None:
    heavy = {
        name: sorted({target.split(".")[0] for target in imports(name)} & set(HEAVY))
        for name in modules()
        if room(name) not in TENSOR_ROOMS
    }
    # what only looks for a library and its version names it in a string, not in an import
    assert {name: found for name, found in heavy.items() if found} == {}


@pytest.mark.parametrize("stage", LIGHT_STAGES)
def test_scoring_comparing_and_reporting_never_reach_the_tensor_rooms(stage: str) -> None:
    reached, waiting = set(), [f"stages.{stage}"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += own_imports(name)
    assert len(reached) > 3
    assert not {name for name in reached if room(name) in TENSOR_ROOMS}


def test_stages_never_import_one_another() -> None:
    stages = [name for name in modules() if room(name) == "stages" and not is_package(name)]
    assert len(stages) >= 6
    assert not [f"{name} -> {t}" for name in stages for t in own_imports(name) if room(t) == "stages" and t != "stages"]


def test_only_doors_print_exit_or_ask() -> None:
    silent = [name for name in modules() if name not in DOORS and room(name) not in DOORS]
    assert silent
    found = [
        f"{name} line {node.lineno}: {ast.unparse(node.func)}"
        for name in silent
        for node in ast.walk(modules()[name])
        if isinstance(node, ast.Call) and ast.unparse(node.func) in DOOR_CALLS
    ]
    assert not found


def test_files_are_short_and_well_named() -> None:
    lengths = {name: len(path_of(name).read_text(encoding="utf-8").splitlines()) for name in modules()}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}
    assert statistics.quantiles(lengths.values(), n=20)[-1] <= 300  # the aim is 250
    assert not {name for name in modules() if name.rpartition(".")[2] in STRANGERS}


def test_functions_are_short() -> None:
    lengths = {f"{name}.{node.name}": length(node) for name in modules() for node in functions(name)}
    assert len(lengths) > 300
    assert {name: lines for name, lines in lengths.items() if lines > 60} == {}
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= 35


def test_functions_ask_for_little_and_say_what() -> None:
    walls, bags = [], []
    for name in modules():
        for node in functions(name):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            if len([a for a in arguments if a.arg not in ("self", "cls")]) > 8 and room(name) != "cli":
                walls.append(f"{name}.{node.name}")  # a verb's parameters are its options
            if node.args.kwarg:
                bags.append(f"{name}.{node.name}")
    assert not walls
    assert not bags


def test_no_error_is_caught_by_everything() -> None:
    wide = {"Exception", "BaseException"}
    found = [
        f"{name} line {node.lineno}"
        for name in modules()
        for node in ast.walk(modules()[name])
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or {ast.unparse(kind) for kind in _kinds(node.type)} & wide)
    ]
    assert not found


def _kinds(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def test_every_source_file_has_its_test_file() -> None:
    missing = []
    for name in modules():
        if is_package(name) or name == "__main__":
            continue
        *rooms, noun = name.split(".")
        wanted = TESTS.joinpath(*rooms, f"test_{noun}.py")
        if not wanted.exists():
            missing.append(str(wanted.relative_to(ROOT)))
    assert not missing


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in TESTS.rglob("test_*.py")]
    assert len(names) > 30
    twice = {name for name in names if names.count(name) > 1}
    packaged = {path.name for path in TESTS.rglob("test_*.py") if (path.parent / "__init__.py").exists()}
    assert twice <= packaged


def test_everything_public_says_what_comes_back() -> None:
    bare = []
    for name, tree in modules().items():
        if not ast.get_docstring(tree):
            bare.append(name or "upshot")
        for node in _public(tree):
            if not ast.get_docstring(node):
                bare.append(f"{name}.{node.name}")
    assert not bare


def _public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            members = [item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
            yield from (item for item in members if not item.name.startswith("_"))


def test_nothing_is_left_to_be_done_later() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [name for name in modules() if later.search(path_of(name).read_text(encoding="utf-8"))]
    assert not found
