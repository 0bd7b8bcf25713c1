// SPDX-License-Identifier: Apache-2.0
#include "meter/amdsmi_gpu.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace permille {
namespace {

using amdsmi::Status;

// No GPU on earth draws more; a larger number is a member read at the wrong place.
constexpr double kMaxWatts = 5000;
constexpr int kAttempts = 3;

// How the accumulators are checked. The bound is as loose as Zeus's (zeus/device/gpu/amd.py): it is
// to find counters that stand still or count in another unit, not to calibrate.
constexpr Seconds kCheckStep{0.010};
constexpr Seconds kCheckMinimum{0.050};
constexpr Seconds kCheckLimit{0.500};
constexpr double kMinRatio = 0.1;
constexpr double kMaxRatio = 10;

using StructBuffer = std::array<unsigned char, amdsmi::kStructRoom>;

// All bits set, so that a member the library does not write reads as "not available".
StructBuffer MakeBuffer() {
  StructBuffer buffer;
  buffer.fill(0xFF);
  return buffer;
}

template <class T>
T At(const unsigned char* bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes + offset, sizeof value);
  return value;
}

std::optional<double> Number(std::uint64_t raw) {
  if (raw == amdsmi::kAbsent16 || raw == amdsmi::kAbsent32) return std::nullopt;
  return static_cast<double>(raw);
}

std::string MarketName(const AmdsmiLibrary& library, amdsmi::Handle handle) {
  alignas(8) StructBuffer buffer{};
  const auto function = library.functions().asic_info;
  if (function == nullptr || function(handle, buffer.data()) != amdsmi::kSuccess) return {};
  const char* text = reinterpret_cast<const char*>(buffer.data());
  return std::string(text, strnlen(text, amdsmi::kMarketNameLength));
}

std::string Uuid(const AmdsmiLibrary& library, amdsmi::Handle handle) {
  std::array<char, amdsmi::kUuidLength> text{};
  unsigned length = text.size();
  const auto function = library.functions().uuid;
  if (function == nullptr || function(handle, &length, text.data()) != amdsmi::kSuccess) return {};
  text.back() = '\0';
  return text.data();
}

std::vector<amdsmi::Handle> Sockets(const AmdsmiFunctions& f, Status& status) {
  std::uint32_t count = 0;
  status = f.sockets(&count, nullptr);
  std::vector<amdsmi::Handle> sockets(count);
  if (status == amdsmi::kSuccess && count > 0) status = f.sockets(&count, sockets.data());
  sockets.resize(status == amdsmi::kSuccess ? count : 0);
  return sockets;
}

std::vector<amdsmi::Handle> Gpus(const AmdsmiFunctions& f, amdsmi::Handle socket) {
  std::uint32_t count = 0;
  if (f.processors(socket, &count, nullptr) != amdsmi::kSuccess) return {};
  std::vector<amdsmi::Handle> handles(count);
  if (count > 0 && f.processors(socket, &count, handles.data()) != amdsmi::kSuccess) return {};
  handles.resize(count);
  std::erase_if(handles, [&](amdsmi::Handle handle) {
    std::uint32_t type = amdsmi::kTypeGpu;
    if (f.type != nullptr && f.type(handle, &type) != amdsmi::kSuccess) return true;
    return type != amdsmi::kTypeGpu && type != amdsmi::kTypeApu;
  });
  return handles;
}

// A first read that fails for a passing reason is tried again: what is decided here lasts for the
// whole run.
template <class Read>
AmdsmiReading Try(const Read& read) {
  AmdsmiReading reading;
  for (int i = 0; i < kAttempts; ++i) {
    reading = read();
    if (reading.value || reading.status == amdsmi::kNotSupported) return reading;
  }
  return reading;
}

std::string WhyNot(const AmdsmiLibrary& library, const AmdsmiReading& reading) {
  return reading.status == amdsmi::kSuccess ? "not available" : library.Text(reading.status);
}

// The field, its watts, and why there is none.
struct Power {
  AmdsmiPowerField field = AmdsmiPowerField::kNone;
  double watts = 0;
  std::string problem;
};

// Prefers a field that does not read 0: no powered GPU draws nothing, but the second die of an
// MI250 says so.
Power FindPower(const AmdsmiLibrary& library, const AmdsmiGpu& gpu) {
  Power found;
  for (const AmdsmiPowerField field :
       {AmdsmiPowerField::kCurrent, AmdsmiPowerField::kAverage, AmdsmiPowerField::kSocket}) {
    const AmdsmiReading reading = Try([&] { return ReadAmdsmiPower(library, gpu, field); });
    if (reading.value && *reading.value > 0) return {field, *reading.value, ""};
    if (reading.value) found.problem = "power reads 0 W";
    if (!reading.value && found.problem.empty()) {
      found.problem = fmt::format("power: {}", WhyNot(library, reading));
    }
  }
  return found;
}

// One accumulator being watched.
struct Watch {
  std::size_t gpu = 0;
  double first = 0;
  double watts = 0;  // 0 when the GPU states no power to compare with
  double last = 0;
  bool settled = false;
};

bool Agrees(const Watch& watch, Seconds elapsed) {
  if (watch.last <= watch.first) return false;
  if (watch.watts <= 0) return true;
  const double ratio = (watch.last - watch.first) / (watch.watts * elapsed.value());
  return ratio > kMinRatio && ratio < kMaxRatio;
}

void Judge(const Watch& watch, Seconds elapsed, AmdsmiGpu& gpu) {
  gpu.counter = watch.settled;
  if (watch.settled) return;
  if (watch.last == watch.first) {
    gpu.counter_problem =
        watch.watts > 0
            ? fmt::format("energy counter frozen: no change in {:g} s at {:g} W", elapsed.value(),
                          watch.watts)
            : fmt::format("energy counter frozen: no change in {:g} s", elapsed.value());
  } else {
    gpu.counter_problem =
        fmt::format("energy counter implausible: {:g} W by the counter, {:g} W by the power sensor",
                    (watch.last - watch.first) / elapsed.value(), watch.watts);
  }
}

void CheckCounters(const AmdsmiLibrary& library, Clock& clock, std::vector<Watch> watches,
                   std::vector<AmdsmiGpu>& gpus) {
  const Instant start = clock.Now();
  Seconds elapsed;
  bool open = !watches.empty();
  while (open && elapsed < kCheckLimit) {
    clock.SleepFor(kCheckStep);
    elapsed = clock.Now() - start;
    open = false;
    for (Watch& watch : watches) {
      if (watch.settled) continue;
      const AmdsmiReading reading = ReadAmdsmiEnergy(library, gpus[watch.gpu]);
      if (reading.value) watch.last = *reading.value;
      watch.settled = elapsed >= kCheckMinimum && Agrees(watch, elapsed);
      open = open || !watch.settled;
    }
  }
  for (const Watch& watch : watches) Judge(watch, elapsed, gpus[watch.gpu]);
}

// The GPU that speaks for `index`, if it is the silent one of a pair. On MI250 and MI250X dies come
// in pairs, the even one first, in sockets of their own; elsewhere silent partitions share the
// speaker's socket.
std::optional<std::size_t> SpeakerFor(std::size_t index, const std::vector<AmdsmiGpu>& gpus) {
  const auto speaks = [](const AmdsmiGpu& gpu) { return gpu.problem.empty(); };
  const auto dual = [](const AmdsmiGpu& gpu) {
    return gpu.name.find("MI250") != std::string::npos;
  };
  if (dual(gpus[index]) && index % 2 == 1 && dual(gpus[index - 1]) && speaks(gpus[index - 1])) {
    return index - 1;
  }
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    if (i != index && gpus[i].socket == gpus[index].socket && speaks(gpus[i])) return i;
  }
  return std::nullopt;
}

void FindReadings(const AmdsmiLibrary& library, Clock& clock, std::vector<AmdsmiGpu>& gpus) {
  std::vector<Watch> watches;
  std::vector<Power> powers;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    AmdsmiGpu& gpu = gpus[i];
    powers.push_back(FindPower(library, gpu));
    gpu.power = powers[i].field;
    const AmdsmiReading energy = Try([&] { return ReadAmdsmiEnergy(library, gpu); });
    gpu.joules_per_count = energy.joules_per_count;
    if (!energy.value) {
      gpu.counter_problem = "energy counter: " + WhyNot(library, energy);
    } else if (*energy.value == 0) {
      // What a second die shows; not worth the wait for it to move.
      gpu.counter_problem = "energy counter stands at 0";
    } else {
      watches.push_back({i, *energy.value, powers[i].watts, *energy.value, false});
    }
  }
  CheckCounters(library, clock, std::move(watches), gpus);
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    if (gpus[i].counter || gpus[i].power != AmdsmiPowerField::kNone) continue;
    gpus[i].problem = gpus[i].counter_problem + "; " + powers[i].problem;
  }
}

std::vector<pid_t> Processes(const AmdsmiLibrary& library, const AmdsmiGpu& gpu) {
  const auto list = library.functions().processes;
  const auto& layout = library.layout();
  if (list == nullptr || !layout || layout->process_size == 0) return {};
  std::vector<pid_t> pids;
  std::uint32_t room = 64;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // Twice the known size: a release that lets the element grow must not write past the end.
    std::vector<unsigned char> buffer(room * layout->process_size * 2);
    std::uint32_t count = room;
    const Status status = list(gpu.handle, &count, buffer.data());
    if (status == amdsmi::kOutOfResources) {
      room = count + 16;
      continue;
    }
    if (status != amdsmi::kSuccess) return {};
    for (std::uint32_t i = 0; i < std::min(count, room); ++i) {
      pids.push_back(static_cast<pid_t>(
          At<std::uint32_t>(buffer.data(), i * layout->process_size + layout->process_pid)));
    }
    break;
  }
  std::ranges::sort(pids);
  return pids;
}

std::optional<Celsius> Temperature(const AmdsmiLibrary& library, const AmdsmiGpu& gpu) {
  const auto function = library.functions().temperature;
  if (function == nullptr) return std::nullopt;
  for (const std::uint32_t sensor : {amdsmi::kTemperatureHotspot, amdsmi::kTemperatureEdge}) {
    std::int64_t celsius = 0;
    const Status status = function(gpu.handle, sensor, amdsmi::kTemperatureCurrent, &celsius);
    // 0 is what an absent sensor leaves; above 200 it is no temperature of a running GPU.
    if (status == amdsmi::kSuccess && celsius > 0 && celsius < 200) {
      return Celsius(static_cast<double>(celsius));
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view Name(AmdsmiPowerField field) {
  switch (field) {
    case AmdsmiPowerField::kCurrent:
      return "current_socket_power";
    case AmdsmiPowerField::kAverage:
      return "average_socket_power";
    case AmdsmiPowerField::kSocket:
      return "socket_power";
    case AmdsmiPowerField::kNone:
      return "none";
  }
  return "none";
}

SourceResult<std::vector<AmdsmiGpu>> FindAmdsmiGpus(const AmdsmiLibrary& library, Clock& clock) {
  Status status = amdsmi::kSuccess;
  std::vector<AmdsmiGpu> gpus;
  for (amdsmi::Handle socket : Sockets(library.functions(), status)) {
    for (amdsmi::Handle handle : Gpus(library.functions(), socket)) {
      AmdsmiGpu gpu;
      gpu.handle = handle;
      gpu.socket = socket;
      gpu.name = MarketName(library, handle);
      gpu.identity.uuid = Uuid(library, handle);
      gpus.push_back(std::move(gpu));
    }
  }
  if (gpus.empty()) {
    const std::string reason = status == amdsmi::kSuccess
                                   ? "amdsmi shows no GPU to this process"
                                   : "amdsmi_get_socket_handles: " + library.Text(status);
    return tl::unexpected(SourceFailure{
        SourceStatus::kAbsent, reason,
        "in a container or a Slurm job, ask for a GPU (docker run --device /dev/kfd --device "
        "/dev/dri; sbatch --gres=gpu:1)"});
  }
  FindReadings(library, clock, gpus);
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    if (!gpus[i].problem.empty()) gpus[i].contained_in = SpeakerFor(i, gpus);
  }
  return gpus;
}

AmdsmiReading ReadAmdsmiEnergy(const AmdsmiLibrary& library, const AmdsmiGpu& gpu) {
  if (library.functions().energy == nullptr) return {std::nullopt, amdsmi::kNotSupported, 0};
  std::uint64_t accumulator = 0;
  float resolution_uj = 0;
  std::uint64_t timestamp_ns = 0;
  const Status status =
      library.functions().energy(gpu.handle, &accumulator, &resolution_uj, &timestamp_ns);
  if (status != amdsmi::kSuccess) return {std::nullopt, status, 0};
  if (!std::isfinite(resolution_uj) || resolution_uj <= 0 || accumulator == UINT64_MAX) return {};
  const double joules_per_count = static_cast<double>(resolution_uj) * 1e-6;
  return {static_cast<double>(accumulator) * joules_per_count, status, joules_per_count};
}

AmdsmiReading ReadAmdsmiPower(const AmdsmiLibrary& library, const AmdsmiGpu& gpu,
                              AmdsmiPowerField field) {
  const auto& layout = library.layout();
  if (library.functions().power_info == nullptr || !layout || field == AmdsmiPowerField::kNone) {
    return {std::nullopt, amdsmi::kNotSupported, 0};
  }
  alignas(8) StructBuffer buffer = MakeBuffer();
  const Status status = library.functions().power_info(gpu.handle, buffer.data());
  if (status != amdsmi::kSuccess) return {std::nullopt, status, 0};
  std::optional<double> watts;
  if (field == AmdsmiPowerField::kCurrent) {
    watts = Number(At<std::uint32_t>(buffer.data(), layout->current_power));
  } else if (field == AmdsmiPowerField::kAverage) {
    watts = Number(At<std::uint32_t>(buffer.data(), layout->average_power));
  } else if (layout->socket_power) {
    watts = Number(At<std::uint64_t>(buffer.data(), *layout->socket_power));
  }
  if (watts && *watts > kMaxWatts) watts.reset();
  return {watts, status, 0};
}

std::optional<Watts> AmdsmiPowerLimit(const AmdsmiLibrary& library, const AmdsmiGpu& gpu) {
  amdsmi::PowerCap cap{};
  const auto function = library.functions().power_cap;
  if (function == nullptr || function(gpu.handle, 0, &cap) != amdsmi::kSuccess) {
    return std::nullopt;
  }
  if (cap.power_cap == 0) return std::nullopt;
  const double raw = static_cast<double>(cap.power_cap);
  // Microwatts by the reference; up to ROCm 6.2 watts on one of two paths. No cap is under 5 mW.
  const double watts = raw > kMaxWatts ? raw * 1e-6 : raw;
  return watts < kMaxWatts ? std::optional(Watts(watts)) : std::nullopt;
}

DeviceState ReadAmdsmiState(const AmdsmiLibrary& library, const AmdsmiGpu& gpu,
                            std::string channel) {
  const AmdsmiFunctions& f = library.functions();
  DeviceState state;
  state.channel = std::move(channel);
  amdsmi::EngineUsage usage{};
  if (f.activity != nullptr && f.activity(gpu.handle, &usage) == amdsmi::kSuccess &&
      usage.gfx_activity <= 100) {
    state.utilisation = usage.gfx_activity / 100.0;
  }
  state.temperature = Temperature(library, gpu);
  alignas(8) StructBuffer buffer = MakeBuffer();
  if (f.clock != nullptr &&
      f.clock(gpu.handle, amdsmi::kClockGfx, buffer.data()) == amdsmi::kSuccess) {
    // The first member in every release.
    const auto megahertz = Number(At<std::uint32_t>(buffer.data(), 0));
    if (megahertz) state.clock = Hertz(*megahertz * 1e6);
  }
  state.power_cap = AmdsmiPowerLimit(library, gpu);
  state.processes = Processes(library, gpu);
  return state;
}

}  // namespace permille
