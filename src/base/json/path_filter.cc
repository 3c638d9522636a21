#include "base/json/path_filter.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>

namespace base::json {

PathFilter::Paths::Paths(std::span<const std::string> paths) {
  for (const std::string& path : paths) {
    begins_.push_back(static_cast<std::uint32_t>(steps_.size()));
    for (const char byte : path) {
      steps_.push_back({byte == '*' ? Step::Kind::kAnyRun : Step::Kind::kByte, byte});
    }
    steps_.push_back({Step::Kind::kEnd});
    steps_.push_back({Step::Kind::kBelow});
  }
  for (const std::uint32_t begin : begins_) Add(begin, start_);
  DropDominated(start_);
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

// Of one path, whatever fits from before a star fits from the star on, too.
void PathFilter::Paths::DropDominated(State& state) const {
  auto kept = state.end();
  std::uint32_t from = UINT32_MAX, begin = UINT32_MAX;  // the last star, and where its path begins
  for (auto at = state.end(); at != state.begin();) {
    --at;
    if (*at < from && *at >= begin) continue;
    *--kept = *at;
    if (steps_[*at].kind != Step::Kind::kAnyRun) continue;
    from = *at;
    begin = *std::prev(std::ranges::upper_bound(begins_, from));
  }
  state.erase(state.begin(), kept);
}

PathFilter::Paths::State PathFilter::Paths::After(const State& state, char byte) const {
  State next;
  for (const std::uint32_t at : state) {
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
  DropDominated(next);
  return next;
}

bool PathFilter::Paths::Accepts(const State& state) const {
  return std::ranges::any_of(state, [this](std::uint32_t at) {
    return steps_[at].kind == Step::Kind::kEnd || steps_[at].kind == Step::Kind::kBelow;
  });
}

PathFilter::PathFilter(std::span<const std::string> includes, std::span<const std::string> excludes)
    : includes_(includes), excludes_(excludes) {}

// Follows the machine of some paths. States that it has met are numbered and their successors kept,
// up to a bound: so a byte costs the same however many paths and stars there are, unless they are
// made to defeat that.
class PathFilter::Reader {
 public:
  // Where the machine is: a number, or a state that has none.
  struct Place {
    int number = kNone;
    Paths::State state;
  };

  explicit Reader(const Paths& paths) : paths_(paths) {}

  Place Start() const { return {kNone, paths_.start()}; }
  Place After(Place place, std::string_view text) {
    for (const char byte : text) {
      if (IsDead(place)) break;
      Advance(place, byte);
    }
    return place;
  }
  bool IsDead(const Place& place) const { return StateOf(place).empty(); }
  bool Accepts(const Place& place) const { return paths_.Accepts(StateOf(place)); }

 private:
  static constexpr int kNone = -1;
  // What is short is not worth it; the rest bounds memory to some megabytes.
  static constexpr std::size_t kWorthwhile = 1024, kMostNodes = 1024, kMostSteps = 1 << 20;

  struct Node {
    explicit Node(Paths::State of) : state(std::move(of)) { next.fill(kNone); }

    Paths::State state;
    std::array<int, 256> next;  // by byte
  };

  const Paths::State& StateOf(const Place& place) const {
    return place.number == kNone ? place.state
                                 : nodes_[static_cast<std::size_t>(place.number)].state;
  }

  void Advance(Place& place, char byte) {
    int* known = nullptr;
    if (place.number != kNone) {
      known = &nodes_[static_cast<std::size_t>(place.number)].next[static_cast<std::uint8_t>(byte)];
      if (*known != kNone) return void(place.number = *known);
    }
    Paths::State next = paths_.After(StateOf(place), byte);
    place.number = NumberOf(next);
    if (known != nullptr) *known = place.number;
    place.state = place.number == kNone ? std::move(next) : Paths::State();
  }

  int NumberOf(const Paths::State& state) {
    if (++computed_ < kWorthwhile) return kNone;
    if (const auto found = numbers_.find(state); found != numbers_.end()) return found->second;
    if (nodes_.size() == kMostNodes || steps_ + state.size() > kMostSteps) return kNone;
    steps_ += state.size();
    nodes_.emplace_back(state);  // a deque: what `known` points to stays
    return numbers_.emplace(state, static_cast<int>(nodes_.size()) - 1).first->second;
  }

  const Paths& paths_;
  std::deque<Node> nodes_;
  std::map<Paths::State, int> numbers_;
  std::size_t computed_ = 0, steps_ = 0;
};

// Goes down the document; a container is opened in the output when something in it is written.
class PathFilter::Walk {
 public:
  // What a path that leads here, and what lies below it, may still fit. No `included`: all is.
  struct Place {
    std::optional<Reader::Place> included;
    Reader::Place excluded;
  };

  Walk(const PathFilter& filter, Writer& writer)
      : all_(filter.includes_.empty()),
        includes_(filter.includes_),
        excludes_(filter.excludes_),
        writer_(writer) {}

  Place Root() const {
    Place root{std::nullopt, excludes_.Start()};
    if (!all_) root.included = includes_.Start();
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
  Place Below(const Place& place, std::string_view text) {
    Place below;
    if (place.included) below.included = includes_.After(*place.included, text);
    below.excluded = excludes_.After(place.excluded, text);
    return below;
  }
  bool Dead(const Place& place) const {
    return place.included && includes_.IsDead(*place.included);
  }
  bool Included(const Place& place) const {
    return !place.included || includes_.Accepts(*place.included);
  }

  void OneMember(const Value& value, Place place) {
    if (Dead(place) || excludes_.Accepts(place.excluded)) return;
    const bool included = Included(place);
    if (included) {
      if (excludes_.IsDead(excludes_.After(place.excluded, "."))) return WriteWhole(value);
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
  const bool all_;  // nothing says what is included
  Reader includes_, excludes_;
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
