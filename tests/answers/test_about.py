"""What is known about an arm: from its run's data and validation summaries, kept in one file."""

from dataclasses import replace
from pathlib import Path

import pytest

import tiny
from upshot.answers.about import FILE, About, about_arm, dump_about, read_about
from upshot.errors import DataError
from upshot.model.place import STARTER
from upshot.records import Prediction, Row, dump_lines
from upshot.rundir import RunDir, write_json, write_text

KNOWN = About("books", 21, True, (-2.0, -1.0), "two summaries")


def run(folder: Path, *, tags: bool = False, summaries: int = 30) -> RunDir:
    made = tiny.write_splits(RunDir(folder))
    if tags:
        rows = [Row(str(n), "#Person1#: Hi!\n#Person2#: Hello.", "They greet.") for n in range(3)]
        write_text(made.split("train"), dump_lines(rows))
    write_json(
        made.root / "data.json",
        {"source": "calls.csv", "splits": {"train": {"rows": 1200, "summary_words": {"p50": 20.6}}}},
    )
    lines = [Prediction(str(n), "Ann is ill.", 5, False, -1.0 - n, 20, False) for n in range(summaries)]
    write_text(made.predictions("full", "validation"), dump_lines(lines))
    return made


def test_it_survives_its_file(tmp_path: Path) -> None:
    write_text(tmp_path / FILE, dump_about(KNOWN))
    assert read_about(tmp_path) == KNOWN
    assert read_about(tmp_path / "nowhere") == About()
    write_text(tmp_path / FILE, '{"words": 3, "more": 1}')
    with pytest.raises(DataError, match="not what upshot writes"):
        read_about(tmp_path)


def test_the_starter_says_what_it_learned_from() -> None:
    starter = read_about(STARTER)
    assert "DialogSum" in starter.trained_on
    assert starter.tags
    assert len(starter.quantiles) == 101
    assert "built-in conversations" in starter.measured_on


def test_a_trained_arm_tells_of_its_rows_and_its_validation_summaries(tmp_path: Path) -> None:
    found = about_arm(run(tmp_path), "full", trained=True, before=About())
    assert (found.trained_on, found.words, found.tags) == ("1,200 rows of calls.csv", 21, False)
    assert (found.quantiles[0], found.quantiles[-1]) == (-30.0, -1.0)
    assert found.measured_on == "30 validation summaries of arm 'full'"
    assert found.as_compared


def test_a_base_as_it_is_tells_what_is_known_of_the_base(tmp_path: Path) -> None:
    found = about_arm(run(tmp_path), "other", trained=False, before=KNOWN)
    assert found == replace(KNOWN, as_compared=False)


def test_few_validation_summaries_place_nothing(tmp_path: Path) -> None:
    found = about_arm(run(tmp_path, summaries=19), "full", trained=True, before=About())
    assert (found.quantiles, found.measured_on) == ((), "")
    assert found.unplaced == "arm 'full' has 19 validation summaries, and at least 20 are needed"
    one = about_arm(run(tmp_path / "one", summaries=1), "full", trained=True, before=About())
    assert one.unplaced.startswith("arm 'full' has 1 validation summary, and")
    base = about_arm(run(tmp_path / "none"), "other", trained=False, before=About())
    assert base.unplaced.startswith("arm 'other' has no validation summaries, and")


def test_summaries_made_from_names_tell_nothing_where_tags_are_read(tmp_path: Path) -> None:
    of_names = about_arm(run(tmp_path / "a"), "full", trained=True, before=KNOWN)
    assert (of_names.tags, of_names.as_compared, of_names.quantiles) == (True, False, ())
    assert "were made from speakers' names" in of_names.unplaced
    of_tags = about_arm(run(tmp_path / "b", tags=True), "full", trained=True, before=About())
    assert (of_tags.tags, of_tags.as_compared) == (True, True)
    asked = about_arm(run(tmp_path / "c"), "full", trained=True, before=About(), speakers="tags")
    assert (asked.tags, asked.as_compared, asked.quantiles) == (True, True, of_tags.quantiles)
    assert of_tags.quantiles
    assert (of_tags.unplaced, asked.unplaced) == ("", "")
