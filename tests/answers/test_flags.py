"""Flags of a summary."""

from upshot.analysis.examine import examine
from upshot.answers.flags import flags_of
from upshot.records import Dialogue, Prediction

TEXT = (
    "Ann: I sold my red bicycle to the neighbour for 90.\nBo: Good. I'm building a wooden kayak in the garage.\n"
    "Ann: Don't varnish it there.\nBo: I might do it in the yard."
)
WRONG = "Bo sold his red bicycle to the neighbour for 70. Zebedee keeps penguins in Antarctica."


def test_faults_of_form_come_before_what_is_to_be_reviewed() -> None:
    flags = flags_of(TEXT, WRONG, hit_cap=True)
    assert {flag.kind for flag in flags} >= {"cap-hit", "unsupported-number", "unsupported-name", "low-support"}
    tiers = [flag.tier for flag in flags]
    assert tiers == sorted(tiers)
    number = next(flag for flag in flags if flag.kind == "unsupported-number")
    assert (number.sentence, number.words, number.turns[0]) == (0, "70", 0)
    assert number.text == "a number that the dialogue does not support"


def test_a_run_and_an_answer_find_the_same() -> None:
    prediction = Prediction("d", WRONG, tokens=9, hit_cap=True, logprob=-1.0, prompt_tokens=5, truncated=False)
    found = examine(Dialogue("d", TEXT, (), ("d",)), prediction).findings
    assert [(item.kind, item.text) for item in found] == [
        (item.kind, item.words) for item in flags_of(TEXT, WRONG, hit_cap=True)
    ]


def test_a_good_summary_has_no_flags() -> None:
    assert flags_of(TEXT, "Ann sold her red bicycle for 90.", hit_cap=False) == ()


def test_an_empty_summary_is_flagged_and_without_a_conversation_only_form_is_judged() -> None:
    assert [flag.kind for flag in flags_of(TEXT, "", hit_cap=False)] == ["empty"]
    assert [flag.kind for flag in flags_of("", "Ann pays 70 <unk>.", hit_cap=False)] == ["debris"]
