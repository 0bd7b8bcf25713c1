# SPDX-License-Identifier: Apache-2.0
import permille

with permille.span("query") as span:
    total = sum(1.0 / i for i in range(1, 10_000_000))

print(f"{span.name}: {span.joules:.3f} J in {span.seconds:.3f} s")
for component, by_provenance in span.by_component().items():
    print(f"  {component}: {by_provenance}")
print(f"  flags: {span.flags}")
