"""Any document is a property file or a list of faults, each with words fit to print."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["verifier.properties", "verifier.manifest", "verifier.source"]):
    from pydantic import ValidationError

    from verifier.manifest.faults import faults_of
    from verifier.population import Namespace, Population, Workload
    from verifier.properties.spec.file import PropertySetFile
    from verifier.properties.spec.resolve import resolve
    from verifier.source import decode

POPULATION = Population(
    {"shop": Namespace("shop", {"a": "b"}), "default": Namespace("default", None)},
    (Workload("Deployment", "shop", "web", {"app": "web"}),),
)


def one_input(content: bytes) -> None:
    """Fail if reading a property file raises anything but faults."""
    documents, _ = decode(content, "input")
    for document in documents:
        try:
            file = PropertySetFile.model_validate(document.data)
        except ValidationError as error:
            faults = list(faults_of(error))
            assert faults  # noqa: S101
        else:
            faults = list(resolve(file, POPULATION).faults)
        for fault in faults:
            assert fault.code and fault.message  # noqa: S101, PT018
            document.span(fault.route, key=fault.at_key)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
