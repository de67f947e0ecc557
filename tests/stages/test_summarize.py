"""Batches: every row has its line, a killed batch continues, and nothing is mixed."""

import fcntl
import json
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from upshot.answers.answer import Answer, Options
from upshot.data.batch_rows import Rows
from upshot.data.conversation import Conversation
from upshot.errors import BusyError, DataError, ModelError, ResourceError, StoppedError, UsageError
from upshot.events import Event
from upshot.rundir import read_json
from upshot.stages.summarize import CHUNK_ROWS, check_model, state_path, summarize_rows

OPTIONS = Options()


def answer(conversation: Conversation, arm: str = "full") -> Answer:
    """What a summarizer would say, without a model: the first turn."""
    return Answer.model_validate(
        {
            "id": conversation.name,
            "summary": conversation.turns[0].text,
            "sentences": (),
            "confidence": {"logprob": -0.5, "percentile": None, "band": None, "agreement": None},
            "flags": (),
            "left_out": (),
            "turns_not_covered": (),
            "source": {
                "sha256": conversation.source_sha256,
                "turns": len(conversation.turns),
                "speakers": (),
                "prompt_tokens": 1,
                "truncated": False,
                "parts": (),
                "consent": conversation.consent,
            },
            "privacy": {"masked": {}, "sensitive": (), "withheld": "health" in conversation.text},
            "abstained": "unsure" in conversation.text,
            "notes": conversation.notes,
            "generated_by": {
                "tool": "upshot",
                "arm": arm,
                "weights_sha256": "0",
                "prompt": "plain",
                "decoding": {},
                "engine": "none",
            },
            "milliseconds": 1.0,
        }
    )


class Asked:
    """A summarizer that counts what it was asked for."""

    def __init__(self, arm: str = "full") -> None:
        self.arm = arm
        self.sizes: list[int] = []

    def __call__(self, conversations: Sequence[Conversation], options: Options) -> list[Answer]:
        self.sizes.append(len(conversations))
        if any("spoil" in one.text for one in conversations):
            raise DataError("one of them cannot be summarised", code="D34")
        return [answer(one, self.arm) for one in conversations]


def table(folder: Path, count: int = 100, *, name: str = "x.csv") -> Path:
    path = folder / name
    path.write_text("id,dialogue\n" + "".join(f"c{n},Ann: words {n}\n" for n in range(1, count + 1)), encoding="utf-8")
    return path


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_every_row_is_a_line_in_order_with_its_id(tmp_path: Path) -> None:
    out, events, asked = tmp_path / "new" / "out.jsonl", list[Event](), Asked()
    facts = summarize_rows(Rows(table(tmp_path)), out, asked, options=OPTIONS, tell=events.append)
    found = lines(out)
    assert [(line["row"], line["id"], line["summary"]) for line in found] == [
        (n, f"c{n}", f"words {n}") for n in range(1, 101)
    ]
    assert {line["label"] for line in found} == {"AI-generated summary"}
    assert Answer.model_validate({key: value for key, value in found[0].items() if key != "row"}).id == "c1"
    assert (facts.rows, facts.made, facts.kept, facts.errors, facts.held_back) == (100, 100, 0, {}, 0)
    assert asked.sizes == [CHUNK_ROWS, CHUNK_ROWS, CHUNK_ROWS, 100 - 3 * CHUNK_ROWS]
    assert [event.facts["done"] for event in events] == [0, 32, 64, 96, 100]
    assert [event.facts["eta_s"] for event in events][::4] == [None, 0.0]
    assert all(event.facts["total"] == 100 and event.kind == "summarized" for event in events)


def test_bad_rows_stand_there_as_errors_without_text_and_never_stop_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    said = ["Ann: a", None, "Ann: spoil secret", "Ann: b", "", "Ann: health", "Ann: unsure", "Ann: c \ud800secret"]
    path.write_text("".join(json.dumps({"dialogue": text}) + "\n" for text in said) + "{secret\n", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    facts = summarize_rows(Rows(path), out, Asked(), options=OPTIONS)
    found = lines(out)
    assert [line.get("error", {}).get("code") for line in found] == [
        None,
        "D33",
        "D34",
        None,
        "D34",
        None,
        None,
        "D38",
        "D25",
    ]
    assert found[1] == {
        "row": 2,
        "id": "row-2",
        "error": {"code": "D33", "message": "x.jsonl row 2: 'dialogue' is missing"},
    }
    assert "secret" not in out.read_text(encoding="utf-8")
    assert facts.errors == {"D33": 1, "D34": 2, "D38": 1, "D25": 1}
    assert facts.held_back == 2
    again = summarize_rows(Rows(path), out, Asked(), options=OPTIONS)
    assert (again.made, again.kept, again.errors, again.held_back) == (0, 9, facts.errors, 2)


def test_a_killed_batch_continues_behind_its_last_whole_line(tmp_path: Path) -> None:
    source, out = table(tmp_path), tmp_path / "out.jsonl"
    summarize_rows(Rows(source), out, Asked(), options=OPTIONS)
    whole = out.read_bytes()
    for cut in (0, 1, len(whole) // 3, len(whole) - 1):
        out.write_bytes(whole[:cut])
        asked = Asked()
        facts = summarize_rows(Rows(source), out, asked, options=OPTIONS)
        assert out.read_bytes() == whole
        assert facts.kept == whole[:cut].count(b"\n")
        assert sum(asked.sizes) == facts.made == 100 - facts.kept


def test_a_signal_ends_it_with_finished_rows_kept(tmp_path: Path) -> None:
    source, out, looks = table(tmp_path), tmp_path / "out.jsonl", iter([None, None, 15])
    with pytest.raises(StoppedError, match="stopped after 64 of 100 rows") as caught:
        summarize_rows(Rows(source), out, Asked(), options=OPTIONS, stop=lambda: next(looks))
    assert caught.value.exit_code == 143
    assert len(lines(out)) == 64
    assert summarize_rows(Rows(source), out, Asked(), options=OPTIONS).kept == 64


def test_answers_of_another_batch_are_refused_with_what_differs(tmp_path: Path) -> None:
    source, out = table(tmp_path), tmp_path / "out.jsonl"
    summarize_rows(Rows(source), out, Asked(), options=OPTIONS)
    before = out.read_bytes()
    with pytest.raises(UsageError, match=r"another batch \(options.words: different\)"):
        summarize_rows(Rows(source), out, Asked(), options=Options(words=20))
    with pytest.raises(UsageError, match=r"another batch \(column: different\)"):
        summarize_rows(Rows(source, column="id"), out, Asked(), options=OPTIONS)
    table(tmp_path, 101)
    with pytest.raises(UsageError, match=r"another batch \(source, rows: different\)"):
        summarize_rows(Rows(source), out, Asked(), options=OPTIONS)
    assert out.read_bytes() == before


def test_answers_of_two_arms_are_never_mixed(tmp_path: Path) -> None:
    source, out = table(tmp_path), tmp_path / "out.jsonl"
    summarize_rows(Rows(source), out, Asked(), options=OPTIONS)
    out.write_bytes(b"".join(out.read_bytes().splitlines(keepends=True)[:50]))
    with pytest.raises(UsageError, match=r"another model \(arm: different\)"):
        summarize_rows(Rows(source), out, Asked("lora"), options=OPTIONS)
    assert len(lines(out)) == 50


def test_files_that_are_no_batch_are_not_touched(tmp_path: Path) -> None:
    source, out = table(tmp_path), tmp_path / "out.jsonl"
    out.write_text("mine\n")
    with pytest.raises(UsageError, match="exists and is no batch of upshot's"):
        summarize_rows(Rows(source), out, Asked(), options=OPTIONS)
    assert out.read_text() == "mine\n"
    with pytest.raises(UsageError, match="is what is to be summarised"):
        summarize_rows(Rows(source), source, Asked(), options=OPTIONS)
    with pytest.raises(UsageError, match="is a folder"):
        summarize_rows(Rows(source), tmp_path, Asked(), options=OPTIONS)
    (tmp_path / "file").write_text("")
    with pytest.raises(ResourceError, match="cannot be written"):
        summarize_rows(Rows(source), tmp_path / "file" / "out.jsonl", Asked(), options=OPTIONS)


@pytest.mark.parametrize("damage", ['{"row": 7}\n', "5\n", "[]\n", "{\n"])
def test_answers_that_were_edited_are_refused(tmp_path: Path, damage: str) -> None:
    source, out = table(tmp_path), tmp_path / "out.jsonl"
    summarize_rows(Rows(source), out, Asked(), options=OPTIONS)
    out.write_text(damage + out.read_text())
    with pytest.raises((UsageError, DataError), match="edited"):
        summarize_rows(Rows(source), out, Asked(), options=OPTIONS)


def test_a_batch_in_use_is_refused(tmp_path: Path) -> None:
    source, out = table(tmp_path), tmp_path / "out.jsonl"
    with out.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with pytest.raises(BusyError):
            summarize_rows(Rows(source), out, Asked(), options=OPTIONS)


def test_what_is_wrong_with_the_model_stops_the_batch(tmp_path: Path) -> None:
    def broken(conversations: Sequence[Conversation], options: Options) -> list[Answer]:
        raise ModelError("no weights")

    out = tmp_path / "out.jsonl"
    with pytest.raises(ModelError):
        summarize_rows(Rows(table(tmp_path)), out, broken, options=OPTIONS)
    assert out.read_text() == ""
    assert summarize_rows(Rows(tmp_path / "x.csv"), out, Asked(), options=OPTIONS).made == 100


def test_a_table_that_breaks_off_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    source, asked = table(tmp_path), Asked()
    with source.open("a") as stream:
        stream.write('c,"Ann: open')
    with pytest.raises(DataError, match="D14"):
        summarize_rows(Rows(source), tmp_path / "out.jsonl", asked, options=OPTIONS)
    assert asked.sizes == []
    assert not (tmp_path / "out.jsonl").exists()


def test_long_conversations_pass_in_smaller_groups(tmp_path: Path) -> None:
    path, asked = tmp_path / "x.csv", Asked()
    path.write_text("dialogue\n" + f"Ann: {'a' * 25_000}\n" * 5)
    summarize_rows(Rows(path), tmp_path / "out.jsonl", asked, options=OPTIONS)
    assert asked.sizes == [2, 2, 1]


def test_a_folder_is_a_batch_and_what_is_passed_over_is_told(tmp_path: Path) -> None:
    folder, events = tmp_path / "calls", list[Event]()
    folder.mkdir()
    (folder / "a.txt").write_text("Consent: yes\nAnn: hi")
    (folder / "b.mp3").write_text("")
    summarize_rows(Rows(folder), tmp_path / "out.jsonl", Asked(), options=OPTIONS, tell=events.append)
    assert [(line["id"], line["source"]["consent"]) for line in lines(tmp_path / "out.jsonl")] == [("a.txt", "yes")]
    assert events[0].text == "1 file of the folder passed over: no .txt, .vtt, .srt or .json"


def test_the_state_names_no_words_of_the_conversations(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    summarize_rows(Rows(table(tmp_path)), out, Asked(), options=OPTIONS)
    assert "words 1" not in state_path(out).read_text()
    assert json.loads(state_path(out).read_text())["arm"] == "full"


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    peaks = []
    for count in (64, 640):
        path = tmp_path / f"{count}.csv"
        path.write_text("dialogue\n" + "".join(f"Ann: {n} {'word ' * 300}\n" for n in range(count)))
        tracemalloc.start()
        summarize_rows(Rows(path), tmp_path / f"{count}.jsonl", Asked(), options=OPTIONS)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0] + 100_000  # the larger table has 1 MB


def test_answers_never_lie_among_what_is_summarised(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "a.txt").write_text("Ann: Hello.")
    with pytest.raises(UsageError, match="lies in the folder that is to be summarised"):
        summarize_rows(Rows(tmp_path / "calls"), tmp_path / "calls" / "in" / "a.jsonl", Asked(), options=OPTIONS)
    assert [path.name for path in (tmp_path / "calls").iterdir()] == ["a.txt"]


def test_a_finished_batch_of_another_model_is_known(tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    summarize_rows(Rows(table(tmp_path, 2)), out, Asked(), options=OPTIONS)
    marks = {"arm": "full", "weights_sha256": "0", "prompt": "plain"}
    check_model(out, read_json(state_path(out)), marks)
    check_model(out, {}, marks)
    with pytest.raises(UsageError, match="another model \\(arm: different\\)"):
        check_model(out, read_json(state_path(out)), {**marks, "arm": "lora"})
