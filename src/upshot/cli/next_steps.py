"""What to type next: commands that work in this place as they stand, quoted for a shell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from upshot.cli.options import RUNS

NO_SUMMARIES: Final = "summary="  # --column summary= : the file has conversations alone
_ANSWERS: Final = "summaries.jsonl"
LEAST_TO_DIVIDE: Final = 3  # dialogues: one for each split


def typed(*words: str | Path, note: str = "") -> str:
    """A command line of upshot, with a note behind it.

    >>> typed("init", "my calls.csv", "--column", "summary=gist", note="a recipe")
    "upshot init 'my calls.csv' --column summary=gist    # a recipe"
    """
    return f"{shlex.join(['upshot', *map(str, words)])}{f'    # {note}' if note else ''}"


def in_browser(page: Path) -> str:
    """The address of a file, which terminals open on a click and every browser knows."""
    return f"{page.absolute().as_uri()}    # in a browser"


def reading_words(delimiter: str, encoding: str, column: Sequence[str]) -> list[str]:
    """The options of a verb that say how a file is read, without those that are the default.

    >>> reading_words(";", "utf-8", ["summary=gist"])
    ['--delimiter', ';', '--column', 'summary=gist']
    """
    words = [] if delimiter == "," else ["--delimiter", "\\t" if delimiter == "\t" else delimiter]
    words += [] if encoding == "utf-8" else ["--encoding", encoding]
    return words + [word for item in column for word in ("--column", item)]


def recipe_words(
    settings: Sequence[str], only: Sequence[str], runs: Path, *, offline: bool, again: Sequence[str] = ()
) -> list[str]:
    """The options of a verb that say what is run of a recipe and where, without those that are the default."""
    words = [word for item in settings for word in ("--set", item)]
    words += [word for name in only for word in ("--only", name)]
    words += [word for name in again for word in ("--again", name)]
    words += [] if runs == RUNS else ["--runs", str(runs)]
    return words + (["--offline"] if offline else [])


def data_steps(data: str, splits: Mapping[str, Any], reading: Sequence[str], *, other: str, model: str) -> list[str]:
    """What to do with data of these splits: run its recipe, or have one written; and the `other` verb that looks."""
    if Path(data).suffix in (".yaml", ".yml"):
        return [typed("run", data), typed(other, data)]
    if data == "builtin":
        return [typed("demo"), typed(other, data)]
    if not any(part["summary_words"] for part in splits.values()):
        return _of_conversations(data, reading, other=other)
    looked = typed(other, data, *reading)
    if set(splits) == {"train"} and splits["train"]["dialogues"] < LEAST_TO_DIVIDE:
        return [looked]  # too few for a recipe
    target = Path(f"{Path(data).stem}.yaml")
    if target.exists():
        return [typed("check", target, note="the recipe that is there; init --force writes it anew"), looked]
    base = [] if model in ("starter", "none") else ["--model", model]
    return [typed("init", data, *reading, *base), looked]


def _of_conversations(data: str, reading: Sequence[str], *, other: str) -> list[str]:
    """What can be done without summaries; `init` needs them."""
    columns = dict(word.split("=", 1) for word in reading if "=" in word)
    given = [word for word in reading if word.startswith("dialogue=")]
    rest = [*reading] if NO_SUMMARIES in reading else [*reading, "--column", NO_SUMMARIES]
    note = "" if NO_SUMMARIES in reading else "or summary=NAME, where a column holds summaries"
    steps = [typed(other, data, *rest, note=note)]
    if Path(data).is_file() and "--delimiter" not in reading:
        encoding = reading[reading.index("--encoding") :][:2] if "--encoding" in reading else []
        column = ["--column", columns["dialogue"]] if given else []
        steps.insert(0, typed("summarize", data, *column, *encoding, "--out", _ANSWERS))
    return steps
