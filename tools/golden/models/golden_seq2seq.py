# SPDX-License-Identifier: Apache-2.0
"""Goldens of encoder-decoders: summarization by greedy and beam search."""
import numpy as np
import torch
import transformers as tf

from check import run
from corpus import ARTICLES
from decoders import cache_names
from folder import Folder
from golden_generation import NEW, answer, lively, settled, settings
from seq2seq import DECODER, geometry, seq2seq_parts
from vocabularies import byte_level, kept, save, unigram


def greedy(sessions, config, inputs, start, steps, shape=None):
    """The loop a pipeline runs on the two graphs."""
    layers, heads, size = shape or geometry(config)[:3]
    encoded = run(sessions["encoder_model"], inputs)
    cross = {n.replace("present", "past_key_values"): v for n, v in encoded.items() if n.startswith("present")}
    batch = len(next(iter(encoded.values())))
    past = {n.format("past_key_values"): np.zeros((batch, heads, 0, size), np.float32)
            for n in cache_names(layers, DECODER)}
    ids, tokens = torch.full((batch, 1), start), []
    for _ in range(steps):
        out = run(sessions["decoder_model"], dict(input_ids=ids, encoder_attention_mask=inputs.get("attention_mask"),
                                                  **cross, **past))
        ids = torch.from_numpy(out["logits"][:, -1].argmax(-1))[:, None]
        past = {n.replace("present", "past_key_values"): v for n, v in out.items() if n.startswith("present")}
        tokens.append(ids)
    return torch.cat(tokens, 1)


def make(name, build, tokenizer, prefix="", extra=()):
    """prefix: what the model's own configuration puts before every text (T5)."""
    tokenizer = kept(tokenizer, Folder.place(name))
    texts = [prefix + t for t in ARTICLES]
    plain = {"max_new_tokens": NEW, "num_beams": 1, "min_length": 0}
    if extra:  # the configuration has its own
        plain.update(no_repeat_ngram_size=0, length_penalty=1.0, early_stopping=False)

    def encode(batch):
        return tokenizer(batch, return_tensors="pt", padding=True)

    def continuation(model, text):
        return model.generate(**encode([text]), **plain, do_sample=False, eos_token_id=-1)[0, 1:].tolist()

    options, beams = dict(plain), {**plain, "num_beams": 3}
    golden = Folder(name)
    model = lively(build, texts[:2], continuation,
                   lambda m: min(settled(m, encode(texts), options), settled(m, encode(texts), beams)))
    golden.model(model)
    save(tokenizer, golden.path)
    sessions = golden.graphs(model, seq2seq_parts(model))
    pipe = tf.pipeline("summarization", model=model, tokenizer=tokenizer)
    first = {**encode([texts[1]]), "decoder_input_ids": torch.tensor([[model.config.decoder_start_token_id]])}
    golden.logits(model, first, last=True)

    batch = encode(texts)
    expected = model.generate(**batch, **plain, do_sample=False, eos_token_id=-1, forced_bos_token_id=None,
                              forced_eos_token_id=None)
    if model.config.forced_bos_token_id is None:
        got = greedy(sessions, model.config, batch, model.config.decoder_start_token_id, NEW)
        assert torch.equal(got, expected[:, 1:NEW + 1]), (got, expected)

    for text, article in zip(texts, ARTICLES):
        common = continuation(model, text)[5]
        for chosen in [{**plain, **s} for s in settings(common)] + list(extra):
            golden.case("summarization", [article], answer(pipe, article, **chosen), options=chosen,
                        margin=settled(model, encode([text]), chosen))
    for chosen, what in ((options, "batch"), (beams, "batch beams")):
        golden.case("summarization", ARTICLES, answer(pipe, ARTICLES, batch_size=len(ARTICLES), **chosen), name=what,
                    options={**chosen, "batch": len(ARTICLES)}, margin=settled(model, batch, chosen))
    golden.finish()


def t5_words(size=330):
    extra = [f"<extra_id_{i}>" for i in range(3, -1, -1)]
    words = unigram("T5TokenizerFast", ["<pad>", "</s>", "<unk>"], template=("$A </s>", "$A </s> $B </s>"),
                    size=size, limit=512, extra_ids=4, additional_special_tokens=extra)
    return words


def t5():
    words = t5_words()
    # The shape of t5-small's own task_specific_params, with small numbers.
    own = {"summarization": dict(early_stopping=True, length_penalty=2.0, max_length=14, min_length=5,
                                 no_repeat_ngram_size=3, num_beams=4, prefix="summarize: ")}
    config = dict(vocab_size=len(words), d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4,
                  decoder_start_token_id=0, pad_token_id=0, eos_token_id=1)
    make("t5", lambda: tf.T5ForConditionalGeneration(tf.T5Config(**config, task_specific_params=own)), words,
         prefix="summarize: ", extra=({},))
    make("flan-t5", lambda: tf.T5ForConditionalGeneration(tf.T5Config(
        **config, feed_forward_proj="gated-gelu", tie_word_embeddings=False)), words)


SMALL = dict(d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
             encoder_ffn_dim=64, decoder_ffn_dim=64)


def bart_words(cls="BartTokenizerFast", limit=128):
    return byte_level(cls, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"], post="roberta", limit=limit)


def bart():
    words = bart_words()
    config = tf.BartConfig(vocab_size=len(words), max_position_embeddings=256, forced_bos_token_id=0, **SMALL)
    make("bart", lambda: tf.BartForConditionalGeneration(config), words)


def pegasus():
    words = unigram("PegasusTokenizerFast", ["<pad>", "</s>", "<mask_1>", "<mask_2>"], unk="<unk>",
                    template=("$A </s>", "$A $B </s>"), limit=128)
    config = tf.PegasusConfig(vocab_size=len(words), max_position_embeddings=256, scale_embedding=True,
                              activation_function="relu", num_beams=4, length_penalty=0.8, max_length=14, **SMALL)
    make("pegasus", lambda: tf.PegasusForConditionalGeneration(config), words)


def led():
    words = bart_words("LEDTokenizerFast")
    config = tf.LEDConfig(vocab_size=len(words), max_encoder_position_embeddings=256,
                          max_decoder_position_embeddings=64, attention_window=[16, 16], **SMALL)
    make("led", lambda: tf.LEDForConditionalGeneration(config), words)


FAMILIES = {"led": led, "t5": t5, "bart": bart, "pegasus": pegasus}
