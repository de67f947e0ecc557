"""serve: one's own arms behind HTTP, on one's own machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from upshot.cli.options import Offline, Quiet, go_offline

if TYPE_CHECKING:
    from upshot.serve.limits import Limits

NEEDED: Final = ("fastapi", "uvicorn", "h11", "prometheus_client")
# Below these a request, a model's config or its weights could run code or smuggle requests: CVE-2025-43859 (h11),
# CVE-2026-54283 (starlette), CVE-2026-4372 (transformers), CVE-2026-24747 (torch).
FLOORS: Final = {
    "h11": ">=0.16",
    "starlette": ">=1.3.1",
    "torch": ">=2.11",
    "transformers": ">=5.3",
    "safetensors": ">=0.8",
}


def serve(
    arms: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARM", help="Arms' folders, runs or 'starter'; NAME=PLACE gives another name."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Of a run: all arms that can be used alone, the winner first and by default.")
    ] = False,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine need a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 is any free one.")] = 8123,
    token_file: Annotated[
        Path | None, typer.Option(help="File with a token that every request but /healthz has to bring.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Another name of this machine. Repeatable.")
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Change a limit, such as waiting=32. Repeatable; see docs/serve.md."),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Log status and time of every request.")] = False,
    offline: Offline = False,
    quiet: Quiet = False,
) -> None:
    """Serve arms over HTTP: upshot's own API, the Hugging Face and the OpenAI wire forms, and a page.

    Example: upshot serve runs/demo/arms/full starter
    """
    go_offline(offline)
    check_installed(NEEDED)
    check_floors()
    from upshot.cli.screen import Screen
    from upshot.serve import run

    address = run.Address(host, port)
    access = run.access_of(address, token_file, allow_host or [])
    limits, places = limits_of(limit or []), all_places_of(arms or []) if every else places_of(arms or ["starter"])
    run.log_to_stderr(debug)
    screen = Screen(quiet=quiet)

    def say(url: str) -> None:
        screen.say(f"serving {', '.join(places)} on {url}; Ctrl-C ends it, nothing leaves this machine")
        screen.next_steps(f"{url}/    # in a browser", asked(url, token_file))

    slow = "; the starter takes some seconds the first time" if "starter" in places.values() else ""
    screen.say(f"opening {', '.join(places)}{slow}")
    run.run(address, run.worker_command(places), limits=limits, access=access, say=say)


def asked(url: str, token_file: Path | None) -> str:
    """A command that asks a server for its arms, with its token where it wants one."""
    import shlex

    token = f'-H "Authorization: Bearer $(cat {shlex.quote(str(token_file))})" ' if token_file else ""
    return f"curl {token}{url}/v1/models    # its arms"


def check_installed(names: Sequence[str]) -> None:
    """Nothing, where these packages are installed.

    Raises:
        UsageError: one is not.
    """
    from importlib.util import find_spec

    from upshot.errors import UsageError, to_install

    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise UsageError(f"serving needs {', '.join(missing)}: {to_install('serve')}")


def check_floors() -> None:
    """Nothing, where what is installed has the known holes behind it.

    Raises:
        UsageError: a package is older.
    """
    from importlib.metadata import PackageNotFoundError, version

    from upshot.errors import UsageError
    from upshot.stages.doctor import within

    for name, bounds in FLOORS.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            continue  # a server over exports needs no torch
        if not within(found, bounds):
            raise UsageError(f"{name} {found} has known holes; serving needs {name}{bounds}: pip install -U {name}")


def places_of(arms: list[str]) -> dict[str, str]:
    """Places of arms by name, in order; an arm without a name of its own is called as its folder.

    Raises:
        UsageError: two arms have one name.
    """
    from upshot.errors import UsageError

    found: dict[str, str] = {}
    for arm in arms:
        name, equals, place = arm.partition("=")
        if not equals or Path(arm).is_dir():  # the folder of a variant, such as full@seed=2
            name, place = _name_of(Path(arm).name), arm
        if not name or not place or name in found:
            raise UsageError(f"{arm}: two arms are called '{name}'; give them names: NAME=PLACE")
        found[name] = place
    return found


def all_places_of(arms: list[str]) -> dict[str, str]:
    """Places by name as `places_of` has them, with all arms of a run that can be used alone instead of the run.

    Raises:
        UsageError: no run is named, a run is given a name, or two arms have one name.
        ModelError: a run has no arm that can be used alone.
    """
    from upshot.errors import UsageError
    from upshot.model.found import arms_alone, is_run

    runs = [arm for arm in arms if is_run(Path(arm).expanduser())]
    if not runs:
        raise UsageError(f"--all serves the arms of a run, such as runs/demo; found: {', '.join(arms) or 'nothing'}")
    if named := [arm for arm in arms if "=" in arm and is_run(Path(arm.partition("=")[2]).expanduser())]:
        raise UsageError(f"{named[0]}: with --all arms are called as in their run; leave out the name")
    wanted = {arm: arms_alone(Path(arm).expanduser()) for arm in runs}
    return places_of([place for arm in arms for place in _of_run(arm, wanted.get(arm))])


def _of_run(place: str, names: list[str] | None) -> list[str]:
    return [place] if names is None else [f"{_name_of(name)}={Path(place) / 'arms' / name}" for name in names]


def _name_of(folder: str) -> str:
    """An arm's name as the server has it: names end at the first '='."""
    return folder.replace("=", "-")


def limits_of(changes: list[str]) -> Limits:
    """The limits with changes of the form NAME=VALUE.

    Raises:
        UsageError: no such limit, or a value out of bounds.
    """
    from pydantic import ValidationError

    from upshot.errors import UsageError
    from upshot.serve.limits import Limits

    try:
        return Limits.model_validate(dict(change.partition("=")[::2] for change in changes))
    except ValidationError as error:
        first = error.errors()[0]
        name = first["loc"][0]
        said = "no such limit" if first["type"] == "extra_forbidden" else first["msg"]
        raise UsageError(f"--limit {name}: {said}; limits: {', '.join(Limits.model_fields)}") from None
