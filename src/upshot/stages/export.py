"""export: an arm in CTranslate2's form, behind a check that it is still the same model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from upshot.errors import ModelError, UsageError
from upshot.lineage import weights_folder
from upshot.model.export import Exported, export_arm
from upshot.model.place import STARTER, ModelRef
from upshot.model.save import adapter_base, is_adapter
from upshot.model.start import base_for
from upshot.prompts import load_prompt
from upshot.recipe_file import expand_arms, read_recipe
from upshot.records import Row
from upshot.rundir import RunDir, read_lines
from upshot.summarizer import decoding_of, shipped_decoding


def export(name: str, target: Path | None, *, quantization: str, texts: int) -> tuple[Path, dict[str, Any]]:
    """Export the starter ('starter'), an arm of a run or a weights folder; where it lies, and its `export.json`.

    Without `target` an arm's export lies in the arm's folder, where predictions and servers look for it.

    Raises:
        UsageError: the starter needs a target; few-shot arms need their training rows and are not exported.
        ModelError: there is no such arm, or it cannot be exported faithfully.
    """
    arm, place = exported_of(name, quantization)
    if target is None and place is None:
        raise UsageError("the starter lies in the package: say where its export goes, with --to FOLDER")
    folder = target or place or Path()
    return folder, export_arm(arm, folder, quantization=quantization, texts=texts)


def exported_of(name: str, quantization: str) -> tuple[Exported, Path | None]:
    """What is exported under a name, and the place it has beside its arm, if any."""
    if name == "starter":
        prompt = load_prompt((STARTER / "prompt.json").read_text(encoding="utf-8"))
        return Exported(ModelRef("starter"), None, prompt, shipped_decoding()), None
    folder = Path(name).expanduser()
    arm = folder.parent if folder.name == "weights" else folder
    if (arm.parent.parent / "recipe.yaml").exists() and arm.parent.name == "arms":
        run = RunDir(arm.parent.parent)
        return _of_run(run, arm.name), run.exported(arm.name, quantization)
    if not folder.is_dir():
        raise ModelError(f"{name}: no such folder; expected 'starter' or an arm such as runs/NAME/arms/full")
    return _of_weights(folder / "weights" if (folder / "weights").is_dir() else folder), folder / f"ct2-{quantization}"


def _of_run(run: RunDir, name: str) -> Exported:
    recipe = read_recipe(run.root / "recipe.yaml")
    arms = expand_arms(recipe)
    if name not in arms:
        raise ModelError(f"{run.root} has no arm '{name}' (arms: {', '.join(arms)})")
    arm = arms[name]
    if arm.shots is not None:
        raise UsageError(f"arm '{name}' puts training examples before each dialogue: export the arm without shots")
    pool = read_lines(run.split("train"), Row)
    texts = (f"{row.dialogue}\n{row.summary}" for row in pool)
    base = base_for(run.root / "base", arm.model, texts, recipe.seed)
    return Exported(base, weights_folder(run, name, arm), arm.prompt, arm.generation)


def _of_weights(weights: Path) -> Exported:
    path = weights / "prompt.json"
    if not path.exists():
        raise ModelError(f"{weights}: no prompt.json; expected an arm's folder, such as runs/NAME/arms/full")
    base = adapter_base(weights) if is_adapter(weights) else ModelRef(str(weights))
    return Exported(base, weights, load_prompt(path.read_text(encoding="utf-8")), decoding_of(weights))
