#include "actions/tasks_get/get.h"

#include "actions/bulk/wire.h"
#include "actions/live_settings.h"
#include "actions/tasks_list/await_ends.h"
#include "actions/tasks_list/fan_out.h"
#include "actions/tasks_list/list_node.h"
#include "actions/tasks_results/index_result_store.h"

namespace actions::tasks_get {

using tasks_list::Awaited;
using tasks_list::FanOut;

namespace {

std::string Encode(const GetRequest& request) {
  std::string out;
  tasks_list::PutTaskId(out, request.id);
  out.push_back(request.wait ? '\1' : '\0');
  bulk::PutSigned(out, request.wait_millis);
  return out;
}

base::Result<GetRequest> DecodeRequest(std::string_view bytes) {
  bulk::WireReader in(bytes);
  GetRequest request;
  request.id = tasks_list::ReadTaskId(in);
  request.wait = in.Byte() != 0;
  request.wait_millis = in.Signed();
  if (!in.ok() || !in.done()) return tasks_list::MalformedMessage("get of a task");
  return request;
}

std::string Encode(const GetAnswer& answer) {
  std::string out;
  out.push_back(answer.completed ? '\1' : '\0');
  out.push_back(answer.info ? '\1' : '\0');
  if (answer.info) tasks_list::PutTaskInfo(out, *answer.info);
  if (answer.stored) bulk::PutText(out, *answer.stored);
  return out;
}

base::Result<GetAnswer> DecodeAnswer(std::string_view bytes) {
  bulk::WireReader in(bytes);
  GetAnswer answer;
  answer.completed = in.Byte() != 0;
  if (in.Byte() != 0) {
    answer.info = tasks_list::ReadTaskInfo(in);
  } else {
    answer.stored = in.Text();
  }
  if (!in.ok() || !in.done()) return tasks_list::MalformedMessage("task");
  return answer;
}

base::Status NotRunning(const tasks::TaskId& id) {
  return base::ResourceNotFound("task [" + id.ToString() +
                                "] isn't running and hasn't stored its results");
}

bool IsNoIndex(const base::Status& status) { return status.type() == "index_not_found_exception"; }

// What is stored of a task that does not run.
void FindResult(const ResultStorePtr& results, const tasks::TaskPtr& self, const tasks::TaskId& id,
                GetDone done) {
  results->Find(self, id,
                [id, done = std::move(done)](base::Result<std::optional<std::string>> found) {
                  if (!found.ok() && IsNoIndex(found.status())) {
                    return done(NotRunning(id).CausedBy(found.status()));
                  }
                  if (!found.ok()) return done(found.status());
                  if (!*found) return done(NotRunning(id));
                  done(GetAnswer{.completed = true, .info = {}, .stored = *std::move(*found)});
                });
}

// A task of this node.
void GetOwn(Node& node, const ResultStorePtr& results, const tasks::TaskPtr& self,
            GetRequest request, GetDone done) {
  const tasks::TaskPtr wanted = node.registry.Find(request.id.number);
  if (wanted == nullptr) return FindResult(results, self, request.id, std::move(done));
  if (!request.wait) {
    return done(
        GetAnswer{.completed = false, .info = wanted->Info(/*detailed=*/true), .stored = {}});
  }
  const auto on_awaited = [results, self, wanted, request, done](Awaited how) {
    if (how == Awaited::kTimeout) return done(tasks_list::TimedOutWaitingFor(request.id));
    if (how == Awaited::kStopped) return done(self->Checkpoint());
    results->Find(self, request.id, [wanted, done](base::Result<std::optional<std::string>> found) {
      if (!found.ok() && !IsNoIndex(found.status())) return done(found.status());
      GetAnswer answer{.completed = true, .info = {}, .stored = {}};
      if (found.ok() && *found) {
        answer.stored = *std::move(*found);
      } else {
        answer.info = wanted->Info(/*detailed=*/true);
      }
      done(std::move(answer));
    });
  };
  tasks_list::AwaitEnds(node.loop, self, {wanted}, request.wait_millis, on_awaited);
}

// A move-only task for callbacks that must be copyable.
using SharedTask = std::shared_ptr<tasks::RunningTask>;

void FinishWith(const SharedTask& task, base::Result<GetAnswer> answer, const GetDone& done) {
  std::move(*task).Finish(tasks::End(answer.status()));
  done(std::move(answer));
}

// A task of a node that is not here (any more).
void GetStored(const ResultStorePtr& results, const SharedTask& task, const GetRequest& request,
               GetDone done) {
  FindResult(results, task->context(), request.id,
             [task, id = request.id, done = std::move(done)](base::Result<GetAnswer> answer) {
               if (!answer.ok() && answer.status().http_status() == 404) {
                 answer = base::ResourceNotFound("task [" + id.ToString() +
                                                 "] belongs to the node [" + id.node +
                                                 "] which isn't part of the cluster and there is "
                                                 "no record of the task")
                              .CausedBy(answer.status());
               }
               FinishWith(task, std::move(answer), done);
             });
}

void GetFromNode(Node& node, tasks::RunningTask task, const GetRequest& request, GetDone done) {
  std::optional<std::int64_t> timeout = ListTimeoutMillis(node);
  if (request.wait) timeout = request.wait_millis + FanoutTimeoutMillis(node);
  if (request.wait && request.wait_millis < 0) timeout.reset();
  auto fan_out = std::make_shared<FanOut>(node, std::move(task), node.cluster.state());
  FanOut::Question question{.action = names::kTaskGet,
                            .nodes = {request.id.node},
                            .payload = Encode(request),
                            .timeout_millis = timeout};
  fan_out->Ask(std::move(question), [fan_out, request,
                                     done = std::move(done)](std::vector<FanOut::Answer> answers) {
    FanOut::Answer& answer = answers.front();
    base::Result<GetAnswer> got(base::Internal("no answer"));
    if (answer.result) {
      got = DecodeAnswer(*answer.result);
    } else if (answer.status.type() == "receive_timeout_transport_exception" && request.wait) {
      got = tasks_list::TimedOutWaitingFor(request.id);
    } else {
      got = answer.status;
    }
    fan_out->Finish(tasks::End(got.status()), [got, done] { done(got); });
  });
}

}  // namespace

tasks::TaskPtr Get(Node& node, ResultStorePtr results, GetRequest request, GetDone done) {
  if (!request.id.set()) {
    done(base::ValidationFailed("task id is required"));
    return nullptr;
  }
  tasks::TaskSpec spec;
  spec.action = names::kTaskGet;
  spec.cancellable = false;
  spec.not_cancellable_because = tasks_list::kOnlyLooks;
  spec.origin = request.origin;
  auto registered = node.registry.Register(std::move(spec));
  if (!registered.ok()) return done(registered.status()), nullptr;
  const tasks::TaskPtr context = registered->context();

  const std::string& owner = request.id.node;
  if (owner != node.registry.node_id() && node.cluster.state()->nodes.contains(owner)) {
    GetFromNode(node, *std::move(registered), request, std::move(done));
    return context;
  }
  const auto task = std::make_shared<tasks::RunningTask>(*std::move(registered));
  if (owner != node.registry.node_id()) {
    GetStored(results, task, request, std::move(done));
  } else {
    GetOwn(node, results, context, std::move(request),
           [task, done = std::move(done)](base::Result<GetAnswer> answer) {
             FinishWith(task, std::move(answer), done);
           });
  }
  return context;
}

void Register(Node& node) {
  Register(node, std::make_shared<tasks_results::IndexResultStore>(node));
}

void Register(Node& node, ResultStorePtr results) {
  node.action_table.Add(
      names::kTaskGet,
      [](const tasks::StartRequest&, tasks::TaskSpec& spec) {
        spec.cancellable = false;
        spec.not_cancellable_because = tasks_list::kOnlyLooks;
      },
      [&node, results](tasks::RunningTask running, std::shared_ptr<tasks::Inbound> inbound) {
        auto request = DecodeRequest(inbound->request().payload);
        if (!request.ok()) return std::move(running).Finish(tasks::End(request.status()));
        request->origin = running->spec().origin;
        const tasks::TaskPtr context = running.context();
        const auto task = std::make_shared<tasks::RunningTask>(std::move(running));
        GetOwn(node, results, context, *std::move(request), [task](base::Result<GetAnswer> answer) {
          tasks::End end(answer.status());
          if (answer.ok()) end.result = Encode(*answer);
          std::move(*task).Finish(std::move(end));
        });
      });
}

}  // namespace actions::tasks_get
