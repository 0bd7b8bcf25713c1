#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write catalog/cpu_power.csv from the factor files (default: ../shared/factors beside the repository).

    tools/catalog/make_cpu_power.py [FACTORS] > catalog/cpu_power.csv

Development only. Takes every row that clearly names a processor: vendor first, then a name with a digit in it.
Rows that are a bare number ("4334"), and those whose TDP is 0 or not one number ("27.29.5"), are left out, and so is
a name stated twice with different TDPs.
"""
import collections
import csv
import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SOURCE = "CodeCarbon 3.3.0 cpu_power.csv (MIT)"  # https://github.com/mlco2/codecarbon


def main():
    factors = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY.parent / "shared" / "factors"
    watts = collections.defaultdict(set)
    spelling = {}
    with open(factors / "cpu_power.csv", encoding="utf-8-sig", newline="") as text:
        for row in csv.DictReader(text):
            name, tdp = " ".join(row["Name"].split()), row["TDP"].strip()
            if not re.match(r"(Intel|AMD) .*\d", name) or not re.fullmatch(r"\d+(\.\d+)?", tdp):
                continue
            if float(tdp) == 0:
                continue
            watts[name.lower()].add(float(tdp))
            spelling.setdefault(name.lower(), name)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("name", "tdp_watts", "source"))
    for key in sorted(watts):
        if len(watts[key]) == 1:
            out.writerow((spelling[key], f"{next(iter(watts[key])):g}", SOURCE))
        else:
            print(f"left out, two TDPs: {spelling[key]} {sorted(watts[key])}", file=sys.stderr)


if __name__ == "__main__":
    main()
