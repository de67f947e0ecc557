"""A dialogue in the words that a model reads, and back."""

import pytest

from upshot.data.sources import load_splits
from upshot.recipe import DataSettings, PromptSettings
from upshot.wording import wording

TAGS = PromptSettings(speakers="tags")
TALK = "Maya: Ben, is the van back?\nBen: At six, Maya.\nand washed."


def test_kept_speakers_change_nothing() -> None:
    seen = wording(TALK, PromptSettings())
    assert (seen.dialogue, seen.learned("Maya asks Ben."), seen.restored("#Person1# asks.")) == (
        TALK,
        "Maya asks Ben.",
        "#Person1# asks.",
    )


def test_speakers_are_tags_in_dialogue_and_summary_and_names_again_in_what_is_written() -> None:
    seen = wording(TALK, TAGS)
    assert seen.dialogue == "#Person1#: #Person2#, is the van back?\n#Person2#: At six, #Person1#. and washed."
    assert seen.learned("Maya asks Ben. Ben's van is back.") == "#Person1# asks #Person2#. #Person2#'s van is back."
    assert seen.restored("#Person1# asks Person2 about #Person3#.") == "Maya asks Ben about #Person3#."


@pytest.mark.parametrize("text", ["#Person1#: Hi Maya.\n#Person2#: Hi.", "no speaker here", "", "a\nb\r\n\n c"])
def test_what_has_tags_already_or_no_speaker_stays_letter_for_letter(text: str) -> None:
    seen = wording(text, TAGS)
    assert (seen.dialogue, seen.learned("Maya is here."), seen.restored("#Person1# is.")) == (
        text,
        "Maya is here.",
        "#Person1# is.",
    )


def test_nearly_every_built_in_summary_comes_back_as_it_was_and_no_dialogue_keeps_a_label() -> None:
    rows = load_splits(DataSettings(source="builtin"), seed=13).splits.train
    assert len(rows) > 150
    read = [(row, wording(row.dialogue, TAGS)) for row in rows]
    assert all(line.startswith("#Person") for _, seen in read for line in seen.dialogue.split("\n"))
    other = [row.id for row, seen in read if seen.restored(seen.learned(row.summary or "")) != row.summary]
    assert len(other) <= 2  # "Yvonne" comes back as the "Receptionist Yvonne" of the label
