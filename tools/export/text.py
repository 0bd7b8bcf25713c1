# SPDX-License-Identifier: Apache-2.0
"""Text encoders with a head: one graph, `model`."""
import torch

from tracing import Part

BATCH, LONG = "batch", "sequence"
TYPED = {"bert", "albert", "electra", "deberta", "deberta-v2"}  # whose tokenizers give token_type_ids


def ids(vocabulary, batch, length, types):
    generator = torch.Generator().manual_seed(batch * 100 + length)
    mask = torch.ones(batch, length, dtype=torch.long)
    if batch > 1 and length > 2:
        mask[1, length - 2:] = 0
    result = dict(input_ids=torch.randint(3, vocabulary, (batch, length), generator=generator), attention_mask=mask)
    if types:
        result["token_type_ids"] = (torch.arange(length) >= length // 2).long().expand(batch, length).contiguous()
    return result


def encoder_part(model):
    """Any ...ForSequenceClassification, ...ForTokenClassification, ...ForQuestionAnswering, ...ForMaskedLM."""
    config = model.config
    types = config.model_type in TYPED and getattr(config, "type_vocab_size", 0) > 0
    names = ["start_logits", "end_logits"] if "QuestionAnswering" in type(model).__name__ else ["logits"]

    def call(m, **inputs):
        out = m(**inputs)
        return {name: out[name] for name in names}

    size = config.vocab_size
    example = ids(size, 2, 7, types)
    rank3 = type(model).__name__.endswith(("MaskedLM", "TokenClassification", "QuestionAnswering"))
    return Part("model", call, example, {name: (BATCH, LONG) for name in example},
                {name: (BATCH, LONG) if rank3 else (BATCH,) for name in names},
                [ids(size, 1, 1, types), ids(size, 3, 19, types)])
