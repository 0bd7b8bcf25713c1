# SPDX-License-Identifier: Apache-2.0
"""Tokenizers of a few hundred pieces, trained on corpus.py, one per family, in the family's own fast class."""
import json
import os
import tempfile

import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from corpus import SENTENCES


def _fast(cls, tokenizer, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tokenizer.json")
        tokenizer.save(path)
        return getattr(transformers, cls)(tokenizer_file=path, **options)


def wordpiece(cls="BertTokenizerFast", size=320, lower=True, limit=64):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(SENTENCES, trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return _fast(cls, tokenizer, do_lower_case=lower, model_max_length=limit)


def byte_level(cls, specials, size=340, post=None, prefix_space=False, trim=True, limit=64, **options):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(SENTENCES, trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    ids = {s: tokenizer.token_to_id(s) for s in specials}
    if post == "roberta":
        tokenizer.post_processor = processors.RobertaProcessing(
            ("</s>", ids["</s>"]), ("<s>", ids["<s>"]), trim_offsets=trim, add_prefix_space=prefix_space)
    elif post == "opt":
        tokenizer.post_processor = processors.TemplateProcessing(
            single="</s>:0 $A:0", pair="</s>:0 $A:0 $B:1", special_tokens=[("</s>", ids["</s>"])])
    elif post == "deberta":
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
            special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])])
    else:
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return _fast(cls, tokenizer, model_max_length=limit, **options)


def unigram(cls, before, after=(), size=330, template=None, limit=64, unk="<unk>", **options):
    """`before`: special tokens in front of the pieces, `after`: behind them."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(SENTENCES, trainers.UnigramTrainer(
        vocab_size=size, special_tokens=list(before), unk_token=unk, show_progress=False))
    if after:
        tokenizer.add_special_tokens(list(after))
    if template:
        names = sorted({part.split(":")[0] for t in template for part in t.split() if not part.startswith("$")})
        tokenizer.post_processor = processors.TemplateProcessing(
            single=template[0], pair=template[1], special_tokens=[(n, tokenizer.token_to_id(n)) for n in names])
    return _fast(cls, tokenizer, model_max_length=limit, **options)


def kept(tokenizer, folder):
    """Training breaks ties differently from run to run: the pieces of an earlier run stay."""
    path = os.path.join(folder, "tokenizer.json")
    if os.path.exists(path):
        earlier = Tokenizer.from_file(path)
        if earlier.get_vocab_size() == tokenizer.backend_tokenizer.get_vocab_size():
            tokenizer._tokenizer = earlier
    return tokenizer


def save(tokenizer, folder):
    """tokenizer.json and the two small files beside it; the older layouts are left out."""
    with tempfile.TemporaryDirectory() as scratch:
        tokenizer.save_pretrained(scratch)
        for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
            with open(os.path.join(scratch, name), encoding="utf-8") as file:
                content = json.load(file)
            content.pop("name_or_path", None)
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                json.dump(content, file, ensure_ascii=False, indent=None if name == "tokenizer.json" else 1)
                file.write("\n")
