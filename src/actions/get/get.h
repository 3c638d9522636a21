// actions/get/get.h
//
// Reads documents by id: a task, and below it one child a shard, on the shard's node. Realtime
// reads see the newest acknowledged state, the others the last refresh.
//
// Threads: any; nothing blocks. `done` is called once, after the task has left the list.
// `make` before it, unless the read failed: on the same thread or, if what was read is long, on a
// coordinator's.

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

// Makes an answer of what was read while the task runs, so that its stop ends this, too. What it
// fails with is the end of the task.
using Make = std::function<base::Status(tasks::TaskContext& task, Answers& answers)>;
using Done = std::function<void(const base::Status& end)>;

// An unknown index is the answer of each document there. Returns the task; null if there is none.
tasks::TaskPtr Get(Node& node, Asker asker, Wanted wanted, Options options, Make make, Done done);
// For those who make no answer of it.
tasks::TaskPtr Get(Node& node, Asker asker, Wanted wanted, Options options,
                   std::function<void(base::Result<Got>)> done);
// Answers are in the order of `wanted`. `task` is on the list already, as names::kMultiGet.
void MultiGet(Node& node, tasks::RunningTask task, std::vector<Wanted> wanted, Options options,
              Make make, Done done);

}  // namespace actions::get
