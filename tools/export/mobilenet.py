# SPDX-License-Identifier: Apache-2.0
"""MobileNetV1ForImageClassification as a graph (arithmetic of transformers 4.30.2,
models/mobilenet_v1/modeling_mobilenet_v1.py, in evaluation mode)."""
from onnx import TensorProto

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)


def _layer(g, x, name, channels_in, channels_out, kernel, stride, epsilon, groups=1):
    weight = g.weight(name + ".convolution.weight", [channels_out, channels_in // groups, kernel, kernel])
    # TensorFlow's padding, which the checkpoints were trained with: the odd pixel goes to the end.
    x = g.node("Conv", [x, weight], name=name + ".convolution", kernel_shape=[kernel, kernel],
               strides=[stride, stride], group=groups, auto_pad="SAME_UPPER")
    norm = name + ".normalization."
    x = g.node("BatchNormalization",
               [x, g.norm(norm + "weight", channels_out, 1), g.norm(norm + "bias", channels_out, 0),
                g.norm(norm + "running_mean", channels_out, 0, trained=False),
                g.norm(norm + "running_var", channels_out, 1, trained=False)],
               name=name + ".normalization", epsilon=epsilon)
    return g.node("Clip", [x, g.constant("zero", 0), g.constant("six", 6)])


def mobilenet_v1_classifier(g, config):
    size, epsilon = config["image_size"], config["layer_norm_eps"]
    x = g.input("pixel_values", TensorProto.FLOAT, ["batch", 3, size, size])
    depth = int(32 * config["depth_multiplier"])
    x = _layer(g, x, "mobilenet_v1.conv_stem", 3, depth, 3, 2, epsilon)
    for index, stride in enumerate(STRIDES):
        wide = depth * 2 if stride == 2 or index == 0 else depth
        name = "mobilenet_v1.layer.{}"
        x = _layer(g, x, name.format(2 * index), depth, depth, 3, stride, epsilon, groups=depth)
        x = _layer(g, x, name.format(2 * index + 1), depth, wide, 1, 1, epsilon)
        depth = wide
    pooled = g.node("Flatten", [g.node("GlobalAveragePool", [x])])
    g.linear(pooled, "classifier", depth, config["num_labels"], output="logits")
    g.output("logits", TensorProto.FLOAT, ["batch", config["num_labels"]])
