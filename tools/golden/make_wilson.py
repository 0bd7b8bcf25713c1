#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/golden/wilson.csv: Wilson score intervals at 95 % by statsmodels.

usage: pip install statsmodels; make_wilson.py
"""
import pathlib

from statsmodels.stats.proportion import proportion_confint

OUT = pathlib.Path(__file__).resolve().parents[2] / "test/data/golden/wilson.csv"
CASES = [(0, 1), (1, 1), (0, 10), (10, 10), (1, 10), (5, 10), (7, 13), (691, 872), (181, 872), (112, 224), (999, 1000),
         (1, 100000), (50000, 100000)]
rows = ["right,total,low,high"]
for right, total in CASES:
    low, high = proportion_confint(right, total, alpha=0.05, method="wilson")
    rows.append(f"{right},{total},{low!r},{high!r}".replace("np.float64(", "").replace(")", ""))
OUT.write_text("\n".join(rows) + "\n")
