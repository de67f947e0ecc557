"""The first recipe for somebody's own file: it loads, says what was found, and fits the file."""

import json
from pathlib import Path
from typing import Final

import pytest
import yaml
from tokenizers import Tokenizer

from upshot.data.sources import load_splits
from upshot.data.tables import read_rows
from upshot.errors import DataError, ModelError
from upshot.model.place import STARTER
from upshot.prompts import prompt
from upshot.recipe import Columns, DataSettings, Recipe
from upshot.recipe_file import expand_arms, parse_recipe
from upshot.stages.init import SCHEMA_NAME, recipe_text, schema_text

TALK: Final = "Ann: Could you mend the door of room {n}?\\nBo: Yes, on day {n}, if the wood has come by then."
HEADER: Final = "id,dialogue,summary"


def table(folder: Path, *, rows: int = 30, header: str = HEADER, name: str = "calls.csv", words: str = "") -> Path:
    lines = [f'c{n},"{TALK.format(n=n)} {words}","Bo mends door {n}."' for n in range(rows)]
    path = folder / name
    path.write_text("\n".join([header, *lines]).replace("\\n", "\n") + "\n", encoding="utf-8")
    return path


def recipe_of(path: Path, *, model: str = "starter", reading: DataSettings | None = None) -> Recipe:
    return parse_recipe(recipe_text(path, model=model, reading=reading))


def test_the_recipe_loads_and_has_the_four_arms_of_the_demo(tmp_path: Path) -> None:
    recipe = recipe_of(table(tmp_path))
    arms = expand_arms(recipe)
    assert [(name, arm.tuning) for name, arm in arms.items()] == [
        ("zero-shot", "none"),
        ("few-shot", "none"),
        ("full", "full"),
        ("lora", "lora"),
    ]
    assert arms["few-shot"].shots is not None
    assert arms["lora"].train.learning_rate > arms["full"].train.learning_rate
    assert recipe.name == "calls"


def test_the_recipe_reads_the_file_that_it_was_written_for(tmp_path: Path) -> None:
    path = table(tmp_path)
    recipe = recipe_of(path)
    data = load_splits(recipe.data, recipe.seed)
    assert sum(len(rows) for rows in data.rows.values()) == 30


def test_the_head_names_the_schema_and_says_what_was_found(tmp_path: Path) -> None:
    text = recipe_text(table(tmp_path))
    assert text.splitlines()[0] == f"# yaml-language-server: $schema=./{SCHEMA_NAME}"
    assert "#   train: 24 rows, 24 dialogues, 1 reference a dialogue; dialogues of " in text
    assert "divided by dialogue with seed 13 into rows of 24 train, 3 validation, 3 test" in text
    assert "split: {validation: 0.1, test: 0.1}" in text


def test_every_setting_carries_its_one_line_of_text(tmp_path: Path) -> None:
    lines = recipe_text(table(tmp_path)).split("\narms:")[0].splitlines()
    keys = [line for line in lines if line.startswith("  ")]
    assert len(keys) > 15
    assert all(" # " in line for line in keys)


def test_a_column_with_another_name_is_recognised_and_said(tmp_path: Path) -> None:
    path = table(tmp_path, header="id,transcript,summary")
    assert "column 'transcript' read as 'dialogue'" in recipe_text(path)
    assert recipe_of(path).data.columns == Columns.model_validate({})


def test_mapped_columns_and_the_delimiter_stand_in_the_recipe(tmp_path: Path) -> None:
    path = table(tmp_path, header="nr,text,gist")
    path.write_text(path.read_text(encoding="utf-8").replace(',"', ';"').replace("nr,text,gist", "nr;text;gist"))
    reading = DataSettings.model_validate(
        {"columns": {"dialogue": "text", "summary": "gist"}, "delimiter": ";", "encoding": "latin-1"}
    )
    recipe = recipe_of(path, reading=reading)
    assert recipe.data == reading.model_copy(update={"source": str(path)})
    assert load_splits(recipe.data, recipe.seed).rows["train"]


@pytest.mark.parametrize(
    ("content", "code"),
    [("", "D04"), ("id,dialogue,summary\n", "D05"), ("a,b\n1,2\n", "D19"), ('id,dialogue,summary\n1,"x,y', "D14")],
)
def test_a_bad_file_gets_the_message_of_the_gate(tmp_path: Path, content: str, code: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        recipe_text(path)
    assert caught.value.code == code


def test_a_missing_file_and_one_with_two_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as missing:
        recipe_text(tmp_path / "none.csv")
    with pytest.raises(DataError) as few:
        recipe_text(table(tmp_path, rows=2))
    assert (missing.value.code, few.value.code) == ("D01", "D52")


def test_more_rows_need_fewer_epochs(tmp_path: Path) -> None:
    few, some = table(tmp_path, rows=30, name="few.csv"), table(tmp_path, rows=300, name="some.csv")
    assert recipe_of(few).train.epochs > recipe_of(some).train.epochs


def test_lengths_follow_the_words_of_the_file_and_stay_within_bounds(tmp_path: Path) -> None:
    short = recipe_of(table(tmp_path, name="short.csv")).prompt
    middle = recipe_of(table(tmp_path, name="middle.csv", words="and more " * 80)).prompt
    long = recipe_of(table(tmp_path, name="long.csv", words="and more " * 800)).prompt
    assert (short.max_source_tokens, middle.max_source_tokens, long.max_source_tokens) == (128, 384, 512)
    assert short.max_target_tokens == 64


def test_a_talk_of_many_short_turns_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "short_turns.csv"
    turns = "\n".join(f"{name}: {words}" for name, words in [("Ann", "Is it red?"), ("Bo", "No.")] * 20)
    rows = [f'c{n},"{turns}\nAnn: Then number {n}.","Ann takes {n}."' for n in range(30)]
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    asked = recipe_of(path).prompt
    tokenizer = Tokenizer.from_file(str(STARTER / "tokenizer.json"))
    text = prompt("c0", read_rows(path)[0][0].dialogue, asked).text
    assert 260 < len(tokenizer.encode(text).ids) < asked.max_source_tokens


def test_the_head_says_how_the_data_is_looked_at_as_the_recipe_reads_it(tmp_path: Path) -> None:
    text = recipe_text(table(tmp_path))
    assert "#   upshot check RECIPE   looks at the data as this recipe reads it" in text


def test_another_base_gets_its_own_rates_decoding_and_adapter_targets(tmp_path: Path) -> None:
    path = table(tmp_path)
    flan, bart = recipe_of(path, model="google/flan-t5-small"), recipe_of(path, model="facebook/bart-base")
    assert flan.model.name == "google/flan-t5-small"
    assert (flan.adapter.targets, bart.adapter.targets) == (("q", "v"), ("q_proj", "v_proj"))
    assert flan.generation.beams == 1
    assert recipe_of(path).generation.beams == 4
    assert (flan.prompt.speakers, recipe_of(path).prompt.speakers) == ("keep", "tags")


def test_a_model_folder_tells_its_family_itself(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "bart"}), encoding="utf-8")
    (folder / "model.safetensors").touch()
    assert recipe_of(table(tmp_path), model=str(folder)).adapter.targets == ("q_proj", "v_proj")


@pytest.mark.parametrize("model", ["nowhere", "./no/such/folder"])
def test_a_model_that_is_not_there_is_refused(tmp_path: Path, model: str) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        recipe_text(table(tmp_path), model=model)


@pytest.mark.parametrize(
    "name", ["Ünïcode: [x] #1.csv", "new\nline.csv", "-.csv", "'q' \"r\".csv", "😀.csv", "null.csv"]
)
def test_a_strange_file_name_gives_a_recipe_that_still_finds_the_file(tmp_path: Path, name: str) -> None:
    path = table(tmp_path, name=name)
    recipe = recipe_of(path)
    assert recipe.data.source == str(path)
    assert load_splits(recipe.data, recipe.seed).rows["train"]


def test_a_folder_of_splits_is_described_split_by_split(tmp_path: Path) -> None:
    for split, rows in (("train", 12), ("test", 4)):
        table(tmp_path, rows=rows, name=f"{split}.csv")
    text = recipe_text(tmp_path)
    assert "#   train: 12 rows" in text
    assert "#   no validation split" in text
    assert "split:" not in yaml.safe_dump(yaml.safe_load(text)["data"])


def test_the_schema_beside_the_recipe_knows_its_keys(tmp_path: Path) -> None:
    known = json.loads(schema_text())["properties"]
    assert set(yaml.safe_load(recipe_text(table(tmp_path)))) <= set(known)
