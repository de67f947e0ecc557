"""The description of the routes: OpenAPI's document, and a page of it that needs no other server."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment

from upshot.serve.refusals import CODES, ErrorAnswer

STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "The answer."}
}


class Metrics(Response):
    """Counters in Prometheus's form."""

    media_type = "text/plain; version=0.0.4; charset=utf-8"


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Responses for OpenAPI: these statuses have an error as their body."""
    return {status: {"model": ErrorAnswer, "description": CODES[status]} for status in statuses}


def add_reference(app: FastAPI) -> None:
    """Add `/docs`; FastAPI's own page loads its scripts from a foreign server."""

    @app.get("/docs", include_in_schema=False, response_class=HTMLResponse)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page_of(app.openapi()))

    @app.get("/docs/reference.css", include_in_schema=False)
    async def style() -> Response:
        return Response(_file("reference.css"), media_type="text/css")


def page_of(document: dict[str, Any]) -> str:
    """An HTML page of an OpenAPI document."""
    routes = [
        {"path": path, "method": method.upper(), **route, "fields": _fields(document, route)}
        for path, methods in document["paths"].items()
        for method, route in methods.items()
    ]
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_file("reference.html")).render(info=document["info"], routes=routes)


def _fields(document: dict[str, Any], route: dict[str, Any]) -> list[dict[str, Any]]:
    """Name, type and words of every field of a route's body."""
    content = route.get("requestBody", {}).get("content", {}).get("application/json")
    if not content:
        return []
    schema = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    required = schema.get("required", [])
    return [
        {"name": name, "kind": _kind(field), "words": field.get("description", ""), "required": name in required}
        for name, field in schema["properties"].items()
    ]


def _kind(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    if "anyOf" in field:
        return " or ".join(_kind(option) for option in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    return str(field.get("type", "anything"))


@cache
def _file(name: str) -> str:
    return (files("upshot.serve") / name).read_text(encoding="utf-8")
