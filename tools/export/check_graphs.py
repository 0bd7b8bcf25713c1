#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the graphs of models/graphs with the PyTorch models they come from: true size, random weights.

    check_graphs.py [NAME...]     names as export.py takes them; no name: all

Inputs have other sizes of batch, sequence, past and image than the graph was traced with, and the reference is the
model as transformers or diffusers has it. Prints a line for each graph and exits with 1 if one differs. What agrees is
written to checked.csv, with the hash of the graph's file, for the entries of models/ (entries.py).

All weights of a large model are stretches of one buffer, each from another place, so that what 11 billion parameters
take is the largest tensor; matrices then have one scale. Small models get weights of their own, scaled by fan-in.
"""
import csv
import hashlib
import os
import sys
import time

import numpy as np
import onnx
import onnxruntime
import torch
import zstandard

import export
from check import relative, run
from empty import _build

LARGE = 400_000_000  # parameters from which weights share one buffer
LIMIT = 1e-3         # relative to the largest value: sums in another order, dozens of layers deep
CHECKED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "checked.csv")
COLUMNS = ("graph", "part", "sha256", "sizes", "off_by")
PERIOD = 1_000_003   # numbers drawn; a prime, so that no row of a matrix repeats its neighbour


def load(path):
    with open(path, "rb") as file:
        return onnx.load_from_string(zstandard.ZstdDecompressor().decompress(file.read(), max_output_size=1 << 30))


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def checked():
    """What is known of the graphs as they are: {(graph, part): row}."""
    with open(CHECKED, newline="") as file:
        rows = {(row["graph"], row["part"]): row for row in csv.DictReader(file)}
    return {key: row for key, row in rows.items()
            if os.path.exists(export.place(*key)) and sha256(export.place(*key)) == row["sha256"]}


def keep(name, part, sizes, worst):
    rows = checked()
    row = (name, part, sha256(export.place(name, part)), " ".join(sizes), f"{worst:.1e}")
    rows[name, part] = dict(zip(COLUMNS, row))
    with open(CHECKED, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for _, row in sorted(rows.items()))


def fan_in(shape):
    return int(np.prod(shape[1:])) or 1


class Weights:
    """Draws for every parameter of a model: norms' scales near 1, biases small, the rest by fan-in."""

    def __init__(self, parameters):
        self.drawn = np.random.default_rng(1).standard_normal(PERIOD, np.float32)
        self.shared = sum(p.numel() for p in parameters) > LARGE
        if self.shared:
            wide = [p for p in parameters if p.dim() > 1]
            widths, counts = np.unique([fan_in(p.shape) for p in wide], return_counts=True)
            largest = max(p.numel() for p in wide)
            self.buffer = np.resize(self.drawn / np.sqrt(widths[counts.argmax()]), largest + PERIOD)
        self.count = 0

    def of(self, parameter):
        shape, size = tuple(parameter.shape), parameter.numel()
        self.count += 1
        start = 7919 * self.count % PERIOD
        if parameter.dim() < 2:
            values = np.resize(np.roll(self.drawn, -start), size).reshape(shape) * np.float32(0.05)
            return values
        if self.shared:
            return self.buffer[start:start + size].reshape(shape)
        return (np.resize(np.roll(self.drawn, -start), size) / np.float32(np.sqrt(fan_in(shape)))).reshape(shape)


def random_model(build):
    model = _build(build)
    weights, made = Weights(list(model.parameters())), {}
    for module in model.modules():
        for name, parameter in list(module._parameters.items()):
            if parameter is None:
                continue
            if id(parameter) not in made:  # tied ones stay tied
                values = weights.of(parameter)
                if name == "weight" and (parameter.dim() < 2 or parameter.numel() == max(parameter.shape)):
                    values = values.copy() + np.float32(1)
                made[id(parameter)] = (torch.nn.Parameter(torch.from_numpy(values), requires_grad=False), parameter)
            module._parameters[name] = made[id(parameter)][0]
    return model.eval()


def session(proto, model):
    """The graph with the model's own tensors as its weights, not copied."""
    state, options = model.state_dict(), onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry("session.disable_prepacking", "1")
    held = []
    for tensor in proto.graph.initializer:
        if tensor.name in state:
            held.append(onnxruntime.OrtValue.ortvalue_from_numpy(state[tensor.name].detach().numpy()))
            options.add_initializer(tensor.name, held[-1])
    made = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return made, held


def examples(part):
    """Of other sizes than the traced one; of pictures one, the smallest, and one row of what is very long."""
    others = part.other_inputs or [part.inputs]
    pictures = [n for n in part.inputs if n.startswith(("pixel", "clip"))]
    if pictures:
        def same_size(example):
            return example[pictures[0]].shape[2:] == part.inputs[pictures[0]].shape[2:]
        return [min(others, key=lambda e: (same_size(e), sum(v.numel() for v in e.values())))]
    return [{n: v[:1] for n, v in e.items()} if e.get("input_ids") is not None and e["input_ids"].shape[1] > 512 else e
            for e in others]


def check(name, model, part):
    started = time.time()
    graph, held = session(load(export.place(name, part.name)), model)
    worst, sizes = 0.0, []
    for inputs in examples(part):
        with torch.no_grad():
            expected = (part.reference or part.call)(model, **inputs)
        got = run(graph, inputs)
        for output, value in expected.items():
            if tuple(got[output].shape) != tuple(value.shape):
                raise ValueError(f"{output}: {got[output].shape} instead of {tuple(value.shape)}")
            worst = max(worst, relative(got[output], value))
        sizes.append("x".join(str(d) for d in next(iter(inputs.values())).shape))
    del graph, held
    verdict = "ok" if worst < LIMIT else "DIFFERS"
    print(f"{name} {part.name}: {verdict} by {worst:.1e} at {' '.join(sizes)}, {time.time() - started:.0f} s", flush=True)
    if worst < LIMIT:
        keep(name, part.name, sizes, worst)
    return worst < LIMIT


def main(names):
    torch.set_num_threads(1)
    good, table = True, export.rows()
    for name in names or [n for n in table if n not in export.OTHERS]:
        _, build, parts = table[name]
        try:
            model = random_model(build)
            good &= all([check(name, model, part) for part in parts(model)
                         if os.path.exists(export.place(name, part.name))])
        except Exception as error:  # noqa: BLE001  the others are still checked
            good = False
            print(f"{name}: FAILED: {error!r}"[:400], flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
