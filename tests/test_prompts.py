"""Prompt templates."""

import json

import pytest

from upshot.errors import UsageError
from upshot.prompts import SLOT, TEMPLATES, dump_prompt, join_turns, load_prompt, prompt, template_text
from upshot.recipe import PromptSettings


def test_every_template_has_one_slot_and_another_text() -> None:
    assert len(set(TEMPLATES.values())) == len(TEMPLATES) == 8
    assert all(text.count(SLOT) == 1 for text in TEMPLATES.values())


def test_a_prompt_is_the_template_around_the_joined_turns() -> None:
    made = prompt("d", "Ann: hi\n\nBen: {bye}\r\n", PromptSettings(template="dialogue-summary", turn_separator=" | "))
    assert made.text == "Summarize the following dialogue:\n\nAnn: hi | Ben: {bye}\n\nSummary:"
    assert made.dialogue == "Ann: hi | Ben: {bye}"


def test_the_slots_own_name_in_a_dialogue_stays_text() -> None:
    made = prompt("d", f"Ann: write {SLOT} there", PromptSettings(template="conversation"))
    assert made.text == f"Summarize the following conversation.\n\nAnn: write {SLOT} there"


def test_solved_examples_stand_before_everything() -> None:
    assert prompt("d", "x", PromptSettings(template="raw"), before="Solved. ").text == "Solved. x"


@pytest.mark.parametrize(
    ("text", "message"), [("Summarize:", "has no {dialogue}"), (SLOT * 2, "2 times, expected once")]
)
def test_a_text_without_its_slot_or_with_two_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        template_text(text)
    assert refused.value.code == "D57"


def test_turns_are_joined_and_blank_lines_left_out() -> None:
    assert join_turns("a\n \nb\n", "\n") == "a\nb"
    assert join_turns("", " / ") == ""


@pytest.mark.parametrize("template", ["conversation", "Sum up: {dialogue}\n"])
def test_a_saved_prompt_comes_back(template: str) -> None:
    settings = PromptSettings(template=template, turn_separator="\n", max_source_tokens=99)
    assert load_prompt(dump_prompt(settings)) == settings


def test_the_stored_text_wins_over_a_name_whose_wording_has_changed() -> None:
    stored = json.loads(dump_prompt(PromptSettings(template="conversation")))
    stored["template_text"] = "In old days: {dialogue}"
    assert template_text(load_prompt(json.dumps(stored)).template) == "In old days: {dialogue}"


def test_speakers_are_tags_where_the_settings_say_so_and_older_files_keep_names() -> None:
    settings = PromptSettings(template="raw", speakers="tags")
    assert prompt("d", "Ann: hi\nBen: bye Ann", settings).text == "#Person1#: hi / #Person2#: bye #Person1#"
    assert load_prompt(dump_prompt(settings)) == settings
    old = json.loads(dump_prompt(PromptSettings()))
    del old["speakers"]
    assert load_prompt(json.dumps(old)).speakers == "keep"
