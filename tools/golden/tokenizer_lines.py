# SPDX-License-Identifier: Apache-2.0
"""The texts of the tokenizer goldens, as bytes: many scripts, marks, controls, broken UTF-8, long words."""
import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parents[2]

WRITTEN = [
    "", " ", "   ", "\t\n\r", "a", ".", "...", "[CLS]", "[SEP] [MASK] [PAD]", "[cls]", "[UNK]x", "x[MASK]y",
    "Hello, world!", "it's a charming and often affecting journey.", "don't can't won't I'll", "U.S.A.'s e-mail",
    "“curly” ‘quotes’ — and – dashes…", "naïve café résumé Ångström", "NAÏVE CAFÉ", "e\u0301 e\u0323\u0301 e\u0301\u0323 o\u0302\u0323",
    "İstanbul ISPARTA ığ ŞIŞLİ", "Straße STRASSE ẞ ſ", "ΑΒΓ Σίσυφος ΣΟΦΟΣ", "Привет, мир! Ёлка йод", "שָׁלוֹם עולם",
    "مرحبا بالعالم؟ ١٢٣", "नमस्ते दुनिया। क्षत्रिय", "ไทยภาษาไทย ครับ", "你好，世界。", "東京タワーへ行きました。がぎぐ ｶﾞ", "한국어 조선말 각",
    "안녕하세요", "ཨོཾ་མ་ཎི", "ქართული ᲥᲐᲠᲗᲣᲚᲘ", "Ꭰꮳꭹ ᏣᎳᎩ", "𝕳𝖊𝖑𝖑𝖔 𝐖𝐨𝐫𝐥𝐝 ℍ ﬁ ﬂ ½ ² Ⅷ", "𠀀𠮷野家 𪚥 𫠝 𫝀", "豈更車 〆 〇",
    "😀 😃😄 🥰 🤗 👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇫🇷", "🫠 🫶🏿 🛝", "I ❤️ you ♥ ☺︎ ✓ → ∑ ≠ €100 £5 ¥7 ₿", "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg",
    "\u202eright to left\u202c \u2066iso\u2069", "tab\there\vand\fthere\x1c\x1d\x85\u2028\u2029\u00a0nbsp\u3000wide\u2009thin",
    "null\x00byte bell\x07 escape\x1b[31m del\x7f c1\x80\x9f", "\ufffd replacement \ufffe \uffff \U0010ffff \ue000 private",
    "x" * 99, "x" * 100, "x" * 101, "é" * 100, "é" * 101, "ab" * 300, "." * 120, "é" * 50 + "z" * 60, "中" * 130,
    "unbelievability antidisestablishmentarianism", "http://example.org/a_b?c=d&e=%20#f", "user@example.org $5.00 50% 1,234.56 3×4",
    "#hashtag ##ing ### a##b", "C++ C# f(x)=x^2 a_b `code` ~tilde~ |pipe| <tag/> {brace}", "1234567890 00:00 2023-11-23T03:14:15Z",
    "\u0300 combining first", "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308", "\u0915\u094d\u0937 \u0e33 \u0f71\u0f72\u0f74",
    "\u1100\u1161\u11a8 \uac01 \u1112\u1161\u11ab", "Å Å Å Ω Ω K K", "\u0344 \u0958 \u2adc \ufb1d \U0001d15e \U00011938",
    "\u07fd\u0334a \u0898\u0301b \u1dfa\u0323 x\u0305\u07eb", "ǅ ǈ ǋ ǲ Ǆ Ꞔ Ᲊ Ɤ \U00016ea0", "a\u0345\u0301 ᾳ ᾼ ῼ ΐ", "‚low‛ «guillemets» ‹single› ¿qué? ¡sí! ・・ 〜 ～ ！",
    "\u2e52\u2e5d \u0c77 \u166d \U0001e95e \u2cf9", "word\u00a0word\u2007word\u202fword", "line one\nline two\r\nline three\rfour",
    " leading and trailing  ", "MiXeD CaSe WoRdS", "the<mask>thing", "a <ent> b<ent>c <ent>", "left  <trim>  right<trim>", "New York new york NEW YORK Yorker",
    "café <ENT> CAFÉ Café-crème", "word<ent>word _<ent>_ -<ent>- é<ent>", "\u0301<ent> <ent>\u0301 <ent>\u200d", "[CLS][SEP][CLS] [ [CLS ]]",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "    multiple     spaces    ", "mañana\u0303 \u00f1\u0303", "ṩ s\u0323\u0307 s\u0307\u0323 ḍ\u0307", "\u1e9b\u0323 ﷺ ㎏ ㈱ ①②③",
]

BROKEN = [
    b"\xff", b"abc\xffdef", b"\xc3", b"caf\xc3", b"\xe2\x82", b"\xe2\x82 x", b"\xe2\x28\xa1", b"\xf0\x9f\x98", b"\xf0\x9f\x98 ok",
    b"\xed\xa0\x80 surrogate", b"\xc0\xaf overlong", b"\xf4\x90\x80\x80 high", b"\xf8\x88\x80\x80\x80", b"\x80\x80 stray \xbf",
    b"[CLS]\xff[SEP]", b"\xf0\x28\x8c\xbc mixed \xe4\xb8\xad", b"a\xcc\x81\xff\xcc\x81", b"x" * 99 + b"\xff", b"<ent>\xff <ent>\x80<ent>",
]

# First and last code point of blocks that the random lines draw from.
BLOCKS = [
    (0x20, 0x7E), (0x20, 0x7E), (0x20, 0x7E), (0x01, 0x1F), (0x80, 0xFF), (0x100, 0x24F), (0x250, 0x2AF), (0x2B0, 0x36F),
    (0x370, 0x3FF), (0x400, 0x52F), (0x530, 0x5FF), (0x600, 0x6FF), (0x700, 0x7FF), (0x800, 0x8FF), (0x900, 0x97F),
    (0x980, 0xDFF), (0xE00, 0xFFF), (0x1000, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x139F), (0x13A0, 0x167F), (0x1680, 0x17FF),
    (0x1800, 0x18AF), (0x1AB0, 0x1CFF), (0x1D00, 0x1DFF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x20CF), (0x20D0, 0x20FF),
    (0x2100, 0x214F), (0x2150, 0x2BFF), (0x2C00, 0x2E7F), (0x3000, 0x30FF), (0x3100, 0x33FF), (0x3400, 0x4DFF), (0x4E00, 0x9FFF),
    (0xA000, 0xABFF), (0xAC00, 0xD7FF), (0xE000, 0xE0FF), (0xF900, 0xFAFF), (0xFB00, 0xFDFF), (0xFE00, 0xFEFF), (0xFF00, 0xFFFD),
    (0x10000, 0x10FFF), (0x11000, 0x11FFF), (0x16A00, 0x16FFF), (0x1B000, 0x1BFFF), (0x1D000, 0x1D7FF), (0x1E000, 0x1EFFF),
    (0x1F000, 0x1FAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2FA1F), (0xE0000, 0xE01FF),
]


def lines():
    rng = random.Random(20231123)
    out = [s.encode() for s in WRITTEN] + BROKEN
    sentences = (ROOT / "catalog/samples/sentences.tsv").read_text(encoding="utf-8").splitlines()[1:]
    out += [row.split("\t")[0].encode() for row in sentences[::3]]
    letters = [chr(c) for c in list(range(0x61, 0x7B)) + list(range(0x41, 0x5B))]
    for block in BLOCKS:
        out.append("".join(chr(rng.randint(*block)) for _ in range(24)).encode())
        out.append("".join(rng.choice(letters + [" "]) + chr(rng.randint(*block)) for _ in range(16)).encode())
    for _ in range(60):
        mixed = "".join(chr(rng.randint(*rng.choice(BLOCKS))) for _ in range(rng.randint(1, 40)))
        out.append(mixed.encode())
    for _ in range(40):
        out.append(bytes(rng.choice([rng.randint(0x20, 0x7E), rng.randint(0x80, 0xFF), 0xCC, 0x81, 0x20])
                         for _ in range(rng.randint(1, 30))))
    return out
