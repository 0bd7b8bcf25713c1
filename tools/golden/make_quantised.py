#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/golden/quantised.json: what ONNX Runtime's own dynamic quantisation makes of tiny-distilbert.

usage: pip install onnx onnxruntime safetensors zstandard; make_quantised.py

The weightless graph of test/data/onnx is filled with its weights; quantize_dynamic (per channel, symmetric 8-bit
weights) makes the products whole-number ones; the file holds its logits, and those in single precision, for the
inputs of tiny-distilbert.expected.json.
"""
import json
import pathlib
import tempfile

import numpy as np
import onnx
import onnxruntime
import zstandard
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "test/data/onnx"


def complete_graph():
    packed = (DATA / "tiny-distilbert.onnx.zst").read_bytes()
    model = onnx.load_from_string(zstandard.ZstdDecompressor().decompress(packed, max_output_size=1 << 26))
    weights = load_file(str(DATA / "tiny-distilbert.safetensors"))
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            tensor.CopyFrom(numpy_helper.from_array(weights[tensor.name], tensor.name))
    return model


def logits(path, inputs):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["logits"], inputs)[0].astype(float).ravel().tolist()


expected = json.loads((DATA / "tiny-distilbert.expected.json").read_text())
inputs = {name: np.array(value["data"], dtype=value["dtype"]).reshape(value["shape"])
          for name, value in expected["inputs"].items()}
with tempfile.TemporaryDirectory() as folder:
    whole, small = pathlib.Path(folder) / "whole.onnx", pathlib.Path(folder) / "small.onnx"
    onnx.save(complete_graph(), str(whole))
    quantize_dynamic(str(whole), str(small), per_channel=True, weight_type=QuantType.QInt8,
                     op_types_to_quantize=["MatMul", "Gemm"],
                     extra_options={"WeightSymmetric": True, "DefaultTensorType": onnx.TensorProto.FLOAT})
    result = {"generator": f"tools/golden/make_quantised.py, onnxruntime {onnxruntime.__version__}",
              "int8": logits(small, inputs), "fp32": logits(whole, inputs)}
(ROOT / "test/data/golden/quantised.json").write_text(json.dumps(result, indent=1) + "\n")
