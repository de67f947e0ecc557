"""What is wrong with this machine, and how to mend it; nothing is changed, and no network is used."""

from __future__ import annotations

import importlib.metadata
import locale
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from upshot.data.notices import counted
from upshot.model.place import STARTER
from upshot.rundir import damage, file_sha256

State = Literal["ok", "warn", "fail"]

LEAST_PYTHON: Final = (3, 11)
PACKAGE: Final = "upshot"

_GB: Final = 1e9
_MEMORY_GB: Final = (1.5, 4.0)  # under the first nothing trains, the second is what the demo asks for
_DISK_GB: Final = (0.5, 5.0)  # the demo's run, and a small model's with its checkpoints
_NEEDED_EXTRAS: Final = ("", "train")
_OPTIONAL: Final = {
    "datasets": "data sets by hub id",
    "pyarrow": "Parquet files",
    "altair": "charts in the report",
    "vl-convert-python": "charts in the report",
    "trackio": "track: trackio",
    "ctranslate2": "generating fast on a CPU, and without torch",
    "fastapi": "upshot serve",
    "h11": "upshot serve",
    "presidio-analyzer": "masking with Presidio's patterns, too",
    "prometheus-client": "upshot serve",
    "starlette": "upshot serve",
    "uvicorn": "upshot serve",
}
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+)\s*([^;]*)(?:;.*extra\s*==\s*['\"]([^'\"]+)['\"])?")
_BOUND: Final = re.compile(r"(>=|<=|==|<|>)\s*([\d.]+)")
_OFFLINE_FLAGS: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_YES: Final = ("1", "on", "yes", "true")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `cure` is the command or the change that mends it, empty where nothing is to do."""

    name: str
    state: State
    found: str
    cure: str = ""


def examine(*, offline: bool | None = None) -> list[Check]:
    """Everything that upshot needs of this machine, in the order in which it would be missed.

    `offline` says that no network is to be used (or is there), whatever the environment says.
    """
    packages = list(_packages())
    tensors = _tensors() if all(check.state != "fail" for check in packages) else []
    folder = Path.cwd()
    return [
        _python(),
        *packages,
        *tensors,
        starter_check(STARTER),
        _cores(),
        _memory(),
        _disk(folder),
        writable_check(folder),
        *hub_checks(os.environ, offline=offline),
        _terminal(),
    ]


def _python() -> Check:
    found = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info[:2] >= LEAST_PYTHON:
        return Check("Python", "ok", found)
    wanted = ".".join(map(str, LEAST_PYTHON))
    return Check("Python", "fail", found, f"install Python {wanted} or later, then `make PYTHON=python{wanted}`")


def _packages() -> Iterator[Check]:
    """One check a package that upshot names, against the bounds that it names; those of development are left out."""
    try:
        requirements = importlib.metadata.requires(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        yield Check(PACKAGE, "warn", "run from its source, not installed", "pip install -e '.[train]'")
        return
    seen: set[str] = set()
    for requirement in requirements:
        matched = _REQUIREMENT.match(requirement)
        if matched and matched.group(3) != "dev" and matched.group(1) not in seen:  # extras share some
            seen.add(matched.group(1))
            yield package_check(matched.group(1), matched.group(2).strip(), extra=matched.group(3) or "")


def package_check(name: str, bounds: str, *, extra: str) -> Check:
    """Whether a package is installed, in a version within bounds such as '>=5.23,<6'.

    >>> package_check("pydantic", ">=2", extra="").state
    'ok'
    """
    needed = extra in _NEEDED_EXTRAS
    cure = f"pip install '{name}{bounds}'"
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        if needed:
            return Check(name, "fail", "not installed", cure)
        return Check(name, "ok", f"not installed; only for {_OPTIONAL.get(name, extra)}", cure)
    if within(version, bounds):
        return Check(name, "ok", version)
    return Check(name, "fail" if needed else "warn", f"{version}, expected {bounds}", cure)


def within(version: str, bounds: str) -> bool:
    """Whether a version keeps all bounds; what follows its numbers (a local build, a release candidate) is left out.

    >>> within("2.13.0+cpu", ">=2.11"), within("6.0", ">=5.23,<6"), within("5.3", ">=5.23,<6")
    (True, False, False)
    """
    numbers = _numbers(version)
    for sign, bound in _BOUND.findall(bounds):
        limit = _numbers(bound)
        holds = {
            ">=": numbers >= limit,
            "<=": numbers <= limit,
            "==": numbers == limit,
            "<": numbers < limit,
            ">": numbers > limit,
        }
        if not holds[sign]:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    """Numbers of a version without zeros at the end, so that 6 and 6.0.0 are equal."""
    matched = re.match(r"\d+(\.\d+)*", version)
    parts = [int(part) for part in matched.group().split(".")] if matched else []
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


def _tensors() -> list[Check]:
    try:
        from upshot.model.health import keeps_own_head, torch_build

        build = torch_build()
    except (ImportError, OSError) as error:  # a torch built for another machine fails when its libraries are loaded
        return [Check("torch build", "fail", str(error).split("\n")[0], "pip install --force-reinstall torch")]
    kind = f"CUDA {build.cuda}" if build.cuda else "CPU"
    found = f"{build.version} for {kind}; device {build.device}, {build.precision}, {build.threads} threads"
    idle = bool(build.cuda) and build.device == "cpu"
    cure = "this build could use an NVIDIA GPU and sees none; see whether `nvidia-smi` does" if idle else ""
    own = keeps_own_head()
    told = "kept when saved and loaded" if own else "lost when saved and loaded"
    mend = "" if own else "this transformers damages FLAN-T5: pip install -c constraints.txt transformers"
    return [
        Check("torch build", "warn" if idle else "ok", found, cure),
        Check("T5 output head", "ok" if own else "fail", told, mend),
    ]


def starter_check(folder: Path) -> Check:
    """Whether the starter's weights are in a folder, and whole where a manifest tells."""
    cure = "make starter DIALOGSUM=FOLDER, or install upshot anew; `upshot run` works with other models without it"
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        return Check("starter", "fail", "the model that ships in the package is missing", cure)
    problem = damage(folder) if (folder / "MANIFEST.json").exists() else None
    if problem:
        return Check("starter", "fail", f"damaged: {problem}", cure)
    size = sum(path.stat().st_size for path in weights) / 1e6
    return Check("starter", "ok", f"{size:.1f} MB, sha256 {file_sha256(weights[0])[:12]}")


def _cores() -> Check:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores > 1:
        return Check("cores", "ok", str(cores))
    return Check("cores", "warn", str(cores), "two cores or more: the demo's six minutes are measured on two")


def _memory() -> Check:
    free = _free_memory()
    if free is None:
        return Check("memory", "ok", "this system does not say how much is free")
    cure = "close other programs, or lower train.micro_batch_tokens and generation.batch_tokens"
    return amount_check("memory", free, _MEMORY_GB, cure)


def _free_memory() -> int | None:
    """Bytes that a new process can have: what Linux calls available; None where the system does not tell."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(r"MemAvailable:\s+(\d+) kB", text)
    return int(found.group(1)) * 1024 if found else None


def _disk(folder: Path) -> Check:
    cure = "free some space, or run in another folder: runs/ is made where you start"
    return amount_check("disk", shutil.disk_usage(folder).free, _DISK_GB, cure)


def amount_check(name: str, free: int, limits: tuple[float, float], cure: str) -> Check:
    """Whether enough bytes are free: fails under the first limit, warns under the second, both in GB."""
    state: State = "fail" if free < limits[0] * _GB else "warn" if free < limits[1] * _GB else "ok"
    return Check(name, state, f"{free / _GB:.1f} GB free", "" if state == "ok" else cure)


def writable_check(folder: Path) -> Check:
    """Whether files can be made in a folder: tried, since permissions alone do not tell."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Check("current folder", "ok", f"{folder}, writable")
    except OSError as error:
        told = f"{folder}, cannot be written ({error.strerror})"
        return Check("current folder", "fail", told, "start upshot in a folder of your own: runs/ is made there")


def hub_checks(environment: Mapping[str, str], *, offline: bool | None) -> Iterator[Check]:
    """The cache of models and data sets by hub id, and whether new ones may be fetched."""
    home = environment.get("HF_HOME", "~/.cache/huggingface")
    cache = Path(environment.get("HF_HUB_CACHE", f"{home}/hub")).expanduser()
    cached = sum(1 for path in cache.glob("models--*")) if cache.is_dir() else 0
    yield Check("hub cache", "ok", f"{cache}: {counted(cached, 'model')}")
    flags = [name for name in _OFFLINE_FLAGS if environment.get(name, "").lower() in _YES]
    if offline is False or (offline is None and not flags):
        yield Check("hub", "ok", "hub ids may be fetched; not tried")
        return
    said = ", ".join(flags) or "asked for"
    cure = "" if cached else "use folders or 'starter' as model.name, or unset the flags and fetch once"
    yield Check("hub", "ok" if cached else "warn", f"offline ({said}): only what is cached", cure)


def _terminal() -> Check:
    encoding = (getattr(sys.stdout, "encoding", None) or locale.getpreferredencoding(False)).lower()
    if encoding.replace("-", "") == "utf8":
        return Check("terminal", "ok", "UTF-8")
    return Check("terminal", "warn", encoding, "export PYTHONUTF8=1, or a UTF-8 locale such as LC_ALL=C.UTF-8")
