"""Where tests find the data that may not live in the repository."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def shared(path: str) -> Path:
    """A file or folder of the shared data; skips the test with the reason where it is absent."""
    base = Path(os.environ.get("UPSHOT_SHARED", ROOT.parent / "shared"))
    if not (base / path).exists():
        pytest.skip(f"needs {path} of the shared data: set UPSHOT_SHARED to its folder")
    return base / path
