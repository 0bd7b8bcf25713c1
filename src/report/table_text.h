// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "analyse/data_table.h"

// One table of numbers in the formats that people read and programs take. Nothing here computes.

namespace permille {

/// A table for the terminal: title, columns, caption. Numbers to four significant digits (whole
/// ones whole), unknown as "-", names longer than 60 characters cut.
///
/// Where `width` is above 0 and the table is wider, names are cut shorter, to 28 characters at
/// least; then columns are left out (first those without a value, then extremes, median and
/// intervals, then from the right; never the first) and a line names them.
std::string TableTerm(const DataTable& table, std::size_t width = 0);

/// The same as a table of GitHub's markdown, whole: nothing is cut, markup in names is shown as
/// text.
std::string TableMarkdown(const DataTable& table);

/// CSV (RFC 4180, LF line ends) with a header of column names: shortest decimal that reads back as
/// the same double, unknown as an empty cell. An interval is two columns, `name.low` and
/// `name.high`; a list is joined by "; ". A text that a spreadsheet would take for a formula starts
/// with ' (OWASP, CSV injection).
std::string TableCsv(const DataTable& table);

/// The rows as a JSON array of objects, nested by column path: unknown, NaN and infinite as null,
/// intervals as [low, high], whole numbers without a point. `indent` below 0: on one line.
std::string TableRowsJson(const DataTable& table, int indent = -1);

/// A number as tables print it: four significant digits, whole numbers whole, "-" for one that is
/// not finite.
std::string ShortNumber(double value);

/// What heads the column: its title, or else its name.
std::string ColumnTitle(const DataColumn& column);

}  // namespace permille
