#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the weightless graphs of models/graphs and the engine's fixtures from published configurations.

    export.py [NAME...]     names are graphs of study.py or of FIXTURES; no name: all
    export.py --counts      the study's 88 models, and the parameters of each against model_parameters.csv

Environment: requirements.txt. Nothing is downloaded: a configuration is a dozen numbers, written in study.py with
the place they are published at. Weights are never made: a model is traced with every parameter one repeated zero.
"""
import collections
import os
import sys
import time

import torch
import transformers as tf

import study
import study_diffusion
import study_more
from empty import count, empty
from text import encoder_part
from tracing import Part
from vision import classifier_part
from weightless import export, parameters, save

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
GRAPHS = os.path.join(ROOT, "models", "graphs")
FIXTURES = os.path.join(ROOT, "test", "data", "onnx")


def bert_body(model):
    """BERT without a head, for benchmarks: hidden states of one segment."""
    part = encoder_part(model)
    inputs = [{n: v for n, v in i.items() if n != "token_type_ids"} for i in [part.inputs] + part.other_inputs]
    return Part("model", lambda m, **i: {"last_hidden_state": m(**i).last_hidden_state}, inputs[0],
                {n: ("batch", "sequence") for n in inputs[0]}, {"last_hidden_state": ("batch", "sequence")}, inputs[1:])


# MobileNetV1Config's defaults; 1,001 labels: ImageNet and "background", as google/mobilenet_v1_1.0_224 has them.
OTHERS = {
    "bert-base-encoder": (FIXTURES, lambda: tf.BertModel(tf.BertConfig(), add_pooling_layer=False), lambda m: [bert_body(m)]),
    "mobilenet-v1": (FIXTURES, lambda: tf.MobileNetV1ForImageClassification(
        tf.MobileNetV1Config(layer_norm_eps=0.001, num_labels=1001)), lambda m: [classifier_part(m, 224)]),
}


# The first entry of models/ keeps its graph beside it; others point there.
PLACES = {"distilbert-base-uncased-classification-2":
          os.path.join(ROOT, "models", "distilbert-base-uncased-finetuned-sst-2-english", "graph.onnx.zst")}


def rows():
    """Graph name: folder, build, parts of a model."""
    found = {name: (GRAPHS, study.encoder(*row)[0], lambda m: [encoder_part(m)])
             for name, row in study.ENCODERS.items()}
    found.update({name: (GRAPHS, build, parts) for name, (build, _, parts) in study_more.GRAPHS.items()})
    found.update({name: (GRAPHS, build, parts) for name, (build, parts) in study_diffusion.GRAPHS.items()})
    return {**found, **OTHERS}


def place(name, part, folder=GRAPHS):
    """The file of one part of a graph."""
    if part == "model" and name in PLACES:
        return PLACES[name]
    return os.path.join(folder, name + ("" if part == "model" else "-" + part) + ".onnx.zst")


def write(name, folder, build, parts):
    started = time.time()
    model = empty(build)
    os.makedirs(folder, exist_ok=True)
    for part in parts(model):
        proto = export(model, part)
        size = save(proto, place(name, part.name, folder))
        print(f"{name} {part.name}: {parameters(proto):,} parameters, {len(proto.graph.node)} nodes, {size:,} bytes, "
              f"{time.time() - started:.0f} s", flush=True)


def check_set():
    """The study's 88: eight models of each of ten tasks and eight of several; each has an entry."""
    tasks = {model: row[0] for model, row in {**study.MODELS, **study_more.MODELS}.items()}
    tasks.update(dict.fromkeys(study_diffusion.MODELS, "text-to-image"))
    counted = collections.Counter(task for model, task in tasks.items()
                                  if model not in study.PRINTED_ONLY | study_more.MULTI_PURPOSE)
    assert len(counted) == 10 and set(counted.values()) == {8} and len(study_more.MULTI_PURPOSE) == 8, counted
    missing = [m for m in tasks if not os.path.exists(os.path.join(ROOT, "models", m, "entry.yaml"))]
    print(f"{len(tasks) - len(study.PRINTED_ONLY)} models of the study, {len(study.PRINTED_ONLY)} more of its printed "
          f"list; without an entry: {', '.join(missing) or 'none'}")


def check_counts():
    """Every configuration has the parameters that model_parameters.csv has, where it has the model."""
    import csv
    check_set()
    with open(os.path.join(ROOT, "..", "shared", "paper", "logs", "model_parameters.csv"), newline="") as file:
        known = {row["model_name"]: int(row["num_parameters"]) for row in csv.DictReader(file)}
    counted = {model: study.encoder(*study.ENCODERS[row[1]])[1] for model, row in study.MODELS.items()}
    counted.update({model: study_more.GRAPHS[graph][1] for model, (_, graph) in study_more.MODELS.items()})
    sizes = {name: count(build) for name, (build, _) in study_diffusion.GRAPHS.items()}
    whole = {model: sum(sizes[g] for g in parts.values()) for model, parts in study_diffusion.MODELS.items()}
    for model in list(counted) + list(whole):
        ours = whole[model] if model in whole else count(counted[model])
        verdict = "not listed" if model not in known else "equal" if known[model] == ours else \
            f"DIFFERS by {ours - known[model]:,}"
        print(f"{model}: {ours:,}: {verdict}", flush=True)


def main(names):
    torch.set_num_threads(1)
    if names == ["--counts"]:
        return check_counts()
    table = rows()
    for name in names or table:
        try:
            write(name, *table[name])
        except Exception as error:  # noqa: BLE001  the others are still written
            print(f"{name}: FAILED: {error!r}"[:300], flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
