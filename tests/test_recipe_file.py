"""Recipes from YAML: every problem at once, with line and nearest name."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upshot.errors import UsageError
from upshot.recipe_file import dump_recipe, expand_arms, parse_recipe, read_recipe

PLAIN = "arms:\n  full:\n    tuning: full\n"


def problem(text: str, overrides: tuple[str, ...] = ()) -> str:
    """What the reader says about a recipe that it refuses."""
    with pytest.raises(UsageError) as refused:
        parse_recipe(text, "r.yaml", overrides)
    assert refused.value.code == "D60"
    return refused.value.message


def test_a_recipe_has_defaults_and_arms_share_its_sections() -> None:
    text = "train: {epochs: 2, learning_rate: 0.1}\nprompt: {template: raw}\narms:\n  a:\n  b: {train: {epochs: 5}}\n"
    recipe = parse_recipe(text)
    assert (recipe.arms["a"].train.epochs, recipe.arms["b"].train.epochs) == (2, 5)
    assert recipe.arms["b"].train.learning_rate == 0.1
    assert recipe.arms["b"].prompt.template == "raw"
    assert recipe.seed == 13


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_name() -> None:
    assert problem(PLAIN + "train:\n  epoch: 3\n") == "r.yaml line 5: unknown key 'epoch' (did you mean 'epochs'?)"
    assert "unknown key 'zzz' (known here: name, about, seed" in problem(PLAIN + "zzz: 1\n")
    assert "unknown key 'beams' here; it belongs to generation.beams" in problem(PLAIN + "train: {beams: 3}\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [("evaluation_strategy", "train.eval_every"), ("num_beams", "generation.beams"), ("warmup_ratio", "train.warmup")],
)
def test_an_old_name_gets_a_precise_answer(old: str, new: str) -> None:
    assert f"unknown key '{old}': here it is {new}" in problem(PLAIN + f"train: {{{old}: 3}}\n")


def test_all_problems_come_at_once_each_where_it_stands() -> None:
    text = (
        "seed: x\ntrain:\n  epochs: -1\n  lr: 3\narms:\n  a: {tuning: magic}\n  b: {tuning: lora, adapter: {rank: 8}}\n"
    )
    lines = problem(text).split("\n")
    assert [line.strip().split(":")[0] for line in lines] == [f"r.yaml line {number}" for number in (1, 3, 4, 6, 7)]
    assert "seed: input should be a valid integer" in lines[0]
    assert "(found -1)" in lines[1]


def test_a_missing_part_is_said() -> None:
    assert problem("name: x\n") == "r.yaml: 'arms' is missing"


@pytest.mark.parametrize("text", ["", "- a\n", "just words", "a: [1\n", "a: 1\n\tb: 2\n", "{{", "\x00"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    assert "r.yaml" in problem(text)


def test_yaml_that_would_make_objects_is_refused() -> None:
    assert "could not determine a constructor" in problem("name: !!python/object/apply:os.system ['echo hi']\n")


def test_overrides_win_and_are_read_as_yaml() -> None:
    recipe = parse_recipe(PLAIN, overrides=("train.learning_rate=1e-1", "arms.full.seed=3", "train.patience=2"))
    assert recipe.arms["full"].train.learning_rate == 0.1
    assert (recipe.arms["full"].seed, recipe.arms["full"].train.patience) == (3, 2)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.epochs", "expected KEY=VALUE"),
        ("=3", "expected KEY=VALUE"),
        ("arms.full.tuning.x=1", "'tuning' has no keys of its own"),
        ("train.epochs=[1", "not valid YAML"),
        ("train.epoch=3", "--set: unknown key 'epoch' (did you mean 'epochs'?)"),
        ("train.epochs=-3", "--set: train.epochs: input should be greater than 0"),
    ],
)
def test_a_wrong_override_is_named(override: str, message: str) -> None:
    assert message in problem(PLAIN, (override,))


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(PLAIN, encoding="utf-8-sig")
    assert list(read_recipe(path).arms) == ["full"]
    for bad, message in [(tmp_path / "no.yaml", "file not found"), (tmp_path, "is a folder")]:
        with pytest.raises(UsageError, match=message):
            read_recipe(bad)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read"):
        read_recipe(path)
    path.write_text("#" * 1_000_001, encoding="utf-8")
    with pytest.raises(UsageError, match="not a recipe"):
        read_recipe(path)


def test_a_resolved_recipe_read_again_is_equal() -> None:
    arms: dict[str, Any] = {"tuning": "lora", "seeds": [1, 2], "shots": {"rows": [1]}, "grid": {"beams": [1, 2]}}
    recipe = parse_recipe(PLAIN + f"  lora: {arms}\n  both: {{tuning: full, from: [full, lora]}}\n")
    assert parse_recipe(dump_recipe(recipe)) == recipe


def test_seeds_and_grids_become_ordinary_arms() -> None:
    text = PLAIN.replace("full:\n", "full:\n    seeds: [1, 2]\n    grid: {beams: [2], sample: [true, false]}\n")
    arms = expand_arms(parse_recipe(text))
    assert list(arms) == ["full", "full@seed=1", "full@seed=2", "full@beams=2,sample=True", "full@beams=2,sample=False"]
    assert [arm.seed for arm in arms.values()][:3] == [13, 1, 2]
    tried = arms["full@beams=2,sample=True"]
    assert (tried.tuning, tried.start, tried.generation.beams, tried.generation.sample) == ("none", "full", 2, True)
    assert all(arm.seeds == () and arm.grid == {} for arm in arms.values())


def test_a_grid_over_an_untrained_arm_starts_where_that_arm_does() -> None:
    arms = expand_arms(parse_recipe("arms:\n  a: {grid: {beams: [2]}}\n"))
    assert arms["a@beams=2"].start is None


@pytest.mark.parametrize(
    ("arms", "message"),
    [
        ("{a: {grid: {beam: [2]}}}", "arm 'a', grid: beam: Extra inputs"),
        ("{a: {grid: {beams: [0]}}}", "arm 'a', grid: beams: Input should be greater than 0"),
        ("{a: {from: b}, b: {}}", r"arm 'a' starts from 'b', which is no earlier arm \(earlier: none\)"),
        ("{a: {}, b: {from: [a, c]}}", "arm 'b' starts from 'c'"),
    ],
)
def test_a_wrong_grid_or_start_is_named(arms: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        expand_arms(parse_recipe(f"arms: {arms}\n"))


def test_a_start_may_be_a_folder() -> None:
    assert expand_arms(parse_recipe("arms: {a: {from: ./runs/x/arms/b}}\n"))["a"].start == "./runs/x/arms/b"


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="arms:{}[]-\n \t'\"#&*!|>x1.", max_size=60))
def test_any_text_is_a_recipe_or_one_error_for_people(text: str) -> None:
    with suppress(UsageError):
        assert parse_recipe(text).arms


def test_tags_of_names_and_names_of_tags_exclude_each_other() -> None:
    both = "prompt: {speakers: tags}\ntrain: {augment: {rename_speakers: 0.5}}\narms: {a: {}, full: {tuning: full}}"
    with pytest.raises(UsageError, match=r"arm 'full': train\.augment\.rename_speakers makes names of tags"):
        expand_arms(parse_recipe(both))
    assert "a" in expand_arms(parse_recipe(both.replace(", full: {tuning: full}", "")))
