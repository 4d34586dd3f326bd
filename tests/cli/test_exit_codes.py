"""How a run ends: the exit codes, Ctrl-C, and a reader that stops reading."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.attack.floods import pigeons
from tests.cli.programs import BIN, FRAGILE, PROVED, REFUTED, UNDECIDED, run, shop

EMPTY = """\
    - name: nobody at all
      forbid: {from: any, to: {namespace: shop, podSelector: {matchLabels: {app: nobody}}}}
"""


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        pytest.param([PROVED], 0, id="proved"),
        pytest.param([PROVED, REFUTED], 1, id="refuted"),
        pytest.param([EMPTY], 1, id="vacuous in the snapshot"),
        pytest.param([UNDECIDED], 1, id="depends"),
        pytest.param([REFUTED.rstrip() + "\n      expect: refuted\n"], 0, id="refuted as expected"),
        pytest.param([PROVED.rstrip() + "\n      expect: refuted\n"], 1, id="proved against expectation"),
        pytest.param([EMPTY.rstrip() + "\n      expect: vacuous\n"], 0, id="vacuous as expected"),
        pytest.param([UNDECIDED.rstrip() + "\n      expect: depends\n"], 0, id="depends as expected"),
        pytest.param(
            [FRAGILE.rstrip() + "\n      expect: {anyPod: proved}\n"], 1, id="the other world counts if said"
        ),
        pytest.param([PROVED, "    - name: no statement\n"], 2, id="bad input"),
    ],
)
def test_the_exit_code_says_how_it_went(properties: list[str], code: int, tmp_path: Path) -> None:
    shop(tmp_path, *properties)

    assert run(folder=tmp_path).returncode == code


FOREIGN = """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: who-knows, namespace: shop}
spec: {endpointSelector: {}}
"""


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        pytest.param([PROVED], 3, id="unknown"),
        pytest.param([PROVED, UNDECIDED], 3, id="unknown outweighs what else is open"),
        pytest.param([PROVED, EMPTY], 1, id="failed outweighs unknown"),
        pytest.param([PROVED.rstrip() + "\n      expect: unknown\n"], 0, id="unknown as expected"),
    ],
)
def test_a_policy_that_is_not_modelled_leaves_it_open(
    properties: list[str], code: int, tmp_path: Path
) -> None:
    shop(tmp_path, *properties)
    (tmp_path / "cilium.yaml").write_text(FOREIGN, "utf-8")

    assert run("-f", "shop.yaml", "-f", "cilium.yaml", folder=tmp_path).returncode == code


def test_a_time_out_is_inconclusive(tmp_path: Path) -> None:
    shop(tmp_path, PROVED)

    done = run("--timeout", "0.001", folder=tmp_path)

    assert done.returncode == 3
    assert "the time limit is reached" in done.stdout


OUR_MISTAKE = """\
import sys
from verifier.diagnostics import InternalError
import verifier.verify
def broken(*paths, **options):
    raise {error}
verifier.verify.check = broken
sys.argv = ['verify']
from verifier.cli import main
main()
"""


@pytest.mark.parametrize("error", ["InternalError('they differ')", "ValueError('they differ')"])
@pytest.mark.parametrize("debug", [False, True])
def test_our_own_mistakes_exit_4_and_show_no_traceback_unasked(
    error: str, debug: bool, tmp_path: Path
) -> None:
    environment = {**os.environ, **({"NETQED_DEBUG": "1"} if debug else {})}

    done = subprocess.run(
        [sys.executable, "-c", OUR_MISTAKE.format(error=error)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (4, "")
    assert "internal error: " in done.stderr
    assert "they differ" in done.stderr
    assert ("Traceback" in done.stderr) is debug


def test_ctrl_c_exits_130_even_inside_the_solver(tmp_path: Path) -> None:
    pigeons(11).write(tmp_path)
    with subprocess.Popen(
        [BIN / "verify", tmp_path / "properties.json", "--timeout", "120"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as verify:
        with pytest.raises(subprocess.TimeoutExpired):  # it is at it
            verify.wait(4)
        verify.send_signal(signal.SIGINT)
        _, said = verify.communicate(timeout=60)

    assert verify.returncode == 130
    assert "Traceback" not in said


@pytest.mark.skipif(
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
    reason="Ctrl-C is ignored here, as shells have it for what they run in the background",
)
def test_ctrl_c_while_waiting_for_input_exits_130(tmp_path: Path) -> None:
    with subprocess.Popen(
        [BIN / "verify", "-"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as waiting:
        time.sleep(1.5)
        waiting.send_signal(signal.SIGINT)
        waiting.wait(60)
        assert waiting.stderr is not None
        assert b"Traceback" not in waiting.stderr.read()

    assert waiting.returncode == 130


@pytest.mark.parametrize("options", [[], ["--format", "json"]])
def test_a_reader_that_stops_reading_is_no_error(options: list[str], tmp_path: Path) -> None:
    shop(tmp_path, *(PROVED.replace("web reaches", f"web {n} reaches") for n in range(20)))
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [BIN / "verify", *options],
            cwd=tmp_path,
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writer)

    assert (done.returncode, done.stderr) == (0, b"")
