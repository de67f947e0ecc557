"""Recipes from YAML: one strict reader that names every problem at once, with its line and the nearest name."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ValidationError

from upshot.errors import UsageError
from upshot.recipe import FOLDER_NAME, OLD_NAMES, SHARED_SECTIONS, Arm, Recipe

MAX_BYTES: Final = 1_000_000


def read_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe of a YAML file, with `key.path=value` overrides applied.

    Raises:
        UsageError: unreadable file, or any key or value that the recipe does not allow; all of them in one message.
    """
    text = _read(path)
    return parse_recipe(text, path.name, overrides)


def parse_recipe(text: str, name: str = "recipe.yaml", overrides: Sequence[str] = ()) -> Recipe:
    """The recipe of a YAML text; `name` stands in messages."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(_yaml_problem(error, name), code="D60") from None
    if not isinstance(content, dict):
        raise UsageError(f"{name}: a recipe is a mapping of keys, such as 'name: first-run'", code="D60")
    changed = [_apply(content, override) for override in overrides]
    try:
        recipe = Recipe.model_validate(_share_sections(content))
    except ValidationError as error:
        raise UsageError(_problems(error, node, name, changed), code="D60") from None
    for arm in recipe.arms:
        if not re.fullmatch(FOLDER_NAME, arm):
            where = f"{name} line {_line_of(node, ('arms', arm)) or 1}"
            raise UsageError(f"{where}: arm '{arm}' names a folder: use letters, digits, '.', '_' and '-'", code="D60")
    return recipe


def dump_recipe(recipe: Recipe) -> str:
    """YAML text of a resolved recipe; reading it gives an equal recipe."""
    return yaml.safe_dump(recipe.model_dump(mode="json", by_alias=True), sort_keys=False, allow_unicode=True, width=110)


def expand_arms(recipe: Recipe) -> dict[str, Arm]:
    """Arms by name with their variants: `seeds` and `grid` become ordinary arms NAME@key=value, seeds filled in.

    >>> recipe = Recipe.model_validate({"arms": {"full": {"tuning": "full", "grid": {"beams": [1, 4]}}}})
    >>> [(name, arm.start, arm.generation.beams) for name, arm in expand_arms(recipe).items()]
    [('full', None, 1), ('full@beams=1', 'full', 1), ('full@beams=4', 'full', 4)]
    """
    arms: dict[str, Arm] = {}
    for name, arm in recipe.arms.items():
        plain = arm.model_copy(update={"seed": recipe.seed if arm.seed is None else arm.seed, "seeds": (), "grid": {}})
        arms[name] = plain
        for seed in arm.seeds:
            arms[f"{name}@seed={seed}"] = plain.model_copy(update={"seed": seed})
        arms |= _decodings(name, plain, arm.grid)
    _check_starts(arms)
    _check_speakers(arms)
    return arms


def _decodings(name: str, arm: Arm, grid: Mapping[str, Sequence[Any]]) -> dict[str, Arm]:
    found: dict[str, Arm] = {}
    for values in itertools.product(*grid.values()) if grid else ():
        settings = dict(zip(grid, values, strict=True))
        label = ",".join(f"{key}={value}" for key, value in settings.items())
        raw = arm.generation.model_dump() | settings
        try:
            generation = type(arm.generation).model_validate(raw)
        except ValidationError as error:
            reasons = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise UsageError(f"arm '{name}', grid: {reasons}", code="D60") from None
        start = name if arm.trains else arm.start
        found[f"{name}@{label}"] = arm.model_copy(update={"tuning": "none", "start": start, "generation": generation})
    return found


def _check_starts(arms: Mapping[str, Arm]) -> None:
    """Raises UsageError unless each arm starts from an earlier arm or a folder."""
    earlier: list[str] = []
    for name, arm in arms.items():
        starts = arm.start if isinstance(arm.start, tuple) else (arm.start,)
        for start in starts:
            if start is not None and start not in earlier and "/" not in start:
                known = ", ".join(earlier) or "none"
                raise UsageError(
                    f"arm '{name}' starts from '{start}', which is no earlier arm (earlier: {known}) and no folder"
                )
        earlier.append(name)


def _check_speakers(arms: Mapping[str, Arm]) -> None:
    """Raises UsageError where an arm makes tags of names, and names of the same tags again."""
    for name, arm in arms.items():
        if arm.trains and arm.prompt.speakers == "tags" and arm.train.augment.rename_speakers:
            both = "train.augment.rename_speakers makes names of tags, prompt.speakers: tags makes tags of names"
            raise UsageError(f"arm '{name}': {both}; use one of them", code="D60")


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path}: over {MAX_BYTES:,} bytes, not a recipe", code="D60")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: file not found; `upshot init` writes a recipe", code="D60") from None
    except IsADirectoryError:
        raise UsageError(f"{path}: is a folder, expected a recipe in YAML", code="D60") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error})", code="D60") from None


def _apply(content: dict[str, Any], override: str) -> tuple[str, ...]:
    """Set one `a.b.c=value` in the raw content and return its path; the value is read as YAML."""
    key, found, value = override.partition("=")
    if not found or not key.strip():
        raise UsageError(f"--set {override}: expected KEY=VALUE, such as train.learning_rate=1e-4", code="D60")
    path = tuple(key.strip().split("."))
    target: Any = content
    for part in path[:-1]:
        if target.get(part) is None:
            target[part] = {}
        target = target[part]
        if not isinstance(target, dict):
            raise UsageError(f"--set {override}: '{part}' has no keys of its own", code="D60")
    try:
        target[path[-1]] = yaml.safe_load(value)
    except yaml.YAMLError:
        raise UsageError(f"--set {override}: the value is not valid YAML", code="D60") from None
    return path


def _share_sections(content: dict[str, Any]) -> dict[str, Any]:
    """Content whose arms hold the recipe's own sections, overlaid with what each arm says."""
    arms = content.get("arms")
    if not isinstance(arms, dict):
        return content
    shared = {key: content[key] for key in SHARED_SECTIONS if isinstance(content.get(key), dict)}
    full = {}
    for name, arm in arms.items():
        own = {} if arm is None else arm
        full[str(name)] = {**shared, **_overlay(shared, own)} if isinstance(own, dict) else own
    return {**content, "arms": full}


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(above)
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            merged[key] = {**below[key], **_overlay(below[key], value)}
    return merged


def _problems(error: ValidationError, node: Any, name: str, changed: Sequence[tuple[str, ...]]) -> str:
    """One line a problem, the first bare and the others indented below it."""
    lines = []
    for item in error.errors():
        path = tuple(str(part) for part in item["loc"])
        line = _line_of(node, path)
        given = any(path[: len(set_path)] == set_path for set_path in changed)
        if line is None and not given and item["type"] != "missing":
            continue  # a shared section repeats its problem in every arm: it is reported where it stands
        where = "--set" if given else f"{name} line {line}" if line else name
        lines.append(f"{where}: {_explain(item, path)}")
    return "\n  ".join(dict.fromkeys(lines)) or f"{name}: {error}"


def _explain(item: Any, path: tuple[str, ...]) -> str:
    key = path[-1] if path else ""
    if item["type"] == "extra_forbidden":
        return _unknown(key, path)
    if item["type"] == "missing":
        return f"'{'.'.join(path)}' is missing"
    return f"{'.'.join(path)}: {item['msg'][0].lower()}{item['msg'][1:]} (found {item['input']!r})"


def _unknown(key: str, path: tuple[str, ...]) -> str:
    if key in OLD_NAMES:
        return f"unknown key '{key}': here it is {OLD_NAMES[key]}"
    near = difflib.get_close_matches(key, _keys_at(path[:-1]), n=1, cutoff=0.6)
    if near:
        return f"unknown key '{key}' (did you mean '{near[0]}'?)"
    elsewhere = [found for found in _all_keys() if found.rsplit(".", 1)[-1] == key]
    if elsewhere:
        return f"unknown key '{key}' here; it belongs to {elsewhere[0]}"
    return f"unknown key '{key}' (known here: {', '.join(_keys_at(path[:-1]))})"


def _keys_at(path: Sequence[str]) -> list[str]:
    model: type[BaseModel] | None = Recipe
    parts = list(path)
    while parts and model is not None:
        part = parts.pop(0)
        if part == "arms" and parts:
            model = Arm
            parts.pop(0)
            continue
        model = _section(model, part)
    return [] if model is None else [info.alias or key for key, info in model.model_fields.items()]


def _section(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    info = model.model_fields.get(key)
    if info is None:
        return None
    kinds = (info.annotation, *getattr(info.annotation, "__args__", ()))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _all_keys(model: type[BaseModel] = Recipe, prefix: str = "") -> Iterator[str]:
    for key in model.model_fields:
        yield prefix + key
        section = _section(model, key)
        if section is not None:
            yield from _all_keys(section, f"{prefix}{key}.")


def _line_of(node: Any, path: Sequence[str]) -> int | None:
    """The line of the deepest key of `path` that stands in the YAML tree as a whole, counted from 1."""
    line: int | None = None
    for part in path:
        if isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
            continue
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        match = next(((key, value) for key, value in pairs if key.value == part), None)
        if match is None:
            # Union branches add a part of their own after the key, such as 'int': the key's line stands for them.
            return line if not isinstance(node, yaml.MappingNode) else None
        line, node = match[0].start_mark.line + 1, match[1]
    return line


def _yaml_problem(error: yaml.YAMLError, name: str) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"{name} line {mark.line + 1}" if mark else name
    problem = getattr(error, "problem", None) or "not valid YAML"
    return f"{where}: {problem}"
