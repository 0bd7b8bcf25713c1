# SPDX-License-Identifier: Apache-2.0
"""Run an exported part in ONNX Runtime and compare it with the PyTorch model it came from."""
import numpy as np
import onnxruntime
import torch

from weightless import fill


def session(proto, model, threads=1):
    values = {n: t.detach().float().numpy() for n, t in model.state_dict().items() if t.is_floating_point()}
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(fill(proto, values).SerializeToString(), options,
                                        providers=["CPUExecutionProvider"])


def run(sess, inputs):
    wanted = {i.name for i in sess.get_inputs()}
    feed = {n: v.numpy() if isinstance(v, torch.Tensor) else v for n, v in inputs.items() if n in wanted}
    return dict(zip([o.name for o in sess.get_outputs()], sess.run(None, feed)))


def relative(got, expected):
    """Largest difference, relative to the largest value."""
    expected = np.asarray(expected, np.float64)
    if not expected.size:
        return 0.0
    return float(np.abs(np.asarray(got, np.float64) - expected).max() / max(np.abs(expected).max(), 1e-6))


def check_part(proto, model, part, limit=1e-4):
    """Every example's outputs agree; returns the session and the worst difference."""
    sess = session(proto, model)
    worst = 0.0
    for inputs in [part.inputs] + part.other_inputs:
        with torch.no_grad():
            expected = (part.reference or part.call)(model, **inputs)
        got = run(sess, inputs)
        for name, value in expected.items():
            assert tuple(got[name].shape) == tuple(value.shape), (part.name, name, got[name].shape, value.shape)
            difference = relative(got[name], value)
            assert difference < limit, (part.name, name, difference)
            worst = max(worst, difference)
    return sess, worst
