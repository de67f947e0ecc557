"""The OpenAI wire form: `OpenAI(base_url="http://127.0.0.1:8123/v1").chat.completions.create(...)` works."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from upshot.answers.answer import Answer
from upshot.serve.desk import Refused
from upshot.serve.pool import Pool
from upshot.serve.reference import STREAM, errors
from upshot.serve.wire import ChatBody, parsed


def routes_of(pool: Pool) -> APIRouter:
    """`POST /v1/chat/completions` and `GET /v1/models`."""
    routes = APIRouter(prefix="/v1", tags=["OpenAI"])

    @routes.post(
        "/chat/completions",
        summary="Summarise the last user message",
        responses=errors(400, 404, 413, 415, 422, 429, 500, 503, 504) | STREAM,
    )
    async def complete(body: ChatBody, request: Request) -> Any:
        """A chat completion whose message is the summary; the full answer is in `upshot`."""
        conversation = parsed(body.words)
        if not body.model:
            raise Refused(404, "no_such_arm", "model: name an arm, see /v1/models")
        answer = await pool.summarize(conversation, body.upshot, body.model)
        head = {"id": f"chatcmpl-{request.state.request_id}", "created": int(time.time()), "model": body.model}
        if body.stream:
            return StreamingResponse(_chunks(head, answer), media_type="text/event-stream")
        return head | {"object": "chat.completion", **_choice("message", answer), "usage": _usage(answer)}

    @routes.get("/models", summary="The arms of this server")
    async def models() -> dict[str, Any]:
        """Every arm with its facts, the first one is the default."""
        listed = [
            {"id": name, "object": "model", "created": 0, "owned_by": "upshot", "upshot": facts}
            for name, facts in pool.arms.items()
        ]
        return {"object": "list", "data": listed}

    @routes.get("/models/{arm}", summary="One arm", responses=errors(404))
    async def model(arm: str) -> dict[str, Any]:
        """An arm with its facts."""
        return {"id": arm, "object": "model", "created": 0, "owned_by": "upshot", "upshot": pool.facts(arm)}

    return routes


def _choice(key: str, answer: Answer) -> dict[str, Any]:
    said = {"role": "assistant", "content": answer.summary}
    choice = {"index": 0, key: said, "finish_reason": "stop", "logprobs": None}
    return {"choices": [choice], "upshot": answer.model_dump(mode="json")}


def _usage(answer: Answer) -> dict[str, int]:
    """Tokens of the prompt are known; those of the summary are its words, since an answer does not count them."""
    prompt, words = answer.source.prompt_tokens, len(answer.summary.split())
    return {"prompt_tokens": prompt, "completion_tokens": words, "total_tokens": prompt + words}


async def _chunks(head: dict[str, Any], answer: Answer) -> AsyncIterator[bytes]:
    """The summary in one chunk (a model of this kind has it at once), and the end."""
    chunk = head | {"object": "chat.completion.chunk"}
    ended = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    whole = _choice("delta", answer)
    whole["choices"][0]["finish_reason"] = None
    for part in (whole, ended):
        yield f"data: {json.dumps(chunk | part)}\n\n".encode()
    yield b"data: [DONE]\n\n"
