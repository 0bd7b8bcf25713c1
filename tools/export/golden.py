#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden files for the exporter and the engine: what transformers and torch say a tiny model answers.

    golden.py             writes test/data/onnx/tiny-distilbert.* and tiny-mobilenet.*

Each model has random weights (a fixed torch seed) in a .safetensors file under the checkpoint's names, the weightless
graph this folder's exporter writes for its configuration, and .expected.json: inputs and the logits of the
transformers model in float32. Environment: requirements.txt.
"""
import json
import os

import numpy as np
import torch
import transformers
from safetensors.numpy import save_file
from transformers import (DistilBertConfig, DistilBertForSequenceClassification, MobileNetV1Config,
                          MobileNetV1ForImageClassification)

from check import check_part
from text import encoder_part
from vision import classifier_part
from weightless import export, parameters, save

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FOLDER = os.path.join(ROOT, "test/data/onnx")
MADE_BY = f"tools/export/golden.py, transformers {transformers.__version__}, torch {torch.__version__}"


def randomise(model):
    """Weights large enough that every part of the graph shows in the logits; the default ones would not."""
    torch.manual_seed(20231118)
    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if not tensor.is_floating_point():
                continue
            if name.endswith("running_var"):
                tensor.copy_(torch.rand_like(tensor) + 0.5)
            elif tensor.dim() > 1:
                tensor.copy_(torch.randn_like(tensor) * (2.0 / tensor[0].numel()) ** 0.5)
            else:
                tensor.copy_(torch.randn_like(tensor) * 0.1 + (1.0 if tensor.mean() > 0.5 else 0.0))
    return model.eval()


def write(name, model, part, inputs):
    graph = export(model, part)
    check_part(graph, model, part)
    save(graph, os.path.join(FOLDER, name + ".onnx.zst"))
    trained = sum(p.numel() for p in model.parameters())
    assert parameters(graph) == trained, (parameters(graph), trained)
    values = {key: value.numpy() for key, value in model.state_dict().items() if value.is_floating_point()}
    save_file({key: np.ascontiguousarray(value) for key, value in values.items()},
              os.path.join(FOLDER, name + ".safetensors"))
    with torch.no_grad():
        logits = model(**inputs).logits
    expected = {
        "generator": MADE_BY,
        "inputs": {key: {"dtype": str(value.dtype).replace("torch.", ""), "shape": list(value.shape),
                         "data": value.flatten().tolist()} for key, value in inputs.items()},
        "outputs": {"logits": {"shape": list(logits.shape), "data": logits.flatten().tolist()}},
        "parameters": trained,
    }
    with open(os.path.join(FOLDER, name + ".expected.json"), "w") as file:
        json.dump(expected, file)
        file.write("\n")
    print(name, trained, "parameters, logits", logits.flatten()[:4].tolist())


def distilbert():
    config = dict(vocab_size=120, max_position_embeddings=32, n_layers=2, n_heads=4, dim=32, hidden_dim=64, num_labels=2)
    model = DistilBertForSequenceClassification(DistilBertConfig(**config))
    ids = torch.tensor([[2, 17, 45, 99, 119, 64, 3, 0, 0], [2, 5, 3, 0, 0, 0, 0, 0, 0], [2, 8, 9, 10, 11, 12, 13, 14, 3]])
    write("tiny-distilbert", randomise(model), encoder_part(model),
          dict(input_ids=ids, attention_mask=(ids != 0).long()))


def mobilenet():
    config = dict(image_size=32, depth_multiplier=0.125, layer_norm_eps=0.001, num_labels=5)
    model = MobileNetV1ForImageClassification(MobileNetV1Config(min_depth=1, **config))
    torch.manual_seed(7)
    pixels = (torch.randn(1, 3, 32, 32) * 64).round() / 64  # short in decimal
    write("tiny-mobilenet", randomise(model), classifier_part(model, 32), dict(pixel_values=pixels))


if __name__ == "__main__":
    distilbert()
    mobilenet()
