# SPDX-License-Identifier: Apache-2.0
"""Goldens of decoders: text-generation by greedy and beam search."""
import copy

import numpy as np
import torch
import transformers as tf

from check import run
from corpus import PROMPTS
from decoders import cache_names, decoder_part, geometry
from folder import MARGIN, Folder, randomise, second_best
from vocabularies import byte_level, kept, save

NEW = 12
BOOST = ("c_proj", "out_proj", "fc2", "self_attention.dense", "dense_4h_to_h", "wo.weight", "o.weight")


def lively(build, prompts, generate, clear, distinct=7, tries=60, gain=0.6):
    """The first seed whose greedy continuation is no mere repetition, and whose batches are `clear` of ties."""
    best = None
    for seed in range(1, tries):
        model = randomise(build(), seed, gain, BOOST)
        found = min(len(set(generate(model, p))) for p in prompts)
        if found >= (best or (4,))[0] and clear(model) < MARGIN:
            continue
        if best is None or found > best[0]:
            best = (found, seed)
        if found >= distinct:
            break
    print(f"  seed {best[1]}: {best[0]} distinct tokens of {NEW}")
    return randomise(build(), best[1], gain, BOOST)


def settled(model, inputs, options):
    """Smallest distance between the chosen and the next: of tokens when greedy, of whole beams otherwise.

    A beam search is run with weights a few roundings away as well; 0 when the two disagree.
    """
    options = dict(options)
    beams = options.get("num_beams", 1)
    if beams > 1:
        options["num_return_sequences"] = 2
    with torch.no_grad():
        out = model.generate(**inputs, **options, do_sample=False, return_dict_in_generate=True, output_scores=True)
        if beams == 1:
            return min(second_best(s) for s in out.scores)
        other = _nudged(model).generate(**inputs, **options, do_sample=False, return_dict_in_generate=True,
                                        output_scores=True)
    if not torch.equal(out.sequences, other.sequences):
        return 0.0
    scores = out.sequences_scores.view(-1, 2)
    return float((scores[:, 0] - scores[:, 1]).min())


def _nudged(model):
    other = copy.deepcopy(model)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in other.parameters():
            tensor.mul_(1 + 2e-6 * torch.randn(tensor.shape, generator=generator))
    return other


def settings(common):
    """What is asked for besides the length; `common` is a token that greedy search emits, to end on."""
    return [
        {}, {"repetition_penalty": 1.4}, {"no_repeat_ngram_size": 1}, {"eos_token_id": common},
        {"eos_token_id": [common, common + 1]}, {"min_new_tokens": 10, "eos_token_id": common},
        {"forced_eos_token_id": common},
        {"num_beams": 3}, {"num_beams": 4, "length_penalty": 2.0, "eos_token_id": common},
        {"num_beams": 3, "length_penalty": 0.2, "early_stopping": True, "eos_token_id": common},
        {"num_beams": 3, "early_stopping": "never", "length_penalty": -1.0, "eos_token_id": common},
        {"num_beams": 2, "no_repeat_ngram_size": 2}, {"num_beams": 3, "repetition_penalty": 1.3},
        {"num_beams": 3, "min_new_tokens": 6, "eos_token_id": common},
    ]


def answer(pipe, text, **options):
    """The pipeline's text and the ids it decoded."""
    ids = pipe(text, return_tensors=True, do_sample=False, **options)
    words = pipe(text, do_sample=False, **options)
    key = getattr(pipe, "return_name", "generated") + "_"
    if isinstance(text, str):
        ids, words = [ids], [words]
    return [[{"ids": _plain(i[key + "token_ids"]), key + "text": w[key + "text"]} for i, w in zip(a, b)]
            for a, b in zip([_list(i) for i in ids], [_list(w) for w in words])]


def _list(value):
    return value if isinstance(value, list) else [value]


def _plain(ids):
    return ids.tolist() if hasattr(ids, "tolist") else list(ids)


def greedy(sess, config, inputs, steps):
    """The loop a pipeline runs on the graph: prompt with an empty past, then one token at a time."""
    layers, heads, size = geometry(config)
    mask, ids = inputs["attention_mask"], inputs["input_ids"]
    past = {n.format("past_key_values"): np.zeros((ids.shape[0], heads, 0, size), np.float32)
            for n in cache_names(layers)}
    tokens = []
    for _ in range(steps):
        positions = (mask.cumsum(-1) - 1).masked_fill(mask == 0, 1)[:, -ids.shape[1]:]
        out = run(sess, dict(input_ids=ids, attention_mask=mask, position_ids=positions, **past))
        ids = torch.from_numpy(out["logits"][:, -1].argmax(-1))[:, None]
        mask = torch.cat([mask, torch.ones_like(ids)], 1)
        past = {n.replace("present", "past_key_values"): v for n, v in out.items() if n.startswith("present")}
        tokens.append(ids)
    return torch.cat(tokens, 1)


def make(name, build, tokenizer):
    tokenizer = kept(tokenizer, Folder.place(name))
    def continuation(model, prompt):
        inputs = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
        out = model.generate(**inputs, max_new_tokens=NEW, do_sample=False, eos_token_id=-1)
        return out[0, inputs["input_ids"].shape[1]:].tolist()

    batch = tokenizer(PROMPTS, return_tensors="pt", add_special_tokens=False, padding=True)
    batch.pop("token_type_ids", None)
    two = tokenizer(PROMPTS[:2], return_tensors="pt", add_special_tokens=False, padding=True)
    two.pop("token_type_ids", None)
    options, beams = {"max_new_tokens": NEW}, {"max_new_tokens": NEW, "num_beams": 3}
    golden = Folder(name)
    model = lively(build, PROMPTS[:2], continuation,
                   lambda m: min(settled(m, batch, options), settled(m, two, beams)))
    golden.model(model)
    save(tokenizer, golden.path)
    sess = golden.graphs(model, [decoder_part(model)])["model"]
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    pipe = tf.pipeline("text-generation", model=model, tokenizer=tokenizer)
    golden.logits(model, tokenizer(PROMPTS[0], return_tensors="pt", add_special_tokens=False), last=True)

    expected = model.generate(**batch, max_new_tokens=NEW, do_sample=False, eos_token_id=-1)
    got = greedy(sess, model.config, batch, NEW)
    assert torch.equal(got, expected[:, -NEW:]), (got, expected)

    for prompt in PROMPTS[:3]:
        inputs = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
        common = continuation(model, prompt)[5]
        for chosen in settings(common):
            chosen = {"max_new_tokens": NEW, **chosen}
            golden.case("text-generation", [prompt], answer(pipe, prompt, **chosen), options=chosen,
                        margin=settled(model, inputs, chosen))
    golden.case("text-generation", [""], answer(pipe, "", **options), name="empty", options=options)
    golden.case("text-generation", PROMPTS, answer(pipe, PROMPTS, batch_size=len(PROMPTS), **options), name="batch",
                options={**options, "batch": len(PROMPTS)}, margin=settled(model, batch, options))
    golden.case("text-generation", PROMPTS[:2], answer(pipe, PROMPTS[:2], batch_size=2, **beams), name="batch beams",
                options={**beams, "batch": 2}, margin=settled(model, two, beams))
    golden.finish()


def gpt2_words(cls="GPT2TokenizerFast"):
    return byte_level(cls, ["<|endoftext|>"], bos_token="<|endoftext|>", eos_token="<|endoftext|>",
                      unk_token="<|endoftext|>", pad_token="<|endoftext|>", padding_side="left")


def gpt2():
    words = gpt2_words()
    config = tf.GPT2Config(vocab_size=len(words), n_embd=32, n_layer=2, n_head=4, n_positions=64, bos_token_id=0,
                           eos_token_id=0)
    make("gpt2", lambda: tf.GPT2LMHeadModel(config), words)


def gpt_neo():
    words = gpt2_words()
    config = tf.GPTNeoConfig(vocab_size=len(words), hidden_size=32, num_layers=2, num_heads=4,
                             max_position_embeddings=64, attention_types=[[["global", "local"], 1]], window_size=5,
                             intermediate_size=64, bos_token_id=0, eos_token_id=0)
    make("gpt-neo", lambda: tf.GPTNeoForCausalLM(config), words)


def opt():
    words = byte_level("GPT2TokenizerFast", ["<s>", "<pad>", "</s>"], post="opt", bos_token="</s>", eos_token="</s>",
                       unk_token="</s>", pad_token="<pad>", padding_side="left")
    config = tf.OPTConfig(vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                          max_position_embeddings=64, ffn_dim=64, word_embed_proj_dim=32, bos_token_id=2,
                          eos_token_id=2, pad_token_id=1)
    make("opt", lambda: tf.OPTForCausalLM(config), words)


def bloom():
    words = byte_level("BloomTokenizerFast", ["<unk>", "<s>", "</s>", "<pad>"], unk_token="<unk>", bos_token="<s>",
                       eos_token="</s>", pad_token="<pad>", padding_side="left")
    config = tf.BloomConfig(vocab_size=len(words), hidden_size=32, n_layer=2, n_head=4, bos_token_id=1,
                            eos_token_id=2, pad_token_id=3)
    make("bloom", lambda: tf.BloomForCausalLM(config), words)


FAMILIES = {"gpt2": gpt2, "gpt-neo": gpt_neo, "opt": opt, "bloom": bloom}
