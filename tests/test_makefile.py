"""The Makefile explains itself, and each of its targets runs what it says; nothing is installed here."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
EXTRAS: Final = ("train", "parquet", "dev")
TARGETS: Final = {
    "demo": "bin/upshot demo",
    "test": 'bin/python -m pytest -m "not soak"',
    "lint": "bin/ruff check .",
    "bench": "bench/measure/table.py",
    "figures": "bench/measure/table.py --figures",
    "soak": "bin/python -m pytest -m soak",
    "docs": "bin/python -m upshot.recipe_docs",
    "starter": "tools/pack_starter.py weights runs/starter",
    "clean": "rm -rf .venv",
}

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def make(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE") and key != "VENV"}
    return subprocess.run(["make", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def venv(tmp_path: Path) -> str:
    """A VENV that counts as installed, so that no target makes one."""
    (tmp_path / ".installed").touch()
    return f"VENV={tmp_path}"


def test_make_alone_prints_every_target_with_a_sentence() -> None:
    alone = make()
    assert alone.returncode == 0
    assert alone.stdout == make("help").stdout
    listed = dict(re.findall(r"^  make (\w+) +(\S.*)$", alone.stdout, re.MULTILINE))
    assert set(listed) == {"help", *TARGETS}
    assert "TORCH_INDEX" in alone.stdout


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_runs_what_it_says(target: str, venv: str) -> None:
    shown = make("-n", target, venv, "DIALOGSUM=data/dialogsum")
    assert shown.returncode == 0, shown.stderr
    assert TARGETS[target] in shown.stdout
    assert "pip install" not in shown.stdout


def test_the_starter_needs_its_data_before_anything_is_installed(tmp_path: Path) -> None:
    refused = make("starter", f"VENV={tmp_path / 'none'}")
    assert refused.returncode == 2
    assert "DIALOGSUM=FOLDER" in refused.stdout
    assert not (tmp_path / "none").exists()


def test_a_missing_environment_is_made_first_from_the_pinned_set(tmp_path: Path) -> None:
    shown = make("-n", "test", f"VENV={tmp_path}", "PYTHON=python3.12", "TORCH_INDEX=https://example.org/cpu").stdout
    assert f"python3.12 -m venv {tmp_path}" in shown
    assert '-c constraints.txt --extra-index-url "https://example.org/cpu" -e' in shown
    assert shown.index("pip install") < shown.index("-m pytest")


def test_a_changed_pin_installs_again(tmp_path: Path) -> None:
    stamp = tmp_path / ".installed"
    stamp.touch()
    os.utime(stamp, (0, 0))
    assert "pip install" in make("-n", "test", f"VENV={tmp_path}").stdout


def test_every_dependency_is_pinned_to_one_plain_version() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", pin) for pin in pins)
    pinned = {pin.split("==")[0].lower().replace("_", "-") for pin in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    installed = [*project["dependencies"], *(line for extra in EXTRAS for line in extras[extra])]
    named = {re.split(r"[<>=]", line)[0].lower() for line in installed}
    assert {"torch", "transformers", "typer", "ruff"} <= named <= pinned


def test_the_ci_script_runs_the_tests_in_an_environment_of_its_own() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    text = script.read_text(encoding="utf-8")
    assert "rm -rf .venv-ci" in text
    assert text.rstrip().endswith("make VENV=.venv-ci test")
