#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write src/prep/hf_unicode_tables.cc: which code points Hugging Face `tokenizers` treats how.

Its Rust crates carry Unicode tables of several old versions, so no Unicode library agrees with it on
newer characters. The behaviour is observed by putting every code point through the installed package.
Where utf8proc agrees (decomposition, lower case), only the exceptions are written.

usage: pip install tokenizers; make_hf_unicode.py > src/prep/hf_unicode_tables.cc (needs libutf8proc.so.2)
"""
import ctypes
import sys

import tokenizers
from tokenizers import normalizers, pre_tokenizers

POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


class Property(ctypes.Structure):
    _fields_ = [("category", ctypes.c_int16), ("combining_class", ctypes.c_int16)]


utf8proc = ctypes.CDLL("libutf8proc.so.2")
utf8proc.utf8proc_tolower.restype = ctypes.c_int32
utf8proc.utf8proc_get_property.restype = ctypes.POINTER(Property)
utf8proc.utf8proc_version.restype = ctypes.c_char_p


def bert(clean=False, chinese=False, strip=False, lower=False):
    return normalizers.BertNormalizer(
        clean_text=clean, handle_chinese_chars=chinese, strip_accents=strip, lowercase=lower)


def utf8proc_class(c):
    return utf8proc.utf8proc_get_property(c).contents.combining_class


def ranges(points):
    out = []
    for c in points:
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def table(name, comment, points):
    print(f"/// {comment}")
    print(f"const CodePointRange {name}Ranges[] = {{")
    line = "   "
    for low, high in ranges(points):
        cell = f" {{0x{low:x}, 0x{high:x}}},"
        if len(line) + len(cell) > 100:
            print(line)
            line = "   "
        line += cell
    print(line)
    print("};")
    print(f"const std::span<const CodePointRange> {name} = {name}Ranges;\n")


def main():
    clean, strip, lower = bert(clean=True), bert(strip=True), bert(lower=True)
    marks, nfd, split = normalizers.StripAccents(), normalizers.NFD(), pre_tokenizers.BertPreTokenizer()

    def removed_by(normalizer):
        return [c for c in POINTS if normalizer.normalize_str("a" + chr(c) + "a") == "aa"]

    # A mark that tokenizers' older tables do not know never moves: after U+0301 (class 230) a known mark of
    # a lower class moves in front, before U+0334 (class 1) a known mark of a higher class moves behind.
    def unordered(c):
        k = utf8proc_class(c)
        if k == 0 or nfd.normalize_str(chr(c)) != chr(c):
            return False
        pair = "a\u0301" + chr(c) if k < 230 else "a" + chr(c) + "\u0334"
        return nfd.normalize_str(pair) == pair

    print("// SPDX-License-Identifier: Apache-2.0")
    print("// Made by tools/golden/make_hf_unicode.py from PyPI tokenizers "
          f"{tokenizers.__version__} and utf8proc {utf8proc.utf8proc_version().decode()}. Do not edit.")
    print('#include "prep/hf_unicode_tables.h"\n\nnamespace permille {\n\n// clang-format off')
    table("kControl", "Removed by BertNormalizer's clean_text.", removed_by(clean))
    table("kNonspacingMark", "Removed by BertNormalizer's strip_accents.", removed_by(strip))
    table("kMark", "Removed by the StripAccents normalizer.", removed_by(marks))
    table("kPunctuation", "Isolated by BertPreTokenizer.",
          [c for c in POINTS if len(split.pre_tokenize_str("a" + chr(c) + "a")) == 3])
    table("kUnorderedMark", "Marks with a combining class in utf8proc and none here.",
          [c for c in POINTS if unordered(c)])
    print("/// Lower case where utf8proc differs, one code point to one.")
    print("const LowerException kLowerExceptionList[] = {")
    for c in POINTS:
        low = lower.normalize_str(chr(c))
        if low != chr(utf8proc.utf8proc_tolower(c)) and len(low) == 1:
            print(f"    {{0x{c:x}, 0x{ord(low):x}}},")
        elif len(low) > 1 and c != 0x130:
            sys.exit(f"U+{c:04X} has a longer lower case: {low!r}")
    print("};\nconst std::span<const LowerException> kLowerExceptions = kLowerExceptionList;")
    print("// clang-format on\n\n}  // namespace permille")


main()
