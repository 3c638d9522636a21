// transport/internal/channel.h
//
// gRPC's settings: credentials, limits, keepalive. Everything that is not explicit in gRPC is made
// so here.
//
// Threads: any; plain functions.

#pragma once

#include <grpcpp/grpcpp.h>

#include "base/result.h"
#include "transport/options.h"

namespace transport::internal {

struct Credentials {
  std::shared_ptr<grpc::ChannelCredentials> channel;
  std::shared_ptr<grpc::ServerCredentials> server;
};

// Reads the certificates. 400 if they are given in part, else why they cannot be read.
base::Result<Credentials> MakeCredentials(const TlsOptions& tls);

// A connection of its own: two channels never share one. It opens when it is used first.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const Credentials& credentials, const Options& options);

struct Listening {
  std::unique_ptr<grpc::Server> server;
  std::uint16_t port = 0;
};
// 500 if nobody can listen there.
base::Result<Listening> Listen(grpc::Service& service, const Credentials& credentials,
                               const Options& options);

}  // namespace transport::internal
