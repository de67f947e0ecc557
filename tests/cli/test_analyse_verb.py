"""The verb analyse: tables for people, JSON for machines, and a slice of the training rows in a file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import report_run
from upshot.cli.analyse_verb import analyse, show_analysis, weakest_slice
from upshot.cli.screen import Screen
from upshot.data.sources import load_splits
from upshot.errors import UpshotError
from upshot.recipe import DataSettings
from upshot.rundir import RunDir


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """A finished run of three arms and twelve dialogues."""
    return report_run.write_run(tmp_path / "run")


def call(*arguments: str | Path) -> Any:
    """What the verb did: exit code, standard output and error."""
    app = typer.Typer()
    app.command()(analyse)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refusal(*arguments: str | Path) -> str:
    """The error for people that the verb ends with."""
    done = call(*arguments)
    assert isinstance(done.exception, UpshotError), done
    assert done.exception.exit_code == 2
    return done.exception.message


def test_people_get_flags_heuristics_and_what_to_do_next(run: RunDir) -> None:
    done = call(run.root)
    assert done.exit_code == 0, done.output
    assert "of 12 dialogues: places to look at, not a rate of errors" in done.stdout
    assert "not measurable: indirect (only the built-in conversations mark what is said indirectly)" in done.stdout
    assert "Next:" in done.stderr
    assert f"upshot report {run.root}" in done.stderr


def test_small_slices_and_rows_of_zeros_are_left_out_and_it_says_where_they_are(run: RunDir) -> None:
    found = json.loads(call(run.root, "--json").stdout)
    assert all(cell["small"] for cell in found["slices"])
    out = call(run.root).stdout
    assert "by slice" not in out
    assert f"left out here: {len(found['slices'])} slices of fewer than 30 dialogues" in out
    assert "heuristics that no arm has (" in out
    assert "entity_confusion" in out.partition("left out here")[2]
    assert "entity_confusion" not in out.partition("left out here")[0]
    assert f"all of it: {run.root / 'analysis.json'}, and in {run.root / 'report.html'}" in out


def test_slices_of_thirty_dialogues_are_shown_with_their_intervals(run: RunDir, capsys: Any) -> None:
    found = json.loads(call(run.root, "--json").stdout)
    found["slices"][0] |= {"small": False, "n": 30}
    show_analysis(found, Screen(), run.root)
    out = capsys.readouterr().out
    name = f"{found['slices'][0]['slice']}={found['slices'][0]['value']}"
    line = next(line for line in out.splitlines() if line.startswith(name))
    assert line.split()[1] == "30"
    assert f"left out here: {len(found['slices']) - 1} slices" in out


def test_an_improvement_whose_interval_leaves_0_out_is_told_in_points_and_in_per_cent(run: RunDir, capsys: Any) -> None:
    found = json.loads(call(run.root, "--json").stdout)
    first = found["heuristic_pairs"][0]
    for pair in found["heuristic_pairs"]:
        pair["ci95"] = [-0.1, 0.1]
    show_analysis(found, Screen(), run.root)
    out = capsys.readouterr().out
    assert "improvement on" not in out
    assert f"differences from {first['a']} in heuristics that are not shown" in out
    first |= {"difference": 0.25, "ci95": [0.1, 0.4], "improvement_percent": 50.0}
    show_analysis(found, Screen(), run.root)
    out = capsys.readouterr().out
    assert f"improvement on {first['a']}, points [95 % interval]" in out
    assert "+25.0 [+10.0 to +40.0], +50 %" in out


def test_length_against_score_is_told_where_something_is_shown(run: RunDir, capsys: Any) -> None:
    found = json.loads(call(run.root, "--json").stdout)
    cells = {"full": {"spearman": 0.4, "ci95": [0.1, 0.6]}, "lora": {"spearman": 0.1, "ci95": [-0.2, 0.3]}}
    show_analysis(found | {"length": cells}, Screen(), run.root)
    out = capsys.readouterr().out
    assert "full: length against score, Spearman 0.40 [0.10 to 0.60]" in out
    assert "length against score of lora (nothing shown)" in out


def test_json_is_what_the_run_folder_holds(run: RunDir) -> None:
    done = call(run.root, "--json")
    assert json.loads(done.stdout) == json.loads((run.root / "analysis.json").read_text(encoding="utf-8"))
    assert "Next:" not in done.output


def test_the_slice_that_next_names_can_be_exported_and_read(run: RunDir, tmp_path: Path) -> None:
    slice_name = weakest_slice(json.loads(call(run.root, "--json").stdout))
    assert slice_name is not None
    target = tmp_path / "slice.csv"
    done = call(run.root, "--export-slice", slice_name, "--to", target)
    assert done.exit_code == 0, done.output
    rows = load_splits(DataSettings(source=str(target)), 13, divide_file=False).splits.train
    assert f"wrote {target}: {len(rows)} training rows" in done.stdout.replace("\n", " ").replace("  ", " ")
    assert f"upshot describe {target}" in done.stderr
    assert (f"upshot init {target}" in done.stderr) == (len(rows) >= 3)  # fewer cannot be divided
    assert "is there already" in refusal(run.root, "--export-slice", slice_name, "--to", target)


def test_an_export_prints_json_where_it_is_asked_to(run: RunDir, tmp_path: Path) -> None:
    value = next(
        cell["value"] for cell in json.loads(call(run.root, "--json").stdout)["slices"] if cell["slice"] == "words"
    )
    target = tmp_path / "slice.csv"
    found = json.loads(call(run.root, "--export-slice", f"words={value}", "--to", target, "--json").stdout)
    assert (found["slice"], found["value"], found["file"]) == ("words", value, str(target))
    assert found["rows"] > 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--export-slice", "turns=1-4"), "go together"),
        (("--to", "x.csv"), "go together"),
        (("--export-slice", "turns", "--to", "x.csv"), "expected SLICE=VALUE"),
        (("--export-slice", "turns=1-4", "--to", "x.txt"), "ends in .csv"),
        (("--export-slice", "mood=good", "--to", "x.csv"), "there is no slice 'mood'"),
    ],
)
def test_half_an_export_is_refused(
    run: RunDir, monkeypatch: pytest.MonkeyPatch, options: Sequence[str], said: str
) -> None:
    monkeypatch.chdir(run.root.parent)
    assert said in refusal(run.root, *options)
    assert not (run.root.parent / "x.csv").exists()


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    assert "no recipe.yaml" in refusal(tmp_path)


def test_the_weakest_slice_is_one_of_training_rows_and_large_before_small() -> None:
    def cell(name: str, value: str, mean: float, *, small: bool) -> dict[str, Any]:
        return {"slice": name, "value": value, "small": small, "arms": {"full": {"mean": mean}, "none": {"mean": 0.01}}}

    cells = [
        cell("position", "1-50", 0.05, small=False),
        cell("turns", "13-40", 0.3, small=False),
        cell("turns", "1-12", 0.4, small=False),
        cell("speakers", "3", 0.1, small=True),
    ]
    assert weakest_slice({"slices": cells}) == "turns=13-40"
    assert weakest_slice({"slices": cells[3:]}) == "speakers=3"
    assert weakest_slice({"slices": cells[:1]}) is None
