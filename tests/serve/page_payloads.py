"""What a browser would make of a page of the server, and the check that nothing in it but ours does anything."""

from typing import Any, Final
from xml.etree.ElementTree import Element

import html5lib

_ADDRESSES: Final = ("href", "src", "action", "formaction", "data", "poster", "xlink:href", "background", "ping")
_STRANGERS: Final = frozenset({"iframe", "object", "embed", "base", "style", "frame", "math", "img", "audio", "video"})


def parsed(text: str) -> Element:
    """The tree that a browser would build."""
    return html5lib.parse(text, namespaceHTMLElements=False)


def elements(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Every element by its plain name with its attributes."""
    return [
        (str(element.tag).rpartition("}")[2], {str(key): value for key, value in element.attrib.items()})
        for element in parsed(text).iter()
        if isinstance(element.tag, str)
    ]


def assert_inert(text: str, *, scripts: int) -> None:
    """No script but ours, no event attribute, no style of its own, no address but one of this server's."""
    found = elements(text)
    assert len(found) > 10
    assert [attributes for name, attributes in found if name == "script"] == [
        {"src": "/assets/page.js", "defer": ""}
    ] * scripts
    assert not [name for name, _ in found if name in _STRANGERS]
    assert sum(name == "form" for name, _ in found) <= 1
    for name, attributes in found:
        assert not [key for key in attributes if key.lower().startswith("on") or key == "style"], name
        assert "http-equiv" not in attributes
        for key in (key for key in attributes if key.rpartition("}")[2] in _ADDRESSES):
            address = attributes[key]
            assert address.startswith(("#", "/")), (name, address)
            assert not address.startswith("//"), (name, address)
