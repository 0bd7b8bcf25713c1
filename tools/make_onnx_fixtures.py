#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the small graphs in test/data/onnx that the engine's tests load (needs onnx and numpy).

add.onnx            sum = a + b, a and b float [batch, 2]; nothing stored
gather.onnx         row = table[index]: an index past the end fails while running
slow.onnx           64 products of a square matrix with itself, one after the other: time limits and interruption
external.onnx       y = x + w, w [4] in external.bin beside it
branch.onnx         weightless, with an If
einsum.onnx         weightless, its weight goes into an operator nobody can tell the fan-in of
huge.onnx           weightless, with a table of 2^40 numbers
half.onnx           weightless, in float16
tied.onnx           weightless, one tensor is both the embedding and, transposed, the last layer
loud.onnx           weightless, two products, the first of inputs a hundred times as large as usual
silent.onnx         weightless, a product of zeros and its bias, then another product
dead.onnx           weightless, a product of zeros without a bias
wide.onnx           weightless, its input has 2^40 numbers
picked.onnx         weightless, states that all of 64 numbers are positive where half of them are
"""
import os

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "test", "data", "onnx")
FLOAT, HALF, INT64, BOOL = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT64, TensorProto.BOOL
value = helper.make_tensor_value_info


def cut_out(name, shape, elem_type=FLOAT, location="weights"):
    tensor = TensorProto(name=name, data_type=elem_type, dims=shape, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    tensor.external_data.add(key="offset", value="0")
    return tensor


def write(name, nodes, inputs, outputs, initializers=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)],
                              producer_name="permille tools/make_onnx_fixtures.py")
    if not any(t.data_location == TensorProto.EXTERNAL for t in initializers):
        checker.check_model(model)
    with open(os.path.join(FOLDER, name + ".onnx"), "wb") as file:
        file.write(model.SerializeToString(deterministic=True))


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs, [output], name="the_" + output, **attributes)


def main():
    write("add", [node("Add", ["a", "b"], "sum")],
          [value("a", FLOAT, ["batch", 2]), value("b", FLOAT, ["batch", 2])], [value("sum", FLOAT, ["batch", 2])])
    table = numpy_helper.from_array(np.arange(8, dtype=np.float32).reshape(4, 2), "table")
    write("gather", [node("Gather", ["table", "index"], "row")], [value("index", INT64, ["n"])],
          [value("row", FLOAT, ["n", 2])], [table])
    steps = ["x"] + [f"step{i}" for i in range(63)] + ["y"]
    write("slow", [node("MatMul", [a, "x"], b) for a, b in zip(steps, steps[1:])],
          [value("x", FLOAT, ["n", "n"])], [value("y", FLOAT, ["n", "n"])])

    outside = np.array([1, 2, 3, 4], dtype=np.float32)
    with open(os.path.join(FOLDER, "external.bin"), "wb") as file:
        file.write(outside.tobytes())
    write("external", [node("Add", ["x", "w"], "y")], [value("x", FLOAT, [4])], [value("y", FLOAT, [4])],
          [cut_out("w", [4], location="external.bin")])

    then = helper.make_graph([node("Relu", ["h"], "t")], "then", [], [value("t", FLOAT, None)])
    other = helper.make_graph([node("Neg", ["h"], "e")], "else", [], [value("e", FLOAT, None)])
    write("branch", [node("MatMul", ["x", "w"], "h"),
                     node("If", ["choice"], "y", then_branch=then, else_branch=other)],
          [value("x", FLOAT, [1, 32]), value("choice", BOOL, [])], [value("y", FLOAT, [1, 32])], [cut_out("w", [32, 32])])
    write("einsum", [node("Einsum", ["x", "w"], "y", equation="ij,jk->ik")], [value("x", FLOAT, [1, 32])],
          [value("y", FLOAT, [1, 32])], [cut_out("w", [32, 32])])
    write("huge", [node("Gather", ["w", "index"], "y")], [value("index", INT64, ["n"])],
          [value("y", FLOAT, ["n", 1 << 20])], [cut_out("w", [1 << 20, 1 << 20])])
    write("half", [node("Gemm", ["x", "w", "b"], "y", transB=1)], [value("x", HALF, ["n", 64])],
          [value("y", HALF, ["n", 48])],
          [cut_out("w", [48, 64], HALF), numpy_helper.from_array(np.zeros(48, np.float16), "b")])
    write("tied", [node("Gather", ["w", "ids"], "e"), node("Transpose", ["w"], "wt", perm=[1, 0]),
                   node("MatMul", ["e", "wt"], "logits")],
          [value("ids", INT64, ["n"])], [value("logits", FLOAT, ["n", 500])], [cut_out("w", [500, 256])])


    def number(name, x):
        return numpy_helper.from_array(np.array(x, dtype=np.float32), "constant/" + name)

    bias = numpy_helper.from_array(np.zeros(64, np.float32), "b")
    x, y = [value("x", FLOAT, ["n", 64])], [value("y", FLOAT, ["n", 64])]
    write("loud", [node("Mul", ["x", "constant/hundred"], "h"), node("MatMul", ["h", "w"], "p"),
                   node("MatMul", ["p", "v"], "y")], x, y,
          [number("hundred", 100), cut_out("w", [64, 64]), cut_out("v", [64, 64])])
    zeros = [node("Mul", ["x", "constant/zero"], "h"), node("MatMul", ["h", "w"], "p")]
    write("silent", zeros + [node("Add", ["p", "b"], "q"), node("MatMul", ["q", "v"], "y")], x, y,
          [number("zero", 0), cut_out("w", [64, 64]), bias, cut_out("v", [64, 64])])
    write("dead", zeros + [node("MatMul", ["p", "v"], "y")], x, y,
          [number("zero", 0), cut_out("w", [64, 64]), cut_out("v", [64, 64])])
    write("wide", [node("MatMul", ["x", "w"], "y")], [value("x", FLOAT, [1 << 34, 64])],
          [value("y", FLOAT, [1 << 34, 64])], [cut_out("w", [64, 64])])
    write("picked", [node("MatMul", ["x", "w"], "h"), node("Relu", ["h"], "r"), node("NonZero", ["r"], "y")],
          [value("x", FLOAT, [1, 64])], [value("y", INT64, [2, 64])], [cut_out("w", [64, 64])])


if __name__ == "__main__":
    main()
