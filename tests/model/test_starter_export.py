"""The starter's export: made once in the user's cache folder, and never needed."""

import os
from pathlib import Path

import pytest

from upshot.model.found import find
from upshot.model.starter_export import cache_folder, starter_export
from upshot.rundir import damage, locked


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "upshot"


def test_it_is_made_on_first_use_kept_and_made_anew_where_it_is_damaged(cache: Path) -> None:
    starter = find("starter")
    place, note = starter_export(starter)
    assert place == cache / f"starter-{starter.sha256[:8]}-ct2-int8"
    assert damage(place) is None
    assert "so that it opens fast from now on" in note
    made = (place / "model.bin").stat().st_mtime_ns
    assert starter_export(starter) == (place, "")
    assert (place / "model.bin").stat().st_mtime_ns == made
    (place / "model.bin").write_bytes(b"no")
    assert starter_export(starter)[0] == place
    assert damage(place) is None


def test_a_cache_that_cannot_be_written_or_is_in_use_is_told(cache: Path) -> None:
    starter = find("starter")
    with locked(cache):
        place, note = starter_export(starter)
        assert place is None
        assert "is opened with transformers, which is slower: " in note
    cache.rename(cache.with_name("other"))
    cache.write_text("a file")
    assert starter_export(starter)[0] is None


def test_the_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert cache_folder() == Path("/home/somebody/.cache/upshot")


def test_a_user_without_a_home_or_with_a_cache_out_of_reach_has_the_starter_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starter = find("starter")
    monkeypatch.setenv("XDG_CACHE_HOME", f"/{'x' * 5000}")
    place, note = starter_export(starter)
    assert place is None
    assert note.endswith("the cache folder cannot be used (File name too long); XDG_CACHE_HOME names another")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987_654_321)
    place, note = starter_export(starter)
    assert place is None
    assert note.endswith("there is no home folder for a cache; XDG_CACHE_HOME names one")
