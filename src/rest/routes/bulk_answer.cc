#include "rest/routes/bulk_answer.h"

#include <mutex>

#include "rest/answer_turn.h"

#include "rest/routes/index_warnings.h"

namespace rest::routes {

namespace {

namespace bulk = actions::bulk;
using http::Piece;

constexpr std::size_t kPiece = 48 << 10;
constexpr std::size_t kAtOnce = 128 << 10;

// The text of the answer in the form the client wants, piece by piece.
class Text {
 public:
  Text(const ResponseFormat& format, bulk::RequestPtr done)
      : answer_(std::move(done)),
        compact_(format.type == MediaType::kJson && !format.pretty && format.filter_path.empty()) {
    if (!compact_) writer_.emplace(format);
  }

  const bulk::Answer& answer() const { return answer_; }
  // So short that it need not be made in pieces. A filter may make much of every item.
  bool short_one() const {
    return answer_.estimated_bytes() <= (compact_ ? kAtOnce : kAtOnce / 16);
  }

  // False: that was the end.
  base::Result<bool> Append(std::string& out, std::size_t limit) {
    return compact_ ? answer_.AppendPiece(out, limit) : AppendFormatted(out, limit);
  }

 private:
  base::Result<bool> AppendFormatted(std::string& out, std::size_t limit) {
    base::json::Writer& writer = writer_->out();
    if (!begun_) answer_.Begin(writer);
    begun_ = true;
    const AnswerTurn turn;
    while (out.size() < limit && (limit == SIZE_MAX || !turn.IsOver())) {
      item_.clear();
      ASSIGN_OR_RETURN(const bool more, answer_.AppendItem(item_));
      if (!more) {
        writer.EndArray();
        writer.EndObject();
        out += writer_->Finish();
        return false;
      }
      writer.Raw(item_);
      out += writer_->Take();
    }
    return true;
  }

  bulk::Answer answer_;
  const bool compact_;
  std::optional<AnswerWriter> writer_;
  bool begun_ = false;
  std::string item_;
};

Piece NextPiece(Text& text) {
  Piece piece{.data = {}, .then = Piece::Then::kMore};
  const base::Result<bool> more = text.Append(piece.data, kPiece);
  if (!more.ok()) {
    piece.then = Piece::Then::kAbort;
  } else if (!*more) {
    piece.then = Piece::Then::kEnd;
  }
  return piece;
}

// Text that takes its time is made on the disk's thread, one stretch ahead: some items, or one that
// is longer than a piece may be.
class SpooledText : public std::enable_shared_from_this<SpooledText> {
 public:
  SpooledText(std::shared_ptr<bulk::Service> service, http::ExchangePtr exchange,
              std::shared_ptr<Text> text)
      : service_(std::move(service)), exchange_(std::move(exchange)), text_(std::move(text)) {}

  Piece Next() {
    if (at_ == stretch_.data.size() && stretch_.then == Piece::Then::kMore && !TakeStretch()) {
      return {.data = {}, .then = Piece::Then::kWait};
    }
    Piece piece{stretch_.data.substr(at_, kPiece), Piece::Then::kMore};
    at_ += piece.data.size();
    if (at_ == stretch_.data.size()) piece.then = stretch_.then;
    return piece;
  }

 private:
  // False: it is not there yet. Has the one after it made meanwhile.
  bool TakeStretch() {
    std::lock_guard lock(mutex_);
    const bool there = ready_.has_value();
    if (there) {
      stretch_ = *std::exchange(ready_, std::nullopt);
      at_ = 0;
    }
    if (!making_ && (!there || stretch_.then == Piece::Then::kMore)) {
      making_ = true;
      service_->node.disk.Post([self = shared_from_this()] { self->Make(); });
    }
    return there;
  }

  void Make() {
    Piece piece = NextPiece(*text_);
    {
      std::lock_guard lock(mutex_);
      making_ = false;
      ready_ = std::move(piece);
    }
    exchange_->ContinueStream();
  }

  const std::shared_ptr<bulk::Service> service_;
  const http::ExchangePtr exchange_;
  const std::shared_ptr<Text> text_;                       // by whoever makes a piece
  Piece stretch_{.data = {}, .then = Piece::Then::kMore};  // on the I/O thread
  std::size_t at_ = 0;                                     // likewise; in stretch_
  std::mutex mutex_;
  std::optional<Piece> ready_;  // guarded by mutex_
  bool making_ = false;         // guarded by mutex_
};

void Warn(Request& request, const actions::Node& node, const bulk::Request& done) {
  std::vector<std::string> names;
  for (const bulk::Request::Target& target : done.targets) {
    if (target.index == nullptr) continue;
    names.push_back(target.index->name);
    if (target.made) WarnOfNewIndex(request, node, target.index->name);
  }
  WarnOfSystemIndices(request, names);
}

}  // namespace

void SendBulkAnswer(std::shared_ptr<bulk::Service> service, const RequestPtr& request,
                    bulk::RequestPtr done) {
  Warn(*request, service->node, *done);
  auto text = std::make_shared<Text>(request->format(), std::move(done));
  http::Response head = request->Head(200);
  const http::ExchangePtr& exchange = request->exchange();
  if (text->answer().slow()) {
    auto spooled = std::make_shared<SpooledText>(std::move(service), exchange, std::move(text));
    return exchange->RespondStream(std::move(head), [spooled] { return spooled->Next(); });
  }
  if (!text->short_one()) {
    return exchange->RespondStream(std::move(head), [text] { return NextPiece(*text); });
  }
  const base::Result<bool> written = text->Append(head.body, SIZE_MAX);
  if (!written.ok()) return request->Fail(written.status());
  exchange->Respond(std::move(head));
}

}  // namespace rest::routes
