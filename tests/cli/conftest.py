"""A finished tiny demo, made once: tests read it, or change a copy of it."""

import shutil
from pathlib import Path

import pytest

from command import Result, upshot
from small_project import conversations, tiny_demo, write_recipe, write_splits, write_table


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A folder in which `upshot demo` ran on the tiny model, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    arms = "{zero-shot: {}, lora: {tuning: lora}}"
    write_recipe(folder / "recipes" / "demo.yaml", write_splits(folder / "data"), arms, name="demo")
    rows = [(item["id"], item["dialogue"], item["summaries"][0]) for item in conversations(20)]
    write_table(folder / "calls.csv", rows)
    (folder / "examples").mkdir()
    (folder / "examples" / "clinic.txt").write_text("Ann: Hello, Ben.\nBen: Hello, Ann. See you on Monday.\n")
    return folder, upshot("demo", *tiny_demo(), cwd=folder)


@pytest.fixture
def finished(demo: tuple[Path, Result], tmp_path: Path) -> Path:
    """A copy of the finished demo's folder, with the files' times."""
    return Path(shutil.copytree(demo[0], tmp_path / "copy"))
