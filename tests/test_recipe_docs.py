"""The pages about recipes say what `recipe.py` says, and their examples load."""

import json
import re
import shutil
from pathlib import Path
from typing import Final

import pytest

from upshot.errors import UsageError
from upshot.recipe_docs import PAGE, SCHEMA, option_table, options, render_docs, schema
from upshot.recipe_file import expand_arms, parse_recipe

ROOT: Final = Path(__file__).parent.parent
EXAMPLES: Final = re.findall(r"```yaml\n(.*?)```", (ROOT / PAGE).read_text(encoding="utf-8"), re.DOTALL)


def test_the_pages_in_docs_are_up_to_date(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / PAGE, tmp_path / PAGE)
    render_docs(tmp_path)
    for name in (PAGE, SCHEMA):
        told = f"{name} is old: run `make docs`"
        assert (tmp_path / name).read_text(encoding="utf-8") == (ROOT / name).read_text(encoding="utf-8"), told


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("text", EXAMPLES, ids=[text.split("\n")[0][:30] for text in EXAMPLES])
def test_an_example_of_the_page_loads(text: str) -> None:
    assert expand_arms(parse_recipe(text))


def test_the_grid_and_seeds_of_the_page_give_as_many_arms_as_it_says() -> None:
    recipe = parse_recipe(next(text for text in EXAMPLES if "seeds:" in text))
    names = list(expand_arms(recipe))
    assert len([name for name in names if "beams" in name]) == 4
    assert len([name for name in names if "seed=" in name]) == 2


def test_every_key_stands_in_the_table_once_with_a_text() -> None:
    found = options()
    paths = [option.path for option in found]
    assert len(paths) == len(set(paths)) > 90
    assert all(option.text and option.kind for option in found)
    assert {"arms.NAME.from", "model.scratch", "model.scratch.d_model", "data.subset.test.every"} <= set(paths)
    assert "arms.NAME.start" not in paths


def test_bounds_choices_and_defaults_come_from_the_recipe() -> None:
    rows = {option.path: option for option in options()}
    assert rows["arms.NAME.shots.count"].bounds == "≥ 1, ≤ 8"
    assert rows["train.optimizer"].kind == "`adamw`, `adafactor`"
    assert rows["prompt.turn_separator"].default == '`" / "`'
    assert rows["train.eval_every"].kind == "integer or `epoch`, `never`"


def test_every_line_of_the_table_has_five_cells() -> None:
    lines = option_table().splitlines()
    assert len(lines) > 90
    assert {line.replace("\\|", "").count("|") for line in lines} == {6}


def test_the_schema_is_json_and_forbids_unknown_keys() -> None:
    content = json.loads(json.dumps(schema()))
    assert content["additionalProperties"] is False
    assert "from" in content["$defs"]["Arm"]["properties"]
    assert content["required"] == ["arms"]


def test_a_folder_without_the_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="checkout"):
        render_docs(tmp_path)


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / PAGE).write_text("# Mine\n", encoding="utf-8")
    with pytest.raises(UsageError, match="expected the lines"):
        render_docs(tmp_path)
    assert (tmp_path / PAGE).read_text(encoding="utf-8") == "# Mine\n"
