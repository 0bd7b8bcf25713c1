// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "meter/meter.h"
#include "support/temp_tree.h"

namespace permille {

/// Options of a meter that looks only into a test's tree.
inline MeterOptions OptionsFor(const TempTree& tree) {
  MeterOptions options;
  options.sysfs_root = tree.root();
  return options;
}

inline std::vector<Reading> ReadAll(Meter& meter) {
  std::vector<Reading> readings(meter.channels().size());
  meter.Read(readings);
  return readings;
}

/// Every channel's value now, by id; absent where the read failed.
inline std::map<std::string, std::optional<double>> Values(Meter& meter) {
  const std::vector<Reading> readings = ReadAll(meter);
  std::map<std::string, std::optional<double>> values;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    values[meter.channels()[i].id] = readings[i].value;
  }
  return values;
}

/// The channel with an id, or null.
inline const Channel* FindChannel(const Meter& meter, const std::string& id) {
  for (const Channel& channel : meter.channels()) {
    if (channel.id == id) return &channel;
  }
  return nullptr;
}

/// What the channels that no other one contains read together: what a machine's total is made of.
inline double RootSum(Meter& meter) {
  const std::vector<Reading> readings = ReadAll(meter);
  double sum = 0;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (meter.channels()[i].part_of.empty()) sum += readings[i].value.value_or(0);
  }
  return sum;
}

}  // namespace permille
