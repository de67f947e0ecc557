"""The one definition of every setting."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from upshot.recipe import OLD_NAMES, SHARED_SECTIONS, Arm, Recipe


def sections(model: type[BaseModel] = Recipe) -> Iterator[type[BaseModel]]:
    """The recipe's models, each once a place."""
    yield model
    for info in model.model_fields.values():
        for kind in (info.annotation, *getattr(info.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from sections(kind)


def test_every_setting_has_one_line_of_text() -> None:
    found = [(model.__name__, name, info) for model in sections() for name, info in model.model_fields.items()]
    assert len(found) > 80
    for model, name, info in found:
        assert info.description, f"{model}.{name}"
        assert "\n" not in info.description


def test_every_section_is_frozen_and_knows_its_keys_only() -> None:
    for model in sections():
        assert model.model_config["frozen"]
        assert model.model_config["extra"] == "forbid"
    recipe = Recipe.model_validate({"arms": {"a": {}}})
    with pytest.raises(ValidationError, match="frozen"):
        recipe.seed = 3  # type: ignore[misc]


def test_every_old_name_points_to_a_setting_that_exists() -> None:
    assert len(OLD_NAMES) > 30
    for old, new in OLD_NAMES.items():
        model: Any = Recipe
        for part in new.split(" ")[0].split("."):
            assert part in model.model_fields, f"{old} -> {new}"
            model = model.model_fields[part].annotation


def test_the_sections_that_arms_share_are_the_recipes_and_the_arms() -> None:
    for name in SHARED_SECTIONS:
        assert Recipe.model_fields[name].annotation is Arm.model_fields[name].annotation


@pytest.mark.parametrize(
    ("arm", "trains"), [({}, False), ({"tuning": "full"}, True), ({"tuning": "lora", "from": "x"}, True)]
)
def test_an_arm_trains_where_it_says_how(arm: dict[str, Any], trains: bool) -> None:
    assert Arm.model_validate(arm).trains is trains


@pytest.mark.parametrize(
    "wrong",
    [
        {"arms": {}},
        {"arms": {"a": {}}, "name": "../escape"},
        {"arms": {"a": {}}, "name": "-x"},
        {"arms": {"a": {"tuning": "magic"}}},
        {"arms": {"a": {"train": {"learning_rate": 0}}}},
        {"arms": {"a": {"train": {"learning_rate": float("nan")}}}},
        {"arms": {"a": {"train": {"dropout": 1.0}}}},
        {"arms": {"a": {"generation": {"top_p": 0}}}},
        {"arms": {"a": {"shots": {"count": 9}}}},
        {"arms": {"a": {}}, "data": {"split": {"test": 1.5}}},
        {"arms": {"a": {}}, "seed": None},
    ],
)
def test_values_out_of_bounds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate(wrong)
