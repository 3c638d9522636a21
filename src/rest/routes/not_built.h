// rest/routes/not_built.h
//
// Endpoints that OpenSearch 2.19 has and Quell does not: each answers 501 and says so, rather than
// as if the client had misspelled an index or chosen the wrong method.

#pragma once

#include "rest/router.h"

namespace rest::routes {

void AddNotBuiltRoutes(Router& router);

}  // namespace rest::routes
