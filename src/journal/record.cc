#include "journal/record.h"

#include <xxhash.h>

#include <cstring>

namespace journal {

namespace {

// kind, version, term; then the lengths of id and routing, both, and the source to the end.
constexpr std::size_t kVersionAt = 1, kTermAt = 9, kFixed = 17;
constexpr char kHeadFormat = 1;

template <typename T>
void AppendFixed(T number, std::string& out) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

void AppendVarint(std::uint64_t number, std::string& out) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<char>(number | 0x80));
  out.push_back(static_cast<char>(number));
}

std::uint64_t ZigZag(std::int64_t number) {
  return (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
}
std::int64_t UnZigZag(std::uint64_t number) {
  return static_cast<std::int64_t>((number >> 1) ^ (~(number & 1) + 1));
}

// Reads hostile bytes: whatever is missing reads as zero and leaves ok() false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }

  std::string_view Bytes(std::uint64_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  template <typename T>
  T Fixed() {
    T number{};
    const std::string_view bytes = Bytes(sizeof number);
    if (ok_) std::memcpy(&number, bytes.data(), sizeof number);
    return number;
  }
  std::uint64_t Varint() {
    std::uint64_t number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = Fixed<std::uint8_t>();
      number |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return number;
    }
    ok_ = false;
    return 0;
  }
  std::int64_t Signed() { return UnZigZag(Varint()); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

base::Status Corrupted(const char* what) {
  return base::Status(500, "corrupt_journal_exception", what);
}

void AppendUnchecked(const RecordHead& head, std::string& out) {
  out.push_back(kHeadFormat);
  AppendVarint(ZigZag(head.primary_term), out);
  AppendVarint(ZigZag(head.first_seq_no), out);
  AppendVarint(head.previous_position, out);
  AppendVarint(ZigZag(head.counters.live), out);
  AppendVarint(ZigZag(head.counters.deleted), out);
  AppendVarint(head.operations.size(), out);
  out.append(reinterpret_cast<const char*>(head.operations.data()),
             head.operations.size() * sizeof(std::uint32_t));
  AppendVarint(head.superseded.size(), out);
  for (auto before = static_cast<std::uint64_t>(head.first_seq_no);  // hostile ones may overflow
       const std::int64_t superseded : head.superseded) {
    const auto seq_no = static_cast<std::uint64_t>(superseded);
    AppendVarint(ZigZag(static_cast<std::int64_t>(seq_no - before)), out);
    before = seq_no;
  }
}

}  // namespace

void AppendOperation(const OpRecord& op, std::string& out) {
  out.push_back(static_cast<char>(op.kind));
  AppendFixed(op.version, out);
  AppendFixed(op.primary_term, out);
  AppendVarint(op.id.size(), out);
  AppendVarint(op.routing.size(), out);
  out.append(op.id).append(op.routing).append(op.source);
}

void SetVersionAndTerm(char* operation, std::int64_t version, std::int64_t primary_term) {
  std::memcpy(operation + kVersionAt, &version, sizeof version);
  std::memcpy(operation + kTermAt, &primary_term, sizeof primary_term);
}
static_assert(kTermAt + sizeof(std::int64_t) == kFixed);

base::Result<OpRecord> ParseOperation(std::int64_t seq_no, std::string_view bytes) {
  Reader in(bytes);
  OpRecord op;
  op.seq_no = seq_no;
  op.kind = static_cast<OpKind>(in.Fixed<std::uint8_t>());
  op.version = in.Fixed<std::int64_t>();
  op.primary_term = in.Fixed<std::int64_t>();
  const std::uint64_t id_size = in.Varint();
  const std::uint64_t routing_size = in.Varint();
  op.id = in.Bytes(id_size);
  op.routing = in.Bytes(routing_size);
  op.source = in.rest();
  if (!in.ok()) return Corrupted("an operation ends too early");
  if (op.kind < OpKind::kIndex || op.kind > OpKind::kNoop) {
    return Corrupted("an operation is of no known kind");
  }
  return op;
}

std::uint32_t OperationHash(std::string_view bytes) {
  return static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

std::string EncodeHead(const RecordHead& head) {
  std::string out;
  out.reserve(64 + head.operations.size() * 4 + head.superseded.size() * 3);
  AppendUnchecked(head, out);
  AppendFixed(head.checksum, out);
  return out;
}

base::Result<RecordHead> ParseHead(std::string_view bytes) {
  Reader in(bytes);
  if (in.Fixed<char>() != kHeadFormat) return Corrupted("a record head is of no known format");
  RecordHead head;
  head.primary_term = in.Signed();
  head.first_seq_no = in.Signed();
  head.previous_position = in.Varint();
  head.counters.live = in.Signed();
  head.counters.deleted = in.Signed();
  const std::uint64_t count = in.Varint();
  if (count > in.rest().size() / sizeof(std::uint32_t)) return Corrupted("a record head is cut");
  head.operations.resize(count);
  const std::string_view hashes = in.Bytes(count * sizeof(std::uint32_t));
  if (count > 0) std::memcpy(head.operations.data(), hashes.data(), hashes.size());
  const std::uint64_t superseded = in.Varint();
  if (superseded > in.rest().size()) return Corrupted("a record head is cut");
  head.superseded.reserve(superseded);
  auto before = static_cast<std::uint64_t>(head.first_seq_no);
  for (std::uint64_t i = 0; i < superseded; ++i) {
    before += static_cast<std::uint64_t>(in.Signed());
    head.superseded.push_back(static_cast<std::int64_t>(before));
  }
  head.checksum = in.Fixed<std::uint64_t>();
  if (!in.ok() || !in.rest().empty()) return Corrupted("a record head has a wrong length");
  if (head.first_seq_no < 0 || count > static_cast<std::uint64_t>(INT64_MAX - head.first_seq_no)) {
    return Corrupted("a record head has an impossible sequence number");
  }
  return head;
}

std::uint64_t ChainChecksum(const RecordHead& head, std::uint64_t previous) {
  std::string bytes;
  bytes.reserve(64 + head.operations.size() * 4 + head.superseded.size() * 3);
  AppendUnchecked(head, bytes);
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), previous);
}

void AppendBigEndian(std::uint64_t number, std::string& out) {
  char bytes[8];
  for (int i = 7; i >= 0; --i, number >>= 8) bytes[i] = static_cast<char>(number);
  out.append(bytes, sizeof bytes);
}

std::uint64_t ReadBigEndian(const char* eight_bytes) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(eight_bytes[i]);
  return number;
}

}  // namespace journal
