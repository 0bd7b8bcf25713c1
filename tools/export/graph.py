# SPDX-License-Identifier: Apache-2.0
"""Write an ONNX graph node by node, with tensors called what the checkpoint calls them.

Exporters that trace a model rename and transpose the weights on the way; a weightless graph needs the
checkpoint's own names and its [out, in] layout (docs/formats/model.md), so the graphs are written by hand.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
CUT_OUT = "weights"           # external location that stands for "somewhere else"
LEAST_CUT = 1024              # elements from which a trained tensor is cut out
CONSTANT = "constant/"        # float tensors that are not trained


class Graph:
    def __init__(self, name, values=None):
        """values: tensors by name for a complete graph; without them tensors are declared, not stored."""
        self.name = name
        self.values = values
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], [], []
        self.names = set()
        self.parameters = 0
        self.count = 0

    def input(self, name, elem_type, shape):
        self.inputs.append(helper.make_tensor_value_info(name, elem_type, shape))
        return name

    def output(self, name, elem_type, shape):
        self.outputs.append(helper.make_tensor_value_info(name, elem_type, shape))

    def node(self, op, inputs, name=None, domain="", outputs=None, **attributes):
        self.count += 1
        outputs = outputs or [name or f"{op}_{self.count}"]
        self.nodes.append(helper.make_node(op, inputs, outputs, name=outputs[0] + "/" + op, domain=domain,
                                           **attributes))
        return outputs[0]

    def integers(self, values):
        array = np.array(values, dtype=np.int64)
        return self._store("ints/" + "_".join(map(str, np.ravel(array))) + ("" if array.ndim else "s"), array)

    def constant(self, name, value):
        return self._store(CONSTANT + name, np.array(value, dtype=np.float32))

    def weight(self, name, shape):
        """A trained tensor: a matrix, a filter, a table, a bias."""
        self.parameters += int(np.prod(shape))
        return self._trained(name, shape, np.zeros, cut=int(np.prod(shape)) >= LEAST_CUT)

    def norm(self, name, size, fill, trained=True):
        """Scale, shift or running statistics of a normalisation: stays in the graph."""
        self.parameters += size if trained else 0
        return self._trained(name, [size], lambda shape, dtype: np.full(shape, fill, dtype), cut=False)

    def _trained(self, name, shape, make, cut):
        if name in self.names:
            return name
        if self.values is not None:
            array = np.ascontiguousarray(self.values[name], dtype=np.float32)
            assert list(array.shape) == list(shape), (name, array.shape, shape)
            return self._store(name, array)
        if not cut:
            return self._store(name, make(shape, dtype=np.float32))
        self.names.add(name)
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape,
                             data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value=CUT_OUT)
        tensor.external_data.add(key="offset", value="0")
        self.initializers.append(tensor)
        return name

    def _store(self, name, array):
        if name not in self.names:
            self.names.add(name)
            self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def linear(self, x, name, size_in, size_out, output=None):
        """torch.nn.Linear on a matrix: weight [out, in], never transposed in the graph."""
        return self.node("Gemm", [x, self.weight(name + ".weight", [size_out, size_in]),
                                  self.weight(name + ".bias", [size_out])], name=output or name, transB=1)

    def layer_norm(self, x, name, size, epsilon):
        return self.node("LayerNormalization",
                         [x, self.norm(name + ".weight", size, 1), self.norm(name + ".bias", size, 0)],
                         name=name, axis=-1, epsilon=epsilon)

    def gelu(self, x, name):
        """The exact one, x * (1 + erf(x / sqrt 2)) / 2, in the form ONNX Runtime recognises."""
        erf = self.node("Erf", [self.node("Div", [x, self.constant("sqrt2", 2 ** 0.5)])])
        return self.node("Mul", [self.node("Mul", [x, self.node("Add", [erf, self.constant("one", 1)])]),
                                 self.constant("half", 0.5)], name=name)

    def model(self, producer, metadata=None):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        model = helper.make_model(graph, producer_name=producer, ir_version=8,
                                  opset_imports=[helper.make_opsetid("", OPSET),
                                                 helper.make_opsetid("com.microsoft", 1)])
        for key, value in (metadata or {}).items():
            model.metadata_props.add(key=key, value=value)
        return model


def save(model, path):
    """Write .onnx, or .onnx.zst at level 19 without a timestamp: the same bytes on every machine."""
    data = model.SerializeToString(deterministic=True)
    if path.endswith(".zst"):
        import zstandard
        data = zstandard.ZstdCompressor(level=19).compress(data)
    with open(path, "wb") as file:
        file.write(data)
    return len(data)
