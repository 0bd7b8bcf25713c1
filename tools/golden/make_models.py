#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tiny models of every family of the study, with what transformers and diffusers answer: test/data/golden/models.

    make_models.py [FAMILY...]     no family: all

A family's folders hold random weights from a fixed seed, the weightless graphs that tools/export writes for them
(checked here against the model in ONNX Runtime), a tokenizer trained on models/corpus.py, and expected.json: cases
with task, options, inputs and outputs. The outputs come from PyTorch, never from ONNX Runtime. Cases whose best two
lie within 1e-3 are dropped. Environment: tools/export/requirements.txt. Nothing is downloaded.
"""
import os
import sys
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "models"), os.path.join(HERE, "..", "export")]

os.environ["HF_HUB_OFFLINE"] = "1"
warnings.simplefilter("ignore")

import torch  # noqa: E402
import transformers  # noqa: E402

import golden_captions  # noqa: E402
import golden_diffusion  # noqa: E402
import golden_generation  # noqa: E402
import golden_images  # noqa: E402
import golden_seq2seq  # noqa: E402
import golden_text  # noqa: E402
import pictures  # noqa: E402

MODULES = [golden_text, golden_generation, golden_seq2seq, golden_images, golden_captions,
           golden_diffusion]
FAMILIES = {name: make for module in MODULES for name, make in module.FAMILIES.items()}


def main(chosen):
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    pictures.draw()
    for name in chosen or FAMILIES:
        FAMILIES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
