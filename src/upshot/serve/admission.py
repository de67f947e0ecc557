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


@dataclass(frozen=True, slots=True)
class Body:
    """What the body of a request may be."""

    is_json: bool
    most_bytes: int


def checked_head(scope: Scope, limits: Limits, access: Access) -> Body:
    """What the body may be.

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
    is_form = _kind(headers)[0] == FORM and scope["path"] in FORMS
    most = limits.form_bytes if is_form else limits.body_bytes
    _check_size(headers, most)
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if scope["method"] != "POST" and not has_body:
        return Body(is_json=False, most_bytes=most)
    _check_kind(headers, is_form=is_form)
    return Body(is_json=not is_form, most_bytes=most)


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

    A form of our own page comes with `Origin: null` where a stricter policy of referrers than the page's holds.
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


def _check_size(headers: dict[str, str], most: int) -> None:
    said = headers.get("content-length", "0")
    if not said.isdecimal():
        raise Refused(400, CODES[400], "the content length is no number")
    if len(said) > 15 or int(said) > most:
        raise Refused(413, CODES[413], f"the body is over {most:,} bytes")


def _check_kind(headers: dict[str, str], *, is_form: bool) -> None:
    if headers.get("content-encoding", "identity") != "identity":
        raise Refused(415, CODES[415], "compressed bodies are not taken")
    kind, charset = _kind(headers)
    if not is_form and (kind != "application/json" or charset not in ("", "charset=utf-8", "charset=utf8")):
        raise Refused(415, CODES[415], "send application/json in UTF-8")


def _kind(headers: dict[str, str]) -> tuple[str, str]:
    """The kind of the body and its character set as they are named, in small letters."""
    kind, _, rest = headers.get("content-type", "").partition(";")
    return kind.strip().lower(), rest.replace('"', "").replace(" ", "").lower()
