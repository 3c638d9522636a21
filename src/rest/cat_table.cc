#include "rest/cat_table.h"

#include <algorithm>
#include <array>

#include "base/text/strings.h"

namespace rest {

using base::Status;

namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};

constexpr std::array<Unit, 7> kTimeUnits = {{{"d", 86'400'000'000'000},
                                             {"h", 3'600'000'000'000},
                                             {"m", 60'000'000'000},
                                             {"s", 1'000'000'000},
                                             {"ms", 1'000'000},
                                             {"micros", 1'000},
                                             {"nanos", 1}}};
constexpr std::array<Unit, 11> kByteUnits = {{{"b", 1},
                                              {"k", std::int64_t{1} << 10},
                                              {"kb", std::int64_t{1} << 10},
                                              {"m", std::int64_t{1} << 20},
                                              {"mb", std::int64_t{1} << 20},
                                              {"g", std::int64_t{1} << 30},
                                              {"gb", std::int64_t{1} << 30},
                                              {"t", std::int64_t{1} << 40},
                                              {"tb", std::int64_t{1} << 40},
                                              {"p", std::int64_t{1} << 50},
                                              {"pb", std::int64_t{1} << 50}}};

// In a fixed unit a bare number, else with the unit that fits. Unknown units count for nothing.
template <typename Units, typename Value>
std::string InUnit(const Units& units, std::string_view wanted, std::int64_t amount,
                   const Value& value) {
  const auto unit = std::ranges::find(units, wanted, &Unit::name);
  return unit == units.end() ? value.ToString() : std::to_string(amount / unit->size);
}

std::optional<std::string> Render(const CatCell& cell, const CatOptions& options) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
  if (const auto* time = std::get_if<base::TimeValue>(&cell)) {
    return InUnit(kTimeUnits, options.time, time->nanos(), *time);
  }
  if (const auto* bytes = std::get_if<base::ByteSize>(&cell)) {
    return InUnit(kByteUnits, options.bytes, bytes->bytes(), *bytes);
  }
  return std::nullopt;
}

// Columns are aligned by characters, not by bytes.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

enum class Last : bool { kNo, kYes };

void Pad(std::string& out, std::string_view text, std::size_t width, Align align, Last last) {
  const std::size_t used = Width(text);
  const std::size_t blanks = width > used ? width - used : 0;
  if (align == Align::kRight) out.append(blanks, ' ');
  out.append(text);
  if (align == Align::kLeft && last == Last::kNo) out.append(blanks, ' ');
}

bool Fits(const CatColumn& column, std::string_view pattern) {
  if (base::GlobMatch(pattern, column.name)) return true;
  const std::vector<std::string> aliases = base::SplitList(column.aliases);
  return std::ranges::any_of(
      aliases, [&](const std::string& alias) { return base::GlobMatch(pattern, alias); });
}

}  // namespace

std::string ClockTime(std::int64_t wall_millis) {
  return base::IsoUtcMillis(wall_millis).substr(11, 8);
}

base::Result<CatOptions> CatOptions::Read(Request& request) {
  CatOptions options;
  request.AlsoKnows({"size", "pri"});
  ASSIGN_OR_RETURN(options.help, request.Bool("help"));
  ASSIGN_OR_RETURN(options.titles, request.Bool("v"));
  ASSIGN_OR_RETURN(options.timestamps, request.Bool("ts", true));
  if (const std::string* wanted = request.Find("h")) options.wanted = *wanted;
  options.order = request.List("s");
  options.bytes = request.String("bytes");
  options.time = request.String("time");
  return options;
}

std::optional<std::size_t> CatTable::Find(std::string_view name) const {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].name == name) return i;
    const std::vector<std::string> aliases = base::SplitList(columns_[i].aliases);
    if (std::ranges::find(aliases, name) != aliases.end()) found = i;
  }
  return found;
}

std::vector<CatTable::Display> CatTable::Displayed(const CatOptions& options) const {
  std::vector<Display> displayed;
  const auto add = [&](std::size_t column, std::string title) {
    const bool is_time = columns_[column].name == "timestamp" || columns_[column].name == "epoch";
    if (is_time && !options.timestamps) return;
    displayed.push_back({column, std::move(title)});
  };
  if (!options.wanted) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].shown == Shown::kAlways) add(i, columns_[i].name);
    }
    return displayed;
  }
  std::vector<std::string> names;
  const auto once = [&](const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const std::string& name : base::SplitList(*options.wanted)) {
    if (name.find('*') == name.npos) {
      once(name);
      continue;
    }
    for (const CatColumn& column : columns_) {
      if (Fits(column, name)) once(column.name);
    }
  }
  for (const std::string& name : names) {
    if (const auto column = Find(name)) add(*column, name);
  }
  return displayed;
}

Status CatTable::Sort(const CatOptions& options) {
  struct Key {
    std::size_t column;
    bool descending;
  };
  std::vector<Key> keys;
  for (const std::string& text : options.order) {
    const bool descending = text.ends_with(":desc");
    const std::string_view name = std::string_view(text).substr(
        0, descending || text.ends_with(":asc") ? text.rfind(':') : text.size());
    const auto column = Find(name);
    if (!column) {
      return base::IllegalArgument("Unable to sort by unknown sort key `" + std::string(name) +
                                   "`");
    }
    // One that is there already decides nothing more.
    if (std::ranges::find(keys, *column, &Key::column) == keys.end())
      keys.push_back({*column, descending});
  }
  std::ranges::stable_sort(rows_, [&](const Row& a, const Row& b) {
    for (const Key& key : keys) {
      const CatCell& left = a[key.column];
      const CatCell& right = b[key.column];
      if (left == right) continue;
      return (left < right) != key.descending;
    }
    return false;
  });
  return {};
}

std::string CatTable::Text(const std::vector<Display>& displayed, const CatOptions& options) const {
  std::vector<std::vector<std::string>> lines;
  if (options.titles) {
    lines.emplace_back();
    for (const Display& display : displayed) lines.back().push_back(display.title);
  }
  for (const Row& row : rows_) {
    lines.emplace_back();
    for (const Display& display : displayed) {
      lines.back().push_back(Render(row[display.column], options).value_or(""));
    }
  }
  std::vector<std::size_t> widths(displayed.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], Width(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const Last last = i + 1 == line.size() ? Last::kYes : Last::kNo;
      Pad(out, line[i], widths[i], columns_[displayed[i].column].align, last);
      if (last == Last::kNo) out.push_back(' ');
    }
    out.push_back('\n');
  }
  return out;
}

void CatTable::Respond(const RequestPtr& request, const CatOptions& options) {
  if (Status status = Sort(options); !status.ok()) return request->Fail(status);
  const std::vector<Display> displayed = Displayed(options);
  if (!request->format().explicit_type) {
    return request->RespondText(200, Text(displayed, options));
  }
  request->Respond(200, [&](base::json::Writer& out) {
    out.BeginArray();
    for (const Row& row : rows_) {
      out.BeginObject();
      for (const Display& display : displayed) {
        out.Field(display.title, Render(row[display.column], options));
      }
      out.EndObject();
    }
    out.EndArray();
  });
}

void CatTable::RespondHelp(const RequestPtr& request) const {
  std::size_t name = 0, aliases = 0, description = 0;
  for (const CatColumn& column : columns_) {
    name = std::max(name, Width(column.name));
    aliases = std::max(aliases, Width(column.aliases));
    description = std::max(description, Width(column.description));
  }
  std::string out;
  for (const CatColumn& column : columns_) {
    Pad(out, column.name, name, Align::kLeft, Last::kNo);
    out += " | ";
    Pad(out, column.aliases, aliases, Align::kLeft, Last::kNo);
    out += " | ";
    Pad(out, column.description, description, Align::kLeft, Last::kNo);
    out += "\n";
  }
  request->RespondText(200, std::move(out));
}

}  // namespace rest
