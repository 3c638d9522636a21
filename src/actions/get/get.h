// actions/get/get.h
//
// Reads documents by id: a task, and below it one child a shard, on the shard's node. Realtime
// reads see the newest acknowledged state, the others the last refresh.
//
// Threads: any; nothing blocks. `done` is called once, after the task has left the list.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "actions/node.h"

namespace actions::get {

struct Wanted {
  std::string index;  // or an alias
  std::string id;
  std::string routing;  // empty: none
  std::vector<std::string> stored_fields = {};
};

struct Options {
  bool realtime = true;
  bool refresh = false;  // the shard, before
};

// For whom a document is read. With a parent the task is its child and hears of its stop.
struct Asker {
  tasks::OriginPtr origin;
  tasks::TaskPtr parent = nullptr;
};

// One document, or why it could not be read. `index` is the concrete one.
struct Got {
  std::string index;
  std::string index_uuid;
  int shard = 0;
  engine::GetResult document;
};
using Answers = std::vector<base::Result<Got>>;

void Register(Node& node);

// An unknown index is the answer of each document there. Returns the task; null if there is none.
tasks::TaskPtr Get(Node& node, Asker asker, Wanted wanted, Options options,
                   std::function<void(base::Result<Got>)> done);
// Answers in the order of `wanted`, or why there are none.
// `task` is on the list already, as names::kMultiGet.
void MultiGet(Node& node, tasks::RunningTask task, std::vector<Wanted> wanted, Options options,
              std::function<void(base::Result<Answers>)> done);

}  // namespace actions::get
