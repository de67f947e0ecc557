"""Opening data files: what is refused before a row is read."""

import os
from pathlib import Path

import pytest

from upshot.data.files import open_data, text_lines
from upshot.data.tables import Reading, read_rows
from upshot.errors import DataError, UsageError


def _refusal(path: Path, **limits: int) -> str:
    with pytest.raises(DataError) as caught, open_data(path, **limits):  # type: ignore[arg-type]
        pass
    return str(caught.value)


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
    assert _refusal(tmp_path / "folder.csv") == "error D02: folder.csv: is a folder, expected .csv, .jsonl or .json"
    assert _refusal(tmp_path / "pipe.csv") == "error D13: pipe.csv: not a regular file"
    assert _refusal(tmp_path / "loop.csv") == "error D13: loop.csv: not a regular file"
    assert _refusal(tmp_path / "gone.csv") == f"error D01: {tmp_path}/gone.csv: file not found"
    assert _refusal(tmp_path / "nul\0.csv") == f"error D01: {tmp_path}/nul\\x00.csv: file not found"


def test_a_file_that_is_not_found_is_named_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    deep = "/".join(["nowhere"] * 30)
    for given in ("x.csv", "a/x.csv", "~/x.csv", "/nowhere/at\tall/x.csv", f"{deep}/x.csv"):
        assert _refusal(Path(given)) == f"error D01: {given}: file not found".replace("\t", "\\t")
    (tmp_path / "x.csv").write_text("a")
    with open_data(Path("~/x.csv")) as file:
        assert (file.name, file.path) == ("x.csv", tmp_path / "x.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a")
    path.chmod(0)
    assert _refusal(path) == "error D03: x.csv: permission denied"


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a" * 3100)
    assert _refusal(path, max_bytes=2000) == "error D12: x.csv: 3.1 kB is over the limit of 2.0 kB"


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a")
    with pytest.raises(DataError, match="changed while it was being read"), open_data(path):
        path.write_text("longer")


def test_lines_keep_their_ends_and_lose_the_mark(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\rc\nd")
    with open_data(path) as file:
        assert list(text_lines(file)) == ["a\r\n", "b\r", "c\n", "d"]


def test_the_line_of_a_bad_byte_counts_every_kind_of_line_end(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"id\r\na\rb\n" * 5000 + b"\xe9")
    with pytest.raises(DataError, match="line 15001: byte 0xE9 is not valid UTF-8"), open_data(path) as file:
        list(text_lines(file))


def test_other_encodings_are_read_when_named(tmp_path: Path) -> None:
    for encoding in ("latin-1", "utf-16", "cp1252"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes("dialogue,summary\nA: café,é\n".encode(encoding))
        rows, _ = read_rows(path, Reading(encoding=encoding))
        assert (rows[0].dialogue, rows[0].summary) == ("A: café", "é")


def test_an_unknown_encoding_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a")
    for encoding in ("no-such", "hex"):
        with pytest.raises(UsageError, match="unknown encoding"):
            read_rows(path, Reading(encoding=encoding))
