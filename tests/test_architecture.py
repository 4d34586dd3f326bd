"""Who may import whom, how long things may be, and how the code lies in its folders."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

# Each room, and the rooms of ours that it may import. `verifier` itself is the public interface.
ROOMS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        room: frozenset(allowed.split())
        for room, allowed in {
            "flow": "",
            "readings": "",
            "deadline": "",
            "diagnostics": "",
            "internet": "",
            "population": "flow",
            "verdict": "flow readings",
            "difference": "flow manifest readings",
            "source": "diagnostics",
            "cache": "diagnostics",
            "manifest": "diagnostics flow",
            "cluster": "diagnostics flow manifest population source",
            "properties.spec": "diagnostics flow manifest population readings",
            "semantics": "flow internet manifest population properties.spec readings",
            "encodings": "deadline flow internet manifest population readings",
            "properties": "encodings flow internet manifest population properties.spec readings",
            "solver": "deadline diagnostics difference encodings flow internet manifest population readings"
            " verdict",
            "analyses": "deadline diagnostics difference encodings flow manifest population properties.spec"
            " readings semantics solver verdict",
            "analyses.lint": "analyses cluster deadline encodings flow internet manifest population solver"
            " source",
            "analyses.map": "analyses analyses.lint cluster diagnostics flow internet manifest population"
            " readings",
            "waivers": "diagnostics manifest source",
            "linter": "analyses.lint cache cluster diagnostics exit_code loading manifest source waivers",
            "exit_code": "",
            "choices": "analyses.map cluster diagnostics manifest population properties.spec readings",
            "mapper": "analyses.map cache choices cluster flow population reading readings",
            "replay": "analyses cluster deadline diagnostics encodings flow manifest properties.spec readings"
            " semantics solver verdict",
            "several": "cluster deadline encodings properties.spec replay solver verdict",
            "engine": "analyses cluster deadline diagnostics digests encodings manifest properties"
            " properties.spec replay several solver verdict",
            "versions": "analyses cluster deadline diagnostics difference encodings flow manifest population"
            " semantics solver",
            "differ": "analyses cache cluster deadline diagnostics difference exit_code flow loading manifest"
            " readings solver source versions",
            "refinement": "analyses cluster deadline diagnostics difference encodings flow population"
            " properties.spec solver verdict versions",
            "property_file": "cache cluster diagnostics flow loading manifest population properties.spec"
            " readings source",
            "report": "cluster diagnostics exit_code flow properties.spec verdict",
            "loading": "cache cluster diagnostics flow manifest population source",
            "reading": "cache cluster loading source",
            "batches": "cluster properties.spec",
            "workers": "diagnostics",
            "assumed": "cluster population properties.spec property_file readings",
            "digests": "cluster flow manifest population",
            "pieces": "flow properties.spec property_file verdict",
            "recheck": "analyses cluster flow manifest population properties.spec readings semantics verdict",
            "remembered": "cache digests flow manifest pieces population properties.spec readings recheck"
            " verdict",
            "deciding": "batches cache engine pieces properties.spec refinement remembered report several"
            " workers",
            "verify": "assumed cache deadline deciding diagnostics pieces properties.spec property_file"
            " report workers",
            "ask": "choices cluster deadline diagnostics encodings engine flow manifest population properties"
            " properties.spec readings semantics solver verdict",
            "explain": "analyses ask choices cluster deadline diagnostics engine flow manifest properties"
            " readings solver verdict",
            "render": "analyses analyses.lint analyses.map cluster diagnostics differ difference explain flow"
            " linter manifest mapper population properties.spec readings report verdict",
            "cli": "analyses.lint ask cache choices cluster deadline diagnostics differ exit_code explain"
            " linter manifest mapper population property_file reading readings render report verify"
            " workers",
            "__main__": "cli",
            "": "ask cache diagnostics differ mapper reading verify",
        }.items()
    }
)
# Which rooms may import which library of somebody else's.
LIBRARIES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "yaml": frozenset({"source"}),
        "z3": frozenset({"encodings", "properties", "solver", "replay", "refinement", "several", "versions"}),
        "typer": frozenset({"cli"}),
        "rich": frozenset({"render"}),
        "pydantic": frozenset(
            {"digests", "manifest", "cluster", "properties.spec", "property_file", "waivers"}
        ),
        "pydantic_core": frozenset({"choices", "manifest", "properties.spec", "waivers"}),
    }
)


def sources() -> list[tuple[str, Path]]:
    """Every module of ours by its dotted name below `verifier`, whatever folder it lies in."""
    found = []
    for top in ("verifier", "encodings", "properties"):
        for file in sorted((ROOT / top).rglob("*.py")):
            below = file.relative_to(ROOT).with_suffix("").parts
            if below[:2] in (("verifier", "encodings"), ("verifier", "properties")):
                continue  # reached through a link
            parts = below[1:] if top == "verifier" else below
            found.append((".".join(part for part in parts if part != "__init__"), file))
    return found


SUBROOMS = (["properties", "spec"], ["analyses", "lint"], ["analyses", "map"])


def room_of(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[:2] in SUBROOMS else parts[0]


NAMES = {module for module, _ in sources()}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} has a relative import"
            parts = [f"{node.module}.{name.name}" for name in node.names]
            modules = [part for part in parts if part.removeprefix("verifier.") in NAMES]
            yield from modules
            if len(modules) < len(parts):
                yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


MODULES = dict(sources())


def edges(module: str) -> set[str]:
    """The modules of ours that a module imports."""
    names = {name.removeprefix("verifier.") for name in imported(MODULES[module]) if "verifier." in name}
    return {name for name in names if name in MODULES and name != module}


def test_the_table_names_every_room() -> None:
    assert {room_of(module) for module in MODULES} == set(ROOMS)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_go_one_way(module: str) -> None:
    room = room_of(module)

    strangers = {room_of(name) for name in edges(module)} - {room} - ROOMS[room]

    assert not strangers


@pytest.mark.parametrize("module", sorted(MODULES))
def test_libraries_stay_in_their_rooms(module: str) -> None:
    used = {name.partition(".")[0] for name in imported(MODULES[module])}

    assert {name for name in used & set(LIBRARIES) if room_of(module) not in LIBRARIES[name]} == set()


def test_a_property_kind_knows_no_other() -> None:
    kinds = [
        module
        for module in MODULES
        if module.startswith("properties.")
        and room_of(module) == "properties"
        and module not in ("properties.registry", "properties.endpoints")
    ]

    for module in kinds:
        assert {name for name in edges(module) if room_of(name) == "properties"} <= {"properties.endpoints"}
    assert len(kinds) >= 5


def test_there_are_no_cycles() -> None:
    graph = {module: edges(module) for module in MODULES if module}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"these modules import each other: {error.args[1]}")
    assert set(order) >= set(graph)


# Mostly no solver is asked, there is no terminal, all YAML is in block style and of no tier: what is loaded
# takes a third of the time of a run.
LATE = {
    "analyses.lint.scene": ("verifier.encodings.", "verifier.solver."),
    "analyses.lint.several": ("verifier.solver.",),
    "render.page": ("rich.", "verifier.render.diagnostics"),
    "cluster.tiers": ("verifier.manifest.lowering",),
    "source.decode": ("verifier.source.events",),
    "source.positions": ("verifier.source.events", "verifier.source.outline"),
    "deciding": ("verifier.engine", "verifier.refinement"),
    "workers": ("multiprocessing",),  # and mostly one process does
}


@pytest.mark.parametrize("module", sorted(module for module in MODULES if room_of(module) not in ("cli", "")))
def test_nothing_is_imported_inside_a_function(module: str) -> None:
    # The command line and the public interface load what they need on first use.
    tree = ast.parse(MODULES[module].read_text("utf-8"))

    inside = [
        inner.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
        and not (isinstance(inner, ast.ImportFrom) and (inner.module or "").startswith(LATE.get(module, ())))
    ]

    assert not inside


def test_lint_asks_no_solver_where_closed_forms_do() -> None:
    """Neither z3 nor rich is loaded for what needs neither."""
    program = (
        "import sys\n"
        "from verifier.linter import lint\n"
        "from verifier.render.lint_text import print_lint\n"
        "print_lint(lint('examples/patterns/ip-block'), sys.stdout)\n"
        "print({'z3', 'rich'} & set(sys.modules))\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert " policy in " in done.stdout
    assert done.stdout.splitlines()[-1] == "set()"


def test_what_few_clusters_need_is_not_loaded() -> None:
    """Neither PyYAML nor the types of tiers, where all of a cluster is NetworkPolicies in block style."""
    program = (
        "import sys\n"
        "import verifier\n"
        "verifier.load('examples/patterns/ip-block/manifests/policy.yaml')\n"
        "print({'yaml', 'verifier.manifest.admin_network_policy'} & set(sys.modules))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )

    assert done.stdout == "set()\n"


def python_files() -> list[Path]:
    tests = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    return sorted([*MODULES.values(), *tests])


@pytest.mark.parametrize("file", python_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_are_short(file: Path) -> None:
    text = file.read_text("utf-8")

    assert len(text.splitlines()) <= MAX_FILE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
            assert node.end_lineno - node.lineno < MAX_FUNCTION_LINES, node.name


@pytest.mark.parametrize("folder", ["encodings", "properties"])
def test_the_linked_folders_are_no_packages_of_their_own(folder: str) -> None:
    assert not list((ROOT / folder).rglob("__init__.py"))
    assert (ROOT / "verifier" / folder).resolve() == ROOT / folder


def test_the_checkout_on_the_path_does_not_stop_the_interpreter() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    done = subprocess.run([sys.executable, "-c", "pass"], env=environment, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_is_quick_for_it_loads_no_solver(arguments: list[str]) -> None:
    program = (
        "import sys; sys.argv = ['verify', *sys.argv[1:]]\n"
        "from verifier.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n"
        "    loaded = {'z3', 'pydantic', 'yaml'} & set(sys.modules)\n"
        "    sys.exit(f'loaded {loaded}' if loaded else ended.code)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
