"""The worker speaks in records and never lets out a word of a conversation."""

import json
import subprocess
from typing import Any

from serve.serving import fake_command
from upshot.answers.answer import Options
from upshot.data.conversation import Conversation, Said
from upshot.serve.worker import conversation_from, record_of

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
        done = subprocess.CompletedProcess([], process.wait(10), process.stdout.read(), process.stderr.read())
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


def test_a_cancelled_job_ends_early() -> None:
    records, _ = worked(job(1, "please take long"), {"cancel": 1}, job(2, "next"))
    assert records[-1]["results"][0]["value"]["summary"] == "next"
