#include "rest/usage_names.h"

#include <gtest/gtest.h>

namespace rest {
namespace {

TEST(UsageName, IsThatOfOpenSearchsHandler) {
  EXPECT_EQ(UsageName("HEAD", "/"), "main_action");
  EXPECT_EQ(UsageName("POST", "/_aliases"), "indices_aliases_action");
  EXPECT_EQ(UsageName("POST", "/_aliases/{name}"), "index_put_alias_action");
  EXPECT_EQ(UsageName("GET", "/{index}/_alias/{name}"), "get_aliases_action");
  EXPECT_EQ(UsageName("POST", "/{index}/_doc"), "document_create_action_auto_id");
  EXPECT_EQ(UsageName("POST", "/{index}/_doc/{id}"), "document_index_action");
  EXPECT_EQ(UsageName("DELETE", "/{index}/_doc/{id}"), "document_delete_action");
  EXPECT_EQ(UsageName("HEAD", "/{index}"), "get_indices_action");
  EXPECT_EQ(UsageName("GET", "/_tasks/{task_id}"), "get_task_action");
  EXPECT_EQ(UsageName("POST", "/_tasks/{task_id}/_cancel"), "cancel_tasks_action");
  EXPECT_EQ(UsageName("GET", "/_nodes/{node_id}/{metrics}"), "nodes_info_action");
  EXPECT_EQ(UsageName("GET", "/_nodes/{node_id}/stats/{metric}/{index_metric}"),
            "nodes_stats_action");
  EXPECT_EQ(UsageName("GET", "/nothing"), "other_action");
}

}  // namespace
}  // namespace rest
