#include "actions/bulk/single.h"

#include <climits>
#include <future>

#include "support/bulk_fixture.h"
#include "support/puppet_peer.h"

namespace actions::bulk {
namespace {

class ASingleWrite : public BulkTest {
 protected:
  // Of document 1 in [src], stopped once it has been handed to the node of its shard.
  SingleAnswer StoppedOn(test::PuppetPeer& peer) {
    node_.CreateIndex("src");
    node_.peer_instead = &peer;
    auto task = RegisterWrite(*service_, names::kIndex, "src", "", nullptr);
    EXPECT_TRUE(task.ok());
    const tasks::TaskPtr context = task->context();
    SingleWrite write;
    write.id = "1";
    write.source = "{}";
    write.params.index = "src";
    std::promise<SingleAnswer> answered;
    Write(*service_, *std::move(task), std::move(write),
          [&](const SingleAnswer& answer) { answered.set_value(answer); });
    peer.AwaitCall();
    context->RequestStop(kByUser);
    SingleAnswer answer = answered.get_future().get();
    node_.peer_instead = nullptr;
    return answer;
  }
};

TEST_F(ASingleWrite, ThatAStopFindsOnANodeThatIsLostIsUnknownAndNotCancelled) {
  test::PuppetPeer lost(0, test::PuppetPeer::Dead());
  lost.lost_when_stopped = true;
  const SingleAnswer answer = StoppedOn(lost);
  EXPECT_EQ(answer.failure.type(), "write_outcome_unknown_exception");
  EXPECT_EQ(answer.failure.http_status(), 503);
}

TEST_F(ASingleWrite, ThatAStopEndsBeforeItBeginsIsCancelled) {
  test::PuppetPeer never;
  never.refusals = INT_MAX;
  const SingleAnswer answer = StoppedOn(never);
  EXPECT_EQ(answer.failure.type(), "task_cancelled_exception");
  EXPECT_EQ(answer.failure.reason(), "cancelled task with reason: by user request");
}

}  // namespace
}  // namespace actions::bulk
