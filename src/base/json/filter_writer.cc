#include "base/json/filter_writer.h"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/json/scalars.h"
#include "base/text/strings.h"

namespace base::json {
namespace {

// A dotted path, cut at its dots; `\.` is a dot inside a name.
using Path = std::vector<std::string>;

Path ParsePath(std::string_view text) {
  Path path;
  std::string segment;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '.') {
      segment.push_back(text[++i]);
    } else if (text[i] == '.') {
      path.push_back(std::exchange(segment, {}));
    } else {
      segment.push_back(text[i]);
    }
  }
  if (!segment.empty()) path.push_back(std::move(segment));
  return path;
}

}  // namespace

// Follows the document downwards with the paths that still fit. A container that is only partly
// wanted is held back until something in it is written.
class FilterWriter::Stage final : public Writer {
 public:
  enum class Keeps : bool { kTheRest, kWhatFits };

  Stage(Writer& next, Keeps keeps, std::vector<Path> paths)
      : next_(next), keeps_(keeps), paths_(std::move(paths)) {
    for (const Path& path : paths_) root_.rests.push_back({&path, 0});
  }

  void BeginObject() override { Begin('{'); }
  void EndObject() override { End(); }
  void BeginArray() override { Begin('['); }
  void EndArray() override { End(); }
  void Key(std::string_view key) override;
  void String(std::string_view value) override {
    if (EnterScalar()) next_.String(value);
  }
  void Int(std::int64_t value) override {
    if (EnterScalar()) next_.Int(value);
  }
  void Uint(std::uint64_t value) override {
    if (EnterScalar()) next_.Uint(value);
  }
  void Double(double value) override {
    if (EnterScalar()) next_.Double(value);
  }
  void Float(float value) override {
    if (EnterScalar()) next_.Float(value);
  }
  void Number(std::string_view spelling) override {
    if (EnterScalar()) next_.Number(spelling);
  }
  void Bool(bool value) override {
    if (EnterScalar()) next_.Bool(value);
  }
  void Null() override {
    if (EnterScalar()) next_.Null();
  }
  void Raw(std::string_view json) override;

 private:
  // So few rests are looked at as fast as something is remembered; of that there is some megabyte.
  static constexpr std::size_t kFew = 4, kLongKey = 64, kMostRemembered = 8192;

  // The part of a path that what stands below must fit.
  struct Rest {
    const Path* path;
    std::size_t from;
    friend auto operator<=>(const Rest&, const Rest&) = default;
  };
  // `**.**` comes to the same rest by two ways; they are in order, so the twin is the last one.
  static void AddRest(Rest rest, std::vector<Rest>& rests) {
    if (rests.empty() || rests.back() != rest) rests.push_back(rest);
  }

  enum class Verdict : std::uint8_t { kDrop, kPartly, kAll };
  struct Place;
  struct Fate {
    Verdict verdict = Verdict::kDrop;
    const Place* place = nullptr;  // if kPartly
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>()(key);
    }
  };
  // Where some rests must be fitted. An answer has the same keys over and over: where there are
  // many rests, what becomes of a key is remembered.
  struct Place {
    std::vector<Rest> rests;
    bool stays = true;  // in kept_, or the root
    mutable std::unordered_map<std::string, Fate, Hash, std::equal_to<>> fates = {};
  };
  struct Frame {
    char bracket;
    bool written;
    Verdict verdict;
    std::optional<std::string> key;  // under which it stands, if in an object
    const Place* place;              // if kPartly
  };

  void Begin(char bracket);
  void End();
  // The verdict on the value that comes now, and the key it stands under.
  Verdict Judge() const {
    if (frames_.empty()) return Verdict::kPartly;
    return frames_.back().bracket == '{' ? key_fate_.verdict : frames_.back().verdict;
  }
  const Place* Where() const {
    if (frames_.empty()) return &root_;
    return frames_.back().bracket == '{' ? key_fate_.place : frames_.back().place;
  }
  Fate FateOf(const Place& place, std::string_view key);
  const Place* PlaceOf(const std::vector<Rest>& rests);
  bool EnterScalar();
  // Writes the brackets and keys that were held back, and the key of the value that follows.
  void WriteParents();
  void Open(Frame& frame);

  Writer& next_;
  const Keeps keeps_;
  const std::vector<Path> paths_;
  Place root_;
  std::map<std::vector<Rest>, Place> kept_;
  std::deque<Place> passing_;    // by depth: of the key that comes now
  std::size_t remembered_ = 0;   // places and fates
  std::vector<Rest> key_rests_;  // used again and again
  std::vector<Frame> frames_;
  std::size_t dropped_ = 0;  // depth inside a container nothing of which is wanted
  std::string key_;          // the last key in the innermost object
  Fate key_fate_;
};

void FilterWriter::Stage::Key(std::string_view key) {
  if (dropped_ > 0) return;
  key_ = key;
  const Frame& frame = frames_.back();
  if (frame.verdict == Verdict::kAll) {
    key_fate_ = {Verdict::kAll};
    return;
  }
  const Place& place = *frame.place;
  if (place.stays && place.rests.size() > kFew) {
    if (const auto known = place.fates.find(key); known != place.fates.end()) {
      key_fate_ = known->second;
      return;
    }
  }
  key_fate_ = FateOf(place, key);
  const bool lasts = key_fate_.place == nullptr || key_fate_.place->stays;
  if (place.stays && place.rests.size() > kFew && lasts && key.size() <= kLongKey &&
      remembered_ < kMostRemembered) {
    ++remembered_;
    place.fates.emplace(key, key_fate_);
  }
}

FilterWriter::Stage::Fate FilterWriter::Stage::FateOf(const Place& place, std::string_view key) {
  key_rests_.clear();
  const bool keep_fitting = keeps_ == Keeps::kWhatFits;
  for (const auto& [path, from] : place.rests) {
    const std::string& segment = (*path)[from];
    const bool any_depth = segment == "**";
    if (!any_depth && !GlobMatch(segment, key)) continue;
    if (from + 1 == path->size()) return {keep_fitting ? Verdict::kAll : Verdict::kDrop};
    if (any_depth) AddRest({path, from}, key_rests_);
    AddRest({path, from + 1}, key_rests_);
  }
  if (key_rests_.empty()) return {keep_fitting ? Verdict::kDrop : Verdict::kAll};
  return {Verdict::kPartly, PlaceOf(key_rests_)};
}

const FilterWriter::Stage::Place* FilterWriter::Stage::PlaceOf(const std::vector<Rest>& rests) {
  if (rests.size() > kFew) {
    if (const auto known = kept_.find(rests); known != kept_.end()) return &known->second;
    if (remembered_ < kMostRemembered) {
      remembered_ += rests.size();
      return &kept_.emplace(rests, Place{rests}).first->second;
    }
  }
  if (passing_.size() < frames_.size()) passing_.resize(frames_.size());
  Place& place = passing_[frames_.size() - 1];
  place.stays = false;
  place.rests = rests;
  return &place;
}

void FilterWriter::Stage::Open(Frame& frame) {
  frame.written = true;
  frame.bracket == '{' ? next_.BeginObject() : next_.BeginArray();
}

void FilterWriter::Stage::WriteParents() {
  for (Frame& frame : frames_) {
    if (frame.written) continue;
    if (frame.key) next_.Key(*frame.key);
    Open(frame);
  }
  if (!frames_.empty() && frames_.back().bracket == '{') next_.Key(key_);
}

bool FilterWriter::Stage::EnterScalar() {
  if (dropped_ > 0) return false;
  const Verdict verdict = Judge();
  // A path goes on below, where a scalar has nothing: it does not fit.
  const bool wanted = verdict == Verdict::kPartly ? keeps_ == Keeps::kTheRest || frames_.empty()
                                                  : verdict == Verdict::kAll;
  if (wanted) WriteParents();
  return wanted;
}

void FilterWriter::Stage::Begin(char bracket) {
  const Verdict verdict = Judge();
  if (dropped_ > 0 || verdict == Verdict::kDrop) {
    ++dropped_;
    return;
  }
  Frame frame{bracket, false, verdict, std::nullopt,
              verdict == Verdict::kPartly ? Where() : nullptr};
  if (verdict == Verdict::kAll || frames_.empty()) {
    WriteParents();
    Open(frame);
  } else if (frames_.back().bracket == '{') {
    frame.key = key_;
  }
  frames_.push_back(std::move(frame));
}

void FilterWriter::Stage::End() {
  if (dropped_ > 0) {
    --dropped_;
    return;
  }
  const Frame& frame = frames_.back();
  if (frame.written) frame.bracket == '{' ? next_.EndObject() : next_.EndArray();
  frames_.pop_back();
}

void FilterWriter::Stage::Raw(std::string_view json) {
  if (dropped_ > 0) return;
  switch (Judge()) {
    case Verdict::kDrop:
      return;
    case Verdict::kPartly:
      return Replay(json, *this);
    case Verdict::kAll:
      WriteParents();
      return next_.Raw(json);
  }
}

FilterWriter::FilterWriter(Writer& next, std::string_view filter_path) : first_(&next) {
  std::vector<Path> kept, left_out;
  for (const std::string& item : SplitList(filter_path)) {
    std::string_view text = TrimAscii(item);
    const bool exclude = text.starts_with('-');
    if (exclude) text.remove_prefix(1);
    if (Path path = ParsePath(text); !path.empty()) {
      (exclude ? left_out : kept).push_back(std::move(path));
    }
  }
  if (!left_out.empty()) {
    excludes_ = std::make_unique<Stage>(*first_, Stage::Keeps::kTheRest, std::move(left_out));
    first_ = excludes_.get();
  }
  if (!kept.empty()) {
    includes_ = std::make_unique<Stage>(*first_, Stage::Keeps::kWhatFits, std::move(kept));
    first_ = includes_.get();
  }
}

FilterWriter::~FilterWriter() = default;

}  // namespace base::json
