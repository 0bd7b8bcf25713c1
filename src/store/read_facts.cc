// SPDX-License-Identifier: Apache-2.0
#include "store/run_rows.h"

namespace permille {

Result<ImportedFacts> ReadFacts(sqlite::Database& database) {
  ImportedFacts facts;
  PERMILLE_ASSIGN(auto model, database.Prepare("SELECT model, parameters, class, source "
                                               "FROM model_facts ORDER BY model"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, model.Step());
    if (!more) break;
    facts.models.push_back({model.Text(0), model.MaybeReal(1), model.Text(2), model.Text(3)});
  }
  PERMILLE_ASSIGN(auto score, database.Prepare("SELECT model, dataset, task, metric, value, source "
                                               "FROM scores ORDER BY task, dataset, model"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, score.Step());
    if (!more) break;
    facts.scores.push_back(
        {score.Text(0), score.Text(1), score.Text(2), score.Text(3), score.Real(4), score.Text(5)});
  }
  PERMILLE_ASSIGN(auto length,
                  database.Prepare("SELECT model, dataset, variant, unit, n, input_sum, "
                                   "output_sum, source FROM lengths ORDER BY dataset, model"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, length.Step());
    if (!more) break;
    facts.lengths.push_back({length.Text(0), length.Text(1), length.Text(2), length.Text(3),
                             length.Integer(4), length.Integer(5), length.Integer(6),
                             length.Text(7)});
  }
  PERMILLE_ASSIGN(auto wall,
                  database.Prepare("SELECT run_id, window, wall_j, software_j, coverage, "
                                   "correlation, offset_s, source FROM wall "
                                   "ORDER BY run_id, window"));
  while (true) {
    PERMILLE_ASSIGN(const bool more, wall.Step());
    if (!more) return facts;
    facts.wall.push_back({wall.Text(0), wall.Integer(1), wall.Real(2), wall.MaybeReal(3),
                          wall.Real(4), wall.Real(5), wall.Real(6), wall.Text(7)});
  }
}

}  // namespace permille
