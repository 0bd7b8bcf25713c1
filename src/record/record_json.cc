// SPDX-License-Identifier: Apache-2.0
#include "record/record_json.h"

#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/json.h"

namespace permille {
namespace {

constexpr std::string_view kSchema = "permille.record/1";

// The fields of every struct, once, for writing and reading alike.

template <class T, class Record>
concept Is = std::same_as<std::remove_const_t<T>, Record>;

template <class A, Is<Cell> T>
void Fields(A& archive, T& cell) {
  archive("key", cell.key);
  archive("task", cell.task);
  archive("dataset", cell.dataset);
  archive("variant", cell.variant);
  archive("model", cell.model);
  archive("model_revision", cell.model_revision);
  archive("engine", cell.engine);
  archive("weights", cell.weights);
  archive("tokens", cell.tokens);
  archive("batch", cell.batch);
  archive("options", cell.options);
}

template <class A, Is<Channel> T>
void Fields(A& archive, T& channel) {
  archive("id", channel.id);
  archive("component", channel.component);
  archive("quantity", channel.quantity);
  archive("source", channel.source);
  archive("provenance", channel.provenance);
  archive("kind", channel.kind);
  archive("period_s", channel.period);
  archive("scope", channel.scope);
  archive("standard_uncertainty", channel.standard_uncertainty);
  archive("citation", channel.citation);
  archive("use", channel.use);
  archive("part_of", channel.part_of);
  archive("cross_check_of", channel.cross_check_of);
  archive("resolution_j", channel.resolution);
  archive("facts", channel.facts);
}

template <class A, Is<SeriesPoint> T>
void Fields(A& archive, T& point) {
  archive("at_s", point.at);
  archive("value", point.value);
}

template <class A, Is<ChannelWindow> T>
void Fields(A& archive, T& shown) {
  archive("channel", shown.channel);
  archive("energy_j", shown.energy);
  archive("coverage", shown.coverage);
  archive("readings", shown.readings);
  archive("updates", shown.updates);
  archive("gaps", shown.gaps);
  archive("wraps", shown.wraps);
  archive("series", shown.series);
}

template <class A, Is<SystemLoad> T>
void Fields(A& archive, T& load) {
  archive("machine_busy_s", load.machine_busy);
  archive("own_busy_s", load.own_busy);
  archive("steal_s", load.steal);
  archive("cores", load.cores);
  archive("own_rss_bytes", load.own_rss);
  archive("machine_used_bytes", load.machine_used);
}

template <class A, Is<Window> T>
void Fields(A& archive, T& window) {
  archive("phase", window.phase);
  archive("name", window.name);
  archive("begin_s", window.begin);
  archive("duration_s", window.duration);
  archive("channels", window.channels);
  archive("load", window.load);
  archive("flags", window.flags);
}

template <class A, Is<PhaseTimes> T>
void Fields(A& archive, T& times) {
  archive("preprocess_s", times.preprocess);
  archive("prefill_s", times.prefill);
  archive("decode_s", times.decode);
  archive("forward_s", times.forward);
  archive("postprocess_s", times.postprocess);
}

template <class A, Is<QueryRecord> T>
void Fields(A& archive, T& query) {
  archive("sample", query.sample);
  archive("latency_s", query.latency);
  archive("phases", query.phases);
  archive("input_tokens", query.input_tokens);
  archive("output_tokens", query.output_tokens);
}

template <class A, Is<PixelBox> T>
void Fields(A& archive, T& box) {
  archive("xmin", box.xmin);
  archive("ymin", box.ymin);
  archive("xmax", box.xmax);
  archive("ymax", box.ymax);
}

template <class A, Is<LabelBox> T>
void Fields(A& archive, T& object) {
  archive("label", object.label);
  archive("score", object.score);
  archive("box", object.box);
  archive("crowd", object.crowd);
}

template <class A, Is<TextSpan> T>
void Fields(A& archive, T& span) {
  archive("label", span.label);
  archive("score", span.score);
  archive("text", span.text);
  archive("begin", span.begin);
  archive("end", span.end);
}

template <class A, Is<Reference> T>
void Fields(A& archive, T& reference) {
  archive("values", reference.values);
  archive("boxes", reference.boxes);
  archive("spans", reference.spans);
}

template <class A, Is<SampleRecord> T>
void Fields(A& archive, T& sample) {
  archive("id", sample.id);
  archive("hash", sample.hash);
  archive("reference", sample.reference);
  archive("words", sample.words);
}

template <class A, Is<LabelScore> T>
void Fields(A& archive, T& label) {
  archive("label", label.label);
  archive("score", label.score);
}

template <class A, Is<Prediction> T>
void Fields(A& archive, T& prediction) {
  archive("text", prediction.text);
  archive("labels", prediction.labels);
  archive("boxes", prediction.boxes);
  archive("spans", prediction.spans);
  archive("image", prediction.image);
  archive("image_hash", prediction.image_hash);
  archive("flagged", prediction.flagged);
  archive("input_tokens", prediction.input_tokens);
  archive("output_tokens", prediction.output_tokens);
  archive("finite", prediction.finite);
}

template <class A, Is<PredictionRecord> T>
void Fields(A& archive, T& record) {
  archive("sample", record.sample);
  archive("prediction", record.prediction);
}

template <class A, Is<RunRecord> T>
void Fields(A& archive, T& run) {
  archive("run_id", run.run_id);
  archive("started", run.started);
  archive("cell", run.cell);
  archive("repeat", run.repeat);
  archive("block", run.block);
  archive("queries", run.queries);
  archive("load_note", run.load_note);
  archive("channels", run.channels);
  archive("windows", run.windows);
  archive("query_records", run.query_records);
  archive("samples", run.samples);
  archive("predictions", run.predictions);
  archive("environment", run.environment);
  archive("flags", run.flags);
}

// The kinds of value a field can have.

template <class T>
constexpr bool kIsOptional = false;
template <class T>
constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
constexpr bool kIsList = false;
template <class T>
constexpr bool kIsList<std::vector<T>> = true;
template <class T>
constexpr bool kIsUnit = false;
template <class Tag>
constexpr bool kIsUnit<Unit<Tag>> = true;
template <class T>
constexpr bool kIsText = std::same_as<T, std::string>;
template <class T>
constexpr bool kIsTextMap = std::same_as<T, std::map<std::string, std::string>>;
template <class T>
constexpr bool kIsNumber = kIsUnit<T> || std::floating_point<T>;

template <class T>
double NumberOf(const T& value) {
  if constexpr (kIsUnit<T>) {
    return value.value();
  } else {
    return value;
  }
}

/// Make one object of a struct's fields.
class Writer {
 public:
  explicit Writer(Json& object) : object_(object) { object_ = Json::object(); }

  template <class T>
  void operator()(const char* key, const T& value) {
    if constexpr (kIsOptional<T>) {
      if (!value) return;
      if constexpr (kIsNumber<typename T::value_type>) {
        if (!std::isfinite(NumberOf(*value))) return;
      }
      object_[key] = Convert(*value);
    } else if constexpr (kIsText<T> || kIsList<T> || kIsTextMap<T>) {
      if (!value.empty()) object_[key] = Convert(value);
    } else {
      object_[key] = Convert(value);
    }
  }

  template <class T>
  static Json Convert(const T& value) {
    if constexpr (kIsNumber<T>) {
      return NumberOf(value);  // NaN and infinities become null when written
    } else if constexpr (std::integral<T> || kIsText<T> || kIsTextMap<T>) {
      return value;
    } else if constexpr (std::is_enum_v<T>) {
      return std::string(Name(value));
    } else if constexpr (kIsList<T>) {
      Json list = Json::array();
      for (const auto& item : value) list.push_back(Convert(item));
      return list;
    } else {
      Json object;
      Writer writer(object);
      Fields(writer, value);
      return object;
    }
  }

 private:
  Json& object_;
};

/// Where in a text a value stands, as a chain from the innermost out; put into words only for an
/// error.
struct Place {
  const Place* outer = nullptr;
  std::string_view key;
  std::size_t index = 0;

  std::string Text() const {
    if (outer == nullptr) return "";
    const std::string before = outer->Text();
    if (key.empty()) return fmt::format("{}[{}]", before, index);
    return fmt::format("{}{}{}", before, before.empty() ? "" : ".", key);
  }
};

void ParseWord(std::string_view word, std::optional<Component>& value) {
  value = ParseComponent(word);
}
void ParseWord(std::string_view word, std::optional<Provenance>& value) {
  value = ParseProvenance(word);
}
void ParseWord(std::string_view word, std::optional<SourceKind>& value) {
  value = ParseSourceKind(word);
}
void ParseWord(std::string_view word, std::optional<Quantity>& value) {
  value = ParseQuantity(word);
}
void ParseWord(std::string_view word, std::optional<Use>& value) {
  value = ParseUse(word);
}
void ParseWord(std::string_view word, std::optional<Phase>& value) {
  value = ParsePhase(word);
}

/// Fill a struct's fields from one object. The first thing wrong is kept; nothing is read after it.
class Reader {
 public:
  Reader(const Json& object, const Place& place, std::string& error)
      : object_(object), place_(place), error_(error) {
    if (!object_.is_object()) Wrong(place_, "must be an object");
  }

  template <class T>
  void operator()(const char* key, T& value) {
    if (!error_.empty()) return;
    const Place place{&place_, key};
    const auto found = object_.find(key);
    const bool absent = found == object_.end();
    if constexpr (kIsOptional<T>) {
      value.reset();
      if (!absent && !found->is_null()) Get(*found, place, value.emplace());
    } else if constexpr (kIsText<T> || kIsList<T> || kIsTextMap<T>) {
      value.clear();
      if (!absent) Get(*found, place, value);
    } else {
      if (absent) return Wrong(place, "is missing");
      Get(*found, place, value);
    }
  }

 private:
  template <class T>
  void Get(const Json& json, const Place& place, T& value) {
    if constexpr (kIsNumber<T>) {
      if (!json.is_number() && !json.is_null()) return Wrong(place, "must be a number");
      value = T(json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>());
    } else if constexpr (std::same_as<T, bool>) {
      if (!json.is_boolean()) return Wrong(place, "must be true or false");
      value = json.get<bool>();
    } else if constexpr (std::integral<T>) {
      GetInteger(json, place, value);
    } else if constexpr (kIsText<T>) {
      if (!json.is_string()) return Wrong(place, "must be a string");
      value = json.get_ref<const std::string&>();
    } else if constexpr (std::is_enum_v<T>) {
      std::string word;
      Get(json, place, word);
      std::optional<T> parsed;
      ParseWord(word, parsed);
      if (!parsed) return Wrong(place, fmt::format("unknown word \"{}\"", word.substr(0, 40)));
      value = *parsed;
    } else if constexpr (kIsTextMap<T>) {
      if (!json.is_object()) return Wrong(place, "must be an object");
      for (const auto& [name, text] : json.items()) Get(text, Place{&place, name}, value[name]);
    } else if constexpr (kIsList<T>) {
      if (!json.is_array()) return Wrong(place, "must be a list");
      value.reserve(json.size());
      for (std::size_t i = 0; i < json.size() && error_.empty(); ++i) {
        Get(json[i], Place{&place, {}, i}, value.emplace_back());
      }
    } else {
      Reader reader(json, place, error_);
      Fields(reader, value);
    }
  }

  template <class T>
  void GetInteger(const Json& json, const Place& place, T& value) {
    bool fits = false;
    if (json.is_number_unsigned()) {
      fits = std::in_range<T>(json.get<std::uint64_t>());
    } else if (json.is_number_integer()) {
      fits = std::in_range<T>(json.get<std::int64_t>());
    }
    if (!fits) return Wrong(place, fmt::format("must be an integer of {} bits", 8 * sizeof(T)));
    value = json.get<T>();
  }

  void Wrong(const Place& place, std::string_view what) {
    if (!error_.empty()) return;
    const std::string where = place.Text();
    error_ = fmt::format("{}{}{}", where, where.empty() ? "" : ": ", what);
  }

  const Json& object_;
  const Place& place_;
  std::string& error_;
};

}  // namespace

std::string ToJson(const RunRecord& run) {
  Json json;
  Writer writer(json);
  json["schema"] = kSchema;
  Fields(writer, run);
  return DumpJson(json);
}

Result<RunRecord> RunFromJson(std::string_view text, std::string_view origin) {
  PERMILLE_ASSIGN(const Json json, ParseJson(text, origin));
  PERMILLE_ASSIGN(const auto schema, JsonString(json, "schema", origin));
  if (schema != kSchema) {
    return Fail(ErrorCode::kInvalid, "{}: schema is \"{}\", this permille reads \"{}\"", origin,
                schema, kSchema);
  }
  RunRecord run;
  std::string error;
  const Place top;
  Reader reader(json, top, error);
  Fields(reader, run);
  if (!error.empty()) return Fail(ErrorCode::kInvalid, "{}: {}", origin, error);
  return run;
}

}  // namespace permille
