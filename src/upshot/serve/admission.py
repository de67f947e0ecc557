"""Whether a request may come in, decided by its head alone: host, origin, token, size and kind of its body."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from typing import Final

from starlette.types import Scope

from upshot.serve.desk import Refused
from upshot.serve.headers import LOCAL_HOSTS, host_name, is_own_origin
from upshot.serve.limits import Limits
from upshot.serve.refusals import CODES

HEALTH: Final = ("/healthz", "/readyz", "/metrics")  # answered also where connections are short
FORM: Final = "application/x-www-form-urlencoded"
FORMS: Final = ("/", "/page/summary", "/page/turns")  # where the page posts plain forms
_HEADER_BYTES: Final = 32 * 1024
_HEADERS: Final = 100
_TARGET_BYTES: Final = 8 * 1024
_READING: Final = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask: names of this host, and a token if there is one."""

    hosts: frozenset[str] = frozenset(LOCAL_HOSTS)
    token: str = field(default="", repr=False)


def checked_head(scope: Scope, limits: Limits, access: Access) -> bool:
    """Whether the body has to be JSON.

    Raises:
        Refused: 400 host, 401 token, 403 origin, 413 size, 415 kind, 431 too long, 503 too many connections.
    """
    headers = _headers(scope)
    _check_host(headers, access)
    _check_origin(scope, headers, access)
    if access.token and scope["path"] != "/healthz":
        _check_token(headers.get("authorization", ""), access.token)
    if scope.get("state", {}).get("spare") and scope["path"] not in HEALTH:
        raise Refused(503, "connections", "too many open connections", 1)
    _check_size(headers, limits)
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    return (scope["method"] == "POST" or has_body) and _is_json(scope["path"], headers)


def _headers(scope: Scope) -> dict[str, str]:
    raw: list[tuple[bytes, bytes]] = scope["headers"]
    target = len(scope.get("raw_path", b"")) + len(scope["query_string"])
    if target > _TARGET_BYTES or len(raw) > _HEADERS or sum(len(k) + len(v) for k, v in raw) > _HEADER_BYTES:
        raise Refused(431, CODES[431], "the request's address or header is too long")
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}


def _check_host(headers: dict[str, str], access: Access) -> None:
    """A page that got its name pointed at this machine (DNS rebinding) asks under that name."""
    if host_name(headers.get("host", "")) not in access.hosts:
        raise Refused(400, "host", "this server does not answer to that host name; see --allow-host")


def _check_origin(scope: Scope, headers: dict[str, str], access: Access) -> None:
    """No page of another origin asks or tells anything here; the site of a request cannot be forged by a page.

    Browsers send `Origin: null` with forms of our own page too, since its referrer policy is no-referrer.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    own_form = origin == "null" and site == "same-origin"
    if origin is not None and not own_form and not is_own_origin(origin, headers["host"], access.hosts):
        raise Refused(403, CODES[403], "requests from pages of another origin are refused")
    if site in ("cross-site", "same-site") and scope["method"] not in _READING:
        raise Refused(403, CODES[403], "requests from pages of another origin are refused")


def _check_token(authorization: str, token: str) -> None:
    """Bearer, or Basic with the token as password, which is what a browser asks for."""
    kind, _, given = authorization.partition(" ")
    if kind.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            given = ""
    elif kind.lower() != "bearer":
        given = ""
    if not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise Refused(401, CODES[401], "a token is needed: Authorization: Bearer TOKEN")


def _check_size(headers: dict[str, str], limits: Limits) -> None:
    said = headers.get("content-length", "0")
    if not said.isdecimal():
        raise Refused(400, CODES[400], "the content length is no number")
    if len(said) > 15 or int(said) > limits.body_bytes:
        raise Refused(413, CODES[413], f"the body is over {limits.body_bytes:,} bytes")


def _is_json(path: str, headers: dict[str, str]) -> bool:
    if headers.get("content-encoding", "identity") != "identity":
        raise Refused(415, CODES[415], "compressed bodies are not taken")
    kind, _, rest = headers.get("content-type", "").partition(";")
    kind, charset = kind.strip().lower(), rest.replace('"', "").replace(" ", "").lower()
    if kind == FORM and path in FORMS:
        return False
    if kind != "application/json" or (charset and charset not in ("charset=utf-8", "charset=utf8")):
        raise Refused(415, CODES[415], "send application/json in UTF-8")
    return True
