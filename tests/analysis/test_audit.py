"""Detectors measured against labels, on a handful of summaries whose figures are worked out by hand."""

from dataclasses import replace

import pytest

from upshot.analysis.annotated import Annotated
from upshot.analysis.audit import (
    ANY_REVIEW,
    FLAGS,
    GRADES,
    HEURISTICS,
    NOT_MEASURABLE,
    Measured,
    SetAudit,
    audit,
    novel_content,
    precision_table,
    weakest_sentence,
)
from upshot.analysis.finding import KINDS
from upshot.analysis.notebook_heuristics import CATEGORIES

TALK = "Ann: I have bought 12 apples at the market.\nBo: Wonderful! Shall we bake a cake on Sunday?\nAnn: Yes."


def item(summary: str, erroneous: bool, *kinds: str, reference: str = "", place: int = 1) -> Annotated:
    """A labelled summary of the talk, which stands `place` times as another dialogue."""
    return Annotated(summary, TALK + f"\nBo: {'So. ' * place}", summary, erroneous, kinds, "ours", reference)


ITEMS = (
    item("Ann has bought 12 apples, and Bo wants to bake a cake.", False),
    item("Ann has bought 12 apples.", False, place=2),
    item("Ann has bought 17 apples.", True, "number"),
    item("Bo wants to bake a cake on Sunday with Gregory.", True, "name", place=2),
    item("Ann has bought 45 apples for Bo.", False, place=3),
    item("Ann has bought some apples for Bo.", True, "who", place=3),
)


def found(audited: SetAudit, name: str) -> Measured:
    """One detector of an audit."""
    return next(one for one in audited.detectors if one.detector == name)


def test_a_detector_is_counted_against_the_labels() -> None:
    (audited,) = audit(ITEMS, resamples=100)
    assert (audited.name, audited.n, audited.dialogues, audited.errors) == ("ours", 6, 3, 3)
    assert audited.base_rate == 0.5
    assert audited.kinds == {"name": 1, "number": 1, "who": 1}
    numbers = found(audited, "unsupported-number")
    assert (numbers.fires, numbers.hits, numbers.recall, numbers.lift) == (2, 1, pytest.approx(1 / 3), 1.0)
    assert numbers.precision == (0.5, None)
    assert numbers.balanced_accuracy == (pytest.approx(0.5), None)
    assert numbers.recall_by_kind == {"name": 0.0, "number": 1.0, "who": 0.0}
    names = found(audited, "unsupported-name")
    assert (names.fires, names.hits, names.precision, names.lift) == (1, 1, (1.0, None), 2.0)
    assert found(audited, ANY_REVIEW).fires == 3


def test_what_never_fires_has_no_precision_and_what_only_grades_no_fires() -> None:
    (audited,) = audit(ITEMS, resamples=100)
    empty = found(audited, "empty")
    assert (empty.fires, empty.precision, empty.lift, empty.recall) == (0, None, None, 0.0)
    novel = found(audited, "novel-content")
    assert (novel.fires, novel.precision, novel.recall) == (None, None, None)
    assert novel.auc is not None


def test_the_length_control_is_the_area_of_the_lengths() -> None:
    (audited,) = audit([item("one two three", True), item("one two", False), item("one", False)], resamples=100)
    assert audited.controls["summary words"].value == 1.0
    assert audited.controls["dialogue words"].value == 0.5
    beaten = found(audited, "low-support").beyond_length
    assert beaten is not None
    assert beaten.value <= 0


def test_every_kind_is_measured_but_those_that_no_set_can_tell() -> None:
    assert set(FLAGS) | set(NOT_MEASURABLE) == set(KINDS)
    (bare,) = audit(ITEMS, resamples=100)
    assert [one.detector for one in bare.detectors] == [*FLAGS, ANY_REVIEW, "novel-content"]
    assert set(GRADES) == {one.detector for one in bare.detectors if one.auc}
    (referred,) = audit([replace(one, reference="Ann has apples.") for one in ITEMS], resamples=100)
    assert [one.detector for one in referred.detectors] == [*FLAGS, ANY_REVIEW, *HEURISTICS, "novel-content"]
    assert len(HEURISTICS) == sum(category.possible for category in CATEGORIES.values()) == 4


def test_sets_are_audited_apart_and_as_often_as_they_are_given() -> None:
    other = [replace(one, set_name="theirs", erroneous=not one.erroneous) for one in ITEMS]
    ours, theirs = audit([*ITEMS, *other], resamples=100)
    assert (ours.name, theirs.name) == ("ours", "theirs")
    assert found(ours, "unsupported-name").hits == 1
    assert found(theirs, "unsupported-name").hits == 0
    assert audit(ITEMS, resamples=100) == (ours,)


def test_a_precision_is_quoted_from_the_set_where_the_detector_fired_most_often() -> None:
    (one,) = audit([item("Gregory has apples.", erroneous=True) for _ in range(6)], resamples=100)
    few = replace(one, name="few", detectors=(replace(found(one, "unsupported-name"), fires=5),))
    table = precision_table([few, one])
    quoted = table["unsupported-name"]
    assert quoted == {"set": "ours", "n": 6, "fires": 6, "precision": 1.0, "base_rate": 1.0, "recall": 1.0}
    assert "empty" not in table
    assert "novel-content" not in table


def test_under_five_flags_nothing_is_quoted() -> None:
    (four,) = audit([item("Gregory has apples.", erroneous=True) for _ in range(4)], resamples=100)
    assert found(four, "unsupported-name").fires == 4
    assert "unsupported-name" not in precision_table([four])


def test_what_is_missing_is_quoted_from_labels_of_omissions_alone() -> None:
    reference = "Somebody discussed several entirely different matters."
    facts = [item("Gregory has apples.", True, reference=reference) for _ in range(6)]
    missing = [replace(one, set_name="ours, omissions", omissions=True) for one in facts]
    table = precision_table(audit([*facts, *missing], resamples=100))
    assert table["notebook:missing_key_info"]["set"] == "ours, omissions"
    assert table["unsupported-name"]["set"] == "ours"


def test_grades_are_shares() -> None:
    assert novel_content(TALK, "Ann has bought 12 apples.") == 0.0
    assert novel_content(TALK, "") == 0.0
    assert novel_content(TALK, "Zebras gallop.") == 1.0
    assert weakest_sentence(TALK, "Ann has bought 12 apples. Zebras gallop.") == 1.0
    assert weakest_sentence(TALK, "Ann has bought 12 apples.") < 0.5


def test_an_audit_is_one_object_of_plain_values() -> None:
    (audited,) = audit(ITEMS, resamples=100)
    content = audited.to_json()
    assert content["base_rate"] == 0.5
    number = content["detectors"]["unsupported-number"]
    assert number["precision"] == {"value": 0.5, "ci95": None}
    assert content["detectors"]["empty"]["precision"] is None
    assert set(content["controls"]) == {"summary words", "dialogue words"}
