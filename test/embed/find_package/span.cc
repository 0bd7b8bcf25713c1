// SPDX-License-Identifier: Apache-2.0
#include <permille/permille.h>

#include <cstdint>
#include <cstdio>

int main() {
  permille_recorder* recorder = nullptr;
  permille_result* result = nullptr;
  std::uint64_t span = 0;

  // Starting is what can fail here; with a recorder in hand the rest goes well.
  if (permille_recorder_start(nullptr, &recorder) != PERMILLE_OK) {
    std::fprintf(stderr, "%s\n", permille_last_error());
    return 1;
  }
  permille_span_begin(recorder, "query", &span);
  volatile double sum = 0;
  for (int i = 1; i < 100'000'000; ++i) sum = sum + 1.0 / i;
  permille_span_end(recorder, span, &result);

  std::printf("%s: %.3f J in %.3f s\n", permille_result_name(result),
              permille_result_joules(result), permille_result_seconds(result));
  for (std::size_t i = 0; i < permille_result_component_count(result); ++i) {
    const permille_component* part = permille_result_component(result, i);
    std::printf("  %s: %.3f J, %s by %s. %s\n", permille_component_name(part),
                permille_component_joules(part), permille_component_provenance(part),
                permille_component_source(part), permille_component_rule(part));
  }
  for (std::size_t i = 0; i < permille_result_flag_count(result); ++i)
    std::printf("  flag: %s\n", permille_result_flag(result, i));
  for (std::size_t i = 0; i < permille_recorder_note_count(recorder); ++i)
    std::printf("  note: %s\n", permille_recorder_note(recorder, i));

  permille_result_free(result);
  permille_recorder_stop(recorder);
}
