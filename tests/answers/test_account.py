"""An answer put together: evidence in the original's numbers, and nothing told of what is kept back."""

import pytest

from accounts import BY, SAID, TALK, account
from upshot.answers.about import About
from upshot.answers.answer import Answer
from upshot.answers.certainty import Detail


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
    assert "no threshold was applied: no validation summaries are known" in made.notes
    few = account(abstain_below=80, about=About(unplaced="arm 'full' has 6 validation summaries"))
    assert "since arm 'full' has 6 validation summaries; not a probability" in few.confidence.meaning
    assert "no threshold was applied: arm 'full' has 6 validation summaries" in few.notes


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


def detail(wrote: str, *others: str) -> Detail:
    """Every word a little less certain than the one before."""
    return Detail(tuple((word.strip(".,"), -(n + 1) / 10) for n, word in enumerate(wrote.split())), others)


def test_without_details_an_answer_tells_nothing_of_them() -> None:
    made = account()
    assert (made.certainty, made.alternative) == ((), None)


def test_details_are_the_certainty_of_the_words_that_people_read_and_the_next_best_text() -> None:
    wrote = "#Person1#'s car makes a noise. #Person2# looks at it."
    made = account(wrote, tags=True, detail=detail(wrote, wrote, "#Person2# looks at #Person1#'s car."))
    assert made.summary == "Maya's car makes a noise. Ben looks at it."
    read = [(made.sentences[word.sentence].text[word.start : word.end], word.logprob) for word in made.certainty]
    assert read[:2] == [("Maya's", -0.1), ("car", -0.2)]
    assert read[-4:] == [("Ben", -0.6), ("looks", -0.7), ("at", -0.8), ("it", -0.9)]
    assert made.alternative == "Ben looks at Maya's car."
    assert Answer.model_validate_json(made.model_dump_json()) == made


def test_an_alternative_has_the_form_and_the_length_that_were_asked_for() -> None:
    other = "Maya's car is loud. Ben is free on Friday. It costs 80 euros."
    made = account(detail=detail(SAID, other), bullets=True)
    assert made.alternative == "- Maya's car is loud.\n- Ben is free on Friday.\n- It costs 80 euros."
    assert account(detail=detail(SAID, other), words=4).alternative == "Maya's car is loud."
    same = account(detail=detail(SAID, SAID.split(". ")[0] + ". Ben does not."), words=5)
    assert same.alternative is None  # what is left of it is what the summary says


def test_details_hold_nothing_that_is_masked_or_kept_back() -> None:
    wrote, other = "Maya writes to maya@shop.example.", "Ben writes to ben@shop.example."
    made = account(wrote, mask=True, detail=detail(wrote, other))
    assert made.alternative == "#Person2# writes to [EMAIL]."
    read = [made.sentences[0].text[word.start : word.end] for word in made.certainty]
    assert read == ["writes", "to"]  # what was masked after it was written has no certainty
    told = "Maya has diabetes and takes insulin."
    kept = account(SAID, detail=detail(SAID, told), withhold_sensitive=True)
    assert (kept.summary, kept.alternative) == (SAID, None)
    assert kept.notes[-1].startswith("kept back: what the model nearly wrote, which tells of health")
    assert "insulin" not in kept.model_dump_json()
    for hidden in (
        account(told, detail=detail(told, SAID), withhold_sensitive=True),
        account(detail=detail(SAID, told), abstain_below=80),
    ):
        assert (hidden.summary, hidden.certainty, hidden.alternative) == ("", (), None)
        assert "insulin" not in hidden.model_dump_json()
