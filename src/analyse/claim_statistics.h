// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "analyse/claim_view.h"

// The statistics that the study's claims are about. All are absent where the store lacks a part.

namespace permille::claim {

using Maybe = std::optional<double>;
using V = const ClaimView&;

/// The cells of task-specific, of multi-purpose models, of one model.
Selection Own(std::string_view task, std::string_view dataset = {});
Selection Multi(std::string_view task, std::string_view dataset = {});
Selection Model(std::string_view model, std::string_view task = {}, std::string_view purpose = {});

/// a / b x factor; absent where b is 0.
Maybe Over(Maybe a, Maybe b, double factor = 1);
Maybe Over(Maybe a, double b, double factor = 1);

/// Mean of the tasks' means, task-specific models.
Maybe MeanOfTasks(V v, std::initializer_list<std::string_view> tasks);
/// A column of the totals.
Maybe TotalOf(V v, std::string_view column);
/// The least of the generative tasks' means over the most of the others'.
Maybe GenerativeOverDiscriminative(V v);
/// Geometric mean of the tasks with images over that of those without.
Maybe ImagesOverText(V v);
/// BLOOMz-3B over Flan-T5-XL: on all datasets, and where outputs are short.
Maybe DecoderOverSeq2Seq(V v);
Maybe DecoderOverSeq2SeqShort(V v);
/// Queries until inference has cost as much as training: the least of the models.
Maybe LeastParity(V v);
/// Multi-purpose over task-specific on text classification and on answering: the lesser ratio, and
/// that over the ratio in summarization.
Maybe MultiOnDiscriminative(V v);
Maybe GapShrinksForSummaries(V v);
/// R2 of log energy on the task, less R2 on log parameters, over the task-specific models.
Maybe TaskExplainsMore(V v);
/// Grams per 1,000 queries and output word: the slope within each model of a class, over datasets.
Maybe SlopeByLength(V v, std::string_view model_class);
Maybe CountModels(V v);
Maybe CountPairs(V v);
/// Repeats of every cell; absent where they differ.
Maybe RunsPerCell(V v);

}  // namespace permille::claim
