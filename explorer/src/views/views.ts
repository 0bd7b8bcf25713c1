// SPDX-License-Identifier: Apache-2.0
// What views exist; to add one, write its file and one row here.
import type { View } from "../app";
import { kCalculatorView } from "./calculator";
import { kCellsView } from "./cells";
import { kClaimsView } from "./claims";
import { kCompareView } from "./compare";
import { kFiguresView } from "./figures";
import { kModelView } from "./model";
import { kSensitivityView } from "./sensitivity";
import { kTablesView } from "./tables";

export const kViews: View[] = [
  kFiguresView, kCellsView, kModelView, kCompareView, kCalculatorView, kSensitivityView, kClaimsView, kTablesView,
];
