"""The page of the server: one form, which works without a script and better with it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from upshot.data.conversation import Conversation
from upshot.serve import page_view
from upshot.serve.desk import Desk, Refused
from upshot.serve.page_form import Asked, Talk, read_form, talk_of
from upshot.serve.page_samples import SAMPLES
from upshot.serve.page_view import Column, Line, State

_ROOM: Final = Path(__file__).parent
_MOST_BYTES: Final = 1_000_000  # of a form, in which a letter may take nine bytes
_GONE: Final = 499  # nobody is left to read the response
# Tables of constants: what an address names is looked up here and nowhere else.
_ASSETS: Final = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "page.svg": "image/svg+xml",
}
_PIECES: Final = ("page_state.html", "page_count.html", "page_result.html", "page_turns.html")
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",  # the page holds a conversation
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class _Shown:
    """Everything that the templates show."""

    asked: Asked
    speakers: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    plan: dict[str, Any] | None = None
    plan_state: State | None = None  # why there is no plan
    columns: tuple[Column, ...] = ()
    state: State | None = None
    status: int = 200
    retry_after: int | None = None


def add_page(app: FastAPI, desk: Desk) -> None:
    """Hang the page into an app at `/`, its pieces under `/page/` and its style and script under `/assets/`."""

    async def show(request: Request) -> Response:
        sample = SAMPLES.get(request.query_params.get("sample", ""))
        asked = Asked(text=sample.text) if sample else Asked()
        return _response(desk, await _previewed(desk, asked) if sample else _Shown(asked), whole=True)

    async def answer(request: Request) -> Response:
        return _response(desk, await _answered(desk, request), whole=True)

    async def answer_pieces(request: Request) -> Response:
        return _response(desk, await _answered(desk, request), whole=False)

    async def preview_pieces(request: Request) -> Response:
        try:
            shown = await _previewed(desk, read_form(await _body(request)))
        except Refused as refusal:  # the script puts the count in its place and leaves the state of the summary alone
            shown = replace(_refused(_Shown(Asked()), refusal), plan_state=page_view.state_of(refusal))
        return _response(desk, shown, whole=False)

    for path, method, handler in (
        ("/", "GET", show),
        ("/", "POST", answer),
        ("/page/summary", "POST", answer_pieces),
        ("/page/turns", "POST", preview_pieces),
        ("/assets/{name}", "GET", _asset),
    ):
        app.add_route(path, handler, methods=[method], include_in_schema=False)


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _ASSETS:
        raise HTTPException(404)
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response((_ROOM / name).read_bytes(), media_type=_ASSETS[name], headers=headers)


async def _body(request: Request) -> bytes:
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > _MOST_BYTES:
            raise Refused(413, "too_large", f"This is over the most, {_MOST_BYTES:,} bytes.")
    return bytes(found)


async def _previewed(desk: Desk, asked: Asked) -> _Shown:
    """The turns as they are read, and what a summary of them would take, or why that is not known."""
    shown = _Shown(asked)
    if not asked.text.strip():
        return shown
    try:
        talk = talk_of(asked)
        shown = _with_turns(shown, talk)
        plan = await desk.plan(talk.conversation, asked.options(), asked.arm)
    except Refused as refusal:
        return replace(shown, plan_state=page_view.state_of(refusal))
    return replace(shown, plan=plan, lines=page_view.lines(talk.conversation, plan["parts"], ()))


async def _answered(desk: Desk, request: Request) -> _Shown:
    """The answers of the arms that are asked; where the first has none, its refusal is the whole's."""
    shown = _Shown(Asked())
    try:
        shown = _Shown(read_form(await _body(request)))
        talk = talk_of(shown.asked)
        shown = _with_turns(shown, talk)
        columns = await _unless_gone(request, _columns(desk, shown.asked, talk.conversation))
    except Refused as refusal:
        return _refused(shown, refusal)
    if columns is None:
        return replace(shown, status=_GONE)
    first = columns[0].answer
    parts = [part.model_dump() for part in first.source.parts] if first else []
    return replace(shown, columns=columns, lines=page_view.lines(talk.conversation, parts, columns))


def _with_turns(shown: _Shown, talk: Talk) -> _Shown:
    lines = page_view.lines(talk.conversation, (), ())
    return replace(shown, speakers=talk.speakers, notes=talk.conversation.notes, lines=lines)


def _refused(shown: _Shown, refusal: Refused) -> _Shown:
    state = page_view.state_of(refusal)
    return replace(shown, state=state, status=refusal.status, retry_after=refusal.retry_after)


async def _columns(desk: Desk, asked: Asked, conversation: Conversation) -> tuple[Column, ...]:
    options, arms = asked.options(), asked.arms(next(iter(desk.arms), ""))

    async def one(arm: str) -> Column | Refused:
        try:
            return Column(arm, await desk.summarize(conversation, options, arm))
        except Refused as refusal:
            return refusal

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(arm)) for arm in arms]
    found: Sequence[Column | Refused] = [task.result() for task in tasks]
    if isinstance(found[0], Refused):
        raise found[0]
    return tuple(
        Column(arm, state=page_view.state_of(item)) if isinstance(item, Refused) else item
        for arm, item in zip(arms, found, strict=True)
    )


async def _unless_gone(request: Request, work: Coroutine[Any, Any, _Found]) -> _Found | None:
    """What the work comes to, or nothing where the client hangs up first; then the work is cancelled."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for one in (task, gone):
            one.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _response(desk: Desk, shown: _Shown, *, whole: bool) -> Response:
    """The page, or only its pieces for the script to put in their places."""
    content = {"shown": shown, "asked": shown.asked, "arms": list(desk.arms), "samples": SAMPLES}
    content |= {"pieces": page_view.pieces, "fit": page_view.fit, "as_text": page_view.as_text}
    content |= {"as_sentence": page_view.as_sentence, "learned_from": page_view.learned_from, "facts": desk.arms}
    names = ("page.html",) if whole else _PIECES
    text = "".join(_environment().get_template(name).render(content) for name in names)
    headers = _HEADERS | ({"Retry-After": str(shown.retry_after)} if shown.retry_after is not None else {})
    # Half a surrogate pair of somebody's text is no UTF-8 and becomes a question mark.
    return Response(text.encode("utf-8", "replace"), shown.status, headers, media_type="text/html; charset=utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_ROOM), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
