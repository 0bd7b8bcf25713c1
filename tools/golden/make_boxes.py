#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden boxes: test/data/golden/boxes.json.

What post_process_object_detection of transformers' image processors makes of logits and boxes that a formula
gives, so that the file need not hold them. The test has the same formula.
"""
import json
import pathlib
import types

import torch
import transformers

OUT = pathlib.Path(__file__).resolve().parents[2] / "test/data/golden/boxes.json"
# Processor, queries, classes of the logits, width and height of the picture.
CASES = [("Detr", 12, 6, 640, 480), ("Detr", 140, 92, 333, 500), ("Yolos", 100, 21, 1000, 31),
         ("ConditionalDetr", 10, 4, 640, 480), ("ConditionalDetr", 300, 91, 500, 375),
         ("DeformableDetr", 5, 3, 17, 900), ("DeformableDetr", 300, 91, 640, 426),
         ("Deta", 40, 3, 640, 480), ("Deta", 300, 91, 586, 640), ("Deta", 900, 4, 427, 640)]


def number(index, seed):
    """In [0, 1), from whole numbers alone."""
    return ((index * 7919 + seed * 104729) % 1000003) / 1000003


def tensors(queries, classes, seed):
    logits = torch.tensor([12 * number(i, seed) - 6 for i in range(queries * classes)], dtype=torch.float64)
    # A few centres with many boxes of nearly one size around each, so that boxes overlap.
    boxes = [[0.2 + 0.15 * (q % 5) + 0.02 * number(q, seed + 1), 0.3 + 0.1 * (q % 3) + 0.02 * number(q, seed + 2),
              0.2 + 0.1 * number(q, seed + 3), 0.3 + 0.1 * number(q, seed + 4)] for q in range(queries)]
    return (logits.to(torch.float32).reshape(1, queries, classes),
            torch.tensor(boxes, dtype=torch.float64).to(torch.float32)[None])


def main():
    cases = []
    for seed, (name, queries, classes, width, height) in enumerate(CASES):
        logits, boxes = tensors(queries, classes, seed)
        processor = getattr(transformers, name + "ImageProcessor")()
        found = processor.post_process_object_detection(types.SimpleNamespace(logits=logits, pred_boxes=boxes),
                                                        threshold=0.0, target_sizes=torch.tensor([[height, width]]))[0]
        order = torch.sort(found["scores"], descending=True, stable=True).indices[:100]
        rows = [[int(found["labels"][i]), float(found["scores"][i]), *map(float, found["boxes"][i])] for i in order]
        cases.append({"processor": name, "queries": queries, "classes": classes, "width": width, "height": height,
                      "seed": seed, "boxes": [[r[0]] + [float(f"{x:.9g}") for x in r[1:]] for r in rows]})
    lines = ",\n".join("  " + json.dumps(c) for c in cases)
    OUT.write_text(f'{{\n "generator": "tools/golden/make_boxes.py, transformers {transformers.__version__}",\n'
                   f' "cases": [\n{lines}\n ]\n}}\n')


if __name__ == "__main__":
    main()
