"""upshot's own routes: summarize, plan."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from upshot.answers.answer import Answer
from upshot.serve.batches import Hear
from upshot.serve.pool import Pool
from upshot.serve.reference import STREAM, errors
from upshot.serve.streams import begun
from upshot.serve.wire import PlanAnswer, PlanBody, SummarizeBody, TurnIn, conversation_of, conversations_of


def routes_of(pool: Pool) -> APIRouter:
    """`POST /v1/summarize` and `POST /v1/plan` over a pool."""
    routes = APIRouter(tags=["summaries"])

    @routes.post(
        "/v1/summarize",
        summary="Summarise one conversation or several",
        response_model=Answer | list[Answer],
        responses=errors(400, 404, 413, 415, 422, 429, 500, 503, 504) | STREAM,
    )
    async def summarize(body: SummarizeBody, request: Request) -> Any:
        """The full answer; a list of answers where `conversations` was given, in their order."""
        conversations = conversations_of(body)

        async def work(hear: Hear) -> Any:
            answers = await pool.summarize_all(conversations, body.options, body.arm, hear=hear)
            plain = [answer.model_dump(mode="json") for answer in answers]
            return plain if body.conversations is not None else plain[0]

        if body.stream:
            return StreamingResponse(await begun(work, request.state.request_id), media_type="text/event-stream")
        answers = await pool.summarize_all(conversations, body.options, body.arm)
        return answers if body.conversations is not None else answers[0]

    @routes.post(
        "/v1/plan",
        summary="What a summary would take, without making it",
        responses=errors(400, 404, 413, 415, 422, 429, 500, 503, 504),
    )
    async def plan(body: PlanBody) -> PlanAnswer:
        """Turns and speakers as they were read, tokens of the prompt, and the parts into which it would be split."""
        conversation = conversation_of(body)
        made = await pool.plan(conversation, body.options, body.arm)
        said = conversation.turns
        turns = [TurnIn(speaker=t.speaker, text=t.text, start_s=t.start_s, end_s=t.end_s) for t in said]
        speakers = dict.fromkeys(turn.speaker for turn in said if turn.speaker)
        return PlanAnswer(turns=tuple(turns), speakers=tuple(speakers), notes=conversation.notes, **made)

    return routes
