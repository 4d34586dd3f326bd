"""Every case, worked out by hand from the specification; any reading of it can be run over them."""

from tests.semantics.cases_addresses import ADDRESS_CASES
from tests.semantics.cases_isolation import ISOLATION_CASES
from tests.semantics.cases_peers import PEER_CASES
from tests.semantics.cases_ports import PORT_CASES
from tests.semantics.cases_selectors import SELECTOR_CASES
from tests.semantics.cast import Case

__all__ = ["CASES", "Case"]

CASES: list[Case] = [*ISOLATION_CASES, *PEER_CASES, *SELECTOR_CASES, *PORT_CASES, *ADDRESS_CASES]
