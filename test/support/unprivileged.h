// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace permille {

/// While it lives, the process has the rights of a user without any, so that file modes deny as
/// they do on a user's machine even where tests run as root. Opens `root` for passing through,
/// since a temporary folder is its maker's alone.
class Unprivileged {
 public:
  explicit Unprivileged(const std::string& root) {
    std::filesystem::permissions(root, std::filesystem::perms(0755));
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0 && seteuid(kNobody) != 0) throw std::runtime_error("seteuid failed");
  }
  ~Unprivileged() {
    if (seteuid(getuid()) != 0) std::terminate();
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
};

}  // namespace permille
