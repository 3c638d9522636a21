// rest/guard/cross_site_guard.h
//
// CrossSiteGuard stands before every other handler and turns away what a browser sends for a page
// that is not this node's own: by the head alone, before a body is read, a route is looked for or a
// task is made (docs/design/0019).
//
//   Host             a name that does not lead here was rebound by DNS: 403
//   Origin           of another site, unless http.cors.* allows it: 403
//   Sec-Fetch-Site   the same for requests that browsers send without an Origin (images, scripts,
//                    frames); following a link is allowed
//
// Programs that are no browsers send none of these but Host, and are not affected.
//
// Lifetime: as the server's handler. Threads: any.

#pragma once

#include "base/clock.h"
#include "base/log/throttle.h"
#include "rest/guard/cors.h"
#include "rest/guard/hosts.h"
#include "rest/http/server.h"

namespace rest::guard {

class CrossSiteGuard final : public http::Handler {
 public:
  struct Rules {
    AcceptedHosts hosts;
    Cors cors;
  };
  // `behind` gets what is let through, and outlives the guard.
  CrossSiteGuard(http::Handler& behind, Rules rules, const base::Clock& clock)
      : behind_(behind), rules_(std::move(rules)), lines_(clock) {}

  void Handle(http::ExchangePtr exchange) override;
  http::Response OnBadRequest(const base::Status& why) override {
    return behind_.OnBadRequest(why);
  }

 private:
  base::Status Check(const http::RequestHead& head) const;
  void Refuse(http::Exchange& exchange, const base::Status& why);

  http::Handler& behind_;
  const Rules rules_;
  base::log::LogThrottle lines_;
};

}  // namespace rest::guard
