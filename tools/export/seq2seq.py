# SPDX-License-Identifier: Apache-2.0
"""Encoder-decoders: encoder_model with the cross-attention's keys and values, decoder_model with one cache."""
import torch

from decoders import cache_names
from tracing import Part

ENCODER, DECODER = "encoder.", "decoder."


def geometry(config):
    """Decoder layers, heads, head size, hidden size."""
    if config.model_type == "t5":
        return config.num_decoder_layers, config.num_heads, config.d_kv, config.d_model
    heads = config.decoder_attention_heads
    return config.decoder_layers, heads, config.d_model // heads, config.d_model


def cross_projections(model):
    """(key, value) modules of every decoder layer's cross-attention."""
    decoder = model.get_decoder()
    if model.config.model_type == "t5":
        attentions = [block.layer[1].EncDecAttention for block in decoder.block]
        return [(a.k, a.v) for a in attentions]
    return [(layer.encoder_attn.k_proj, layer.encoder_attn.v_proj) for layer in decoder.layers]


def split_heads(states, heads):
    return states.view(states.shape[0], states.shape[1], heads, -1).transpose(1, 2)


def encoder_outputs(hidden, projections, heads):
    outputs = {"last_hidden_state": hidden}
    for i, (key, value) in enumerate(projections):
        outputs[f"present.{i}.encoder.key"] = split_heads(key(hidden), heads)
        outputs[f"present.{i}.encoder.value"] = split_heads(value(hidden), heads)
    return outputs


def encoder_part(model):
    layers, heads, _, _ = geometry(model.config)
    vocabulary = model.config.vocab_size

    def call(m, **inputs):
        hidden = m.get_encoder()(**inputs).last_hidden_state[:, :inputs["input_ids"].shape[1]]  # LED pads inside
        return encoder_outputs(hidden, cross_projections(m), heads)

    def example(batch, length):
        generator = torch.Generator().manual_seed(batch + length)
        mask = torch.ones(batch, length, dtype=torch.long)
        if batch > 1:
            mask[1, length // 2 + 1:] = 0
        return dict(input_ids=torch.randint(3, vocabulary, (batch, length), generator=generator), attention_mask=mask)

    out = {"last_hidden_state": ("batch", "encoder_sequence")}
    out.update({n.format("present"): ("batch", None, "encoder_sequence") for n in cache_names(layers, ENCODER)})
    return Part("encoder_model", call, example(2, 7), {n: ("batch", "encoder_sequence") for n in example(1, 1)}, out,
                [example(1, 1), example(3, 21 + max(getattr(model.config, "attention_window", [0])))])  # past a window


def decoder_example(config, batch, length, past, encoder, vocabulary, masked=True, shape=None):
    layers, heads, size = shape or geometry(config)[:3]
    generator = torch.Generator().manual_seed(1000 * batch + 100 * length + past)
    inputs = dict(input_ids=torch.randint(3, vocabulary, (batch, length), generator=generator))
    if masked:
        inputs["encoder_attention_mask"] = torch.ones(batch, encoder, dtype=torch.long)
        if batch > 1:
            inputs["encoder_attention_mask"][1, encoder - 1:] = 0
    for kind, rows in ((DECODER, past), (ENCODER, encoder)):
        for name in cache_names(layers, kind):
            inputs[name.format("past_key_values")] = torch.randn(batch, heads, rows, size, generator=generator)
    return inputs


def past_of(inputs, layers):
    """As transformers wants it: own key, own value, cross key, cross value."""
    return tuple(tuple(inputs[f"past_key_values.{i}.{kind}{what}"] for kind in (DECODER, ENCODER)
                       for what in ("key", "value")) for i in range(layers))


def decoder_outputs(logits, past, layers):
    outputs = {"logits": logits}
    for i in range(layers):
        outputs[f"present.{i}.decoder.key"], outputs[f"present.{i}.decoder.value"] = past[i][:2]
    return outputs


def decoder_axes(example, layers):
    axes = {"input_ids": ("batch", "sequence"), "encoder_attention_mask": ("batch", "encoder_sequence")}
    for name in example:
        if name.startswith("past"):
            axes[name] = ("batch", None, "past" if ".decoder." in name else "encoder_sequence")
    out = {"logits": ("batch", "sequence")}
    out.update({n.format("present"): ("batch", None, "total") for n in cache_names(layers, DECODER)})
    return {n: axes[n] for n in example}, out


def decoder_part(model, inner=lambda m: m, masked=True):
    """inner: the encoder-decoder within `model`; masked: whether the encoder's output may be padded."""
    config = inner(model).config
    layers, _, _, hidden = geometry(config)

    def call(m, **inputs):
        cross = inputs["past_key_values.0.encoder.key"]
        nothing = torch.zeros(cross.shape[0], cross.shape[2], hidden)  # only its length is looked at
        options = {"attention_mask": inputs["encoder_attention_mask"]} if "encoder_attention_mask" in inputs else {}
        result = inner(m)(encoder_outputs=(nothing,), decoder_input_ids=inputs["input_ids"],
                   past_key_values=past_of(inputs, layers), use_cache=True, **options)
        return decoder_outputs(result.logits, result.past_key_values, layers)

    def example(batch, length, past, encoder):
        return decoder_example(config, batch, length, past, encoder, config.vocab_size, masked)

    first = example(2, 3, 4, 5)
    axes, out = decoder_axes(first, layers)
    return Part("decoder_model", call, first, axes, out,
                [example(1, 1, 0, 3), example(3, 1, 9, 8), example(2, 4, 0, 2)])


def seq2seq_parts(model):
    return [encoder_part(model), decoder_part(model)]
