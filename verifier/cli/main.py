"""The program: its commands, and what stands for a command when none is named."""

from __future__ import annotations

import gc
import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from verifier import __version__
from verifier.cli import check, diff, explain, lint, profiles, query, rule
from verifier.cli import map as connection_map
from verifier.cli.edge import leave, our_mistake

DEFAULT_COMMAND = "check"
_LAST_STREAM = 2
_COLLECTOR = (100_000, 50, 100)  # a run makes many objects and few cycles
_NO_PLUGINS = "PYDANTIC_DISABLE_PLUGINS", "__all__"  # nobody else has a say, and looking for them takes long
_GLOB_OR_PATH = set("*?[./\\-")


class DefaultGroup(TyperGroup):
    """`verify properties.yaml` is `verify check properties.yaml`; options may come first."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `check` in front unless the first word is a command, or an option of the program itself."""
        own = {"--help", "-h", "--version", "--install-completion", "--show-completion"}
        if not args or (args[0] not in own and args[0] not in self.commands):
            self._refuse_misspelt_command(ctx, args)
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)

    def _refuse_misspelt_command(self, ctx: Any, args: list[str]) -> None:
        word = args[0] if args else ""
        if not word or _GLOB_OR_PATH & set(word) or Path(word).exists():
            return
        close = get_close_matches(word, self.commands, n=1)
        guess = f", did you mean `{close[0]}`?" if close else ""
        ctx.fail(f"no such file or command: `{word}`{guess}")


app = typer.Typer(
    cls=DefaultGroup,
    name="verify",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"netqed {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """Prove or refute properties of Kubernetes network policies.

    `verify FILE…` is `verify check FILE…`; without a file, ./properties.yaml is checked.
    """


app.command("check")(check.command)
app.command("query")(query.command)
app.command("explain")(explain.command)
app.command("lint")(lint.command)
app.command("map")(connection_map.command)
app.command("diff")(diff.command)
app.command("rule")(rule.command)
app.command("profiles")(profiles.command)


def _have_streams() -> None:
    """Put something in the place of streams that are closed: no other file is to get their numbers."""
    while (null := os.open(os.devnull, os.O_RDWR)) <= _LAST_STREAM:
        pass
    os.close(null)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def main() -> None:
    """Run the program, under the name that it was called by."""
    gc.set_threshold(*_COLLECTOR)
    os.environ.setdefault(*_NO_PLUGINS)
    _have_streams()
    name = Path(sys.argv[0]).name
    try:
        app(prog_name="python -m verifier" if name == "__main__.py" else name or "verify")
    except SystemExit as end:
        leave(end)
    except Exception as error:  # the interpreter's own exit code, 1, would read as "refuted"
        leave(SystemExit(our_mistake(error)))
