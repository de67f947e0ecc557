"""Tables of variants: decoding grids, seeds, choices."""

from dataclasses import replace

import pytest

from report_run import write_run
from upshot.recipe import Recipe
from upshot.recipe_file import expand_arms
from upshot.report.facts import read_facts
from upshot.report.variants import variant_tables


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_facts(write_run(tmp_path_factory.mktemp("run")))


def test_a_plain_run_has_no_variant_tables(facts):
    assert variant_tables(facts) == ()


def test_a_decoding_grid_stands_beside_the_arm_that_it_varies(facts):
    recipe = Recipe.model_validate({"arms": {"zero-shot": {}, "full": {"tuning": "full", "grid": {"beams": [4]}}}})
    settings = expand_arms(recipe)
    names = list(settings)
    arms = tuple(replace(arm, name=name, settings=settings[name]) for arm, name in zip(facts.arms, names, strict=True))
    cells = dict(zip(names, facts.comparison["arms"].values(), strict=True))
    (table,) = variant_tables(replace(facts, recipe=recipe, arms=arms, comparison=facts.comparison | {"arms": cells}))
    assert [(line.name, line.cells[0].text) for line in table.lines] == [("full", "1"), ("full@beams=4", "4")]


def test_seeds_show_their_spread_in_points(tmp_path):
    seeds = {"full": {"arms": ["full", "full@seed=2"], "rouge1": {"means": [0.41, 0.40], "sd": 0.00707}}}
    (table,) = variant_tables(read_facts(write_run(tmp_path, changes={"seeds": seeds})))
    assert str(table.lines[0].cells[1]) == "40.0 – 41.0 sd 0.71"
    assert str(table.lines[0].cells[2]) == "–"


def test_a_choice_shows_the_scores_that_decided(tmp_path):
    choices = {"tuned": {"chosen": "full", "by": "validation rouge1", "scores": {"full": 0.41, "lora": None}}}
    (table,) = variant_tables(read_facts(write_run(tmp_path, changes={"choices": choices})))
    assert [str(cell) for cell in table.lines[0].cells] == ["full", "validation rouge1", "full 41.0, lora –"]
