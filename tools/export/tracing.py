# SPDX-License-Identifier: Apache-2.0
"""Trace one part of a PyTorch model into an ONNX graph whose weights are inputs, called as in the checkpoint."""
import contextlib
import io
import warnings
from dataclasses import dataclass, field
from typing import Callable

import onnx
import torch
import torch.onnx.utils

from patches import tracing_forms

OPSET = 17
# Passes that merge equal tensors (all may be zeros here) and fold normalisations into filters.
CHANGES_WEIGHTS = ("_jit_pass_onnx_deduplicate_initializers", "_jit_pass_onnx_eval_peephole")


@dataclass
class Part:
    """One graph: `call(model, **inputs)` gives a dict of outputs in order. `axes` names the free axes of inputs."""
    name: str
    call: Callable
    inputs: dict
    axes: dict
    out_axes: dict = field(default_factory=dict)
    other_inputs: list = field(default_factory=list)  # further examples of other sizes, for checking
    reference: Callable = None  # the same by the unpatched model, where `call` needs tracing's forms
    one_size: bool = False      # all sizes are those of `inputs`: in the graph they are numbers


class _Call(torch.nn.Module):
    def __init__(self, model, part):
        super().__init__()
        self.model, self.part, self.outputs, self.shapes = model, part, [], {}

    def forward(self, *args):
        results = self.part.call(self.model, **dict(zip(self.part.inputs, args)))
        self.outputs = list(results)
        self.shapes = {name: [int(d) for d in value.shape] for name, value in results.items()}
        return tuple(results.values())


def checkpoint_names(model):
    """By identity of the tensor: the name a safetensors file of transformers 4.30 or diffusers 0.19 has for it.

    Of tied tensors the first in the state dict is kept, which is the one transformers saves.
    """
    names = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        names.setdefault(id(tensor), name)
    return names


def _run_traced(self, *args):
    """For ONNXTracedModule.forward, which keeps a copy of all that goes in, weights included, though nobody asks."""
    inputs, form = torch.jit._trace._flatten(args)
    state = torch.jit._trace._unique_state_dict(self, keep_vars=True)
    results = []

    def run(*tensors):
        results.append(self.inner(*torch.jit._trace._unflatten(list(tensors[:len(inputs)]), form)))
        found, _ = torch.jit._trace._flatten(results)
        return found[0] if len(found) == 1 else tuple(found)

    graph, _ = torch._C._create_graph_by_tracing(
        run, inputs + list(state.values()), torch.jit._trace._create_interpreter_name_lookup_fn(), self.strict,
        self._force_outplace)
    unchanged = torch.jit._trace._unflatten(inputs, form)
    return graph, results[0], (unchanged, unchanged)


@contextlib.contextmanager
def _plain_sizes():
    """A tensor's sizes are numbers, not values of the graph: what the exporter needs grows with its square."""
    base = torch.Tensor.__mro__[1]

    def untraced(read):
        state = torch._C._get_tracing_state()
        torch._C._set_tracing_state(None)
        try:
            return read()
        finally:
            torch._C._set_tracing_state(state)

    torch.Tensor.shape = property(lambda tensor: untraced(lambda: base.shape.__get__(tensor)))
    torch.Tensor.size = lambda tensor, *which: untraced(lambda: base.size(tensor, *which))
    try:
        yield
    finally:
        del torch.Tensor.shape, torch.Tensor.size


def trace(model, part):
    """The ModelProto as torch writes it, and its graph inputs that are weights: {graph name: tensor}."""
    wrapper = _Call(model, part).eval()
    arguments = tuple(part.inputs.values())
    with torch.no_grad(), tracing_forms():
        wrapper(*arguments)  # names of the outputs
    outputs, shapes = wrapper.outputs, wrapper.shapes
    axes = {name: dict(enumerate(a)) if isinstance(a, (list, tuple)) else a
            for name, a in {**part.axes, **part.out_axes}.items()}
    axes = {name: {i: s for i, s in a.items() if s} for name, a in axes.items()}
    buffer = io.BytesIO()
    library = torch.onnx.utils._C
    traced = torch.jit._trace.ONNXTracedModule
    copying, traced.forward = traced.forward, _run_traced
    kept = {name: getattr(library, name) for name in CHANGES_WEIGHTS}
    for name in CHANGES_WEIGHTS:
        setattr(library, name, lambda graph, parameters, training=None: parameters)
    try:
        with warnings.catch_warnings(), tracing_forms(), _plain_sizes() if part.one_size else contextlib.nullcontext():
            warnings.simplefilter("ignore")
            # torch's own inference of shapes takes a time that grows with the square of the graph, and is needed by
            # few operators.
            for inference in (False, True):
                try:
                    torch.onnx.utils._export(wrapper, arguments, buffer, opset_version=OPSET, export_params=False,
                                             do_constant_folding=False, input_names=list(part.inputs),
                                             output_names=outputs, dynamic_axes=axes, onnx_shape_inference=inference)
                    break
                except ValueError:
                    if inference:
                        raise
                    buffer = io.BytesIO()
    finally:
        traced.forward = copying
        for name, function in kept.items():
            setattr(library, name, function)
    proto = onnx.load_from_string(buffer.getvalue())
    if part.one_size:  # which torch writes as free where it cannot tell them
        for value in proto.graph.output:
            kind = value.type.tensor_type
            value.CopyFrom(onnx.helper.make_tensor_value_info(value.name, kind.elem_type, shapes[value.name]))
    names = checkpoint_names(model)
    tensors = {}
    for name, tensor in wrapper.state_dict(keep_vars=True).items():
        tensors[name] = (names[id(tensor)], tensor)
    return proto, tensors
