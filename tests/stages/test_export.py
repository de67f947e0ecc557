"""export: the starter, arms of runs and weights folders, each to its place."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import tiny
import used_arms
from upshot.errors import ModelError, UsageError
from upshot.events import never, silent
from upshot.recipe_file import dump_recipe
from upshot.records import dump_lines
from upshot.rundir import RunDir, damage, read_json, write_text
from upshot.stages.export import export, export_winner
from upshot.stages.predict import predict_arm
from upshot.stages.train import train_arm


def finished(folder: Path) -> RunDir:
    """A run of a base arm, a trained adapter and a few-shot arm that have not predicted."""
    of = tiny.recipe({"plain": {}, "lora": {"tuning": "lora"}, "shown": {"shots": {"count": 1}}}, {"max_steps": 1})
    run = tiny.write_splits(RunDir(folder), validation=tiny.dialogues()[:1])
    write_text(run.split("test"), dump_lines(tiny.dialogues()))
    write_text(run.root / "recipe.yaml", dump_recipe(of))
    train_arm(run, of, "lora", tiny.arms(of)["lora"], tell=silent, stop=never)
    return run


def test_an_arm_of_a_run_goes_beside_its_weights(tmp_path: Path) -> None:
    run = finished(tmp_path / "run")
    for name in ("plain", "lora"):
        place, facts = export(str(run.arm(name)), None, quantization="int8", texts=3)
        assert place == run.arm(name) / "ct2-int8"
        assert damage(place) is None
        assert facts["texts"]["dialogues"] == 3
        assert 0 <= facts["texts"]["greedy"] <= 3
    weights, _ = export(str(run.weights("lora")), tmp_path / "elsewhere", quantization="float32", texts=2)
    assert weights == tmp_path / "elsewhere"
    assert read_json(weights / "export.json")["texts"] == {"dialogues": 2, "greedy": 2, "beams": 2}
    assert read_json(weights / "prompt.json")["template"] == "conversation-summary"


def test_a_later_prediction_uses_what_was_exported(tmp_path: Path) -> None:
    run = finished(tmp_path / "run")
    of = tiny.recipe({"plain": {"predict": {"engine": "ct2"}}})
    write_text(run.root / "recipe.yaml", dump_recipe(of))
    place, _ = export(str(run.arm("plain")), None, quantization="int8", texts=0)
    made = (place / "model.bin").stat().st_mtime_ns
    assert predict_arm(run, of, "plain", tiny.arms(of)["plain"], tell=silent, stop=never)
    assert (place / "model.bin").stat().st_mtime_ns == made
    summary = json.loads((run.arm("plain") / "summary.json").read_text(encoding="utf-8"))
    assert summary["precision"] == "ct2 int8"


def test_a_weights_folder_without_its_run_is_enough(tmp_path: Path) -> None:
    run = finished(tmp_path / "run")
    run.weights("lora").rename(tmp_path / "weights")
    place, facts = export(str(tmp_path / "weights"), None, quantization="float32", texts=0)
    assert place == tmp_path / "weights" / "ct2-float32"
    assert facts["parity"]["max"] < 1e-3


def test_what_cannot_be_exported_is_refused(tmp_path: Path) -> None:
    run = finished(tmp_path / "run")
    with pytest.raises(UsageError, match="puts training examples before"):
        export(str(run.arm("shown")), None, quantization="int8", texts=0)
    with pytest.raises(UsageError, match="--to FOLDER"):
        export("starter", None, quantization="int8", texts=0)
    with pytest.raises(ModelError, match="no such folder"):
        export(str(tmp_path / "absent"), None, quantization="int8", texts=0)
    with pytest.raises(ModelError, match="has no arm 'other'"):
        export(str(run.arms / "other"), None, quantization="int8", texts=0)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"no prompt\.json"):
        export(str(tmp_path / "empty"), None, quantization="int8", texts=0)


def test_a_runs_winner_is_exported_with_what_is_known_of_it() -> None:
    place = used_arms.run() / "arms" / "full" / "ct2-float32"
    made = (place / "model.bin").stat().st_mtime_ns
    assert export_winner(used_arms.run()) == place
    assert (place / "model.bin").stat().st_mtime_ns == made
    about = read_json(place / "about.json")
    assert (about["trained_on"], about["words"], len(about["quantiles"])) == ("12 rows of tiny", 9, 101)
    assert export(str(used_arms.run()), None, quantization="float32", texts=0)[0] == place
    with pytest.raises(ModelError, match="an export already; give the arm"):
        export(str(used_arms.exported() / "ct2-float32"), Path("elsewhere"), quantization="int8", texts=0)


def test_a_winner_that_is_asked_otherwise_since_is_exported_anew(tmp_path: Path) -> None:
    run = Path(shutil.copytree(used_arms.run(), tmp_path / "run"))
    recipe = run / "recipe.yaml"
    assert read_json(export_winner(run) / "prompt.json")["speakers"] == "keep"
    recipe.write_text(recipe.read_text().replace("speakers: keep", "speakers: tags"))
    place = export_winner(run)
    assert read_json(place / "prompt.json")["speakers"] == "tags"
    assert damage(place) is None
    made = (place / "model.bin").stat().st_mtime_ns
    assert export_winner(run) == place
    assert (place / "model.bin").stat().st_mtime_ns == made


def test_certainty_is_measured_on_summaries_made_as_the_arm_is_used(tmp_path: Path) -> None:
    run = tiny.write_splits(
        RunDir(tmp_path), validation=[replace(tiny.dialogues()[n % 4], id=str(n)) for n in range(24)]
    )
    of = tiny.recipe({"plain": {}}, model={"name": "starter"}, generation={"max_new_tokens": 4})
    write_text(run.root / "recipe.yaml", dump_recipe(of))
    place, _ = export(str(run.arm("plain")), None, quantization="int8", texts=0)
    about = read_json(place / "about.json")
    assert (about["tags"], about["as_compared"]) == (True, False)
    assert about["measured_on"] == "24 validation summaries of arm 'plain'"


def test_an_export_of_an_arm_with_few_validation_summaries_says_that_they_are_few(tmp_path: Path) -> None:
    run = Path(shutil.copytree(used_arms.run(), tmp_path / "run"))
    kept = (run / "arms" / "full" / "validation.jsonl").read_text().splitlines(keepends=True)
    (run / "arms" / "full" / "validation.jsonl").write_text("".join(kept[:6]))
    about = read_json(export_winner(run) / "about.json")
    assert about["quantiles"] == []
    assert about["unplaced"] == "arm 'full' has 4 validation summaries, and at least 20 are needed"
