"""The one tree of errors for people: a door prints one and leaves with its exit code; anything else is a bug."""

from __future__ import annotations

from typing import ClassVar


def to_install(extra: str) -> str:
    """The command that adds an extra of upshot, to an installed package and in a clone.

    >>> to_install("hub")
    "pip install 'upshot[hub]', or in a clone of upshot pip install -e '.[hub]'"
    """
    return f"pip install 'upshot[{extra}]', or in a clone of upshot pip install -e '.[{extra}]'"


class UpshotError(Exception):
    """What was found, what was expected, what to do. `code` is the published number of the case, such as D18."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code

    def __str__(self) -> str:
        """The line that a door prints.

        >>> str(DataError("x.csv: file is empty", code="D04"))
        'error D04: x.csv: file is empty'
        """
        return f"error {self.code}: {self.message}" if self.code else f"error: {self.message}"


class UsageError(UpshotError):
    """A command line or a recipe that cannot be run."""

    exit_code = 2


class DataError(UpshotError):
    """Data that cannot be read, or that the gate refuses."""

    exit_code = 3


class ModelError(UpshotError):
    """A model, adapter or checkpoint that cannot be used."""

    exit_code = 4


class ResourceError(UpshotError):
    """Not enough disk or memory."""

    exit_code = 5


class BusyError(UpshotError):
    """Another process works in the run folder."""

    exit_code = 6


class NumbersError(UpshotError):
    """A loss or weight that is not finite."""

    exit_code = 7


class WorkerError(UpshotError):
    """A process that does the work died again and again."""

    exit_code = 8


class StoppedError(UpshotError):
    """A signal asked for the end, and everything was saved first; `exit_code` follows the signal (130 or 143)."""

    def __init__(self, message: str, *, signal_number: int) -> None:
        super().__init__(message)
        self.signal_number = signal_number

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """128 plus the number of the signal, as shells count."""
        return 128 + self.signal_number
