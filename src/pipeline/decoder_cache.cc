// SPDX-License-Identifier: Apache-2.0
#include "pipeline/decoder_cache.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace permille {

/// Memory that grows with slack, so that a search allocates a handful of times, not once a token.
class CarriedTensor::Copy : public HeldTensor {
 public:
  void Fill(const HeldTensor& from, std::span<const std::size_t> rows) {
    type_ = from.type();
    shape_.assign(from.shape().begin(), from.shape().end());
    const std::size_t row = from.bytes().size() / static_cast<std::size_t>(shape_.front());
    shape_.front() = static_cast<std::int64_t>(rows.size());
    size_ = row * rows.size();
    if (size_ > capacity_) {
      capacity_ = size_ + size_ / 2;
      memory_ = std::make_unique_for_overwrite<std::byte[]>(capacity_);
    }
    for (std::size_t i = 0; i < rows.size() && row > 0; ++i) {
      std::memcpy(memory_.get() + i * row, from.bytes().data() + rows[i] * row, row);
    }
  }
  DType type() const override { return type_; }
  std::span<const std::int64_t> shape() const override { return shape_; }
  std::span<const std::byte> bytes() const override { return {memory_.get(), size_}; }

 private:
  DType type_ = DType::kFloat32;
  std::vector<std::int64_t> shape_;
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

CarriedTensor::CarriedTensor() = default;
CarriedTensor::~CarriedTensor() = default;
CarriedTensor::CarriedTensor(CarriedTensor&&) noexcept = default;
CarriedTensor& CarriedTensor::operator=(CarriedTensor&&) noexcept = default;

void CarriedTensor::Take(std::unique_ptr<HeldTensor> tensor) {
  own_ = std::move(tensor);
  current_ = own_.get();
}

void CarriedTensor::Clear() {
  own_.reset();
  current_ = nullptr;
}

void CarriedTensor::Gather(std::span<const std::size_t> rows) {
  if (current_ == nullptr || current_->shape().empty() || current_->shape().front() < 1) return;
  if (rows.size() == static_cast<std::size_t>(current_->shape().front())) return Move(rows);
  // Never into the memory that is read from.
  std::unique_ptr<Copy>& to = copies_[current_ == copies_[0].get() ? 1 : 0];
  if (!to) to = std::make_unique<Copy>();
  to->Fill(*current_, rows);
  current_ = to.get();
  own_.reset();
}

/// In place: first the rows that no other still needs, then what is left, which stands in rings.
void CarriedTensor::Move(std::span<const std::size_t> rows) {
  const std::size_t size = current_->bytes().size() / rows.size();
  if (size == 0) return;
  // Held by nobody else, and no Run is under way: the interface is read-only for its other users.
  auto* const data = const_cast<std::byte*>(current_->bytes().data());
  const auto copy = [&](std::size_t to, std::size_t from) {
    std::memcpy(data + to * size, data + from * size, size);
  };
  std::vector<std::size_t> from(rows.begin(), rows.end());
  std::vector<std::size_t> needed(rows.size());  // by how many other rows
  for (std::size_t i = 0; i < from.size(); ++i) needed[from[i]] += from[i] == i ? 0 : 1;
  for (std::size_t start = 0; start < from.size(); ++start) {
    for (std::size_t i = start; from[i] != i && needed[i] == 0;) {
      const std::size_t source = std::exchange(from[i], i);
      copy(i, source);
      --needed[source];
      i = source;
    }
  }
  for (std::size_t start = 0; start < from.size(); ++start) {
    if (from[start] == start) continue;
    spare_.assign(data + start * size, data + (start + 1) * size);
    std::size_t i = start;
    while (from[i] != start) {
      copy(i, from[i]);
      i = std::exchange(from[i], i);
    }
    std::memcpy(data + i * size, spare_.data(), size);
    from[i] = i;
  }
}

std::string_view DecoderCache::PastKey(std::string_view input) {
  for (const std::string_view prefix : {"past_key_values.", "past."}) {
    if (input.starts_with(prefix)) return input.substr(prefix.size());
  }
  return {};
}

std::string_view DecoderCache::PresentKey(std::string_view output) {
  for (const std::string_view prefix : {"present.", "present_key_values."}) {
    if (output.starts_with(prefix)) return output.substr(prefix.size());
  }
  return {};
}

std::size_t DecoderCache::Slot(std::string_view name) {
  const auto at = std::find_if(slots_.begin(), slots_.end(),
                               [&](const Entry& entry) { return entry.key == name; });
  if (at != slots_.end()) return static_cast<std::size_t>(at - slots_.begin());
  Entry& entry = slots_.emplace_back();
  entry.key = name;
  entry.constant = name.find(".encoder.") != std::string_view::npos;
  return slots_.size() - 1;
}

void DecoderCache::Take(std::size_t slot, std::unique_ptr<HeldTensor> tensor) {
  Entry& entry = slots_[slot];
  if (entry.constant && entry.carried.tensor() != nullptr) return;
  entry.carried.Take(std::move(tensor));
}

void DecoderCache::Clear() {
  for (Entry& entry : slots_) entry.carried.Clear();
}

std::size_t DecoderCache::CrossLength() const {
  for (const Entry& entry : slots_) {
    const HeldTensor* const tensor = entry.carried.tensor();
    if (entry.constant && tensor != nullptr && tensor->shape().size() == 4) {
      return static_cast<std::size_t>(tensor->shape()[2]);
    }
  }
  return 0;
}

void DecoderCache::Gather(std::span<const std::size_t> rows, bool spread) {
  for (Entry& entry : slots_) {
    if (spread || !entry.constant) entry.carried.Gather(rows);
  }
}

}  // namespace permille
