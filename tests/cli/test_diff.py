"""`verify diff` as a person or a pipeline meets it: exit codes, revisions, bad input, hostile names."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.programs import SHOP
from verifier.cli.main import app

CLOSED = SHOP
OPEN = SHOP.replace("ports: [{port: 5432}]", "ports: [{port: 5432}, {port: 22}]")
UNMODELLED = (
    SHOP
    + """\
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: more, namespace: shop}
spec: {}
"""
)
ENVIRONMENT = {
    **os.environ,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@dataclass(frozen=True)
class Done:
    exit_code: int
    output: str


def diff(*arguments: str) -> Done:
    done = CliRunner().invoke(app, ["diff", *arguments])
    return Done(done.exit_code, done.output)


def of(old: str, new: str, *arguments: str) -> Done:
    Path("old.yaml").write_text(old, "utf-8")
    Path("new.yaml").write_text(new, "utf-8")
    return diff("old.yaml", "new.yaml", *arguments)


@pytest.mark.parametrize(
    ("old", "new", "fail_on", "code"),
    [
        (CLOSED, OPEN, "gained", 1),
        (CLOSED, OPEN, "lost", 0),
        (CLOSED, OPEN, "any", 1),
        (CLOSED, OPEN, "none", 0),
        (OPEN, CLOSED, "gained", 0),
        (OPEN, CLOSED, "lost", 1),
        (CLOSED, CLOSED, "any", 0),
        (CLOSED, UNMODELLED, "gained", 3),
        (CLOSED, UNMODELLED, "none", 0),
        (UNMODELLED, UNMODELLED, "any", 0),
        (UNMODELLED, UNMODELLED.replace("port: 5432", "port: 5433"), "any", 3),
        (CLOSED, OPEN, "both", 2),
    ],
)
def test_exit_codes(old: str, new: str, fail_on: str, code: int) -> None:
    assert of(old, new, "--fail-on", fail_on).exit_code == code


def test_no_flow_gained_is_said_only_where_it_is_proved() -> None:
    assert "no flow gained: proved for every pod" in of(OPEN, CLOSED).output
    for new in (OPEN, UNMODELLED):
        assert "no flow gained" not in of(CLOSED, new).output
    assert "no flow gained" not in of(OPEN, CLOSED, "--timeout", "0.001").output


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            SHOP.replace("spec: {containers: [{name: db", "spec: {hostNetwork: true, containers: [{name: db"),
            SHOP,
            "shop/db is not on the host network any more: what comes of that is not followed",
        ),
        (
            SHOP.partition("---\n")[2],
            SHOP,
            "the labels of namespace shop are stated in NEW alone: what comes of that is not followed",
        ),
        (
            SHOP.replace(
                "podSelector: {matchLabels: {app: web}}}]", "namespaceSelector: {matchLabels: {a: b}}}]"
            ),
            SHOP.replace(
                "podSelector: {matchLabels: {app: web}}}]", "namespaceSelector: {matchLabels: {a: b}}}]"
            ).replace("{name: shop}", "{name: shop, labels: {a: c}}"),
            "namespace shop bears other labels: what pods that are not shown gain or lose is not followed",
        ),
        (
            f"{SHOP}---\napiVersion: v1\nkind: Node\nmetadata: {{name: n1, labels: {{zone: a}}}}\n",
            f"{SHOP}---\napiVersion: v1\nkind: Node\nmetadata: {{name: n1, labels: {{zone: b}}}}\n",
            "node n1 has other labels or addresses: what comes of that is not followed",
        ),
    ],
)
def test_changes_that_are_not_followed_prove_nothing(old: str, new: str, reason: str) -> None:
    done = of(old, new, "--fail-on", "any")

    assert done.exit_code == 3
    assert reason in " ".join(done.output.split())
    assert "no flow" not in done.output


def test_what_is_renamed_everywhere_comes_out_even() -> None:
    """Each half alone gains and loses; that both together do not is said first."""
    new = SHOP.replace("app: db", "app: store")

    for form in ("text", "markdown"):
        output = " ".join(of(SHOP, new, "--format", form).output.split())
        together = output.index("no flow gained, no flow lost: proved for the pods shown")
        assert together < output.index("shop/db (OLD")
    assert of(SHOP, new).exit_code == 1


def test_any_profile() -> None:
    assert of(CLOSED, OPEN, "--profile", "any").exit_code == 1
    assert of(OPEN, CLOSED, "--profile", "any").exit_code == 0


def test_time_runs_out() -> None:
    done = of(CLOSED, OPEN, "--timeout", "0.001")

    assert done.exit_code == 3
    assert "the time limit is reached" in done.output


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_quiet_decides_the_same(quiet: list[str]) -> None:
    for old, new, code in ((CLOSED, OPEN, 1), (OPEN, CLOSED, 0), (CLOSED, CLOSED, 0)):
        assert of(old, new, *quiet).exit_code == code


def test_another_profile_first() -> None:
    """Where ipBlock does not match pods, a rule that admits addresses gives pods nothing."""
    more = SHOP.replace(
        "    - from: [{podSelector: {matchLabels: {app: web}}}]",
        "    - from: [{podSelector: {matchLabels: {app: web}}}, {ipBlock: {cidr: 10.0.0.0/8}}]",
    )
    kubernetes, cilium = (of(SHOP, more, "--profile", each).output for each in ("kubernetes", "cilium"))

    assert "every pod" in kubernetes
    assert "if the address lies in 10.0.0.0/8" in kubernetes
    assert "from   addresses outside the cluster" in cilium


def test_what_only_another_reading_brings_about() -> None:
    ranged = SHOP.replace("ports: [{port: 5432}]", "ports: [{port: 5432}, {port: 5432, endPort: 5432}]")
    narrow = SHOP.replace("ports: [{port: 5432}]", "ports: [{port: 1, endPort: 9}, {port: 5432}]")
    wide = SHOP.replace("ports: [{port: 5432}]", "ports: [{port: 2, endPort: 9}, {port: 1}, {port: 5432}]")

    assert "equivalent" in of(SHOP, ranged, "--fail-on", "any").output
    done = of(narrow, wide)
    assert done.exit_code == 1
    assert "under other readings of the specification alone" in done.output
    assert "endPort is ignored" in done.output


def test_json_has_it_all() -> None:
    report = json.loads(of(CLOSED, OPEN, "--format", "json").output)

    assert report["schema"] == "netqed.dev/diff/v1"
    (block,) = report["sections"][0]["gained"]["blocks"]
    assert block["source"]["podSelector"] == {"matchLabels": {"app": "web"}}
    assert block["destination"]["workloads"] == ["shop/Pod/db"]
    assert block["ports"] == [{"protocol": "TCP", "first": 22, "last": 22}]
    assert block["everyReading"] is True
    assert block["causes"][0]["location"] == {"file": "new.yaml", "line": 21, "column": 7}
    assert (block["witness"]["old"]["allowed"], block["witness"]["new"]["allowed"]) == (False, True)
    assert report["summary"]["lost"]["provedNone"] is True


def test_faults_of_both_versions_at_once() -> None:
    done = of("kind: NetworkPolicy\n", SHOP.replace("port: 5432", "port: 0"), "--format", "json=faults.json")

    assert done.exit_code == 2
    assert "old.yaml:1:1: error[required]" in done.output
    assert "new.yaml:22:22: error[port-out-of-range]" in done.output
    assert len(json.loads(Path("faults.json").read_text("utf-8"))["diagnostics"]) == 2


def test_nothing_in_a_manifest_becomes_markup() -> None:
    name = "x](https:&#x2F;&#x2F;evil.example) <img src=x> @everyone | `a` ``b``.yaml"
    Path(name).write_text(OPEN, "utf-8")
    Path("old.yaml").write_text(CLOSED, "utf-8")

    done = diff("old.yaml", name, "--format", "markdown")

    assert done.exit_code == 1
    outside = "".join(part for place, part in enumerate(_split_code(done.output)) if place % 2 == 0)
    for harm in ("<img", "](", "@everyone", "&#x2F;"):
        assert harm not in outside


def _split_code(text: str) -> list[str]:
    """Text and code spans by turns, as CommonMark finds them: a span ends with as many backticks."""
    parts, rest = [], text
    while "`" in rest:
        begin = rest.index("`")
        fence = len(rest[begin:]) - len(rest[begin:].lstrip("`"))
        end = begin + fence
        while True:
            close = rest.index("`", end)
            run = len(rest[close:]) - len(rest[close:].lstrip("`"))
            if run == fence:
                break
            end = close + run
        parts += [rest[:begin], rest[begin + fence : close]]
        rest = rest[close + fence :]
    return [*parts, rest]


# --- revisions ---------------------------------------------------------------------------------------------


def git(*words: str) -> None:
    subprocess.run(("git", *words), check=True, env=ENVIRONMENT, capture_output=True)


@pytest.fixture
def repository(here: Path) -> Path:
    """Two commits: CLOSED, tagged `before`, then OPEN; a link and a folder that no manifest lies in."""
    git("init", "-q", "-b", "main")
    folder = here / "k8s"
    folder.mkdir()
    (folder / "shop.yaml").write_text(CLOSED, "utf-8")
    (folder / "notes.txt").write_text("no manifest", "utf-8")
    (folder / ".hidden").mkdir()
    (folder / ".hidden/broken.yaml").write_text("{", "utf-8")
    (here / "links").mkdir()
    (here / "links/shop.yaml").symlink_to("../k8s/shop.yaml")
    (here / "empty").mkdir()
    (here / "empty/notes.txt").write_text("nothing", "utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "closed")
    git("tag", "before")
    (folder / "shop.yaml").write_text(OPEN, "utf-8")
    git("commit", "-q", "-am", "open")
    return here


def test_a_revision_against_the_working_tree(repository: Path) -> None:
    done = diff("git:before:k8s", "k8s")

    assert done.exit_code == 1
    assert "22/TCP" in done.output
    assert "OLD  git:before:k8s: 1 policy" in done.output


@pytest.mark.parametrize("path", ["k8s", "k8s/shop.yaml", "./k8s/../k8s"])
def test_two_revisions(path: str, repository: Path) -> None:
    assert diff(f"git:before:{path}", f"git:main:{path}").exit_code == 1
    assert diff(f"git:main:{path}", f"git:main~1:{path}").exit_code == 0


def test_places_name_the_revision(repository: Path) -> None:
    done = diff("git:main:k8s", "git:before:k8s", "--fail-on", "lost")

    assert "OLD: main:k8s/shop.yaml:21:7" in done.output


def test_the_path_starts_from_the_folder_one_is_in(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("k8s")

    assert diff("git:before:.", ".").exit_code == 1


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("git:before", "bad-revision"),
        ("git::k8s", "bad-revision"),
        ("git:before:", "bad-revision"),
        ("git:--output=x:k8s", "bad-revision"),
        ("git:-p:k8s", "bad-revision"),
        ("git:be\x1b[31mfore:k8s", "bad-revision"),
        ("git:nowhere:k8s", "no-such-revision"),
        ("git:before:k8s/none", "no-such-file"),
        ("git:before:empty", "no-manifests"),
        ("git:before:../k8s", "outside-repository"),
        ("git:before:/etc", "outside-repository"),
        ("git:before:links", "not-followed"),
        ("git:before::(glob)**", "no-such-file"),
    ],
)
def test_bad_revisions(source: str, code: str, repository: Path) -> None:
    done = diff(source, "k8s")

    assert done.exit_code == 2
    assert f"error[{code}]" in done.output
    assert "Traceback" not in done.output
    assert not Path("x").exists()


def test_no_repository_no_git(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("new.yaml").write_text(OPEN, "utf-8")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(here.parent))
    assert "error[git-failed]: git says: fatal: not a git repository" in diff("git:main:.", "new.yaml").output

    monkeypatch.setenv("PATH", "/nonexistent")
    assert "error[git-failed]: found no program `git`" in diff("git:main:.", "new.yaml").output


def test_nothing_of_the_repository_runs(repository: Path) -> None:
    """Neither hooks, nor filters, nor programs that its configuration names."""
    trap = repository / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {repository}/sprung\ncat\n", "utf-8")
    trap.chmod(0o700)
    for key in ("core.fsmonitor", "filter.trap.smudge", "diff.trap.textconv", "diff.external", "core.pager"):
        git("config", key, str(trap))
    (repository / ".gitattributes").write_text("*.yaml filter=trap diff=trap\n", "utf-8")

    assert diff("git:before:k8s", "git:main:k8s").exit_code == 1
    assert not (repository / "sprung").exists()


def test_a_property_held_against_a_revision(repository: Path) -> None:
    """The path starts from the property file."""
    header = "apiVersion: netqed.dev/v1\nkind: PropertySet\nspec:\n  manifests: [../k8s]\n  properties:\n"
    Path("checks").mkdir()
    Path("checks/properties.yaml").write_text(
        f"{header}    - {{name: no more, refines: {{than: 'git:before:../k8s'}}}}\n", "utf-8"
    )

    done = CliRunner().invoke(app, ["checks/properties.yaml", "--format", "json"])

    assert done.exit_code == 1
    (result,) = json.loads(done.output)["sets"][0]["properties"]
    assert (result["kind"], result["verdict"]) == ("refines", "refuted")
    (contrast,) = result["counterexample"]["contrasts"]
    assert contrast["text"].startswith("shop/db ingress[0] (k8s/shop.yaml:21:7) now allows it")
