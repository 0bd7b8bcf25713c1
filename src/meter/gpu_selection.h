// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "record/channel.h"

namespace permille {

/// A MIG instance of an NVIDIA GPU: a compute instance inside a GPU instance.
struct MigIdentity {
  std::string uuid;  ///< "MIG-<uuid>" (driver 470 and later) or "MIG-GPU-<uuid>/<gi>/<ci>" before
  unsigned gpu_instance = 0;
  unsigned compute_instance = 0;
};

/// A GPU as its vendor's library enumerates it; its place in the list is its index.
struct GpuIdentity {
  std::string uuid;
  std::vector<MigIdentity> instances;  ///< empty unless MIG is enabled
};

/// What the work uses of one GPU.
struct GpuChoice {
  Use use = Use::kPresentNotUsed;
  std::vector<std::size_t> instances;  ///< of GpuIdentity::instances, when some were named
};

struct GpuSelection {
  std::vector<GpuChoice> gpus;  ///< one per GpuIdentity, in order
  std::string origin;           ///< "--gpu 1", "CUDA_VISIBLE_DEVICES=0,2", "every GPU"
  std::string note;  ///< where and why a CUDA_VISIBLE_DEVICES list ended early; else empty
  bool by_cuda_index = false;  ///< CUDA's numbers were taken for the library's
};

/// Decide which GPUs the work uses: `flag` (--gpu) if given, else `visible` (CUDA_VISIBLE_DEVICES)
/// if set, else all of them.
///
/// `--gpu` takes a comma-separated list of indices, UUIDs, MIG UUIDs (unique prefixes are enough),
/// "all" or "none"; a word that fits no GPU is kInvalid. CUDA_VISIBLE_DEVICES is read as CUDA reads
/// it: an empty list shows no GPU, and the list ends, without an error, at the first word that
/// names no GPU (-1, NoDevFiles, an index out of range, an ambiguous prefix; CUDA C++ Programming
/// Guide, "CUDA Environment Variables"); all words are of the first one's kind and a repeated
/// device empties the list (as PyTorch's torch.cuda found CUDA to do).
Result<GpuSelection> SelectGpus(const std::optional<std::string>& flag,
                                const std::optional<std::string>& visible,
                                std::span<const GpuIdentity> gpus);

}  // namespace permille
