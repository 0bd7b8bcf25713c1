// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace permille {

/// test/data/golden/images, made by tools/golden/make_images.py with PIL 9.4 and transformers
/// 4.30.2.
inline std::string ImageFolder() {
  return PERMILLE_SOURCE_DIR "/test/data/golden/images/";
}
inline std::string SharedData() {
  return PERMILLE_SOURCE_DIR "/../shared/data/";
}

}  // namespace permille
