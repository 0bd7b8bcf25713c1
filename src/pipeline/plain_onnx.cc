// SPDX-License-Identifier: Apache-2.0
#include "pipeline/plain_onnx.h"

#include <filesystem>
#include <utility>

#include "base/json.h"
#include "catalog/catalog.h"
#include "pipeline/hf_layout.h"
#include "pipeline/model_yaml.h"
#include "pipeline/settings_folder.h"
#include "prep/stand_in.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

/// A path in the YAML is relative to the YAML.
std::string Beside(const std::string& yaml_path, const std::string& path) {
  return (fs::path(yaml_path).parent_path() / path).lexically_normal().string();
}

/// Reads one model YAML.
class Reader {
 public:
  Reader(const ModelFiles& files, const WeightsSource& weights, const JsonField& root)
      : files_(files), weights_(weights), root_(root) {}

  Result<GraphModel> Read() {
    PERMILLE_TRY(root_.RequireObject());
    return root_["inputs"].exists() ? ReadPlain() : ReadConfig();
  }

 private:
  Result<GraphModel> ReadConfig();
  Result<GraphModel> ReadPlain();
  Result<std::unique_ptr<Tokenizer>> ReadTokens();
  Result<InputSpec> ReadInput(const JsonField& field, InputPlan& plan);
  Result<void> ReadMadeUp(const JsonField& field, std::string_view from, InputSpec& spec);
  Result<WordIdsOptions> ReadWordIds(const JsonField& field);
  Result<std::optional<HeadOptions>> ReadOutputs();
  Result<std::vector<std::string>> ReadLabels(const JsonField& field);

  const ModelFiles& files_;
  const WeightsSource& weights_;
  const JsonField& root_;
  std::vector<std::pair<std::string, std::string>> facts_;
};

Result<std::unique_ptr<Tokenizer>> Reader::ReadTokens() {
  // Trained weights usually lie beside their own tokenizer: the real one is better than a stand-in.
  if (weights_.kind == WeightsSource::Kind::kSafetensors) {
    const auto folder = SettingsBesideWeights(weights_, SettingsKind::kTokenizer);
    if (folder) return LoadTokenizer(*folder);
  }
  const JsonField tokens = root_["tokens"];
  PERMILLE_TRY(tokens.RequireObject());
  if (tokens["tokenizer"].exists()) {
    PERMILLE_ASSIGN(const std::string folder, tokens["tokenizer"].String());
    return LoadTokenizer(Beside(files_.entry_yaml, folder));
  }
  PERMILLE_ASSIGN(const std::string table, tokens["stand_in"].String());
  if (table.find('/') != std::string::npos) {
    return Fail(ErrorCode::kInvalid,
                "{}: \"{}\" is a table of catalog/stand_in, named without folder",
                tokens["stand_in"].place(), table);
  }
  PERMILLE_ASSIGN(const std::string data, DataDirectory());
  StandInOptions options;
  options.table = data + "/catalog/stand_in/" + table + ".csv";
  std::error_code error;
  if (!fs::exists(options.table, error)) {
    return Fail(ErrorCode::kNotFound, "{}: no table {}", tokens["stand_in"].place(), options.table);
  }
  PERMILLE_ASSIGN(options.vocab_size, tokens["vocab_size"].Integer());
  PERMILLE_ASSIGN(options.special.cls, tokens["cls"].Integer());
  PERMILLE_ASSIGN(options.special.sep, tokens["sep"].Integer());
  PERMILLE_ASSIGN(options.special.pad, tokens["pad"].Integer());
  PERMILLE_ASSIGN(options.special.unk, tokens["unk"].IntegerOr(*options.special.pad));
  options.around = BertTemplate(*options.special.cls, *options.special.sep);
  if (tokens["max_length"].exists()) {
    PERMILLE_ASSIGN(options.max_length, tokens["max_length"].Integer());
    if (*options.max_length < 1) {
      return Fail(ErrorCode::kInvalid, "{}: {} is no length", tokens["max_length"].place(),
                  *options.max_length);
    }
  }
  facts_.emplace_back("tokens_table", table);
  return StandInTokenizer::Make(options);
}

Result<GraphModel> Reader::ReadConfig() {
  const JsonField config = root_["config"];
  if (!config.exists()) {
    return Fail(
        ErrorCode::kInvalid,
        "{}: neither `inputs` nor `config` says what the graph takes (docs/formats/model.md)",
        root_.place());
  }
  PERMILLE_ASSIGN(auto tokenizer, ReadTokens());
  PERMILLE_ASSIGN(GraphModel model,
                  DescribeClassifier(config, std::move(tokenizer), files_.entry_yaml));
  if (!model.inputs.vocab_size && root_["tokens"]["vocab_size"].exists()) {
    PERMILLE_ASSIGN(model.inputs.vocab_size, root_["tokens"]["vocab_size"].Integer());
  }
  model.facts = std::move(facts_);
  return model;
}

Result<std::optional<DType>> ReadType(const JsonField& field) {
  if (!field.exists()) return std::nullopt;
  PERMILLE_ASSIGN(const std::string name, field.String());
  for (const DType type : {DType::kFloat32, DType::kFloat64, DType::kInt64, DType::kInt32,
                           DType::kInt8, DType::kUint8, DType::kBool}) {
    if (Name(type) == name) return type;
  }
  return Fail(ErrorCode::kInvalid,
              "{}: no type {} (there are: float32, float64, int64, int32, int8, uint8, bool)",
              field.place(), name);
}

Result<bool> ReadSide(const JsonField& field) {
  PERMILLE_ASSIGN(const std::string side, field.StringOr("right"));
  if (side != "left" && side != "right") {
    return Fail(ErrorCode::kInvalid, "{}: {} is neither left nor right", field.place(), side);
  }
  return side == "left";
}

Result<WordIdsOptions> Reader::ReadWordIds(const JsonField& field) {
  WordIdsOptions options;
  PERMILLE_ASSIGN(const std::string vocabulary, field["vocab"].String());
  options.vocabulary = Beside(files_.entry_yaml, vocabulary);
  PERMILLE_ASSIGN(options.lower, field["lower"].BoolOr(true));
  PERMILLE_ASSIGN(options.unknown, field["unknown"].IntegerOr(1));
  PERMILLE_ASSIGN(options.pad, field["pad"].IntegerOr(0));
  PERMILLE_ASSIGN(const std::int64_t length, field["length"].Integer());
  options.length = length < 0 ? 0 : static_cast<std::size_t>(length);
  PERMILLE_ASSIGN(options.pad_left, ReadSide(field["pad_side"]));
  PERMILLE_ASSIGN(options.truncate_left, ReadSide(field["truncate_side"]));
  const auto valid = options.Validate();
  if (!valid) return Fail(ErrorCode::kInvalid, "{}: {}", field.place(), valid.error().message);
  return options;
}

Result<void> Reader::ReadMadeUp(const JsonField& field, std::string_view from, InputSpec& spec) {
  spec.source = from == "random" ? InputSource::kRandom : InputSource::kConstant;
  if (from == "constant") {
    PERMILLE_ASSIGN(spec.value, field["value"].Number());
  }
  PERMILLE_ASSIGN(const std::int64_t seed, field["seed"].IntegerOr(1));
  spec.seed = static_cast<std::uint64_t>(seed);
  if (field["low"].exists()) {
    PERMILLE_ASSIGN(spec.low, field["low"].Number());
  }
  if (field["high"].exists()) {
    PERMILLE_ASSIGN(spec.high, field["high"].Number());
  }
  PERMILLE_ASSIGN(const std::string distribution, field["distribution"].StringOr("uniform"));
  if (distribution != "uniform" && distribution != "normal") {
    return Fail(ErrorCode::kInvalid, "{}: {} is neither uniform nor normal",
                field["distribution"].place(), distribution);
  }
  spec.normal = distribution == "normal";
  const JsonField shape = field["shape"];
  if (shape.exists()) PERMILLE_TRY(shape.RequireArray());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    PERMILLE_ASSIGN(const std::int64_t size, shape.At(i).Integer());
    if (size < 1)
      return Fail(ErrorCode::kInvalid, "{}: {} is not positive", shape.At(i).place(), size);
    spec.shape.push_back(size);
  }
  return {};
}

Result<InputSpec> Reader::ReadInput(const JsonField& field, InputPlan& plan) {
  PERMILLE_TRY(field.RequireObject());
  InputSpec spec;
  PERMILLE_ASSIGN(spec.name, field["name"].String());
  PERMILLE_ASSIGN(spec.dtype, ReadType(field["dtype"]));
  PERMILLE_ASSIGN(const std::string from, field["from"].String());
  if (from == "token_ids") {
    spec.source = InputSource::kTokenIds;
  } else if (from == "attention_mask") {
    spec.source = InputSource::kAttentionMask;
  } else if (from == "token_type_ids") {
    spec.source = InputSource::kTokenTypeIds;
  } else if (from == "word_ids") {
    spec.source = InputSource::kWordIds;
    PERMILLE_ASSIGN(const WordIdsOptions options, ReadWordIds(field));
    PERMILLE_ASSIGN(WordIds words, WordIds::Make(options));
    spec.words = plan.words.size();
    plan.words.push_back(std::move(words));
  } else if (from == "random" || from == "zeros" || from == "constant") {
    PERMILLE_TRY(ReadMadeUp(field, from, spec));
  } else {
    return Fail(
        ErrorCode::kInvalid,
        "{}: {} is none of token_ids, attention_mask, token_type_ids, word_ids, random, zeros, "
        "constant",
        field["from"].place(), from);
  }
  return spec;
}

Result<std::vector<std::string>> Reader::ReadLabels(const JsonField& field) {
  std::vector<std::string> labels;
  if (field.is_string()) {
    // A JSON file: a list of words, or an object from "0", "1", ... to words.
    PERMILLE_ASSIGN(const std::string name, field.String());
    PERMILLE_ASSIGN(const JsonDocument document,
                    JsonDocument::Read(Beside(files_.entry_yaml, name)));
    const JsonField root = document.root();
    for (std::size_t i = 0; i < root.size(); ++i) {
      PERMILLE_ASSIGN(std::string label,
                      (root.is_array() ? root.At(i) : root[std::to_string(i)]).String());
      labels.push_back(std::move(label));
    }
    if (labels.empty()) return Fail(ErrorCode::kInvalid, "{}: no labels", root.place());
    return labels;
  }
  PERMILLE_TRY(field.RequireArray());
  for (std::size_t i = 0; i < field.size(); ++i) {
    const JsonField item = field.At(i);
    if (item.is_number()) {
      PERMILLE_ASSIGN(const std::int64_t number, item.Integer());
      labels.push_back(std::to_string(number));
    } else {
      PERMILLE_ASSIGN(std::string label, item.String());
      labels.push_back(std::move(label));
    }
  }
  if (labels.empty()) return Fail(ErrorCode::kInvalid, "{}: no labels", field.place());
  return labels;
}

Result<std::optional<HeadOptions>> Reader::ReadOutputs() {
  std::optional<HeadOptions> head;
  const JsonField outputs = root_["outputs"];
  if (!outputs.exists()) return head;
  PERMILLE_TRY(outputs.RequireArray());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const JsonField field = outputs.At(i);
    PERMILLE_TRY(field.RequireObject());
    PERMILLE_ASSIGN(const std::string as, field["as"].String());
    if (as == "raw") continue;
    if (as != "logits" && as != "probabilities") {
      return Fail(ErrorCode::kInvalid, "{}: {} is none of logits, probabilities, raw",
                  field["as"].place(), as);
    }
    if (head) return Fail(ErrorCode::kInvalid, "{}: a second output with labels", field.place());
    head.emplace();
    head->origin = files_.entry_yaml;
    PERMILLE_ASSIGN(head->output, field["name"].String());
    PERMILLE_ASSIGN(head->labels, ReadLabels(field["labels"]));
    PERMILLE_ASSIGN(const std::string activation,
                    field["activation"].StringOr(as == "logits" ? "softmax" : "none"));
    using Activation = HeadOptions::Activation;
    if (activation == "softmax" || activation == "sigmoid" || activation == "none") {
      head->activation = activation == "softmax"   ? Activation::kSoftmax
                         : activation == "sigmoid" ? Activation::kSigmoid
                                                   : Activation::kNone;
    } else {
      return Fail(ErrorCode::kInvalid, "{}: {} is none of softmax, sigmoid, none",
                  field["activation"].place(), activation);
    }
  }
  return head;
}

Result<GraphModel> Reader::ReadPlain() {
  GraphModel model;
  model.inputs.origin = files_.entry_yaml;
  const JsonField inputs = root_["inputs"];
  PERMILLE_TRY(inputs.RequireArray());
  bool tokens = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    PERMILLE_ASSIGN(InputSpec spec, ReadInput(inputs.At(i), model.inputs));
    tokens = tokens || spec.source == InputSource::kTokenIds ||
             spec.source == InputSource::kAttentionMask ||
             spec.source == InputSource::kTokenTypeIds;
    model.inputs.specs.push_back(std::move(spec));
  }
  if (model.inputs.specs.empty()) return Fail(ErrorCode::kInvalid, "{}: no inputs", inputs.place());
  if (tokens) {
    PERMILLE_ASSIGN(model.inputs.tokenizer, ReadTokens());
    model.inputs.max_length =
        static_cast<std::size_t>(model.inputs.tokenizer->max_length().value_or(0));
  }
  PERMILLE_ASSIGN(model.head, ReadOutputs());
  model.facts = std::move(facts_);
  return model;
}

}  // namespace

Result<GraphModel> DescribeModelYaml(const ModelFiles& files, const WeightsSource& weights) {
  PERMILLE_ASSIGN(const JsonDocument document, ReadYamlAsJson(files.entry_yaml));
  const JsonField root = document.root();
  return Reader(files, weights, root).Read();
}

Result<bool> ListsInputs(const std::string& yaml_path) {
  PERMILLE_ASSIGN(const JsonDocument document, ReadYamlAsJson(yaml_path));
  return document.root()["inputs"].exists();
}

Result<std::string> DecisiveText(const std::string& yaml_path) {
  PERMILLE_ASSIGN(const JsonDocument document, ReadYamlAsJson(yaml_path));
  std::string text;
  for (const char* key : {"config", "tokens", "inputs", "outputs"}) {
    text += fmt::format("{}={}\n", key, document.root()[key].Text());
  }
  const JsonField image = document.root()["image"];
  if (image.exists()) text += fmt::format("image={}\n", image.Text());
  return text;
}

}  // namespace permille
