"""What all questions of one run share."""

from __future__ import annotations

from dataclasses import dataclass, field

from verifier.encodings.network_policy import PolicySides
from verifier.encodings.symbols import Symbols
from verifier.encodings.tiers import TierSides
from verifier.encodings.worlds import Universe


@dataclass(frozen=True, slots=True)
class Untrusted:
    """The pods whose sides nobody can tell, since a policy of an unmodelled kind may touch them (S-12).

    `words` names the policies.
    """

    namespaces: frozenset[int] = frozenset()
    everywhere: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What all questions of one run share."""

    symbols: Symbols
    sides: PolicySides
    tiers: TierSides
    universe: Universe
    untrusted: Untrusted = field(default_factory=Untrusted)
    new_namespaces_both: bool = False
    any_policy: bool = False  # NetworkPolicies may say what they like (S-16)
