// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace permille {

/// "pmil": marks an SQLite file as a permille store.
inline constexpr std::int64_t kStoreApplicationId = 0x706D696C;
inline constexpr std::int64_t kStoreVersion = 3;

// Schema version 3. What each column means is written in docs/formats/store.md; a change here is a
// new version, a migration and a line in the change log.

/// Tables that version 1 has as they are here, but for the last two columns of runs; versions 1 and
/// 2 lack the columns `details`.
inline constexpr const char* kStoreSchema = R"sql(
CREATE TABLE cells (
  id             INTEGER PRIMARY KEY,
  key            TEXT NOT NULL,
  task           TEXT NOT NULL,
  dataset        TEXT NOT NULL,
  variant        TEXT NOT NULL,
  model          TEXT NOT NULL,
  model_revision TEXT NOT NULL,
  engine         TEXT NOT NULL,
  weights        TEXT NOT NULL,
  tokens         TEXT NOT NULL,
  batch          INTEGER NOT NULL,
  options        TEXT NOT NULL,
  UNIQUE (key, task, dataset, variant, model, model_revision, engine, weights, tokens, batch, options)
) STRICT;

CREATE TABLE sample_sets (
  id     INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE samples (
  sample_set INTEGER NOT NULL REFERENCES sample_sets (id),
  position   INTEGER NOT NULL,
  id         TEXT NOT NULL,
  hash       TEXT NOT NULL,
  reference  TEXT,
  words      INTEGER NOT NULL,
  details    TEXT,
  PRIMARY KEY (sample_set, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id         INTEGER PRIMARY KEY,
  run_id     TEXT NOT NULL UNIQUE,
  started    TEXT NOT NULL,
  cell       INTEGER NOT NULL REFERENCES cells (id),
  repeat     INTEGER NOT NULL,
  block      INTEGER NOT NULL,
  queries    INTEGER NOT NULL,
  load_note  TEXT NOT NULL,
  recorded   INTEGER NOT NULL,
  sample_set INTEGER REFERENCES sample_sets (id),
  channel_set     INTEGER REFERENCES channel_sets (id),
  environment_set INTEGER REFERENCES environment_sets (id)
) STRICT;
CREATE INDEX runs_of_cell ON runs (cell);

CREATE TABLE windows (
  run                INTEGER NOT NULL REFERENCES runs (id),
  position           INTEGER NOT NULL,
  phase              TEXT NOT NULL,
  name               TEXT NOT NULL,
  begin_s            REAL,
  duration_s         REAL,
  machine_busy_s     REAL,
  own_busy_s         REAL,
  steal_s            REAL,
  cores              INTEGER NOT NULL,
  own_rss_bytes      REAL,
  machine_used_bytes REAL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE window_flags (
  run      INTEGER NOT NULL,
  window   INTEGER NOT NULL,
  position INTEGER NOT NULL,
  flag     TEXT NOT NULL,
  PRIMARY KEY (run, window, position),
  FOREIGN KEY (run, window) REFERENCES windows (run, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_flags (
  run      INTEGER NOT NULL REFERENCES runs (id),
  position INTEGER NOT NULL,
  flag     TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE queries (
  run    INTEGER NOT NULL REFERENCES runs (id),
  name   TEXT NOT NULL,
  column BLOB NOT NULL,
  PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE predictions (
  run           INTEGER NOT NULL REFERENCES runs (id),
  position      INTEGER NOT NULL,
  sample        INTEGER NOT NULL,
  text          TEXT NOT NULL,
  labels        TEXT NOT NULL,
  input_tokens  INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  finite        INTEGER NOT NULL,
  details       TEXT,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
)sql";

/// Tables that are new in version 2, or of another shape.
inline constexpr const char* kStoreSchema2 = R"sql(
CREATE TABLE channel_sets (
  id     INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE environment_sets (
  id     INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE channels (
  channel_set          INTEGER NOT NULL REFERENCES channel_sets (id),
  position             INTEGER NOT NULL,
  id                   TEXT NOT NULL,
  component            TEXT NOT NULL,
  quantity             TEXT NOT NULL,
  source               TEXT NOT NULL,
  provenance           TEXT NOT NULL,
  kind                 TEXT NOT NULL,
  period_s             REAL,
  scope                TEXT NOT NULL,
  standard_uncertainty REAL,
  citation             TEXT NOT NULL,
  use                  TEXT NOT NULL,
  part_of              TEXT NOT NULL,
  cross_check_of       TEXT NOT NULL,
  resolution_j         REAL,
  facts                TEXT NOT NULL,
  PRIMARY KEY (channel_set, position),
  UNIQUE (channel_set, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE window_channels (
  run      INTEGER NOT NULL,
  window   INTEGER NOT NULL,
  position INTEGER NOT NULL,
  channel  INTEGER NOT NULL,
  energy_j REAL,
  coverage REAL,
  readings INTEGER NOT NULL,
  updates  INTEGER NOT NULL,
  gaps     INTEGER NOT NULL,
  wraps    INTEGER NOT NULL,
  series   BLOB NOT NULL,
  PRIMARY KEY (run, window, position),
  FOREIGN KEY (run, window) REFERENCES windows (run, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE environment (
  environment_set INTEGER NOT NULL REFERENCES environment_sets (id),
  name            TEXT NOT NULL,
  value           TEXT NOT NULL,
  PRIMARY KEY (environment_set, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE model_facts (
  model      TEXT NOT NULL PRIMARY KEY,
  parameters REAL,
  class      TEXT NOT NULL,
  source     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE scores (
  model   TEXT NOT NULL,
  dataset TEXT NOT NULL,
  task    TEXT NOT NULL,
  metric  TEXT NOT NULL,
  value   REAL NOT NULL,
  source  TEXT NOT NULL,
  PRIMARY KEY (model, dataset, task, metric)
) STRICT, WITHOUT ROWID;

CREATE TABLE lengths (
  model      TEXT NOT NULL,
  dataset    TEXT NOT NULL,
  variant    TEXT NOT NULL,
  unit       TEXT NOT NULL,
  n          INTEGER NOT NULL,
  input_sum  INTEGER NOT NULL,
  output_sum INTEGER NOT NULL,
  source     TEXT NOT NULL,
  PRIMARY KEY (model, dataset, variant, unit)
) STRICT, WITHOUT ROWID;

CREATE TABLE wall (
  run_id      TEXT NOT NULL,
  window      INTEGER NOT NULL,
  wall_j      REAL NOT NULL,
  software_j  REAL,
  coverage    REAL NOT NULL,
  correlation REAL NOT NULL,
  offset_s    REAL NOT NULL,
  source      TEXT NOT NULL,
  PRIMARY KEY (run_id, window, source)
) STRICT, WITHOUT ROWID;
)sql";

/// From version 1: every run keeps its own channels and environment, as sets of one run.
inline constexpr const char* kMigrateBefore = R"sql(
ALTER TABLE window_channels RENAME TO window_channels_1;
ALTER TABLE channels RENAME TO channels_1;
ALTER TABLE environment RENAME TO environment_1;
)sql";
inline constexpr const char* kMigrateAfter = R"sql(
ALTER TABLE runs ADD COLUMN channel_set INTEGER REFERENCES channel_sets (id);
ALTER TABLE runs ADD COLUMN environment_set INTEGER REFERENCES environment_sets (id);
INSERT INTO channel_sets SELECT id, 'run ' || run_id FROM runs;
INSERT INTO environment_sets SELECT id, 'run ' || run_id FROM runs;
UPDATE runs SET channel_set = id, environment_set = id;
INSERT INTO channels SELECT * FROM channels_1;
INSERT INTO environment SELECT * FROM environment_1;
INSERT INTO window_channels
  SELECT shown.run, shown.window, shown.position, channels_1.position, energy_j, coverage, readings,
         updates, gaps, wraps, series
  FROM window_channels_1 AS shown
  JOIN channels_1 ON channels_1.run = shown.run AND channels_1.id = shown.channel;
DROP TABLE window_channels_1;
DROP TABLE channels_1;
DROP TABLE environment_1;
)sql";

/// From version 2.
inline constexpr const char* kMigrateDetails = R"sql(
ALTER TABLE samples ADD COLUMN details TEXT;
ALTER TABLE predictions ADD COLUMN details TEXT;
)sql";

}  // namespace permille
