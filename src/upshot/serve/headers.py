"""Headers that every answer carries, and which Host and Origin a request may name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

_CSP: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SAFE_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")


def host_name(host: str) -> str:
    """The name in a Host header, without its port; empty where it is none.

    >>> host_name("localhost:8123"), host_name("[::1]:80"), host_name("a@b")
    ('localhost', '[::1]', '')
    """
    name, _, port = host.lower().rpartition(":") if ":" in host.rpartition("]")[2] else (host.lower(), "", "")
    if port and not port.isdecimal():
        return ""
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name.replace(":", "/")
    return name if bare and all(char.isalnum() or char in ".-:_" for char in bare) else ""


def is_own_origin(origin: str, host: str, allowed: Iterable[str]) -> bool:
    """Whether a page of this origin is one of ours: the very host that it asks, and one that is allowed.

    >>> is_own_origin("http://localhost:8123", "localhost:8123", LOCAL_HOSTS)
    True
    >>> is_own_origin("http://localhost:9999", "localhost:8123", LOCAL_HOSTS)
    False
    """
    return origin.lower() in (f"http://{host}".lower(), f"https://{host}".lower()) and host_name(host) in allowed
