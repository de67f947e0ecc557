"""Keys in a file: written once for their owner alone, read back, and never told by an error."""

import json
import stat
from pathlib import Path

import pytest

from upshot.data.conversation import Conversation, Said
from upshot.errors import DataError, ResourceError, UsageError
from upshot.privacy.keys import open_to_others, read_keys, write_keys
from upshot.privacy.mask import mask

SECRET = "ann@shop.example"
MAIL = Conversation("mail.txt", (Said("Maya Lind", f"Write to {SECRET}."), Said("Ben", "Thanks, Maya.")))
CALL = Conversation("call.txt", (Said("Zoe", "I'm at 555-123-4567.\u2028"), Said("Ben", "Fine.")))
PLAIN = Conversation("plain.txt", (Said("", "Nothing in it."),))


def test_what_was_written_is_read_back_by_hash_and_by_name(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "key.json"
    assert write_keys(file, [MAIL, CALL, PLAIN]) == 3
    keys = read_keys(file)
    for conversation in (MAIL, CALL, PLAIN):
        key = mask(conversation)[1]
        assert keys.of("", conversation.source_sha256) == keys.of(conversation.name) == key
    assert [entry["id"] for entry in json.loads(file.read_text(encoding="utf-8"))["keys"]] == [
        "mail.txt",
        "call.txt",
        "plain.txt",
    ]
    assert SECRET not in repr(keys) + str(keys)


def test_a_key_is_its_owners_alone_and_leaves_nothing_else_behind(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    write_keys(file, [MAIL])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not open_to_others(file)
    assert list(tmp_path.iterdir()) == [file]
    file.chmod(0o644)
    assert open_to_others(file)


def test_the_same_keys_may_be_there_already_and_nothing_else_is_written_over(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    write_keys(file, [MAIL, CALL])
    before = file.read_bytes(), file.stat().st_mtime_ns
    assert write_keys(file, iter([MAIL, CALL])) == 2
    for others in ([MAIL], [CALL, MAIL], [MAIL, CALL, PLAIN], []):
        with pytest.raises(UsageError, match="a key is never written over"):
            write_keys(file, others)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


@pytest.mark.parametrize("content", [b"", b"my notes", b"\xff\xfe", b'{"upshot_mask_key": 1, "keys": ['])
def test_another_file_is_never_taken_for_a_key(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key.json"
    file.write_bytes(content)
    with pytest.raises(UsageError, match="is there and holds other keys or something else"):
        write_keys(file, [MAIL])
    assert file.read_bytes() == content


def test_a_link_is_not_followed_to_what_is_not_there_and_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for place in (tmp_path / "link", tmp_path):
        with pytest.raises(UsageError, match="is there"):
            write_keys(place, [MAIL])
    assert not (tmp_path / "nowhere").exists()


def test_a_place_that_cannot_be_written_is_told_without_the_key(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ResourceError, match="the key cannot be written") as error:
        write_keys(tmp_path / "file" / "key.json", [MAIL])
    assert SECRET not in str(error.value)


def test_a_writing_that_fails_leaves_no_half_key(tmp_path: Path) -> None:
    def broken():
        yield MAIL
        raise DataError("the table ends here")

    with pytest.raises(DataError, match="the table ends here"):
        write_keys(tmp_path / "key.json", broken())
    assert list(tmp_path.iterdir()) == []


def damaged(tmp_path: Path, content: str) -> str:
    file = tmp_path / "bad.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_keys(file)
    assert SECRET not in str(error.value)
    return str(error.value)


def entry(**changes: object) -> str:
    whole = {"id": "a", "source_sha256": "0" * 64, "values": {"[EMAIL-1]": SECRET}} | changes
    return json.dumps({"upshot_mask_key": 1, "keys": [whole]})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"{{ {SECRET}", "not valid JSON"),
        (f'"{SECRET}"', "not a key"),
        (json.dumps({"upshot_mask_key": 2, "keys": []}), "no key of this version of upshot"),
        (json.dumps([{"id": "a", "summary": SECRET}]), "not a key"),
        (entry(values=SECRET), "key 1 is damaged"),
        (entry(values={"[EMAIL-1]": 5}), "key 1 is damaged"),
        (entry(source_sha256=SECRET), "key 1 is damaged"),
        (entry(more=SECRET), "key 1 is damaged"),
        (entry(values={"the": SECRET}), "key 1 is of no placeholders"),
        ("[" * 50_000, "not valid JSON"),
        (entry()[:-9], "not valid JSON"),
    ],
)
def test_a_damaged_key_is_refused_without_a_word_of_it(tmp_path: Path, content: str, said: str) -> None:
    assert damaged(tmp_path, content).startswith(f"error: bad.json: {said}")


def test_no_file_and_an_empty_one_are_told_as_any_other(tmp_path: Path) -> None:
    assert damaged(tmp_path, "") == "error D04: bad.json: file is empty"
    with pytest.raises(DataError, match="file not found"):
        read_keys(tmp_path / "none.json")


def test_a_conversation_without_a_key_and_one_of_several_of_a_name_are_refused(tmp_path: Path) -> None:
    twin = Conversation("mail.txt", (Said("Eve", "Hello."),))
    write_keys(tmp_path / "key.json", [MAIL, twin, CALL])
    keys = read_keys(tmp_path / "key.json")
    assert keys.of("mail.txt", twin.source_sha256) == mask(twin)[1]
    with pytest.raises(UsageError, match=r"holds 2 keys of conversations with this name"):
        keys.of("mail.txt")
    with pytest.raises(UsageError, match=r"other: key.json holds no key of this conversation \(it holds 3 of others\)"):
        keys.of("other")
    with pytest.raises(UsageError, match="one of this name, of another text"):
        keys.of("mail.txt", "0" * 64)
    with pytest.raises(UsageError, match=r"holds keys of 3 conversations; .* --id NAME, such as --id 'mail.txt'"):
        keys.only()


def test_the_same_conversation_twice_has_one_key(tmp_path: Path) -> None:
    write_keys(tmp_path / "key.json", [CALL, CALL])
    keys = read_keys(tmp_path / "key.json")
    assert keys.only() == keys.of("call.txt") == mask(CALL)[1]
