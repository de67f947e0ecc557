"""The figures of docs/data.md are those that the gate finds."""

import re
from pathlib import Path
from typing import Final

import pytest

from shared_data import shared
from upshot.data.columns import SYNONYMS
from upshot.data.files import SUFFIXES
from upshot.data.findings import Findings, findings
from upshot.data.sources import load_splits
from upshot.recipe import DataSettings
from upshot.records import SPLITS

PAGE: Final = (Path(__file__).parent.parent / "docs" / "data.md").read_text(encoding="utf-8")


def found(source: str) -> Findings:
    """What the gate finds in a source, without counting tokens."""
    return findings(load_splits(DataSettings(source=source), seed=13))


def test_the_built_in_conversations_are_as_many_as_the_page_says():
    splits = found("builtin").splits
    train, validation, test = (splits[split].dialogues for split in SPLITS)
    line = f"{train + validation + test} conversations that ship in the package: {train} for training, {validation}"
    assert f"{line} for validation, {test} for the test" in PAGE


@pytest.fixture(scope="module")
def dialogsum() -> Findings:
    return found(str(shared("data/dialogsum")))


def test_the_table_of_dialogsum_is_what_the_gate_finds(dialogsum):
    figures = [dialogsum.splits[split] for split in SPLITS]
    rows = {
        "rows": [f"{f.rows:,}" for f in figures],
        "dialogues (texts that differ at all)": [f"{f.dialogues:,}" for f in figures],
        "dialogues whose words differ": [f"{f.unique_dialogues:,}" for f in figures],
        "repeated dialogues: groups, rows in them": [f"{f.repeats.groups:,}, {f.repeats.rows:,}" for f in figures],
        "references a dialogue": [f"{f.references_per_dialogue:.0f}" for f in figures],
        "words of a dialogue: mean, longest": [f"{f.dialogue_words.mean:.0f}, {f.dialogue_words.max}" for f in figures],
        "words of a summary: mean, longest": [f"{f.summary_words.mean:.0f}, {f.summary_words.max}" for f in figures],
        "turns of a dialogue: mean, most": [f"{f.turns.mean:.1f}, {f.turns.max}" for f in figures],
    }
    for label, cells in rows.items():
        assert f"| {label} | {' | '.join(cells)} |" in PAGE


def test_the_shared_dialogues_are_those_that_the_gate_finds(dialogsum):
    assert len(dialogsum.leaks) == 3
    for leak in dialogsum.leaks:
        one, other = leak.first
        assert f"| {leak.split} and {leak.earlier} | {leak.dialogues} | `{one}` = `{other}` |" in PAGE


def test_what_cleaning_leaves_is_what_the_page_says():
    splits = load_splits(DataSettings(source=str(shared("data/dialogsum")), clean=True), seed=13).splits
    assert f"{len(splits.validation)} validation and {len(splits.test)} test dialogues are left" in PAGE


def test_the_page_names_every_suffix_and_column_name_that_is_recognised():
    for word in (*SUFFIXES, *SYNONYMS, *(name for names in SYNONYMS.values() for name in names)):
        assert re.search(rf"`{re.escape(word)}`", PAGE), word
