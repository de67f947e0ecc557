"""The command line: verbs in panels, errors as one line with an exit code, help without any heavy import."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import typer

from upshot.cli import (
    amend_verb,
    analyse_verb,
    audit_verb,
    data_verbs,
    main_verbs,
    probe_verb,
    rate_verb,
    serve_verb,
    stage_verbs,
    summarize_verb,
    unmask_verb,
    use_verbs,
)
from upshot.cli.many_values import ManyValues
from upshot.errors import UpshotError

app = typer.Typer(
    name="upshot",
    help="Summarise conversations with a model of your own, and know how good it is.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,  # conversations are private: a traceback of ours never shows locals
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

START, DATA, STAGES, USE = "Start here", "Data", "One stage of a run", "Use and help"

app.command(rich_help_panel=START)(main_verbs.demo)
app.command(rich_help_panel=START)(main_verbs.run)
app.command(rich_help_panel=START)(data_verbs.init)
app.command(rich_help_panel=DATA)(data_verbs.check)
app.command(rich_help_panel=DATA)(data_verbs.describe)
app.command(rich_help_panel=STAGES)(stage_verbs.train)
app.command(rich_help_panel=STAGES)(stage_verbs.predict)
app.command(rich_help_panel=STAGES)(stage_verbs.score)
app.command(rich_help_panel=STAGES, cls=ManyValues)(stage_verbs.compare)
app.command(rich_help_panel=STAGES)(analyse_verb.analyse)
app.command(rich_help_panel=STAGES)(probe_verb.probe)
app.command(rich_help_panel=STAGES)(stage_verbs.report)
app.command(rich_help_panel=USE)(summarize_verb.summarize)
app.command(rich_help_panel=USE)(unmask_verb.unmask)
app.command(rich_help_panel=USE)(serve_verb.serve)
app.add_typer(amend_verb.amend, name="amend", rich_help_panel=USE)
app.command(rich_help_panel=USE)(use_verbs.export)
app.add_typer(rate_verb.rate, name="rate", rich_help_panel=USE)
app.command("audit-detectors", rich_help_panel=USE)(audit_verb.audit_detectors)
app.command(rich_help_panel=USE)(use_verbs.doctor)


@app.callback(invoke_without_command=True)
def options(version: bool = typer.Option(False, "--version", help="Show the version and leave.")) -> None:
    """Summarise conversations with a model of your own, and know how good it is."""
    if version:
        from upshot import __version__

        typer.echo(f"upshot {__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave; an error for people becomes its line on stderr and its exit code.

    Typer itself answers wrong usage (exit 2) and Ctrl-C outside a training (exit 130).
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a Latin-1 terminal shows what it can
    try:
        app(arguments, prog_name="upshot")
    except UpshotError as error:
        from upshot.cli.screen import visible

        lines = (visible(line) for line in str(error).split("\n"))
        typer.echo("\n".join(lines), err=True)
        sys.exit(error.exit_code)
