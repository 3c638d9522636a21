// cluster/nats/nats_fixture.h
//
// A nats-server of its own for each test, and ways to reach it.

#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "cluster/nats/connection.h"
#include "cluster/nats/nats_metadata_store.h"
#include "support/nats_server.h"

namespace cluster::nats {

using Millis = std::chrono::milliseconds;

constexpr Millis kNever{3'600'000};
constexpr Millis kPatient{30'000};  // a timeout that only a server that is not there reaches
constexpr Millis kLate{1'500};      // what a loaded machine may add to a bound

// Whether `done` becomes true before anybody would give up.
inline bool Eventually(const std::function<bool()>& done) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!done()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::yield();
  }
  return true;
}

// How long `work` takes.
inline Millis Took(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begin);
}

template <typename T>
T Must(base::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().reason());
  return std::move(result).value();
}

class NatsTest : public testing::Test {
 protected:
  explicit NatsTest(test::NatsServer::Options options = {}) : server_(std::move(options)) {}

  ConnectionOptions To(const std::string& url) const {
    return {.urls = url, .cluster_name = "my cluster", .timeout = timeout_};
  }
  std::shared_ptr<Connection> Connect() { return Must(Connection::Connect(To(server_.url()))); }
  std::unique_ptr<NatsMetadataStore> Open(NatsMetadataStore::Options options = {}) {
    return Must(NatsMetadataStore::Open(Connect(), options));
  }
  // To `url`, with another timeout.
  std::unique_ptr<NatsMetadataStore> OpenAt(const std::string& url, Millis timeout) const {
    ConnectionOptions options = To(url);
    options.timeout = timeout;
    return Must(NatsMetadataStore::Open(Must(Connection::Connect(options))));
  }
  // As soon as the connection is back.
  static MetadataStore::Contents LoadSoon(NatsMetadataStore& store) {
    std::optional<MetadataStore::Contents> contents;
    Eventually([&] {
      auto loaded = store.Load();
      if (loaded.ok()) contents = *std::move(loaded);
      return contents.has_value();
    });
    return contents.value();  // throws
  }

  Millis timeout_{5000};
  test::NatsServer server_;
};

inline MetadataStore::Change Put(std::string key, std::string value) {
  return {.key = std::move(key), .value = std::move(value)};
}
inline MetadataStore::Change Delete(std::string key) {
  return {.key = std::move(key), .value = std::nullopt};
}

}  // namespace cluster::nats
