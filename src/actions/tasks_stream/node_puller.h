// actions/tasks_stream/node_puller.h
//
// The events of another node, for all readers of this one: asked for with one long poll at a time,
// so that neither node keeps more than one answer for the other. Whom nobody reads asks nobody.
//
// Lifetime: kept by the Feed; an answer that comes later is dropped. Threads: the feed's loop.

#pragma once

#include <memory>
#include <string>

#include "actions/tasks_stream/feed.h"

namespace actions::tasks_stream {

class NodePuller : public std::enable_shared_from_this<NodePuller> {
 public:
  // One for each other node of the cluster if `wanted`, else none.
  static void Keep(Feed& feed, bool wanted);

  NodePuller(Feed& feed, std::string node_id) : feed_(feed), node_id_(std::move(node_id)) {}
  ~NodePuller();

 private:
  void Pull();
  void PullLater(std::int64_t nanos);
  void OnAnswer(const base::Result<std::string>& answer);
  base::Status TakeIn(std::string_view answer);

  Feed& feed_;
  const std::string node_id_;
  EventLog::Position position_;
  bool in_snapshot_ = false;
  std::weak_ptr<tasks::TaskContext> asking_;
};

// Makes this node answer `stream[n]`.
void RegisterNodeFeed(Node& node, Feed& feed);

}  // namespace actions::tasks_stream
