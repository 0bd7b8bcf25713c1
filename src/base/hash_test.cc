// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <tuple>

namespace permille {
namespace {

constexpr std::uint64_t kPrime32 = 2654435761U;
constexpr std::uint64_t kPrime64 = 11400714785074694797ULL;

/// The buffer of xxHash's own sanity check (cli/xsum_sanity_check.c).
std::string SanityBuffer(std::size_t size) {
  std::string buffer;
  std::uint64_t generator = kPrime32;
  for (std::size_t i = 0; i < size; ++i) {
    buffer.push_back(static_cast<char>(generator >> 56));
    generator *= kPrime64;
  }
  return buffer;
}

// XSUM_XXH3_testdata of xxHash 0.8 (cli/xsum_sanity_check.c): length, seed, hash.
TEST(Hash64, MatchesThePublishedVectors) {
  const std::tuple<std::size_t, std::uint64_t, std::uint64_t> vectors[] = {
      {0, 0, 0x2D06800538D394C2ULL},   {0, kPrime64, 0xA8A6B918B2F0364AULL},
      {1, 0, 0xC44BDFF4074EECDBULL},   {6, 0, 0x27B56A84CD2D7325ULL},
      {12, 0, 0xA713DAF0DFBB77E7ULL},  {24, 0, 0xA3FE70BF9D3510EBULL},
      {48, 0, 0x397DA259ECBA1F11ULL},  {80, 0, 0xBCDEFBBB2C47C90AULL},
      {195, 0, 0xCD94217EE362EC3AULL}, {403, 0, 0xCDEB804D65C6DEA4ULL},
      {512, 0, 0x617E49599013CB6BULL}, {2048, 0, 0xDD59E2C3A5F038E0ULL},
  };
  for (const auto& [size, seed, hash] : vectors) {
    EXPECT_EQ(Hash64(SanityBuffer(size), seed), hash) << size << " bytes, seed " << seed;
  }
}

TEST(HashHex, IsSixteenDigitsWithLeadingZeros) {
  EXPECT_EQ(HashHex(""), "2d06800538d394c2");
  for (int i = 0; i < 200; ++i) EXPECT_EQ(HashHex(std::to_string(i)).size(), 16u);
}

// FIPS 180-2, appendix B, and the empty message of NIST's SHAVS byte vectors.
TEST(Sha256, MatchesThePublishedVectors) {
  EXPECT_EQ(Sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256File, HashesWhatIsInTheFile) {
  const std::string path = testing::TempDir() + "/permille_sha256_test";
  const std::string text(3'000'000, 'x');
  std::ofstream(path) << text;
  EXPECT_EQ(Sha256File(path).value(), Sha256(text));
  std::remove(path.c_str());
}

TEST(Sha256File, ErrorsNameThePath) {
  const auto missing = Sha256File("/nonexistent/weights.bin");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find("/nonexistent/weights.bin"), std::string::npos);
  EXPECT_FALSE(Sha256File("/"));
}

}  // namespace
}  // namespace permille
