// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "fuzz_input.h"
#include "meter/replay.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  permille::TempTree& folder = permille::Folder();
  folder.AddFile("trace.jsonl", permille::AsText(data, size));
  const auto clock = permille::MakeVirtualClock();
  permille::MeterOptions options;
  options.clock = clock.get();
  const auto meter = permille::MakeReplayMeter(options, folder.Path("trace.jsonl"));
  if (!meter) return 0;
  std::vector<permille::Reading> readings((*meter)->channels().size());
  for (int i = 0; i < 4; ++i) {
    (*meter)->Read(readings);
    (void)(*meter)->State();
    (void)(*meter)->System();
    for (std::size_t k = 0; k < readings.size(); ++k) (void)(*meter)->wrap_range(k);
    clock->SleepFor(permille::Seconds(0.7));
  }
  return 0;
}
