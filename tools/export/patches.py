# SPDX-License-Identifier: Apache-2.0
"""Equal forms of a few layers of transformers 4.30.2, put in place while tracing.

Each computes what the original computes, in a form that traces into a graph of any size: no tensor written in place,
no size frozen, no work over the whole past at every token. Goldens come from the originals.
"""
import contextlib

import torch
from torch.nn import functional as F
from transformers.models.bloom import modeling_bloom
from transformers.models.deberta import modeling_deberta
from transformers.models.deberta_v2 import modeling_deberta_v2
from transformers.models.deformable_detr import modeling_deformable_detr
from transformers.models.deta import modeling_deta
from transformers.models.detr import modeling_detr
from transformers.models.t5 import modeling_t5

LOWEST = torch.finfo(torch.float32).min


def _t5_attention(self, hidden_states, mask=None, key_value_states=None, position_bias=None, past_key_value=None,
                  layer_head_mask=None, query_length=None, use_cache=False, output_attentions=False):
    """Position bias for the new rows only; cross-attention takes the keys and values as they are given."""
    def heads(states):
        return states.view(states.shape[0], -1, self.n_heads, self.key_value_proj_dim).transpose(1, 2)

    query = heads(self.q(hidden_states))
    if key_value_states is not None and past_key_value is not None:
        key, value = past_key_value
    else:
        source = hidden_states if key_value_states is None else key_value_states
        key, value = heads(self.k(source)), heads(self.v(source))
        if past_key_value is not None:
            key = torch.cat([past_key_value[0], key], dim=2)
            value = torch.cat([past_key_value[1], value], dim=2)
    if position_bias is None:
        if self.has_relative_attention_bias:
            memory = torch.arange(key.shape[2])
            context = memory[key.shape[2] - hidden_states.shape[1]:]
            buckets = self._relative_position_bucket(
                memory[None, :] - context[:, None], bidirectional=not self.is_decoder,
                num_buckets=self.relative_attention_num_buckets, max_distance=self.relative_attention_max_distance)
            position_bias = self.relative_attention_bias(buckets).permute(2, 0, 1).unsqueeze(0)
            if mask is not None:
                position_bias = position_bias + mask
        else:
            position_bias = torch.zeros(1, 1, 1, 1) if mask is None else mask
    scores = torch.matmul(query, key.transpose(3, 2)) + position_bias
    context = torch.matmul(F.softmax(scores, dim=-1), value).transpose(1, 2)
    output = self.o(context.reshape(context.shape[0], -1, self.inner_dim))
    present = (key, value) if self.is_decoder and use_cache else None
    return output, present, position_bias


def _bloom_attention(self, hidden_states, residual, alibi, attention_mask, layer_past=None, head_mask=None,
                     use_cache=False, output_attentions=False):
    """Keys and values as [batch, heads, length, size], as everyone else has them."""
    batch, length = hidden_states.shape[:2]
    query, key, value = (t.transpose(1, 2) for t in self._split_heads(self.query_key_value(hidden_states)))
    if layer_past is not None:
        key = torch.cat((layer_past[0], key), dim=2)
        value = torch.cat((layer_past[1], value), dim=2)
    scores = torch.matmul(query, key.transpose(2, 3)) * self.inv_norm_factor
    scores = scores + alibi.view(batch, self.num_heads, 1, -1)
    scores = torch.masked_fill(scores, attention_mask, LOWEST)
    context = torch.matmul(F.softmax(scores, dim=-1), value).transpose(1, 2)
    output = self.dense(context.reshape(batch, length, self.hidden_size))
    return residual + output, (key, value) if use_cache else None


def _bloom_causal_mask(shape, device, past_key_values_length):
    rows = torch.arange(shape[1])[:, None] + past_key_values_length
    return (torch.arange(shape[1] + past_key_values_length)[None, :] > rows)[None, None]


def _frozen_batch_norm(self, x):
    return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=1e-5)


class _MaskedSoftmax:
    """transformers' XSoftmax without its own autograd function."""

    @staticmethod
    def apply(scores, mask, dim):
        hidden = ~mask.to(torch.bool)
        return torch.softmax(scores.masked_fill(hidden, LOWEST), dim).masked_fill(hidden, 0.0)


def _deberta_bias(self, query_layer, key_layer, relative_pos, rel_embeddings, scale_factor):
    """The span is told at run time; queries and keys are equally many."""
    length = torch.as_tensor(query_layer.size(-2))
    span = torch.minimum(length, torch.tensor(self.max_relative_positions))
    near = rel_embeddings[self.max_relative_positions - span:self.max_relative_positions + span].unsqueeze(0)
    if relative_pos.dim() == 3:
        relative_pos = relative_pos.unsqueeze(1)
    shape = (query_layer.size(0), query_layer.size(1), query_layer.size(2), key_layer.size(2))
    last, zero = span * 2 - 1, torch.tensor(0)
    score = 0
    if "c2p" in self.pos_att_type:
        keys = self.transpose_for_scores(self.pos_proj(near))
        where = torch.minimum(torch.maximum(relative_pos + span, zero), last).expand(shape)
        score = score + torch.gather(torch.matmul(query_layer, keys.transpose(-1, -2)), -1, where)
    if "p2c" in self.pos_att_type:
        queries = self.transpose_for_scores(self.pos_q_proj(near))
        queries = queries / (self.attention_head_size * scale_factor) ** 0.5
        where = torch.minimum(torch.maximum(span - relative_pos, zero), last).expand(shape)
        score = score + torch.gather(torch.matmul(key_layer, queries.transpose(-1, -2)), -1, where).transpose(-1, -2)
    return score


REPLACED = [
    (modeling_deberta, "XSoftmax", _MaskedSoftmax),
    (modeling_deberta_v2, "XSoftmax", _MaskedSoftmax),
    (modeling_deberta.DisentangledSelfAttention, "disentangled_att_bias", _deberta_bias),
    (modeling_detr.DetrFrozenBatchNorm2d, "forward", _frozen_batch_norm),
    (modeling_deformable_detr.DeformableDetrFrozenBatchNorm2d, "forward", _frozen_batch_norm),
    (modeling_deta.DetaFrozenBatchNorm2d, "forward", _frozen_batch_norm),
    (modeling_t5.T5Attention, "forward", _t5_attention),
    (modeling_bloom.BloomAttention, "forward", _bloom_attention),
    (modeling_bloom, "_make_causal_mask", _bloom_causal_mask),
]


@contextlib.contextmanager
def tracing_forms():
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in REPLACED]
    for owner, name, form in REPLACED:
        setattr(owner, name, form)
    try:
        yield
    finally:
        for owner, name, form in kept:
            setattr(owner, name, form)


