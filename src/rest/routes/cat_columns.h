// rest/routes/cat_columns.h
//
// How tables of the `_cat` family name their columns. Threads: pure functions.

#pragma once

#include <cstdio>
#include <string>
#include <utility>

#include "rest/cat_table.h"

namespace rest::routes {

inline CatColumn Right(std::string name, std::string aliases, std::string description,
                       Shown shown = Shown::kAlways) {
  return {std::move(name), std::move(aliases), std::move(description), Align::kRight, shown};
}
inline CatColumn Left(std::string name, std::string aliases, std::string description,
                      Shown shown = Shown::kAlways) {
  return {std::move(name), std::move(aliases), std::move(description), Align::kLeft, shown};
}

inline std::string Decimals(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

}  // namespace rest::routes
