# SPDX-License-Identifier: Apache-2.0
"""Energy of named stretches of a Python program, through libpermille.

    import permille
    with permille.span("query") as span:
        work()
    print(span.joules, span.by_component())   # 3.1 {'cpu': {'measured': 2.9}, 'ram': ...}

The first span starts a recorder on this machine's meters; permille.start(...) does so with options,
permille.Recorder(...) makes one of your own. Spans may nest, overlap and come from any thread.
"""

import atexit
import ctypes
import glob
import math
import os
import threading

_STATUSES = ("ok", "invalid", "not found", "unavailable", "io", "internal")


class Error(RuntimeError):
    """A call into libpermille failed: the text says why, `status` of what kind it is."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = _STATUSES[status]


def _find_library():
    """PERMILLE_LIBRARY, else the library installed with this file, else what the loader finds."""
    if os.environ.get("PERMILLE_LIBRARY"):
        return os.environ["PERMILLE_LIBRARY"]
    # This file is <prefix>/share/permille/bindings/permille.py.
    prefix = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
    for folder in ("lib", "lib/*", "lib64"):
        for path in glob.glob(os.path.join(prefix, folder, "libpermille.so.0")):
            return os.path.normpath(path)
    return "libpermille.so.0"


def _open_library():
    library = ctypes.CDLL(_find_library())
    handle, text, number, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_size_t
    status, out = ctypes.c_int, ctypes.POINTER

    def declare(result, names, *arguments):
        for name in names.split():
            function = getattr(library, "permille_" + name)
            function.restype, function.argtypes = result, arguments

    declare(text, "version last_error")
    declare(handle, "options_new")
    declare(status, "options_set", handle, text, text)
    declare(None, "options_free recorder_stop result_free", handle)
    declare(status, "recorder_start", handle, out(handle))
    declare(status, "span_begin", handle, text, out(ctypes.c_uint64))
    declare(status, "span_end", handle, ctypes.c_uint64, out(handle))
    declare(size, "recorder_note_count result_flag_count result_component_count", handle)
    declare(text, "recorder_note result_flag", handle, size)
    declare(handle, "result_component", handle, size)
    declare(number, "result_seconds result_joules", handle)
    declare(text, " ".join("component_" + name for name in _TEXTS), handle)
    declare(number, " ".join("component_" + name for name in _NUMBERS), handle)
    return library


_TEXTS = ("name", "channel", "provenance", "source", "rule")
_NUMBERS = ("joules", "coverage", "standard_uncertainty", "resolution")
_library = _open_library()


def _check(status):
    if status != 0:
        raise Error(status, _library.permille_last_error().decode("utf-8", "replace"))


def _known(number):
    return None if math.isnan(number) else number


def _texts(kind, owner):
    count = getattr(_library, f"permille_{kind}_count")(owner)
    read = getattr(_library, "permille_" + kind)
    return [read(owner, i).decode("utf-8", "replace") for i in range(count)]


def _component(handle):
    read = {name: getattr(_library, "permille_component_" + name)(handle).decode("utf-8", "replace")
            for name in _TEXTS}
    read["component"] = read.pop("name")
    for name in _NUMBERS:
        read[name] = _known(getattr(_library, "permille_component_" + name)(handle))
    return read


class _Handle(ctypes.c_void_p):
    """A recorder of the library's; stopped when the last call that uses it has returned."""

    def __del__(self, stop=_library.permille_recorder_stop):
        stop(self)


class Span:
    """One measured stretch, as a context manager. Afterwards: `seconds`; `joules`, None when
    nothing could be read; `components`, a list of dicts that add up to `joules`; `flags`."""

    def __init__(self, recorder, name):
        self.name, self._recorder, self._number = name, recorder, 0
        self.seconds = self.joules = None
        self.components, self.flags = [], []

    def __enter__(self):
        number = ctypes.c_uint64()
        _check(_library.permille_span_begin(self._recorder.handle(), self.name.encode(),
                                            ctypes.byref(number)))
        self._number = number.value
        return self

    def __exit__(self, kind, value, traceback):
        try:
            self._end()
        except Error:
            if kind is None:  # otherwise the body's own exception tells more than this one
                raise
        return False

    def _end(self):
        result = ctypes.c_void_p()
        _check(_library.permille_span_end(self._recorder.handle(), self._number,
                                          ctypes.byref(result)))
        try:
            self.seconds = _known(_library.permille_result_seconds(result))
            self.joules = _known(_library.permille_result_joules(result))
            self.flags = _texts("result_flag", result)
            count = _library.permille_result_component_count(result)
            self.components = [_component(_library.permille_result_component(result, i))
                               for i in range(count)]
        finally:
            _library.permille_result_free(result)

    def by_component(self):
        """Joules as {component: {provenance: joules}}."""
        sums = {}
        for part in self.components:
            of = sums.setdefault(part["component"], {})
            of[part["provenance"]] = of.get(part["provenance"], 0.0) + part["joules"]
        return sums


class Recorder:
    """Samples this machine's meters until closed. Options as in permille.h: meter="auto",
    gpu="0,2", attribution="device". `notes` are sentences on what limits every result."""

    def __init__(self, **options):
        chosen, handle = _library.permille_options_new(), _Handle()
        try:
            for name, value in options.items():
                _check(_library.permille_options_set(chosen, name.encode(), value.encode()))
            _check(_library.permille_recorder_start(chosen, ctypes.byref(handle)))
        finally:
            _library.permille_options_free(chosen)
        self._handle, self.process = handle, os.getpid()
        self.notes = _texts("recorder_note", handle)

    def handle(self):
        """The library's recorder; None once closed, which every call of the library refuses."""
        return self._handle

    def span(self, name):
        return Span(self, name)

    def close(self):
        self._handle = None


_lock = threading.Lock()
_default = None


def start(**options):
    """Start the recorder behind `span`, with options; spans of an earlier one stay with it."""
    global _default
    _default = Recorder(**options)
    return _default


def span(name):
    """A span on the default recorder, started by the first call, and again in a forked child."""
    with _lock:
        if _default is None or _default.handle() is None or _default.process != os.getpid():
            start()
        return _default.span(name)


version = _library.permille_version().decode()
atexit.register(lambda: _default and _default.close())
