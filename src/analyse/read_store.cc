// SPDX-License-Identifier: Apache-2.0
#include "analyse/read_store.h"

#include <set>

#include "store/store.h"

namespace permille {

Result<StoreContents> ReadContents(const std::string& path,
                                   const std::vector<std::string>& run_ids) {
  StoreContents contents;
  PERMILLE_ASSIGN(const auto store, Store::Open(path, OpenMode::kRead));
  for (const std::string& id : run_ids) {
    PERMILLE_ASSIGN(auto run, store->Read(id));
    contents.runs.push_back(std::move(run));
  }
  if (run_ids.empty()) {
    PERMILLE_ASSIGN(contents.runs, store->ReadAll());
    std::set<std::string> seen;
    for (RunRecord& run : contents.runs) {
      if (run.samples.empty() || !seen.insert(run.cell.key).second) continue;
      PERMILLE_ASSIGN(auto whole, store->Read(run.run_id));
      run.predictions = std::move(whole.predictions);
    }
  }
  if (contents.runs.empty())
    return Fail(ErrorCode::kNotFound, "{}: the store holds no finished run", path);
  PERMILLE_ASSIGN(contents.facts, store->Facts());
  return contents;
}

}  // namespace permille
