"""The worker speaks in records and never lets out a word of a conversation."""

import io
import json
import subprocess
import sys
from functools import lru_cache
from typing import Any, Final

from serve.fake_worker import Fake
from serve.serving import fake_command
from upshot.answers.answer import Options
from upshot.answers.evidence import evidence_of
from upshot.answers.flags import flags_of
from upshot.answers.left_out import left_out
from upshot.data.conversation import Conversation, Said
from upshot.serve.worker import _answer, conversation_from, record_of

CACHE: Final = type(lru_cache(lambda: None))
TALK = Conversation("c", (Said("Ann", "Hi, canary!", 0.5, 1.0), Said("", "Hello.")), ("a note",), "agreed")


def job(number: int, *texts: str, arm: str = "fast", plan: bool = False, **options: Any) -> dict[str, Any]:
    records = [record_of(Conversation(str(at), (Said("Ann", text),))) for at, text in enumerate(texts)]
    given = Options.model_validate(options).model_dump()
    return {"id": number, "arm": arm, "plan": plan, "options": given, "conversations": records}


def worked(*jobs: dict[str, Any], **arms: str) -> tuple[list[dict[str, Any]], subprocess.CompletedProcess[str]]:
    """Records of a worker that gets these jobs, progress left out; it is kept until the last job is answered."""
    with subprocess.Popen(
        fake_command(**arms), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("".join(json.dumps(item) + "\n" for item in jobs))
        process.stdin.flush()
        records: list[dict[str, Any]] = []
        while line := process.stdout.readline():
            records += [] if "progress" in json.loads(line) else [json.loads(line)]
            if jobs and records[-1:] and records[-1].get("id") == jobs[-1]["id"]:
                break
        process.stdin.close()
        assert process.stderr
        done = subprocess.CompletedProcess([], process.wait(60), process.stdout.read(), process.stderr.read())
    return records, done


def test_a_conversation_travels_whole() -> None:
    assert conversation_from(json.loads(json.dumps(record_of(TALK)))) == TALK


def test_it_opens_warms_up_and_answers_each_of_its_arms() -> None:
    records, done = worked(
        job(1, "one"), job(2, "two", "three", arm="other"), job(3, "x", plan=True), fast="1", other="1"
    )
    opened, ready, first, second, third = records
    assert list(opened["opened"]) == ["fast", "other"]
    assert ready == {"ready": True}
    assert first["results"][0]["value"]["summary"] == "one"
    assert [item["value"]["summary"] for item in second["results"]] == ["two", "three"]
    assert third["results"][0]["value"]["limit"] == 512
    assert done.returncode == 0


def test_one_that_fails_in_a_batch_fails_alone_and_tells_only_its_kind() -> None:
    records, done = worked(job(1, "one", "canary, please raise", "three"))
    results = records[-1]["results"]
    assert [result.get("error", "fine") for result in results] == ["fine", "RuntimeError", "fine"]
    assert "canary" not in json.dumps(results[1])
    assert done.stdout == ""


def test_words_about_options_are_told() -> None:
    records, _ = worked(job(1, "one", words=499))
    assert records[-1]["results"] == [{"error": "UsageError", "message": "this arm was not trained for words"}]


def test_an_arm_that_cannot_be_opened_is_told_with_its_exit_code() -> None:
    records, _ = worked(bad="absent")
    assert records == [{"failed": "absent: no such folder", "exit_code": 4}]


def test_caches_keep_no_words_of_a_conversation_behind_its_job() -> None:
    text = "Dr Okafor: The canary paid 48,213 euros in Leeds on Monday.\nMrs Lind: I will tell Maya Halvorsen."
    evidence_of(text, "Dr Okafor says that the canary paid 48,213 euros.")
    flags_of(text, "Mrs Lind tells Maya that the canary paid.", hit_cap=False)
    left_out(text, "The canary paid.")
    before = filled_caches()
    assert len(before) >= 5
    _answer(Fake("1"), job(1, "next"), set(), io.StringIO())
    kept = filled_caches()
    assert len(kept) < len(before)
    assert all(cache.cache_parameters()["maxsize"] in (None, 1, 2, 3) for cache in kept)  # tables and settings of ours


def filled_caches() -> list[Any]:
    modules = [module for name, module in sys.modules.items() if name.startswith("upshot.")]
    found = [item for module in modules for item in vars(module).values() if isinstance(item, CACHE)]
    return list({id(cache): cache for cache in found if cache.cache_info().currsize}.values())


def test_a_cancelled_job_ends_early() -> None:
    records, _ = worked(job(1, "please take long"), {"cancel": 1}, job(2, "next"))
    assert records[-1]["results"][0]["value"]["summary"] == "next"


def test_a_cancellation_that_comes_too_late_is_not_kept() -> None:
    cancelled = {1, 3}
    _answer(Fake("1"), job(2, "next"), cancelled, io.StringIO())
    assert cancelled == {3}
