// SPDX-License-Identifier: Apache-2.0
#include "engine/scratch_file.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "base/file.h"
#include "engine/model_parts.h"
#include "engine/onnx_fixture_test.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

using ::testing::HasSubstr;

/// TMPDIR points into a tree of the test's own.
class Scratch : public ::testing::Test {
 protected:
  Scratch() {
    if (const char* const before = std::getenv("TMPDIR")) before_ = before;
    setenv("TMPDIR", tree_.root().c_str(), 1);
  }
  ~Scratch() override {
    if (before_.empty()) {
      unsetenv("TMPDIR");
    } else {
      setenv("TMPDIR", before_.c_str(), 1);
    }
  }
  std::size_t FilesLeft() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(tree_.root()))
      ++count;
    return count;
  }

  TempTree tree_;
  std::string before_;
};

TEST_F(Scratch, WhatIsWrittenIsReadByName) {
  auto scratch = ScratchFile::Make(3);
  ASSERT_TRUE(scratch) << scratch.error().message;
  (*scratch)->bytes()[0] = std::byte{'a'};
  (*scratch)->bytes()[2] = std::byte{'c'};
  const std::string path = (*scratch)->folder() + "/" + (*scratch)->name();
  EXPECT_EQ(*ReadFile(path), std::string("a\0c", 3));
  ASSERT_TRUE((*scratch)->Finish());
  EXPECT_TRUE((*scratch)->bytes().empty());
  EXPECT_EQ(*ReadFile(path), std::string("a\0c", 3));
  scratch->reset();
  EXPECT_EQ(FilesLeft(), 0U);
}

TEST_F(Scratch, WhatAKilledProcessLeftIsSweptAway) {
  const pid_t child = fork();
  if (child == 0) {
    const auto left = ScratchFile::Make(16);
    _exit(left ? 0 : 1);  // no destructor, as after a kill
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  ASSERT_EQ(FilesLeft(), 1U);
  const auto mine = ScratchFile::Make(16);
  const auto other = ScratchFile::Make(16);
  EXPECT_EQ(FilesLeft(), 2U);  // both of ours: held files stay
}

TEST_F(Scratch, NoRoomIsSaidBeforeItIsTried) {
  const auto scratch = ScratchFile::Make(std::size_t{1} << 60);
  ASSERT_FALSE(scratch);
  EXPECT_EQ(scratch.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(scratch.error().message, HasSubstr("needs 1152921504.61 GB"));
  EXPECT_EQ(FilesLeft(), 0U);
}

TEST_F(Scratch, AFolderThatIsNotThereIsNamed) {
  setenv("TMPDIR", "/nowhere/at/all", 1);
  EXPECT_THAT(ScratchFile::Make(1).error().message, HasSubstr("/nowhere/at/all"));
}

TEST_F(Scratch, TheRoomForAllPartsIsAskedForBeforeOneIsDrawn) {
  setenv("TMPDIR", "/proc", 1);  // a file system without blocks
  const WeightsSource random{WeightsSource::Kind::kRandom, "", 1};
  const std::vector<ModelPart> parts = {{"a", DistilbertGraph(), random},
                                        {"b", OnnxFixture("bert-base-encoder.onnx.zst"), random}};
  const auto checked = CheckParts(parts, "net");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(checked.error().message,
              HasSubstr("/proc: random weights on disk: needs 0.70 GB"));  // .27 and .44
  EXPECT_TRUE(CheckParts({}, "net"));
}

}  // namespace
}  // namespace permille
