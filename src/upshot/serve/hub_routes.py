"""The Hugging Face wire form: `InferenceClient(model="http://127.0.0.1:8123/models/ARM").summarization(text)`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.routing import Match
from starlette.types import Scope

from upshot.answers.answer import Answer
from upshot.serve.admission import FORM
from upshot.serve.pool import Pool
from upshot.serve.reference import errors
from upshot.serve.wire import HubBody, parsed


class HubSummary(BaseModel):
    """A summary in the hub's form; everything else that is known comes along in `upshot`."""

    model_config = ConfigDict(frozen=True)

    summary_text: str = Field(description="The summary.")
    upshot: Answer = Field(description="The full answer.")


class _JsonRoute(APIRoute):
    """A route for JSON alone: the page posts plain forms to the same path."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        kind = dict(scope["headers"]).get(b"content-type", b"")
        if scope["method"] == "POST" and kind.split(b";")[0].strip().lower() == FORM.encode():
            return Match.NONE, {}
        return super().matches(scope)


def routes_of(pool: Pool) -> APIRouter:
    """`POST /models/ARM`, and `POST /` for the first arm."""
    routes = APIRouter(tags=["Hugging Face"], responses=errors(400, 404, 413, 415, 422, 429, 500, 503, 504))
    routes.route_class = _JsonRoute

    async def summaries(body: HubBody, arm: str) -> list[HubSummary]:
        texts = [body.inputs] if isinstance(body.inputs, str) else body.inputs
        conversations = [parsed(text, name=str(number)) for number, text in enumerate(texts)]
        answers = await pool.summarize_all(conversations, body.parameters.upshot, arm)
        return [HubSummary(summary_text=answer.summary, upshot=answer) for answer in answers]

    @routes.post("/models/{arm}", summary="Summarise with an arm")
    async def of_arm(arm: str, body: HubBody) -> list[HubSummary]:
        """One summary for each input."""
        return await summaries(body, arm)

    @routes.post("/", summary="Summarise with the first arm")
    async def of_first(body: HubBody) -> list[HubSummary]:
        """One summary for each input."""
        return await summaries(body, "")

    @routes.get("/models/{arm}", summary="Facts of an arm")
    async def facts(arm: str) -> dict[str, Any]:
        """What is known about an arm."""
        return {"id": arm, "pipeline_tag": "summarization", "upshot": pool.facts(arm)}

    return routes
