// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/json.h"

namespace permille {

/// test/data/golden/images, made by tools/golden/make_images.py with PIL 9.4 and transformers
/// 4.30.2.
inline std::string ImageFolder() {
  return PERMILLE_SOURCE_DIR "/test/data/golden/images/";
}
inline const Json& ImageGolden() {
  static const Json golden = *ReadJsonFile(ImageFolder() + "images.json");
  return golden;
}
inline std::string SharedData() {
  return PERMILLE_SOURCE_DIR "/../shared/data/";
}

template <class T>
std::string ShaOf(std::span<const T> numbers) {
  return Sha256({reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()});
}

}  // namespace permille
