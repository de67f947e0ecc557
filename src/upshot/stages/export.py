"""export: an arm in CTranslate2's form, behind a check that it is still the same model."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from upshot.answers.about import FEWEST, FILE, dump_about, too_few
from upshot.answers.confidence import quantiles_of
from upshot.errors import ModelError, UsageError
from upshot.model.export import Exported, export_arm
from upshot.model.found import Found, about_found, find
from upshot.model.opened import SMALL
from upshot.model.place import ModelRef
from upshot.model.save import adapter_base, is_adapter
from upshot.records import Dialogue
from upshot.rundir import read_json, read_lines, write_text
from upshot.summarizer import open_summarizer

MEASURED: Final = 200  # validation dialogues that are summarised to place an arm's certainty


def export(name: str, target: Path | None, *, quantization: str, texts: int) -> tuple[Path, dict[str, Any]]:
    """Export the starter ('starter'), an arm, a run's winner or a weights folder; where it lies, and its `export.json`.

    Without `target` an arm's export lies in the arm's folder, where predictions and servers look for it.

    Raises:
        UsageError: the starter needs a target; few-shot arms need their training rows and are not exported.
        ModelError: there is no such arm, or it cannot be exported faithfully.
    """
    found = find(name)
    folder = target or _beside(found, Path(name).expanduser(), quantization)
    return folder, _exported(found, folder, quantization=quantization, texts=texts)


def export_winner(root: Path) -> Path:
    """The export of a run's winner, made where there is none: float32 up to 30 million parameters, else int8.

    What a small arm was compared with is then also what is used; a large one would be slow. One that is there is made
    anew where prompt or decoding changed.

    Raises:
        ModelError: no arm can be used alone, or the winner cannot be exported faithfully.
    """
    found = find(str(root))
    assert found.run is not None
    cost = read_json(found.run.arm(found.name) / "summary.json")
    quantization = "float32" if cost.get("parameters", {}).get("all", 0) <= SMALL else "int8"
    if found.export is not None:
        quantization = found.export.name.removeprefix("ct2-")
    folder = found.run.exported(found.name, quantization)
    _exported(found, folder, quantization=quantization, texts=0)
    return folder


def _exported(found: Found, folder: Path, *, quantization: str, texts: int) -> dict[str, Any]:
    if found.weights is not None:
        alone = adapter_base(found.weights) if is_adapter(found.weights) else ModelRef(str(found.weights))
        arm = Exported(found.base or alone, found.weights, found.prompt, found.generation)
    elif found.base is not None:
        arm = Exported(found.base, None, found.prompt, found.generation)
    else:
        raise ModelError(f"{found.name}: an export already; give the arm that it was made from")
    made = export_arm(arm, folder, quantization=quantization, texts=texts)
    _tell_about(replace(found, export=None), folder)
    return made


def _tell_about(found: Found, folder: Path) -> None:
    """Write what is known of the arm beside its export, with the certainty of validation summaries as it reads them."""
    about = about_found(found)
    write_text(folder / FILE, dump_about(about))
    if found.run is None or (about.quantiles and about.as_compared):
        return
    talks = list(islice((item.text for item in read_lines(found.run.split("validation"), Dialogue)), MEASURED))
    with open_summarizer(folder) as summarizer:
        logprobs = [answer.confidence.logprob for answer in summarizer.summarize(talks)]
    measured = f"{len(logprobs)} validation summaries of arm '{found.name}'"
    if len(logprobs) >= FEWEST:
        about = replace(about, quantiles=quantiles_of(logprobs), measured_on=measured, unplaced="")
    elif not about.quantiles:
        about = replace(about, unplaced=too_few(found.name, len(logprobs)))
    write_text(folder / FILE, dump_about(about))


def _beside(found: Found, given: Path, quantization: str) -> Path:
    if found.run is not None:
        return found.run.exported(found.name, quantization)
    if found.weights is None:
        raise UsageError("the starter lies in the package: say where its export goes, with --to FOLDER")
    return given / f"ct2-{quantization}"
