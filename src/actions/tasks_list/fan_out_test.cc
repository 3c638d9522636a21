#include "actions/tasks_list/fan_out.h"

#include "support/loopback_peer.h"
#include "support/puppet.h"
#include "support/tasks_fixture.h"

namespace actions::tasks_list {
namespace {

using test::Coming;

constexpr std::string_view kAsk = "test:ask[n]";

// The node under test and another one, whose way can be frozen.
class FanOutTest : public test::StartedTasksTest, public Peers {
 protected:
  FanOutTest() {
    node_.action_table.Add(
        kAsk, nullptr, [](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
          std::move(task).Finish(tasks::End({}, "here: " + inbound->request().payload));
        });
    there_.Handle(kAsk, [this](tasks::TaskContext& task, const std::string& payload) {
      const base::Status acted = puppet_ ? puppet_->Act(task) : base::Status();
      return tasks::End(acted, "there: " + payload);
    });
    auto state = std::make_shared<cluster::ClusterState>(*node_.cluster.state());
    cluster::NodeInfo info;
    info.id = "node-b";
    info.name = "opensearch-node2";
    info.transport_address = "127.0.0.1:9301";
    state->nodes[info.id] = info;
    state_ = state;
  }
  ~FanOutTest() override { way_.Lose(); }

  tasks::Peer* Find(const std::string& id) override {
    if (id == "node-b") return &way_;
    return id == "node-a" ? &node_.self : nullptr;
  }

  std::shared_ptr<FanOut> Make() {
    auto task = node_.registry.Register(Spec("test:ask"));
    return std::make_shared<FanOut>(two_, *std::move(task), state_);
  }
  static FanOut::Question Question(std::vector<std::string> nodes,
                                   std::optional<std::int64_t> timeout = 10'000) {
    return {.action = kAsk, .nodes = std::move(nodes), .payload = "?", .timeout_millis = timeout};
  }
  std::vector<FanOut::Answer> Ask(const std::shared_ptr<FanOut>& fan_out,
                                  FanOut::Question question) {
    Coming<std::vector<FanOut::Answer>> coming;
    fan_out->Ask(std::move(question), coming.Setter());
    return coming.Get();
  }
  void Finish(const std::shared_ptr<FanOut>& fan_out) {
    Coming<bool> finished;
    fan_out->Finish(tasks::End(), [set = finished.Setter()] { set(true); });
    finished.Get();
  }

  test::LoopbackNode there_{"node-b"};
  std::unique_ptr<test::Puppet> puppet_;
  test::LoopbackPeer way_{there_, &node_.loop};
  cluster::StatePtr state_;
  Node two_ = [this] {  // as node_.node, but for the way to the other one
    Node& one = node_.node;
    return Node{.settings = one.settings,
                .clock = one.clock,
                .registry = one.registry,
                .action_table = one.action_table,
                .loop = one.loop,
                .disk = one.disk,
                .history = one.history,
                .metrics = one.metrics,
                .pools = one.pools,
                .peers = *this,
                .cluster = one.cluster,
                .store = one.store,
                .shards = one.shards,
                .stream = one.stream};
  }();
};

TEST_F(FanOutTest, BringsOneAnswerANodeInTheirOrder) {
  const auto fan_out = Make();
  const auto answers = Ask(fan_out, Question({"node-b", "node-a"}));
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].result, "there: ?");
  EXPECT_EQ(answers[1].result, "here: ?");
  Finish(fan_out);
  EXPECT_EQ(node_.registry.size(), 0u);
}

TEST_F(FanOutTest, NamesANodeThatIsNotThere) {
  const auto fan_out = Make();
  const auto answers = Ask(fan_out, Question({"gone", "node-a"}));
  EXPECT_EQ(answers[0].status.type(), "no_such_node_exception");
  EXPECT_EQ(answers[1].result, "here: ?");
  Finish(fan_out);
}

// B3: one frozen node does not hold up the answer.
TEST_F(FanOutTest, B3NamesAFrozenNodeWhenTheTimeIsOverAndAnswersAtOnce) {
  way_.Freeze();
  const auto fan_out = Make();
  const auto answers = Ask(fan_out, Question({"node-a", "node-b"}, 30));
  EXPECT_EQ(answers[0].result, "here: ?");
  EXPECT_FALSE(answers[1].result);
  EXPECT_EQ(answers[1].status.type(), "receive_timeout_transport_exception");
  const std::string& reason = answers[1].status.reason();
  EXPECT_TRUE(reason.starts_with("[opensearch-node2][127.0.0.1:9301][test:ask[n]] request_id ["))
      << reason;
  EXPECT_TRUE(reason.ends_with("] timed out after [30ms]")) << reason;
  Finish(fan_out);
  EXPECT_EQ(node_.Tasks("test:ask").size(), 1u) << "a parent does not end before its children";
  way_.Thaw();
  node_.WaitUntilNothingRuns();
}

TEST_F(FanOutTest, StopsTheChildrenThatAreStillThereWhenItIsFinished) {
  puppet_ = std::make_unique<test::Puppet>();
  const auto fan_out = Make();
  EXPECT_FALSE(Ask(fan_out, Question({"node-b"}, 30)).front().status.ok());
  puppet_->WaitUntilBegun();
  Finish(fan_out);
  node_.WaitUntilNothingRuns();
}

TEST_F(FanOutTest, EndsWithTheNodeThatIsLost) {
  way_.Freeze();
  const auto fan_out = Make();
  Coming<std::vector<FanOut::Answer>> coming;
  fan_out->Ask(Question({"node-b"}, std::nullopt), coming.Setter());
  way_.Lose();
  EXPECT_EQ(coming.Get().front().status.code(), base::Code::kUnconfirmed);
  Finish(fan_out);
}

TEST_F(FanOutTest, AsksAgainFromWithinAnAnswer) {
  const auto fan_out = Make();
  Coming<std::vector<FanOut::Answer>> second;
  fan_out->Ask(Question({"node-a"}), [&](std::vector<FanOut::Answer>) {
    fan_out->Ask(Question({"node-b"}), second.Setter());
  });
  EXPECT_EQ(second.Get().front().result, "there: ?");
  Finish(fan_out);
}

TEST_F(FanOutTest, AsksNobodyOnceItsTaskHasBeenStopped) {
  const auto fan_out = Make();
  tasks::Stop stop;
  stop.reason = "no more";
  fan_out->task()->RequestStop(stop);
  EXPECT_EQ(Ask(fan_out, Question({"node-a"})).front().status.code(), base::Code::kCancelled);
  Finish(fan_out);
}

}  // namespace
}  // namespace actions::tasks_list
