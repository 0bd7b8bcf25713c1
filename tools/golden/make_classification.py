#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/golden/classification.json: what Python's onnxruntime and tokenizers make of texts with the
small trained classifiers of ../shared/models, one by one and as a padded batch.

usage: pip install onnxruntime tokenizers numpy; make_classification.py
"""
import json
import pathlib

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT / "../shared"
KERAS_FILTERS = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n"  # keras.preprocessing.text.Tokenizer's default

# Rows of data/sst2/dev.tsv (from 1), short and long; the empty text and one past the model's 256 tokens beside them.
ROWS = list(range(1, 215, 11))
EXTRA = ["", "a", "Bad!", "good " * 400]

HEADLINES = [
    ("Central bank raises interest rates as inflation hits markets", "Business"),
    ("Quarterly profits climb as company announces merger and shares rise", "Business"),
    ("Local team wins championship after thrilling final match", "Sports"),
    ("Star striker scores twice as team wins the cup", "Sports"),
    ("Senate passes new bill after heated debate on government spending", "Politics"),
    ("President signs election reform bill as senate debates", "Politics"),
    ("Tech giant unveils new AI smartphone chip", "Technology"),
    ("Scientists discover new species in deep ocean study", "Science"),
    ("Blockbuster film breaks box office record on opening weekend", "Entertainment"),
    ("New vaccine shows promise in clinical trial against disease", "Health"),
]


def session(path):
    return onnxruntime.InferenceSession(str(SHARED / "models" / path), providers=["CPUExecutionProvider"])


def bert():
    folder = SHARED / "models/bert-tiny-sst2"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    run = session("bert-tiny-sst2/onnx/model.onnx")
    names = [i.name for i in run.get_inputs()]

    def logits(texts):
        tokenizer.enable_padding(pad_id=0)
        encodings = tokenizer.encode_batch(texts)
        feed = dict(input_ids=[e.ids for e in encodings], attention_mask=[e.attention_mask for e in encodings],
                    token_type_ids=[e.type_ids for e in encodings])
        scores = run.run(["logits"], {n: np.array(feed[n], dtype=np.int64) for n in names})[0]
        return scores.reshape(len(texts), 2)  # the export gives [batch, 1, 2]

    lines = (SHARED / "data/sst2/dev.tsv").read_text(encoding="utf-8").split("\n")[1:]
    texts = [line.split("\t")[0] for line in lines]
    labels = [int(line.split("\t")[1]) for line in lines if line]
    right = sum(int(np.argmax(logits([text])[0])) == label for text, label in zip(texts, labels))
    return dict(
        rows=[dict(row=r, logits=logits([texts[r - 1]])[0].tolist()) for r in ROWS],
        extra=[dict(text=t, logits=logits([t])[0].tolist()) for t in EXTRA],
        batch=[l.tolist() for l in logits([texts[r - 1] for r in ROWS[:8]])],
        right=right, of=len(labels))


def news():
    run = session("whitelightning-news-en/model.onnx")
    vocab = json.load(open(SHARED / "models/whitelightning-news-en/vocab.json"))
    labels = json.load(open(SHARED / "models/whitelightning-news-en/labels.json"))
    name = run.get_inputs()[0].name
    out = []
    for text, expected in HEADLINES:
        words = "".join(" " if c in KERAS_FILTERS else c for c in text.lower()).split(" ")
        ids = [vocab.get(w, 1) for w in words if w][:30]
        ids += [0] * (30 - len(ids))
        scores = run.run(None, {name: np.array([ids], dtype=np.int32)})[0][0]
        best = labels[str(int(np.argmax(scores)))]
        print(f"{text}: {best} {max(scores):.3f}{'' if best == expected else ' (expected ' + expected + ')'}")
        out.append(dict(text=text, expected=expected, scores=scores.tolist()))
    return out


(ROOT / "test/data/golden/classification.json").write_text(json.dumps(dict(bert=bert(), news=news()), indent=1) + "\n")
