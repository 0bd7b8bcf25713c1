// SPDX-License-Identifier: Apache-2.0
#include "score/entity_f1.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "score/bootstrap.h"
#include "score/label_names.h"

namespace permille {
namespace {

constexpr std::size_t kReplicates = 1000;

using Entity = std::tuple<std::string, std::int64_t, std::int64_t>;

struct Counts {
  std::size_t right = 0;
  std::size_t given = 0;
  std::size_t wanted = 0;
};

double F1(const Counts& counts) {
  const std::size_t all = counts.given + counts.wanted;
  return all == 0 ? 0 : 2 * static_cast<double>(counts.right) / static_cast<double>(all);
}

bool IsTokenTag(const std::string& label) {
  return label.size() > 2 && (label[0] == 'B' || label[0] == 'I') && label[1] == '-';
}

Counts Count(const Judged& one, const LabelNames& names, std::set<std::string>& kinds_given,
             std::set<std::string>& kinds_wanted) {
  std::set<Entity> wanted;
  for (const TextSpan& span : one.reference->spans) {
    wanted.emplace(FoldLabel(span.label), span.begin, span.end);
    kinds_wanted.insert(FoldLabel(span.label));
  }
  std::set<Entity> given;
  if (one.prediction->finite) {
    for (const TextSpan& span : JoinEntities(one.prediction->spans)) {
      kinds_given.insert(names(span.label));
      given.emplace(names(span.label), span.begin, span.end);
    }
  }
  Counts counts{0, given.size(), wanted.size()};
  for (const Entity& entity : given) counts.right += wanted.contains(entity) ? 1 : 0;
  return counts;
}

}  // namespace

std::vector<TextSpan> JoinEntities(std::span<const TextSpan> spans) {
  std::vector<TextSpan> entities;
  bool open = false;  // whether the last entity is made of tokens and may go on
  for (const TextSpan& span : spans) {
    if (span.label == "O") {
      open = false;
      continue;
    }
    if (!IsTokenTag(span.label)) {
      entities.push_back(span);
      open = false;
      continue;
    }
    const std::string kind = span.label.substr(2);
    const bool goes_on = open && span.label[0] == 'I' && entities.back().label == kind &&
                         span.begin >= entities.back().end && span.begin - entities.back().end <= 1;
    if (goes_on) {
      entities.back().end = span.end;
    } else {
      entities.push_back(span);
      entities.back().label = kind;
    }
    open = true;
  }
  return entities;
}

Result<Quality> EntityF1(std::span<const Judged> judged, const LabelMapping& label_map) {
  const LabelNames names(label_map);
  std::set<std::string> kinds_given;
  std::set<std::string> kinds_wanted;
  std::vector<Counts> samples;
  Counts all;
  for (const Judged& one : judged) {
    const Counts counts = samples.emplace_back(Count(one, names, kinds_given, kinds_wanted));
    all = {all.right + counts.right, all.given + counts.given, all.wanted + counts.wanted};
  }
  if (all.wanted == 0) return Fail(ErrorCode::kInvalid, "f1: no reference holds an entity");
  const bool common = std::ranges::any_of(
      kinds_given, [&](const std::string& kind) { return kinds_wanted.contains(kind); });
  if (!common && !kinds_given.empty()) return LabelsDiffer("f1", kinds_given, kinds_wanted);
  const Interval interval = BootstrapInterval(F1(all), samples.size(), kReplicates,
                                              [&samples](std::span<const std::uint32_t> times) {
                                                Counts drawn;
                                                for (std::size_t i = 0; i < samples.size(); ++i) {
                                                  drawn.right += times[i] * samples[i].right;
                                                  drawn.given += times[i] * samples[i].given;
                                                  drawn.wanted += times[i] * samples[i].wanted;
                                                }
                                                return F1(drawn);
                                              });
  return Quality{"f1", F1(all), interval, judged.size()};
}

}  // namespace permille
