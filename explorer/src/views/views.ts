// SPDX-License-Identifier: Apache-2.0
// What views exist; to add one, write its file and one row here.
import type { View } from "../app";
import { kCellsView } from "./cells";
import { kFiguresView } from "./figures";

export const kViews: View[] = [kFiguresView, kCellsView];
