#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Single-thread encoding beside PyPI `tokenizers` (Rust): both encode the same lines, pass by pass in turn.

    python3 -m venv VENV && VENV/bin/pip install tokenizers
    cmake --build --preset bench --target tokenizers
    VENV/bin/python tools/peers/tokenizers_bench.py build/bench/bench/tokenizers VOCABULARIES TEXT...

VOCABULARIES is a folder; what it lacks is trained from the texts first, since no pretrained vocabulary is at hand:
`bytes` (GPT-2's kind, 50,257), `llama` (BPE over whole texts, byte fallback, 32,000), `unigram` (T5's kind, 32,000),
`wordpiece` (BERT's kind, 30,522); small texts give smaller ones. Timed are the first 30,000 lines of the texts and, for
llama, one text of 100,000 characters too. Prints per kind: lines, MB, MB/s of both and the ratio (ours over theirs; the
median of the passes' ratios and the smallest). Both by
CPU time, so that a busy machine does not count. At least 1 is wanted. Ids must be the same. The peer's time is that of
the faster of encode_batch and encode_batch_fast (which leaves offsets out; ours never does), one thread.
"""
import array
import hashlib
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
import tokenizers  # noqa: E402
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers  # noqa: E402

LINES = 30_000
PASSES = 5


def gpt2():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=50257, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  special_tokens=["<|endoftext|>"], show_progress=False)
    return tokenizer, trainer, None


def llama():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    # Only the training cuts at spaces; a text is encoded as one word.
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("▁+[^▁]*"), "isolated")
    trainer = trainers.BpeTrainer(vocab_size=32000, limit_alphabet=6000, show_progress=False,
                                  special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)])
    return tokenizer, trainer, "pre_tokenizer"


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=32000, unk_token="<unk>", special_tokens=["<pad>", "</s>", "<unk>"],
                                      show_progress=False)
    return tokenizer, trainer, None


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=30522, show_progress=False,
                                        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return tokenizer, trainer, None


KINDS = {"bytes": gpt2, "llama": llama, "unigram": unigram, "wordpiece": wordpiece}


def vocabulary(folder, kind, lines):
    path = folder / kind / "tokenizer.json"
    if not path.exists():
        tokenizer, trainer, dropped = KINDS[kind]()
        tokenizer.train_from_iterator(lines, trainer)
        spec = json.loads(tokenizer.to_str())
        if dropped:
            spec[dropped] = None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(spec, ensure_ascii=False), encoding="utf-8")
    return path


def encode(tokenizer, lines, fast):
    batch = getattr(tokenizer, "encode_batch_fast") if fast else tokenizer.encode_batch
    begin = time.process_time()
    encodings = batch(lines, add_special_tokens=False)
    taken = time.process_time() - begin
    return taken, encodings


def compare(name, program, path, lines):
    tokenizer = Tokenizer.from_file(str(path))
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as text:
        text.write("\n".join(lines) + "\n")
        text.flush()
        ours = subprocess.Popen([program, str(path.parent), text.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def pass_of_ours():
            ours.stdin.write("\n")
            ours.stdin.flush()
            seconds, count, digest = ours.stdout.readline().split()
            return float(seconds), int(count), digest

        _, count, digest = pass_of_ours()
        ids = array.array("q", (i for e in encode(tokenizer, lines, False)[1] for i in e.ids))
        same = len(ids) == count and hashlib.sha256(ids.tobytes()).hexdigest() == digest
        ratios, our_times, their_times = [], [], []
        for _ in range(PASSES):
            mine = pass_of_ours()[0]
            theirs = min(encode(tokenizer, lines, fast)[0] for fast in ((False, True) if hasattr(tokenizer, "encode_batch_fast") else (False,)))
            ratios.append(theirs / mine)
            our_times.append(mine)
            their_times.append(theirs)
        ours.stdin.close()
        ours.wait()
    size = sum(len(line.encode()) for line in lines) / 1e6
    print(f"{name:22} {len(lines):7} {size:7.2f} {size / statistics.median(our_times):9.1f} {size / statistics.median(their_times):9.1f} "
          f"{statistics.median(ratios):7.2f} {min(ratios):7.2f}  {'same ids' if same else 'IDS DIFFER'} ({count})", flush=True)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    texts = [pathlib.Path(path).read_text(encoding="utf-8") for path in sys.argv[3:]]
    lines = [line for text in texts for line in text.split("\n") if line.strip() and "\r" not in line]
    random.Random(1).shuffle(lines)
    print(f"tokenizers {tokenizers.__version__}, one thread, {PASSES} passes in turn")
    print(f"{'kind':22} {'lines':>7} {'MB':>7} {'our MB/s':>9} {'its MB/s':>9} {'median':>7} {'least':>7}")
    for kind in KINDS:
        path = vocabulary(folder, kind, lines)
        compare(kind, program, path, lines[:LINES])
    long_text = " ".join(lines)[:100_000]
    for kind in ("llama", "bytes"):
        compare(f"{kind}, one long text", program, vocabulary(folder, kind, lines), [long_text] * 2)
    compare("llama, no spaces", program, vocabulary(folder, "llama", lines), [long_text.replace(" ", "")] * 2)


if __name__ == "__main__":
    main()
