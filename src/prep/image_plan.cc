// SPDX-License-Identifier: Apache-2.0
#include "prep/image_plan.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace permille {
namespace {

using Fit = ImagePlan::Fit;
using Triple = std::array<double, 3>;

constexpr Triple kHalf = {0.5, 0.5, 0.5};
constexpr Triple kImageNetMean = {0.485, 0.456, 0.406};
constexpr Triple kImageNetDeviation = {0.229, 0.224, 0.225};
constexpr Triple kClipMean = {0.48145466, 0.4578275, 0.40821073};
constexpr Triple kClipDeviation = {0.26862954, 0.26130258, 0.27577711};

constexpr std::int64_t kLongestEdge = 1333;  ///< of Fit::kCapped, where a config does not say
constexpr std::int64_t kLargestEdge = 16384;

/// A processor of transformers 4.30.2 and its defaults.
struct Processor {
  std::string_view name;  ///< without ImageProcessor or FeatureExtractor
  Fit fit;
  std::int64_t size;
  ResizeFilter filter;
  std::int64_t crop;  ///< 0: does not crop
  const Triple& mean;
  const Triple& deviation;
  bool pad;
  bool mask;
};

const Processor kProcessors[] = {
    {"ViT", Fit::kExact, 224, ResizeFilter::kBilinear, 0, kHalf, kHalf, false, false},
    {"DeiT", Fit::kExact, 256, ResizeFilter::kBicubic, 224, kHalf, kHalf, false, false},
    {"Beit", Fit::kExact, 256, ResizeFilter::kBicubic, 224, kHalf, kHalf, false, false},
    {"ConvNext", Fit::kConvNext, 384, ResizeFilter::kBilinear, 0, kHalf, kHalf, false, false},
    {"MobileNetV1", Fit::kShortest, 256, ResizeFilter::kBilinear, 224, kHalf, kHalf, false, false},
    {"MobileNetV2", Fit::kShortest, 256, ResizeFilter::kBilinear, 224, kHalf, kHalf, false, false},
    {"CLIP", Fit::kShortest, 224, ResizeFilter::kBicubic, 224, kClipMean, kClipDeviation, false,
     false},
    {"Blip", Fit::kExact, 384, ResizeFilter::kBicubic, 0, kClipMean, kClipDeviation, false, false},
    {"Detr", Fit::kCapped, 800, ResizeFilter::kBilinear, 0, kImageNetMean, kImageNetDeviation, true,
     true},
    {"ConditionalDetr", Fit::kCapped, 800, ResizeFilter::kBilinear, 0, kImageNetMean,
     kImageNetDeviation, true, true},
    {"DeformableDetr", Fit::kCapped, 800, ResizeFilter::kBilinear, 0, kImageNetMean,
     kImageNetDeviation, true, true},
    {"Deta", Fit::kCapped, 800, ResizeFilter::kBilinear, 0, kImageNetMean, kImageNetDeviation, true,
     true},
    {"Yolos", Fit::kCapped, 800, ResizeFilter::kBilinear, 0, kImageNetMean, kImageNetDeviation,
     true, false},
};

struct ModelProcessor {
  std::string_view model_type;
  std::string_view processor;
};

constexpr ModelProcessor kModels[] = {
    {"beit", "Beit"},
    {"blip", "Blip"},
    {"blip-2", "Blip"},
    {"clip", "CLIP"},
    {"conditional_detr", "ConditionalDetr"},
    {"convnext", "ConvNext"},
    {"convnextv2", "ConvNext"},
    {"cvt", "ConvNext"},
    {"data2vec-vision", "Beit"},
    {"deformable_detr", "DeformableDetr"},
    {"deit", "DeiT"},
    {"deta", "Deta"},
    {"detr", "Detr"},
    {"git", "CLIP"},
    {"mobilenet_v1", "MobileNetV1"},
    {"mobilenet_v2", "MobileNetV2"},
    {"regnet", "ConvNext"},
    {"resnet", "ConvNext"},
    {"swin", "ViT"},
    {"swinv2", "ViT"},
    {"table-transformer", "Detr"},
    {"van", "ConvNext"},
    {"vit", "ViT"},
    {"yolos", "Yolos"},
};

/// Settings that some processor has and ViT's has not. A named processor ignores what it does not
/// know, as in the reference; where ViT's is a guess, they say that it is a wrong one.
constexpr std::string_view kForeign[] = {"crop_pct",
                                         "do_align_long_axis",
                                         "do_center_crop",
                                         "do_color_quantize",
                                         "do_pad",
                                         "do_flip_channel_order",
                                         "do_thumbnail",
                                         "ensure_multiple_of",
                                         "keep_aspect_ratio",
                                         "max_size",
                                         "rescale_offset",
                                         "size_divisor"};

Result<void> RefuseForeign(const JsonField& config) {
  for (const std::string_view key : kForeign) {
    const JsonField field = config[key];
    if (!field.exists()) continue;
    const std::string value = field.Text();
    if (value == "false" || value == "0") continue;
    return Fail(
        ErrorCode::kInvalid,
        "{}: {} changes the numbers; name the processor that has it in image_processor_type",
        field.place(), value);
  }
  return {};
}

Result<std::int64_t> Edge(const JsonField& field) {
  PERMILLE_ASSIGN(const std::int64_t edge, field.Integer());
  if (edge < 1 || edge > kLargestEdge) {
    return Fail(ErrorCode::kInvalid, "{}: {} is out of range (1 to {})", field.place(), edge,
                kLargestEdge);
  }
  return edge;
}

ImageExtent Extent(std::int64_t width, std::int64_t height) {
  return {static_cast<std::size_t>(width), static_cast<std::size_t>(height)};
}

/// A width and a height: one number for both, [height, width], or an object of the two.
Result<ImageExtent> ParseExtent(const JsonField& field) {
  if (field.is_number()) {
    PERMILLE_ASSIGN(const std::int64_t edge, Edge(field));
    return Extent(edge, edge);
  }
  const bool list = field.is_array() && field.size() == 2;
  if (!list && !(field["height"].exists() && field["width"].exists())) {
    return Fail(ErrorCode::kInvalid, "{}: must be a number, [height, width], or an object of both",
                field.place());
  }
  PERMILLE_ASSIGN(const std::int64_t height, Edge(list ? field.At(0) : field["height"]));
  PERMILLE_ASSIGN(const std::int64_t width, Edge(list ? field.At(1) : field["width"]));
  return Extent(width, height);
}

Result<void> ParseCapped(const JsonField& config, const JsonField& size, ImagePlan& plan) {
  plan.longest = kLongestEdge;
  if (config["max_size"].exists()) {
    PERMILLE_ASSIGN(plan.longest, Edge(config["max_size"]));
  }
  if (!size.exists()) return {};
  if (size.is_number()) {
    PERMILLE_ASSIGN(plan.shortest, Edge(size));
    return {};
  }
  if (size["height"].exists() || size.is_array()) {
    plan.fit = Fit::kExact;
    PERMILLE_ASSIGN(plan.exact, ParseExtent(size));
    return {};
  }
  if (!size["shortest_edge"].exists() || !size["longest_edge"].exists()) {
    return Fail(ErrorCode::kInvalid,
                "{}: must hold shortest_edge and longest_edge, or height and width", size.place());
  }
  PERMILLE_ASSIGN(plan.shortest, Edge(size["shortest_edge"]));
  PERMILLE_ASSIGN(plan.longest, Edge(size["longest_edge"]));
  return {};
}

Result<void> ParseShortest(const JsonField& size, ImagePlan& plan) {
  if (size.is_number()) {
    PERMILLE_ASSIGN(plan.shortest, Edge(size));
    return {};
  }
  if (size["shortest_edge"].exists()) {
    PERMILLE_ASSIGN(plan.shortest, Edge(size["shortest_edge"]));
    return {};
  }
  if (plan.fit == Fit::kShortest && size["height"].exists()) {
    plan.fit = Fit::kExact;
    PERMILLE_ASSIGN(plan.exact, ParseExtent(size));
    return {};
  }
  return Fail(ErrorCode::kInvalid, "{}: must be a number or hold shortest_edge", size.place());
}

Result<ResizeFilter> ParseFilter(const JsonField& field) {
  // PIL's numbers.
  constexpr ResizeFilter kFilters[] = {ResizeFilter::kNearest,  ResizeFilter::kLanczos,
                                       ResizeFilter::kBilinear, ResizeFilter::kBicubic,
                                       ResizeFilter::kBox,      ResizeFilter::kHamming};
  PERMILLE_ASSIGN(const std::int64_t number, field.Integer());
  if (number < 0 || number > 5) {
    return Fail(ErrorCode::kInvalid,
                "{}: {} is no filter (0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box, "
                "5 hamming)",
                field.place(), number);
  }
  return kFilters[number];
}

Result<void> ParseResize(const JsonField& config, const Processor& processor, ImagePlan& plan) {
  PERMILLE_ASSIGN(const bool resizes, config["do_resize"].BoolOr(true));
  if (!resizes) return {};
  plan.fit = processor.fit;
  plan.filter = processor.filter;
  plan.shortest = processor.size;
  plan.exact = Extent(processor.size, processor.size);
  if (config["resample"].exists()) {
    PERMILLE_ASSIGN(plan.filter, ParseFilter(config["resample"]));
  }
  const JsonField size = config["size"];
  if (plan.fit == Fit::kCapped) return ParseCapped(config, size, plan);
  if (plan.fit == Fit::kConvNext) {
    plan.crop_pct = 224.0 / 256;
    if (config["crop_pct"].exists()) {
      PERMILLE_ASSIGN(plan.crop_pct, config["crop_pct"].Number());
    }
    if (!(plan.crop_pct >= 0.01 && plan.crop_pct <= 1)) {
      return Fail(ErrorCode::kInvalid, "{}: {} is out of range (0.01 to 1)",
                  config["crop_pct"].place(), plan.crop_pct);
    }
  }
  if (!size.exists()) return {};
  if (plan.fit != Fit::kExact) return ParseShortest(size, plan);
  PERMILLE_ASSIGN(plan.exact, ParseExtent(size));
  return {};
}

Result<void> ParseCrop(const JsonField& config, const Processor& processor, ImagePlan& plan) {
  if (processor.crop == 0) return {};
  PERMILLE_ASSIGN(const bool crops, config["do_center_crop"].BoolOr(true));
  if (!crops) return {};
  plan.crop = Extent(processor.crop, processor.crop);
  if (config["crop_size"].exists()) {
    PERMILLE_ASSIGN(plan.crop, ParseExtent(config["crop_size"]));
  }
  return {};
}

Result<std::array<float, 3>> ParseTriple(const JsonField& field, const Triple& fallback) {
  std::array<float, 3> out{};
  if (field.exists() && !field.is_number() && field.size() != 3) {
    return Fail(ErrorCode::kInvalid, "{}: must be a number or a list of 3", field.place());
  }
  for (std::size_t i = 0; i < 3; ++i) {
    double value = fallback[i];
    if (field.exists()) {
      PERMILLE_ASSIGN(value, (field.is_number() ? field : field.At(i)).Number());
    }
    out[i] = static_cast<float>(value);
    if (!std::isfinite(out[i])) {
      return Fail(ErrorCode::kInvalid, "{}: {} is not a single-precision number", field.place(),
                  value);
    }
  }
  return out;
}

Result<void> ParseValues(const JsonField& config, const Processor& processor, ImagePlan& plan) {
  PERMILLE_ASSIGN(const bool rescales, config["do_rescale"].BoolOr(true));
  if (rescales) {
    plan.rescale = 1.0 / 255;
    if (config["rescale_factor"].exists()) {
      PERMILLE_ASSIGN(plan.rescale, config["rescale_factor"].Number());
    }
  }
  PERMILLE_ASSIGN(const bool normalizes, config["do_normalize"].BoolOr(true));
  if (!normalizes) return {};
  if (!rescales) {
    return Fail(ErrorCode::kInvalid,
                "{}: normalizing without do_rescale gives nothing useful in the reference either; "
                "set do_rescale, with a rescale_factor of 1 if the mean counts from 0 to 255",
                config["do_normalize"].place());
  }
  plan.normalization.emplace();
  PERMILLE_ASSIGN(plan.normalization->mean, ParseTriple(config["image_mean"], processor.mean));
  PERMILLE_ASSIGN(plan.normalization->deviation,
                  ParseTriple(config["image_std"], processor.deviation));
  for (const float deviation : plan.normalization->deviation) {
    if (deviation == 0) {
      return Fail(ErrorCode::kInvalid, "{}: 0 divides every pixel", config["image_std"].place());
    }
  }
  return {};
}

Result<void> ParsePadding(const JsonField& config, const Processor& processor, ImagePlan& plan) {
  if (!processor.pad) return {};
  JsonField field = config["pad_and_return_pixel_mask"];
  if (!field.exists()) field = config["do_pad"];
  PERMILLE_ASSIGN(plan.pad, field.BoolOr(true));
  plan.mask = plan.pad && processor.mask;
  return {};
}

/// Python's int(a * b / c) on whole numbers: the quotient is rounded once, then cut off.
std::int64_t Scaled(std::int64_t a, std::int64_t b, std::int64_t c) {
  return static_cast<std::int64_t>(static_cast<double>(a * b) / static_cast<double>(c));
}

ImageExtent Shortest(std::int64_t shortest, std::int64_t width, std::int64_t height) {
  const auto [less, more] = std::minmax(width, height);
  const std::int64_t longest = Scaled(shortest, more, less);
  return width <= height ? Extent(shortest, longest) : Extent(longest, shortest);
}

/// transformers' get_size_with_aspect_ratio.
ImageExtent Capped(const ImagePlan& plan, std::int64_t width, std::int64_t height) {
  std::int64_t size = plan.shortest;
  const auto [least, most] = std::minmax(width, height);
  const auto less = static_cast<double>(least);
  const auto more = static_cast<double>(most);
  if (more / less * static_cast<double>(size) > static_cast<double>(plan.longest)) {
    // Python rounds halves to even, as nearbyint does by default.
    size =
        static_cast<std::int64_t>(std::nearbyint(static_cast<double>(plan.longest) * less / more));
  }
  if (least == size) return Extent(width, height);
  if (width < height) return Extent(size, Scaled(size, height, width));
  return Extent(Scaled(size, width, height), size);
}

ImageExtent Fitted(const ImagePlan& plan, std::int64_t width, std::int64_t height) {
  switch (plan.fit) {
    case Fit::kExact:
      return plan.exact;
    case Fit::kShortest:
      return Shortest(plan.shortest, width, height);
    case Fit::kConvNext:
      if (plan.shortest >= 384) return Extent(plan.shortest, plan.shortest);
      return Shortest(static_cast<std::int64_t>(static_cast<double>(plan.shortest) / plan.crop_pct),
                      width, height);
    case Fit::kCapped:
      return Capped(plan, width, height);
    case Fit::kNone:
      break;
  }
  return Extent(width, height);
}

}  // namespace

Result<std::string_view> NameImageProcessor(const JsonField& config, std::string_view model_type) {
  PERMILLE_TRY(config.RequireObject());
  JsonField field = config["image_processor_type"];
  if (!field.exists()) field = config["feature_extractor_type"];
  if (!field.exists()) {
    const auto* const model =
        std::find_if(std::begin(kModels), std::end(kModels),
                     [&](const ModelProcessor& each) { return each.model_type == model_type; });
    if (model != std::end(kModels)) return model->processor;
    PERMILLE_TRY(RefuseForeign(config));
    return "ViT";
  }
  PERMILLE_ASSIGN(const std::string stated, field.String());
  std::string_view name = stated;
  for (const std::string_view suffix : {"ImageProcessor", "FeatureExtractor"}) {
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  std::string known;
  for (const Processor& processor : kProcessors) {
    if (processor.name == name) return processor.name;
    known += (known.empty() ? "" : ", ") + std::string(processor.name);
  }
  return Fail(ErrorCode::kInvalid,
              "{}: {} is unknown (known, with ImageProcessor or FeatureExtractor after it: {})",
              field.place(), field.Text(), known);
}

Result<ImagePlan> ParseImagePlan(const JsonField& config, std::string_view name) {
  PERMILLE_TRY(config.RequireObject());
  const auto* const processor =
      std::find_if(std::begin(kProcessors), std::end(kProcessors),
                   [&](const Processor& each) { return each.name == name; });
  if (processor == std::end(kProcessors)) {
    return Fail(ErrorCode::kInternal, "{}: no image processor {}", config.place(), name);
  }
  ImagePlan plan;
  PERMILLE_TRY(ParseResize(config, *processor, plan));
  PERMILLE_TRY(ParseCrop(config, *processor, plan));
  PERMILLE_TRY(ParseValues(config, *processor, plan));
  PERMILLE_TRY(ParsePadding(config, *processor, plan));
  if (plan.fit == Fit::kConvNext && plan.shortest < 384) {
    plan.crop = Extent(plan.shortest, plan.shortest);
  }
  return plan;
}

Result<ImageExtent> ResizedExtent(const ImagePlan& plan, ImageExtent from) {
  const ImageExtent to =
      Fitted(plan, static_cast<std::int64_t>(from.width), static_cast<std::int64_t>(from.height));
  const std::size_t limit = ImageLimits().pixels;
  if (to.width == 0 || to.height == 0 || to.width > limit || to.height > limit / to.width) {
    return Fail(ErrorCode::kInvalid,
                "an image of {} x {} pixels would be resized to {} x {}; cut it to a squarer shape",
                from.width, from.height, to.width, to.height);
  }
  return to;
}

}  // namespace permille
