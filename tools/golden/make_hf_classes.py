#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write src/prep/hf_character_classes.cc, hf_regex_classes.cc, hf_regex_cases.cc, hf_scripts.cc and
hf_normal_forms.cc: what Hugging Face `tokenizers` takes each code point for, and where its normal forms differ from
utf8proc's.

As in make_hf_unicode.py the behaviour is observed by putting every code point through the installed package,
since its crates carry Unicode tables of several versions.

usage: pip install tokenizers==0.23.3; make_hf_classes.py (needs libutf8proc.so.2)
"""
import base64
import ctypes
import json
import pathlib
import struct
import unicodedata

import tokenizers
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers

OUT = pathlib.Path(__file__).resolve().parents[2] / "src/prep"
POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
utf8proc = ctypes.CDLL("libutf8proc.so.2")
utf8proc.utf8proc_version.restype = ctypes.c_char_p
utf8proc.utf8proc_decompose_char.restype = ctypes.c_ssize_t
STABLE, COMPAT, DECOMPOSE = 1 << 1, 1 << 2, 1 << 4


def ranges(points):
    out = []
    for c in points:
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def rows(cells):
    lines, line = [], "   "
    for cell in cells:
        if len(line) + len(cell) + 1 > 100:
            lines.append(line)
            line = "   "
        line += " " + cell
    return "\n".join(lines + [line])


def table(name, kind, comment, cells):
    return (f"/// {comment}\nconst {kind} {name}List[] = {{\n{rows(cells)}\n}};\n"
            f"const std::span<const {kind}> {name} = {name}List;\n\n")


def range_table(name, comment, points):
    return table(name, "CodePointRange", comment, [f"{{0x{a:x}, 0x{b:x}}}," for a, b in ranges(points)])


def header(include):
    return (f"// SPDX-License-Identifier: Apache-2.0\n// Made by tools/golden/make_hf_classes.py from PyPI tokenizers "
            f"{tokenizers.__version__}.\n// Do not edit.\n#include \"prep/{include}\"\n\nnamespace permille {{\n\n// clang-format off\n")


def isolated(splitter):
    return [c for c in POINTS if len(splitter.pre_tokenize_str("~" + chr(c) + "~")) == 3]


def of_regex(regex):
    return isolated(pre_tokenizers.Split(Regex(regex), "isolated"))


def scripts():
    """Ranges of code points that UnicodeScripts does not split, with a number for each script; 0 fits all."""
    splitter = pre_tokenizers.UnicodeScripts()

    def same(a, b):
        return len(splitter.pre_tokenize_str(a + b)) == 1

    known, out = [], []
    for c in POINTS:
        s = chr(c)
        if same("a", s) and same("\u0434", s):
            number = 0
        elif out and out[-1][2] and same(s, known[out[-1][2] - 1]):
            number = out[-1][2]
        else:
            number = next((i + 1 for i, k in enumerate(known) if same(s, k)), 0)
            if not number:
                known.append(s)
                number = len(known)
        if out and out[-1][1] == c - 1 and out[-1][2] == number:
            out[-1][1] = c
        else:
            out.append([c, c, number])
    return [r for r in out if r[2]]


def grapheme_extenders():
    """What joins an ASCII letter before it: the charsmap of a single letter swallows it then."""
    # The leaf of 'a' lies at unit 1, which no key reaches.
    units = [0] * 512
    units[0] = 256 << 10
    at = 256 ^ ord("a")
    units[at] = ord("a") | 1 << 8 | (at ^ 1) << 10
    units[1] = 0x80000000
    blob = struct.pack("<I", len(units) * 4) + struct.pack(f"<{len(units)}I", *units) + b"X\0"
    spec = dict(version="1.0", truncation=None, padding=None, added_tokens=[],
                normalizer=dict(type="Precompiled", precompiled_charsmap=base64.b64encode(blob).decode()),
                pre_tokenizer=None, post_processor=None, decoder=None,
                model=dict(type="WordLevel", vocab={"u": 0}, unk_token="u"))
    normalizer = Tokenizer.from_str(json.dumps(spec)).normalizer
    assert normalizer.normalize_str("abc") == "Xbc"
    return [c for c in POINTS if normalizer.normalize_str("a" + chr(c)) == "X"]


def utf8proc_decompose(c):
    out = (ctypes.c_int32 * 32)()
    boundary = ctypes.c_int(0)
    count = utf8proc.utf8proc_decompose_char(c, out, 32, STABLE | COMPAT | DECOMPOSE, ctypes.byref(boundary))
    return "".join(map(chr, out[:count]))


def normal_forms():
    nfc, nfkd = normalizers.NFC(), normalizers.NFKD()
    pairs = []
    for c in POINTS:
        parts = unicodedata.decomposition(chr(c)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            a, b = (int(p, 16) for p in parts)
            if nfc.normalize_str(chr(a) + chr(b)) == chr(c):
                pairs.append((a, b, c))
    odd = [(c, nfkd.normalize_str(chr(c))) for c in POINTS
           if not 0xAC00 <= c < 0xD7A4 and nfkd.normalize_str(chr(c)) != utf8proc_decompose(c)]
    assert all(text == chr(c) for c, text in odd), odd[:20]
    return sorted(pairs), [c for c, _ in odd]


def main():
    # An alphanumeric run stays whole in Whitespace's \w+.
    whitespace = pre_tokenizers.Whitespace()
    words = [c for c in POINTS if len(whitespace.pre_tokenize_str("a" + chr(c) + "a")) == 1]
    out = header("hf_character_classes.h")
    out += range_table("kRegexDigit", r"\d of its Oniguruma.", of_regex(r"\d"))
    out += range_table("kRegexWord", r"\w of its Oniguruma.", of_regex(r"\w"))
    out += range_table("kRegexLetter", r"\p{L} of its Oniguruma.", of_regex(r"\p{L}"))
    out += range_table("kRegexNumber", r"\p{N} of its Oniguruma.", of_regex(r"\p{N}"))
    (OUT / "hf_regex_classes.cc").write_text(out + "// clang-format on\n\n}  // namespace permille\n")
    out = header("hf_character_classes.h")
    for name in ("Mark", "Upper", "Lower"):
        letters = dict(Mark="M", Upper="Lu", Lower="Ll")[name]
        out += range_table(f"kRegex{name}", rf"\p{{{letters}}} of its Oniguruma.", of_regex(rf"\p{{{letters}}}"))
    (OUT / "hf_regex_cases.cc").write_text(out + "// clang-format on\n\n}  // namespace permille\n")
    out = header("hf_character_classes.h")
    out += range_table("kNumeric", "Split off by Digits.", isolated(pre_tokenizers.Digits(True)))
    out += range_table("kWordCharacter", r"\w of its crate regex.", words)
    out += range_table("kGraphemeExtender", "Joined to a letter before it, for Precompiled.", grapheme_extenders())
    (OUT / "hf_character_classes.cc").write_text(out + "// clang-format on\n\n}  // namespace permille\n")
    out = header("hf_character_classes.h")
    out += table("kScripts", "ScriptRange", "Scripts as UnicodeScripts tells them apart.",
                 [f"{{0x{a:x}, 0x{b:x}, {n}}}," for a, b, n in scripts()])
    (OUT / "hf_scripts.cc").write_text(out + "// clang-format on\n\n}  // namespace permille\n")
    pairs, plain = normal_forms()
    out = header("hf_normal_forms.h")
    out += table("kCompositions", "Composition", "What NFC composes, Hangul aside.",
                 [f"{{0x{a:x}, 0x{b:x}, 0x{c:x}}}," for a, b, c in pairs])
    out += range_table("kUndecomposed", f"Left alone by NFKD though not by utf8proc {utf8proc.utf8proc_version().decode()}.", plain)
    (OUT / "hf_normal_forms.cc").write_text(out + "// clang-format on\n\n}  // namespace permille\n")


if __name__ == "__main__":
    main()
