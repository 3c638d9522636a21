#include "cli/commands.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "base/json/tree.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"
#include "cli/http_client.h"
#include "cli/task_tree.h"

namespace cli {

struct Commands::Options {
  CLI::App* tasks = nullptr;
  CLI::App* cancel = nullptr;
  std::string url;  // empty: of the environment
  std::string id, actions, nodes, parent, description, index, min_running_time, reason, timeout;
  bool detailed = false, json = false, wait = false, dry_run = false, background = false;
  bool all = false;
};

namespace {

void AddFilters(CLI::App& command, auto& options) {
  command.add_option("-u,--url", options.url, "The node; else QUELL_URL, else local port 9200");
  command.add_option("-a,--actions", options.actions, "Patterns, comma-separated: '*bulk*'");
  command.add_option("-n,--nodes", options.nodes, "Node names, ids or filters, comma-separated");
  command.add_option("-p,--parent", options.parent, "Children of this task");
  command.add_option("--description", options.description, "Pattern of the description (Quell)");
  command.add_option("--index", options.index, "Pattern of an index it works on (Quell)");
  command.add_option("--min-running-time", options.min_running_time, "Such as 10s (Quell)");
  command.add_flag("--json", options.json, "The answer as it is");
}

// CLI11's own envname() would not do: it fills in for the subcommand that was not given, too, and
// both have one url.
std::string NodeUrl(const std::string& given) {
  if (!given.empty()) return given;
  const char* const set = std::getenv("QUELL_URL");
  return set != nullptr && *set != '\0' ? set : "http://127.0.0.1:9200";
}

std::vector<std::pair<std::string, std::string>> Filters(const auto& options) {
  return {{"actions", options.actions},       {"nodes", options.nodes},
          {"parent_task_id", options.parent}, {"description", options.description},
          {"index", options.index},           {"min_running_time", options.min_running_time}};
}

// What a filter of that text leaves out: nothing, if it is empty, commas alone, or a task that is
// no task. OpenSearch takes `unset` and any `…:-1` for none.
bool LeavesNothingOut(std::string_view parameter, std::string_view text) {
  if (text.find_first_not_of(',') == text.npos) return true;
  if (parameter != "parent_task_id") return false;
  const std::size_t colon = text.find(':');
  const std::string_view number = colon == text.npos ? text : text.substr(colon + 1);
  const auto parsed = base::ParseInt64(number);
  return text == "unset" || (parsed.ok() && *parsed == -1);
}

// The reason of an error body, or the body itself.
std::string ErrorText(const HttpAnswer& answer) {
  const auto document = base::json::Document::Parse(answer.body);
  if (document.ok()) {
    const base::json::Value* reason = document->root().FindPath({"error", "reason"});
    if (reason == nullptr) reason = document->root().Find("error");
    if (reason != nullptr && reason->IsString()) return std::string(reason->text());
  }
  return "status " + std::to_string(answer.status) + ": " + answer.body;
}

}  // namespace

Commands::Commands(CLI::App& app) : options_(std::make_unique<Options>()) {
  options_->tasks = app.add_subcommand("tasks", "Show what runs, children under their parents");
  AddFilters(*options_->tasks, *options_);
  options_->tasks->add_flag("-d,--detailed", options_->detailed, "With descriptions");
  options_->tasks->footer("Example: quell tasks -d --actions 'indices:data/write/*'");

  options_->cancel = app.add_subcommand("cancel", "Stop one task with its children, or many");
  options_->cancel->add_option("id", options_->id, "The task, node:number; else filters say which");
  AddFilters(*options_->cancel, *options_);
  options_->cancel->add_option("-r,--reason", options_->reason, "Why; shown to its client (Quell)");
  options_->cancel->add_flag("-w,--wait", options_->wait, "Until everything has stopped");
  options_->cancel->add_option("--timeout", options_->timeout, "Of --wait, 30s (Quell)");
  options_->cancel->add_flag("--dry-run", options_->dry_run, "Show what would be stopped (Quell)");
  options_->cancel->add_flag("--background", options_->background, "The node's own work (Quell)");
  options_->cancel->add_flag("--all", options_->all, "Without id and filters: every client task");
  options_->cancel->footer("Example: quell cancel -n opensearch-node1 -a '*bulk*' -r 'wrong file'");
}

Commands::~Commands() = default;

int Commands::Run() { return *options_->tasks ? Tasks() : Cancel(); }

int Commands::Fail(const std::string& why) const {
  std::cerr << "quell: " << why << "\n";
  return 1;
}

int Commands::Tasks() {
  auto parameters = Filters(*options_);
  parameters.emplace_back("group_by", "parents");
  if (options_->detailed) parameters.emplace_back("detailed", "true");
  const auto answer = Send(NodeUrl(options_->url), "GET", WithParameters("/_tasks", parameters));
  if (!answer.ok()) return Fail(answer.status().reason());
  if (answer->status != 200) return Fail(ErrorText(*answer));
  if (options_->json) return std::cout << answer->body << "\n", 0;
  const auto text = RenderTree(answer->body);
  if (!text.ok()) return Fail(text.status().reason());
  std::cout << *text;
  return 0;
}

int Commands::Cancel() {
  auto parameters = Filters(*options_);
  const bool filtered = std::ranges::any_of(
      parameters, [](const auto& p) { return !LeavesNothingOut(p.first, p.second); });
  const bool named = !LeavesNothingOut("parent_task_id", options_->id);
  if (!named && !options_->id.empty())
    return Fail("[" + options_->id + "] is no task, and would stop every client task");
  if (!named && !filtered && !options_->all)
    return Fail(
        "this would stop every client task: name one, filter with --actions, --nodes, … "
        "or say --all (quell tasks shows what runs)");
  parameters.emplace_back("reason", options_->reason);
  parameters.emplace_back("timeout", options_->timeout);
  if (options_->wait) parameters.emplace_back("wait_for_completion", "true");
  if (options_->dry_run) parameters.emplace_back("dry_run", "true");
  if (options_->background) parameters.emplace_back("background", "true");
  parameters.emplace_back("group_by", "none");
  const std::string path = options_->id.empty()
                               ? "/_tasks/_cancel"
                               : "/_tasks/" + base::PercentEncode(options_->id) + "/_cancel";
  const auto answer = Send(NodeUrl(options_->url), "POST", WithParameters(path, parameters));
  if (!answer.ok()) return Fail(answer.status().reason());
  if (answer->status != 200) return Fail(ErrorText(*answer));
  if (options_->json) return std::cout << answer->body << "\n", 0;
  const auto summary = RenderCancelled(answer->body, options_->dry_run);
  if (!summary.ok()) return Fail(summary.status().reason());
  std::cout << summary->text;
  return summary->failures ? 1 : 0;
}

}  // namespace cli
