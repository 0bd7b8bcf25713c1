// SPDX-License-Identifier: Apache-2.0
#include "meter/shared_library.h"

#include <dlfcn.h>

#include <string_view>

namespace permille {

tl::expected<SharedLibrary, SharedLibrary::OpenFailure> SharedLibrary::Open(
    const std::string& name) {
  if (void* handle = dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL)) {
    return SharedLibrary(name, handle);
  }
  const char* text = dlerror();
  OpenFailure failure{.missing = false, .reason = text != nullptr ? text : "dlopen failed"};
  // "X: cannot open shared object file: No such file or directory": X is the library itself, or one
  // that it needs, in which case the library is there and broken.
  const std::string_view reason = failure.reason;
  failure.missing =
      reason.starts_with(name + ":") && reason.find("No such file") != std::string_view::npos;
  return tl::unexpected(std::move(failure));
}

void* SharedLibrary::Address(const char* symbol) const {
  return dlsym(handle_, symbol);
}

}  // namespace permille
