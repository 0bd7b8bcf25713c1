# SPDX-License-Identifier: Apache-2.0
"""Rewrite a traced graph: fold constants and shape arithmetic, keep linear weights as they are, merge equal nodes."""
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

LARGEST_CONSTANT = 4096  # elements; larger ones are computed in the graph
MOVING = {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "NonZero", "Loop", "If"}


class Rewriter:
    """Nodes in order, constants as numpy arrays, `weights`: names that are neither (inputs and trained tensors)."""

    def __init__(self, proto, weights):
        self.proto = proto
        self.nodes = list(proto.graph.node)
        self.weights = set(weights)
        self.inputs = [v for v in proto.graph.input if v.name not in self.weights]
        self.outputs = list(proto.graph.output)
        self.constants = {t.name: numpy_helper.to_array(t) for t in proto.graph.initializer}
        self.traced = {v.name: _dims(v) for v in proto.graph.value_info if _dims(v)}  # what torch saw
        self._count = 0

    def fresh(self, stem):
        self._count += 1
        return f"{stem}_{self._count}"

    def producers(self):
        return {out: node for node in self.nodes for out in node.output}

    def users(self):
        users = {}
        for node in self.nodes:
            for name in node.input:
                users.setdefault(name, []).append(node)
        for value in self.outputs:
            users.setdefault(value.name, []).append(None)
        return users

    def rename(self, old, new):
        for node in self.nodes:
            for i, name in enumerate(node.input):
                if name == old:
                    node.input[i] = new

    def constant(self, array, stem="shape"):
        array = np.asarray(array)
        for name, known in self.constants.items():
            if known.dtype == array.dtype and known.shape == array.shape and known.size < 64 \
                    and np.array_equal(known, array):
                return name
        name = self.fresh(stem)
        self.constants[name] = array
        return name

    # ---- constants ----

    def lift(self):
        """Constant nodes become constants; Identity and Dropout go."""
        gone, outputs = {}, {v.name for v in self.outputs}
        kept = []
        for node in self.nodes:
            for i, name in enumerate(node.input):
                node.input[i] = gone.get(name, name)
            if node.op_type == "Constant":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
            elif node.op_type in ("Identity", "Dropout") and node.output[0] not in outputs:
                gone[node.output[0]] = node.input[0]
            else:
                kept.append(node)
        self.nodes = kept

    def fold(self):
        """Compute what depends on constants alone, in one session."""
        known, fixed = set(self.constants), []
        for node in self.nodes:
            inputs = [i for i in node.input if i]
            if inputs and all(i in known for i in inputs) and node.op_type not in MOVING \
                    and not any(a.HasField("g") for a in node.attribute) or \
                    (not inputs and node.op_type in ("ConstantOfShape",)):
                known.update(node.output)
                fixed.append(node)
        if not fixed:
            return False
        ids = {id(n) for n in fixed}
        rest = [n for n in self.nodes if id(n) not in ids]
        wanted = {i for n in rest for i in n.input} | {v.name for v in self.outputs}
        outputs = [o for n in fixed for o in n.output if o in wanted]
        used = {i for n in fixed for i in n.input}
        graph = helper.make_graph(
            fixed, "constants", [], [helper.make_empty_tensor_value_info(o) for o in outputs],
            [numpy_helper.from_array(a, n) for n, a in self.constants.items() if n in used])
        values = dict(zip(outputs, _run(graph, self.proto))) if outputs else {}
        large = {o for o, a in values.items() if a.size > LARGEST_CONSTANT}
        if large:  # keep the nodes that make large ones
            keep, needed = [], set(large)
            for node in reversed(fixed):
                if any(o in needed for o in node.output):
                    keep.append(node)
                    needed.update(node.input)
            self.nodes = [n for n in self.nodes if id(n) not in ids or n in keep]
        else:
            self.nodes = rest
        self.constants.update({o: a for o, a in values.items() if o not in large})
        return True

    # ---- shapes ----

    def shapes(self):
        """Dimensions of every value as far as known: numbers, or symbols of the graph's inputs."""
        graph = helper.make_graph(
            self.nodes, "shapes", self.inputs + self._weight_infos(), self.outputs,
            [numpy_helper.from_array(a, n) for n, a in self.constants.items() if a.size <= LARGEST_CONSTANT])
        model = helper.make_model(graph, ir_version=8, opset_imports=self.proto.opset_import)
        try:
            model = onnx.shape_inference.infer_shapes(model, data_prop=True)
        except onnx.shape_inference.InferenceError:  # a graph that cannot be inferred is only folded less
            return {}
        found = dict(self.traced)
        for value in list(model.graph.value_info) + list(model.graph.input) + list(model.graph.output):
            dims = _dims(value)
            if dims and (value.name not in found or None not in dims):
                found[value.name] = dims
        for name, array in self.constants.items():
            found[name] = list(array.shape)
        return found

    def _weight_infos(self):
        return [v for v in self.proto.graph.input if v.name in self.weights]

    def fold_shapes(self):
        """Shape arithmetic whose numbers are known becomes constants."""
        shapes = self.shapes()
        producers = self.producers()
        changed = False
        for node in self.nodes:
            if node.op_type == "Shape" and node.input[0] in shapes and \
                    all(isinstance(d, int) for d in shapes[node.input[0]]):
                self.constants[node.output[0]] = np.array(shapes[node.input[0]], np.int64)
                changed = True
            elif node.op_type == "Gather" and node.input[1] in self.constants:
                source = producers.get(node.input[0])
                index = self.constants[node.input[1]]
                if source is None or source.op_type != "Shape" or index.size != 1:
                    continue
                dims = shapes.get(source.input[0])
                if dims and isinstance(dims[int(index)], int):
                    self.constants[node.output[0]] = np.array(dims[int(index)], np.int64).reshape(index.shape)
                    changed = True
        if changed:
            self.nodes = [n for n in self.nodes if n.output[0] not in self.constants]
        return changed

    def short_reshapes(self):
        """Reshape to [dim 0 of the input, ..., one unknown, numbers] needs no arithmetic: [0, -1, 64]."""
        shapes, producers = self.shapes(), self.producers()
        for node in self.nodes:
            if node.op_type != "Reshape" or node.input[1] in self.constants:
                continue
            concat = producers.get(node.input[1])
            if concat is None or concat.op_type != "Concat":
                continue
            source = shapes.get(node.input[0])
            target, unknown = [], 0
            for position, name in enumerate(concat.input):
                if name in self.constants and self.constants[name].size == 1:
                    target.append(int(self.constants[name].ravel()[0]))
                    continue
                dimension = self._dimension(name, producers, shapes, node.input[0])
                if dimension is not None and (dimension == ("axis", position) or source and
                                              position < len(source) and dimension == source[position]):
                    target.append(0)
                else:
                    target.append(None)
                    unknown += 1
            if unknown == 1 and -1 not in target:
                target = [-1 if d is None else d for d in target]
            if None in target or len(target) != len(concat.input):
                continue
            node.input[1] = self.constant(np.array(target, np.int64))

    def _dimension(self, name, producers, shapes, reshaped):
        """Of an Unsqueeze(Gather(Shape(x), i)): the symbol, or ("axis", i) when x is what is reshaped."""
        node = producers.get(name)
        while node is not None and node.op_type in ("Unsqueeze", "Cast", "Identity"):
            node = producers.get(node.input[0])
        if node is None or node.op_type not in ("Gather", "Slice") or node.input[1] not in self.constants:
            return None
        source = producers.get(node.input[0])
        if source is None or source.op_type != "Shape":
            return None
        index = int(self.constants[node.input[1]].ravel()[0])
        dims = shapes.get(source.input[0])
        if source.input[0] == reshaped:
            return ("axis", index if index >= 0 else index + len(dims or []))
        return dims[index] if dims else None

    # ---- weights ----

    def straight_linears(self):
        """No Transpose of a weight: the product takes it as the checkpoint has it."""
        producers = self.producers()
        for node in self.nodes:
            if node.op_type != "MatMul":
                continue
            turn = producers.get(node.input[1])
            if turn is None or turn.op_type != "Transpose" or turn.input[0] not in self.weights:
                continue
            node.op_type, node.domain = "FusedMatMul", "com.microsoft"
            node.input[1] = turn.input[0]
            node.attribute.extend([helper.make_attribute("transB", 1)])
        self.sweep()

    # ---- merging ----

    def merge(self):
        """Equal nodes with equal inputs are one."""
        seen, gone, kept, outputs = {}, {}, [], {v.name for v in self.outputs}
        by_value = {}
        for name, array in list(self.constants.items()):
            if array.size:
                key = (array.dtype.str, array.shape, array.tobytes())
                first = by_value.setdefault(key, name)
                if first != name:
                    gone[name] = first
        for node in self.nodes:
            for i, name in enumerate(node.input):
                node.input[i] = gone.get(name, name)
            key = (node.op_type, node.domain, tuple(node.input),
                   tuple(sorted(a.SerializeToString(deterministic=True) for a in node.attribute)), len(node.output))
            first = seen.get(key)
            if first is not None and node.op_type not in MOVING and not any(o in outputs for o in node.output):
                gone.update(zip(node.output, first.output))
                continue
            seen.setdefault(key, node)
            kept.append(node)
        changed = len(kept) != len(self.nodes)
        self.nodes = kept
        return changed

    def sweep(self):
        """Nodes and constants nobody uses go."""
        needed, kept = {v.name for v in self.outputs}, []
        for node in reversed(self.nodes):
            if any(o in needed for o in node.output):
                kept.append(node)
                needed.update(i for i in node.input if i)
        self.nodes = kept[::-1]
        self.constants = {n: a for n, a in self.constants.items() if n in needed}

    def run(self):
        self.lift()
        self.merge()
        for _ in range(4):
            self.fold()
            changed = self.fold_shapes()
            self.short_reshapes()
            self.sweep()
            if not (self.merge() or changed):
                break
        self.fold()
        self.straight_linears()
        return self


def _dims(value):
    if not value.type.tensor_type.HasField("shape"):
        return None
    return [d.dim_value if d.HasField("dim_value") else (d.dim_param or None)
            for d in value.type.tensor_type.shape.dim]


def _run(graph, proto):
    model = helper.make_model(graph, ir_version=8, opset_imports=proto.opset_import)
    for value in model.graph.output:
        value.type.Clear()
    del model.graph.output[:]
    inferred = onnx.shape_inference.infer_shapes(model)
    types = {v.name: v for v in inferred.graph.value_info}
    missing = []
    for name in [o.name for o in graph.output]:
        if name in types:
            model.graph.output.append(types[name])
        else:
            missing.append(name)
            model.graph.output.append(helper.make_empty_tensor_value_info(name))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run([o.name for o in graph.output], {})
