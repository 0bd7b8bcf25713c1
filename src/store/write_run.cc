// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "base/hash.h"
#include "store/packed.h"
#include "store/run_rows.h"

namespace permille {
namespace {

using sqlite::Blob;
using sqlite::Database;

template <class Tag>
std::optional<double> Number(const std::optional<Unit<Tag>>& quantity) {
  if (!quantity) return std::nullopt;
  return quantity->value();
}

/// SQLite's integers are signed: a counter above 2^63 is kept by its bits.
std::int64_t Signed(std::uint64_t counter) {
  return static_cast<std::int64_t>(counter);
}

/// The id of the row that holds a cell; cells of equal content share it.
Result<std::int64_t> CellRow(Database& database, const Cell& cell) {
  const std::string options = TextMap(cell.options);
  constexpr std::string_view kInsert =
      "INSERT OR IGNORE INTO cells (key, task, dataset, variant, model, model_revision, engine, "
      "weights, tokens, "
      "batch, options) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
  constexpr std::string_view kFind =
      "SELECT id FROM cells WHERE key = ?1 AND task = ?2 AND dataset = ?3 AND variant = ?4 AND "
      "model = ?5 AND "
      "model_revision = ?6 AND engine = ?7 AND weights = ?8 AND tokens = ?9 AND batch = ?10 AND "
      "options = ?11";
  PERMILLE_ASSIGN(auto insert, database.Prepare(kInsert));
  PERMILLE_TRY(insert.Run(cell.key, cell.task, cell.dataset, cell.variant, cell.model,
                          cell.model_revision, cell.engine, cell.weights, cell.tokens, cell.batch,
                          options));
  PERMILLE_ASSIGN(auto find, database.Prepare(kFind));
  find.Query(cell.key, cell.task, cell.dataset, cell.variant, cell.model, cell.model_revision,
             cell.engine, cell.weights, cell.tokens, cell.batch, options);
  PERMILLE_TRY(find.Step());
  return find.Integer(0);
}

/// A hash over everything in a list of samples: lists of equal content share their rows.
std::string Digest(const std::vector<SampleRecord>& samples) {
  std::string all;
  const auto add = [&all](std::string_view text) {
    all += fmt::format("{}:{}", text.size(), text);
  };
  for (const auto& sample : samples) {
    add(sample.id);
    add(sample.hash);
    add(std::to_string(sample.words));
    if (!sample.reference) continue;
    all += fmt::format("r{}", sample.reference->values.size());
    for (const auto& value : sample.reference->values) add(value);
  }
  return Sha256(all);
}

Result<std::optional<std::int64_t>> SampleSetRow(Database& database,
                                                 const std::vector<SampleRecord>& samples) {
  if (samples.empty()) return std::optional<std::int64_t>();
  const std::string digest = Digest(samples);
  PERMILLE_ASSIGN(auto find, database.Prepare("SELECT id FROM sample_sets WHERE digest = ?"));
  find.Query(digest);
  PERMILLE_ASSIGN(const bool found, find.Step());
  if (found) return find.Integer(0);
  PERMILLE_ASSIGN(auto insert, database.Prepare("INSERT INTO sample_sets (digest) VALUES (?)"));
  PERMILLE_TRY(insert.Run(digest));
  const std::int64_t set = database.LastRowId();
  PERMILLE_ASSIGN(
      auto row,
      database.Prepare("INSERT INTO samples (sample_set, position, id, hash, reference, words) "
                       "VALUES (?, ?, ?, ?, ?, ?)"));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto& sample = samples[i];
    std::optional<std::string> reference;
    if (sample.reference) reference = TextList(sample.reference->values);
    PERMILLE_TRY(row.Run(set, Signed(i), sample.id, sample.hash, reference, sample.words));
  }
  return set;
}

Result<void> WriteChannels(Database& database, std::int64_t run,
                           const std::vector<Channel>& channels) {
  PERMILLE_ASSIGN(auto row,
                  database.Prepare("INSERT INTO channels VALUES "
                                   "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const Channel& c = channels[i];
    PERMILLE_TRY(row.Run(run, Signed(i), c.id, Name(c.component), Name(c.quantity), c.source,
                         Name(c.provenance), Name(c.kind), Number(c.period), c.scope,
                         c.standard_uncertainty, c.citation, Name(c.use), c.part_of,
                         c.cross_check_of, Number(c.resolution), TextMap(c.facts)));
  }
  return {};
}

/// Rows of (keys..., position, text).
template <class... Keys>
Result<void> WriteList(Database& database, std::string_view insert,
                       const std::vector<std::string>& list, Keys... keys) {
  PERMILLE_ASSIGN(auto row, database.Prepare(insert));
  for (std::size_t i = 0; i < list.size(); ++i) PERMILLE_TRY(row.Run(keys..., Signed(i), list[i]));
  return {};
}

Result<void> WriteWindows(Database& database, std::int64_t run,
                          const std::vector<Window>& windows) {
  PERMILLE_ASSIGN(auto row, database.Prepare(
                                "INSERT INTO windows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  PERMILLE_ASSIGN(
      auto cell,
      database.Prepare("INSERT INTO window_channels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const Window& w = windows[i];
    const auto place = Signed(i);
    PERMILLE_TRY(row.Run(run, place, Name(w.phase), w.name, w.begin.value(), w.duration.value(),
                         Number(w.load.machine_busy), Number(w.load.own_busy), Number(w.load.steal),
                         w.load.cores, Number(w.load.own_rss), Number(w.load.machine_used)));
    for (std::size_t k = 0; k < w.channels.size(); ++k) {
      const ChannelWindow& c = w.channels[k];
      const std::string series = PackSeries(c.series);
      PERMILLE_TRY(cell.Run(run, place, Signed(k), c.channel, Number(c.energy), c.coverage,
                            Signed(c.readings), Signed(c.updates), Signed(c.gaps), Signed(c.wraps),
                            Blob{series}));
    }
    PERMILLE_TRY(
        WriteList(database, "INSERT INTO window_flags VALUES (?, ?, ?, ?)", w.flags, run, place));
  }
  return {};
}

Result<void> WriteQueries(Database& database, std::int64_t run,
                          const std::vector<QueryRecord>& queries) {
  PERMILLE_ASSIGN(auto row, database.Prepare("INSERT INTO queries VALUES (?, ?, ?)"));
  for (const auto& column : kQueryColumns) {
    const std::string bytes = PackColumn(column, queries);
    if (std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; })) continue;
    PERMILLE_TRY(row.Run(run, column.name, Blob{bytes}));
  }
  return {};
}

Result<void> WritePredictions(Database& database, std::int64_t run,
                              const std::vector<PredictionRecord>& records) {
  PERMILLE_ASSIGN(auto row,
                  database.Prepare("INSERT INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Prediction& p = records[i].prediction;
    PERMILLE_TRY(row.Run(run, Signed(i), Signed(records[i].sample), p.text, LabelList(p.labels),
                         p.input_tokens, p.output_tokens, p.finite ? 1 : 0));
  }
  return {};
}

}  // namespace

Result<void> CheckRun(const RunRecord& run) {
  if (run.run_id.empty()) return Fail(ErrorCode::kInvalid, "a run without an id cannot be stored");
  std::set<std::string_view> ids;
  for (const auto& channel : run.channels) {
    if (!ids.insert(channel.id).second) {
      return Fail(ErrorCode::kInvalid, "run {}: two channels have the id \"{}\"", run.run_id,
                  channel.id);
    }
  }
  for (const auto& window : run.windows) {
    for (const auto& shown : window.channels) {
      if (!ids.contains(shown.channel)) {
        return Fail(ErrorCode::kInvalid,
                    "run {}: a window shows channel \"{}\", which the run does not have",
                    run.run_id, shown.channel);
      }
    }
  }
  return {};
}

Result<void> WriteRun(Database& database, const RunRecord& run) {
  PERMILLE_ASSIGN(const auto cell, CellRow(database, run.cell));
  PERMILLE_ASSIGN(const auto samples, SampleSetRow(database, run.samples));
  constexpr std::string_view kInsert =
      "INSERT INTO runs (run_id, started, cell, repeat, block, queries, load_note, recorded, "
      "sample_set) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
  PERMILLE_ASSIGN(auto row, database.Prepare(kInsert));
  PERMILLE_TRY(row.Run(run.run_id, run.started, cell, run.repeat, run.block, run.queries,
                       run.load_note, Signed(run.query_records.size()), samples));
  const std::int64_t id = database.LastRowId();
  PERMILLE_TRY(WriteChannels(database, id, run.channels));
  PERMILLE_TRY(WriteWindows(database, id, run.windows));
  PERMILLE_TRY(WriteQueries(database, id, run.query_records));
  PERMILLE_TRY(WritePredictions(database, id, run.predictions));
  PERMILLE_TRY(WriteList(database, "INSERT INTO run_flags VALUES (?, ?, ?)", run.flags, id));
  PERMILLE_ASSIGN(auto fact, database.Prepare("INSERT INTO environment VALUES (?, ?, ?)"));
  for (const auto& [name, value] : run.environment) PERMILLE_TRY(fact.Run(id, name, value));
  return {};
}

}  // namespace permille
