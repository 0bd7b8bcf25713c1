// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace permille {

/// A store to read: the file itself, or one made for the moment from a folder of CodeCarbon's logs
/// and removed again.
class LogFolder {
 public:
  const std::string& store() const { return store_; }

 private:
  friend Result<LogFolder> OpenLogs(const std::string& path);
  std::string store_;
  std::shared_ptr<void> temporary_;  ///< removes what was made
};

/// Stand for `path`. Problems of imported logs go to stderr.
Result<LogFolder> OpenLogs(const std::string& path);

}  // namespace permille
