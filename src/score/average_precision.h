// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "base/result.h"
#include "score/metric.h"

// Mean average precision of boxes as COCO's evaluation computes it (pycocotools, COCOeval): in
// every image the 100 best boxes of a label, matched to references by overlap from the best down;
// 101 points of recall; crowds, and references outside the range of areas, count neither way; mean
// over the labels that references have. Areas are those of boxes. With a bootstrap interval over
// images. Labels go through `label_map`, then case does not matter, nor whether '_' or a space is
// written. kInvalid when no reference holds a box or no label is in common.

namespace permille {

/// Over overlaps of .50, .55, ... .95.
Result<Quality> MeanAveragePrecision(std::span<const Judged> judged, const LabelMapping& label_map);
/// At one overlap.
Result<Quality> AveragePrecision50(std::span<const Judged> judged, const LabelMapping& label_map);
Result<Quality> AveragePrecision75(std::span<const Judged> judged, const LabelMapping& label_map);
/// Over all overlaps, of objects under 32 x 32 pixels, up to 96 x 96 and above.
Result<Quality> AveragePrecisionSmall(std::span<const Judged> judged,
                                      const LabelMapping& label_map);
Result<Quality> AveragePrecisionMedium(std::span<const Judged> judged,
                                       const LabelMapping& label_map);
Result<Quality> AveragePrecisionLarge(std::span<const Judged> judged,
                                      const LabelMapping& label_map);

}  // namespace permille
