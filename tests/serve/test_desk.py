"""A refusal carries what a client may know."""

from upshot.serve.desk import Refused


def test_a_refusal_holds_status_code_words_and_when_to_come_again() -> None:
    refused = Refused(429, "full", "too much is waiting", 3)
    assert (refused.status, refused.code, str(refused), refused.retry_after) == (429, "full", "too much is waiting", 3)
