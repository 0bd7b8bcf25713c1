# SPDX-License-Identifier: Apache-2.0
"""Image classifiers and detectors: one graph, `model`."""
import torch

from tracing import Part

ANY_SIZE = {"resnet", "convnext", "convnextv2"}  # classifiers whose graph takes images of any size
MASKED = {"detr", "deformable_detr", "deta"}     # detectors that are told which pixels are padding


def pixels(batch, height, width):
    generator = torch.Generator().manual_seed(batch * height + width)
    return torch.randn(batch, 3, height, width, generator=generator)


def classifier_part(model, size):
    free = model.config.model_type in ANY_SIZE
    axes = ("batch", None, "height", "width") if free else ("batch",)
    others = [(1, size, size)] + ([(2, size + 32, size * 2)] if free else [])
    return Part("model", lambda m, pixel_values: {"logits": m(pixel_values=pixel_values).logits},
                {"pixel_values": pixels(2, size, size)}, {"pixel_values": axes}, {"logits": ("batch",)},
                [{"pixel_values": pixels(*o)} for o in others])


def detector_part(model, height, width, fixed=False):
    """fixed: one image of this size (DETA)."""
    masked = model.config.model_type in MASKED

    def example(batch, h, w):
        inputs = {"pixel_values": pixels(batch, h, w)}
        if masked:
            inputs["pixel_mask"] = torch.ones(batch, h, w, dtype=torch.long)
            if batch > 1:
                inputs["pixel_mask"][1, h - h // 4:] = 0
                inputs["pixel_mask"][1, :, w - w // 8:] = 0
                inputs["pixel_values"] *= inputs["pixel_mask"][:, None]
        return inputs

    def call(m, **inputs):
        out = m(**inputs)
        return {"logits": out.logits, "pred_boxes": out.pred_boxes}

    axes = {"pixel_values": ("batch", None, "height", "width"), "pixel_mask": ("batch", "height", "width")}
    if fixed:
        return Part("model", call, example(1, height, width), {}, {}, [], one_size=True)
    first = example(2, height, width)
    return Part("model", call, first, {n: axes[n] for n in first}, {"logits": ("batch",), "pred_boxes": ("batch",)},
                [example(1, height, width), example(1, height + 32, width - 16), example(2, height * 2, width + 48)])
