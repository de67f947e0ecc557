"""Where a run's numbers come from: versions, machine, hashes of data and base models."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import Any, Final

from upshot import __version__
from upshot.recipe import Recipe
from upshot.recipe_file import dump_recipe, expand_arms
from upshot.rundir import RunDir, read_json, read_text, write_json, write_text

PACKAGES: Final = (
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "tokenizers",
    "safetensors",
    "numpy",
    "nltk",
    "rapidfuzz",
)


def record_run(run: RunDir, recipe: Recipe) -> None:
    """Write the resolved `recipe.yaml` and `provenance.json`; the time of the first start is kept."""
    text = dump_recipe(recipe)
    if read_text(run.root / "recipe.yaml") != text:
        write_text(run.root / "recipe.yaml", text)
    before = read_json(run.root / "provenance.json")
    content = {
        "upshot": __version__,
        "versions": versions(),
        "seed": recipe.seed,
        "started": before.get("started") or datetime.now(UTC).isoformat(timespec="seconds"),
        "hardware": hardware(),
        "data": {"source": recipe.data.source, "hashes": read_json(run.root / "data.json").get("hashes", {})},
        "base_models": {name: read_json(run.arm(name) / "predictions.inputs.json").get("base") for name in recipe.arms},
        "base_seen": {name: seen_training_data(run, arm.model.name) for name, arm in expand_arms(recipe).items()},
    }
    if before != content:
        write_json(run.root / "provenance.json", content)


def versions() -> dict[str, str]:
    """Installed versions of what the numbers depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def hardware() -> dict[str, Any]:
    """The machine in words: system, processor, cores, memory."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "memory_bytes": pages,
    }


def seen_training_data(run: RunDir, model_name: str) -> bool:
    """Whether the base's card lists a file of this run's data among what it was trained on."""
    card = trained_on(model_name)
    hashes = set(read_json(run.root / "data.json").get("hashes", {}).values())
    return bool(hashes & set(card.get("sha256", {}).values()))


def trained_on(model_name: str) -> dict[str, Any]:
    """The content of a base's `trained_on.json`: names and SHA-256 of its training files; empty where there is none."""
    from pathlib import Path

    folder = Path(__file__).parent / "starter" if model_name == "starter" else Path(model_name)
    path = folder / "trained_on.json"
    if not path.is_file():
        return {}
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
