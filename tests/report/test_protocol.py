"""Settings, prompts, data and provenance as the report shows them."""

from dataclasses import replace

import pytest

from report_run import write_run
from upshot.recipe import PromptSettings
from upshot.report.facts import read_facts
from upshot.report.protocol import (
    data_table,
    data_warnings,
    hashes,
    limits,
    made_with,
    model_pairs,
    prompts_of,
    settings_table,
    shared_settings,
)
from upshot.rundir import remove


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path)


def test_settings_that_do_not_act_on_an_arm_are_dashes(run):
    table = settings_table(read_facts(run))
    titles = [column.title for column in table.columns]
    rows = {line.name: dict(zip(titles, map(str, line.cells), strict=True)) for line in table.lines}
    assert [rows[name]["r"] for name in rows] == ["–", "–", "16"]
    assert [rows[name]["learning_rate"] for name in rows] == ["–", "0.0001", "0.0001"]
    assert "virtual_tokens" not in titles


def test_what_is_the_same_everywhere_stands_once_and_idle_decoding_settings_not_at_all(run):
    shared = dict(shared_settings(read_facts(run)))
    assert shared["generation.beams"] == "1"
    assert "generation.temperature" not in shared
    assert "train.learning_rate" not in shared


def test_arms_with_one_prompt_share_it_with_its_separators(run):
    (prompt,) = prompts_of(read_facts(run))
    assert prompt.arms == ("zero-shot", "full", "lora")
    assert prompt.template == "Summarize.\n\n{dialogue}\n\nSummary:"
    assert prompt.separators == "turns are separated by ' / '"


def test_tags_for_names_are_said_with_the_prompt(run):
    facts = read_facts(run)
    tagged = {"prompt": PromptSettings(speakers="tags")}
    arms = tuple(replace(arm, settings=arm.settings.model_copy(update=tagged)) for arm in facts.arms)
    (prompt,) = prompts_of(replace(facts, arms=arms))
    assert "names are read as #Person1#, #Person2# and so on, and put back" in prompt.separators


def test_data_has_counts_lengths_and_the_warnings_of_the_gate(run):
    facts = read_facts(run)
    table = data_table(facts)
    assert [str(cell) for cell in table.lines[0].cells[:5]] == ["test.csv", "24", "12", "2.0", "median 32 longest 41"]
    assert data_warnings(facts) == ("D44: 1 dialogue of test.csv is in train.csv; data.clean removes it",)


def test_provenance_is_flat_and_sizes_have_units(run):
    facts = read_facts(run)
    assert ("versions.python", "3.11.2") in made_with(facts)
    assert ("hardware.memory_bytes", "8.0 GB") in made_with(facts)
    assert ("hashes.recipe", "cd" * 32) in hashes(facts)
    assert ("name", "starter") in model_pairs(facts)


def test_without_provenance_or_data_there_is_only_what_the_recipe_says(run):
    remove(run.root / "provenance.json")
    remove(run.root / "data.json")
    facts = read_facts(run)
    assert (made_with(facts), hashes(facts), data_table(facts), data_warnings(facts)) == ((), (), None, ())
    assert model_pairs(facts) == (("name", "starter"),)


def test_limits_name_the_number_of_dialogues(run):
    assert any("these 12 dialogues" in text for text in limits(read_facts(run)))
