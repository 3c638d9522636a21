#include "cluster/members.h"

#include "cluster/several_nodes_fixture.h"
#include "support/memory_heartbeats.h"

namespace cluster {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// n1, which judges, and n2, which may fall silent.
class JudgedMembers : public SeveralNodes {
 protected:
  JudgedMembers() {
    Deafen();
    EXPECT_TRUE(first_.CatchUp(task_).ok());
  }
  // Both beat for so long; n2 only if it is `alive`.
  void Pass(int seconds, bool alive) {
    for (int i = 0; i < seconds; ++i) {
      clock_.AdvanceMillis(1000);
      if (alive) board_.Put("n2", "1").Ignore();
      members_.Beat();
    }
  }
  bool IsMember() { return first_.state()->nodes.contains("n2"); }

  ClusterService& first_ = Joined("n1");
  ClusterService& second_ = Joined("n2");
  MemoryHeartbeats board_;
  tasks::TaskRegistry registry_{{.node_id = "n1", .clock = &clock_}};
  int duplicates_ = 0;
  Members members_{first_, board_, registry_, {.on_duplicate = [this] { ++duplicates_; }}};
};

TEST_F(JudgedMembers, AreTakenOutAfterFifteenSecondsOfSilence) {
  Pass(5, true);
  Pass(14, false);
  EXPECT_TRUE(IsMember());
  Pass(2, false);
  EXPECT_FALSE(IsMember());
}

TEST_F(JudgedMembers, StayAsLongAsTheyBeat) {
  Pass(60, true);
  EXPECT_TRUE(IsMember());
}

TEST_F(JudgedMembers, DoNotDieWhileTheBoardIsAway) {
  Pass(5, true);
  board_.SetAway(true);
  Pass(60, false);
  board_.SetAway(false);
  Pass(10, false);
  EXPECT_TRUE(IsMember());
  Pass(8, false);
  EXPECT_FALSE(IsMember()) << "silence counts again";
}

TEST_F(JudgedMembers, DoNotDieOfAPauseOfTheirJudge) {
  Pass(5, true);
  clock_.AdvanceMillis(600'000);
  members_.Beat();
  EXPECT_TRUE(IsMember());
}

TEST_F(JudgedMembers, AreTakenOutByTheManagerAlone) {
  ASSERT_TRUE(second_.BecomeManager(task_, "n1").ok());
  ASSERT_TRUE(first_.CatchUp(task_).ok());
  Pass(5, true);
  Pass(5, false);
  EXPECT_EQ(first_.state()->manager_id, "n2");
  Pass(13, false);
  EXPECT_EQ(first_.state()->manager_id, "n1") << "the dead manager's place is taken first";
  EXPECT_FALSE(IsMember());
}

TEST_F(JudgedMembers, JoinAgainWhenTheyWereTakenForDead) {
  ASSERT_TRUE(second_.BecomeManager(task_, "n1").ok());
  ASSERT_TRUE(second_.RemoveNodes(task_, {{"n1", 1}}).ok());
  ASSERT_TRUE(first_.CatchUp(task_).ok());
  ASSERT_FALSE(first_.state()->nodes.contains("n1"));
  EXPECT_EQ(first_.state()->local().name, "opensearch-n1");
  Pass(1, true);
  EXPECT_TRUE(first_.state()->nodes.contains("n1"));
}

TEST_F(JudgedMembers, GoDownWhenAnotherProcessHasTheirPlace) {
  Joined("n1", 2);
  ASSERT_TRUE(first_.CatchUp(task_).ok());
  Pass(2, true);
  EXPECT_EQ(duplicates_, 1) << "told once";
}

TEST_F(JudgedMembers, AreRefusedWhileAnotherOfTheirIdBeats) {
  NodeInfo copy = MemberInfo("n2", 2);
  copy.transport_address = "127.0.0.1:9399";
  const Members::Options quick{.beat_nanos = kSecond / 50};
  ASSERT_TRUE(board_.Put("n2", "1").ok());
  EXPECT_TRUE(Members::CheckUnique(board_, *first_.state(), copy, quick).ok()) << "it is silent";
  std::jthread alive([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) EXPECT_TRUE(board_.Put("n2", "1").ok());
  });
  const base::Status refused = Members::CheckUnique(board_, *first_.state(), copy, quick);
  EXPECT_EQ(refused.type(), "duplicate_node_id_exception");
  copy.transport_address = MemberInfo("n2").transport_address;
  EXPECT_TRUE(Members::CheckUnique(board_, *first_.state(), copy, quick).ok()) << "it has our port";
}

}  // namespace
}  // namespace cluster
