// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace permille {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string pattern = testing::TempDir() + "/permille_file_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FileTest() override { fs::remove_all(folder_); }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::size_t Entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  std::string folder_;
};

using File = FileTest;

TEST_F(File, WrittenIsWhatIsRead) {
  std::string text(300'000, 'x');
  text[7] = '\0';
  ASSERT_TRUE(WriteFile(Path("a"), text));
  EXPECT_EQ(ReadFile(Path("a")).value(), text);
  ASSERT_TRUE(WriteFile(Path("a"), ""));
  EXPECT_EQ(ReadFile(Path("a")).value(), "");
  EXPECT_EQ(Entries(), 1u) << "a temporary file was left behind";
}

TEST_F(File, ReadsEntriesOfProcWhoseSizeIsStatedAsZero) {
  EXPECT_THAT(ReadFile("/proc/self/status").value(), HasSubstr("Name:"));
}

TEST_F(File, MissingFilesAreNotFoundAndNamed) {
  for (const auto& path : {Path("gone"), Path("gone/deeper")}) {
    const auto text = ReadFile(path);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(text.error().message, path + ": no such file");
  }
}

TEST_F(File, ForbiddenFilesAreUnavailable) {
  ASSERT_TRUE(WriteFile(Path("secret"), "x"));
  ::chmod(folder_.c_str(), 0755);
  ::chmod(Path("secret").c_str(), 0);
  const uid_t user = ::geteuid();
  const bool dropped = user != 0 || ::seteuid(65534) == 0;  // permissions do not bind root
  const auto text = ReadFile(Path("secret"));
  const auto written = WriteFile("/etc/permille_test", "x");
  const bool back = ::seteuid(user) == 0;
  ASSERT_TRUE(dropped && back);
  EXPECT_EQ(text.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(text.error().message, HasSubstr("secret: cannot be read (permission denied)"));
  EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
}

TEST_F(File, FoldersAndPipesAreRefusedNotWaitedFor) {
  EXPECT_THAT(ReadFile(folder_).error().message, HasSubstr("is a folder"));
  ASSERT_EQ(::mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(ReadFile(Path("pipe")).error().message, HasSubstr("not a regular file"));
}

TEST_F(File, TheLimitIsOnWhatIsRead) {
  ASSERT_TRUE(WriteFile(Path("a"), "12345"));
  EXPECT_EQ(ReadFile(Path("a"), 5).value(), "12345");
  EXPECT_EQ(ReadFile(Path("a"), 4).error().message, Path("a") + ": larger than 4 bytes");
  EXPECT_EQ(ReadFile("/proc/self/status", 10).error().code, ErrorCode::kInvalid);
}

TEST_F(File, WritingKeepsTheModeAndFollowsALink) {
  ASSERT_TRUE(WriteFile(Path("target"), "old"));
  ::chmod(Path("target").c_str(), 0640);
  ASSERT_EQ(::symlink("target", Path("link").c_str()), 0);
  ASSERT_TRUE(WriteFile(Path("link"), "new"));
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_EQ(ReadFile(Path("target")).value(), "new");
  struct stat status {};
  ::stat(Path("target").c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST_F(File, AFailedWriteNamesThePathAndLeavesTheOldFile) {
  EXPECT_THAT(WriteFile(Path("none/a"), "x").error().message,
              HasSubstr(Path("none/a") + ": cannot be written"));
  EXPECT_FALSE(WriteFile(folder_, "x"));
  ASSERT_TRUE(WriteFile("/dev/null", "x"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  const auto full = WriteFile("/dev/full", "x");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace permille
