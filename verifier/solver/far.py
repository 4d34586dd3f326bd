"""Whom a question about one side of a flow has at the other."""

from __future__ import annotations

from enum import StrEnum


class Far(StrEnum):
    """Whom the other end of a flow is to be."""

    ANYBODY = "anybody"
    POD = "a pod"
    NEW_POD = "a pod of a namespace that does not exist yet"
    INTERNET = "an address of the internet"
