// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <onnxruntime_c_api.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/log.h"
#include "engine/onnx_internal.h"

#if defined(__SANITIZE_THREAD__)
// ONNX Runtime is not built with the thread sanitizer, which therefore does not see how its threads
// wait for each other; what its code touches is not judged.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:libonnxruntime.so\n";
}
#endif

namespace permille {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 2> kFileNames{"libonnxruntime.so.1", "libonnxruntime.so"};
constexpr std::uint32_t kApiVersion = 21;  // ONNX Runtime 1.21, the oldest that works

/// Places to look, best first. A place the user named is the only one.
struct Search {
  std::vector<std::string> paths;
  bool named = false;
};

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

void AddFolder(std::vector<std::string>& paths, const fs::path& folder) {
  for (const char* const name : kFileNames) paths.push_back((folder / name).string());
}

Search Named(const std::string& place) {
  Search search{{}, true};
  std::error_code error;
  if (fs::is_directory(place, error)) {
    AddFolder(search.paths, place);
  } else {
    search.paths.push_back(place);
  }
  return search;
}

Search PlacesToLook(const std::string& library) {
  if (!library.empty()) return Named(library);
  if (const std::string given = Variable("PERMILLE_ORT_LIB"); !given.empty()) return Named(given);
  if (const std::string root = Variable("ONNXRUNTIME_ROOT"); !root.empty()) {
    return Named(root + "/lib");
  }
  Search search;
  std::error_code error;
  if (const fs::path binary = fs::read_symlink("/proc/self/exe", error); !error) {
    AddFolder(search.paths, binary.parent_path().parent_path() / "lib" / "permille");
  }
#ifdef PERMILLE_ORT_BUILD_LIBRARY
  search.paths.emplace_back(PERMILLE_ORT_BUILD_LIBRARY);
#endif
  for (const char* const name : kFileNames) search.paths.emplace_back(name);
  return search;
}

/// "1.27.0" -> 27; 0 when it does not read as 1.x.
unsigned long MinorVersion(const std::string& version) {
  return version.starts_with("1.") ? std::strtoul(version.c_str() + 2, nullptr, 10) : 0;
}

Result<OnnxLibrary> Bind(void* handle, const std::string& path) {
  using GetApiBase = const OrtApiBase* (*)();
  const auto get = reinterpret_cast<GetApiBase>(dlsym(handle, "OrtGetApiBase"));
  if (get == nullptr) {
    return Fail(ErrorCode::kUnavailable,
                "onnxruntime: {} is not an ONNX Runtime (no OrtGetApiBase)", path);
  }
  OnnxLibrary library;
  library.path = path;
  library.version = get()->GetVersionString();
  // Asking an older library for this interface makes it print to the terminal; its version says as
  // much.
  if (MinorVersion(library.version) >= kApiVersion) library.api = get()->GetApi(kApiVersion);
  if (library.api == nullptr) {
    return Fail(ErrorCode::kUnavailable,
                "onnxruntime: {} is version {}; 1.21 or newer is needed (--ort-lib PATH)", path,
                library.version);
  }
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(get), &info) != 0 && info.dli_fname != nullptr) {
    library.path = info.dli_fname;
  }
  return library;
}

std::string OneLine(std::string_view text) {
  constexpr std::size_t kLongest = 800;
  std::string line;
  for (const char c : text) {
    const bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (blank && (line.empty() || line.back() == ' ')) continue;
    line += blank ? ' ' : c;
  }
  while (line.ends_with(' ')) line.pop_back();
  if (line.size() > kLongest) line = line.substr(0, kLongest) + "...";
  return line;
}

void LogOrt(void*, OrtLoggingLevel, const char*, const char*, const char*, const char* message) {
  LogDebug("onnxruntime: {}", OneLine(message == nullptr ? "" : message));
}

}  // namespace

Result<OnnxLibrary> OpenOnnxLibrary(const std::string& library) {
  // From 1.29 on ONNX Runtime reports home by default, with threads and sockets of its own that
  // would be measured too (docs/decisions). It reads the switch when its environment is made.
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  const Search search = PlacesToLook(library);
  std::string reasons;
  for (const std::string& path : search.paths) {
    void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle != nullptr) return Bind(handle, path);
    const char* const reason = dlerror();
    reasons += fmt::format("{}{}", reasons.empty() ? "" : "; ", reason == nullptr ? path : reason);
  }
  return Fail(ErrorCode::kUnavailable,
              "onnxruntime: no library {}: {} (run ./setup, or give --ort-lib)",
              search.named ? "there" : "found", OneLine(reasons));
}

void OrtRelease::operator()(OrtEnv* object) const {
  api->ReleaseEnv(object);
}
void OrtRelease::operator()(OrtMemoryInfo* object) const {
  api->ReleaseMemoryInfo(object);
}
void OrtRelease::operator()(OrtRunOptions* object) const {
  api->ReleaseRunOptions(object);
}
void OrtRelease::operator()(OrtSession* object) const {
  api->ReleaseSession(object);
}
void OrtRelease::operator()(OrtSessionOptions* object) const {
  api->ReleaseSessionOptions(object);
}
void OrtRelease::operator()(OrtTensorTypeAndShapeInfo* object) const {
  api->ReleaseTensorTypeAndShapeInfo(object);
}
void OrtRelease::operator()(OrtTypeInfo* object) const {
  api->ReleaseTypeInfo(object);
}
void OrtRelease::operator()(OrtValue* object) const {
  api->ReleaseValue(object);
}

Result<void> CheckOrt(const OnnxLibrary& library, OrtStatus* status, std::string_view what) {
  if (status == nullptr) return {};
  const std::string message = OneLine(library.api->GetErrorMessage(status));
  library.api->ReleaseStatus(status);
  return Fail(ErrorCode::kEngine, "{}: {}", what, message);
}

Result<OrtHandle<OrtEnv>> MakeOrtEnv(const OnnxLibrary& library) {
  OrtEnv* env = nullptr;
  PERMILLE_TRY(CheckOrt(library,
                        library.api->CreateEnvWithCustomLogger(
                            LogOrt, nullptr, ORT_LOGGING_LEVEL_ERROR, "permille", &env),
                        "onnxruntime: environment"));
  OrtHandle<OrtEnv> handle(env, OrtRelease{library.api});
  PERMILLE_TRY(
      CheckOrt(library, library.api->DisableTelemetryEvents(env), "onnxruntime: telemetry"));
  return handle;
}

}  // namespace permille
