# SPDX-License-Identifier: Apache-2.0
"""Image to text: ViT-GPT2, BLIP, GIT and BLIP-2, each as encoder_model and decoder_model."""
import torch
from torch.nn import functional as F

import decoders
import seq2seq
from decoders import cache_names
from seq2seq import ENCODER, decoder_axes, decoder_example, decoder_outputs, split_heads
from tracing import Part
from vision import pixels

CROSS = ("batch", None, "encoder_sequence")


def _encoder(call, size, layers, more=None, axes=None):
    """Part of an encoder that takes pixels, and perhaps more."""
    def example(batch, length=None):
        return {"pixel_values": pixels(batch, size, size), **(more(batch, length) if more else {})}

    out = {"last_hidden_state": ("batch", "encoder_sequence")}
    out.update({n.format("present"): CROSS for n in cache_names(layers, ENCODER)})
    first = example(2, 3)
    return Part("encoder_model", call, first, {"pixel_values": ("batch",), **(axes or {})}, out,
                [example(1, 1), example(3, 5)])


def _decoder(call, shape, vocabulary, encoder, reference=None):
    def example(batch, length, past, rows):
        return decoder_example(None, batch, length, past, rows, vocabulary, masked=False, shape=shape)

    first = example(2, 3, 4, encoder)
    axes, out = decoder_axes(first, shape[0])
    return Part("decoder_model", call, first, axes, out,
                [example(1, 1, 0, encoder + 2), example(3, 1, 9, encoder + 5), example(2, 4, 0, encoder)],
                reference=reference)


def _own_past(inputs, layers):
    return tuple(pair[:2] for pair in seq2seq.past_of(inputs, layers))


def _give(attentions, inputs):
    for i, attention in enumerate(attentions):
        attention.given = (inputs[f"past_key_values.{i}.encoder.key"], inputs[f"past_key_values.{i}.encoder.value"])


def _take(attentions):
    for attention in attentions:
        del attention.given


def _nothing(inputs, hidden):
    cross = inputs["past_key_values.0.encoder.key"]
    return torch.zeros(cross.shape[0], cross.shape[2], hidden)  # only its length is looked at


# ---- a vision encoder and GPT-2 with cross-attention ----

def vit_gpt2_parts(model):
    config = model.config.decoder
    shape = (config.n_layer, config.n_head, config.n_embd // config.n_head)

    def attentions(m):
        return [block.crossattention for block in m.decoder.transformer.h]

    def encode(m, pixel_values):
        hidden = m.encoder(pixel_values).last_hidden_state
        outputs = {"last_hidden_state": hidden}
        if hasattr(m, "enc_to_dec_proj"):
            hidden = m.enc_to_dec_proj(hidden)
        for i, attention in enumerate(attentions(m)):
            key, value = attention.c_attn(hidden).split(config.n_embd, dim=2)
            outputs[f"present.{i}.encoder.key"] = split_heads(key, config.n_head)
            outputs[f"present.{i}.encoder.value"] = split_heads(value, config.n_head)
        return outputs

    def decode(m, **inputs):
        _give(attentions(m), inputs)
        try:
            result = m.decoder(input_ids=inputs["input_ids"], past_key_values=_own_past(inputs, shape[0]),
                               encoder_hidden_states=_nothing(inputs, config.n_embd), use_cache=True)
        finally:
            _take(attentions(m))
        return decoder_outputs(result.logits, result.past_key_values, shape[0])

    size = model.config.encoder.image_size
    return [_encoder(encode, size, shape[0]), _decoder(decode, shape, config.vocab_size, 5, reference=_patched(decode))]


# ---- BLIP ----

def blip_parts(model):
    config = model.config.text_config
    heads = config.num_attention_heads
    shape = (config.num_hidden_layers, heads, config.hidden_size // heads)

    def attentions(m):
        return [layer.crossattention.self for layer in m.text_decoder.bert.encoder.layer]

    def encode(m, pixel_values):
        hidden = m.vision_model(pixel_values).last_hidden_state
        return seq2seq.encoder_outputs(hidden, [(a.key, a.value) for a in attentions(m)], heads)

    def decode(m, **inputs):
        _give(attentions(m), inputs)
        try:
            result = m.text_decoder(input_ids=inputs["input_ids"], past_key_values=_own_past(inputs, shape[0]),
                                    encoder_hidden_states=_nothing(inputs, config.encoder_hidden_size),
                                    use_cache=True)
        finally:
            _take(attentions(m))
        return decoder_outputs(result.logits, result.past_key_values, shape[0])

    size = model.config.vision_config.image_size
    return [_encoder(encode, size, shape[0]), _decoder(decode, shape, config.vocab_size, 5, reference=_patched(decode))]


# ---- GIT: image tokens go through the text layers and see only each other ----

def _git_layer(layer, hidden, image, past, mask):
    """One layer of GIT's text transformer; keys and values of the `image` come first, then those of the past."""
    attention = layer.attention.self
    own = tuple(attention.transpose_for_scores(part(hidden)) for part in (attention.key, attention.value))
    if past:
        own = tuple(torch.cat(pair, dim=2) for pair in zip(past, own))
    keys, values = (torch.cat(pair, dim=2) for pair in zip(image, own)) if image else own
    query = attention.transpose_for_scores(attention.query(hidden))
    scores = torch.matmul(query, keys.transpose(-1, -2)) / attention.attention_head_size ** 0.5
    if mask is not None:
        scores = scores.masked_fill(mask, -float("inf"))
    context = torch.matmul(F.softmax(scores, dim=-1), values).permute(0, 2, 1, 3)
    context = context.reshape(context.shape[0], context.shape[1], attention.all_head_size)
    attended = layer.attention.output(context, hidden)
    return layer.output(layer.intermediate(attended), attended), own


def git_parts(model):
    config = model.config
    shape = (config.num_hidden_layers, config.num_attention_heads, config.hidden_size // config.num_attention_heads)

    def encode(m, pixel_values):
        hidden = m.git.visual_projection(m.git.image_encoder(pixel_values).last_hidden_state)
        outputs = {"last_hidden_state": hidden}
        for i, layer in enumerate(m.git.encoder.layer):
            hidden, own = _git_layer(layer, hidden, None, None, None)
            outputs[f"present.{i}.encoder.key"], outputs[f"present.{i}.encoder.value"] = own
        return outputs

    def decode(m, **inputs):
        past = seq2seq.past_of(inputs, shape[0])
        ids = inputs["input_ids"]
        before, rows = past[0][0].shape[2], past[0][2].shape[2]
        hidden = m.git.embeddings(ids, past_key_values_length=before)
        count = ids.shape[1]
        mask = torch.arange(rows + before + count)[None, :] > torch.arange(count)[:, None] + (rows + before)
        presents = []
        for layer, own in zip(m.git.encoder.layer, past):
            hidden, present = _git_layer(layer, hidden, own[2:], own[:2], mask)
            presents.append(present)
        return decoder_outputs(m.output(hidden), presents, shape[0])

    size = config.vision_config.image_size
    return [_encoder(encode, size, shape[0]), _decoder(decode, shape, config.vocab_size, 17)]


# ---- BLIP-2 ----

def _queries(m, pixel_values):
    """The Q-Former's reading of the image, in the language model's width."""
    image = m.vision_model(pixel_values, return_dict=True).last_hidden_state
    queries = m.query_tokens.expand(image.shape[0], -1, -1)
    found = m.qformer(query_embeds=queries, encoder_hidden_states=image, return_dict=True).last_hidden_state
    return m.language_projection(found)


def blip2_parts(model):
    size = model.config.vision_config.image_size
    if model.config.use_decoder_only_language_model:
        return [_encoder(lambda m, pixel_values: {"last_hidden_state": _queries(m, pixel_values)}, size, 0),
                _blip2_opt_decoder(model)]
    config = model.config.text_config
    layers, heads, _, _ = seq2seq.geometry(config)

    def encode(m, pixel_values, input_ids):
        language = m.language_model
        embedded = torch.cat([_queries(m, pixel_values), language.get_input_embeddings()(input_ids)], dim=1)
        hidden = language.get_encoder()(inputs_embeds=embedded).last_hidden_state
        return seq2seq.encoder_outputs(hidden, seq2seq.cross_projections(language), heads)

    def prompt(batch, length):
        return {"input_ids": torch.arange(3, 3 + batch * length).view(batch, length) % config.vocab_size}

    return [_encoder(encode, size, layers, prompt, {"input_ids": ("batch", "sequence")}),
            seq2seq.decoder_part(model, inner=lambda m: m.language_model, masked=False)]


def _blip2_opt_decoder(model):
    config = model.config.text_config
    layers = config.num_hidden_layers

    def example(batch, length, past, prefix):
        inputs = decoders.example(config, batch, length, past, prefix)
        if not prefix:
            inputs["attention_mask"] = torch.ones(batch, past + length, dtype=torch.long)
            inputs["encoder_hidden_states"] = torch.zeros(batch, 0, config.hidden_size)
        return inputs

    def call(m, **inputs):
        language = m.language_model
        embedded = torch.cat([inputs["encoder_hidden_states"],
                              language.get_input_embeddings()(inputs["input_ids"])], dim=1)
        flat = [inputs[n.format("past_key_values")] for n in cache_names(layers)]
        result = language(inputs_embeds=embedded, attention_mask=inputs["attention_mask"],
                          past_key_values=tuple(zip(flat[::2], flat[1::2])), use_cache=True)
        outputs = {"logits": result.logits[:, inputs["encoder_hidden_states"].shape[1]:]}
        for name, tensor in zip(cache_names(layers), (t for pair in result.past_key_values for t in pair)):
            outputs[name.format("present")] = tensor
        return outputs

    first = example(2, 3, 4, 5)
    axes = {"input_ids": ("batch", "sequence"), "attention_mask": ("batch", "total"),
            "encoder_hidden_states": ("batch", "prefix")}
    axes = {n: axes.get(n, ("batch", None, "past")) for n in first}
    out = {"logits": ("batch", "sequence")}
    out.update({n.format("present"): ("batch", None, "total") for n in cache_names(layers)})
    return Part("decoder_model", call, first, axes, out,
                [example(1, 2, 7, 6), example(3, 1, 9, 8), example(2, 1, 0, 7), example(2, 1, 8, 0)])


def _patched(call):
    """The call itself as reference: what it is `given` only tracing's forms use."""
    from patches import tracing_forms

    def reference(m, **inputs):
        with tracing_forms():
            return call(m, **inputs)
    return reference


def caption_parts(model):
    kind = model.config.model_type
    return {"vision-encoder-decoder": vit_gpt2_parts, "blip": blip_parts, "git": git_parts,
            "blip-2": blip2_parts}[kind](model)

