"""Every case, worked out by hand from the specification; any reading of it can be run over them."""

from tests.semantics.cases_addresses import ADDRESS_CASES
from tests.semantics.cases_isolation import ISOLATION_CASES
from tests.semantics.cases_peers import PEER_CASES
from tests.semantics.cases_ports import PORT_CASES
from tests.semantics.cases_selectors import SELECTOR_CASES
from tests.semantics.cases_tiers import ORDER_CASES
from tests.semantics.cases_tiers_open import OPEN_CASES
from tests.semantics.cases_tiers_peers import TIER_PEER_CASES
from tests.semantics.cases_tiers_ports import TIER_PORT_CASES
from tests.semantics.cast import Case

__all__ = ["CASES", "TIER_CASES", "Case"]

CASES: list[Case] = [*ISOLATION_CASES, *PEER_CASES, *SELECTOR_CASES, *PORT_CASES, *ADDRESS_CASES]
TIER_CASES: list[Case] = [*ORDER_CASES, *OPEN_CASES, *TIER_PEER_CASES, *TIER_PORT_CASES]
"""Those with policies of other tiers than NetworkPolicy's."""
