// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/noise_schedule.h"
#include "pipeline/scheduler.h"

namespace permille {

Result<std::unique_ptr<Scheduler>> MakePndm(const JsonField& config, std::size_t steps);
Result<std::unique_ptr<Scheduler>> MakeDdim(const JsonField& config, std::size_t steps);
Result<std::unique_ptr<Scheduler>> MakeEuler(const JsonField& config, std::size_t steps);
Result<std::unique_ptr<Scheduler>> MakeEulerAncestral(const JsonField& config, std::size_t steps);
Result<std::unique_ptr<Scheduler>> MakeDpmSolver(const JsonField& config, std::size_t steps);

/// The noise of each of `timesteps` in units of the signal, between training steps on a straight
/// line, and 0 behind the last.
std::vector<float> SigmasAt(const NoiseSchedule& schedule, const std::vector<double>& timesteps);
/// What the first noise of the Euler schedulers is multiplied by.
float InitialSigma(const NoiseSchedule& schedule, const std::vector<float>& sigmas);
/// The image that a model's output and a noisy sample stand for, in Karras' terms (Karras et al.
/// 2022, arXiv:2206.00364).
float DenoisedAt(PredictionKind prediction, float sigma, float output, float sample);

}  // namespace permille
