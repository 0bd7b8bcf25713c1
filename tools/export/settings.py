# SPDX-License-Identifier: Apache-2.0
"""The settings files beside an entry, in Hugging Face's layout: what the pipelines read of a model.

Ids of special tokens and templates are those of the architectures' published vocabularies, as the default arguments and
build_inputs_with_special_tokens of transformers 4.30.2's tokenizers have them; sizes of images are the configuration's,
the rest are the defaults of its image processors; schedulers are those of diffusers 0.19.3's defaults for the family.
"""
import os

import transformers as tf

import study_diffusion

TABLE = "catalog/stand_in/wordpiece-en.csv"


def around(cls, sep, twice=False):
    """cls text sep, and cls text sep [sep] text sep."""
    tokens = lambda name: {"SpecialToken": {"id": name, "type_id": 0}}  # noqa: E731
    text = lambda name, kind=0: {"Sequence": {"id": name, "type_id": kind}}  # noqa: E731
    first = ([tokens("cls")] if cls is not None else []) + [text("A")] + ([tokens("sep")] if sep is not None else [])
    pair = first + ([tokens("sep")] if twice else []) + [text("B", 0 if twice else 1)] \
        + ([tokens("sep")] if sep is not None else [])
    special = {name: {"id": name, "ids": [id], "tokens": [name]}
               for name, id in (("cls", cls), ("sep", sep)) if id is not None}
    return {"type": "TemplateProcessing", "single": first, "pair": pair, "special_tokens": special}


BERT = (dict(cls=101, sep=102, pad=0, unk=100, mask=103), "[MASK]", around(101, 102))
ROBERTA = (dict(bos=0, pad=1, eos=2, unk=3, cls=0, sep=2, mask=50264), "<mask>", around(0, 2, twice=True))
XLM_R = (dict(ROBERTA[0], mask=250001), "<mask>", ROBERTA[2])
GPT2 = (dict(bos=50256, eos=50256, unk=50256), "", None)
T5 = (dict(pad=0, eos=1, unk=2), "", around(None, 1))
CLIP = (dict(bos=49406, eos=49407, pad=49407), "", around(49406, 49407))
TOKENS = {
    "bert": BERT, "distilbert": BERT, "electra": BERT, "roberta": ROBERTA, "bart": ROBERTA, "led": ROBERTA,
    "xlm-roberta": XLM_R, "gpt2": GPT2, "gpt_neo": GPT2, "t5": T5, "blip": BERT, "git": BERT,
    "albert": (dict(unk=1, cls=2, sep=3, pad=0, mask=4), "[MASK]", around(2, 3)),
    "deberta": (dict(cls=1, sep=2, pad=0, unk=3, mask=50264), "[MASK]", around(1, 2)),
    "deberta-v2": (dict(cls=1, sep=2, pad=0, unk=3), "", around(1, 2)),
    "opt": (dict(bos=2, eos=2, pad=1), "", around(2, None)),
    "bloom": (dict(unk=0, bos=1, eos=2, pad=3), "", None),
    "pegasus": (dict(pad=0, eos=1, unk=105), "", around(None, 1)),
    "vision-encoder-decoder": GPT2, "blip-2-t5": T5, "blip-2-opt": (dict(bos=2, eos=2, pad=1), "", around(2, None)),
}
OPEN_CLIP = {"clip-huge-text", "clip-giant-text-xl"}
PADS_LEFT = {"gpt2", "gpt_neo", "opt", "bloom"}


def stand_in(folder, family, vocabulary, longest=None):
    special, mask, template = TOKENS[family]
    if family == "roberta":  # the mask is the last piece, in BERTweet's larger vocabulary too
        special = dict(special, mask=vocabulary - 1)
    elif special.get("mask", 0) >= vocabulary:  # BART's 50,264 pieces without the mask, which its summarizers have
        special, mask = {name: id for name, id in special.items() if name != "mask"}, ""
    settings = {"table": os.path.relpath(TABLE, folder), "vocab_size": vocabulary, "special": special}
    if mask:
        settings["mask_token"] = mask
    if template:
        settings["post_processor"] = template
    if family in PADS_LEFT:
        settings["padding_side"] = "left"
    if longest:
        settings["model_max_length"] = longest
    return settings


def square(processor, size, **more):
    return processor(size={"height": size, "width": size}, **more)


def pictures(config, size):
    """The image processor of a configuration, or None. `size`: of its pictures, where it is not the configuration's: the
    shorter edge, or height and width, to which every picture is then made.
    """
    vision = getattr(config, "vision_config", None) or getattr(config, "encoder", None) or config
    detected = {"shortest_edge": size, "longest_edge": 1333} if size else None
    if isinstance(size, tuple):
        detected = dict(zip(("height", "width"), size))
    size = size or getattr(vision, "image_size", None)
    kind = config.model_type
    if kind in ("vit", "vision-encoder-decoder"):
        return square(tf.ViTImageProcessor, size)
    if kind == "beit":
        return square(tf.BeitImageProcessor, size, crop_size={"height": size, "width": size}, do_center_crop=False)
    if kind in ("resnet", "convnextv2"):
        return tf.ConvNextImageProcessor(size={"shortest_edge": size or 224})
    if kind == "mobilenet_v1":
        return tf.MobileNetV1ImageProcessor(crop_size={"height": size, "width": size})
    if kind in ("blip", "blip-2"):
        return square(tf.BlipImageProcessor, size)
    if kind == "git":
        return tf.CLIPImageProcessor(size={"shortest_edge": size}, crop_size={"height": size, "width": size})
    makers = {"detr": tf.DetrImageProcessor, "yolos": tf.YolosImageProcessor, "deta": tf.DetaImageProcessor,
              "deformable_detr": tf.DeformableDetrImageProcessor}
    return makers[kind](size=detected) if kind in makers else None


def files(folder, config, architecture, labels, size=None):
    """Settings by file name for a model of transformers. `folder`: of the entry, relative to the project."""
    settings = config.to_diff_dict()
    for key in ("transformers_version", "torch_dtype", "id2label", "label2id"):
        settings.pop(key, None)
    settings["architectures"] = [architecture]
    if labels:
        settings["id2label"] = dict(enumerate(labels))
    elif config.num_labels != 2:
        settings["num_labels"] = config.num_labels
        settings["id2label"] = {i: f"LABEL_{i}" for i in range(config.num_labels)}
    written = {"config.json": settings}
    processor = pictures(config, size)
    if processor is not None:
        written["preprocessor_config.json"] = processor.to_dict()
    text = getattr(config, "text_config", None) or getattr(config, "decoder", None) or config
    family = config.model_type if config.model_type != "blip-2" else f"blip-2-{text.model_type}"
    if family in TOKENS:
        longest = getattr(text, "max_position_embeddings", None) or getattr(text, "n_positions", None)
        longest = longest - 2 if family in ("roberta", "xlm-roberta") else longest
        written["stand_in.json"] = stand_in(folder, family, text.vocab_size, longest)
    return written


def diffusion_files(folder, model, parts, configs):
    """The same for a model of diffusers; configs: by part, those of the parts that were built."""
    xl = "text_encoder_2" in parts
    second = "clip-huge-text" in parts.values()
    pipeline = "StableDiffusionXLPipeline" if xl else "StableDiffusionPipeline"
    written = {"model_index.json": {"_class_name": pipeline, **{part: ["", ""] for part in parts}}}
    for part in parts:
        if part.startswith("text_encoder"):
            number = part.removeprefix("text_encoder")
            written[f"{part}/config.json"] = configs[part].to_diff_dict()
            place = f"{folder}/tokenizer{number}"
            written[f"tokenizer{number}/stand_in.json"] = {
                "table": os.path.relpath(TABLE, place), "vocab_size": configs[part].vocab_size,
                # OpenCLIP's tokenizer fills up with zeros, CLIP's with the end.
                "special": dict(CLIP[0], pad=0) if parts[part] in OPEN_CLIP else CLIP[0],
                "post_processor": CLIP[2], "model_max_length": 77}
    written["unet/config.json"] = {k: v for k, v in configs["unet"].items() if not k.startswith("_")}
    if model in study_diffusion.LATENTS:
        written["unet/config.json"]["sample_size"] = study_diffusion.LATENTS[model]
    written["vae/config.json"] = {"scaling_factor": 0.13025 if xl else 0.18215, "block_out_channels": [128, 256, 512, 512],
                                  "latent_channels": 4}
    scheduler = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
                 "steps_offset": 1, "timestep_spacing": "leading",
                 "prediction_type": "v_prediction" if second else "epsilon"}
    if xl:
        scheduler["_class_name"] = "EulerDiscreteScheduler"
    elif second:
        scheduler.update(_class_name="DDIMScheduler", clip_sample=False, set_alpha_to_one=False)
    else:
        scheduler.update(_class_name="PNDMScheduler", skip_prk_steps=True, set_alpha_to_one=False)
    written["scheduler/scheduler_config.json"] = scheduler
    if "safety_checker" in parts:
        written["safety_checker/config.json"] = configs["safety_checker"].to_diff_dict()
        written["feature_extractor/preprocessor_config.json"] = tf.CLIPImageProcessor().to_dict()
    return written
