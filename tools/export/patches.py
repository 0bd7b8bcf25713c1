# SPDX-License-Identifier: Apache-2.0
"""Equal forms of a few layers of transformers 4.30.2, put in place while tracing.

Each computes what the original computes, in a form that traces into a graph of any size: no tensor written in place,
no size frozen, no work over the whole past at every token. Goldens come from the originals.
"""
import contextlib
import inspect
import textwrap

import torch
from diffusers.models import attention_processor
from torch.nn import functional as F
from torchvision.ops import nms
from transformers.models.blip import modeling_blip_text
from transformers.models.bloom import modeling_bloom
from transformers.models.deberta import modeling_deberta
from transformers.models.deberta_v2 import modeling_deberta_v2
from transformers.models.deformable_detr import modeling_deformable_detr
from transformers.models.deta import modeling_deta
from transformers.models.detr import modeling_detr
from transformers.models.gpt2 import modeling_gpt2
from transformers.models.led import modeling_led
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


def _led_padding(self, input_ids, attention_mask, inputs_embeds, pad_token_id):
    """Pad to whole windows, whatever the length; told to be 0 so that nothing is cut off by a fixed number."""
    window = self.config.attention_window
    window = window if isinstance(window, int) else max(window)
    batch, length = attention_mask.shape
    missing = (window - length % window) % window
    attention_mask = torch.cat([attention_mask, attention_mask.new_zeros(batch, missing)], dim=1)
    filler = self.embed_tokens(torch.full((batch, missing), pad_token_id, dtype=torch.long))
    return 0, None, attention_mask, torch.cat([inputs_embeds, filler], dim=1)


def _led_attention(self, hidden_states, attention_mask=None, layer_head_mask=None, is_index_masked=None,
                   is_index_global_attn=None, is_global_attn=None, output_attentions=False):
    """Local attention only: every block of half a window looks at itself and its two neighbours."""
    batch, length, _ = hidden_states.shape
    size = self.one_sided_attn_window_size

    def blocks(states):
        return states.view(batch, -1, size, self.num_heads, self.head_dim).transpose(2, 3)

    def around(states, fill, dim):
        edge = torch.full_like(states[:, :1], fill)
        return torch.cat([torch.cat([edge, states[:, :-1]], 1), states, torch.cat([states[:, 1:], edge], 1)], dim)

    query = blocks(self.query(hidden_states) / self.head_dim ** 0.5)
    key = around(blocks(self.key(hidden_states)), 0.0, 3)
    value = around(blocks(self.value(hidden_states)), 0.0, 3)
    masked = torch.zeros_like(attention_mask).masked_fill(attention_mask != 0, LOWEST).view(batch, -1, size)
    masked = around(masked, LOWEST, 2)[:, :, None, None, :]
    distance = torch.arange(3 * size)[None, :] - torch.arange(size)[:, None]
    outside = (distance < 0) | (distance > 2 * size)
    scores = torch.matmul(query, key.transpose(-1, -2)) + masked
    weights = F.softmax(scores.masked_fill(outside, -float("inf")), dim=-1)
    context = torch.matmul(weights, value).transpose(2, 3).reshape(batch, length, self.embed_dim)
    return (context.masked_fill(is_index_masked[:, :, None], 0.0),)


def _gpt2_attention(self, hidden_states, layer_past=None, attention_mask=None, head_mask=None,
                    encoder_hidden_states=None, encoder_attention_mask=None, use_cache=False, output_attentions=False):
    """Cross-attention uses the keys and values it is `given`."""
    if encoder_hidden_states is not None and hasattr(self, "given"):
        query = self._split_heads(self.q_attn(hidden_states), self.num_heads, self.head_dim)
        output, _ = self._attn(query, *self.given, encoder_attention_mask)
        return self.c_proj(self._merge_heads(output, self.num_heads, self.head_dim)), None
    return _original_gpt2(self, hidden_states, layer_past, attention_mask, head_mask, encoder_hidden_states,
                          encoder_attention_mask, use_cache, output_attentions)


_original_gpt2 = modeling_gpt2.GPT2Attention.forward


def _blip_attention(self, hidden_states, attention_mask=None, head_mask=None, encoder_hidden_states=None,
                    encoder_attention_mask=None, past_key_value=None, output_attentions=False):
    if encoder_hidden_states is not None and hasattr(self, "given"):
        key, value = self.given
        attention_mask = None
    else:
        key, value = (self.transpose_for_scores(part(hidden_states)) for part in (self.key, self.value))
        if past_key_value is not None:
            key = torch.cat([past_key_value[0], key], dim=2)
            value = torch.cat([past_key_value[1], value], dim=2)
    query = self.transpose_for_scores(self.query(hidden_states))
    scores = torch.matmul(query, key.transpose(-1, -2)) / self.attention_head_size ** 0.5
    if attention_mask is not None:
        scores = scores + attention_mask
    context = torch.matmul(F.softmax(scores, dim=-1), value).permute(0, 2, 1, 3)
    return context.reshape(context.shape[0], context.shape[1], self.all_head_size), (key, value)


class _Torch:
    """torch, but sizes put into a tensor stay what was traced: numbers of the run, not of the example."""

    def __getattr__(self, name):
        return getattr(torch, name)

    @staticmethod
    def as_tensor(sizes, **options):
        return torch.stack([torch.stack([torch.as_tensor(d, dtype=torch.long) for d in pair]) for pair in sizes])

    @staticmethod
    def linspace(start, end, steps, dtype=None, device=None):
        """Always used with a step of one."""
        return start + torch.arange(steps, dtype=torch.float32)


def _deformable_attention(value, value_spatial_shapes, sampling_locations, attention_weights):
    batch, _, heads, size = value.shape
    _, queries, _, levels, points, _ = sampling_locations.shape
    grids, sampled, start = 2 * sampling_locations - 1, [], 0
    for level in range(levels):
        height, width = value_spatial_shapes[level, 0], value_spatial_shapes[level, 1]
        here = value[:, start:start + height * width].flatten(2).transpose(1, 2)
        here = here.reshape(batch * heads, size, height, width)
        grid = grids[:, :, :, level].transpose(1, 2).flatten(0, 1)
        sampled.append(F.grid_sample(here, grid, mode="bilinear", padding_mode="zeros", align_corners=False))
        start = start + height * width
    weights = attention_weights.transpose(1, 2).reshape(batch * heads, 1, queries, levels * points)
    output = (torch.stack(sampled, dim=-2).flatten(-2) * weights).sum(-1)
    return output.view(batch, heads * size, queries).transpose(1, 2)


def _reference_points(spatial_shapes, valid_ratios, device):
    found = []
    for level in range(len(spatial_shapes)):
        height, width = spatial_shapes[level, 0], spatial_shapes[level, 1]
        y = (torch.arange(height) + 0.5)[:, None].expand(height, width).reshape(-1)[None]
        x = (torch.arange(width) + 0.5)[None, :].expand(height, width).reshape(-1)[None]
        found.append(torch.stack((x / (valid_ratios[:, None, level, 0] * width),
                                  y / (valid_ratios[:, None, level, 1] * height)), -1))
    return torch.cat(found, 1)[:, :, None] * valid_ratios[:, None]


def _attention_scores(self, query, key, attention_mask=None):
    """Without a tensor of zeros to add to."""
    scores = torch.bmm(query, key.transpose(-1, -2)) * self.scale
    if attention_mask is not None:
        scores = scores + attention_mask
    return scores.softmax(dim=-1)


def _batched_nms(boxes, scores, idxs, iou_threshold):
    """torchvision's, by moving every class to a place of its own, without its question whether there are boxes."""
    apart = boxes + (idxs.to(boxes) * (boxes.max() + 1))[:, None]
    return nms(apart, scores, iou_threshold)


def _pick_proposals(keep, levels, count, logits, topk):
    """What DetaModel.forward picks of the proposals that NMS left, `topk` of them, by the same operations whatever is
    left: so many of each of `count` levels, filled up with the first of the others; the best of all if too few are left.
    """
    best = torch.topk(logits, topk)[1]
    here = levels[keep][None] == torch.arange(count)[:, None]
    wanted = (here & (here.cumsum(1) <= topk // count)).any(0)
    spare = ~wanted
    wanted = wanted | (spare & (spare.cumsum(0) <= topk - wanted.sum()))
    picked = torch.cat([keep[wanted], best])[:topk]
    return torch.where((keep >= 0).sum() < topk, best, picked)


def _deta_forward():
    """DetaModel.forward as it is now (a golden changes a number in it) with _pick_proposals for its branches."""
    source = textwrap.dedent(inspect.getsource(modeling_deta.DetaModel.forward))
    start = source.index("if len(keep_inds) < self.two_stage_num_proposals")
    end = source.index("topk_proposals.append(keep_inds_topk)")
    source = (source[:start] + "keep_inds_topk = _pick_proposals(keep_inds, level_ids, len(spatial_shapes), "
              "proposal_logit[b], topk)\n" + " " * (end - source.rindex("\n", 0, end) - 1) + source[end:])
    source = "def make(_pick_proposals):\n" + textwrap.indent(source, "    ") + "\n    return forward"
    made = {}
    exec(source, vars(modeling_deta), made)  # a function of the module, so that it sees what is put in place there
    return made["make"](_pick_proposals)


REPLACED = [
    (modeling_deta, "batched_nms", _batched_nms),
    (attention_processor.Attention, "get_attention_scores", _attention_scores),
    (modeling_deformable_detr, "torch", _Torch()),
    (modeling_deformable_detr, "multi_scale_deformable_attention", _deformable_attention),
    (modeling_deformable_detr.DeformableDetrEncoder, "get_reference_points", staticmethod(_reference_points)),
    (modeling_deta, "torch", _Torch()),
    (modeling_deta, "multi_scale_deformable_attention", _deformable_attention),
    (modeling_deta.DetaEncoder, "get_reference_points", staticmethod(_reference_points)),
    (modeling_led.LEDEncoder, "_pad_to_window_size", _led_padding),
    (modeling_led.LEDEncoderSelfAttention, "forward", _led_attention),
    (modeling_gpt2.GPT2Attention, "forward", _gpt2_attention),
    (modeling_blip_text.BlipTextSelfAttention, "forward", _blip_attention),
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
    forms = [*REPLACED, (modeling_deta.DetaModel, "forward", _deta_forward())]
    kept = [(owner, name, owner.__dict__[name]) for owner, name, _ in forms]
    for owner, name, form in forms:
        setattr(owner, name, form)
    try:
        yield
    finally:
        for owner, name, form in kept:
            setattr(owner, name, form)


