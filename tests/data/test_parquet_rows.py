"""Parquet, where pyarrow is there."""

from pathlib import Path

import pytest

from upshot.data.tables import read_rows
from upshot.errors import DataError, UsageError


def test_parquet_rows_are_read(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "x.parquet"
    table = pyarrow.table({"id": [1, 2], "dialogue": ["A: x\r\nB: y", "A: z"], "summary": ["s\r\n", "t"]})
    parquet.write_table(table, path)
    rows, _ = read_rows(path)
    assert [(row.id, row.dialogue, row.summary) for row in rows] == [("1", "A: x\nB: y", "s\r\n"), ("2", "A: z", "t")]


def test_a_damaged_parquet_file_is_a_data_error_or_names_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises((DataError, UsageError), match=r"not a readable Parquet file|upshot\[parquet\]"):
        read_rows(path)
