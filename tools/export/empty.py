# SPDX-License-Identifier: Apache-2.0
"""Models of any size without their weights: every parameter is one zero, seen from all sides (strides of 0)."""
import contextlib

import torch


@contextlib.contextmanager
def _without_storage():
    """Parameters are made on the meta device; one that is shared stays one."""
    register = torch.nn.Module.register_parameter

    def light(module, name, parameter):
        register(module, name, parameter)
        if parameter is not None and parameter.device.type != "meta":
            module._parameters[name] = torch.nn.Parameter(parameter.to("meta"), requires_grad=False)

    torch.nn.Module.register_parameter = light
    try:
        yield
    finally:
        torch.nn.Module.register_parameter = register


def _build(build):
    try:
        with _without_storage():
            model = build()
    except (NotImplementedError, RuntimeError):  # one that sets weights while it is made (DETR, DETA): all are small
        model = build()
    if hasattr(model, "tie_weights"):
        model.tie_weights()
    return model


def empty(build):
    """The model that `build` makes, in evaluation mode; 11 billion parameters cost a few megabytes.

    Buffers are real: positions, masks and running statistics are computed by the model's own code.
    """
    model, replaced = _build(build), {}
    for module in model.modules():
        for name, parameter in list(module._parameters.items()):
            if parameter is not None:  # tied ones stay tied
                zeros = torch.nn.Parameter(torch.zeros(()).expand(parameter.shape), requires_grad=False)
                module._parameters[name] = replaced.setdefault(id(parameter), (zeros, parameter))[0]
    return model.eval()


def count(build):
    """Parameters of the model that `build` makes, tied ones once."""
    return sum(p.numel() for p in _build(build).parameters())
