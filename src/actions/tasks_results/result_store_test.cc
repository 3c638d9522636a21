#include "actions/tasks_results/result_store.h"

#include <gtest/gtest.h>

#include "base/json/compact_writer.h"

namespace actions::tasks_results {
namespace {

std::string Stored(const std::string& document, bool human) {
  std::string text;
  base::json::CompactWriter out(text);
  WriteStored(out, document, human);
  return text;
}

TEST(StoredResult, HasTheTwinsOfItsTasksTimesIfAsked) {
  const std::string document =
      R"({"completed":true,"task":{"node":"n","start_time_in_millis":0,)"
      R"("running_time_in_nanos":111249320,"cancellation_time_millis":1500},)"
      R"("response":{"start_time_in_millis":7,"requests_per_second":-1.0}})";
  EXPECT_EQ(Stored(document, /*human=*/false), document);
  EXPECT_EQ(Stored(document, /*human=*/true),
            R"({"completed":true,"task":{"node":"n","start_time":"1970-01-01T00:00:00.000Z",)"
            R"("start_time_in_millis":0,"running_time":"111.2ms",)"
            R"("running_time_in_nanos":111249320,"cancellation_time":"1970-01-01T00:00:01.500Z",)"
            R"("cancellation_time_millis":1500},)"
            R"("response":{"start_time_in_millis":7,"requests_per_second":-1.0}})");
}

}  // namespace
}  // namespace actions::tasks_results
