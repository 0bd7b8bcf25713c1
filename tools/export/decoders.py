# SPDX-License-Identifier: Apache-2.0
"""Decoders with a cache: one graph that accepts an empty past."""
import torch

from tracing import Part

POSITIONS = {"gpt2", "gpt_neo"}  # whose generation feeds position_ids made from the attention mask


def geometry(config):
    """Layers, heads, head size."""
    kind = config.model_type
    layers, heads, hidden = config.num_hidden_layers, config.num_attention_heads, config.hidden_size
    if kind == "gpt_neo":
        layers, heads = config.num_layers, config.num_heads
    return layers, heads, hidden // heads


def cache_names(layers, kind=""):
    return [f"{{}}.{i}.{kind}{what}" for i in range(layers) for what in ("key", "value")]


def example(config, batch, length, past, prefix=0):
    layers, heads, size = geometry(config)
    generator = torch.Generator().manual_seed(1000 * batch + 10 * length + past)
    mask = torch.ones(batch, past + prefix + length, dtype=torch.long)
    if batch > 1 and past:
        mask[1, :2] = 0  # padded on the left
    inputs = dict(input_ids=torch.randint(3, config.vocab_size, (batch, length), generator=generator),
                  attention_mask=mask)
    if config.model_type in POSITIONS:
        inputs["position_ids"] = (mask.cumsum(-1) - 1).clamp(min=0)[:, past:]
    if prefix:
        inputs["encoder_hidden_states"] = torch.randn(batch, prefix, config.hidden_size, generator=generator)
    for name in cache_names(layers):
        inputs[name.format("past_key_values")] = torch.randn(batch, heads, past, size, generator=generator)
    return inputs


def _outputs(result, layers):
    outputs = {"logits": result.logits}
    for name, tensor in zip(cache_names(layers), (t for pair in result.past_key_values for t in pair)):
        outputs[name.format("present")] = tensor
    return outputs


def decoder_part(model):
    config = model.config
    layers, heads, size = geometry(config)
    own = ("input_ids", "attention_mask", "position_ids")

    def past_of(inputs):
        flat = [inputs[n.format("past_key_values")] for n in cache_names(layers)]
        return tuple(zip(flat[::2], flat[1::2]))

    def call(m, **inputs):
        result = m(**{n: inputs[n] for n in own if n in inputs}, past_key_values=past_of(inputs), use_cache=True)
        return _outputs(result, layers)

    def bloom(m, **inputs):
        """transformers keeps BLOOM's keys as [batch * heads, size, length]."""
        past = tuple((k.flatten(0, 1).transpose(1, 2), v.flatten(0, 1))
                     for k, v in past_of(inputs))
        result = m(**{n: inputs[n] for n in own if n in inputs}, past_key_values=past, use_cache=True)
        batch = inputs["input_ids"].shape[0]
        result.past_key_values = tuple(
            (k.transpose(1, 2).reshape(batch, heads, -1, size), v.reshape(batch, heads, -1, size))
            for k, v in result.past_key_values)
        return _outputs(result, layers)

    axes = {"input_ids": ("batch", "sequence"), "attention_mask": ("batch", "total"),
            "position_ids": ("batch", "sequence")}
    first = example(config, 2, 3, 4)
    axes = {n: axes.get(n, ("batch", None, "past")) for n in first}
    out = {"logits": ("batch", "sequence")}
    out.update({n.format("present"): ("batch", None, "total") for n in cache_names(layers)})
    return Part("model", call, first, axes, out,
                [example(config, 1, 6, 0), example(config, 3, 1, 9), example(config, 2, 1, 0)],
                reference=bloom if config.model_type == "bloom" else None)
