"""docs/architecture.md names every module of the package and every bench, and none that does not exist."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
SOURCE: Final = ROOT / "src" / "upshot"
PAGE: Final = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FLOORS: Final = PAGE.split("## Floors")[1].split("## The run folder")[0]
MODULE: Final = re.compile(r"^\| `([\w/]+)` \| (.+) \|$", re.MULTILINE)


def modules() -> set[str]:
    """Modules as the page writes them, such as data/csv_rows; of the `__init__` files only the package's own."""
    paths = {path.relative_to(SOURCE).with_suffix("").as_posix() for path in SOURCE.rglob("*.py")}
    return {path for path in paths if path == "__init__" or not path.endswith("/__init__")}


def named() -> list[str]:
    """Modules that the page has a line for, in its order."""
    return [name for name, _ in MODULE.findall(FLOORS)]


def test_every_module_has_its_line():
    assert len(modules()) > 50
    assert modules() - set(named()) == set()


def test_no_line_is_about_a_module_that_is_gone():
    assert set(named()) - modules() == set()


def test_a_module_stands_on_one_floor_only_and_lines_are_in_order():
    assert len(named()) == len(set(named()))
    for floor in FLOORS.split("### ")[1:4]:
        lines = [name for name, _ in MODULE.findall(floor)]
        assert lines == sorted(lines), floor.split("\n", maxsplit=1)[0]


def test_every_comparison_is_named():
    benches = {path.name for path in (ROOT / "bench").glob("*.py")}
    assert benches
    assert {name for name in benches if f"`{name}`" not in PAGE and f"bench/{name}`" not in PAGE} == set()


def test_every_file_of_the_run_folder_that_the_package_names_is_described():
    table = PAGE.split("## The run folder")[1].split("## Decisions")[0]
    # Whatever the source puts between quotes and ends like a file of a run.
    file = re.compile(r'"(\w+[\w.-]*\.(?:jsonl|json|csv|html|md|yaml|safetensors))"')
    written = {name for path in SOURCE.rglob("*.py") for name in file.findall(path.read_text(encoding="utf-8"))}
    elsewhere = {
        "generation.json", "trained_on.json", "tokenizer.json", "vocab.json",  # of a model folder
        "conversations.jsonl", "demo.yaml", "upshot.schema.json", "page.html",  # of the package, or of `init`
        "precision.json", "recipe.md", "recipe.schema.json", "README.md",
        "page_count.html", "page_result.html", "page_state.html", "page_turns.html", "reference.html",
        "tokenizer_config.json",
            "ANSWER.json", "YOUR.csv", "YOUR_LABELS.csv", "slice.csv", "summaries.jsonl",  # a user's own
    }  # fmt: skip
    assert {"comparison.json", "log.jsonl", "MANIFEST.json"} <= written
    assert {name for name in written - elsewhere if f"{name}`" not in table} == set()
