"""Rules of the lint about waivers themselves."""

from __future__ import annotations

from verifier.analyses.lint.finding import Level, Rule
from verifier.population import World

EXPIRED_WAIVER = Rule(
    "expired-waiver",
    Level.ERROR,
    World.SNAPSHOT,
    "a waiver whose date has passed",
    "Somebody meant to look at the finding again by that day. It counts until the waiver is renewed.",
    "Look at the finding again: mend it, or give the waiver a new date.",
)
UNUSED_WAIVER = Rule(
    "unused-waiver",
    Level.ERROR,
    World.SNAPSHOT,
    "a waiver that no finding needs",
    "The finding has gone, or the waiver misses it. Left alone, it would hide the next one.",
    "Remove the waiver, or correct its `id`, `object` or `part`.",
)
RULES = (EXPIRED_WAIVER, UNUSED_WAIVER)
