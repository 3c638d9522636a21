#include "rest/cat_table.h"

#include <gtest/gtest.h>

#include "rest/router.h"
#include "support/fake_exchange.h"

namespace rest {
namespace {

// A request for a table with these parameters, and its answer.
class Asked {
 public:
  explicit Asked(const std::string& target)
      : exchange_(std::make_shared<test::FakeExchange>("GET", target)) {
    router_.Add("GET", "/_cat/x", [](const RequestPtr& request) {
      ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
      RETURN_IF_ERROR(request->CheckUnconsumed());
      CatTable table({{.name = "epoch", .aliases = "t,time", .description = "seconds"},
                      {.name = "name", .aliases = "n", .description = "its name"},
                      {.name = "took", .aliases = "n,time", .align = Align::kRight},
                      {.name = "size", .aliases = "sz", .align = Align::kRight},
                      {.name = "note", .aliases = "", .shown = Shown::kIfAsked}});
      if (options.help) return table.RespondHelp(request), base::Status();
      table.Add(
          {std::int64_t{10}, "b", base::TimeValue::Millis(1500), base::ByteSize(2048), CatCell()});
      table.Add({std::int64_t{9}, "äöü", base::TimeValue::Millis(30), base::ByteSize(10), "x"});
      table.Respond(request, options);
      return base::Status();
    });
    router_.Handle(exchange_);
  }
  int status() const { return exchange_->answer().status; }
  const std::string& body() const { return exchange_->answer().body; }

 private:
  Router router_;
  std::shared_ptr<test::FakeExchange> exchange_;
};

std::string Table(const std::string& parameters) { return Asked("/_cat/x" + parameters).body(); }

TEST(CatTableTest, AlignsByCharactersAndDoesNotPadTheEnd) {
  EXPECT_EQ(Table(""),
            "10 b   1.5s 2kb\n"
            "9  äöü 30ms 10b\n");
  EXPECT_EQ(Table("?v"),
            "epoch name took size\n"
            "10    b    1.5s  2kb\n"
            "9     äöü  30ms  10b\n");
  EXPECT_EQ(Table("?v&h=took,name"),
            "took name\n"
            "1.5s b\n"
            "30ms äöü\n");
}

TEST(CatTableTest, AColumnIsFoundByNameAliasOrPatternOnce) {
  EXPECT_EQ(Table("?v&h=sz"), " sz\n2kb\n10b\n");
  EXPECT_EQ(Table("?v&h=n"), "   n\n1.5s\n30ms\n") << "of two with the alias the last";
  EXPECT_EQ(Table("?v&h=na*,size,name"), "name size\nb     2kb\näöü   10b\n");
  EXPECT_EQ(Table("?h=nothing"), "\n\n");
  EXPECT_EQ(Table("?v&h="), "\n\n\n");
}

TEST(CatTableTest, HidesTimesIfTold) {
  EXPECT_EQ(Table("?ts=false"), "b   1.5s 2kb\näöü 30ms 10b\n");
}

TEST(CatTableTest, FixedUnitsAreBareNumbersAndUnknownOnesCountForNothing) {
  EXPECT_EQ(Table("?h=took,size&time=ms&bytes=b"), "1500 2048\n  30   10\n");
  EXPECT_EQ(Table("?h=took,size&time=s&bytes=kb"), "1 2\n0 0\n");
  EXPECT_EQ(Table("?h=took&time=ages"), "1.5s\n30ms\n");
}

TEST(CatTableTest, SortsByValueNotByText) {
  EXPECT_EQ(Table("?h=epoch&s=epoch"), "9\n10\n");
  EXPECT_EQ(Table("?h=epoch&s=epoch:desc"), "10\n9\n");
  EXPECT_EQ(Table("?h=epoch&s=epoch:desc,epoch"), "10\n9\n") << "the first one counts";
  EXPECT_EQ(Table("?h=name&s=took:asc,name"), "äöü\nb\n");
}

// B28: 400, not 500.
TEST(CatTableTest, B28AnUnknownSortKeyIsABadRequest) {
  const Asked asked("/_cat/x?s=foo");
  EXPECT_EQ(asked.status(), 400);
  EXPECT_NE(asked.body().find("Unable to sort by unknown sort key `foo`"), std::string::npos);
  EXPECT_EQ(Asked("/_cat/x?s=epoch:down").status(), 400);
}

// B28: widths above 127 are padded like others.
TEST(CatTableTest, B28PadsWideColumns) {
  auto exchange = std::make_shared<test::FakeExchange>("GET", "/_cat/w");
  Router router;
  router.Add("GET", "/_cat/w", [](const RequestPtr& request) {
    CatTable table({{.name = "a"}, {.name = "b"}});
    table.Add({std::string(200, 'x'), "1"});
    table.Add({"y", "2"});
    table.Respond(request, CatOptions());
    return base::Status();
  });
  router.Handle(exchange);
  EXPECT_EQ(exchange->answer().body,
            std::string(200, 'x') + " 1\ny" + std::string(199, ' ') + " 2\n");
}

TEST(CatTableTest, AsJsonEveryValueIsTextOrNull) {
  EXPECT_EQ(Table("?format=json&h=epoch,n,note"),
            R"([{"epoch":"10","n":"1.5s","note":null},{"epoch":"9","n":"30ms","note":"x"}])");
}

TEST(CatTableTest, HelpNamesColumnsAliasesAndMeanings) {
  EXPECT_TRUE(
      Table("?help").starts_with("epoch | t,time | seconds \n"
                                 "name  | n      | its name\n"))
      << Table("?help");
}

TEST(CatTableTest, ClockTimeIsUtc) { EXPECT_EQ(ClockTime(1'795'473'357'652), "22:35:57"); }

}  // namespace
}  // namespace rest
