#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The study's logs joined with pandas, beside bench/import: every CSV read, task files and totals joined by run_id,
means of Table 2.

    python3 -m venv build/peers && build/peers/bin/pip install pandas          1.5.3 or newer
    build/peers/bin/python tools/peers/pandas_join.py LOGS

    LOGS    the folder that holds emissions/base and emissions/complete (github.com/sashavor/co2_inference, logs/)

Prints one JSON object: the version, files and rows read, seconds of the join (start-up and `import pandas` left out)
and the means of Table 2 in kWh for 1,000 queries by task.

Rules: a run is one row of complete, its energy is energy_consumed of the `query model` row of the base file with the
same run_id; a task's mean is over all runs of its task-specific models. Images are counted where they were resized.
Of ten image generation models two are in no table of the study.
"""
import json
import sys
import time
from pathlib import Path

import pandas as pd

TASKS = {
    "text_classif": "text-classification",
    "qa": "question-answering",
    "fillmask": "fill-mask",
    "token_classif": "token-classification",
    "image_class": "image-classification",
    "obj_detection": "object-detection",
    "textgen": "text-generation",
    "summarize": "summarization",
    "itt": "image-to-text",
    "tti": "text-to-image",
}
IMAGES_IN = ("image_class", "obj_detection", "itt")
NOT_IN_TABLES = ("SG161222/Realistic_Vision_V1.4", "stabilityai/stable-diffusion-2-1-base")


def task_of(stem):
    """The task of a file of totals; None for one that Table 2 leaves out."""
    for prefix, task in TASKS.items():
        if stem.startswith(prefix + "_"):
            return task if prefix not in IMAGES_IN or stem.endswith("_resized") else None
    return None


def read(files, **more):
    return pd.concat([pd.read_csv(file).assign(**{name: of(file) for name, of in more.items()}) for file in files],
                     ignore_index=True)


def main(logs):
    begin = time.perf_counter()
    emissions = Path(logs) / "emissions"
    base_files = sorted((emissions / "base").glob("*.csv"))
    complete_files = sorted((emissions / "complete").glob("*.csv"))
    base = read(base_files)
    complete = read(complete_files, stem=lambda file: file.stem)
    runs = complete.merge(base, on="run_id", suffixes=("", "_task"))
    runs["task"] = runs["stem"].map(task_of)
    counted = runs[(runs["task_name"] == "query model") & runs["task"].notna()
                   & ~runs["project_name"].isin(NOT_IN_TABLES)]
    means = counted.groupby("task")["energy_consumed_task"].mean()
    seconds = time.perf_counter() - begin
    print(json.dumps({"pandas": pd.__version__, "files": len(base_files) + len(complete_files),
                      "rows": len(base) + len(complete), "seconds": seconds, "table2": means.to_dict()}))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
