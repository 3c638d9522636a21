// From text to tree: simdjson finds the tokens, we keep their spelling.

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "base/json/diagnose.h"
#include "base/json/escape.h"
#include "base/json/key_table.h"
#include "base/json/scalars.h"
#include "base/json/tree.h"
#include "base/text/strings.h"

namespace base::json {
namespace {

namespace ondemand = simdjson::ondemand;

// Up to this size parser and copy stay with the thread and are used again.
constexpr std::size_t kKeptBytes = 32 << 10;
// Less is not worth asking for.
constexpr std::size_t kMuchBytes = 64 << 10;
// Per byte of text, at most: simdjson's index of tokens.
constexpr std::size_t kIndexBytes = sizeof(std::uint32_t);

bool IsNumber(std::string_view token) {
  const auto digits = [&token] {
    const std::size_t length = std::min(token.find_first_not_of("0123456789"), token.size());
    token.remove_prefix(length);
    return length;
  };
  if (token.starts_with('-')) token.remove_prefix(1);
  const bool zero = token.starts_with('0');
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (token.starts_with('.')) {
    token.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (token.starts_with('e') || token.starts_with('E')) {
    token.remove_prefix(1);
    if (token.starts_with('+') || token.starts_with('-')) token.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return token.empty();
}

std::string_view WithoutTrailingSpace(std::string_view token) {
  const std::size_t last = token.find_last_not_of(" \t\n\r");
  return token.substr(0, last + 1);
}

// Overwrites /* */ and // comments with blanks, which OpenSearch's parser lets pass. False if there
// were none.
bool BlankOutComments(char* text, std::size_t size) {
  bool found = false, in_string = false;
  for (std::size_t i = 0; i < size; ++i) {
    if (in_string) {
      if (text[i] == '\\')
        ++i;
      else if (text[i] == '"')
        in_string = false;
      continue;
    }
    in_string = text[i] == '"';
    if (text[i] != '/' || i + 1 >= size || (text[i + 1] != '*' && text[i + 1] != '/')) continue;
    const std::string_view rest(text + i, size - i);
    const bool block = text[i + 1] == '*';
    std::size_t length = block ? rest.find("*/", 2) : rest.find('\n');
    if (length == std::string_view::npos) {
      if (block) return found;
      length = rest.size();
    } else if (block) {
      length += 2;
    }
    std::replace_if(text + i, text + i + length, [](char c) { return c != '\n'; }, ' ');
    found = true;
    i += length - 1;
  }
  return found;
}

}  // namespace

// Builds one document out of simdjson's tokens. False anywhere means: no good, ask Diagnose().
class TreeBuilder {
 public:
  // `held` is what the parsing holds beside what is built here.
  TreeBuilder(Document& document, const char* begin, std::size_t held, const ParseOptions& options)
      : document_(document), begin_(begin), options_(options), held_(held) {}

  bool Build(ondemand::document& source) {
    ondemand::json_type type;
    if (source.type().get(type)) return false;
    document_.root_ = New();
    bool good = false;
    if (type == ondemand::json_type::object) {
      ondemand::object object;
      good = !source.get_object().get(object) && Object(object, *document_.root_, 1);
    } else if (type == ondemand::json_type::array) {
      ondemand::array array;
      good = !source.get_array().get(array) && Array(array, *document_.root_, 1);
    }
    return good && source.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

  // What options.checkpoint or options.reserve said, if that ended the building.
  const Status& stopped() const { return stopped_; }

  bool Scalar(std::string_view token, Value& value) {
    value.offset_ = static_cast<std::uint32_t>(token.data() - begin_);
    token = WithoutTrailingSpace(token);
    if (token.starts_with('"')) {
      if (token.size() < 2 || !token.ends_with('"')) return false;
      value.type_ = Value::Type::kString;
      std::string_view text;
      if (!Text(token.substr(1, token.size() - 2), text)) return false;
      value.text_ = text.data();
      value.size_ = static_cast<std::uint32_t>(text.size());
      return true;
    }
    if (token == "null") return true;
    if (token == "true" || token == "false") {
      value.type_ = Value::Type::kBool;
      value.bool_ = token == "true";
      return true;
    }
    if (!IsNumber(token)) return false;
    value.type_ = Value::Type::kNumber;
    value.text_ = document_.arena_.Copy(token).data();
    value.size_ = static_cast<std::uint32_t>(token.size());
    return true;
  }

 private:
  // Asks now and then, so that a document of many values can be given up.
  bool GoesOn() {
    constexpr unsigned kAskEvery = 1024;
    if (document_.arena_.bytes() > reserved_arena_ + kMuchBytes && !Reserve(0)) return false;
    if (++values_ % kAskEvery != 0 || !options_.checkpoint) return true;
    stopped_ = options_.checkpoint();
    return stopped_.ok();
  }

  // Before `more` bytes are allocated.
  bool Reserve(std::size_t more) {
    reserved_arena_ = document_.arena_.bytes();
    if (!options_.reserve) return true;
    stopped_ = options_.reserve(held_ + reserved_arena_ + more);
    return stopped_.ok();
  }

  // An array for `count` of them can be allocated in the document.
  template <typename T>
  bool ReserveArray(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);  // NOLINT(bugprone-sizeof-expression)
    return bytes <= kMuchBytes || Reserve(bytes);
  }

  // `stack` can take one more. While it moves, both places are held.
  template <typename T>
  bool MakeRoom(std::vector<T>& stack) {
    constexpr std::size_t kFirst = 16, kElement = sizeof(T);  // NOLINT(bugprone-sizeof-expression)
    if (stack.size() < stack.capacity()) return true;
    const std::size_t before = stack.capacity();
    const std::size_t now = std::max(kFirst, 2 * before);
    if (now * kElement > kMuchBytes && !Reserve(now * kElement)) return false;
    stack.reserve(now);
    held_ += (now - before) * kElement;
    return true;
  }

  Value* New() { return new (document_.arena_.AllocateArray<Value>(1)) Value(); }

  // Between the quotes.
  bool Text(std::string_view raw, std::string_view& text) {
    if (!ReserveArray<char>(raw.size())) return false;
    if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) {
      text = document_.arena_.Copy(raw);
      return true;
    }
    char* const place = document_.arena_.AllocateArray<char>(raw.size());
    std::size_t length = 0;
    if (!Unescape(raw, place, length)) return false;
    text = {place, length};
    return true;
  }

  bool Key(ondemand::field& field, std::string_view& key) {
    const char* const begin = field.key().raw();
    const char* end = begin;
    for (; *end != '"'; ++end) {
      if (*end == '\\') ++end;
    }
    return Text({begin, static_cast<std::size_t>(end - begin)}, key);
  }

  // `token` reaches to the next one, so what ends the value is just behind it.
  bool Any(ondemand::value source, Value& value, std::uint32_t depth) {
    const std::string_view token = source.raw_json_token();
    value.offset_ = static_cast<std::uint32_t>(token.data() - begin_);
    if (token.starts_with('{')) {
      ondemand::object object;
      return !source.get_object().get(object) && Object(object, value, depth + 1);
    }
    if (token.starts_with('[')) {
      ondemand::array array;
      return !source.get_array().get(array) && Array(array, value, depth + 1);
    }
    const char behind = token.data()[token.size()];
    return (behind == ',' || behind == '}' || behind == ']') && Scalar(token, value);
  }

  bool Object(ondemand::object& source, Value& object, std::uint32_t depth) {
    if (depth > options_.max_depth) return false;
    object.type_ = Value::Type::kObject;
    const std::size_t first = members_.size();
    for (auto next : source) {
      ondemand::field field;
      std::string_view key;
      if (std::move(next).get(field) || !Key(field, key) || !GoesOn()) return false;
      if (!MakeRoom(members_)) return false;
      Value* const value = New();
      members_.push_back({key, value});
      if (!Any(field.value(), *value, depth)) return false;
    }
    const bool twins = DropTwins(first);
    if (!stopped_.ok()) return false;
    if (twins && options_.duplicate_keys == DuplicateKeys::kError) return false;
    object.size_ = object.capacity_ = static_cast<std::uint32_t>(members_.size() - first);
    if (!ReserveArray<Member>(object.size_)) return false;
    object.members_ = document_.arena_.AllocateArray<Member>(object.size_);
    std::copy(members_.begin() + first, members_.end(), object.members_);
    members_.resize(first);
    return true;
  }

  // Of members with the same key the first keeps the place and the last gives the value. Whether
  // there were any.
  bool DropTwins(std::size_t first) {
    const std::size_t count = members_.size() - first;
    const bool few = count <= KeyTable::kFewKeys;
    if (!few && !ReserveArray<KeyTable::Cost>(count)) return false;
    if (!few) keys_.Start(count);
    std::size_t end = first;
    for (std::size_t i = first; i < members_.size() && GoesOn(); ++i) {
      const Member member = members_[i];
      std::size_t place = end;
      if (few) {
        for (place = first; place < end && members_[place].key != member.key;) ++place;
      } else {
        place = first + keys_.FindOrAdd(member.key, static_cast<std::uint32_t>(end - first));
      }
      members_[place] = {member.key, member.value};
      if (place == end) ++end;
    }
    const bool any = end < members_.size();
    members_.resize(end);
    return any;
  }

  bool Array(ondemand::array& source, Value& array, std::uint32_t depth) {
    if (depth > options_.max_depth) return false;
    array.type_ = Value::Type::kArray;
    const std::size_t first = items_.size();
    for (auto next : source) {
      ondemand::value item;
      if (std::move(next).get(item) || !GoesOn() || !MakeRoom(items_)) return false;
      items_.push_back(New());
      if (!Any(item, *items_.back(), depth)) return false;
    }
    array.size_ = array.capacity_ = static_cast<std::uint32_t>(items_.size() - first);
    if (!ReserveArray<Value*>(array.size_)) return false;
    array.items_ = document_.arena_.AllocateArray<Value*>(array.size_);
    std::copy(items_.begin() + first, items_.end(), array.items_);
    items_.resize(first);
    return true;
  }

  Document& document_;
  const char* const begin_;
  const ParseOptions& options_;
  unsigned values_ = 0;
  std::size_t held_;
  std::size_t reserved_arena_ = 0;  // as it was when last asked for
  Status stopped_;
  // Of the containers being read, the innermost last.
  std::vector<Member> members_;
  std::vector<Value*> items_;
  KeyTable keys_;
};

namespace {

// What the parsing of that much text holds beside the tree.
std::size_t HeldBeside(std::size_t text) {
  return text + simdjson::SIMDJSON_PADDING + text * kIndexBytes;
}

struct Workspace {
  ondemand::parser parser;
  std::vector<char> padded;
};

// Containers by simdjson; a lone scalar, which it treats apart, by hand.
bool Build(Workspace& work, std::size_t size, const ParseOptions& options, Document& document,
           Status& stopped) {
  char* const text = work.padded.data();
  TreeBuilder builder(document, text, HeldBeside(size), options);
  const std::string_view trimmed = TrimAscii({text, size});
  if (!trimmed.starts_with('{') && !trimmed.starts_with('[')) {
    return Diagnose({text, size}, options).ok() && builder.Scalar(trimmed, document.root());
  }
  // One level more than ours, so that the limit that counts is ours.
  const auto failed = work.parser.allocate(std::max<std::size_t>(size, 1), options.max_depth + 2);
  if (failed == simdjson::MEMALLOC) stopped = OutOfMemory();
  if (failed) return false;
  ondemand::document source;
  const bool built =
      !work.parser.iterate(text, size, work.padded.size()).get(source) && builder.Build(source);
  stopped = builder.stopped();
  return built;
}

}  // namespace

Result<Document> Document::Parse(std::string_view text, const ParseOptions& options) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max() - simdjson::SIMDJSON_PADDING) {
    return Status(413, "json_parse_exception", "document of more than 4gb");
  }
  thread_local Workspace kept;
  Workspace large;
  Workspace& work = text.size() <= kKeptBytes ? kept : large;
  if (options.reserve && &work == &large) RETURN_IF_ERROR(options.reserve(HeldBeside(text.size())));
  work.padded.assign(text.begin(), text.end());
  work.padded.resize(text.size() + simdjson::SIMDJSON_PADDING);

  Document document;
  Status stopped;
  if (Build(work, text.size(), options, document, stopped)) return document;
  RETURN_IF_ERROR(stopped);
  if (BlankOutComments(work.padded.data(), text.size())) {
    document = Document();
    if (Build(work, text.size(), options, document, stopped)) return document;
    RETURN_IF_ERROR(stopped);
  }
  RETURN_IF_ERROR(Diagnose({work.padded.data(), text.size()}, options));
  return Status(400, "json_parse_exception", "Malformed JSON");
}

void Replay(std::string_view json, Writer& writer) {
  ParseOptions options;
  options.duplicate_keys = DuplicateKeys::kLastWins;
  const Result<Document> document = Document::Parse(json, options);
  if (!document.ok()) return writer.String(json);
  document->root().Write(writer);
}

}  // namespace base::json
