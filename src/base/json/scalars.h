// base/json/scalars.h
//
// How scalars are spelled in every textual form, and how a form that cannot take raw JSON reads it.

#pragma once

#include <cmath>
#include <string>
#include <string_view>

#include "base/json/writer.h"
#include "base/text/numbers.h"

namespace base::json {

inline std::string_view BoolText(bool value) { return value ? "true" : "false"; }

inline void AppendDoubleOrQuoted(std::string& out, double value) {
  if (std::isfinite(value)) return AppendJavaDouble(out, value);
  out.push_back('"');
  AppendJavaDouble(out, value);
  out.push_back('"');
}

inline void AppendFloatOrQuoted(std::string& out, float value) {
  if (std::isfinite(value)) return AppendJavaFloat(out, value);
  out.push_back('"');
  AppendJavaFloat(out, value);
  out.push_back('"');
}

// Sends the events of one JSON value. What is no JSON at all is sent as a string, so that the
// document around it stays whole.
void Replay(std::string_view json, Writer& writer);

}  // namespace base::json
