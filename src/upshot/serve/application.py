"""The application: every route, from a body to an answer. The guard stands before it, the pool behind it."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp

from upshot.answers.answer import Answer
from upshot.serve import chat_routes, hub_routes, own_routes, reference
from upshot.serve.admission import Access
from upshot.serve.desk import Refused
from upshot.serve.guard import Guard
from upshot.serve.page import add_page
from upshot.serve.pool import Pool
from upshot.serve.refusals import CODES, body_of, headers_of, of_problems

_ABOUT: Final = (
    "Summaries of conversations by models on this machine. Nothing that is sent here is kept, logged or sent on."
)


def create_app(pool: Pool) -> FastAPI:
    """The application over an open pool, without its guard."""
    from upshot import __version__

    app = FastAPI(title="upshot", version=__version__, description=_ABOUT, docs_url=None, redoc_url=None)
    app.router.redirect_slashes = False
    for routes in (own_routes, hub_routes, chat_routes):
        app.include_router(routes.routes_of(pool))
    _add_health(app, pool)
    _add_errors(app, pool)
    reference.add_reference(app)
    add_page(app, pool)
    return app


def guarded(app: FastAPI, pool: Pool, access: Access) -> ASGIApp:
    """The application behind its guard: what a server runs."""
    return Guard(app, pool.limits, access, lambda code: pool.counts.refused.update([code]))


def _add_health(app: FastAPI, pool: Pool) -> None:
    @app.get("/healthz", tags=["health"], summary="Whether the server lives")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"], summary="Whether the model is warm", responses=reference.errors(503))
    async def readyz() -> dict[str, str]:
        if not pool.ready:
            raise Refused(503, "draining" if pool.draining else "not_ready", "no warm model", 2)
        return {"status": "ready"}

    @app.get("/metrics", tags=["health"], summary="Counters for Prometheus", response_class=reference.Metrics)
    async def metrics() -> Response:
        return reference.Metrics(pool.counts.text())

    @app.get("/v1/schema", tags=["summaries"], summary="JSON schema of an answer")
    async def schema() -> dict[str, Any]:
        return Answer.model_json_schema()


def _add_errors(app: FastAPI, pool: Pool) -> None:
    """Every error in its one form; counted by code, told without what was sent."""

    def answered(request: Request, refused: Refused) -> Response:
        pool.counts.refused[refused.code] += 1
        body = body_of(refused, request.state.request_id)
        return Response(body, refused.status, headers_of(refused), "application/json")

    @app.exception_handler(Refused)
    async def on_refused(request: Request, error: Refused) -> Response:
        return answered(request, error)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        return answered(request, of_problems(error.errors()))

    @app.exception_handler(Exception)
    async def on_bug(request: Request, _: Exception) -> Response:
        return answered(request, Refused(500, CODES[500], "this is a fault of the server; its log has the id"))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        words = {404: "no such page", 405: "this page has other methods"}.get(error.status_code, "not possible")
        refused = Refused(error.status_code, CODES.get(error.status_code, "bad_request"), words)
        answer = answered(request, refused)
        answer.headers.update(error.headers or {})
        if error.status_code == 405:
            answer.headers["allow"] = ", ".join(sorted(_methods(app, request)))
        return answer


def _methods(app: FastAPI, request: Request) -> set[str]:
    """Methods of every route with this path; Starlette names those of the first alone."""
    met = [route for route in app.routes if route.matches(request.scope)[0] is Match.PARTIAL]
    return {method for route in met for method in getattr(route, "methods", None) or ()}
