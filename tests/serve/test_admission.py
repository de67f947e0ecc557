"""Who may come in, decided by the head of a request: rows X14, X15, X17 and S10."""

import base64
from collections.abc import Iterator
from typing import Final

import pytest

from serve.serving import TALK, Served, served
from upshot.serve.admission import Access

TOKEN: Final = "correct-horse-battery-staple"
JSON: Final = {"content-type": "application/json"}
ROUTES: Final = (
    ("POST", "/v1/summarize"), ("POST", "/v1/plan"), ("POST", "/v1/chat/completions"), ("POST", "/models/fast"),
    ("POST", "/"), ("GET", "/v1/models"), ("GET", "/v1/schema"), ("GET", "/readyz"), ("GET", "/metrics"),
    ("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/nowhere"), ("PUT", "/v1/plan"), ("OPTIONS", "/"),
)  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as found:
        yield found


@pytest.fixture(scope="module")
def locked() -> Iterator[Served]:
    with served(access=Access(token=TOKEN)) as found:
        yield found


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "0.0.0.0", "localhost@evil", ""]
)
def test_a_foreign_host_is_refused(server: Served, host: str) -> None:
    assert server.client.get("/healthz", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1234", "[::1]:8123", "LocalHost"])
def test_names_of_this_machine_are_served(server: Served, host: str) -> None:
    assert server.client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://[", "file://"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_foreign_origin_is_refused_and_gets_no_cors_header(server: Served, origin: str, method: str) -> None:
    headers = JSON | {"origin": origin, "access-control-request-method": "POST"}
    answer = server.client.request(method, "/v1/summarize", headers=headers)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_our_own_page_may_ask_and_post_forms_under_a_policy_without_referrers(server: Served) -> None:
    assert server.client.post("/v1/summarize", json={"text": TALK}, headers={"origin": server.url}).status_code == 200
    form = {"origin": "null", "sec-fetch-site": "same-origin"}
    assert server.client.post("/", data={"text": "a"}, headers=form).status_code in (200, 404, 405)
    other = {"sec-fetch-site": "cross-site"}
    assert server.client.post("/v1/summarize", json={"text": TALK}, headers=other).status_code == 403


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/jsonp",
        "",
    ],
)
def test_only_json_is_taken(server: Served, kind: str) -> None:
    answer = server.client.post("/v1/summarize", content=b'{"text": "x"}', headers={"content-type": kind})
    assert answer.status_code == 415


def test_a_form_holds_as_much_of_any_script_as_json_does(server: Served) -> None:
    text = "Анна: " + "длинныйрассказ " * 3200
    assert server.client.post("/", data={"text": text}).status_code == 200  # 48,006 characters, 270 kB as a form
    assert server.client.post("/page/turns", data={"text": text}).status_code == 200
    assert server.client.post("/", data={"text": "я" * 140_000}).status_code == 413
    assert server.client.post("/", json={"inputs": "a" * 270_000}).status_code == 413
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert server.client.post("/v1/summarize", content=b"a" * 270_000, headers=headers).status_code == 413


def test_compressed_bodies_are_not_taken(server: Served) -> None:
    headers = JSON | {"content-encoding": "gzip"}
    assert server.client.post("/v1/summarize", content=b"x", headers=headers).status_code == 415


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_but_health_wants_the_token(locked: Served, method: str, path: str) -> None:
    for given in (
        "",
        "Bearer",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"bearer{TOKEN}",
        "Basic !",
        f"Digest {TOKEN}",
        "Bearer é",
    ):
        headers = {"authorization": given.encode()} | {name: value.encode() for name, value in JSON.items()}
        answer = locked.client.request(method, path, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "token"
    assert locked.client.request(method, path + "?token=" + TOKEN, headers={"authorization": ""}).status_code == 401


def test_the_token_opens_as_bearer_and_as_a_browsers_password(locked: Served) -> None:
    basic = base64.b64encode(f"anyone:{TOKEN}".encode()).decode()
    for given in (f"Bearer {TOKEN}", f"Basic {basic}"):
        assert locked.client.get("/v1/models", headers={"authorization": given}).status_code == 200
    assert locked.client.get("/healthz", headers={"authorization": ""}).status_code == 200


def test_the_token_is_shown_nowhere() -> None:
    assert TOKEN not in repr(Access(token=TOKEN))
