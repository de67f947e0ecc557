"""One stage at a time, and tables of finished outputs."""

import csv
import json
import re
from pathlib import Path

import pytest

import tiny_bert
from command import Result, contents, upshot
from shared_data import shared
from small_project import write_recipe, write_splits

TABLE = ("--reference", "human_baseline_summaries", "--prediction")


def test_the_stages_one_by_one_end_where_run_ends(demo: tuple[Path, Result], tmp_path: Path) -> None:
    folder = demo[0]
    recipe, runs = folder / "recipes" / "demo.yaml", ("--runs", tmp_path / "runs")
    for verb in ("train", "predict"):
        done = upshot(verb, recipe, *runs, cwd=folder)
        assert done.code == 0, done.err
    run = tmp_path / "runs" / "demo"
    again = [upshot(verb, recipe, *runs, cwd=folder).out for verb in ("train", "predict")]
    assert all("(was there already)" in line for text in again for line in text.splitlines())
    for verb in ("score", "compare", "report"):
        done = upshot(verb, run, cwd=folder)
        assert (done.code, "Next:" in done.err) == (0, True), done.err
    parts = contents(run, "comparison.json", "results.csv", "scores.jsonl", "predictions.jsonl", "weights/*")
    assert (run / "report.html").exists()
    assert upshot("run", recipe, *runs, cwd=folder).code == 0
    whole = contents(run, "comparison.json", "results.csv", "scores.jsonl", "predictions.jsonl", "weights/*")
    assert {path: content for path, (content, _) in whole.items()} == {
        path: content for path, (content, _) in parts.items()
    }


def test_score_prints_the_scores_that_it_writes(finished: Path) -> None:
    done = upshot("score", "runs/demo", "--json", cwd=finished)
    found = json.loads(done.out)
    assert list(found) == ["zero-shot", "few-shot", "full", "lora"]
    written = (finished / "runs" / "demo" / "arms" / "full" / "scores.jsonl").read_text().splitlines()
    assert found["full"] == [json.loads(line) for line in written]


def test_a_learned_metric_is_asked_for_by_name_and_stands_in_the_report(finished: Path) -> None:
    done = upshot("score", "runs/demo", "--with", f"bertscore={tiny_bert.encoder()}", cwd=finished)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert [line.split(":")[0] for line in lines] == 2 * ["zero-shot", "few-shot", "full", "lora"]
    assert all(" bertscore " in line and ", n=" in line for line in lines[4:])
    assert upshot("report", "runs/demo", cwd=finished).code == 0
    assert "Differences by learned metrics" in (finished / "runs" / "demo" / "report.html").read_text()
    assert "No learned metric" not in (finished / "runs" / "demo" / "report.md").read_text()


def test_a_learned_metric_that_is_not_there_costs_no_score(finished: Path) -> None:
    before = contents(finished / "runs" / "demo", "scores.jsonl")
    done = upshot("score", "runs/demo", "--with", "bleurt=/models", cwd=finished)
    assert (done.code, len(done.err.splitlines())) == (2, 1), done.err
    assert "no such scorer; expected one of bertscore=PLACE" in done.err
    assert {path: text for path, (text, _) in contents(finished / "runs" / "demo", "scores.jsonl").items()} == {
        path: text for path, (text, _) in before.items()
    }


def test_stages_that_come_too_early_say_what_is_missing(finished: Path) -> None:
    for path in (finished / "runs" / "demo" / "arms").glob("*/*.jsonl"):
        path.unlink()
    (finished / "runs" / "demo" / "comparison.json").unlink()
    for verb, code in (("score", 4), ("compare", 4), ("report", 2)):
        done = upshot(verb, "runs/demo", cwd=finished)
        assert (done.code, done.out, len(done.err.splitlines())) == (code, "", 1), done.err
        assert "yet" in done.err


def test_an_arm_that_is_not_trained_cannot_predict(demo: tuple[Path, Result], tmp_path: Path) -> None:
    done = upshot("predict", "recipes/demo.yaml", "--only", "lora", "--runs", tmp_path, "-q", cwd=demo[0])
    said = "error: arm 'lora' has no weights yet; train it first: upshot train RECIPE --only lora\n"
    assert (done.code, done.out, done.error) == (4, "", said)


def test_the_results_table_of_a_run_compares_as_the_run_did(finished: Path) -> None:
    run = finished / "runs" / "demo"
    arms = ("--prediction", "full", "--prediction", "lora", "--group", "2")
    table = upshot(
        "compare", "--table", run / "results.csv", *TABLE[:2], *arms, "--resamples", "200", "--json", cwd=finished
    )
    own = json.loads((run / "comparison.json").read_text())
    found = json.loads(table.out)
    assert found["n_dialogues"] == own["n_dialogues"] == 3
    for arm in ("full", "lora"):
        assert found["arms"][arm]["rouge1"]["mean"] == pytest.approx(own["arms"][arm]["rouge1"]["mean"], abs=1e-12)
    human = own["reference_rows"]["human"]["rouge1"]["mean"]
    assert found["reference_rows"]["human"]["rouge1"]["mean"] == pytest.approx(human, abs=1e-12)


def test_resamples_of_the_command_line_are_those_of_the_run_too(finished: Path) -> None:
    found = json.loads(upshot("compare", "runs/demo", "--resamples", "300", "--json", cwd=finished).out)
    assert found["resamples"] == 300
    assert found == json.loads((finished / "runs" / "demo" / "comparison.json").read_text())


@pytest.mark.parametrize("option", ["--group", "--reference", "--prediction"])
def test_options_of_tables_are_refused_beside_a_run(finished: Path, option: str) -> None:
    done = upshot("compare", "runs/demo", option, "2", cwd=finished)
    assert (done.code, done.err) == (
        2,
        f"error: compare runs/demo: {option} is about the columns of a table; leave it out, or use --table\n",
    )


def test_columns_stand_after_one_prediction_or_after_one_each(finished: Path) -> None:
    table = ("compare", "--table", "runs/demo/results.csv", *TABLE[:2], "--resamples", "200", "--json")
    short = upshot(*table, "--prediction", "full", "lora", "--group", "2", cwd=finished)
    assert list(json.loads(short.out)["arms"]) == ["full", "lora"]
    assert short == upshot(*table, "--group", "2", "--prediction", "full", "--prediction", "lora", cwd=finished)
    assert "COL..." in upshot("compare", "--help", cwd=finished).out


def test_words_that_may_be_a_run_or_a_column_are_refused_with_what_each_is_taken_for(tmp_path: Path) -> None:
    both = "error: compare: name a run's folder, or a table with --table, and not both; "
    astray = upshot("compare", "--table", "t.csv", "--prediction", "full", "--group", "2", "lora", cwd=tmp_path)
    assert (astray.code, astray.err) == (2, f"{both}if 'lora' is a column, put it right behind --prediction COL\n")
    no_table = upshot("compare", "--prediction", "full", "runs/demo", cwd=tmp_path)
    said = "--prediction takes every word up to the next option as a column of the table: full runs/demo\n"
    assert (no_table.code, no_table.err) == (2, both + said)


def test_a_group_without_a_name_is_refused(finished: Path) -> None:
    options = (*TABLE, "full", "--group", "")
    done = upshot("compare", "--table", "runs/demo/results.csv", *options, cwd=finished)
    assert done.code == 2
    assert "--group names nothing" in done.err


def test_a_table_in_a_script_that_rouge_does_not_see_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "people,one,two\n安娜打招呼。,安娜走了。,鲍勃说话。\n他走了。,他来了。,他说。\n", encoding="utf-8"
    )
    options = ("--reference", "people", "--prediction", "one", "--prediction", "two", "--resamples", "500")
    done = upshot("compare", "--table", "t.csv", *options, cwd=tmp_path)
    assert "ROUGE counts only a-z and 0-9: it sees nothing in 2 of 2 references." in done.out, done.err


def test_one_row_of_a_table_has_no_interval(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("people,one,two\nAnn says hi.,Ann says hi.,Ben leaves.\n", encoding="utf-8")
    options = ("--reference", "people", "--prediction", "one", "--prediction", "two", "--resamples", "500")
    done = upshot("compare", "--table", "t.csv", *options, cwd=tmp_path)
    assert done.code == 0, done.err
    assert "Only 1 row (no grouping given)." in done.out
    assert "100.00 (no interval)" in done.out
    assert "One row cannot tell one from two: 100.0 ROUGE-1 points apart, and no interval." in done.out


def test_published_outputs_in_a_table_give_the_published_figures(tmp_path: Path) -> None:
    data, outputs = shared("data/dialogsum"), shared("data/outputs") / "bart-large-quick.txt"
    with (data / "test.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    texts = outputs.read_text(encoding="utf-8").split("\n")
    order: dict[str, int] = {}
    for row in rows:
        order.setdefault(row["id"].rsplit("_", 1)[0], len(order))
    with (tmp_path / "table.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["", "human_baseline_summaries", "bart"])
        for number, row in enumerate(rows):
            writer.writerow([number, row["summary"], texts[order[row["id"].rsplit("_", 1)[0]]]])
    options = (*TABLE, "bart", "--group", "3", "--resamples", "200")
    done = upshot("compare", "--table", "table.csv", *options, cwd=tmp_path)
    assert done.code == 0, done.err
    (line,) = [line for line in done.out.splitlines() if re.match(r"bart +\d", line)]
    assert [part for part in line.split() if "[" not in part][1:4] == ["45.05", "20.07", "37.88"]
    (line,) = [line for line in done.out.splitlines() if line.startswith("human (references)")]
    assert [part for part in line.split() if "[" not in part][2:5] == ["53.37", "26.73", "44.99"]
    assert "bart: reference 1 alone 45.91 / 21.32 / 38.71; best of the references" in done.out
    found = json.loads(upshot("compare", "--table", "table.csv", *options, "--json", cwd=tmp_path).out)
    bart, human = found["arms"]["bart"], found["reference_rows"]["human"]
    figures = [f"{100 * bart[metric]['mean']:.2f}" for metric in ("rouge1", "rouge2", "rougeL")]
    assert figures == ["45.05", "20.07", "37.88"]
    first = [f"{100 * bart[f'{metric}_first']['mean']:.2f}" for metric in ("rouge1", "rouge2", "rougeL")]
    assert first == ["45.91", "21.32", "38.71"]
    assert [f"{100 * human[metric]['mean']:.2f}" for metric in ("rouge1", "rouge2", "rougeL")] == [
        "53.37",
        "26.73",
        "44.99",
    ]
    assert (found["n_dialogues"], found["unit"]) == (500, "dialogues")


def test_an_arm_is_trained_again_by_name_and_the_refusal_says_how(tmp_path: Path) -> None:
    write_recipe(tmp_path / "mine.yaml", write_splits(tmp_path / "data"), "{zero-shot: {}, full: {tuning: full}}")
    assert upshot("train", "mine.yaml", cwd=tmp_path).code == 0
    changed = ("train", "mine.yaml", "--set", "train.learning_rate=0.02")
    refused = upshot(*changed, "-q", cwd=tmp_path)
    assert refused.code == 2
    assert "or --again full: trained anew, what is there is put aside:\n  train.learning_rate" in refused.error
    unknown = upshot("run", "mine.yaml", "--again", "best", "--dry-run", cwd=tmp_path)
    assert (unknown.code, unknown.error) == (2, "error: the recipe has no arm 'best' (arms: zero-shot, full)\n")
    idle = upshot("train", "mine.yaml", "--again", "zero-shot", cwd=tmp_path)
    assert (idle.code, idle.error.startswith("error: --again zero-shot: this arm has no training")) == (2, True)
    done = upshot(*changed, "--again", "full", cwd=tmp_path)
    assert (done.code, done.out) == (0, "runs/small/arms/full/weights\n")
    assert "what was there is kept in runs/small/before/full-1 until you delete it" in done.err
    assert (tmp_path / "runs" / "small" / "before" / "full-1" / "weights" / "MANIFEST.json").is_file()
