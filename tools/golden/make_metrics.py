#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/golden/score/: what reference implementations say of random predictions.

usage: make_metrics.py FOLDER   (test/data/golden/score)

Made with rouge_score 0.1.2 (nltk 3.10.4), seqeval 1.2.2, pycocotools 2.0.11, sacrebleu 2.6.0, scikit-learn and the
SQuAD 2.0 rules of transformers 4.46.3 (transformers.data.metrics.squad_metrics), Python 3.11. Each line of a file is
one case.
"""

import contextlib
import io
import json
import random
import sys
from pathlib import Path

import numpy as np
import sacrebleu
from nltk.stem.porter import PorterStemmer
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from rouge_score import rouge_scorer
from seqeval.metrics import f1_score
from seqeval.metrics.sequence_labeling import get_entities
from sklearn.metrics import top_k_accuracy_score
from transformers.data.metrics import squad_metrics

WORDS = """the a an of in to and cat dogs running Ran quickly mountain's weather, rained. "yes" well-known 3.14 1,000
U.S. don't relational conditional happily flies dying controlling generalization hopefulness caresses ponies agreed
plastered motoring hopping falling filing sky enjoy triplicate formative electrical goodness revival adjustable
Élan ÜBER straße Ποταμός İzmir naïve – “quoted” (brackets) 50% &amp; a/b x=1 e-mail 7-up end; 2023-24 $5.00 №5
日本 語 radically analogously fluffy sensibilities psychology callousness vietnamization homologous roll controll
a.b ,, .. -- _under_ _the_ An THE th the- A.""".split()


def sentence(rng, low=0, high=14):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(low, high)))


def changed(rng, text):
    """A text that shares much with `text`."""
    words = []
    for word in text.split(" "):
        draw = rng.random()
        if draw < 0.12:
            continue
        words.append(rng.choice(WORDS) if draw < 0.24 else word)
        if draw > 0.95:
            words.append(rng.choice(WORDS))
    return " ".join(words)


def samples(rng, low=1, high=6, lines=False):
    out = []
    for _ in range(rng.randint(low, high)):
        glue = "\n" if lines else " "
        references = [glue.join(sentence(rng) for _ in range(rng.randint(1, 3))) for _ in range(rng.randint(1, 3))]
        text = changed(rng, rng.choice(references)) if rng.random() < 0.85 else sentence(rng)
        out.append({"text": text, "references": references})
    return out


def squad_cases(rng):
    for _ in range(150):
        case = samples(rng)
        for one in case:
            draw = rng.random()
            if draw < 0.15:
                one["references"] = []
            if draw < 0.08 or draw > 0.95:
                one["text"] = ""
            if 0.2 < draw < 0.4 and one["references"]:
                one["text"] = rng.choice(["The ", "", "a "]) + one["references"][0].upper() + rng.choice(["", ".", " !"])
        exact, f1 = [], []
        for one in case:
            golds = [r for r in one["references"] if squad_metrics.normalize_answer(r)] or [""]
            exact.append(max(squad_metrics.compute_exact(g, one["text"]) for g in golds))
            f1.append(max(squad_metrics.compute_f1(g, one["text"]) for g in golds))
        yield {"samples": case, "exact_match": float(np.mean(exact)), "answer_f1": float(np.mean(f1))}


def rouge_cases(rng):
    names = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
    scorers = {False: rouge_scorer.RougeScorer(names), True: rouge_scorer.RougeScorer(names, use_stemmer=True)}
    for _ in range(120):
        case = samples(rng, lines=True)
        row = {"samples": case}
        for stem, scorer in scorers.items():
            scores = [scorer.score_multi(one["references"], one["text"]) for one in case]
            for name in names:
                row[name + ("_stem" if stem else "")] = float(np.mean([s[name].fmeasure for s in scores]))
        yield row


def stem_cases(rng):
    stemmer = PorterStemmer()
    words = {w.lower() for w in WORDS if w.isascii() and w.isalnum()}
    parts = ["gener", "relat", "hopp", "fil", "controll", "s", "tr", "oper", "vi", "y", "ey", "agr", "bl", "feudal", "fall",
             "act", "sk", "d", "l", "psycho", "rate", "electric", "cann", "succ", "out", "ent", "adopt", "x1"]
    ends = ["", "s", "es", "ies", "sses", "ss", "ed", "eed", "ied", "ing", "y", "ational", "tional", "enci", "anci", "izer",
            "bli", "abli", "alli", "entli", "eli", "ousli", "ization", "ation", "ator", "alism", "iveness", "fulness",
            "ousness", "aliti", "iviti", "biliti", "fulli", "logi", "icate", "ative", "alize", "iciti", "ical", "ful",
            "ness", "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "sion", "tion",
            "ou", "ism", "ate", "iti", "ous", "ive", "ize", "e", "le", "ll", "lle", "ey", "ying", "yed", "innings"]
    words |= {a + b for a in parts for b in ends if a + b}
    words |= set("sky skies dying lying tying news innings inning outings outing cannings canning howe proceed exceed "
                 "succeed".split())
    for word in sorted(words):
        yield {"word": word, "stem": stemmer.stem(word)}


def bleu_cases(rng):
    metric = sacrebleu.BLEU()
    for _ in range(150):
        case = samples(rng, 1, 8)
        most = max(len(one["references"]) for one in case)
        streams = [[(one["references"] + [None] * most)[i] for one in case] for i in range(most)]
        yield {"samples": case, "bleu": metric.corpus_score([one["text"] for one in case], streams).score / 100}


def spans_of(tags):
    """Entities as (kind, begin, end) in characters of a text of words of one letter with spaces between."""
    return [[kind, 2 * first, 2 * last + 1] for kind, first, last in get_entities(tags)]


def tags(rng, length, kinds, prefixes):
    out = []
    for _ in range(length):
        draw = rng.random()
        if out and out[-1] != "O" and draw < 0.45:
            out.append("I-" + out[-1][2:])
        elif draw < 0.75:
            out.append("O")
        else:
            out.append(rng.choice(prefixes) + "-" + rng.choice(kinds))
    return out


def entity_cases(rng):
    for number in range(150):
        prefixes = "BI" if number < 110 else "BIES"
        case, wanted, given = [], [], []
        for _ in range(rng.randint(1, 8)):
            gold = tags(rng, rng.randint(1, 14), ["PER", "LOC", "ORG"], prefixes)
            guess = [rng.choice(["O", "B-PER", "I-LOC"]) if rng.random() < 0.15 else tag for tag in gold]
            wanted.append(gold)
            given.append(guess)
            case.append({"wanted_tags": gold, "given_tags": guess, "wanted": spans_of(gold), "given": spans_of(guess)})
        kinds = [{kind for one in case for kind, *_ in one[side]} for side in ("wanted", "given")]
        if not kinds[0] or (kinds[1] and not kinds[0] & kinds[1]):
            continue  # refused by permille: nothing to find, or no kind in common
        yield {"samples": case, "entity_f1": float(f1_score(wanted, given))}


def quarter(rng, low, high):
    """A side of a box that sums and differences keep exact."""
    return rng.randint(low * 4, high * 4) / 4


def coco_case(rng):
    labels = ["cat", "dog", "traffic light"][: rng.randint(1, 3)]
    images, annotations, results = [], [], []
    for image in range(1, rng.randint(2, 7)):
        boxes_wanted, boxes_given = [], []
        for _ in range(rng.choice([0, 1, 2, 3, 5])):
            side = rng.choice([8, 24, 60, 110, 200])
            x, y, w, h = quarter(rng, 0, 300), quarter(rng, 0, 300), quarter(rng, 4, side), quarter(rng, 4, side)
            label = rng.choice(labels)
            crowd = rng.random() < 0.12
            boxes_wanted.append([label, x, y, x + w, y + h, crowd])
            annotations.append({"id": len(annotations) + 1, "image_id": image, "category_id": labels.index(label) + 1,
                                "bbox": [x, y, w, h], "area": w * h, "iscrowd": int(crowd)})
            for _ in range(rng.choice([0, 1, 1, 2])):
                shift = rng.choice([0, 1, 3, 8])
                box = [max(0.0, x + quarter(rng, -shift, shift)), max(0.0, y + quarter(rng, -shift, shift)),
                       max(1.0, w + quarter(rng, -shift, shift)), max(1.0, h + quarter(rng, -shift, shift))]
                boxes_given.append((label if rng.random() < 0.9 else rng.choice(labels), box))
        for _ in range(rng.choice([0, 0, 1, 3, 130 if rng.random() < 0.05 else 0])):
            boxes_given.append((rng.choice(labels), [quarter(rng, 0, 300), quarter(rng, 0, 300), quarter(rng, 1, 120),
                                                     quarter(rng, 1, 120)]))
        rng.shuffle(boxes_given)
        given = []
        for label, (x, y, w, h) in boxes_given:
            score = rng.randint(1, 40) / 41  # equal scores occur
            given.append([label, score, x, y, x + w, y + h])
            results.append({"image_id": image, "category_id": labels.index(label) + 1, "bbox": [x, y, w, h],
                            "score": score})
        images.append({"wanted": boxes_wanted, "given": given})
    counted = any(not crowd for one in images for *_, crowd in one["wanted"])
    if not counted or not results:
        return None
    truth = COCO()
    truth.dataset = {"images": [{"id": i + 1} for i in range(len(images))], "annotations": annotations,
                     "categories": [{"id": i + 1, "name": n} for i, n in enumerate(labels)]}
    truth.createIndex()
    run = COCOeval(truth, truth.loadRes(results), "bbox")
    run.evaluate()
    run.accumulate()
    run.summarize()
    names = ["map", "map_50", "map_75", "map_small", "map_medium", "map_large"]
    return {"images": images, **{n: float(run.stats[i]) for i, n in enumerate(names) if run.stats[i] >= 0}}


def coco_cases(rng):
    made = 0
    while made < 130:
        with contextlib.redirect_stdout(io.StringIO()):
            case = coco_case(rng)
        if case:
            made += 1
            yield case


def accuracy_cases(rng):
    labels = ["ant", "bee", "crow", "dog", "eel", "fox", "gnu"]
    for _ in range(110):
        scores = np.random.RandomState(rng.randint(0, 10**9)).rand(rng.randint(1, 30), len(labels))
        truth = [rng.randrange(len(labels)) for _ in scores]
        order = np.argsort(-scores, axis=1)
        yield {"labels": [[labels[k] for k in row] for row in order], "wanted": [labels[t] for t in truth],
               "accuracy": float(top_k_accuracy_score(truth, scores, k=1, labels=range(len(labels)))),
               "top_5_accuracy": float(top_k_accuracy_score(truth, scores, k=5, labels=range(len(labels))))}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, cases) in enumerate({"answers": squad_cases, "rouge": rouge_cases, "stems": stem_cases,
                                          "bleu": bleu_cases, "entities": entity_cases, "boxes": coco_cases,
                                          "accuracy": accuracy_cases}.items()):
        with open(folder / f"{name}.jsonl", "w", encoding="utf-8") as out:
            for case in cases(random.Random(seed)):
                out.write(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
