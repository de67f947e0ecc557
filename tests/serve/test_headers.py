"""Hosts and origins are read exactly."""

import pytest

from upshot.serve.headers import LOCAL_HOSTS, SAFE_HEADERS, host_name, is_own_origin


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", "localhost"),
        ("LOCALHOST:80", "localhost"),
        ("[::1]:8123", "[::1]"),
        ("evil.example", "evil.example"),
        ("127.0.0.1:8123:9", ""),
        ("127.0.0.1:x", ""),
        ("localhost@evil.example", ""),
        ("::1", ""),
        ("", ""),
    ],
)
def test_a_host_is_its_name_without_port_or_nothing(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    "origin",
    ["null", "https://evil.example", "http://localhost", "http://localhost:1", "file://localhost:8123", "http://[", ""],
)
def test_only_the_page_of_this_very_host_is_ours(origin: str) -> None:
    assert is_own_origin("http://localhost:8123", "localhost:8123", LOCAL_HOSTS)
    assert not is_own_origin(origin, "localhost:8123", LOCAL_HOSTS)


def test_the_policy_forbids_everything_but_files_of_this_server() -> None:
    policy = SAFE_HEADERS["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
