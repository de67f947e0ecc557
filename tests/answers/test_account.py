"""An answer put together: evidence in the original's numbers, and nothing told of what is kept back."""

import pytest

from accounts import BY, SAID, TALK, account
from upshot.answers.about import About
from upshot.answers.answer import Answer


def test_every_field_is_filled_from_what_was_read_and_written() -> None:
    made = account()
    assert (made.id, made.summary) == ("call", SAID)
    assert [sentence.text for sentence in made.sentences] == SAID.replace(". ", ".|").split("|")
    assert made.sentences[1].turns[0] == 1
    assert ("money", "80 euros", 1) in [(item.kind, item.text, item.turn) for item in made.left_out]
    assert {"unsupported-name", "unsupported-number"} <= {flag.kind for flag in made.flags}
    assert made.confidence.percentile == 75.0
    assert made.confidence.band == "high"
    assert "three summaries" in made.confidence.meaning
    assert made.source.speakers == ("Maya", "Ben")
    assert (made.source.sha256, made.source.turns) == (TALK.source_sha256, 3)
    assert made.source.consent == "recorded with consent"
    assert made.notes == ("line 4 was not read", "split")
    assert made.generated_by == BY
    assert made.milliseconds >= 5.0
    assert (made.abstained, made.privacy.withheld) == (False, False)
    assert Answer.model_validate_json(made.model_dump_json()) == made


def test_fewer_words_are_whole_sentences_and_evidence_is_theirs() -> None:
    made = account(words=5, parts=())
    assert made.summary == "Maya's car makes a noise."
    assert len(made.sentences) == 1
    assert made.notes[-1] == "left out of the summary for its length: its last 2 sentences"
    assert "about 21" in made.notes[-2]
    assert "as many summaries of parts were chosen as they hold" in account(words=5).notes[-2]


def test_a_list_changes_the_summary_and_not_its_sentences() -> None:
    made = account(bullets=True)
    assert made.summary.split("\n")[0] == "- Maya's car makes a noise."
    assert made.sentences == account().sentences


def test_under_the_threshold_nothing_of_the_summary_is_told() -> None:
    made = account(abstain_below=80)
    assert made.abstained
    assert (made.summary, made.sentences, made.flags, made.left_out, made.turns_not_covered) == ("", (), (), (), ())
    assert [part.summary for part in made.source.parts] == [""]
    assert made.confidence.percentile == 75.0
    assert "80 % of validation summaries" in made.notes[-1]
    assert "noise" not in made.model_dump_json()
    assert not account(abstain_below=75).abstained


def test_a_threshold_without_validation_summaries_is_told() -> None:
    made = account(abstain_below=80, about=About())
    assert (made.abstained, made.summary) == (False, SAID)
    assert made.confidence.band is None
    assert any("no threshold was applied" in note for note in made.notes)


def test_sensitive_content_is_named_and_withheld_where_asked() -> None:
    told = "Maya has diabetes and takes insulin."
    shown = account(told)
    assert shown.privacy.sensitive
    assert shown.summary == told
    kept = account(told, withhold_sensitive=True)
    assert (kept.summary, kept.privacy.withheld) == ("", True)
    assert kept.privacy.sensitive == shown.privacy.sensitive
    assert "insulin" not in kept.model_dump_json()
    assert not account(withhold_sensitive=True).privacy.withheld


def test_a_part_that_tells_what_is_to_be_withheld_is_kept_back_by_itself() -> None:
    told = (SAID, "Maya has diabetes and takes insulin.")
    made = account(parts=told, withhold_sensitive=True)
    assert (made.summary, [part.summary for part in made.source.parts]) == (SAID, [SAID, ""])
    assert made.notes[-1] == "kept back: 1 of 2 summaries of parts, which tell of health, money or identity"
    assert [part.summary for part in account(parts=told).source.parts] == list(told)


@pytest.mark.parametrize("value", ["maya@shop.example", "Maya", "Ben"])
def test_a_masked_answer_holds_no_value_anywhere(value: str) -> None:
    made = account("Maya writes to maya@shop.example and to Ben.", mask=True)
    assert value not in made.model_dump_json()
    assert made.summary == "#Person1# writes to [EMAIL-1] and to #Person2#."
    assert made.privacy.masked == {"email": 1, "speaker": 2}
    assert made.sentences[0].turns
    assert made.source.sha256 == TALK.source_sha256
