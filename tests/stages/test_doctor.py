"""Doctor looks at the real machine, changes nothing, and says what to do about each thing that is wrong."""

import dataclasses
import importlib.metadata
import io
import json
import sys
from pathlib import Path
from typing import Final

import pytest

from upshot.rundir import staged_folder
from upshot.stages.doctor import (
    Check,
    amount_check,
    examine,
    hub_checks,
    package_check,
    starter_check,
    within,
    writable_check,
)

NAMES: Final = {"Python", "torch build", "T5 output head", "starter", "cores", "memory", "disk", "current folder"}


@pytest.fixture(scope="module")
def checks() -> list[Check]:
    return examine()


def test_every_part_of_the_machine_is_looked_at_once(checks: list[Check]) -> None:
    names = [check.name for check in checks]
    assert set(names) >= NAMES | {"terminal", "hub cache", "hub"}
    assert len(names) == len(set(names))


def test_the_packages_that_training_needs_are_here_in_tested_versions(checks: list[Check]) -> None:
    found = {check.name: check for check in checks}
    for name in ("torch", "transformers", "peft", "accelerate", "safetensors", "tokenizers", "pydantic"):
        assert (found[name].state, found[name].found) == ("ok", importlib.metadata.version(name))
    assert "pytest" not in found


def test_what_is_wrong_has_a_cure(checks: list[Check]) -> None:
    assert {check.state for check in checks} <= {"ok", "warn", "fail"}
    assert all(check.cure for check in checks if check.state != "ok")


def test_the_checks_are_plain_json(checks: list[Check]) -> None:
    assert json.loads(json.dumps([dataclasses.asdict(check) for check in checks]))[0]["name"] == "Python"


def test_a_folder_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examine()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("version", "bounds", "holds"),
    [
        ("5.23.0", ">=5.23,<6", True),
        ("6.0.0", ">=5.23,<6", False),
        ("5.9", ">=5.23", False),
        ("2.13.0+cpu", "==2.13", True),
        ("0.1.2", "==0.1.2", True),
        ("1.9.0.post1", ">=1.9,<=1.9", True),
        ("3", "<3.0", False),
        ("1.0", "", True),
    ],
)
def test_bounds_of_versions(version: str, bounds: str, *, holds: bool) -> None:
    assert within(version, bounds) is holds


def test_a_missing_package_fails_where_it_is_needed_and_is_named_where_it_is_optional() -> None:
    needed = package_check("no-such-package", ">=2", extra="train")
    optional = package_check("no-such-package", ">=2", extra="hub")
    assert (needed.state, needed.cure) == ("fail", "pip install 'no-such-package>=2'")
    assert (optional.state, optional.cure) == ("ok", needed.cure)


def test_a_package_out_of_bounds_says_both_versions() -> None:
    check = package_check("pydantic", "<1", extra="")
    assert check.state == "fail"
    assert check.found == f"{importlib.metadata.version('pydantic')}, expected <1"
    assert package_check("pydantic", "<1", extra="parquet").state == "warn"


def test_a_starter_is_whole_damaged_or_missing(tmp_path: Path) -> None:
    folder = tmp_path / "starter"
    with staged_folder(folder) as staged:
        (staged / "model.safetensors").write_bytes(b"weights")
    whole = starter_check(folder)
    (folder / "model.safetensors").write_bytes(b"other")
    damaged = starter_check(folder)
    missing = starter_check(tmp_path / "none")
    assert [check.state for check in (whole, damaged, missing)] == ["ok", "fail", "fail"]
    assert "sha256" in whole.found
    assert "model.safetensors: checksum differs" in damaged.found
    assert "make starter" in missing.cure


def test_a_folder_that_cannot_be_written_fails(tmp_path: Path) -> None:
    assert writable_check(tmp_path).state == "ok"
    assert writable_check(tmp_path / "none").state == "fail"


def test_amounts_are_judged_by_their_two_limits() -> None:
    states = [amount_check("disk", int(size * 1e9), (1, 4), "free some").state for size in (0.5, 2, 8)]
    assert states == ["fail", "warn", "ok"]


def test_offline_flags_warn_where_nothing_is_cached(tmp_path: Path) -> None:
    environment = {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    empty = list(hub_checks(environment, offline=None))
    (tmp_path / "hub" / "models--a--b").mkdir(parents=True)
    filled = list(hub_checks(environment, offline=None))
    assert [check.state for check in empty] == ["ok", "warn"]
    assert "HF_HUB_OFFLINE" in empty[1].found
    assert [check.state for check in filled] == ["ok", "ok"]
    assert "1 model" in filled[0].found


def test_what_is_asked_for_wins_over_the_flags(tmp_path: Path) -> None:
    environment = {"HF_HUB_CACHE": str(tmp_path), "TRANSFORMERS_OFFLINE": "true"}
    assert "may be fetched" in list(hub_checks(environment, offline=False))[1].found
    assert "offline (asked for)" in list(hub_checks({"HF_HOME": str(tmp_path)}, offline=True))[1].found


def test_a_terminal_that_is_not_utf_8_is_told_how_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    check = next(check for check in examine() if check.name == "terminal")
    assert (check.state, check.found) == ("warn", "ascii")
    assert "PYTHONUTF8" in check.cure
