"""The page of the routes needs nothing from elsewhere."""

import re

import html5lib

from upshot.serve.reference import errors, page_of

DOCUMENT = {
    "info": {"title": "upshot", "description": "<script>alert(1)</script>"},
    "paths": {
        "/v1/x": {
            "post": {
                "summary": "Do",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/X"}}}},
                "responses": {"200": {"description": "Done"}},
            }
        }
    },
    "components": {
        "schemas": {"X": {"properties": {"a": {"type": "array", "items": {"type": "string"}}}, "required": ["a"]}}
    },
}


def test_routes_and_fields_are_shown_and_everything_is_escaped() -> None:
    page = page_of(DOCUMENT)
    html5lib.HTMLParser(strict=True).parse(page)
    assert "POST /v1/x" in page
    assert "list of string" in page
    assert "<script" not in page


def test_the_page_names_no_other_server() -> None:
    assert not re.findall(r'(?:href|src)="(?!/)', page_of(DOCUMENT))


def test_errors_have_one_model() -> None:
    assert set(errors(404, 429)) == {404, 429}
