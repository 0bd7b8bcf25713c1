# SPDX-License-Identifier: Apache-2.0
"""The study's decoders, encoder-decoders, image classifiers, detectors, captioners: see study.py.

GRAPHS: name: (build, build of what model_parameters.csv counts, parts of a built model).
MODELS: Hub id: (task, name).
"""
import transformers as tf

from captions import caption_parts
from decoders import decoder_part
from seq2seq import seq2seq_parts
from vision import classifier_part, detector_part


def decoder(cls, base, config_class, **settings):
    def config():
        return config_class(**settings)
    return lambda: cls(config()), lambda: base(config()), lambda m: [decoder_part(m)]


def gpt2(layers, hidden, heads):
    """Radford et al. 2019; GPT2Config's defaults are the smallest."""
    return decoder(tf.GPT2LMHeadModel, tf.GPT2Model, tf.GPT2Config, n_layer=layers, n_embd=hidden, n_head=heads)


def opt(layers, hidden, heads):
    """Zhang et al. 2022 (arXiv:2205.01068), table 1."""
    return decoder(tf.OPTForCausalLM, tf.OPTModel, tf.OPTConfig, num_hidden_layers=layers, hidden_size=hidden,
                   word_embed_proj_dim=hidden, num_attention_heads=heads, ffn_dim=4 * hidden, vocab_size=50272)


def bloom(layers, hidden, heads):
    """Le Scao et al. 2022 (arXiv:2211.05100), table 3."""
    return decoder(tf.BloomForCausalLM, tf.BloomModel, tf.BloomConfig, n_layer=layers, hidden_size=hidden,
                   n_head=heads, vocab_size=250880)


def seq2seq(cls, base, config_class, **settings):
    def config():
        return config_class(**settings)
    return lambda: cls(config()), lambda: base(config()), seq2seq_parts


def flan_t5(layers, hidden, heads, inner):
    """Chung et al. 2022 (arXiv:2210.11416) on T5 1.1: gated GELU, output layer of its own."""
    return seq2seq(tf.T5ForConditionalGeneration, tf.T5Model, tf.T5Config, d_model=hidden, d_kv=64, d_ff=inner,
                   num_layers=layers, num_heads=heads, vocab_size=32128, feed_forward_proj="gated-gelu",
                   tie_word_embeddings=False, decoder_start_token_id=0)


def bart(encoder, decoder_layers, hidden=1024, heads=16, inner=4096, vocabulary=50264):
    """Lewis et al. 2020 (arXiv:1910.13461); layers of the distilled ones: Shleifer and Rush 2020."""
    return seq2seq(tf.BartForConditionalGeneration, tf.BartModel, tf.BartConfig, encoder_layers=encoder,
                   decoder_layers=decoder_layers, d_model=hidden, encoder_attention_heads=heads,
                   decoder_attention_heads=heads, encoder_ffn_dim=inner, decoder_ffn_dim=inner, vocab_size=vocabulary)


def pegasus(positions):
    """Zhang et al. 2020 (arXiv:1912.08777), the large model; 96,103 pieces."""
    return seq2seq(tf.PegasusForConditionalGeneration, tf.PegasusModel, tf.PegasusConfig, vocab_size=96103,
                   d_model=1024, encoder_layers=16, decoder_layers=16, encoder_attention_heads=16,
                   decoder_attention_heads=16, encoder_ffn_dim=4096, decoder_ffn_dim=4096, scale_embedding=True,
                   activation_function="relu", max_position_embeddings=positions)


def led_large():
    """Beltagy et al. 2020 (arXiv:2004.05150): BART-large with windows of 1,024 and 16,384 positions."""
    return seq2seq(tf.LEDForConditionalGeneration, tf.LEDModel, tf.LEDConfig, attention_window=[1024] * 12)


def images(cls, base, config, size):
    return lambda: cls(config), lambda: base(config), lambda m: [classifier_part(m, size)]


def vit(size):
    """Dosovitskiy et al. 2021 (arXiv:2010.11929), base, patches of 16."""
    return images(tf.ViTForImageClassification, tf.ViTModel, tf.ViTConfig(image_size=size, num_labels=1000), size)


def convnext(size):
    """Woo et al. 2023 (arXiv:2301.00808), tiny: ConvNextV2Config's defaults."""
    return images(tf.ConvNextV2ForImageClassification, tf.ConvNextV2Model,
                  tf.ConvNextV2Config(image_size=size, num_labels=1000), size)


def resnet(**settings):
    """He et al. 2015 (arXiv:1512.03385)."""
    return images(tf.ResNetForImageClassification, tf.ResNetModel, tf.ResNetConfig(num_labels=1000, **settings), 224)


def beit():
    """Bao et al. 2022 (arXiv:2106.08254), base, finetuned on ImageNet-22k: 21,841 labels."""
    config = tf.BeitConfig(num_labels=21841, use_relative_position_bias=True, use_absolute_position_embeddings=False,
                           use_shared_relative_position_bias=False, use_mean_pooling=True, layer_scale_init_value=0.1)
    return images(tf.BeitForImageClassification, tf.BeitModel, config, 224)


def mobilenet():
    """Howard et al. 2017 (arXiv:1704.04861), width 0.75, 192 pixels; ImageNet and "background"."""
    config = tf.MobileNetV1Config(depth_multiplier=0.75, image_size=192, num_labels=1001)
    return images(tf.MobileNetV1ForImageClassification, tf.MobileNetV1Model, config, 192)


def detr(backbone, heads=8, labels=91):
    """Carion et al. 2020 (arXiv:2005.12872): DetrConfig's defaults; COCO's 91 ids."""
    def config():
        return tf.DetrConfig(backbone=backbone, use_pretrained_backbone=False, encoder_attention_heads=heads,
                             decoder_attention_heads=heads, num_labels=labels)
    return (lambda: tf.DetrForObjectDetection(config()), lambda: tf.DetrModel(config()),
            lambda m: [detector_part(m, 256, 320)])


def deformable_detr():
    """Zhu et al. 2021 (arXiv:2010.04159), one stage: DeformableDetrConfig's defaults."""
    def config():
        return tf.DeformableDetrConfig(use_pretrained_backbone=False, disable_custom_kernels=True, num_labels=91)
    return (lambda: tf.DeformableDetrForObjectDetection(config()), lambda: tf.DeformableDetrModel(config()),
            lambda m: [detector_part(m, 256, 320)])


DETA_SIZE = (800, 1066)  # height and width: what its processor makes of 640 x 480 pixels, the study's pictures


def deta():
    """Ouyang-Zhang et al. 2022 (arXiv:2212.06137) on Swin-L (Liu et al. 2021, arXiv:2103.14030): the numbers of
    transformers' convert_deta_swin_to_pytorch.py. Windows and proposals are those of one image of DETA_SIZE; every
    picture is resized to it.
    """
    def config():
        swin = tf.SwinConfig(embed_dim=192, depths=(2, 2, 18, 2), num_heads=(6, 12, 24, 48), window_size=12,
                             out_features=["stage2", "stage3", "stage4"])
        return tf.DetaConfig(backbone_config=swin, encoder_ffn_dim=2048, decoder_ffn_dim=2048, num_labels=91)
    return (lambda: tf.DetaForObjectDetection(config()), lambda: tf.DetaModel(config()),
            lambda m: [detector_part(m, *DETA_SIZE, fixed=True)])


def yolos(hidden, heads, size, between):
    """Fang et al. 2021 (arXiv:2106.00666), table 1; `size` is what the positions were trained for, `between` whether
    every layer adds positions."""
    def config():
        return tf.YolosConfig(hidden_size=hidden, num_attention_heads=heads, intermediate_size=4 * hidden,
                              num_hidden_layers=12, image_size=size, use_mid_position_embeddings=between, num_labels=91)
    return (lambda: tf.YolosForObjectDetection(config()), lambda: tf.YolosModel(config()),
            lambda m: [detector_part(m, 256, 320)])


def vit_gpt2():
    """ViT-base and GPT-2 with cross-attention, as nlpconnect/vit-gpt2-image-captioning's card describes it."""
    def build():
        config = tf.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
            tf.ViTConfig(), tf.GPT2Config(add_cross_attention=True, is_decoder=True))
        return tf.VisionEncoderDecoderModel(config)
    return build, build, caption_parts


def blip(**vision):
    """Li et al. 2022 (arXiv:2201.12086): BlipConfig's defaults, images of 384; the large one has ViT-large."""
    def build():
        text = dict(encoder_hidden_size=vision.get("hidden_size", 768))
        return tf.BlipForConditionalGeneration(tf.BlipConfig(vision_config=dict(image_size=384, **vision),
                                                             text_config=text))
    return build, lambda: tf.BlipModel(build().config), caption_parts


def git(**vision):
    """Wang et al. 2022 (arXiv:2205.14100): six text layers over CLIP's ViT: GitConfig's defaults."""
    def build():
        return tf.GitForCausalLM(tf.GitConfig(vision_config=vision))
    return build, lambda: tf.GitModel(tf.GitConfig(vision_config=vision)), caption_parts


VIT_LARGE = dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)


def blip2(text):
    """Li et al. 2023 (arXiv:2301.12597): ViT-g, 32 queries: Blip2Config's defaults; `text` is the language model."""
    def build():
        return tf.Blip2ForConditionalGeneration(tf.Blip2Config(text_config=text))
    return build, build, caption_parts


GRAPHS = {
    "distilgpt2": gpt2(6, 768, 12),  # card: half of GPT-2's layers
    "gpt2": gpt2(12, 768, 12),
    "gpt2-medium": gpt2(24, 1024, 16),
    "gpt2-xl": gpt2(48, 1600, 25),
    # Black et al. 2021 (github.com/EleutherAI/gpt-neo), the 125M configuration.
    "gpt-neo-125m": decoder(tf.GPTNeoForCausalLM, tf.GPTNeoModel, tf.GPTNeoConfig, hidden_size=768, num_layers=12,
                            num_heads=12, attention_types=[[["global", "local"], 6]], max_position_embeddings=2048),
    "opt-1.3b": opt(24, 2048, 32),
    "opt-6.7b": opt(32, 4096, 32),
    "bloom-560m": bloom(24, 1024, 16),
    "bloom-1b7": bloom(24, 2048, 16),
    "bloom-3b": bloom(30, 2560, 32),
    "bloom-7b1": bloom(30, 4096, 32),
    "flan-t5-base": flan_t5(12, 768, 12, 2048),
    "flan-t5-large": flan_t5(24, 1024, 16, 2816),
    "flan-t5-xl": flan_t5(24, 2048, 32, 5120),
    "flan-t5-xxl": flan_t5(24, 4096, 64, 10240),
    "bart-large": bart(12, 12),
    "bart-12-6": bart(12, 6),
    "bart-6-6": bart(6, 6),
    "bart-base": bart(6, 6, 768, 12, 3072, 50265),
    "pegasus-512": pegasus(512),
    "pegasus-1024": pegasus(1024),
    "led-large": led_large(),
    "vit-base-224": vit(224),
    "vit-base-384": vit(384),
    "beit-base-224": beit(),
    "convnextv2-tiny-224": convnext(224),
    "resnet-18": resnet(layer_type="basic", hidden_sizes=[64, 128, 256, 512], depths=[2, 2, 2, 2]),
    "resnet-50": resnet(),
    "mobilenet-v1-0.75-192": mobilenet(),
    "detr-resnet-50": detr("resnet50"),
    "detr-resnet-50-1-head": detr("resnet50", heads=1),
    "detr-resnet-101": detr("resnet101"),
    "deformable-detr": deformable_detr(),
    "deta-swin-large": deta(),
    "yolos-tiny": yolos(192, 3, [800, 1333], False),
    "yolos-small": yolos(384, 6, [512, 864], True),
    "vit-gpt2": vit_gpt2(),
    "blip-base": blip(),
    "blip-large": blip(**VIT_LARGE),
    "git-base": git(),
    "git-large": git(**VIT_LARGE, patch_size=14),
    "blip2-opt-2.7b": blip2(dict(model_type="opt", num_hidden_layers=32, hidden_size=2560, word_embed_proj_dim=2560,
                                 num_attention_heads=32, ffn_dim=10240, vocab_size=50272)),
    "blip2-flan-t5-xl": blip2(dict(model_type="t5", d_model=2048, d_kv=64, d_ff=5120, num_layers=24, num_heads=32,
                                   vocab_size=32128, feed_forward_proj="gated-gelu", tie_word_embeddings=False,
                                   decoder_start_token_id=0, bos_token_id=1)),
}

GENERATION, SUMMARY = "text-generation", "summarization"
MODELS = {
    "distilgpt2": (GENERATION, "distilgpt2"), "gpt2": (GENERATION, "gpt2"),
    "gpt2-medium": (GENERATION, "gpt2-medium"), "gpt2-xl": (GENERATION, "gpt2-xl"),
    "EleutherAI/gpt-neo-125m": (GENERATION, "gpt-neo-125m"), "facebook/opt-1.3b": (GENERATION, "opt-1.3b"),
    "facebook/opt-6.7b": (GENERATION, "opt-6.7b"), "bigscience/bloom-560m": (GENERATION, "bloom-560m"),
    "bigscience/bloomz-560m": (GENERATION, "bloom-560m"), "bigscience/bloomz-1b7": (GENERATION, "bloom-1b7"),
    "bigscience/bloomz-3b": (GENERATION, "bloom-3b"), "bigscience/bloomz-7b1": (GENERATION, "bloom-7b1"),
    "google/flan-t5-base": (SUMMARY, "flan-t5-base"), "google/flan-t5-large": (SUMMARY, "flan-t5-large"),
    "google/flan-t5-xl": (SUMMARY, "flan-t5-xl"), "google/flan-t5-xxl": (SUMMARY, "flan-t5-xxl"),
    "facebook/bart-large-cnn": (SUMMARY, "bart-large"), "sshleifer/distilbart-cnn-12-6": (SUMMARY, "bart-12-6"),
    # The logs call it distilbart-xsum-12-6; its runs are of distilbart-cnn-6-6.
    "sshleifer/distilbart-xsum-12-6": (SUMMARY, "bart-6-6"), "ainize/bart-base-cnn": (SUMMARY, "bart-base"),
    "google/pegasus-xsum": (SUMMARY, "pegasus-512"), "google/pegasus-large": (SUMMARY, "pegasus-1024"),
    "google/pegasus-multi_news": (SUMMARY, "pegasus-1024"), "pszemraj/led-large-book-summary": (SUMMARY, "led-large"),
    "google/vit-base-patch16-224": ("image-classification", "vit-base-224"),
    "google/vit-base-patch16-384": ("image-classification", "vit-base-384"),
    "microsoft/beit-base-patch16-224-pt22k-ft22k": ("image-classification", "beit-base-224"),
    "facebook/convnextv2-tiny-1k-224": ("image-classification", "convnextv2-tiny-224"),
    "facebook/convnextv2-tiny-22k-384": ("image-classification", "convnextv2-tiny-224"),
    "microsoft/resnet-18": ("image-classification", "resnet-18"),
    "microsoft/resnet-50": ("image-classification", "resnet-50"),
    "google/mobilenet_v1_0.75_192": ("image-classification", "mobilenet-v1-0.75-192"),
    "facebook/detr-resnet-50": ("object-detection", "detr-resnet-50"),
    "facebook/detr-resnet-101": ("object-detection", "detr-resnet-101"),
    "polejowska/detr-r50-cd45rb-1ah-6l": ("object-detection", "detr-resnet-50-1-head"),
    "polejowska/detr-r50-cd45rb-8ah-6l-gelu-corrected": ("object-detection", "detr-resnet-50"),
    "SenseTime/deformable-detr": ("object-detection", "deformable-detr"),
    "jozhang97/deta-swin-large": ("object-detection", "deta-swin-large"),
    "hustvl/yolos-tiny": ("object-detection", "yolos-tiny"), "hustvl/yolos-small": ("object-detection", "yolos-small"),
    "nlpconnect/vit-gpt2-image-captioning": ("image-to-text", "vit-gpt2"),
    "ydshieh/vit-gpt2-coco-en": ("image-to-text", "vit-gpt2"),
    "Salesforce/blip-image-captioning-base": ("image-to-text", "blip-base"),
    "Salesforce/blip-image-captioning-large": ("image-to-text", "blip-large"),
    "microsoft/git-base": ("image-to-text", "git-base"), "microsoft/git-large-coco": ("image-to-text", "git-large"),
    "Salesforce/blip2-opt-2.7b": ("image-to-text", "blip2-opt-2.7b"),
    "Salesforce/blip2-flan-t5-xl": ("image-to-text", "blip2-flan-t5-xl"),
}
# Asked zero-shot, for the work of several tasks.
MULTI_PURPOSE = {model for model in MODELS if model.startswith(("google/flan-t5-", "bigscience/bloomz-"))}

# Pictures of another size than the graph's configuration or the processor's default has, as transformers'
# convert_convnextv2_to_pytorch.py and convert_yolos_to_pytorch.py give them to these models; DETA's is its graph's.
PICTURES = {"facebook/convnextv2-tiny-22k-384": 384, "hustvl/yolos-tiny": 512, "jozhang97/deta-swin-large": DETA_SIZE}
