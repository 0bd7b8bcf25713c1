# SPDX-License-Identifier: Apache-2.0
"""Goldens of text to image: tiny Stable Diffusion 1, 2 (v prediction) and XL in diffusers' folders.

tensors.safetensors holds every tensor of noise that was used (latents; noise.SCHEDULER.STEP) and the latents after
ten steps (result.CASE); expected.json says which. A scheduler that is not the folder's own is made from its
configuration, as diffusers' from_config does.
"""
import json
import os
import shutil
import tempfile

import diffusers
import torch
import transformers as tf
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from diffusers.schedulers import scheduling_euler_ancestral_discrete as ancestral
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers import Regex

from corpus import SENTENCES
from diffusion import safety_checker_part, text_encoder_part, unet_part, vae_decoder_part
from folder import Folder, floats, randomise

STEPS, SIZE = 10, 8
SCHEDULERS = {"pndm": diffusers.PNDMScheduler, "ddim": diffusers.DDIMScheduler,
              "euler": diffusers.EulerDiscreteScheduler, "euler-ancestral": diffusers.EulerAncestralDiscreteScheduler,
              "dpm-solver++": diffusers.DPMSolverMultistepScheduler}
PROMPTS = ["A small lamp burns in the old harbour.", "two boats, a goat and a very large cat"]
BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000)
SPLIT = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def clip_words(pad="<|endoftext|>"):
    """CLIP's BPE in its own files: vocab.json, merges.txt; the end of text has the highest id, as CLIP needs."""
    earlier = os.path.join(Folder.place("stable-diffusion-2" if pad == "!" else "stable-diffusion"), "tokenizer")
    if os.path.exists(earlier):  # training breaks ties differently from run to run
        return tf.CLIPTokenizer.from_pretrained(earlier)
    words = Tokenizer(models.BPE(end_of_word_suffix="</w>", continuing_subword_prefix=""))
    words.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "),
                                             normalizers.Lowercase()])
    words.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), behavior="removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    words.decoder = decoders.ByteLevel()
    english = [s for s in SENTENCES if s.isascii()]
    words.train_from_iterator(english, trainers.BpeTrainer(vocab_size=200, end_of_word_suffix="</w>",
                                                           show_progress=False))
    folder = tempfile.mkdtemp()
    words.model.save(folder)
    with open(os.path.join(folder, "vocab.json"), encoding="utf-8") as file:
        vocabulary = json.load(file)
    for token in ("!", "<|startoftext|>", "<|endoftext|>"):
        vocabulary.setdefault(token, len(vocabulary))
    vocabulary["<|endoftext|>"] = len(vocabulary) - 1
    with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as file:
        json.dump(vocabulary, file, ensure_ascii=False)
    result = tf.CLIPTokenizer(os.path.join(folder, "vocab.json"), os.path.join(folder, "merges.txt"), pad_token=pad,
                              model_max_length=24)
    shutil.rmtree(folder)
    return result


def text_config(words, **more):
    eos = words.eos_token_id
    return dict(vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=4,
                intermediate_size=37, max_position_embeddings=24, bos_token_id=words.bos_token_id, eos_token_id=eos,
                pad_token_id=words.pad_token_id, projection_dim=16, **more)


def unet(**more):
    return diffusers.UNet2DConditionModel(**{**dict(
        sample_size=SIZE, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(8, 12),
        norm_num_groups=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=16, attention_head_dim=4), **more})


def vae():
    return diffusers.AutoencoderKL(
        block_out_channels=(4, 8), norm_num_groups=4, in_channels=3, out_channels=3, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2, sample_size=2 * SIZE)


def _still(model, seed, last):
    """Random weights; the last layer is weak, so that ten steps neither explode nor fade."""
    randomise(model, seed, 0.5)
    with torch.no_grad():
        getattr(model, last).weight.mul_(0.3)
    return model


class Noise:
    """Keeps every tensor of noise that a scheduler draws."""

    def __init__(self):
        self.drawn, self.generator = [], torch.Generator().manual_seed(11)

    def __call__(self, shape, generator=None, device=None, dtype=None, layout=None):
        self.drawn.append(torch.randn(shape, generator=self.generator))
        return self.drawn[-1]


def cases(golden, pipe, own, tensors):
    latents = torch.randn(1, 4, SIZE, SIZE, generator=torch.Generator().manual_seed(7))
    tensors["latents"] = latents
    original, config = ancestral.randn_tensor, pipe.scheduler.config

    def run(scheduler, prompt, kind, **options):
        pipe.scheduler = scheduler.from_config(config) if scheduler else type(own).from_config(config)
        noise = Noise()
        ancestral.randn_tensor = noise
        count = len(prompt) if isinstance(prompt, list) else 1
        try:
            out = pipe(prompt, num_inference_steps=STEPS, height=2 * SIZE, width=2 * SIZE, output_type=kind,
                       latents=latents.repeat(count, 1, 1, 1), **options)
        finally:
            ancestral.randn_tensor = original
        return out, noise.drawn

    def record(name, prompts, scheduler, **options):
        given = {k: v for k, v in options.items()}
        out, noise = run(SCHEDULERS[scheduler], prompts if len(prompts) > 1 else prompts[0], "latent", **options)
        for i, tensor in enumerate(noise):
            tensors[f"noise.{name}.{i}"] = tensor
        tensors[f"result.{name}"] = out.images
        print(f"  {golden.name}: {name}: latents of rms {float(out.images.pow(2).mean().sqrt()):.3f}")
        golden.case("text-to-image", prompts,
                    {"latents": f"result.{name}", "noise": [f"noise.{name}.{i}" for i in range(len(noise))]},
                    name=name, options={"scheduler": scheduler, "steps": STEPS, "width": 2 * SIZE,
                                        "height": 2 * SIZE, **given})

    for scheduler in SCHEDULERS:
        record(scheduler, PROMPTS[:1], scheduler)
    record("ddim negative", PROMPTS[1:], "ddim", negative_prompt="rain", guidance_scale=3.0)
    record("ddim unguided", PROMPTS[:1], "ddim", guidance_scale=1.0)
    record("euler batch", PROMPTS, "euler")
    for i, prompt in enumerate(PROMPTS):
        out, _ = run(None, prompt, "pil")
        name = f"image-{i}.png"
        out.images[0].save(golden.file(name))
        answer = {"image": name}
        if getattr(out, "nsfw_content_detected", None) is not None:
            answer["nsfw_content_detected"] = out.nsfw_content_detected
        golden.case("text-to-image", [prompt], answer, name=name, options={
            "steps": STEPS, "width": 2 * SIZE, "height": 2 * SIZE})


def _encodings(golden, pipe):
    """What the prompt becomes, for finding out where a difference starts."""
    ids = pipe.tokenizer(PROMPTS[0], padding="max_length", max_length=24, truncation=True, return_tensors="pt").input_ids
    with torch.no_grad():
        hidden = pipe.text_encoder(ids)[0]
    golden.cases.append({"name": "prompt", "task": "raw", "options": {}, "inputs": [PROMPTS[0]],
                         "outputs": {"input_ids": ids[0].tolist(), "last_hidden_state_0": floats(hidden[0, 0])}})


def save(golden, pipe, parts):
    """diffusers' own folders, a tokenizer.json beside CLIP's files, and the graphs."""
    pipe.save_pretrained(golden.path, safe_serialization=True)
    for folder, _, files in os.walk(golden.path):
        for name in files:
            os.chmod(os.path.join(folder, name), 0o644)
    for part, model, weights in parts:
        os.makedirs(os.path.join(golden.path, part.name), exist_ok=True)
        golden.graphs(model, [part], where=("{}".format(part.name), "model.onnx.zst"), weights=weights)


def graphs(pipe, large=False):
    parts = [(text_encoder_part(pipe.text_encoder, "text_encoder", large), pipe.text_encoder,
              "text_encoder/model.safetensors"),
             (unet_part(pipe.unet, SIZE), pipe.unet, "unet/diffusion_pytorch_model.safetensors"),
             (vae_decoder_part(pipe.vae, SIZE), pipe.vae, "vae/diffusion_pytorch_model.safetensors")]
    if large:
        parts.insert(1, (text_encoder_part(pipe.text_encoder_2, "text_encoder_2", True), pipe.text_encoder_2,
                         "text_encoder_2/model.safetensors"))
    return parts


def finish(golden, pipe, own):
    tensors = {}
    _encodings(golden, pipe)
    cases(golden, pipe, own, tensors)
    save_file({k: v.contiguous() for k, v in tensors.items()}, golden.file("tensors.safetensors"))
    os.chmod(golden.file("tensors.safetensors"), 0o644)
    golden.finish()


def stable_diffusion():
    words = clip_words()
    text = tf.CLIPTextModel(tf.CLIPTextConfig(**text_config(words)))
    clip = tf.CLIPConfig(text_config=text_config(words), projection_dim=16,
                         vision_config=dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4,
                                            intermediate_size=37, image_size=32, patch_size=8, projection_dim=16))
    checker = randomise(StableDiffusionSafetyChecker(clip), 4)
    own = diffusers.PNDMScheduler(skip_prk_steps=True, steps_offset=1, set_alpha_to_one=False, **BETAS)
    own.register_to_config(**own.config, clip_sample=False)  # as the published configuration has it
    pipe = diffusers.StableDiffusionPipeline(
        vae=_still(vae(), 1, "post_quant_conv"), text_encoder=randomise(text, 2, 0.5), tokenizer=words,
        unet=_still(unet(), 3, "conv_out"), scheduler=own, safety_checker=None,
        feature_extractor=tf.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    _bar_between(pipe, checker)
    pipe = diffusers.StableDiffusionPipeline(**{**pipe.components, "safety_checker": checker})
    pipe.set_progress_bar_config(disable=True)
    golden = Folder("stable-diffusion")
    save(golden, pipe, graphs(pipe) + [(safety_checker_part(checker), checker, "safety_checker/model.safetensors")])
    finish(golden, pipe, own)


def _bar_between(pipe, checker):
    """Give the checker a concept that the first prompt's picture has and the second's has less."""
    embeds = []
    for prompt in PROMPTS:
        latents = torch.randn(1, 4, SIZE, SIZE, generator=torch.Generator().manual_seed(7))
        image = pipe(prompt, num_inference_steps=STEPS, height=2 * SIZE, width=2 * SIZE, latents=latents).images
        with torch.no_grad():
            seen = pipe.feature_extractor(image, return_tensors="pt").pixel_values
            embeds.append(torch.nn.functional.normalize(checker.visual_projection(checker.vision_model(seen)[1]))[0])
    with torch.no_grad():
        checker.concept_embeds_weights.fill_(0.95)
        checker.special_care_embeds_weights.fill_(0.95)
        checker.concept_embeds[5].copy_(embeds[0])
        between = (1 + float(embeds[0] @ embeds[1])) / 2
        checker.concept_embeds_weights[5] = between
    print(f"  bar at {between:.4f}; the other picture at {float(embeds[0] @ embeds[1]):.4f}")


def stable_diffusion_2():
    words = clip_words(pad="!")
    text = tf.CLIPTextModel(tf.CLIPTextConfig(**text_config(words, hidden_act="gelu")))
    own = diffusers.DDIMScheduler(steps_offset=1, set_alpha_to_one=False, clip_sample=False,
                                  prediction_type="v_prediction", **BETAS)
    pipe = diffusers.StableDiffusionPipeline(
        vae=_still(vae(), 11, "post_quant_conv"), text_encoder=randomise(text, 12, 0.5), tokenizer=words,
        unet=_still(unet(use_linear_projection=True, attention_head_dim=(2, 4)), 13, "conv_out"), scheduler=own,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    golden = Folder("stable-diffusion-2")
    save(golden, pipe, graphs(pipe))
    finish(golden, pipe, own)


def stable_diffusion_xl():
    words, second = clip_words(), clip_words(pad="!")
    text = tf.CLIPTextModel(tf.CLIPTextConfig(**text_config(words)))
    text_2 = tf.CLIPTextModelWithProjection(tf.CLIPTextConfig(**text_config(second, hidden_act="gelu")))
    own = diffusers.EulerDiscreteScheduler(steps_offset=1, timestep_spacing="leading", **BETAS)
    own.register_to_config(**own.config, clip_sample=False)
    pipe = diffusers.StableDiffusionXLPipeline(
        vae=_still(vae(), 21, "post_quant_conv"), text_encoder=randomise(text, 22, 0.5), tokenizer=words,
        text_encoder_2=randomise(text_2, 24, 0.5), tokenizer_2=second, scheduler=own, add_watermarker=False,
        unet=_still(unet(cross_attention_dim=32, use_linear_projection=True, attention_head_dim=(2, 4),
                         addition_embed_type="text_time", addition_time_embed_dim=8,
                         transformer_layers_per_block=(1, 2),
                         projection_class_embeddings_input_dim=64), 23, "conv_out"))
    pipe.set_progress_bar_config(disable=True)
    golden = Folder("stable-diffusion-xl")
    save(golden, pipe, graphs(pipe, large=True))
    finish(golden, pipe, own)


FAMILIES = {"stable-diffusion": stable_diffusion, "stable-diffusion-2": stable_diffusion_2,
            "stable-diffusion-xl": stable_diffusion_xl}
