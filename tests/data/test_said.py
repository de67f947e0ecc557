"""What readers end in: speakers that are found again, clean words, notes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.data.conversation import Said
from upshot.data.said import Draft, finished, labels_of, one_line
from upshot.data.turns import turns_of
from upshot.errors import DataError


@pytest.mark.parametrize(
    "name", ["Ann", "#Person1#", "Dr. Lee", "amanda", "王先生", "Ludwig van Beethoven", "Ann Lee (Guest)"]
)
def test_names_that_turns_are_found_by_stay(name: str) -> None:
    assert labels_of([name]) == {name: name}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Lee, Ann", "Lee Ann"),
        ("Mr. Don Davies (Kingsway, NDP)", "Mr. Don Davies"),
        ("ann lee", "Ann Lee"),
        ("2nd floor: Bo", "Nd Floor Bo"),
        ("4711", "Speaker 1"),
        ("+44 7700 900123", "Speaker 1"),
        ("Ann Maria Luisa Clara Lee", "Ann Maria Luisa Clara"),
        ("# Person 3 #", "#Person3#"),
        ("?!", "Speaker 1"),
        ("A" * 60, "A" * 40),
    ],
)
def test_other_names_are_cleaned_or_numbered(name: str, label: str) -> None:
    assert labels_of([name]) == {name: label}


def test_no_two_speakers_share_a_label() -> None:
    assert labels_of(["Lee, Ann", "Lee Ann", "1", "Speaker 3", "2"]) == {
        "Lee, Ann": "Speaker 1",
        "Lee Ann": "Lee Ann",
        "1": "Speaker 4",
        "Speaker 3": "Speaker 3",
        "2": "Speaker 5",
    }


def test_names_that_differ_in_brackets_alone_stay_two() -> None:
    labels = labels_of(["Don Davies (Kingsway, NDP)", "Don Davies (West, NDP)", "Don Davies (West; NDP)"])
    assert list(labels.values()) == ["Don Davies", "Don Davies West NDP", "Speaker 3"]


def test_what_was_changed_is_noted_without_the_words() -> None:
    draft = Draft([Said("Lee, Ann", "hi\x07"), Said("Bo", "  \n"), Said("", "yes")], ["first"], "yes\n\tplease ")
    found = finished(draft, "x")
    assert found.turns == (Said("Lee Ann", "hi"), Said("", "yes"))
    assert found.consent == "yes please"
    assert found.notes == (
        "first",
        "control characters removed",
        "1 turn without words left out",
        "1 name of speakers rewritten: a name begins with a letter, has at most four words and no signs such as commas",
    )


def test_a_conversation_without_words_is_an_error() -> None:
    with pytest.raises(DataError, match="D34: x: no words of a conversation in it"):
        finished(Draft([Said("Ann", "\x00 ")]), "x")


@pytest.mark.parametrize("turn", [Said("Ann", "secret \ud800"), Said("secret\udfff", "x")])
def test_half_a_surrogate_is_an_error_without_the_words(turn: Said) -> None:
    with pytest.raises(DataError, match="D38: x: holds half a surrogate pair") as caught:
        finished(Draft([turn]), "x")
    assert "secret" not in str(caught.value)


def test_one_line_has_single_spaces_and_no_control_characters() -> None:
    assert one_line(" a\r\n\x1b[31mb\u2028c\x85 ") == "a b c"


@given(st.lists(st.tuples(st.text(max_size=50), st.text(max_size=30)), min_size=1, max_size=8))
def test_turns_of_the_text_are_the_turns(pairs: list[tuple[str, str]]) -> None:
    try:
        found = finished(Draft([Said(speaker, words) for speaker, words in pairs]), "x")
    except DataError:
        return
    again = turns_of(found.text)
    assert [(turn.speaker or "Speaker", turn.text) for turn in found.turns] == [(t.speaker, t.text) for t in again]
