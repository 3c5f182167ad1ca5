"""Writes small text tables with programs other than ours, for the readers of packages/data.

apt-get install python3-sklearn                                           # Debian 12: its copy of liac-arff 2.4
/usr/bin/python3 tools/golden/table_text_files.py                         # writes packages/data/test/goldens/tables/
"""

import csv
import json
import os

from sklearn.externals import _arff

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "data", "test", "goldens", "tables")
os.makedirs(ROOT, exist_ok=True)
ROWS = [[1.5, "a, b", "it's", 3], [None, "red", None, -7], [-2e-3, None, "\u00e9 \"q\" %", None], [0.0, "red", "", 0]]
NAMES = ["real", "colour of it", "text", "whole"]

table = {
    "relation": "made up",
    "description": "a comment",
    "attributes": [(NAMES[0], "REAL"), (NAMES[1], ["red", "a, b", "x"]), (NAMES[2], "STRING"), (NAMES[3], "INTEGER")],
    "data": ROWS,
}
with open(os.path.join(ROOT, "dense.arff"), "w") as file:
    file.write(_arff.dumps(table))
with open(os.path.join(ROOT, "sparse.arff"), "w") as file:
    sparse = {"relation": "s", "attributes": [("a", "REAL"), ("b", ["u", "v"]), ("c", "INTEGER")]}
    file.write(_arff.dumps({**sparse, "data": [{0: 2.5, 2: 4}, {1: "v"}, {}]}))
with open(os.path.join(ROOT, "quoted.csv"), "w", newline="") as file:
    csv.writer(file).writerows([NAMES, *ROWS])
with open(os.path.join(ROOT, "quoted.tsv"), "w", newline="") as file:
    csv.writer(file, dialect="excel-tab", quoting=csv.QUOTE_NONE, quotechar=None).writerows([NAMES, *ROWS])
records = [{k: v for k, v in zip(NAMES, row) if v is not None or k == "real"} for row in ROWS]
with open(os.path.join(ROOT, "rows.json"), "w") as file:
    json.dump(records, file, indent=1)
with open(os.path.join(ROOT, "rows.jsonl"), "w") as file:
    file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in records)
