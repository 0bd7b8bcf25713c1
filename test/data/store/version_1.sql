PRAGMA application_id = 1886218604;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
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
INSERT INTO "cells" VALUES(1,'3baa97e14ddc5a75','text-classification','sentences','default','toy','','fake','','',1,'{"dataset_hash":"5fe5d7602b908650","fake":"latency=100ms","warmup":"0"}');
CREATE TABLE channels (
  run                  INTEGER NOT NULL REFERENCES runs (id),
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
  PRIMARY KEY (run, position),
  UNIQUE (run, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "channels" VALUES(1,0,'package-0','cpu','energy','replay','measured','unknown',0.01,'a replayed trace',NULL,'','used','','',1.0e-06,'{}');
INSERT INTO "channels" VALUES(2,0,'package-0','cpu','energy','replay','measured','unknown',0.01,'a replayed trace',NULL,'','used','','',1.0e-06,'{}');
CREATE TABLE environment (
  run   INTEGER NOT NULL REFERENCES runs (id),
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
INSERT INTO "environment" VALUES(1,'cores','2');
INSERT INTO "environment" VALUES(1,'cpu','Intel(R) Xeon(R) Processor');
INSERT INTO "environment" VALUES(1,'engine','fake');
INSERT INTO "environment" VALUES(1,'host','0123456789abcdef');
INSERT INTO "environment" VALUES(1,'kernel','Linux 6.1');
INSERT INTO "environment" VALUES(1,'latency_s','0.1');
INSERT INTO "environment" VALUES(1,'machine','x86_64');
INSERT INTO "environment" VALUES(1,'memory','24684084 kB');
INSERT INTO "environment" VALUES(1,'permille','0.1.0');
INSERT INTO "environment" VALUES(1,'virtual_machine','yes');
INSERT INTO "environment" VALUES(2,'cores','2');
INSERT INTO "environment" VALUES(2,'cpu','Intel(R) Xeon(R) Processor');
INSERT INTO "environment" VALUES(2,'engine','fake');
INSERT INTO "environment" VALUES(2,'host','0123456789abcdef');
INSERT INTO "environment" VALUES(2,'kernel','Linux 6.1');
INSERT INTO "environment" VALUES(2,'latency_s','0.1');
INSERT INTO "environment" VALUES(2,'machine','x86_64');
INSERT INTO "environment" VALUES(2,'memory','24684084 kB');
INSERT INTO "environment" VALUES(2,'permille','0.1.0');
INSERT INTO "environment" VALUES(2,'virtual_machine','yes');
CREATE TABLE predictions (
  run           INTEGER NOT NULL REFERENCES runs (id),
  position      INTEGER NOT NULL,
  sample        INTEGER NOT NULL,
  text          TEXT NOT NULL,
  labels        TEXT NOT NULL,
  input_tokens  INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  finite        INTEGER NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "predictions" VALUES(1,0,0,'POSITIVE','[["POSITIVE",0.9]]',0,0,1);
INSERT INTO "predictions" VALUES(1,1,1,'POSITIVE','[["POSITIVE",0.9]]',0,0,1);
INSERT INTO "predictions" VALUES(2,0,0,'POSITIVE','[["POSITIVE",0.9]]',0,0,1);
INSERT INTO "predictions" VALUES(2,1,1,'POSITIVE','[["POSITIVE",0.9]]',0,0,1);
CREATE TABLE queries (
  run    INTEGER NOT NULL REFERENCES runs (id),
  name   TEXT NOT NULL,
  column BLOB NOT NULL,
  PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_flags (
  run      INTEGER NOT NULL REFERENCES runs (id),
  position INTEGER NOT NULL,
  flag     TEXT NOT NULL,
  PRIMARY KEY (run, position)
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
  sample_set INTEGER REFERENCES sample_sets (id)
) STRICT;
INSERT INTO "runs" VALUES(1,'2026-11-23T06:13:39Z-c62b4d5879329189','2026-11-23T06:13:39Z',1,0,0,227,'',0,1);
INSERT INTO "runs" VALUES(2,'2026-11-23T06:13:39Z-aa2888f8d376cce2','2026-11-23T06:13:39Z',1,1,1,227,'',0,1);
CREATE TABLE sample_sets (
  id     INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO "sample_sets" VALUES(1,'d1a09ee2416263ce41ce4d025db80b2a263d546581277b6b4b03504bfeca0da1');
CREATE TABLE samples (
  sample_set INTEGER NOT NULL REFERENCES sample_sets (id),
  position   INTEGER NOT NULL,
  id         TEXT NOT NULL,
  hash       TEXT NOT NULL,
  reference  TEXT,
  words      INTEGER NOT NULL,
  PRIMARY KEY (sample_set, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "samples" VALUES(1,0,'1','3a4e7666ab4025b7','["positive"]',20);
INSERT INTO "samples" VALUES(1,1,'2','9750eae791d392f1','["negative"]',17);
INSERT INTO "samples" VALUES(1,2,'3','ae9f08ec9285bb97','["negative"]',16);
CREATE TABLE window_channels (
  run      INTEGER NOT NULL,
  window   INTEGER NOT NULL,
  position INTEGER NOT NULL,
  channel  TEXT NOT NULL,
  energy_j REAL,
  coverage REAL,
  readings INTEGER NOT NULL,
  updates  INTEGER NOT NULL,
  gaps     INTEGER NOT NULL,
  wraps    INTEGER NOT NULL,
  series   BLOB NOT NULL,
  PRIMARY KEY (run, window, position),
  FOREIGN KEY (run, window) REFERENCES windows (run, position),
  FOREIGN KEY (run, channel) REFERENCES channels (run, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "window_channels" VALUES(1,0,0,'package-0',NULL,0.0,2,0,0,0,X'');
INSERT INTO "window_channels" VALUES(1,1,0,'package-0',2.26999999999997385206e+02,1.0,2272,2270,0,1,X'');
INSERT INTO "window_channels" VALUES(2,0,0,'package-0',NULL,0.0,2,0,0,0,X'');
INSERT INTO "window_channels" VALUES(2,1,0,'package-0',2.27000000000011368682e+02,1.0,2272,2270,0,0,X'');
CREATE TABLE window_flags (
  run      INTEGER NOT NULL,
  window   INTEGER NOT NULL,
  position INTEGER NOT NULL,
  flag     TEXT NOT NULL,
  PRIMARY KEY (run, window, position),
  FOREIGN KEY (run, window) REFERENCES windows (run, position)
) STRICT, WITHOUT ROWID;
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
INSERT INTO "windows" VALUES(1,0,'load','',0.0,0.0,NULL,NULL,NULL,0,NULL,NULL);
INSERT INTO "windows" VALUES(1,1,'query','',0.0,2.27000000000000028426e+01,NULL,NULL,NULL,0,NULL,NULL);
INSERT INTO "windows" VALUES(2,0,'load','',2.27000000000000028426e+01,0.0,NULL,NULL,NULL,0,NULL,NULL);
INSERT INTO "windows" VALUES(2,1,'query','',2.27000000000000028426e+01,2.27000000000000028426e+01,NULL,NULL,NULL,0,NULL,NULL);
CREATE INDEX runs_of_cell ON runs (cell);
COMMIT;
