// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/subprocess.h"
#include "engine/onnx_fixture_test.h"
#include "support/temp_tree.h"

// ONNX Runtime 1.29 and later report home by default on Linux. This test runs a whole session under
// strace and looks for any system call of the network family.

namespace permille {
namespace {

using ::testing::HasSubstr;

class Sockets : public WithOnnxRuntime {};

/// Run one test of this program under strace; its network system calls, one a line. The reason when
/// strace is not there or may not trace.
Result<std::string> NetworkCalls(const std::string& test) {
  TempTree tree;
  const std::string trace = tree.Path("trace");
  SubprocessOptions options;
  options.out = Stream::kNull;
  options.err = Stream::kPipe;
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  PERMILLE_ASSIGN(
      const std::unique_ptr<Subprocess> child,
      Subprocess::Start({"strace", "-f", "-qq", "-e", "trace=network", "-e", "signal=none", "-o",
                         trace, self, "--gtest_also_run_disabled_tests", "--gtest_filter=" + test},
                        options));
  PERMILLE_ASSIGN(const ExitStatus status, child->Wait());
  if (status.code != 0) {
    return Fail(ErrorCode::kUnavailable, "strace cannot trace here: {}", child->ErrorText());
  }
  return ReadFile(trace);
}

TEST_F(Sockets, DISABLED_LoadAndRun) {
  auto session =
      Load(OnnxFixture("tiny-distilbert.onnx.zst"), OnnxFixture("tiny-distilbert.safetensors"));
  ASSERT_TRUE(session) << session.error().message;
  const OwnedTensor ids = OwnedTensor::Integers("input_ids", {1, 3}, {2, 5, 3});
  const OwnedTensor mask = OwnedTensor::Integers("attention_mask", {1, 3}, {1, 1, 1});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE((*session)->Run(Views({ids, mask})));
}

TEST(SocketsControl, DISABLED_OpensOne) {
  close(socket(AF_UNIX, SOCK_STREAM, 0));
}

TEST_F(Sockets, NoneIsOpenedBySessions) {
#ifdef PERMILLE_SANITIZE
  GTEST_SKIP()
      << "a program with sanitizers is not traced: leak detection and ptrace exclude each other";
#endif
  const auto control = NetworkCalls("SocketsControl.DISABLED_OpensOne");
  if (!control) GTEST_SKIP() << control.error().message;
  ASSERT_THAT(*control, HasSubstr("socket(AF_UNIX"));  // the trace does see one
  const auto calls = NetworkCalls("Sockets.DISABLED_LoadAndRun");
  ASSERT_TRUE(calls) << calls.error().message;
  EXPECT_EQ(*calls, "");
}

}  // namespace
}  // namespace permille
