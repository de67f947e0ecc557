"""Parquet, where pyarrow is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from upshot.data.csv_rows import Record
from upshot.errors import DataError, UsageError, to_install


def parquet_records(handle: IO[bytes], *, file: str) -> Iterator[Record]:
    """Records of a Parquet file, in file order.

    Raises:
        UsageError: pyarrow is not installed.
        DataError: not a Parquet file, or a damaged one.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError(f"{file}: reading Parquet needs pyarrow; {to_install('parquet')}") from None
    number = 0
    try:
        for batch in parquet.ParquetFile(handle).iter_batches():
            for values in batch.to_pylist():
                number += 1
                yield Record(number, 0, values)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{file}: not a readable Parquet file ({reason})") from None
