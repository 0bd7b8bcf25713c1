// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "base/hash.h"
#include "store/details.h"
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
  PERMILLE_ASSIGN(auto* insert, database.Cached(kInsert));
  PERMILLE_TRY(insert->Run(cell.key, cell.task, cell.dataset, cell.variant, cell.model,
                           cell.model_revision, cell.engine, cell.weights, cell.tokens, cell.batch,
                           options));
  PERMILLE_ASSIGN(auto* find, database.Cached(kFind));
  PERMILLE_ASSIGN(const auto row, find->Lookup(cell.key, cell.task, cell.dataset, cell.variant,
                                               cell.model, cell.model_revision, cell.engine,
                                               cell.weights, cell.tokens, cell.batch, options));
  return row.value_or(0);
}

/// Everything in a list, each text with its length before it, so that no two lists read the same.
class DigestText {
 public:
  void Add(std::string_view text) { all_ += fmt::format("{}:{}", text.size(), text); }
  void Add(double number) { Add(std::string_view(reinterpret_cast<const char*>(&number), 8)); }
  template <class Tag>
  void Add(const std::optional<Unit<Tag>>& quantity) {
    quantity ? Add(quantity->value()) : Add("absent");
  }
  void Add(const std::optional<double>& number) { number ? Add(*number) : Add("absent"); }
  void Add(const std::map<std::string, std::string>& map) {
    Add(std::to_string(map.size()));
    for (const auto& [name, value] : map) {
      Add(name);
      Add(value);
    }
  }
  std::string Digest() const { return Sha256(all_); }

 private:
  std::string all_;
};

std::string Digest(const std::vector<Channel>& channels) {
  DigestText text;
  for (const Channel& c : channels) {
    for (const std::string_view word :
         {std::string_view(c.id), Name(c.component), Name(c.quantity), std::string_view(c.source),
          Name(c.provenance), Name(c.kind), std::string_view(c.scope), std::string_view(c.citation),
          Name(c.use), std::string_view(c.part_of), std::string_view(c.cross_check_of)}) {
      text.Add(word);
    }
    text.Add(c.period);
    text.Add(c.standard_uncertainty);
    text.Add(c.resolution);
    text.Add(c.facts);
  }
  return text.Digest();
}

/// A hash over everything in a list of samples: lists of equal content share their rows.
std::string Digest(const std::vector<SampleRecord>& samples) {
  DigestText text;
  for (const auto& sample : samples) {
    text.Add(sample.id);
    text.Add(sample.hash);
    text.Add(std::to_string(sample.words));
    if (!sample.reference) continue;
    text.Add(fmt::format("r{}", sample.reference->values.size()));
    for (const auto& value : sample.reference->values) text.Add(value);
    if (const auto details = DetailsOf(*sample.reference)) text.Add("d" + *details);
  }
  return text.Digest();
}

/// A set of rows that runs share.
struct SetRow {
  std::int64_t id = 0;
  bool fresh = false;  ///< its rows are still to be written
};

/// Find or make the row of `table` (sample_sets, ...) with this digest.
Result<SetRow> FindSet(Database& database, std::string_view table, const std::string& digest) {
  PERMILLE_ASSIGN(auto* find,
                  database.Cached(fmt::format("SELECT id FROM {} WHERE digest = ?", table)));
  PERMILLE_ASSIGN(const auto found, find->Lookup(digest));
  if (found) return SetRow{*found, false};
  PERMILLE_ASSIGN(auto* insert,
                  database.Cached(fmt::format("INSERT INTO {} (digest) VALUES (?)", table)));
  PERMILLE_TRY(insert->Run(digest));
  return SetRow{database.LastRowId(), true};
}

Result<std::optional<std::int64_t>> SampleSetRow(Database& database,
                                                 const std::vector<SampleRecord>& samples) {
  if (samples.empty()) return std::optional<std::int64_t>();
  PERMILLE_ASSIGN(const SetRow set, FindSet(database, "sample_sets", Digest(samples)));
  if (!set.fresh) return set.id;
  PERMILLE_ASSIGN(
      auto* row,
      database.Cached("INSERT INTO samples (sample_set, position, id, hash, reference, words, "
                      "details) VALUES (?, ?, ?, ?, ?, ?, ?)"));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto& sample = samples[i];
    std::optional<std::string> reference;
    std::optional<std::string> details;
    if (sample.reference) {
      reference = TextList(sample.reference->values);
      details = DetailsOf(*sample.reference);
    }
    PERMILLE_TRY(
        row->Run(set.id, Signed(i), sample.id, sample.hash, reference, sample.words, details));
  }
  return set.id;
}

Result<std::int64_t> ChannelSetRow(Database& database, const std::vector<Channel>& channels) {
  PERMILLE_ASSIGN(const SetRow set, FindSet(database, "channel_sets", Digest(channels)));
  if (!set.fresh) return set.id;
  PERMILLE_ASSIGN(auto* row,
                  database.Cached("INSERT INTO channels VALUES "
                                  "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const Channel& c = channels[i];
    PERMILLE_TRY(row->Run(set.id, Signed(i), c.id, Name(c.component), Name(c.quantity), c.source,
                          Name(c.provenance), Name(c.kind), Number(c.period), c.scope,
                          c.standard_uncertainty, c.citation, Name(c.use), c.part_of,
                          c.cross_check_of, Number(c.resolution), TextMap(c.facts)));
  }
  return set.id;
}

Result<std::int64_t> EnvironmentSetRow(Database& database,
                                       const std::map<std::string, std::string>& facts) {
  DigestText text;
  text.Add(facts);
  PERMILLE_ASSIGN(const SetRow set, FindSet(database, "environment_sets", text.Digest()));
  if (!set.fresh) return set.id;
  PERMILLE_ASSIGN(auto* row, database.Cached("INSERT INTO environment VALUES (?, ?, ?)"));
  for (const auto& [name, value] : facts) PERMILLE_TRY(row->Run(set.id, name, value));
  return set.id;
}

/// Rows of (keys..., position, text).
template <class... Keys>
Result<void> WriteList(Database& database, std::string_view insert,
                       const std::vector<std::string>& list, Keys... keys) {
  PERMILLE_ASSIGN(auto* row, database.Cached(insert));
  for (std::size_t i = 0; i < list.size(); ++i) PERMILLE_TRY(row->Run(keys..., Signed(i), list[i]));
  return {};
}

Result<void> WriteWindows(Database& database, std::int64_t run, const RunRecord& record) {
  const std::vector<Window>& windows = record.windows;
  PERMILLE_ASSIGN(
      auto* row,
      database.Cached("INSERT INTO windows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  PERMILLE_ASSIGN(
      auto* cell,
      database.Cached("INSERT INTO window_channels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const Window& w = windows[i];
    const auto place = Signed(i);
    PERMILLE_TRY(row->Run(run, place, Name(w.phase), w.name, w.begin.value(), w.duration.value(),
                          Number(w.load.machine_busy), Number(w.load.own_busy),
                          Number(w.load.steal), w.load.cores, Number(w.load.own_rss),
                          Number(w.load.machine_used)));
    for (std::size_t k = 0; k < w.channels.size(); ++k) {
      const ChannelWindow& c = w.channels[k];
      const std::string series = PackSeries(c.series);
      const auto channel = std::ranges::find(record.channels, c.channel, &Channel::id);
      PERMILLE_TRY(cell->Run(run, place, Signed(k), channel - record.channels.begin(),
                             Number(c.energy), c.coverage, Signed(c.readings), Signed(c.updates),
                             Signed(c.gaps), Signed(c.wraps), Blob{series}));
    }
    PERMILLE_TRY(
        WriteList(database, "INSERT INTO window_flags VALUES (?, ?, ?, ?)", w.flags, run, place));
  }
  return {};
}

Result<void> WriteQueries(Database& database, std::int64_t run,
                          const std::vector<QueryRecord>& queries) {
  PERMILLE_ASSIGN(auto* row, database.Cached("INSERT INTO queries VALUES (?, ?, ?)"));
  for (const auto& column : kQueryColumns) {
    const std::string bytes = PackColumn(column, queries);
    if (std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; })) continue;
    PERMILLE_TRY(row->Run(run, column.name, Blob{bytes}));
  }
  return {};
}

Result<void> WritePredictions(Database& database, std::int64_t run,
                              const std::vector<PredictionRecord>& records) {
  PERMILLE_ASSIGN(auto* row,
                  database.Cached("INSERT INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Prediction& p = records[i].prediction;
    PERMILLE_TRY(row->Run(run, Signed(i), Signed(records[i].sample), p.text, LabelList(p.labels),
                          p.input_tokens, p.output_tokens, p.finite ? 1 : 0, DetailsOf(p)));
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
  PERMILLE_ASSIGN(const auto channels, ChannelSetRow(database, run.channels));
  PERMILLE_ASSIGN(const auto environment, EnvironmentSetRow(database, run.environment));
  constexpr std::string_view kInsert =
      "INSERT INTO runs (run_id, started, cell, repeat, block, queries, load_note, recorded, "
      "sample_set, channel_set, environment_set) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  PERMILLE_ASSIGN(auto* row, database.Cached(kInsert));
  PERMILLE_TRY(row->Run(run.run_id, run.started, cell, run.repeat, run.block, run.queries,
                        run.load_note, Signed(run.query_records.size()), samples, channels,
                        environment));
  const std::int64_t id = database.LastRowId();
  PERMILLE_TRY(WriteWindows(database, id, run));
  PERMILLE_TRY(WriteQueries(database, id, run.query_records));
  PERMILLE_TRY(WritePredictions(database, id, run.predictions));
  return WriteList(database, "INSERT INTO run_flags VALUES (?, ?, ?)", run.flags, id);
}

Result<void> WriteFacts(Database& database, const ImportedFacts& facts) {
  PERMILLE_ASSIGN(auto* model,
                  database.Cached("INSERT OR REPLACE INTO model_facts VALUES (?, ?, ?, ?)"));
  for (const ModelFacts& f : facts.models)
    PERMILLE_TRY(model->Run(f.model, f.parameters, f.model_class, f.source));
  PERMILLE_ASSIGN(auto* score,
                  database.Cached("INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?, ?, ?)"));
  for (const ImportedScore& s : facts.scores)
    PERMILLE_TRY(score->Run(s.model, s.dataset, s.task, s.metric, s.value, s.source));
  PERMILLE_ASSIGN(
      auto* length,
      database.Cached("INSERT OR REPLACE INTO lengths VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const ImportedLengths& l : facts.lengths)
    PERMILLE_TRY(length->Run(l.model, l.dataset, l.variant, l.unit, l.n, l.input_sum, l.output_sum,
                             l.source));
  PERMILLE_ASSIGN(auto* wall,
                  database.Cached("INSERT OR REPLACE INTO wall VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const ImportedWall& w : facts.wall)
    PERMILLE_TRY(wall->Run(w.run_id, w.window, w.wall_j, w.software_j, w.coverage, w.correlation,
                           w.offset_s, w.source));
  return {};
}

}  // namespace permille
