// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <random>
#include <set>
#include <thread>

#include "base/file.h"
#include "record/random_run.h"
#include "record/record_json.h"
#include "store/sqlite.h"
#include "store/store.h"
#include "support/temp_tree.h"
#include "support/unprivileged.h"

// What may happen to a store from outside: its writer killed, its disk full, a second writer.

namespace permille {
namespace {

using sqlite::Database;
using testing::HasSubstr;

RunRecord Numbered(const std::string& id) {
  RunRecord run = FullRun();
  run.run_id = id;
  run.samples.resize(50, run.samples[0]);
  run.samples[0].id = id;  // a sample set of its own: many pages are written
  run.query_records.resize(500, run.query_records[0]);
  return run;
}

/// Run `work` in a child process, which reports by writing to the descriptor it is given.
struct Child {
  explicit Child(const std::function<void(int)>& work) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    pid = ::fork();
    if (pid == 0) {
      ::close(ends[0]);
      work(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    output = ends[0];
  }
  ~Child() {
    if (pid > 0) Kill();
    ::close(output);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void Kill() {
    ::kill(pid, SIGKILL);
    Wait();
  }
  int Wait() {
    int status = 0;
    ::waitpid(std::exchange(pid, -1), &status, 0);
    return status;
  }
  /// Wait until it has reported `count` lines.
  void Await(std::size_t count) {
    char byte = 0;
    while (count > 0 && ::read(output, &byte, 1) == 1) {
      early += byte;
      if (byte == '\n') --count;
    }
  }
  /// All lines it reported, up to the end of the process.
  std::vector<std::string> Lines() const {
    std::string text = early, buffer(65536, '\0');
    for (ssize_t got = 0; (got = ::read(output, buffer.data(), buffer.size())) > 0;) {
      text.append(buffer, 0, static_cast<std::size_t>(got));
    }
    std::vector<std::string> lines;
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != text.npos; at = end + 1) {
      lines.push_back(text.substr(at, end - at));
    }
    return lines;
  }

  pid_t pid = -1;
  int output = -1;
  std::string early;  ///< what Await has read
};

void Report(int to, const std::string& line) {
  const std::string text = line + "\n";
  if (::write(to, text.data(), text.size()) != static_cast<ssize_t>(text.size())) ::_exit(9);
}

/// Append runs called <prefix>0, <prefix>1, ..., reporting each id once Append has returned; an
/// error instead.
void AppendMany(const std::string& path, const std::string& prefix, int count, int report) {
  const auto store = Store::Open(path, OpenMode::kWrite);
  if (!store) return Report(report, "error: " + store.error().message);
  for (int i = 0; i < count; ++i) {
    const std::string id = prefix + std::to_string(i);
    const auto appended = (*store)->Append(Numbered(id));
    if (!appended) return Report(report, "error: " + appended.error().message);
    Report(report, id);
  }
}

/// Check that a store is sound and holds exactly `wanted`, and at most `more` other runs, each once
/// and whole.
void ExpectRuns(const std::string& path, const std::vector<std::string>& wanted, std::size_t more) {
  const auto store = Store::Open(path, OpenMode::kRead);
  ASSERT_TRUE(store) << store.error().message;
  const auto list = (*store)->List();
  ASSERT_TRUE(list) << list.error().message;
  std::set<std::string> found;
  for (const auto& run : *list) {
    EXPECT_TRUE(found.insert(run.run_id).second) << run.run_id << " is there twice";
    const auto read = (*store)->Read(run.run_id);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(ToJson(*read) == ToJson(Numbered(run.run_id))) << run.run_id << " is not whole";
  }
  for (const auto& id : wanted) EXPECT_TRUE(found.contains(id)) << id << " is lost";
  EXPECT_LE(found.size(), wanted.size() + more);
  auto database = Database::Open(path, Database::Access::kReadOnly);
  EXPECT_EQ(database->Text("PRAGMA integrity_check").value(), "ok");
  EXPECT_EQ(database->Integer("SELECT count(*) FROM pragma_foreign_key_check").value(), 0);
}

TEST(StoreKilled, AtAnyMomentAllFinishedRunsAreThereOnce) {
  const TempTree tree;
  const std::string path = tree.Path("permille.db");
  std::vector<std::string> finished;
  std::mt19937 random(20261123);
  for (int round = 0; round < 20; ++round) {
    Child writer([&](int report) { AppendMany(path, std::to_string(round) + "-", 1000, report); });
    writer.Await(random() % 4);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20000));
    writer.Kill();
    for (const auto& id : writer.Lines()) {
      EXPECT_THAT(id, testing::Not(HasSubstr("error")));
      finished.push_back(id);
    }
    if (std::filesystem::exists(path) && std::filesystem::file_size(path) > 0 &&
        !finished.empty()) {
      // The run whose Append had not returned may be there, one in each round.
      ExpectRuns(path, finished, static_cast<std::size_t>(round) + 1);
    }
  }
  EXPECT_GT(finished.size(), 10u) << "killed too early to mean anything";
}

TEST(StoreKilled, WhileBeingMadeItCanBeMadeAgain) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    const TempTree tree;
    const std::string path = tree.Path("permille.db");
    Child maker([&](int) { static_cast<void>(Store::Open(path, OpenMode::kWrite)); });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 8000));
    maker.Kill();
    const auto reader =
        Store::Open(path, OpenMode::kRead);  // finds nothing, or an empty store; does not crash
    EXPECT_TRUE(!reader || (*reader)->List()->empty());
    const auto store = Store::Open(path, OpenMode::kWrite);
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE((*store)->Append(Numbered("after")));
    EXPECT_EQ((*store)->List()->size(), 1u);
  }
}

/// Leave a store of three runs whose writer was killed: all is in the log beside the file.
void LeaveBehind(const std::string& path) {
  Child writer([&](int report) {
    const auto store = Store::Open(path, OpenMode::kWrite);
    for (const char* id : {"1", "2", "3"}) static_cast<void>((*store)->Append(Numbered(id)));
    Report(report, "done");
    ::pause();
  });
  writer.Await(1);
  writer.Kill();
  ASSERT_GT(std::filesystem::file_size(path + "-wal"), 0u);
}

TEST(StoreKilled, ReadingWhatIsLeftDoesNotChangeIt) {
  const TempTree tree;
  const std::string path = tree.Path("permille.db");
  LeaveBehind(path);
  const std::string file = ReadFile(path).value();
  const std::string log = ReadFile(path + "-wal").value();
  ExpectRuns(path, {"1", "2", "3"}, 0);
  EXPECT_TRUE(ReadFile(path).value() == file);
  EXPECT_TRUE(ReadFile(path + "-wal").value() == log);
}

TEST(StoreKilled, WhatIsLeftCanBeReadInAFolderThatCannotBeWritten) {
  const TempTree tree;
  const std::string path = tree.Path("permille.db");
  LeaveBehind(path);
  for (const char* part : {"", "-wal", "-shm"}) {
    std::filesystem::permissions(path + part, std::filesystem::perms(0444));
  }
  const Unprivileged nobody(tree.root());
  const auto store = Store::Open(path, OpenMode::kRead);
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->List()->size(), 3u);
  EXPECT_TRUE((*store)->Read("3"));
}

TEST(StoreKilled, TheNextWriterGoesOn) {
  const TempTree tree;
  const std::string path = tree.Path("permille.db");
  LeaveBehind(path);
  {
    const auto store = Store::Open(path, OpenMode::kWrite);
    ASSERT_TRUE((*store)->Append(Numbered("4")));
  }
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
  ExpectRuns(path, {"1", "2", "3", "4"}, 0);
}

/// Fill a store until Append fails, in a child that `limit` has put under a limit and `lift`
/// relieves of it. It must fail in one line with `words`, keep the store open for reading, and lose
/// nothing.
void ExpectFull(const std::string& path, const std::function<bool()>& limit,
                const std::function<void()>& lift, const std::string& words) {
  Child writer([&](int report) {
    if (!limit()) return Report(report, "no limit");
    AppendMany(path, "a", 100000, report);
    lift();
    AppendMany(path, "b", 3, report);
    const auto store = Store::Open(path, OpenMode::kRead);
    const auto list = (*store)->List();
    for (const auto& run : *list) {
      const auto read = (*store)->Read(run.run_id);
      Report(report,
             (read && ToJson(*read) == ToJson(Numbered(run.run_id)) ? "holds " : "broken ") +
                 run.run_id);
    }
  });
  const auto lines = writer.Lines();
  EXPECT_EQ(writer.Wait(), 0);
  if (lines == std::vector<std::string>{"no limit"})
    GTEST_SKIP() << "this limit cannot be set here";
  const auto error = std::find_if(lines.begin(), lines.end(),
                                  [](auto& line) { return line.starts_with("error"); });
  ASSERT_NE(error, lines.end());
  EXPECT_THAT(*error,
              testing::AllOf(testing::StartsWith("error: " + path + ": "), HasSubstr(words)));
  std::vector<std::string> wanted;
  for (auto line = lines.begin(); line != error; ++line) wanted.push_back("holds " + *line);
  EXPECT_GT(wanted.size(), 2u) << "nothing fitted";
  for (const char* id : {"b0", "b1", "b2"}) wanted.push_back(std::string("holds ") + id);
  const auto held = std::find_if(lines.begin(), lines.end(),
                                 [](auto& line) { return line.starts_with("holds"); });
  EXPECT_EQ(std::vector<std::string>(held, lines.end()), wanted);
}

TEST(StoreDiskFull, AFileThatMayNotGrowIsAnErrorAndEarlierRunsStay) {
  const TempTree tree;
  const auto allow = [](rlim_t bytes) {
    const rlimit most{bytes, RLIM_INFINITY};
    return ::setrlimit(RLIMIT_FSIZE, &most) == 0;
  };
  const auto limit = [&] { return ::signal(SIGXFSZ, SIG_IGN) != SIG_ERR && allow(2'000'000); };
  ExpectFull(
      tree.Path("permille.db"), limit, [&] { allow(RLIM_INFINITY); }, "File too large");
}

TEST(StoreDiskFull, AFullFileSystemIsAnErrorAndEarlierRunsStay) {
  const TempTree tree;
  const auto limit = [&] {  // a small file system that only the child sees
    return ::unshare(CLONE_NEWNS) == 0 &&
           ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("tmpfs", tree.root().c_str(), "tmpfs", 0, "size=2m") == 0;
  };
  const auto lift = [&] { ::mount("tmpfs", tree.root().c_str(), "tmpfs", MS_REMOUNT, "size=50m"); };
  ExpectFull(tree.Path("permille.db"), limit, lift, "the disk is full; free space and run again");
}

TEST(StoreDiskFull, AStoreOnAFullFileSystemSaysSoOrIsRead) {
  const TempTree tree;
  const std::string path = tree.Path("permille.db");
  Child writer([&](int report) {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", tree.root().c_str(), "tmpfs", 0, "size=2m") != 0) {
      return Report(report, "no limit");
    }
    AppendMany(path, "a", 100000, report);
    const auto store = Store::Open(path, OpenMode::kRead);
    Report(report,
           store ? fmt::format("holds {}", (*store)->List()->size()) : store.error().message);
  });
  const auto lines = writer.Lines();
  if (lines == std::vector<std::string>{"no limit"})
    GTEST_SKIP() << "this limit cannot be set here";
  const std::string all = fmt::format("holds {}", lines.size() - 2);
  EXPECT_THAT(lines.back(),
              testing::AnyOf(all, HasSubstr("the disk is full; free space and run again")));
}

TEST(StoreShared, TwoProcessesAppendAtOnce) {
  const TempTree tree;
  const std::string path = tree.Path("permille.db");
  Child first([&](int report) { AppendMany(path, "a", 30, report); });
  Child second([&](int report) { AppendMany(path, "b", 30, report); });
  auto ids = first.Lines();
  const auto others = second.Lines();
  ids.insert(ids.end(), others.begin(), others.end());
  EXPECT_EQ(ids.size(), 60u);
  ExpectRuns(path, ids, 0);
}

TEST(StoreShared, ManyProcessesMakeItAtOnce) {
  const TempTree tree;
  const std::string path = tree.Path("permille.db");
  std::vector<std::unique_ptr<Child>> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(std::make_unique<Child>(
        [&, i](int report) { AppendMany(path, std::to_string(i), 1, report); }));
  }
  std::vector<std::string> ids;
  for (const auto& child : children) {
    for (const auto& line : child->Lines()) ids.push_back(line);
  }
  EXPECT_EQ(ids.size(), 8u);
  ExpectRuns(path, ids, 0);
}

TEST(StoreShared, AReaderSeesWholeRunsWhileAnotherProcessAppends) {
  const TempTree tree;
  const std::string path = tree.Path("permille.db");
  ASSERT_TRUE(Store::Open(path, OpenMode::kWrite).value()->Append(Numbered("first")));
  Child writer([&](int report) { AppendMany(path, "a", 1000, report); });
  std::size_t most = 0;
  for (int round = 0; round < 30; ++round) {
    const auto store = Store::Open(path, OpenMode::kRead);
    ASSERT_TRUE(store) << store.error().message;
    const auto list = (*store)->List();
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_GE(list->size(), most);
    most = list->size();
    const auto last = (*store)->Read(list->back().run_id);
    ASSERT_TRUE(last) << last.error().message;
    EXPECT_TRUE(ToJson(*last) == ToJson(Numbered(last->run_id)));
  }
}

// Were the file opened and closed beside SQLite, this process's lock on it would be gone, the other
// process would take itself for the last one and remove the log that we still write to.
TEST(StoreShared, ReadingInTheWritersProcessDoesNotLoseItsLock) {
  const TempTree tree;
  const std::string path = tree.Path("permille.db");
  const auto store = Store::Open(path, OpenMode::kWrite);
  ASSERT_TRUE((*store)->Append(Numbered("1")));
  EXPECT_EQ(Store::Open(path, OpenMode::kRead).value()->List()->size(), 1u);
  Child other([&](int report) { AppendMany(path, "other", 1, report); });
  EXPECT_EQ(other.Lines().size(), 1u);
  other.Wait();
  EXPECT_TRUE(std::filesystem::exists(path + "-wal"));
  ASSERT_TRUE((*store)->Append(Numbered("2")));
  Child reader([&](int report) {
    Report(report, std::to_string(Store::Open(path, OpenMode::kRead).value()->List()->size()));
  });
  EXPECT_EQ(reader.Lines(), std::vector<std::string>{"3"});
}

}  // namespace
}  // namespace permille
