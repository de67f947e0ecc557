"""Prediction: each dialogue once, resumed at its batch, made anew only where something changed."""

import json
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import tiny
from upshot import rundir
from upshot.errors import DataError, StoppedError
from upshot.events import Event, never, silent
from upshot.recipe import Recipe
from upshot.records import Prediction, dump_lines, load_lines, whole_lines
from upshot.rundir import RunDir, read_json, read_text, write_text
from upshot.stages.predict import peak_memory_bytes, predict_arm, prediction_inputs


def recipe(arm: Mapping[str, Any] | None = None, **generation: Any) -> Recipe:
    """A recipe of one arm whose batches hold one dialogue each."""
    settings = {"max_new_tokens": 5, "batch_tokens": 1, **generation}
    return tiny.recipe({"one": arm or {}}, generation=settings)


def run_folder(folder: Path) -> RunDir:
    run = tiny.write_splits(RunDir(folder), validation=tiny.dialogues()[:1])
    write_text(run.split("test"), dump_lines(tiny.dialogues()))
    return run


def predict(run: RunDir, of: Recipe, **listen: Any) -> bool:
    return predict_arm(run, of, "one", tiny.arms(of)["one"], **{"tell": silent, "stop": never, **listen})


def predictions(run: RunDir, split: str = "test") -> list[Prediction]:
    return load_lines(read_text(run.predictions("one", split)), Prediction)


def test_every_dialogue_is_predicted_once_in_order_and_the_cost_is_kept(tmp_path: Path) -> None:
    heard: list[Event] = []
    run = run_folder(tmp_path)
    assert predict(run, recipe(), tell=heard.append)
    assert [item.id for item in predictions(run)] == [item.id for item in tiny.dialogues()]
    assert [item.id for item in predictions(run, "validation")] == [tiny.dialogues()[0].id]
    assert all(0 < item.tokens <= 5 and item.logprob < 0 for item in predictions(run))
    summary = read_json(run.arm("one") / "summary.json")
    assert summary["parameters"]["trainable"] == 0
    assert summary["generation_seconds"] > 0
    assert (summary["precision"], summary["device"], summary["training_seconds"]) == ("fp32", "cpu", None)
    counts = [event.facts["done"] for event in heard if event.facts.get("split") == "test"]
    assert counts == [1, 2, 3, 4]
    assert not list(tmp_path.rglob("*.part.jsonl"))


def test_what_was_predicted_is_not_predicted_again(tmp_path: Path) -> None:
    run, heard = run_folder(tmp_path), list[Event]()
    predict(run, recipe())
    before = {path: path.stat().st_mtime_ns for path in run.arm("one").rglob("*")}
    assert not predict(run, recipe(), tell=heard.append)
    assert heard == []
    assert {path: path.stat().st_mtime_ns for path in run.arm("one").rglob("*")} == before


def test_other_decoding_replaces_the_predictions_and_the_scores_made_of_them(tmp_path: Path) -> None:
    run = run_folder(tmp_path)
    predict(run, recipe())
    write_text(run.arm("one") / "scores.jsonl", "old\n")
    assert predict(run, recipe(max_new_tokens=2))
    assert all(item.tokens <= 2 for item in predictions(run))
    assert not (run.arm("one") / "scores.jsonl").exists()


def test_a_signal_keeps_the_finished_batches_and_the_next_start_does_the_rest(tmp_path: Path) -> None:
    whole, run = run_folder(tmp_path / "whole"), run_folder(tmp_path / "run")
    predict(whole, recipe())
    asked: list[int] = []

    def listen(event: Event) -> None:
        if event.facts.get("split") == "test" and event.facts["done"] == 2:
            asked.append(signal.SIGTERM)

    with pytest.raises(StoppedError, match="stopped while predicting with 'one'") as caught:
        predict(run, recipe(), tell=listen, stop=lambda: asked[0] if asked else None)
    assert caught.value.exit_code == 143
    part = run.arm("one") / "test.part.jsonl"
    assert [line["batch"] for line in whole_lines(read_text(part))] == [0, 1]
    assert predict(run, recipe())
    for split in ("test", "validation"):
        assert run.predictions("one", split).read_bytes() == whole.predictions("one", split).read_bytes()
    assert not part.exists()


@pytest.mark.parametrize("cut", [1, 40])
def test_a_line_that_a_crash_cut_off_costs_one_batch_and_no_more(cut: int, tmp_path: Path) -> None:
    whole, run = run_folder(tmp_path / "whole"), run_folder(tmp_path / "run")
    predict(whole, recipe())
    asked = iter([None, None, None, signal.SIGINT])  # one for the validation batch
    with pytest.raises(StoppedError):
        predict(run, recipe(), stop=lambda: next(asked))
    part = run.arm("one") / "test.part.jsonl"
    part.write_bytes(part.read_bytes()[:-cut])
    asked = iter([None, signal.SIGINT])
    with pytest.raises(StoppedError):
        predict(run, recipe(), stop=lambda: next(asked))
    assert [line["batch"] for line in whole_lines(read_text(part))] == [0, 1]
    predict(run, recipe())
    assert predictions(run) == predictions(whole)


def test_a_crash_before_the_summary_repeats_no_generation(tmp_path: Path) -> None:
    run, heard = run_folder(tmp_path), list[Event]()
    predict(run, recipe())
    (run.arm("one") / "summary.json").unlink()
    batches = [{"batch": n, "seconds": 0.5, "predictions": []} for n in range(4)]
    made = {item.id: item for item in predictions(run)}
    order = sorted(made.values(), key=lambda item: (-item.prompt_tokens, item.id))
    for batch, item in zip(batches, order, strict=True):
        batch["predictions"] = [json.loads(dump_lines([item]))]
    write_text(run.arm("one") / "test.part.jsonl", dump_lines(batches))
    before = read_text(run.predictions("one", "test"))
    assert predict(run, recipe(), tell=heard.append)
    assert read_text(run.predictions("one", "test")) == before
    assert read_json(run.arm("one") / "summary.json")["generation_seconds"] >= 2.0


def test_shots_are_recorded_and_those_that_do_not_fit_are_told(tmp_path: Path) -> None:
    run, heard = run_folder(tmp_path), list[Event]()
    of = recipe({"shots": {"count": 2, "max_tokens": 90}})
    predict(run, of, tell=heard.append)
    lines = list(whole_lines(read_text(run.arm("one") / "shots-test.jsonl")))
    assert [line["id"] for line in lines] == [item.id for item in tiny.dialogues()]
    fewer = sum(len(line["rows"]) < 2 for line in lines)
    assert read_json(run.arm("one") / "summary.json")["few_shot"] == {"asked": 2, "fewer": fewer}
    told = [event.text for event in heard if event.kind == "note"]
    assert bool(fewer) == any(f"{fewer} of 4 test dialogues got fewer than 2 examples" in text for text in told)
    assert predictions(run) != []


def test_the_inputs_name_everything_that_predictions_depend_on(tmp_path: Path) -> None:
    run, of = run_folder(tmp_path), recipe()
    arm = tiny.arms(of)["one"]
    from upshot.model.load import ModelRef

    inputs = prediction_inputs(run, arm, ModelRef(str(tiny.t5())), None)
    other = prediction_inputs(run, arm, ModelRef(str(tiny.flan())), None)
    assert inputs["base"] != other["base"]
    assert {key for key in inputs if inputs[key] != other[key]} == {"base"}
    write_text(run.split("test"), dump_lines(tiny.dialogues()[:2]))
    assert prediction_inputs(run, arm, ModelRef(str(tiny.t5())), None) != inputs


def test_peak_memory_is_in_bytes() -> None:
    assert 10**7 < peak_memory_bytes() < 10**12


def test_windows_change_nothing_but_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, run = run_folder(tmp_path / "whole"), run_folder(tmp_path / "run")
    of = recipe({"shots": {"count": 1}}, batch_tokens=10_000)
    predict(whole, of)
    monkeypatch.setattr(rundir, "WINDOW", 3)
    asked = iter([None, None, signal.SIGINT])  # the validation batch, and the first window
    with pytest.raises(StoppedError):
        predict(run, of, stop=lambda: next(asked))
    assert not run.predictions("one", "test").exists()
    lines = list(whole_lines(read_text(run.arm("one") / "test.part.jsonl")))
    assert [len(line["predictions"]) for line in lines] == [3]
    assert predict(run, of)
    assert [item.id for item in predictions(run)] == [item.id for item in tiny.dialogues()]
    assert [item.prediction for item in predictions(run)] == [item.prediction for item in predictions(whole)]
    for name in ("shots-test.jsonl", "shots-validation.jsonl"):
        assert read_text(run.arm("one") / name) == read_text(whole.arm("one") / name)


def test_a_log_of_other_batches_is_refused(tmp_path: Path) -> None:
    run = run_folder(tmp_path)
    predict(run, recipe())
    (run.arm("one") / "summary.json").unlink()
    line = {"batch": 0, "seconds": 0.5, "predictions": [json.loads(dump_lines(predictions(run)[:1])) | {"id": "x"}]}
    write_text(run.arm("one") / "test.part.jsonl", dump_lines([line]))
    with pytest.raises(DataError, match="delete it and run again"):
        predict(run, recipe())
    assert len(predictions(run)) == 4


def test_ctranslate2_is_exported_once_and_its_arithmetic_recorded(tmp_path: Path) -> None:
    plain, run = run_folder(tmp_path / "plain"), run_folder(tmp_path / "run")
    exact = {"predict": {"engine": "ct2", "quantization": "float32"}}
    predict(plain, recipe())
    assert predict(run, recipe(exact))
    assert [item.prediction for item in predictions(run)] == [item.prediction for item in predictions(plain)]
    assert read_json(run.arm("one") / "summary.json")["precision"] == "ct2 float32"
    assert read_json(run.exported("one", "float32") / "export.json")["parity"]["max"] < 1e-3
    assert not predict(run, recipe(exact))
    assert predict(run, recipe())  # another engine: other predictions
