# SPDX-License-Identifier: Apache-2.0
"""Rewrite a traced graph: fold constants and shape arithmetic, keep linear weights as they are, merge equal nodes."""
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.tools.symbolic_shape_infer import SymbolicShapeInference

LARGEST_CONSTANT = 4096  # elements; larger ones are computed in the graph
TRUTHS = {"Equal", "And", "Or", "Not", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"}
MOVING = {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "NonZero", "Loop", "If"}


def inputs_of(node):
    """Names a node reads, those its branches take from outside included."""
    names = [name for name in node.input if name]
    for attribute in node.attribute:
        for inner in attribute.g.node:
            names.extend(inputs_of(inner))
    return names


def rename_inputs(node, names):
    """names: {old: new}, in the node's branches too."""
    for i, name in enumerate(node.input):
        node.input[i] = names.get(name, name)
    for attribute in node.attribute:
        for inner in attribute.g.node:
            rename_inputs(inner, names)


class Rewriter:
    """Nodes in order, constants as numpy arrays, `weights`: names that are neither (inputs and trained tensors)."""

    def __init__(self, proto, weights):
        self.proto = proto
        self.nodes = list(proto.graph.node)
        self.weights = set(weights)
        self.inputs = [v for v in proto.graph.input if v.name not in self.weights]
        self.outputs = list(proto.graph.output)
        self.constants = {t.name: numpy_helper.to_array(t) for t in proto.graph.initializer}
        self._count = 0

    def fresh(self, stem):
        self._count += 1
        return f"{stem}_{self._count}"

    def producers(self):
        return {out: node for node in self.nodes for out in node.output}

    def users(self):
        users = {}
        for node in self.nodes:
            for name in inputs_of(node):
                users.setdefault(name, []).append(node)
        for value in self.outputs:
            users.setdefault(value.name, []).append(None)
        return users

    def rename(self, old, new):
        for node in self.nodes:
            rename_inputs(node, {old: new})

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
            rename_inputs(node, gone)
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
        wanted = {i for n in rest for i in inputs_of(n)} | {v.name for v in self.outputs}
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

    def settle(self, examples):
        """Shape arithmetic whose result is the same for all examples is a constant; reshapes, casts and expansions
        that need no arithmetic lose it. `examples`: shapes of the inputs, of different sizes on every free axis.
        """
        runs = [self._infer(shapes) for shapes in examples]
        self._settle_values(runs)
        self._settle_nodes(runs)
        self._whole_products(runs[0][0])
        self.sweep()

    def _infer(self, shapes):
        """Dimensions and values of shape arithmetic for inputs of these sizes."""
        inputs = [helper.make_tensor_value_info(v.name, v.type.tensor_type.elem_type, shapes[v.name])
                  for v in self.inputs]
        weights = [v for v in self.proto.graph.input if v.name in self.weights]
        graph = helper.make_graph(self.nodes, "sizes", inputs + weights,
                                  [helper.make_empty_tensor_value_info(v.name) for v in self.outputs],
                                  [numpy_helper.from_array(a, n) for n, a in self.constants.items()])
        model = helper.make_model(graph, ir_version=8, opset_imports=self.proto.opset_import)
        inference = SymbolicShapeInference(2 ** 31 - 1, True, False, 0)
        inference._preprocess(model)
        try:
            inference._infer_impl()
        except Exception:  # noqa: BLE001  what cannot be inferred is only folded less
            pass
        dims, types = {}, {}
        for name, value in inference.known_vi_.items():
            kind = value.type.tensor_type
            types[name] = kind.elem_type
            if kind.HasField("shape"):
                dims[name] = [d.dim_value if d.HasField("dim_value") else None for d in kind.shape.dim]
        return dims, types, inference.sympy_data_

    def _settle_values(self, runs):
        outputs = {v.name for v in self.outputs}
        for node in self.nodes:
            for name in node.output:
                found = [self._value(name, run) for run in runs]
                if name in outputs or any(f is None for f in found):
                    continue
                if all(f.shape == found[0].shape and np.array_equal(f, found[0]) for f in found):
                    self.constants[name] = found[0]
        self.nodes = [n for n in self.nodes if not all(o in self.constants for o in n.output)]

    @staticmethod
    def _value(name, run):
        dims, types, data = run
        if name not in data or types.get(name) not in (TensorProto.INT64, TensorProto.INT32) or name not in dims:
            return None
        try:
            array = np.array([int(v) for v in data[name]] if isinstance(data[name], (list, tuple)) else int(data[name]))
        except TypeError:
            return None
        if list(array.shape) != dims[name]:
            return None
        return array.astype(np.int64 if types[name] == TensorProto.INT64 else np.int32)

    def _settle_nodes(self, runs):
        outputs, gone, kept = {v.name for v in self.outputs}, {}, []
        for node in self.nodes:
            rename_inputs(node, gone)
            kept.append(node)
            if node.op_type not in ("Reshape", "Expand", "Cast"):
                continue
            out, source = node.output[0], node.input[0]
            sizes = [(dims.get(source), dims.get(out)) for dims, _, _ in runs]
            known = all(a is not None and b is not None and None not in a + b for a, b in sizes)
            types = runs[0][1]
            same = known and all(a == b for a, b in sizes)
            if node.op_type == "Cast":
                same = source in types and types[source] == types.get(out)
            if same and out not in outputs:
                gone[out] = source
                kept.pop()
            elif node.op_type == "Reshape" and known:
                target = self._target(sizes)
                if target is not None:
                    node.input[1] = self.constant(np.array(target, np.int64))
        self.nodes = kept

    @staticmethod
    def _target(sizes):
        """Of a Reshape, from (input, output) dimensions of every run; None when it needs arithmetic."""
        target = []
        for position in range(len(sizes[0][1])):
            values = [out[position] for _, out in sizes]
            if len(set(values)) == 1:
                target.append(values[0])
            elif all(position < len(a) and a[position] == b[position] for a, b in sizes):
                target.append(0)
            else:
                target.append(-1)
        if target.count(-1) > 1 or any(t == 0 and sizes[0][1][i] == 0 for i, t in enumerate(target)):
            return None
        return target

    def _whole_products(self, dims):
        """Reshape to rows, Gemm, Reshape back: one product with a bias, on the tensor as it is."""
        producers, users = self.producers(), self.users()
        for node in list(self.nodes):
            rows, back = producers.get(node.input[0]), users.get(node.output[0], [])
            settings = {a.name: a for a in node.attribute}
            if node.op_type != "Gemm" or rows is None or rows.op_type != "Reshape" or len(back) != 1 \
                    or back[0] is None or back[0].op_type != "Reshape" or len(node.input) != 3 \
                    or "transA" in settings and settings["transA"].i:
                continue
            source, out = rows.input[0], back[0].output[0]
            if not dims.get(source) or not dims.get(out) or dims[source][:-1] != dims[out][:-1] \
                    or dims[source][-1] != dims[node.input[0]][-1]:
                continue
            turned = "transB" in settings and settings["transB"].i
            product = helper.make_node("FusedMatMul" if turned else "MatMul", [source, node.input[1]],
                                       [self.fresh("product")], domain="com.microsoft" if turned else "")
            if turned:
                product.attribute.extend([helper.make_attribute("transB", 1)])
            bias = helper.make_node("Add", [product.output[0], node.input[2]], [out])
            at = self.nodes.index(back[0])
            self.nodes[at:at + 1] = [product, bias]
            self.nodes.remove(node)

    def count_truths(self):
        """CumSum of truth values counts: torch does, ONNX wants them as numbers."""
        producers = self.producers()
        for node in list(self.nodes):
            source = producers.get(node.input[0]) if node.op_type == "CumSum" else None
            if source is not None and source.op_type in TRUTHS:
                number = helper.make_node("Cast", [node.input[0]], [self.fresh("number")], to=TensorProto.INT64)
                self.nodes.insert(self.nodes.index(node), number)
                node.input[0] = number.output[0]

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
            rename_inputs(node, gone)
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
                needed.update(inputs_of(node))
        self.nodes = kept[::-1]
        self.constants = {n: a for n, a in self.constants.items() if n in needed}

    def run(self, examples):
        self.lift()
        self.count_truths()
        self.merge()
        self.fold()
        self.sweep()
        for _ in range(2):
            self.settle(examples)
            self.fold()
            self.sweep()
            self.merge()
        self.straight_linears()
        return self


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
