#include "engine/mapping/wkt.h"

#include <algorithm>
#include <utility>

#include "base/text/numbers.h"
#include "base/text/strings.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::ParseError;
using base::Result;
using base::Status;
using Type = Geometry::Type;

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '+' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

// Words, and single characters that are neither part of a word nor blank.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  void Next() {
    if (std::exchange(again_, false)) return;
    SkipBlanks();
    std::size_t end = at_;
    while (end < text_.size() && IsWordByte(text_[end])) ++end;
    is_word_ = end > at_;
    if (!is_word_ && end < text_.size()) ++end;
    token_ = text_.substr(at_, end - at_);
    at_ = end;
  }
  // The next Next() stays where it is.
  void PushBack() { again_ = true; }

  bool is_word() const { return is_word_; }
  std::string_view token() const { return token_; }  // empty at the end of the text
  std::string Shown() const {
    if (token_.empty()) return "END-OF-STREAM";
    return is_word_ ? std::string(token_) : "'" + std::string(token_) + "'";
  }

 private:
  void SkipBlanks() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '#')
        at_ = std::min(text_.find_first_of("\r\n", at_), text_.size() - 1);
      else if (static_cast<unsigned char>(text_[at_]) > ' ')
        return;
    }
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::string_view token_;
  bool is_word_ = false, again_ = false;
};

class Reader {
 public:
  Reader(std::string_view text, bool coerce, const tasks::TaskContext& task)
      : words_(text), coerce_(coerce), task_(task) {}

  Result<Geometry> Read(int depth) {
    RETURN_IF_ERROR(task_.Checkpoint());
    ASSIGN_OR_RETURN(const std::string word, NextWord());
    const std::string type = base::ToLowerAscii(word);
    if (type == "point") return Point();
    if (type == "linestring") return Line();
    if (type == "polygon") return Polygon();
    if (type == "bbox") return Box();
    if (type == "circle") return Circle();
    if (type == "multipoint") return MultiPoint();
    if (type == "multilinestring") return Many([this] { return Line(); });
    if (type == "multipolygon") return Many([this] { return Polygon(); });
    if (type == "geometrycollection") {
      if (depth + 1 >= kMaxShapeDepth) return ShapeTooDeep();
      return Many([this, depth] { return Read(depth + 1); });
    }
    return IllegalArgument("Unknown geometry type: " + type);
  }

 private:
  // A word, "EMPTY" in capitals, or one of ( ) ,
  Result<std::string> NextWord() {
    words_.Next();
    const std::string_view token = words_.token();
    if (words_.is_word()) {
      return base::ToLowerAscii(token) == "empty" ? std::string("EMPTY") : std::string(token);
    }
    if (token == "(" || token == ")" || token == ",") return std::string(token);
    return ParseError("expected word but found: " + words_.Shown());
  }

  Result<std::string> OneOf(std::string_view a, std::string_view b) {
    ASSIGN_OR_RETURN(std::string word, NextWord());
    if (word == a || word == b) return word;
    const std::string wanted = a == b ? std::string(a) : std::string(a) + " or " + std::string(b);
    return ParseError("expected " + wanted +
                      " but found: " + (word == "EMPTY" ? word : words_.Shown()));
  }
  Status Expect(std::string_view one) { return OneOf(one, one).status(); }
  Result<bool> IsEmpty() {
    ASSIGN_OR_RETURN(const std::string word, OneOf("EMPTY", "("));
    return word == "EMPTY";
  }
  // Whether another one follows.
  Result<bool> More() {
    ASSIGN_OR_RETURN(const std::string word, OneOf(",", ")"));
    return word == ",";
  }

  Result<double> Number() {
    words_.Next();
    if (!words_.is_word()) return ParseError("expected number but found: " + words_.Shown());
    if (base::ToLowerAscii(words_.token()) == "nan") {
      return std::numeric_limits<double>::quiet_NaN();
    }
    auto number = base::ParseDouble(words_.token());
    if (number.ok()) return number;
    return ParseError("invalid number found: " + std::string(words_.token()));
  }

  // Two numbers and perhaps a height.
  Result<Position> Place() {
    Position place;
    ASSIGN_OR_RETURN(place.x, Number());
    ASSIGN_OR_RETURN(place.y, Number());
    words_.Next();
    words_.PushBack();
    if (!words_.is_word()) return place;
    ASSIGN_OR_RETURN(place.z, Number());
    return place;
  }

  // What stands behind the opening parenthesis, to the closing one.
  Result<Positions> Places() {
    Positions places;
    for (bool more = true; more;) {
      RETURN_IF_ERROR(task_.Checkpoint());
      ASSIGN_OR_RETURN(const Position place, Place());
      if (!places.empty() && places[0].has_z() != place.has_z()) {
        return ParseError("coordinate dimensions do not match: " + words_.Shown());
      }
      places.push_back(place);
      ASSIGN_OR_RETURN(more, More());
    }
    return places;
  }

  Result<Geometry> Point() {
    Geometry point{.type = Type::kPoint};
    ASSIGN_OR_RETURN(const bool empty, IsEmpty());
    if (empty) return point;
    ASSIGN_OR_RETURN(const Position place, Place());
    RETURN_IF_ERROR(Expect(")"));
    point.lists.push_back({place});
    return point;
  }

  Result<Geometry> Line() {
    Geometry line{.type = Type::kLine};
    ASSIGN_OR_RETURN(const bool empty, IsEmpty());
    if (empty) return line;
    ASSIGN_OR_RETURN(Positions places, Places());
    RETURN_IF_ERROR(CheckLine(places));
    line.lists.push_back(std::move(places));
    return line;
  }

  Result<Geometry> Polygon() {
    Geometry polygon{.type = Type::kPolygon};
    ASSIGN_OR_RETURN(const bool empty, IsEmpty());
    for (bool more = !empty; more;) {
      RETURN_IF_ERROR(Expect("("));
      ASSIGN_OR_RETURN(Positions ring, Places());
      if (coerce_) CloseRing(ring);
      RETURN_IF_ERROR(CheckRing(ring));
      polygon.lists.push_back(std::move(ring));
      ASSIGN_OR_RETURN(more, More());
    }
    RETURN_IF_ERROR(CheckPolygon(polygon));
    return polygon;
  }

  Result<Geometry> Box() {
    Geometry box{.type = Type::kEnvelope};
    ASSIGN_OR_RETURN(const bool empty, IsEmpty());
    if (empty) return box;
    double numbers[4] = {};  // left, right, high, low
    for (int i = 0; i < 4; ++i) {
      if (i > 0) RETURN_IF_ERROR(Expect(","));
      ASSIGN_OR_RETURN(numbers[i], Number());
    }
    RETURN_IF_ERROR(Expect(")"));
    box.lists.push_back({{numbers[0], numbers[3]}, {numbers[1], numbers[2]}});
    RETURN_IF_ERROR(CheckEnvelope(box));
    return box;
  }

  Result<Geometry> Circle() {
    Geometry circle{.type = Type::kCircle};
    ASSIGN_OR_RETURN(const bool empty, IsEmpty());
    if (empty) return circle;
    Position place;
    ASSIGN_OR_RETURN(place.x, Number());
    ASSIGN_OR_RETURN(place.y, Number());
    ASSIGN_OR_RETURN(const double radius, Number());
    words_.Next();
    words_.PushBack();
    if (words_.is_word()) {
      ASSIGN_OR_RETURN(place.z, Number());
    }
    RETURN_IF_ERROR(Expect(")"));
    RETURN_IF_ERROR(CheckRadius(radius));
    circle.lists.push_back({place});
    return circle;
  }

  Result<Geometry> MultiPoint() {
    Geometry points{.type = Type::kCollection};
    ASSIGN_OR_RETURN(const bool empty, IsEmpty());
    if (empty) return points;
    ASSIGN_OR_RETURN(const Positions places, Places());
    for (const Position& place : places) points.parts.push_back({.lists = {{place}}});
    return points;
  }

  template <typename ReadOne>
  Result<Geometry> Many(ReadOne read_one) {
    Geometry all{.type = Type::kCollection};
    ASSIGN_OR_RETURN(const bool empty, IsEmpty());
    if (empty) return all;
    for (bool more = true; more;) {
      ASSIGN_OR_RETURN(Geometry one, read_one());
      all.parts.push_back(std::move(one));
      ASSIGN_OR_RETURN(more, More());
    }
    RETURN_IF_ERROR(CheckCollection(all));
    return all;
  }

  Words words_;
  const bool coerce_;
  const tasks::TaskContext& task_;
};

}  // namespace

Result<Geometry> ReadWkt(std::string_view text, bool coerce, const tasks::TaskContext& task) {
  return Reader(text, coerce, task).Read(0);
}

}  // namespace engine
