# SPDX-License-Identifier: Apache-2.0
"""Models of any size without their weights: every parameter is one zero, seen from all sides (strides of 0)."""
import torch
from accelerate import init_empty_weights


def empty(build):
    """The model that `build` makes, in evaluation mode; 11 billion parameters cost a few megabytes.

    Buffers are real: positions, masks and running statistics are computed by the model's own code.
    """
    with init_empty_weights(include_buffers=False):
        model = build()
    replaced = {}
    for module in model.modules():
        for name, parameter in list(module._parameters.items()):
            if parameter is None or parameter.device.type != "meta":
                continue
            if id(parameter) not in replaced:  # tied ones stay tied
                zeros = torch.zeros(()).expand(parameter.shape)
                replaced[id(parameter)] = (torch.nn.Parameter(zeros, requires_grad=False), parameter)
            module._parameters[name] = replaced[id(parameter)][0]
    if hasattr(model, "tie_weights"):
        model.tie_weights()
    return model.eval()


def count(build):
    """Parameters of the model that `build` makes, tied ones once."""
    with init_empty_weights(include_buffers=False):
        model = build()
    if hasattr(model, "tie_weights"):
        model.tie_weights()
    return sum(p.numel() for p in {id(p): p for p in model.parameters()}.values())
