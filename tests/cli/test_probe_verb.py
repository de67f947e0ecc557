"""upshot probe on the tiny demo."""

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from upshot.cli.probe_verb import probe

APP = typer.Typer()
APP.command()(probe)


def run(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(APP, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
    return done.exit_code, done.stdout, f"{done.stderr}{done.exception or ''}"


BOX = set("│┃━┏┡├─└┌┐┴┬")


def test_it_prints_preferences_as_plain_text_and_the_next_step(finished: Path) -> None:
    code, out, err = run(finished / "runs" / "demo", "--only", "lora", "--dialogues", "2")
    assert code == 0, err
    assert "chance is 50" in out
    assert all(word in out for word in ("speaker-swap", "negation"))
    assert "zero-shot" not in out
    assert not BOX & set(out)
    assert "Next:" in err


def test_while_it_asks_it_names_the_arm(finished: Path) -> None:
    err = run(finished / "runs" / "demo", "--only", "lora", "--dialogues", "1")[2]
    assert err.index("arm lora") < err.index("predicting likelihood")
    again = run(finished / "runs" / "demo", "--only", "lora", "--dialogues", "1")[2]
    assert "arm lora" not in again


def test_of_an_arm_that_reads_tags_one_line_says_that_renaming_changes_nothing(finished: Path) -> None:
    folder = finished / "runs" / "demo"
    code, out, err = run(folder, "--only", "zero-shot", "--dialogues", "1")
    assert code == 0, err
    assert "zero-shot reads names as tags, so the same text under any names" in " ".join(out.split())
    assert "nigerian" not in out
    assert "+0.00" not in out


def test_of_an_arm_that_reads_names_every_change_stands_with_its_interval(finished: Path) -> None:
    folder = finished / "runs" / "demo"
    recipe, inputs = folder / "recipe.yaml", folder / "arms" / "zero-shot" / "predictions.inputs.json"
    recipe.write_text(recipe.read_text().replace("speakers: tags", "speakers: keep"))
    made = json.loads(inputs.read_text())
    del made["prompt"]["speakers"]
    inputs.write_text(json.dumps(made))
    code, out, err = run(folder, "--only", "zero-shot", "--dialogues", "1")
    assert code == 0, err
    assert "as tags" not in out
    assert all(word in out for word in ("Change when only names change", "nigerian", "order swapped", "same text"))


def test_json_is_what_the_run_folder_holds_and_a_second_call_asks_nothing(finished: Path) -> None:
    folder = finished / "runs" / "demo"
    code, out, err = run(folder, "--only", "full", "--dialogues", "2", "--json", "-q")
    assert (code, err) == (0, "")
    assert json.loads(out) == json.loads((folder / "probe.json").read_text())
    assert list(json.loads(out)["likelihood"]) == ["full"]
    code, again, err = run(folder, "--only", "full", "--dialogues", "2", "--json")
    assert (code, again) == (0, out)
    assert "predicting" not in err


def test_a_folder_that_is_no_run_and_an_unknown_arm_are_named(finished: Path, tmp_path: Path) -> None:
    assert "no recipe.yaml; expected a run's folder" in run(tmp_path)[2]
    assert "the recipe has no arm 'other'" in run(finished / "runs" / "demo", "--only", "other")[2]


def test_a_run_without_predictions_says_what_makes_them(finished: Path) -> None:
    for path in (finished / "runs" / "demo" / "arms").glob("*/predictions.jsonl"):
        path.unlink()
    assert "no arm has predictions yet; upshot predict makes them" in run(finished / "runs" / "demo")[2]
