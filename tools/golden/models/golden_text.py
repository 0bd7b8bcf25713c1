# SPDX-License-Identifier: Apache-2.0
"""Goldens of text encoders: the four pipelines on corpus.py's inputs."""
import torch
import transformers as tf

from corpus import CONTEXT, MASKED, NEWS, QUESTIONS, REVIEWS
from folder import Folder, randomise, second_best
from text import encoder_part
from vocabularies import byte_level, kept, save, unigram, wordpiece

SMALL = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
             max_position_embeddings=64)
ENTITIES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
AGGREGATIONS = ["none", "simple", "first", "average", "max"]


def names(labels):
    return dict(id2label=dict(enumerate(labels)), label2id={n: i for i, n in enumerate(labels)})


def text_classification(golden, model, tokenizer):
    pipe = tf.pipeline("text-classification", model=model, tokenizer=tokenizer)
    for text in REVIEWS:
        scores = pipe(text, top_k=None)
        golden.case("text-classification", [text], [scores], options={"top_k": None},
                    margin=scores[0]["score"] - scores[1]["score"])
    golden.case("text-classification", REVIEWS[:4], pipe(REVIEWS[:4], top_k=None, batch_size=4), name="batch",
                options={"top_k": None, "batch": 4})


def token_classification(golden, model, tokenizer):
    pipe = tf.pipeline("token-classification", model=model, tokenizer=tokenizer)
    for text in NEWS:
        with torch.no_grad():
            logits = model(**tokenizer(text, return_tensors="pt")).logits
        for strategy in AGGREGATIONS:
            golden.case("token-classification", [text], [pipe(text, aggregation_strategy=strategy)],
                        name=f"{strategy}-{len(golden.cases)}", options={"aggregation": strategy},
                        margin=second_best(logits.softmax(-1)))
    golden.case("token-classification", NEWS, pipe(NEWS, aggregation_strategy="simple", batch_size=3), name="batch",
                options={"aggregation": "simple", "batch": 3})


def question_answering(golden, model, tokenizer):
    pipe = tf.pipeline("question-answering", model=model, tokenizer=tokenizer)
    settings = [{}, {"max_answer_len": 4}, {"doc_stride": 8, "max_seq_len": 48}, {"handle_impossible_answer": True},
                {"top_k": 3}]
    for question, context in QUESTIONS:
        for options in settings:
            two = pipe(question=question, context=context, **{**options, "top_k": 2})
            margin = two[0]["score"] - two[1]["score"] if isinstance(two, list) and len(two) > 1 else 1.0
            # Scores of spans are products of small probabilities: the margin is relative to the best.
            best = two[0]["score"] if isinstance(two, list) else two["score"]
            golden.case("question-answering", [{"question": question, "context": context}],
                        [pipe(question=question, context=context, **options)], options=options,
                        margin=margin / max(best, 1e-30))
    batch = [{"question": q, "context": c} for q, c in QUESTIONS]
    golden.case("question-answering", batch, pipe(batch, batch_size=4), name="batch", options={"batch": 4})


def fill_mask(golden, model, tokenizer):
    pipe = tf.pipeline("fill-mask", model=model, tokenizer=tokenizer)
    mask = tokenizer.mask_token
    for text in MASKED:
        text = text.format(mask)
        for k in (5, 1):
            found = pipe(text, top_k=6)
            golden.case("fill-mask", [text], [pipe(text, top_k=k)], options={"top_k": k},
                        margin=min(a["score"] - b["score"] for a, b in zip(found[:k], found[1:k + 1]))
                        / found[0]["score"])
    two = f"The {mask} left the harbour before the {mask} was up."
    golden.case("fill-mask", [two], [pipe(two, top_k=3)], name="two masks", options={"top_k": 3})
    batch = [t.format(mask) for t in MASKED]
    golden.case("fill-mask", batch, pipe(batch, top_k=5, batch_size=3), name="batch", options={"top_k": 5, "batch": 3})


TASKS = {"SequenceClassification": text_classification, "TokenClassification": token_classification,
         "QuestionAnswering": question_answering, "MaskedLM": fill_mask}


def make(name, family, head, tokenizer, seed, **config):
    tokenizer = kept(tokenizer, Folder.place(name))
    cls = getattr(tf, f"{family}For{head}")
    labels = {"SequenceClassification": names(["NEGATIVE", "NEUTRAL", "POSITIVE"]),
              "TokenClassification": names(ENTITIES)}.get(head, {})
    settings = cls.config_class(vocab_size=len(tokenizer), pad_token_id=tokenizer.pad_token_id, **config, **labels)
    golden = Folder(name)
    model = randomise(cls(settings), seed)
    golden.model(model)
    save(tokenizer, golden.path)
    golden.graphs(model, [encoder_part(model)])
    inputs = tokenizer("A small lamp burns.", return_tensors="pt")
    golden.logits(model, inputs, ["start_logits", "end_logits"] if head == "QuestionAnswering" else ["logits"])
    TASKS[head](golden, model, tokenizer)
    golden.finish()


def bert():
    for task, head, seed in (("text-classification", "SequenceClassification", 1),
                             ("token-classification", "TokenClassification", 2),
                             ("question-answering", "QuestionAnswering", 3), ("fill-mask", "MaskedLM", 4)):
        make("bert-" + task, "Bert", head, wordpiece(lower=task != "token-classification"), seed, **SMALL)


def distilbert():
    config = dict(dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=64)
    tokenizer = wordpiece("DistilBertTokenizerFast")
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    make("distilbert-text-classification", "DistilBert", "SequenceClassification", tokenizer, 5, **config)
    make("distilbert-question-answering", "DistilBert", "QuestionAnswering", tokenizer, 6, **config)


def roberta():
    words = byte_level("RobertaTokenizerFast", ["<s>", "<pad>", "</s>", "<unk>", "<mask>"], post="roberta", limit=62)
    config = dict(SMALL, type_vocab_size=1, bos_token_id=0, eos_token_id=2)
    make("roberta-token-classification", "Roberta", "TokenClassification", words, 11, **config)
    make("roberta-question-answering", "Roberta", "QuestionAnswering", words, 12, **config)
    make("roberta-fill-mask", "Roberta", "MaskedLM", words, 13, **config)


def xlm_roberta():
    words = unigram("XLMRobertaTokenizerFast", ["<s>", "<pad>", "</s>", "<unk>"], ["<mask>"], limit=62,
                    template=("<s> $A </s>", "<s> $A </s> </s> $B </s>"))
    config = dict(SMALL, type_vocab_size=1, bos_token_id=0, eos_token_id=2)
    make("xlm-roberta-token-classification", "XLMRoberta", "TokenClassification", words, 14, **config)
    make("xlm-roberta-fill-mask", "XLMRoberta", "MaskedLM", words, 15, **config)


def albert():
    words = unigram("AlbertTokenizerFast", ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"],
                    template=("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"))
    make("albert-fill-mask", "Albert", "MaskedLM", words, 16, embedding_size=16, num_hidden_groups=1, **SMALL)


def electra():
    make("electra-question-answering", "Electra", "QuestionAnswering", wordpiece("ElectraTokenizerFast"), 17,
         embedding_size=32, **SMALL)


DISENTANGLED = dict(relative_attention=True, pos_att_type=["p2c", "c2p"], position_biased_input=False,
                    max_relative_positions=-1, type_vocab_size=0)


def deberta():
    words = byte_level("DebertaTokenizerFast", ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"], post="deberta",
                       bos_token="[CLS]", eos_token="[SEP]")
    make("deberta-fill-mask", "Deberta", "MaskedLM", words, 18, **dict(SMALL, **DISENTANGLED))


def deberta_v2():
    words = unigram("DebertaV2TokenizerFast", ["[PAD]", "[CLS]", "[SEP]", "[UNK]"], ["[MASK]"], unk="[UNK]",
                    template=("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"))
    config = dict(SMALL, **DISENTANGLED, position_buckets=8, norm_rel_ebd="layer_norm", share_att_key=True)
    make("deberta-v2-text-classification", "DebertaV2", "SequenceClassification", words, 19, **config)
    make("deberta-v2-question-answering", "DebertaV2", "QuestionAnswering", words, 20, **config)


FAMILIES = {"bert": bert, "distilbert": distilbert, "roberta": roberta, "xlm-roberta": xlm_roberta, "albert": albert,
            "electra": electra, "deberta": deberta, "deberta-v2": deberta_v2}
