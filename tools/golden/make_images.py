#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden files of prep/ images: test/data/golden/images/*.

Small pictures in every way that the four formats can store them, drawn here, and what PIL 9.4 and the
image processors of transformers 4.30.2 make of them: hashes of all numbers, and some of the numbers
themselves to see what went wrong. With --shared DIR the facts of some of its photographs are added; the
photographs themselves are not copied.

    python tools/golden/make_images.py --shared ../shared/data
"""
import argparse
import hashlib
import io
import json
import pathlib
import struct
import warnings
import zlib

import numpy as np
import PIL
import transformers
from PIL import Image, ImageDraw, ImageOps, PngImagePlugin

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "test/data/golden/images"
FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}


def picture(width, height, seed=1):
    """Waves, noise, and shapes with hard edges."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([
        128 + 127 * np.sin(x / 7 + y / 11),
        128 + 127 * np.cos(x / 5 - y / 13),
        (x * 5 + y * 3) % 256,
    ], -1) + rng.normal(0, 8, (height, width, 3))
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.ellipse((width // 8, height // 8, width // 2, height // 2), outline=(255, 0, 0), width=2)
    draw.rectangle((width // 2, height // 2, width - 3, height - 3), fill=(0, 0, 0))
    draw.line((0, height, width, 0), fill=(255, 255, 255))
    return image


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def files():
    """(name, bytes) of every source file."""
    base = picture(37, 26)

    def saved(image, kind, **options):
        out = io.BytesIO()
        image.save(out, kind, **options)
        return out.getvalue()

    for quality in (30, 90):
        for sampling in (0, 1, 2):
            for progressive in (False, True):
                name = f"q{quality}-s{sampling}{'-progressive' if progressive else ''}.jpg"
                yield name, saved(base, "JPEG", quality=quality, subsampling=sampling, progressive=progressive)
    yield "grey.jpg", saved(base.convert("L"), "JPEG")
    yield "cmyk.jpg", saved(base.convert("CMYK"), "JPEG")
    yield "ycck.jpg", ycck(saved(base.convert("CMYK"), "JPEG"))
    yield "optimized.jpg", saved(base, "JPEG", optimize=True)
    for orientation in range(1, 9):
        yield f"exif{orientation}.jpg", saved(base, "JPEG", exif=exif(orientation))
    yield "exif6.png", saved(base, "PNG", exif=exif(6))
    yield "exif8.webp", saved(base, "WebP", exif=exif(8), lossless=True)
    xmp = PngImagePlugin.PngInfo()
    xmp.add_itxt("XML:com.adobe.xmp", '<x tiff:Orientation="3"/>')
    yield "xmp3.png", saved(base, "PNG", pnginfo=xmp)
    raw = PngImagePlugin.PngInfo()
    raw.add_text("Raw profile type exif", "\nexif\n  100\n" + exif(5).hex(), zip=True)
    yield "raw-exif5.png", saved(base, "PNG", pnginfo=raw)
    for interlaced in (0, 1):
        for color, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)), (6, (8, 16))):
            for depth in depths:
                name = f"type{color}-{depth}{'-interlaced' if interlaced else ''}.png"
                yield name, png(color, depth, interlaced)
    yield "grey-trns.png", png(0, 8, 0, transparency=b"\0\5")
    yield "grey16-trns.png", png(0, 16, 0, transparency=b"\0\5")
    yield "rgb-trns.png", png(2, 8, 0, transparency=b"\0\1\0\2\0\3")
    yield "palette-trns.png", png(3, 8, 0, transparency=b"\0\x80\2")
    yield "palette-short.png", png(3, 4, 0, colors=5)
    turned = base.convert("RGBA").rotate(30)
    yield "lossy.webp", saved(base, "WebP", quality=60)
    yield "lossy-alpha.webp", saved(turned, "WebP", quality=80)
    yield "lossless.webp", saved(base, "WebP", lossless=True)
    yield "lossless-alpha.webp", saved(turned, "WebP", lossless=True, exact=True)
    yield "animated.webp", saved(base, "WebP", save_all=True, append_images=[base.rotate(90)], duration=50)
    yield "animated-alpha.webp", saved(turned, "WebP", save_all=True, append_images=[base.convert("RGBA")],
                                       duration=50, lossless=True)
    yield from bitmaps()
    for name, size in (("landscape", (96, 61)), ("portrait", (61, 96)), ("square", (64, 64)), ("wide", (200, 30)),
                       ("large", (320, 240))):
        yield f"{name}.jpg", saved(picture(*size, seed=len(name)), "JPEG", quality=85)


def ycck(jpeg):
    """The same file with an Adobe marker that calls its channels YCCK."""
    at = jpeg.index(b"Adobe")
    return jpeg[:at + 11] + b"\2" + jpeg[at + 12:]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(color, depth, interlaced, colors=None, transparency=None, width=13, height=9):
    rng = np.random.default_rng(100 * color + depth)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    colors = colors or min(2 ** depth, 200)

    def rows(width, height):
        out = b""
        for _ in range(height):
            top = colors if color == 3 and depth == 8 else 256
            row = rng.integers(0, top, (width * channels * depth + 7) // 8, dtype=np.uint8)
            # Differences of one filter type only make sense for indices when they are not filtered.
            out += bytes([0 if color == 3 else rng.integers(0, 5)]) + bytes(row)
        return out

    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    if interlaced:
        raw = b"".join(rows((width - x + dx - 1) // dx, (height - y + dy - 1) // dy) for x, y, dx, dy in passes)
    else:
        raw = rows(width, height)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced))
    data += chunk(b"gAMA", struct.pack(">I", 45455))
    if color == 3:
        data += chunk(b"PLTE", bytes(rng.integers(0, 256, 3 * colors, dtype=np.uint8)))
    if transparency:
        data += chunk(b"tRNS", transparency)
    return data + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def bmp(bits, compression=0, header=40, masks=(), colors=0, stated=0, top_down=False, data=None, width=13, height=9):
    rng = np.random.default_rng(bits + header)
    if data is None:
        data = bytes(rng.integers(0, 256, (width * bits + 31) // 32 * 4 * height, dtype=np.uint8))
    table = b"".join(bytes(rng.integers(0, 256, 3, dtype=np.uint8)) + (b"" if header == 12 else b"\0")
                     for _ in range(colors))
    if header == 12:
        head = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        head = struct.pack("<IiiHHIIiiII", header, width, -height if top_down else height, 1, bits, compression,
                           len(data), 2835, 2835, stated, 0)
        if header > 40:
            head = (head + struct.pack("<IIII", *(list(masks) + [0] * 4)[:4])).ljust(header, b"\0")
        elif masks:
            head += struct.pack("<III", *masks[:3])
    offset = 14 + len(head) + len(table)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + head + table + data


def runs(four, width, height=9):
    """Run-length data of encoded and absolute runs, rows ended by 0 0."""
    rng = np.random.default_rng(width)
    out = b""
    for _ in range(height):
        left = width
        while left:
            count = int(min(left, rng.integers(1, 7)))
            if count == 4 and rng.random() < 0.8:
                out += bytes([0, 4]) + bytes(rng.integers(0, 256, 2 if four else 4, dtype=np.uint8))
            else:
                out += bytes([count, int(rng.integers(0, 256))])
            left -= count
        out += b"\0\0"
    return out + b"\0\1"


def bitmaps():
    for header in (12, 40, 64, 108, 124):
        yield f"h{header}-1.bmp", bmp(1, header=header, colors=2)
        yield f"h{header}-4.bmp", bmp(4, header=header, colors=16)
        yield f"h{header}-24.bmp", bmp(24, header=header)
    yield "8.bmp", bmp(8, colors=256)
    yield "8-few.bmp", bmp(8, colors=100, stated=100)
    yield "8-top-down.bmp", bmp(8, colors=256, top_down=True)
    yield "16.bmp", bmp(16)
    yield "32.bmp", bmp(32)
    yield "16-565.bmp", bmp(16, 3, masks=(0xF800, 0x7E0, 0x1F))
    yield "16-555.bmp", bmp(16, 3, masks=(0x7C00, 0x3E0, 0x1F))
    yield "32-bgrx.bmp", bmp(32, 3, masks=(0xFF0000, 0xFF00, 0xFF))
    yield "32-xbgr.bmp", bmp(32, 3, header=108, masks=(0xFF000000, 0xFF0000, 0xFF00))
    yield "32-rgba.bmp", bmp(32, 3, header=124, masks=(0xFF, 0xFF00, 0xFF0000, 0xFF000000))
    yield "rle8.bmp", bmp(8, 1, colors=256, data=runs(False, 13))
    yield "rle4.bmp", bmp(4, 2, colors=16, data=runs(True, 12), width=12)
    yield "rle8-jump.bmp", bmp(8, 1, colors=256, data=b"\5\7\0\2\3\1\3\1" + runs(False, 13))


def opened(path):
    """As transformers' load_image."""
    return ImageOps.exif_transpose(Image.open(path)).convert("RGB")


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def decoded(path, name):
    pixels = np.asarray(opened(path))
    flat = pixels.reshape(-1)
    at = np.linspace(0, flat.size - 1, 8).astype(int)
    return {"file": name, "width": pixels.shape[1], "height": pixels.shape[0], "sha256": sha(pixels),
            "samples": [[int(i), int(flat[i])] for i in at]}


def resized(path, name, width, height, filter_name):
    pixels = np.asarray(opened(path).resize((width, height), FILTERS[filter_name]))
    flat = pixels.reshape(-1)
    at = np.linspace(0, flat.size - 1, 8).astype(int)
    return {"file": name, "width": width, "height": height, "filter": filter_name, "sha256": sha(pixels),
            "samples": [[int(i), int(flat[i])] for i in at]}


IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
CLIP = {"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}
DO = {"do_resize": True, "do_normalize": True}

# Name, config, images. The configs are written as the models of each family have them.
PROCESSORS = [
    ("vit", {"feature_extractor_type": "ViTFeatureExtractor", "size": 224, "resample": 2, **DO, **HALF}, "all"),
    ("vit-new", {"image_processor_type": "ViTImageProcessor", "size": {"height": 64, "width": 96}, "resample": 3,
                 "do_rescale": True, "rescale_factor": 1 / 255, **DO, **HALF}, "all"),
    ("vit-defaults", {"image_processor_type": "ViTImageProcessor"}, "large"),
    ("vit-plain", {"image_processor_type": "ViTImageProcessor", "do_resize": False, "do_normalize": False}, "large"),
    ("vit-gpt2", {"feature_extractor_type": "ViTFeatureExtractor", "size": 224, "resample": 2, **DO,
                  **HALF, "image_processor_type": "ViTImageProcessor"}, "all"),
    ("vit-list", {"image_processor_type": "ViTImageProcessor", "size": [40, 50], "image_mean": 0.4,
                  "image_std": 0.3}, "large"),
    ("deit", {"feature_extractor_type": "DeiTFeatureExtractor", "size": 256, "crop_size": 224, "do_center_crop": True,
              "resample": 3, **DO, **IMAGENET}, "all"),
    ("deit-odd", {"image_processor_type": "DeiTImageProcessor", "size": {"height": 51, "width": 60},
                  "crop_size": {"height": 32, "width": 45}}, "all"),
    ("beit", {"feature_extractor_type": "BeitFeatureExtractor", "size": 224, "crop_size": 224, "do_center_crop": False,
              "resample": 2, "reduce_labels": False, **DO, **HALF}, "all"),
    ("beit-defaults", {"image_processor_type": "BeitImageProcessor"}, "large"),
    ("convnext", {"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "crop_pct": 0.875, "resample": 3,
                  **DO, **IMAGENET}, "all"),
    ("convnextv2", {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 224},
                    "crop_pct": 0.875, "resample": 3, "do_rescale": True, "rescale_factor": 1 / 255, **DO,
                    **IMAGENET}, "all"),
    ("convnextv2-384", {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 384},
                        "crop_pct": None, "resample": 3, **DO, **IMAGENET}, "large"),
    ("resnet", {"feature_extractor_type": "ConvNextFeatureExtractor", "crop_pct": 0.95, "size": 160, "resample": 3,
                **DO, **IMAGENET}, "all"),
    ("mobilenet_v1", {"image_processor_type": "MobileNetV1ImageProcessor", "size": {"shortest_edge": 256},
                      "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "resample": 2, **DO,
                      **HALF}, "all"),
    ("mobilenet_v2", {"feature_extractor_type": "MobileNetV2FeatureExtractor", "size": 192, "crop_size": 160,
                      "do_center_crop": True, "resample": 2, **DO, **HALF}, "all"),
    ("clip", {"feature_extractor_type": "CLIPFeatureExtractor", "size": 224, "crop_size": 224, "do_center_crop": True,
              "resample": 3, "do_convert_rgb": True, **DO, **CLIP}, "all"),
    ("git", {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 224},
             "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "resample": 3, "do_rescale": True,
             "rescale_factor": 1 / 255, "do_convert_rgb": True, **DO, **CLIP}, "all"),
    ("blip", {"image_processor_type": "BlipImageProcessor", "size": {"height": 384, "width": 384}, "resample": 3,
              "do_rescale": True, "rescale_factor": 1 / 255, "do_convert_rgb": True, "do_pad": True,
              "size_divisor": 32, **DO, **CLIP}, "all"),
    ("blip-2", {"image_processor_type": "BlipImageProcessor", "size": {"height": 224, "width": 224}, "resample": 3,
                **DO, **CLIP}, "large"),
    ("detr", {"feature_extractor_type": "DetrFeatureExtractor", "size": 800, "max_size": 1333, "do_resize": True,
              "format": "coco_detection", "do_normalize": True, **IMAGENET}, "all"),
    ("detr-new", {"image_processor_type": "DetrImageProcessor", "do_pad": True, "resample": 2,
                  "size": {"shortest_edge": 120, "longest_edge": 200}, "do_rescale": True, "rescale_factor": 1 / 255,
                  **DO, **IMAGENET}, "batch"),
    ("detr-exact", {"image_processor_type": "DetrImageProcessor", "size": {"height": 80, "width": 100}}, "batch"),
    ("conditional_detr", {"feature_extractor_type": "ConditionalDetrFeatureExtractor", "size": 90, "max_size": 151,
                          **DO, **IMAGENET}, "batch"),
    ("yolos", {"feature_extractor_type": "YolosFeatureExtractor", "size": 128, "max_size": 333, **DO, **IMAGENET},
     "batch"),
    ("yolos-small", {"feature_extractor_type": "YolosFeatureExtractor", "size": 512, "max_size": 864, **DO,
                     **IMAGENET}, "all"),
    ("deformable_detr", {"feature_extractor_type": "DeformableDetrFeatureExtractor", "size": 100, "max_size": 167,
                         **DO, **IMAGENET}, "batch"),
    ("deta", {"image_processor_type": "DetaImageProcessor", "size": {"shortest_edge": 110, "longest_edge": 183}, **DO,
              **IMAGENET, "do_pad": True}, "batch"),
    ("detr-unpadded", {"image_processor_type": "DetrImageProcessor", "do_pad": False,
                       "size": {"shortest_edge": 70, "longest_edge": 500}}, "all"),
]
PHOTOS = ["landscape.jpg", "portrait.jpg", "square.jpg", "wide.jpg", "large.jpg"]


def processed(name, config, folder, names):
    kind = config.get("image_processor_type") or config["feature_extractor_type"]
    keys = {k: v for k, v in config.items() if not k.endswith("_type")}
    processor = getattr(transformers, kind.replace("FeatureExtractor", "ImageProcessor"))(**keys)
    out = processor(images=[opened(folder / n) for n in names], return_tensors="np")
    values = np.asarray(out["pixel_values"], dtype=np.float32)
    flat = values.reshape(-1)
    at = np.linspace(0, flat.size - 1, 8).astype(int)
    case = {"name": name, "config": config, "files": names, "shape": list(values.shape), "sha256": sha(values),
            "samples": [[int(i), float(flat[i])] for i in at]}
    if "pixel_mask" in out:
        mask = np.asarray(out["pixel_mask"], dtype=np.int64)
        case |= {"mask_sha256": sha(mask), "mask_sum": int(mask.sum())}
    return case


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=pathlib.Path)
    shared = parser.parse_args().shared
    OUT.mkdir(parents=True, exist_ok=True)
    golden = {"generator": "tools/golden/make_images.py", "pil": PIL.__version__,
              "transformers": transformers.__version__, "decode": [], "resize": [], "processors": [], "shared": {}}
    for name, data in files():
        (OUT / name).write_bytes(data)
        golden["decode"].append(decoded(OUT / name, name))
    sizes = [(224, 224), (50, 61), (17, 5), (1, 1), (61, 96), (30, 200), (131, 97)]
    for name in ("landscape.jpg", "wide.jpg", "type0-8.png"):
        for width, height in sizes:
            for filter_name in FILTERS:
                golden["resize"].append(resized(OUT / name, name, width, height, filter_name))
    for name, config, which in PROCESSORS:
        batches = {"all": [[n] for n in PHOTOS], "large": [["large.jpg"]], "batch": [PHOTOS[:3], ["wide.jpg"]]}[which]
        for names in batches:
            golden["processors"].append(processed(name, config, OUT, names))
    if shared:
        photos = sorted((shared / "imagenet-samples").iterdir())[:6] + sorted((shared / "coco/images").iterdir())[:6]
        names = [str(p.relative_to(shared)) for p in photos]
        golden["shared"]["decode"] = [decoded(shared / n, n) for n in names]
        golden["shared"]["resize"] = [resized(shared / n, n, w, h, f) for i, n in enumerate(names)
                                      for w, h in ((224, 224), (341, 256)) for f in list(FILTERS)[i % 3::3]]
        golden["shared"]["processors"] = [processed(n, c, shared, [f]) for n, c, _ in PROCESSORS
                                          if n in ("vit", "convnext", "detr", "clip", "deit", "mobilenet_v1")
                                          for f in (names[0], names[7])]
    lines = [f' "{k}": {json.dumps(v)}' if not isinstance(v, list) else
             f' "{k}": [\n' + ",\n".join("  " + json.dumps(row) for row in v) + "\n ]" for k, v in golden.items()]
    (OUT / "images.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
