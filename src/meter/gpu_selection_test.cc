// SPDX-License-Identifier: Apache-2.0
#include "meter/gpu_selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Four GPUs; the third is split in two MIG instances.
std::vector<GpuIdentity> Machine() {
  return {{"GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", {}},
          {"GPU-8932aaaa-0000-4106-c12f-20bd9faed9f6", {}},
          {"GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77",
           {{"MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f", 9, 0},
            {"MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb", 13, 0}}},
          {"GPU-00000000-1111-2222-3333-444444444444", {}}};
}

std::vector<int> Used(const GpuSelection& selection) {
  std::vector<int> used;
  for (std::size_t i = 0; i < selection.gpus.size(); ++i) {
    if (selection.gpus[i].use != Use::kPresentNotUsed) used.push_back(static_cast<int>(i));
  }
  return used;
}

GpuSelection Cuda(const std::string& visible) {
  auto selection = SelectGpus(std::nullopt, visible, Machine());
  EXPECT_TRUE(selection);
  return *selection;
}

GpuSelection Flag(const std::string& flag, std::optional<std::string> visible = std::nullopt) {
  auto selection = SelectGpus(flag, visible, Machine());
  EXPECT_TRUE(selection) << (selection ? "" : selection.error().message);
  return selection ? *selection : GpuSelection{};
}

std::string FlagError(const std::string& flag) {
  auto selection = SelectGpus(flag, std::nullopt, Machine());
  EXPECT_FALSE(selection);
  if (selection) return {};
  EXPECT_EQ(selection.error().code, ErrorCode::kInvalid);
  return selection.error().message;
}

TEST(GpuSelection, NothingSetUsesEveryGpu) {
  auto selection = SelectGpus(std::nullopt, std::nullopt, Machine());
  ASSERT_TRUE(selection);
  EXPECT_THAT(Used(*selection), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(selection->gpus[0].use, Use::kUsed);
  EXPECT_EQ(selection->gpus[2].use, Use::kMigParent);
  EXPECT_EQ(selection->origin, "every GPU");
}

// The examples of the CUDA C++ Programming Guide, section "CUDA Environment Variables".
TEST(GpuSelection, CudaGuideExamples) {
  EXPECT_THAT(Used(Cuda("2,1")), ElementsAre(1, 2));
  EXPECT_THAT(Used(Cuda("0,3,-1,1")), ElementsAre(0, 3));
  EXPECT_THAT(Used(Cuda("GPU-8932f937")), ElementsAre(0));
  EXPECT_THAT(Used(Cuda("GPU-8932f937-d72c-4106-c12f-20bd9faed9f6")), ElementsAre(0));
}

TEST(GpuSelection, CudaWordsForNoGpu) {
  for (const char* text : {"", " ", "-1", "NoDevFiles", "none", "void", "GPU-", "MIG-", ",0"}) {
    EXPECT_THAT(Used(Cuda(text)), IsEmpty()) << text;
  }
}

TEST(GpuSelection, CudaListEndsAtFirstWordThatNamesNoGpu) {
  EXPECT_THAT(Used(Cuda("1,4,0")), ElementsAre(1));
  EXPECT_THAT(Cuda("1,4,0").note, HasSubstr("'4'"));
  EXPECT_THAT(Used(Cuda("0,banana,1")), ElementsAre(0));
  EXPECT_THAT(Used(Cuda("0,,1")), ElementsAre(0));
  EXPECT_THAT(Used(Cuda("99999999999999999999,0")), IsEmpty());
}

TEST(GpuSelection, CudaUuidPrefixMustBeUnique) {
  EXPECT_THAT(Used(Cuda("GPU-8932")), IsEmpty());
  EXPECT_THAT(Used(Cuda("GPU-8932a")), ElementsAre(1));
  EXPECT_THAT(Used(Cuda("gpu-5D5BA0D6")), ElementsAre(2));
}

TEST(GpuSelection, CudaRepeatedDeviceShowsNone) {
  EXPECT_THAT(Used(Cuda("1,1")), IsEmpty());
  EXPECT_THAT(Cuda("1,1").note, HasSubstr("twice"));
  EXPECT_THAT(Used(Cuda("GPU-8932f,GPU-8932f937")), IsEmpty());
}

TEST(GpuSelection, CudaWordsAreAllOfTheFirstOnesKind) {
  EXPECT_THAT(Used(Cuda("0,GPU-00000000")), ElementsAre(0));
  EXPECT_THAT(Used(Cuda("GPU-00000000,0")), ElementsAre(3));
}

TEST(GpuSelection, CudaSpacesAndTrailingLetters) {
  EXPECT_THAT(Used(Cuda(" 0 , 1")), ElementsAre(0, 1));
  EXPECT_THAT(Used(Cuda("1gpu,3ampere")), ElementsAre(1, 3));
}

// CodeCarbon 3.3.0 strips the letters M, I, G and - from the left of both forms, so "GPU-..."
// becomes "PU-..." and no GPU is tracked (peers.md 4.7 item 3).
TEST(GpuSelection, UuidFormsAreNotStrippedToNothing) {
  EXPECT_THAT(Used(Cuda("GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77")), ElementsAre(2));
  EXPECT_THAT(Used(Cuda("MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f")), ElementsAre(2));
  EXPECT_THAT(Used(Flag("GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77")), ElementsAre(2));
  EXPECT_THAT(Used(Flag("MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f")), ElementsAre(2));
}

TEST(GpuSelection, MigUuidSelectsItsParent) {
  const GpuSelection selection = Cuda("MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb");
  EXPECT_EQ(selection.gpus[2].use, Use::kMigParent);
  EXPECT_THAT(selection.gpus[2].instances, ElementsAre(1));
}

TEST(GpuSelection, OldMigFormSelectsByInstanceIds) {
  const std::string gpu = "MIG-GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77";
  EXPECT_THAT(Cuda(gpu + "/13/0").gpus[2].instances, ElementsAre(1));
  EXPECT_THAT(Flag(gpu + "/9/0").gpus[2].instances, ElementsAre(0));
  for (const char* tail : {"", "/", "/13", "/13/", "/13/1", "/7/0", "/x/0", "/13/0x"}) {
    EXPECT_THAT(Used(Cuda(gpu + tail)), IsEmpty()) << tail;
  }
  EXPECT_THAT(Used(Cuda("MIG-GPU-ffffffff/13/0")), IsEmpty());
}

TEST(GpuSelection, FlagWinsOverCudaVisibleDevices) {
  const GpuSelection selection = Flag("3", "0,1");
  EXPECT_THAT(Used(selection), ElementsAre(3));
  EXPECT_EQ(selection.origin, "--gpu 3");
  EXPECT_FALSE(selection.by_cuda_index);
}

TEST(GpuSelection, FlagTakesMixedAndRepeatedWords) {
  EXPECT_THAT(Used(Flag("3, GPU-8932f, 3")), ElementsAre(0, 3));
  EXPECT_THAT(Used(Flag("8932f937")), ElementsAre(0)) << "without the vendor's prefix";
  EXPECT_THAT(Used(Flag("all")), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Used(Flag("none")), IsEmpty());
  EXPECT_THAT(Used(Flag("")), IsEmpty());
}

TEST(GpuSelection, FlagThatNamesNoGpuIsAnErrorListingThem) {
  EXPECT_THAT(FlagError("7"), HasSubstr("'7'"));
  EXPECT_THAT(FlagError("7"), HasSubstr("0 = GPU-8932f937-d72c-4106-c12f-20bd9faed9f6"));
  EXPECT_THAT(FlagError("GPU-8932"), HasSubstr("more than one"));
  EXPECT_THAT(FlagError("MIG-ffff"), HasSubstr("MIG-c6d4f1ef"));
  EXPECT_THAT(FlagError("0,,1"), HasSubstr("''"));
  EXPECT_THAT(FlagError("1x"), HasSubstr("'1x'"));
}

TEST(GpuSelection, SaysWhenCudaIndicesWereUsed) {
  EXPECT_TRUE(Cuda("0,1").by_cuda_index);
  EXPECT_FALSE(Cuda("GPU-8932f").by_cuda_index);
  EXPECT_FALSE(Cuda("-1").by_cuda_index);
}

}  // namespace
}  // namespace permille
