// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "engine/mapped_file.h"

namespace permille {

/// A graph file in memory: mapped, or unpacked from .zst.
class GraphFile {
 public:
  /// Errors name the file: kNotFound, kIo, kInvalid for what is no zstd or unpacks to too much.
  static Result<GraphFile> Read(const std::string& path);
  bool compressed() const { return compressed_; }
  std::span<const std::byte> bytes() const {
    return compressed_ ? std::as_bytes(std::span(unpacked_)) : mapped_.bytes();
  }

 private:
  MappedFile mapped_;
  std::string unpacked_;
  bool compressed_ = false;
};

}  // namespace permille
