"""Kinds and findings."""

import json

import pytest

from upshot.analysis.finding import KINDS, Finding


def test_a_finding_knows_its_tier_and_category() -> None:
    finding = Finding("unsupported-number", "extrinsic", sentence=1, text="12", turns=(3, 4))
    assert finding.tier == "review"
    record = finding.to_json()
    assert record["category"] == "circumstance"
    assert record["turns"] == [3, 4]
    assert json.loads(json.dumps(record)) == record


def test_every_kind_reads_as_the_end_of_a_sentence() -> None:
    assert len(KINDS) > 10
    assert {kind.tier for kind in KINDS.values()} == {"certain", "review", "coverage"}
    assert not [name for name, kind in KINDS.items() if kind.text[0].isupper() or kind.text.endswith(".")]


def test_a_finding_of_no_known_kind_has_no_tier() -> None:
    with pytest.raises(KeyError):
        Finding("hallucination").to_json()
