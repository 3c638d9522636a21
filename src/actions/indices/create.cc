// Creation of an index, and the waiting for copies of its shards.

#include <atomic>

#include "actions/bulk/params.h"
#include "actions/indices/await_copies.h"
#include "actions/indices/create_body.h"
#include "actions/indices/indices.h"

namespace actions::indices {

using base::Result;
using base::Status;
using tasks::End;

namespace {

constexpr std::string_view kWaitSetting = "index.write.wait_for_active_shards";

Status MoreThanThereAre(std::string_view what, std::string_view wanted, std::int64_t copies) {
  return base::IllegalArgument("invalid " + std::string(what) + "[" + std::string(wanted) +
                               "]: cannot be greater than number of shard copies [" +
                               std::to_string(copies) + "]");
}

// 400 if the index will never have as many copies as are to be waited for: as the request says,
// else the index.
Status CheckCopies(const CreateRequest& request, const cluster::CreateIndexRequest& parsed) {
  const std::string_view setting = cluster::SettingOr(parsed.settings, kWaitSetting);
  ASSIGN_OR_RETURN(const int of_index, bulk::ParseActiveShards(setting));
  const std::int64_t copies = 1 + cluster::IntSetting(parsed.settings, "index.number_of_replicas");
  const int wanted = request.active_shards.value_or(of_index);
  const bool expands = cluster::SettingOr(parsed.settings, "index.auto_expand_replicas") != "false";
  if (!expands && of_index > copies) return MoreThanThereAre(kWaitSetting, setting, copies);
  if (!expands && wanted > copies)
    return MoreThanThereAre("wait_for_active_shards", std::to_string(wanted), copies);
  return {};
}

// One creation; owns itself until its end.
class Creation : public std::enable_shared_from_this<Creation> {
 public:
  Creation(Node& node, CreateRequest request) : node_(node), request_(std::move(request)) {}

  void Begin(tasks::RunningTask task, CreatedDone done) {
    task->Describe({}, {request_.name});
    done_ = std::move(done);
    task->AtEnd([self = shared_from_this()](const End& end) {
      if (!end.error.ok()) self->Tell(end.error);
    });
    node_.pools.generic.Hand(
        std::move(task),
        [self = shared_from_this()](tasks::RunningTask running) { self->Run(std::move(running)); });
  }

 private:
  void Run(tasks::RunningTask task) {
    auto awaited = Create(*task);
    if (!awaited.ok()) return std::move(task).Finish(End(awaited.status()));
    FinishWithCopies(node_, std::move(task), *std::move(awaited),
                     [self = shared_from_this()](bool applied, bool enough) {
                       self->Tell(Created{.acknowledged = applied, .shards_acknowledged = enough});
                     });
  }

  Result<AwaitedCopies> Create(tasks::TaskContext& task) {
    ASSIGN_OR_RETURN(auto parsed,
                     MakeCreateRequest(task, *node_.cluster.state(), request_.name, request_.body));
    parsed.provided_name = request_.provided_name;
    RETURN_IF_ERROR(CheckCopies(request_, parsed));
    ASSIGN_OR_RETURN(const cluster::IndexPtr index, node_.cluster.CreateIndex(task, parsed));
    return AwaitedCopies{.indices = {{index->name, index->uuid}},
                         .copies = request_.active_shards,
                         .timeout = request_.timeout};
  }

  void Tell(Result<Created> answer) {
    if (!told_.exchange(true)) done_(std::move(answer));
  }

  Node& node_;
  const CreateRequest request_;
  CreatedDone done_;  // constant once it runs
  std::atomic<bool> told_ = false;
};

}  // namespace

void Create(Node& node, tasks::RunningTask task, CreateRequest request, CreatedDone done) {
  std::make_shared<Creation>(node, std::move(request))->Begin(std::move(task), std::move(done));
}

}  // namespace actions::indices
