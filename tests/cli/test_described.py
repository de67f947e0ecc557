"""A data set and a model on the terminal, complete and harmless."""

import io
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import tiny
from small_project import write_table
from upshot.cli.described import show_data, show_model
from upshot.cli.screen import Screen
from upshot.recipe import DataSettings
from upshot.stages.describe import describe_data, describe_model


def printed(show: Callable[[Mapping[str, Any], Screen], None], facts: Mapping[str, Any]) -> str:
    stream = io.StringIO()
    with redirect_stdout(stream):
        show(facts, Screen())
    return stream.getvalue()


def test_lengths_pictures_topics_and_remarks_of_a_data_set_are_shown(tmp_path: Path) -> None:
    rows = [(str(n), f"Ann: talk {n} [bold]\nBen: yes, {'so ' * n}", f"They talk {n}.", "[red]trips") for n in range(9)]
    write_table(tmp_path / "x.csv", rows, ("id", "dialogue", "summary", "topic"))
    text = printed(show_data, describe_data(DataSettings(source=str(tmp_path / "x.csv")), 1))
    for part in (
        "train: 9 rows, 9 dialogues, 1 reference each",
        "words of a summary",
        "speakers of a dialogue",
        "p95",
    ):
        assert part in text
    assert "[red]trips ████" in text
    assert "note: 9 of 9 dialogues have line breaks, which T5 drops" in text


def test_conversations_without_summaries_have_no_such_lines(tmp_path: Path) -> None:
    write_table(tmp_path / "x.csv", [("1", "Ann: hello you"), ("2", "Ben: bye now")], ("id", "dialogue"))
    text = printed(show_data, describe_data(DataSettings(source=str(tmp_path / "x.csv")), 1))
    assert "words of a dialogue" in text
    assert "words of a summary" not in text


def test_a_models_counts_and_tree_are_shown() -> None:
    facts = describe_model(str(tiny.t5()))
    text = printed(show_model, facts)
    for part in (
        "the head shares them",
        "on disk: ",
        "an adapter may target: ",
        "LoRA of rank 16 on q, v",
        "block x 2",
    ):
        assert part in text
    assert f"{facts['parameters']['all']:,} parameters" in text
