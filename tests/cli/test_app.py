"""The doors: help without weight, an example in every verb that runs, one line for every error."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import httpx
import pytest

import tiny
from command import WAIT_S, Result, environment, process, start, upshot, wait_for
from small_project import tiny_demo
from upshot.cli.app import app

HEAVY: Final = ("torch", "transformers", "peft", "datasets", "accelerate", "numpy", "nltk")
COMMANDS: Final = {
    name: command.callback
    for command in app.registered_commands
    if command.callback and (name := command.name or command.callback.__name__)
}
# What makes an example small enough for a test, without touching what it shows.
SMALLER: Final = {"demo": tiny_demo, "check": lambda: ["--model", str(tiny.t5())]}
LABELS: Final = """dialogue,summary,erroneous
Ann: It leaks.,Ann says it leaks.,0
Ann: It leaks.,Bo says it leaks.,1
"""
# The starter takes an hour to make: here the tiny arm of the demo stands in for it.
INSTEAD: Final = {"summarize": ["--arm", "runs/demo/arms/full"]}


def example_of(verb: str) -> list[str]:
    line = re.search(r"^ *Example: upshot (.+)$", COMMANDS[verb].__doc__ or "", re.M)
    assert line, f"{verb} has no example"
    return line.group(1).split()


def test_there_are_these_verbs_and_no_others() -> None:
    one_stage = "train predict score compare analyse probe report"
    promised = f"demo run init check describe {one_stage} summarize unmask serve export audit-detectors doctor"
    assert list(COMMANDS) == promised.split()
    assert [group.name for group in app.registered_groups] == ["amend", "rate"]


@pytest.mark.parametrize("arguments", ["--help", "run --help", "check -h", "summarize --help", "--version"])
def test_help_needs_no_heavy_library(arguments: str) -> None:
    block = f"import sys\nfor name in {HEAVY}: sys.modules[name] = None\n"
    code = f"{block}from upshot.cli.app import main\nmain({arguments.split()})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "upshot" in done.stdout


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_verb_explains_itself_with_an_example(verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    done = upshot(verb, "--help", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert f"Example: upshot {' '.join(example_of(verb))}" in done.out
    assert f"Usage: upshot {verb}" in done.out


def test_every_example_names_its_own_verb() -> None:
    assert [example_of(verb)[0] for verb in COMMANDS] == list(COMMANDS)


def test_the_example_of_the_demo_runs_and_shows_four_arms_and_what_to_do_next(demo: tuple[Path, Result]) -> None:
    folder, done = demo
    assert done.code == 0, done.err
    for arm in ("zero-shot", "few-shot", "full", "lora"):
        assert re.search(rf"^{arm} +\[[\d.]+-[\d.]+\] \d+\.\d\d ", done.out, re.M), done.out
    assert "report: runs/demo/report.html" in done.out
    assert (folder / "runs" / "demo" / "report.html").exists()
    assert len(done.err.split("Next:\n")[1].strip().splitlines()) == 3


@pytest.mark.parametrize("verb", [verb for verb in COMMANDS if verb not in ("demo", "doctor", "serve")])
def test_every_example_runs(verb: str, finished: Path) -> None:
    (finished / "labels.csv").write_text(LABELS, encoding="utf-8")
    (finished / "results.csv").write_bytes((finished / "runs" / "demo" / "results.csv").read_bytes())
    if verb == "unmask":
        masked = ("--mask", "--key", "clinic.key.json", "--json", "--out", "answers.json")
        upshot("summarize", "examples/clinic.txt", *INSTEAD["summarize"], *masked, cwd=finished)
    extra = SMALLER[verb]() if verb in SMALLER else INSTEAD.get(verb, [])
    done = upshot(*example_of(verb), *extra, cwd=finished)
    assert done.code == 0, done.err
    assert "Next:\n" in done.err
    assert done.out or "--dry-run" in example_of(verb)


def test_an_arm_is_served_until_the_process_is_told_to_end(finished: Path) -> None:
    child = start("serve", "runs/demo/arms/full", "--port", "0", cwd=finished)
    assert child.stderr is not None
    try:
        line = next((line for line in child.stderr if "serving full on http://" in line), "")
        assert line, "it ended before it served"
        url = line.split(" on ")[1].split(";")[0]
        with httpx.Client(base_url=url, timeout=WAIT_S) as client:
            wait_for(lambda: client.get("/readyz").status_code == 200, child)
            given = {"text": "Ann: Hello, Ben.\nBen: See you on Monday."}
            answer = client.post("/v1/summarize", json=given).raise_for_status().json()
            assert (answer["generated_by"]["arm"], answer["source"]["turns"]) == ("full", 2)
            assert "Nothing leaves this machine" in client.get("/").text
        child.terminate()
        assert child.wait(WAIT_S) == 0
    finally:
        child.kill()
        child.communicate()


def test_the_example_of_doctor_runs(tmp_path: Path) -> None:
    done = upshot(*example_of("doctor"), cwd=tmp_path)
    assert done.code in (0, 5), done.err  # 5: this machine lacks something, and doctor says what
    assert re.match(r"(ok|warn|fail)", done.out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("nosuch", "No such command 'nosuch'"),
        ("run", "Missing argument 'RECIPE'"),
        ("check x.csv --nosuch", "No such option: --nosuch"),
        ("compare --table x.csv --resamples 1", "greater than or equal to"),
    ],
)
def test_wrong_usage_is_told_and_leaves_with_2(arguments: str, said: str, tmp_path: Path) -> None:
    done = upshot(*arguments.split(), cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_without_arguments_the_help_is_shown(tmp_path: Path) -> None:
    done = upshot(cwd=tmp_path)
    assert done.code in (0, 2)
    assert "Start here" in done.out + done.err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("run nosuch.yaml", "error D60: nosuch.yaml: file not found; `upshot init` writes a recipe"),
        ("run .", "error D60: .: is a folder, expected a recipe in YAML"),
        ("score .", "error: .: no recipe.yaml; expected a run's folder, such as runs/demo"),
        ("report .", "error: .: no recipe.yaml; expected a run's folder, such as runs/demo"),
        ("compare .", "error: .: no recipe.yaml; expected a run's folder, such as runs/demo"),
        ("compare", "error: compare: name a run's folder, or a table with --table, and not both"),
        ("compare --table x.csv", "error: compare --table needs --reference COL and at least one --prediction COL"),
        ("check x.csv --delimiter ab", "error: --delimiter 'ab': expected one character, or '\\t'"),
        (
            "check x.csv --column talk=a",
            "error: --column talk=a: expected NAME=COLUMN with one of id, dialogue, summary, topic",
        ),
        ("run recipes/demo.yaml --only best", "error: the recipe has no arm 'best' (arms: zero-shot, lora)"),
        ("run recipes/demo.yaml --only best --dry-run", "error: the recipe has no arm 'best' (arms: zero-shot, lora)"),
        (
            "init calls.csv -o calls.csv",
            "error: calls.csv is there already; --force overwrites it, --output names another",
        ),
        ("run recipes/demo.yaml --set name=a/b", "error D60: --set: name: string should match pattern "),
        ("demo --set train.lr=1", "error D60: --set: unknown key 'lr': here it is train.learning_rate"),
        (
            "describe --model x/y/z",
            "error: x/y/z: no such folder; expected 'starter', a model folder, or a hub id such as ",
        ),
    ],
)
def test_an_error_for_people_is_one_line_with_its_exit_code(
    arguments: str, line: str, demo: tuple[Path, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(demo[0].rglob("*"))
    done = upshot(*arguments.split(), cwd=demo[0])
    assert (done.code, done.out) == (4 if "--model" in arguments else 2, "")
    assert done.err.startswith(line)
    assert len(done.err.splitlines()) == 1
    assert sorted(demo[0].rglob("*")) == before


def test_a_hostile_file_name_does_not_reach_the_terminal(tmp_path: Path) -> None:
    done = upshot("run", "\x1b[2Jrecipe.yaml", cwd=tmp_path)
    assert done.code == 2
    assert "\x1b" not in done.err
    assert "\\x1b[2Jrecipe.yaml" in done.err


def test_an_error_is_the_same_in_a_process_of_its_own(tmp_path: Path) -> None:
    done = process("check", "x.csv", cwd=tmp_path)
    assert done == Result(3, "", "error D01: x.csv: file not found\n")


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    for json in ("", "--json"):
        command = f"{sys.executable} -m upshot check builtin --model none {json} | true; exit ${{PIPESTATUS[0]}}"
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, env=environment(), cwd=tmp_path, check=False
        )
        assert (done.returncode, "Traceback" in done.stderr, "BrokenPipe" in done.stderr) == (0, False, False)
