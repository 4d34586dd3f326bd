"""What is kept is taken for the very same input alone, and never believed further than it should be."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from tests.loading.clusters import assert_same, files, fresh, kept, was_kept
from verifier.cache import Store
from verifier.diagnostics import InputError
from verifier.loading import Settings, load_cluster
from verifier.population import Network, Workload
from verifier.source import Content, Contents, gather, gather_version

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: a, image: a}]}
"""
TWICE = POD + "---\n" + POD


def contents(*texts: str) -> Contents:
    return Contents(tuple(Content(f"{number}.yaml", text.encode()) for number, text in enumerate(texts)))


def is_known(found: Contents, store: Store, settings: Settings | None = None) -> bool:
    """Whether this input is taken for one that was read before; now it was."""
    return was_kept(load_cluster(found, settings or Settings(), store))


def test_the_second_run_takes_what_the_first_has_kept(store: Store) -> None:
    assert not is_known(contents(POD), store)
    assert is_known(contents(POD), store)


def test_without_a_store_everything_is_read(store: Store) -> None:
    load_cluster(contents(POD), Settings(), store)

    assert not was_kept(load_cluster(contents(POD), Settings()))


SETTINGS = Settings("default", {"far": {"a": "b"}}, (Workload("Pod", "far", "one", {"a": "b"}),), Network())


@pytest.mark.parametrize(
    "other",
    [
        replace(SETTINGS, namespace="mine"),
        replace(SETTINGS, declared_namespaces={}),
        replace(SETTINGS, declared_namespaces={"far": {"a": "c"}}),
        replace(SETTINGS, declared_namespaces={"far": {"a": "b"}, "near": {}}),
        replace(SETTINGS, declared_pods=()),
        replace(SETTINGS, declared_pods=(Workload("Pod", "far", "one", {"a": "c"}),)),
        replace(SETTINGS, declared_pods=(Workload("Pod", "far", "one", {"a": "b"}, host_network=True),)),
        replace(SETTINGS, network=Network(pod_cidrs=(IPv4Network("10.0.0.0/8"),))),
        replace(SETTINGS, network=Network(node_cidrs=(IPv4Network("10.0.0.0/8"),))),
    ],
)
def test_other_settings_are_another_input(other: Settings, store: Store) -> None:
    assert not is_known(contents(POD), store, SETTINGS)
    assert not is_known(contents(POD), store, other)
    assert is_known(contents(POD), store, SETTINGS)
    assert_same(kept(contents(POD), store, other), fresh(contents(POD), other))


@pytest.mark.parametrize(
    "other",
    [
        contents(POD + "# more\n"),
        contents(POD.replace("web", "wep")),
        contents(POD, ""),
        contents("", POD),
        contents(POD[:-1], "\n"),
        Contents((Content("other.yaml", POD.encode()),)),
        Contents((Content("0.yaml", POD.replace("\n", "\r\n").encode()),)),
    ],
)
def test_any_other_byte_or_name_is_another_input(other: Contents, store: Store) -> None:
    assert not is_known(contents(POD), store)
    assert not is_known(other, store)
    assert_same(kept(other, store), fresh(other))


def test_the_order_of_files_is_part_of_the_input(store: Store) -> None:
    other = POD.replace("web", "db")
    one, two = (Content("a.yaml", text.encode()) for text in (POD, other))

    assert not is_known(Contents((one, two)), store)
    assert not is_known(Contents((two, one)), store)


def test_a_file_is_read_from_another_place_as_another(tmp_path: Path, store: Store) -> None:
    """The same bytes under another name: places in the text are told by it."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pod.yaml").write_text(POD)

    assert not is_known(files(tmp_path / "a"), store)
    assert not is_known(files(tmp_path / "b"), store)


# --- what is at fault is read anew -------------------------------------------------------------------------


@pytest.mark.parametrize("text", [TWICE, "a: b: c\n", "kind: Pod\n"])
def test_what_is_at_fault_is_said_every_time(text: str, store: Store) -> None:
    for _ in range(2):
        with pytest.raises(InputError) as error:
            load_cluster(contents(text), Settings(), store)
        with pytest.raises(InputError) as expected:
            load_cluster(contents(text), Settings())
        assert error.value.diagnostics == expected.value.diagnostics


def test_a_file_that_is_named_and_empty_is_at_fault_though_its_folder_is_not(
    tmp_path: Path, store: Store
) -> None:
    (tmp_path / "a.yaml").write_text(POD)
    (tmp_path / "b.yaml").write_text("# nothing\n")

    assert not is_known(files(tmp_path), store)
    assert is_known(files(tmp_path), store)
    with pytest.raises(InputError, match="empty-file"):
        load_cluster(files(tmp_path / "a.yaml", tmp_path / "b.yaml"), Settings(), store)


def test_a_file_that_is_missing_is_said_though_the_others_are_known(tmp_path: Path, store: Store) -> None:
    (tmp_path / "a.yaml").write_text(POD)
    assert not is_known(files(tmp_path / "a.yaml"), store)

    with pytest.raises(InputError, match="no-such-file"):
        load_cluster(files(tmp_path / "a.yaml", tmp_path / "b.yaml"), Settings(), store)


def test_warnings_are_kept_with_what_they_are_about(store: Store) -> None:
    policy = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n"
        "spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.1/8}}]}]}\n"
    )

    found = kept(contents(policy), store)

    assert [warning.code for warning in found.warnings] == ["non-canonical-cidr"]
    assert_same(found, fresh(contents(policy)))


# --- where bytes come from is all the same -----------------------------------------------------------------


def test_standard_input_is_its_bytes(store: Store) -> None:
    def piped(text: str) -> Contents:
        return gather(["-"], Path(), io.BytesIO(text.encode()))

    assert not is_known(piped(POD), store)
    assert is_known(piped(POD), store)
    assert not is_known(piped(POD.replace("web", "db")), store)


def test_a_revision_is_its_bytes_wherever_its_name_points_now(tmp_path: Path, store: Store) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=n", "-c", "user.email=e@example.com")
        subprocess.run(("git", *identity, *words), cwd=tmp_path, check=True, capture_output=True)

    git("init", "-b", "main")
    (tmp_path / "pod.yaml").write_text(POD)
    git("add", "-A")
    git("commit", "-m", "one")

    assert not is_known(gather_version("git:HEAD:.", tmp_path), store)
    assert is_known(gather_version("git:HEAD:.", tmp_path), store)
    (tmp_path / "pod.yaml").write_text(POD.replace("web", "db"))
    git("commit", "-am", "two")
    assert not is_known(gather_version("git:HEAD:.", tmp_path), store)
    (workload,) = load_cluster(gather_version("git:HEAD:.", tmp_path), Settings(), store).population.workloads
    assert workload.name == "db"


# --- entries that somebody has made up ---------------------------------------------------------------------


class Evil:
    """Would run a command when it is unpickled by a reader that allows it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self.file}",)


def evil(tmp_path: Path, protocol: int) -> bytes:
    payload = pickle.dumps([Evil(tmp_path / "it-ran")], protocol)
    pickle.loads(payload)  # noqa: S301
    (tmp_path / "it-ran").unlink()  # so it is a payload that runs
    return payload


FORGED = {
    "nothing": b"",
    "no pickle": b"garbage",
    "cut": pickle.dumps(([], [], [], {}, [], []))[:-3],
    "another shape": pickle.dumps({"a": 1}),
    "too few parts": pickle.dumps(([], [])),
    "no values": pickle.dumps(([], [], [], {}, [], [])),
    "values of no class": pickle.dumps(([], [], [(999,)] * 10, {}, [], [])),
    "values of another class": pickle.dumps(([], [], [(5, 1)] * 10, {}, [], [])),
    "one of our classes by name": pickle.dumps(Workload("Pod", "a", "b")),
    "a class of the library": pickle.dumps(IPv4Network("10.0.0.0/8")),
    "a class that is built in": pickle.dumps((bytearray, set, int)),
    "a reference that leads nowhere": b"\x80\x05h\x07.",
    "an object from outside": b"\x80\x05Pperson\n.",
    "a stack that is empty": b"\x80\x05R.",
    "a number of many digits": b"I" + b"9" * 5000 + b"\n.",
}


def forge(payload: bytes, store: Store, cache_folder: Path) -> None:
    """Put a payload, with a digest that is right, in the place of the one entry."""
    (entry,) = [file for file in cache_folder.rglob("*") if file.is_file()]
    kind, digest = entry.name.split("-")
    store.put(kind, digest, payload)


@pytest.mark.parametrize("payload", FORGED.values(), ids=FORGED)
def test_an_entry_that_was_made_up_is_none(payload: bytes, store: Store, cache_folder: Path) -> None:
    assert not is_known(contents(POD), store)

    forge(payload, store, cache_folder)

    assert_same(load_cluster(contents(POD), Settings(), store), fresh(contents(POD)))
    assert is_known(contents(POD), store)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_code_runs_from_an_entry(protocol: int, tmp_path: Path, store: Store, cache_folder: Path) -> None:
    assert not is_known(contents(POD), store)

    forge(evil(tmp_path, protocol), store, cache_folder)

    assert_same(load_cluster(contents(POD), Settings(), store), fresh(contents(POD)))
    assert not (tmp_path / "it-ran").exists()
