// SPDX-License-Identifier: Apache-2.0
#include "analyse/claim_list.h"

#include <array>

#include "analyse/claim_statistics.h"
#include "analyse/print_match.h"
#include "analyse/study_tables.h"

namespace permille {
namespace {

using namespace claim;
constexpr auto kGrams = ClaimQuantity::kGrams;
constexpr std::string_view kOwn = "task-specific";
constexpr std::string_view kMulti = "multi-purpose";
constexpr std::string_view kDistilBert = "distilbert-base-uncased";

// US EPA, Greenhouse Gas Equivalencies Calculator: calculations and references, as of 2023 and
// 2024.
constexpr double kGramsPerMile = 390;
constexpr double kKwhPerCharge = 0.012;
constexpr double kKwhPerChargeLater = 0.022;

Maybe Printed(Maybe value, int decimals) {
  if (!value) return value;
  return WithDecimals(*value, decimals);
}

Maybe DistilBertKwh(V v) {
  return v.MeanRuns(Model(kDistilBert, "fill-mask"));
}
Maybe DistilBertGrams(V v) {
  return v.MeanRuns(Model(kDistilBert, "fill-mask"), kGrams);
}
Maybe WorstImageKwh(V v) {
  return v.MaxRun(Own("text-to-image"));
}
Maybe WorstImageGrams(V v) {
  return v.MaxRun(Own("text-to-image"), kGrams);
}

constexpr auto kPrints = ClaimRule::kPrints;
constexpr auto kMoreThan = ClaimRule::kMoreThan;
constexpr const char* kKwh = "kWh/1000";
constexpr const char* kG = "g/1000";
constexpr const char* kX = "x";

const std::array kClaims = {
    Claim{"median-image-classification", "4.1 text", "image classification median",
          "Half the runs of image classification take more than this", "0.0068", kKwh, kPrints, 0,
          true, [](V v) { return v.MedianRuns(Own("image-classification")); }, nullptr, ""},
    Claim{"median-image-generation", "4.1 text", "image generation median",
          "Half the runs of image generation take more than this", "1.35", kKwh, kPrints, 0, true,
          [](V v) { return v.MedianRuns(Own("text-to-image")); }, nullptr, ""},
    Claim{"median-text-generation", "4.1 text", "text generation median",
          "Half the runs of text generation take more than this", "0.042", kKwh, kPrints, 0, true,
          [](V v) { return v.MedianRuns(Own("text-generation")); }, nullptr, ""},
    Claim{"median-text-classification", "4.1 text", "text classification median",
          "Half the runs of text classification take more than this", "0.0023", kKwh, kPrints, 0,
          true, [](V v) { return v.MedianRuns(Own("text-classification")); }, nullptr, ""},
    Claim{"worst-image-generation", "4.1 text", "least efficient image generation model",
          "The least efficient image generation model", "11.49", kKwh, kPrints, 0, true,
          WorstImageKwh, nullptr, "The single worst run of that model, not its mean"},
    Claim{"worst-image-generation-carbon", "4.1 text", "SDXL emissions",
          "What the most carbon-intensive image generation model emits", "1594", kG, kPrints, 0,
          true, WorstImageGrams, nullptr, "The same single worst run"},
    Claim{"charge-text", "4.1 text",
          "most efficient \"text generation\" model / smartphone charge (arXiv, 0.012 kWh)",
          "The most efficient text generation model against charging a phone", "16", "%", kPrints,
          0, true, [](V v) { return Over(DistilBertKwh(v), kKwhPerCharge, 100); },
          [](V v) { return Over(Printed(DistilBertKwh(v), 3), kKwhPerCharge, 100); },
          "distilbert-base-uncased is a masked language model; printed from the rounded 0.002 kWh"},
    Claim{"charge-text-later", "4.1 text",
          "most efficient \"text generation\" model / smartphone charge (camera-ready, 0.022 kWh)",
          "The same with the EPA's later figure for a charge", "9", "%", kPrints, 0, true,
          [](V v) { return Over(DistilBertKwh(v), kKwhPerChargeLater, 100); },
          [](V v) { return Over(Printed(DistilBertKwh(v), 3), kKwhPerChargeLater, 100); },
          "printed from the rounded 0.002 kWh"},
    Claim{"charge-image", "4.1 text", "worst image generation in smartphone charges (arXiv)",
          "The worst image generation run in phone charges", "950", "charges", kPrints, 0, true,
          [](V v) { return Over(WorstImageKwh(v), kKwhPerCharge); }, nullptr,
          "957 charges, printed as a round number"},
    Claim{"charge-image-later", "4.1 text",
          "worst image generation in smartphone charges (camera-ready, 0.022 kWh)",
          "The same with the later figure", "522", "charges", kPrints, 0, true,
          [](V v) { return Over(WorstImageKwh(v), kKwhPerChargeLater); }, nullptr, ""},
    Claim{"miles-image", "4.1 text", "SDXL in car miles", "The worst image generation run in miles",
          "4.1", "miles", kPrints, 0, true,
          [](V v) { return Over(WorstImageGrams(v), kGramsPerMile); }, nullptr, ""},
    Claim{"miles-text", "4.1 text", "distilbert-base-uncased in car miles",
          "The least carbon-intensive text model in miles", "0.0006", "miles", kPrints, 0, true,
          [](V v) { return Over(DistilBertGrams(v), kGramsPerMile); }, nullptr, ""},
    Claim{"image-over-text", "4.1 text", "ratio SDXL / distilbert",
          "Image generation at its worst against text at its best", "6833", kX, kPrints, 0, false,
          [](V v) { return Over(WorstImageGrams(v), DistilBertGrams(v)); },
          [](V v) {
            return Over(Printed(Over(WorstImageGrams(v), kGramsPerMile), 1),
                        Printed(Over(DistilBertGrams(v), kGramsPerMile), 4));
          },
          "ratio of the two printed figures in miles"},
    Claim{"factor-between-tasks", "4.1 text", "factor between tasks",
          "The most intensive task takes so many times the least intensive one's energy", "1450",
          kX, kPrints, 0, false,
          [](V v) {
            return Over(v.MeanRuns(Own("text-to-image")), v.MeanRuns(Own("text-classification")));
          },
          [](V v) {
            return Over(Printed(v.MeanRuns(Own("text-to-image")), 1),
                        Printed(v.MeanRuns(Own("text-classification")), 3));
          },
          "ratio of the printed 2.9 and 0.002"},
    Claim{"generation-over-classification", "4.1 text",
          "text generation and summarization / image and text classification (\"over 10 times\")",
          "Text generation and summarization take over 10 times the energy of classification", "10",
          kX, kMoreThan, 10, false,
          [](V v) {
            return Over(MeanOfTasks(v, {"text-generation", "summarization"}),
                        MeanOfTasks(v, {"image-classification", "text-classification"}));
          },
          nullptr, "summarization over image classification alone is less"},
    Claim{"generation-over-masked", "4.1 text", "text generation / masked language modeling",
          "Text generation takes 15 times the energy of masked language modeling", "15", kX,
          kPrints, 0, false,
          [](V v) { return Over(v.MeanRuns(Own("text-generation")), v.MeanRuns(Own("fill-mask"))); },
          [](V v) {
            return Over(Printed(v.MeanRuns(Own("text-generation")), 3),
                        Printed(v.MeanRuns(Own("fill-mask")), 3));
          },
          "ratio of the printed 0.047 and 0.003"},
    Claim{"image-over-text-classification", "4.1 text",
          "image classification / text classification (\"over 3\")",
          "Image classification takes over 3 times the energy of text classification", "3", kX,
          kMoreThan, 3, false,
          [](V v) {
            return Over(v.MeanRuns(Own("image-classification")),
                        v.MeanRuns(Own("text-classification")));
          },
          nullptr, ""},
    Claim{"image-over-text-generation", "4.1 text", "image generation / text generation (\"over 60\")",
          "Image generation takes over 60 times the energy of text generation", "60", kX, kMoreThan,
          60, false,
          [](V v) {
            return Over(v.MeanRuns(Own("text-to-image")), v.MeanRuns(Own("text-generation")));
          },
          nullptr, ""},
    Claim{"tiny-sd", "4.1 text", "segmind/tiny-sd", "A small image generation model emits", "100",
          kG, kPrints, 0, true,
          [](V v) { return v.MeanRuns(Model("segmind/tiny-sd", "text-to-image"), kGrams); },
          nullptr, "printed as a round number"},
    Claim{"text-to-category", "4.1 text", "text-to-category models (\"0.6 g\")",
          "Text-to-category models emit", "0.6", kG, kPrints, 0, true,
          [](V v) {
            return v.MeanRuns({{}, kOwn, {}, {}, "text-to-category"}, kGrams);
          },
          nullptr, "which models are meant is not stated: the mean over all of them"},
    Claim{"seq2seq-less", "4.2.2 text", "Flan-T5-XL minus BLOOMz-3B",
          "Flan-T5-XL emits less than BLOOMz-3B by", "2", kG, kPrints, 0, true,
          [](V v) -> Maybe {
            const Maybe decoder = v.MeanRuns(Model("bigscience/bloomz-3b", {}, kMulti), kGrams);
            const Maybe seq2seq = v.MeanRuns(Model("google/flan-t5-xl", {}, kMulti), kGrams);
            if (!decoder || !seq2seq) return std::nullopt;
            return *decoder - *seq2seq;
          },
          nullptr, ""},
    Claim{"sciq-own", "4.2.1 text", "most efficient task-specific model on SciQ",
          "The most efficient task-specific model on SciQ emits", "0.3", kG, kPrints, 0, true,
          [](V v) { return v.MinCell(Own("question-answering", "sciq"), kGrams); }, nullptr,
          "the logs give 0.23 g; the mean of the eight models is 0.445 g"},
    Claim{"sciq-multi", "4.2.1 text", "multi-purpose models on SciQ",
          "Multi-purpose models on SciQ emit", "10", kG, kPrints, 0, true,
          [](V v) { return v.MaxCell(Multi("question-answering", "sciq"), kGrams); }, nullptr,
          "the most of the eight models; the least emits 1.8 g"},
    Claim{"summaries-own-low", "4.2.1 text", "task-specific summarization range, low",
          "Task-specific summarization emits at least", "4", kG, kPrints, 0, true,
          [](V v) { return v.MinCell(Own("summarization"), kGrams); }, nullptr, ""},
    Claim{"summaries-own-high", "4.2.1 text", "task-specific summarization range, high",
          "Task-specific summarization emits at most", "10", kG, kPrints, 0, true,
          [](V v) { return v.MaxCell(Own("summarization"), kGrams); }, nullptr,
          "9.35 g, printed as a round number"},
    Claim{"summaries-multi-low", "4.2.1 text", "multi-purpose summarization range, low",
          "Multi-purpose summarization emits at least", "20", kG, kPrints, 0, true,
          [](V v) { return v.MinCell(Multi("summarization"), kGrams); }, nullptr,
          "the cells lie between 6.7 and 33.3 g"},
    Claim{"summaries-multi-high", "4.2.1 text", "multi-purpose summarization range, high",
          "Multi-purpose summarization emits at most", "30", kG, kPrints, 0, true,
          [](V v) { return v.MaxCell(Multi("summarization"), kGrams); }, nullptr,
          "33.3 g, printed as a round number"},
    Claim{"largest-summarizer", "4.2.1 text",
          "largest task-specific summarization model (\"600 million at most\")",
          "Task-specific summarization models have at most so many million parameters", "600", "M",
          ClaimRule::kLessThan, 600, false,
          [](V v) { return Over(v.MaxParameters(Own("summarization")), 1e6); }, nullptr, ""},
    Claim{"bert-qa", "Section 5", "bert-large-uncased-whole-word-masking-finetuned-squad, QA",
          "A BERT finetuned for question answering emits", "0.70", kG, kPrints, 0, true,
          [](V v) {
            return v.MeanRuns(Model("bert-large-uncased-whole-word-masking-finetuned-squad",
                                    "question-answering"),
                              kGrams);
          },
          nullptr, ""},
    Claim{"flan-base-qa", "Section 5", "Flan-T5-base, QA", "Flan-T5-base on question answering emits",
          "2.36", kG, kPrints, 0, true,
          [](V v) { return v.MeanRuns(Model("google/flan-t5-base", "question-answering"), kGrams); },
          nullptr, ""},
    Claim{"bloomz-qa", "Section 5", "BLOOMz-560M, QA", "BLOOMz-560M on question answering emits",
          "2.34", kG, kPrints, 0, true,
          [](V v) {
            return v.MeanRuns(Model("bigscience/bloomz-560m", "question-answering"), kGrams);
          },
          nullptr, ""},
    Claim{"bert-sentiment", "Section 5",
          "nlptown/bert-base-multilingual-uncased-sentiment, text classification",
          "A BERT finetuned for sentiment emits", "0.32", kG, kPrints, 0, true,
          [](V v) {
            return v.MeanRuns(
                Model("nlptown/bert-base-multilingual-uncased-sentiment", "text-classification"),
                kGrams);
          },
          nullptr, ""},
    Claim{"flan-xl-sentiment", "Section 5", "Flan-T5-XL, text classification",
          "Flan-T5-XL on text classification emits", "2.66", kG, kPrints, 0, true,
          [](V v) { return v.MeanRuns(Model("google/flan-t5-xl", "text-classification"), kGrams); },
          nullptr, ""},
    Claim{"bloomz-7b-sentiment", "Section 5", "BLOOMz-7B, text classification",
          "BLOOMz-7B on text classification emits", "4.67", kG, kPrints, 0, true,
          [](V v) {
            return v.MeanRuns(Model("bigscience/bloomz-7b1", "text-classification"), kGrams);
          },
          nullptr, ""},
    Claim{"bert-qa-ratio", "Section 5",
          "BERT QA \"less than 3 times\" below the multi-purpose models",
          "Flan-T5-base emits less than 3 times what the BERT does on question answering", "3", kX,
          ClaimRule::kLessThan, 3, false,
          [](V v) {
            return Over(
                v.MeanRuns(Model("google/flan-t5-base", "question-answering")),
                v.MeanRuns(Model("bert-large-uncased-whole-word-masking-finetuned-squad",
                                 "question-answering")));
          },
          nullptr, "the wording may mean the opposite: it is more than 3 times"},
    Claim{"bloom-176b", "4.3 text", "BLOOM-176B per query / BLOOMz-7B",
          "A query to BLOOM-176B (0.004 kWh, Luccioni et al. 2022) against one to BLOOMz-7B", "40",
          kX, kPrints, 0, true,
          [](V v) {
            return Over(Maybe(4), v.MeanRuns(Model("bigscience/bloomz-7b1", {}, kMulti)));
          },
          [](V v) -> Maybe {
            const Maybe kwh = v.MeanRuns(Model("bigscience/bloomz-7b1", {}, kMulti));
            if (!kwh || *kwh <= 0) return std::nullopt;
            return 0.004 / AsPrinted(*kwh / 1000, 2);
          },
          "0.004 kWh is from another study; printed from 1.0e-4 kWh"},
    Claim{"total-energy", "3.2 text", "total energy", "All runs of the study took", "754.66", "kWh",
          kPrints, 0, true, [](V v) { return TotalOf(v, "all_energy_kwh"); },
          [](V v) { return TotalOf(v, "all_gpu_kwh"); },
          "the printed total is that of the GPUs alone: CPU and RAM are left out"},
    Claim{"total-emissions", "3.2 text", "total emissions", "All runs of the study emitted",
          "178.97", "kg", kPrints, 0, true,
          [](V v) { return Over(TotalOf(v, "all_emissions_g"), 1000); }, nullptr,
          "belongs to the whole 1,290.04 kWh, not to the printed 754.66"},
    Claim{"carbon-intensity", "3.2 text", "carbon intensity", "The grid's intensity that was applied",
          "297.6", "g/kWh", kPrints, 0, true,
          [](V v) { return Over(TotalOf(v, "all_emissions_g"), TotalOf(v, "all_energy_kwh")); },
          nullptr, "every gram was made with 138.75 g/kWh, Oregon's figure of 2016"},
    Claim{"models", "Abstract", "models", "Models studied", "88", "models", kPrints, 0, false,
          CountModels, nullptr, ""},
    Claim{"pairs", "Abstract", "task x dataset pairs", "Pairs of task and dataset", "30", "pairs",
          kPrints, 0, false, CountPairs, nullptr, ""},
    Claim{"runs-per-cell", "3.2 text", "runs per cell", "Repeats of every cell", "10", "runs",
          kPrints, 0, false, RunsPerCell, nullptr, ""},

    Claim{"takeaway-1", "Section 5", "",
          "Generative tasks take more than discriminative ones: the least of the generative tasks "
          "over the most of the others",
          "", kX, kMoreThan, 1, false, GenerativeOverDiscriminative, nullptr,
          "masked language modeling counted as discriminative: one word out of a list"},
    Claim{"takeaway-2", "Section 5", "",
          "Tasks with images take more than those with text alone: ratio of geometric means", "",
          kX, kMoreThan, 1, false, ImagesOverText, nullptr, ""},
    Claim{"takeaway-3", "Section 5", "",
          "Decoder-only models take more than sequence-to-sequence ones of their size: BLOOMz-3B "
          "over Flan-T5-XL",
          "", kX, kMoreThan, 1, false, DecoderOverSeq2Seq, nullptr,
          "over the nine datasets; see the next line"},
    Claim{"takeaway-3-short", "Section 5", "",
          "The same where outputs are short: text classification and question answering", "", kX,
          kMoreThan, 1, false, DecoderOverSeq2SeqShort, nullptr,
          "the logged summaries of BLOOMz took up to 2.3 times what their output lengths predict"},
    Claim{"takeaway-4", "Section 5", "",
          "Training costs as much as hundreds of millions of queries: the least parity of the "
          "BLOOMz models",
          "", "queries", kMoreThan, 1e8, false, LeastParity, nullptr,
          "training was metered on other machines: boundaries differ (permille parity)"},
    Claim{"takeaway-5", "Section 5", "",
          "Multi-purpose models take more than task-specific ones on discriminative tasks: the "
          "lesser of the two ratios",
          "", kX, kMoreThan, 1, false, MultiOnDiscriminative, nullptr, ""},
    Claim{"takeaway-5-summaries", "Section 5", "",
          "That gap is larger than the one in summarization", "", kX, kMoreThan, 1, false,
          GapShrinksForSummaries, nullptr, ""},
    Claim{"structure-over-size", "4.1 text", "",
          "The task explains more of the variation than model size: R2 of log energy on task less "
          "R2 on log parameters, over task-specific models",
          "", "", kMoreThan, 0, false, TaskExplainsMore, nullptr, ""},
    Claim{"figure-6-decoder", "Figure 6", "",
          "Longer summaries cost decoder-only models more: grams per 1,000 queries and output word, "
          "within models",
          "", "g/word", kMoreThan, 0, false, [](V v) { return SlopeByLength(v, "decoder"); },
          nullptr, "three datasets a model; lengths are of other runs"},
    Claim{"figure-6-seq2seq", "Figure 6", "",
          "Longer summaries cost sequence-to-sequence models more: the same slope", "", "g/word",
          kMoreThan, 0, false, [](V v) { return SlopeByLength(v, "seq2seq"); }, nullptr,
          "three datasets a model; lengths are of other runs"},
};

}  // namespace

std::span<const Claim> ClaimList() {
  return kClaims;
}

}  // namespace permille
