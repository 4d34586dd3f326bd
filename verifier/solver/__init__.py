"""The only code that asks a solver a question."""
