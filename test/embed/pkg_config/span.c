// SPDX-License-Identifier: Apache-2.0
/* From C: options, a span inside a span, an error. */
#include <permille/permille.h>
#include <stdio.h>

static int Fail(const char* what) {
  fprintf(stderr, "%s: %s\n", what, permille_last_error());
  return 1;
}

int main(void) {
  permille_options* options = permille_options_new();
  permille_recorder* recorder = NULL;
  permille_result* outer = NULL;
  permille_result* inner = NULL;
  uint64_t outer_span = 0;
  uint64_t inner_span = 0;

  if (permille_options_set(options, "meter", "fake:cpu=50W,ram=3W")) return Fail("options");
  if (permille_recorder_start(options, &recorder)) return Fail("start");
  permille_options_free(options);
  if (permille_span_begin(recorder, "outer", &outer_span)) return Fail("begin outer");
  if (permille_span_begin(recorder, "inner", &inner_span)) return Fail("begin inner");
  if (permille_span_end(recorder, inner_span, &inner)) return Fail("end inner");
  if (permille_span_end(recorder, outer_span, &outer)) return Fail("end outer");
  if (permille_span_end(recorder, outer_span, NULL) != PERMILLE_NOT_FOUND) return Fail("end twice");

  /* Meters are read just outside a span: its joules are at least watts times its seconds. */
  if (!(permille_result_joules(inner) >= 53 * permille_result_seconds(inner) * (1 - 1e-9)))
    return Fail("too few joules");
  if (!(permille_result_joules(outer) > permille_result_joules(inner))) return Fail("nesting");

  printf("permille %s: %s and %s measured, %u components\n", permille_version(),
         permille_result_name(outer), permille_result_name(inner),
         (unsigned)permille_result_component_count(outer));
  permille_result_free(inner);
  permille_result_free(outer);
  permille_recorder_stop(recorder);
  return 0;
}
