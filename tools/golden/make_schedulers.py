#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/golden/schedulers.json: where the schedulers of diffusers 0.19.3 take a small sample with a model
that is a formula, for many settings, 10 and 50 steps.

Numbers are formulas, so that the file stays small; i counts the elements of the sample, k the drawn noises, from 0:
noise(k, i) = 1.4 sin(1.7 (16 k + i + 1)); model(x, t, i) = 0.4 tanh(x) + 0.3 sin(0.01 t + i).

usage: pip install torch diffusers==0.19.3; make_schedulers.py
"""
import json
import pathlib

import diffusers
import numpy as np
import torch
from diffusers.schedulers import scheduling_euler_ancestral_discrete, scheduling_euler_discrete

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZE = 16
SHAPE = (1, 4, 2, 2)

SD1 = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
OFFSET = {**SD1, "steps_offset": 1}
CASES = [
    ("PNDMScheduler", {**OFFSET, "skip_prk_steps": True, "set_alpha_to_one": False}),
    ("PNDMScheduler", {**OFFSET, "skip_prk_steps": True, "prediction_type": "v_prediction"}),
    ("PNDMScheduler", {**SD1, "skip_prk_steps": True, "timestep_spacing": "linspace"}),
    ("PNDMScheduler", {**SD1, "skip_prk_steps": True, "timestep_spacing": "trailing", "set_alpha_to_one": True}),
    ("PNDMScheduler", {}),
    ("PNDMScheduler", {**SD1, "prediction_type": "v_prediction", "set_alpha_to_one": True}),
    ("DDIMScheduler", {**OFFSET, "clip_sample": False, "set_alpha_to_one": False}),
    ("DDIMScheduler", {**OFFSET, "clip_sample": False, "set_alpha_to_one": False, "prediction_type": "v_prediction"}),
    ("DDIMScheduler", {}),
    ("DDIMScheduler", {"beta_schedule": "squaredcos_cap_v2", "timestep_spacing": "linspace", "clip_sample": False}),
    ("DDIMScheduler", {**SD1, "timestep_spacing": "trailing", "clip_sample_range": 0.7}),
    ("EulerDiscreteScheduler", {**OFFSET, "timestep_spacing": "leading"}),
    ("EulerDiscreteScheduler", {**SD1, "prediction_type": "v_prediction"}),
    ("EulerDiscreteScheduler", {**SD1, "timestep_spacing": "trailing"}),
    ("EulerDiscreteScheduler", {"beta_schedule": "linear"}),
    ("EulerAncestralDiscreteScheduler", {**OFFSET, "timestep_spacing": "leading"}),
    ("EulerAncestralDiscreteScheduler", {**SD1, "prediction_type": "v_prediction"}),
    ("EulerAncestralDiscreteScheduler", {**SD1, "timestep_spacing": "trailing"}),
    ("DPMSolverMultistepScheduler", SD1),
    ("DPMSolverMultistepScheduler", {**OFFSET, "timestep_spacing": "leading", "prediction_type": "v_prediction"}),
    ("DPMSolverMultistepScheduler", {**SD1, "timestep_spacing": "trailing", "solver_type": "heun"}),
    ("DPMSolverMultistepScheduler", {**SD1, "solver_order": 3}),
    ("DPMSolverMultistepScheduler", {**SD1, "solver_order": 1, "lower_order_final": False}),
    ("DPMSolverMultistepScheduler", {**SD1, "algorithm_type": "dpmsolver", "lower_order_final": False}),
    ("DPMSolverMultistepScheduler", {**SD1, "algorithm_type": "dpmsolver", "solver_type": "heun",
                                     "prediction_type": "v_prediction"}),
    ("DPMSolverMultistepScheduler", {**SD1, "algorithm_type": "dpmsolver", "solver_order": 3}),
    ("DPMSolverMultistepScheduler", {"beta_schedule": "squaredcos_cap_v2", "lambda_min_clipped": -5.1}),
]
drawn = 0


def noise():
    global drawn
    i = np.arange(SIZE, dtype=np.float64)
    numbers = 1.4 * np.sin(1.7 * (SIZE * drawn + i + 1))
    drawn += 1
    return torch.tensor(numbers, dtype=torch.float32).reshape(SHAPE)


def model(sample, timestep):
    i = torch.arange(SIZE, dtype=torch.float64).reshape(SHAPE)
    return (0.4 * torch.tanh(sample.double()) + 0.3 * torch.sin(0.01 * float(timestep) + i)).float()


def run(scheduler, steps):
    global drawn
    drawn = 0
    scheduler.set_timesteps(steps)
    sample = noise() * scheduler.init_noise_sigma
    for timestep in scheduler.timesteps:
        shown = scheduler.scale_model_input(sample, timestep)
        sample = scheduler.step(model(shown, timestep), timestep, sample).prev_sample
    return sample


def main():
    torch.set_num_threads(1)
    scheduling_euler_ancestral_discrete.randn_tensor = lambda *_, **__: noise()
    scheduling_euler_discrete.randn_tensor = lambda *_, **__: torch.zeros(SHAPE)
    golden = {"generator": "tools/golden/make_schedulers.py", "diffusers": diffusers.__version__,
              "torch": torch.__version__, "cases": []}
    for name, config in CASES:
        for steps in (10, 50):
            scheduler = getattr(diffusers, name)(**config)
            sample = run(scheduler, steps)
            golden["cases"].append({
                "config": {"_class_name": name, **config}, "steps": steps,
                "timesteps": [round(float(t), 9) for t in scheduler.timesteps],
                "initial_sigma": float(scheduler.init_noise_sigma),
                "sample": [float(f"{x:.8g}") for x in sample.flatten().tolist()]})
    path = ROOT / "test/data/golden/schedulers.json"
    path.write_text(json.dumps(golden).replace('{"config"', '\n{"config"') + "\n")
    print(path, path.stat().st_size, len(golden["cases"]))


if __name__ == "__main__":
    main()
