"""The examples run as their README says, on the tiny model where one would take minutes."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tiny
from command import ROOT, environment, upshot
from shared_data import shared
from small_project import settings
from upshot.data.findings import findings
from upshot.data.sources import load_splits
from upshot.data.transcripts import read_conversation
from upshot.data.turns import turns_of
from upshot.recipe import DataSettings

EXAMPLES = ROOT / "examples"
SMALL = (
    "train.max_steps=2",
    "train.eval_rows=1",
    "generation={max_new_tokens: 6}",
    "prompt.max_source_tokens=96",
    "compare.resamples=200",
    "model.precision=fp32",
)


def python(name: str, *arguments: str, cwd: Path) -> str:
    """What an example printed, as a process of its own; a warning is an error."""
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_calls_hold_two_dozen_sound_conversations() -> None:
    data = load_splits(DataSettings(source=str(EXAMPLES / "calls.csv")), 13)
    assert findings(data).warnings == ()
    rows = [row for part in data.rows.values() for row in part]
    assert len(rows) == 24
    assert all(len(turns_of(row.dialogue)) >= 4 for row in rows)
    assert all(8 <= len((row.summary or "").split()) <= 40 for row in rows)
    assert {split: len(part) > 1 for split, part in data.rows.items()} == dict.fromkeys(data.rows, True)
    assert set(data.rows) == {"train", "validation", "test"}


def test_the_clinic_is_a_conversation_of_two() -> None:
    turns = turns_of((EXAMPLES / "clinic.txt").read_text(encoding="utf-8"))
    assert {turn.speaker for turn in turns} == {"Receptionist", "Mrs Okafor"}


@pytest.mark.parametrize(
    ("name", "turns", "speakers"),
    [
        ("standup.vtt", 11, ["Maya Lind", "Tomas Rey", "Priya Nair"]),
        ("repair.srt", 11, ["Workshop", "Jonas"]),
        ("clinic.json", 12, ["Nurse", "Mr Haddad"]),
        ("clinic.txt", 10, ["Receptionist", "Mrs Okafor"]),
    ],
)
def test_the_transcripts_are_calm_conversations(name: str, turns: int, speakers: list[str]) -> None:
    found = read_conversation(EXAMPLES / name)
    assert len(found.turns) == turns
    assert list(dict.fromkeys(turn.speaker for turn in found.turns)) == speakers
    assert found.notes == ()
    timed = [turn.start_s for turn in found.turns]
    assert timed == ([None] * turns if name.endswith(".txt") else sorted(time or 0.0 for time in timed))
    assert bool(found.consent) is (name in ("standup.vtt", "clinic.json"))


def test_init_then_run_then_python_work_on_the_calls(tmp_path: Path) -> None:
    assert upshot("init", EXAMPLES / "calls.csv", cwd=tmp_path).code == 0
    model = f"model.name={tiny.t5()}"
    done = upshot("run", "calls.yaml", *settings(model, *SMALL), cwd=tmp_path)
    assert done.code == 0, done.err
    printed = python("from_python.py", "calls.yaml", model, *SMALL, cwd=tmp_path)
    assert re.search(r"^lora: ROUGE-1 [\d.]+ \[[\d.]+-[\d.]+\]$", printed, re.M), printed
    assert "report: runs/calls/report.html" in printed


def test_a_table_is_compared_from_python(tmp_path: Path) -> None:
    with (EXAMPLES / "calls.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with (tmp_path / "table.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["", "human_baseline_summaries", "copy", "first"])
        for number, row in enumerate(rows):
            writer.writerow([number, row["summary"], row["summary"], row["dialogue"].split("\n")[0]])
    printed = python("compare_table.py", "table.csv", "human_baseline_summaries", "copy", "first", cwd=tmp_path)
    assert "copy: ROUGE-1 100.00 [100.00-100.00]" in printed
    assert "copy beats first by" in printed or "copy is ahead of first by" in printed


def test_five_systems_on_dialogsum_stand_with_intervals_tests_and_verdicts(tmp_path: Path) -> None:
    data, outputs = shared("data/dialogsum"), shared("data/outputs") / "bart-large-quick.txt"
    command = python("systems_without_a_model.py", str(data), "five.csv", f"bart-large={outputs}", cwd=tmp_path)
    assert command.startswith("upshot compare --table five.csv --reference reference --prediction bart-large")
    by_count = command.replace("--group dialogue_id", "--group 3").split()[1:]
    done = upshot(*by_count, cwd=tmp_path)
    assert "bart-large beats bm25_copy by 19." in done.out, done.err
    found = json.loads(upshot(*by_count, "--json", cwd=tmp_path).out)
    bart = found["arms"]["bart-large"]["rouge1"]
    assert 100 * bart["mean"] == pytest.approx(45.05, abs=0.005)
    assert [100 * end for end in bart["ci95"]] == pytest.approx([43.9, 46.1], abs=0.2)
    assert len({(pair["a"], pair["b"]) for pair in found["pairs"]}) == 10
    means = {name: round(100 * arm["rouge1"]["mean"], 1) for name, arm in found["arms"].items()}
    assert means == {"bart-large": 45.1, "constant": 20.3, "lead3": 21.9, "longest3": 20.0, "bm25_copy": 25.4}


def test_systems_without_a_model_are_written_for_the_built_in_conversations_too(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("They talk.\n" * 49, encoding="utf-8")
    command = [sys.executable, str(EXAMPLES / "systems_without_a_model.py"), "builtin", "t.csv", "mine=mine.txt"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (1, "mine has 49 summaries for 50 test dialogues\n")
    printed = python("systems_without_a_model.py", "builtin", "t.csv", cwd=tmp_path)
    assert upshot(*printed.split()[1:], "--resamples", "200", cwd=tmp_path).code == 0


@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_the_readme_names_every_example(path: Path) -> None:
    assert path.name == "README.md" or f"`{path.name}`" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
