"""What can be taken out of policies, and what that makes a difference to."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.flow import Direction


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """Something that can be taken out of the policies of a namespace.

    A whole policy, unless `rule` is its index in `direction`; then that rule, or one peer, one port entry or
    one `except` of a peer of it.
    """

    policy: str
    direction: Direction | None = None
    rule: int | None = None
    peer: int | None = None
    port: int | None = None
    hole: int | None = None

    def holds(self, other: Part) -> bool:
        """Return whether `other` is this part, or lies in it."""
        mine = (self.policy, self.direction, self.rule, self.peer, self.port, self.hole)
        theirs = (other.policy, other.direction, other.rule, other.peer, other.port, other.hole)
        return all(field is None or field == its for field, its in zip(mine, theirs, strict=True))


@dataclass(frozen=True, slots=True)
class Difference:
    """A flow, by the policies that isolate its pod and, of these, those with a rule that admits it.

    Those that are gone count too, with what is left of their rules.
    """

    isolating: frozenset[str]
    admitting: frozenset[str]
