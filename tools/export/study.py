# SPDX-License-Identifier: Apache-2.0
"""The study's models: architecture, configuration and where each number is published.

A row names the graph it runs on (GRAPHS: equal configurations share one), its task, its labels where the model card
gives them, and its row of model_parameters.csv (github.com/sashavor/co2_inference, commit 9ae9895), which counts the
model without its head. Nothing is downloaded. "defaults" are those of transformers 4.30.2's configuration class.
"""
import transformers as tf

BERT_BASE = dict()  # BertConfig's defaults = BERT-base, Devlin et al. 2019 (arXiv:1810.04805)
BERT_LARGE = dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)  # ibid.
# Liu et al. 2019 (arXiv:1907.11692): BERT's sizes, 50,265 pieces, two positions kept for padding.
ROBERTA_BASE = dict(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5,
                    pad_token_id=1, bos_token_id=0, eos_token_id=2)
ROBERTA_LARGE = dict(ROBERTA_BASE, **BERT_LARGE)
XLM = dict(vocab_size=250002)  # Conneau et al. 2020 (arXiv:1911.02116)
CASED, MULTILINGUAL, MULTILINGUAL_UNCASED = 28996, 119547, 105879  # vocab.txt of BERT's released models
# He et al. 2021 (arXiv:2006.03654), microsoft/deberta-base.
DISENTANGLED = dict(relative_attention=True, pos_att_type=["c2p", "p2c"], position_biased_input=False,
                    type_vocab_size=0, layer_norm_eps=1e-7, max_relative_positions=-1)
# He et al. 2023 (arXiv:2111.09543), microsoft/mdeberta-v3-base.
MDEBERTA = dict(DISENTANGLED, vocab_size=251000, hidden_size=768, num_hidden_layers=12, num_attention_heads=12,
                intermediate_size=3072, pos_att_type=["p2c", "c2p"], position_buckets=256,
                norm_rel_ebd="layer_norm", share_att_key=True)
# Lan et al. 2020 (arXiv:1909.11942): version 2 of albert-base has no dropout; sizes as the paper's base.
ALBERT_BASE = dict(hidden_size=768, num_attention_heads=12, intermediate_size=3072)


def encoder(family, head, settings, labels=None):
    """(build of the whole model, build of the model as model_parameters.csv counts it)"""
    cls, base = getattr(tf, f"{family}For{head}"), getattr(tf, f"{family}Model")

    def config():
        more = {} if labels is None else dict(num_labels=labels)
        return cls.config_class(**settings, **more)

    return lambda: cls(config()), lambda: base(config())


SEQ, TOK, QA, MLM = "SequenceClassification", "TokenClassification", "QuestionAnswering", "MaskedLM"

# Graph name: family, head, configuration, number of labels.
ENCODERS = {
    "albert-base-fill-mask": ("Albert", MLM, ALBERT_BASE),
    "bert-base-uncased-fill-mask": ("Bert", MLM, BERT_BASE),
    "bert-base-cased-fill-mask": ("Bert", MLM, dict(vocab_size=CASED)),
    "bert-base-multilingual-cased-fill-mask": ("Bert", MLM, dict(vocab_size=MULTILINGUAL)),
    "bert-base-multilingual-uncased-classification-5": ("Bert", SEQ, dict(vocab_size=MULTILINGUAL_UNCASED), 5),
    "bert-base-multilingual-cased-tokens-9": ("Bert", TOK, dict(vocab_size=MULTILINGUAL), 9),
    "bert-base-multilingual-cased-tokens-2": ("Bert", TOK, dict(vocab_size=MULTILINGUAL)),
    "bert-base-cased-tokens-9": ("Bert", TOK, dict(vocab_size=CASED), 9),
    "bert-large-cased-tokens-9": ("Bert", TOK, dict(BERT_LARGE, vocab_size=CASED), 9),
    "bert-large-uncased-answers": ("Bert", QA, BERT_LARGE),
    "deberta-base-fill-mask": ("Deberta", MLM, dict(DISENTANGLED, vocab_size=50265)),
    "distilbert-base-uncased-classification-2": ("DistilBert", SEQ, dict(), 2),
    "distilbert-base-uncased-fill-mask": ("DistilBert", MLM, dict()),
    "distilbert-base-uncased-answers": ("DistilBert", QA, dict()),
    "distilbert-base-cased-answers": ("DistilBert", QA, dict(vocab_size=CASED)),
    "distilbert-base-multilingual-cased-tokens-2": ("DistilBert", TOK, dict(vocab_size=MULTILINGUAL)),
    "distilbert-base-uncased-tokens-3": ("DistilBert", TOK, dict(), 3),
    "distilbert-base-cased-tokens-9": ("DistilBert", TOK, dict(vocab_size=CASED), 9),
    "electra-base-answers": ("Electra", QA, dict(embedding_size=768, hidden_size=768, num_attention_heads=12,
                                                 intermediate_size=3072)),  # Clark et al. 2020 (arXiv:2003.10555)
    "mdeberta-v3-base-answers": ("DebertaV2", QA, MDEBERTA),
    # Nguyen et al. 2020 (arXiv:2005.10200): RoBERTa-base's sizes, 64,001 pieces, 128 tokens.
    "bertweet-base-classification-3": ("Roberta", SEQ, dict(ROBERTA_BASE, vocab_size=64001,
                                                            max_position_embeddings=130), 3),
    "roberta-base-answers": ("Roberta", QA, ROBERTA_BASE),
    "roberta-base-classification-3": ("Roberta", SEQ, ROBERTA_BASE, 3),
    "roberta-base-fill-mask": ("Roberta", MLM, ROBERTA_BASE),
    "roberta-6-layers-answers": ("Roberta", QA, dict(ROBERTA_BASE, num_hidden_layers=6)),
    "roberta-large-classification-2": ("Roberta", SEQ, ROBERTA_LARGE, 2),
    # obi/deid_roberta_i2b2's card: eleven kinds, their pieces told apart by B, I, L and U, and what is none of them.
    "roberta-large-tokens-45": ("Roberta", TOK, ROBERTA_LARGE, 45),
    "roberta-large-tokens-5": ("Roberta", TOK, ROBERTA_LARGE, 5),
    "xlm-roberta-base-classification-3": ("XLMRoberta", SEQ, dict(ROBERTA_BASE, **XLM), 3),
    "xlm-roberta-base-fill-mask": ("XLMRoberta", MLM, dict(ROBERTA_BASE, **XLM)),
    "xlm-roberta-large-tokens-6": ("XLMRoberta", TOK, dict(ROBERTA_LARGE, **XLM), 6),
    "xlm-roberta-large-tokens-8": ("XLMRoberta", TOK, dict(ROBERTA_LARGE, **XLM), 8),
}

IOB_CONLL = ["O", "B-MISC", "I-MISC", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
IOB_WIKI = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC"]
SENTIMENT = ["negative", "neutral", "positive"]

# Hub id: task, graph, labels (None: the head has none, or the card does not list them), row of model_parameters.csv.
MODELS = {
    "cardiffnlp/twitter-roberta-base-sentiment-latest": ("text-classification", "roberta-base-classification-3",
                                                         SENTIMENT),
    "cardiffnlp/twitter-xlm-roberta-base-sentiment": ("text-classification", "xlm-roberta-base-classification-3",
                                                      SENTIMENT),
    "distilbert-base-uncased-finetuned-sst-2-english": (
        "text-classification", "distilbert-base-uncased-classification-2", ["NEGATIVE", "POSITIVE"]),
    "lvwerra/distilbert-imdb": ("text-classification", "distilbert-base-uncased-classification-2",
                                ["NEGATIVE", "POSITIVE"]),
    "nlptown/bert-base-multilingual-uncased-sentiment": (
        "text-classification", "bert-base-multilingual-uncased-classification-5",
        ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]),
    "siebert/sentiment-roberta-large-english": ("text-classification", "roberta-large-classification-2",
                                                ["NEGATIVE", "POSITIVE"]),
    "sbcBI/sentiment_analysis_model": ("text-classification", "distilbert-base-uncased-classification-2", None),
    "finiteautomata/bertweet-base-sentiment-analysis": ("text-classification", "bertweet-base-classification-3",
                                                        ["NEG", "NEU", "POS"]),
    "deepset/roberta-base-squad2": ("question-answering", "roberta-base-answers", None),
    "distilbert-base-uncased-distilled-squad": ("question-answering", "distilbert-base-uncased-answers", None),
    "distilbert-base-cased-distilled-squad": ("question-answering", "distilbert-base-cased-answers", None),
    "deepset/bert-large-uncased-whole-word-masking-squad2": ("question-answering", "bert-large-uncased-answers", None),
    "deepset/electra-base-squad2": ("question-answering", "electra-base-answers", None),
    "deepset/tinyroberta-squad2": ("question-answering", "roberta-6-layers-answers", None),
    "bert-large-uncased-whole-word-masking-finetuned-squad": ("question-answering", "bert-large-uncased-answers",
                                                              None),
    "timpal0l/mdeberta-v3-base-squad2": ("question-answering", "mdeberta-v3-base-answers", None),
    "bert-base-uncased": ("fill-mask", "bert-base-uncased-fill-mask", None),
    "xlm-roberta-base": ("fill-mask", "xlm-roberta-base-fill-mask", None),
    "distilbert-base-uncased": ("fill-mask", "distilbert-base-uncased-fill-mask", None),
    "roberta-base": ("fill-mask", "roberta-base-fill-mask", None),
    "albert-base-v2": ("fill-mask", "albert-base-fill-mask", None),
    "bert-base-cased": ("fill-mask", "bert-base-cased-fill-mask", None),
    "microsoft/deberta-base": ("fill-mask", "deberta-base-fill-mask", None),
    "bert-base-multilingual-cased": ("fill-mask", "bert-base-multilingual-cased-fill-mask", None),
    "Babelscape/wikineural-multilingual-ner": ("token-classification", "bert-base-multilingual-cased-tokens-9",
                                               IOB_WIKI),
    "dslim/bert-base-NER": ("token-classification", "bert-base-cased-tokens-9", IOB_CONLL),
    "dslim/bert-large-NER": ("token-classification", "bert-large-cased-tokens-9", IOB_CONLL),
    "elastic/distilbert-base-cased-finetuned-conll03-english": (
        "token-classification", "distilbert-base-cased-tokens-9", IOB_WIKI),
    "Jean-Baptiste/roberta-large-ner-english": ("token-classification", "roberta-large-tokens-5",
                                                ["O", "MISC", "PER", "ORG", "LOC"]),
    "xlm-roberta-large-finetuned-conll03-english": (
        "token-classification", "xlm-roberta-large-tokens-8",
        ["B-LOC", "B-MISC", "B-ORG", "I-LOC", "I-MISC", "I-ORG", "I-PER", "O"]),
    "QCRI/bert-base-multilingual-cased-pos-english": ("token-classification", "bert-base-multilingual-cased-tokens-2",
                                                      None),
    "dmargutierrez/distilbert-base-multilingual-cased-mapa_coarse-ner": (
        "token-classification", "distilbert-base-multilingual-cased-tokens-2", None),
    # In the printed list alone; its logs are no table's.
    "oliverguhr/fullstop-punctuation-multilang-large": ("token-classification", "xlm-roberta-large-tokens-6",
                                                        None),
    "ml6team/keyphrase-extraction-distilbert-inspec": ("token-classification", "distilbert-base-uncased-tokens-3",
                                                       None),
    "obi/deid_roberta_i2b2": ("token-classification", "roberta-large-tokens-45", None),
}

PRINTED_ONLY = {"oliverguhr/fullstop-punctuation-multilang-large", "ml6team/keyphrase-extraction-distilbert-inspec",
                "obi/deid_roberta_i2b2"}
# Whose labels no source at hand counts: their heads have the two of a configuration's default.
UNCOUNTED_LABELS = {"sbcBI/sentiment_analysis_model", "QCRI/bert-base-multilingual-cased-pos-english",
                    "dmargutierrez/distilbert-base-multilingual-cased-mapa_coarse-ner"}
