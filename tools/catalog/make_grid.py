#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write catalog/grid.csv from the factor files (default: ../shared/factors beside the repository).

    tools/catalog/make_grid.py [FACTORS] > catalog/grid.csv

Development only. Figures are carried over as the files state them, with these exceptions, all visible here:
US states are eGRID's lb/MWh x 0.45359237; Canadian provinces are computed as CodeCarbon does (only coal,
petroleum and gas count); the misspelt GCP region me-cenrtal1 is me-central1; two names damaged by a wrong
character set are restored. Years the files do not state stay blank.
"""
import csv
import json
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
POUND_KG = 0.45359237  # exact, international avoirdupois pound

# kg CO2 per kWh by fuel, as CodeCarbon 3.3.0 (core/emissions.py) takes them from
# https://github.com/responsibleproblemsolving/energy-usage#conversion-to-co2
FUEL_KG_PER_KWH = {"coal": 0.995725971, "petroleum": 0.8166885263, "naturalGas": 0.7438415916}

PROVINCES = {
    "alberta": "AB", "british columbia": "BC", "manitoba": "MB", "new brunswick": "NB",
    "newfoundland and labrador": "NL", "northwest territories": "NT", "nova scotia": "NS", "nunavut": "NU",
    "ontario": "ON", "prince edward island": "PE", "quebec": "QC", "saskatchewan": "SK", "yukon": "YT",
}

CODECARBON = "via CodeCarbon 3.3.0 (MIT)"


def number(value):
    """At most nine decimals, without trailing zeros."""
    return f"{value:.9f}".rstrip("0").rstrip(".")


def title(words):
    return " ".join(w if w in ("and", "of") else w.capitalize() for w in words.split())


def world(factors):
    table = json.loads((factors / "carbon_intensity_per_source.json").read_text())
    yield ("world", "world", "World average", number(table["world_average"]), "",
           f"IEA, Global Energy & CO2 Status Report 2019: {table['world_average_source']}")


def countries(factors):
    table = json.loads((factors / "global_energy_mix.json").read_text())
    for iso, row in sorted(table.items()):
        intensity = row.get("carbon_intensity")
        yield (iso, "country", row["country_name"], "" if intensity is None else number(intensity),
               row.get("year") or "",
               f"Our World in Data, energy data: https://github.com/owid/energy-data, {CODECARBON} global_energy_mix.json")


def states(factors):
    table = json.loads((factors / "usa_emissions_2016.json").read_text())
    for name, row in sorted(table.items(), key=lambda item: item[1]["regionCode"]):
        if name in ("_unit", "usa"):  # a note on the unit; the country, which USA above states more recently
            continue
        yield (f"USA-{row['regionCode']}", "state", f"{title(name)}, United States",
               number(row["emissions"] * POUND_KG), 2016,
               f"US EPA eGRID2016, {number(row['emissions'])} lb/MWh x 0.45359237: "
               f"https://www.epa.gov/egrid, {CODECARBON} usa_emissions.json")


def provinces(factors):
    table = json.loads((factors / "canada_energy_mix_2023.json").read_text())
    for name, mix in sorted(table.items()):
        grams = 1000 * sum(kg * mix[fuel] / mix["total"] for fuel, kg in FUEL_KG_PER_KWH.items())
        yield (f"CAN-{PROVINCES[name]}", "province", f"{title(name)}, Canada", number(grams), 2023,
               "Computed from canada_energy_mix.json 2023 as CodeCarbon 3.3.0 (MIT) does: share of coal x 995.7 + "
               "petroleum x 816.7 + gas x 743.8 g/kWh; every other source counts 0")


def zones(factors):
    table = json.loads((factors / "nordic_emissions.json").read_text())
    for zone, row in table["data"].items():
        yield (zone, "zone", row["description"], number(row["emission_factor"]), row["year"],
               f"Historical averages of ENTSO-E data: https://transparency.entsoe.eu, {CODECARBON} nordic_emissions.json")


def regions(path, providers, version):
    with open(path, encoding="utf-8-sig", newline="") as text:
        for row in csv.DictReader(text):
            if row["provider"] not in providers:
                continue
            region = row["region"].replace("me-cenrtal1", "me-central1")
            where = row["city"] + ", " + row["country_name"] if not row["regionName"] else row["regionName"]
            source = row["source"].replace("Hydro-Qu\u017dbec", "Hydro-Qu\u00e9bec").strip()
            yield (f"{row['provider']}:{region}", "cloud-region",
                   f"{row['providerName']} {where}".replace("S\u2039o", "S\u00e3o"), number(float(row["impact"])), "",
                   f"{source or 'no source stated'}, via CodeCarbon {version} (MIT) impact.csv")


def main():
    factors = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY.parent / "shared" / "factors"
    rows = [*world(factors), *countries(factors), *states(factors), *provinces(factors), *zones(factors),
            *regions(factors / "impact_2.2.1.csv", ("aws", "azure"), "2.2.1"),
            *regions(factors / "impact.csv", ("gcp",), "3.3.0")]
    places = [row[0].lower() for row in rows]
    assert len(places) == len(set(places)), "a place occurs twice"
    assert all(row[5] for row in rows), "a row has no source"
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("place", "kind", "name", "g_per_kwh", "year", "source"))
    out.writerows(rows)


if __name__ == "__main__":
    main()
