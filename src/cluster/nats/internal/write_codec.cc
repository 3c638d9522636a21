#include "cluster/nats/internal/write_codec.h"

#include <zstd.h>

#include <cstring>

#include "base/ids.h"

namespace cluster::nats::internal {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kChecksumAt = 1, kFlagsAt = 9;
constexpr std::uint8_t kCompressed = 1;
constexpr std::size_t kWorthCompressing = 256;

void PutVarint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void PutText(std::string& out, std::string_view text) {
  PutVarint(out, text.size());
  out.append(text);
}

// What is read past the end, or is no number, makes it bad for good.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = Byte();
      if (shift == 63 && byte > 1) break;
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (!(byte & 0x80)) return value;
    }
    bad_ = true;
    return 0;
  }
  std::uint8_t Byte() {
    const std::string_view byte = Take(1);
    return byte.empty() ? 0 : static_cast<std::uint8_t>(byte[0]);
  }
  std::string_view Take(std::uint64_t size) {
    if (bad_ || size > rest_.size()) {
      bad_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view Text() { return Take(Varint()); }

  bool bad() const { return bad_; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool bad_ = false;
};

base::Status Corrupt(std::string_view what) {
  return base::Internal("is damaged, or none of Quell's: " + std::string(what));
}

std::string EncodeChanges(const std::vector<MetadataStore::Change>& changes) {
  std::string out;
  PutVarint(out, changes.size());
  for (const MetadataStore::Change& change : changes) {
    out.push_back(change.value ? 1 : 0);
    PutText(out, change.key);
    if (change.value) PutText(out, *change.value);
  }
  return out;
}

base::Result<std::vector<MetadataStore::Change>> DecodeChanges(std::string_view bytes) {
  Reader reader(bytes);
  std::vector<MetadataStore::Change> changes;
  std::uint64_t left = reader.Varint();
  if (left > kMostChanges) return Corrupt("it has too many changes");
  for (; left > 0 && !reader.bad(); --left) {
    const std::uint8_t kind = reader.Byte();
    if (kind > 1) return Corrupt("an unknown kind of change");
    MetadataStore::Change change{.key = std::string(reader.Text()), .value = std::nullopt};
    if (kind == 1) change.value = std::string(reader.Text());
    changes.push_back(std::move(change));
  }
  if (reader.bad() || !reader.rest().empty())
    return Corrupt("its changes do not end where it does");
  return changes;
}

// Empty if it does not pay.
std::string Compressed(std::string_view bytes) {
  if (bytes.size() < kWorthCompressing) return {};
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size) || size > bytes.size() / 8 * 7) return {};
  out.resize(size);
  return out;
}

}  // namespace

WriteId NewWriteId() {
  WriteId id;
  base::FillRandom(id.data(), id.size());
  return id;
}

std::uint64_t ChecksumOf(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return hash;
}

std::size_t EncodedSize(const MetadataStore::Change& change) {
  constexpr std::size_t kLengths = 11;  // the kind, two varints of up to 5 bytes
  return change.key.size() + (change.value ? change.value->size() : 0) + kLengths;
}

base::Result<std::string> EncodeWrite(const StoredWrite& write) {
  const std::string changes = EncodeChanges(write.changes);
  if (changes.size() > kLargestWrite || write.changes.size() > kMostChanges) {
    return base::Status(413, "metadata_too_long_exception",
                        std::to_string(write.changes.size()) + " changes of " +
                            std::to_string(changes.size()) + " bytes are above the limits of " +
                            std::to_string(kMostChanges) + " changes and " +
                            std::to_string(kLargestWrite) + " bytes in one write");
  }
  const std::string compressed = Compressed(changes);
  std::string out(kFlagsAt, '\0');
  out[0] = kVersion;
  out.push_back(compressed.empty() ? 0 : kCompressed);
  out.append(reinterpret_cast<const char*>(write.id.data()), write.id.size());
  PutVarint(out, write.previous);
  PutVarint(out, changes.size());
  out.append(compressed.empty() ? changes : compressed);
  const std::uint64_t checksum = ChecksumOf(std::string_view(out).substr(kFlagsAt));
  std::memcpy(out.data() + kChecksumAt, &checksum, sizeof checksum);
  return out;
}

base::Result<StoredWrite> DecodeWrite(std::string_view bytes) {
  if (bytes.size() < kFlagsAt) return Corrupt("it is too short");
  if (bytes[0] != kVersion) {
    return base::Internal("has version " + std::to_string(static_cast<unsigned char>(bytes[0])) +
                          ", which this node does not know: it is none of Quell's, or a newer "
                          "Quell wrote it");
  }
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + kChecksumAt, sizeof checksum);
  if (checksum != ChecksumOf(bytes.substr(kFlagsAt))) return Corrupt("its checksum is another");
  Reader reader(bytes.substr(kFlagsAt));
  const std::uint8_t flags = reader.Byte();
  StoredWrite write;
  const std::string_view id = reader.Take(write.id.size());
  write.previous = reader.Varint();
  const std::uint64_t size = reader.Varint();
  if (reader.bad() || flags > kCompressed) return Corrupt("its head does not fit");
  if (size > kLargestWrite) return Corrupt("its changes are above the limit");
  std::memcpy(write.id.data(), id.data(), id.size());
  std::string unpacked;
  std::string_view changes = reader.rest();
  if (flags & kCompressed) {
    unpacked.resize(size);
    const std::size_t got = ZSTD_decompress(unpacked.data(), size, changes.data(), changes.size());
    if (ZSTD_isError(got) || got != size) return Corrupt("it cannot be unpacked");
    changes = unpacked;
  }
  if (changes.size() != size) return Corrupt("its changes are of another size");
  ASSIGN_OR_RETURN(write.changes, DecodeChanges(changes));
  return write;
}

}  // namespace cluster::nats::internal
