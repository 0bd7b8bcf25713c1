#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Refit the shipped load curve a second way, to check bench/cpu_load_model against.

    tools/power/load_curve_check.py [PROFILES]     (default: ../shared/factors/cpu_load_profiling)

Development only. Gauss-Newton on ln(a + b load) by the standard library; same data, weights and loss as
docs/method.md describes, none of the same code.
"""
import csv
import math
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TDP = {"AMD EPYC 8024P": 90.0, "E3-1240 V2": 69.0}


def machines(folder):
    out = {}
    for path in sorted(folder.glob("*.csv")):
        if path.name.startswith("E5-1240"):  # package and core domains added up
            continue
        for row in csv.DictReader(path.open()):
            name = next(n for n in TDP if n in row["cpu_name"])
            watts = float(row["rapl_energy"]) / 2.77778e-7 / float(row["duration"])
            out.setdefault(name, []).append((float(row["cpu_load"]) / 100, watts / TDP[name]))
    return out


def fit(groups):
    a, b = 0.2, 0.5
    for _ in range(200):
        saa = sab = sbb = ra = rb = 0.0
        for group in groups:
            for load, read in group:
                predicted, weight = a + b * load, 1 / len(group)
                ja, jb, residual = 1 / predicted, load / predicted, math.log(read / predicted)
                saa += weight * ja * ja
                sab += weight * ja * jb
                sbb += weight * jb * jb
                ra += weight * ja * residual
                rb += weight * jb * residual
        determinant = saa * sbb - sab * sab
        a += 0.5 * (ra * sbb - rb * sab) / determinant
        b += 0.5 * (rb * saa - ra * sab) / determinant
    return a, b


def log_rms(curve, group):
    return math.sqrt(sum(math.log((curve[0] + curve[1] * load) / read) ** 2 for load, read in group) / len(group))


def main():
    default = REPOSITORY.parent / "shared" / "factors" / "cpu_load_profiling"
    data = machines(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default)
    print("a = %.6f  b = %.6f" % fit(list(data.values())))
    errors = [log_rms(fit([g for n, g in data.items() if n != name]), group) for name, group in data.items()]
    for name, error in zip(data, errors):
        print(f"held out {name}: {error:.4f}")
    print(f"all: {math.sqrt(sum(e * e for e in errors) / len(errors)):.4f}")


if __name__ == "__main__":
    main()
