// SPDX-License-Identifier: Apache-2.0
#include "dataset/characters.h"
#include "dataset/reader.h"
#include "fuzz_input.h"

namespace permille {
namespace {

constexpr const char* kTasks[] = {
    "text-classification", "token-classification", "question-answering",   "fill-mask",
    "text-generation",     "summarization",        "image-classification", "object-detection",
    "image-to-text",       "text-to-image"};

// 1 x 1 pixel, as far as a size is read from it.
constexpr std::string_view kPng("\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1", 24);

/// Put the input where the reader looks for it: in the file of samples; of what YOLO reads, the
/// YAML, a zero byte and the label file; of a folder of images, in an image.
void Lay(std::string_view format, std::string_view input, ReadRequest& request) {
  TempTree& folder = Folder();
  folder.AddFile("images/a.png", kPng);
  request.path = folder.Path("samples");
  if (format == "images") {
    folder.AddFile("images/a.png", input);
    folder.AddFile("labels/a.txt", "0 0.5 0.5 1 1\n");
    folder.AddFile("samples", "names: [cat]\n");
  } else if (format == "yolo") {
    const std::size_t split = std::min(input.find('\0'), input.size());
    folder.AddFile("samples", input.substr(0, split));
    folder.AddFile("labels/a.txt", input.substr(std::min(split + 1, input.size())));
  } else {
    folder.AddFile("samples", input);
  }
}

void Check(const std::vector<Sample>& samples, const ReadRequest& request) {
  if (request.limit != 0) Require(samples.size() <= request.limit, "the limit holds");
  for (const Sample& sample : samples) {
    if (!sample.image_path.empty())
      Require(std::filesystem::is_regular_file(sample.image_path), "an image is there");
    if (!sample.reference) continue;
    for (const TextSpan& span : sample.reference->spans) {
      const auto text = CharactersBetween(sample.text, span.begin, span.end);
      Require(text && *text == span.text, "an entity stands where it says");
    }
    for (const LabelBox& box : sample.reference->boxes)
      Require(box.box.xmin <= box.box.xmax && box.box.ymin <= box.box.ymax, "a box has corners");
  }
}

}  // namespace
}  // namespace permille

// The first byte chooses the reader and its options, the second the task.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  permille::ReadRequest request;
  request.task = permille::kTasks[data[1] % std::size(permille::kTasks)];
  request.header = (data[0] & 0x10) == 0;
  if ((data[0] & 0x20) != 0) request.field = "1";
  if ((data[0] & 0x40) != 0) request.label_field = "label";
  if ((data[0] & 0x80) != 0) request.labels = {{"0", "negative"}, {"1", "positive"}};
  request.limit = (data[0] & 0x08) != 0 ? 2 : 0;
  const auto readers = permille::Readers();
  const permille::ReaderEntry& reader = readers[(data[0] & 0x07) % readers.size()];
  permille::Lay(reader.format, permille::AsText(data + 2, size - 2), request);
  const auto samples =
      reader.format == "images" ? permille::ReadYolo(request) : reader.read(request);
  if (samples) permille::Check(*samples, request);
  return 0;
}
