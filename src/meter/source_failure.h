// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "meter/meter.h"

namespace permille {

/// Why a source cannot be read here, in the words doctor prints. Kept apart from Error because
/// doctor needs status, reason and remedy each on its own, while a meter's factory returns one line
/// made of them.
struct SourceFailure {
  SourceStatus status = SourceStatus::kAbsent;
  std::string reason;
  std::string remedy;  ///< empty when nothing the user can do would help
};

template <class T>
using SourceResult = tl::expected<T, SourceFailure>;

/// The one line of a factory: kNotFound when the thing does not exist here, kUnavailable otherwise.
inline Error ToError(std::string_view source, const SourceFailure& failure) {
  const ErrorCode code =
      failure.status == SourceStatus::kAbsent ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
  if (failure.remedy.empty()) return {code, fmt::format("{}: {}", source, failure.reason)};
  return {code, fmt::format("{}: {}; {}", source, failure.reason, failure.remedy)};
}

/// The line of doctor for a GPU source that cannot be read.
inline SourceReport ToGpuReport(std::string_view source, SourceFailure failure) {
  SourceReport report;
  report.component = Component::kGpu;
  report.source = source;
  report.status = failure.status;
  report.kind = SourceKind::kSensor;
  report.reason = std::move(failure.reason);
  report.remedy = std::move(failure.remedy);
  return report;
}

}  // namespace permille
