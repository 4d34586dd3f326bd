"""How long to go on: a fixed number of rounds, or as many seconds as the environment says."""

import os
import time
from collections.abc import Iterator
from random import Random

from tests.strategies import seeded

SECONDS = os.environ.get("NETQED_RANDOM_SECONDS")
SEED = int(os.environ.get("NETQED_RANDOM_SEED", "1"))


def rounds(usual: int) -> Iterator[tuple[int, Random]]:
    """Seeds, each with its dice: `usual` of them unless `NETQED_RANDOM_SECONDS` is set.

    `NETQED_RANDOM_SEED` begins elsewhere.
    """
    begun = time.monotonic()
    number = 0
    while number < usual if SECONDS is None else time.monotonic() - begun < float(SECONDS):
        seed = SEED * 1_000_000 + number
        yield seed, seeded(seed)
        number += 1
