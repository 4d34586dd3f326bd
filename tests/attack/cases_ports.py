# ruff: noqa: E501
"""Ports: protocols, names, ranges."""

from __future__ import annotations

from tests.attack.scenario import CAST, MON, OPEN, SHOP, WEB, Attack, from_web, pod, to_db


def _open(ports: str) -> str:
    return CAST + to_db(f"[{{ports: {ports}}}]")


def _forbid(ports: str) -> str:
    return f"forbid: {{from: web, to: db, ports: [{ports}]}}"


def _require(ports: str) -> str:
    return f"require: {{from: web, to: db, ports: [{ports}]}}"


def _db(ports: str, spec: str = "") -> str:
    return SHOP + WEB + MON + pod("shop", "db", "app: db", ports=ports, spec=spec)


PG_AND_WAL = "{name: pg, containerPort: 80}, {containerPort: 81}"
SIDECAR = (
    "initContainers: [{name: side, image: i, restartPolicy: Always, ports: [{name: pg, containerPort: 99}]}]"
)
INIT = "initContainers: [{name: early, image: i, ports: [{name: pg, containerPort: 99}]}]"
BY_NAME = to_db("[{ports: [{port: pg}]}]")

PORTS = [
    Attack("no protocol means TCP", _open("[{port: 5432}]"), _forbid("5432/UDP"), "proved", "proved"),
    Attack("no protocol means TCP: open", _open("[{port: 5432}]"), _forbid("5432"), "refuted", "refuted"),
    Attack(
        "null protocol means TCP", _open("[{port: 5432, protocol: null}]"), _forbid("5432/TCP"), "refuted"
    ),
    Attack(
        "an undeclared port is open all the same", _open("[{port: 9}]"), _forbid("9"), "refuted", "refuted"
    ),
    Attack("an empty entry is all TCP", _open("[{}]"), _forbid("1-65535/TCP"), "refuted", "refuted"),
    Attack("an empty entry is all TCP: required", _open("[{}]"), _require("1-65535/TCP"), "proved", "proved"),
    Attack(
        "an empty entry is no UDP", _open("[{}]"), _forbid("1-65535/UDP, 1-65535/SCTP"), "proved", "proved"
    ),
    Attack("no entries is everything", _open("[]"), _forbid("132/SCTP"), "refuted", "refuted"),
    Attack("null entries is everything", _open("null"), "require: {from: any, to: db}", "proved", "proved"),
    Attack(
        "a protocol without a port", _open("[{protocol: UDP}]"), _require("1-65535/UDP"), "proved", "proved"
    ),
    Attack("UDP only closes TCP", _open("[{protocol: UDP}]"), _forbid("any/TCP"), "proved", "proved"),
    Attack(
        "SCTP only closes TCP and UDP",
        _open("[{protocol: SCTP}]"),
        _forbid("any/TCP, any/UDP"),
        "proved",
        "proved",
    ),
    Attack(
        "a range includes its end",
        _open("[{port: 8000, endPort: 8010}]"),
        _forbid("8010"),
        "refuted",
        "refuted",
    ),
    Attack(
        "a range includes no more",
        _open("[{port: 8000, endPort: 8010}]"),
        _forbid("8011-65535, 1-7999"),
        "proved",
        "proved",
    ),
    Attack(
        "a range of one",
        _open("[{port: 8000, endPort: 8000}]"),
        "only: {from: web, to: db, ports: [1-7999, 8001-65535]}",
        "proved",
    ),
    Attack(
        "a range over everything",
        _open("[{port: 1, endPort: 65535}]"),
        _require("any/TCP"),
        "proved",
        "proved",
    ),
    Attack(
        "a range to the last port",
        _open("[{port: 65535, endPort: 65535}]"),
        _forbid("65535"),
        "refuted",
        "refuted",
    ),
    Attack(
        "endPort may be ignored",
        _open("[{port: 8000, endPort: 8010}]"),
        f"readings: {{endport_support: free}}, {_require('8010')}",
        OPEN,
    ),
    Attack(
        "endPort may be ignored: the first port stays",
        _open("[{port: 8000, endPort: 8010}]"),
        f"readings: {{endport_support: free}}, {_require('8000')}",
        "proved",
    ),
    Attack(
        "SCTP may be ignored, and still isolates",
        _open("[{protocol: SCTP}]"),
        f"readings: {{sctp_support: free}}, {_forbid('any/TCP')}",
        "proved",
    ),
    Attack(
        "SCTP may be ignored",
        _open("[{protocol: SCTP}]"),
        f"readings: {{sctp_support: free}}, {_forbid('5/SCTP')}",
        OPEN,
    ),
]

NAMED = [
    Attack("a name is its declared number", CAST + BY_NAME, _forbid("5432"), "refuted", "refuted"),
    Attack(
        "a name is no other number, today", CAST + BY_NAME, _forbid("1-5431, 5433-65535"), "proved", "refuted"
    ),
    Attack(
        "a name is of the entry's protocol",
        CAST + to_db("[{ports: [{port: pg, protocol: UDP}]}]"),
        _forbid("any/TCP, any/UDP"),
        "proved",
        "refuted",
    ),
    Attack(
        "a name of another protocol",
        _db("{name: pg, containerPort: 5432, protocol: UDP}") + BY_NAME,
        _forbid("5432/TCP, 5432/UDP"),
        "proved",
        "refuted",
    ),
    Attack(
        "a name of UDP",
        _db("{name: pg, containerPort: 5432, protocol: UDP}")
        + to_db("[{ports: [{port: pg, protocol: UDP}]}]"),
        _forbid("5432/UDP"),
        "refuted",
    ),
    Attack(
        "a name that only another pod declares",
        CAST + to_db("[{ports: [{port: http}]}]"),
        _forbid("8080"),
        "proved",
        "refuted",
    ),
    Attack(
        "an egress name is looked up at the destination",
        CAST + from_web("[{ports: [{port: pg}]}]"),
        _forbid("5432"),
        "refuted",
    ),
    Attack(
        "an egress name of the source's own",
        CAST + from_web("[{ports: [{port: http}]}]"),
        _forbid("8080"),
        "proved",
        "refuted",
    ),
    Attack(
        "an external address declares no names",
        CAST + from_web("[{ports: [{port: pg}]}]"),
        "forbid: {from: web, to: external}",
        "proved",
        "proved",
    ),
    Attack(
        "a node declares no names",
        CAST + from_web("[{ports: [{port: pg}]}]"),
        "forbid: {from: web, to: node}",
        "proved",
    ),
    Attack(
        "one name, two numbers: each counts",
        _db(f"{PG_AND_WAL}").replace(
            "[{name: main", "[{name: two, image: i, ports: [{name: pg, containerPort: 81}]}, {name: main", 3
        )
        + BY_NAME,
        _forbid("81"),
        "refuted",
    ),
    Attack(
        "one name, two numbers: the readings differ",
        SHOP
        + WEB
        + MON
        + "---\napiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: db, labels: {app: db}}\nspec: {containers: ["
        "{name: a, image: i, ports: [{name: pg, containerPort: 80}]},"
        " {name: b, image: i, ports: [{name: pg, containerPort: 81}]}]}\n" + BY_NAME,
        f"readings: {{named_port_duplicates: free}}, {_forbid('81')}",
        OPEN,
    ),
    Attack(
        "one name, two numbers: the first is sure",
        SHOP
        + WEB
        + MON
        + "---\napiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: db, labels: {app: db}}\nspec: {containers: ["
        "{name: a, image: i, ports: [{name: pg, containerPort: 80}]},"
        " {name: b, image: i, ports: [{name: pg, containerPort: 81}]}]}\n" + BY_NAME,
        f"readings: {{named_port_duplicates: free}}, {_require('80')}",
        "proved",
    ),
    Attack("a sidecar's name", _db("", SIDECAR) + BY_NAME, _forbid("99"), "refuted"),
    Attack("an init container's name", _db("", INIT) + BY_NAME, _forbid("99"), "refuted"),
    Attack(
        "two names for one number",
        _db("{name: pg, containerPort: 7}, {name: wal, containerPort: 7, protocol: UDP}")
        + to_db("[{ports: [{port: wal}]}]"),
        _forbid("7/TCP, 7/UDP"),
        "proved",
    ),
    Attack(
        "a property's named port",
        CAST + to_db("[{ports: [{port: 5432}]}]"),
        _require("pg"),
        "proved",
        "refuted",
    ),
    Attack(
        "a named port at nobody",
        CAST,
        "forbid: {from: web, to: external, ports: [pg]}",
        "vacuous",
        "vacuous",
    ),
]
