// SPDX-License-Identifier: Apache-2.0
#include "engine/graph_file.h"

#include "engine/zstd_file.h"

namespace permille {

Result<GraphFile> GraphFile::Read(const std::string& path) {
  GraphFile file;
  PERMILLE_ASSIGN(file.mapped_, MappedFile::Open(path));
  file.compressed_ = path.ends_with(".zst");
  if (file.compressed_) {
    PERMILLE_ASSIGN(file.unpacked_, DecompressZstd(file.mapped_.bytes(), path));
  }
  return file;
}

}  // namespace permille
