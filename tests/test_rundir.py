"""The run folder: atomic writes, one lock, whole folders or none."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from upshot.errors import BusyError, DataError, ResourceError, UsageError
from upshot.records import Prediction, dump_lines
from upshot.rundir import (
    RunDir,
    append_line,
    damage,
    drop_cut_line,
    file_sha256,
    lines_of,
    locked,
    move,
    read_json,
    read_lines,
    read_text,
    remove,
    staged_file,
    staged_folder,
    value_sha256,
    write_json,
    write_text,
)


def test_paths_are_those_of_the_contract() -> None:
    run = RunDir(Path("runs/x"))
    assert str(run.weights("full")) == "runs/x/arms/full/weights"
    assert str(run.split("test")) == "runs/x/data/test.jsonl"
    assert str(run.predictions("a", "test")) == "runs/x/arms/a/predictions.jsonl"
    assert str(run.predictions("a", "validation")) == "runs/x/arms/a/validation.jsonl"
    assert str(run.exported("a", "int8")) == "runs/x/arms/a/ct2-int8"


def test_a_file_is_written_with_its_folders_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    write_text(path, "eins\n")
    write_text(path, "zwei ü\n")
    assert read_text(path) == "zwei ü\n"
    assert [item.name for item in path.parent.iterdir()] == ["b.txt"]
    assert read_text(tmp_path / "none") == ""
    assert read_json(tmp_path / "none") == {}


def test_json_comes_back_and_a_number_that_is_none_is_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"a": [1, 2.5], "ü": None})
    assert read_json(tmp_path / "x.json") == {"a": [1, 2.5], "ü": None}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", {"a": float("nan")})
    assert read_json(tmp_path / "x.json")["a"] == [1, 2.5]


def test_a_place_that_cannot_be_written_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for write in (
        lambda path: write_text(path, "x"),
        lambda path: append_line(path, {}),
        lambda path: write_json(path, {}),
    ):
        with pytest.raises(ResourceError, match="cannot be written"):
            write(tmp_path / "file" / "inner.txt")
    with pytest.raises(ResourceError, match=r"cannot be saved \(.*MB free\)"), staged_folder(tmp_path / "file" / "x"):
        pass


def test_lines_are_appended(tmp_path: Path) -> None:
    for number in range(3):
        append_line(tmp_path / "deep" / "log.jsonl", {"n": number, "text": "ü"})
    assert [json.loads(line)["n"] for line in read_text(tmp_path / "deep" / "log.jsonl").splitlines()] == [0, 1, 2]


def test_a_staged_folder_appears_whole_with_its_checksums(tmp_path: Path) -> None:
    target = tmp_path / "step-1"
    with staged_folder(target) as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "a.txt").write_text("a", encoding="utf-8")
        assert not target.exists()
    assert damage(target) is None
    assert [path.name for path in tmp_path.iterdir()] == ["step-1"]
    with staged_folder(target) as folder:
        (folder / "b.txt").write_text("b", encoding="utf-8")
    assert sorted(path.name for path in target.iterdir()) == ["MANIFEST.json", "b.txt"]


def test_a_folder_that_failed_while_it_was_filled_leaves_nothing_and_the_old_one_stays(tmp_path: Path) -> None:
    target = tmp_path / "step-1"
    with staged_folder(target) as folder:
        (folder / "a.txt").write_text("a", encoding="utf-8")

    def fail() -> None:
        with staged_folder(target) as folder:
            (folder / "a.txt").write_text("other", encoding="utf-8")
            raise OSError(28, "No space left on device")

    with pytest.raises(ResourceError, match=r"cannot be saved \(No space left on device; \d+"):
        fail()
    assert (target / "a.txt").read_text(encoding="utf-8") == "a"
    assert [path.name for path in tmp_path.iterdir()] == ["step-1"]


def test_damage_names_the_file(tmp_path: Path) -> None:
    target = tmp_path / "x"
    with staged_folder(target) as folder:
        (folder / "a.txt").write_text("abc", encoding="utf-8")
    (target / "a.txt").write_text("abd", encoding="utf-8")
    assert damage(target) == "a.txt: checksum differs"
    (target / "a.txt").unlink()
    assert damage(target) == "a.txt is missing"
    (target / "MANIFEST.json").write_text("{", encoding="utf-8")
    assert damage(target) == "MANIFEST.json is not readable"
    (target / "MANIFEST.json").unlink()
    assert damage(target) == "MANIFEST.json is missing"


@pytest.mark.parametrize("content", ["[]", "null", "3", '{"files": []}', '{"files": {"a": 1}}', '{"files": {"a": {}}}'])
def test_a_manifest_of_another_shape_is_not_readable(content: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x", encoding="utf-8")
    (tmp_path / "MANIFEST.json").write_text(content, encoding="utf-8")
    assert damage(tmp_path) == "MANIFEST.json is not readable"


KILLED: Final = """
import os, signal, sys
from pathlib import Path
from upshot.rundir import staged_folder, write_text

root, left = Path(sys.argv[1]), int(sys.argv[2])
os.environ["LEFT"] = str(left)
watched = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}

def tick():
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

def hook(event, arguments):
    if event in watched or (event == "open" and isinstance(arguments[1], str) and "w" in arguments[1]):
        tick()

sync = os.fsync
def counted(handle):
    tick()
    sync(handle)

os.fsync = counted
sys.addaudithook(hook)
with staged_folder(root / "step-2") as folder:
    (folder / "weights").write_bytes(b"w" * 5000)
    (folder / "state.json").write_text("{}", encoding="utf-8")
write_text(root / "log.txt", "new\\n")
print("announced", flush=True)
"""


def test_killed_at_any_point_of_a_save_the_folder_is_whole_or_not_there(tmp_path: Path) -> None:
    ends = []
    for left in range(40):
        root = tmp_path / str(left)
        with staged_folder(root / "step-1") as folder:
            (folder / "weights").write_bytes(b"v" * 5000)
        write_text(root / "log.txt", "old\n")
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(root), str(left)], capture_output=True, text=True, check=False
        )
        with locked(root):
            assert not list(root.rglob(".staging-*"))
        assert damage(root / "step-1") is None
        assert not (root / "step-2").exists() or damage(root / "step-2") is None
        assert read_text(root / "log.txt") in ("old\n", "new\n")
        ends.append(done.stdout)
        if done.stdout:
            assert done.returncode == 0
            assert damage(root / "step-2") is None
            break
        assert done.returncode == -signal.SIGKILL
    assert ends[-1] == "announced\n"
    assert len(ends) > 10  # that many points were met


def _hold(root: str, ready: "multiprocessing.synchronize.Event") -> None:
    with locked(Path(root)):
        ready.set()
        time.sleep(60)


def test_a_second_process_is_refused_at_once_and_the_lock_is_free_after_a_kill(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    holder = context.Process(target=_hold, args=(str(tmp_path), ready))
    holder.start()
    try:
        assert ready.wait(60)
        began = time.monotonic()
        with pytest.raises(BusyError, match=rf"is in use by process {holder.pid} since \d\d:\d\d") as busy:
            locked(tmp_path).__enter__()
        assert busy.value.exit_code == 6
        assert time.monotonic() - began < 20  # the holder keeps it for a minute
    finally:
        assert holder.pid is not None
        os.kill(holder.pid, signal.SIGKILL)
        holder.join()
    with locked(tmp_path) as run:
        assert run == RunDir(tmp_path)


def test_a_second_lock_in_the_same_process_is_refused_and_the_first_stays(tmp_path: Path) -> None:
    with locked(tmp_path):
        with pytest.raises(BusyError, match=f"process {os.getpid()}"), locked(tmp_path):
            pass
        with pytest.raises(BusyError), locked(tmp_path):
            pass


def test_leftovers_of_a_crash_are_swept_when_the_folder_is_locked(tmp_path: Path) -> None:
    for name in (".staging-1-a", "arms/x/train/.staging-99-step-00000004/.staging-99-inner"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "f").write_text("x", encoding="utf-8")
    with locked(tmp_path):
        assert not list(tmp_path.rglob(".staging-*"))
        assert (tmp_path / "arms/x/train").is_dir()


def test_a_file_in_place_of_a_run_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="is a file, expected a run folder"):
        locked(path).__enter__()
    with pytest.raises(ResourceError, match="cannot be written"):
        locked(path / "inner").__enter__()


def test_hashes_do_not_depend_on_the_order_of_keys(tmp_path: Path) -> None:
    assert value_sha256({"a": 1, "b": [2]}) == value_sha256({"b": [2], "a": 1}) != value_sha256({"a": 2, "b": [2]})
    (tmp_path / "x").write_bytes(b"abc")
    assert file_sha256(tmp_path / "x").startswith("ba7816bf")


def test_removing_takes_files_folders_and_nothing(tmp_path: Path) -> None:
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "f").write_text("x", encoding="utf-8")
    for name in ("d", "f", "none"):
        remove(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_an_id_that_stands_twice_is_refused_where_lines_are_dialogues(tmp_path):
    lines = [Prediction(name, "Hi.", 2, False, -0.1, 9, False) for name in ("d1", "d2", "d1")]
    write_text(tmp_path / "predictions.jsonl", dump_lines(lines))
    with pytest.raises(DataError, match=r"predictions\.jsonl: id 'd1' stands there 2 times"):
        read_lines(tmp_path / "predictions.jsonl", Prediction)
    write_text(tmp_path / "predictions.jsonl", dump_lines(lines[:2]))
    assert read_lines(tmp_path / "predictions.jsonl", Prediction) == lines[:2]
    assert read_lines(tmp_path / "none.jsonl", Prediction) == []


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "scores.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"scores\.jsonl: not UTF-8 text"):
        read_lines(tmp_path / "scores.jsonl", Prediction)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("one\ntwo\n", "one\ntwo\n"),
        ("one\ntw", "one\n"),
        ("tw", ""),
        ("", ""),
        ("one\n" + "x" * 200_000, "one\n"),
    ],
)
def test_a_line_that_was_cut_off_is_dropped_from_a_log(before: str, after: str, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(before, encoding="utf-8")
    drop_cut_line(log)
    assert read_text(log) == after


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    drop_cut_line(tmp_path / "absent")
    assert list(lines_of(tmp_path / "absent")) == []
    write_text(tmp_path / "there", "a\u2028b\nc")
    assert list(lines_of(tmp_path / "there")) == ["a\u2028b\n", "c"]


def test_a_file_written_piece_by_piece_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    with staged_file(path) as stream:
        stream.write("one\n")
        assert not path.exists()
        stream.write("two\n")
    assert read_text(path) == "one\ntwo\n"
    with pytest.raises(TypeError), staged_file(path) as stream:
        stream.writelines(["other", 1])  # type: ignore[list-item]
    assert read_text(path) == "one\ntwo\n"
    assert [item.name for item in path.parent.iterdir()] == ["file"]
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ResourceError, match="cannot be written"), staged_file(tmp_path / "file" / "inner"):
        pass


def test_a_folder_is_put_aside_at_the_first_free_place(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    for number in (1, 2):
        write_text(run.arm("full") / "kept.txt", str(number))
        target = run.before("full")
        move(run.arm("full"), target)
        assert (target.relative_to(tmp_path), read_text(target / "kept.txt")) == (
            Path("before", f"full-{number}"),
            str(number),
        )
    assert not run.arm("full").exists()
    with pytest.raises(ResourceError, match=r"arms/full: cannot be moved to .*/before/full-3 "):
        move(run.arm("full"), run.before("full"))
