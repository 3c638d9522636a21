// quell: the server and the command line in one binary.

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "base/log.h"
#include "cli/commands.h"
#include "server/node_process.h"

// Options that jemalloc reads before main(): memory that has been free for a second is returned to
// the system, also that of threads which have become idle (docs/design/0016).
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
}

namespace {

// Signals are taken by one waiting thread; the others never see them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Both: a service manager keeps the one, the operator's terminal shows the other.
int Fail(const base::Status& status) {
  base::log::Error("server", "node did not start", {{"error", status}});
  base::log::Flush();
  std::cerr << "quell: " << status.reason() << "\n";
  return 1;
}

int Serve(const std::string& file, const std::vector<std::string>& overrides) {
  const sigset_t signals = BlockSignals();
  const auto settings =
      server::Settings::Read(file.empty() ? server::Settings::DefaultFile() : file, overrides);
  if (!settings.ok()) return Fail(settings.status());
  auto node = server::NodeProcess::Start(*settings);
  if (!node.ok()) return Fail(node.status());

  int signal = 0;
  sigwait(&signals, &signal);
  base::log::Info("server", "stopping", {{"signal", signal}});
  // A second signal does not wait.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  return 0;
}

int ListSettings() {
  for (const server::SettingInfo& info : server::Settings::Known())
    std::cout << info.name << " = " << info.otherwise << "    # " << info.help << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Quell: a document server whose every piece of work can be seen and cancelled."};
  app.set_version_flag("--version", QUELL_VERSION);
  app.require_subcommand(1);

  std::string file;
  std::vector<std::string> overrides;
  bool list_settings = false;
  CLI::App* serve = app.add_subcommand("serve", "Run a node until it gets SIGTERM or SIGINT");
  serve->add_option("-c,--config", file, "Settings file; else quell.yml, if it is here")
      ->check(CLI::ExistingFile);
  serve->add_option("-E", overrides, "One setting, key=value; wins over the file")
      ->allow_extra_args(false);
  serve->add_flag("--list-settings", list_settings, "Show every setting with its default");
  serve->footer("Example: quell serve -E path.data=/var/lib/quell -E node.name=opensearch-node1");

  cli::Commands commands(app);
  CLI11_PARSE(app, argc, argv);
  if (*serve) return list_settings ? ListSettings() : Serve(file, overrides);
  return commands.Run();
}
