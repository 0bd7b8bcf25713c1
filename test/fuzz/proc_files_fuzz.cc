// SPDX-License-Identifier: Apache-2.0
#include "fuzz_input.h"
#include "meter/proc_files.h"
#include "meter/sys_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = permille::AsText(data, size);
  (void)permille::ParseCpuTimes(text);
  (void)permille::ParseProcessTimes(text);
  (void)permille::ParseMemory(text);
  (void)permille::ParseCpuList(text);
  (void)permille::FindField(text, "MemTotal");
  return 0;
}
