// SPDX-License-Identifier: Apache-2.0
#include "record/run_record.h"

#include "base/hash.h"

namespace permille {

std::string CellKey(const Cell& cell) {
  std::string text;
  for (const std::string* part :
       {&cell.task, &cell.dataset, &cell.variant, &cell.model, &cell.model_revision, &cell.engine,
        &cell.weights, &cell.tokens}) {
    text += *part + '\x1f';
  }
  text += std::to_string(cell.batch);
  for (const auto& [key, value] : cell.options) text += '\x1f' + key + '=' + value;
  return HashHex(text);
}

}  // namespace permille
