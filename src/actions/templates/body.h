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

// The template as it is kept. 400 for what is unknown or does not fit; data streams are refused.
base::Result<std::string> ParseTemplate(const tasks::TaskContext& task, cluster::TemplateKind kind,
                                        const std::string& name, std::string_view body);

// 400 invalid_index_template_exception.
base::Status InvalidTemplate(const std::string& name, const std::string& why);

}  // namespace actions::templates
