// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "pipeline/pipeline.h"

namespace permille {

/// One graph of a model that has several, fed by input name.
class GraphPart {
 public:
  /// Load a part (unet, text_encoder, ...) of `files`; kInvalid when it is not there.
  static Result<GraphPart> Load(const ModelFiles& files, const std::string& part,
                                const PredictorOptions& options, TensorEngine& engine);

  bool Takes(std::string_view input) const { return Find(input) != nullptr; }
  /// Set an input for the runs to come. Floats are kept as they are, not copied; a graph whose
  /// input is of a whole-number type gets its own. kInvalid for inputs that the graph does not
  /// have.
  Result<void> Give(std::string_view input, std::vector<std::int64_t> shape,
                    std::span<const float> numbers);
  Result<void> GiveIds(std::string_view input, std::vector<std::int64_t> shape,
                       std::span<const std::int64_t> ids);
  /// Run, adding the time to `forward`. Outputs are valid until the next run.
  Result<void> Run(Clock& clock, Seconds& forward);
  /// An output of the last run by name, or by what its name begins with; must be float32.
  Result<std::span<const float>> Output(std::string_view name, std::vector<std::int64_t>* shape);
  /// An output of the last run that says yes or no to each row.
  Result<std::vector<bool>> Flags(std::string_view name);

  TensorSession& session() const { return *session_; }

 private:
  struct Input {
    std::vector<std::int64_t> shape;
    std::vector<std::byte> converted;
    std::span<const std::byte> bytes;
  };
  GraphPart() = default;
  const TensorInfo* Find(std::string_view input) const;
  Result<const TensorInfo*> Require(std::string_view input) const;
  Result<const TensorOutput*> FindOutput(std::string_view name) const;

  std::string origin_;  ///< the graph's file, for errors
  std::unique_ptr<TensorSession> session_;
  std::map<std::string, Input, std::less<>> inputs_;
  std::vector<TensorOutput> outputs_;
};

}  // namespace permille
