"""Licences of what a run stands on, as far as they are known: of the data, and of weights trained on it."""

from __future__ import annotations

from typing import Final

from upshot.report.facts import Facts

DIALOGSUM: Final = "cc-by-nc-sa-4.0"
# Sources by name, and DialogSum's training split by its SHA-256, so that a local copy is recognised.
_OF_SOURCE: Final = {
    "builtin": "apache-2.0",
    "knkarthick/dialogsum": DIALOGSUM,
    "knkarthick/samsum": "cc-by-nc-nd-4.0",
    "Samsung/samsum": "cc-by-nc-nd-4.0",
}
_OF_FILE: Final = {"636432441aecf7661187a0776e0931dab03185b86205c4ed4e13cabf5c2d4232": DIALOGSUM}
_OF_BASE: Final = {"starter": DIALOGSUM}


def data_licence(facts: Facts) -> str | None:
    """The licence of the run's data in the hub's spelling, or None where it is not known."""
    known = (_OF_FILE[value] for value in (facts.data.get("hashes") or {}).values() if value in _OF_FILE)
    return _OF_SOURCE.get(facts.recipe.data.source) or next(known, None)


def weights_licence(facts: Facts, base: str, *, trained: bool) -> str | None:
    """The licence that weights of an arm carry: a restriction of the base or of the data stays; None if unknown."""
    of_base = _OF_BASE.get(base)
    if not trained:
        return of_base
    of_data = data_licence(facts)
    if DIALOGSUM in (of_base, of_data):
        return DIALOGSUM
    return None
