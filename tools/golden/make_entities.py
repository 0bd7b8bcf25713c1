#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/golden/entities/: two small tokenizers (WordPiece, which marks the insides of words, and a Unigram
that does not) with texts, made-up scores for their tokens, and the entities that the token-classification pipeline of
transformers 4.30.2 makes of them under every aggregation strategy.

usage: pip install torch transformers==4.30.2; make_entities.py
"""
import json
import pathlib

import numpy as np
import tokenizers
import torch
import transformers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors

ROOT = pathlib.Path(__file__).resolve().parents[2]
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "MISC"]
TEXTS = [
    "Sarah Connor lives in Los Angeles",
    "microsoft company in new york, new york!",
    "O'Neill met Zo\u00eb \u2014 in Z\u00fcrich \U0001f600 on Monday",
    "unknownword unknownword",
    "",
    "the  double  space\tand tab",
    "Los",
    "angeles angeles connor-sarah living",
]
STRATEGIES = ["none", "simple", "first", "average", "max"]


def wordpiece():
    words = ("[PAD] [UNK] [CLS] [SEP] sarah connor live ##s ##ing in los ang ##eles micro ##soft com ##pany new york , ! "
             "o ' neill met zo ##e - z ##urich on mon ##day the double space and tab").split()
    tokenizer = tokenizers.Tokenizer(models.WordPiece({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return tokenizer, names


def metaspace():
    pieces = ("<s> <pad> </s> <unk> \u2581 \u2581Sarah \u2581Con nor \u2581live s \u2581in \u2581Los \u2581An ge les "
              "\u2581micro soft \u2581com pany \u2581new \u2581york , ! \u2581O ' N e ill \u2581met \u2581Zo \u2581Z rich "
              "\u2581on \u2581Mon day \u2581the \u2581double \u2581space \u2581and \u2581tab a n g l i c o r").split()
    tokenizer = tokenizers.Tokenizer(
        models.Unigram([(p, 0.0 if i < 4 else -2.0 - 0.01 * i) for i, p in enumerate(pieces)], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    names = {"pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>"}
    return tokenizer, names


class Scripted(transformers.BertPreTrainedModel):
    """A model that answers made-up scores, and keeps them."""

    def __init__(self, config):
        super().__init__(config)
        self.anchor = torch.nn.Parameter(torch.zeros(1))
        self.numbers = np.random.default_rng(7)
        self.logits = None

    def forward(self, input_ids=None, **_):
        shape = (*input_ids.shape, len(LABELS))
        # Neighbours are alike, so that groups form; two digits, so that the file is short.
        rough = self.numbers.normal(0, 2, shape)
        rough[:, 1:] = 0.6 * rough[:, :-1] + 0.6 * rough[:, 1:]
        self.logits = np.round(rough, 2).astype(np.float32)
        return {"logits": torch.from_numpy(self.logits)}


def write(kind, tokenizer, names):
    folder = ROOT / "test/data/golden/entities" / kind
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **names)
    settings = {"model_max_length": 64, **names}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings) + "\n")
    config = transformers.BertConfig(vocab_size=tokenizer.get_vocab_size(),
                                     id2label=dict(enumerate(LABELS)), max_position_embeddings=64)
    (folder / "config.json").write_text(json.dumps({
        "architectures": ["BertForTokenClassification"], "vocab_size": tokenizer.get_vocab_size(),
        "max_position_embeddings": 64, "id2label": {str(i): label for i, label in enumerate(LABELS)}}) + "\n")
    model = Scripted(config)
    pipe = transformers.TokenClassificationPipeline(model=model, tokenizer=fast, framework="pt")
    cases = []
    for text in TEXTS:
        for strategy in STRATEGIES:
            model.numbers = np.random.default_rng(len(cases) // len(STRATEGIES) * 3 + 1)
            if text == "" and strategy not in ("none", "simple"):
                continue  # fails in the reference
            entities = pipe(text, aggregation_strategy=strategy)
            cases.append({
                "text": text, "aggregation": strategy, "ids": fast(text)["input_ids"],
                "logits": [[round(float(x), 2) for x in row] for row in model.logits[0]],
                "entities": [{"label": e.get("entity", e.get("entity_group")), "score": float(e["score"]),
                              "word": e["word"], "start": e["start"], "end": e["end"]} for e in entities]})
    golden = {"generator": "tools/golden/make_entities.py", "transformers": transformers.__version__, "cases": cases}
    path = folder / "expected.json"
    path.write_text(json.dumps(golden, ensure_ascii=False) + "\n")
    print(path, path.stat().st_size, sum(len(c["entities"]) for c in cases), "entities")


if __name__ == "__main__":
    torch.set_num_threads(1)
    write("wordpiece", *wordpiece())
    write("metaspace", *metaspace())
