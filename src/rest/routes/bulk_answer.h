// rest/routes/bulk_answer.h
//
// Sends the answer of a bulk request, piece by piece if it is long. Threads: any.

#pragma once

#include "actions/bulk/answer.h"
#include "actions/bulk/service.h"
#include "rest/request.h"

namespace rest::routes {

// `done` has a result for every action.
void SendBulkAnswer(std::shared_ptr<actions::bulk::Service> service, const RequestPtr& request,
                    actions::bulk::RequestPtr done);

}  // namespace rest::routes
