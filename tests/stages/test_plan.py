"""The plan: steps, dialogues, minutes, and too little disk told before the first step."""

import json
from pathlib import Path

import pytest

import tiny
from small_project import write_splits
from upshot.errors import ResourceError
from upshot.events import silent
from upshot.model.device import free_memory_bytes
from upshot.recipe import Recipe
from upshot.recipe_file import expand_arms
from upshot.rundir import RunDir, write_text
from upshot.stages.check import check_run
from upshot.stages.plan import Plan, as_json, plan_run

HUGE = {"d_model": 65536, "d_ff": 262144, "num_layers": 500, "num_decoder_layers": 500, "num_heads": 1024}


def planned(recipe: Recipe, run: RunDir, disk: Path | None = None) -> Plan:
    check_run(run, recipe, silent)
    return plan_run(run, recipe, expand_arms(recipe), disk=disk)


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    arms = {"zero-shot": {}, "full": {"tuning": "full"}, "lora": {"tuning": "lora", "train": {"max_steps": None}}}
    return tiny.recipe(arms, {"epochs": 3}, data={"source": str(write_splits(tmp_path / "data"))})


def test_steps_rows_and_dialogues_of_every_arm_are_known(recipe: Recipe, tmp_path: Path) -> None:
    plan = planned(recipe, RunDir(tmp_path / "run"))
    assert [(arm.name, arm.steps, arm.rows, arm.dialogues) for arm in plan.arms] == [
        ("zero-shot", 0, 0, 5),
        ("full", 6, 8, 5),
        ("lora", 6, 8, 5),
    ]
    assert plan.minutes > 0
    nothing, full, lora = plan.arms
    assert nothing.disk_bytes == 0 < nothing.passing_bytes  # the winner is exported
    assert full.disk_bytes > lora.disk_bytes > 0
    assert full.passing_bytes > 2 * lora.passing_bytes > 0
    assert plan.need_bytes == full.disk_bytes + lora.disk_bytes + full.passing_bytes  # one arm trains at a time
    assert plan.memory_need_bytes == max(arm.memory_bytes for arm in plan.arms) == full.memory_bytes
    assert json.loads(json.dumps(as_json(plan)))["arms"][1]["steps"] == 6


def test_what_is_finished_needs_no_minutes_and_no_disk(recipe: Recipe, tmp_path: Path) -> None:
    run = RunDir(tmp_path / "run")
    first = planned(recipe, run)
    write_text(run.predictions("full", "test"), "")
    run.weights("full").mkdir()
    second = planned(recipe, run)
    assert [arm.finished for arm in second.arms] == [False, True, False]
    assert second.need_bytes == first.need_bytes - first.arms[1].disk_bytes - (
        first.arms[1].passing_bytes - first.arms[2].passing_bytes
    )
    assert second.memory_need_bytes == second.arms[2].memory_bytes < first.memory_need_bytes
    assert second.minutes == pytest.approx(sum(arm.minutes for arm in second.arms if not arm.finished))


def test_too_little_disk_is_refused_and_names_the_place_that_counts(recipe: Recipe, tmp_path: Path) -> None:
    model = {**recipe.model.model_dump(), "scratch": HUGE}
    huge = Recipe.model_validate(
        {**recipe.model_dump(by_alias=True), "model": model, "arms": {"full": {"tuning": "full", "model": model}}}
    )
    with pytest.raises(ResourceError, match=r"needs [\d.]+ GB in .*later/on \(weights of 1 arms") as caught:
        planned(huge, RunDir(tmp_path / "run"), tmp_path / "later" / "on")
    assert caught.value.exit_code == 5
    assert not (tmp_path / "later").exists()


def test_the_memory_of_this_machine_is_some_bytes() -> None:
    assert 10**8 < free_memory_bytes() < 10**14


def test_lengths_are_those_of_the_gate_and_no_longer_than_the_limits(recipe: Recipe, tmp_path: Path) -> None:
    counted = planned(recipe, RunDir(tmp_path / "one"))
    short = recipe.model_copy(update={"prompt": recipe.prompt.model_copy(update={"max_source_tokens": 20})})
    cut = planned(short, RunDir(tmp_path / "two"))
    assert cut.arms[1].memory_bytes < counted.arms[1].memory_bytes
    model = {**recipe.model.model_dump(), "scratch": {"vocab_size": 640, "d_model": 32}}
    without = Recipe.model_validate(
        {**recipe.model_dump(by_alias=True), "model": model, "arms": {"full": {"tuning": "full", "model": model}}}
    )
    (arm,) = planned(without, RunDir(tmp_path / "three")).arms  # no tokenizer yet: lengths by words
    assert arm.memory_bytes > 10**9
    assert arm.minutes > 0


def test_worked_examples_and_evaluations_take_their_time(recipe: Recipe, tmp_path: Path) -> None:
    content = recipe.model_dump(by_alias=True)
    seldom = content["arms"]["full"]
    often = {**seldom, "train": {**seldom["train"], "eval_every": 1, "max_steps": 2000}}
    plain = {**seldom, "train": {**seldom["train"], "max_steps": 2000}}
    shots = {"shots": {"count": 1, "max_tokens": 400}}
    several = Recipe.model_validate({**content, "arms": {"plain": plain, "often": often, "zero": {}, "few": shots}})
    arms = {arm.name: arm for arm in planned(several, RunDir(tmp_path / "run")).arms}
    assert arms["often"].minutes > arms["plain"].minutes
    assert arms["few"].minutes > arms["zero"].minutes
    assert arms["few"].memory_bytes > arms["zero"].memory_bytes
