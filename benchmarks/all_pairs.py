"""All pairs of a large cluster with exact ports: in what time, and in what memory?"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import run_python
from benchmarks.result import Peak, Row, in_seconds
from benchmarks.size import Size

MOST_SECONDS, MOST_MEBIBYTES = 2.0, 800

# A process of its own, that its memory be its own; collected as seldom as in the program.
_MAP = """
import gc, json, sys, time
gc.set_threshold(100_000, 50, 100)
from verifier.mapper import connection_map
from verifier.reading import load
cluster = load(sys.argv[1])
begin = time.process_time()
rows = connection_map(cluster).rows()
json.dump(time.process_time() - begin, open(sys.argv[2], "w"))
"""


def measure(size: Size) -> list[Row]:
    """Return the CPU time of the map of a cluster that has been read, and the memory of reading and map."""
    with TemporaryDirectory() as folder:
        manifests, spent = Path(folder, "cluster.yaml"), Path(folder, "spent.json")
        manifests.write_text(size.manifests(), encoding="utf-8")
        seconds, peaks = [], []
        for _ in range(size.rounds):
            used = run_python(["-c", _MAP, str(manifests), str(spent)])
            peaks.append(used.mebibytes)
            seconds.append(float(json.loads(spent.read_text("utf-8"))))
    return [
        in_seconds(f"map, {size}", seconds, MOST_SECONDS),
        Peak(f"peak memory, reading and map, {size}", max(peaks), MOST_MEBIBYTES),
    ]
