#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print the `published` block of a models/ entry from the study's public logs.

    published_energy.py LOGS MODEL STEM...

    LOGS    the folder that holds emissions/base and emissions/complete (github.com/sashavor/co2_inference, logs/)
    MODEL   project_name in emissions/complete
    STEM    text_classif_sst2 ...: one file of emissions/complete per dataset

The rule that reproduces the study's tables: a run is one row of complete, its energy is energy_consumed of the
`query model` row of the base file with the same run_id, in kWh for 1,000 queries; a dataset's figure is the mean of
its ten runs, the mean is over all runs.
"""
import csv
import os
import sys
from statistics import fmean


def query_energy(logs, run_id):
    with open(os.path.join(logs, "emissions", "base", f"emissions_base_{run_id}.csv"), newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["task_name"] == "query model"]
    assert len(rows) == 1, run_id
    return float(rows[0]["energy_consumed"])


def main(logs, model, stems):
    everything = []
    print("published:\n  energy_kwh_per_1000:")
    lines = []
    for stem in stems:
        with open(os.path.join(logs, "emissions", "complete", stem + ".csv"), newline="") as file:
            runs = [row["run_id"] for row in csv.DictReader(file) if row["project_name"] == model]
        energies = [query_energy(logs, run) for run in runs]
        if not energies:
            sys.exit(f"published_energy: no run of {model} in {stem}.csv")
        everything += energies
        lines.append(f"    {stem.split('_')[-1]}: {fmean(energies):.9g}   # {len(energies)} runs")
    print(f"    mean: {fmean(everything):.9g}   # {len(everything)} runs")
    print("\n".join(lines))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
