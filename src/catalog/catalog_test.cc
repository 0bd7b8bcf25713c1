// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace permille {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A data folder of the test's own, found through PERMILLE_DATA.
class DataFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "permille_catalog_" + std::to_string(getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/catalog");
    std::filesystem::copy_file(PERMILLE_SOURCE_DIR "/catalog/tasks.yaml",
                               folder_ + "/catalog/tasks.yaml");
    setenv("PERMILLE_DATA", folder_.c_str(), 1);
  }
  void TearDown() override {
    unsetenv("PERMILLE_DATA");
    std::filesystem::remove_all(folder_);
  }
  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name, std::ios::trunc) << text;
  }
  void WriteGrids(const std::string& rows) {
    Write("catalog/grid.csv", "place,kind,name,g_per_kwh,year,source\n" + rows);
  }
  void WriteModel(const std::string& folder, const std::string& rest) {
    Write("models/" + folder + "/graph.onnx.zst", "x");
    Write("models/" + folder + "/entry.yaml", "schema: permille.model/1\n" + rest);
  }
  std::string folder_;
};

template <class T>
std::string Message(const Result<T>& result) {
  return result ? "no error" : result.error().message;
}

TEST_F(DataFolder, EnvironmentNamesIt) {
  EXPECT_EQ(DataDirectory().value(), folder_);
}

TEST_F(DataFolder, WrongEnvironmentIsAnErrorNotAFallback) {
  setenv("PERMILLE_DATA", "/nonexistent/place", 1);
  const auto folder = DataDirectory();
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(folder.error().message, HasSubstr("/nonexistent/place"));
}

}  // namespace
}  // namespace permille
