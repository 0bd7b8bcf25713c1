#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/golden/older_layouts/: tokenizers in layouts older than tokenizer.json, trained here, and what
transformers makes of them.

usage: pip install transformers==4.30.2 tokenizers==0.13.3 sentencepiece protobuf==3.20.3; make_older_layouts.py
<name>/ holds the files as a model's folder would, and expected.json: `tokenizer`, the tokenizer.json of transformers'
fast tokenizer converted from the slow one (character map as its SHA-256, to keep it small), `cases`: text and ids, and
`pairs`. Where there is no fast tokenizer (PhoBERT), `tokenizer` is null and the ids are the slow one's.
"""
import hashlib
import json
import pathlib
import re
import shutil
import tempfile

import sentencepiece
import transformers
from tokenizers import ByteLevelBPETokenizer, Tokenizer, models, pre_tokenizers, trainers

from tokenizer_lines import ROOT, WRITTEN

OUT = ROOT / "test/data/golden/older_layouts"
# A small character map: what matters here is that it arrives. The large ones are tested in golden/tokenizers.
RULES = [("\uff21", "A"), ("\uff22", "B"), ("\ufb01", "fi"), ("\u00a0", " "), ("\u3000", " "), ("\u2026", "..."), ("\u00ad", ""),
         ("e\u0301", "\u00e9"), ("\t", " "), ("\n", " ")]


def sentences():
    rows = (ROOT / "catalog/samples/sentences.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [row.split("\t")[0] for row in rows]


def texts():
    # The line with letters of Unicode 16 is left out: tokenizers 0.13.3 does not know their lower case, later ones do.
    return [t for t in WRITTEN if len(t) < 140 and "\ua7cb" not in t] + sentences()[:30] + [
        "a 1,234 b", "``quoted''", "Ends with mask <mask>.", "a<mask>b", "x [MASK] y", "<extra_id_0> and <extra_id_12>", "</s> <s> <pad>",
        "\uff21\uff22\u3000\ufb01x\u2026", "<mask_1> and <mask_2> and <unk_7>", "line\nbreak", "<|endoftext|>x", "en_XX <unk> z"]


def train_sentencepiece(folder, name, **options):
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        (work / "text").write_text("\n".join(sentences() + [t.replace("\n", " ") for t in WRITTEN if t.strip()]), encoding="utf-8")
        rules = "\n".join("\t".join(" ".join(f"{ord(c):X}" for c in side) for side in rule) for rule in RULES)
        (work / "rules.tsv").write_text(rules + "\n", encoding="utf-8")
        if options.pop("rules", True):
            options["normalization_rule_tsv"] = str(work / "rules.tsv")
        else:
            options["normalization_rule_name"] = "identity"
        sentencepiece.SentencePieceTrainer.train(
            input=str(work / "text"), model_prefix=str(work / "m"), num_threads=1, minloglevel=2, character_coverage=0.98,
            **dict(dict(vocab_size=420, hard_vocab_limit=False), **options))
        shutil.copy(work / "m.model", folder / name)


def t5_style(folder, name="spiece.model", **options):
    train_sentencepiece(folder, name, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, **options)


def cls_style(folder, name="spiece.model"):
    train_sentencepiece(folder, name, pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols=["[CLS]", "[SEP]"],
                        user_defined_symbols=["[MASK]"])


def deberta_style(folder):
    train_sentencepiece(folder, "spm.model", pad_id=0, pad_piece="[PAD]", bos_id=1, bos_piece="[CLS]", eos_id=2, eos_piece="[SEP]",
                        unk_id=3, unk_piece="[UNK]")


def fairseq_style(folder, name="sentencepiece.bpe.model"):
    train_sentencepiece(folder, name)  # unk 0, bos 1, eos 2


def xlnet_style(folder):
    train_sentencepiece(folder, "spiece.model", unk_id=0, bos_id=1, eos_id=2, control_symbols=["<cls>", "<sep>", "<pad>", "<mask>", "<eod>"],
                        user_defined_symbols=["<eop>"])


def llama_style(folder):
    train_sentencepiece(folder, "tokenizer.model", model_type="bpe", byte_fallback=True, rules=False, vocab_size=700,
                        remove_extra_whitespaces=False)


def byte_level(folder, special):
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(sentences() + WRITTEN, vocab_size=800, special_tokens=special, show_progress=False)
    tokenizer.save_model(str(folder))


def clip_style(folder):
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.train_from_iterator([s.lower() for s in sentences()], trainers.BpeTrainer(
        vocab_size=900, end_of_word_suffix="</w>", initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    spec = json.loads(tokenizer.to_str())["model"]
    vocab = spec["vocab"]
    for c in pre_tokenizers.ByteLevel.alphabet():
        vocab.setdefault(c + "</w>", len(vocab))
    for token in ("<|startoftext|>", "<|endoftext|>"):
        vocab[token] = len(vocab)
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2"] + spec["merges"]) + "\n", encoding="utf-8")


def openai_style(folder):
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator([s.lower() for s in sentences()], trainers.BpeTrainer(
        vocab_size=700, end_of_word_suffix="</w>", special_tokens=["<unk>"], show_progress=False))
    spec = json.loads(tokenizer.to_str())["model"]
    (folder / "vocab.json").write_text(json.dumps(spec["vocab"], ensure_ascii=False), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2"] + spec["merges"]) + "\n", encoding="utf-8")


def phobert_style(folder):
    """fairseq's files: codes with counts, a dictionary with counts, pieces inside a word with @@ behind."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.train_from_iterator(sentences(), trainers.BpeTrainer(vocab_size=700, end_of_word_suffix="</w>", show_progress=False))
    spec = json.loads(tokenizer.to_str())["model"]
    (folder / "bpe.codes").write_text("".join(f"{m} {1000 - i}\n" for i, m in enumerate(spec["merges"])), encoding="utf-8")
    pieces = [t[:-4] if t.endswith("</w>") else t + "@@" for t in sorted(spec["vocab"], key=spec["vocab"].get)]
    # Some pieces the merges make are not in the dictionary and must come out unknown.
    kept = [p for i, p in enumerate(pieces) if i % 11 != 5]
    (folder / "vocab.txt").write_text("".join(f"{p} {5000 - i}\n" for i, p in enumerate(kept)), encoding="utf-8")


def bert_style(folder):
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator([s.lower() for s in sentences()], trainers.WordPieceTrainer(
        vocab_size=500, special_tokens=special, show_progress=False))
    vocab = tokenizer.get_vocab()
    (folder / "vocab.txt").write_text("\n".join(sorted(vocab, key=vocab.get)) + "\n", encoding="utf-8")


ROBERTA = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
FAMILIES = [  # folder, class, files, tokenizer_config.json, more files
    ("t5", "T5Tokenizer", t5_style, {}, {}),
    ("t5_few_extra", "T5Tokenizer", t5_style, {"extra_ids": 7, "model_max_length": 512}, {}),
    ("albert", "AlbertTokenizer", cls_style, {}, {}),
    ("albert_cased", "AlbertTokenizer", cls_style, {"do_lower_case": False, "keep_accents": True}, {}),
    ("big_bird", "BigBirdTokenizer", lambda f: train_sentencepiece(f, "spiece.model", pad_id=0, eos_id=1, bos_id=2, unk_id=3,
                                                                    control_symbols=["[SEP]", "[MASK]", "[CLS]"]), {}, {}),
    ("rembert", "RemBertTokenizer", lambda f: cls_style(f, "sentencepiece.model"), {"unk_token": "<unk>", "pad_token": "<pad>"}, {}),
    ("xlnet", "XLNetTokenizer", xlnet_style, {}, {}),
    ("xlm_roberta", "XLMRobertaTokenizer", fairseq_style, {}, {}),
    ("mbart", "MBartTokenizer", fairseq_style, {}, {}),
    ("camembert", "CamembertTokenizer", fairseq_style, {}, {}),
    ("deberta_v2", "DebertaV2Tokenizer", deberta_style, {"do_lower_case": False}, {}),
    ("deberta_v3_split", "DebertaV2Tokenizer", deberta_style, {"do_lower_case": True, "split_by_punct": True}, {"added_tokens.json": {"[MASK]": "size"}}),
    ("pegasus", "PegasusTokenizer", lambda f: train_sentencepiece(f, "spiece.model", pad_id=0, eos_id=1, unk_id=2, bos_id=-1), {}, {}),
    ("reformer", "ReformerTokenizer", lambda f: train_sentencepiece(f, "spiece.model", model_type="bpe", unk_id=2, eos_id=1, bos_id=0), {}, {}),
    ("llama", "LlamaTokenizer", llama_style, {}, {}),
    ("llama_eos", "LlamaTokenizer", llama_style, {"add_eos_token": True, "add_bos_token": False, "pad_token": "<unk>"}, {}),
    ("gpt2", "GPT2Tokenizer", lambda f: byte_level(f, ["<|endoftext|>"]), {}, {}),
    ("gpt2_bos", "GPT2Tokenizer", lambda f: byte_level(f, ["<pad>", "</s>"]),
     {"add_bos_token": True, "bos_token": "</s>", "eos_token": "</s>", "unk_token": "</s>", "pad_token": "<pad>", "add_prefix_space": True}, {}),
    ("roberta", "RobertaTokenizer", lambda f: byte_level(f, ROBERTA), {}, {}),
    ("roberta_prefix", "RobertaTokenizer", lambda f: byte_level(f, ROBERTA), {"add_prefix_space": True, "trim_offsets": False},
     {"special_tokens_map.json": {"mask_token": {"content": "<mask>", "lstrip": True, "rstrip": False, "normalized": True, "single_word": False},
                                  "additional_special_tokens": ["<extra>"]}}),
    ("bart", "BartTokenizer", lambda f: byte_level(f, ROBERTA), {}, {}),
    ("led", "LEDTokenizer", lambda f: byte_level(f, ROBERTA), {}, {}),
    ("blenderbot", "BlenderbotTokenizer", lambda f: byte_level(f, ROBERTA), {"add_prefix_space": True}, {}),
    ("deberta", "DebertaTokenizer", lambda f: byte_level(f, ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"]), {}, {}),
    ("clip", "CLIPTokenizer", clip_style, {}, {}),
    ("openai_gpt", "OpenAIGPTTokenizer", openai_style, {}, {}),
    ("bert", "BertTokenizer", bert_style, {}, {}),
    ("bert_cased", "DistilBertTokenizer", bert_style, {"do_lower_case": False, "strip_accents": False, "tokenize_chinese_chars": False}, {}),
    ("phobert", "PhobertTokenizer", phobert_style, {}, {}),
]


def small(tokenizer_json):
    """A charsmap is a quarter of a megabyte; its hash says as much."""
    return json.loads(re.sub(r'"precompiled_charsmap":\s*"([^"]*)"',
                             lambda m: f'"precompiled_charsmap":"sha256:{hashlib.sha256(m[1].encode()).hexdigest()}"',
                             tokenizer_json))


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    for name, cls, make, config, more in FAMILIES:
        folder = OUT / name
        folder.mkdir(parents=True)
        make(folder)
        write = lambda file, content: (folder / file).write_text(json.dumps(content, indent=1) + "\n")
        write("tokenizer_config.json", dict(config, tokenizer_class=cls))
        fast = getattr(transformers, cls + "Fast", None)
        for file, content in more.items():
            if file == "added_tokens.json":  # transformers wants the ids that come next
                size = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spm.model")).get_piece_size()
                content = {t: size + i for i, t in enumerate(content)}
            write(file, content)
        tokenizer = (fast or getattr(transformers, cls)).from_pretrained(str(folder))
        expected = dict(generator="tools/golden/make_older_layouts.py",
                        tokenizer=small(tokenizer.backend_tokenizer.to_str()) if fast else None,
                        cases=[[t, tokenizer(t)["input_ids"]] for t in texts()],
                        pairs=[[a, b, tokenizer(a, b)["input_ids"]] for a, b in zip(texts()[5:9], texts()[20:24])])
        (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
        print(name, sum(p.stat().st_size for p in folder.iterdir()), len(expected["cases"]))


if __name__ == "__main__":
    main()
