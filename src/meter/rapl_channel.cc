// SPDX-License-Identifier: Apache-2.0
#include "meter/rapl_channel.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace permille {
namespace {

struct KindRow {
  std::string_view word;
  Component component;
  std::string_view scope;
};

const KindRow& RowOf(RaplKind kind) {
  static constexpr std::array<KindRow, 5> kRows = {{
      {"package", Component::kCpu,
       "processor package: cores, caches, memory controller, integrated graphics"},
      {"dram", Component::kRam, "memory modules attached to the package"},
      {"core", Component::kCpu, "cores of the package"},
      {"uncore", Component::kCpu, "uncore of the package; integrated graphics on client parts"},
      {"psys", Component::kBoard,
       "platform: packages, memory and what else the board's designer wired to it"},
  }};
  return kRows[static_cast<std::size_t>(kind)];
}

struct Origin {
  SourceKind kind = SourceKind::kUnknown;
  std::string_view citation;
};

constexpr auto kSandyAndIvyBridge = std::to_array<int>({0x2a, 0x2d, 0x3a, 0x3e});
// Haswell-EP, Broadwell-D/-EP, Skylake-SP to Cooper Lake, Ice Lake-SP/-D, Sapphire and Emerald
// Rapids, Granite Rapids, Sierra Forest: the family 6 servers of Linux's intel-family.h from
// Haswell on.
constexpr auto kLaterServers =
    std::to_array<int>({0x3f, 0x56, 0x4f, 0x55, 0x6a, 0x6c, 0x8f, 0xcf, 0xad, 0xae, 0xaf});

/// How this processor arrives at its figure.
Origin OriginOf(const Machine& machine) {
  if (DiesShareCounters(machine)) {
    return {SourceKind::kFirmwareModel,
            "Schoene et al. 2021, Energy Efficiency Aspects of the AMD Zen 2 Architecture (IEEE "
            "CLUSTER)"};
  }
  if (machine.cpu_vendor != "GenuineIntel" || machine.cpu_family != 6) return {};
  const auto is_in = [&](const auto& models) {
    return std::ranges::find(models, machine.cpu_model_number) != models.end();
  };
  if (is_in(kLaterServers)) {
    return {SourceKind::kSensor,
            "Hackenberg et al. 2015, An Energy Efficiency Feature Survey of the Intel Haswell "
            "Processor (IPDPSW); "
            "Khan et al. 2018, RAPL in Action (ACM TOMPECS 3:2)"};
  }
  if (is_in(kSandyAndIvyBridge)) {
    return {SourceKind::kFirmwareModel,
            "Rotem et al. 2012, Power-Management Architecture of the Intel Microarchitecture "
            "Code-Named Sandy "
            "Bridge (IEEE Micro 32:2)"};
  }
  return {SourceKind::kUnknown, "Intel SDM volume 3, RAPL Interfaces"};
}

bool Contains(const std::vector<RaplPlace>& places, const RaplPlace& place) {
  return std::ranges::find(places, place) != places.end();
}

bool IsInPackage(RaplKind kind) {
  return kind == RaplKind::kCore || kind == RaplKind::kUncore;
}

RaplPlace PackageOf(const RaplPlace& place) {
  return {RaplKind::kPackage, place.package, place.die};
}

/// The place among `places` that contains `place`; empty when none does.
std::string ContainerOf(const RaplPlace& place, const std::vector<RaplPlace>& places) {
  if (IsInPackage(place.kind)) {
    return LacksItsPackage(place, places) ? std::string{} : RaplId(PackageOf(place));
  }
  if (place.kind == RaplKind::kPsys) return {};
  // A single psys is the whole platform's; with one per package each contains its own.
  const auto platforms = std::ranges::count(places, RaplKind::kPsys, &RaplPlace::kind);
  if (platforms == 1) return RaplId(*std::ranges::find(places, RaplKind::kPsys, &RaplPlace::kind));
  const RaplPlace own{RaplKind::kPsys, place.package, std::nullopt};
  return Contains(places, own) ? RaplId(own) : std::string{};
}

}  // namespace

std::string RaplId(const RaplPlace& place) {
  const std::string_view word = RowOf(place.kind).word;
  if (!place.die) return fmt::format("{}-{}", word, place.package);
  return fmt::format("{}-{}-die-{}", word, place.package, *place.die);
}

Component ComponentOf(RaplKind kind) {
  return RowOf(kind).component;
}

Result<Seconds> ParseRaplReadPeriod(std::string_view meter, std::string_view argument) {
  if (argument.empty()) return kRaplReadPeriod;
  double value = 0;
  const char* const end = argument.data() + argument.size();
  const auto [rest, error] = std::from_chars(argument.data(), end, value);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  const double scale = unit == "s" ? 1 : unit == "ms" ? 1e-3 : unit == "us" ? 1e-6 : 0;
  const Seconds period(value * scale);
  if (error != std::errc{} || !(period >= Seconds(100e-6) && period <= Seconds(10))) {
    return Fail(ErrorCode::kInvalid,
                "--meter {}: read period '{}' is not a time from 100us to 10s, such as 1ms", meter,
                argument);
  }
  return period;
}

bool DiesShareCounters(const Machine& machine) {
  return machine.cpu_vendor == "AuthenticAMD" || machine.cpu_vendor == "HygonGenuine";
}

bool LacksItsPackage(const RaplPlace& place, const std::vector<RaplPlace>& places) {
  return IsInPackage(place.kind) && !Contains(places, PackageOf(place));
}

std::vector<Channel> DescribeRaplChannels(const std::vector<RaplPlace>& places,
                                          std::string_view source, const Machine& machine) {
  const Origin origin = OriginOf(machine);
  std::vector<Channel> channels;
  for (const RaplPlace& place : places) {
    const KindRow& row = RowOf(place.kind);
    Channel channel;
    channel.id = RaplId(place);
    channel.component = row.component;
    channel.quantity = Quantity::kEnergy;
    channel.source = source;
    channel.provenance = Provenance::kMeasured;
    channel.kind = origin.kind;
    channel.citation = origin.citation;
    channel.period = kRaplUpdatePeriod;
    channel.scope = row.scope;
    // CORE_ENERGY_STAT exists per core there, and the kernel reads one core's.
    if (place.kind == RaplKind::kCore && DiesShareCounters(machine)) {
      channel.scope = "one core of the package";
    }
    channel.part_of = ContainerOf(place, places);
    // Memory that no domain of this source counts, but another source or a rule, lies inside too.
    if (place.kind == RaplKind::kPsys) channel.facts["contains"] = "cpu,ram";
    if (!machine.cpu_model.empty()) channel.facts["cpu_model"] = machine.cpu_model;
    channels.push_back(std::move(channel));
  }
  return channels;
}

}  // namespace permille
