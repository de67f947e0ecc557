"""No bytes, however odd, end in a traceback."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upshot.data.tables import Reading, find_problems, read_rows
from upshot.errors import DataError

HEAD = b"id,dialogue,summary\n"
PIECES = st.sampled_from(
    [
        b'"',
        b",",
        b"\n",
        b"\r",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b"\\",
        b"\xef\xbb\xbf",
        b"dialogue",
        b"summary",
        b"id",
        b"\0",
    ]
)
CONTENT = st.one_of(st.binary(max_size=200), st.lists(st.one_of(PIECES, st.binary(max_size=3))).map(b"".join))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=CONTENT,
    head=st.sampled_from([b"", HEAD, b'{"dialogue":"a","summary":']),
    suffix=st.sampled_from([".csv", ".jsonl", ".json"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "latin-1"]),
)
def test_any_bytes_give_rows_or_a_data_error(
    tmp_path: Path, content: bytes, head: bytes, suffix: str, encoding: str
) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(head + content)
    reading = Reading(encoding=encoding)
    problems = find_problems(path, reading)
    assert all(problem.exit_code == 3 and problem.message.isprintable() for problem in problems)
    if problems:
        with pytest.raises(DataError):
            read_rows(path, reading)
    else:
        assert read_rows(path, reading)[0]
