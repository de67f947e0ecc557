"""The whole main job at the command line: resuming, choosing, stopping, and what it leaves behind."""

import json
import re
import resource
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from command import Result, contents, start, upshot, wait_for
from small_project import settings, tiny_demo, write_recipe, write_splits
from upshot.cli import main_verbs
from upshot.cli.main_verbs import DEMO
from upshot.errors import StoppedError, to_install
from upshot.recipe import Recipe
from upshot.recipe_file import read_recipe
from upshot.rundir import locked

MADE: Final = ("weights/*", "predictions.jsonl", "validation.jsonl", "log.jsonl", "summary.json")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with splits and a recipe of one arm that trains nothing."""
    write_recipe(tmp_path / "mine.yaml", write_splits(tmp_path / "data"), "{zero-shot: {}}")
    return tmp_path


def test_a_second_start_trains_and_predicts_nothing(finished: Path) -> None:
    before = contents(finished / "runs" / "demo" / "arms", *MADE)
    done = upshot("demo", *tiny_demo(), cwd=finished)
    assert done.code == 0, done.err
    assert len([path for path in before if path.endswith("predictions.jsonl")]) == 4
    assert contents(finished / "runs" / "demo" / "arms", *MADE) == before
    assert not re.search("training|predicting|is trained|has predicted", done.err)
    assert done.err.count("finished") == 4


def test_json_prints_the_comparison_file_and_nothing_else(finished: Path) -> None:
    done = upshot("demo", *tiny_demo(), "--json", cwd=finished)
    kept = (finished / "runs" / "demo" / "comparison.json").read_text()
    assert (done.code, json.loads(done.out)) == (0, json.loads(kept))
    assert json.loads(upshot("compare", "runs/demo", "--json", cwd=finished).out) == json.loads(kept)


def test_quiet_prints_results_alone(finished: Path) -> None:
    done = upshot("demo", *tiny_demo(), "-q", cwd=finished)
    assert done.code == 0
    assert all(line.startswith("warning D4") for line in done.err.splitlines()), done.err
    assert "zero-shot" in done.out
    assert "report: runs/demo/report.html" in done.out


def test_other_training_settings_for_a_trained_arm_are_refused_with_the_list(finished: Path) -> None:
    before = contents(finished / "runs" / "demo" / "arms", *MADE)
    changed = settings("train.learning_rate=0.5", "train.clip=2.0", "arms.full.train.learning_rate=0.5")
    done = upshot("demo", *tiny_demo(), *changed, "-q", cwd=finished)
    assert (done.code, done.out) == (2, "")
    listed = done.error.splitlines()
    assert listed[0].startswith("error: arm 'full' was trained before with other settings; use another name")
    rate = read_recipe(DEMO).arms["full"].train.learning_rate
    assert listed[1:] == ["  train.clip: 1.0 -> 2.0", f"  train.learning_rate: {rate} -> 0.5"]
    assert contents(finished / "runs" / "demo" / "arms", *MADE) == before


def test_other_data_under_the_same_name_is_refused(finished: Path) -> None:
    done = upshot("demo", *tiny_demo(), *settings("data.subset.train.first=6"), "-q", cwd=finished)
    assert (done.code, done.out) == (2, "")
    assert "runs/demo holds a run on other data" in done.err
    assert "rows.train:" in done.err


def test_other_decoding_predicts_anew_and_keeps_the_weights(finished: Path) -> None:
    arms = finished / "runs" / "demo" / "arms"
    weights, made = contents(arms, "weights/*"), contents(arms, "predictions.jsonl")
    done = upshot("demo", *tiny_demo(), *settings("generation.max_new_tokens=4"), cwd=finished)
    assert done.code == 0, done.err
    assert contents(arms, "weights/*") == weights
    assert not set(contents(arms, "predictions.jsonl").values()) & set(made.values())
    assert "max_new_tokens=4" in done.out


def test_set_changes_the_recipe_that_the_run_keeps(project: Path) -> None:
    done = upshot("run", "mine.yaml", *settings("seed=99", "name=other", "generation.beams=2"), cwd=project)
    assert done.code == 0, done.err
    kept = (project / "runs" / "other" / "recipe.yaml").read_text()
    assert re.search("^seed: 99$", kept, re.M)
    assert "2 beams" in done.out


def test_only_does_the_chosen_arms_and_a_later_run_the_rest(project: Path) -> None:
    write_recipe(project / "mine.yaml", project / "data", "{one: {}, two: {grid: {beams: [2]}}, three: {}}")
    done = upshot("run", "mine.yaml", "--only", "two", cwd=project)
    assert done.code == 0, done.err
    arms = project / "runs" / "small" / "arms"
    assert sorted(path.name for path in arms.iterdir()) == ["two", "two@beams=2"]
    assert list(json.loads((project / "runs" / "small" / "comparison.json").read_text())["arms"]) == [
        "two",
        "two@beams=2",
    ]
    before = contents(arms, *MADE)
    assert upshot("run", "mine.yaml", cwd=project).code == 0
    after = contents(arms, *MADE)
    assert {path: after[path] for path in before} == before
    assert sorted(path.name for path in arms.iterdir()) == ["one", "three", "two", "two@beams=2"]


def test_a_dry_run_shows_the_plan_and_writes_nothing(project: Path) -> None:
    before = sorted(project.rglob("*"))
    done = upshot("run", "mine.yaml", "--dry-run", cwd=project)
    assert (done.code, done.out) == (0, "")
    assert "dry run: nothing was written" in done.err
    assert re.search(r"zero-shot: 5 dialogues, about [\d.]+ min", done.err)
    plan = json.loads(upshot("run", "mine.yaml", "--dry-run", "--json", cwd=project).out)
    assert [arm["name"] for arm in plan["arms"]] == ["zero-shot"]
    assert plan["disk_free_bytes"] == pytest.approx(shutil.disk_usage(project).free, rel=0.2)
    assert sorted(project.rglob("*")) == before


def test_two_runs_in_one_folder_exclude_each_other(project: Path) -> None:
    with locked(project / "runs" / "small"):
        done = upshot("run", "mine.yaml", "-q", cwd=project)
    assert (done.code, done.out) == (6, "")
    assert re.fullmatch(r"error: runs/small is in use by process \d+ since \d\d:\d\d\n", done.err)


def test_a_run_folder_that_is_a_file_is_refused(project: Path) -> None:
    (project / "runs").mkdir()
    (project / "runs" / "small").write_text("mine")
    done = upshot("run", "mine.yaml", cwd=project)
    assert done == Result(2, "", "error: runs/small: is a file, expected a run folder\n")
    assert (project / "runs" / "small").read_text() == "mine"


def test_too_little_disk_is_told_before_the_first_step(project: Path) -> None:
    huge = "model.scratch={d_model: 65536, d_ff: 262144, num_layers: 500, num_decoder_layers: 500, num_heads: 1024}"
    write_recipe(project / "mine.yaml", project / "data", "{full: {tuning: full}}")
    for dry in ([], ["--dry-run"]):
        done = upshot("run", "mine.yaml", *settings(huge), *dry, "-q", cwd=project)
        assert (done.code, done.out) == (5, "")
        assert re.match(r"error: this run needs [\d.]+ GB in runs(/small)? \(", done.error), done.err
        assert done.error.endswith("GB are free\n")


def test_a_full_disk_is_told_and_leaves_no_part_of_a_file(project: Path) -> None:
    with files_up_to(1500):
        done = upshot("run", "mine.yaml", "-q", cwd=project)
    assert (done.code, done.out) == (5, "")
    assert re.match(r"error: runs/small/data/\w+.jsonl: cannot be written \(File too large\)", done.err)
    assert not list(project.rglob(".staging-*"))
    assert upshot("run", "mine.yaml", "-q", cwd=project).code == 0


def test_a_loss_that_is_not_a_number_stops_with_7(project: Path) -> None:
    write_recipe(project / "mine.yaml", project / "data", "{full: {tuning: full}}")
    done = upshot("run", "mine.yaml", *settings("train.learning_rate=1e30", "train.max_steps=9"), "-q", cwd=project)
    assert (done.code, done.out) == (7, "")
    assert re.fullmatch(r"error: the \w+ is not finite at step \d \(rows .*\).*\n", done.error), done.err
    assert not (project / "runs" / "small" / "arms" / "full" / "weights").exists()


def test_a_prediction_that_was_killed_continues_and_equals_an_uninterrupted_one(project: Path) -> None:
    write_splits(project / "data", train=8, validation=2, test=30)
    slow = settings("generation.batch_tokens=1", "generation.max_new_tokens=40")
    child = start("run", "mine.yaml", *slow, cwd=project)
    part = project / "runs" / "small" / "arms" / "zero-shot" / "test.part.jsonl"
    wait_for(lambda: part.exists() and part.read_bytes().count(b"\n") >= 2, child)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    assert not (part.parent / "predictions.jsonl").exists()
    part.write_bytes(part.read_bytes() + b'{"batch": 7, "predic')  # what a crash in the middle of a line leaves
    kept = part.read_text().splitlines()[0]
    assert upshot("run", "mine.yaml", *slow, "-q", cwd=project).code == 0
    assert upshot("run", "mine.yaml", *slow, "-q", "--runs", "others", cwd=project).code == 0
    for name in ("predictions.jsonl", "validation.jsonl", "scores.jsonl"):
        made, whole = (project / root / "small" / "arms" / "zero-shot" / name for root in ("runs", "others"))
        assert made.read_bytes() == whole.read_bytes()
    first = json.loads(kept)["predictions"][0]
    assert json.dumps(first, ensure_ascii=False) in (part.parent / "predictions.jsonl").read_text()
    assert not part.exists()


def test_sigterm_and_sigint_save_a_checkpoint_and_the_same_command_continues(project: Path) -> None:
    write_recipe(project / "mine.yaml", project / "data", "{full: {tuning: full}}")
    endless = ["train", "mine.yaml", *settings("train.max_steps=100000")]
    folder = project / "runs" / "small" / "arms" / "full" / "train"
    steps = [0]
    for number in (signal.SIGTERM, signal.SIGINT):
        child = start(*endless, cwd=project)
        wait_for(lambda: last_step(folder / "log.jsonl") > steps[-1] + 1, child)
        child.send_signal(number)
        out, err = child.communicate(timeout=240)
        assert (child.returncode, out) == (128 + number, ""), err
        steps.append(last_step(folder / "log.jsonl"))
        assert f"error: stopped after step {steps[-1]}; saved, the same command continues" in err
        assert "Traceback" not in err
        assert [path.name for path in folder.glob("step-*")] == [f"step-{steps[-1]:08d}"]
    assert f"continues after step {steps[1]} of 100000" in err


def test_logs_hold_no_conversation_but_the_sample_summary(project: Path) -> None:
    arms = "{zero-shot: {}, few-shot: {shots: {count: 1, max_tokens: 96}}}"
    write_recipe(project / "mine.yaml", project / "data", arms)
    done = upshot("run", "mine.yaml", cwd=project)
    assert done.code == 0, done.err
    words = [line["text"] for line in lines(project / "runs" / "small" / "data" / "test.jsonl")]
    said = [turn for text in words for turn in text.split("\n")]
    assert len(said) > 5
    assert not [turn for turn in said if turn[:40] in done.err + done.out]


@pytest.mark.parametrize("line", ["nonsense\n", "{}\n", "[1]\n", "7\n", '{"id": "x"}\n'])
def test_a_damaged_file_of_a_run_is_an_error_for_people(line: str, finished: Path) -> None:
    arm = finished / "runs" / "demo" / "arms" / "full"
    damaged = {
        "score": arm / "predictions.jsonl",
        "compare": arm / "scores.jsonl",
        "report": finished / "runs" / "demo" / "data" / "test.jsonl",
    }
    for verb, path in damaged.items():
        before = path.read_bytes()
        path.write_bytes(line.encode() + before)
        done = upshot(verb, "runs/demo", cwd=finished)
        assert (done.code, len(done.err.splitlines())) == (3, 1), done.err
        assert done.err.endswith("it was damaged or edited: delete it and run again\n")
        path.write_bytes(before)
    (finished / "runs" / "demo" / "comparison.json").write_text(line)
    assert upshot("report", "runs/demo", cwd=finished).code in (2, 3)


def last_step(log: Path) -> int:
    return max((line["step"] for line in lines(log)), default=0)


def lines(path: Path) -> list[dict[str, object]]:
    whole = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in whole]


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """A block in which no file can grow beyond a size: to a program it is as a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_without_ctranslate2_the_demo_predicts_with_transformers_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engines = []

    def ended(recipe: Recipe, *_: object, **__: object) -> None:
        engines.append(recipe.predict.engine)
        raise StoppedError("here", signal_number=2)

    monkeypatch.setattr(main_verbs, "_run", ended)
    with pytest.raises(StoppedError):
        main_verbs.demo(runs=tmp_path)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(StoppedError):
        main_verbs.demo(runs=tmp_path)
    assert engines == ["ct2", "transformers"]
    assert f"CTranslate2 is not installed ({to_install('ct2')})" in capsys.readouterr().err
