// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tensor_engine.h"

namespace permille {

/// A tensor that goes from run to run: the engine's own, or rows of it in another order. What the
/// engine made is never copied; rows that change place are copied once, those that stay are not.
class CarriedTensor {
 public:
  CarriedTensor();
  ~CarriedTensor();
  CarriedTensor(CarriedTensor&&) noexcept;
  CarriedTensor& operator=(CarriedTensor&&) noexcept;

  /// What to feed; null when there is nothing yet.
  const HeldTensor* tensor() const { return current_; }
  void Take(std::unique_ptr<HeldTensor> tensor);
  void Clear();
  /// Make row i what row `rows[i]` is now. The first axis counts rows.
  void Gather(std::span<const std::size_t> rows);

 private:
  class Copy;
  void Move(std::span<const std::size_t> rows);
  std::unique_ptr<HeldTensor> own_;
  std::unique_ptr<Copy> copies_[2];  // the one that is fed, and the one to write next
  std::vector<std::byte> spare_;     // one row, for rows that change places in a ring
  const HeldTensor* current_ = nullptr;
};

/// The keys and values of a decoder by the part of their names that an input and an output share:
/// `0.decoder.key` of past_key_values.0.decoder.key and present.0.decoder.key.
class DecoderCache {
 public:
  /// Index of the tensor called so; made when it is new.
  std::size_t Slot(std::string_view name);
  std::size_t size() const { return slots_.size(); }
  const HeldTensor* tensor(std::size_t slot) const { return slots_[slot].carried.tensor(); }
  /// Keep an output. A cross-attention tensor (`.encoder.`) that is there stays: it depends on the
  /// encoder alone, and a merged decoder gives nothing for it later.
  void Take(std::size_t slot, std::unique_ptr<HeldTensor> tensor);
  void Clear();
  /// Length of what cross-attention looks at; 0 when nothing is held of it.
  std::size_t CrossLength() const;
  /// Reorder rows. `spread`: also those of cross-attention, which is the same for all beams of a
  /// prompt and so needs it only when their number changes.
  void Gather(std::span<const std::size_t> rows, bool spread);

  /// The shared part of an input's or output's name; empty when it is no such tensor.
  static std::string_view PastKey(std::string_view input);
  static std::string_view PresentKey(std::string_view output);

 private:
  struct Entry {
    std::string key;
    bool constant = false;
    CarriedTensor carried;
  };
  std::vector<Entry> slots_;
};

}  // namespace permille
