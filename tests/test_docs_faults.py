"""docs/faults.md knows every code that the package can show, and none that it cannot; and every exit code."""

import re
from pathlib import Path
from typing import Final

from upshot import errors

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
CODE: Final = re.compile(r"[\"' ]([DM]\d\d)[\"': ]")
LISTED: Final = set(re.findall(r"^\| ([DM]\d\d) \|", PAGE, re.MULTILINE))


def shown_codes() -> set[str]:
    """Codes as they stand in the source: code="D18", a remark's "D24", or inside a text such as 'warning D55: '."""
    found: set[str] = set()
    for path in (ROOT / "src" / "upshot").rglob("*.py"):
        found |= set(CODE.findall(path.read_text(encoding="utf-8")))
    return found


def test_every_code_of_the_source_is_in_the_table():
    assert len(shown_codes()) > 40
    assert shown_codes() - LISTED == set()


def test_the_table_has_no_code_that_the_source_does_not_show():
    assert LISTED - shown_codes() == set()


def test_no_code_stands_twice():
    rows = re.findall(r"^\| ([DM]\d\d) \|", PAGE, re.MULTILINE)
    assert len(rows) == len(set(rows))


def test_every_exit_code_is_in_the_table():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.UpshotError)]
    codes = {kind.exit_code for kind in kinds if isinstance(kind.exit_code, int)}
    codes |= {errors.StoppedError("", signal_number=number).exit_code for number in (2, 15)}
    assert codes == {1, 2, 3, 4, 5, 6, 7, 8, 130, 143}
    rows = re.findall(r"^\| ([\d, ]+) \|", PAGE.split("## Data")[0], re.MULTILINE)
    assert {int(number) for row in rows for number in row.split(",")} == {0, *codes}
