"""Where numbers come from: versions, machine, data and base, and whether the base has seen the data."""

import json
from pathlib import Path

import tiny
from upshot.provenance import hardware, record_run, seen_training_data, trained_on, versions
from upshot.recipe_file import read_recipe
from upshot.rundir import RunDir, read_json, write_json


def test_the_resolved_recipe_and_its_provenance_are_kept_with_the_time_of_the_first_start(tmp_path: Path) -> None:
    run, recipe = RunDir(tmp_path), tiny.recipe({"full": {"tuning": "full"}, "zero-shot": {}})
    write_json(tmp_path / "data.json", {"hashes": {"train.csv": "ab"}})
    record_run(run, recipe)
    assert read_recipe(tmp_path / "recipe.yaml") == recipe
    kept = read_json(tmp_path / "provenance.json")
    assert kept["seed"] == 7
    assert kept["data"] == {"source": "builtin", "hashes": {"train.csv": "ab"}}
    assert kept["base_seen"] == {"full": False, "zero-shot": False}
    write_json(tmp_path / "provenance.json", kept | {"started": "2020-01-01T00:00:00+00:00"})
    write_json(run.arm("full") / "predictions.inputs.json", {"base": "cd"})
    record_run(run, recipe)
    again = read_json(tmp_path / "provenance.json")
    assert again["started"] == "2020-01-01T00:00:00+00:00"
    assert again["base_models"] == {"full": "cd", "zero-shot": None}


def test_nothing_is_written_where_nothing_has_changed(tmp_path: Path) -> None:
    run, recipe = RunDir(tmp_path), tiny.recipe({"zero-shot": {}})
    record_run(run, recipe)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    record_run(run, recipe)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_base_whose_card_lists_this_data_has_seen_it(tmp_path: Path) -> None:
    run, model = RunDir(tmp_path / "run"), tmp_path / "model"
    model.mkdir()
    assert trained_on(str(model)) == {}
    (model / "trained_on.json").write_text(json.dumps({"sha256": {"train.csv": "ab"}}))
    write_json(run.root / "data.json", {"hashes": {"test.csv": "ff"}})
    assert not seen_training_data(run, str(model))
    write_json(run.root / "data.json", {"hashes": {"mine.csv": "ab", "test.csv": "ff"}})
    assert seen_training_data(run, str(model))
    assert not seen_training_data(run, "google/flan-t5-small")


def test_versions_and_machine_are_said_in_words() -> None:
    found = versions()
    assert found["torch"][0].isdigit()
    assert found["python"].startswith("3.")
    machine = hardware()
    assert machine["cores"] >= 1
    assert machine["memory_bytes"] > 10**8
