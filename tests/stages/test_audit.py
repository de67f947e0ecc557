"""The audit as a stage: planted sets, tables in words, and the files that the package and its docs carry."""

import json
from functools import cache
from pathlib import Path

import pytest

from shared_data import ROOT, shared
from upshot.analysis import audit as audit_room
from upshot.analysis.annotated import LAYOUTS, Annotated
from upshot.analysis.audit import SetAudit, audit
from upshot.analysis.corruptions import CORRUPTIONS
from upshot.records import Dialogue
from upshot.stages.audit import (
    DRAWS,
    TARGETS,
    Audit,
    TextTable,
    audit_detectors,
    markdown,
    planted,
    tables,
    write_markdown,
    write_precision,
)

TALK = "Ann: I have bought 12 apples at the market.\nBo: Wonderful! I shall bake a cake on Sunday.\nAnn: Thank you."
DIALOGUES = (
    Dialogue("a", TALK, ("Ann has bought 12 apples. Bo will bake a cake.", "Bo bakes."), ("a_1", "a_2")),
    Dialogue("b", "Cy: Hello?\nDi: It rains.", ("It rains.",), ("b",)),
)


@cache
def published() -> Audit:
    """The audit that the docs show."""
    folder = shared("data/annotated")
    return audit_detectors([folder / "summedits_samsum.json", folder / "mts_dialog_summaries.csv"])


@cache
def planted_audits() -> tuple[SetAudit, ...]:
    """The audits of planted errors, which need no file."""
    return audit_detectors([]).planted


def planted_set(name: str) -> SetAudit:
    """The audit of one kind of planted error."""
    return next(item for item in planted_audits() if item.name == f"planted {name}")


def test_a_planted_set_holds_every_clean_summary_beside_those_that_could_be_corrupted() -> None:
    items = planted(DIALOGUES, seed=13)
    assert set(TARGETS) == set(CORRUPTIONS)
    for name in CORRUPTIONS:
        mine = [item for item in items if item.set_name == f"planted {name}"]
        clean = [item.summary for item in mine if not item.erroneous]
        assert sorted(clean) == sorted(
            DRAWS * ["Ann has bought 12 apples. Bo will bake a cake.", "Bo bakes.", "It rains."]
        )
        assert all(item.kinds == (name,) and item.summary not in clean for item in mine if item.erroneous)
    wrong = {item.set_name: item for item in items if item.erroneous and item.id.startswith("a-1")}
    assert len(wrong) == len(CORRUPTIONS)
    assert "12 apples" not in wrong["planted number"].summary
    numbers = {item.summary for item in items if item.erroneous and item.set_name == "planted number"}
    assert len(numbers) > 1  # draws differ
    assert items == planted(DIALOGUES, seed=13)


def test_the_tables_show_what_fires_and_name_what_never_does() -> None:
    labelled = (
        Annotated("1", TALK, "Ann has bought 17 apples.", True, ("number",), "ours"),
        Annotated("2", TALK, "Ann has bought 12 apples.", False, (), "ours"),
        Annotated("3", TALK, "Ann has bought 12 apples with Gregory.", True, ("name",), "ours"),
    )
    found = Audit(audit(labelled, resamples=100), audit(planted(DIALOGUES, 13), resamples=100))
    ours, kinds, aimed, crossed = tables(found)
    assert ours.title == "ours: 3 summaries of 1 dialogue, 2 erroneous (base rate 0.67)"
    number = next(cells for cells in ours.rows if cells[0] == "unsupported-number")
    assert number[:6] == ("unsupported-number", "1", "1.00", "1.50", "0.50", "0.75")
    assert "empty" in ours.notes[-1]
    assert "empty" not in [cells[0] for cells in ours.rows]
    assert kinds.header == ("detector", "name (1)", "number (1)")
    assert ("unsupported-number", "0.00", "1.00") in kinds.rows
    assert {cells[0] for cells in aimed.rows} == set(CORRUPTIONS)
    assert crossed.header[1:] == ("clean", *CORRUPTIONS)
    for table in (ours, kinds, aimed, crossed):
        assert {len(cells) for cells in table.rows} == {len(table.header)}


def test_a_table_in_markdown_has_its_rule_and_its_notes() -> None:
    text = markdown(TextTable("One | set", ("detector", "fires"), (("empty", "1"),), ("A note.",)))
    assert text == "### One | set\n\n| detector | fires |\n| --- | ---: |\n| empty | 1 |\n\nA note.\n"


def test_what_is_written_is_what_was_measured(tmp_path: Path) -> None:
    labelled = [Annotated(str(n), TALK, f"Gregory has {n} apples.", True, (), "ours") for n in range(20, 26)]
    found = Audit(audit(labelled, resamples=100), ())
    write_precision(found, tmp_path / "precision.json")
    written = json.loads((tmp_path / "precision.json").read_text(encoding="utf-8"))
    assert written == found.to_json()["precision"]
    assert written["unsupported-name"]["precision"] == 1.0


@pytest.mark.parametrize("kind", ["name", "number"])
def test_planted_names_and_numbers_are_found_and_clean_ones_left_alone(kind: str) -> None:
    target = next(item for item in planted_set(kind).detectors if item.detector == TARGETS[kind])
    assert planted_set(kind).errors >= 20
    assert target.recall is not None
    assert target.recall >= 0.95
    assert target.precision is not None
    assert target.precision.value >= 0.9


def test_planted_swaps_are_told_better_than_by_length() -> None:
    swaps = planted_set("speaker-swap")
    beyond = next(item for item in swaps.detectors if item.detector == "who-said-what").beyond_length
    assert beyond is not None
    assert beyond.ci95 is not None
    assert beyond.ci95[0] > 0


def test_the_docs_show_the_tables_that_the_published_sets_give(tmp_path: Path) -> None:
    write_markdown(published(), tmp_path / "tables.md")
    page = (ROOT / "docs" / "detectors.md").read_text(encoding="utf-8")
    parts = (tmp_path / "tables.md").read_text(encoding="utf-8").split("### ")[1:]
    assert len(parts) >= 6
    for part in parts:
        assert part.strip() in page


def test_the_docs_name_the_columns_of_every_layout() -> None:
    page = (ROOT / "docs" / "detectors.md").read_text(encoding="utf-8")
    assert len(LAYOUTS) == 6
    for layout in LAYOUTS:
        (line,) = [line for line in page.splitlines() if line.startswith(f"| {layout.name} | ")]
        assert [column for column in layout.columns if f"`{column}`" not in line] == []


def test_the_precision_that_the_package_carries_is_that_of_the_published_sets() -> None:
    carried = json.loads((Path(audit_room.__file__).parent / "precision.json").read_text(encoding="utf-8"))
    measured = published().to_json()["precision"]
    assert list(carried) == list(measured)
    for name, facts in measured.items():
        assert carried[name] == facts
