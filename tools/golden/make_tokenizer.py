#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/golden/wordpiece/: small tokenizers made for this project and what PyPI `tokenizers` makes of
the texts of tokenizer_lines.py with them and with the WordPiece tokenizers of ../shared/models.

usage: pip install tokenizers; make_tokenizer.py
texts.hex holds the texts, a line of hex each; a golden is JSON lines: index of the text, ids, offsets in its bytes.
"""
import collections
import hashlib
import json
import pathlib

from tokenizers import Tokenizer, normalizers

from tokenizer_lines import ROOT, WRITTEN, lines

OUT = ROOT / "test/data/golden/wordpiece"
MODELS = ROOT / "../shared/models"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def vocabulary(cased):
    text = "\n".join(WRITTEN) + (ROOT / "catalog/samples/sentences.tsv").read_text(encoding="utf-8")
    if not cased:
        text = normalizers.BertNormalizer().normalize_str(text)
    words = collections.Counter("".join(c if c.isalnum() else " " for c in text).split())
    tokens = list(SPECIAL)
    singles = sorted({c for c in text if c.isprintable() and c != " "})
    # Every third character of a script has no entry, so that unknown words occur.
    tokens += [c for i, c in enumerate(singles) if c.isascii() or i % 3]
    tokens += ["##" + c for i, c in enumerate(singles) if (c.isascii() and c.isalnum()) or i % 4 == 1]
    tokens += [w for w, n in sorted(words.items()) if n >= 3 and len(w) > 1]
    tokens += ["un", "##believ", "##ing", "##ed", "##s", "##er", "##able", "##ability", "##ness", "##ly", "caf", "##é", "##ab"]
    return {t: i for i, t in enumerate(dict.fromkeys(tokens))}


def tokenizer_json(vocab, normalizer, template=("[CLS]", "[SEP]"), added=(), **rest):
    tokens = [dict(id=vocab[s], content=s, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
              for s in SPECIAL]
    for i, token in enumerate(added):
        tokens.append(dict(dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=False),
                           id=len(vocab) + i, **token))
    special = {s: dict(id=s, ids=[vocab[s]], tokens=[s]) for s in template}
    single = [{"SpecialToken": dict(id=template[0], type_id=0)}, {"Sequence": dict(id="A", type_id=0)}]
    single += [{"SpecialToken": dict(id=s, type_id=0)} for s in template[1:]]
    pair = [{"Sequence": dict(id="A", type_id=0)}, {"Sequence": dict(id="B", type_id=1)}]
    return dict(dict(truncation=None, padding=None), version="1.0", added_tokens=tokens, normalizer=normalizer,
                pre_tokenizer={"type": "BertPreTokenizer"},
                post_processor=dict(type="TemplateProcessing", single=single, pair=pair, special_tokens=special),
                decoder={"type": "WordPiece", "prefix": "##", "cleanup": True},
                model=dict(type="WordPiece", unk_token="[UNK]", continuing_subword_prefix="##",
                           max_input_chars_per_word=100, vocab=vocab), **rest)


def bert(clean=True, chinese=True, strip=None, lower=True):
    return dict(type="BertNormalizer", clean_text=clean, handle_chinese_chars=chinese, strip_accents=strip, lowercase=lower)


def variants():
    uncased, cased = vocabulary(False), vocabulary(True)
    replace = [dict(type="Replace", pattern={"String": a}, content=b)
               for a, b in (("’", "'"), ("—", " -- "), ("ss", "ß"), ("é", ""), ("ab", "ba"))]
    yield "uncased", tokenizer_json(uncased, bert())
    yield "cased", tokenizer_json(cased, bert(lower=False))
    yield "cased-stripped", tokenizer_json(cased, bert(strip=True, lower=False, chinese=False))
    yield "lower-accents", tokenizer_json(uncased, bert(strip=False))
    yield "raw", tokenizer_json(cased, None)
    yield "unclean", tokenizer_json(cased, bert(clean=False, chinese=True, strip=True, lower=True))
    yield "replace", tokenizer_json(cased, dict(type="Sequence", normalizers=replace + [bert(lower=False)]))
    yield "nfd-strip", tokenizer_json(uncased, dict(type="Sequence", normalizers=[
        dict(type="NFD"), dict(type="Lowercase"), dict(type="StripAccents")]))
    words = tokenizer_json(cased, bert(lower=False))
    words["pre_tokenizer"] = {"type": "WhitespaceSplit"}
    words["post_processor"] = dict(type="BertProcessing", sep=["[SEP]", 3], cls=["[CLS]", 2])
    yield "whitespace", words
    whole = tokenizer_json(uncased, bert())
    whole["pre_tokenizer"] = None
    whole["post_processor"] = None
    yield "unsplit", whole
    yield "added", tokenizer_json(uncased, bert(), added=[
        dict(content="<ent>", single_word=True), dict(content="<mask>", lstrip=True, special=True),
        dict(content="<trim>", lstrip=True, rstrip=True), dict(content="New York", normalized=True),
        dict(content="New", normalized=True, single_word=True), dict(content="Café", normalized=True)])
    yield "truncated", tokenizer_json(uncased, bert(), truncation=dict(
        direction="Right", max_length=9, strategy="LongestFirst", stride=0))
    yield "truncated-left", tokenizer_json(uncased, bert(), truncation=dict(
        direction="Left", max_length=9, strategy="LongestFirst", stride=0))


def decode(data):
    """The text as tokenizers gets it, and for each character its bytes."""
    chars, spans, at = [], [], 0
    while at < len(data):
        for length in (1, 2, 3, 4):
            try:
                chars.append(data[at:at + length].decode())
                break
            except UnicodeDecodeError as error:
                if length == 4 or at + length > len(data) or "unexpected end" not in error.reason:
                    # Python names the maximal part of the broken sequence.
                    try:
                        data[at:at + 4].decode()
                    except UnicodeDecodeError as broken:
                        length = broken.end - broken.start
                    chars.append("\ufffd")
                    break
        spans.append((at, at + length))
        at += length
    assert "".join(chars) == data.decode(errors="replace"), data
    return "".join(chars), spans


def golden(tokenizer, texts, step=1):
    tokenizer.no_padding()
    rows = []
    for index, data in enumerate(texts):
        if index > 130 and index % step:
            continue
        text, spans = decode(data)
        encoding = tokenizer.encode(text)
        offsets = [(spans[b][0], spans[e - 1][1]) if e > b else (0, 0) for b, e in encoding.offsets]
        rows.append(json.dumps(dict(text=index, ids=encoding.ids, offsets=offsets), separators=(",", ":")))
    return "\n".join(rows) + "\n"


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    texts = lines()
    (OUT / "texts.hex").write_text("".join(data.hex() + "\n" for data in texts))
    (OUT / "variants").mkdir(exist_ok=True)
    for name, content in variants():
        folder = OUT / "variants" / name
        folder.mkdir(exist_ok=True)
        compact = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (folder / "tokenizer.json").write_text(compact + "\n", encoding="utf-8")
        # Every text for the commonest settings, a third for the others: the whole stays small.
        step = 1 if name in ("uncased", "cased", "added") else 3
        (folder / "golden.jsonl").write_text(golden(Tokenizer.from_str(compact), texts, step))
    for name in ("bert-tiny-sst2", "t5-tiny-summ"):
        tokenizer = Tokenizer.from_file(str(MODELS / name / "tokenizer.json"))
        (OUT / f"{name}.jsonl").write_text(golden(tokenizer, texts))
    digests = {}
    for name, normalizer in dict(clean=normalizers.BertNormalizer(handle_chinese_chars=False, strip_accents=False, lowercase=False),
                                 chinese=normalizers.BertNormalizer(clean_text=False, strip_accents=False, lowercase=False),
                                 lower=normalizers.Lowercase(), nfd=normalizers.NFD(), strip=normalizers.StripAccents()).items():
        whole = "".join(normalizer.normalize_str("a" + chr(c) + "z") for c in range(0x110000) if not 0xD800 <= c < 0xE000)
        digests[name] = hashlib.sha256(whole.encode()).hexdigest()
    (OUT / "code_points.json").write_text(json.dumps(digests, indent=1) + "\n")


main()
