// SPDX-License-Identifier: Apache-2.0
#include "record/channel.h"

#include "record/names.h"

namespace permille {
namespace {

constexpr NameTable<Component, 5> kComponents = {{{Component::kGpu, "gpu"},
                                                  {Component::kCpu, "cpu"},
                                                  {Component::kRam, "ram"},
                                                  {Component::kBoard, "board"},
                                                  {Component::kOther, "other"}}};
constexpr NameTable<Provenance, 5> kProvenances = {{{Provenance::kMeasured, "measured"},
                                                    {Provenance::kDerived, "derived"},
                                                    {Provenance::kModelled, "modelled"},
                                                    {Provenance::kAssumed, "assumed"},
                                                    {Provenance::kApportioned, "apportioned"}}};
constexpr NameTable<SourceKind, 5> kSourceKinds = {{{SourceKind::kSensor, "sensor"},
                                                    {SourceKind::kFirmwareModel, "firmware-model"},
                                                    {SourceKind::kFormula, "formula"},
                                                    {SourceKind::kConstant, "constant"},
                                                    {SourceKind::kUnknown, "unknown"}}};
constexpr NameTable<Quantity, 4> kQuantities = {{{Quantity::kEnergy, "energy"},
                                                 {Quantity::kPower, "power"},
                                                 {Quantity::kLoad, "load"},
                                                 {Quantity::kBytes, "bytes"}}};
constexpr NameTable<Use, 3> kUses = {{{Use::kUsed, "used"},
                                      {Use::kPresentNotUsed, "present-not-used"},
                                      {Use::kMigParent, "mig-parent"}}};

}  // namespace

std::string_view Name(Component value) {
  return NameIn(kComponents, value);
}
std::string_view Name(Provenance value) {
  return NameIn(kProvenances, value);
}
std::string_view Name(SourceKind value) {
  return NameIn(kSourceKinds, value);
}
std::string_view Name(Quantity value) {
  return NameIn(kQuantities, value);
}
std::string_view Name(Use value) {
  return NameIn(kUses, value);
}

std::optional<Component> ParseComponent(std::string_view name) {
  return FindIn(kComponents, name);
}
std::optional<Provenance> ParseProvenance(std::string_view name) {
  return FindIn(kProvenances, name);
}
std::optional<SourceKind> ParseSourceKind(std::string_view name) {
  return FindIn(kSourceKinds, name);
}
std::optional<Quantity> ParseQuantity(std::string_view name) {
  return FindIn(kQuantities, name);
}
std::optional<Use> ParseUse(std::string_view name) {
  return FindIn(kUses, name);
}

}  // namespace permille
