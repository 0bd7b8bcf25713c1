// SPDX-License-Identifier: Apache-2.0
#include "report/prediction_text.h"

#include <algorithm>
#include <vector>

#include "base/result.h"
#include "report/plain_text.h"

namespace permille {
namespace {

constexpr std::size_t kMostParts = 5;  // labels, spans or boxes of one sample

std::string Quoted(const std::string& text) {
  return '"' + OneLine(text) + '"';
}

std::string SpanText(const TextSpan& span) {
  const std::string label = span.label.empty() ? "" : OneLine(span.label) + " ";
  return fmt::format("{}{} [{}..{}] {:.4f}", label, Quoted(span.text), span.begin, span.end,
                     span.score);
}

std::string BoxText(const LabelBox& box) {
  return fmt::format("{} {:.4f} [{:.1f} {:.1f} {:.1f} {:.1f}]", OneLine(box.label), box.score,
                     box.box.xmin, box.box.ymin, box.box.xmax, box.box.ymax);
}

std::vector<std::string> Parts(const Prediction& prediction) {
  std::vector<std::string> parts;
  const auto add = [&parts](const auto& list, const auto& write) {
    for (std::size_t i = 0; i < std::min(list.size(), kMostParts); ++i) {
      parts.push_back(write(list[i]));
    }
    if (list.size() > kMostParts) {
      parts.push_back(fmt::format("... {} more", list.size() - kMostParts));
    }
  };
  if (!prediction.text.empty()) parts.push_back(Quoted(prediction.text));
  if (!prediction.spans.empty()) {
    add(prediction.spans, SpanText);
  } else {
    add(prediction.labels, [](const LabelScore& label) {
      return fmt::format("{} {:.4f}", Quoted(label.label), label.score);
    });
  }
  add(prediction.boxes, BoxText);
  if (!prediction.image_hash.empty()) {
    parts.push_back(fmt::format(
        "image {}{}", OneLine(prediction.image.empty() ? prediction.image_hash : prediction.image),
        prediction.flagged.value_or(false) ? " (flagged, blacked out)" : ""));
  }
  if (!prediction.finite) parts.emplace_back("not finite");
  if (parts.empty()) parts.emplace_back("nothing");
  return parts;
}

std::string ReferenceText(const Reference& reference) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  for (const std::string& value : reference.values) add(Quoted(value));
  for (const TextSpan& span : reference.spans) add(OneLine(span.label) + " " + Quoted(span.text));
  for (const LabelBox& box : reference.boxes) add(OneLine(box.label));
  return text;
}

}  // namespace

std::string PredictionsText(const RunRecord& run, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(most, run.predictions.size()); ++i) {
    const PredictionRecord& record = run.predictions[i];
    if (record.sample >= run.samples.size()) continue;
    const SampleRecord& sample = run.samples[record.sample];
    const std::string head = OneLine(sample.id) + ": ";
    const std::string indent(head.size(), ' ');
    bool first = true;
    for (const std::string& part : Parts(record.prediction)) {
      text += (first ? head : indent) + part + "\n";
      first = false;
    }
    const std::string right = sample.reference ? ReferenceText(*sample.reference) : "";
    if (!right.empty()) text += indent + "reference: " + right + "\n";
  }
  return text;
}

}  // namespace permille
