"""The page of the server: one form, which works without a script and better with it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from upshot.data.conversation import Conversation
from upshot.serve import page_view, page_words
from upshot.serve.batches import Hear, deaf
from upshot.serve.desk import Desk, Refused
from upshot.serve.page_form import Asked, Talk, read_form, talk_of
from upshot.serve.page_samples import SAMPLES
from upshot.serve.page_view import Column, Line, State
from upshot.serve.streams import told

_ROOM: Final = Path(__file__).parent
_MOST_BYTES: Final = 1_000_000  # of a form, in which a letter may take nine bytes
_EVENTS: Final = "text/event-stream"
_FULL: Final = 429
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
        shown, talk = await _read(request)
        return _response(desk, await _answered_for(request, desk, shown, talk), whole=True)

    async def answer_pieces(request: Request) -> Response:
        shown, talk = await _read(request)
        if talk is not None and _EVENTS in request.headers.get("accept", ""):
            return _told(desk, shown, talk)
        return _response(desk, await _answered_for(request, desk, shown, talk), whole=False)

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


async def _read(request: Request) -> tuple[_Shown, Talk | None]:
    """A form with its turns and their conversation; without one, why there is none."""
    shown = _Shown(Asked())
    try:
        shown = _Shown(read_form(await _body(request)))
        talk = talk_of(shown.asked)
    except Refused as refusal:
        return _refused(shown, refusal), None
    return _with_turns(shown, talk), talk


async def _answered_for(request: Request, desk: Desk, shown: _Shown, talk: Talk | None) -> _Shown:
    """What is answered to somebody who waits; the work ends where he leaves."""
    if talk is None:
        return shown
    found = await _unless_gone(request, _answered(desk, shown, talk, deaf))
    return replace(shown, status=_GONE) if found is None else found


def _told(desk: Desk, shown: _Shown, talk: Talk) -> Response:
    """Events: how far it is, then one answer, which holds the pieces with the status that they would have had."""

    async def work(hear: Hear) -> dict[str, Any]:
        found = await _answered(desk, shown, talk, hear)
        html = _html(desk, found, whole=False).decode()
        return {"status": found.status, "retry_after": found.retry_after, "html": html}

    return StreamingResponse(told(work, ""), headers=_HEADERS, media_type=_EVENTS)


async def _answered(desk: Desk, shown: _Shown, talk: Talk, hear: Hear) -> _Shown:
    """The answers of the arms that are asked; where the first has none, its refusal is the whole's."""
    try:
        columns = await _columns(desk, shown.asked, talk.conversation, hear)
    except Refused as refusal:
        return _refused(shown, refusal)
    first = columns[0].answer
    parts = [part.model_dump() for part in first.source.parts] if first else []
    return replace(shown, columns=columns, lines=page_view.lines(talk.conversation, parts, columns))


def _with_turns(shown: _Shown, talk: Talk) -> _Shown:
    lines = page_view.lines(talk.conversation, (), ())
    return replace(shown, speakers=talk.speakers, notes=talk.conversation.notes, lines=lines)


def _refused(shown: _Shown, refusal: Refused) -> _Shown:
    state = page_view.state_of(refusal)
    return replace(shown, state=state, status=refusal.status, retry_after=refusal.retry_after)


async def _columns(desk: Desk, asked: Asked, conversation: Conversation, hear: Hear) -> tuple[Column, ...]:
    options = asked.options().model_copy(update={"details": True})
    arms = asked.arms(next(iter(desk.arms), ""))

    async def one(place: int, arm: str) -> Column | Refused:
        try:
            found = await desk.summarize(conversation, options, arm, hear=lambda said: hear({"column": place, **said}))
        except Refused as refusal:
            return refusal
        return Column(arm, found)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(place, arm)) for place, arm in enumerate(arms)]
    found: list[Column | Refused] = [task.result() for task in tasks]
    if isinstance(found[0], Refused):
        raise found[0]
    for place, item in enumerate(found):
        if isinstance(item, Refused) and item.status == _FULL:  # a long conversation for the first may fill the queue
            found[place] = await one(place, arms[place])
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
    headers = _HEADERS | ({"Retry-After": str(shown.retry_after)} if shown.retry_after is not None else {})
    return Response(_html(desk, shown, whole=whole), shown.status, headers, media_type="text/html; charset=utf-8")


def _html(desk: Desk, shown: _Shown, *, whole: bool) -> bytes:
    """The page, or only its pieces for the script to put in their places."""
    content = {"shown": shown, "asked": shown.asked, "arms": list(desk.arms), "samples": SAMPLES, "facts": desk.arms}
    content |= {name: getattr(page_view, name) for name in ("fit", "as_text", "as_sentence", "learned_from")}
    content |= {name: getattr(page_words, name) for name in ("shaded", "nearly", "unplaced")}
    names = ("page.html",) if whole else _PIECES
    text = "".join(_environment().get_template(name).render(content) for name in names)
    return text.encode("utf-8", "replace")  # half a surrogate pair of somebody's text is no UTF-8: a question mark


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_ROOM), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
