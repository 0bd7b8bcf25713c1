// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "store/sqlite.h"
#include "store/store.h"
#include "support/temp_tree.h"

namespace permille {

class StoreTest : public testing::Test {
 protected:
  std::string Path() const { return tree_.Path("permille.db"); }

  std::unique_ptr<Store> Open(OpenMode mode) const {
    auto store = Store::Open(Path(), mode);
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }
  /// Make a store of the given runs and close it.
  void Fill(const std::vector<RunRecord>& runs) const {
    const auto store = Open(OpenMode::kWrite);
    for (const auto& run : runs) {
      const auto appended = store->Append(run);
      EXPECT_TRUE(appended) << appended.error().message;
    }
  }
  Error OpenError(OpenMode mode) const {
    const auto store = Store::Open(Path(), mode);
    EXPECT_FALSE(store);
    return store ? Error{} : store.error();
  }
  /// Run SQL on the file behind the store's back.
  void Sql(const std::string& sql) const {
    auto database = sqlite::Database::Open(Path(), sqlite::Database::Access::kReadWrite);
    const auto done = database->Execute(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  std::int64_t Count(const std::string& table) const {
    auto database = sqlite::Database::Open(Path(), sqlite::Database::Access::kReadOnly);
    return database->Integer("SELECT count(*) FROM " + table).value();
  }
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(tree_.root())) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  TempTree tree_;
};

}  // namespace permille
