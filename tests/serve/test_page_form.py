"""A form becomes a conversation with the names it goes by, or a refusal that says what to change."""

import doctest
from urllib.parse import urlencode

import pytest

from upshot.answers.answer import Options
from upshot.data.turns import turns_of
from upshot.serve import page_form
from upshot.serve.desk import Refused
from upshot.serve.page_form import Asked, read_form, talk_of

TEXT = "Ann: Hi!\nBo: Hello, Ann.\nAnn: Bye."


def asked(*pairs: tuple[str, str]) -> Asked:
    return read_form(urlencode(pairs).encode())


def test_examples_in_docstrings():
    assert doctest.testmod(page_form).failed == 0


def test_a_form_with_nothing_in_it_is_empty():
    assert read_form(b"") == Asked()
    assert Asked().options() == Options()


def test_names_of_speakers_come_in_pairs_and_an_empty_one_changes_nothing():
    form = asked(("text", TEXT), ("was", "Ann"), ("name", " Anna "), ("was", "Bo"), ("name", ""))
    assert [turn.speaker for turn in talk_of(form).conversation.turns] == ["Anna", "Bo", "Anna"]
    assert talk_of(form).speakers == (("Ann", "Anna"), ("Bo", "Bo"))


def test_two_speakers_may_become_one():
    form = asked(("text", TEXT), ("was", "Bo"), ("name", "Ann"))
    assert {turn.speaker for turn in talk_of(form).conversation.turns} == {"Ann"}


def test_an_unnamed_speaker_gets_a_name():
    form = asked(("text", "Good morning, everybody.\nAnn: Hi!"), ("was", "Speaker"), ("name", "The Chair"))
    assert [turn.speaker for turn in talk_of(form).conversation.turns] == ["The Chair", "Ann"]


@pytest.mark.parametrize("name", ["Maya", "Dr Okafor", "#Person1#", "Anne van der Berg", "José", "李", "x" * 40])
def test_names_keep_the_turns_in_number(name):
    conversation = talk_of(asked(("text", TEXT), ("was", "Bo"), ("name", name))).conversation
    assert [turn.speaker for turn in turns_of(conversation.text)] == ["Ann", name, "Ann"]


@pytest.mark.parametrize(
    "name", ["a: b", "<b>", "five words are too Many", "i think so", "7", "x\nAnn: y", "x" * 41, "!"]
)
def test_a_name_that_would_not_be_read_as_one_is_refused(name):
    with pytest.raises(Refused) as refused:
        talk_of(asked(("text", TEXT), ("was", "Bo"), ("name", name)))
    assert (refused.value.status, refused.value.code) == (422, "bad_name")
    assert name not in refused.value.message


def test_line_ends_of_forms_are_line_ends():
    assert len(talk_of(asked(("text", TEXT.replace("\n", "\r\n")))).conversation.turns) == 3


@pytest.mark.parametrize("text", ["", "  \n \t "])
def test_nothing_to_summarise_is_refused(text):
    with pytest.raises(Refused, match="nothing to summarise") as refused:
        talk_of(asked(("text", text)))
    assert refused.value.code == "empty"


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi!\n\n00:03.000 --> 00:04.000\n<v Bo>Hello.\n", [1.0, 3.0]),
        ("1\n00:00:01,000 --> 00:00:02,000\nAnn: Hi!\n\n2\n00:00:03,000 --> 00:00:04,000\nBo: Hello.\n", [1.0, 3.0]),
        ('[{"speaker": "Ann", "text": "Hi!"}, {"speaker": "Bo", "text": "Hello."}]', [None, None]),
    ],
)
def test_other_forms_are_told_by_what_they_hold(text, times):
    turns = talk_of(asked(("text", text), ("was", "Bo"), ("name", "Bob"))).conversation.turns
    assert [(turn.speaker, turn.text, turn.start_s) for turn in turns] == [
        ("Ann", "Hi!", times[0]),
        ("Bob", "Hello.", times[1]),
    ]


@pytest.mark.parametrize("text", ["[]", '{"a": 1}', "WEBVTT\n", '[{"speaker": "A", "text": "\\ud800"}]', "\x00", "﻿"])
def test_what_is_no_conversation_is_refused_and_not_repeated(text):
    with pytest.raises(Refused) as refused:
        talk_of(Asked(text))
    assert refused.value.status == 422
    assert text not in refused.value.message


def test_options_name_the_setting_and_its_bounds_but_not_what_was_typed():
    with pytest.raises(Refused, match=r"number of words.*less than or equal to 500") as refused:
        asked(("words", "5000")).options()
    assert "5000" not in refused.value.message


def test_unticked_boxes_and_unknown_fields_are_left_out():
    form = asked(("mask", "1"), ("bullets", ""), ("evil", "x"), ("samples", "8"))
    assert form.settings == {"mask": "1"}
    assert form.options() == Options(mask=True)


def test_arms_are_asked_once_each():
    assert Asked().arms("full") == ("full",)
    assert Asked(beside="base").arms("full") == ("full", "base")
    assert Asked(arm="base", beside="base").arms("full") == ("base",)
