"""The Hugging Face client works against the server, and the page may post forms to the same path."""

from collections.abc import Iterator

import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

from serve.serving import TALK, Served, served


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served(fast="1", other="1") as found:
        yield found


@pytest.mark.parametrize("path", ["/models/other", "", "/"])
def test_the_client_summarises_with_an_arm_or_the_first(server: Served, path: str) -> None:
    found = InferenceClient(model=server.url + path).summarization(TALK)
    assert found.summary_text == "Yes, I will send the invoice at four."
    assert found["upshot"]["generated_by"]["ai"] is True


def test_parameters_of_the_hub_are_taken(server: Served) -> None:
    client = InferenceClient(model=f"{server.url}/models/fast")
    found = client.summarization(TALK, clean_up_tokenization_spaces=True, generate_parameters={"num_beams": 4})
    assert found.summary_text


def test_several_inputs_give_several_summaries(server: Served) -> None:
    found = server.client.post("/models/fast", json={"inputs": ["Ann: one", "Ann: two"]}).json()
    assert [item["summary_text"] for item in found] == ["one", "two"]


def test_an_unknown_arm_is_the_clients_error(server: Served) -> None:
    with pytest.raises(HfHubHTTPError, match="404"):
        InferenceClient(model=f"{server.url}/models/none").summarization(TALK)


@pytest.mark.parametrize("name", ["../../etc/passwd", "%2e%2e%2fetc", "..%5c..", "a%00b", "%2Fetc%2Fpasswd"])
def test_names_of_arms_are_never_paths(server: Served, name: str) -> None:
    assert b" 404 " in server.raw(
        f"GET /models/{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )


def test_facts_of_an_arm_are_shown(server: Served) -> None:
    assert server.client.get("/models/fast").json()["upshot"]["engine"] == "fake"


def test_a_form_to_the_first_path_is_left_to_the_page(server: Served) -> None:
    assert server.client.post("/", data={"text": TALK}).status_code in (200, 404, 405)
    assert server.client.post("/models/fast", data={"text": TALK}).status_code == 415
