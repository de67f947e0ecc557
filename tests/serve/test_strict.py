"""Bodies are read strictly, and what is wrong with them is told without their words."""

from typing import Final

import pytest

from upshot.serve.desk import Refused
from upshot.serve.strict import checked_json

BAD: Final[tuple[bytes, ...]] = (
    b"",
    b"   ",
    b"{",
    b"}",
    b"{'text': 'canary'}",
    b'{"text": canary}',
    b'{"text": "canary"',
    b'{"text": "canary"}}',
    b'{"text": "canary"} {"text": "canary"}',
    b'{"text": "canary",}',
    b'{"text" "canary"}',
    b'{"text": "canary\n"}',
    b'{"text": "canary\\x"}',
    b'{"text": "canary", "text": "canary"}',
    b'{"canary": 1, "canary": 2}',
    b'{"text": "canary", "n": NaN}',
    b'{"text": "canary", "n": -Infinity}',
    b'{"text": "canary", "n": 1e999}',
    b'{"text": "canary", "n": ' + b"9" * 5000 + b"}",
    b"[" * 100_000,
    b'{"a":' * 50 + b"1" + b"}" * 50,
    b'\xef\xbb\xbf{"text": "canary"}',
    '{"text": "canary"}'.encode("utf-16"),
    b'{"text": "canary \xff"}',
    b'{"text": "canary \\ud800"}',
    b'{"\\udc00canary": 1}',
    b'"canary"',
    b'["canary"]',
    b"null",
    b"true",
    b"/* canary */ {}",
    b'{"text": "canary\x00"}',
)


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_malformed_bodies_are_refused_without_being_repeated(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        checked_json(body)
    assert caught.value.status in (400, 422)
    assert "canary" not in caught.value.message


def test_an_object_comes_back_as_it_is() -> None:
    assert checked_json('{"text": "Ann: Grüße 😀", "n": [1, 2.5, null]}'.encode()) == {
        "text": "Ann: Grüße 😀",
        "n": [1, 2.5, None],
    }
