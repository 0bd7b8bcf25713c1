// SPDX-License-Identifier: Apache-2.0
#include "meter/fake.h"

#include "base/csv.h"

namespace permille {
namespace {

constexpr Seconds kPeriod{0.001};

class FakeMeter : public Meter {
 public:
  FakeMeter(Clock& clock, std::vector<Channel> channels, std::vector<Watts> power)
      : clock_(clock),
        start_(clock.Now()),
        channels_(std::move(channels)),
        power_(std::move(power)) {}

  std::string_view name() const override { return "fake"; }
  const std::vector<Channel>& channels() const override { return channels_; }
  Seconds period() const override { return kPeriod; }
  void Read(std::span<Reading> out) override {
    const Seconds elapsed = clock_.Now() - start_;
    for (std::size_t i = 0; i < power_.size(); ++i) out[i] = {(power_[i] * elapsed).value(), {}};
  }

 private:
  Clock& clock_;
  Instant start_;
  std::vector<Channel> channels_;
  std::vector<Watts> power_;
};

Result<Watts> ParseWatts(std::string_view item, std::string_view text) {
  if (!text.empty() && (text.back() == 'W' || text.back() == 'w')) text.remove_suffix(1);
  const auto number = ParseNumber(text);
  if (!number || *number < 0) {
    return Fail(ErrorCode::kInvalid, "fake meter: '{}' is not COMPONENT=WATTS (example: cpu=50W)",
                item);
  }
  return Watts(*number);
}

}  // namespace

Result<std::unique_ptr<Meter>> MakeFakeMeter(const MeterOptions& options,
                                             std::string_view argument) {
  std::vector<Channel> channels;
  std::vector<Watts> power;
  while (!argument.empty()) {
    const std::size_t comma = argument.find(',');
    const std::string_view item = argument.substr(0, comma);
    argument = comma == std::string_view::npos ? std::string_view{} : argument.substr(comma + 1);
    const std::size_t equals = item.find('=');
    const auto component = ParseComponent(item.substr(0, equals));
    if (equals == std::string_view::npos || !component) {
      return Fail(
          ErrorCode::kInvalid,
          "fake meter: '{}' is not COMPONENT=WATTS with a component of gpu, cpu, ram, board, other",
          item);
    }
    PERMILLE_ASSIGN(const Watts watts, ParseWatts(item, item.substr(equals + 1)));
    Channel channel;
    channel.id = fmt::format("fake-{}-{}", Name(*component), channels.size());
    channel.component = *component;
    channel.source = "fake";
    channel.provenance = Provenance::kAssumed;
    channel.kind = SourceKind::kConstant;
    channel.period = kPeriod;
    channel.scope = fmt::format("a constant {:g} W, stated on the command line", watts.value());
    channels.push_back(std::move(channel));
    power.push_back(watts);
  }
  if (channels.empty()) {
    return Fail(ErrorCode::kInvalid, "fake meter: state its watts, as in fake:cpu=50W,ram=3W");
  }
  Clock& clock = options.clock != nullptr ? *options.clock : SteadyClock();
  return std::make_unique<FakeMeter>(clock, std::move(channels), std::move(power));
}

std::vector<SourceReport> ProbeFake(const MeterOptions&) {
  return {};
}

}  // namespace permille
