"""docs/transcripts.md says what the readers do."""

import re
from pathlib import Path
from typing import Final

import pytest

from upshot.answers.spreadsheet import COLUMNS
from upshot.data import subtitles, transcripts, turn_lists
from upshot.data.said import labels_of
from upshot.data.transcripts import conversation_of

PAGE: Final = (Path(__file__).parent.parent / "docs" / "transcripts.md").read_text(encoding="utf-8")


def test_keys_of_turns_and_columns_are_those_of_the_readers() -> None:
    for keys in (turn_lists.SPEAKERS, turn_lists.WORDS, turn_lists.STARTS, turn_lists.ENDS, COLUMNS):
        assert ", ".join(f"`{key}`" for key in keys) in PAGE
    assert all(f"`{key}`" in PAGE for key in turn_lists.LISTS if key not in ("transcripts", "dialog"))
    assert all(f"`{suffix}`" in PAGE for suffix in transcripts.SUFFIXES)


def test_bounds_are_those_of_the_readers() -> None:
    assert f"more than {subtitles.LONGEST_PAUSE_S:.0f} seconds" in PAGE
    assert f"more than {subtitles.MOST_WORDS} words" in " ".join(PAGE.split())
    assert f"once it has {subtitles.ENOUGH_WORDS}" in PAGE
    assert f"{transcripts.MAX_BYTES / 1e6:.0f} MB" in PAGE


@pytest.mark.parametrize(
    ("line", "start"),
    [
        (line, start)
        for line, start in zip(re.findall(r"`([^`\n]*Ann[^`\n]*\.\.\.)`", PAGE), (62, 62, 1, 62, 62, 0), strict=True)
    ],
)
def test_times_stand_where_the_page_says(line: str, start: float) -> None:
    found = conversation_of(line).turns
    assert [(turn.speaker, turn.text, turn.start_s) for turn in found] == [("Ann", "...", start)]


def test_names_are_rewritten_as_the_page_says() -> None:
    assert labels_of(["Lee, Ann", "4711", "Don Davies (Kingsway, NDP)"]) == {
        "Lee, Ann": "Lee Ann",
        "4711": "Speaker 2",
        "Don Davies (Kingsway, NDP)": "Don Davies",
    }


def test_the_example_for_python_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(Path(__file__).parent.parent)
    code = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(code) == 1
    exec(code[0], {})
    printed = capsys.readouterr().out.splitlines()
    files = [line.partition(" ")[0] for line in printed]
    assert files == [f"examples/{name}" for name in ("clinic.json", "clinic.txt", "repair.srt", "standup.vtt")]
    assert all(" Conversation(name=" in line for line in printed)
