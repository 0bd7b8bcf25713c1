# SPDX-License-Identifier: Apache-2.0
"""A traced part as a weightless ONNX file (docs/decisions/0006-graph-layout.md)."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from rewrite import Rewriter
from tracing import OPSET, trace

CUT_OUT = "weights"           # external location that stands for "somewhere else"
LEAST_CUT = 1024              # elements from which a trained tensor is cut out
CONSTANT = "constant/"        # float tensors that are not trained
STATISTICS = ("running_mean", "running_var")


def export(model, part, values_known=False):
    """The weightless ModelProto of `part`. values_known: small trained tensors keep their values; else ones and zeros."""
    proto, tensors = trace(model, part)
    used = {v.name for v in proto.graph.input} & set(tensors)
    work = Rewriter(proto, used)
    trained = {}
    buffers = {name for name, _ in model.named_buffers()}
    for name in sorted(used):
        checkpoint, tensor = tensors[name]
        if checkpoint in buffers and not checkpoint.endswith(STATISTICS) \
                and not _frozen_norm(checkpoint, buffers):
            work.weights.discard(name)   # a table the code fills in: a constant
            work.constants[name] = tensor.detach().numpy()
        elif not tensor.is_floating_point():
            work.weights.discard(name)
            work.constants[name] = tensor.detach().numpy()
        else:
            trained[name] = (checkpoint, tensor)
    work.inputs = [v for v in proto.graph.input if v.name in part.inputs]
    work.run(_sizes(part))
    return _assemble(model, part, work, trained, values_known)


def _sizes(part):
    """Shapes of the first example and of the two that differ from it on most axes; an empty past tells nothing."""
    first, *others = [{n: list(v.shape) for n, v in e.items()} for e in [part.inputs] + part.other_inputs]
    others = [o for o in others if all(all(d) for d in o.values())]

    def differing(other):
        return sum(a != b for n in first for a, b in zip(first[n], other[n]))
    return [first] + sorted(others, key=differing)[-2:]


def _frozen_norm(name, buffers):
    """Weight and bias of a batch normalisation that is all buffers, as DETR's backbone has them."""
    owner, _, kind = name.rpartition(".")
    return kind in ("weight", "bias") and owner + ".running_var" in buffers


def _assemble(model, part, work, trained, values_known):
    needed = {i for n in work.nodes for i in n.input}
    for name, (checkpoint, _) in trained.items():
        work.rename(name, checkpoint)
    initializers, here = [], set()
    for name, (checkpoint, tensor) in sorted(trained.items(), key=lambda item: item[1][0]):
        if name not in needed or checkpoint in here:
            continue
        here.add(checkpoint)
        initializers.append(_trained(checkpoint, tensor, values_known))
    for name, array in list(work.constants.items()):
        if array.dtype.kind == "f" and not name.startswith(CONSTANT):
            work.rename(name, CONSTANT + name.strip("/"))
            work.constants[CONSTANT + name.strip("/")] = work.constants.pop(name)
    _short_names(work, {v.name for v in work.inputs} | {v.name for v in work.outputs} | here, here)
    initializers += [numpy_helper.from_array(a, n) for n, a in sorted(work.constants.items())]
    inputs = [v for v in work.inputs if v.name in needed]
    graph = helper.make_graph(work.nodes, part.name, inputs, work.outputs, initializers)
    result = helper.make_model(graph, producer_name="permille tools/export", ir_version=8,
                               opset_imports=[helper.make_opsetid("", OPSET),
                                              helper.make_opsetid("com.microsoft", 1)])
    unused = sorted(set(saved_names(model)) - here)
    if unused:
        result.metadata_props.add(key="permille.unused", value=",".join(unused))
    return result


def saved_names(model):
    """Names of the tensors a checkpoint of this model holds."""
    first = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        first.setdefault(id(tensor), name)
    return [n for n in first.values()]


def _trained(name, tensor, values_known):
    shape = list(tensor.shape)
    if tensor.numel() >= LEAST_CUT and not name.endswith(STATISTICS):
        proto = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape,
                            data_location=TensorProto.EXTERNAL)
        proto.external_data.add(key="location", value=CUT_OUT)
        proto.external_data.add(key="offset", value="0")
        return proto
    if values_known:
        array = np.ascontiguousarray(tensor.detach().float().numpy())
    else:
        one_axis = tensor.dim() == 1 or tensor.dim() > 2 and tensor.numel() == max(shape)  # ConvNeXt V2's has four
        scale = one_axis and name.endswith("weight") or name.endswith("running_var")
        array = np.full(shape, 1.0 if scale else 0.0, np.float32)
    return numpy_helper.from_array(array, name)


def _short_names(work, fixed, trained):
    """Inner values are called after the layer that makes them (its weight's name), else after the operator."""
    counts, names = {}, {}
    for node in work.nodes:
        layer = next((i.rpartition(".")[0] for i in node.input if i in trained and i.endswith(".weight")), None)
        for i, out in enumerate(node.output):
            if not out or out in fixed:
                continue
            stem = layer or node.op_type
            counts[stem] = counts.get(stem, 0) + 1
            names[out] = stem if layer and counts[stem] == 1 else f"{stem}_{counts[stem]}"
            node.output[i] = names[out]
    taken = set(names.values())
    for name in list(work.constants):
        short = name if name.startswith(CONSTANT) else None
        prefix = CONSTANT if short else "fixed/"
        counts[prefix] = counts.get(prefix, 0) + 1
        names[name] = f"{prefix}{counts[prefix]}"
        work.constants[names[name]] = work.constants.pop(name)
    assert not taken & fixed
    for node in work.nodes:
        for i, name in enumerate(node.input):
            node.input[i] = names.get(name, name)
        node.name = node.output[0]


def parameters(proto):
    """Trained parameters of a weightless graph."""
    statistics = {i for n in proto.graph.node if n.op_type == "BatchNormalization" for i in n.input[3:5]}
    return sum(int(np.prod(t.dims)) for t in proto.graph.initializer
               if t.data_type == TensorProto.FLOAT and t.dims and not t.name.startswith(CONSTANT)
               and t.name not in statistics)


def fill(proto, values):
    """The same graph with its weights inside, for checking. values: numpy arrays by name."""
    whole = onnx.ModelProto()
    whole.CopyFrom(proto)
    for tensor in whole.graph.initializer:
        if tensor.data_location == TensorProto.EXTERNAL or tensor.name in values:
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values[tensor.name]), tensor.name))
    return whole


def save(model, path):
    """Write .onnx, or .onnx.zst at level 19 without a timestamp: the same bytes on every machine."""
    data = model.SerializeToString(deterministic=True)
    if path.endswith(".zst"):
        import zstandard
        data = zstandard.ZstdCompressor(level=19).compress(data)
    with open(path, "wb") as file:
        file.write(data)
    return len(data)
