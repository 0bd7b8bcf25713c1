// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <map>

#include "store/details.h"
#include "store/packed.h"
#include "store/run_rows.h"

namespace permille {
namespace {

using sqlite::Database;
using sqlite::Statement;

// More queries than any run has: a broken count must not ask for all memory.
constexpr std::int64_t kMaxQueries = 1'000'000'000;

template <class U>
std::optional<U> MaybeUnit(const Statement& row, int column) {
  const auto number = row.MaybeReal(column);
  if (!number) return std::nullopt;
  return U(*number);
}

std::uint64_t Unsigned(std::int64_t bits) {
  return static_cast<std::uint64_t>(bits);
}

/// The reading of runs that lie together in the file: where their rows are, how far each scan has
/// come, and what to call a run in an error.
class Reader {
 public:
  Reader(Database& database, std::string path) : database_(database), path_(std::move(path)) {}

  /// Read the runs whose rows are `first` to `last`, whole or without their predictions.
  Result<std::vector<RunRecord>> Read(std::int64_t first, std::int64_t last, bool whole);

 private:
  struct Row {
    std::int64_t id = 0;
    std::int64_t recorded = 0;
    std::optional<std::int64_t> samples;
  };

  /// Prepare a scan in order of runs, whose two parameters are the range and whose first column is
  /// the run's row.
  Result<Statement> Scan(std::string_view sql) {
    PERMILLE_ASSIGN(auto rows, database_.Prepare(sql));
    rows.Query(first_, last_);
    at_ = 0;
    return rows;
  }
  /// The place in runs_ of the run that the scan's present row belongs to; absent for a row without
  /// a run.
  std::optional<std::size_t> Owner(const Statement& row) {
    const std::int64_t id = row.Integer(0);
    while (at_ < rows_.size() && rows_[at_].id < id) ++at_;
    if (at_ == rows_.size() || rows_[at_].id != id) return std::nullopt;
    return at_;
  }
  tl::unexpected<Error> Broken(std::size_t run, std::string_view where,
                               std::string_view what) const {
    return Fail(ErrorCode::kInvalid, "{}: {}: broken ({})", Name(run), where, what);
  }
  std::string Name(std::size_t run) const {
    return fmt::format("{}: run {}", path_, run < runs_.size() ? runs_[run].run_id : "?");
  }
  /// A stored word, or the error that it is none.
  template <class E>
  Result<void> Word(const Statement& row, int column, std::size_t run, std::string_view where,
                    std::optional<E> (*parse)(std::string_view), E& value) const {
    const std::string word = row.Text(column);
    const auto parsed = parse(word);
    if (!parsed)
      return Broken(run, where,
                    fmt::format("unknown word \"{}\"", std::string_view(word).substr(0, 40)));
    value = *parsed;
    return {};
  }

  Result<void> ReadRows();
  Result<void> ReadChannels();
  Result<void> ReadEnvironment();
  Result<void> ReadWindows();
  Result<void> ReadWindowChannels();
  Result<void> ReadFlags();
  Result<void> ReadQueries();
  Result<void> ReadSamples();
  Result<void> ReadPredictions();
  Result<std::vector<Channel>> ChannelSet(std::int64_t set, std::size_t run);
  Result<std::vector<SampleRecord>> SampleSet(std::int64_t set, std::size_t run);
  Result<Window*> WindowOf(const Statement& row, std::size_t run, std::string_view table);

  Database& database_;
  std::string path_;
  std::int64_t first_ = 0;
  std::int64_t last_ = 0;
  std::vector<Row> rows_;
  std::vector<RunRecord> runs_;
  std::size_t at_ = 0;
};

Result<void> ReadCellRow(const Statement& row, int first, const std::string& origin, Cell& cell) {
  int column = first;
  for (std::string* text : {&cell.key, &cell.task, &cell.dataset, &cell.variant, &cell.model,
                            &cell.model_revision, &cell.engine, &cell.weights, &cell.tokens}) {
    *text = row.Text(column++);
  }
  cell.batch = static_cast<int>(row.Integer(column++));
  PERMILLE_ASSIGN(cell.options, ParseTextMap(row.Text(column), origin + ": cells.options"));
  return {};
}

constexpr std::string_view kCellColumns =
    "cells.key, cells.task, cells.dataset, cells.variant, cells.model, cells.model_revision, "
    "cells.engine, "
    "cells.weights, cells.tokens, cells.batch, cells.options";

Result<void> Reader::ReadRows() {
  PERMILLE_ASSIGN(
      auto row,
      Scan(fmt::format("SELECT runs.id, run_id, started, repeat, block, queries, load_note, "
                       "recorded, sample_set, {} "
                       "FROM runs JOIN cells ON cells.id = runs.cell "
                       "WHERE runs.id BETWEEN ? AND ? ORDER BY runs.id",
                       kCellColumns)));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return {};
    RunRecord& run = runs_.emplace_back();
    run.run_id = row.Text(1);
    run.started = row.Text(2);
    run.repeat = static_cast<int>(row.Integer(3));
    run.block = static_cast<int>(row.Integer(4));
    run.queries = row.Integer(5);
    run.load_note = row.Text(6);
    rows_.push_back({row.Integer(0), row.Integer(7),
                     row.IsNull(8) ? std::nullopt : std::optional(row.Integer(8))});
    PERMILLE_TRY(ReadCellRow(row, 9, Name(runs_.size() - 1), run.cell));
  }
}

Result<std::vector<Channel>> Reader::ChannelSet(std::int64_t set, std::size_t run) {
  std::vector<Channel> channels;
  PERMILLE_ASSIGN(
      auto row,
      database_.Prepare("SELECT id, component, quantity, source, provenance, kind, period_s, "
                        "scope, standard_uncertainty, citation, use, part_of, cross_check_of, "
                        "resolution_j, facts FROM channels WHERE channel_set = ? "
                        "ORDER BY position"));
  row.Query(set);
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return channels;
    Channel& c = channels.emplace_back();
    c.id = row.Text(0);
    PERMILLE_TRY(Word(row, 1, run, "channels.component", ParseComponent, c.component));
    PERMILLE_TRY(Word(row, 2, run, "channels.quantity", ParseQuantity, c.quantity));
    c.source = row.Text(3);
    PERMILLE_TRY(Word(row, 4, run, "channels.provenance", ParseProvenance, c.provenance));
    PERMILLE_TRY(Word(row, 5, run, "channels.kind", ParseSourceKind, c.kind));
    c.period = MaybeUnit<Seconds>(row, 6);
    c.scope = row.Text(7);
    c.standard_uncertainty = row.MaybeReal(8);
    c.citation = row.Text(9);
    PERMILLE_TRY(Word(row, 10, run, "channels.use", ParseUse, c.use));
    c.part_of = row.Text(11);
    c.cross_check_of = row.Text(12);
    c.resolution = MaybeUnit<Joules>(row, 13);
    PERMILLE_ASSIGN(c.facts, ParseTextMap(row.Text(14), Name(run) + ": channels.facts"));
  }
}

Result<void> Reader::ReadChannels() {
  std::map<std::int64_t, std::vector<Channel>> sets;
  PERMILLE_ASSIGN(auto row,
                  Scan("SELECT id, channel_set FROM runs WHERE id BETWEEN ? AND ? ORDER BY id"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return {};
    const auto run = Owner(row);
    if (!run || row.IsNull(1)) continue;
    auto found = sets.find(row.Integer(1));
    if (found == sets.end()) {
      PERMILLE_ASSIGN(auto channels, ChannelSet(row.Integer(1), *run));
      found = sets.emplace(row.Integer(1), std::move(channels)).first;
    }
    runs_[*run].channels = found->second;
  }
}

Result<void> Reader::ReadEnvironment() {
  std::map<std::int64_t, std::map<std::string, std::string>> sets;
  PERMILLE_ASSIGN(auto fact,
                  database_.Prepare("SELECT environment_set, name, value FROM environment "
                                    "WHERE environment_set IN (SELECT environment_set FROM runs "
                                    "WHERE id BETWEEN ? AND ?)"));
  fact.Query(first_, last_);
  while (true) {
    PERMILLE_ASSIGN(const bool more, fact.Step());
    if (!more) break;
    sets[fact.Integer(0)][fact.Text(1)] = fact.Text(2);
  }
  PERMILLE_ASSIGN(
      auto row, Scan("SELECT id, environment_set FROM runs WHERE id BETWEEN ? AND ? ORDER BY id"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return {};
    const auto run = Owner(row);
    if (run && !row.IsNull(1)) runs_[*run].environment = sets[row.Integer(1)];
  }
}

Result<void> Reader::ReadWindows() {
  PERMILLE_ASSIGN(
      auto row,
      Scan("SELECT run, phase, name, begin_s, duration_s, machine_busy_s, own_busy_s, steal_s, "
           "cores, own_rss_bytes, machine_used_bytes "
           "FROM windows WHERE run BETWEEN ? AND ? ORDER BY run, position"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return {};
    const auto run = Owner(row);
    if (!run) continue;
    Window& w = runs_[*run].windows.emplace_back();
    PERMILLE_TRY(Word(row, 1, *run, "windows.phase", ParsePhase, w.phase));
    w.name = row.Text(2);
    w.begin = Seconds(row.Real(3));
    w.duration = Seconds(row.Real(4));
    w.load.machine_busy = MaybeUnit<CoreSeconds>(row, 5);
    w.load.own_busy = MaybeUnit<CoreSeconds>(row, 6);
    w.load.steal = MaybeUnit<CoreSeconds>(row, 7);
    w.load.cores = static_cast<int>(row.Integer(8));
    w.load.own_rss = MaybeUnit<Bytes>(row, 9);
    w.load.machine_used = MaybeUnit<Bytes>(row, 10);
  }
}

/// The window that a row of a dependent table names in its second column.
Result<Window*> Reader::WindowOf(const Statement& row, std::size_t run, std::string_view table) {
  const auto place = Unsigned(row.Integer(1));
  if (place >= runs_[run].windows.size())
    return Broken(run, table, "names a window that is not there");
  return &runs_[run].windows[place];
}

Result<void> Reader::ReadWindowChannels() {
  PERMILLE_ASSIGN(
      auto row,
      Scan("SELECT run, window, channel, energy_j, coverage, readings, updates, gaps, wraps, "
           "series FROM window_channels WHERE run BETWEEN ? AND ? ORDER BY run, window, position"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return {};
    const auto run = Owner(row);
    if (!run) continue;
    PERMILLE_ASSIGN(Window * window, WindowOf(row, *run, "window_channels"));
    const auto channel = Unsigned(row.Integer(2));
    if (channel >= runs_[*run].channels.size())
      return Broken(*run, "window_channels.channel", "names a channel that is not there");
    auto series = UnpackSeries(row.Text(9));
    if (!series) return Broken(*run, "window_channels.series", "no whole number of points");
    window->channels.push_back({runs_[*run].channels[channel].id, MaybeUnit<Joules>(row, 3),
                                row.Real(4), Unsigned(row.Integer(5)), Unsigned(row.Integer(6)),
                                Unsigned(row.Integer(7)), Unsigned(row.Integer(8)),
                                std::move(*series)});
  }
}

Result<void> Reader::ReadFlags() {
  PERMILLE_ASSIGN(auto flag, Scan("SELECT run, window, flag FROM window_flags "
                                  "WHERE run BETWEEN ? AND ? ORDER BY run, window, position"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, flag.Step());
    if (!more) break;
    const auto run = Owner(flag);
    if (!run) continue;
    PERMILLE_ASSIGN(Window * window, WindowOf(flag, *run, "window_flags"));
    window->flags.push_back(flag.Text(2));
  }
  PERMILLE_ASSIGN(auto row, Scan("SELECT run, flag FROM run_flags WHERE run BETWEEN ? AND ? "
                                 "ORDER BY run, position"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return {};
    if (const auto run = Owner(row)) runs_[*run].flags.push_back(row.Text(1));
  }
}

Result<void> Reader::ReadQueries() {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const std::int64_t count = rows_[i].recorded;
    if (count < 0 || count > kMaxQueries)
      return Broken(i, "runs.recorded", fmt::format("{} queries", count));
  }
  PERMILLE_ASSIGN(auto row, Scan("SELECT run, name, column FROM queries "
                                 "WHERE run BETWEEN ? AND ? ORDER BY run"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) break;
    const auto run = Owner(row);
    if (!run) continue;
    const std::string name = row.Text(1);
    const std::string bytes = row.Text(2);
    const auto count = Unsigned(rows_[*run].recorded);
    // Before memory is taken on the word of runs.recorded.
    if (bytes.size() != count * 8)
      return Broken(*run, "queries." + name, "of another length than the run");
    const auto column = std::ranges::find(kQueryColumns, name, &QueryColumn::name);
    if (column == kQueryColumns.end()) continue;
    runs_[*run].query_records.resize(count);
    if (!UnpackColumn(*column, bytes, runs_[*run].query_records))
      return Broken(*run, "queries." + name, "of another length than the run");
  }
  // Queries whose every column is zero have no rows at all.
  for (std::size_t i = 0; i < rows_.size(); ++i)
    runs_[i].query_records.resize(Unsigned(rows_[i].recorded));
  return {};
}

Result<std::vector<SampleRecord>> Reader::SampleSet(std::int64_t set, std::size_t run) {
  std::vector<SampleRecord> samples;
  PERMILLE_ASSIGN(auto row,
                  database_.Prepare("SELECT id, hash, reference, words, details FROM samples "
                                    "WHERE sample_set = ? ORDER BY position"));
  row.Query(set);
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return samples;
    SampleRecord& sample = samples.emplace_back();
    sample.id = row.Text(0);
    sample.hash = row.Text(1);
    if (!row.IsNull(2)) {
      PERMILLE_ASSIGN(auto values, ParseTextList(row.Text(2), Name(run) + ": samples.reference"));
      sample.reference = Reference{std::move(values)};
      if (!row.IsNull(4)) {
        PERMILLE_TRY(ParseDetails(row.Text(4), Name(run) + ": samples.details", *sample.reference));
      }
    }
    sample.words = row.Integer(3);
  }
}

Result<void> Reader::ReadSamples() {
  std::map<std::int64_t, std::vector<SampleRecord>> sets;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (!rows_[i].samples) continue;
    auto found = sets.find(*rows_[i].samples);
    if (found == sets.end()) {
      PERMILLE_ASSIGN(auto samples, SampleSet(*rows_[i].samples, i));
      found = sets.emplace(*rows_[i].samples, std::move(samples)).first;
    }
    runs_[i].samples = found->second;
  }
  return {};
}

Result<void> Reader::ReadPredictions() {
  PERMILLE_ASSIGN(
      auto row,
      Scan("SELECT run, sample, text, labels, input_tokens, output_tokens, finite, details "
           "FROM predictions WHERE run BETWEEN ? AND ? ORDER BY run, position"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return {};
    const auto run = Owner(row);
    if (!run) continue;
    PERMILLE_ASSIGN(auto labels, ParseLabelList(row.Text(3), Name(*run) + ": predictions.labels"));
    PredictionRecord& record = runs_[*run].predictions.emplace_back();
    record.sample = static_cast<std::size_t>(row.Integer(1));
    record.prediction.text = row.Text(2);
    record.prediction.labels = std::move(labels);
    record.prediction.input_tokens = row.Integer(4);
    record.prediction.output_tokens = row.Integer(5);
    record.prediction.finite = row.Integer(6) != 0;
    if (row.IsNull(7)) continue;
    PERMILLE_TRY(
        ParseDetails(row.Text(7), Name(*run) + ": predictions.details", record.prediction));
  }
}

Result<std::vector<RunRecord>> Reader::Read(std::int64_t first, std::int64_t last, bool whole) {
  first_ = first;
  last_ = last;
  PERMILLE_TRY(ReadRows());
  PERMILLE_TRY(ReadChannels());
  PERMILLE_TRY(ReadEnvironment());
  PERMILLE_TRY(ReadWindows());
  PERMILLE_TRY(ReadWindowChannels());
  PERMILLE_TRY(ReadFlags());
  PERMILLE_TRY(ReadQueries());
  PERMILLE_TRY(ReadSamples());
  if (whole) PERMILLE_TRY(ReadPredictions());
  return std::move(runs_);
}

}  // namespace

Result<RunRecord> ReadRun(Database& database, const std::string& run_id, const std::string& path) {
  PERMILLE_ASSIGN(auto find, database.Prepare("SELECT id FROM runs WHERE run_id = ?"));
  PERMILLE_ASSIGN(const auto row, find.Lookup(run_id));
  if (!row) return Fail(ErrorCode::kNotFound, "{}: no run \"{}\"", path, run_id);
  PERMILLE_ASSIGN(auto runs, Reader(database, path).Read(*row, *row, true));
  if (runs.empty())
    return Fail(ErrorCode::kInvalid, "{}: run {}: broken (names a cell that is not there)", path,
                run_id);
  return std::move(runs.front());
}

Result<std::vector<RunRecord>> ReadRuns(Database& database, const std::string& path) {
  return Reader(database, path)
      .Read(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
            false);
}

Result<std::vector<RunSummary>> ReadSummaries(Database& database, const std::string& path) {
  const std::string sql = fmt::format(
      "SELECT run_id, started, repeat, block, queries, {} FROM runs JOIN cells ON cells.id = "
      "runs.cell ORDER BY runs.id",
      kCellColumns);
  PERMILLE_ASSIGN(auto row, database.Prepare(sql));
  std::vector<RunSummary> runs;
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return runs;
    RunSummary& run = runs.emplace_back();
    run.run_id = row.Text(0);
    run.started = row.Text(1);
    run.repeat = static_cast<int>(row.Integer(2));
    run.block = static_cast<int>(row.Integer(3));
    run.queries = row.Integer(4);
    PERMILLE_TRY(ReadCellRow(row, 5, fmt::format("{}: run {}", path, run.run_id), run.cell));
  }
}

}  // namespace permille
