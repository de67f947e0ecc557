"""What a place holds that can summarise: an arm with its weights, prompt and decoding, and its export. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from upshot.answers.about import FILE, About, about_arm, read_about
from upshot.errors import ModelError, UsageError
from upshot.lineage import weights_folder
from upshot.model.place import STARTER, ModelRef, model_hash
from upshot.prompts import load_prompt
from upshot.recipe import Arm, GenerationSettings, PromptSettings
from upshot.recipe_file import expand_arms, read_recipe
from upshot.report.winner import broken, ranked, reason
from upshot.rundir import RunDir, damage, read_json, value_sha256

KNOWN: Final = "expected 'starter', a run such as runs/NAME, an arm such as runs/NAME/arms/full, or a weights folder"
QUANTIZATIONS: Final = ("int8", "float32")


@dataclass(frozen=True, slots=True)
class Found:
    """An arm that can be opened. `weights` is None where it is its base; `base` is None where only an export is left.

    `sha256` names the weights (a hash of their manifest, of a base the hash of its files), `export` is a folder with
    exactly these weights in CTranslate2's form. `run` is its run, if it has one; `why` says how a run's arm was chosen,
    `passed_over` why an export that lies there is not used.
    """

    name: str
    base: ModelRef | None
    weights: Path | None
    prompt: PromptSettings
    generation: GenerationSettings
    sha256: str
    export: Path | None = None
    run: RunDir | None = None
    why: str = ""
    passed_over: str = ""


def find(place: str) -> Found:
    """What lies at a place: the starter, the winner of a run, an arm, a weights folder, or an export.

    Raises:
        ModelError: nothing that summarises is there.
        UsageError: the arm puts training examples before each dialogue, so it cannot be used alone.
    """
    if place == "starter":
        return _starter()
    folder = Path(place).expanduser()
    if is_run(folder):
        return _winner(RunDir(folder))
    is_export = (folder / "export.json").exists()
    arm = folder.parent if folder.name == "weights" or is_export else folder
    arm = arm if arm.parent.name else arm.absolute()  # named from inside the run
    if arm.parent.name == "arms" and (arm.parent.parent / "recipe.yaml").exists():
        found = _of_run(RunDir(arm.parent.parent), arm.name)
        return _this_export(found, folder) if is_export else found
    if not folder.is_dir():
        raise ModelError(f"{place}: no such folder; {KNOWN}")
    return _export(folder) if is_export else _of_weights(folder)


def is_run(folder: Path) -> bool:
    """Whether a folder is that of a run, with a recipe and arms."""
    return (folder / "recipe.yaml").exists() and (folder / "arms").is_dir()


def arms_alone(folder: Path) -> list[str]:
    """Names of a run's compared arms that can be used alone, the winner first: see `report.winner.ranked`.

    Raises:
        ModelError: there is no comparison with one.
    """
    arms = expand_arms(read_recipe(folder / "recipe.yaml"))
    alone = ranked(read_json(folder / "comparison.json"), arms, read_json(folder / "analysis.json"))
    if not alone:
        raise ModelError(f"{folder}: no comparison with an arm that can be used alone; name one: {folder}/arms/ARM")
    return alone


def export_of(folder: Path, sha256: str, *, first: str = "int8") -> Path | None:
    """A whole export of exactly these weights in a folder, if there is one; of two that of the quantization `first`."""
    places = [folder / f"ct2-{name}" for name in sorted(QUANTIZATIONS, key=lambda name: name != first)]
    return next((place for place in places if _made_from(place) == sha256 and damage(place) is None), None)


def passed_over(folder: Path) -> str:
    """What to say of the exports in a folder of which none is whole and of these weights; nothing without any."""
    places = [folder / f"ct2-{name}" for name in QUANTIZATIONS]
    found = [(place, damage(place) or "made from other weights") for place in places if place.is_dir()]
    return "; ".join(f"{place} is not used ({wrong}): write it anew with upshot export" for place, wrong in found)


def shipped_decoding() -> GenerationSettings:
    """The decoding that the starter ships with."""
    return _decoding(STARTER / "generation.json")


def decoding_of(folder: Path) -> GenerationSettings:
    """The decoding that the arm was compared with, from its run; the defaults where only weights are left."""
    arm = folder.parent if folder.name == "weights" else folder
    inputs = read_json(arm / "predictions.inputs.json")
    return GenerationSettings.model_validate(inputs.get("generation", {}))


def about_found(found: Found) -> About:
    """What is known of an arm besides its weights: from its export, from its run, of the starter from the package."""
    known = _known(found)
    return replace(known, tags=known.tags or found.prompt.speakers == "tags")


def _known(found: Found) -> About:
    if found.export is not None and (found.export / FILE).exists():
        return read_about(found.export)
    shipped = read_about(STARTER) if found.base == ModelRef("starter") else About()
    if found.run is not None:
        trained, speakers = found.weights is not None, found.prompt.speakers
        return about_arm(found.run, found.name, trained=trained, before=shipped, speakers=speakers)
    return shipped


def _starter() -> Found:
    if not (STARTER / "config.json").exists():
        raise ModelError("this installation has no starter model; give an arm's folder")
    base = ModelRef("starter")
    prompt = load_prompt((STARTER / "prompt.json").read_text(encoding="utf-8"))
    return Found("starter", base, None, prompt, shipped_decoding(), model_hash(base))


def _winner(run: RunDir) -> Found:
    """The first of the arms that can be used alone, with what decided and what is wrong with it."""
    alone = arms_alone(run.root)
    splits = read_json(run.root / "data.json").get("splits", {})
    n_validation = splits.get("validation", {}).get("dialogues")
    compared, analysis = (read_json(run.root / f"{name}.json") for name in ("comparison", "analysis"))
    why = reason(compared, alone, analysis=analysis, n_validation=n_validation)
    wrong = broken(analysis, alone[0])
    return _of_run(run, alone[0], "; ".join(filter(None, (f"arm '{alone[0]}' of {run.root}: {why}", wrong))))


def _of_run(run: RunDir, name: str, why: str = "") -> Found:
    recipe = read_recipe(run.root / "recipe.yaml")
    arms = expand_arms(recipe)
    if name not in arms:
        raise ModelError(f"{run.root} has no arm '{name}' (arms: {', '.join(arms)})")
    arm = arms[name]
    if arm.shots is not None:
        raise UsageError(
            f"arm '{name}' puts training examples before each dialogue: use or export an arm without shots"
        )
    weights = weights_folder(run, name, arm)
    base = _base(run, arm)
    compared = read_json(run.arm(name) / "predictions.inputs.json")
    sha256 = _weights_hash(weights) if weights else compared.get("base") or model_hash(base)
    first = arm.predict.quantization if arm.predict.engine == "ct2" else "int8"
    export = export_of(run.arm(name), sha256, first=first)
    passed = "" if export else passed_over(run.arm(name))
    return Found(name, base, weights, arm.prompt, arm.generation, sha256, export, run, why, passed)


def _base(run: RunDir, arm: Arm) -> ModelRef:
    """The base of an arm: one that was made from nothing lies in the run."""
    return ModelRef(str(run.root / "base")) if arm.model.scratch else ModelRef(arm.model.name, arm.model.revision)


def _of_weights(folder: Path) -> Found:
    weights = folder / "weights" if (folder / "weights").is_dir() else folder
    if not (weights / "prompt.json").exists():
        raise ModelError(f"{folder}: no prompt.json; {KNOWN}")
    sha256, prompt = _weights_hash(weights), load_prompt((weights / "prompt.json").read_text(encoding="utf-8"))
    beside = export_of(folder, sha256) or export_of(weights, sha256) or export_of(weights.parent, sha256)
    name = weights.resolve().parent.name if weights.name == "weights" else weights.resolve().name
    passed = "" if beside else passed_over(weights.parent if weights.name == "weights" else weights)
    return Found(name, None, weights, prompt, decoding_of(weights), sha256, beside, passed_over=passed)


def _this_export(found: Found, folder: Path) -> Found:
    """An arm of a run through one of its exports, and no other."""
    if _made_from(folder) != found.sha256:
        arm = folder.resolve().parent
        raise ModelError(f"{folder}: exported from other weights than the arm has; write it anew: upshot export {arm}")
    _refuse_damage(folder)
    return replace(found, export=folder)


def _export(folder: Path) -> Found:
    _refuse_damage(folder)
    prompt = load_prompt((folder / "prompt.json").read_text(encoding="utf-8"))
    decoding = _decoding(folder / "generation.json")
    return Found(folder.resolve().name, None, None, prompt, decoding, _made_from(folder), folder)


def _refuse_damage(folder: Path) -> None:
    if (wrong := damage(folder)) is not None:
        raise ModelError(f"{folder}: {wrong}; write it anew with upshot export")


def _made_from(folder: Path) -> str:
    """Hash of the weights that an export says it holds, empty where it is none."""
    made: dict[str, Any] = read_json(folder / "export.json").get("made_from", {})
    return str(made["weights"] or made["base"]) if made else ""


def _weights_hash(weights: Path) -> str:
    return value_sha256(read_json(weights / "MANIFEST.json"))


def _decoding(path: Path) -> GenerationSettings:
    return GenerationSettings.model_validate_json(path.read_text(encoding="utf-8"))
