"""`verify profiles`."""

from __future__ import annotations

import textwrap

import typer

from verifier.readings import PROFILES, READINGS

_PAGE = 80


def command() -> None:
    """Print the readings of the specification, and what each profile pins them to, with its source."""
    typer.echo(
        "readings: what the specification leaves open, the first value is what the default profile pins\n"
    )
    for row in READINGS:
        values = " | ".join(_shown(value) for value in row.values)
        typer.echo(f"  {row.name:<22} {row.item:<6} {values}")
    typer.echo("\nprofiles: what is not named is free, so a property is proved only if it holds either way")
    for name, pins in PROFILES.items():
        typer.echo(f"\n  {name}")
        if not pins:
            typer.echo("    pins nothing")
        for pin in pins:
            lead = f"    {pin.reading} = {_shown(pin.value)}: "
            for line in textwrap.wrap(lead + pin.source, _PAGE, subsequent_indent=" " * 8):
                typer.echo(line)


def _shown(value: bool | str) -> str:
    return str(value).lower() if isinstance(value, bool) else value
