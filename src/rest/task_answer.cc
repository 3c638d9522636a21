#include "rest/task_answer.h"

#include <map>
#include <mutex>

#include "cluster/node_attributes.h"
#include "rest/answer_turn.h"

namespace rest {

using actions::tasks_list::EmptyNodeFailures;
using actions::tasks_list::TaskPages;
using actions::tasks_list::TaskPagesPtr;
using actions::tasks_list::WriteTask;
using base::json::Writer;

namespace {

constexpr std::size_t kPieceBytes = 48 << 10;
constexpr std::size_t kTasksAtOnce = 16;  // between two looks at how much has been written

// Only the attributes that the node's settings give it, as in the documented answers.
void WriteNodeHead(Writer& out, const cluster::NodeInfo& node, bool always_attributes) {
  out.Field("name", node.name);
  out.Field("transport_address", node.transport_address);
  out.Field("host", node.host);
  out.Field("ip", node.transport_address);
  out.ArrayField("roles");
  for (const std::string& role : node.roles) out.String(role);
  out.EndArray();
  auto attributes = node.attributes;
  attributes.erase(std::string(cluster::kShardIndexingPressureAttribute));
  if (attributes.empty() && !always_attributes) return;
  out.ObjectField("attributes");
  for (const auto& [name, value] : attributes) out.Field(name, value);
  out.EndObject();
}

// Writes tasks in the order they come, grouped by node or not at all.
class FlatWriter {
 public:
  FlatWriter(const TaskPages& pages, const TaskAnswer& answer) : pages_(pages), answer_(answer) {}

  void Begin(Writer& out) {
    out.BeginObject();
    WriteFailures(out, pages_.failures(),
                  answer_.cancel ? EmptyNodeFailures::kWrite : EmptyNodeFailures::kLeaveOut);
    ByNode() ? out.ObjectField("nodes") : out.ArrayField("tasks");
  }

  void Task(Writer& out, const std::string& node_id, const tasks::TaskInfo& info) {
    if (ByNode() && (!in_node_ || node_id != node_id_)) NextNode(out, node_id);
    if (ByNode()) out.Key(info.id.ToString());
    WriteTask(out, info, answer_.view);
  }

  // False: nodes were lost on the way and there is no place left to say so.
  bool End(Writer& out) {
    if (ByNode()) {
      EndNode(out);
      out.EndObject();
    } else {
      out.EndArray();
    }
    const bool told_before = answer_.cancel || !pages_.failures().nodes.empty();
    if (!pages_.late_failures().empty()) {
      if (told_before) return false;
      actions::tasks_list::WriteNodeFailures(out, pages_.late_failures());
    }
    out.EndObject();
    return true;
  }

 private:
  bool ByNode() const { return answer_.group_by == GroupBy::kNodes; }

  void NextNode(Writer& out, const std::string& node_id) {
    EndNode(out);
    in_node_ = true;
    node_id_ = node_id;
    out.ObjectField(node_id);
    const auto node = pages_.state().nodes.find(node_id);
    if (node != pages_.state().nodes.end()) WriteNodeHead(out, node->second, answer_.cancel);
    out.ObjectField("tasks");
  }

  void EndNode(Writer& out) {
    if (!std::exchange(in_node_, false)) return;
    out.EndObject();
    out.EndObject();
  }

  const TaskPages& pages_;
  const TaskAnswer answer_;
  bool in_node_ = false;
  std::string node_id_;
};

// An answer that is sent while it is made.
class TaskStream : public std::enable_shared_from_this<TaskStream> {
 public:
  TaskStream(RequestPtr request, TaskPagesPtr pages, const TaskAnswer& answer)
      : request_(std::move(request)),
        pages_(std::move(pages)),
        writer_(request_->format()),
        flat_(*pages_, answer) {
    flat_.Begin(writer_.out());
  }

  // On the I/O thread.
  http::Piece Produce() {
    using Then = http::Piece::Then;
    const AnswerTurn turn;
    while (text_.size() < kPieceBytes && !ended_ && !turn.IsOver()) {
      if (at_ < page_.tasks.size()) {
        WriteSome();
      } else if (!TakePage()) {
        return {std::exchange(text_, {}), Then::kWait};
      }
    }
    if (text_.size() <= kPieceBytes && ended_) return {std::exchange(text_, {}), *ended_};
    std::string piece = text_.substr(0, kPieceBytes);
    text_.erase(0, kPieceBytes);
    return {std::move(piece), Then::kMore};
  }

 private:
  void WriteSome() {
    for (std::size_t i = 0; i < kTasksAtOnce && at_ < page_.tasks.size(); ++i, ++at_) {
      flat_.Task(writer_.out(), page_.node_id, page_.tasks[at_]);
    }
    text_ += writer_.Take();
  }

  // False: it will come; ContinueStream() follows.
  bool TakePage() {
    std::unique_lock lock(mutex_);
    if (!asked_) {
      asked_ = true;
      lock.unlock();
      pages_->Next([self = shared_from_this()](std::optional<TaskPages::Page> page) {
        self->OnPage(std::move(page));
      });
      lock.lock();
    }
    if (!arrived_) {
      wants_more_ = true;
      return false;
    }
    asked_ = arrived_ = false;
    if (came_) {
      page_ = *std::move(came_);
      at_ = 0;
      return true;
    }
    const bool whole = flat_.End(writer_.out());
    text_ += writer_.Finish();
    ended_ = whole ? http::Piece::Then::kEnd : http::Piece::Then::kAbort;
    return true;
  }

  void OnPage(std::optional<TaskPages::Page> page) {
    {
      const std::lock_guard lock(mutex_);
      came_ = std::move(page);
      arrived_ = true;
      if (!std::exchange(wants_more_, false)) return;
    }
    request_->exchange()->ContinueStream();
  }

  const RequestPtr request_;
  const TaskPagesPtr pages_;
  AnswerWriter writer_;  // this and the next four: the I/O thread only
  FlatWriter flat_;
  std::string text_;
  TaskPages::Page page_;
  std::size_t at_ = 0;
  std::optional<http::Piece::Then> ended_;
  std::mutex mutex_;
  std::optional<TaskPages::Page> came_;                        // guarded by mutex_
  bool asked_ = false, arrived_ = false, wants_more_ = false;  // guarded by mutex_
};

void WriteSubtree(Writer& out, const TaskTree& tree, std::size_t i,
                  const actions::tasks_list::TaskView& view) {
  out.BeginObject();
  actions::tasks_list::WriteTaskMembers(out, tree.tasks[i], view);
  if (!tree.children[i].empty()) {
    out.ArrayField("children");
    for (const std::size_t child : tree.children[i]) WriteSubtree(out, tree, child, view);
    out.EndArray();
  }
  out.EndObject();
}

void RespondTree(const RequestPtr& request, const TaskPagesPtr& pages, const TaskAnswer& answer) {
  TakeAll(pages, [request, pages, answer](std::vector<TaskPages::Page> taken) {
    const TaskTree tree = MakeTree(std::move(taken));
    actions::tasks_list::Failures failures = pages->failures();
    failures.nodes.insert(failures.nodes.end(), pages->late_failures().begin(),
                          pages->late_failures().end());
    request->Respond(200, [&](Writer& out) {
      out.BeginObject();
      WriteFailures(out, failures,
                    answer.cancel ? EmptyNodeFailures::kWrite : EmptyNodeFailures::kLeaveOut);
      out.ObjectField("tasks");
      for (const std::size_t root : tree.roots) {
        out.Key(tree.tasks[root].id.ToString());
        WriteSubtree(out, tree, root, answer.view);
      }
      out.EndObject();
      out.EndObject();
    });
  });
}

}  // namespace

base::Result<GroupBy> ParseGroupBy(std::string_view text) {
  if (text == "nodes") return GroupBy::kNodes;
  if (text == "parents") return GroupBy::kParents;
  if (text == "none") return GroupBy::kNone;
  return base::IllegalArgument("[group_by] must be one of [nodes], [parents] or [none] but was [" +
                               std::string(text) + "]");
}

TaskTree MakeTree(std::vector<TaskPages::Page> pages) {
  TaskTree tree;
  std::map<tasks::TaskId, std::size_t> places;
  for (TaskPages::Page& page : pages) {
    for (tasks::TaskInfo& info : page.tasks) {
      places.emplace(info.id, tree.tasks.size());
      tree.tasks.push_back(std::move(info));
    }
  }
  tree.children.resize(tree.tasks.size());
  for (std::size_t i = 0; i < tree.tasks.size(); ++i) {
    const auto parent = places.find(tree.tasks[i].parent);
    (parent == places.end() ? tree.roots : tree.children[parent->second]).push_back(i);
  }
  return tree;
}

void RespondTasks(const RequestPtr& request, const TaskPagesPtr& pages, const TaskAnswer& answer) {
  request->MustAnswer();
  if (answer.group_by == GroupBy::kParents) return RespondTree(request, pages, answer);
  if (!pages->Short()) {
    auto stream = std::make_shared<TaskStream>(request, pages, answer);
    return request->exchange()->RespondStream(request->Head(200),
                                              [stream] { return stream->Produce(); });
  }
  TakeAll(pages, [request, pages, answer](const std::vector<TaskPages::Page>& taken) {
    request->Respond(200, [&](Writer& out) {
      FlatWriter flat(*pages, answer);
      flat.Begin(out);
      for (const TaskPages::Page& page : taken) {
        for (const tasks::TaskInfo& info : page.tasks) flat.Task(out, page.node_id, info);
      }
      flat.End(out);
    });
  });
}

}  // namespace rest
