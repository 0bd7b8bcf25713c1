// SPDX-License-Identifier: Apache-2.0
#include "run/cell_options.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/csv.h"
#include "base/spelling.h"

namespace permille {
namespace {

constexpr double kMost = 1e15;  // whole numbers of a double are exact to here

tl::unexpected<Error> Bad(std::string_view name, std::string_view value, std::string_view wanted) {
  return Fail(ErrorCode::kInvalid, "options: {}: '{}' is not {}", name, value, wanted);
}

/// How the value of one option is taken.
struct Option {
  std::string_view name;
  std::function<Result<void>(TaskOptions&, const std::string&)> take;
};

template <class Field>
Option Count(std::string_view name, Field field) {
  return {name, [=](TaskOptions& options, const std::string& value) -> Result<void> {
            const auto number = ParseNumber(value);
            const bool whole =
                number && std::abs(*number) <= kMost && std::trunc(*number) == *number;
            if (!whole) return Bad(name, value, "a whole number");
            field(options) = static_cast<std::int64_t>(*number);
            return {};
          }};
}

template <class Field>
Option Real(std::string_view name, Field field) {
  return {name, [=](TaskOptions& options, const std::string& value) -> Result<void> {
            const auto number = ParseNumber(value);
            if (!number) return Bad(name, value, "a number");
            field(options) = *number;
            return {};
          }};
}

template <class Field>
Option Text(std::string_view name, Field field) {
  return {name, [=](TaskOptions& options, const std::string& value) -> Result<void> {
            field(options) = value;
            return {};
          }};
}

template <class Field>
Option Switch(std::string_view name, Field field) {
  return {name, [=](TaskOptions& options, const std::string& value) -> Result<void> {
            const bool on = value == "true" || value == "on";
            if (!on && value != "false" && value != "off") return Bad(name, value, "true or false");
            field(options) = on;
            return {};
          }};
}

std::vector<Option> Known() {
  const auto text = [](auto member) {
    return [member](TaskOptions & options) -> auto& {
      return options.generation.*member;
    };
  };
  const auto image = [](auto member) {
    return [member](TaskOptions & options) -> auto& {
      return options.diffusion.*member;
    };
  };
  const auto task = [](auto member) {
    return [member](TaskOptions & options) -> auto& {
      return options.*member;
    };
  };
  using T = TaskOptions;
  using G = GenerationOptions;
  using D = DiffusionOptions;
  return {Count("top_k", task(&T::top_k)),
          Text("aggregation", task(&T::aggregation)),
          Count("max_answer_tokens", task(&T::max_answer_tokens)),
          Count("doc_stride", task(&T::doc_stride)),
          Count("max_seq_len", task(&T::max_seq_len)),
          Switch("no_answer", task(&T::no_answer)),
          Count("max_length", text(&G::max_length)),
          Count("max_new_tokens", text(&G::max_new_tokens)),
          Count("min_length", text(&G::min_length)),
          Count("min_new_tokens", text(&G::min_new_tokens)),
          Count("num_beams", text(&G::num_beams)),
          Count("no_repeat_ngram_size", text(&G::no_repeat_ngram_size)),
          Real("length_penalty", text(&G::length_penalty)),
          Real("temperature", text(&G::temperature)),
          Real("top_p", text(&G::top_p)),
          Real("repetition_penalty", text(&G::repetition_penalty)),
          Switch("do_sample", text(&G::do_sample)),
          Text("early_stopping", text(&G::early_stopping)),
          Switch("ignore_eos", text(&G::ignore_eos)),
          Count("steps", image(&D::steps)),
          Count("width", image(&D::width)),
          Count("height", image(&D::height)),
          Real("guidance_scale", image(&D::guidance_scale)),
          Text("scheduler", image(&D::scheduler)),
          Text("negative_prompt", image(&D::negative_prompt))};
}

}  // namespace

Result<TaskOptions> ParseTaskOptions(const std::map<std::string, std::string>& options) {
  const std::vector<Option> known = Known();
  TaskOptions parsed;
  for (const auto& [name, value] : options) {
    if (name == "seed") {
      const auto seed = ParseNumber(value);
      if (!seed || *seed < 0 || *seed > kMost) return Bad(name, value, "a whole number from 0");
      parsed.generation.seed = parsed.diffusion.seed = static_cast<std::uint64_t>(*seed);
      continue;
    }
    const Option* found = nullptr;
    std::vector<std::string_view> names = {"seed"};
    for (const Option& option : known) {
      names.push_back(option.name);
      if (option.name == name) found = &option;
    }
    if (found == nullptr) {
      return Fail(ErrorCode::kInvalid, "options: there is no option '{}'{}", name,
                  DidYouMean(name, names));
    }
    PERMILLE_TRY(found->take(parsed, value));
  }
  PERMILLE_TRY(
      CheckRanges(parsed, [](std::string_view name) { return "options: " + std::string(name); }));
  parsed.generation.top_k = parsed.top_k;
  return parsed;
}

}  // namespace permille
