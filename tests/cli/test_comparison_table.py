"""The comparison on the terminal: means with intervals, and the other way round where dialogues are few."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from report_run import write_run
from upshot.cli.comparison_table import comparison_table, other_countings
from upshot.rundir import read_json


def printed(comparison: dict[str, Any], width: int = 200) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width).print(comparison_table(comparison))
    return [line.rstrip() for line in stream.getvalue().splitlines()]


@pytest.fixture
def comparison(tmp_path: Path) -> dict[str, Any]:
    return read_json(write_run(tmp_path).root / "comparison.json")


def test_every_arm_and_every_reference_row_has_a_line(comparison: dict[str, Any]) -> None:
    lines = printed(comparison)
    starts = ("arm", "zero-shot", "full", "lora", "human (references)", "a constant sentence", "first 3 turns")
    assert [line[: len(start)] for line, start in zip(lines, starts, strict=False)] == list(starts)
    assert len(lines) == 9


def test_few_dialogues_put_the_interval_first_and_many_the_mean(comparison: dict[str, Any]) -> None:
    cell = comparison["arms"]["full"]["rouge1"]
    mean, (low, high) = f"{100 * cell['mean']:.2f}", (f"{100 * end:.1f}" for end in cell["ci95"])
    assert f"[{low}-{high}] {mean}" in printed(comparison)[2]
    assert f"{mean} [{low}-{high}]" in printed(comparison | {"small": False})[2]


def test_a_row_that_cannot_be_computed_says_why(comparison: dict[str, Any]) -> None:
    rows = comparison["reference_rows"] | {"human": {"reason": "needs [two] references"}}
    (line,) = [line for line in printed(comparison | {"reference_rows": rows}) if line.startswith("human")]
    assert line.split("  ")[-1] == "needs [two] references"


def test_a_base_that_has_seen_the_training_split_is_named_in_its_row(comparison: dict[str, Any]) -> None:
    lines = printed(comparison | {"seen": {"zero-shot": True}})
    assert lines[1].startswith("zero-shot, as shipped (has seen this training split)")


def test_a_narrow_terminal_loses_no_figure(comparison: dict[str, Any]) -> None:
    wide, narrow = printed(comparison), printed(comparison, width=80)
    figures = [part for part in wide[2].split() if part[0].isdigit() or part[0] == "["]
    text = " ".join(narrow)
    assert len(figures) > 5
    assert all(figure in text for figure in figures), narrow


def test_first_and_best_reference_stand_beside_the_mean_where_there_are_several(comparison: dict[str, Any]) -> None:
    lines = list(other_countings(comparison))
    cells = comparison["arms"]["full"]
    assert [line.split(":")[0] for line in lines] == ["zero-shot", "full", "lora"]
    assert f"reference 1 alone {100 * cells['rouge1_first']['mean']:.2f} / " in lines[1]
    assert f"best of the references {100 * cells['rouge1_max']['mean']:.2f} / " in lines[1]
    single = {
        name: {**cells, **{f"{metric}_max": cells[metric] for metric in ("rouge1", "rouge2", "rougeL")}}
        for name, cells in comparison["arms"].items()
    }
    assert list(other_countings(comparison | {"arms": single})) == []
