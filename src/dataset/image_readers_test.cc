// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/dataset_fixture_test.h"
#include "dataset/image_size.h"

namespace permille {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

/// The first bytes of a PNG of the given size: all that a reader of samples looks at.
std::string Png(unsigned width, unsigned height) {
  std::string bytes("\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", 16);
  for (const unsigned side : {width, height}) {
    for (const unsigned shift : {24U, 16U, 8U, 0U})
      bytes.push_back(static_cast<char>(side >> shift & 0xFFU));
  }
  return bytes + std::string(5, '\0');
}

class ImageReaders : public DatasetFolder {
 protected:
  Result<Dataset> Folder(std::string_view task, const DatasetOptions& options = {}) {
    return LoadDataset(folder_.string(), task, options);
  }
  std::vector<std::string> Names(const Result<Dataset>& dataset) {
    std::vector<std::string> names;
    for (const Sample& sample : Samples(dataset)) {
      EXPECT_TRUE(std::filesystem::path(sample.image_path).is_absolute());
      names.push_back(std::filesystem::path(sample.image_path).filename().string());
    }
    return names;
  }
};

TEST_F(ImageReaders, SubFoldersNameTheLabels) {
  Write("dog/b.png", Png(1, 1));
  Write("cat/a.JPEG", "x");
  Write("cat/notes.txt", "x");
  const auto dataset = Folder("image-classification");
  EXPECT_THAT(Names(dataset), ElementsAre("a.JPEG", "b.png"));
  EXPECT_THAT(Labels(dataset), ElementsAre("cat", "dog"));
  EXPECT_EQ(dataset->samples[0].id, "cat/a.JPEG");
  EXPECT_EQ(dataset->name, folder_.filename().string());
}

TEST_F(ImageReaders, NamesAfterAWordNetIdAreLabels) {
  Write("n01677366_common_iguana.JPEG", "x");
  Write("n01514668_cock.JPEG", "y");
  EXPECT_THAT(Labels(Folder("image-classification")), ElementsAre("cock", "common iguana"));
}

TEST_F(ImageReaders, OneNameWithoutALabelLeavesAllUnlabelled) {
  Write("n01514668_cock.JPEG", "x");
  Write("n0151466_cock.JPEG", "y");
  EXPECT_THAT(Labels(Folder("image-classification")), ElementsAre("-", "-"));
}

TEST_F(ImageReaders, AFolderNameIsNoCaption) {
  Write("dog/b.png", "x");
  EXPECT_THAT(Labels(Folder("image-to-text")), ElementsAre("-"));
}

TEST_F(ImageReaders, TheHashFollowsTheBytesNotTheNames) {
  Write("a.png", "x");
  const std::string first = Folder("image-to-text")->hash;
  std::filesystem::rename(folder_ / "a.png", folder_ / "b.png");
  EXPECT_EQ(Folder("image-to-text")->hash, first);
  Write("b.png", "y");
  EXPECT_NE(Folder("image-to-text")->hash, first);
}

TEST_F(ImageReaders, AFolderWithoutImagesIsAnError) {
  Write("a.txt", "x");
  EXPECT_THAT(ErrorOf(Folder("image-classification")), HasSubstr("no samples in it"));
  EXPECT_THAT(ErrorOf(Folder("summarization")), HasSubstr("is a folder; summarization takes"));
  EXPECT_THAT(ErrorOf(LoadFor("image-classification", "b.txt", "x")),
              HasSubstr("plain text has no images"));
}

TEST_F(ImageReaders, JsonLinesNameImagesBesideThem) {
  Write("pictures/a.png", "x");
  const auto dataset = LoadFor("image-to-text", "a.jsonl",
                               R"({"image":"pictures/a.png","captions":["a dot","one dot"]})");
  EXPECT_THAT(Names(dataset), ElementsAre("a.png"));
  EXPECT_THAT(dataset->samples[0].reference->values, ElementsAre("a dot", "one dot"));
  EXPECT_THAT(ErrorOf(LoadFor("image-to-text", "a.jsonl", R"({"image":"pictures/b.png"})")),
              AllOf(HasSubstr("a.jsonl:1: field image: no such image: /"), EndsWith("/b.png")));
  EXPECT_THAT(ErrorOf(LoadFor("image-to-text", "a.csv", "image,caption\n,x\n")),
              HasSubstr("a.csv:2: field image: names no image"));
}

TEST_F(ImageReaders, JsonLinesNameBoxes) {
  Write("a.png", "x");
  const auto samples =
      Samples(LoadFor("object-detection", "a.jsonl",
                      R"({"image":"a.png","objects":[{"label":"cat","box":[1,2,3.5,4]},)"
                      R"({"category":"dog","box":[0,0,9,9],"crowd":true}]})"));
  const auto& boxes = samples.at(0).reference->boxes;
  ASSERT_EQ(boxes.size(), 2u);
  EXPECT_EQ(boxes[0].label, "cat");
  EXPECT_EQ(boxes[0].box.xmax, 3.5);
  EXPECT_FALSE(boxes[0].crowd);
  EXPECT_TRUE(boxes[1].crowd);
  for (const char* bad : {"[[]]", R"([{"label":"a","box":[1,2,3]}])", "7",
                          R"([{"label":"a","box":[5,2,3,4]}])", R"([{"box":[1,2,3,4]}])"}) {
    EXPECT_THAT(ErrorOf(LoadFor("object-detection", "a.jsonl",
                                fmt::format("{{\"image\":\"a.png\",\"objects\":{}}}", bad))),
                HasSubstr("a.jsonl:1: field objects"))
        << bad;
  }
}

constexpr std::string_view kCoco = R"({"images": [{"id": 7, "file_name": "a.png"},
    {"id": 9, "file_name": "b.png"}],
  "annotations": [{"id": 1, "image_id": 7, "category_id": 18, "bbox": [10, 20, 30.5, 40]},
    {"id": 2, "image_id": 7, "category_id": 1, "bbox": [0, 0, 5, 5], "iscrowd": 1}],
  "categories": [{"id": 1, "name": "person"}, {"id": 18, "name": "dog"}]})";

TEST_F(ImageReaders, CocoBoxesBecomeCorners) {
  Write("val2017/a.png", "x");
  Write("val2017/b.png", "x");
  const auto dataset = LoadFor("object-detection", "annotations/instances_val2017.json", kCoco);
  const auto samples = Samples(dataset);
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].id, "a.png");
  const auto& boxes = samples[0].reference->boxes;
  ASSERT_EQ(boxes.size(), 2u);
  EXPECT_EQ(boxes[0].label, "dog");
  EXPECT_EQ(boxes[0].box.xmin, 10);
  EXPECT_EQ(boxes[0].box.xmax, 40.5);
  EXPECT_EQ(boxes[0].box.ymax, 60);
  EXPECT_TRUE(boxes[1].crowd);
  ASSERT_TRUE(samples[1].reference);
  EXPECT_THAT(samples[1].reference->boxes, IsEmpty());
}

TEST_F(ImageReaders, CocoCaptionsAreReferences) {
  Write("a.png", "x");
  const auto samples =
      Samples(LoadFor("image-to-text", "captions.json",
                      R"({"images":[{"id":1,"file_name":"a.png"}],"annotations":[)"
                      R"({"image_id":1,"caption":"a dot"},{"image_id":1,"caption":"one dot"}]})"));
  EXPECT_THAT(samples.at(0).reference->values, ElementsAre("a dot", "one dot"));
}

TEST_F(ImageReaders, CocoErrorsNameThePlace) {
  Write("a.png", "x");
  const auto error = [this](std::string_view from, std::string_view to) {
    std::string text(kCoco);
    text.replace(text.find(from), from.size(), to);
    return ErrorOf(LoadFor("object-detection", "a.json", text));
  };
  EXPECT_THAT(error("\"b.png\"", "\"c.png\""), HasSubstr("no such image: /"));
  EXPECT_THAT(error("\"category_id\": 18", "\"category_id\": 3"),
              HasSubstr("annotations[0]: category_id 3 is not among the categories"));
  EXPECT_THAT(error("\"image_id\": 7", "\"image_id\": 8"),
              HasSubstr("annotations[0]: image_id 8 is not among the images"));
  EXPECT_THAT(error("[10, 20, 30.5, 40]", "[10, 20, -1, 40]"),
              HasSubstr("annotations[0]: field bbox is not [x, y, width, height]"));
  EXPECT_THAT(error("\"id\": 9", "\"id\": 7"), HasSubstr("images[1]: id 7 occurs twice"));
  EXPECT_THAT(error("\"file_name\": \"a.png\"", "\"file_name\": \"z.png\""),
              HasSubstr("image z.png is in none of"));
  EXPECT_THAT(ErrorOf(LoadFor("summarization", "a.json", kCoco)),
              HasSubstr("not for summarization"));
}

TEST_F(ImageReaders, YoloSharesBecomePixels) {
  Write("images/a.png", Png(200, 100));
  Write("images/b.png", Png(10, 10));
  Write("labels/a.txt", "1 0.5 0.5 0.25 0.5\n\n0 0.1 0.2 0 0\r\n");
  Write("config.yaml", "names:\n  0: person\n  1: car\n");
  const auto dataset = Folder("object-detection");
  const auto samples = Samples(dataset);
  ASSERT_EQ(samples.size(), 2u);
  const auto& boxes = samples[0].reference->boxes;
  ASSERT_EQ(boxes.size(), 2u);
  EXPECT_EQ(boxes[0].label, "car");
  EXPECT_EQ(boxes[0].box.xmin, 75);
  EXPECT_EQ(boxes[0].box.xmax, 125);
  EXPECT_EQ(boxes[0].box.ymin, 25);
  EXPECT_EQ(boxes[0].box.ymax, 75);
  EXPECT_EQ(boxes[1].label, "person");
  ASSERT_TRUE(samples[1].reference);
  EXPECT_THAT(samples[1].reference->boxes, IsEmpty());
  EXPECT_EQ(LoadDataset((folder_ / "config.yaml").string(), "object-detection")->hash,
            dataset->hash);
}

TEST_F(ImageReaders, YoloNamesMayBeAListAndImagesElsewhere) {
  Write("images/val/a.png", Png(10, 10));
  Write("labels/val/a.txt", "1 0.5 0.5 1 1");
  Write("data.yaml", "val: images/val\nnames: [person, car]\n");
  EXPECT_EQ(Samples(Folder("object-detection")).at(0).reference->boxes.at(0).label, "car");
}

TEST_F(ImageReaders, YoloErrorsNameFileAndLine) {
  Write("images/a.png", Png(10, 10));
  Write("config.yaml", "names: [person]\n");
  const auto error = [this](std::string_view label) {
    Write("labels/a.txt", label);
    return ErrorOf(Folder("object-detection"));
  };
  EXPECT_THAT(error("0 0.5 0.5 1 1\n1 0.5 0.5 1 1\n"), HasSubstr("a.txt:2: class 1 has no name"));
  EXPECT_THAT(error("-1 0.5 0.5 1 1\n"), HasSubstr("a.txt:1: class -1 has no name"));
  for (const char* bad :
       {"0 0.5 0.5 1", "0 0.5 0.5 1 1 1", "0 5 0.5 1 1", "0 0.5 x 1 1", "0 0.5 0.5 1 nan"}) {
    EXPECT_THAT(error(bad), HasSubstr("a.txt:1: not \"class x y width height\"")) << bad;
  }
  Write("images/a.png", "not an image");
  EXPECT_THAT(error("0 0.5 0.5 1 1"), HasSubstr("says no size"));
  Write("config.yaml", "classes: [person]\n");
  EXPECT_THAT(error("0 0.5 0.5 1 1"), HasSubstr("key \"names\" is missing"));
  Write("config.yaml", "names: {a: person}\n");
  EXPECT_THAT(error("0 0.5 0.5 1 1"), HasSubstr("a class is not a number"));
}

// Sizes as `file` states them of the files in ../shared/data.
TEST_F(ImageReaders, RealFilesAreReadWhole) {
  const std::string shared = PERMILLE_SOURCE_DIR "/../shared/data";
  if (!std::filesystem::exists(shared)) GTEST_SKIP() << "no ../shared/data";
  const auto coco = Samples(LoadDataset(shared + "/coco", "object-detection"));
  ASSERT_EQ(coco.size(), 60u);
  EXPECT_THAT(coco[0].id, "000000000139.jpg");
  EXPECT_EQ(coco[0].reference->boxes.at(0).label, "potted plant");
  const auto size = ReadImageSize(coco[0].image_path);
  ASSERT_TRUE(size);
  EXPECT_EQ(size->width, 640);
  EXPECT_EQ(size->height, 426);
  for (const Sample& sample : coco) {
    for (const LabelBox& box : sample.reference->boxes) EXPECT_LT(box.box.xmin, box.box.xmax);
  }
  const auto imagenet = Samples(LoadDataset(shared + "/imagenet-samples", "image-classification"));
  ASSERT_EQ(imagenet.size(), 32u);
  EXPECT_THAT(imagenet[1].reference->values, ElementsAre("common iguana"));
}

std::string FromHex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  return bytes;
}

// The first 30 bytes of Image.new("RGB", (20, 10)) as PIL 13.0.0 saves it.
TEST_F(ImageReaders, EveryFormatStatesItsSize) {
  const std::string lossy = "5249464630000000574542505650382024000000b002009d012a14000a00";
  const std::string lossless = "524946461a000000574542505650384c0e0000002f13400200071011fd0f";
  const std::string bmp = "424d8e020000000000003600000028000000140000000a00000001001800";
  for (const std::string& bytes : {FromHex(lossy), FromHex(lossless), FromHex(bmp), Png(20, 10)}) {
    const auto size = ReadImageSize(Write("image", bytes));
    ASSERT_TRUE(size) << size.error().message;
    EXPECT_EQ(size->width, 20);
    EXPECT_EQ(size->height, 10);
  }
}

TEST_F(ImageReaders, AnImageThatStatesNoSizeIsAnErrorNotACrash) {
  const std::string png = Png(20, 10);
  for (std::size_t length = 0; length < 24; ++length)
    EXPECT_FALSE(ReadImageSize(Write("image", png.substr(0, length)))) << length;
  EXPECT_FALSE(ReadImageSize(Write("image", Png(0, 10))));
  const std::string jpeg = FromHex("ffd8ffe00010ffffffffffffffffffffffffffffffffc0");
  for (std::size_t length = 0; length <= jpeg.size(); ++length)
    EXPECT_FALSE(ReadImageSize(Write("image", jpeg.substr(0, length)))) << length;
}

}  // namespace
}  // namespace permille
