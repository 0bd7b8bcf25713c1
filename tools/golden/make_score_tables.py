#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write src/score/unicode_tables.cc: what Python's str says of letters, for metrics defined by Python code.

usage: make_score_tables.py > src/score/unicode_tables.cc   (made with Python 3.11, Unicode 14)

Lower case: runs of code points at a constant distance from their lower case, where that is one code point.
Word characters: ranges of str.isalnum(), which is what \\w means but for '_'. Code points that are not assigned are
in whichever range is open, so that there are fewer.
"""

import sys
import unicodedata


def lower_runs():
    runs = []
    for code in range(0x80, 0x110000):
        lower = chr(code).lower()
        if len(lower) != 1 or ord(lower) == code:
            continue
        delta = ord(lower) - code
        if runs:
            first, last, step, before = runs[-1]
            gap = code - last
            if before == delta and gap in (1, 2) and step in (0, gap):
                runs[-1] = (first, code, gap, delta)
                continue
        runs.append((code, code, 0, delta))
    return [(first, last, max(step, 1), delta) for first, last, step, delta in runs]


def word_ranges():
    ranges, open_range = [], None
    for code in range(0x80, 0x110000):
        if unicodedata.category(chr(code)) in ("Cn", "Co", "Cs"):
            continue
        if chr(code).isalnum():
            open_range = (open_range[0] if open_range else code, code)
        elif open_range:
            ranges.append(open_range)
            open_range = None
    return ranges + ([open_range] if open_range else [])


def rows(entries, columns):
    for start in range(0, len(entries), columns):
        yield "    " + ", ".join(entries[start:start + columns]) + ","


def main():
    lower = [f"{{0x{a:04X}, 0x{b:04X}, {step}, {delta}}}" for a, b, step, delta in lower_runs()]
    words = [f"{{0x{a:04X}, 0x{b:04X}}}" for a, b in word_ranges()]
    print(f"""// SPDX-License-Identifier: Apache-2.0
// Made by tools/golden/make_score_tables.py from Python {sys.version_info.major}.{sys.version_info.minor}, Unicode {unicodedata.unidata_version}. Do not edit.
#include "score/unicode_tables.h"

namespace permille {{
namespace {{

// clang-format off
constexpr LowerRun kLower[] = {{
{chr(10).join(rows(lower, 4))}
}};

constexpr CodeRange kWords[] = {{
{chr(10).join(rows(words, 5))}
}};
// clang-format on

}}  // namespace

std::span<const LowerRun> LowerRuns() {{
  return kLower;
}}
std::span<const CodeRange> WordRanges() {{
  return kWords;
}}

}}  // namespace permille""")


if __name__ == "__main__":
    main()
