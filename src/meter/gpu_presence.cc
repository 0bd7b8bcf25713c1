// SPDX-License-Identifier: Apache-2.0
#include "meter/gpu_presence.h"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace permille {
namespace {

std::filesystem::path Under(const std::string& root, std::string_view path) {
  return std::filesystem::path(root) / std::filesystem::path(path).relative_path();
}

std::string FirstWord(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

// PCI base classes: 03 display controller, 12 processing accelerator (PCI Code and ID Assignment).
bool IsGpuClass(std::string_view pci_class) {
  return pci_class.starts_with("0x03") || pci_class.starts_with("0x12");
}

}  // namespace

int CountPciGpus(const std::string& sysfs_root, std::string_view vendor) {
  std::error_code error;
  std::filesystem::directory_iterator device(Under(sysfs_root, "/sys/bus/pci/devices"), error);
  int count = 0;
  while (!error && device != std::filesystem::directory_iterator()) {
    if (FirstWord(device->path() / "vendor") == vendor &&
        IsGpuClass(FirstWord(device->path() / "class"))) {
      ++count;
    }
    device.increment(error);
  }
  return count;
}

bool ExistsUnder(const std::string& sysfs_root, std::string_view path) {
  std::error_code error;
  return std::filesystem::exists(Under(sysfs_root, path), error);
}

}  // namespace permille
