"""upshot's own routes against a running server: rows S1, S4, S11, S12 and S14 of the list of faults."""

import json
import time
from collections.abc import Iterator

import pytest

from serve.serving import TALK, Served, served
from upshot.answers.answer import Answer

LONG = "Ann: " + "wordy" * 9999  # 50,000 characters


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served(fast="1", slow="300") as found:
        yield found


def test_one_conversation_gives_the_whole_answer(server: Served) -> None:
    answer = Answer.model_validate(server.summarize(id="mine", consent="both agreed").json())
    assert answer.summary == "Yes, I will send the invoice at four."
    assert (answer.id, answer.source.consent, answer.generated_by.ai) == ("mine", "both agreed", True)


def test_several_conversations_give_a_list_in_their_order(server: Served) -> None:
    many = [{"text": f"Ann: number {number}"} for number in range(16)]
    found = server.client.post("/v1/summarize", json={"conversations": many, "arm": "slow"}).json()
    assert [item["summary"] for item in found] == [f"number {number}" for number in range(16)]


def test_two_hundred_calls_one_after_another_add_little_to_the_models_time(server: Served) -> None:
    server.summarize()
    took = []
    for _ in range(200):
        began = time.perf_counter()
        assert server.summarize().status_code == 200
        took.append(time.perf_counter() - began)
    assert min(took) <= 0.011  # the p99 of a shared machine says more about its neighbours; bench/serve.py has it


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"text": TALK, "num_beams": 1e9}, "num_beams"),
        ({"text": TALK, "options": {"max_new_tokens": 1e6}}, "options.max_new_tokens"),
        ({"text": TALK, "options": {"words": 501}}, "500"),
        ({"text": TALK, "options": {"samples": "many"}}, "options.samples"),
        ({"text": 5}, "text"),
        ({"turns": [{"speaker": "Ann"}]}, "turns.0.text"),
        ({"turns": []}, "turns"),
        ({"turns": [{"text": "a", "start_s": -1}]}, "turns.0.start_s"),
        ({"conversations": [{"text": "Ann: Hi!"}] * 17}, "at most 16"),
        ({"conversations": []}, "conversations"),
        ({}, "give either text or turns"),
        ({"text": ""}, "text"),
        ({"text": "  \n "}, "no words"),
        ({"turns": [{"speaker": "Ann", "text": " "}]}, "no words"),
        ({"text": LONG + "x"}, "50,001 characters; at most 50,000"),
        ({"text": TALK, "options": {"words": 499}}, "not trained for words"),
    ],
)
def test_bad_values_are_told_by_field_and_limit(server: Served, body: dict[str, object], words: str) -> None:
    answer = server.client.post("/v1/summarize", json=body)
    assert answer.status_code == 422
    assert words in answer.json()["error"]["message"]
    assert answer.json()["error"]["id"] == answer.headers["x-request-id"]


def test_one_character_and_fifty_thousand_are_taken(server: Served) -> None:
    assert server.summarize("x").status_code == 200
    answer = server.summarize(LONG)
    assert answer.status_code == 200
    assert answer.json()["source"]["truncated"]
    assert answer.json()["source"]["prompt_tokens"] == 12_500


@pytest.mark.parametrize(
    ("words", "code"), [("raise", "model_failed"), ("be nan", "invalid_output"), ("be empty", "invalid_output")]
)
def test_a_model_that_fails_is_500_and_the_next_call_is_fine(server: Served, words: str, code: str) -> None:
    answer = server.summarize(f"Ann: please {words}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, code)
    assert server.summarize().status_code == 200


def test_a_stream_tells_progress_and_then_the_answer(server: Served) -> None:
    with server.client.stream("POST", "/v1/summarize", json={"text": TALK, "stream": True}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line]
    assert lines[0::2] == ["event: progress"] * 3 + ["event: answer"]
    told = [json.loads(line.removeprefix("data: ")) for line in lines[1::2]]
    assert [item.get("state") for item in told[:3]] == ["waiting", "running", "running"]
    assert told[2] == {"state": "running", "kind": "part", "done": 1, "total": 1}  # numbers alone, no words
    Answer.model_validate(told[3])


def test_a_stream_ends_with_an_error_where_there_is_no_answer(server: Served) -> None:
    answer = server.summarize("Ann: please raise", stream=True)
    assert "event: error" in answer.text
    assert "model_failed" in answer.text


def test_a_stream_that_is_refused_at_once_has_the_status_of_its_refusal(server: Served) -> None:
    for body, status in (({"text": TALK, "arm": "none"}, 404), ({"text": LONG + "x"}, 422)):
        answer = server.client.post("/v1/summarize", json=body | {"stream": True})
        assert (answer.status_code, set(answer.json())) == (status, {"error"})


def test_a_plan_shows_turns_speakers_tokens_and_parts(server: Served) -> None:
    plan = server.client.post("/v1/plan", json={"text": TALK}).json()
    assert plan["speakers"] == ["Ann", "Ben"]
    assert [turn["text"] for turn in plan["turns"]] == ["Can you send the invoice today?", plan["turns"][1]["text"]]
    assert (plan["limit"], plan["parts"]) == (512, [])
    long = server.client.post("/v1/plan", json={"text": "Ann: a long story\nBen: yes\n" * 200}).json()
    assert long["parts"] == [{"first": 0, "last": 199}, {"first": 200, "last": 399}]


def test_an_arm_is_chosen_by_name_and_names_are_never_paths(server: Served) -> None:
    assert server.summarize(arm="slow").status_code == 200
    for name in ("none", "../../etc/passwd", "..%2f", "/etc", "a\\b"):
        answer = server.summarize(arm=name)
        assert answer.status_code == 404
        assert name not in answer.text
