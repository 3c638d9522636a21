// engine/mapping/date_match.h
//
// One text against one date pattern. Optional parts are taken where they fit, and given back if
// what follows does not. Lifetime: one text. Threads: one.

#pragma once

#include <optional>
#include <string_view>

#include "engine/mapping/date_fields.h"

namespace engine {

class DateMatch {
 public:
  DateMatch(const DateFormat::Pattern& pattern, std::string_view text)
      : pattern_(pattern), text_(text) {}

  // Whether the whole text fits and is a day and a time that exist.
  bool Run();
  Instant instant() const { return instant_; }
  // Has Run() keep what Java says of numbers that fit the pattern and make no date.
  void Explain(std::string& problem) { problem_ = &problem; }
  std::size_t furthest() const { return furthest_; }

 private:
  using Fields = DateFields;

  bool From(std::size_t element, std::size_t at, Fields& fields);
  // Where the element ends in the text; npos if it does not fit.
  std::size_t Take(const DateFormat::Element& element, std::size_t at, Fields& fields) const;
  std::size_t TakeNumber(const DateFormat::Element& element, std::size_t at, Fields& fields) const;
  std::size_t TakeFraction(const DateFormat::Element& element, std::size_t at,
                           Fields& fields) const;
  std::size_t TakeOffset(const DateFormat::Element& element, std::size_t at, Fields& fields) const;
  std::size_t TakeZone(std::size_t at, Fields& fields) const;
  std::size_t TakeWord(const DateFormat::Element& element, std::size_t at, Fields& fields) const;
  std::size_t TakeEpoch(const DateFormat::Element& element, std::size_t at, Fields& fields) const;
  bool Resolve(const Fields& fields);

  const DateFormat::Pattern& pattern_;
  const std::string_view text_;
  std::size_t furthest_ = 0;
  int steps_ = 0;
  Instant instant_;
  std::string* problem_ = nullptr;
};

}  // namespace engine
