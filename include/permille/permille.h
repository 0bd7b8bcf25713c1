// SPDX-License-Identifier: Apache-2.0
#ifndef PERMILLE_PERMILLE_H
#define PERMILLE_PERMILLE_H

/* Measure the energy of named stretches of a program (spans) on the meters of this machine.
 *
 *     permille_recorder* recorder = NULL;
 *     permille_result* result = NULL;
 *     uint64_t span = 0;
 *     if (permille_recorder_start(NULL, &recorder) != PERMILLE_OK) puts(permille_last_error());
 *     permille_span_begin(recorder, "query", &span);
 *     work();
 *     permille_span_end(recorder, span, &result);
 *     printf("%g J\n", permille_result_joules(result));
 *     permille_result_free(result);
 *     permille_recorder_stop(recorder);
 *
 * Errors: functions that can fail return a permille_status; permille_last_error() has the text.
 * Nothing throws, nothing aborts, nothing is printed; NULL where an object is expected is an error
 * (PERMILLE_INVALID) or reads as nothing (0, NaN, "", NULL), never a crash.
 *
 * Threads: one recorder serves any number of threads; spans may nest, overlap and end on another
 * thread than they began on. Starting, stopping and freeing an object are for one thread, once.
 * A recorder does not survive fork(): start another one in the child.
 *
 * Memory: what *_new, *_start and permille_span_end hand out is the caller's to free with the
 * matching function. Texts are UTF-8, end in a zero byte and belong to the object they came from.
 *
 * Units: joules and seconds. Unknown numbers are NaN, never 0. */

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define PERMILLE_API __attribute__((visibility("default")))
#else
#define PERMILLE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum permille_status {
  PERMILLE_OK = 0,
  PERMILLE_INVALID = 1,     /* an argument or option is wrong */
  PERMILLE_NOT_FOUND = 2,   /* no such span, device or file */
  PERMILLE_UNAVAILABLE = 3, /* a meter exists but cannot be used here */
  PERMILLE_IO = 4,          /* the operating system refused */
  PERMILLE_INTERNAL = 5     /* a bug in permille, or no memory left */
} permille_status;

typedef struct permille_options permille_options;
typedef struct permille_recorder permille_recorder;
typedef struct permille_result permille_result;
typedef struct permille_component permille_component;

/* Version of the library in use, such as "0.1.0". */
PERMILLE_API const char* permille_version(void);

/* Why the last call that failed on this thread did so; "" when none has. Valid until the next
 * failure on this thread. */
PERMILLE_API const char* permille_last_error(void);

/* ---- options ---- */

/* Make a set of default options; NULL without memory. */
PERMILLE_API permille_options* permille_options_new(void);
/* Set one option. PERMILLE_INVALID for a name that does not exist.
 *   "meter"        "auto" (default: the best source of every component), or meters by name:
 *                  "rapl-powercap,cpu-load", "fake:cpu=50W"
 *   "gpu"          the GPUs the work uses: indices or UUIDs ("0,2"), "all" or "none"; default:
 *                  CUDA_VISIBLE_DEVICES, else all
 *   "attribution"  "device" (default: the devices the work used) or "machine" (everything read) */
PERMILLE_API permille_status permille_options_set(permille_options* options, const char* name,
                                                  const char* value);
PERMILLE_API void permille_options_free(permille_options* options);

/* ---- recorder ---- */

/* Find the meters and begin to sample them on a thread of the recorder's own. `options` may be NULL
 * and may be freed afterwards. On failure *recorder is NULL. */
PERMILLE_API permille_status permille_recorder_start(const permille_options* options,
                                                     permille_recorder** recorder);
/* What is known to limit every result of this recorder, in sentences: a processor whose power is
 * not in the table, a table that could not be read. Index from 0; NULL past the end. */
PERMILLE_API size_t permille_recorder_note_count(const permille_recorder* recorder);
PERMILLE_API const char* permille_recorder_note(const permille_recorder* recorder, size_t index);
/* End sampling and free the recorder; spans still open are dropped. Results stay valid. */
PERMILLE_API void permille_recorder_stop(permille_recorder* recorder);

/* ---- spans ---- */

/* Read every meter and begin a span there. *span is its number: never 0, unique within the
 * recorder, 0 on failure. */
PERMILLE_API permille_status permille_span_begin(permille_recorder* recorder, const char* name,
                                                 uint64_t* span);
/* Read every meter and end the span there. `result` may be NULL to drop it. PERMILLE_NOT_FOUND when
 * the span is not open, which is so when it has ended already. On failure *result is NULL. */
PERMILLE_API permille_status permille_span_end(permille_recorder* recorder, uint64_t span,
                                               permille_result** result);

/* ---- result: what one span cost; never changes, may be read by any thread ---- */

PERMILLE_API void permille_result_free(permille_result* result);
PERMILLE_API const char* permille_result_name(const permille_result* result);
PERMILLE_API double permille_result_seconds(const permille_result* result);
/* Sum over the components below; NaN when nothing could be read. */
PERMILLE_API double permille_result_joules(const permille_result* result);
/* What to know before believing the joules. "short_window": fewer than 200 updates of a meter in
 * the span; "unknown_tdp": watts of the processor are guessed from its cores; "no_reading";
 * "gap:<channel>"; "cross_check:<channel>": two sources differ by more than 5 %; "other_load";
 * "steal"; "throttled:<why>"; "foreign_gpu_process". Index from 0; NULL past the end. */
PERMILLE_API size_t permille_result_flag_count(const permille_result* result);
PERMILLE_API const char* permille_result_flag(const permille_result* result, size_t index);
/* The parts that add up to the joules: one per device. Index from 0; NULL past the end. Lives as
 * long as the result. */
PERMILLE_API size_t permille_result_component_count(const permille_result* result);
PERMILLE_API const permille_component* permille_result_component(const permille_result* result,
                                                                 size_t index);

/* ---- component: the joules of one device, and how they are known ---- */

/* "gpu", "cpu", "ram", "board" or "other". */
PERMILLE_API const char* permille_component_name(const permille_component* component);
/* The device: "package-0", "gpu-1", "cpu-load". */
PERMILLE_API const char* permille_component_channel(const permille_component* component);
/* "measured" (hardware counter), "derived" (power samples integrated), "modelled" (formula on
 * observed load), "assumed" (constant). */
PERMILLE_API const char* permille_component_provenance(const permille_component* component);
/* The meter: "rapl-perf", "nvml", "cpu-load". */
PERMILLE_API const char* permille_component_source(const permille_component* component);
/* How modelled or assumed joules were made; "" for the rest. */
PERMILLE_API const char* permille_component_rule(const permille_component* component);
PERMILLE_API double permille_component_joules(const permille_component* component);
/* Fraction of the span that good readings bound, 0 to 1. */
PERMILLE_API double permille_component_coverage(const permille_component* component);
/* Standard uncertainty of the source or of the rule, one sigma, relative to the joules; NaN when
 * nobody has stated one. */
PERMILLE_API double permille_component_standard_uncertainty(const permille_component* component);
/* Standard uncertainty from where the span's edges fall between two updates of the meter, one
 * sigma, relative to the joules. */
PERMILLE_API double permille_component_resolution(const permille_component* component);

#ifdef __cplusplus
}
#endif

#endif /* PERMILLE_PERMILLE_H */
