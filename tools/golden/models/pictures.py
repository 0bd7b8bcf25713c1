# SPDX-License-Identifier: Apache-2.0
"""Small pictures drawn for the goldens: shapes on gradients, in RGB, grey, palette and RGBA, of several sizes."""
import os

import numpy as np
from PIL import Image, ImageDraw

from folder import GOLDEN

FOLDER = "images"
NAMES = ["boat.png", "tower.png", "grey.png", "glass.png"]


def _gradient(width, height, a, b):
    x = np.linspace(0, 1, width)[None, :, None]
    y = np.linspace(0, 1, height)[:, None, None]
    mix = (x + y) / 2
    return np.round(np.array(a) * (1 - mix) + np.array(b) * mix).astype(np.uint8)


def draw():
    folder = os.path.join(GOLDEN, FOLDER)
    os.makedirs(folder, exist_ok=True)
    boat = Image.fromarray(_gradient(64, 48, (120, 180, 250), (20, 60, 120)))
    pen = ImageDraw.Draw(boat)
    pen.polygon([(10, 30), (54, 30), (46, 42), (18, 42)], fill=(150, 30, 20))
    pen.polygon([(30, 6), (30, 28), (50, 28)], fill=(250, 250, 240))
    boat.save(os.path.join(folder, "boat.png"))
    tower = Image.fromarray(_gradient(45, 70, (250, 220, 120), (60, 20, 80)))
    pen = ImageDraw.Draw(tower)
    pen.rectangle([16, 14, 29, 69], fill=(90, 80, 70))
    pen.ellipse([18, 18, 27, 27], fill=(255, 255, 255))
    pen.line([22, 22, 25, 19], fill=(0, 0, 0))
    tower.save(os.path.join(folder, "tower.png"))
    grey = Image.fromarray(_gradient(52, 52, (0, 0, 0), (255, 255, 255))).convert("L")
    ImageDraw.Draw(grey).ellipse([8, 12, 40, 36], fill=200)
    grey.save(os.path.join(folder, "grey.png"))
    glass = Image.fromarray(_gradient(80, 40, (10, 200, 90), (240, 30, 160))).convert("RGBA")
    ImageDraw.Draw(glass).rectangle([20, 5, 60, 35], fill=(255, 255, 0, 128))
    glass.save(os.path.join(folder, "glass.png"))
    goat = Image.fromarray(_gradient(72, 54, (40, 120, 40), (200, 230, 255)))
    pen = ImageDraw.Draw(goat)
    pen.ellipse([18, 22, 52, 40], fill=(235, 235, 225))
    pen.ellipse([46, 12, 60, 26], fill=(215, 215, 205))
    for x in (22, 30, 40, 47):
        pen.line([x, 38, x, 50], fill=(60, 50, 40), width=3)
    goat.save(os.path.join(folder, "goat.png"))


def path(name):
    return os.path.join(GOLDEN, FOLDER, name)


def load(name):
    return Image.open(path(name)).convert("RGB")
