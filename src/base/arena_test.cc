#include "base/arena.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace base {
namespace {

TEST(Arena, KeepsWhatItGaveApartAndAligned) {
  Arena arena;
  std::vector<std::string_view> texts;
  std::vector<double*> numbers;
  for (int i = 0; i < 2000; ++i) {
    texts.push_back(arena.Copy(std::string(i % 37 + 1, static_cast<char>('a' + i % 26))));
    numbers.push_back(arena.AllocateArray<double>(1));
    *numbers.back() = i;
  }
  for (int i = 0; i < 2000; ++i) {
    EXPECT_EQ(texts[i], std::string(i % 37 + 1, static_cast<char>('a' + i % 26)));
    EXPECT_EQ(*numbers[i], i);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(numbers[i]) % alignof(double), 0u);
  }
}

TEST(Arena, GivesALargeThingAPlaceOfItsOwn) {
  Arena arena;
  const std::string_view small = arena.Copy("small");
  const std::string_view large = arena.Copy(std::string(1 << 20, 'x'));
  const std::string_view next = arena.Copy("next");
  EXPECT_EQ(next.data(), small.data() + small.size()) << "the open chunk stays open";
  EXPECT_EQ(large.size(), 1u << 20);
  EXPECT_LT(arena.bytes(), (1u << 20) + 4096u);
}

TEST(Arena, KeepsAddressesWhenMoved) {
  Arena arena;
  const std::string_view text = arena.Copy("stays");
  Arena other = std::move(arena);
  EXPECT_EQ(text, "stays");
  EXPECT_EQ(other.Copy("y").data(), text.data() + text.size());
  EXPECT_EQ(arena.bytes(), 0u);
  EXPECT_EQ(arena.Copy("usable again"), "usable again");
}

}  // namespace
}  // namespace base
