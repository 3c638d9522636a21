// actions/templates/body.h
//
// Bodies of templates: what clients send, and what is kept of it, which is also what they get.
//
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cluster/records.h"
#include "tasks/task_context.h"

namespace actions::templates {

struct PutRequest {
  cluster::TemplateKind kind;
  std::string name, body;
  bool create = false;     // 400 if there is one of that name
  std::int32_t order = 0;  // of a legacy template that does not say it itself
};

// The template as it is kept. 400 for what is unknown or does not fit; data streams are refused.
base::Result<std::string> ParseTemplate(const tasks::TaskContext& task, const PutRequest& request);

// 400 invalid_index_template_exception.
base::Status InvalidTemplate(const std::string& name, const std::string& why);

}  // namespace actions::templates
