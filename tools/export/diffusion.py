# SPDX-License-Identifier: Apache-2.0
"""Text to image: text encoders, UNet, VAE decoder and safety checker, one graph each."""
import torch

from tracing import Part


def text_encoder_part(model, name, last_but_one):
    """CLIP's text model. last_but_one: XL uses the hidden states before the last layer."""
    config = model.config
    states = f"hidden_states.{config.num_hidden_layers - 1}"

    def call(m, input_ids):
        out = m(input_ids, output_hidden_states=last_but_one)
        if hasattr(out, "text_embeds"):
            return {"text_embeds": out.text_embeds, states: out.hidden_states[-2]}
        outputs = {"last_hidden_state": out.last_hidden_state}
        if last_but_one:
            outputs[states] = out.hidden_states[-2]
        return outputs

    def example(batch, length):
        ids = torch.randint(3, config.vocab_size - 1, (batch, length), generator=torch.Generator().manual_seed(length))
        ids[:, -2:] = config.vocab_size - 1
        return {"input_ids": ids}

    first = example(2, 9)
    with torch.no_grad():
        outputs = list(call(model, **first))
    return Part(name, call, first, {"input_ids": ("batch", "sequence")},
                {o: ("batch",) if o == "text_embeds" else ("batch", "sequence") for o in outputs},
                [example(1, 17), example(3, 5)])


def unet_part(model, size):
    config = model.config
    large = config.addition_embed_type == "text_time"
    wide = config.cross_attention_dim

    def call(m, **inputs):
        extra = {"added_cond_kwargs": {k: inputs[k] for k in ("text_embeds", "time_ids")}} if large else {}
        return {"out_sample": m(inputs["sample"], inputs["timestep"],
                                encoder_hidden_states=inputs["encoder_hidden_states"], **extra).sample}

    def example(batch, height, width, length, step):
        generator = torch.Generator().manual_seed(height + width)
        inputs = {"sample": torch.randn(batch, config.in_channels, height, width, generator=generator),
                  "timestep": torch.tensor([step]),
                  "encoder_hidden_states": torch.randn(batch, length, wide, generator=generator)}
        if large:
            pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
            inputs["text_embeds"] = torch.randn(batch, pooled, generator=generator)
            inputs["time_ids"] = torch.tensor([[float(8 * height), 8.0 * width, 0, 0, 8 * height, 8 * width]] * batch)
        return inputs

    axes = {"sample": ("batch", None, "height", "width"), "encoder_hidden_states": ("batch", "sequence"),
            "text_embeds": ("batch",), "time_ids": ("batch",)}
    first = example(2, size, size * 2, 9, 21.0)
    return Part("unet", call, first, {n: axes[n] for n in first if n in axes},
                {"out_sample": ("batch", None, "height", "width")},
                [example(1, size * 2, size, 17, 500.5), example(3, size, size * 3, 5, 3.0)])


def vae_decoder_part(model, size):
    def example(batch, height, width):
        generator = torch.Generator().manual_seed(height)
        return {"latent_sample": torch.randn(batch, model.config.latent_channels, height, width, generator=generator)}

    axes = ("batch", None, "height", "width")
    return Part("vae_decoder", lambda m, latent_sample: {"sample": m.decode(latent_sample).sample},
                example(2, size, size * 2), {"latent_sample": axes},
                {"sample": ("batch", None, "image_height", "image_width")},
                [example(1, size * 2, size), example(3, size, size * 3)])


def safety_checker_part(model):
    """The checker's distances, and its verdict: a special concept lowers the bar for all others."""
    def call(m, clip_input):
        embeds = m.visual_projection(m.vision_model(clip_input)[1])
        embeds = torch.nn.functional.normalize(embeds)

        def cosine(concepts):
            return torch.matmul(embeds, torch.nn.functional.normalize(concepts).t())

        special, concepts = cosine(m.special_care_embeds), cosine(m.concept_embeds)
        care = torch.round((special - m.special_care_embeds_weights) * 1000) > 0
        adjusted = concepts - m.concept_embeds_weights + care.any(dim=1, keepdim=True) * 0.01
        bad = torch.round(adjusted * 1000) > 0
        return {"has_nsfw_concepts": bad.any(dim=1), "special_cos_dist": special, "cos_dist": concepts}

    size = model.config.vision_config.image_size

    def example(batch):
        return {"clip_input": torch.randn(batch, 3, size, size, generator=torch.Generator().manual_seed(batch))}

    names = ("has_nsfw_concepts", "special_cos_dist", "cos_dist")
    return Part("safety_checker", call, example(2), {"clip_input": ("batch",)}, {n: ("batch",) for n in names},
                [example(1), example(3)])
