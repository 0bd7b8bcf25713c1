// SPDX-License-Identifier: Apache-2.0
#include "meter/replay.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "base/file.h"
#include "base/json.h"

namespace permille {
namespace {

// One channel's rows: time since the trace began, and the raw reading; absent where the read
// failed.
struct Row {
  Seconds at;
  std::optional<double> raw;
};

struct Track {
  std::vector<Row> rows;
  double unit = 1;              // joules (or watts, ...) per raw count
  std::optional<double> range;  // in counts
  bool linear = false;
  std::size_t cursor = 0;  // rows[cursor] is the last one not after now; time only moves on
};

struct SystemRow {
  Seconds at;
  SystemReading reading;
};

struct StateRow {
  Seconds at;
  DeviceState state;
};

struct Trace {
  std::vector<Channel> channels;
  std::vector<Track> tracks;
  std::vector<SystemRow> system;
  std::vector<StateRow> states;
  Seconds period{0.001};
};

class ReplayMeter : public Meter {
 public:
  ReplayMeter(Clock& clock, Trace trace)
      : clock_(clock), start_(clock.Now()), trace_(std::move(trace)) {}

  std::string_view name() const override { return "replay"; }
  const std::vector<Channel>& channels() const override { return trace_.channels; }
  Seconds period() const override { return trace_.period; }
  std::optional<Joules> wrap_range(std::size_t channel) const override {
    const Track& track = trace_.tracks[channel];
    if (!track.range) return std::nullopt;
    return Joules(*track.range * track.unit);
  }
  void Read(std::span<Reading> out) override {
    const Seconds now = clock_.Now() - start_;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = ReadTrack(trace_.tracks[i], now);
  }
  std::optional<SystemReading> System() override;
  std::vector<DeviceState> State() override;

 private:
  static Reading ReadTrack(Track& track, Seconds now);

  Clock& clock_;
  Instant start_;
  Trace trace_;
};

// Half a nanosecond: the clock's own rounding.
constexpr Seconds kTick{0.5e-9};

Reading ReadTrack(const std::vector<Row>& rows, std::size_t cursor, const Track& track,
                  Seconds now) {
  const Row& row = rows[cursor];
  if (row.at > now + kTick) return {std::nullopt, "the trace has not begun"};
  if (!row.raw) return {std::nullopt, "the trace holds a failed read"};
  const bool exact = now - row.at <= kTick;
  if (!track.linear || exact) {
    if (cursor + 1 == rows.size() && !exact) return {std::nullopt, "the trace has ended"};
    return {*row.raw * track.unit, {}};
  }
  if (cursor + 1 == rows.size()) return {std::nullopt, "the trace has ended"};
  const Row& next = rows[cursor + 1];
  if (!next.raw) return {*row.raw * track.unit, {}};
  double end = *next.raw;
  if (track.range && end < *row.raw) end += *track.range;
  double raw = *row.raw + (end - *row.raw) * ((now - row.at) / (next.at - row.at));
  if (track.range) raw = std::fmod(std::round(raw), *track.range);
  return {raw * track.unit, {}};
}

Reading ReplayMeter::ReadTrack(Track& track, Seconds now) {
  if (track.rows.empty()) return {std::nullopt, "the trace has no reading of this channel"};
  while (track.cursor + 1 < track.rows.size() && track.rows[track.cursor + 1].at <= now + kTick)
    ++track.cursor;
  return permille::ReadTrack(track.rows, track.cursor, track, now);
}

std::optional<CoreSeconds> Between(const std::optional<CoreSeconds>& a,
                                   const std::optional<CoreSeconds>& b, double share) {
  if (!a || !b) return a;
  return *a + (*b - *a) * share;
}

std::optional<SystemReading> ReplayMeter::System() {
  if (trace_.system.empty()) return std::nullopt;
  const Seconds now = clock_.Now() - start_;
  const auto after = std::ranges::upper_bound(trace_.system, now + kTick, {}, &SystemRow::at);
  if (after == trace_.system.begin()) return after->reading;
  const SystemRow& before = *(after - 1);
  if (after == trace_.system.end()) return before.reading;
  const double share = (now - before.at) / (after->at - before.at);
  SystemReading reading = before.reading;
  reading.machine_busy = Between(reading.machine_busy, after->reading.machine_busy, share);
  reading.own_busy = Between(reading.own_busy, after->reading.own_busy, share);
  reading.steal = Between(reading.steal, after->reading.steal, share);
  return reading;
}

std::vector<DeviceState> ReplayMeter::State() {
  std::map<std::string, DeviceState> latest;
  const Seconds now = clock_.Now() - start_;
  for (const StateRow& row : trace_.states) {
    if (row.at <= now + kTick) latest[row.state.channel] = row.state;
  }
  std::vector<DeviceState> states;
  for (auto& [channel, state] : latest) states.push_back(std::move(state));
  return states;
}

// Reads a trace line by line; every error names file:line and key.
class TraceReader {
 public:
  explicit TraceReader(std::string path) : path_(std::move(path)) {}
  Result<Trace> Read();

 private:
  Result<void> Line(const Json& line);
  Result<void> Header(const Json& line);
  Result<void> ChannelLine(const Json& line);
  Result<void> ReadingLine(const Json& line);
  Result<void> SystemLine(Seconds at, const Json& object);
  Result<void> StateLine(Seconds at, const Json& object);
  std::string Place() const { return fmt::format("{}:{}", path_, line_); }
  Result<std::string> Word(const Json& line, const char* key, std::string fallback) const {
    return line.contains(key) ? JsonString(line, key, Place())
                              : Result<std::string>(std::move(fallback));
  }
  Result<std::optional<double>> Number(const Json& line, const char* key) const {
    if (!line.contains(key)) return std::optional<double>{};
    PERMILLE_ASSIGN(const double number, JsonNumber(line, key, Place()));
    return std::optional<double>(number);
  }

  std::string path_;
  std::size_t line_ = 0;
  bool header_seen_ = false;
  int cores_ = 0;
  Trace trace_;
  std::map<std::string, std::size_t> index_;
};

Result<Trace> TraceReader::Read() {
  PERMILLE_ASSIGN(const std::string text, ReadFile(path_));
  std::string_view rest = text;
  while (!rest.empty()) {
    ++line_;
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    PERMILLE_ASSIGN(const Json json, ParseJson(line, Place()));
    if (!json.is_object())
      return Fail(ErrorCode::kInvalid, "{}: a line of a trace is a JSON object", Place());
    PERMILLE_TRY(Line(json));
  }
  if (!header_seen_) {
    return Fail(ErrorCode::kInvalid,
                "{}: not a trace: the first line must state \"schema\": \"permille.replay/1\"",
                path_);
  }
  if (trace_.channels.empty())
    return Fail(ErrorCode::kInvalid, "{}: the trace names no channel", path_);
  return std::move(trace_);
}

Result<void> TraceReader::Line(const Json& line) {
  if (!header_seen_) return Header(line);
  if (line.contains("channel")) return ChannelLine(line);
  if (line.contains("t")) return ReadingLine(line);
  return Fail(ErrorCode::kInvalid,
              "{}: a line needs \"channel\" (a declaration) or \"t\" (a reading)", Place());
}

Result<void> TraceReader::Header(const Json& line) {
  PERMILLE_ASSIGN(const std::string schema, Word(line, "schema", ""));
  if (schema != "permille.replay/1") {
    return Fail(ErrorCode::kInvalid,
                "{}: not a trace: the first line must state \"schema\": \"permille.replay/1\"",
                Place());
  }
  header_seen_ = true;
  PERMILLE_ASSIGN(const auto cores, Number(line, "cores"));
  PERMILLE_ASSIGN(const auto period, Number(line, "period_s"));
  if (cores) cores_ = static_cast<int>(*cores);
  if (period && !(*period > 0))
    return Fail(ErrorCode::kInvalid, "{}: \"period_s\" must be above 0", Place());
  if (period) trace_.period = Seconds(*period);
  return {};
}

template <class T>
Result<T> Parsed(std::optional<T> value, const std::string& place, const char* key,
                 const std::string& word) {
  if (!value) return Fail(ErrorCode::kInvalid, "{}: \"{}\": unknown word '{}'", place, key, word);
  return *value;
}

Result<void> TraceReader::ChannelLine(const Json& line) {
  Channel channel;
  Track track;
  PERMILLE_ASSIGN(channel.id, JsonString(line, "channel", Place()));
  PERMILLE_ASSIGN(const auto component, Word(line, "component", "other"));
  PERMILLE_ASSIGN(const auto quantity, Word(line, "quantity", "energy"));
  PERMILLE_ASSIGN(const auto provenance, Word(line, "provenance", "measured"));
  PERMILLE_ASSIGN(const auto kind, Word(line, "kind", "unknown"));
  PERMILLE_ASSIGN(const auto use, Word(line, "use", "used"));
  PERMILLE_ASSIGN(const auto between, Word(line, "between", "hold"));
  PERMILLE_ASSIGN(channel.part_of, Word(line, "part_of", ""));
  PERMILLE_ASSIGN(channel.cross_check_of, Word(line, "cross_check_of", ""));
  PERMILLE_ASSIGN(channel.source, Word(line, "source", "replay"));
  PERMILLE_ASSIGN(channel.scope, Word(line, "scope", "a replayed trace"));
  PERMILLE_ASSIGN(channel.component,
                  Parsed(ParseComponent(component), Place(), "component", component));
  PERMILLE_ASSIGN(channel.quantity, Parsed(ParseQuantity(quantity), Place(), "quantity", quantity));
  PERMILLE_ASSIGN(channel.provenance,
                  Parsed(ParseProvenance(provenance), Place(), "provenance", provenance));
  PERMILLE_ASSIGN(channel.kind, Parsed(ParseSourceKind(kind), Place(), "kind", kind));
  PERMILLE_ASSIGN(channel.use, Parsed(ParseUse(use), Place(), "use", use));
  if (between != "hold" && between != "linear") {
    return Fail(ErrorCode::kInvalid, "{}: \"between\" is 'hold' or 'linear', not '{}'", Place(),
                between);
  }
  track.linear = between == "linear";
  PERMILLE_ASSIGN(const auto unit, Number(line, "unit"));
  PERMILLE_ASSIGN(track.range, Number(line, "range"));
  PERMILLE_ASSIGN(const auto period, Number(line, "period_s"));
  PERMILLE_ASSIGN(channel.standard_uncertainty, Number(line, "standard_uncertainty"));
  track.unit = unit.value_or(1);
  channel.period = Seconds(period.value_or(trace_.period.value()));
  if (!(track.unit > 0) || (track.range && !(*track.range > 0)) || !(channel.period->value() > 0)) {
    return Fail(ErrorCode::kInvalid, "{}: \"unit\", \"range\" and \"period_s\" must be above 0",
                Place());
  }
  if (channel.quantity == Quantity::kEnergy) channel.resolution = Joules(track.unit);
  if (line.contains("facts") && line["facts"].is_object()) {
    for (const auto& [key, value] : line["facts"].items()) {
      channel.facts[key] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
  if (!index_.emplace(channel.id, trace_.channels.size()).second) {
    return Fail(ErrorCode::kInvalid, "{}: channel '{}' is declared twice", Place(), channel.id);
  }
  trace_.channels.push_back(std::move(channel));
  trace_.tracks.push_back(std::move(track));
  return {};
}

Result<void> TraceReader::ReadingLine(const Json& line) {
  PERMILLE_ASSIGN(const double t, JsonNumber(line, "t", Place()));
  const Seconds at(t);
  for (const auto& [key, value] : line.items()) {
    if (key == "t") continue;
    if (key == "system") {
      PERMILLE_TRY(SystemLine(at, value));
      continue;
    }
    if (key == "state") {
      PERMILLE_TRY(StateLine(at, value));
      continue;
    }
    const auto found = index_.find(key);
    if (found == index_.end()) {
      return Fail(ErrorCode::kInvalid, "{}: channel '{}' was never declared", Place(), key);
    }
    if (!value.is_number() && !value.is_null()) {
      return Fail(ErrorCode::kInvalid, "{}: \"{}\" is a number, or null for a failed read", Place(),
                  key);
    }
    std::vector<Row>& rows = trace_.tracks[found->second].rows;
    if (!rows.empty() && at <= rows.back().at) {
      return Fail(ErrorCode::kInvalid, "{}: \"t\" must grow from line to line", Place());
    }
    rows.push_back(
        {at, value.is_null() ? std::nullopt : std::optional<double>(value.get<double>())});
  }
  return {};
}

Result<void> TraceReader::SystemLine(Seconds at, const Json& object) {
  SystemReading reading;
  reading.cores = cores_;
  PERMILLE_ASSIGN(const auto machine, Number(object, "machine_busy"));
  PERMILLE_ASSIGN(const auto own, Number(object, "own_busy"));
  PERMILLE_ASSIGN(const auto steal, Number(object, "steal"));
  if (machine) reading.machine_busy = CoreSeconds(*machine);
  if (own) reading.own_busy = CoreSeconds(*own);
  if (steal) reading.steal = CoreSeconds(*steal);
  if (cores_ <= 0)
    return Fail(ErrorCode::kInvalid, "{}: \"system\" needs \"cores\" in the first line", Place());
  trace_.system.push_back({at, reading});
  return {};
}

Result<void> TraceReader::StateLine(Seconds at, const Json& object) {
  for (const auto& [channel, facts] : object.items()) {
    StateRow row{at, {}};
    row.state.channel = channel;
    PERMILLE_ASSIGN(const auto temperature, Number(facts, "temperature_c"));
    PERMILLE_ASSIGN(row.state.throttle, Word(facts, "throttle", ""));
    PERMILLE_ASSIGN(row.state.utilisation, Number(facts, "utilisation"));
    if (temperature) row.state.temperature = Celsius(*temperature);
    if (facts.contains("processes")) {
      for (const Json& pid : facts["processes"]) {
        if (pid.is_number_integer()) row.state.processes.push_back(pid.get<pid_t>());
      }
    }
    trace_.states.push_back(std::move(row));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Meter>> MakeReplayMeter(const MeterOptions& options,
                                               std::string_view argument) {
  if (argument.empty())
    return Fail(ErrorCode::kInvalid, "--meter: replay needs a trace, as in replay:trace.jsonl");
  if (options.clock == nullptr || !options.clock->is_virtual()) {
    return Fail(ErrorCode::kInvalid,
                "--meter replay: a trace has its own time, so it needs --engine fake");
  }
  PERMILLE_ASSIGN(Trace trace, TraceReader(std::string(argument)).Read());
  return std::make_unique<ReplayMeter>(*options.clock, std::move(trace));
}

std::vector<SourceReport> ProbeReplay(const MeterOptions&) {
  return {};
}

}  // namespace permille
