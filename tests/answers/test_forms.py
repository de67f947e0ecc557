"""An answer for people: nothing of it is lost, nothing of it is markup."""

import pytest

from accounts import SAID, TALK, account
from upshot.answers.answer import Answer, Flag
from upshot.answers.certainty import Detail
from upshot.answers.confidence import confidence_of
from upshot.answers.forms import confidence_words, evidence_lines, markdown_form, summary_words, text_form, warnings_of
from upshot.data.conversation import Conversation, Said


def test_the_text_form_begins_with_the_summary_and_its_label() -> None:
    first, second, *rest = text_form(account()).split("\n")
    assert first == SAID
    assert second == "[AI-generated summary; confidence high: more certain than 75 % of validation summaries]"
    assert rest == [*evidence_lines(account()), *warnings_of(account())]


def test_turns_are_counted_from_one_for_people() -> None:
    lines = evidence_lines(account())
    assert lines[1].startswith("2. support ")
    assert "turn 2" in lines[1]
    assert "not in the conversation: " in lines[2]
    left = next(line for line in warnings_of(account()) if line.startswith("left out: "))
    assert "Monday (turn 1)" in left


def test_what_is_kept_back_says_so_and_why() -> None:
    kept = account(abstain_below=80)
    said = "(no summary; kept back: less certain than the threshold, 80 % of validation summaries)"
    assert text_form(kept).split("\n")[0] == summary_words(kept) == said
    assert f"*{said}*" in markdown_form(kept, TALK)
    assert not any("kept back" in line for line in warnings_of(kept))
    both = account("Ann has diabetes.", abstain_below=80, withhold_sensitive=True)
    assert summary_words(both) == f"{said[:-1]}; the summary tells of health)"
    assert summary_words(account("")) == "(no summary: the model wrote nothing)"
    assert summary_words(account()) == SAID


def flag(words: str, sentence: int | None, *turns: int) -> Flag:
    return Flag(kind="k", tier="review", text="something", sentence=sentence, words=words, turns=turns)


def test_flags_of_a_kind_stand_in_one_line_and_a_sentence_by_its_number() -> None:
    made = account()
    whole = made.sentences[1].text
    flags = (flag("Eve", 0, 1, 2), flag("Bo", 0), flag("Bo", 1), flag(whole, 1, 0), flag("", None))
    (line,) = [line for line in warnings_of(made.model_copy(update={"flags": flags})) if line.startswith("check: ")]
    assert line == "check: something: Eve (turns 2, 3), Bo, sentence 2 (turn 1)"
    (bare,) = warnings_of(made.model_copy(update={"flags": flags[4:], "notes": (), "left_out": ()}))
    assert bare == "check: something"


def test_markdown_numbers_its_evidence_and_quotes_the_turns() -> None:
    page = markdown_form(account(), TALK)
    assert page.startswith("# call\n")
    assert "Maya's car makes a noise. [1] Ben looks at the car on Friday. [2]" in page
    assert "   > 2 Ben: I can look at the car on Friday at nine. It costs 80 euros." in page
    for title in ("## Evidence", "## To check", "## Left out", "## Notes", "## Parts"):
        assert title in page
    assert "arm full, weights abc" in page
    assert "AI-generated summary" in page
    assert ">" not in markdown_form(account())
    assert markdown_form(account(bullets=True)).split("\n")[2] == "- Maya's car makes a noise. [1]"


def test_a_masked_page_quotes_no_turn() -> None:
    page = markdown_form(account(mask=True), TALK)
    assert "shop.example" not in page
    assert "Maya" not in page


def test_text_of_a_conversation_stays_text() -> None:
    wild = Conversation("<b>", (Said("*Eve*", "[x](http://evil.example) <script> " + "word " * 60),))
    answer = account("A <script> runs at [x](http://evil.example).")
    page = markdown_form(answer.model_copy(update={"id": "<b>"}), wild.__class__("<b>", wild.turns * 3))
    assert "<script>" not in page
    assert "\\[x\\](" in page
    assert page.startswith("# &lt;b&gt;")
    assert all(len(line) < 400 for line in page.split("\n"))


@pytest.mark.parametrize("percentile", [None, 5.0])
def test_confidence_is_said_in_words(percentile: float | None) -> None:
    made: Answer = account(logprob=-1.95 if percentile else -1.0)
    if percentile is None:
        bare = made.confidence.model_copy(update={"percentile": None, "band": None})
        assert confidence_words(made.model_copy(update={"confidence": bare})) == "not known"
        told = confidence_of(-1.0, (), unplaced="arm 'full' has 6 validation summaries")
        said = confidence_words(made.model_copy(update={"confidence": told}))
        assert said == "not known (arm 'full' has 6 validation summaries)"
    else:
        assert confidence_words(made) == "low: more certain than 5 % of validation summaries"


def test_what_was_nearly_written_stands_on_the_page_where_it_was_asked_for() -> None:
    made = account(detail=Detail((), ("Ben *pays*.", "Ben smiles.")), bullets=True)
    assert "## Nearly written\n\n- Ben \\*pays\\*.\n" in markdown_form(made, TALK)
    assert "Nearly written" not in markdown_form(account(), TALK)
