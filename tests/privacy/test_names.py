"""Speakers as tags and back."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.data.conversation import Conversation, Said
from upshot.privacy.names import Names, Roster, tag_speakers


def talk(*turns: tuple[str, str]) -> Conversation:
    """A conversation of speakers with their words."""
    return Conversation("talk", tuple(Said(speaker, text, 1.0, 2.0) for speaker, text in turns))


MAYA = Names({"#Person1#": "Maya", "#Person2#": "Dr. Ben Lee"})


def test_speakers_become_tags_in_the_order_of_first_speaking_with_their_mentions():
    tagged, names = tag_speakers(
        talk(("Maya", "Ben, are you in?"), ("Ben", "Yes. Is that Maya's?"), ("Maya", "It is."))
    )
    assert [turn.speaker for turn in tagged.turns] == ["#Person1#", "#Person2#", "#Person1#"]
    assert [turn.text for turn in tagged.turns] == ["#Person2#, are you in?", "Yes. Is that #Person1#'s?", "It is."]
    assert names.by_tag == {"#Person1#": "Maya", "#Person2#": "Ben"}
    assert tagged.turns[0].start_s == 1.0


@pytest.mark.parametrize(
    ("summary", "restored"),
    [
        ("#Person1# calls #Person2#.", "Maya calls Dr. Ben Lee."),
        ("#Person1#'s car is #Person2#'s.", "Maya's car is Dr. Ben Lee's."),
        ("#Person 1# and # Person2# meet.", "Maya and Dr. Ben Lee meet."),
        ("Person1 and #person2# meet Person 1.", "Maya and Dr. Ben Lee meet Maya."),
        ("#Person1#s mother, ##Person2## and Person1: fine.", "Maya's mother, Dr. Ben Lee# and Maya: fine."),
        ("#Person7# is nobody, #Person12# neither.", "#Person7# is nobody, #Person12# neither."),
        ("The person 2 doors down is a person.", "The person 2 doors down is a person."),
        ("", ""),
    ],
)
def test_names_come_back_where_a_summary_has_tags(summary, restored):
    assert MAYA.restore(summary) == restored


def test_a_name_in_small_letters_begins_a_sentence_with_a_capital():
    names = Names({"#Person1#": "amanda"})
    assert names.restore("#Person1# is late. #Person1# and #Person1# run.") == "Amanda is late. Amanda and amanda run."


def test_tags_of_nobody_can_be_noted():
    assert MAYA.strangers("#Person1# calls #Person7#, Person 8 and #person7#.") == ("#Person7#", "#Person8#")


def test_a_conversation_with_tags_comes_back_as_it_is():
    tagged = talk(("#Person1#", "Hi Maya."), ("Maya", "Hi."))
    assert tag_speakers(tagged) == (tagged, Names({}))


def test_a_restored_name_is_not_read_as_a_tag_again():
    assert Names({"#Person1#": "Person2", "#Person2#": "Bo"}).restore("#Person1# waits.") == "Person2 waits."


def test_tags_that_the_text_has_already_are_left_to_it():
    tagged, names = tag_speakers(talk(("Maya", "In the script, Person 1 dies, #person3# too."), ("Bo", "Oh.")))
    assert names.by_tag == {"#Person2#": "Maya", "#Person4#": "Bo"}
    assert names.restore(tagged.text) == "Maya: In the script, Person 1 dies, #person3# too.\nBo: Oh."


@pytest.mark.parametrize("form", ["Person {}", "Person{}", "PERSON {}"])
def test_whoever_is_called_nearly_by_a_tag_is_meant_by_it_however_it_is_spelled(form):
    one, two = form.format(1), form.format(2)
    tagged, names = tag_speakers(talk((two, f"Is {one} in?"), ("Maya", "No."), (one, "I am #Person1#, Maya.")))
    assert tagged.text == "#Person1#: Is #Person3# in?\n#Person2#: No.\n#Person3#: I am #Person3#, #Person2#."
    assert names.by_tag == {"#Person1#": two, "#Person2#": "Maya", "#Person3#": one}
    assert names.tagged(f"#Person1#'s son asks Maya, {two} and #Person 2# leave with #Person7#.") == (
        "#Person3#'s son asks #Person2#, #Person1# and #Person1# leave with #Person7#."
    )


def test_two_labels_of_one_number_are_two_people():
    tagged, names = tag_speakers(talk(("Person 1", "Hi."), ("Person1", "Hi.")))
    assert names.by_tag == {"#Person1#": "Person 1", "#Person2#": "Person1"}
    assert names.restore(tagged.text) == "Person 1: Hi.\nPerson1: Hi."


def test_turns_without_a_speaker_stay_without():
    tagged, names = tag_speakers(talk(("", "Hello."), ("", "Who is there?")))
    assert tagged.text == "Speaker: Hello.\nSpeaker: Who is there?"
    assert not names.by_tag


def test_an_empty_conversation_is_nothing_to_tag():
    assert tag_speakers(Conversation("empty", ())) == (Conversation("empty", ()), Names({}))


def test_a_name_within_an_address_stays_in_it():
    tagged, _ = tag_speakers(talk(("Maya", "It is maya@shop.example."), ("Bo", "Thanks, maya.")))
    assert [turn.text for turn in tagged.turns] == ["It is maya@shop.example.", "Thanks, #Person1#."]


def mentioned(text: str, *speakers: str) -> list[tuple[str, str]]:
    """Words of a text that name a speaker, and whom."""
    return [(text[mention.start : mention.end], mention.speaker) for mention in Roster(speakers).mentions(text)]


@pytest.mark.parametrize(
    ("speakers", "text", "expected"),
    [
        (("Ann", "Anna"), "Anna and Ann's Annabel", [("Anna", "Anna"), ("Ann", "Ann")]),
        (("Ann", "Ann Lee"), "Ann Lee, Ann, Lee", [("Ann Lee", "Ann Lee"), ("Ann", "Ann"), ("Lee", "Ann Lee")]),
        (("Bo Lee", "Ann Lee"), "Ask Lee or Bo.", [("Lee", ""), ("Bo", "Bo Lee")]),
        (("C++ (dev)", "x*("), "C++ (dev) says x*( here", [("C++ (dev)", "C++ (dev)"), ("x*(", "x*(")]),
        (
            ("Zoë", "李雷", "Ødegård"),
            "zoë sagt 李雷 und Ødegård's",
            [("zoë", "Zoë"), ("李雷", "李雷"), ("Ødegård", "Ødegård")],
        ),
        (("Will", "May"), "Will you ask Will? May I? Thanks, May.", [("Will", "Will"), ("May", "May")]),
        (("Doctor",), "The doctor is in. Thanks, Doctor. a doctor", [("Doctor", "Doctor")]),
        (("Rose", "Robot"), "a rose, the robot, Rose", [("Rose", "Rose")]),
        (("Agent Smith",), "Agent, is Smith here?", [("Smith", "Agent Smith")]),
        (("A", "B"), "A good day to B.", []),
        (("maya", "Maya"), "Maya and maya", [("Maya", "Maya"), ("maya", "maya")]),
        (("Maya",), "", []),
        ((), "Maya", []),
    ],
)
def test_mentions_are_names_and_not_words_that_look_alike(speakers, text, expected):
    assert mentioned(text, *speakers) == expected


def test_an_overlong_name_is_a_name():
    long = "Wolfeschlegelsteinhausen " * 40
    tagged, names = tag_speakers(talk((long, "Hi."), ("Bo", f"Hi {long.strip()}!")))
    assert tagged.turns[1].text == "Hi #Person1#!"
    assert names.restore("#Person1#") == long


def test_thousands_of_speakers_are_found_soon():
    speakers = [f"Na{chr(97 + number % 26)}{chr(97 + number // 26)}o Zed" for number in range(600)]
    conversation = talk(*((speaker, f"Hi {speaker}, and hello Zed.") for speaker in speakers))
    began = time.process_time()
    tagged, _ = tag_speakers(conversation)
    assert time.process_time() - began < 10
    assert tagged.turns[599].text == "Hi #Person600#, and hello Zed."


def test_printing_who_is_who_shows_no_name():
    assert "Maya" not in repr(MAYA)


names_of_people = st.sampled_from(["Maya", "Ben Lee", "Zoë", "Dr. Okafor", "李雷", "O'Neil", "x*(", "will"])


@given(st.lists(st.tuples(names_of_people, st.text(st.sampled_from("ab #1:.'\n"), max_size=20)), max_size=6))
def test_labels_come_back_and_turns_stay_as_many(turns):
    conversation = talk(*turns)
    tagged, names = tag_speakers(conversation)
    assert len(tagged.turns) == len(turns)
    assert [names.by_tag[turn.speaker] for turn in tagged.turns] == [speaker for speaker, _ in turns]


@pytest.mark.parametrize(
    ("label", "written"),
    [("O’Neil", "O'Neil"), ("O'Neil", "O’Neil’s"), ("Élodie", "Elodie"), ("Elodie", "ÉLODIE"), ("İpek", "ipek")],
)
def test_a_name_is_known_with_other_accents_and_apostrophes(label: str, written: str) -> None:
    tagged, names = tag_speakers(talk((label, "Hello, Bo."), ("Bo", f"Thanks, {written}.")))
    assert tagged.turns[1].text in ("Thanks, #Person1#.", "Thanks, #Person1#’s.")
    assert names.by_tag["#Person1#"] == label


def test_of_two_who_differ_by_an_accent_each_is_who_is_written() -> None:
    tagged, _ = tag_speakers(talk(("Zoë", "Hello, Zoe."), ("Zoe", "Hello, Zoë.")))
    assert [turn.text for turn in tagged.turns] == ["Hello, #Person2#.", "Hello, #Person1#."]


def test_letters_that_are_put_together_of_others_are_no_accents() -> None:
    tagged, _ = tag_speakers(talk(("김", "강 is here."), ("강", "Thanks, 김.")))
    assert [turn.text for turn in tagged.turns] == ["#Person2# is here.", "Thanks, #Person1#."]


def test_labels_that_look_like_tags_become_the_first_tags() -> None:
    tagged, names = tag_speakers(talk(("Person 2", "Hello."), ("Person 1", "Hi.")))
    assert [turn.speaker for turn in tagged.turns] == ["#Person1#", "#Person2#"]
    assert names.restore("#Person1# greets #Person2#.") == "Person 2 greets Person 1."
    mentioned, _ = tag_speakers(talk(("Person 1", "Hello."), ("Bo", "Is person 1 there? Or person 2?")))
    assert mentioned.text == "#Person1#: Hello.\n#Person3#: Is #Person1# there? Or person 2?"


def test_a_text_is_tagged_as_it_is_restored():
    assert MAYA.tagged("Maya calls Dr. Ben Lee; Lee's car is maya's.") == (
        "#Person1# calls #Person2#; #Person2#'s car is #Person1#'s."
    )
    assert Names({}).tagged("Maya calls.") == "Maya calls."


def test_a_full_stop_of_a_name_ends_a_sentence_too():
    viktor = Names({"#Person1#": "Viktor S."})
    assert viktor.restore("It is #Person1#. #Person1# says so") == "It is Viktor S. Viktor S. says so"
