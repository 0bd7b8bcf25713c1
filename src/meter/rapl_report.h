// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "meter/machine.h"
#include "meter/rapl_domains.h"
#include "meter/source_failure.h"

// What doctor says of RAPL, whichever way it is read.

namespace permille {

/// Why the powercap tree gives no energy here, told apart as the remedies differ: permission denied
/// (root-only since CVE-2020-8694), a virtual machine, a container that hides the tree, a driver
/// that is not loaded, a processor without RAPL. Call only when no domain of `tree` can be read.
SourceFailure ExplainNoPowercap(const RaplTree& tree, const Machine& machine);
/// The same for a machine without the perf_event PMU "power".
SourceFailure ExplainNoPerf(const Machine& machine);
/// What to type where energy_uj is not readable: once, and for good.
std::string PowercapPermissionRemedy();

/// One report for each component of a working meter. Reads it for up to 50 ms to detect the update
/// period, with `clock` (null: the steady clock).
std::vector<SourceReport> ReportRapl(Meter& meter, Clock* clock);
/// The report of a source that gives nothing.
SourceReport ReportRaplFailure(std::string_view source, SourceFailure failure);
/// Add a domain that cannot be read to the report of its component, or a report of its own.
void AddUnreadable(std::vector<SourceReport>& reports, std::string_view source,
                   const RaplDomain& domain);

}  // namespace permille
