"""Who said what."""

import pytest

from upshot.analysis.sentences import mentions_of
from upshot.analysis.speakers import clauses_of, speaker_shares, who_said_what, who_said_what_margin
from upshot.analysis.support import source_of
from upshot.data.sources import load_splits
from upshot.data.turns import speakers_of
from upshot.recipe import DataSettings

TEXT = (
    "Ann: I sold my red bicycle to the neighbour.\nBo: Good. I'm building a wooden kayak in the garage.\n"
    "Ann: Lovely.\nBo: And the varnish smells."
)
RIGHT = "Ann sold her red bicycle to a neighbour, and Bo is building a wooden kayak in his garage."
WRONG = "Bo sold his red bicycle to a neighbour, and Ann is building a wooden kayak in her garage."


def subjects(summary: str, text: str = TEXT) -> list[tuple[str, str]]:
    """Speaker and text of each clause."""
    return [(clause.speaker, clause.text) for clause in clauses_of(source_of(text), summary)]


def test_each_subject_opens_a_clause() -> None:
    first, second = clauses_of(source_of(TEXT), RIGHT)
    assert (first.speaker, second.speaker) == ("Ann", "Bo")
    assert first.text.startswith("Ann sold")
    assert second.text.startswith("Bo is building")
    assert subjects("Tired of it, Ann rests.") == [("Ann", "Tired of it, Ann rests.")]


@pytest.mark.parametrize("summary", ["Ann and Bo rest.", "Ann's bicycle is red.", "It is sold by Ann.", "They rest."])
def test_shared_owned_and_other_places_are_no_subjects(summary: str) -> None:
    assert subjects(summary) == []
    assert who_said_what_margin(TEXT, summary) == -1.0


def test_swapped_speakers_are_found_with_the_turns_to_read() -> None:
    assert who_said_what(TEXT, RIGHT) == ()
    first, second = who_said_what(TEXT, WRONG)
    assert (first.turns, second.turns) == ((0,), (1,))
    assert (first.kind, first.origin, first.sentence) == ("who-said-what", "intrinsic", 0)
    assert who_said_what_margin(TEXT, WRONG) > 0.9 > -0.9 > who_said_what_margin(TEXT, RIGHT)


def test_few_words_are_no_evidence() -> None:
    assert who_said_what(TEXT, "Bo sold a bicycle.") == ()
    assert who_said_what_margin(TEXT, "Bo sold a bicycle.") == 1.0


def test_one_speaker_cannot_be_confused() -> None:
    assert who_said_what_margin("Ann: I sold it.", "Ann sold it.") == -1.0
    assert who_said_what_margin("no speakers here", "Ann sold it.") == -1.0


def test_shares_of_the_speakers_sum_to_one() -> None:
    shares = speaker_shares(TEXT, "Bo is building a wooden kayak and the varnish smells.")
    assert list(shares) == ["Ann", "Bo"]
    assert shares["Bo"] == pytest.approx(1.0)
    assert sum(speaker_shares(TEXT, RIGHT).values()) == pytest.approx(1.0)
    assert speaker_shares(TEXT, "Penguins.") == {"Ann": 0.0, "Bo": 0.0}
    assert speaker_shares("nobody speaks", "Nobody speaks.") == {}


def test_renaming_the_speakers_leaves_their_shares() -> None:
    def renamed(text: str) -> str:
        return text.replace("Ann", "Nkechi").replace("Bo", "Piotr")

    before, after = speaker_shares(TEXT, RIGHT), speaker_shares(renamed(TEXT), renamed(RIGHT))
    assert list(before.values()) == pytest.approx(list(after.values()))


def test_on_the_training_split_a_swap_raises_the_margin_more_often_than_not() -> None:
    rows = load_splits(DataSettings(), 0).splits.train
    raised = lowered = 0
    for row in rows:
        clean = who_said_what_margin(row.dialogue, row.summary or "")
        swapped = who_said_what_margin(row.dialogue, _swapped(row.dialogue, row.summary or ""))
        raised, lowered = raised + (swapped > clean), lowered + (swapped < clean)
    assert raised + lowered > 100
    assert raised > 2 * lowered


def test_few_training_references_have_a_doubtful_clause() -> None:
    rows = load_splits(DataSettings(), 0).splits.train
    fires = sum(bool(who_said_what(row.dialogue, row.summary or "")) for row in rows)
    swapped = sum(bool(who_said_what(row.dialogue, _swapped(row.dialogue, row.summary or ""))) for row in rows)
    assert fires / len(rows) < 0.1
    assert swapped > 2 * fires


def _swapped(text: str, summary: str) -> str:
    """The summary with its first named speaker and the next one exchanged, or the next of the dialogue."""
    mentions = [mention for mention in mentions_of(summary, speakers_of(text)) if mention.speaker]
    named = list(dict.fromkeys(mention.speaker for mention in mentions))
    first, second = list(dict.fromkeys([*named, *speakers_of(text)]))[:2]
    for mention in reversed(mentions):
        other = {first: second, second: first}.get(mention.speaker)
        if other:
            summary = f"{summary[: mention.start]}{other}{summary[mention.end :]}"
    return summary
