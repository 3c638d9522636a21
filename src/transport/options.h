// transport/options.h
//
// What can be set of the transport; server/ fills it in from quell.yml. Plain values.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace transport {

// Mutual: each side shows a certificate of the same authority. All three files, PEM, or none.
struct TlsOptions {
  std::string certificate_file;
  std::string key_file;
  std::string authority_file;
  std::string server_name;  // that the others' certificates are for; empty: their host names

  bool enabled() const { return !certificate_file.empty(); }
};

struct Options {
  std::string cluster = "quell";  // cluster.name; nodes of another one are refused
  std::string host = "127.0.0.1";
  std::uint16_t port = 9300;  // 0: any that is free
  TlsOptions tls;

  std::int64_t lease_millis = 15'000;  // tasks.peer_lease: of work here for callers elsewhere
  std::int64_t beat_millis = 500;
  std::int64_t connect_millis = 3000;  // a session that has not opened by then is tried anew
  std::int64_t cancel_on_session_millis =
      100;  // a call that goes on so long is cancelled there, too

  std::size_t max_streams = 1000;               // open calls to one peer; further ones queue
  std::size_t max_queued = 10'000;              // above it they are rejected
  std::size_t max_message_bytes = 32 << 20;     // one request head, progress or result
  std::size_t max_unsent_bytes = 64 << 20;      // of one call that its caller does not read
  std::size_t stream_window_bytes = 256 << 10;  // payload of one call on its way
  std::size_t peer_window_bytes = 1 << 20;      // of all calls of one caller
};

}  // namespace transport
