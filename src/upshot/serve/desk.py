"""The desk: what a page or a route may ask of the server, without knowing of queues and workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from upshot.answers.answer import Answer, Options
from upshot.data.conversation import Conversation


class Refused(Exception):  # noqa: N818  (a refusal is an answer for the client, not a bug)
    """An answer other than 200: HTTP status, a code for programs, words for people; never a word of a conversation."""

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after  # seconds


class Desk(Protocol):
    """Where conversations are handed in."""

    @property
    def arms(self) -> Mapping[str, dict[str, Any]]:
        """Facts of every arm by its name, the default arm first."""

    async def summarize(
        self, conversation: Conversation, options: Options, arm: str, *, hear: Callable[[Mapping[str, Any]], None]
    ) -> Answer:
        """The answer of an arm (empty: the default arm); `hear` gets states and progress. Cancelling stops the work.

        Raises:
            Refused: 404 no such arm, 413 or 422 bad input, 429 full, 503 no worker, 504 too slow, 500 the model failed.
        """

    async def plan(self, conversation: Conversation, options: Options, arm: str) -> dict[str, Any]:
        """What a summary would take, without making it: `prompt_tokens`, `limit`, `parts` ([{first, last, tokens}]).

        Raises:
            Refused: as `summarize`.
        """
