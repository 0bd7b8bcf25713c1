// SPDX-License-Identifier: Apache-2.0
#include "meter/amdsmi_library.h"

#include <array>
#include <filesystem>

#include "meter/gpu_presence.h"
#include "meter/shared_library.h"

namespace permille {
namespace {

using amdsmi::Status;

AmdsmiFunctions FindFunctions(const SharedLibrary& library) {
  AmdsmiFunctions f;
  const auto find = [&](auto& out, const char* name) {
    out = library.Find<std::remove_reference_t<decltype(out)>>(name);
  };
  find(f.init, "amdsmi_init");
  find(f.status_text, "amdsmi_status_code_to_string");
  find(f.lib_version, "amdsmi_get_lib_version");
  find(f.sockets, "amdsmi_get_socket_handles");
  find(f.processors, "amdsmi_get_processor_handles");
  find(f.type, "amdsmi_get_processor_type");
  find(f.uuid, "amdsmi_get_gpu_device_uuid");
  find(f.asic_info, "amdsmi_get_gpu_asic_info");
  find(f.energy, "amdsmi_get_energy_count");
  find(f.power_info, "amdsmi_get_power_info");
  find(f.power_cap, "amdsmi_get_power_cap_info");
  find(f.activity, "amdsmi_get_gpu_activity");
  find(f.clock, "amdsmi_get_clock_info");
  find(f.temperature, "amdsmi_get_temp_metric");
  find(f.processes, "amdsmi_get_gpu_process_list");
  return f;
}

tl::expected<SharedLibrary, SharedLibrary::OpenFailure> OpenFile(const MeterOptions& options) {
  const std::string& name = options.amdsmi_library;
  auto library = SharedLibrary::Open(name);
  if (library || !library.error().missing || name.find('/') != std::string::npos) return library;
  auto in_rocm = SharedLibrary::Open(
      (std::filesystem::path(options.sysfs_root) / "opt/rocm/lib" / name).string());
  // A library that is there and broken says more than one that is not.
  return in_rocm || !in_rocm.error().missing ? in_rocm : library;
}

SourceFailure MissingLibrary(const MeterOptions& options) {
  const std::string& name = options.amdsmi_library;
  const int cards = CountPciGpus(options.sysfs_root, kPciVendorAmd);
  if (cards == 0) {
    return {SourceStatus::kAbsent, fmt::format("no AMD GPU and no {} here", name), ""};
  }
  if (!ExistsUnder(options.sysfs_root, "/sys/module/amdgpu")) {
    return {SourceStatus::kAbsent,
            fmt::format("{} AMD GPU(s) on the PCI bus, but the amdgpu driver is not loaded", cards),
            "load it as root: modprobe amdgpu; then install ROCm's amd-smi-lib"};
  }
  return {SourceStatus::kAbsent,
          fmt::format("{} AMD GPU(s) with the amdgpu driver, but no {}", cards, name),
          "install ROCm's amd-smi-lib, or name the library in PERMILLE_AMDSMI_LIB"};
}

SourceFailure InitFailure(Status status, const std::string& text) {
  const std::string reason = fmt::format("amdsmi_init: {}", text);
  switch (status) {
    case amdsmi::kNoPermission:
      return {SourceStatus::kDenied, reason,
              "add this user to the groups render and video: sudo usermod -aG render,video $USER, "
              "then log in again; in a container, pass --device /dev/kfd --device /dev/dri"};
    case amdsmi::kDriverNotLoaded:
    case amdsmi::kDrmError:
      return {SourceStatus::kAbsent, reason + " (library present, driver not usable)",
              "load it as root: modprobe amdgpu; in a container, pass --device /dev/kfd --device "
              "/dev/dri"};
    default:
      return {SourceStatus::kUnsupported, reason, "see what amd-smi list says"};
  }
}

}  // namespace

SourceResult<AmdsmiLibrary> AmdsmiLibrary::Open(const MeterOptions& options) {
  const auto file = OpenFile(options);
  if (!file) {
    if (file.error().missing) return tl::unexpected(MissingLibrary(options));
    return tl::unexpected(SourceFailure{
        SourceStatus::kUnsupported,
        fmt::format("{} cannot be loaded: {}", options.amdsmi_library, file.error().reason),
        "reinstall ROCm's amd-smi-lib"});
  }
  AmdsmiLibrary library(FindFunctions(*file));
  const AmdsmiFunctions& f = library.functions_;
  if (f.init == nullptr || f.sockets == nullptr || f.processors == nullptr) {
    return tl::unexpected(SourceFailure{
        SourceStatus::kUnsupported,
        fmt::format("{} is too old: it has no amdsmi_get_processor_handles", file->name()),
        "install ROCm 6.0 or newer"});
  }
  if (const Status status = f.init(amdsmi::kInitGpus); status != amdsmi::kSuccess) {
    return tl::unexpected(InitFailure(status, library.Text(status)));
  }
  library.ReadVersion();
  return library;
}

void AmdsmiLibrary::ReadVersion() {
  alignas(8) std::array<std::uint32_t, 64> words{};
  if (functions_.lib_version == nullptr ||
      functions_.lib_version(words.data()) != amdsmi::kSuccess) {
    return;
  }
  // A release that drops the year but keeps its place would leave it 0.
  const std::size_t start = words[0] == 0 ? 1 : 0;
  version_ = {words[start], words[start + 1], words[start + 2]};
  layout_ = amdsmi::LayoutOf(version_);
}

std::string AmdsmiLibrary::VersionText() const {
  if (version_.first == 0) return {};
  return fmt::format("{}.{}.{}", version_.first, version_.second, version_.third);
}

std::string AmdsmiLibrary::Text(Status status) const {
  const char* text = nullptr;
  if (functions_.status_text != nullptr) functions_.status_text(status, &text);
  return text != nullptr ? text : fmt::format("amdsmi status {}", status);
}

}  // namespace permille
