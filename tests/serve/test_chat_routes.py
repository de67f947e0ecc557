"""The OpenAI client works against the server."""

from collections.abc import Iterator

import openai
import pytest

from serve.serving import TALK, Served, served


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served(fast="1", other="1") as found:
        yield found


@pytest.fixture(scope="module")
def client(server: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as found:
        yield found


def test_the_last_user_message_is_summarised(client: openai.OpenAI) -> None:
    found = client.chat.completions.create(
        model="other",
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": TALK}],
        temperature=0.2,
        max_tokens=60,
    )
    assert found.choices[0].message.content == "Yes, I will send the invoice at four."
    assert found.choices[0].finish_reason == "stop"
    assert found.usage
    assert found.usage.prompt_tokens > 0
    assert found.model_extra
    assert found.model_extra["upshot"]["generated_by"]["ai"] is True


def test_it_streams(client: openai.OpenAI) -> None:
    messages: list[openai.types.chat.ChatCompletionUserMessageParam] = [{"role": "user", "content": TALK}]
    chunks = list(client.chat.completions.create(model="fast", messages=messages, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Yes, I will send the invoice at four."
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_arms_are_listed_as_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["fast", "other"]
    assert client.models.retrieve("other").id == "other"


def test_errors_are_the_clients_own_kinds(client: openai.OpenAI) -> None:
    messages: list[openai.types.chat.ChatCompletionUserMessageParam] = [{"role": "user", "content": TALK}]
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="none", messages=messages)
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("none")
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="fast", messages=messages, n=2)
