"""Ask kubectl how it decodes a table of texts, and write the answers to kubectl_decoding.json.

Run it from the top of the repository, with kubectl on the PATH; no cluster is needed:

    python tests/source/record_kubectl.py

Each text goes through `kubectl annotate --local`, which decodes it as `kubectl apply` does and prints what it read.
A record holds the text and either the documents that kubectl read or its error. The tests read the record only.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RECORD = HERE / "kubectl_decoding.json"
HEAD = "apiVersion: v1\nkind: Probe\nmetadata: {name: probe}\n"
JSON_HEAD = '{"apiVersion": "v1", "kind": "Probe", "metadata": {"name": "probe"}'

SCALARS = r"""
1 0 -1 +1 -0 +0 007 0120 08 09 0o17 0O17 0o8 0x1F 0X1f -0x1F +0x1F 0xg 0b11 0B11 -0b11 0b2 00 0_7 1_000 1__0 1_ _1 -_1
0x_1 0x 0b 0o 1:20 190:20:30 1:20:30.5 9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809
18446744073709551615 18446744073709551616 +18446744073709551615 123456789012345678901234567890 0xFFFFFFFFFFFFFFFF
-0x8000000000000000 -0xFFFFFFFFFFFFFFFF 0x1FFFFFFFFFFFFFFFFF 0777777777777777777777 07777777777777777777777777
1.0 1. .5 -.5 +.5 . .. .e5 .5e3 .5_5 ._5 .5_ .5__5 ._ .5e1_0 .5e_1 .5_e1 0.5_ 1.5 1_0.5 1e3 1E3 1e+3 1e-3 1e-7 1.5e3 0123456789e1 1e 1e+ 1e400 -1e400 1e-400
.5e400 1e21 1e20 1e18 1e19 9.3e18 9.2e18 1.0e0 0.1 100.0 1e1_0 1.2.3 1.2.3.4 10.0.0.0/8 0x1p4 0x1.8p1 1e5 -0.0 0.0
.inf .Inf .INF -.inf +.inf -.INF .nan .NaN .NAN .iNf inf nan Infinity NaN -inf
y Y yes Yes YES yEs n N no No NO true True TRUE tRUE false False FALSE on On ON oN off Off OFF t f T F
~ null Null NULL nULL nil None = < << - -- --1 +- + a-b a:b http://x:80/ 2001-01-01 2001-1-1 2001-01-01T00:00:00Z
2001-13-01 20010101 2001-01-01T00:00:00 12:30 @x `x %x ^x a%b !x *x &x ? ?x -x : :x "" '' "1" 'y' "\u0041" "\x41" "\/"
"\ud800" "a\
b" [1,y,~] [a,] [,] {a} {a:1} {a,b} {"a":1} {"a" :1} [a:1] [http://x:80] [[1],{a:[b]}] {} [] [1:2] {y:y} [?x] [-] [-1]
１ é 🎉 a#b a_b 0a 1a 1.0.0 v1 5Gi 100m 0.5 1_2:3 1e3m 4,5 0o 08.5 0x1.5 08e1 1e3.5
""".split()

SPACED = [
    "2001-01-01 01:02:03", "a b", "a # b", "1 # one", "'it''s'", '"a\\tb\\n"', '"a\n  b"', "a\n  b", "'a\n\n  b'", "[a, b\n  , c]",
    "!!str 12", "!!str", "!!str y", "!!int 12", '!!int "12"', "!!int 1.5", "!!int x", "!!int ''", "!!int 0x1F", "!!int 1e3",
    "!!float 1", "!!float 1.5", "!!float x", "!!float .inf", "!!float 0x10", "!!bool y", '!!bool "true"', "!!bool 1",
    "!!null ~", "!!null ''", "!!null", "!!null x", "!!binary aGk=", "!!binary a", "!!binary |\n  aGk=", "!!timestamp 2001-01-01",
    "!!timestamp x", "!!timestamp 2001-01-01 01:02:03", "!local 12", "!local y", "! 12", '! "12"', "!!set {a, b}", "!!omap [a: 1]",
    "!!seq [1]", "!!map {a: 1}", "!!map [1]", "!!seq {a: 1}", "!!unknown 1", "!<tag:yaml.org,2002:str> 12", "!<tag:x,1:y> 12",
    "!e!x 12", "!!merge <<", "!!str [a]", "&a 1", "&a y", "&a", "|\n  a\n  b\n", "|-\n  a\n", "|+\n  a\n\n", ">\n  a\n  b\n", ">-\n  a\n\n  b\n",
    "|2\n   a\n", "|\n", "|0\n  a", "|\n  y", "|-\n  1", "\ty", "a\t", "[\ta]", "- a", "{a: 1, a: 2}", "{a: 1, b: 2", "[1, 2", '"x', "'x",
    "{a: , b: }", "{? a : b}", "{: b}", "{[a]: b}", "{{a: b}: c}", "{~: b}", "{'': b}", "{1: a, '1': b}", "[*x]", "*x", "a: b", "[a, [b, {c: d}]]",
    "[a]b", '"a"b', "{a: b}c", "%x y", "@ x", "{a: b, - c}", "[? a]", "[a: b, c: d]", "{a: [}", "a]", "a}", "}", "]", "- [a", '"\\q"',
    "[a,b]: c", "{a\n : b}", '{"a"\n : b}', "{ {{ .Values.x }} }", "{{ .Values.x }}", '"{{ .Values.x }}"', "{{ x }}-y", "#c", "a #", "''''",
    "[1, # c\n  2]", "{a: 'b', }", "[[]]", "[{}]", "&a [*a]", "&a {b: *a}", "&a {b: &b 1, c: *b}", "[&a 1, *a, *a ]", "[&a {x: 1}, *a]",
    "[&a 1, &a 2, *a]", "{&a k: v, w: *a}", "{&a on: v, w: *a}", "{&a 1e3: v, *a : w}", "[&a 1e3, {*a : w}]", "[&a [1], {*a : w}]", "[&a ~, {*a : w}]",
    "[&a-b 1, *a-b]", "[&a]", "[&a, &b]", "[&é 1, *é]",
]  # fmt: skip

KEYS = [
    "on: 1", "y: 1", "1: 1", "010: 1", "0x10: 1", "-1: 1", "1.0: 1", "1.5: 1", "1e3: 1", "1e5: 1", "1e6: 1", "1e20: 1", "1e21: 1",
    "1.23456789: 1", "123456.5: 1", "1234567.5: 1", "0.0001: 1", "0.00001: 1", "16777217.0: 1", "-0.0: 1", "1e39: 1", "1e-50: 1",
    "3.4e38: 1", "1e-45: 1", "0.1: 1", "-2.5e-3: 1", "99999.9: 1", "999999.9: 1", "1_000: 1", ".inf: 1", "-.inf: 1", ".nan: 1",
    "~: 1", "null: 1", ": 1", "'': 1", "2001-01-01: 1", "18446744073709551615: 1", "9223372036854775807: 1", "9223372036854775808: 1",
    "99999999999999999999: 1", "true: 1\ny: 2", "1: 1\n'1': 2", "a: 1\na: 2", "? a\n: b", "? [a]\n: b", "? {a: b}\n: c", "!!str 1: a",
    "!!int 1: a", "!!int '1': a", "!!float 1: a", "!!null '': a", "!local 1: a", "! 1: a", "'<<': 1", '"<<": {a: 1}', "!!binary aGk=: 1",
    "!!str <<: {a: 1}", "!!merge <<: {a: 1}", "! <<: {a: 1}", "a : 1", '"a":1', "a:1", "a:\tb", "\ta: b", "a: b\n\tc: d", "a: b\n c: d",
    "a:\n- b\n- c", "a:\n  - b\n - c", "a:\n  b: c\n d: e", "a: b: c", "a: - b", "a: 'b'c", "? a", "- a\n- b", "a: |\n  b\n c: d", "a: [\nb\n]",
    "a: {\nb: c\n}", "a: 1\n  b", "&x a: 1\nb: *x", "a: *x", "a: &x\nb: *x", "a: &x {b: 1}\nc: *x\nd: [*x, *x]", "'a\\\n b': 1",
    "k" * 1024 + ": 1", "k" * 1025 + ": 1", "a: '" + "x" * 3000 + "'", "a: \x07", "a: \x7f", "a: \ufeff", "a: \ufffe", "a: \x85b", "a: \u2028b", "\xa0a: 1",
    "a: \U0001f389", "a: \ue000", "a:\xa0b", "<<: {a: 1}", "<<: {a: 1}\na: 2", "a: 2\n<<: {a: 1}", "a: 2\n<<: {a: 2}", "<<: [{a: 1}, {a: 2, b: 3}]",
    "<<: {a: 1}\n<<: {b: 2}", "<<: {a: 1}\n<<: {a: 2}", "<<: 1", "<<: ~", "<<: []", "<<: [1]", "<<: [{a: 1}, ~]", "<<:", "<<: {}",
    "b: &x {a: 1}\nc:\n  a: 2\n  <<: *x\n  z: 2", "b: &x {a: 1}\nc:\n  <<: *x\n  a: 2", "b: &x {a: 1}\nc: &y {<<: *x, d: 1}\ne: {<<: *y}",
    "l: &l [{a: 1}]\n<<: *l", "l: &l [{a: 1}]\n<<: [*l]", "x: &x {a: 1}\ny_: &y {a: 2, b: 3}\nc: {<<: [*x, *y]}", "x: &x {a: 1}\nc: {<<: [*x, {a: 2}], a: 3}",
    "x: &x 1\nc: {<<: *x}", "x: &x {a: {b: 1}}\nc: {<<: *x, a: {c: 2}}", "a: <<", "[<<, a]: b", "a: [<<]", "a: {<<}", "a: {b: 1, <<: {b: 2, c: 3}}",
    "x: &x {<<: *x}", "x: {<<: [*nope]}", "a: &x 1\nb: &x 2\nc: *x", "a: *b\nb: &b 1", "a: !!set\n  ? b\n  ? c", "# c", "a: 1 #c\n#d\nb: 2", "a: 1#c",
    "a:\n  # c\n  - 1\n# d\n  - 2", "a: >\n\n  b\n\n\n  c\n", "a: |\n\n  b\n   c\n", "a: |1\n  b", "a: \"b\\\n  c\"", "a: 'b\n c'", "a: \"b\n c\"",
    "a: b\n...", "a: b\n...\n# c\n", "a: b\n...\nc: d", "a: b\n...\n[", "a: b\n... # c\n", "a: b\n...x", "a: |\n  x\n ---\n", "a: 'x\n ---'", "a:\n - - 1\n   - 2\n - - 3",
    "a:\n -\tb", "a: [b,\tc]", "a: {b:\tc}", "a:  \t b", "a: b \t", "a:\n  b: 1\n\n\n  c: 2\n", "a:\r\n  b: 1\r\n", "a: |\r\n  b\r\n  c\r\n", "a: 1\rb: 2", "a: 'x\r\n\r\n  y'",
]  # fmt: skip

STREAMS = [
    HEAD + "---\n" + HEAD, HEAD + "--- \n" + HEAD, HEAD + "---\t\n" + HEAD, HEAD + "--- # c\n" + HEAD, HEAD + "---#c\n" + HEAD, HEAD + "--- |\n x\n",
    HEAD + "--- {a: b}\n", "--- {apiVersion: v1, kind: Probe, metadata: {name: probe}}\n", "---\n{apiVersion: v1, kind: Probe, metadata: {name: probe}}\n",
    "{apiVersion: v1, kind: Probe, metadata: {name: probe}}\n", HEAD + "---x\n", HEAD + "----\n", HEAD + "---\n---\n\n---\n", "---\n---\n" + HEAD, "# c\n---\n" + HEAD,
    "# c\n---\n# d\n---\n" + HEAD, HEAD + "---", HEAD + "---\n~\n---\n" + HEAD, HEAD + "---\nnull\n", "\n\n" + HEAD, "%YAML 1.1\n---\n" + HEAD, "%TAG ! x\n---\n" + HEAD, "%FOO\n---\n" + HEAD,
    HEAD.replace("\n", "\r\n") + "---\r\n" + HEAD, HEAD + "a: |\n  x\n---\n" + HEAD, HEAD + 'a: "x\n---\n' + HEAD, HEAD + "a: [\n---\n" + HEAD, HEAD + " ---\n", HEAD + "...\n---\n" + HEAD,
    HEAD + "...\n" + HEAD, "\ufeff" + HEAD, HEAD + "---\n\ufeff" + HEAD, "\ufeff---\n" + HEAD, HEAD + "---\n" + HEAD + "a: [\n", HEAD + "a: &x 1\n---\n" + HEAD + "a: *x\n",
    JSON_HEAD + "}", JSON_HEAD + "}" + JSON_HEAD + "}", JSON_HEAD + "}\n" + JSON_HEAD + "}\n", JSON_HEAD + "}\n---\n" + JSON_HEAD + "}", "\n\n  " + JSON_HEAD + "}", JSON_HEAD + "} x",
    "---\n" + JSON_HEAD + ', "a": 1e3, "b": y}', "# c\n" + JSON_HEAD + "}", JSON_HEAD + ', "a": [1, 1.0, 1e3, -0, 1.5, 1e-7, 9223372036854775808, 1e19, 1e300, "y", true, null]}',
    JSON_HEAD + ', "a": 1e400}', JSON_HEAD + ', "a": NaN}', JSON_HEAD + ', "a": -Infinity}', JSON_HEAD + ', "a": 01}', JSON_HEAD + ', "a": 1.}', JSON_HEAD + ', "a": +1}', JSON_HEAD + ', "a": .5}',
    JSON_HEAD + ', "a": 1,}', JSON_HEAD + ", a: 1}", JSON_HEAD + ", 'a': 1}", JSON_HEAD + ', "a": "\\u0041\\ud83c\\udf89\\/"}', JSON_HEAD + ', "a": "\\ud800"}', JSON_HEAD + ', "a": "\\x41"}', JSON_HEAD + ', "a": "x\ty"}',
    JSON_HEAD + ', "a": 1, "a": 2}', JSON_HEAD, JSON_HEAD + "\t,\t\"a\"\t:\t1\t}", JSON_HEAD + ', "a": {}, "b": [], "c": {"d": [[]]}}', JSON_HEAD + ', "a": 1 // c\n}', JSON_HEAD + ', "a": True}',
]  # fmt: skip


def texts() -> Iterator[str]:
    yield from (f"{HEAD}a: {scalar}\n" for scalar in [*SCALARS, *SPACED])
    yield from (f"{HEAD}{keys}\n" for keys in KEYS)
    yield from (f"{HEAD}a: {scalar}" for scalar in ("1", "y", "'x'", "|\n  x", "|\n  x\n\n"))
    yield from STREAMS


def ask(text: str) -> dict[str, Any]:
    command = ["kubectl", "annotate", "--local", "-f", "-", "recorded=yes", "-o", "json"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=20, check=False)
    if done.returncode:
        return {"text": text, "error": done.stderr.decode().strip()}
    documents, output, place = [], done.stdout.decode(), 0
    while place < len(output):
        document, place = json.JSONDecoder().raw_decode(output, place)
        del document["metadata"]["annotations"]
        documents.append(document)
        place += len(output[place:]) - len(output[place:].lstrip())
    return {"text": text, "documents": documents}


def main() -> None:
    records = [ask(text) for text in dict.fromkeys(texts())]
    lines = ",\n".join(json.dumps(record, sort_keys=True) for record in records)
    RECORD.write_text(f"[\n{lines}\n]\n", encoding="ascii")
    print(len(records), "texts,", sum("error" in record for record in records), "refused")


if __name__ == "__main__":
    main()
