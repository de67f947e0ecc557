"""serve at the door: what is refused before anything starts."""

import re
from pathlib import Path
from typing import Final

import pytest
import typer
from typer.testing import CliRunner

import used_arms
from upshot.cli.serve_verb import (
    FLOORS,
    NEEDED,
    all_places_of,
    asked,
    check_floors,
    check_installed,
    limits_of,
    places_of,
    serve,
)
from upshot.errors import ModelError, UsageError
from upshot.stages.doctor import within

PYPROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"
door = typer.Typer()
door.command()(serve)


def refused(*arguments: str) -> BaseException | None:
    return CliRunner().invoke(door, arguments).exception


def test_arms_are_called_as_their_folders_or_as_told() -> None:
    assert places_of(["runs/demo/arms/full", "base=starter"]) == {"full": "runs/demo/arms/full", "base": "starter"}


@pytest.mark.parametrize("arms", [["a/full", "b/full"], ["=x"], ["x="], ["/"]])
def test_two_arms_of_one_name_and_arms_without_one_are_refused(arms: list[str]) -> None:
    with pytest.raises(UsageError, match="NAME=PLACE"):
        places_of(arms)


def test_a_variants_folder_is_a_place_and_no_name(tmp_path: Path) -> None:
    folder = tmp_path / "full@seed=2"
    folder.mkdir()
    assert places_of([str(folder)]) == {"full@seed-2": str(folder)}


def test_all_arms_of_a_run_that_can_be_used_alone_are_served_the_winner_first() -> None:
    run = used_arms.run()
    assert all_places_of([str(run), "starter"]) == {
        "full": str(run / "arms" / "full"),
        "plain": str(run / "arms" / "plain"),
        "starter": "starter",
    }


def test_all_is_for_a_run_that_was_compared(tmp_path: Path) -> None:
    run = used_arms.run()
    for arms in ([], ["starter"], [str(run / "arms" / "full")]):
        error = refused(*arms, "--all", "--port", "0")
        assert isinstance(error, UsageError)
        assert "--all serves the arms of a run, such as runs/demo" in str(error)
    with pytest.raises(UsageError, match="leave out the name"):
        all_places_of([str(run), f"tuned={run}"])
    with pytest.raises(UsageError, match="two arms are called 'full'"):
        all_places_of([str(run), str(run)])
    (tmp_path / "arms").mkdir()
    (tmp_path / "recipe.yaml").write_text((run / "recipe.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ModelError, match="no comparison with an arm that can be used alone"):
        all_places_of([str(tmp_path)])


def test_limits_are_changed_by_name() -> None:
    assert limits_of(["waiting=32", "request_s=1.5"]).waiting == 32


@pytest.mark.parametrize("change", ["waiting=0", "waiting=many", "nonsense=1", "waiting"])
def test_a_limit_that_is_none_is_refused_with_all_there_are(change: str) -> None:
    with pytest.raises(UsageError, match="limits: body_bytes, characters"):
        limits_of([change])


def test_what_is_not_installed_is_told() -> None:
    check_installed(NEEDED)
    with pytest.raises(UsageError, match=r"serving needs no_such_package: pip install .upshot\[serve\]."):
        check_installed(["fastapi", "no_such_package"])


@pytest.mark.parametrize(
    ("name", "old"),
    [("h11", "0.14.0"), ("starlette", "1.3.0"), ("torch", "2.10.1"), ("transformers", "5.2"), ("safetensors", "0.7.0")],
)
def test_a_server_does_not_start_on_packages_with_known_holes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: str
) -> None:
    check_floors()
    folder = tmp_path / f"{name}-{old}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {old}\n")
    monkeypatch.syspath_prepend(tmp_path)
    error = refused("--port", "0")
    assert isinstance(error, UsageError)
    assert f"{name} {old} has known holes; serving needs {name}{FLOORS[name]}" in str(error)


def test_what_is_installed_with_upshot_is_never_below_the_floors() -> None:
    named = dict(re.findall(r'"([a-z0-9-]+)>=([0-9.]+)', PYPROJECT.read_text(encoding="utf-8")))
    assert all(within(named[name], bounds) for name, bounds in FLOORS.items())


def test_another_address_needs_a_token_file() -> None:
    error = refused("--host", "0.0.0.0")
    assert isinstance(error, UsageError)
    assert str(error) == "error: refusing to listen on 0.0.0.0 without --token-file"


def test_an_arm_that_is_not_there_is_refused_by_the_worker(tmp_path: Path) -> None:
    assert isinstance(refused(str(tmp_path / "none"), "--port", "0", "-q"), ModelError)


def test_the_command_that_asks_a_server_brings_its_token() -> None:
    assert asked("http://x:1", None) == "curl http://x:1/v1/models    # its arms"
    with_token = asked("http://x:1", Path("my token"))
    assert with_token.startswith("""curl -H "Authorization: Bearer $(cat 'my token')" http://x:1/v1/models""")
