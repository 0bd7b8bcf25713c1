// SPDX-License-Identifier: Apache-2.0
#include "embed/processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "support/temp_tree.h"

namespace permille {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A data folder whose table holds one processor, in use while the object lives.
class DataFolder {
 public:
  DataFolder() {
    tree_.AddFile("catalog/tasks.yaml", "tasks: []\n");
    tree_.AddFile("catalog/cpu_power.csv", "name,tdp_watts,source\nTest 9000,123,its maker\n");
    setenv("PERMILLE_DATA", tree_.root().c_str(), 1);
  }
  ~DataFolder() { unsetenv("PERMILLE_DATA"); }
  TempTree& tree() { return tree_; }

 private:
  TempTree tree_;
};

std::vector<Channel> Load(const std::string& model, const std::string& virtualised = "no") {
  Channel channel;
  channel.id = "cpu-load";
  channel.component = Component::kCpu;
  channel.quantity = Quantity::kLoad;
  channel.facts = {{"model_name", model}, {"logical_cores", "4"}, {"virtualised", virtualised}};
  return {channel};
}

TEST(Processor, TdpComesFromTheCatalog) {
  const DataFolder data;
  const DescribedMachine machine = DescribeProcessors(Load("Test 9000"));
  EXPECT_EQ(machine.facts.cpu.tdp, Watts(123));
  EXPECT_EQ(machine.facts.cpu.logical_cores, 4);
  EXPECT_THAT(machine.notes, IsEmpty());
}

TEST(Processor, OneThatIsNotInTheTableIsNoted) {
  const DataFolder data;
  const DescribedMachine machine = DescribeProcessors(Load("Test 9001"));
  EXPECT_EQ(machine.facts.cpu.tdp, std::nullopt);
  EXPECT_THAT(machine.notes, ElementsAre(AllOf(HasSubstr("no TDP"), HasSubstr("Test 9001"))));
}

TEST(Processor, ATableThatCannotBeReadIsNoted) {
  DataFolder data;
  data.tree().Remove("catalog/cpu_power.csv");
  const DescribedMachine machine = DescribeProcessors(Load("Test 9000"));
  EXPECT_EQ(machine.facts.cpu.tdp, std::nullopt);
  EXPECT_THAT(machine.notes, ElementsAre(HasSubstr("cpu_power.csv")));
}

TEST(Processor, AVirtualMachineIsNotedToBeChargedWholeProcessors) {
  const DataFolder data;
  EXPECT_THAT(DescribeProcessors(Load("Test 9000", "yes")).notes,
              ElementsAre(HasSubstr("virtual machine")));
}

TEST(Processor, NothingIsNotedWhereTheLoadDoesNotCount) {
  const DataFolder data;
  std::vector<Channel> channels = Load("Test 9001");
  channels[0].cross_check_of = "package-0";
  EXPECT_THAT(DescribeProcessors(channels).notes, IsEmpty());
  EXPECT_THAT(DescribeProcessors({}).notes, IsEmpty());
}

}  // namespace
}  // namespace permille
