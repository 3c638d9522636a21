#include "base/json/key_table.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

namespace base::json {
namespace {

TEST(KeyTable, RemembersTheFirstPlaceOfEveryKey) {
  std::deque<std::string> keys;
  for (int i = 0; i < 5000; ++i) keys.push_back(std::string(i % 30, 'k') + std::to_string(i));
  keys.push_back("");
  KeyTable table;
  for (int round = 0; round < 2; ++round) {
    table.Start(keys.size());
    EXPECT_EQ(table.Find("k1"), std::nullopt);
    for (std::uint32_t i = 0; i < keys.size(); ++i) EXPECT_EQ(table.FindOrAdd(keys[i], i), i);
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ(table.FindOrAdd(keys[i], 99'999), i);
      EXPECT_EQ(table.Find(keys[i]), i);
    }
    EXPECT_EQ(table.Find("another"), std::nullopt);
  }
}

}  // namespace
}  // namespace base::json
