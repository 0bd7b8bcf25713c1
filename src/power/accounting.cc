// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "power/power.h"

namespace permille {
namespace {

struct AccountingName {
  Accounting accounting;
  std::string_view name;
};
constexpr std::array<AccountingName, 3> kNames = {{
    {Accounting::kNative, "native"},
    {Accounting::kCodeCarbon231, "codecarbon-2.3.1"},
    {Accounting::kCodeCarbon3, "codecarbon-3"},
}};

}  // namespace

std::string_view Name(Accounting accounting) {
  return kNames[static_cast<std::size_t>(accounting)].name;
}

Result<Accounting> ParseAccounting(std::string_view name) {
  for (const AccountingName& known : kNames) {
    if (known.name == name) return known.accounting;
  }
  return Fail(ErrorCode::kInvalid,
              "unknown accounting '{}': native, codecarbon-2.3.1 or codecarbon-3", name);
}

}  // namespace permille
