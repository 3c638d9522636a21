// rest/routes/write_params.h
//
// The parameters that all writes share. Threads: any; one request is read by one.

#pragma once

#include "actions/bulk/params.h"
#include "rest/request.h"

namespace rest::routes {

base::Result<actions::bulk::WriteParams> ReadWriteParams(Request& request);

// `_source`, `_source_includes`, `_source_excludes`; nothing if none is there.
std::optional<actions::bulk::SourceFilter> ReadSourceParams(Request& request);

}  // namespace rest::routes
