# SPDX-License-Identifier: Apache-2.0
"""Behaviours of bindings/permille.py against an installed libpermille."""

import gc
import os
import threading
import time
import unittest

import permille


class SpanTest(unittest.TestCase):
    def setUp(self):
        self.recorder = permille.Recorder(meter="fake:cpu=50W,ram=3W")
        self.addCleanup(self.recorder.close)

    def test_joules_are_watts_times_seconds(self):
        before = time.monotonic()
        with self.recorder.span("query") as span:
            time.sleep(0.02)
        around = time.monotonic() - before
        # The meters are read just outside the span: exact bounds, however slow the machine.
        self.assertGreaterEqual(span.seconds, 0.02)
        self.assertGreaterEqual(span.joules, 53 * span.seconds * (1 - 1e-9))
        self.assertLessEqual(span.joules, 53 * around * (1 + 1e-9))

    def test_components_say_how_they_are_known_and_add_up(self):
        with self.recorder.span("query") as span:
            pass
        by_component = span.by_component()
        self.assertEqual({key: list(of) for key, of in by_component.items()},
                         {"cpu": ["assumed"], "ram": ["assumed"]})
        self.assertAlmostEqual(by_component["cpu"]["assumed"] + by_component["ram"]["assumed"],
                               span.joules)
        cpu = span.components[0]
        self.assertEqual((cpu["component"], cpu["channel"], cpu["source"], cpu["coverage"]),
                         ("cpu", "fake-cpu-0", "fake", 1.0))
        self.assertIn("50 W", cpu["rule"])
        self.assertIsNone(cpu["standard_uncertainty"])

    def test_by_component_adds_channels_of_one_kind(self):
        span = permille.Span(self.recorder, "two packages")
        span.components = [{"component": "cpu", "provenance": "measured", "joules": 2.0},
                           {"component": "cpu", "provenance": "measured", "joules": 3.0}]
        self.assertEqual(span.by_component(), {"cpu": {"measured": 5.0}})

    def test_an_exception_ends_the_span_and_goes_on(self):
        with self.assertRaisesRegex(ValueError, "of the body"):
            with self.recorder.span("query") as span:
                raise ValueError("of the body")
        self.assertGreater(span.joules, 0)
        with self.assertRaises(permille.Error) as ended:
            span._end()
        self.assertEqual(ended.exception.status, "not found")

    def test_an_exception_of_the_body_hides_ours(self):
        recorder = permille.Recorder(meter="fake:cpu=50W")
        with self.assertRaisesRegex(ValueError, "of the body"):
            with recorder.span("query"):
                recorder.close()
                raise ValueError("of the body")

    def test_a_closed_recorder_is_an_error(self):
        self.recorder.close()
        with self.assertRaises(permille.Error) as closed:
            with self.recorder.span("query"):
                pass
        self.assertEqual(closed.exception.status, "invalid")

    def test_spans_nest(self):
        with self.recorder.span("outer") as outer:
            with self.recorder.span("inner") as inner:
                time.sleep(0.002)
        self.assertLess(inner.joules, outer.joules)

    def test_eight_threads(self):
        spans = []

        def work():
            for _ in range(20):
                with self.recorder.span("query") as span:
                    pass
                spans.append(span)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(spans), 160)
        self.assertTrue(all(s.joules >= 53 * s.seconds * (1 - 1e-9) for s in spans))


class RecorderTest(unittest.TestCase):
    def test_a_bad_meter_is_named(self):
        with self.assertRaisesRegex(permille.Error, "wattmeter") as bad:
            permille.Recorder(meter="wattmeter")
        self.assertEqual(bad.exception.status, "invalid")

    def test_a_bad_option_is_named(self):
        with self.assertRaisesRegex(permille.Error, "metre"):
            permille.Recorder(metre="auto")

    def test_a_dropped_recorder_stops_sampling(self):
        before = len(os.listdir("/proc/self/task"))
        recorder = permille.Recorder(meter="fake:cpu=50W")
        self.assertEqual(len(os.listdir("/proc/self/task")), before + 1)
        del recorder
        gc.collect()
        self.assertEqual(len(os.listdir("/proc/self/task")), before)


class DefaultRecorderTest(unittest.TestCase):
    def test_start_sets_the_meter_of_span(self):
        permille.start(meter="fake:gpu=200W")
        with permille.span("query") as span:
            pass
        self.assertEqual(list(span.by_component()), ["gpu"])

    def test_without_start_the_machine_itself_is_measured(self):
        permille.start(meter="fake:gpu=200W").close()
        with permille.span("query") as span:
            time.sleep(0.02)
        self.assertGreater(span.joules, 0)
        for part in span.components:
            self.assertIn(part["provenance"], ("measured", "derived", "modelled", "assumed"))

    def test_a_forked_child_measures_by_itself(self):
        permille.start(meter="fake:cpu=50W")
        child = os.fork()
        if child == 0:
            status = 1
            try:
                with permille.span("child") as span:
                    pass
                status = 0 if span.joules >= 0 else 2
            finally:
                os._exit(status)
        self.assertEqual(os.waitpid(child, 0)[1], 0)


if __name__ == "__main__":
    unittest.main()
