#include "actions/moves/wire.h"

#include "actions/bulk/wire.h"

namespace actions::moves {

using bulk::PutSigned;
using bulk::PutText;
using bulk::PutVarint;

std::string Question::Encode() const {
  std::string out;
  PutText(out, move.index);
  PutText(out, move.index_uuid);
  PutVarint(out, static_cast<std::uint64_t>(move.shard));
  PutVarint(out, move.key);
  PutSigned(out, from);
  return out;
}

base::Result<Question> Question::Decode(std::string_view bytes) {
  bulk::WireReader in(bytes);
  Question question;
  question.move.index = in.Text();
  question.move.index_uuid = in.Text();
  question.move.shard = static_cast<int>(in.Varint());
  question.move.key = in.Varint();
  question.from = in.Signed();
  if (!in.ok() || !in.done() || question.from < 0) return base::Internal("malformed move");
  return question;
}

std::string Answer::Encode() const {
  std::string out;
  PutVarint(out, incarnation);
  PutSigned(out, copied.upto);
  PutSigned(out, copied.end);
  PutSigned(out, copied.primary_term);
  PutSigned(out, copied.counters.live);
  PutSigned(out, copied.counters.deleted);
  for (const auto& [seq_no, bytes] : copied.operations) {
    PutSigned(out, seq_no);
    PutText(out, bytes);
  }
  return out;
}

base::Result<Answer> Answer::Decode(std::string_view bytes) {
  bulk::WireReader in(bytes);
  Answer answer;
  answer.incarnation = in.Varint();
  answer.copied.upto = in.Signed();
  answer.copied.end = in.Signed();
  answer.copied.primary_term = in.Signed();
  answer.copied.counters.live = in.Signed();
  answer.copied.counters.deleted = in.Signed();
  while (in.ok() && !in.done()) {
    const std::int64_t seq_no = in.Signed();
    answer.copied.operations.emplace_back(seq_no, in.Text());
  }
  if (!in.ok()) return base::Internal("malformed operations of a move");
  return answer;
}

}  // namespace actions::moves
