"""The command line: `verify` and `netqed`, one program."""

from verifier.cli.main import main

__all__ = ["main"]
