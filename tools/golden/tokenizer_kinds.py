# SPDX-License-Identifier: Apache-2.0
"""The tokenizers of make_tokenizers.py: one trained for each style of model, and probes that show one part alone."""
import base64
import collections
import io
import json

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

BLOOM = " ?[^(\\s|[.,!?…。，、।۔،])]+"
CLIP = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
          r"\s+(?!\S)|\s+")
ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
BYTES = [f"<0x{b:02X}>" for b in range(256)]


def charsmap(rule=None, tsv=None):
    """A precompiled_charsmap as SentencePiece makes it."""
    out = io.BytesIO()
    settings = dict(normalization_rule_tsv=tsv) if tsv else dict(normalization_rule_name=rule)
    lines = (f"some words to learn from, number {i}" for i in range(50))
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=lines, model_writer=out, vocab_size=40,
                                             hard_vocab_limit=False, minloglevel=2, **settings)
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(out.getvalue())
    return model.normalizer_spec.precompiled_charsmap


def special(*names, **more):
    return [AddedToken(n, special=True, normalized=False, **more) for n in names]


def template(single, pair, tokenizer):
    names = {w.split(":")[0] for w in (single + " " + pair).split() if not w.startswith("$")}
    return processors.TemplateProcessing(single=single, pair=pair,
                                         special_tokens=[(n, tokenizer.token_to_id(n)) for n in sorted(names)])


def bpe(texts, size, tokens, **model):
    """A BPE tokenizer to be given its other parts before train()."""
    tokenizer = Tokenizer(models.BPE(**model))
    keep = {k: v for k, v in model.items() if k in ("end_of_word_suffix", "continuing_subword_prefix")}
    def train(alphabet=()):
        trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=tokens, initial_alphabet=list(alphabet),
                                      limit_alphabet=max(120, len(alphabet)), show_progress=False, **keep)
        tokenizer.train_from_iterator(texts, trainer)
    return tokenizer, train


def unigram(texts, size, tokens, unk="<unk>"):
    # Rare characters stay unknown: the trainer has no limit_alphabet.
    common = {c for c, _ in collections.Counter("".join(texts)).most_common(160)}
    texts = ["".join(c for c in text if c in common) for text in texts]
    tokenizer = Tokenizer(models.Unigram())
    def train():
        trainer = trainers.UnigramTrainer(vocab_size=size, special_tokens=tokens, unk_token=unk, show_progress=False)
        tokenizer.train_from_iterator(texts, trainer)
    return tokenizer, train


def byte_level(texts, add_prefix_space, tokens, normalizer=None, split=None, size=700, mask=None):
    tokenizer, train = bpe(texts, size, tokens)
    tokenizer.normalizer = normalizer
    byte = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space, use_regex=split is None)
    tokenizer.pre_tokenizer = byte if split is None else pre_tokenizers.Sequence([split, byte])
    tokenizer.decoder = decoders.ByteLevel()
    train(ALPHABET)
    if mask:
        tokenizer.add_special_tokens([mask])
    return tokenizer


def wordpiece(texts, lower):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    names = special("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    trainer = trainers.WordPieceTrainer(vocab_size=600, limit_alphabet=150, special_tokens=names, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def kinds(texts, maps):
    yield "bert", (t := wordpiece(texts, True))
    t.post_processor = template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", t)
    yield "bert-cased", (t := wordpiece(texts, False))
    t.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))

    yield "gpt2", (t := byte_level(texts, False, special("<|endoftext|>")))
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    roberta = special("<s>", "<pad>", "</s>", "<unk>")
    for name, prefix in (("roberta", False), ("roberta-prefixed", True)):
        mask = AddedToken("<mask>", lstrip=True, special=True, normalized=False)
        yield name, (t := byte_level(texts, prefix, roberta, mask=mask))
        t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=prefix)
    yield "neox", (t := byte_level(texts, False, special("<|endoftext|>", "<|padding|>"), normalizers.NFC()))
    t.add_tokens([AddedToken(" " * n, normalized=True, special=False) for n in range(2, 12)])
    t.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=True)
    split = pre_tokenizers.Split(Regex(BLOOM), "isolated")
    yield "bloom", (t := byte_level(texts, False, special("<unk>", "<s>", "</s>", "<pad>"), split=split))
    t.post_processor = processors.ByteLevel(add_prefix_space=True, trim_offsets=False)
    split = pre_tokenizers.Split(Regex(CL100K), "isolated")
    yield "cl100k", (t := byte_level(texts, False, special("<|begin|>"), split=split))
    t.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True),
                                            template("<|begin|> $A", "<|begin|> $A <|begin|>:1 $B:1", t)])

    clip = special("<|startoftext|>", "<|endoftext|>")
    t, train = bpe(texts, 800, clip, unk_token="<|endoftext|>", end_of_word_suffix="</w>", continuing_subword_prefix="")
    t.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(CLIP), "removed", invert=True),
                                               pre_tokenizers.ByteLevel(add_prefix_space=False)])
    t.decoder = decoders.ByteLevel()
    train(ALPHABET)
    t.post_processor = processors.RobertaProcessing(("<|endoftext|>", 1), ("<|startoftext|>", 0), add_prefix_space=False,
                                                    trim_offsets=False)
    yield "clip", t

    t, train = bpe(texts, 500, special("<unk>"), unk_token="<unk>", end_of_word_suffix="</w>")
    t.normalizer = normalizers.Sequence([normalizers.BertNormalizer(lowercase=True)])
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.BPEDecoder()
    train()
    yield "openai-gpt", t

    llama = special("<unk>", "<s>", "</s>") + [AddedToken(b, normalized=False) for b in BYTES]
    for name in ("llama", "llama-metaspace"):
        t, train = bpe(texts, 800, llama, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
        metaspace = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
        prepend = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        t.pre_tokenizer = pre_tokenizers.Metaspace()
        train()
        t.pre_tokenizer = metaspace if name == "llama-metaspace" else None
        t.normalizer = prepend if name == "llama" else None
        t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                       decoders.Strip(" ", 1, 0)])
        t.post_processor = template("<s> $A", "<s> $A <s>:1 $B:1", t)
        # Byte tokens are the model's, not added ones.
        spec = json.loads(t.to_str())
        spec["added_tokens"] = spec["added_tokens"][:3]
        spec["model"]["byte_fallback"] = spec["model"]["fuse_unk"] = True
        spec["model"]["unk_token"] = "<unk>"
        yield name, Tokenizer.from_str(json.dumps(spec))

    t, train = unigram(texts, 600, ["<pad>", "</s>", "<unk>"])
    t.normalizer = normalizers.Precompiled(maps["nmt_nfkc"])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    t.decoder = decoders.Metaspace()
    train()
    t.add_special_tokens(special(*(f"<extra_id_{i}>" for i in range(99, -1, -1))))
    t.post_processor = template("$A </s>", "$A </s> $B </s>", t)
    yield "t5", t
    t, train = unigram(texts, 600, ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"])
    t.normalizer = normalizers.Sequence([
        normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(),
        normalizers.Lowercase(), normalizers.Precompiled(maps["small"]), normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.decoder = decoders.Metaspace()
    train()
    t.post_processor = template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", t)
    t.add_special_tokens([AddedToken("[MASK]", lstrip=True, special=True, normalized=False)])
    yield "albert", t
    t, train = unigram(texts, 600, ["<s>", "<pad>", "</s>", "<unk>"])
    t.normalizer = normalizers.Sequence([normalizers.Precompiled(maps["nmt_nfkc"]), normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    t.decoder = decoders.Metaspace()
    train()
    t.post_processor = template("<s> $A </s>", "<s> $A </s> </s> $B </s>", t)
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True, normalized=False)])
    yield "xlm-roberta", t
    t, train = unigram(texts, 600, ["[PAD]", "[CLS]", "[SEP]", "[UNK]"], "[UNK]")
    t.normalizer = normalizers.Sequence([normalizers.Replace("\n", " "), normalizers.Strip(), normalizers.Precompiled(maps["nmt_nfkc"])])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Punctuation("isolated"), pre_tokenizers.Metaspace()])
    t.decoder = decoders.Metaspace()
    train()
    t.post_processor = template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", t)
    t.add_special_tokens(special("[MASK]"))
    yield "deberta-v3", t

    t = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    t.pre_tokenizer = pre_tokenizers.Whitespace()
    t.train_from_iterator(texts, trainers.WordLevelTrainer(vocab_size=500, special_tokens=["[UNK]", "[PAD]"], show_progress=False))
    t.add_tokens([AddedToken("New York", single_word=True), AddedToken("<Ent>", single_word=True, normalized=False),
                  AddedToken("«", lstrip=True, rstrip=True, normalized=False), AddedToken("Café")])
    yield "word-level", t


def normalizer_probe(normalizer):
    """Every character by itself, as the bytes of its UTF-8: shows text and origins."""
    vocab = {"<unk>": 0} | {b: i + 1 for i, b in enumerate(BYTES)}
    t = Tokenizer(models.BPE(vocab=vocab, merges=[], unk_token="<unk>", byte_fallback=True))
    t.normalizer = normalizer
    t.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    return t


def splitter_probe(splitter):
    """Every word is unknown: shows where words begin and end."""
    t = Tokenizer(models.WordLevel(vocab={"[UNK]": 0}, unk_token="[UNK]"))
    t.pre_tokenizer = splitter
    return t


def probes(maps):
    n, p = normalizers, pre_tokenizers
    for name, normalizer in {
            "nfc": n.NFC(), "nfd": n.NFD(), "nfkc": n.NFKC(), "nfkd": n.NFKD(), "nmt": n.Nmt(), "lowercase": n.Lowercase(),
            "strip": n.Strip(), "strip-left": n.Strip(True, False), "strip-right": n.Strip(False, True),
            "strip-accents": n.Sequence([n.NFD(), n.StripAccents()]), "prepend": n.Prepend("▁x"),
            "replace-string": n.Replace("a", "ééa"), "replace-remove": n.Replace(Regex("[aeiou ]+"), ""),
            "replace-regex": n.Replace(Regex(r"(\w)(?=\d)|^."), "→"), "byte-level": n.ByteLevel(),
            "nmt-nfkc": n.Precompiled(maps["nmt_nfkc"]), "small-map": n.Precompiled(maps["small"]),
            "many": n.Sequence([n.Nmt(), n.NFKC(), n.Replace(" ", "▁"), n.Prepend("▁"), n.NFD(), n.Lowercase()]),
    }.items():
        yield "normalizer-" + name, normalizer_probe(normalizer)
    behaviors = ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous")
    splitters = {
        "whitespace": p.Whitespace(), "whitespace-split": p.WhitespaceSplit(), "digits": p.Digits(False),
        "single-digits": p.Digits(True), "scripts": p.UnicodeScripts(), "delimiter": p.CharDelimiterSplit("é"),
        "fixed-length": p.FixedLength(7), "metaspace": p.Metaspace(), "metaspace-never": p.Metaspace("_", "never"),
        "metaspace-whole": p.Metaspace("▁", "first", False), "byte-level": p.ByteLevel(True), "bytes-only": p.ByteLevel(False, use_regex=False),
        "bytes-then-digits": p.Sequence([p.ByteLevel(True), p.Digits(True), p.Split("Ġ", "merged_with_next")]),
        "scripts-then-metaspace": p.Sequence([p.UnicodeScripts(), p.Metaspace()]),
        "gpt2-regex": p.Split(Regex(GPT2), "removed"), "bloom-regex": p.Split(Regex(BLOOM), "merged_with_next"),
        "clip-regex": p.Split(Regex(CLIP), "contiguous"), "spaces": p.Split(Regex(r"\s+"), "isolated"),
        "two-spaces": p.Split(Regex(" {2,}"), "merged_with_previous"), "o200k": p.Split(Regex(r"[\p{Lu}\p{Lt}]*[\p{Ll}\p{M}]+|\p{N}{1,3}|[\s\S]"), "isolated"),
    }
    for b in behaviors:
        splitters["punctuation-" + b] = p.Punctuation(b)
        splitters["string-" + b] = p.Split("e", b)
        splitters["inverted-" + b] = p.Split(Regex(r"\d+|[A-Z]"), b, invert=True)
        splitters["empty-" + b] = p.Split(Regex(r"x*"), b)
    for name, splitter in splitters.items():
        yield "words-" + name, splitter_probe(splitter)


def make_maps(folder):
    tsv = folder / "rules.tsv"
    rules = {"A": "a", "é": "E", "e\u0301": "ee", "\u0301": "", "ß": "ss", "—": " -- ", "\u2026": "...", "👍🏽": "+1", "️": "",
             "a\u0308": "ä", "क": "ka", "क्": "k", "\t": " ", "\u200d": ""}
    tsv.write_text("".join(" ".join(f"{ord(c):X}" for c in k) + "\t" + " ".join(f"{ord(c):X}" for c in v) + "\n"
                           for k, v in rules.items()))
    return {"nmt_nfkc": charsmap("nmt_nfkc"), "small": charsmap(tsv=str(tsv))}


def encoded(data):
    return base64.b64encode(data).decode()
