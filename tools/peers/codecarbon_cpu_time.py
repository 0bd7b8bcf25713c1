#!/usr/bin/env python3
"""CPU time that CodeCarbon's tracker takes while nothing else happens, beside bench/sampling.

    python3 -m venv VENV && VENV/bin/pip install codecarbon
    VENV/bin/python tools/peers/codecarbon_cpu_time.py [SECONDS]

Prints the share of one core over SECONDS (default 60) with measure_power_secs=1, start-up left out.
"""
import logging
import resource
import sys
import tempfile
import time


def cpu_seconds():
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    logging.disable(logging.CRITICAL)
    import codecarbon

    begin = time.monotonic()
    tracker = codecarbon.OfflineEmissionsTracker(
        country_iso_code="USA", measure_power_secs=1, output_dir=tempfile.mkdtemp(), log_level="critical")
    tracker.start()
    started = time.monotonic() - begin
    before = cpu_seconds()
    time.sleep(seconds)
    share = (cpu_seconds() - before) / seconds
    tracker.stop()
    print(f"codecarbon {codecarbon.__version__}: {share * 100:.3f} % of a core over {seconds:g} s, "
          f"started in {started:.2f} s")


if __name__ == "__main__":
    main()
