"""`verify query`: one JSON object a line, in and out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.programs import run, shop

TO_DB = {"source": "shop/web", "destination": "shop/db", "port": 5432}


def ask(folder: Path, flows: list[dict[str, Any]], *options: str) -> list[dict[str, Any]]:
    shop(folder)
    text = "\n".join(json.dumps(flow) for flow in flows)
    done = run("query", "shop.yaml", "--flows", "-", *options, folder=folder, stdin=text.encode())
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_answers_come_in_order_with_their_grounds(tmp_path: Path) -> None:
    allowed, denied, outside = ask(
        tmp_path,
        [
            TO_DB,
            {**TO_DB, "port": 22},
            {"source": "ip:203.0.113.7", "destination": "shop/web", "protocol": "UDP", "port": 53},
        ],
    )

    assert (allowed["allowed"], denied["allowed"], outside["allowed"]) == (True, False, True)
    assert allowed["ingress"] == "allowed by shop/db ingress[0] (shop.yaml:21:7)"
    assert denied["ingress"].startswith("refused: shop/db is isolated by shop/db (shop.yaml:")
    assert outside["egress"] == "open: no policy governs what is no pod"
    assert (outside["protocol"], outside["port"]) == ("UDP", 53)
    assert (allowed["change"], outside["change"]) == ([], [])
    (change,) = denied["change"]
    assert change["text"] == "add port 22/TCP to shop/db ingress[0] (shop.yaml:21:7)"


def test_a_reading_left_open_matters_only_where_a_policy_asks(tmp_path: Path) -> None:
    flow = {"source": "shop/web", "destination": "shop/web", "port": 80}

    (answer,) = ask(tmp_path, [flow], "--reading", "self_traffic=free")

    assert answer["allowed"] is True  # no policy selects web, so nothing hangs on the reading


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"source": "shop/web"}', "flows.jsonl:1:1: error[invalid-flow]"),
        ("not json", "flows.jsonl:1:1: error[invalid-flow]"),
        (json.dumps({**TO_DB, "port": 0}), "error[invalid-port]: expected a port from 1 to 65535, found `0`"),
        (json.dumps({**TO_DB, "protocol": "ICMP"}), "error[invalid-protocol]"),
        (json.dumps({**TO_DB, "source": "shop/wbe"}), "error[unknown-endpoint]"),
        (json.dumps({**TO_DB, "source": "ip:1.2.3"}), "error[invalid-address]"),
    ],
)
def test_bad_questions_exit_2(line: str, said: str, tmp_path: Path) -> None:
    shop(tmp_path)
    (tmp_path / "flows.jsonl").write_text(f"{line}\n", "utf-8")

    done = run("query", "shop.yaml", "--flows", "flows.jsonl", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_reading_that_does_not_exist_exits_2(tmp_path: Path) -> None:
    shop(tmp_path)

    done = run("query", "shop.yaml", "--flows", "-", "--reading", "moon=true", folder=tmp_path)

    assert done.returncode == 2
    assert "no reading `moon`" in done.stderr


def test_a_file_of_flows_that_does_not_exist_exits_2(tmp_path: Path) -> None:
    shop(tmp_path)

    done = run("query", "shop.yaml", "--flows", "none.jsonl", folder=tmp_path)

    assert done.returncode == 2
    assert "none.jsonl: error[cannot-read]: cannot be read: No such file or directory" in done.stderr
