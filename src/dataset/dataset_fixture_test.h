// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "dataset/dataset.h"

namespace permille {

/// A folder of the test's own, files in it and what a dataset of it holds.
class DatasetFolder : public testing::Test {
 protected:
  DatasetFolder()
      : folder_(std::filesystem::path(testing::TempDir()) /
                fmt::format("permille-dataset-{}", getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~DatasetFolder() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  Result<Dataset> LoadFor(std::string_view task, const std::string& name, std::string_view text,
                          const DatasetOptions& options = {}) {
    return LoadDataset(Write(name, text), task, options);
  }
  std::vector<Sample> Samples(const Result<Dataset>& dataset) {
    EXPECT_TRUE(dataset) << dataset.error().message;
    return dataset ? dataset->samples : std::vector<Sample>{};
  }
  std::vector<std::string> Texts(const Result<Dataset>& dataset) {
    std::vector<std::string> texts;
    for (const Sample& sample : Samples(dataset)) texts.push_back(sample.text);
    return texts;
  }
  std::vector<std::string> Labels(const Result<Dataset>& dataset) {
    std::vector<std::string> labels;
    for (const Sample& sample : Samples(dataset))
      labels.push_back(sample.reference ? sample.reference->values.at(0) : "-");
    return labels;
  }
  std::string ErrorOf(const Result<Dataset>& dataset) {
    if (dataset) return "no error";
    EXPECT_EQ(dataset.error().message.find('\n'), std::string::npos);
    return dataset.error().message;
  }

  std::filesystem::path folder_;
};

}  // namespace permille
