"""What the server takes at most and how long it waits: one definition, from which the command line's options come."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

CHARACTERS_A_TOKEN = 4  # the server holds no tokenizer; English conversations have 4.1 characters a token with T5's
FORM_BYTES_A_BYTE = 3  # a form writes a byte of any script but Latin as three: %D0


class Limits(BaseModel):
    """Bounds of the server. Sizes in bytes or characters, times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    body_bytes: int = Field(default=256 * 1024, ge=1024, description="Bytes of a request's body; a form's three times.")
    characters: int = Field(default=50_000, ge=1, description="Characters of one conversation.")
    conversations: int = Field(default=16, ge=1, le=256, description="Conversations of one request.")
    together: int = Field(default=16, ge=1, le=256, description="Conversations that the model takes at once.")
    waiting: int = Field(default=16, ge=1, description="Conversations that may wait; more are refused with 429.")
    waiting_tokens: int = Field(
        default=8192, ge=1, description="Tokens that may wait, four characters each; one request always may."
    )
    request_s: float = Field(default=30.0, gt=0, description="Seconds from a request to its answer, else 504.")
    receive_s: float = Field(default=10.0, gt=0, description="Seconds for a header or a body to arrive.")
    keep_alive_s: float = Field(default=5.0, gt=0, description="Seconds that an idle connection is kept.")
    connections: int = Field(default=256, ge=1, description="Open connections; the longest idle one makes place.")
    drain_s: float = Field(default=30.0, gt=0, description="Seconds for running work after SIGTERM.")
    cancel_s: float = Field(default=0.4, gt=0, description="Seconds for the model to stop when nobody waits for it.")
    start_s: float = Field(default=120.0, gt=0, description="Seconds for a worker to load and warm up.")
    deaths: int = Field(default=3, ge=1, description="Deaths of the worker in 60 seconds that end the server.")

    @property
    def form_bytes(self) -> int:
        """Bytes of a form's body, which holds as much as `body_bytes` of plain UTF-8."""
        return self.body_bytes * FORM_BYTES_A_BYTE

    @property
    def waiting_characters(self) -> int:
        """Characters that may wait."""
        return self.waiting_tokens * CHARACTERS_A_TOKEN
