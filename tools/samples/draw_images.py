#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draw the sample images of catalog/samples, whose labels, boxes and captions are known by construction.

usage: draw_images.py FOLDER      (catalog/samples; needs pillow; drawn with 13.0.0)

pictures/LABEL/*.jpg           one thing each, labels of ImageNet
scenes/*.jpg, scenes.jsonl     several things each with their boxes, labels of COCO
captioned/*.png, captions.jsonl  things on a ground, with two sentences each
"""

import json
import math
import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SCALE = 3  # drawn larger, then shrunk, for smooth edges
COLOURS = {"red": (204, 36, 41), "blue": (38, 84, 186), "green": (46, 139, 64), "yellow": (240, 200, 40),
           "orange": (236, 126, 28), "purple": (124, 58, 150), "black": (28, 28, 30), "white": (246, 246, 244)}
WOOD = (122, 82, 46)


class Canvas:
    """A picture in units of pixels, whose drawing calls are scaled."""

    def __init__(self, width, height, top, bottom):
        self.size = (width, height)
        self.image = Image.new("RGB", (width * SCALE, height * SCALE))
        self.draw = ImageDraw.Draw(self.image)
        for y in range(height * SCALE):
            share = y / (height * SCALE)
            colour = tuple(round(a + (b - a) * share) for a, b in zip(top, bottom))
            self.draw.line([(0, y), (width * SCALE, y)], fill=colour)

    @staticmethod
    def _scaled(points):
        return [(x * SCALE, y * SCALE) for x, y in points]

    def ellipse(self, x0, y0, x1, y1, fill, outline=None, width=1):
        self.draw.ellipse(self._scaled([(x0, y0), (x1, y1)]), fill, outline, round(width * SCALE))

    def box(self, x0, y0, x1, y1, fill, outline=None, width=1):
        self.draw.rectangle(self._scaled([(x0, y0), (x1, y1)]), fill, outline, round(width * SCALE))

    def polygon(self, points, fill):
        self.draw.polygon(self._scaled(points), fill)

    def line(self, points, fill, width):
        self.draw.line(self._scaled(points), fill, round(width * SCALE), joint="curve")

    def pie(self, x0, y0, x1, y1, start, end, fill):
        self.draw.pieslice(self._scaled([(x0, y0), (x1, y1)]), start, end, fill)

    def shrunk(self):
        return self.image.resize(self.size, Image.Resampling.LANCZOS)


def darker(colour, share=0.7):
    return tuple(round(c * share) for c in colour)


# Every thing is drawn to fill the box x, y, w, h exactly.


def clock(c, x, y, w, h, colour):
    c.ellipse(x, y, x + w, y + h, (250, 248, 240), colour, w * 0.07)
    cx, cy = x + w / 2, y + h / 2
    for hour in range(12):
        a = hour * math.pi / 6
        inner, outer = (0.33, 0.4)
        c.line([(cx + w * inner * math.sin(a), cy - h * inner * math.cos(a)),
                (cx + w * outer * math.sin(a), cy - h * outer * math.cos(a))], COLOURS["black"], w * 0.025)
    for angle, length, width in ((random.random() * 6.28, 0.22, 0.045), (random.random() * 6.28, 0.33, 0.03)):
        c.line([(cx, cy), (cx + w * length * math.sin(angle), cy - h * length * math.cos(angle))],
               COLOURS["black"], w * width)


def envelope(c, x, y, w, h, colour):
    c.box(x, y, x + w, y + h, (248, 244, 232), darker(colour), w * 0.012)
    c.polygon([(x, y), (x + w, y), (x + w / 2, y + h * 0.58)], (238, 231, 212))
    c.line([(x, y), (x + w / 2, y + h * 0.58), (x + w, y)], darker(colour), w * 0.012)
    c.ellipse(x + w * 0.44, y + h * 0.48, x + w * 0.56, y + h * 0.48 + w * 0.12, colour)


def traffic_light(c, x, y, w, h, _):
    c.box(x, y, x + w, y + h, (34, 38, 36))
    lit = random.randrange(3)
    side = min(w * 0.76, h * 0.28)
    for i, colour in enumerate(((220, 30, 30), (250, 180, 20), (30, 190, 70))):
        cy = y + h * (i + 0.5) / 3
        c.ellipse(x + w / 2 - side / 2, cy - side / 2, x + w / 2 + side / 2, cy + side / 2,
                  colour if i == lit else darker(colour, 0.28))


def umbrella(c, x, y, w, h, colour):
    c.line([(x + w / 2, y + h * 0.1), (x + w / 2, y + h * 0.93)], WOOD, w * 0.03)
    c.line([(x + w / 2, y + h * 0.92), (x + w * 0.55, y + h), (x + w * 0.6, y + h * 0.92)], WOOD, w * 0.03)
    c.pie(x, y, x + w, y + h * 1.1, 180, 360, colour)
    for i in range(4):
        c.pie(x + w * i / 4, y + h * 0.48, x + w * (i + 1) / 4, y + h * 0.62, 180, 360, darker(colour, 0.55))
        c.line([(x + w / 2, y), (x + w * i / 4, y + h * 0.55)], darker(colour), w * 0.012)


def candle(c, x, y, w, h, colour):
    c.box(x, y + h * 0.32, x + w, y + h, colour)
    c.box(x + w * 0.7, y + h * 0.32, x + w, y + h, darker(colour, 0.85))
    c.line([(x + w / 2, y + h * 0.33), (x + w / 2, y + h * 0.22)], COLOURS["black"], max(1.5, w * 0.06))
    c.polygon([(x + w / 2, y), (x + w * 0.72, y + h * 0.17), (x + w / 2, y + h * 0.26), (x + w * 0.28, y + h * 0.17)],
              (252, 176, 46))
    c.ellipse(x + w * 0.38, y + h * 0.12, x + w * 0.62, y + h * 0.25, (255, 240, 170))


def ladybug(c, x, y, w, h, _):
    for share in (0.35, 0.55, 0.75):
        c.line([(x, y + h * share * 1.05), (x + w, y + h * share * 1.05)], COLOURS["black"], w * 0.03)
    c.ellipse(x + w * 0.3, y, x + w * 0.7, y + h * 0.36, COLOURS["black"])
    c.ellipse(x + w * 0.06, y + h * 0.14, x + w * 0.94, y + h, (206, 32, 28))
    c.line([(x + w / 2, y + h * 0.14), (x + w / 2, y + h)], COLOURS["black"], w * 0.03)
    for dx, dy in ((0.28, 0.36), (0.72, 0.36), (0.24, 0.62), (0.76, 0.62), (0.36, 0.82), (0.64, 0.82)):
        c.ellipse(x + w * (dx - 0.07), y + h * (dy - 0.06), x + w * (dx + 0.07), y + h * (dy + 0.06), COLOURS["black"])


def balloon(c, x, y, w, h, colour):
    c.line([(x + w / 2, y + h * 0.7), (x + w * 0.46, y + h * 0.85), (x + w * 0.52, y + h)], (90, 90, 90), w * 0.02)
    c.polygon([(x + w * 0.44, y + h * 0.74), (x + w * 0.56, y + h * 0.74), (x + w / 2, y + h * 0.66)], darker(colour))
    c.ellipse(x, y, x + w, y + h * 0.7, colour)
    c.ellipse(x + w * 0.2, y + h * 0.1, x + w * 0.38, y + h * 0.24, tuple(min(255, v + 70) for v in colour))


def mushroom(c, x, y, w, h, colour):
    c.polygon([(x + w * 0.38, y + h * 0.4), (x + w * 0.62, y + h * 0.4), (x + w * 0.7, y + h), (x + w * 0.3, y + h)],
              (236, 226, 204))
    c.pie(x, y, x + w, y + h * 1.04, 180, 360, colour)
    for dx, dy, r in ((0.26, 0.36, 0.07), (0.52, 0.16, 0.08), (0.74, 0.36, 0.06), (0.5, 0.42, 0.05)):
        c.ellipse(x + w * (dx - r), y + h * (dy - r), x + w * (dx + r), y + h * (dy + r), (250, 246, 238))


def stop_sign(c, x, y, w, h, _):
    def octagon(inset):
        a, b = w / 2 - inset, h / 2 - inset
        return [(x + w / 2 + a * u, y + h / 2 + b * v) for u, v in
                ((-0.414, -1), (0.414, -1), (1, -0.414), (1, 0.414), (0.414, 1), (-0.414, 1), (-1, 0.414), (-1, -0.414))]
    c.polygon(octagon(0), (245, 245, 245))
    c.polygon(octagon(w * 0.04), (190, 24, 30))
    font = ImageFont.load_default(h * 0.3 * SCALE)
    c.draw.text(((x + w / 2) * SCALE, (y + h / 2) * SCALE), "STOP", (245, 245, 245), font, "mm")


def ball(c, x, y, w, h, colour):
    c.ellipse(x, y, x + w, y + h, (248, 248, 248), (60, 60, 60), w * 0.015)
    points = [(x + w * (0.5 + 0.19 * math.sin(k * 1.2566)), y + h * (0.5 - 0.19 * math.cos(k * 1.2566))) for k in range(5)]
    c.polygon(points, darker(colour, 0.5))
    for k, (px, py) in enumerate(points):
        c.line([(px, py), (x + w * (0.5 + 0.46 * math.sin(k * 1.2566)), y + h * (0.5 - 0.46 * math.cos(k * 1.2566)))],
               (60, 60, 60), w * 0.02)


def kite(c, x, y, w, h, colour):
    c.polygon([(x + w / 2, y), (x + w, y + h * 0.35), (x + w / 2, y + h), (x, y + h * 0.35)], colour)
    c.polygon([(x + w / 2, y), (x + w, y + h * 0.35), (x + w / 2, y + h * 0.35)], darker(colour))
    c.line([(x + w / 2, y), (x + w / 2, y + h)], COLOURS["white"], w * 0.02)


def apple(c, x, y, w, h, colour):
    c.line([(x + w / 2, y + h * 0.25), (x + w * 0.54, y)], WOOD, w * 0.06)
    c.ellipse(x, y + h * 0.16, x + w * 0.6, y + h * 0.94, colour)
    c.ellipse(x + w * 0.4, y + h * 0.16, x + w, y + h * 0.94, colour)
    c.ellipse(x + w * 0.2, y + h * 0.36, x + w * 0.8, y + h, colour)
    c.ellipse(x + w * 0.16, y + h * 0.3, x + w * 0.3, y + h * 0.46, tuple(min(255, v + 60) for v in colour))


PICTURES = {"analog clock": clock, "envelope": envelope, "traffic light": traffic_light, "umbrella": umbrella,
            "candle": candle, "ladybug": ladybug, "balloon": balloon, "mushroom": mushroom}
OBJECTS = {"clock": (clock, 1.0), "traffic light": (traffic_light, 0.42), "umbrella": (umbrella, 1.05),
           "stop sign": (stop_sign, 1.0), "sports ball": (ball, 1.0), "kite": (kite, 0.72), "apple": (apple, 0.95)}
NATURAL = {"mushroom": ("red", "orange"), "apple": ("red", "green")}
GROUNDS = {"a green field": ((150, 200, 236), (228, 240, 246), (92, 158, 76)),
           "a sandy beach": ((120, 190, 230), (214, 236, 244), (226, 204, 150)),
           "a grey road": ((188, 200, 212), (226, 230, 232), (120, 122, 126)),
           "a wooden table": ((222, 214, 200), (240, 236, 226), (150, 106, 64))}


def colour_of(kind):
    return random.choice(NATURAL.get(kind, ("red", "blue", "green", "yellow", "orange", "purple")))


def draw_pictures(folder):
    for label, draw in PICTURES.items():
        (folder / label).mkdir(parents=True, exist_ok=True)
        for number in range(1, 5):
            shade = [random.randint(150, 245) for _ in range(6)]
            c = Canvas(random.choice((240, 288, 320)), 240, shade[:3], shade[3:])
            h = random.uniform(0.55, 0.85) * 240
            w = h * {"envelope": 1.25, "traffic light": 0.42, "candle": 0.28, "balloon": 0.68}.get(label, 1.0)
            x, y = (c.size[0] - w) * random.uniform(0.25, 0.75), (240 - h) * random.uniform(0.3, 0.7)
            draw(c, x, y, w, h, COLOURS[colour_of(label)])
            c.shrunk().save(folder / label / f"{number}.jpg", quality=88)


def free_place(taken, w, h, size):
    for _ in range(200):
        x, y = random.uniform(4, size[0] - w - 4), random.uniform(4, size[1] - h - 4)
        if all(x + w + 4 < a or a + b + 4 < x or y + h + 4 < e or e + f + 4 < y for a, e, b, f in taken):
            return x, y
    return None


def draw_scenes(folder, lines):
    folder.mkdir(parents=True, exist_ok=True)
    with open(lines, "w") as out:
        for number in range(1, 33):
            sky, haze, ground = random.choice(list(GROUNDS.values()))
            c = Canvas(*random.choice(((320, 240), (300, 300), (240, 320))), sky, haze)
            c.box(0, c.size[1] * 0.72, c.size[0], c.size[1], ground)
            objects, taken = [], []
            for _ in range(random.randint(1, 5)):
                kind = random.choice(list(OBJECTS))
                draw, ratio = OBJECTS[kind]
                h = random.uniform(36, 130)
                place = free_place(taken, h * ratio, h, c.size)
                if place is None:
                    continue
                draw(c, *place, h * ratio, h, COLOURS[colour_of(kind)])
                taken.append((*place, h * ratio, h))
                box = [round(v, 1) for v in (place[0], place[1], place[0] + h * ratio, place[1] + h)]
                objects.append({"label": kind, "box": box})
            name = f"{number:02}.jpg"
            c.shrunk().save(folder / name, quality=88)
            out.write(json.dumps({"image": f"{folder.name}/{name}", "objects": objects}) + "\n")


COUNTS = {1: "a", 2: "two", 3: "three"}
PLURALS = {"clock": "clocks", "umbrella": "umbrellas", "balloon": "balloons", "candle": "candles", "apple": "apples",
           "mushroom": "mushrooms", "kite": "kites", "ball": "balls"}
NAMED = {"clock": (clock, 1.0), "umbrella": (umbrella, 1.0), "balloon": (balloon, 0.68), "candle": (candle, 0.3),
         "apple": (apple, 0.95), "mushroom": (mushroom, 1.0), "kite": (kite, 0.72), "ball": (ball, 1.0)}
PLAIN = ("ball", "clock")  # their colour is not what one would name


def phrase(count, colour, kind):
    noun = kind if count == 1 else PLURALS[kind]
    words = noun if kind in PLAIN else f"{colour} {noun}"
    article = "an" if count == 1 and words[0] in "aeiou" else COUNTS[count]
    return f"{article} {words}"


def draw_captioned(folder, lines):
    folder.mkdir(parents=True, exist_ok=True)
    kinds = list(NAMED)
    with open(lines, "w") as out:
        for number in range(1, 33):
            ground_name = random.choice(list(GROUNDS))
            sky, haze, ground = GROUNDS[ground_name]
            c = Canvas(256, 192, haze, haze)
            c.box(0, 120, 256, 192, ground)
            groups = random.sample(kinds, random.choice((1, 2, 2)))
            counts = [random.randint(1, 3 if len(groups) == 1 else 2) for _ in groups]
            total, at, phrases = sum(counts), 0, []
            for kind, count in zip(groups, counts):
                colour = colour_of(kind)
                draw, ratio = NAMED[kind]
                for _ in range(count):
                    room = 240 / total
                    h = min(120.0, room * 0.86 / ratio)
                    w = h * ratio
                    draw(c, 8 + room * (at + 0.5) - w / 2, 164 - h, w, h, COLOURS[colour])
                    at += 1
                phrases.append(phrase(count, colour, kind))
            things = " and ".join(phrases)
            verb = "is" if total == 1 else "are"
            second = f"On {ground_name} there {'is' if counts[0] == 1 else 'are'} {things}."
            name = f"{number:02}.png"
            c.shrunk().quantize(96, dither=Image.Dither.NONE).convert("RGB").save(folder / name, optimize=True)
            captions = [f"{things[0].upper()}{things[1:]} {verb} on {ground_name}.", second]
            out.write(json.dumps({"image": f"{folder.name}/{name}", "captions": captions}) + "\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    random.seed(7)
    draw_pictures(folder / "pictures")
    draw_scenes(folder / "scenes", folder / "scenes.jsonl")
    draw_captioned(folder / "captioned", folder / "captions.jsonl")


if __name__ == "__main__":
    main()
