"""What needs the starter's weights: the package out of the box."""

import json
from pathlib import Path

from command import ROOT, upshot
from small_project import settings

CLINIC = ROOT / "examples" / "clinic.txt"


def test_the_starter_summarizes_and_names_its_licence_once_on_standard_error(tmp_path: Path) -> None:
    done = upshot("summarize", CLINIC, cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.err.count("CC BY-NC-SA 4.0") == 1
    assert "DialogSum" not in done.out
    assert len(done.out.splitlines()) == 1
    assert 4 < len(done.out.split()) < 60
    assert upshot("summarize", CLINIC, "-q", cwd=tmp_path).err == ""


def test_the_demo_finishes_with_the_starter_and_says_the_licence_once(tmp_path: Path) -> None:
    few = ("train.max_steps=2", "train.eval_rows=1", "generation.max_new_tokens=4", "compare.resamples=200")
    part = ("data.subset.train.first=8", "data.subset.validation.first=1", "data.subset.test.first=4")
    done = upshot("demo", *settings(*few, *part), cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.err.count("CC BY-NC-SA 4.0") == 1
    assert len(json.loads((tmp_path / "runs" / "demo" / "comparison.json").read_text())["arms"]) == 4


def test_check_counts_the_starters_tokens_and_finds_nothing_in_the_built_in_conversations(tmp_path: Path) -> None:
    done = upshot("check", "builtin", cwd=tmp_path)
    assert (done.code, "nothing is wrong" in done.out) == (0, True), done
    assert "As the model will see them" in done.out
    assert "not counted" not in done.out
