// SPDX-License-Identifier: Apache-2.0
#include "meter/gpu_selection.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>
#include <string_view>
#include <tuple>

namespace permille {
namespace {

constexpr std::string_view kGpuPrefix = "GPU-";
constexpr std::string_view kMigPrefix = "MIG-";
constexpr std::string_view kOldMigPrefix = "MIG-GPU-";

// One device that a word names: a GPU, or an instance of it.
struct Target {
  std::size_t gpu = 0;
  std::optional<std::size_t> instance;
  auto operator<=>(const Target&) const = default;
};

bool SameLetter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), SameLetter);
}

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

std::vector<std::string_view> Words(std::string_view list) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t comma = list.find(',');
    words.push_back(Trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) return words;
    list.remove_prefix(comma + 1);
  }
}

std::optional<std::size_t> Number(std::string_view text, bool whole) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || (whole && end != text.data() + text.size())) return std::nullopt;
  return value;
}

// The one GPU whose UUID begins with `prefix`; absent when none or several do.
std::optional<std::size_t> UniqueGpu(std::string_view prefix, std::span<const GpuIdentity> gpus) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    if (!StartsWith(gpus[i].uuid, prefix)) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

// "MIG-GPU-<uuid>/<gi>/<ci>": drivers before 470 name an instance by its place in its GPU.
std::optional<Target> OldMigTarget(std::string_view word, std::span<const GpuIdentity> gpus) {
  const std::size_t slash = word.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::size_t second = word.find('/', slash + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto gpu = UniqueGpu(word.substr(kMigPrefix.size(), slash - kMigPrefix.size()), gpus);
  const auto gpu_instance = Number(word.substr(slash + 1, second - slash - 1), true);
  const auto compute_instance = Number(word.substr(second + 1), true);
  if (!gpu || !gpu_instance || !compute_instance) return std::nullopt;
  const auto& instances = gpus[*gpu].instances;
  for (std::size_t i = 0; i < instances.size(); ++i) {
    if (instances[i].gpu_instance == *gpu_instance &&
        instances[i].compute_instance == *compute_instance) {
      return Target{*gpu, i};
    }
  }
  return std::nullopt;
}

std::optional<Target> MigTarget(std::string_view word, std::span<const GpuIdentity> gpus) {
  if (StartsWith(word, kOldMigPrefix)) return OldMigTarget(word, gpus);
  if (word.size() <= kMigPrefix.size()) return std::nullopt;
  std::optional<Target> found;
  for (std::size_t gpu = 0; gpu < gpus.size(); ++gpu) {
    for (std::size_t i = 0; i < gpus[gpu].instances.size(); ++i) {
      if (!StartsWith(gpus[gpu].instances[i].uuid, word)) continue;
      if (found) return std::nullopt;
      found = Target{gpu, i};
    }
  }
  return found;
}

std::optional<Target> GpuTarget(std::string_view word, std::span<const GpuIdentity> gpus) {
  if (word.size() <= kGpuPrefix.size()) return std::nullopt;
  const auto gpu = UniqueGpu(word, gpus);
  if (!gpu) return std::nullopt;
  return Target{*gpu, std::nullopt};
}

std::optional<Target> IndexTarget(std::optional<std::size_t> index,
                                  std::span<const GpuIdentity> gpus) {
  if (!index || *index >= gpus.size()) return std::nullopt;
  return Target{*index, std::nullopt};
}

void MarkUsed(const Target& target, std::span<const GpuIdentity> gpus, GpuSelection& selection) {
  GpuChoice& choice = selection.gpus[target.gpu];
  // A program that is given a GPU in MIG mode runs on instances of it: the joules are the parent's.
  const bool mig = target.instance || !gpus[target.gpu].instances.empty();
  choice.use = mig ? Use::kMigParent : Use::kUsed;
  if (target.instance) choice.instances.push_back(*target.instance);
}

void UseAll(std::span<const GpuIdentity> gpus, GpuSelection& selection) {
  for (std::size_t i = 0; i < gpus.size(); ++i) MarkUsed({i, std::nullopt}, gpus, selection);
}

std::string Have(std::span<const GpuIdentity> gpus) {
  std::string text;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    text += fmt::format("{}{} = {}", i == 0 ? "" : ", ", i, gpus[i].uuid);
    for (const MigIdentity& instance : gpus[i].instances) text += ", " + instance.uuid;
  }
  return text.empty() ? "none" : text;
}

std::optional<Target> FlagTarget(std::string_view word, std::span<const GpuIdentity> gpus) {
  if (StartsWith(word, kMigPrefix)) return MigTarget(word, gpus);
  if (const auto index = Number(word, true)) return IndexTarget(index, gpus);
  if (StartsWith(word, kGpuPrefix)) return GpuTarget(word, gpus);
  // A UUID written without its vendor's prefix, or of a vendor that has none.
  auto gpu = UniqueGpu(word, gpus);
  if (!gpu) gpu = UniqueGpu(std::string(kGpuPrefix) + std::string(word), gpus);
  if (!gpu) return std::nullopt;
  return Target{*gpu, std::nullopt};
}

Result<void> SelectByFlag(const std::string& flag, std::span<const GpuIdentity> gpus,
                          GpuSelection& selection) {
  const std::string_view list = Trim(flag);
  if (list.empty() || list == "none" || list == "-1") return {};
  if (list == "all") {
    UseAll(gpus, selection);
    return {};
  }
  std::set<Target> seen;
  for (const std::string_view word : Words(list)) {
    const auto target = word.empty() ? std::nullopt : FlagTarget(word, gpus);
    if (!target) {
      return Fail(ErrorCode::kInvalid,
                  "--gpu: '{}' names no GPU, or more than one, of those here ({})", word,
                  Have(gpus));
    }
    if (seen.insert(*target).second) MarkUsed(*target, gpus, selection);
  }
  return {};
}

enum class WordKind { kIndex, kGpu, kMig };

WordKind KindOf(std::string_view word) {
  if (StartsWith(word, kMigPrefix)) return WordKind::kMig;
  return StartsWith(word, kGpuPrefix) ? WordKind::kGpu : WordKind::kIndex;
}

std::optional<Target> CudaTarget(std::string_view word, WordKind kind,
                                 std::span<const GpuIdentity> gpus) {
  if (kind == WordKind::kMig) return MigTarget(word, gpus);
  if (kind == WordKind::kGpu) return GpuTarget(word, gpus);
  // CUDA reads an index as strtoul does, so "1abc" is 1.
  return IndexTarget(Number(word.starts_with('+') ? word.substr(1) : word, false), gpus);
}

void SelectByCuda(const std::string& visible, std::span<const GpuIdentity> gpus,
                  GpuSelection& selection) {
  if (Trim(visible).empty()) return;
  const std::vector<std::string_view> words = Words(visible);
  const WordKind kind = KindOf(words.front());
  std::set<Target> seen;
  std::vector<Target> targets;
  for (const std::string_view word : words) {
    const auto target = CudaTarget(word, kind, gpus);
    if (!target) {
      selection.note = fmt::format("the list ends at '{}', which names no GPU here", word);
      break;
    }
    if (!seen.insert(*target).second) {
      selection.note = fmt::format("'{}' is listed twice: CUDA then shows no GPU", word);
      return;
    }
    targets.push_back(*target);
  }
  selection.by_cuda_index = kind == WordKind::kIndex && !targets.empty();
  for (const Target& target : targets) MarkUsed(target, gpus, selection);
}

}  // namespace

Result<GpuSelection> SelectGpus(const std::optional<std::string>& flag,
                                const std::optional<std::string>& visible,
                                std::span<const GpuIdentity> gpus) {
  GpuSelection selection;
  selection.gpus.resize(gpus.size());
  if (flag) {
    selection.origin = fmt::format("--gpu {}", *flag);
    PERMILLE_TRY(SelectByFlag(*flag, gpus, selection));
  } else if (visible) {
    selection.origin = fmt::format("CUDA_VISIBLE_DEVICES={}", *visible);
    SelectByCuda(*visible, gpus, selection);
  } else {
    selection.origin = "every GPU";
    UseAll(gpus, selection);
  }
  return selection;
}

}  // namespace permille
