#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/golden/text_tasks.json: what the question-answering and fill-mask pipelines of transformers 4.30.2
answer with the small trained models of ../shared/models, one by one and in batches.

usage: pip install torch transformers==4.30.2 safetensors; make_text_tasks.py
"""
import json
import pathlib

import torch
import transformers
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT / "../shared"

MASKED = [
    "The capital of France is [MASK].",
    "He said that he would [MASK] come back , and she laughed .",
    "[MASK]",
    "the film is [MASK] .",
    "Stocks fell on [MASK] as oil prices rose to a record high , the company said .",
    "The [MASK] was built in the 19th [MASK] by the city.",
    "Caf\u00e9 \u2014 \u201cna\u00efve\u201d [MASK] \u65e5\u672c \U0001f600 end",
    "[MASK] [MASK] [MASK]",
    "I don't think [MASK]'s fair , do you ?",
]


def load(kind, name):
    folder = SHARED / "models" / name
    config = transformers.AutoConfig.from_pretrained(folder)
    model = kind(config)
    missing = model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    # Only what is tied to other tensors or computed may be absent.
    assert all("decoder" in key or "position_ids" in key for key in missing.missing_keys), missing
    if hasattr(model, "tie_weights"):
        model.tie_weights()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return model.eval(), tokenizer


def listed(answers):
    return answers if isinstance(answers, list) else [answers]


def questions():
    data = json.load(open(SHARED / "data/xquad-en/xquad.en.json"))["data"]
    paragraphs = [p for article in data for p in article["paragraphs"]]
    cases = []
    for i in range(0, 48, 3):
        p = paragraphs[i]
        cases.append((p["qas"][0]["question"], p["context"], {}))
    long = "\n".join(p["context"] for p in paragraphs[:4])
    for options in [{}, {"top_k": 5}, {"doc_stride": 32, "top_k": 3}, {"max_answer_len": 3, "top_k": 4},
                    {"handle_impossible_answer": True, "top_k": 3}, {"handle_impossible_answer": True}]:
        cases.append((paragraphs[1]["qas"][0]["question"], long, options))
        cases.append((paragraphs[5]["qas"][1]["question"], paragraphs[5]["context"], options))
    tricky = "Z\u00fcrich (\u201cDada\u201d) \u2014 founded 1916 \U0001f600 by Hugo Ball; see caf\u00e9 Voltaire, \u65e5\u672c\u8a9e."
    cases.append(("Who founded Dada?", tricky, {"top_k": 4}))
    cases.append(("?", "one", {"top_k": 3}))
    cases.append(("Where?", " ", {"top_k": 2}))
    return cases


def main():
    torch.set_num_threads(1)
    model, tokenizer = load(transformers.BertForQuestionAnswering, "bert-tiny-qa")
    pipe = transformers.pipeline("question-answering", model=model, tokenizer=tokenizer)
    golden = {"generator": "tools/golden/make_text_tasks.py", "transformers": transformers.__version__,
              "torch": torch.__version__, "questions": [], "batches": [], "masked": [], "masked_batch": None}
    cases = questions()
    for question, context, options in cases:
        answers = listed(pipe(question=question, context=context, **options))
        golden["questions"].append({"question": question, "context": context, "options": options,
                                    "answers": answers})
    # As many features as samples go into one call, whosever they are.
    for group in [[0, 16, 1], [17, 28]]:
        inputs = [{"question": cases[i][0], "context": cases[i][1]} for i in group]
        answers = pipe(inputs, batch_size=len(group))
        golden["batches"].append({"cases": group, "answers": [listed(a) for a in answers]})

    model, tokenizer = load(transformers.BertForMaskedLM, "bert-tiny-mlm")
    pipe = transformers.pipeline("fill-mask", model=model, tokenizer=tokenizer)
    for text in MASKED:
        for top_k in [5, 2]:
            answers = pipe(text, top_k=top_k)
            answers = [answers] if isinstance(answers[0], dict) else answers
            golden["masked"].append({"text": text, "top_k": top_k, "masks": answers})
    batch = [MASKED[i] for i in (0, 3, 4)]
    golden["masked_batch"] = {"texts": batch, "answers": pipe(batch, batch_size=3)}
    path = ROOT / "test/data/golden/text_tasks.json"
    path.write_text(json.dumps(golden, ensure_ascii=False, indent=0) + "\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
