"""The stage that writes both reports."""

import json
import subprocess
import sys

import pytest

from report_run import write_run
from upshot.errors import DataError, UsageError
from upshot.events import silent
from upshot.recipe_file import parse_recipe
from upshot.report import drawing
from upshot.rundir import RunDir, file_sha256, read_json, remove, write_json, write_text
from upshot.stages.analyse import analyse_run
from upshot.stages.compare import compare_run
from upshot.stages.report import write_report
from upshot.stages.score import score_arm


def test_both_reports_are_written_and_name_every_arm(tmp_path):
    html, md = write_report(write_run(tmp_path))
    assert (html.name, md.name) == ("report.html", "report.md")
    for text in (html.read_text(encoding="utf-8"), md.read_text(encoding="utf-8")):
        assert all(name in text for name in ("zero-shot", "full beats lora by", "lora"))
    assert not list(tmp_path.glob(".staging-*"))


def test_the_same_run_gives_the_same_reports(tmp_path):
    run = write_run(tmp_path)
    first = [path.read_bytes() for path in write_report(run)]
    assert [path.read_bytes() for path in write_report(run)] == first


def test_a_run_that_left_only_its_comparison_still_has_a_report(tmp_path):
    run = write_run(tmp_path)
    for path in (run.arms, run.root / "data", run.root / "provenance.json", run.root / "data.json"):
        remove(path)
    html, _ = write_report(run)
    assert "No arm of this run was trained." in html.read_text(encoding="utf-8")


@pytest.mark.skipif(not drawing.available(), reason=f"needs the report extra: {drawing.INSTALL}")
def test_every_chart_of_the_page_is_a_file_beside_it(tmp_path):
    html, _ = write_report(write_run(tmp_path, analysed=True))
    names = {path.name for path in (tmp_path / "charts").iterdir()}
    assert {path.removesuffix(".svg") for path in names if path.endswith(".svg")} == {
        path.removesuffix(".png") for path in names if path.endswith(".png")
    }
    assert len(names) == 2 * html.read_text(encoding="utf-8").count("<figure>") > 40


def test_half_a_surrogate_pair_in_an_output_does_not_stop_the_report(tmp_path):
    run = write_run(tmp_path)
    path = run.predictions("full", "test")
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    changed = [line | {"prediction": "half \ud800 a pair"} for line in lines]
    write_text(path, "".join(json.dumps(line) + "\n" for line in changed))
    names = run.split("test").read_text(encoding="utf-8").replace('"id": "talk_1"', '"id": "talk_\\ud800"')
    write_text(run.split("test"), names)
    html, _ = write_report(run)
    assert "half ? a pair" in html.read_text(encoding="utf-8")


def test_a_folder_without_a_comparison_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no comparison"):
        write_report(RunDir(tmp_path))
    assert not (tmp_path / "report.html").exists()


def test_reporting_imports_no_torch():
    code = "import sys, upshot.stages.report; print('torch' in sys.modules, 'altair' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_every_arm_has_a_model_card(tmp_path):
    write_report(write_run(tmp_path))
    cards = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "cards").iterdir()}
    assert set(cards) == {"zero-shot", "full", "lora"}
    assert all(text.startswith("---\nlicense:") for text in cards.values())


def test_a_report_of_other_scores_or_predictions_than_were_compared_is_refused(tmp_path):
    run = write_run(tmp_path)
    hashes = {name: file_sha256(run.arm(name) / "scores.jsonl") for name in ("zero-shot", "full", "lora")}
    write_json(run.root / "comparison.json", read_json(run.root / "comparison.json") | {"scores_sha256": hashes})
    write_report(run)
    score_arm(run, "full", silent)
    write_report(run)  # the same predictions have the same scores
    path = run.predictions("full", "test")
    write_text(path, path.read_text(encoding="utf-8").replace("They agree", "They said"))
    with pytest.raises(DataError, match="predictions of arm 'full' changed after scoring; upshot score"):
        write_report(run)
    score_arm(run, "full", silent)
    with pytest.raises(DataError, match="the scores of arm 'full' are not those that were compared; upshot score"):
        write_report(run)


def test_one_dialogue_has_numbers_and_no_interval_from_scores_to_report(tmp_path):
    run = write_run(tmp_path)
    for path in (run.split("test"), *(run.predictions(name, "test") for name in ("zero-shot", "full", "lora"))):
        write_text(path, path.read_text(encoding="utf-8").splitlines(keepends=True)[0])
    for name in ("zero-shot", "full", "lora"):
        score_arm(run, name, silent)
    recipe = parse_recipe((run.root / "recipe.yaml").read_text(encoding="utf-8"))
    result = compare_run(run, recipe, silent)
    analyse_run(run, recipe, silent)
    assert result["arms"]["full"]["rouge1"]["ci95"] is result["pairs"][0]["ci95"] is None
    html, md = write_report(run)
    text = md.read_text(encoding="utf-8")
    assert "Only 1 dialogue. " in text
    assert "One dialogue cannot tell full from " in text
    assert "(no interval)" in text
    assert "(no interval)" in html.read_text(encoding="utf-8")
    assert "95 % interval: 0" not in text
