// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <map>
#include <thread>

#include "engine/onnx_fixture_test.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class OnnxSession : public WithOnnxRuntime {
 protected:
  /// The message of a Run of add.onnx that must fail.
  std::string AddError(const std::vector<OwnedTensor>& tensors) {
    auto session = Load(OnnxFixture("add.onnx"));
    if (!session) return session.error().message;
    const auto result = (*session)->Run(Views(tensors));
    if (result) return "no error";
    EXPECT_EQ(result.error().code, ErrorCode::kInvalid);
    return result.error().message;
  }
};

const OwnedTensor kA = OwnedTensor::Floats("a", {1, 2}, {1, 2});
const OwnedTensor kB = OwnedTensor::Floats("b", {1, 2}, {10, 20});

TEST_F(OnnxSession, Runs) {
  auto session = Load(OnnxFixture("add.onnx"));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_THAT((*session)->inputs()[0].shape, ElementsAre(-1, 2));
  const auto outputs = (*session)->Run(Views({kA, kB}));
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_EQ(outputs->at(0).name, "sum");
  EXPECT_THAT(outputs->at(0).shape, ElementsAre(1, 2));
  EXPECT_THAT(outputs->at(0).as<float>(), ElementsAre(11, 22));
}

TEST_F(OnnxSession, InputsMayComeInAnyOrderAndSize) {
  auto session = Load(OnnxFixture("add.onnx"));
  ASSERT_TRUE(session);
  ASSERT_TRUE((*session)->Run(Views({kB, kA})));
  const OwnedTensor a = OwnedTensor::Floats("a", {3, 2}, {1, 2, 3, 4, 5, 6});
  const OwnedTensor b = OwnedTensor::Floats("b", {3, 2}, {1, 1, 1, 1, 1, 1});
  const auto outputs = (*session)->Run(Views({a, b}));
  ASSERT_TRUE(outputs);
  EXPECT_THAT(outputs->at(0).as<float>(), ElementsAre(2, 3, 4, 5, 6, 7));
}

TEST_F(OnnxSession, AReusedBufferIsReadAnew) {
  auto session = Load(OnnxFixture("add.onnx"));
  ASSERT_TRUE(session);
  OwnedTensor a = kA;
  ASSERT_TRUE((*session)->Run(Views({a, kB})));
  const float changed = 100;
  std::memcpy(a.bytes.data(), &changed, sizeof changed);
  EXPECT_THAT((*session)->Run(Views({a, kB}))->at(0).as<float>(), ElementsAre(110, 22));
}

TEST_F(OnnxSession, AnEmptyTensorIsATensor) {
  auto session = Load(OnnxFixture("add.onnx"));
  ASSERT_TRUE(session);
  const auto outputs = (*session)->Run(
      Views({OwnedTensor::Floats("a", {0, 2}, {}), OwnedTensor::Floats("b", {0, 2}, {})}));
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_THAT(outputs->at(0).shape, ElementsAre(0, 2));
}

TEST_F(OnnxSession, WrongInputsAreNamed) {
  EXPECT_THAT(AddError({kA}),
              AllOf(HasSubstr("input 'b' is missing"), HasSubstr("b float32[?,2]")));
  EXPECT_THAT(AddError({kA, kB, OwnedTensor::Floats("c", {1}, {0})}), HasSubstr("no input 'c'"));
  EXPECT_THAT(AddError({kA, kB, kB}), HasSubstr("3 inputs given for 2"));
  EXPECT_THAT(AddError({kA, OwnedTensor::Integers("b", {1, 2}, {1, 2})}),
              HasSubstr("'b' is float32, not int64"));
  EXPECT_THAT(AddError({kA, OwnedTensor::Floats("b", {2}, {1, 2})}),
              HasSubstr("'b' has shape [?,2], not [2]"));
  EXPECT_THAT(AddError({kA, OwnedTensor::Floats("b", {1, 3}, {1, 2, 3})}), HasSubstr("not [1,3]"));
  EXPECT_THAT(AddError({kA, OwnedTensor::Floats("b", {1, 2}, {1})}), HasSubstr("given 4 bytes"));
  EXPECT_THAT(AddError({kA, OwnedTensor::Floats("b", {-1, 2}, {1})}), HasSubstr("'b' has shape"));
  EXPECT_THAT(AddError({kA, OwnedTensor::Floats("b", {std::int64_t{1} << 62, 2}, {1})}),
              HasSubstr("'b'"));
}

TEST_F(OnnxSession, AFailureWhileRunningIsOneLine) {
  auto session = Load(OnnxFixture("gather.onnx"));
  ASSERT_TRUE(session) << session.error().message;
  const auto outputs = (*session)->Run(Views({OwnedTensor::Integers("index", {1}, {9})}));
  ASSERT_FALSE(outputs);
  EXPECT_EQ(outputs.error().code, ErrorCode::kEngine);
  EXPECT_THAT(outputs.error().message,
              AllOf(HasSubstr("gather.onnx"), HasSubstr("the_row"), Not(HasSubstr("\n"))));
  EXPECT_TRUE((*session)->Run(Views({OwnedTensor::Integers("index", {1}, {3})})));
}

OwnedTensor Square(std::int64_t n) {
  return OwnedTensor::Floats("x", {n, n},
                             std::vector<float>(static_cast<std::size_t>(n * n), 0.001F));
}

TEST_F(OnnxSession, ARunPastTheLimitIsStopped) {
  SessionOptions options;
  options.time_limit = Seconds(1e-3);
  options.threads = 1;
  auto session = Load(OnnxFixture("slow.onnx"), "file", options);
  ASSERT_TRUE(session) << session.error().message;
  // 64 products of 512 x 512: 17 gigaflop.
  const auto outputs = (*session)->Run(Views({Square(512)}));
  ASSERT_FALSE(outputs);
  EXPECT_EQ(outputs.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(outputs.error().message, HasSubstr("longer than 0.001 s"));
}

TEST_F(OnnxSession, AfterATimeoutTheNextRunIsWhole) {
  SessionOptions options;
  options.time_limit = Seconds(0.5);
  options.threads = 1;
  auto session = Load(OnnxFixture("slow.onnx"), "file", options);
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->Run(Views({Square(1280)})).error().code, ErrorCode::kTimeout);
  EXPECT_TRUE((*session)->Run(Views({Square(1)})));
}

TEST_F(OnnxSession, CancelInterruptsARunInAnotherThread) {
  SessionOptions options;
  options.threads = 1;
  auto session = Load(OnnxFixture("slow.onnx"), "file", options);
  ASSERT_TRUE(session);
  const OwnedTensor x = Square(1024);
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    (*session)->Cancel();
  });
  const auto outputs = (*session)->Run(Views({x}));
  ASSERT_FALSE(outputs);
  EXPECT_EQ(outputs.error().code, ErrorCode::kCancelled);
  EXPECT_EQ((*session)->Run(Views({x})).error().code, ErrorCode::kCancelled);
}

TEST_F(OnnxSession, WhatMadeTheNumbersIsOnRecord) {
  SessionOptions options;
  options.threads = 3;
  options.spinning = false;
  options.optimisation = 1;
  options.denormals_as_zero = true;
  auto session = Load(OnnxFixture("add.onnx"), "file", options);
  ASSERT_TRUE(session);
  const auto list = (*session)->facts();
  const std::map<std::string, std::string> facts(list.begin(), list.end());
  EXPECT_EQ(facts.at("engine_version"), engine_->version());
  EXPECT_EQ(facts.at("threads"), "3");
  EXPECT_EQ(facts.at("spinning"), "off");
  EXPECT_EQ(facts.at("optimisation"), "1");
  EXPECT_EQ(facts.at("denormals_as_zero"), "on");
  EXPECT_EQ(facts.at("providers"), "cpu");
  EXPECT_EQ(facts.at("weights"), "file");
  EXPECT_GT((*session)->memory().rss_after->value(), 1e6);
  EXPECT_GE((*session)->memory().rss_peak->value(), (*session)->memory().rss_after->value());
}

TEST_F(OnnxSession, EachSessionHasItsOwnDenormals) {
  SessionOptions flushing;
  flushing.denormals_as_zero = true;
  auto zero = Load(OnnxFixture("add.onnx"), "file", flushing);
  auto exact = Load(OnnxFixture("add.onnx"));
  ASSERT_TRUE(zero);
  ASSERT_TRUE(exact);
  const OwnedTensor tiny = OwnedTensor::Floats("a", {1, 2}, {1e-40F, 1});
  const OwnedTensor none = OwnedTensor::Floats("b", {1, 2}, {0, 0});
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT((*zero)->Run(Views({tiny, none}))->at(0).as<float>(), ElementsAre(0, 1));
    EXPECT_THAT((*exact)->Run(Views({tiny, none}))->at(0).as<float>(), ElementsAre(1e-40F, 1));
  }
  volatile float ours = 1e-38F;
  EXPECT_GT(ours / 100, 0);
}

TEST_F(OnnxSession, ZeroThreadsMeansOneForEachCore) {
  const int cores = ResolvedThreads({});
  EXPECT_GE(cores, 1);
  EXPECT_LE(cores, static_cast<int>(std::thread::hardware_concurrency()));
}

TEST_F(OnnxSession, ProvidersThatAreNotThereAreNamedWithThoseThatAre) {
  EXPECT_THAT(engine_->providers(), Contains("cpu"));
  SessionOptions options;
  options.providers = {"openvino"};
  EXPECT_THAT(LoadError(OnnxFixture("add.onnx"), "file", options),
              AllOf(HasSubstr("provider 'openvino'"), HasSubstr("cpu"), HasSubstr("--ort-lib")));
  options.providers = {"cdua"};
  EXPECT_THAT(LoadError(OnnxFixture("add.onnx"), "file", options),
              HasSubstr("did you mean 'cuda'?"));
  // Some builds list providers whose files they do not have.
  options.providers = {"cuda"};
  EXPECT_THAT(LoadError(OnnxFixture("add.onnx"), "file", options),
              AllOf(HasSubstr("provider 'cuda'"), Not(HasSubstr("\n"))));
  options.providers = {"cpu"};
  EXPECT_EQ(LoadError(OnnxFixture("add.onnx"), "file", options), "no error");
}

TEST_F(OnnxSession, BadFilesAreNamed) {
  TempTree tree;
  const std::string whole = *ReadFile(OnnxFixture("gather.onnx"));
  tree.AddFile("cut.onnx", whole.substr(0, whole.size() / 2)).AddFile("text.onnx", "hello, world");
  tree.AddFile("cut.onnx.zst", "(\xB5/\xFD");
  EXPECT_THAT(LoadError(tree.Path("absent.onnx")),
              AllOf(HasSubstr("absent.onnx"), HasSubstr("No such file")));
  EXPECT_THAT(LoadError(tree.Path("cut.onnx")),
              AllOf(HasSubstr("cut.onnx"), HasSubstr("cut short")));
  EXPECT_THAT(LoadError(tree.Path("text.onnx")), HasSubstr("text.onnx: not"));
  EXPECT_THAT(LoadError(tree.Path("cut.onnx.zst")), HasSubstr("not a whole zstd file"));
  EXPECT_THAT(LoadError(tree.root()), HasSubstr("not a regular file"));
}

TEST(OnnxLibrary, APlaceThatWasNamedIsTheOnlyOneTried) {
  const auto absent = MakeOnnxEngine("/nowhere/libonnxruntime.so");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(absent.error().message,
              AllOf(HasSubstr("/nowhere/libonnxruntime.so"), HasSubstr("--ort-lib")));
}

TEST(OnnxLibrary, AnotherLibraryIsToldFromOnnxRuntime) {
  const auto other = MakeOnnxEngine("libc.so.6");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("is not an ONNX Runtime"));
}

TEST_F(OnnxSession, TelemetryIsOffBeforeTheLibraryIsMapped) {
  EXPECT_STREQ(std::getenv("ORT_DISABLE_TELEMETRY"), "1");
}

}  // namespace
}  // namespace permille
