#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the weightless graphs of models/ and test/data/onnx from their published configurations.

    export.py NAME...     names are the keys of MODELS; no name: all

Needs Python 3 with onnx 1.12 or newer, numpy and zstandard. Nothing is downloaded: a configuration is a dozen
numbers, written here with the place they are published at.
"""
import os
import sys

from encoder import bert_encoder, distilbert_classifier
from graph import Graph, save
from mobilenet import mobilenet_v1_classifier

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

# DistilBertConfig's defaults (transformers 4.30.2, models/distilbert/configuration_distilbert.py), which the
# checkpoint's config.json repeats; two labels as in GLUE's SST-2.
DISTILBERT = dict(vocab_size=30522, max_position_embeddings=512, n_layers=6, n_heads=12, dim=768, hidden_dim=3072,
                  num_labels=2)
# BertConfig's defaults (transformers 4.30.2, models/bert/configuration_bert.py) = BERT-base, Devlin et al. 2019.
BERT_BASE = dict(vocab_size=30522, max_position_embeddings=512, type_vocab_size=2, num_hidden_layers=12,
                 num_attention_heads=12, hidden_size=768, intermediate_size=3072)
# MobileNetV1Config's defaults (transformers 4.30.2, models/mobilenet_v1/configuration_mobilenet_v1.py); 1,001
# labels: ImageNet and "background", as google/mobilenet_v1_1.0_224 has them.
MOBILENET_V1 = dict(image_size=224, depth_multiplier=1.0, layer_norm_eps=0.001, num_labels=1001)

MODELS = {
    "distilbert-sst2": (distilbert_classifier, DISTILBERT,
                        "models/distilbert-base-uncased-finetuned-sst-2-english/graph.onnx.zst"),
    "bert-base": (bert_encoder, BERT_BASE, "test/data/onnx/bert-base-encoder.onnx.zst"),
    "mobilenet-v1": (mobilenet_v1_classifier, MOBILENET_V1, "test/data/onnx/mobilenet-v1.onnx.zst"),
}


def build(write, config, name, values=None):
    graph = Graph(name, values)
    write(graph, config)
    return graph, graph.model("permille tools/export")


def main(names):
    for name in names or MODELS:
        write, config, path = MODELS[name]
        graph, model = build(write, config, name)
        size = save(model, os.path.join(ROOT, path))
        print(f"{path}: {graph.parameters:,} parameters, {len(graph.nodes)} nodes, {size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
