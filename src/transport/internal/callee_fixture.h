// A node that others call, whose clock is turned by hand.

#pragma once

#include "transport/internal/channel.h"
#include "transport/internal/service.h"
#include "transport/transport_fixture.h"

namespace transport::internal {

struct CalleeSide {
  using IsMember = std::function<bool(const std::string& id, std::uint64_t incarnation)>;

  CalleeSide(const std::string& id, std::uint64_t incarnation, const base::Clock& clock,
             const Options& with, std::uint16_t port = 0, IsMember is_member = nullptr)
      : node(id, incarnation, clock, tasks::Loop::Mode::kManual),
        home(std::make_shared<Home>(With(node.local(), std::move(is_member)), At(port, with))) {
    callee->Start();
    auto started = Listen(service, *MakeCredentials({}), home->options);
    EXPECT_TRUE(started.ok()) << started.status().reason();
    listening = *std::move(started);
  }
  ~CalleeSide() { Die(); }
  void Die() {
    if (!listening.server) return;
    callee->Stop();
    listening.server->Shutdown(std::chrono::system_clock::now());
    home->streams->WaitUntilNone();
    listening.server.reset();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(listening.port); }
  static LocalNode With(LocalNode node, IsMember is_member) {
    node.is_member = std::move(is_member);
    return node;
  }
  static Options At(std::uint16_t port, Options options) {
    options.port = port;
    return options;
  }

  BareNode node;
  HomePtr home;
  std::shared_ptr<Callee> callee = std::make_shared<Callee>(home);
  Service service{callee, home->streams};
  Listening listening;
};

}  // namespace transport::internal
