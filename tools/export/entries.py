#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write models/<id>/entry.yaml for every model of study.py and study_more.py whose graphs are there.

    entries.py LOGS [ID...]      LOGS: the study's logs folder, for model_parameters.csv; no ID: all

An entry says what is known from a named source, and nothing else: no revision, no licence. What the study published
of a model stands in catalog/models.yaml (tools/catalog/make_models.py).
"""
import csv
import json
import os
import sys

import onnx
import zstandard

import check_graphs
import settings
import study
import study_diffusion
import study_more
from empty import _build, count
from export import PLACES, ROOT, place
from weightless import parameters

PARTS = ("model", "encoder_model", "decoder_model")
KIND = {"text-generation": "decoder", "summarization": "seq2seq", "image-to-text": "vision-text",
        "image-classification": "vision", "object-detection": "detector"}


def load(path):
    with open(path, "rb") as file:
        return onnx.load_from_string(zstandard.ZstdDecompressor().decompress(file.read(), max_output_size=1 << 30))


def counted(paths):
    """Parameters of all parts together: a tensor that two parts share counts once."""
    whole = onnx.ModelProto()
    for path in paths:
        proto = load(path)
        known = {t.name for t in whole.graph.initializer}
        whole.graph.initializer.extend(t for t in proto.graph.initializer if t.name not in known)
        whole.graph.node.extend(proto.graph.node)
    return parameters(whole)


def how_checked(graphs):
    """What is known of {part: (graph, its part)}: each against PyTorch, or, beyond loading, its shapes alone."""
    known = check_graphs.checked()
    rows = {part: known.get(key) for part, key in graphs.items()}
    compared = [f"{part} {row['off_by']} at {row['sizes'].replace(' ', ' and ')}" for part, row in rows.items() if row]
    alone = [part for part, row in rows.items() if not row]
    said = []
    if compared:
        said.append("against PyTorch at true size with random weights, largest difference over the largest value: "
                    + ", ".join(compared))
    if alone:
        said.append("shapes only, by running it once on zeros: " + ", ".join(alone))
    return "; ".join(said)


def written(model, task, kind, architecture, files, graphs, total, note, beside, source):
    """Write the entry: what is the same for all. `graphs` is {part: (graph, its part)}."""
    folder = os.path.join(ROOT, "models", model)
    lines = ["# SPDX-License-Identifier: Apache-2.0", "# Written by tools/export/entries.py.",
             "schema: permille.model/1", f"id: {model}", f"task: {task}", f"class: {kind}",
             f"architecture: {architecture}"]
    relative = {part: os.path.relpath(path, folder) for part, path in files.items()}
    if list(relative) == ["model"]:
        lines.append(f"graph: {relative['model']}")
    else:
        lines += ["graphs:"] + [f"  {part}: {path}" for part, path in relative.items()]
    lines += ["weightless: true", *note, f"parameters: {total}"]
    lines += ["source: >-", f"  {source}", "checked: >-", f"  {how_checked(graphs)}"]
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "entry.yaml"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    for name, content in beside.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, ensure_ascii=False, default=str)
            file.write("\n")
    return total


def because(model, ours, theirs):
    """Why the two counts differ, as one more line of comment."""
    family = study_more.MODELS.get(model, ("",))[0]
    if family == "object-detection" and ours - theirs == 2 * (256 + 512 + 1024 + 2048):
        return ["# There, scale and shift of the backbone's four downsampling norms are no parameters."]
    if theirs % 10_000_000 == 0:
        return ["# That is rounded."]
    reasons = {"ydshieh/vit-gpt2-coco-en": "# That is its GPT-2 alone.",
               "ml6team/keyphrase-extraction-distilbert-inspec": "# That is with the head of three labels."}
    return [reasons[model]]  # another difference is a mistake


def compared(model, what, ours, theirs):
    listed = "does not list it" if theirs is None else f"has {theirs:,}" + (", the same" if ours == theirs else "")
    return ["# Counted from the graphs: what the task uses. " + what,
            f"# has {ours:,} parameters; the study's model_parameters.csv {listed}.",
            *(because(model, ours, theirs) if theirs not in (None, ours) else [])]


def entry(model, task, graph, labels, build, base, kind, known):
    files = {part: place(graph, part) for part in PARTS if os.path.exists(place(graph, part))}
    if not files or list(files) == ["encoder_model"]:
        return None
    built = _build(build)
    beside = settings.files(f"models/{model}", built.config, type(built).__name__, labels,
                            study_more.PICTURES.get(model))
    left = "; no source at hand counts its labels: two." if model in study.UNCOUNTED_LABELS \
        else "; its labels are left out."
    source = (f"Configuration and its source: tools/export/{'study' if kind == 'encoder' else 'study_more'}.py, {graph}"
              + ("; labels: the model's card on the Hugging Face Hub." if labels else left))
    note = compared(model, "As AutoModel loads it, without the task's head, this configuration", count(base),
                    known.get(model))
    graphs = {part: (graph, part) for part in files}
    return written(model, task, kind, type(built).__name__, files, graphs, counted(files.values()), note, beside, source)


def diffusion_entry(model, parts, sizes, known):
    files = {part: place(graph, "model") for part, graph in parts.items()}
    if not all(os.path.exists(path) for path in files.values()):
        return None
    configs = {part: _build(study_diffusion.GRAPHS[graph][0]).config for part, graph in parts.items()
               if part != "vae_decoder"}
    total = sum(counted([path]) for path in files.values())
    note = compared(model, "The whole model, with the half of the VAE that encodes,", sum(sizes[g] for g in parts.values()),
                    known.get(model))
    return written(model, "text-to-image", "diffusion", "StableDiffusionXLPipeline" if len(parts) == 4 and
                   "text_encoder_2" in parts else "StableDiffusionPipeline", files,
                   {part: (graph, "model") for part, graph in parts.items()}, total, note,
                   settings.diffusion_files(f"models/{model}", model, parts, configs),
                   "Configuration and its source: tools/export/study_diffusion.py, " + ", ".join(parts.values()))


def main(logs, *chosen):
    with open(os.path.join(logs, "model_parameters.csv"), newline="") as file:
        known = {row["model_name"]: int(row["num_parameters"]) for row in csv.DictReader(file)}
    for model, (task, graph, labels) in study.MODELS.items():
        if os.path.dirname(PLACES.get(graph, "")).endswith(model):  # its entry is written by hand
            continue
        if chosen and model not in chosen:
            continue
        build, base = study.encoder(*study.ENCODERS[graph])
        print(model, entry(model, task, graph, labels, build, base, "encoder", known), flush=True)
    for model, (task, graph) in study_more.MODELS.items():
        if chosen and model not in chosen:
            continue
        build, base, _ = study_more.GRAPHS[graph]
        print(model, entry(model, task, graph, None, build, base, KIND[task], known), flush=True)
    for model, parts in study_diffusion.MODELS.items():
        if chosen and model not in chosen:
            continue
        sizes = {graph: count(study_diffusion.GRAPHS[graph][0]) for graph in parts.values()}
        print(model, diffusion_entry(model, parts, sizes, known), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
