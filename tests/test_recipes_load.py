"""Every shipped recipe loads, and says what its origin says."""

import csv
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from shared_data import shared
from upshot.prompts import SLOT, TEMPLATES, template_text
from upshot.recipe_file import dump_recipe, expand_arms, parse_recipe, read_recipe

FOLDER: Final = Path(__file__).parent.parent / "recipes"
PATHS: Final = sorted(FOLDER.glob("*.yaml"))
ORIGINS: Final = [path for path in PATHS if path.name.startswith("flan-t5-")]

EVERY_100: Final = {"data.subset.train.every": 100, "data.subset.validation.every": 100}
LORA_32: Final = {"r": 32, "alpha": 32, "dropout": 0.05, "targets": ("q", "v")}
STOCK: Final = {"train.optimizer": "adamw", "train.schedule": "linear", "train.warmup": 0, "train.clip": 1.0}
SHOTS: Final = {"shots.count": 3, "shots.rows": (0, 10, 20), "shots.max_tokens": 512}

# What each document states, by recipe and arm; "" is the recipe itself.
STATED: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "flan-t5-small-course": {
        "": EVERY_100 | {"data.subset.test.every": None, "compare.first_rows": 10, "compare.show": ("test_66_3",)},
        "zero-shot-dialogue": {"prompt.template": "dialogue", "generation.max_new_tokens": 50},
        "zero-shot": {"prompt.template": "conversation-summary", "generation.max_new_tokens": 50},
        "full": STOCK
        | {"model.name": "google/flan-t5-small", "model.precision": "bf16", "tuning": "full"}
        | {"train.epochs": 30, "train.learning_rate": 1e-3, "train.weight_decay": 0.01, "train.batch_size": 8}
        | {"prompt.max_source_tokens": 512, "prompt.max_target_tokens": 128, "generation.max_new_tokens": 50},
        "full@beams=5": {"generation.beams": 5, "start": "full", "tuning": "none"},
        "zero-shot@beams=5": {"generation.beams": 5, "generation.max_new_tokens": 50},
        "lora@beams=5": {"generation.beams": 5, "start": "lora"},
        "lora": {f"adapter.{key}": value for key, value in LORA_32.items()}
        | {"tuning": "lora", "train.epochs": 1, "train.learning_rate": 2e-3, "train.weight_decay": 0},
        "zero-shot-no-cue": {"prompt.template": "conversation"},
        "full-no-cue": {"prompt.template": "conversation", "start": "full"},
    },
    "flan-t5-base-course": {
        "": EVERY_100 | {"compare.first_rows": 10, "compare.show": ("test_66_3",)},
        "zero-shot": {"generation.max_new_tokens": 200, "generation.beams": 1, "generation.sample": False},
        "full": STOCK
        | {"model.name": "google/flan-t5-base", "model.precision": "bf16", "tuning": "full", "train.epochs": 1}
        | {"train.learning_rate": 1e-5, "train.weight_decay": 0.01, "train.max_steps": None},
        "lora": {f"adapter.{key}": value for key, value in LORA_32.items()}
        | {"tuning": "lora", "train.epochs": 1, "train.learning_rate": 1e-3, "prompt.max_target_tokens": 512},
    },
    "flan-t5-large-prompting": {
        "": {"compare.show": ("test_0_1", "test_14_1", "test_266_3"), "data.subset.test.every": None},
        "no-prompt": {"model.name": "google/flan-t5-large", "prompt.template": "raw", "model.precision": "fp32"},
        "instruction": {"prompt.template": "this-conversation", "generation.max_new_tokens": 50},
        "instruction-summary": {"prompt.template": "this-conversation-summary"},
        "few-shot": SHOTS | {"prompt.shot_separator": "\n\n\n"},
        "sampled@temperature=0.5,top_k=10,top_p=0.9": {"generation.sample": True, "generation.temperature": 0.5},
    },
    "flan-t5-base-arrangements": {
        "": {"data.subset.train.every": None, "compare.show": ("test_0_1", "test_14_1", "test_266_3")},
        "arrangement-1": STOCK
        | {"model.name": "google/flan-t5-base", "tuning": "full", "train.epochs": 1, "train.eval_every": "epoch"}
        | {"train.learning_rate": 1e-3, "train.batch_size": 8, "train.weight_decay": 0.01}
        | {"prompt.template": "this-conversation", "generation.max_new_tokens": 50}
        | {"prompt.max_source_tokens": 512, "prompt.max_target_tokens": 128},
        "arrangement-2": {"train.learning_rate": 5e-4, "train.batch_size": 16, "train.weight_decay": 0.01},
        "arrangement-3": {"train.learning_rate": 2e-3, "train.batch_size": 8, "train.weight_decay": 0.001},
        "best": {"start": ("arrangement-1", "arrangement-2", "arrangement-3"), "tuning": "none"},
        "best-no-prompt": {"prompt.template": "raw"},
        "best-summary": {"prompt.template": "this-conversation-summary"},
        "best-few-shot": SHOTS | {"start": ("arrangement-1", "arrangement-2", "arrangement-3")},
    },
    "flan-t5-base-lab": {
        "": EVERY_100 | {"data.subset.test.every": 100, "compare.show": ("test_66_3",)},
        "full": {"model.name": "google/flan-t5-base", "model.device": "cpu", "tuning": "full"},
        "lora": {f"adapter.{key}": value for key, value in LORA_32.items()} | {"train.learning_rate": 1e-3},
        "lora-frozen": {"start": "lora", "tuning": "none"},
    },
    "flan-t5-small-full-vs-lora": {
        "full": {"model.name": "google/flan-t5-small", "tuning": "full", "train.epochs": 10}
        | {"train.learning_rate": 1e-4, "train.batch_size": 8, "prompt.max_source_tokens": 512},
        "lora": {"tuning": "lora", "train.epochs": 10, "train.learning_rate": 1e-3, "train.batch_size": 16}
        | {"adapter.r": 8, "adapter.alpha": 16, "adapter.targets": ("q", "v"), "prompt.max_target_tokens": 128},
    },
    "dialogsum-starter": {
        "": {"data.source": "knkarthick/dialogsum", "data.subset.train.every": None},
        "zero-shot": {"model.name": "starter", "tuning": "none"},
        "few-shot": {"shots.count": 1, "shots.select": "bm25"},
        "full": {"tuning": "full", "train.best_by": "rouge1"},
        "lora": {"tuning": "lora", "adapter.r": 16, "train.best_by": "rouge1"},
    },
    "demo": {
        "": {"data.source": "builtin"},
        "zero-shot": {"model.name": "starter", "tuning": "none"},
        "few-shot": {"shots.count": 1},
        "full": {"tuning": "full"},
        "lora": {"tuning": "lora"},
    },
}

# The prompts as the documents write them, with {dialogue} where theirs stands.
WORDINGS: Final = {
    "Summarize the following dialogue:\n\n{dialogue}": "dialogue",  # 1, section 1.3
    "Summarize the following conversation.\n\n{dialogue}\n\nSummary:": "conversation-summary",  # 1, training
    "Summarize the following conversation.\n\n{dialogue}": "conversation",  # 1, section 2.4
    "\nSummarize the following conversation.\n\n{dialogue}\n\nSummary: ": "conversation-summary",  # 1 and 2, 3.4
    "\nSummarize the following conversation.\n\n{dialogue}\n\nSummary:\n": "conversation-summary",  # 2, section 1.3
    "Summarize the following conversation.\n\n{dialogue}\n\nSummary: ": "conversation-summary",  # 2 and 4, training
    "{dialogue}": "raw",  # 3, section 3
    "Summarize this conversation:\n{dialogue}": "this-conversation",  # 3, sections 4 and 7
    "Summarize this conversation:\n{dialogue}\n Summary: ": "this-conversation-summary",  # 3, section 4
}


def test_nine_recipes_ship() -> None:
    assert len(PATHS) == 9, [path.name for path in PATHS]
    assert FOLDER / "starter.yaml" in PATHS
    assert {path.stem for path in PATHS} == {*STATED, "starter"}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_shipped_recipe_loads_and_survives_being_written(path: Path) -> None:
    recipe = read_recipe(path)
    assert recipe.name == path.stem
    assert parse_recipe(dump_recipe(recipe)) == recipe
    for arm in expand_arms(recipe).values():
        assert SLOT in template_text(arm.prompt.template)


@pytest.mark.parametrize("path", [path for path in PATHS if path.stem != "starter"], ids=lambda path: path.stem)
def test_a_shipped_recipe_begins_with_what_it_is_and_how_to_run_it(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    header = lines[: next(index for index, line in enumerate(lines) if not line.startswith("#"))]
    assert 3 <= len(header) <= 8, path.name
    assert any("upshot run recipes/" + path.name in line for line in header)
    assert any("Cost" in line for line in header)


@pytest.mark.parametrize("path", ORIGINS, ids=lambda path: path.stem)
def test_a_local_checkpoint_takes_the_place_of_the_hub_id_in_every_arm(path: Path) -> None:
    assert "--set model.name=PATH --set data.source=PATH" in path.read_text(encoding="utf-8")
    recipe = read_recipe(path, ["model.name=/models/tiny", "data.source=/data/dialogsum"])
    assert {arm.model.name for arm in expand_arms(recipe).values()} == {"/models/tiny"}
    assert recipe.data.source == "/data/dialogsum"


@pytest.mark.parametrize("path", ORIGINS, ids=lambda path: path.stem)
def test_the_arms_of_an_origin_share_base_arithmetic_and_the_origins_turn_separator(path: Path) -> None:
    arms = expand_arms(read_recipe(path)).values()
    assert len({arm.model for arm in arms}) == 1
    assert {arm.prompt.turn_separator for arm in arms} == {"\n"}


@pytest.mark.parametrize(("stem", "arm"), [(stem, arm) for stem, arms in STATED.items() for arm in arms])
def test_a_recipe_holds_what_its_origin_states(stem: str, arm: str) -> None:
    recipe = read_recipe(FOLDER / f"{stem}.yaml")
    holder: Any = expand_arms(recipe)[arm] if arm else recipe
    stated = STATED[stem][arm]
    assert {key: _value(holder, key) for key in stated} == stated


@pytest.mark.parametrize("stem", ["flan-t5-base-course", "flan-t5-base-lab"])
def test_max_steps_is_shown_where_the_document_stops_after_one(stem: str) -> None:
    content = yaml.safe_load((FOLDER / f"{stem}.yaml").read_text(encoding="utf-8"))
    assert "max_steps" in content["train"]
    recipe = read_recipe(
        FOLDER / f"{stem}.yaml", ["arms.full.train.max_steps=1", "arms.lora.train.max_steps=1", "name=one-step"]
    )
    assert {name: arm.train.max_steps for name, arm in recipe.arms.items() if arm.trains} == {"full": 1, "lora": 1}


def test_the_origins_wordings_are_named_templates_up_to_the_white_space_that_t5_drops() -> None:
    for wording, name in WORDINGS.items():
        assert wording.split() == TEMPLATES[name].split()


def test_the_decode_grid_moves_temperature_top_k_and_top_p() -> None:
    arms = expand_arms(read_recipe(FOLDER / "flan-t5-large-prompting.yaml"))
    sampled = [arm.generation for name, arm in arms.items() if name.startswith("sampled")]
    assert all(generation.sample for generation in sampled)
    for key in ("temperature", "top_k", "top_p"):
        assert len({getattr(generation, key) for generation in sampled}) > 1
    assert arms["instruction-summary@beams=4"].generation.beams == 4


def test_the_rows_that_the_origins_look_at_have_the_ids_that_the_recipes_show() -> None:
    with (shared("data/dialogsum") / "test.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [rows[index]["id"] for index in (200, 0, 42, 800)] == ["test_66_3", "test_0_1", "test_14_1", "test_266_3"]
    assert len({row["dialogue"] for row in rows[:10]}) == 4
    assert "test_66_3" in [row["id"] for row in rows[::100]]


def _value(holder: Any, key: str) -> Any:
    for part in key.split("."):
        holder = getattr(holder, part)
    return holder
