// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <map>

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

/// The reading of one run: where its rows are and what to call them in an error.
struct Source {
  Database& database;
  std::int64_t run;
  std::string name;  ///< "permille.db: run 20261123T031415-7f3a"

  /// Prepare a query whose only parameter is the run.
  Result<Statement> Rows(std::string_view sql) const {
    PERMILLE_ASSIGN(auto rows, database.Prepare(sql));
    rows.Query(run);
    return rows;
  }
  tl::unexpected<Error> Broken(std::string_view where, std::string_view what) const {
    return Fail(ErrorCode::kInvalid, "{}: {}: broken ({})", name, where, what);
  }
  /// A stored word, or the error that it is none.
  template <class E>
  Result<void> Word(const Statement& row, int column, std::string_view where,
                    std::optional<E> (*parse)(std::string_view), E& value) const {
    const std::string word = row.Text(column);
    const auto parsed = parse(word);
    if (!parsed)
      return Broken(where,
                    fmt::format("unknown word \"{}\"", std::string_view(word).substr(0, 40)));
    value = *parsed;
    return {};
  }
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

Result<void> ReadChannels(const Source& source, std::vector<Channel>& channels) {
  PERMILLE_ASSIGN(
      auto row,
      source.Rows("SELECT id, component, quantity, source, provenance, kind, period_s, scope, "
                  "standard_uncertainty, citation, use, part_of, cross_check_of, resolution_j, "
                  "facts FROM channels WHERE run = ? ORDER BY position"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return {};
    Channel& c = channels.emplace_back();
    c.id = row.Text(0);
    PERMILLE_TRY(source.Word(row, 1, "channels.component", ParseComponent, c.component));
    PERMILLE_TRY(source.Word(row, 2, "channels.quantity", ParseQuantity, c.quantity));
    c.source = row.Text(3);
    PERMILLE_TRY(source.Word(row, 4, "channels.provenance", ParseProvenance, c.provenance));
    PERMILLE_TRY(source.Word(row, 5, "channels.kind", ParseSourceKind, c.kind));
    c.period = MaybeUnit<Seconds>(row, 6);
    c.scope = row.Text(7);
    c.standard_uncertainty = row.MaybeReal(8);
    c.citation = row.Text(9);
    PERMILLE_TRY(source.Word(row, 10, "channels.use", ParseUse, c.use));
    c.part_of = row.Text(11);
    c.cross_check_of = row.Text(12);
    c.resolution = MaybeUnit<Joules>(row, 13);
    PERMILLE_ASSIGN(c.facts, ParseTextMap(row.Text(14), source.name + ": channels.facts"));
  }
}

Result<void> ReadWindows(const Source& source, std::vector<Window>& windows) {
  PERMILLE_ASSIGN(
      auto row,
      source.Rows("SELECT phase, name, begin_s, duration_s, machine_busy_s, own_busy_s, steal_s, "
                  "cores, own_rss_bytes, machine_used_bytes "
                  "FROM windows WHERE run = ? ORDER BY position"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return {};
    Window& w = windows.emplace_back();
    PERMILLE_TRY(source.Word(row, 0, "windows.phase", ParsePhase, w.phase));
    w.name = row.Text(1);
    w.begin = Seconds(row.Real(2));
    w.duration = Seconds(row.Real(3));
    w.load.machine_busy = MaybeUnit<CoreSeconds>(row, 4);
    w.load.own_busy = MaybeUnit<CoreSeconds>(row, 5);
    w.load.steal = MaybeUnit<CoreSeconds>(row, 6);
    w.load.cores = static_cast<int>(row.Integer(7));
    w.load.own_rss = MaybeUnit<Bytes>(row, 8);
    w.load.machine_used = MaybeUnit<Bytes>(row, 9);
  }
}

/// The window that a row of a dependent table names.
Result<Window*> WindowOf(const Source& source, const Statement& row, std::string_view table,
                         std::vector<Window>& windows) {
  const auto place = Unsigned(row.Integer(0));
  if (place >= windows.size()) return source.Broken(table, "names a window that is not there");
  return &windows[place];
}

Result<void> ReadWindowParts(const Source& source, std::vector<Window>& windows) {
  PERMILLE_ASSIGN(
      auto row,
      source.Rows("SELECT window, channel, energy_j, coverage, readings, updates, gaps, wraps, "
                  "series FROM window_channels WHERE run = ? ORDER BY window, position"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) break;
    PERMILLE_ASSIGN(Window * window, WindowOf(source, row, "window_channels", windows));
    auto series = UnpackSeries(row.Text(8));
    if (!series) return source.Broken("window_channels.series", "no whole number of points");
    window->channels.push_back({row.Text(1), MaybeUnit<Joules>(row, 2), row.Real(3),
                                Unsigned(row.Integer(4)), Unsigned(row.Integer(5)),
                                Unsigned(row.Integer(6)), Unsigned(row.Integer(7)),
                                std::move(*series)});
  }
  PERMILLE_ASSIGN(
      auto flag,
      source.Rows("SELECT window, flag FROM window_flags WHERE run = ? ORDER BY window, position"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, flag.Step());
    if (!more) return {};
    PERMILLE_ASSIGN(Window * window, WindowOf(source, flag, "window_flags", windows));
    window->flags.push_back(flag.Text(1));
  }
}

Result<void> ReadQueries(const Source& source, std::int64_t count,
                         std::vector<QueryRecord>& queries) {
  if (count < 0 || count > kMaxQueries)
    return source.Broken("runs.recorded", fmt::format("{} queries", count));
  PERMILLE_ASSIGN(auto row, source.Rows("SELECT name, column FROM queries WHERE run = ?"));
  std::map<std::string, std::string> columns;
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) break;
    columns[row.Text(0)] = row.Text(1);
  }
  for (const auto& [name, bytes] :
       columns) {  // before memory is taken on the word of runs.recorded
    if (bytes.size() != Unsigned(count) * 8)
      return source.Broken("queries." + name, "of another length than the run");
  }
  queries.resize(Unsigned(count));
  for (const auto& column : kQueryColumns) {
    const auto found = columns.find(std::string(column.name));
    if (found != columns.end() && !UnpackColumn(column, found->second, queries)) {
      return source.Broken("queries." + found->first, "of another length than the run");
    }
  }
  return {};
}

Result<void> ReadSamples(const Source& source, std::vector<SampleRecord>& samples) {
  PERMILLE_ASSIGN(auto row, source.Rows("SELECT samples.id, hash, reference, words FROM samples "
                                        "JOIN runs ON runs.sample_set = samples.sample_set "
                                        "WHERE runs.id = ? ORDER BY position"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return {};
    SampleRecord& sample = samples.emplace_back();
    sample.id = row.Text(0);
    sample.hash = row.Text(1);
    if (!row.IsNull(2)) {
      PERMILLE_ASSIGN(auto values, ParseTextList(row.Text(2), source.name + ": samples.reference"));
      sample.reference = Reference{std::move(values)};
    }
    sample.words = row.Integer(3);
  }
}

Result<void> ReadPredictions(const Source& source, std::vector<PredictionRecord>& records) {
  PERMILLE_ASSIGN(auto row,
                  source.Rows("SELECT sample, text, labels, input_tokens, output_tokens, finite "
                              "FROM predictions WHERE run = ? ORDER BY position"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, row.Step());
    if (!more) return {};
    PERMILLE_ASSIGN(auto labels, ParseLabelList(row.Text(2), source.name + ": predictions.labels"));
    records.push_back(
        {static_cast<std::size_t>(row.Integer(0)),
         {row.Text(1), std::move(labels), row.Integer(3), row.Integer(4), row.Integer(5) != 0}});
  }
}

Result<void> ReadFacts(const Source& source, RunRecord& run) {
  PERMILLE_ASSIGN(auto fact, source.Rows("SELECT name, value FROM environment WHERE run = ?"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, fact.Step());
    if (!more) break;
    run.environment[fact.Text(0)] = fact.Text(1);
  }
  PERMILLE_ASSIGN(auto flag,
                  source.Rows("SELECT flag FROM run_flags WHERE run = ? ORDER BY position"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, flag.Step());
    if (!more) return {};
    run.flags.push_back(flag.Text(0));
  }
}

}  // namespace

Result<RunRecord> ReadRun(Database& database, const std::string& run_id, const std::string& path) {
  const std::string name = fmt::format("{}: run {}", path, run_id);
  const std::string sql = fmt::format(
      "SELECT runs.id, run_id, started, repeat, block, queries, load_note, recorded, {} "
      "FROM runs JOIN cells ON cells.id = runs.cell WHERE run_id = ?",
      kCellColumns);
  PERMILLE_ASSIGN(auto row, database.Prepare(sql));
  row.Query(run_id);
  PERMILLE_ASSIGN(const bool found, row.Step());
  if (!found) return Fail(ErrorCode::kNotFound, "{}: no run \"{}\"", path, run_id);
  RunRecord run;
  const Source source{database, row.Integer(0), name};
  run.run_id = row.Text(1);
  run.started = row.Text(2);
  run.repeat = static_cast<int>(row.Integer(3));
  run.block = static_cast<int>(row.Integer(4));
  run.queries = row.Integer(5);
  run.load_note = row.Text(6);
  const std::int64_t recorded = row.Integer(7);
  PERMILLE_TRY(ReadCellRow(row, 8, name, run.cell));
  PERMILLE_TRY(ReadChannels(source, run.channels));
  PERMILLE_TRY(ReadWindows(source, run.windows));
  PERMILLE_TRY(ReadWindowParts(source, run.windows));
  PERMILLE_TRY(ReadQueries(source, recorded, run.query_records));
  PERMILLE_TRY(ReadSamples(source, run.samples));
  PERMILLE_TRY(ReadPredictions(source, run.predictions));
  PERMILLE_TRY(ReadFacts(source, run));
  return run;
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
