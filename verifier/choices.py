"""What a caller may choose: readings, a workload by its name, ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic_core import PydanticCustomError

from verifier.analyses.map.port_cells import PROTOCOLS, PortSpan
from verifier.cluster import Cluster
from verifier.diagnostics import Diagnostic, InputError, Span, one_line
from verifier.manifest.spelling import suggestion
from verifier.population import Workload
from verifier.properties.spec.ports import parse_port
from verifier.properties.spec.scope import NamedPort
from verifier.readings import FREE, READINGS

_PORTS = Span("--ports")


def check_readings(choices: Mapping[str, bool | str]) -> None:
    """Check that each choice is of a reading that there is.

    Raises:
        InputError: one is not.
    """
    rows = {row.name: row for row in READINGS}
    for name, choice in choices.items():
        row = rows.get(name)
        if row is None or (choice != FREE and choice not in row.values):
            message = f"no reading `{one_line(name)}` with the value `{one_line(str(choice))}`"
            raise InputError([Diagnostic("unknown-reading", Span("readings"), message)])


def named_workload(cluster: Cluster, text: str) -> Workload:
    """Return the workload that `namespace/name` or `namespace/Kind/name` names.

    Raises:
        InputError: there is none, or more than one.
    """
    namespace, _, rest = text.partition("/")
    kind, _, name = rest.rpartition("/")
    found = [
        workload
        for workload in cluster.population.workloads
        if (workload.namespace, workload.name) == (namespace, name) and kind in ("", workload.kind)
    ]
    if len(found) == 1:
        return found[0]
    span = Span("--focus")
    if found:
        kinds = ", ".join(f"`{one_line(f'{namespace}/{workload.owner}')}`" for workload in found)
        message = f"`{one_line(text)}` is one of {kinds}: say which"
        raise InputError([Diagnostic("ambiguous-endpoint", span, message)])
    known = [workload.title for workload in cluster.population.workloads]
    message = f"no pod or workload is called `{one_line(text)}`"
    raise InputError([Diagnostic("unknown-endpoint", span, message, suggestion(text, known))])


def port_spans(texts: Iterable[str]) -> list[PortSpan]:
    """Return the ports that `5432`, `53/UDP`, `8000-8999` and `any/SCTP` stand for.

    Raises:
        InputError: one of them is no number or range of numbers.
    """
    found: list[PortSpan] = []
    faults = []
    for text in texts:
        try:
            port = parse_port(text.strip())
        except PydanticCustomError as error:
            faults.append(Diagnostic("invalid-port", _PORTS, error.message()))
            continue
        if isinstance(port, NamedPort):
            message = f"expected the number of a port, found the name `{one_line(port.name)}`"
            faults.append(Diagnostic("invalid-port", _PORTS, message))
            continue
        protocols = PROTOCOLS if port.protocol is None else (port.protocol,)
        found += (PortSpan(protocol, port.low, port.high) for protocol in protocols)
    if faults:
        raise InputError(faults)
    return found
