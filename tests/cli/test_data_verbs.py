"""check, describe and init on files of one's own."""

import json
from pathlib import Path

import pytest

import tiny
from command import upshot
from small_project import conversations, write_splits, write_table
from upshot.recipe_file import read_recipe


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """A folder with a table whose columns have names of their own."""
    rows = [(item["id"], item["dialogue"], item["summaries"][0]) for item in conversations(20)]
    write_table(tmp_path / "calls.csv", rows, ("call", "what_was_said", "in_short"))
    return tmp_path


def test_check_counts_tokens_and_shows_two_rows_with_their_label_masks(tmp_path: Path) -> None:
    write_splits(tmp_path / "data")
    done = upshot("check", "data", "--model", tiny.t5(), cwd=tmp_path)
    assert done.code == 0, done.err
    assert "not counted" not in done.out
    assert done.out.count("(-100 is left out of the loss)") == 2
    assert "train_0  (" in done.out
    found = json.loads(upshot("check", "data", "--model", tiny.t5(), "--json", cwd=tmp_path).out)
    assert found["splits"]["test"]["rows"] == 9
    assert found["splits"]["test"]["dialogues"] == 3
    assert found["splits"]["train"]["tokens"]["dialogue"]["p50"] > 20


def test_rows_are_shown_as_the_recipe_that_init_writes_reads_them(tmp_path: Path) -> None:
    write_table(tmp_path / "x.csv", [(str(n), f"Ann: hi {n}\nBen: yes", f"Ann greets {n}.") for n in range(3)])
    starter = upshot("check", "x.csv", cwd=tmp_path).out
    assert "#Person1#: hi" in starter
    assert "= #Person1# greets" in starter
    other = upshot("check", "x.csv", "--model", tiny.t5(), cwd=tmp_path).out
    assert "#Person1#" not in other
    for model, read in (("starter", starter), (str(tiny.t5()), other)):
        assert upshot("init", "x.csv", "--model", model, "--force", cwd=tmp_path).code == 0
        recipe = upshot("check", "x.yaml", "--model", model, cwd=tmp_path).out
        assert ("#Person1#: hi" in recipe) == ("#Person1#: hi" in read)


def test_control_characters_of_a_conversation_never_reach_the_terminal(tmp_path: Path) -> None:
    rows = [(str(n), f"Ann\x1b[2J: hello \x07{n} you\nBen: \u202eyes", f"A \x1b]0;t\x07 {n}.") for n in range(3)]
    write_table(tmp_path / "x.csv", rows)
    for arguments in (["check", "x.csv", "--model", tiny.t5()], ["describe", "x.csv"]):
        done = upshot(*arguments, cwd=tmp_path)
        assert done.code == 0, done.err
        assert not {"\x1b", "\x07", "\u202e"} & set(done.out + done.err)


def test_init_writes_a_recipe_for_columns_of_other_names(calls: Path) -> None:
    refused = upshot("init", "calls.csv", cwd=calls)
    assert (refused.code, "use --column" in refused.err) == (3, True)
    named = ("--column", "dialogue=what_was_said", "--column", "summary=in_short")
    done = upshot("init", "calls.csv", *named, cwd=calls)
    assert done.code == 0, done.err
    recipe = read_recipe(calls / "calls.yaml")
    assert recipe.data.columns.dialogue == "what_was_said"
    assert (calls / "upshot.schema.json").exists()
    assert upshot("check", "calls.yaml", "--model", "none", cwd=calls).code == 0
    assert upshot("init", "calls.csv", *named, cwd=calls).code == 2
    assert upshot("init", "calls.csv", *named, "--force", cwd=calls).code == 0


def test_describe_draws_a_data_set_and_a_model(tmp_path: Path) -> None:
    done = upshot("describe", "builtin", cwd=tmp_path)
    assert done.code == 0, done.err
    for part in (
        "train: 170 rows",
        "words of a dialogue",
        "█",
        "speakers of a dialogue",
        "test: 100 rows, 50 dialogues",
    ):
        assert part in done.out
    model = upshot("describe", tiny.flan(), cwd=tmp_path)
    assert model.code == 0, model.err
    for part in ("t5", "parameters", "a head of its own", "LoRA of rank 16 on q, v", "encoder: "):
        assert part in model.out
    assert json.loads(upshot("describe", tiny.flan(), "--json", cwd=tmp_path).out)["head"] == "own"
    assert json.loads(upshot("describe", "builtin", "--json", cwd=tmp_path).out)["splits"]["test"]["dialogues"] == 50
