"""The starter in CTranslate2's form: kept in the user's cache folder, made there on first use."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from upshot.errors import BusyError, DataError, ModelError, ResourceError, UsageError
from upshot.model.found import Found
from upshot.rundir import damage, locked, read_json

QUANTIZATION = "int8"
SLOWER = "the starter is opened with transformers, which is slower"
NEEDED = ("ctranslate2", "torch", "transformers")


def starter_export(starter: Found) -> tuple[Path | None, str]:
    """Where the starter's export lies, and what to tell: that it was made now, or why there is none.

    One that is whole and of these weights is used as it is; else it is made, behind the check of `export_arm`.
    """
    if find_spec("ctranslate2") is None:
        return None, ""
    try:
        folder = cache_folder() / f"starter-{starter.sha256[:8]}-ct2-{QUANTIZATION}"
        if _is_of(folder, starter):
            return folder, ""
        if any(find_spec(name) is None for name in NEEDED):
            return None, ""
        _make(starter, folder)
    except (BusyError, DataError, ModelError, ResourceError, UsageError) as error:
        return None, f"{SLOWER}: {error.message}"
    except OSError as error:
        return None, f"{SLOWER}: the cache folder cannot be used ({error.strerror}); XDG_CACHE_HOME names another"
    return folder, f"the starter was written in CTranslate2's form, so that it opens fast from now on: {folder}"


def cache_folder() -> Path:
    """The folder for what can be made anew: `$XDG_CACHE_HOME/upshot`, else `~/.cache/upshot`.

    Raises:
        UsageError: there is no home folder, as for a user that only a container's start names.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(named) if named else Path("~/.cache").expanduser()) / "upshot"
    except RuntimeError:
        raise UsageError("there is no home folder for a cache; XDG_CACHE_HOME names one") from None


def _is_of(folder: Path, starter: Found) -> bool:
    made = read_json(folder / "export.json").get("made_from", {})
    asked = {
        "base": starter.sha256,
        "weights": None,
        "prompt": starter.prompt.recorded(),
        "generation": starter.generation.model_dump(mode="json"),
    }
    return {key: made.get(key) for key in asked} == asked and damage(folder) is None


def _make(starter: Found, folder: Path) -> None:
    from upshot.model.export import Exported, export_arm

    assert starter.base is not None
    with locked(folder.parent):
        arm = Exported(starter.base, None, starter.prompt, starter.generation)
        export_arm(arm, folder, quantization=QUANTIZATION)
