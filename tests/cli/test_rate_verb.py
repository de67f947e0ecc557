"""rate: what raters chose, in tables for people and JSON for machines, and pairs for Label Studio."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from report_run import write_run
from upshot.cli.rate_verb import rate
from upshot.errors import DataError, UsageError
from upshot.report.browser import run_hash
from upshot.report.facts import read_facts
from upshot.report.rating import deal
from upshot.rundir import RunDir


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(rate, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def write_ratings(path: Path, rater: str, choices: str, **changes: object) -> Path:
    names = {"a": "a", "b": "b", "t": "tie", "x": "both bad"}
    ratings = [
        {"id": f"talk_{n}", "a": "full", "b": "[red]lora", "choice": names[one], "marks": {"a": {"coverage": 4}}}
        for n, one in enumerate(choices)
    ]
    content = {"format": "upshot-ratings", "version": 1, "run": "f00d", "rater": rater, "ratings": ratings, **changes}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_two_raters_become_four_tables(tmp_path):
    ann = write_ratings(tmp_path / "ann.json", "ann", "aaaaaaabtx")
    bo = write_ratings(tmp_path / "bo.json", "bo", "aaaaaabbtt")
    done = call("import", ann, bo)
    assert done.exit_code == 0, done.output
    lines = {re.split(r"\s{2,}", line)[0]: re.split(r"\s{2,}", line.strip())[1:] for line in done.stdout.splitlines()}
    # Talk 6 is one win and one loss, so half: (6 + 0.5 + 0 + 2 halves) of 10 dialogues.
    assert lines["[red]lora against full"] == ["25", "[8, 56]", "3", "13", "3", "1", "10", "0.125"]
    assert lines["ann and bo"] == ["80", "0.63", "10"]
    assert lines["all raters"] == ["81", "[57, 93]", "16"]
    assert lines["full"] == ["–", "–", "4.00 (n 20)", "–"]
    assert "20 ratings" in done.stdout


def test_files_of_one_name_in_two_folders_are_two_raters(tmp_path):
    for name in ("r1", "r2"):
        (tmp_path / name).mkdir()
    files = [write_ratings(tmp_path / name / "ratings.json", "", "ab") for name in ("r1", "r2")]
    found = json.loads(call("import", *files, "--json").stdout)
    assert found["raters"] == {str(file): 2 for file in files}
    assert found["n"] == 4


def test_a_file_given_twice_is_refused(tmp_path):
    file = write_ratings(tmp_path / "ann.json", "ann", "ab")
    (tmp_path / "r1").mkdir()
    refused = call("import", file, tmp_path / "r1" / ".." / "ann.json")
    assert isinstance(refused.exception, UsageError)
    assert "is given twice" in str(refused.exception)


def test_machines_get_the_same_numbers_in_full(tmp_path):
    done = call("import", write_ratings(tmp_path / "ann.json", "ann", "aab"), "--json")
    found = json.loads(done.stdout)
    assert found["pairs"][0]["wins"] == 1
    assert found["pairs"][0]["win_rate"] == pytest.approx(1 / 3)
    assert found["raters"] == {"ann": 3}


def rated_run(tmp_path: Path, **changes: object) -> tuple[RunDir, Path]:
    """A run and ratings of the texts in its report; `changes` go into the ratings' file."""
    run = write_run(tmp_path / "run")
    pairs = [{"id": f"talk_{n}", "a": "full", "b": "lora", "choice": one} for n, one in enumerate(("a", "a", "b"))]
    ratings = {"run": run_hash(read_facts(run)), "ratings": pairs, **changes}
    return run, write_ratings(tmp_path / "mine.json", "ann", "", **ratings)


def test_a_run_keeps_what_people_chose_for_its_next_report(tmp_path):
    run, mine = rated_run(tmp_path)
    assert call("import", mine, "--run", run.root).exit_code == 0
    kept = read_facts(run).ratings
    assert (kept["pairs"][0]["a"], kept["pairs"][0]["wins"], kept["n"]) == ("full", 2, 3)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ratings": [{"id": "talk_1", "a": "full", "b": "[red]lora", "choice": "a"}]}, "no arm '[red]lora', so these"),
        ({"ratings": [{"id": "chat_1", "a": "full", "b": "lora", "choice": "a"}]}, "no dialogue 'chat_1' in its test"),
        ({"run": "f00d"}, "are of other texts (run f00d) than its report shows"),
        ({"run": None}, "(run not named)"),
    ],
)
def test_ratings_of_another_run_are_refused_and_what_was_kept_stays(tmp_path, changes, said):
    run, mine = rated_run(tmp_path, **changes)
    refused = call("import", mine, "--run", run.root)
    assert isinstance(refused.exception, DataError)
    assert said in str(refused.exception)
    assert not read_facts(run).ratings


def test_files_that_are_none_are_refused_by_name(tmp_path):
    latin = tmp_path / "latin.json"
    latin.write_bytes(b"\xff\xfe\xfa")
    for path, said in (
        (tmp_path / "none.json", "none.json: file not found"),
        (latin, "not UTF-8"),
        (tmp_path, "cannot be read"),
    ):
        done = call("import", path)
        assert isinstance(done.exception, DataError)
        assert said in str(done.exception)


def test_the_pairs_of_a_run_become_tasks_and_a_configuration(tmp_path):
    write_run(tmp_path / "run")
    done = call("export", tmp_path / "run", "--label-studio", tmp_path / "out" / "pairs.json")
    assert done.exit_code == 0, done.output
    tasks = json.loads((tmp_path / "out" / "pairs.json").read_text(encoding="utf-8"))
    facts = read_facts(RunDir(tmp_path / "run"))
    assert [task["meta"]["id"] for task in tasks] == [pair.id for pair in deal(facts, facts.recipe.seed)]
    assert ET.parse(tmp_path / "out" / "pairs.xml").getroot().tag == "View"
    assert "36 pairs" in done.stdout


def test_an_export_that_cannot_be_says_why(tmp_path):
    write_run(tmp_path / "run")
    done = call("export", tmp_path / "run", "--label-studio", tmp_path / "pairs.xml")
    assert isinstance(done.exception, UsageError)
    assert isinstance(call("export", tmp_path / "nothing", "--label-studio", tmp_path / "x.json").exception, UsageError)
    assert not (tmp_path / "pairs.xml").exists()


def test_both_verbs_explain_themselves_with_an_example():
    assert isinstance(rate, typer.Typer)
    for verb in ("import", "export"):
        assert f"Example: upshot rate {verb} " in call(verb, "--help").output
