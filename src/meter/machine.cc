// SPDX-License-Identifier: Apache-2.0
#include "meter/machine.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <set>
#include <string_view>

#include "meter/proc_files.h"
#include "meter/sys_file.h"

namespace permille {
namespace {

int NumberOr(std::optional<std::string_view> text, int otherwise) {
  const auto value = text ? ParseCount(*text) : std::nullopt;
  return value ? static_cast<int>(*value) : otherwise;
}

bool HasWord(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const bool starts = at == 0 || text[at - 1] == ' ';
    const std::size_t end = at + word.size();
    if (starts && (end == text.size() || text[end] == ' ')) return true;
  }
  return false;
}

void ReadCpuInfo(std::string_view text, Machine& machine) {
  if (const auto name = FindField(text, "model name")) machine.cpu_model = *name;
  if (const auto vendor = FindField(text, "vendor_id")) machine.cpu_vendor = *vendor;
  machine.cpu_family = NumberOr(FindField(text, "cpu family"), 0);
  machine.cpu_model_number = NumberOr(FindField(text, "model"), 0);
  const auto implementer = FindField(text, "CPU implementer");
  const auto part = FindField(text, "CPU part");
  if (machine.cpu_model.empty() && implementer && part) {
    machine.cpu_model = fmt::format("ARM implementer {} part {}", *implementer, *part);
  }
  // KVM, Xen HVM, VMware and Hyper-V all set this bit of CPUID leaf 1; bare metal never does.
  if (const auto flags = FindField(text, "flags"))
    machine.virtual_machine = HasWord(*flags, "hypervisor");
}

void ReadTopology(const std::string& root, std::string_view cpuinfo, Machine& machine) {
  const std::string cpus = UnderRoot(root, "sys/devices/system/cpu");
  if (const auto online = ReadSysText(cpus + "/online")) {
    machine.logical_cores = static_cast<int>(ParseCpuList(*online).size());
  }
  std::set<std::string, std::less<>> packages;
  int processors = 0;
  while (!cpuinfo.empty()) {
    const std::size_t end = cpuinfo.find('\n');
    const std::string_view line = cpuinfo.substr(0, end);
    cpuinfo = end == std::string_view::npos ? std::string_view{} : cpuinfo.substr(end + 1);
    if (FindField(line, "processor")) ++processors;
    if (const auto package = FindField(line, "physical id")) packages.emplace(*package);
  }
  if (machine.logical_cores == 0) machine.logical_cores = processors;
  if (packages.empty()) {
    for (int cpu = 0; cpu < machine.logical_cores; ++cpu) {
      const auto package =
          ReadSysText(fmt::format("{}/cpu{}/topology/physical_package_id", cpus, cpu));
      if (package && ParseCount(*package)) packages.insert(*package);  // -1: not known
    }
  }
  if (!packages.empty()) machine.sockets = static_cast<int>(packages.size());
}

/// What firmware names a hypervisor. Needed for its name, and on ARM for its presence.
std::string HypervisorName(const std::string& root) {
  if (const auto type = ReadSysText(UnderRoot(root, "sys/hypervisor/type"))) return *type;
  constexpr auto kNames = std::to_array<std::string_view>(
      {"KVM", "QEMU", "VMware", "VirtualBox", "Xen", "Google Compute Engine", "Virtual Machine",
       "OpenStack", "Firecracker", "Bochs", "Parallels", "Amazon EC2"});
  const std::string firmware = UnderRoot(root, "sys/class/dmi/id/");
  for (const char* file : {"product_name", "sys_vendor"}) {
    const auto text = ReadSysText(firmware + file);
    if (!text) continue;
    // Bare-metal instances of Amazon carry the vendor's name too: "m5.metal" is no virtual machine.
    if (text->find(".metal") != std::string::npos) return {};
    for (const std::string_view name : kNames) {
      if (text->find(name) != std::string::npos) return *text;
    }
  }
  return {};
}

bool IsContainer(const std::string& root) {
  std::error_code ignored;
  for (const char* mark : {".dockerenv", "run/.containerenv"}) {
    if (std::filesystem::exists(UnderRoot(root, mark), ignored)) return true;
  }
  const std::string groups = ReadSysText(UnderRoot(root, "proc/1/cgroup")).value_or("");
  for (const char* mark : {"docker", "kubepods", "containerd", "libpod", "lxc"}) {
    if (groups.find(mark) != std::string::npos) return true;
  }
  // With cgroup namespaces the path says nothing; container runtimes mount over parts of /proc and
  // /sys.
  const std::string mounts = ReadSysText(UnderRoot(root, "proc/self/mountinfo")).value_or("");
  for (const char* mark : {" /sys/devices/virtual/powercap ", " /proc/kcore ", " /sys/firmware "}) {
    if (mounts.find(mark) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

Machine ReadMachine(const std::string& root) {
  Machine machine;
  const std::string cpuinfo = ReadSysText(UnderRoot(root, "proc/cpuinfo")).value_or("");
  ReadCpuInfo(cpuinfo, machine);
  ReadTopology(root, cpuinfo, machine);
  machine.hypervisor = HypervisorName(root);
  // Processors without the CPUID bit have only the firmware's word.
  if (machine.cpu_vendor.empty() && !machine.hypervisor.empty()) machine.virtual_machine = true;
  machine.container = IsContainer(root);
  return machine;
}

std::string DescribeVirtualMachine(const Machine& machine) {
  if (machine.hypervisor.empty()) return "a virtual machine";
  return fmt::format("a virtual machine ({})", machine.hypervisor);
}

}  // namespace permille
