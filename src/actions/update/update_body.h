// actions/update/update_body.h
//
// The body of an update: {"doc":{…},"doc_as_upsert":true}. Read as far as the coordinator must know
// it; the shard that applies it reads the rest. Threads: any; each has a parser of its own.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actions/bulk/item.h"
#include "actions/bulk/source_filter.h"
#include "base/result.h"

namespace actions::update {

struct UpdateBody {
  bool has_script = false, has_doc = false, has_upsert = false;
  std::optional<bool> doc_as_upsert;
  std::optional<bulk::SourceFilter> source;
  std::optional<std::int64_t> if_seq_no, if_primary_term;
};

// 400 x_content_parse_exception "[1:2] [UpdateRequest] unknown field [foo]" and the like.
base::Result<UpdateBody> ParseUpdateBody(std::string_view json);

// `body` with "doc_as_upsert":true, unless it says something of that itself.
std::string WithDocAsUpsert(std::string body);

// What OpenSearch's validation says against the body, message by message. `extra` is what the
// action line or the parameters ask for, the body's own if_seq_no included.
std::vector<std::string> ProblemsOf(const UpdateBody& body, const bulk::Extra& extra);

// 400: updates by script are none of ours.
base::Status NoScripts();

}  // namespace actions::update
