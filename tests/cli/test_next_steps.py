"""What comes behind `Next:` works as it stands, in the folder and for the data at hand."""

import re
import shlex
from pathlib import Path

import pytest

from command import Result, upshot
from small_project import write_splits, write_table
from upshot.cli.next_steps import data_steps, in_browser, reading_words, recipe_words, typed
from upshot.cli.options import RUNS

PLACEHOLDER = re.compile(r"\b(YOUR|RUN|FILE|NAME|NEW|RECIPE)\b")


def steps(done: Result) -> list[list[str]]:
    """The words of each command behind `Next:`, without its note."""
    assert done.code == 0, done.err
    found = [shlex.split(line, comments=True) for line in done.err.split("Next:\n")[1].splitlines() if line.strip()]
    assert found
    return found


def follow(done: Result, cwd: Path, skip: tuple[str, ...] = ("run", "demo", "serve")) -> list[str]:
    """The verbs behind `Next:`, after each was followed that takes no time."""
    for program, *words in steps(done):
        if program == "upshot" and words[0] not in skip and not PLACEHOLDER.search(" ".join(words)):
            followed = upshot(*words, cwd=cwd)
            assert followed.code == 0, (words, followed.err)
    return [words[1] for words in steps(done)]


@pytest.fixture
def support(tmp_path: Path) -> Path:
    """A folder with a table that no verb reads without being told how."""
    rows = [f"Ann comes at {hour}.;Ann: I come at {hour}. Ben: Schön, then at {hour}." for hour in range(1, 9)]
    text = "gist;talk über alles\n" + "\n".join(rows) + "\n"
    (tmp_path / "my support.csv").write_text(text, encoding="latin-1")
    return tmp_path


COLUMNS = ["--column", "summary=gist", "--column", "dialogue=talk über alles"]
READING = ["--delimiter", ";", "--encoding", "latin-1", *COLUMNS]


@pytest.mark.parametrize("verb", ["check", "describe"])
def test_the_next_steps_of_a_data_file_read_it_as_it_was_read(verb: str, support: Path) -> None:
    done = upshot(verb, "my support.csv", *READING, cwd=support)
    assert follow(done, support) == ["init", "describe" if verb == "check" else "check"]
    again = upshot(verb, "my support.csv", *READING, cwd=support)
    assert follow(again, support)[0] == "check"  # the recipe is there by now
    assert steps(again)[0] == ["upshot", "check", "my support.yaml"]


@pytest.mark.parametrize("verb", ["check", "describe"])
def test_the_next_step_of_a_recipe_is_its_run(verb: str, support: Path) -> None:
    upshot("init", "my support.csv", *READING, cwd=support)
    other = "describe" if verb == "check" else "check"
    done = upshot(verb, "my support.yaml", cwd=support)
    assert steps(done) == [["upshot", "run", "my support.yaml"], ["upshot", other, "my support.yaml"]]


def test_a_folder_of_splits_gets_a_recipe_too(tmp_path: Path) -> None:
    write_splits(tmp_path / "calls")
    assert follow(upshot("check", "calls", "--model", "none", cwd=tmp_path), tmp_path) == ["init", "describe"]
    assert follow(upshot("check", "builtin", cwd=tmp_path), tmp_path) == ["demo", "describe"]


def test_conversations_without_summaries_are_not_sent_to_a_recipe(tmp_path: Path) -> None:
    write_table(tmp_path / "talks.csv", [["Ann: Hello."], ["Ben: Bye."]], ["talk"])
    reading = ("--column", "dialogue=talk")
    looked = upshot("describe", "talks.csv", *reading, cwd=tmp_path)
    assert follow(looked, tmp_path, ("summarize",)) == ["summarize", "check"]
    checked = upshot("check", "talks.csv", *reading, "--column", "summary=", cwd=tmp_path)
    assert steps(checked)[0] == ["upshot", "summarize", "talks.csv", "--column", "talk", "--out", "summaries.jsonl"]
    assert follow(checked, tmp_path) == ["summarize", "describe"]


def test_two_conversations_are_too_few_for_a_recipe(tmp_path: Path) -> None:
    write_table(tmp_path / "few.csv", [["a", "Ann: Hello.", "Ann greets."], ["b", "Ben: Bye.", "Ben leaves."]])
    assert follow(upshot("check", "few.csv", cwd=tmp_path), tmp_path) == ["describe"]


def test_the_base_model_of_a_check_goes_into_the_recipe() -> None:
    splits = {"test": {"summary_words": {}, "dialogues": 9}, "train": {"summary_words": {"mean": 3}, "dialogues": 9}}
    found = data_steps("x.csv", splits, [], other="describe", model="my models/flan")
    assert found == ["upshot init x.csv --model 'my models/flan'", "upshot describe x.csv"]
    assert data_steps("x.csv", splits, [], other="check", model="none")[0] == "upshot init x.csv"


def test_options_that_are_the_default_are_left_out() -> None:
    assert reading_words(",", "utf-8", []) == []
    assert reading_words("\t", "utf-16", ["a=b"]) == ["--delimiter", "\\t", "--encoding", "utf-16", "--column", "a=b"]
    assert recipe_words([], [], RUNS, offline=False) == []
    found = recipe_words(["seed=2", "train.epochs=1"], ["full"], Path("try"), offline=True)
    assert " ".join(found) == "--set seed=2 --set train.epochs=1 --only full --runs try --offline"


def test_words_are_quoted_and_a_page_has_an_address(tmp_path: Path) -> None:
    assert typed("run", "it's.yaml") == """upshot run 'it'"'"'s.yaml'"""
    page = tmp_path / "a b" / "report.html"
    assert in_browser(page) == f"file://{tmp_path}/a%20b/report.html    # in a browser"


def test_every_verb_of_a_run_names_the_next_one(finished: Path) -> None:
    few = ["--set", "train.max_steps=2", "--only", "lora"]
    trained = upshot("train", "recipes/demo.yaml", *few, "--runs", "my runs", cwd=finished)
    assert steps(trained) == [["upshot", "predict", "recipes/demo.yaml", *few, "--runs", "my runs"]]
    predicted = upshot(*steps(trained)[0][1:], cwd=finished)
    for verb in ("score", "compare", "report"):
        assert steps(predicted) == [["upshot", verb, "my runs/demo"]]
        predicted = upshot(*steps(predicted)[0][1:], cwd=finished)
    assert steps(predicted) == [[(finished / "my runs" / "demo" / "report.html").as_uri()]]


def test_a_run_names_its_report_and_how_its_winner_is_used(finished: Path) -> None:
    dry = upshot("run", "recipes/demo.yaml", "--only", "lora", "--runs", "my runs", "--dry-run", cwd=finished)
    assert steps(dry) == [["upshot", "run", "recipes/demo.yaml", "--only", "lora", "--runs", "my runs"]]
    done = upshot(*steps(dry)[0][1:], cwd=finished)
    assert steps(done) == [
        [(finished / "my runs" / "demo" / "report.html").as_uri()],
        ["upshot", "summarize", "YOUR.txt", "--arm", "my runs/demo"],
        ["upshot", "serve", "my runs/demo"],
    ]
