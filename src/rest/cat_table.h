// rest/cat_table.h
//
// A table of the `_cat` family: as text in columns, or as JSON, YAML or CBOR whose values are all
// text. Knows the common parameters h, s, v, help, bytes, time, ts.
//
// Lifetime: one answer. Threads: one at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/text/units.h"
#include "rest/request.h"

namespace rest {

enum class Align : bool { kLeft, kRight };
enum class Shown : bool { kIfAsked, kAlways };

struct CatColumn {
  std::string name;
  std::string aliases;  // separated by commas
  std::string description;
  Align align = Align::kLeft;
  Shown shown = Shown::kAlways;
};

// Null in JSON, nothing in text, if it is monostate.
using CatCell =
    std::variant<std::monostate, std::string, std::int64_t, base::TimeValue, base::ByteSize>;

// The parameters of every table, read before the work.
struct CatOptions {
  bool help = false;
  bool titles = false;                // v
  bool timestamps = true;             // ts
  std::optional<std::string> wanted;  // h
  std::vector<std::string> order;     // s
  std::string bytes, time;            // units; empty: as fits

  static base::Result<CatOptions> Read(Request& request);
};

class CatTable {
 public:
  using Row = std::vector<CatCell>;

  explicit CatTable(std::vector<CatColumn> columns) : columns_(std::move(columns)) {}

  // One cell a column.
  void Add(Row row) { rows_.push_back(std::move(row)); }

  // 400 for an unknown key of `s`.
  void Respond(const RequestPtr& request, const CatOptions& options);
  // The columns, their aliases and what they mean; rows do not count.
  void RespondHelp(const RequestPtr& request) const;

 private:
  struct Display {
    std::size_t column;
    std::string title;
  };

  std::vector<Display> Displayed(const CatOptions& options) const;
  // The place of a column by its name or alias; the last one that has the alias.
  std::optional<std::size_t> Find(std::string_view name) const;
  base::Status Sort(const CatOptions& options);
  std::string Text(const std::vector<Display>& displayed, const CatOptions& options) const;

  const std::vector<CatColumn> columns_;
  std::vector<Row> rows_;
};

// "HH:MM:SS", UTC.
std::string ClockTime(std::int64_t wall_millis);

}  // namespace rest
