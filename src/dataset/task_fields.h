// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace permille {

/// What a task takes of a file with named columns or keys: names are tried in order when the user
/// gives none.
struct TaskFields {
  std::string_view task;
  bool image = false;  ///< the input is the name of an image file
  std::span<const std::string_view> inputs;
  std::span<const std::string_view> contexts;  ///< question-answering: the passage
  std::span<const std::string_view> labels;
};

/// The fields of a task; for one that is not known, those of text-classification.
const TaskFields& FieldsOf(std::string_view task);

}  // namespace permille
