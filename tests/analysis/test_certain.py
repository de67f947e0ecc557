"""Certain faults, and that people's summaries do not have them."""

import csv
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_data import shared
from upshot.analysis.certain import certain_findings
from upshot.data.sources import load_splits
from upshot.recipe import DataSettings

TAGGED = "#Person1#: I bought a green bicycle for my sister yesterday.\n#Person2#: How nice of you, Tom!"
NAMED = "Dr. Halvorsen: When do you measure?\nBerthold: Sundays, after my nap."
# Of clean references at most so many may fire, in parts of a thousand.
MOST_FALSE = 2


def kinds(text: str, summary: str, *, hit_cap: bool = False) -> list[str]:
    """Kinds found in a summary, in order."""
    return [finding.kind for finding in certain_findings(text, summary, hit_cap=hit_cap)]


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("#Person1# tells #Person2# about a bicycle.", []),
        ("#Person1##Person2# talk.", []),
        ("#Person3# tells #Person2# about a bicycle.", ["unknown-speaker-tag"]),
        ("#Person 1# has bought a bicycle.", ["malformed-speaker-tag"]),
        ("Person1# has bought a bicycle.", ["malformed-speaker-tag"]),
        ("# person1 has bought a bicycle.", ["malformed-speaker-tag"]),
        ("##Person1# has bought a bicycle for #Person1#.", ["malformed-speaker-tag"]),
        ("#Person1 #Person2# talk.", ["malformed-speaker-tag"]),
        ("#Person1# and #Person# talk.", ["malformed-speaker-tag"]),
        ("#Person11 has bought it with #Person1#.", ["unknown-speaker-tag", "malformed-speaker-tag"]),
        ("Tom has bought a bicycle.", []),
        ("A bicycle was bought.", ["no-speaker-named"]),
    ],
)
def test_tags_are_known_and_well_formed(summary: str, expected: list[str]) -> None:
    assert kinds(TAGGED, summary) == expected


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("Halvorsen asks Berthold.", []),
        ("The doctor asks.", ["no-speaker-named"]),
        ("#Person1# asks Berthold.", ["unknown-speaker-tag"]),
        ("Berthold is person 1 on the list.", []),
    ],
)
def test_where_speakers_have_names_a_part_of_one_is_enough(summary: str, expected: list[str]) -> None:
    assert kinds(NAMED, summary) == expected


def test_without_speakers_nobody_needs_to_be_named() -> None:
    assert kinds("just a text", "A text.") == []


def test_a_summary_that_goes_on_talking_is_found() -> None:
    assert kinds(NAMED, "Berthold: I will.") == ["continues-dialogue"]
    assert kinds(NAMED, "All right. Dr. Halvorsen: Good.") == ["continues-dialogue"]
    assert kinds(NAMED, "well Berthold: I will Dr. Halvorsen: good") == ["continues-dialogue"]
    assert kinds(TAGGED, "#Person1#: Hello") == ["continues-dialogue"]
    assert kinds(NAMED, "A question for Berthold: when does he measure?") == []
    assert kinds(NAMED, "Berthold measures at 10:30.") == []


def test_empty_and_cut_off_are_said() -> None:
    assert kinds(NAMED, " ... ") == ["empty"]
    assert kinds(NAMED, "", hit_cap=True) == ["cap-hit", "empty"]
    assert kinds(NAMED, "Berthold measures", hit_cap=True) == ["cap-hit"]


@pytest.mark.parametrize(
    ("summary", "repeats"),
    [
        ("Berthold measures on Sundays. Berthold measures on Sundays.", True),
        ("Berthold and the the the the the the", True),
        ("Berthold goes to the shop and goes to the shop and goes to the shop", True),
        ("Berthold agrees. He agrees. Berthold goes home.", False),
        ("Berthold wants to go home, wants to go out, wants to go.", False),
    ],
)
def test_repetition_is_a_sentence_twice_or_four_words_thrice(summary: str, repeats: bool) -> None:
    assert ("repetition" in kinds(NAMED, summary)) is repeats


@pytest.mark.parametrize(
    ("summary", "repeats"),
    [
        ("Berthold needs the invoice invoice invoice.", True),
        ("invoice, invoice, invoice, invoice, says Berthold", True),
        ("Berthold will pay will pay will pay.", True),
        ("Berthold agrees to send the bill by the end of May, the end of May, the end of May.", True),
        ("Berthold says no no no no no no.", True),
        ("Berthold says the the the.", True),
        ("Berthold needs the invoice invoice.", False),
        ("Berthold says no, no, no.", False),
        ("Berthold is very very very tired, and laughs ha ha ha ha.", False),
        ("Berthold talks on and on and on and on.", False),
        ("Berthold calls 2 2 2, then 555 555 555.", False),
    ],
)
def test_a_word_or_phrase_three_times_in_a_row_repeats_but_for_emphasis_and_numbers(
    summary: str, repeats: bool
) -> None:
    assert ("repetition" in kinds(NAMED, summary)) is repeats


def test_what_the_dialogue_says_three_times_in_a_row_may_be_said_again() -> None:
    said = "Berthold wants to shout goal, goal, goal."
    assert "repetition" in kinds(NAMED, said)
    assert "repetition" not in kinds(f"{NAMED}\nBerthold: Goal! Goal! Goal!", said)


def test_a_stutter_is_told_with_its_words_and_how_often_they_stand_there() -> None:
    (found,) = (
        item
        for item in certain_findings(NAMED, "Berthold sends the old bill old bill old bill.", hit_cap=False)
        if item.kind == "repetition"
    )
    assert (found.text, found.strength) == ("old bill old bill old bill", 3.0)


def test_four_words_thrice_in_a_long_summary_are_no_loop() -> None:
    loop = "Berthold measures at the end of the day"
    long = " ".join(f"{loop} number {number} and then word{number} unlike{number}." for number in range(3))
    filler = " ".join(f"filler{number}" for number in range(300))
    assert "repetition" in kinds(NAMED, long)
    assert "repetition" not in kinds(NAMED, f"{long} {filler}")


def test_a_whole_turn_is_copied_and_a_short_one_is_not() -> None:
    copied = certain_findings(TAGGED, "#Person1#: i bought a green bicycle, for my sister, yesterday", hit_cap=False)
    assert [(finding.kind, finding.turns) for finding in copied] == [("continues-dialogue", ()), ("copied-turn", (0,))]
    assert kinds(TAGGED, "#Person2# said: how nice of you, Tom") == []


@pytest.mark.parametrize(
    "mark",
    ["<extra_id_0>", "<unk>", "</s>", "\ufffd", "Ã©", "â€™", "⁇", "▁", "\x07", "привет", "你好", "■", "<|im_end|>"],
)
def test_debris_is_what_no_dialogue_of_this_script_holds(mark: str) -> None:
    assert kinds(NAMED, f"Berthold measures on Sundays {mark}.") == ["debris"]
    assert kinds(f"{NAMED}\nBerthold: {mark}", f"Berthold measures on Sundays {mark}.") == []


def test_text_of_the_dialogues_script_is_no_debris() -> None:
    assert kinds(NAMED, "Berthold’s fever — 39 °C – isn’t “high”: Gdańsk, Sørensen, 5 €, №1, naïve…") == []
    assert kinds("王先生：你好，我是张伟。", "王先生和张伟 OK。") == []
    assert kinds(NAMED, "贝特霍尔德只在星期天量血压。Berthold") == []  # a summary in another language


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_two_texts_are_compared(text: str, summary: str) -> None:
    assert all(finding.tier == "certain" for finding in certain_findings(text, summary, hit_cap=False))


def test_the_built_in_references_have_no_certain_fault() -> None:
    splits = load_splits(DataSettings(), 0).splits
    pairs = [(row.dialogue, row.summary or "") for row in splits.train]
    pairs += [(entry.text, summary) for entry in (*splits.validation, *splits.test) for summary in entry.references]
    assert len(pairs) >= 300
    assert false_fires(pairs) == {}


def test_the_references_of_dialogsum_hardly_have_one() -> None:
    with shared("data/dialogsum/test.csv").open(encoding="utf-8", newline="") as file:
        pairs = [(row["dialogue"], row["summary"]) for row in csv.DictReader(file)]
    assert len(pairs) == 1500
    fires = false_fires(pairs)
    assert fires.pop("no-speaker-named", 0) <= 5
    assert {kind: count for kind, count in fires.items() if 1000 * count > MOST_FALSE * len(pairs)} == {}


def false_fires(pairs: Iterable[tuple[str, str]]) -> Counter[str]:
    """How many summaries have each kind of finding."""
    return Counter(kind for text, summary in pairs for kind in set(kinds(text, summary)))
