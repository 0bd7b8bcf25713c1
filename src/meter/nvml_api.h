// SPDX-License-Identifier: Apache-2.0
#pragma once

// The few types, numbers and functions of the NVIDIA Management Library that the nvml meter uses,
// declared here because Debian packages no nvml.h and because the library is opened at run time.
// Written from NVIDIA's "NVML API Reference Guide" (docs.nvidia.com/deploy/nvml-api); numbers and
// layouts checked against NVML 12.9. Included by nvml_*.cc and by the fake library of the tests
// only.

namespace permille::nvml {

using Return = int;
inline constexpr Return kSuccess = 0;
inline constexpr Return kUninitialized = 1;
inline constexpr Return kInvalidArgument = 2;
inline constexpr Return kNotSupported = 3;
inline constexpr Return kNoPermission = 4;
inline constexpr Return kNotFound = 6;
inline constexpr Return kInsufficientSize = 7;
inline constexpr Return kDriverNotLoaded = 9;
inline constexpr Return kLibraryNotFound = 12;
inline constexpr Return kFunctionNotFound = 13;
inline constexpr Return kGpuIsLost = 15;
inline constexpr Return kOperatingSystem = 17;
inline constexpr Return kLibRmVersionMismatch = 18;
inline constexpr Return kUnknown = 999;

struct DeviceStruct;
using Device = DeviceStruct*;

inline constexpr unsigned kUuidLength = 96;
inline constexpr unsigned kNameLength = 96;
inline constexpr unsigned kVersionLength = 80;

// Fields of nvmlDeviceGetFieldValues, in milliwatts.
inline constexpr unsigned kFieldPowerAverage =
    185;  // mean of the last second; Ampere (not GA100) or newer
inline constexpr unsigned kFieldPowerInstant = 186;  // now
inline constexpr unsigned kPowerScopeGpu = 0;

union Value {
  double as_double;
  int as_int;
  unsigned as_unsigned;
  unsigned long as_unsigned_long;
  unsigned long long as_unsigned_long_long;
  long long as_long_long;
  unsigned short as_unsigned_short;
};

struct FieldValue {
  unsigned field_id;
  unsigned scope_id;
  long long timestamp_us;
  long long latency_us;
  int value_type;
  Return status;
  Value value;
};
static_assert(sizeof(FieldValue) == 40);

struct Utilization {
  unsigned gpu;  // per cent of the last sample period
  unsigned memory;
};

// Element of nvmlDeviceGet{Compute,Graphics}RunningProcesses.
struct ProcessV1 {
  unsigned pid;
  unsigned long long used_memory;
};
// Element of the same with _v2 and _v3.
struct ProcessV2 {
  unsigned pid;
  unsigned long long used_memory;
  unsigned gpu_instance;
  unsigned compute_instance;
};
static_assert(sizeof(ProcessV1) == 16 && sizeof(ProcessV2) == 24);

inline constexpr int kClockSm = 1;                  // nvmlClockType_t, MHz
inline constexpr int kTemperatureGpu = 0;           // nvmlTemperatureSensors_t, degrees Celsius
inline constexpr unsigned kArchitectureAmpere = 7;  // nvmlDeviceArchitecture_t

// Bits of nvmlDeviceGetCurrentClocksEventReasons (ThrottleReasons before driver 535).
inline constexpr unsigned long long kReasonApplicationClocks = 0x2;
inline constexpr unsigned long long kReasonSwPowerCap = 0x4;
inline constexpr unsigned long long kReasonHwSlowdown = 0x8;
inline constexpr unsigned long long kReasonSyncBoost = 0x10;
inline constexpr unsigned long long kReasonSwThermal = 0x20;
inline constexpr unsigned long long kReasonHwThermal = 0x40;
inline constexpr unsigned long long kReasonHwPowerBrake = 0x80;

using InitFunction = Return (*)();
using ErrorStringFunction = const char* (*)(Return);
using SystemTextFunction = Return (*)(char* text, unsigned length);
using GetCountFunction = Return (*)(unsigned* count);
using GetHandleFunction = Return (*)(unsigned index, Device* device);
using GetChildFunction = Return (*)(Device parent, unsigned index, Device* child);
using DeviceTextFunction = Return (*)(Device, char* text, unsigned length);
using DeviceUnsignedFunction = Return (*)(Device, unsigned* value);
using DeviceLongFunction = Return (*)(Device, unsigned long long* value);
using DeviceModeFunction = Return (*)(Device, unsigned* current, unsigned* pending);
using DeviceSensorFunction = Return (*)(Device, int sensor, unsigned* value);
using DeviceUtilizationFunction = Return (*)(Device, Utilization*);
using DeviceFieldsFunction = Return (*)(Device, int count, FieldValue* fields);
using DeviceProcessesFunction = Return (*)(Device, unsigned* count, void* processes);

}  // namespace permille::nvml
