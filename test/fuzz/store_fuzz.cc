// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iterator>

#include "fuzz_input.h"
#include "store/store.h"

namespace permille {
namespace {

RunRecord Run() {
  RunRecord run;
  run.run_id = "run-1";
  run.started = "2026-11-23T00:00:00Z";
  run.cell.task = "text-classification";
  run.cell.options["threads"] = "2";
  run.cell.key = CellKey(run.cell);
  run.queries = 2;
  Channel channel;
  channel.id = "package-0";
  channel.facts["path"] = "x";
  run.channels = {channel};
  Window window;
  window.duration = Seconds(2);
  ChannelWindow part;
  part.channel = channel.id;
  part.energy = Joules(50);
  part.series = {{Seconds(0), 1.0}, {Seconds(1), 2.0}};
  window.channels = {part};
  window.flags = {"steal"};
  run.windows = {window};
  run.query_records.resize(2);
  run.query_records[1].latency = Seconds(0.5);
  run.samples = {{"1", "hash", Reference{{"cat"}, {{"cat", 1, {1, 2, 3, 4}}}}, 3}};
  run.predictions.resize(1);
  run.predictions[0].prediction.spans = {{"PER", 0.5, "Ada", 0, 3}};
  run.environment["host"] = "h";
  return run;
}

std::string WriteStore() {
  const std::string path = Folder().Path("seed.db");
  {
    const auto store = Store::Open(path, OpenMode::kWrite);
    Require(store.has_value() && (*store)->Append(Run()).has_value(), "a store can be written");
  }
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A store is larger than a fuzzer can find its way in. So the input is what damages a sound one:
// three bytes of place and one of value each, or, with 1 as first byte, a whole file.
std::string Damaged(std::string_view input) {
  static const std::string sound = WriteStore();
  if (!input.empty() && input[0] == 1) return std::string(input.substr(1));
  std::string bytes = sound;
  for (std::size_t i = 1; i + 4 <= input.size(); i += 4) {
    std::size_t place = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      place = place << 8 | static_cast<unsigned char>(input[i + k]);
    }
    if (place >= bytes.size()) {
      bytes.resize(place % (bytes.size() + 1));  // cut off
      if (bytes.empty()) return bytes;
    } else {
      bytes[place] = input[i + 3];
    }
  }
  return bytes;
}

void ReadEverything(const std::string& path, OpenMode mode) {
  const auto store = Store::Open(path, mode);
  if (!store) return;
  const auto runs = (*store)->List();
  if (runs) {
    for (const RunSummary& run : *runs) (void)(*store)->Read(run.run_id);
  }
  (void)(*store)->ReadAll();
  (void)(*store)->Facts();
  if (mode == OpenMode::kWrite) (void)(*store)->Append(Run());
}

}  // namespace
}  // namespace permille

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  permille::TempTree& folder = permille::Folder();
  const std::string bytes = permille::Damaged(permille::AsText(data, size));
  for (const auto mode : {permille::OpenMode::kRead, permille::OpenMode::kWrite}) {
    for (const char* name : {"input.db", "input.db-wal", "input.db-shm", "input.db-journal"}) {
      std::filesystem::remove(folder.Path(name));
    }
    folder.AddFile("input.db", bytes);
    permille::ReadEverything(folder.Path("input.db"), mode);
  }
  return 0;
}
