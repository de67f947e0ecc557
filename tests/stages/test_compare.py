"""The comparison of a run: its arms under one protocol, what differs undeclared, and the results table."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tiny
from upshot.errors import DataError, ModelError
from upshot.events import Event, silent
from upshot.recipe import Arm, Recipe
from upshot.recipe_file import expand_arms
from upshot.records import Dialogue, Prediction, dump_lines
from upshot.rundir import RunDir, read_text, write_json, write_text
from upshot.stages.compare import REFERENCE_COLUMN, compare_run, decoding_words, results_table
from upshot.stages.score import score_arm
from upshot.table import read_table


def dialogues() -> list[Dialogue]:
    """The tiny dialogues with a second reference each."""
    return [
        replace(
            item,
            references=(item.references[0], f'They said: "{item.references[0]}"'),
            row_ids=(f"{item.id}_1", f"{item.id}_2"),
        )
        for item in tiny.dialogues()
    ]


def predicted(folder: Path, recipe: Recipe, summaries: Mapping[str, Mapping[str, Any]] | None = None) -> RunDir:
    """A run whose arms have predictions of falling quality, and scores."""
    run = RunDir(folder)
    write_text(run.split("test"), dump_lines(dialogues()))
    write_text(run.split("train"), dump_lines(tiny.rows()))
    for rank, name in enumerate(expand_arms(recipe)):
        made = [
            Prediction(item.id, item.references[0][: 60 - 12 * rank], 9, number == 0, -0.2, 30, False)
            for number, item in enumerate(dialogues())
        ]
        write_text(run.predictions(name, "test"), dump_lines(made))
        write_json(run.arm(name) / "summary.json", {"precision": "fp32", **(summaries or {}).get(name, {})})
        write_json(run.arm(name) / "predictions.inputs.json", {"base": "b" * 8})
        score_arm(run, name, silent)
    return run


def recipe(arms: Mapping[str, Any], **compare: Any) -> Recipe:
    return tiny.recipe(arms, compare={"resamples": 100, **compare})


def test_the_file_holds_what_is_returned_and_few_dialogues_are_noted(tmp_path: Path) -> None:
    heard: list[Event] = []
    settings = recipe({"full": {"tuning": "full"}, "lora": {"tuning": "lora"}})
    run = predicted(tmp_path, settings)
    result = compare_run(run, settings, heard.append)
    assert json.loads(read_text(run.root / "comparison.json")) == result
    assert list(result["arms"]) == ["full", "lora"]
    assert result["n_dialogues"] == 4
    assert result["protocol"].endswith("n=4 dialogues, greedy, max_new_tokens=8")
    assert result["arms"]["full"]["hit_cap_share"]["mean"] == 0.25
    assert set(result["reference_rows"]) == {"human", "constant", "lead3", "longest3", "bm25_copy"}
    assert "mean" in result["reference_rows"]["human"]["rouge1"]
    assert [event.text for event in heard] == ["only 4 dialogues in the test split: read the intervals, not the means"]


def test_predictions_that_changed_after_they_were_scored_are_refused(tmp_path: Path) -> None:
    settings = recipe({"one": {}, "two": {}})
    run = predicted(tmp_path, settings)
    compare_run(run, settings, silent)
    before = read_text(run.root / "comparison.json")
    path = run.predictions("two", "test")
    write_text(path, read_text(path).replace('"tokens": 9', '"tokens": 8'))
    with pytest.raises(DataError, match="the predictions of arm 'two' changed after scoring; upshot score"):
        compare_run(run, settings, silent)
    assert read_text(run.root / "comparison.json") == before
    score_arm(run, "two", silent)
    compare_run(run, settings, silent)


def test_a_missing_prediction_is_named_before_anything_is_written(tmp_path: Path) -> None:
    settings = recipe({"one": {}, "two": {}})
    run = predicted(tmp_path, settings)
    (run.arm("two") / "scores.inputs.json").unlink()  # as an early version left it
    first, *others = read_text(run.predictions("two", "test")).splitlines(keepends=True)
    write_text(run.predictions("two", "test"), "".join(others))
    with pytest.raises(DataError, match=f"arm 'two' has no prediction for dialogue '{json.loads(first)['id']}'"):
        compare_run(run, settings, silent)
    assert not (run.root / "comparison.json").exists()


def test_an_arm_without_predictions_is_left_out_and_none_at_all_is_an_error(tmp_path: Path) -> None:
    settings = recipe({"one": {}, "two": {}})
    run = predicted(tmp_path, settings)
    run.predictions("one", "test").unlink()
    assert list(compare_run(run, settings, silent)["arms"]) == ["two"]
    with pytest.raises(ModelError, match="no arm has scores yet"):
        compare_run(RunDir(tmp_path / "empty"), settings, silent)


def test_what_differs_without_being_declared_is_named(tmp_path: Path) -> None:
    arms = {"one": {}, "two": {"generation": {"beams": 2}}, "three": {"prompt": {"template": "raw"}}}
    settings = recipe(arms, varies=["prompt"])
    run = predicted(tmp_path, settings, {"three": {"precision": "bf16"}})
    result = compare_run(run, settings, silent)
    assert result["differences"] == [
        {"a": "one", "b": "two", "what": ["generation"]},
        {"a": "one", "b": "three", "what": ["precision"]},
        {"a": "two", "b": "three", "what": ["generation", "precision"]},
    ]
    assert "decoding as each row says" in result["protocol"]


def test_another_engine_is_one_difference_which_can_be_declared(tmp_path: Path) -> None:
    arms = {"one": {}, "quick": {"predict": {"engine": "ct2"}}}
    for varies, found in (([], [{"a": "one", "b": "quick", "what": ["predict"]}]), (["predict"], [])):
        settings = recipe(arms, varies=varies)
        run = predicted(tmp_path / str(len(varies)), settings, {"quick": {"precision": "ct2 int8"}})
        assert compare_run(run, settings, silent)["differences"] == found


def test_arms_that_differ_as_declared_have_no_differences(tmp_path: Path) -> None:
    settings = recipe({"zero-shot": {}, "full": {"tuning": "full"}, "few-shot": {"shots": {"count": 1}}})
    assert compare_run(predicted(tmp_path, settings), settings, silent)["differences"] == []


def test_the_spread_of_seeds_stands_beside_the_arms(tmp_path: Path) -> None:
    settings = recipe({"full": {"tuning": "full", "seeds": [1, 2]}})
    result = compare_run(predicted(tmp_path, settings), settings, silent)
    spread = result["seeds"]["full"]
    assert spread["arms"] == ["full", "full@seed=1", "full@seed=2"]
    means = [result["arms"][name]["rouge1"]["mean"] for name in spread["arms"]]
    assert spread["rouge1"]["means"] == pytest.approx(means)
    assert spread["rouge1"]["sd"] > 0


def test_an_arm_that_starts_from_the_best_of_several_says_which_and_why(tmp_path: Path) -> None:
    arms = {"one": {"tuning": "full"}, "two": {"tuning": "full"}, "best": {"from": ["one", "two"]}}
    settings = recipe(arms)
    run = predicted(tmp_path, settings)
    write_text(run.split("validation"), dump_lines(dialogues()))
    for name, length in (("one", 10), ("two", 50)):
        made = [Prediction(item.id, item.references[0][:length], 9, False, -0.2, 30, False) for item in dialogues()]
        write_text(run.predictions(name, "validation"), dump_lines(made))
    choice = compare_run(run, settings, silent)["choices"]["best"]
    assert (choice["chosen"], choice["by"]) == ("two", "validation rouge1")
    assert choice["scores"]["two"] > choice["scores"]["one"]


def test_the_first_rows_alone_keep_only_their_references(tmp_path: Path) -> None:
    settings = recipe({"one": {}, "two": {}}, first_rows=3)
    first = compare_run(predicted(tmp_path, settings), settings, silent)["first_rows"]
    assert first["n_dialogues"] == 2
    assert "first 3 rows of the test split" in first["protocol"]
    assert first["arms"]["one"]["rouge1"]["n"] == 2


def test_copies_among_the_first_rows_are_one_cluster(tmp_path: Path) -> None:
    settings = recipe({"one": {}, "two": {}}, first_rows=6)
    run = predicted(tmp_path, settings)
    first, *others = dialogues()
    copies = [replace(item, text=first.text) for item in others]
    write_text(run.split("test"), dump_lines([first, *copies]))
    for name in ("one", "two"):
        score_arm(run, name, silent)
    found = compare_run(run, settings, silent)["first_rows"]
    assert (found["n_dialogues"], found["n_clusters"]) == (3, 1)


def test_a_base_that_has_seen_the_training_split_is_named_in_row_and_protocol(tmp_path: Path) -> None:
    settings = recipe({"zero-shot": {}, "full": {"tuning": "full"}})
    run = predicted(tmp_path, settings)
    write_json(run.root / "provenance.json", {"base_seen": {"zero-shot": True, "full": True}})
    result = compare_run(run, settings, silent)
    assert result["seen"] == {"zero-shot": True}
    assert "the base model has seen this training split" in result["protocol"]


def test_the_results_table_has_a_row_a_reference_and_reads_back(tmp_path: Path) -> None:
    made = {
        name: [Prediction(item.id, f'{name}, "{item.id}"\nsaid', 1, False, 0.0, 1, False) for item in dialogues()]
        for name in ("a", "b")
    }
    text = results_table(dialogues(), made)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["", REFERENCE_COLUMN, "a", "b"]
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(8)]
    (tmp_path / "results.csv").write_text(text, encoding="utf-8", newline="")
    table = read_table(tmp_path / "results.csv", reference=REFERENCE_COLUMN, predictions=["a", "b"], group=2)
    assert [item.references for item in table.dialogues] == [item.references for item in dialogues()]
    assert table.texts["b"][0] == (made["b"][0].prediction,) * 2


def test_a_decoding_is_said_in_words() -> None:
    greedy = Arm.model_validate({"generation": {"max_new_tokens": 9, "no_repeat_ngram": 3}})
    assert decoding_words(greedy) == "greedy, no repeated 3-gram, max_new_tokens=9"
    beams = Arm.model_validate({"generation": {"beams": 4, "length_penalty": 0.8}})
    assert decoding_words(beams) == "4 beams, length_penalty=0.8, max_new_tokens=128"
    quick = Arm.model_validate({"predict": {"engine": "ct2"}})
    assert decoding_words(quick) == "greedy, max_new_tokens=128, CTranslate2 int8"
    drawn = Arm.model_validate({"generation": {"sample": True, "temperature": 0.5, "top_k": 10, "top_p": 0.9}})
    assert decoding_words(drawn) == "sampling (temperature 0.5, top_k 10, top_p 0.9), max_new_tokens=128"
