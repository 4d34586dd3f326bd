"""Which namespaces exist, and what is known of their labels (S-4)."""

from __future__ import annotations

from collections.abc import Mapping

from verifier.cluster.model import Assumption, Origin
from verifier.cluster.report import Report
from verifier.diagnostics import Severity, one_line
from verifier.manifest.base import Fault
from verifier.population import METADATA_NAME, Namespace


class Namespaces:
    """The namespaces in use. `default` is the one of objects that state none."""

    def __init__(self, default: str, declared: Mapping[str, Mapping[str, str]], report: Report) -> None:
        self.default = default
        self._report = report
        self._elsewhere = declared
        self._declared: dict[str, Mapping[str, str]] = {}
        self._used: dict[str, None] = {}
        self._without = 0

    def of(self, written: str | None) -> str:
        """Return the namespace of an object whose manifest says `written`, and note that it is in use."""
        if written is None:
            self._without += 1
        namespace = self.default if written is None else written
        self.use(namespace)
        return namespace

    def use(self, name: str) -> None:
        """Note that something lies in the namespace `name`."""
        self._used[name] = None

    def declares(self, name: str, labels: Mapping[str, str]) -> bool:
        """Return whether an earlier manifest says the same of the namespace `name`."""
        return self._declared.get(name) == labels

    def declare(self, name: str, labels: Mapping[str, str], origin: Origin) -> None:
        """Note the manifest of a namespace; one that contradicts what was declared elsewhere is an error."""
        self._declared[name] = labels
        elsewhere = self._elsewhere.get(name)
        if elsewhere is not None and _others(elsewhere) != _others(labels):
            message = f"the namespace `{name}` is declared with other labels in the property file"
            fault = Fault(
                "namespace-declared-twice", message, ("metadata", "labels"), "remove one declaration"
            )
            self._report.add(fault, origin)
        written = labels.get(METADATA_NAME, name)
        if written != name:
            message = f"`{written}` is overridden: the control plane sets this label to the name, `{name}`"
            fault = Fault(
                "metadata-name-overridden", message, ("metadata", "labels", METADATA_NAME), "remove the label"
            )
            self._report.add(fault, origin, severity=Severity.WARNING)

    def population(self) -> dict[str, Namespace]:
        """Return every namespace by name: declared ones with their labels, others with unknown ones."""
        known = {**self._elsewhere, **self._declared}
        return {name: Namespace(name, known.get(name)) for name in sorted({*known, *self._used})}

    def assumptions(self) -> list[Assumption]:
        """Return what was assumed: where objects are that do not say so, and labels that nobody states."""
        assumed: list[Assumption] = []
        if self._without:
            subject = "1 object states" if self._without == 1 else f"{self._without} objects state"
            text = f"{subject} no namespace: taken to be in `{one_line(self.default)}`"
            assumed.append(Assumption("V-13", text, "default namespace"))
        unknown = sorted(self._used.keys() - self._declared.keys() - self._elsewhere.keys())
        if unknown:
            names = ", ".join(f"`{one_line(name)}`" for name in unknown)
            text = f"used but not declared, so with unknown labels (but for `{METADATA_NAME}`): {names}"
            assumed.append(Assumption("S-4", text, "manifests"))
        return assumed


def _others(labels: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key != METADATA_NAME}
