"""The built-in conversations."""

import json
from pathlib import Path

from upshot.data.conversations import builtin_tables
from upshot.data.notices import Remarks


def test_two_summaries_are_two_rows_and_notes_carry_what_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "conversations.jsonl"
    base = {"domain": "clinic", "topic": "check-up", "indirect": ["she is worried"]}
    one = base | {"id": "clinic-01", "split": "test", "dialogue": "A: x", "summaries": ["s", "t"]}
    two = base | {"id": "clinic-02", "split": "train", "dialogue": "A: y", "summaries": ["u"]}
    path.write_text(json.dumps(one) + "\n" + json.dumps(two) + "\n")
    tables = builtin_tables(path, Remarks())
    assert [(row.id, row.summary) for row in tables["test"].rows] == [("clinic-01_1", "s"), ("clinic-01_2", "t")]
    assert [(row.id, row.topic) for row in tables["train"].rows] == [("clinic-02", "check-up")]
    assert tables["test"].rows[1].notes == {"domain": "clinic", "indirect": ("she is worried",)}
    assert tables["validation"].rows == ()
