#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The hash that src/engine/random_fill_test.cc expects, from a second writing of the generator (numpy, xxhash)."""
import numpy as np
import xxhash

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def split_mix(seed, index):
    z = np.uint64(seed) + (index + np.uint64(1)) * GOLDEN
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def drawn(count, std, seed):
    bits = split_mix(seed, np.arange(count, dtype=np.uint64))
    parts = sum(((bits >> np.uint64(s)) & np.uint64(0xFFFF)).astype(np.int32) for s in (0, 16, 32, 48))
    scale = np.float32(std / np.sqrt((65536.0 * 65536.0 - 1) / 3))
    return (parts - 2 * 65535).astype(np.float32) * scale


if __name__ == "__main__":
    np.seterr(over="ignore")
    tensor_seed = split_mix(xxhash.xxh3_64_intdigest(b"layer.weight", seed=7), np.zeros(1, np.uint64))[0]
    print(xxhash.xxh3_64_hexdigest(drawn(3_000_000, 0.05, tensor_seed).tobytes()))
