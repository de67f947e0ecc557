"""The analysis of a run: everything from stored files, the same each time, nothing left out in silence."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import report_run
from command import environment
from upshot.analysis.examine import examine
from upshot.analysis.finding import KINDS
from upshot.analysis.notebook_heuristics import CATEGORIES, heuristics
from upshot.analysis.slices import SLICES
from upshot.data.tables import read_rows
from upshot.errors import DataError, ModelError, UsageError
from upshot.events import Event, silent
from upshot.recipe import Recipe
from upshot.recipe_file import read_recipe
from upshot.records import Dialogue, Prediction, Row, dump_lines, load_lines
from upshot.rundir import RunDir, read_text, write_text
from upshot.stages.analyse import analyse_run, export_slice

ARMS = list(report_run.ARMS)


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """A finished run of three arms and twelve dialogues."""
    return report_run.write_run(tmp_path / "run")


def recipe_of(run: RunDir) -> Recipe:
    """The run's recipe with fewer resamples."""
    return read_recipe(run.root / "recipe.yaml", ["compare.resamples=200"])


def analysed(run: RunDir) -> dict[str, Any]:
    """The analysis of a run as its file holds it."""
    returned = analyse_run(run, recipe_of(run), silent)
    written: dict[str, Any] = json.loads((run.root / "analysis.json").read_text(encoding="utf-8"))
    assert written == returned
    return written


def findings(run: RunDir, arm: str) -> list[dict[str, Any]]:
    """What was found in each dialogue of an arm."""
    return [json.loads(line) for line in (run.arm(arm) / "findings.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_analysis_has_every_part_for_every_arm(run: RunDir) -> None:
    found = analysed(run)
    assert (found["n"], found["metric"]) == (12, "rouge1")
    for part in ("flags", "heuristics", "coverage", "length", "key_terms_kept", "confidence"):
        assert list(found[part]) == ARMS, part
    for arm in ARMS:
        assert list(found["flags"][arm]) == list(KINDS)
        assert list(found["heuristics"][arm]) == list(CATEGORIES)
        assert list(found["coverage"][arm]) == ["beginning", "middle", "end"]
        assert -1 <= found["length"][arm]["ci95"][0] <= found["length"][arm]["spearman"] <= 1
    cells = [*found["key_terms_kept"].values(), *(cell for of in found["coverage"].values() for cell in of.values())]
    assert all(0 <= cell["ci95"][0] <= cell["mean"] <= cell["ci95"][1] <= 1 for cell in cells)
    assert {cell["slice"] for cell in found["slices"]} | set(found["not_measurable"]) == set(SLICES)


def test_counts_are_those_of_the_findings_of_each_dialogue(run: RunDir) -> None:
    found = analysed(run)
    dialogues = load_lines(read_text(run.split("test")), Dialogue)
    for arm in ARMS:
        predictions = load_lines(read_text(run.predictions(arm, "test")), Prediction)
        lines = findings(run, arm)
        for line, dialogue, prediction in zip(lines, dialogues, predictions, strict=True):
            own = json.loads(json.dumps(examine(dialogue, prediction).to_json()))
            given = list(heuristics(dialogue.references[0], prediction.prediction))
            assert line == {**own, "heuristics": given}
        flagged = {
            kind: sum(any(item["kind"] == kind for item in line["findings"]) for line in lines) for kind in KINDS
        }
        assert found["flags"][arm] == flagged
        assert found["heuristics"][arm] == {
            name: sum(name in line["heuristics"] for line in lines) for name in CATEGORIES
        }
    assert found["flags"]["zero-shot"]["cap-hit"] == 1


def test_what_the_notebook_never_gives_stands_with_0(run: RunDir) -> None:
    found = analysed(run)
    never = [name for name, facts in CATEGORIES.items() if not facts.possible]
    assert {found["heuristics"][arm][name] for arm in ARMS for name in never} == {0}
    assert {pair["difference"] for pair in found["heuristic_pairs"] if pair["category"] in never} == {0.0}


def test_arms_that_are_not_trained_are_the_baseline_of_the_heuristics(run: RunDir) -> None:
    recipe = recipe_of(run)
    turned = recipe.model_copy(update={"arms": dict(reversed(recipe.arms.items()))})
    assert list(turned.arms) == ["lora", "full", "zero-shot"]
    pairs = analyse_run(run, turned, silent)["heuristic_pairs"]
    assert list(dict.fromkeys((pair["a"], pair["b"]) for pair in pairs)) == [
        ("zero-shot", "lora"),
        ("zero-shot", "full"),
        ("lora", "full"),
    ]
    shares = {arm: analysed(run)["heuristics"][arm]["missing_key_info"] / 12 for arm in ARMS}
    pair = next(item for item in pairs if item["category"] == "missing_key_info")
    assert pair["difference"] == pytest.approx(shares["zero-shot"] - shares["lora"])


def test_slices_share_out_all_dialogues_and_mark_what_is_small(run: RunDir) -> None:
    found = analysed(run)
    for name in {cell["slice"] for cell in found["slices"]}:
        cells = [cell for cell in found["slices"] if cell["slice"] == name]
        assert sum(cell["n"] for cell in cells) == 12
        assert all(cell["small"] and list(cell["arms"]) == ARMS for cell in cells)
        assert [(pair["a"], pair["b"]) for pair in cells[0]["pairs"]] == [
            ("zero-shot", "full"),
            ("zero-shot", "lora"),
            ("full", "lora"),
        ]
    assert {cell["value"]: cell["n"] for cell in found["slices"] if cell["slice"] == "truncation"} == {
        "whole": 11,
        "cut": 1,
    }


def test_the_same_files_give_the_same_bytes(run: RunDir) -> None:
    analysed(run)
    first = {path: path.read_bytes() for path in [run.root / "analysis.json", *run.arms.glob("*/findings.jsonl")]}
    for arm in ARMS:  # the order of stored lines is no part of the result
        lines = read_text(run.predictions(arm, "test")).splitlines(keepends=True)
        write_text(run.predictions(arm, "test"), "".join(reversed(lines)))
    analysed(run)
    assert len(first) == 4
    assert {path: path.read_bytes() for path in first} == first


def test_an_arm_without_scores_is_told_and_without_any_there_is_nothing_to_analyse(run: RunDir) -> None:
    heard: list[Event] = []
    (run.arm("lora") / "scores.jsonl").unlink()
    assert list(analyse_run(run, recipe_of(run), heard.append)["flags"]) == ["zero-shot", "full"]
    assert [event.kind for event in heard] == ["note"]
    assert "arm 'lora' has no scores yet and is left out" in heard[0].text
    for arm in ("zero-shot", "full"):
        (run.arm(arm) / "scores.jsonl").unlink()
    with pytest.raises(ModelError, match="no arm has scores yet"):
        analyse_run(run, recipe_of(run), silent)


def test_predictions_of_other_dialogues_are_refused(run: RunDir) -> None:
    predictions = load_lines(read_text(run.predictions("full", "test")), Prediction)
    write_text(run.predictions("full", "test"), dump_lines(predictions[:-1]))
    with pytest.raises(DataError, match="first id that differs: talk_11") as caught:
        analyse_run(run, recipe_of(run), silent)
    assert caught.value.code == "D53"
    assert not (run.root / "analysis.json").exists()


def test_summaries_of_one_length_have_no_correlation_and_say_so(run: RunDir) -> None:
    lines = [json.loads(line) for line in read_text(run.arm("full") / "scores.jsonl").splitlines()]
    write_text(run.arm("full") / "scores.jsonl", dump_lines({**line, "words": 9} for line in lines))
    found = analysed(run)
    assert list(found["length"]) == ["zero-shot", "lora"]
    assert found["not_measurable"]["length (full)"] == "all summaries are equally long"


def test_without_a_training_split_key_terms_and_rare_words_say_so(run: RunDir) -> None:
    write_text(run.split("train"), "")
    found = analysed(run)
    assert found["key_terms_kept"] == {}
    assert found["not_measurable"]["key_terms_kept"] == "no training split to weigh words against"
    assert "rare-words" in found["not_measurable"]


def test_an_exported_slice_is_read_as_the_rows_that_it_was(run: RunDir, tmp_path: Path) -> None:
    rows = load_lines(read_text(run.split("train")), Row)
    odd = Row("odd", 'Ann: "Quotes", commas;\nBo: and\n\nlines.\n' * 2, "One\r\nsummary, with a comma.", "a, b", 13)
    write_text(run.split("train"), dump_lines([*rows, odd]))
    values = {cell["value"] for cell in analysed(run)["slices"] if cell["slice"] == "words"}
    total = 0
    for value in values:
        target = tmp_path / f"{value}.csv"
        count = export_slice(run, "words", value, to=target)
        read, notices = read_rows(target)
        assert (len(read), notices) == (count, [])
        low, _, high = value.partition("-")
        kept = [row for row in (*rows, odd) if int(low) <= len(row.dialogue.split()) <= int(high or low)]
        found = [(row.id, row.dialogue, row.summary, row.topic) for row in read]
        assert found == [(row.id, row.dialogue, row.summary, row.topic) for row in kept]
        total += count
    assert total >= len(rows)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("mood", "good", "there is no slice 'mood'; training rows are chosen by one of words, turns"),
        ("position", "1-4", "'position' is a property of the test split alone; training rows are chosen by"),
        ("words", "1-2", r"no slice 'words=1-2' \(found: 39, 40-41, 42-43\)"),
        ("indirect", "direct", "no slices by 'indirect': only the built-in conversations mark"),
    ],
)
def test_a_slice_that_cannot_be_exported_says_what_can(
    run: RunDir, tmp_path: Path, name: str, value: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        export_slice(run, name, value, to=tmp_path / "slice.csv")
    assert not (tmp_path / "slice.csv").exists()


def test_analysing_loads_no_tensor_library(run: RunDir) -> None:
    code = f"""import sys
from pathlib import Path
from upshot.events import silent
from upshot.recipe_file import read_recipe
from upshot.rundir import RunDir
from upshot.stages.analyse import analyse_run
root = Path({str(run.root)!r})
analyse_run(RunDir(root), read_recipe(root / "recipe.yaml", ["compare.resamples=100"]), silent)
print(sorted({{name.split(".")[0] for name in sys.modules}} & {{"torch", "transformers", "peft", "accelerate"}}))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_confidence_is_measured_against_scores_and_flags_at_thresholds_of_the_validation_split(run: RunDir) -> None:
    found = analysed(run)["confidence"]["full"]
    predictions = load_lines(read_text(run.predictions("full", "test")), Prediction)
    flagged = [
        any(finding["tier"] in ("certain", "review") for finding in line["findings"]) for line in findings(run, "full")
    ]
    assert found["risks"]["flagged"]["random"] == pytest.approx(sum(flagged) / 12)
    assert found["risks"]["rouge1"]["oracle"] <= found["risks"]["rouge1"]["area"]["mean"]
    assert (found["split"], found["thresholds"][2]["kept"]) == ("test", 6)  # this run has no validation predictions
    low = min(item.logprob for item in predictions)
    sure = [Prediction(f"v{number}", "Hm.", 3, False, low - 1, 9, False) for number in range(3)]
    write_text(run.predictions("full", "validation"), dump_lines(sure))
    again = analysed(run)["confidence"]["full"]
    assert (again["split"], again["thresholds"][2]["kept"]) == ("validation", 12)
    assert again["thresholds"][2]["values"]["rouge1"]["held_back"] is None


def test_equally_confident_summaries_are_said_to_tell_nothing(run: RunDir) -> None:
    predictions = load_lines(read_text(run.predictions("lora", "test")), Prediction)
    write_text(run.predictions("lora", "test"), dump_lines(replace(item, logprob=-1.0) for item in predictions))
    write_text(run.arm("lora") / "scores.inputs.json", "")
    (run.arm("lora") / "scores.inputs.json").unlink()
    found = analysed(run)
    assert "lora" not in found["confidence"]
    assert found["not_measurable"]["confidence (lora)"] == "all summaries are equally confident"
