"""Conversations from files, folders, standard input and texts."""

import io
import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upshot.data.conversation import Conversation
from upshot.data.transcripts import conversation_files, conversation_of, from_turns, read_conversation, read_folder
from upshot.data.turns import turns_of
from upshot.errors import DataError, UsageError

TEXT = "Ann: Hi, Ben!\nBen: Hello."
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi, Ben!\n\n00:02.000 --> 00:03.000\n<v Ben>Hello.\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\nAnn: Hi, Ben!\n\n2\n00:00:02,000 --> 00:00:03,000\nBen: Hello.\n"
JSON = '[{"speaker": "Ann", "text": "Hi, Ben!"}, {"speaker": "Ben", "text": "Hello."}]'


def error(path: Path | str, **options: str) -> str:
    with pytest.raises((DataError, UsageError)) as caught:
        read_conversation(path, **options)
    return str(caught.value)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("content", [TEXT, VTT, SRT, JSON])
@pytest.mark.parametrize("mark", ["", "\ufeff", "\n\n"])
def test_every_form_is_told_by_what_a_text_holds(tmp_path: Path, content: str, mark: str) -> None:
    found = read_conversation(written(tmp_path, "call.txt", mark + content))
    assert (found.name, found.text, found.notes) == ("call.txt", TEXT, ())
    assert conversation_of(mark + content).text == TEXT


def test_the_suffix_decides_where_the_text_does_not(tmp_path: Path) -> None:
    assert (
        read_conversation(written(tmp_path, "x.json", f' {{"transcript": "{TEXT[:13]}"}}')).turns[0].text == "Hi, Ben!"
    )
    assert "D61: x.vtt line 1" in error(written(tmp_path, "x.vtt", TEXT))
    assert "D61: x.srt: no cue" in error(written(tmp_path, "x.srt", TEXT))
    assert "D25: x.json line 1" in error(written(tmp_path, "x.json", TEXT))
    assert read_conversation(written(tmp_path, "y.vtt", SRT)).text == TEXT
    assert read_conversation(written(tmp_path, "y.srt", VTT)).text == TEXT
    assert read_conversation(written(tmp_path, "noname", TEXT)).text == TEXT
    with pytest.raises(DataError, match="D61"):
        conversation_of(TEXT, name="upload.vtt")


def test_a_form_can_be_named() -> None:
    assert conversation_of(SRT, form="srt").text == TEXT
    assert len(conversation_of("[0:01] Ann: a", form="text").turns) == 1
    with pytest.raises(UsageError, match="unknown form 'pdf'; expected text, vtt, srt, json"):
        conversation_of(TEXT, form="pdf")
    with pytest.raises(DataError, match="D34: the text: no words"):
        conversation_of(" \n")


def test_turn_lists_of_python_are_read_too() -> None:
    assert from_turns([{"speaker": "Ann", "text": "Hi", "start": 2}], name="x").turns[0].start_s == 2.0


def test_files_that_cannot_be_read_have_their_published_codes(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    kind = "a conversation as .txt, .vtt, .srt or .json"
    assert error(tmp_path / "none.txt") == f"error D01: {tmp_path}/none.txt: file not found"
    assert error(tmp_path / "folder.txt") == f"error D02: folder.txt: is a folder, expected {kind}"
    assert error(tmp_path / "pipe.txt") == "error D13: pipe.txt: not a regular file"
    assert error(tmp_path / "loop.txt") == "error D13: loop.txt: not a regular file"
    cases: dict[str, tuple[str, str | bytes, str]] = {
        "D04": ("a.txt", b"", "a.txt: file is empty"),
        "D04 ": ("b.txt", b"\xef\xbb\xbf \r\n", "b.txt: file is empty"),
        "D06": ("c.docx", b"PK\x03\x04", f"c.docx: unsupported type '.docx' (use {kind})"),
        "D07": ("d.txt", b"Ann: hi\nBen: \0", "d.txt line 2: NUL byte, this is not a text file"),
        "D09": ("e.txt", TEXT.encode("utf-16"), "e.txt: looks like UTF-16; convert the file or pass --encoding utf-16"),
        "D09 ": (
            "f.vtt",
            VTT.encode("utf-16-be"),
            "f.vtt: looks like UTF-16; convert the file or pass --encoding utf-16",
        ),
        "D11": ("g.txt", b"\x1f\x8b\x08\0", "g.txt: is compressed (gzip); unpack it first"),
    }
    for code, (name, content, said) in cases.items():
        assert error(written(tmp_path, name, content)) == f"error {code.strip()}: {said}"
    assert "unsupported type '.tsv'" in error(written(tmp_path, "t.tsv", "id\tdialogue\n1\tAnn: hi\n"))
    assert error(written(tmp_path, "t.csv", "dialogue\n")).startswith(
        "error: t.csv: a table of conversations, expected one"
    )


def test_a_wrong_encoding_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = written(tmp_path, "x.txt", "Ann: hi\r\nBen: café".encode("latin-1"))
    said = "x.txt line 2: byte 0xE9 is not valid UTF-8; convert the file or pass --encoding latin-1"
    assert error(path) == f"error D08: {said}"
    assert error(path, encoding="no-such") == "error: unknown encoding 'no-such'; try utf-8 or latin-1"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8"])
def test_other_encodings_are_read_when_named(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "x.txt", "Ann: café, naïve".encode(encoding))
    assert read_conversation(path, encoding=encoding).turns[0].text == "café, naïve"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "x.txt", TEXT)
    path.chmod(0)
    assert error(path) == "error D03: x.txt: permission denied"


def test_too_large_a_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.txt"
    with path.open("wb") as stream:
        stream.write(b"Ann: hi\n")
        stream.truncate(20_000_001)
    assert error(path) == "error D12: x.txt: 20.0 MB is over the limit of 20.0 MB"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"A" * 20_000_001)))
    assert error("-") == "error D12: standard input: over the limit of 20 MB"


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(DataError, match="D12: the text: 1,000,001 lines are over the limit of 1,000,000"):
        conversation_of("a\n" * 1_000_001)


def test_standard_input_is_read_in_any_form(monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (TEXT, VTT, SRT, JSON):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        found = read_conversation("-")
        assert (found.name, found.text) == ("standard input", TEXT)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xe9")))
    assert "D08: standard input line 1: byte 0xE9" in error("-")


def test_a_note_of_consent_may_lie_beside_the_file(tmp_path: Path) -> None:
    written(tmp_path, "call.consent.txt", "recorded with\nconsent\n")
    assert read_conversation(written(tmp_path, "call.srt", SRT)).consent == "recorded with consent"
    assert read_conversation(written(tmp_path, "call.txt", f"Consent: no\n{TEXT}")).consent == "no"
    written(tmp_path, "call.consent.txt", b"\xff")
    assert "D08: call.consent.txt" in error(tmp_path / "call.srt")


def test_one_bad_file_of_a_folder_never_stops_the_rest(tmp_path: Path) -> None:
    written(tmp_path, "b.txt", TEXT)
    written(tmp_path, "a.json", "{")
    written(tmp_path, "a.consent.txt", "yes")
    written(tmp_path, "inner/c.vtt", VTT)
    written(tmp_path, ".hidden.txt", TEXT)
    written(tmp_path, ".git/x.txt", TEXT)
    written(tmp_path, "sound.mp3", b"\0")
    found = [(path.relative_to(tmp_path).as_posix(), item) for path, item in read_folder(tmp_path)]
    assert [name for name, _ in found] == ["a.json", "b.txt", "inner/c.vtt"]
    assert isinstance(found[0][1], DataError)
    assert [item.text for _, item in found[1:] if isinstance(item, Conversation)] == [TEXT, TEXT]
    assert [path.name for path in conversation_files(tmp_path)[1]] == ["sound.mp3"]


def test_folders_without_conversations_are_refused_at_once(tmp_path: Path) -> None:
    written(tmp_path, "sound.mp3", b"\0")
    for path, code in ((tmp_path / "none", "D01"), (tmp_path / "sound.mp3", "D02"), (tmp_path, "D02")):
        with pytest.raises(DataError, match=code):
            read_folder(path)


@pytest.mark.parametrize("form", ["text", "vtt", "srt", "json"])
def test_five_megabytes_take_less_than_a_few_seconds(form: str) -> None:
    words = "some words that are said here, and some more of them"
    if form == "text":
        text = "\n".join(
            f"[{n // 3600}:{n // 60 % 60:02d}:{n % 60:02d}] Ann {'AB'[n % 2]}: {words}" for n in range(66_000)
        )
    elif form == "json":
        turn = f'{{"speaker": "Ann", "start": 1, "text": "{words}"}},'
        text = f"[{(turn * 50_000)[:-1]}]"
    else:
        cue = f"00:00:01.000 --> 00:00:02.000\n{'<v Ann>' if form == 'vtt' else 'Ann: '}{words}\n\n"
        text = ("WEBVTT\n\n" if form == "vtt" else "") + cue * 55_000
    assert len(text) > 4_500_000
    began = time.process_time()
    conversation_of(text)
    assert time.process_time() - began < 6  # measured: under 1.2 s; machines differ


PIECES = st.sampled_from(
    [
        *(
            "\n",
            "\r\n",
            "\n\n",
            ":",
            "：",
            "Ann: ",
            "Lee, Bo: ",
            "4711: ",
            "#Person1#: ",
            "WEBVTT",
            "-->",
            "<v Ann>",
            "<v 1>",
        ),
        *("00:01.000 --> 00:02.000\n", "1\n", "[0:01] ", "Ann 0:01\n", "10:32 ", "- ", ">> ", "NOTE ", "Consent: "),
        *(
            '{"turns": [',
            '{"speaker": "',
            '"text": "',
            '"}',
            "]}",
            "[",
            "]",
            "{",
            "}",
            '"',
            ",",
            "\\ud800",
            "\x1b[2J",
            "\u2028",
        ),
        *("03/05/2026, 10:32 - ", "PM", "\ufeff", "\0", "words", " ", "é"),
    ]
)
CONTENT = st.one_of(
    st.binary(max_size=100),
    st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=25).map(lambda p: "".join(p).encode("utf-8", "replace")),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=CONTENT,
    head=st.sampled_from([b"", b"WEBVTT\n\n", b"00:01.000 --> 00:02.000\n", b'[{"text": "', b"Ann: hi\n"]),
    suffix=st.sampled_from([".txt", ".vtt", ".srt", ".json"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "latin-1", "cp1252"]),
)
def test_any_bytes_are_a_conversation_with_its_turns_or_a_data_error(
    tmp_path: Path, content: bytes, head: bytes, suffix: str, encoding: str
) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(head + content)
    try:
        found = read_conversation(path, encoding=encoding)
    except DataError as refused:
        message = refused.message
    else:
        message = ""
        assert len(turns_of(found.text)) == len(found.turns) > 0
        assert all(turn.text == " ".join(turn.text.split()) for turn in found.turns)
        assert all(turn.start_s is None or turn.start_s >= 0 for turn in found.turns)
    assert message.isprintable()


@settings(max_examples=400, deadline=None)
@given(
    text=CONTENT.map(lambda content: content.decode("utf-8", "replace")),
    form=st.sampled_from([None, "text", "vtt", "srt", "json"]),
)
def test_any_text_is_a_conversation_with_its_turns_or_a_data_error(text: str, form: str | None) -> None:
    for attempt in (text, f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}", f"Ann: hi\n{text}"):
        try:
            found = conversation_of(attempt, form=form)
        except DataError:
            continue
        assert [(t.speaker or "Speaker", t.text) for t in found.turns] == [
            (t.speaker, t.text) for t in turns_of(found.text)
        ]
