// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace permille {

/// A file in TMPDIR (else /tmp), mapped for writing: memory with pages of its own that ONNX Runtime
/// can map again by name. It has to have a name as long as sessions may be made from it (the
/// library resolves the path and refuses an unlinked one), so it is removed by the destructor; what
/// a killed process left is found by its lock being free, and removed by the next Make.
class ScratchFile {
 public:
  /// kUnavailable "needs X GB, Y free" when the file system has no room for `size` bytes.
  static Result<void> CheckRoom(std::size_t size);
  /// As CheckRoom; kIo for the rest.
  static Result<std::unique_ptr<ScratchFile>> Make(std::size_t size);
  /// A file of `size` bytes that are all zero and take no room: a hole, not mapped here.
  static Result<std::unique_ptr<ScratchFile>> MakeHole(std::size_t size);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }
  /// Write everything out and give up the mapping: what is left to the system to write would
  /// disturb what is measured later, and pages mapped here would count as ours. bytes() is empty
  /// from then on.
  Result<void> Finish();
  const std::string& folder() const { return folder_; }
  const std::string& name() const { return name_; }

 private:
  ScratchFile() = default;
  Result<void> Create(const std::string& folder);
  Result<void> Map(std::size_t size);

  std::string folder_;
  std::string name_;
  int file_ = -1;
  std::span<std::byte> bytes_;
};

}  // namespace permille
