"""The figures of docs/privacy.md are those that bench/privacy.py prints, and its example says what it does."""

import re
import runpy
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    return runpy.run_path(str(ROOT / "bench" / "privacy.py"))


def test_the_table_of_kinds_is_what_the_measurement_prints(bench, capsys):
    cases = list(bench["dialogues"](300, seed=bench["SEED"]))
    bench["print_rows"](bench["rows_of"](cases), len(cases))
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert len(rows) == 12
    assert "\n".join(rows) in PAGE


def test_the_table_of_the_screen_is_what_the_measurement_prints(bench, capsys):
    bench["print_screen"]()
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert len(rows) == 6
    assert "\n".join(rows) in PAGE


def test_every_floor_is_reached(bench):
    rows = bench["rows_of"](list(bench["dialogues"](60, seed=7)))
    floors = bench["FLOORS"]
    assert [row.kind for row in rows if floors[row.kind] and 100 * row.masked < floors[row.kind] * row.planted] == []


def test_the_example_prints_what_its_comments_say(capsys):
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(example, {})
    printed = capsys.readouterr().out.replace("\n#Person2#: ", " / #Person2#: ").splitlines()
    assert printed == re.findall(r"\)  # (.*)", example)
    assert len(printed) == 3


def test_the_measurement_is_named_as_it_is_run():
    assert "`python bench/privacy.py`" in PAGE
