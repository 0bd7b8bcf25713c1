#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/golden/token_models/: small vocabularies trained here, one per option of tokenizer.json's `model`,
and what the models of PyPI `tokenizers` by themselves (no normaliser, no pre-tokenizer) make of words and lines.

usage: pip install tokenizers; make_token_models.py
<name>.json holds `model`, `raw_bytes` (the words were put in GPT-2's byte alphabet first, which permille does not
need) and `cases`: [word, [id, begin, end, ...]] with offsets in bytes of the word. Needs tokenizers 0.20 or later for
ignore_merges and Unigram's byte_fallback; the rest is the same in 0.13.3, and is compared with it where both are run:
make_token_models.py --check compares the installed version with the files and writes nothing.
"""
import json
import random
import sys

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from tokenizer_lines import ROOT, WRITTEN

OUT = ROOT / "test/data/golden/token_models"


def printable():
    """GPT-2's byte alphabet: bytes that print in Latin-1 as themselves, the rest from U+0100 on."""
    own = list(range(0x21, 0x7F)) + list(range(0xA1, 0xAD)) + list(range(0xAE, 0x100))
    rest = [b for b in range(256) if b not in own]
    return {**{b: chr(b) for b in own}, **{b: chr(0x100 + i) for i, b in enumerate(rest)}}


BYTES = printable()


def sentences():
    rows = (ROOT / "catalog/samples/sentences.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [row.split("\t")[0] for row in rows]


def words():
    rng = random.Random(4)
    chosen = [w for w in WRITTEN if w]
    chosen += [w for line in sentences()[::9] for w in line.split()]
    chosen += [" " + w for w in chosen[-60:]]
    chosen += sentences()[:60:3]
    # Long words without a break, so that merges go by the heap.
    letters = "etaoinshrdlu ▁é中"
    chosen += ["".join(rng.choice(letters) for _ in range(n)) for n in (39, 40, 41, 42, 60, 150, 400)]
    chosen += ["a" * n for n in (2, 3, 4, 5, 41, 100)] + ["ab" * 60, "▁" * 9, "x▁▁y", "▁x▁y▁", "中▁文▁", "▁中文 字▁ ▁"]
    return list(dict.fromkeys(chosen))


def spaced(text):
    return "▁" + text.replace(" ", "▁")


def bpe(corpus, size, **options):
    """Train with `options` that the trainer knows, then set all of them on the model."""
    known = {k: options[k] for k in ("continuing_subword_prefix", "end_of_word_suffix") if k in options}
    tokenizer = Tokenizer(models.BPE(**known))
    extra = options.pop("alphabet", [])
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=extra, limit_alphabet=400, show_progress=False,
                                  special_tokens=options.pop("special", ["<unk>"]), **known)
    if options.pop("split", True):
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.train_from_iterator(corpus, trainer)
    return dict(json.loads(tokenizer.to_str())["model"], **options)


def byte_level(texts):
    return ["".join(BYTES[b] for b in t.encode()) for t in texts]


def with_bytes(model):
    """Room for <0x00>..<0xFF> at the end of the vocabulary."""
    for byte in range(256):
        model["vocab"].setdefault(f"<0x{byte:02X}>", len(model["vocab"]))
    return model


def merges_as_lines(model):
    """The form of merges before tokenizers 0.20."""
    return dict(model, merges=[m if isinstance(m, str) else " ".join(m) for m in model["merges"]])


def unigram(corpus, size):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.train_from_iterator(corpus, trainers.UnigramTrainer(
        vocab_size=size, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False))
    return json.loads(tokenizer.to_str())["model"]


def variants():
    text = sentences() + WRITTEN * 2
    byte_text = [w for t in text for w in byte_level([t])]
    all_bytes = list(BYTES.values())
    gpt2 = bpe(byte_text, 1000, special=["<|endoftext|>"], alphabet=all_bytes)
    yield "bpe_bytes", gpt2, True
    yield "bpe_bytes_whole_words", dict(gpt2, ignore_merges=True), True
    yield "bpe_bytes_suffix", bpe(byte_level(text), 900, alphabet=all_bytes, end_of_word_suffix="</w>", unk_token="<unk>"), True
    # Half of the byte alphabet is missing: bytes that leave no piece, and unknown ones.
    some = bpe(byte_level(sentences()[::4]), 300, special=["<unk>"])
    yield "bpe_bytes_missing", some, True
    yield "bpe_bytes_unknown", dict(some, unk_token="<unk>", fuse_unk=True), True
    yield "bpe_unknown", merges_as_lines(bpe(text[::2], 600, unk_token="<unk>")), False
    yield "bpe_fused", bpe(text[::2], 600, unk_token="<unk>", fuse_unk=True), False
    yield "bpe_dropped", bpe(sentences(), 400), False
    yield "bpe_affixes", bpe(text, 900, unk_token="<unk>", continuing_subword_prefix="##", end_of_word_suffix="</w>"), False
    lines = [spaced(t) for t in text]
    llama = with_bytes(bpe(lines, 800, unk_token="<unk>", fuse_unk=True, byte_fallback=True, split=False))
    llama["merges"] = [m for m in llama["merges"] if "▁" not in "".join(m).strip("▁") or "".join(m).startswith("▁")]
    yield "bpe_byte_fallback", llama, False
    crossing = with_bytes(bpe(lines, 700, unk_token="<unk>", byte_fallback=True, split=False))
    yield "bpe_across_spaces", crossing, False
    some_bytes = json.loads(json.dumps(crossing))
    for byte in range(0x80, 0xC4):  # Latin-1 and Greek fall back, most other scripts cannot
        some_bytes["vocab"].pop(f"<0x{byte:02X}>")
    yield "bpe_some_bytes", dict(some_bytes, fuse_unk=True), False
    yield "unigram", unigram([spaced(t) for t in sentences()], 700), False
    bytes_too = unigram([spaced(t) for t in text], 900)
    bytes_too["vocab"] += [[f"<0x{b:02X}>", -20.0] for b in range(256)]
    yield "unigram_byte_fallback", dict(bytes_too, byte_fallback=True), False
    # Ties, a token given twice, a score above 0, an unknown run that is a token.
    ties = [["<unk>", 0.0], ["a", 0.0], ["b", 0.0], ["c", 0.0], ["d", 0.0], ["ab", 1.0], ["bc", 1.0], ["cd", 1.0],
            ["abc", 1.0], ["e", -1.0], ["ee", -2.0], ["eee", -3.0], ["zq", -40.0], ["ab", 0.5], ["t", -1.0], ["th", -2.0]]
    yield "unigram_ties", dict(type="Unigram", unk_id=0, vocab=ties, byte_fallback=False), False
    level = {t: i for i, t in enumerate(dict.fromkeys(["[UNK]"] + [w for t in sentences()[::2] for w in t.split()][:400]))}
    yield "word_level", dict(type="WordLevel", vocab=level, unk_token="[UNK]"), False


def cut(model, word, raw):
    given = "".join(BYTES[b] for b in word.encode()) if raw else word
    place = [i for i, b in enumerate(word.encode()) for _ in BYTES[b].encode()] if raw else None
    row = []
    for token in model.tokenize(given):
        begin, end = token.offsets
        if raw:
            begin, end = place[begin], place[end - 1] + 1
        row += [token.id, begin, end]
    return row


def main():
    if "--check" in sys.argv:
        for path in sorted(OUT.glob("*.json")):
            golden = json.loads(path.read_text(encoding="utf-8"))
            spec = golden["model"]
            spec = merges_as_lines(spec) if "merges" in spec else spec
            model = Tokenizer.from_str(json.dumps(dict(version="1.0", model=spec))).model
            wrong = sum(cut(model, word, golden["raw_bytes"]) != row for word, row in golden["cases"])
            print(f"{path.stem}: {wrong} of {len(golden['cases'])} differ")
        return
    OUT.mkdir(parents=True, exist_ok=True)
    extra = ["abcd", "abab", "eeeee", "xyz", "zq", "zqzq", "e<unk>", "<unk>", "x<unk>y", "thth"]
    for name, spec, raw in variants():
        model = Tokenizer.from_str(json.dumps(dict(version="1.0", model=spec))).model
        cases = [[w, cut(model, w, raw)] for w in words() + extra]
        rows = ",\n".join(json.dumps(c, ensure_ascii=False, separators=(",", ":")) for c in cases)
        head = json.dumps(spec, ensure_ascii=False, separators=(",", ":"))
        (OUT / f"{name}.json").write_text(
            f'{{"generator":"tools/golden/make_token_models.py","raw_bytes":{str(raw).lower()},\n"model":{head},\n"cases":[\n{rows}\n]}}\n',
            encoding="utf-8")
        print(name, len(cases), (OUT / f"{name}.json").stat().st_size)


if __name__ == "__main__":
    main()
