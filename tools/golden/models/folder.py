# SPDX-License-Identifier: Apache-2.0
"""A golden model's folder: configuration, weights, weightless graphs and expected.json."""
import json
import os
import shutil
import sys

import numpy as np
import torch
import transformers

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tools", "export"))

from check import check_part  # noqa: E402
from weightless import CUT_OUT, export, save as save_graph  # noqa: E402

GOLDEN = os.path.join(ROOT, "test", "data", "golden", "models")
MADE_BY = f"tools/golden/make_models.py, transformers {transformers.__version__}, torch {torch.__version__}"
HEADS = ("classifier", "qa_outputs")  # made stronger as well: answers that differ from input to input
TABLES = ("embed", ".wte", ".wpe", "shared", "token")  # names of what is looked up or added
MARGIN = 1e-3  # between the best and the second best of a case that is kept


def randomise(model, seed, gain=1.0, boost=(), strength=3.0):
    """Weights so large that every part of the graph shows in the outputs; the usual small ones would not.

    gain: spread of embeddings. boost: parts of names of the layers that write into the residual stream, made stronger
    so that a decoder does not merely repeat its last token.
    """
    generator = torch.Generator().manual_seed(seed)

    def draw(tensor):
        return torch.randn(tensor.shape, generator=generator)

    with torch.no_grad():
        seen, buffers = set(), {name for name, _ in model.named_buffers()}
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if not tensor.is_floating_point() or id(tensor) in seen:
                continue
            seen.add(id(tensor))
            buffer = not isinstance(tensor, torch.nn.Parameter)
            if name.endswith("running_var"):
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
            elif name.endswith("running_mean"):
                tensor.copy_(draw(tensor) * 0.1)
            elif buffer and name.rpartition(".")[0] + ".running_var" in buffers:  # a frozen normalisation
                tensor.copy_(draw(tensor) * 0.1 + name.endswith("weight"))
            elif buffer:
                continue
            elif tensor.dim() > 1:
                fan = tensor.shape[1:].numel()
                embedding = any(word in name.lower() for word in TABLES)
                wide = strength if name.startswith(HEADS) or any(b in name for b in boost) else 1.0
                tensor.copy_(draw(tensor) * (gain if embedding and tensor.dim() < 4 else wide * (2.0 / fan) ** 0.5))
            else:
                scale = name.endswith("weight") and bool((tensor == 1).all())
                tensor.copy_(draw(tensor) * 0.1 + (1.0 if scale else 0.0))
    return model.eval()


def floats(tensor):
    """Nine significant digits: enough to give back every float32."""
    return [float(f"{v:.9g}") for v in np.asarray(tensor, np.float32).ravel().tolist()]


def tensor_json(tensor):
    array = tensor.detach().numpy() if isinstance(tensor, torch.Tensor) else np.asarray(tensor)
    data = floats(array) if array.dtype.kind == "f" else array.ravel().tolist()
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": data}


def tidy(value):
    """A pipeline's answer as JSON."""
    if isinstance(value, dict):
        return {k: tidy(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(v) for v in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{float(value):.9g}")
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, torch.Tensor):
        return tidy(value.tolist())
    return value


class Folder:
    def __init__(self, name, fresh=True):
        self.name, self.path = name, self.place(name)
        if fresh:
            shutil.rmtree(self.path, ignore_errors=True)
        os.makedirs(os.path.join(self.path), exist_ok=True)
        self.cases, self.dropped = [], 0

    @staticmethod
    def place(name):
        return os.path.join(GOLDEN, name)

    def file(self, *parts):
        path = os.path.join(self.path, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def model(self, model, folder=""):
        """config.json, generation_config.json, model.safetensors as transformers saves them."""
        where = self.file(folder, "x")[:-2] if folder else self.path
        model.save_pretrained(where, safe_serialization=True)
        path = os.path.join(where, "generation_config.json")
        if os.path.exists(path) and type(model).__name__.endswith("MaskedLM"):
            os.remove(path)
        for name in os.listdir(where):
            os.chmod(os.path.join(where, name), 0o755 if os.path.isdir(os.path.join(where, name)) else 0o644)

    def graphs(self, model, parts, where=("onnx", "{}.onnx.zst"), weights="model.safetensors"):
        """Export each part, check it against the model and the file of its weights, and write it."""
        sessions = {}
        for part in parts:
            proto = export(model, part)
            sess, worst = check_part(proto, model, part)
            self.checkpoint_has(proto, weights)
            size = save_graph(proto, self.file(*where[:-1], where[-1].format(part.name)))
            sessions[part.name] = sess
            print(f"  {self.name}/{part.name}: {len(proto.graph.node)} nodes, {size:,} bytes, off by {worst:.1e}")
        return sessions

    def checkpoint_has(self, proto, file):
        from safetensors import safe_open
        with safe_open(self.file(file), "np") as tensors:
            saved = set(tensors.keys())
        cut = {t.name for t in proto.graph.initializer if t.external_data and t.external_data[0].value == CUT_OUT}
        assert cut <= saved, sorted(cut - saved)[:5]
        unused = {n for p in proto.metadata_props if p.key == "permille.unused" for n in p.value.split(",")}
        known = {t.name for t in proto.graph.initializer} | unused
        assert saved <= known, sorted(saved - known)[:5]

    def case(self, task, inputs, outputs, name=None, options=None, margin=None):
        if margin is not None and margin < MARGIN:
            self.dropped += 1
            print(f"  {self.name}: dropped {task} {name or ''}: margin {margin:.1e}")
            return
        case = {"name": name or f"{task}-{len(self.cases)}", "task": task, "options": options or {},
                "inputs": inputs, "outputs": tidy(outputs)}
        self.cases.append(case)

    def logits(self, model, inputs, names=("logits",), last=False):
        """The model's raw outputs on one batch of ids or pixels."""
        with torch.no_grad():
            out = model(**inputs)
        values = {n: out[n][:, -1] if last else out[n] for n in names}
        self.cases.append({"name": "raw", "task": "raw", "options": {"last_position": True} if last else {},
                           "inputs": {n: tensor_json(v) for n, v in inputs.items()},
                           "outputs": {n: tensor_json(v) for n, v in values.items()}})

    def finish(self):
        with open(self.file("expected.json"), "w", encoding="utf-8") as file:
            file.write('{"generator": ' + json.dumps(MADE_BY) + ',\n "dropped": ' + str(self.dropped) +
                       ',\n "cases": [\n')
            file.write(",\n".join("  " + json.dumps(c, ensure_ascii=False) for c in self.cases))
            file.write("\n ]}\n")
        size = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(self.path) for f in fs)
        print(f"{self.name}: {len(self.cases)} cases, {size:,} bytes")


def second_best(scores):
    """Distance of the best from the second best along the last axis, smallest over all others."""
    top = torch.as_tensor(np.asarray(scores)).float().topk(2, dim=-1).values
    return float((top[..., 0] - top[..., 1]).min())
