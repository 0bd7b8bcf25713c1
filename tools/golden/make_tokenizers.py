#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/golden/tokenizers/: small tokenizers of every style and what PyPI `tokenizers` makes of over 5,000
lines with them: ids, offsets in bytes, words; pairs cut to length with stride; decoded text.

usage: pip install tokenizers==0.23.3 sentencepiece==0.2.3 protobuf; make_tokenizers.py

lines.jsonl: a text a line, as a JSON string, or [text, times] for one repeated. tokenizers.jsonl: a tokenizer a line:
`name`, `tokenizer` (its tokenizer.json; {"map": NAME} stands for the character map in NAME.b64), `step` (every
step-th line was taken), and hexadecimal digests put end to end, four digits each: `encode` per line, `pairs` and
`decode` per case. The digests are of the texts that test/data/golden/tokenizers/README.md describes.
"""
import hashlib
import json
import pathlib
import random
import tempfile

import tokenizers
from tokenizers import Tokenizer

from tokenizer_kinds import encoded, kinds, make_maps, probes
from tokenizer_lines import BLOCKS, ROOT, WRITTEN, lines

OUT = ROOT / "test/data/golden/tokenizers"
MODELS = ROOT / "../shared/models"
DIGITS = 4


def all_lines():
    rng = random.Random(41)
    out = list(WRITTEN)
    sentences = [row.split("\t")[0] for row in (ROOT / "catalog/samples/sentences.tsv").read_text().splitlines()[1:]]
    out += sentences
    for name in ("captions", "masked", "summaries", "entities"):
        for row in (ROOT / f"catalog/samples/{name}.jsonl").read_text().splitlines():
            out += [v for v in json.loads(row).values() if isinstance(v, str)]
    words = [w for s in WRITTEN + sentences for w in s.split(" ") if w]
    scripts = [[w for w in s.split() if w] for s in WRITTEN if s.split()]
    emoji = list("😀🥰👍🏽👩‍💻🏳️‍🌈🇫🇷❤️☺︎✓→€🫠") + ["👩‍👩‍👧‍👦", "👍🏽", "🏴‍☠️", "e\u0301", "a\u0323\u0302", "\u1100\u1161\u11a8", "\r\n"]
    spaces = [" ", "  ", "   ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2028", " \n ", ""]
    marks = ["\u0300", "\u0301", "\u0323", "\u0327", "\u034f", "\u0e33", "\u093c", "\u3099", "\u20dd", "\ufe0f", "\u200d", "\U0001f3fb"]
    for block in BLOCKS:
        for _ in range(12):
            n = rng.randint(4, 30)
            out.append("".join(chr(rng.randint(*block)) for _ in range(n)))
            out.append("".join(rng.choice(["a", "Z", "é", " ", "1", chr(rng.randint(*block))]) for _ in range(n)))
    while len(out) < 5080:
        kind = rng.randrange(7)
        n = rng.randint(1, 14)
        if kind == 0:
            out.append("".join(rng.choice(words) + rng.choice(spaces) for _ in range(n)))
        elif kind == 1:
            out.append(rng.choice(spaces).join(rng.choice(rng.choice(scripts)) for _ in range(n)))
        elif kind == 2:
            out.append("".join(rng.choice([rng.choice(words), rng.choice(emoji), " "]) for _ in range(n)))
        elif kind == 3:
            out.append("".join(rng.choice("aeoAEOnNcsi") + "".join(rng.choice(marks) for _ in range(rng.randrange(4))) for _ in range(n)))
        elif kind == 4:
            out.append("".join(rng.choice([str(rng.randrange(10 ** rng.randint(1, 8))), ".", ",", "-", "$", " ", "'s", "'LL", "'"]) for _ in range(n)))
        elif kind == 5:
            out.append("".join(rng.choice([rng.choice(spaces), rng.choice(words), "<s>", "</s>", "<mask>", "[MASK]", "<extra_id_7>", "<|endoftext|>",
                                           "<unk>", "New York", "<Ent>", "«", "Café"]) for _ in range(n)))
        else:
            out.append("".join(chr(rng.randint(*rng.choice(BLOCKS))) for _ in range(n * 2)))
    out += [["word ", 1500], ["x", 3000], ["é中", 900], ["a\u0301", 700], [" ", 2000], ["\n ", 900], ["1", 1200], ["👩‍👩‍👧‍👦", 150], ["ab.", 900], ["don't ", 600]]
    return out


def text_of(line):
    return line if isinstance(line, str) else line[0] * line[1]


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def byte_offsets(text):
    at = [0]
    for c in text:
        at.append(at[-1] + len(c.encode()))
    return at


def show(encoding, texts):
    """id:begin-end@word/text for every token; types behind."""
    at = [byte_offsets(t) for t in texts]
    cells = []
    for i, (begin, end) in enumerate(encoding.offsets):
        sequence = encoding.sequence_ids[i]
        word = encoding.word_ids[i]
        spans = at[sequence or 0]
        b, e = (spans[begin], spans[end]) if end > begin else (0, 0)
        cells.append(f"{encoding.ids[i]}:{b}-{e}@{-1 if word is None else word}/{-1 if sequence is None else sequence}")
    return " ".join(cells)


def show_types(encoding):
    return "|" + " ".join(map(str, encoding.type_ids))


# What to cut pairs to: length, stride, strategy.
CUTS = [(12, 0, "longest_first"), (17, 2, "only_second"), (20, 5, "only_first"), (9, 1, "longest_first"), (0, 0, "longest_first")]
PAIRS = 400


def encode_pair(tokenizer, first, second, cut):
    length, stride, strategy = cut
    tokenizer.no_truncation()
    if length:
        tokenizer.enable_truncation(length, stride=stride, strategy=strategy)
    try:
        encoding = tokenizer.encode(first, second)
    except BaseException:
        return "refused"
    finally:
        tokenizer.no_truncation()
    pieces = [encoding] + encoding.overflowing
    return show_types(encoding) + "\n".join(show(e, [first, second]) for e in pieces)


def measure(tokenizer, texts, step, whole):
    tokenizer.no_truncation()
    tokenizer.no_padding()
    row = dict(step=step, encode="", pairs="", decode="")
    random_ids = random.Random(7)
    limit = tokenizer.get_vocab_size()
    for i, text in enumerate(texts):
        if i % step:
            continue
        encoding = tokenizer.encode(text)
        row["encode"] += digest(show(encoding, [text]))
        if not whole or i >= 1500:
            continue
        for skip in (False, True):
            row["decode"] += digest(tokenizer.decode(encoding.ids, skip_special_tokens=skip))
    if whole:
        # Without a template tokenizers does not say which text a token of an overflowing piece is from.
        for i in range(PAIRS if tokenizer.num_special_tokens_to_add(True) else 0):
            row["pairs"] += digest(encode_pair(tokenizer, texts[i], texts[(i * 7 + 3) % 1000], CUTS[i % len(CUTS)]))
        ids = [[random_ids.randrange(limit) for _ in range(12)] for _ in range(200)]
        row["ids"] = ids
        row["decode"] += "".join(digest(tokenizer.decode(i, skip_special_tokens=False)) for i in ids)
    return row


def without_maps(spec, maps):
    if isinstance(spec, dict):
        if spec.get("type") == "Precompiled":
            name = next(n for n, data in maps.items() if encoded(data) == spec["precompiled_charsmap"])
            return dict(spec, precompiled_charsmap={"map": name})
        return {k: without_maps(v, maps) for k, v in spec.items()}
    return [without_maps(v, maps) for v in spec] if isinstance(spec, list) else spec


def sweep(tokenizer):
    """SHA-256 over all code points C, 64 at a time: the words of "aCz 1CC2C ", U+001F after each; for a normaliser
    its one text."""
    points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    whole = hashlib.sha256()
    for at in range(0, len(points), 64):
        text = "".join(f"a{c}z 1{c}{c}2{c} " for c in map(chr, points[at:at + 64]))
        if tokenizer.normalizer:
            words = [tokenizer.normalizer.normalize_str(text)]
        else:
            words = [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]
        whole.update("".join(word + "\x1f" for word in words).encode())
    return whole.hexdigest()


SWEPT = ["normalizer-nfc", "normalizer-nfkc", "normalizer-nfkd", "normalizer-nmt", "normalizer-nmt-nfkc", "normalizer-byte-level",
         "words-whitespace", "words-digits", "words-scripts", "words-gpt2-regex", "words-inverted-isolated"]


def real_lines():
    data = ROOT / "../shared/data"
    files = ["wikitext-2/valid.txt", "sst2/dev.tsv", "agnews/test.tsv", "partiprompts/PartiPrompts.tsv", "tinyshakespeare/shakespeare.txt"]
    return [line for name in files for line in (data / name).read_text(encoding="utf-8").split("\n")[:1000]]


def real_models():
    texts = real_lines()
    out = {}
    for folder in sorted(MODELS.iterdir()):
        if (folder / "tokenizer.json").exists():
            print(folder.name, flush=True)
            out[folder.name] = measure(Tokenizer.from_file(str(folder / "tokenizer.json")), texts, 1, True)
    return out


def main():
    assert tokenizers.__version__ == "0.23.3", tokenizers.__version__
    OUT.mkdir(parents=True, exist_ok=True)
    dump = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    texts = all_lines()
    (OUT / "lines.jsonl").write_text("".join(dump(line) + "\n" for line in texts), encoding="utf-8")
    texts = [text_of(line) for line in texts]
    with tempfile.TemporaryDirectory() as folder:
        maps = make_maps(pathlib.Path(folder))
    for name, data in maps.items():
        (OUT / f"{name}.b64").write_text(encoded(data))
    training = [t for t in texts[:700] if len(t) < 500]
    rows = []
    trained = list(kinds(training, maps))
    for name, tokenizer in trained:
        print(name, tokenizer.get_vocab_size(), flush=True)
        spec = json.loads(tokenizer.to_str())
        # What is saved is what is loaded.
        rows.append(dict(name=name, **measure(Tokenizer.from_str(json.dumps(spec)), texts, 1, True), tokenizer=without_maps(spec, maps)))
    for name, tokenizer in probes(maps):
        print(name, flush=True)
        spec = json.loads(tokenizer.to_str())
        rows.append(dict(name=name, **measure(tokenizer, texts, 4, False), tokenizer=without_maps(spec, maps)))
    (OUT / "tokenizers.jsonl").write_text("".join(dump(row) + "\n" for row in rows), encoding="utf-8")
    loaded = dict(trained) | dict(probes(maps))
    (OUT / "code_points.json").write_text(json.dumps({name: sweep(loaded[name]) for name in SWEPT}, indent=1) + "\n")
    (OUT / "real_models.json").write_text(dump(real_models()) + "\n")


if __name__ == "__main__":
    main()
