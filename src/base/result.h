// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace permille {

/// What kind of failure this is. The fate of a run (skip, retry, stop) is decided from it in run/
/// alone.
enum class ErrorCode {
  kInvalid,      ///< the user's input is wrong: a file, a field, a flag
  kNotFound,     ///< a named thing does not exist
  kUnavailable,  ///< a source or device exists but cannot be used here
  kIo,           ///< the operating system refused: disk full, broken pipe
  kEngine,       ///< the inference engine failed
  kTimeout,      ///< a time limit passed
  kCancelled,    ///< the user interrupted
  kInternal,     ///< a bug of ours
};

/// An error as shown to the user: one line that names the subject, the value and the fix.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

/// A value or an Error. Functions that can fail for reasons outside the program return it;
/// exceptions never leave an adapter.
template <class T>
using Result = tl::expected<T, Error>;

/// Make the failure branch of any Result: `return Fail(ErrorCode::kIo, "{}: {}", path, reason);`
template <class... Args>
[[nodiscard]] tl::unexpected<Error> Fail(ErrorCode code, fmt::format_string<Args...> format,
                                         Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

/// Pass an existing error on, unchanged.
[[nodiscard]] inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace permille

#define PERMILLE_CONCAT_INNER(a, b) a##b
#define PERMILLE_CONCAT(a, b) PERMILLE_CONCAT_INNER(a, b)

/// Return the error of a Result<void> expression, if it is one.
#define PERMILLE_TRY(expression)                                   \
  do {                                                             \
    if (auto permille_status = (expression); !permille_status) {   \
      return ::permille::Fail(std::move(permille_status).error()); \
    }                                                              \
  } while (false)

/// Declare or assign `target` from a Result expression, or return its error:
/// `PERMILLE_ASSIGN(auto text, ReadFile(path));`
#define PERMILLE_ASSIGN(target, expression) \
  PERMILLE_ASSIGN_INNER(PERMILLE_CONCAT(permille_result_, __LINE__), target, expression)
#define PERMILLE_ASSIGN_INNER(result, target, expression)            \
  auto result = (expression);                                        \
  if (!(result)) return ::permille::Fail(std::move(result).error()); \
  target = std::move(*(result))
