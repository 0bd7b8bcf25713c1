// SPDX-License-Identifier: Apache-2.0
#include "carbon/embodied.h"

#include <gtest/gtest.h>

#include <limits>

namespace permille {
namespace {

constexpr Seconds kHour(3600);

// A. S. Luccioni, S. Viguier, A.-L. Ligozat, Estimating the Carbon Footprint of BLOOM
// (arXiv:2211.02001), section 4.1: 2,500 kg a server, 150 kg a GPU, six years at 85 %.
constexpr EmbodiedHardware kServer{GramsCo2e(2.5e6), kYear * 6.0, 0.85};
constexpr EmbodiedHardware kGpu{GramsCo2e(1.5e5), kYear * 6.0, 0.85};

TEST(EmbodiedShare, HourOfAServerAndOfAGpuAsPublished) {
  EXPECT_NEAR(EmbodiedShare(kServer, kHour)->value(), 56, 0.5);
  EXPECT_NEAR(EmbodiedShare(kGpu, kHour)->value(), 3, 0.5);
}

// The same paper: 1,082,990 GPU hours on servers of eight, 11.2 t of CO2e in all.
TEST(EmbodiedShare, TrainingBloomAsPublished) {
  const double tonnes = (EmbodiedShare(kServer, kHour * (1082990.0 / 8))->value() +
                         EmbodiedShare(kGpu, kHour * 1082990.0)->value()) *
                        1e-6;
  EXPECT_NEAR(tonnes, 11.2, 0.05);
}

TEST(EmbodiedShare, WholeLifeAtItsUtilisationCarriesEverything) {
  EXPECT_DOUBLE_EQ(EmbodiedShare(kServer, kServer.lifetime * 0.85)->value(), 2.5e6);
  EXPECT_DOUBLE_EQ(EmbodiedShare(kServer, Seconds(0))->value(), 0);
}

TEST(EmbodiedShare, HalfTheUtilisationDoublesTheShare) {
  EmbodiedHardware idle = kGpu;
  idle.utilisation /= 2;
  EXPECT_DOUBLE_EQ(EmbodiedShare(idle, kHour)->value(), 2 * EmbodiedShare(kGpu, kHour)->value());
}

TEST(EmbodiedShare, NonsenseIsInvalid) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const EmbodiedHardware& bad :
       {EmbodiedHardware{GramsCo2e(-1), kYear, 1}, EmbodiedHardware{GramsCo2e(kNan), kYear, 1},
        EmbodiedHardware{GramsCo2e(1), Seconds(0), 1}, EmbodiedHardware{GramsCo2e(1), kYear, 0},
        EmbodiedHardware{GramsCo2e(1), kYear, 1.1}, EmbodiedHardware{GramsCo2e(1), kYear, kNan}}) {
    const auto share = EmbodiedShare(bad, kHour);
    ASSERT_FALSE(share);
    EXPECT_EQ(share.error().code, ErrorCode::kInvalid);
  }
  EXPECT_FALSE(EmbodiedShare(kGpu, Seconds(-1)));
}

}  // namespace
}  // namespace permille
