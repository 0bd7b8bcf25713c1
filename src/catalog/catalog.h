// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "record/grid.h"

// What exists, as data: catalog/*.yaml, *.csv and models/*/*/entry.yaml, loaded and validated.
// Every loader names file, line and field in its errors. Nothing here measures or computes.

namespace permille {

/// The folder that holds catalog/ and models/: PERMILLE_DATA, else share/permille of the tree that
/// the program, or the library that this code is part of, was installed into, else the source tree
/// it was built from. kNotFound with the places tried.
Result<std::string> DataDirectory();

/// One of the ten tasks.
struct TaskEntry {
  std::string name;                       ///< Hugging Face pipeline name
  std::vector<std::string> aliases;       ///< the study's names
  std::string modality;                   ///< text-to-category, ...
  std::string metric;                     ///< main quality metric
  std::vector<std::string> also_metrics;  ///< stated beside it
  std::string not_computed;               ///< why `metric` is not; empty where it is
  std::string description;
};
Result<std::vector<TaskEntry>> LoadTasks();
/// Find by name or alias; an unknown one is kNotFound with "did you mean".
Result<TaskEntry> FindTask(std::string_view name);

/// Maps a model's labels onto a dataset's: "5 stars" -> "positive".
struct LabelMap {
  std::string name;
  std::map<std::string, std::string> to;
};
Result<std::vector<LabelMap>> LoadLabelMaps();

/// A dataset that ships with permille or that a path stands for.
struct DatasetEntry {
  std::string name;
  std::string task;
  std::string path;         ///< absolute
  std::string format;       ///< tsv, csv, jsonl, text, conll, json, yolo, images
  std::string text_field;   ///< empty: a name that is usual for the task
  std::string label_field;  ///< empty: a usual name, or no references
  std::map<std::string, std::string>
      labels;  ///< value in the file -> label word: "0" -> "negative"
  std::string description;
  std::string source;
};
Result<std::vector<DatasetEntry>> LoadDatasets();
/// The catalog's default dataset for a task, or one by name; kNotFound with "did you mean".
Result<DatasetEntry> FindDataset(std::string_view name_or_empty, std::string_view task);

/// Every place of catalog/grid.csv.
Result<std::vector<GridIntensity>> LoadGrids();

/// TDP of one processor from catalog/cpu_power.csv.
struct CpuPowerEntry {
  std::string name;
  Watts tdp;
  std::string source;
};
Result<std::vector<CpuPowerEntry>> LoadCpuPower();
/// The entry for a "model name" of /proc/cpuinfo: trademark signs, clock and "CPU"/"Processor"
/// words ignored, then an exact match of the rest. Absent when the processor is not in the table.
std::optional<CpuPowerEntry> FindCpuPower(const std::vector<CpuPowerEntry>& table,
                                          std::string_view model_name);

/// A weightless model of models/, or a model described by a YAML of the user's
/// (docs/formats/model.md).
struct ModelEntry {
  std::string id;
  std::string folder;  ///< absolute; paths in the entry are relative to it
  std::string yaml_path;
  std::string task;
  std::string model_class;  ///< encoder, seq2seq, decoder, ...
  std::string architecture;
  /// Absolute paths of .onnx or .onnx.zst by part: model, encoder_model, unet, ...
  std::map<std::string, std::string> graphs;
  std::optional<std::int64_t> parameters;
  bool weightless = false;  ///< weights are cut out: needs random or safetensors
  std::optional<double>
      published_kwh_per_1000;  ///< mean over the study's datasets, for "what would be needed"
  std::string published_source;
};
/// Every entry of models/.
Result<std::vector<ModelEntry>> LoadModels();
/// An entry of models/ by id, or a YAML by path.
Result<ModelEntry> LoadModelEntry(const std::string& yaml_path);

}  // namespace permille
