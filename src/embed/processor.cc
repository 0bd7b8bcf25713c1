// SPDX-License-Identifier: Apache-2.0
#include "embed/processor.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <string_view>

#include "catalog/catalog.h"

namespace permille {
namespace {

bool IsArm() {
  utsname name{};
  if (uname(&name) != 0) return false;
  const std::string_view machine = name.machine;
  return machine.starts_with("aarch") || machine.starts_with("arm");
}

}  // namespace

DescribedMachine DescribeProcessors(std::span<const Channel> channels) {
  DescribedMachine out;
  out.facts.arm = IsArm();
  out.facts.cpu = ProcessorOf(channels);
  const auto load = std::ranges::find_if(channels, [](const Channel& channel) {
    return channel.quantity == Quantity::kLoad && channel.cross_check_of.empty();
  });
  CpuFacts& cpu = out.facts.cpu;
  if (load == channels.end() || cpu.tdp) return out;

  const auto table = LoadCpuPower();
  if (!table) {
    out.notes.push_back(
        fmt::format("cpu-load: the TDP of processors is unknown: {}", table.error().message));
    return out;
  }
  const auto entry = FindCpuPower(*table, cpu.model_name);
  if (!entry) {
    out.notes.push_back(
        fmt::format("cpu-load: no TDP for '{}' in catalog/cpu_power.csv, so watts are guessed from "
                    "the number of cores",
                    cpu.model_name));
    return out;
  }
  cpu.tdp = entry->tdp;
  const auto guest = load->facts.find("virtualised");
  if (guest != load->facts.end() && guest->second == "yes") {
    out.notes.push_back(
        fmt::format("cpu-load: this is a virtual machine, charged with whole processors of {:g} W; "
                    "it may own only some of their cores",
                    cpu.tdp->value()));
  }
  return out;
}

}  // namespace permille
