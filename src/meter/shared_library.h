// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace permille {

/// A library opened at run time. It stays loaded until the program ends: vendor libraries keep
/// threads and exit handlers that do not survive being unmapped.
class SharedLibrary {
 public:
  struct OpenFailure {
    bool missing = false;  ///< there is no such file; otherwise it exists and could not be loaded
    std::string reason;    ///< the loader's words
  };
  /// `name`: a path, or a bare name for the loader's search path.
  static tl::expected<SharedLibrary, OpenFailure> Open(const std::string& name);

  const std::string& name() const { return name_; }
  /// The function `symbol` as `Function`, or null where the library does not have it.
  template <class Function>
  Function Find(const char* symbol) const {
    return reinterpret_cast<Function>(Address(symbol));
  }

 private:
  SharedLibrary(std::string name, void* handle) : name_(std::move(name)), handle_(handle) {}
  void* Address(const char* symbol) const;

  std::string name_;
  void* handle_;
};

}  // namespace permille
