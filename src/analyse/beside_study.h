// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "analyse/study.h"

namespace permille {

/// A number, or the two ends between which estimates of it lie.
struct Between {
  double low = 0;
  double high = 0;
};

/// A task of this store beside the study's: in multiples of text classification, and ranks from the
/// cheapest task on. Ranks are among the tasks that both have.
struct TaskBeside {
  std::string task;
  double kwh = 0;  ///< of the task-specific models, pooled
  double times = 0;
  double rank = 0;
  double study_kwh = 0;  ///< as Table 2 counts: the whole node
  double study_times = 0;
  double study_rank = 0;
  std::optional<Between> one_gpu_times;  ///< with only the GPU counted that worked
  std::optional<Between> one_gpu_rank;
  std::optional<StepSpan> extrapolated;  ///< where the pooled figure was computed
};

/// The tasks in the order of the study's Table 2. None without text classification.
std::vector<TaskBeside> TasksBeside(const StudyInput& study);

/// The same as a table, "beside-study". Columns `kwh` and `study_kwh` hold the absolute figures,
/// which are of different machines.
DataTable BesideStudy(const StudyInput& study);

/// A value of a table: one number, or an interval.
DataValue ValueOf(const std::optional<Between>& range);

}  // namespace permille
