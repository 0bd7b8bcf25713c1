// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "engine/onnx_fixture_test.h"

namespace permille {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OnnxHeld : public WithOnnxRuntime {
 protected:
  void SetUp() override {
    WithOnnxRuntime::SetUp();
    if (!engine_) return;
    auto session = Load(OnnxFixture("add.onnx"));
    ASSERT_TRUE(session) << session.error().message;
    adder_ = std::move(*session);
  }
  /// a + b, each a view or held.
  std::unique_ptr<HeldTensor> Add(const std::vector<OwnedTensor>& views,
                                  const std::vector<HeldInput>& held) {
    auto outputs = adder_->RunHeld(Views(views), held);
    EXPECT_TRUE(outputs) << outputs.error().message;
    return outputs ? std::move(outputs->at(0)) : nullptr;
  }
  std::string AddError(const std::vector<OwnedTensor>& views, const std::vector<HeldInput>& held) {
    auto outputs = adder_->RunHeld(Views(views), held);
    if (outputs) return "no error";
    EXPECT_EQ(outputs.error().code, ErrorCode::kInvalid);
    return outputs.error().message;
  }
  static std::span<const float> Floats(const HeldTensor& tensor) {
    return {reinterpret_cast<const float*>(tensor.bytes().data()),
            tensor.bytes().size() / sizeof(float)};
  }

  std::unique_ptr<TensorSession> adder_;
};

const OwnedTensor kA = OwnedTensor::Floats("a", {1, 2}, {1, 2});
const OwnedTensor kB = OwnedTensor::Floats("b", {1, 2}, {10, 20});

TEST_F(OnnxHeld, AnOutputIsAnInputOfTheNextRun) {
  const auto first = Add({kA, kB}, {});
  ASSERT_TRUE(first);
  EXPECT_THAT(first->shape(), ElementsAre(1, 2));
  EXPECT_EQ(first->type(), DType::kFloat32);
  const auto second = Add({kB}, {{"a", first.get()}});
  ASSERT_TRUE(second);
  const auto third = Add({}, {{"b", first.get()}, {"a", second.get()}});
  ASSERT_TRUE(third);
  EXPECT_THAT(Floats(*first), ElementsAre(11, 22));
  EXPECT_THAT(Floats(*second), ElementsAre(21, 42));
  EXPECT_THAT(Floats(*third), ElementsAre(32, 64));
}

TEST_F(OnnxHeld, StaysAsItIsWhenTheSessionRunsAgain) {
  const auto kept = Add({kA, kB}, {});
  ASSERT_TRUE(adder_->Run(Views({kB, OwnedTensor::Floats("a", {1, 2}, {7, 7})})));
  ASSERT_TRUE(Add({kA, OwnedTensor::Floats("b", {1, 2}, {0, 0})}, {}));
  EXPECT_THAT(Floats(*kept), ElementsAre(11, 22));
}

TEST_F(OnnxHeld, ViewsAndHeldTensorsMayTakeTurns) {
  const auto sum = Add({kA, kB}, {});
  for (int round = 0; round < 3; ++round) {
    const auto held = Add({kB}, {{"a", sum.get()}});
    ASSERT_TRUE(held);
    EXPECT_THAT(Floats(*held), ElementsAre(21, 42));
    const auto viewed = Add({kA, kB}, {});
    ASSERT_TRUE(viewed);
    EXPECT_THAT(Floats(*viewed), ElementsAre(11, 22));
  }
}

TEST_F(OnnxHeld, GoesIntoAnotherSession) {
  auto other = Load(OnnxFixture("external.onnx"));
  ASSERT_TRUE(other) << other.error().message;
  const auto sum = Add({OwnedTensor::Floats("a", {2, 2}, {1, 2, 3, 4}),
                        OwnedTensor::Floats("b", {2, 2}, {1, 1, 1, 1})},
                       {});
  // external.onnx takes four numbers in a row, so the shape is refused and named.
  const HeldInput wrong{"x", sum.get()};
  const auto refused = (*other)->RunHeld({}, std::span(&wrong, 1));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("input 'x' has shape [4], not [2,2]"));

  const OwnedTensor x = OwnedTensor::Floats("x", {4}, {1, 2, 3, 4});
  const auto first = (*other)->RunHeld(Views({x}), {});
  ASSERT_TRUE(first) << first.error().message;
  auto twin = Load(OnnxFixture("external.onnx"));
  ASSERT_TRUE(twin);
  const HeldInput right{"x", first->at(0).get()};
  const auto second = (*twin)->RunHeld({}, std::span(&right, 1));
  ASSERT_TRUE(second) << second.error().message;
  // external.bin holds 1 2 3 4, added twice.
  EXPECT_THAT(Floats(*second->at(0)), ElementsAre(3, 6, 9, 12));
}

TEST_F(OnnxHeld, RefusesWhatDoesNotFitTheGraph) {
  const auto sum = Add({kA, kB}, {});
  EXPECT_THAT(AddError({kA}, {}), HasSubstr("input 'b' is missing"));
  EXPECT_THAT(AddError({kA}, {{"b", nullptr}}), HasSubstr("input 'b' is missing"));
  EXPECT_THAT(AddError({kA, kB}, {{"c", sum.get()}}), HasSubstr("there is no input 'c'"));
  EXPECT_THAT(AddError({kA, kB}, {{"a", sum.get()}}), HasSubstr("3 inputs given for 2"));
  auto gather = Load(OnnxFixture("gather.onnx"));
  ASSERT_TRUE(gather);
  const HeldInput floats{"index", sum.get()};
  const auto refused = (*gather)->RunHeld({}, std::span(&floats, 1));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("gather.onnx"), HasSubstr("input 'index' is int64, not float32")));
}

}  // namespace
}  // namespace permille
