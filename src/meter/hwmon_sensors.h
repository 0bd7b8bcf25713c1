// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "record/channel.h"

namespace permille {

/// One sensor of /sys/class/hwmon and the files it is read from.
struct HwmonSensor {
  enum class Form {
    kMicrowatts,    ///< power1_average, power1_input
    kMicrojoules,   ///< energy1_input: a 64-bit sum of the driver's, which does not wrap
    kVoltsAndAmps,  ///< in1_input in mV and curr1_input in mA
  };
  Channel channel;
  Form form = Form::kMicrowatts;
  std::string file;    ///< the sensor's value; for kVoltsAndAmps its voltage
  std::string second;  ///< kVoltsAndAmps: its current
  int read_error = 0;  ///< errno of a first read; 0: readable
};

/// Every sensor that meters energy here, linked so that none is added twice.
struct HwmonSensors {
  std::vector<HwmonSensor> sensors;
  std::vector<std::string> ignored;  ///< drivers with power sensors that are not counted
};
HwmonSensors FindHwmonSensors(const std::string& root);
/// Whether a hwmon driver (facts["driver"]) is that of an Intel GPU: a device of its own.
bool IsIntelGpuDriver(std::string_view driver);

}  // namespace permille
