// SPDX-License-Identifier: Apache-2.0
#include "permille/permille.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "embed/span_recorder.h"

using permille::ErrorCode;
using permille::Fail;
using permille::Result;
using permille::SpanComponent;
using permille::SpanRecorder;
using permille::SpanRecorderOptions;
using permille::SpanResult;

struct permille_options {
  SpanRecorderOptions value;
};

struct permille_recorder {
  std::unique_ptr<SpanRecorder> value;
  pid_t owner = 0;  // the process that has the sampling thread
};

struct permille_component {
  SpanComponent value;
};

struct permille_result {
  SpanResult value;
  std::vector<permille_component> components;
};

namespace {

// A plain array: keeping an error must not fail for lack of memory.
thread_local std::array<char, 1024> last_error{};

void KeepError(std::string_view text) noexcept {
  const std::size_t length = std::min(text.size(), last_error.size() - 1);
  std::copy_n(text.begin(), length, last_error.begin());
  last_error[length] = '\0';
}

permille_status StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return PERMILLE_INVALID;
    case ErrorCode::kNotFound:
      return PERMILLE_NOT_FOUND;
    case ErrorCode::kUnavailable:
      return PERMILLE_UNAVAILABLE;
    case ErrorCode::kIo:
      return PERMILLE_IO;
    default:
      return PERMILLE_INTERNAL;
  }
}

// The wall: what fails or throws behind it comes out as a status and a text.
template <class Work>
permille_status Guarded(Work&& work) noexcept {
  try {
    const Result<void> done = work();
    if (done) return PERMILLE_OK;
    KeepError(done.error().message);
    return StatusOf(done.error().code);
  } catch (const std::bad_alloc&) {
    KeepError("out of memory");
  } catch (const std::exception& exception) {
    KeepError(exception.what());
  } catch (...) {
    KeepError("an exception of an unknown kind");
  }
  return PERMILLE_INTERNAL;
}

Result<void> CheckRecorder(const permille_recorder* recorder) {
  if (recorder == nullptr) return Fail(ErrorCode::kInvalid, "recorder is NULL");
  if (recorder->owner == getpid()) return {};
  return Fail(ErrorCode::kInvalid,
              "the recorder was started by process {}: after fork, start one in the child",
              recorder->owner);
}

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

const char* TextAt(const std::vector<std::string>& texts, std::size_t index) {
  return index < texts.size() ? texts[index].c_str() : nullptr;
}

}  // namespace

extern "C" {

const char* permille_version(void) {
  return PERMILLE_VERSION;
}

const char* permille_last_error(void) {
  return last_error.data();
}

permille_options* permille_options_new(void) {
  permille_options* made = nullptr;
  Guarded([&]() -> Result<void> {
    made = new permille_options();
    return {};
  });
  return made;
}

permille_status permille_options_set(permille_options* options, const char* name,
                                     const char* value) {
  return Guarded([&]() -> Result<void> {
    if (options == nullptr || name == nullptr || value == nullptr)
      return Fail(ErrorCode::kInvalid, "options, name or value is NULL");
    return options->value.Set(name, value);
  });
}

void permille_options_free(permille_options* options) {
  delete options;
}

permille_status permille_recorder_start(const permille_options* options,
                                        permille_recorder** recorder) {
  if (recorder != nullptr) *recorder = nullptr;
  return Guarded([&]() -> Result<void> {
    if (recorder == nullptr) return Fail(ErrorCode::kInvalid, "recorder is NULL");
    auto made = std::make_unique<permille_recorder>();
    PERMILLE_ASSIGN(made->value, SpanRecorder::Start(options != nullptr ? options->value
                                                                        : SpanRecorderOptions()));
    made->owner = getpid();
    *recorder = made.release();
    return {};
  });
}

size_t permille_recorder_note_count(const permille_recorder* recorder) {
  return recorder == nullptr ? 0 : recorder->value->notes().size();
}

const char* permille_recorder_note(const permille_recorder* recorder, size_t index) {
  return recorder == nullptr ? nullptr : TextAt(recorder->value->notes(), index);
}

void permille_recorder_stop(permille_recorder* recorder) {
  // In a forked child the sampling thread does not exist: joining it would never end, so leave it.
  if (recorder == nullptr || recorder->owner != getpid()) return;
  Guarded([&]() -> Result<void> {
    delete recorder;
    return {};
  });
}

permille_status permille_span_begin(permille_recorder* recorder, const char* name, uint64_t* span) {
  if (span != nullptr) *span = 0;
  return Guarded([&]() -> Result<void> {
    PERMILLE_TRY(CheckRecorder(recorder));
    if (name == nullptr || span == nullptr)
      return Fail(ErrorCode::kInvalid, "name or span is NULL");
    *span = recorder->value->Begin(name);
    return {};
  });
}

permille_status permille_span_end(permille_recorder* recorder, uint64_t span,
                                  permille_result** result) {
  if (result != nullptr) *result = nullptr;
  return Guarded([&]() -> Result<void> {
    PERMILLE_TRY(CheckRecorder(recorder));
    auto made = std::make_unique<permille_result>();
    PERMILLE_ASSIGN(made->value, recorder->value->End(span));
    made->components.reserve(made->value.components.size());
    for (SpanComponent& component : made->value.components)
      made->components.push_back({std::move(component)});
    if (result != nullptr) *result = made.release();
    return {};
  });
}

void permille_result_free(permille_result* result) {
  delete result;
}

const char* permille_result_name(const permille_result* result) {
  return result == nullptr ? "" : result->value.name.c_str();
}

double permille_result_seconds(const permille_result* result) {
  return result == nullptr ? kUnknown : result->value.duration.value();
}

double permille_result_joules(const permille_result* result) {
  return result == nullptr || !result->value.energy ? kUnknown : result->value.energy->value();
}

size_t permille_result_flag_count(const permille_result* result) {
  return result == nullptr ? 0 : result->value.flags.size();
}

const char* permille_result_flag(const permille_result* result, size_t index) {
  return result == nullptr ? nullptr : TextAt(result->value.flags, index);
}

size_t permille_result_component_count(const permille_result* result) {
  return result == nullptr ? 0 : result->components.size();
}

const permille_component* permille_result_component(const permille_result* result, size_t index) {
  if (result == nullptr || index >= result->components.size()) return nullptr;
  return &result->components[index];
}

// Names of enumerations are literals: they end in a zero byte.
const char* permille_component_name(const permille_component* component) {
  return component == nullptr ? "" : permille::Name(component->value.component).data();
}

const char* permille_component_channel(const permille_component* component) {
  return component == nullptr ? "" : component->value.channel.c_str();
}

const char* permille_component_provenance(const permille_component* component) {
  return component == nullptr ? "" : permille::Name(component->value.provenance).data();
}

const char* permille_component_source(const permille_component* component) {
  return component == nullptr ? "" : component->value.source.c_str();
}

const char* permille_component_rule(const permille_component* component) {
  return component == nullptr ? "" : component->value.rule.c_str();
}

double permille_component_joules(const permille_component* component) {
  return component == nullptr ? kUnknown : component->value.energy.value();
}

double permille_component_coverage(const permille_component* component) {
  return component == nullptr ? kUnknown : component->value.coverage;
}

double permille_component_standard_uncertainty(const permille_component* component) {
  if (component == nullptr) return kUnknown;
  return component->value.standard_uncertainty.value_or(kUnknown);
}

double permille_component_resolution(const permille_component* component) {
  return component == nullptr ? kUnknown : component->value.resolution;
}

}  // extern "C"
