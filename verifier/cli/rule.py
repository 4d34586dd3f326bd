"""`verify rule`."""

from __future__ import annotations

from typing import Annotated

import typer

from verifier.cli.edge import exit_codes


def command(
    rule: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The rule; without it, all are listed.")
    ] = None,
) -> None:
    """Explain a rule of the lint, with an example, or list them all."""
    with exit_codes(lambda _: None):
        from verifier.analyses.lint.registry import RULES
        from verifier.manifest.spelling import did_you_mean
        from verifier.render.rule_pages import rule_list, rule_page

        if rule is None:
            typer.echo(rule_list(), nl=False)
            return
        for each in RULES:
            if each.id == rule:
                typer.echo(rule_page(each), nl=False)
                return
        guess = did_you_mean(rule, [each.id for each in RULES])
    meant = f", did you mean `{guess}`?" if guess else "; `verify rule` lists them"
    raise typer.BadParameter(f"no rule is called `{rule}`{meant}")
