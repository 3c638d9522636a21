#include "base/json/path_filter.h"

#include <algorithm>
#include <optional>

namespace base::json {

PathFilter::Paths::Paths(std::span<const std::string> paths) {
  std::vector<std::uint32_t> begins;
  for (const std::string& path : paths) {
    begins.push_back(static_cast<std::uint32_t>(steps_.size()));
    for (const char byte : path) {
      steps_.push_back({byte == '*' ? Step::Kind::kAnyRun : Step::Kind::kByte, byte});
    }
    steps_.push_back({Step::Kind::kEnd});
    steps_.push_back({Step::Kind::kBelow});
  }
  for (const std::uint32_t begin : begins) Add(begin, start_);
}

// Steps come in ascending order, so that a duplicate is the last one.
void PathFilter::Paths::Add(std::uint32_t step, State& state) const {
  for (;; ++step) {
    if (!state.empty() && state.back() >= step) {
      if (std::ranges::binary_search(state, step)) return;
      state.insert(std::ranges::lower_bound(state, step), step);
    } else {
      state.push_back(step);
    }
    if (steps_[step].kind != Step::Kind::kAnyRun) return;  // a run may be empty
  }
}

PathFilter::Paths::State PathFilter::Paths::After(const State& state, std::string_view text) const {
  State now = state;
  State next;
  for (const char byte : text) {
    if (now.empty()) break;
    next.clear();
    for (const std::uint32_t at : now) {
      switch (steps_[at].kind) {
        case Step::Kind::kByte:
          if (steps_[at].byte == byte) Add(at + 1, next);
          break;
        case Step::Kind::kEnd:
          if (byte == '.') Add(at + 1, next);
          break;
        case Step::Kind::kAnyRun:
        case Step::Kind::kBelow:
          Add(at, next);
          break;
      }
    }
    now.swap(next);
  }
  return now;
}

bool PathFilter::Paths::Accepts(const State& state) const {
  return std::ranges::any_of(state, [this](std::uint32_t at) {
    return steps_[at].kind == Step::Kind::kEnd || steps_[at].kind == Step::Kind::kBelow;
  });
}

PathFilter::PathFilter(std::span<const std::string> includes, std::span<const std::string> excludes)
    : includes_(includes), excludes_(excludes) {}

// Goes down the document; a container is opened in the output when something in it is written.
class PathFilter::Walk {
 public:
  using State = Paths::State;
  // What a path that leads here, and what lies below it, may still fit. No `included`: all is.
  struct Place {
    std::optional<State> included;
    State excluded;
  };

  Walk(const PathFilter& filter, Writer& writer) : filter_(filter), writer_(writer) {}

  Place Root() const {
    Place root{std::nullopt, filter_.excludes_.start()};
    if (!filter_.includes_.empty()) root.included = filter_.includes_.start();
    return root;
  }

  enum class Keep : bool { kIfNotEmpty, kAlways };
  void Object(const Value& object, const Place& place, Keep keep) {
    Open('{', keep);
    for (const Member& member : object.members()) {
      key_ = member.key;
      OneMember(*member.value, Below(place, member.key));
    }
    Close();
  }

 private:
  Place Below(const Place& place, std::string_view text) const {
    Place below;
    if (place.included) below.included = filter_.includes_.After(*place.included, text);
    below.excluded = filter_.excludes_.After(place.excluded, text);
    return below;
  }
  static bool Dead(const Place& place) { return place.included && place.included->empty(); }
  bool Included(const Place& place) const {
    return !place.included || filter_.includes_.Accepts(*place.included);
  }

  void OneMember(const Value& value, Place place) {
    if (Dead(place) || filter_.excludes_.Accepts(place.excluded)) return;
    const bool included = Included(place);
    if (included) {
      if (filter_.excludes_.After(place.excluded, ".").empty()) return WriteWhole(value);
      place.included.reset();  // all below is, but for what is excluded
    }
    const Keep keep = included ? Keep::kAlways : Keep::kIfNotEmpty;
    if (value.IsObject()) {
      if (const Place inside = Below(place, "."); !Dead(inside)) Object(value, inside, keep);
    } else if (value.IsArray()) {
      Array(value, place, keep);
    } else if (included) {
      WriteWhole(value);
    }
  }

  void Array(const Value& array, const Place& place, Keep keep) {
    const Place inside = Below(place, ".");
    const bool included = Included(place);
    Open('[', keep);
    for (const Value* item : array.items()) {
      if (item->IsObject()) {
        if (!Dead(inside)) Object(*item, inside, Keep::kIfNotEmpty);
      } else if (item->IsArray()) {
        Array(*item, place, Keep::kIfNotEmpty);
      } else if (included) {
        WriteWhole(*item);
      }
    }
    Close();
  }

  void WriteWhole(const Value& value) {
    WriteOpened();
    if (!opened_.empty() && opened_.back().bracket == '{') writer_.Key(key_);
    value.Write(writer_);
  }

  void Open(char bracket, Keep keep) {
    const bool named = !opened_.empty() && opened_.back().bracket == '{';
    opened_.push_back({bracket, named ? std::optional(key_) : std::nullopt});
    if (keep == Keep::kAlways) WriteOpened();
  }
  void WriteOpened() {
    for (; written_ < opened_.size(); ++written_) {
      const Opened& one = opened_[written_];
      if (one.key) writer_.Key(*one.key);
      one.bracket == '{' ? writer_.BeginObject() : writer_.BeginArray();
    }
  }
  void Close() {
    if (written_ == opened_.size()) {
      opened_.back().bracket == '{' ? writer_.EndObject() : writer_.EndArray();
      --written_;
    }
    opened_.pop_back();
  }

  struct Opened {
    char bracket;
    std::optional<std::string_view> key;
  };
  const PathFilter& filter_;
  Writer& writer_;
  std::vector<Opened> opened_;
  std::size_t written_ = 0;  // of opened_: those before it
  std::string_view key_;     // of the member that comes now
};

void PathFilter::Write(const Value& document, Writer& writer) const {
  if (!document.IsObject()) return document.Write(writer);
  Walk walk(*this, writer);
  walk.Object(document, walk.Root(), Walk::Keep::kAlways);
}

}  // namespace base::json
