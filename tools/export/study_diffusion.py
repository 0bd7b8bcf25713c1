# SPDX-License-Identifier: Apache-2.0
"""The study's text-to-image models: Stable Diffusion 1, 2 and XL, each part a graph of its own (see study.py).

GRAPHS: name: (build, parts of a built model). MODELS: Hub id: {folder of diffusers: graph}.
"""
import diffusers
import transformers as tf
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker

from diffusion import safety_checker_part, text_encoder_part, unet_part, vae_decoder_part

# Radford et al. 2021 (arXiv:2103.00020), ViT-L/14's text side; OpenCLIP's ViT-H/14 less its last layer; ViT-bigG/14.
CLIP_L = dict(vocab_size=49408, hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072,
              projection_dim=768)
CLIP_H = dict(CLIP_L, hidden_size=1024, num_hidden_layers=23, num_attention_heads=16, intermediate_size=4096,
              hidden_act="gelu", projection_dim=512)
CLIP_G = dict(CLIP_L, hidden_size=1280, num_hidden_layers=32, num_attention_heads=20, intermediate_size=5120,
              hidden_act="gelu", projection_dim=1280)
VISION_L = dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096, patch_size=14,
                projection_dim=768)


def text(settings, projected=False, last_but_one=False):
    cls = tf.CLIPTextModelWithProjection if projected else tf.CLIPTextModel
    return (lambda: cls(tf.CLIPTextConfig(**settings)),
            lambda m: [text_encoder_part(m, "model", last_but_one)])


def unet(**settings):
    return lambda: diffusers.UNet2DConditionModel(**settings), lambda m: [_named(unet_part(m, 8))]


def _named(part):
    part.name = "model"
    return part


def _vae():
    return diffusers.AutoencoderKL(
        block_out_channels=(128, 256, 512, 512), layers_per_block=2, sample_size=512, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4)


GRAPHS = {
    "clip-large-text": text(CLIP_L),
    "clip-large-text-xl": text(CLIP_L, last_but_one=True),
    "clip-huge-text": text(CLIP_H),
    "clip-giant-text-xl": text(CLIP_G, projected=True, last_but_one=True),
    # Rombach et al. 2022 (arXiv:2112.10752): UNet2DConditionModel's defaults with CLIP's width.
    "stable-diffusion-1-unet": unet(sample_size=64, cross_attention_dim=768, attention_head_dim=8),
    # Kim et al. 2023 (arXiv:2305.15798), the tiny one: a block fewer in each stage, no innermost stage, no middle.
    "bk-sdm-tiny-unet": unet(
        sample_size=64, cross_attention_dim=768, attention_head_dim=8, layers_per_block=1, mid_block_type=None,
        block_out_channels=(320, 640, 1280), down_block_types=("CrossAttnDownBlock2D",) * 3,
        up_block_types=("CrossAttnUpBlock2D",) * 3),
    # stabilityai/stable-diffusion-2-1: width of OpenCLIP's ViT-H, heads of 64, linear projections.
    "stable-diffusion-2-unet": unet(sample_size=96, cross_attention_dim=1024, attention_head_dim=(5, 10, 20, 20),
                                    use_linear_projection=True),
    # Podell et al. 2023 (arXiv:2307.01952), table 1.
    "stable-diffusion-xl-unet": unet(
        sample_size=128, cross_attention_dim=2048, attention_head_dim=(5, 10, 20), use_linear_projection=True,
        block_out_channels=(320, 640, 1280), transformer_layers_per_block=(1, 2, 10),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), addition_embed_type="text_time",
        addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816),
    "stable-diffusion-vae": (_vae, lambda m: [_named(vae_decoder_part(m, 8))]),
    "stable-diffusion-safety-checker": (
        lambda: StableDiffusionSafetyChecker(tf.CLIPConfig(text_config=CLIP_L, vision_config=VISION_L,
                                                           projection_dim=768)),
        lambda m: [_named(safety_checker_part(m))]),
}

FIRST = {"text_encoder": "clip-large-text", "unet": "stable-diffusion-1-unet", "vae_decoder": "stable-diffusion-vae"}
CHECKED = dict(FIRST, safety_checker="stable-diffusion-safety-checker")
TINY = dict(FIRST, unet="bk-sdm-tiny-unet")
SECOND = {"text_encoder": "clip-huge-text", "unet": "stable-diffusion-2-unet", "vae_decoder": "stable-diffusion-vae"}
XL = {"text_encoder": "clip-large-text-xl", "text_encoder_2": "clip-giant-text-xl",
      "unet": "stable-diffusion-xl-unet", "vae_decoder": "stable-diffusion-vae"}
MODELS = {
    "runwayml/stable-diffusion-v1-5": CHECKED, "CompVis/stable-diffusion-v1-4": CHECKED,
    "prompthero/openjourney": CHECKED, "dreamlike-art/dreamlike-photoreal-2.0": FIRST,
    # model_parameters.csv: the checker's 303,981,588 parameters are in the one and not in the other.
    "nota-ai/bk-sdm-tiny": dict(TINY, safety_checker=CHECKED["safety_checker"]), "segmind/tiny-sd": TINY,
    "stabilityai/stable-diffusion-2-1": SECOND, "stabilityai/stable-diffusion-xl-base-1.0": XL,
}
# Latents of another size than the graph's configuration has. Images of 768 pixels: the study's protocol; its logs
# agree, this model took 2.5 times the energy of those with the same UNet and 512 pixels.
LATENTS = {"dreamlike-art/dreamlike-photoreal-2.0": 96}
