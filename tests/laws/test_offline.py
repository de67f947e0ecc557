"""Law of --offline: in every verb that has it a hub id fails at once with a line of our own, and nobody is asked."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import typer.main

from command import WAIT_S, Result, environment
from small_project import conversations, write_splits, write_table
from upshot.cli.app import app

FAR: Final = "google/flan-t5-small"
RUN: Final = "runs/far/arms/zero-shot"

# Each verb with a hub id in the place where it takes one; `doctor` takes none, and imports the libraries all the same.
ASKED: Final = {
    "run": ["recipe.yaml", "--dry-run"],
    "init": ["someone/conversations"],
    "check": ["calls.csv", "--model", FAR],
    "describe": [FAR, "--model"],
    "train": ["recipe.yaml"],
    "predict": ["recipe.yaml"],
    "probe": ["runs/far"],
    "summarize": ["talk.txt", "--arm", RUN],
    "serve": [RUN, "--port", "0"],
    "export": [RUN],
    "doctor": [],
}

# Python runs it at the start of every process, also of those that a verb starts. Each connection and each import
# of the hub's library is written down; where $LEAVE is set, that import ends it: settings are read then.
WATCH: Final = """
import os, socket, sys

def told(line):
    with open(os.environ["TOLD"], "a", encoding="utf-8") as file:
        file.write(line + chr(10))

class Watch:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "huggingface_hub":
            told("hub, offline: " + os.environ.get("HF_HUB_OFFLINE", "no"))
            if "LEAVE" in os.environ:
                os._exit(77)

def refused(self, place, *rest):
    told(f"connected to {place}")
    raise OSError("no network in this test")

sys.meta_path.insert(0, Watch)
socket.socket.connect = socket.socket.connect_ex = refused
if "LEAVE" not in os.environ:  # a server looks up the address that it listens on
    socket.getaddrinfo = lambda host, *rest, **options: refused(None, host)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data, a recipe and a run whose base is a model of the hub that is not here."""
    folder = tmp_path_factory.mktemp("far")
    (folder / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    data = write_splits(folder / "data")
    recipe = f"name: far\ndata: {{source: {data}}}\nmodel: {{name: {FAR}}}\narms: {{zero-shot: {{}}}}\n"
    (folder / "recipe.yaml").write_text(recipe, encoding="utf-8")
    rows = [(item["id"], item["dialogue"], item["summaries"][0]) for item in conversations(4)]
    write_table(folder / "calls.csv", rows)
    (folder / "talk.txt").write_text("Ann: Hello, Ben.\nBen: See you on Monday.\n", encoding="utf-8")
    (folder / RUN).mkdir(parents=True)
    (folder / "runs" / "far" / "recipe.yaml").write_text(recipe, encoding="utf-8")
    (folder / RUN / "predictions.jsonl").touch()
    return folder


def child(verb: str, place: Path, told: Path, **more: str) -> Result:
    """The verb with --offline in a watched process of its own, without what the tests say of the network."""
    kept = {name: value for name, value in environment().items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    told.touch()
    done = subprocess.run(
        [sys.executable, "-m", "upshot", verb, *ASKED[verb], "--offline"],
        cwd=place,
        env=kept
        | {"PYTHONPATH": os.pathsep.join([str(place), kept["PYTHONPATH"]]), "TOLD": str(told)}
        | {"HF_HOME": str(place / "empty")}
        | more,
        check=False,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def test_the_law_knows_every_verb_with_the_option() -> None:
    verbs = typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
    assert set(ASKED) == {name for name, verb in verbs if any("--offline" in option.opts for option in verb.params)}


@pytest.mark.parametrize("verb", [verb for verb in ASKED if verb != "init"])
def test_the_network_is_forbidden_before_anything_imports_the_library_of_the_hub(
    verb: str, place: Path, tmp_path: Path
) -> None:
    done = child(verb, place, tmp_path / "told", LEAVE="1")
    assert set((tmp_path / "told").read_text().splitlines()) == {"hub, offline: 1"}, done.err


@pytest.mark.parametrize(
    ("verb", "code", "said"),
    [
        ("describe", 4, f"error: {FAR}: neither in the local cache nor reachable (the network is forbidden: "),
        ("check", 4, f"error: {FAR}: neither in the local cache nor reachable (the network is forbidden: "),
        ("init", 3, "error: someone/conversations: no such file or folder here, and not to be had from the hub: "),
    ],
)
def test_a_hub_id_fails_with_a_line_of_our_own_and_nobody_is_asked(
    verb: str, code: int, said: str, place: Path, tmp_path: Path
) -> None:
    done = child(verb, place, tmp_path / "told")
    assert done.code == code
    assert done.error.startswith(said)
    assert done.error.count("\n") == 1
    assert "Traceback" not in done.err
    assert "connected" not in (tmp_path / "told").read_text()
