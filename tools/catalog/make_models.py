#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write catalog/models.yaml: the study's 88 models and the extras, with what the study published of them.

    make_models.py LOGS    LOGS: logs/ of github.com/sashavor/co2_inference, commit 9ae9895

Which rows count, and for which task and dataset, says catalog/paper/study.yaml; what a model is and how many
parameters its graphs have say the entries of models/. A run is one row of emissions/complete; its energy and its
emissions are those of the `query model` row of the base file with the same run_id, for 1,000 queries. The same input
gives the same file. Needs PyYAML.
"""
import csv
import glob
import os
import sys
from statistics import fmean

import yaml

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
OUT = os.path.join(ROOT, "catalog", "models.yaml")

HEADER = """\
# SPDX-License-Identifier: Apache-2.0
# Written by tools/catalog/make_models.py. The format: docs/formats/models.md.
#
# study: one of the 88 models that the tables of "Power Hungry Processing" count, by its logs (catalog/paper/study.yaml
# says which rows those are). The others are extras; `note` says where the study names them.
# parameters: `graph` is counted from the graphs of models/, `listed` is the study's model_parameters.csv, which counts
# the model as AutoModel loads it. Where `because` is absent that is the whole difference: the task's head, which only
# the graph has, less what the task never uses (a pooler), which only the list counts.
# published: means over `runs` runs of 1,000 queries. Emissions are at the 138.75 g/kWh that CodeCarbon takes for
# Oregon; two runs it placed in Quebec.
schema: permille.models/1
source: >-
  Logs of "Power Hungry Processing" (Luccioni, Jernite, Strubell 2024), github.com/sashavor/co2_inference, commit
  9ae9895: energy_consumed and emissions of the `query model` rows, 8 x NVIDIA A100-SXM4-80GB of which one worked,
  CodeCarbon 2.3.1 with the whole machine counted
"""

TABLE_6 = "Table 6 lists it; its runs are in the logs without their dataset, the tables' logs hold another"
# What the logs name beside the 88: class, tasks where the logs of no task name it, note.
EXTRAS = {
    "oliverguhr/fullstop-punctuation-multilang-large": ("encoder", ["token-classification"], TABLE_6),
    "ml6team/keyphrase-extraction-distilbert-inspec": ("encoder", ["token-classification"], TABLE_6),
    "obi/deid_roberta_i2b2": ("encoder", ["token-classification"], TABLE_6),
    "SG161222/Realistic_Vision_V1.4": ("diffusion", None, "logged, in no table"),
    "stabilityai/stable-diffusion-2-1-base": ("diffusion", None, "logged, in no table"),
    "meta-llama/Llama-2-7b-hf": ("decoder", None, "logged zero-shot, in no table"),
}
NOTES = {
    "sshleifer/distilbart-xsum-12-6": "so named in the logs; its runs and its listed parameters are those of "
                                      "sshleifer/distilbart-cnn-6-6",
    "microsoft/beit-base-patch16-224-pt22k-ft22k": "Table 6 lists microsoft/beit-base-patch16-224",
    "polejowska/detr-r50-cd45rb-8ah-6l-gelu-corrected": "Table 6 lists polejowska/detr-r50-cd45rb-8ah-6l",
    "cardiffnlp/twitter-roberta-base-sentiment-latest": "Table 6 lists it without its owner",
    "sbcBI/sentiment_analysis_model": "Table 6 lists sbcBI/sentiment_analysis_mode",
}
for _model in ("xlm-roberta-large-finetuned-conll03-english", "elastic/distilbert-base-cased-finetuned-conll03-english",
               "dmargutierrez/distilbert-base-multilingual-cased-mapa_coarse-ner"):
    NOTES[_model] = "in the logs of the tables; Table 6 lists another in its place"

# Why the body that our configuration makes is not what the study lists.
ROUNDED = "the list has a round number"
FROZEN = ("scale and shift of the backbone's norms are tensors of the graph and frozen buffers to the list: "
          "{} = 2 x {}; the rest is the head")
BECAUSE = {
    "bigscience/bloomz-1b7": ROUNDED, "bigscience/bloomz-3b": ROUNDED, "bigscience/bloomz-7b1": ROUNDED,
    "facebook/detr-resnet-101": FROZEN.format(105344, 52672),
    **dict.fromkeys(("facebook/detr-resnet-50", "SenseTime/deformable-detr", "polejowska/detr-r50-cd45rb-1ah-6l",
                     "polejowska/detr-r50-cd45rb-8ah-6l-gelu-corrected"), FROZEN.format(53120, 26560)),
    "ydshieh/vit-gpt2-coco-en": "the list has the parameters of its GPT-2 alone, those of gpt2",
}
DIFFUSION = "the list counts the half of the VAE that encodes as well"


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def queries(logs):
    """run_id: the `query model` row."""
    found = {}
    for path in glob.glob(os.path.join(logs, "emissions", "base", "*.csv")):
        for row in rows(path):
            if row["task_name"] == "query model":
                found[row["run_id"]] = row
    return found


def cells(logs, layout, runs):
    """Model: {(task, dataset, variant, whether the tables count it): rows}, in the order of the layout."""
    multi = {entry["model"] for entry in layout["multi_purpose"]}
    left_out = {(entry["task"], entry["model"]) for entry in layout["not_in_tables"]}
    found, joined = {}, set()
    for log in layout["logs"]:
        for row in rows(os.path.join(logs, "emissions", "complete", log["file"] + ".csv")):
            model, variant = row["project_name"], log.get("variant", "default")
            counts = (log.get("in_tables", True) and (log["task"], model) not in left_out
                      and (variant != "zero-shot" or model in multi))
            key = (log["task"], log["dataset"], variant, counts)
            found.setdefault(model, {}).setdefault(key, []).append(runs[row["run_id"]])
            joined.add(row["run_id"])
    for model in EXTRAS:
        if model not in found:
            found[model] = {(EXTRAS[model][1][0], None, "default", False): [
                row for run, row in sorted(runs.items()) if row["project_name"] == model and run not in joined]}
    return found


def entries():
    found = {}
    for path in sorted(glob.glob(os.path.join(ROOT, "models", "**", "entry.yaml"), recursive=True)):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        found[yaml.safe_load(text)["id"]] = (yaml.safe_load(text), text)
    return found


def parameters(model, entry, listed):
    parts = {"graph": entry[0].get("parameters") if entry else None, "listed": listed}
    known = [f"{key}: {value}" for key, value in parts.items() if value is not None]
    if len(known) == 2 and parts["graph"] != listed:
        same = "the same" in entry[1]  # the configuration, counted as the study counts
        because = BECAUSE.get(model) or (DIFFUSION if same and entry[0]["class"] == "diffusion" else None)
        if because is None and not same:
            sys.stderr.write(f"make_models: {model}: why {parts['graph']} and not {listed}? {entry[0]['class']}\n")
        known += [f"difference: {parts['graph'] - listed}"] + ([f'because: "{because}"'] if because else [])
    return f"    parameters: {{{', '.join(known)}}}" if known else None


def published(key, measured):
    task, dataset, variant, _ = key
    place = f"task: {task}, " + (f"dataset: {dataset}, " if dataset else "") + \
        (f"variant: {variant}, " if variant != "default" else "")
    energy = fmean(float(row["energy_consumed"]) for row in measured)
    emissions = fmean(float(row["emissions"]) for row in measured) * 1000
    return f"      - {{{place}runs: {len(measured)}, energy_kwh: {energy:.9g}, emissions_g: {emissions:.9g}}}"


def written(model, logged, entry, listed, multi):
    counted = {key: value for key, value in logged.items() if key[3]}
    shown = counted or {key: value for key, value in logged.items() if key[2] != "original"}
    kind = entry[0]["class"] if entry else EXTRAS[model][0] if model in EXTRAS else multi.get(model)
    lines = [f"  - id: {model}", f"    study: {'true' if counted else 'false'}"]
    lines += [f'    note: "{note}"' for note in [NOTES.get(model, EXTRAS.get(model, (None,) * 3)[2])] if note]
    lines += [f"    tasks: [{', '.join(dict.fromkeys(key[0] for key in shown))}]"]
    lines += ["    multi_purpose: true"] if model in multi else []
    lines += [f"    class: {kind}"] if kind else []
    if entry:
        lines += [f"    architecture: {entry[0]['architecture']}", f"    graph: {model}", "    engines: [onnx]"]
    lines += [line for line in [parameters(model, entry, listed)] if line]
    lines += ["    published:"] + [published(key, value) for key, value in shown.items()]
    return lines, bool(counted)


def main(logs):
    with open(os.path.join(ROOT, "catalog", "paper", "study.yaml"), encoding="utf-8") as file:
        layout = yaml.safe_load(file)
    multi = {entry["model"]: entry["class"] for entry in layout["multi_purpose"]}
    listed = {row["model_name"]: int(row["num_parameters"])
              for row in rows(os.path.join(logs, "model_parameters.csv"))}
    known = entries()
    study, extras = [], []
    for model, logged in cells(logs, layout, queries(logs)).items():
        lines, counted = written(model, logged, known.get(model), listed.get(model), multi) \
            if model in EXTRAS or any(key[3] for key in logged) else ([], False)
        (study if counted else extras).extend(lines)
    missing = [line[8:] for line in study if line.startswith("  - id: ") and line[8:] not in known]
    with open(OUT, "w", encoding="utf-8") as file:
        file.write("\n".join([HEADER + "models:", *study, *extras]) + "\n")
    count = sum(line.startswith("  - id: ") for line in study)
    print(f"{count} models of the study, {len(missing)} of them without an entry in models/: {', '.join(missing)}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
