"""Options that take several words: they read as if the option were repeated."""

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from upshot.cli.many_values import ManyValues, repeated


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--to a", "--to a"),
        ("--to a b c", "--to a --to b --to c"),
        ("--to a --to b", "--to a --to b"),
        ("--to a b --other x --to c", "--to a --to b --other x --to c"),
        ("run --other x y --to a -q b", "run --other x y --to a -q b"),
        ("--to=a b", "--to=a b"),
        ("--to -a b", "--to -a --to b"),
        ("--to a -- b", "--to a -- b"),
        ("--to - b", "--to - --to b"),
        ("--to", "--to"),
        ("--to --to a", "--to --to --to a"),
        ("", ""),
    ],
)
def test_words_after_an_option_are_its_own_up_to_the_next_option(words: str, found: str) -> None:
    assert repeated(words.split(), {"--to"}) == found.split()


def test_a_verb_says_in_its_help_which_option_takes_several_words() -> None:
    door = typer.Typer()

    @door.command(cls=ManyValues)
    def verb(
        place: Annotated[str, typer.Argument()] = "",
        to: Annotated[list[str], typer.Option(metavar="COL...")] = [],  # noqa: B006
        one: Annotated[list[str], typer.Option(metavar="COL")] = [],  # noqa: B006
    ) -> None:
        typer.echo(f"{place}|{','.join(to)}|{','.join(one)}")

    assert CliRunner().invoke(door, ["p", "--to", "a", "b", "--one", "c"]).output == "p|a,b|c\n"
    assert CliRunner().invoke(door, ["--one", "c", "p"]).output == "p||c\n"
    assert "COL..." in CliRunner().invoke(door, ["--help"]).output
