// transport/internal/wire.h
//
// The words of tasks/ as the messages of proto/, and back. Decoding trusts nothing: what is out of
// range is an error that names it, what is only odd is made harmless.
//
// Threads: any; plain functions.

#pragma once

#include <proto/transport.pb.h>

#include "tasks/peer.h"

namespace transport::internal {

// The version that both sides of a session must speak.
inline constexpr std::uint32_t kWireVersion = 1;

// Longest of what names something: node ids, actions, error types.
inline constexpr std::size_t kMaxName = 1024;

void Encode(const base::Status& status, proto::Error& out);
void Encode(const tasks::Stop& stop, proto::Stop& out);
void Encode(const tasks::TaskId& id, proto::TaskId& out);
void Encode(tasks::End&& end, proto::End& out);
// All but what the session and the call add.
void Encode(tasks::StartRequest&& request, proto::Start& out);

// An error that says it is none is an internal one.
base::Status Decode(const proto::Error& error);
// Of a child that has ended, and of which nobody hears any more what it did: kOutcomeUnknown.
base::Status AnswerLost(std::string reason);
base::Result<tasks::Stop> Decode(const proto::Stop& stop);
base::Result<tasks::TaskId> Decode(const proto::TaskId& id);
// The outcome is what its error says. One of a task elsewhere that lost a child is Unconfirmed.
tasks::End Decode(proto::End&& end);

// `action` is where the request's view of its action points.
struct DecodedStart {
  std::string action;
  tasks::StartRequest request;  // `lease`, `stream` and `action` are left to the call
};
base::Result<DecodedStart> Decode(proto::Start&& start);

}  // namespace transport::internal
