// base/json/path_filter.h
//
// Filters documents by paths as OpenSearch filters `_source`. A path is dotted, `*` stands for any
// characters, dots among them, and a path covers all that lies below it. A member whose name has
// dots counts as lying that deep, and arrays are transparent. A container that is included stays,
// as {} or [], when all in it is excluded; one that only leads to what is included does not.
//
// Lifetime: a value, immutable once made. Threads: any.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/tree.h"
#include "base/json/writer.h"

namespace base::json {

class PathFilter {
 public:
  // No includes: everything but the excludes.
  PathFilter(std::span<const std::string> includes, std::span<const std::string> excludes);

  // Writes what is left of an object; anything else is written as it is.
  void Write(const Value& document, Writer& writer) const;

 private:
  class Reader;
  class Walk;

  // The paths of one kind as a machine that reads a member's path byte by byte.
  class Paths {
   public:
    // Where the machine may be, in order; empty: no path can fit any more.
    using State = std::vector<std::uint32_t>;

    explicit Paths(std::span<const std::string> paths);
    bool empty() const { return steps_.empty(); }
    const State& start() const { return start_; }
    State After(const State& state, char byte) const;
    // Whether the path that has been read, or one above it, is among them.
    bool Accepts(const State& state) const;

   private:
    struct Step {
      enum class Kind : std::uint8_t { kByte, kAnyRun, kEnd, kBelow };
      Kind kind;
      char byte = 0;
    };
    void Add(std::uint32_t step, State& state) const;
    void DropDominated(State& state) const;

    std::vector<Step> steps_;
    std::vector<std::uint32_t> begins_;  // of each path in steps_
    State start_;
  };

  Paths includes_, excludes_;
};

}  // namespace base::json
